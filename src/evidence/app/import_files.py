"""What is to be imported: the entries of a printed list, or of a reference manager's file, in one form."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from evidence.bibliography import variables
from evidence.bibliography.csl import initials, plain
from evidence.bibliography.render import SECONDS, find_pandoc, read_items
from evidence.documents.identify import recognise
from evidence.library import fields
from evidence.library.files import SourceText, printable
from evidence.library.fill import base_of, identifier_text, rich_text
from evidence.library.fill import text as written
from evidence.library.reader import read_text
from evidence.library.scalars import Value
from evidence.model import dates, identifiers
from evidence.model.dates import PartialDate
from evidence.model.errors import FileError, RenderError
from evidence.model.identifiers import FIELD_OF, Identifier, IdKind, url_of
from evidence.model.urls import Malformed

# What is to be imported: the entries of a printed list, or of a reference manager's file, in one form.

TELLING = ("title", "author", "container-title", "issued", "volume", "issue", "page", "number", "publisher")
"""The fields by which an entry that was never printed is known again; one that has none of them says nothing."""


@dataclass(frozen=True, slots=True)
class CitationCount:
    """How often a text cites an entry, and where first (`line 12`, or the words before it); empty where nowhere."""

    times: int = 0
    first: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry. `position` counts from 1; `label` is its printed number or its key in the file it comes from.

    `text` is what it is recognised by: the printed text, or its fields put together. `cited_as` is the printed text,
    None for what was never printed. `fields` are the entry's other fields, `id` and `accessed` left out, escaped and
    in canonical form; `identifiers` what these identify. `base` is what its id is made from, `key` the id that it
    had. `doubts` need a person, `notes` do not.
    """

    position: int
    label: str
    text: str
    cited_as: str | None
    fields: Mapping[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    accessed: PartialDate | None = None
    base: str = ""
    key: str | None = None
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cited: CitationCount = CitationCount()


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries of one file. `title` is the monograph's own.

    `is_printed` is False for a reference manager's file. `has_markers` is None for such a file, else whether the text
    cites at all; `undefined` are its citations that lead to no entry, as printed, each once; `by_key` those by the ids
    of a library.
    """

    path: str
    sha256: str
    entries: tuple[Listed, ...]
    is_printed: bool
    title: str | None = None
    has_markers: bool | None = None
    undefined: tuple[str, ...] = ()
    by_key: Mapping[str, CitationCount] = field(default_factory=dict)


# Values for the fields of an imported entry: verbatim text, identifiers in their own form.

REGISTERED = (IdKind.SETID, IdKind.PMID, IdKind.PMCID, IdKind.DOI)
"""Kinds of which one number is one work; several works may share a page."""

_ODD = re.compile(r"[^\x20-\x7e]")


def verbatim(text: str) -> str:
    """Printed text to the letter, on one line: control characters and what is no character are left out."""
    return _ODD.sub(lambda match: _kept(match[0]), text).strip()


def _kept(char: str) -> str:
    if char in "\t\n\v\f\r\x85":
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cs"} or ord(char) & 0xFFFE == 0xFFFE else char


def identifier_values(identifiers: Iterable[Identifier]) -> dict[str, Value]:
    """The fields for the first identifier of each kind.

    A label has its page beside its Set ID, as `add` writes it; a trial's number, which has no field, is its page.
    """
    firsts: dict[IdKind, Identifier] = {}
    for identifier in identifiers:
        firsts.setdefault(identifier.kind, identifier)
    page = next((firsts[kind] for kind in (IdKind.URL, IdKind.SETID, IdKind.NCT) if kind in firsts), None)
    values: dict[str, Value] = {
        FIELD_OF[kind]: identifier_text(kind, firsts[kind].value) for kind in REGISTERED if kind in firsts
    }
    if page is not None:
        values["URL"] = identifier_text(IdKind.URL, url_of(page))
    return values


# A CSL-JSON item from a reference manager as an entry to be imported: all that it holds, in the form of a library.

CslItemItems = Mapping[str, object]

_NAMED = {
    "PMID": IdKind.PMID,
    "PubMed ID": IdKind.PMID,
    "PMCID": IdKind.PMCID,
    "DOI": IdKind.DOI,
    "setid": IdKind.SETID,
    "Set ID": IdKind.SETID,
    "URL": IdKind.URL,
}
_NOTE_LINE = re.compile(
    rf"^(?:\{{|[^\S\n])*+({'|'.join(_NAMED)})\s*[:=]\s*(\S*[^\s}}])(?:\}}|[^\S\n])*+$", re.IGNORECASE | re.MULTILINE
)
_KINDS_BY_NAME = {name.lower(): kind for name, kind in _NAMED.items()}
_RENAMED = {"journalAbbreviation": "container-title-short", "shortTitle": "title-short"}
_NAME_PARTS = ("literal", "family", "given", "suffix", "dropping-particle", "non-dropping-particle")
_USABLE_KEY = re.compile(r"[A-Za-z_][\w.:+-]{0,79}")
_VERSION = re.compile(r"(?:(.{1,60}), )?version (\S{1,30})")
_LETTERS = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_HANDLED = frozenset(["id", "type", "accessed", "note", "custom", "cited-as", *fields.IDENTIFIER_FIELDS])


def listed(position: int, item: CslItemItems) -> Listed:
    """One item, as it will be imported. An identifier that is none is kept beside as `x-DOI` and so on, and told."""
    item = _with_page(item)
    found, doubts = _identified_items(item)
    name = next(iter(variables.names(item, "author") or variables.names(item, "editor")), None)
    who = (name.last or name.literal) if name else plain(variables.text(item, "title"))
    year = variables.year(_date(item, "issued"))
    accessed = _date(item, "accessed")
    if isinstance(accessed, str):
        doubts.append(f"accessed {accessed} is no date")
    key = variables.text(item, "id")
    cited_as = item.get("cited-as")
    return Listed(
        position=position,
        label=key[:24] or str(position),
        text=text_of(item),
        cited_as=(verbatim(cited_as) or None) if isinstance(cited_as, str) else None,
        fields={**_fields(item), **identifier_values(found), **_unusable(item)},
        identifiers=tuple(found),
        accessed=accessed if isinstance(accessed, PartialDate) else None,
        base=base_of(who, year, found),
        key=key if _USABLE_KEY.fullmatch(key) and _LETTERS.search(key) else None,
        doubts=tuple(doubts),
    )


def text_of(item: CslItemItems) -> str:
    """The item as a citation, in the order of Vancouver, by which it is compared and looked for."""
    names = ", ".join(
        f"{name.last or name.literal} {initials(name.given)}".strip() for name in variables.names(item, "author")
    )
    volume, issue, page = (variables.text(item, key) for key in ("volume", "issue", "page"))
    located = f"{volume}({issue})" if volume and issue else volume
    when = variables.year(_date(item, "issued"))
    tail = when + (f";{located}" if located else "") + (f":{page}" if page else "")
    title, container = (plain(variables.text(item, key)) for key in ("title", "container-title"))
    return ". ".join(part.rstrip(".") for part in (names, title, container, tail) if part)


def _date(item: CslItemItems, key: str) -> PartialDate | str | None:
    value = item.get(key)
    told = value.get("edtf") if isinstance(value, Mapping) else value
    if isinstance(told, (str, int)) and not isinstance(told, bool):
        try:
            return dates.parse(str(told))
        except dates.DateError:
            return variables.clean(str(told)) or None
    return variables.date(item, key) if _is_date(value) else None


def _is_date(value: object) -> bool:
    """Whether date-parts, if there are any, are lists of lists of numbers, as CSL-JSON has them."""
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    return parts is None or (isinstance(parts, list) and all(isinstance(part, list) for part in parts))


def _identified_items(item: CslItemItems) -> tuple[list[Identifier], list[str]]:
    """The identifiers of its fields, of its note's lines and of the address; what is malformed is told."""
    told = {kind: variables.text(item, key) for key, kind in fields.IDENTIFIER_FIELDS.items()}
    told[IdKind.SETID] = told[IdKind.SETID] or variables.set_id(item)
    for line in _NOTE_LINE.finditer(_note(item)):
        kind = _KINDS_BY_NAME[line[1].lower()]
        told[kind] = told[kind] or line[2]
    found: dict[IdKind, Identifier] = {}
    doubts = []
    for kind, text in told.items():
        read = identifiers.parse(kind, text) if text else None
        if isinstance(read, Malformed):
            doubts.append(f"{kind.upper()} {text[:60]}: {read.message}")
        elif read is not None:
            found[kind] = read
    page = found.get(IdKind.URL)
    carried = identifiers.from_url(page.value) if page else None
    if carried is not None and carried.kind in REGISTERED:
        repeats = found.setdefault(carried.kind, carried) == carried
        if repeats and carried.kind is not IdKind.SETID:
            del found[IdKind.URL]
    ordered = (kind for kind in IdKind if kind in found)
    return [found[kind] for kind in ordered], doubts


def _note(item: CslItemItems) -> str:
    value = item.get("note")
    return value if isinstance(value, str) else ""


def _fields(item: CslItemItems) -> dict[str, Value]:
    """The CSL variables, escaped as Markdown; what CSL does not know stays under `x-`."""
    kept: dict[str, Value] = {}
    kind = variables.text(item, "type") or ("webpage" if variables.text(item, "URL") else "")
    if kind:
        kept["type"] = kind if kind in fields.TYPES else "document"
    item = _with_version(item)
    for name, value in item.items():
        key = _RENAMED.get(name, name)
        if name in _HANDLED or (name in _RENAMED and key in item):
            continue
        said = _value(key, item if key == name else {key: value})
        if said:
            kept[key if key in fields.KNOWN_FIELDS else f"x-{_slug(key)}"] = said
        elif key in fields.DATE_FIELDS and isinstance(worded := _date(item, key), str):
            kept[f"x-{key}"] = written(worded)
    note = rich_text(_NOTE_LINE.sub("", _note(item)))
    return kept | ({"note": note} if note else {})


def _with_page(item: CslItemItems) -> CslItemItems:
    """BibTeX has no field for an address: it is printed as `howpublished`, and the day of access stands in the note."""
    publisher = variables.text(item, "publisher")
    if not _ADDRESS.fullmatch(publisher) or variables.text(item, "URL"):
        return item
    read = recognise(_note(item)).accessed
    day = {"accessed": {"edtf": str(read.date)}} if read and read.date and not item.get("accessed") else {}
    return {key: value for key, value in item.items() if key != "publisher"} | {"URL": publisher} | day


def _with_version(item: CslItemItems) -> CslItemItems:
    """RIS and EndNote have one field for edition and version: `2nd, version 3`."""
    found = _VERSION.fullmatch(variables.text(item, "edition"))
    if found is None or item.get("version"):
        return item
    return {**item, "edition": found[1] or "", "version": found[2]}


def _slug(key: str) -> str:
    return re.sub(r"[^\w.-]+", "-", key.removeprefix("x-"))[:40].strip("-") or "field"


def _value(key: str, item: CslItemItems) -> Value:
    value = item[key]
    if key in fields.NAME_FIELDS:
        return _names(value)
    if key in fields.DATE_FIELDS:
        return _written_date(item, key)
    if key in fields.OWN_FIELDS or key == "categories":
        return ""
    if key == "keyword" and isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(map(str, value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return rich_text(str(value))
    return ""


def _written_date(item: CslItemItems, key: str) -> Value:
    when = _date(item, key)
    if isinstance(when, PartialDate):
        return str(when)
    guessed = dates.guess(when) if when else None
    return str(guessed) if guessed else ""


def _names(value: object) -> Value:
    each = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    names = [_name_items(name) for name in each if isinstance(name, (Mapping, str))]
    return [name for name in names if name]


def _name_items(name: Mapping[str, object] | str) -> dict[str, Value]:
    if isinstance(name, str):
        return {"literal": said} if (said := written(name)) else {}
    parts: dict[str, Value] = {part: said for part in _NAME_PARTS if (said := written(variables.text(name, part)))}
    if parts and not parts.keys() & {"family", "given", "literal"}:
        return {"literal": " ".join(map(str, parts.values()))}
    return parts


def _unusable(item: CslItemItems) -> dict[str, Value]:
    kept: dict[str, Value] = {}
    for key, kind in fields.IDENTIFIER_FIELDS.items():
        text = variables.text(item, key)
        if text and isinstance(identifiers.parse(kind, text), Malformed):
            kept[f"x-{key}"] = written(text)
    return kept


# BibTeX and BibLaTeX, read by pandoc under limits of time and memory.

CslItemBib = dict[str, object]

SECONDS_PER_MB = 6.0
"""Twice what pandoc takes for the shortest entries (70 s for 20 MB)."""

_INSTALL = "install it with: pip install 'evidence-tracker[import]'"
_LEFT_ALONE = "latin"
_ENTRY = re.compile(
    r"@(?!(?:string|comment|preamble)\b)[A-Za-z]+[ \t\r\n]{0,20}[{(][^\s,{}()=\"]{1,200}[ \t]{0,20},", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"\b(?:langid|language|hyphenation)\s{0,20}=\s{0,20}(?:\{[^{}\n]{0,60}\}|\"[^\"\n]{0,60}\")\s{0,20},?"
)
_SCRIPT = re.compile(r"\$([_^])(?:\{([^${}]{1,30})\}|([A-Za-z0-9+-]))\$")
_TAGS = {"_": "sub", "^": "sup"}


def bibtex_items(source: SourceText, reader: str, pandoc: Callable[[], Path] = find_pandoc) -> list[CslItemBib]:
    """The entries as CSL-JSON items.

    Args:
        source: The file's text.
        reader: `bibtex` or `biblatex`.
        pandoc: Finds the engine.

    Raises:
        FileError: pandoc cannot read it, or not within the limits.
        RenderError: there is no pandoc.
    """
    text = _LANGUAGE.sub("", source.text)
    text = _ENTRY.sub(lambda entry: f"{entry[0]} langid={{{_LEFT_ALONE}}},", text)
    engine = _engine(pandoc)
    try:
        data = text.encode("utf-8")
        told = json.loads(read_items(data, reader, engine, SECONDS + SECONDS_PER_MB * len(data) / 1e6))
    except RenderError as error:
        raise _refused(source, error) from None
    return [_mended(item) for item in told]


def _engine(pandoc: Callable[[], Path]) -> Path:
    try:
        return pandoc()
    except RenderError as error:
        what = error.what.replace("rendering needs", "reading BibTeX needs")
        raise RenderError(what, fix=_INSTALL) from None


def _refused(source: SourceText, error: RenderError) -> FileError:
    found = re.search(r"\(line (\d+), column (\d+)\)", error.what)
    if found is None:
        return FileError(error.what, path=source.path, fix=error.fix)
    line, column = map(int, found.groups())
    unexpected = re.search(r"unexpected \S+", error.what[found.end() :])
    what = f"this entry cannot be read ({unexpected[0] if unexpected else 'no BibTeX'})"
    return FileError(what, path=source.path, line=line, column=column, fix="is a comma or a brace missing before it?")


def _mended(item: CslItemBib) -> CslItemBib:
    """Without what pandoc made up, and with formulas' sub- and superscripts as CSL-JSON's tags."""
    mended = {key: _scripts(value) if isinstance(value, str) else value for key, value in item.items()}
    mended.pop("language", None)
    if str(mended.get("title", "")).startswith(f"{mended.get('title-short')}:"):
        mended.pop("title-short")  # all before the colon
    return mended


def _scripts(text: str) -> str:
    return _SCRIPT.sub(lambda m: f"<{_TAGS[m[1]]}>{m[2] or m[3]}</{_TAGS[m[1]]}>", text) if "$" in text else text


# CSL-JSON and CSL-YAML: what Zotero, Better BibTeX, Mendeley, pandoc and this tool's own libraries hold.

CslItemCsl = dict[str, object]

_DEEPEST = 60


def json_items(source: SourceText) -> list[CslItemCsl]:
    """The items of a CSL-JSON file: a list, or Zotero's `{"items": […]}`.

    Raises:
        FileError: it is no JSON, nested too deeply, or no list of items.
    """
    try:
        told = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise source.error(f"this is no JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise FileError("the JSON is nested too deeply", path=source.path) from None
    except ValueError as error:  # a number of thousands of digits
        raise FileError(f"this is no JSON of references: {error}", path=source.path) from None
    if isinstance(told, dict):
        told = next((told[key] for key in ("items", "references") if isinstance(told.get(key), list)), told)
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise FileError("this is no list of CSL-JSON items", path=source.path)
    if any(_deep(item, _DEEPEST) for item in told):
        raise FileError("the JSON is nested too deeply", path=source.path)
    return told


def yaml_items(source: SourceText) -> Iterator[CslItemCsl]:
    """The entries of a CSL-YAML file, read as every library is; its Markdown has become CSL-JSON's rich text.

    Raises:
        FileError: it cannot be read as a library.
    """
    text = source.text
    if text.startswith("---"):  # pandoc wants a metadata block, of which a library has no need
        text = text.rstrip()
        text = text.removesuffix("...").removesuffix("---") + "\n"
    for reference in read_text(printable(SourceText(source.path, text, source.sha256))).references:
        dated = {key: value for key, value in (("issued", reference.issued), ("accessed", reference.accessed)) if value}
        own: CslItemCsl = {"cited-as": reference.cited_as} if reference.cited_as else {}
        yield {**reference.csl, "id": reference.id, **own, **{key: {"edtf": str(day)} for key, day in dated.items()}}


def _deep(value: object, left: int) -> bool:
    if not left:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_deep(one, left - 1) for one in inner)


# Names and days as reference managers write them.

Name = dict[str, object]

_NUMBERS = re.compile(r"\d{1,4}")


def person(written: str) -> Name:
    """A CSL name from `Last, First, Suffix`; what ends in a comma or doubles its first one is a body (EndNote)."""
    if ",," in written:
        return {"literal": written.replace(",,", ",", 1).strip()}
    parts = [part.strip() for part in written.split(",")]
    if len(parts) == 1 or not any(parts[1:]):
        return {"literal": parts[0]} if parts[0] else {}
    name: Name = {"family": parts[0], "given": parts[1], "suffix": ", ".join(parts[2:])}
    return {part: text for part, text in name.items() if text}


_DAY = 3  # year, month and day
_TIME = re.compile(r"T?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?")


def slashed(written: str) -> dict[str, object]:
    """A CSL date from RIS's `2025/08/14/`; whatever is not given stays open, other wordings are guessed or kept.

    A time behind the day is left out: Zotero writes `2025/08/14/10:22:33` for a day of access.
    """
    numbers: list[int] = []
    parts = written.split("/")
    for part in parts[:3]:
        if not _NUMBERS.fullmatch(part.strip()):
            break
        numbers.append(int(part))
    if len(numbers) == _DAY and _TIME.fullmatch("/".join(parts[_DAY:]).strip("/ ")):
        return {"date-parts": [numbers]}
    rest = " ".join(part.strip() for part in parts[len(numbers) :] if part.strip())
    return {"date-parts": [numbers]} if numbers and not rest else worded(written.strip(" /").replace("/", " "))


def worded(written: str) -> dict[str, object]:
    """A CSL date from words: `14 Aug 2025`, `2007 Apr`; a literal where they leave it open."""
    written = " ".join(written.split())
    if not written:
        return {}
    try:
        read = dates.parse(written)
    except dates.DateError as error:
        if error.suggestion is None:
            return {"literal": written}
        read = dates.parse(error.suggestion)
    if read.season is not None or read.until is not None:
        return {"literal": written}
    return {"date-parts": [[part for part in (read.year, read.month, read.day) if part is not None]]}


# EndNote's XML, element by element as its DTD (RSXML) names them.

CslItemEndnote = dict[str, object]

_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TYPES_ENDNOTE = {
    **dict.fromkeys(("journal article", "electronic article"), "article-journal"),
    "magazine article": "article-magazine",
    "newspaper article": "article-newspaper",
    **dict.fromkeys(("book", "edited book", "electronic book"), "book"),
    **dict.fromkeys(("book section", "electronic book section"), "chapter"),
    **dict.fromkeys(("conference paper", "conference proceedings"), "paper-conference"),
    **dict.fromkeys(("web page", "online database"), "webpage"),
    "blog": "post-weblog",
    "dataset": "dataset",
    "computer program": "software",
    "patent": "patent",
    "report": "report",
    "standard": "standard",
    "thesis": "thesis",
    "government document": "regulation",
    "manuscript": "manuscript",
    "encyclopedia": "entry-encyclopedia",
    "dictionary": "entry-dictionary",
}
_TEXTS_ENDNOTE = {
    "titles/title": "title",
    "titles/short-title": "title-short",
    "titles/secondary-title": "container-title",
    "titles/tertiary-title": "collection-title",
    "titles/alt-title": "container-title-short",
    "periodical/abbr-1": "container-title-short",
    "periodical/full-title": "container-title",
    "orig-pub": "original-title",
    "volume": "volume",
    "edition": "edition",
    "pub-location": "publisher-place",
    "publisher": "publisher",
    "electronic-resource-num": "DOI",
    "work-type": "genre",
    "language": "language",
    "abstract": "abstract",
    "call-num": "call-number",
    "urls/related-urls/url": "URL",
    "label": "id",
}
_PEOPLE_ENDNOTE = {"authors": "author", "secondary-authors": "editor", "subsidiary-authors": "translator"}
_FACES = {"italic": "i", "bold": "b", "subscript": "sub", "superscript": "sup"}
_PMCID_ENDNOTE = re.compile(r"PMC[0-9]{1,9}")


def endnote_items(path: str, data: bytes) -> Iterator[CslItemEndnote]:
    """The records as CSL-JSON items.

    Raises:
        FileError: it is no XML, or declares entities, which EndNote never does.
    """
    if _DECLARES.search(data):
        raise FileError("this XML declares entities, as EndNote never does", path=path, fix="export it again")
    try:
        for _, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314 - no entities, see above
            if element.tag == "record":
                yield _item_endnote(element)
                element.clear()
    except ET.ParseError as error:
        line, column = error.position
        raise FileError("this is no well-formed XML", path=path, line=line, column=column + 1) from None


def _item_endnote(record: ET.Element) -> CslItemEndnote:
    kind = record.find("ref-type")
    name = kind.get("name", "").lower() if kind is not None else ""
    item: CslItemEndnote = {"type": _TYPES_ENDNOTE.get(name, "document")}
    for place, variable in _TEXTS_ENDNOTE.items():
        item[variable] = _rich(record.find(place)) or item.get(variable, "")
    item["DOI"], item["URL"] = _plain(record, "electronic-resource-num"), _plain(record, "urls/related-urls/url")
    for group, role in _PEOPLE_ENDNOTE.items():
        item[role] = [named for one in record.iterfind(f"contributors/{group}/author") if (named := _name(one))]
    article = item["type"] in {"article-journal", "article-magazine", "article-newspaper"}
    item["issue" if article else "number"] = _plain(record, "number")
    item["page"], own = _plain(record, "pages"), _plain(record, "custom7")
    if own:
        item["number"] = own
        item["page"] = "" if item["page"] == own else item["page"]
    item["issued"] = _issued_endnote(record)
    item["accessed"] = worded(_plain(record, "access-date"))
    item["ISBN" if item["type"] in {"book", "chapter"} else "ISSN"] = _plain(record, "isbn")
    item["keyword"] = ", ".join(filter(None, (_text(one) for one in record.iterfind("keywords/keyword"))))
    return item | _identified_endnote(record)


def _identified_endnote(record: ET.Element) -> CslItemEndnote:
    notes = (_plain(record, place, lines=True) for place in ("notes", "research-notes"))
    item: CslItemEndnote = {"note": "\n".join(filter(None, notes))}
    number, database = _plain(record, "accession-num"), _plain(record, "remote-database-name").lower()
    if number.isdigit() and (not database or any(word in database for word in ("pubmed", "medline", "nlm"))):
        item["PMID"] = number  # EndNote's own downloads from PubMed name no database
    elif number and "dailymed" in database:
        item["setid"] = number
    pmcid = _PMCID_ENDNOTE.search(_plain(record, "custom2"))
    return item | ({"PMCID": pmcid[0]} if pmcid else {})


def _issued_endnote(record: ET.Element) -> dict[str, object]:
    year, day = _plain(record, "dates/year"), _plain(record, "dates/pub-dates/date")
    said = worded(day if year and year in day else f"{year} {day}".strip())
    return said if "date-parts" in said else worded(year) or said


def _name(element: ET.Element) -> Name:
    return person(_text(element))


def _plain(record: ET.Element, place: str, *, lines: bool = False) -> str:
    element = record.find(place)
    if element is None:
        return ""
    text = "".join(element.itertext()).replace("\r", "\n")
    return text.strip() if lines else " ".join(text.split())


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _rich(element: ET.Element | None) -> str:
    """The text with its runs in italics, bold, sub- and superscript as CSL-JSON's tags."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for run in element:
        tags = [_FACES[face] for face in run.get("face", "").split() if face in _FACES]
        text = "".join(run.itertext())
        parts += [*(f"<{tag}>" for tag in tags), text, *(f"</{tag}>" for tag in reversed(tags)), run.tail or ""]
    return " ".join("".join(parts).split())


# NBIB, PubMed's own format, read by Biopython: pandoc has no reader for it.

CslItemNbib = dict[str, object]

_NUMBER = re.compile(r"(?<!\S)(\S++)\s++\[(doi|pii)\]")
_NAMED_NOTE = re.compile(r"(URL|Accessed|Number|Version|Genre|Short title): (.+)")
_SET_ID = re.compile(r"DailyMed:\s*(\S+)")
_YEAR_AND_MORE = re.compile(r"(\d{4})\b.*")
_TEXTS = {
    "TI": "title",
    "TT": "original-title",
    "TA": "container-title-short",
    "CTI": "collection-title",
    "VI": "volume",
    "IP": "issue",
    "PG": "page",
    "PL": "publisher-place",
    "PB": "publisher",
    "EN": "edition",
    "AB": "abstract",
}


def nbib_items(path: str, text: str) -> Iterator[CslItemNbib]:
    """The records as CSL-JSON items.

    Raises:
        FileError: a line goes on with a field that has not begun.
    """
    from Bio import Medline  # noqa: PLC0415 - 40 ms that only this format pays

    handle = io.StringIO(text.lstrip("\ufeff\r\n "))
    records = Medline.parse(handle)  # type: ignore[no-untyped-call]
    try:
        yield from (_item_nbib(record) for record in records if record)
    except LookupError as error:
        line = text.count("\n", 0, handle.tell())
        told = f"this is no NBIB: a line goes on with the field {error}, which has not begun"
        raise FileError(told, path=path, line=max(line, 1)) from None


def _item_nbib(record: Mapping[str, Any]) -> CslItemNbib:
    book = bool(record.get("BTI"))
    item: CslItemNbib = {variable: _joined(record.get(tag)) for tag, variable in _TEXTS.items()}
    item["container-title"] = _joined(record.get("BTI") or record.get("JT"))
    item["type"] = _type(record, book=book)
    item["author"] = [_person(name) for name in _each(record, "FAU") or _each(record, "AU")]
    item["author"] += [{"literal": name} for name in _each(record, "CN")]  # type: ignore[operator]
    item["editor"] = [_person(name) for name in _each(record, "FED") or _each(record, "ED")]
    item["issued"] = _issued(_joined(record.get("DP")))
    item["PMID"], item["PMCID"] = _joined(record.get("PMID")), _joined(record.get("PMC"))
    item["language"] = ", ".join(_each(record, "LA"))
    item["ISSN"] = next((issn.split(" ")[0] for issn in _each(record, "IS")), "")
    item["ISBN"] = next((isbn.split(" ")[0] for isbn in _each(record, "ISBN")), "")
    item["keyword"] = ", ".join(_each(record, "OT"))
    numbers = [match for tag in ("LID", "AID") for match in _NUMBER.finditer(_joined(record.get(tag)))]
    item["DOI"] = next((match[1] for match in numbers if match[2] == "doi"), "")
    set_id = _SET_ID.search(" ".join(_each(record, "OID")))
    item["setid"] = set_id[1] if set_id else ""
    title = str(item["title"])
    item["title"] = title[:-1] if title.endswith(".") and not title.endswith("..") else title
    return item | _noted(_each(record, "GN"))


def _noted(notes: list[str]) -> CslItemNbib:
    """General notes: those of our own exports by their names, the others as they are."""
    item: CslItemNbib = {}
    rest: list[str] = []
    for note in notes:
        named = _NAMED_NOTE.fullmatch(note)
        if named is None:
            rest.append(note)
        elif named[1] == "Accessed":
            item["accessed"] = worded(named[2])
        else:
            item[{"Short title": "title-short", "URL": "URL"}.get(named[1], named[1].lower())] = named[2]
    return item | ({"note": "\n".join(rest)} if rest else {})


def _type(record: Mapping[str, Any], *, book: bool) -> str:
    told = " ".join(_each(record, "PT")).lower()
    if "preprint" in told:
        return "article"
    if book:
        return "chapter" if record.get("TI") and record.get("TI") != record.get("BTI") else "book"
    return "article-journal" if record.get("TA") or record.get("VI") or "journal article" in told else ""


def _each(record: Mapping[str, Any], tag: str) -> list[str]:
    value = record.get(tag) or []
    return [str(one).strip() for one in (value if isinstance(value, list) else [value])]


def _joined(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _person(written: str) -> dict[str, object]:
    family, comma, given = written.partition(",")
    if comma:
        return {"family": family.strip(), "given": given.strip()}
    family, _, initials = written.rpartition(" ")
    return {"family": family, "given": initials} if family else {"literal": written}


def _issued(written: str) -> dict[str, object]:
    """`2013 Feb 14`, `2013 Feb`, `2013`; of `2013 Jan-Feb` and of seasons what is sure: the year."""
    said = worded(written)
    if "literal" not in said:
        return said
    found = _YEAR_AND_MORE.fullmatch(written)
    return worded(found[1]) if found else said


# RIS, by the tags that Research Information Systems, EndNote, Zotero, Mendeley and PubMed's exporters use.

CslItem = dict[str, object]
Record = dict[str, list[str]]

_TAG = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*)|\s*)")
_TYPES = {
    **dict.fromkeys(("JOUR", "JFULL", "EJOUR", "ABST", "INPR"), "article-journal"),
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK", "WHOLE"), "book"),
    **dict.fromkeys(("CHAP", "ECHAP"), "chapter"),
    **dict.fromkeys(("CONF", "CPAPER"), "paper-conference"),
    **dict.fromkeys(("ELEC", "WEB"), "webpage"),
    "BLOG": "post-weblog",
    "DATA": "dataset",
    "COMP": "software",
    "PAT": "patent",
    "RPRT": "report",
    "STAND": "standard",
    "THES": "thesis",
    "GOVDOC": "regulation",
    "STAT": "legislation",
    "PAMP": "pamphlet",
    "MANSCPT": "manuscript",
    "ENCYC": "entry-encyclopedia",
    "DICT": "entry-dictionary",
}
_FIRST = {  # the first tag that a record has
    "title": ("TI", "T1", "CT", "BT"),
    "title-short": ("ST",),
    "original-title": ("OP",),
    "container-title": ("T2", "JF", "JO"),
    "container-title-short": ("J2", "JA"),
    "collection-title": ("T3",),
    "volume": ("VL",),
    "issue": ("IS",),
    "publisher": ("PB",),
    "publisher-place": ("CY", "PP"),
    "edition": ("ET",),
    "genre": ("M3",),
    "language": ("LA",),
    "number": ("C7", "M1"),
    "DOI": ("DO",),
    "URL": ("UR",),
    "abstract": ("AB", "N2"),
    "call-number": ("CN",),
}
_PEOPLE = {"author": ("AU", "A1"), "editor": ("A2", "ED"), "translator": ("A4",)}
_PMCID = re.compile(r"PMC[0-9]{1,9}")


def ris_items(text: str) -> Iterator[CslItem]:
    """The records as CSL-JSON items."""
    return (_item(record) for record in _records(text))


def _records(text: str) -> Iterator[Record]:
    record: Record = {}
    last: list[str] = []
    for line in text.splitlines():
        found = _TAG.match(line)
        if found is None:
            if last and line.strip():
                last[-1] += " " + line.strip()
            continue
        tag, value = found[1], (found[2] or "").strip()
        if tag in {"TY", "ER"} and record:
            yield record
            record = {}
        last = record.setdefault(tag, []) if tag != "ER" else []
        if tag != "ER":
            last.append(value)
    if record:
        yield record


def _item(record: Record) -> CslItem:
    kind = _TYPES.get(record.get("TY", [""])[0], "document")
    item: CslItem = {"id": _first(record, ("ID",)), "type": kind}
    item |= {variable: _first(record, tags) for variable, tags in _FIRST.items()}
    item |= {role: [person(name) for tag in tags for name in record.get(tag, ())] for role, tags in _PEOPLE.items()}
    pages = list(filter(None, (_first(record, ("SP",)), _first(record, ("EP",)))))
    item["page"] = "" if pages[:1] == [item["number"]] else "-".join(pages)
    dated = [slashed(value) for tag in ("DA", "PY", "Y1") for value in record.get(tag, ()) if value]
    item["issued"] = max(dated, key=_precision, default={})
    item["accessed"] = slashed(_first(record, ("Y2",)))
    number = _first(record, ("SN",))
    item["ISBN" if kind in {"book", "chapter"} else "ISSN"] = number
    item["keyword"] = ", ".join(filter(None, record.get("KW", ())))
    return item | _identified(record)


def _identified(record: Record) -> CslItem:
    """The numbers that databases gave it, and the notes, in which managers keep more of them."""
    item: CslItem = {"note": "\n".join(record.get("N1", ()))}
    number, database = _first(record, ("AN",)), _first(record, ("DB", "DP")).lower()
    if number and ("pubmed" in database or "medline" in database or "nlm" in database):
        item["PMID"] = number
    elif number and "dailymed" in database:
        item["setid"] = number
    pmcid = _PMCID.search(_first(record, ("C2",)))
    return item | ({"PMCID": pmcid[0]} if pmcid else {})


def _first(record: Record, tags: tuple[str, ...]) -> str:
    return next((value for tag in tags for value in record.get(tag, ()) if value), "")


def _precision(date: dict[str, object]) -> int:
    parts = date.get("date-parts")
    return len(parts[0]) if isinstance(parts, list) and parts else 0
