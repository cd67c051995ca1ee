"""The files of reference managers: which format a file has, and its references as items of CSL-JSON.

Every reader returns items as its format gives them; what is made of an item is `import_listing`'s.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any
from xml.etree import ElementTree as ET

from evidence.app.import_bibtex import require_finite
from evidence.bibliography.render import SECONDS, find_pandoc, read_items
from evidence.documents.document import DocumentFormat
from evidence.library.files import SourceText, printable
from evidence.library.reader import read_text
from evidence.model import dates
from evidence.model.csl import without_full_stop
from evidence.model.errors import FileError, RenderError
from evidence.model.references import Reference
from evidence.model.regex import regex
from evidence.model.version import how_to_install

CslItem = dict[str, object]


class ImportFormat(StrEnum):
    """Monographs, and the files of reference managers."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    BIBTEX = "bibtex"
    BIBLATEX = "biblatex"
    RIS = "ris"
    ENDNOTE = "endnote"
    NBIB = "nbib"
    CSL_JSON = "csl-json"
    CSL_YAML = "csl-yaml"

    @property
    def form(self) -> DocumentFormat | None:
        """The form of a monograph; None for a reference manager's file."""
        return DocumentFormat(self.value) if self.value in set(DocumentFormat) else None


_BY_NAME = {
    **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd"), ImportFormat.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), ImportFormat.HTML),
    **dict.fromkeys((".txt", ".text"), ImportFormat.TEXT),
    **dict.fromkeys((".nbib", ".medline"), ImportFormat.NBIB),
    **dict.fromkeys((".yaml", ".yml"), ImportFormat.CSL_YAML),
    ".docx": ImportFormat.DOCX,
    ".pdf": ImportFormat.PDF,
    ".bib": ImportFormat.BIBTEX,
    ".bibtex": ImportFormat.BIBTEX,
    ".biblatex": ImportFormat.BIBLATEX,
    ".ris": ImportFormat.RIS,
    ".xml": ImportFormat.ENDNOTE,
    ".json": ImportFormat.CSL_JSON,
}
_PLAIN = frozenset(["", ".txt", ".text"])
"""Endings that say nothing of what kind of text a file is: PubMed saves its records as .txt."""

_BEGINNING = 20_000  # bytes; of a file's beginning
_SIGNS = (
    (regex(rb"%PDF-"), ImportFormat.PDF),
    (regex(rb"PK\x03\x04"), ImportFormat.DOCX),
    (regex(rb"\s*PMID- ?\d"), ImportFormat.NBIB),
    (regex(rb"\s*TY  -"), ImportFormat.RIS),
    (regex(rb"\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>|\s*(?:<\?xml[^>]*>\s*)?<records>"), ImportFormat.ENDNOTE),
)
_LIKELY = (
    (regex(rb"\s*(?:<!DOCTYPE html|<html\b)", re.IGNORECASE), ImportFormat.HTML),
    (regex(rb"\s*(?:%[^\n]*\n\s*)*@[A-Za-z]+\s*[{(]"), ImportFormat.BIBTEX),
    (regex(rb"\s*[\[{]\s*(?:\{\s*)?\""), ImportFormat.CSL_JSON),
    (regex(rb"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?references:\s*(?:\n|\[)"), ImportFormat.CSL_YAML),
)
_OF_BIBLATEX = regex(
    rb"^[^\S\n]*+(?:date|journaltitle|location|institution|eprinttype|urldate)\s*=|@(?:online|thesis|collection|dataset)\s*\{",
    re.IGNORECASE | re.MULTILINE,
)


def kind_by_name(name: str) -> ImportFormat | None:
    """What a file's name alone says; None where it says nothing."""
    return _BY_NAME.get(PurePath(name).suffix.lower())


_SAVE_AS = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages", ".wpd"), ".docx, or print it to a PDF file"),
    **dict.fromkeys(
        (".xls", ".xlsx", ".ods", ".numbers"), ".html or .docx with the table under the heading References"
    ),
    **dict.fromkeys((".enl", ".ens"), "EndNote XML or RIS (File > Export)"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"), ".pdf"),
}
"""What to save files as that other programs write and nobody else reads reliably."""


def kind_of(name: str, data: bytes) -> ImportFormat:
    """What a file is, by its first bytes and its name (`-` for standard input).

    Raises:
        FileError: neither shows it.
    """
    suffix = PurePath(name).suffix.lower()
    begin = data[:_BEGINNING].removeprefix(b"\xef\xbb\xbf")
    kind = next((kind for sign, kind in _SIGNS if sign.match(begin)), None) or kind_by_name(name)
    if kind is None or suffix in _PLAIN:
        kind = next((likely for sign, likely in _LIKELY if sign.match(begin)), kind)
    if kind is None and suffix in _PLAIN:
        kind = ImportFormat.TEXT
    if suffix in _SAVE_AS:
        raise FileError(f"{suffix} files are not supported", path=name, fix=f"save it as {_SAVE_AS[suffix]}")
    if kind is None:
        known = ", ".join(dict.fromkeys(_BY_NAME))
        raise FileError(f"unknown file type {suffix}".strip(), path=name, fix=f"use --from; known file types: {known}")
    if kind is ImportFormat.BIBTEX and _OF_BIBLATEX.search(data):
        return ImportFormat.BIBLATEX
    return kind


def manager_items(source: SourceText, data: bytes, kind: ImportFormat) -> Iterable[CslItem]:
    """The references of a reference manager's file; `data` are the bytes of `source`.

    Raises:
        FileError: it is not of this kind.
        RenderError: its kind needs pandoc, and there is none.
    """
    match kind:
        case ImportFormat.BIBTEX | ImportFormat.BIBLATEX:
            return bibtex_items(source, str(kind))
        case ImportFormat.RIS:
            return ris_items(source.text)
        case ImportFormat.ENDNOTE:
            return endnote_items(source.path, data)
        case ImportFormat.NBIB:
            return nbib_items(source.path, source.text)
        case ImportFormat.CSL_JSON:
            return json_items(source)
        case _:
            return yaml_items(source)


# CSL-JSON and CSL-YAML: what Zotero, Better BibTeX, Mendeley, pandoc and this tool's own libraries hold

_DEEPEST = 60


def json_items(source: SourceText) -> list[CslItem]:
    """The items of a CSL-JSON file: a list, or Zotero's `{"items": […]}`.

    Raises:
        FileError: it is not JSON, is nested too deeply, or is not a list of items.
    """
    try:
        content = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise source.error(f"not valid JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise FileError("the JSON is nested too deeply", path=source.path) from None
    except ValueError as error:  # a number of thousands of digits
        raise FileError(f"not a JSON list of references: {error}", path=source.path) from None
    if isinstance(content, dict):
        content = next((content[key] for key in ("items", "references") if isinstance(content.get(key), list)), content)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise FileError("not a list of CSL-JSON items", path=source.path)
    if any(_is_deeper(item, _DEEPEST) for item in content):
        raise FileError("the JSON is nested too deeply", path=source.path)
    return content


def _is_deeper(value: object, levels: int) -> bool:
    if not levels:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_deeper(item, levels - 1) for item in inner)


def yaml_items(source: SourceText) -> Iterator[CslItem]:
    """The entries of a CSL-YAML file, read as every library is; its Markdown has become CSL-JSON's rich text.

    Raises:
        FileError: it cannot be read as a library.
    """
    text = source.text
    if text.startswith("---"):  # pandoc wants a metadata block, of which a library has no need
        text = text.rstrip()
        text = text.removesuffix("...").removesuffix("---") + "\n"
    yield from map(item_of, read_text(printable(SourceText(source.path, text, source.sha256))).references)


def item_of(reference: Reference) -> CslItem:
    """An entry of a library as an item."""
    item: CslItem = {**reference.csl, "id": reference.id}
    if reference.cited_as:
        item["cited-as"] = reference.cited_as
    for key, day in (("issued", reference.issued), ("accessed", reference.accessed)):
        if day:
            item[key] = {"edtf": str(day)}
    return item


# BibTeX and BibLaTeX, read by pandoc under limits of time and memory

SECONDS_PER_MB = 6.0
"""Twice what pandoc takes for the shortest entries (70 s for 20 MB)."""

_TITLES_UNCHANGED = "latin"
_ENTRY = regex(
    r"@(?!(?:string|comment|preamble)\b)[A-Za-z]+[ \t\r\n]{0,20}[{(][^\s,{}()=\"]{1,200}[ \t]{0,20},", re.IGNORECASE
)
_LANGUAGE = regex(
    r"\b(?:langid|language|hyphenation)\s{0,20}=\s{0,20}(?:\{[^{}\n]{0,60}\}|\"[^\"\n]{0,60}\")\s{0,20},?"
)
_SCRIPT = regex(r"\$([_^])(?:\{([^${}]{1,30})\}|([A-Za-z0-9+-]))\$")
_TAGS = {"_": "sub", "^": "sup"}
# pandoc takes numbers and addresses over to the letter, with what LaTeX wants before their special characters.
_VERBATIM = ("DOI", "URL", "PMID", "PMCID", "setid")
_HREF = regex(r"\\href\s?\{([^{}]{1,4000})\}\s?(?:\{[^{}]{0,4000}\})?")
_COMMAND = regex(r"\\([A-Za-z]{1,20})(?:\{\}|[ \t]{1,4})?")
_COMMANDS = {
    **dict.fromkeys(("textless", "lt"), "<"),
    **dict.fromkeys(("textgreater", "gt"), ">"),
    **dict.fromkeys(("textasciitilde", "sim"), "~"),
    **dict.fromkeys(("textunderscore", "underline"), "_"),
    **dict.fromkeys(("url", "nolinkurl", "path", "texttt", "ensuremath", "mbox", "allowbreak"), ""),
    "mathsemicolon": ";",
    "textpercent": "%",
    "textbar": "|",
    "textdollar": "$",
    "textendash": "-",
}
_BACKSLASH = regex(r"\\+(?=[^A-Za-z\s])")
_MATH = regex(r"\$\s?([<>_~;^&%#-])\s?\$")
_BRACE = regex(r"[{}]")


def bibtex_items(source: SourceText, reader: str, pandoc: Callable[[], Path] = find_pandoc) -> list[CslItem]:
    """The entries as CSL-JSON items, without what pandoc makes up.

    Args:
        source: The file's text.
        reader: `bibtex` or `biblatex`.
        pandoc: Finds the engine.

    Raises:
        FileError: it goes in a circle, or pandoc cannot read it, or not within the limits.
        RenderError: there is no pandoc.
    """
    require_finite(source)
    text = _LANGUAGE.sub("", source.text).lstrip(" \t")  # pandoc takes long over many tabs before the first entry
    text = _ENTRY.sub(lambda entry: f"{entry[0]} langid={{{_TITLES_UNCHANGED}}},", text)
    try:
        engine = pandoc()
    except RenderError as error:
        what = error.what.replace("rendering requires", "reading BibTeX requires")
        raise RenderError(what, fix=how_to_install("import")) from None
    data = text.encode("utf-8")
    try:
        items: list[CslItem] = json.loads(read_items(data, reader, engine, SECONDS + SECONDS_PER_MB * len(data) / 1e6))
    except RenderError as error:
        position = re.search(r"\(line (\d+), column (\d+)\)", error.what)
        if position is None:
            raise FileError(error.what, path=source.path, fix=error.fix) from None
        unexpected = re.search(r"unexpected \S+", error.what[position.end() :])
        raise FileError(
            f"cannot read this entry ({unexpected[0] if unexpected else 'not BibTeX'})",
            path=source.path,
            line=int(position[1]),
            column=int(position[2]),
            fix="check for a missing comma or brace before it",
        ) from None
    for item in items:
        item.pop("language", None)
        for key, value in item.items():
            if isinstance(value, str) and key in _VERBATIM:
                item[key] = _without_latex(value)
            elif isinstance(value, str) and "$" in value:
                item[key] = _SCRIPT.sub(lambda m: f"<{_TAGS[m[1]]}>{m[2] or m[3]}</{_TAGS[m[1]]}>", value)
        if str(item.get("title", "")).startswith(f"{item.get('title-short')}:"):
            item.pop("title-short", None)  # all before the colon
    return items


def _without_latex(text: str) -> str:
    r"""A number or address as it is meant: `\_`, `{\_}`, `\textless{}` and `$<$` without LaTeX."""
    if not any(mark in text for mark in "\\{$"):
        return text
    text = _COMMAND.sub(lambda found: _COMMANDS.get(found[1], found[0]), _HREF.sub(r"\1", text))
    return _BRACE.sub("", _MATH.sub(r"\1", _BACKSLASH.sub("", text))).strip()


# RIS, by the tags that Research Information Systems, EndNote, Zotero, Mendeley and PubMed's exporters use

_RIS_TAG = regex(r"([A-Z][A-Z0-9])  ?-(?: (.*)|\s*)")
_RIS_TYPES = {
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
_RIS_TEXTS = {  # the first tag that a record has
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
_RIS_PEOPLE = {"author": ("AU", "A1"), "editor": ("A2", "ED"), "translator": ("A4",)}


def ris_items(text: str) -> Iterator[CslItem]:
    """The records as CSL-JSON items."""
    return map(_ris_item, _ris_records(text))


def _ris_item(record: dict[str, list[str]]) -> CslItem:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in record.get(tag, ()) if value), "")

    kind = _RIS_TYPES.get(record.get("TY", [""])[0], "document")
    item: CslItem = {"id": first("ID"), "type": kind}
    item |= {variable: first(*tags) for variable, tags in _RIS_TEXTS.items()}
    for role, tags in _RIS_PEOPLE.items():
        item[role] = [_person(name) for tag in tags for name in record.get(tag, ())]
    pages = list(filter(None, (first("SP"), first("EP"))))
    item["page"] = "" if pages[:1] == [item["number"]] else "-".join(pages)
    dated = [_slashed_date(value) for tag in ("DA", "PY", "Y1") for value in record.get(tag, ()) if value]
    item["issued"] = max(dated, key=_precision, default={})
    item["accessed"] = _slashed_date(first("Y2"))
    item["ISBN" if kind in {"book", "chapter"} else "ISSN"] = first("SN")
    item["keyword"] = ", ".join(filter(None, record.get("KW", ())))
    item["note"] = "\n".join(record.get("N1", ()))
    return item | _database_numbers(first("AN"), first("DB", "DP"), first("C2"))


def _ris_records(text: str) -> Iterator[dict[str, list[str]]]:
    """The values of each record by their tags, lines that go on put together."""
    record: dict[str, list[list[str]]] = {}  # the lines of each value
    last: list[str] = []
    for line in text.splitlines():
        found = _RIS_TAG.match(line)
        if found is None:
            if last and line.strip():
                last.append(line.strip())
            continue
        tag, value = found[1], (found[2] or "").strip()
        if tag in {"TY", "ER"} and record:
            yield _joined(record)
            record = {}
        last = [value] if tag != "ER" else []
        if tag != "ER":
            record.setdefault(tag, []).append(last)
    if record:
        yield _joined(record)


def _joined(record: Mapping[str, list[list[str]]]) -> dict[str, list[str]]:
    return {tag: [" ".join(lines) for lines in values] for tag, values in record.items()}


def _precision(date: CslItem) -> int:
    parts = date.get("date-parts")
    return len(parts[0]) if isinstance(parts, list) and parts else 0


# EndNote's XML, element by element as its DTD (RSXML) names them

_DECLARES = regex(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENDNOTE_TYPES = {
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
_ENDNOTE_TEXTS = {
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
_ENDNOTE_PEOPLE = {"authors": "author", "secondary-authors": "editor", "subsidiary-authors": "translator"}
_FACES = {"italic": "i", "bold": "b", "subscript": "sub", "superscript": "sup"}


def endnote_items(path: str, data: bytes) -> Iterator[CslItem]:
    """The records as CSL-JSON items.

    Raises:
        FileError: it is not XML, or declares entities, which EndNote never does.
    """
    if _DECLARES.search(data):
        raise FileError("this XML declares entities, which EndNote never does", path=path, fix="export it again")
    for element in _elements(path, data):
        if element.tag == "record":
            yield _endnote_item(element)
            element.clear()


def _elements(path: str, data: bytes) -> Iterator[ET.Element]:
    elements = ET.iterparse(io.BytesIO(data))  # noqa: S314 - no entities, see above
    while True:
        try:
            _, element = next(elements)
        except StopIteration:
            return
        except ET.ParseError as error:
            line, column = error.position
            raise FileError("not well-formed XML", path=path, line=line, column=column + 1) from None
        except (LookupError, ValueError):
            raise FileError("this XML uses an unsupported encoding", path=path, fix="save it as UTF-8") from None
        yield element


def _endnote_item(record: ET.Element) -> CslItem:
    kind = record.find("ref-type")
    name = kind.get("name", "").lower() if kind is not None else ""
    item: CslItem = {"type": _ENDNOTE_TYPES.get(name, "document")}
    for place, variable in _ENDNOTE_TEXTS.items():
        item[variable] = _rich_text(record.find(place)) or item.get(variable, "")
    item["DOI"], item["URL"] = (
        _text(record.find("electronic-resource-num")),
        _text(record.find("urls/related-urls/url")),
    )
    for group, role in _ENDNOTE_PEOPLE.items():
        people = (_person(_text(author)) for author in record.iterfind(f"contributors/{group}/author"))
        item[role] = [person for person in people if person]
    article = item["type"] in {"article-journal", "article-magazine", "article-newspaper"}
    item["issue" if article else "number"] = _text(record.find("number"))
    item["page"], own = _text(record.find("pages")), _text(record.find("custom7"))
    if own:
        item["number"] = own
        item["page"] = "" if item["page"] == own else item["page"]
    year, day = _text(record.find("dates/year")), _text(record.find("dates/pub-dates/date"))
    issued = _worded_date(day if year and year in day else f"{year} {day}".strip())
    item["issued"] = issued if "date-parts" in issued else _worded_date(year) or issued
    item["accessed"] = _worded_date(_text(record.find("access-date")))
    item["ISBN" if item["type"] in {"book", "chapter"} else "ISSN"] = _text(record.find("isbn"))
    item["keyword"] = ", ".join(filter(None, (_text(keyword) for keyword in record.iterfind("keywords/keyword"))))
    notes = (record.find(place) for place in ("notes", "research-notes"))
    texts = ("".join(note.itertext()).replace("\r", "\n").strip() for note in notes if note is not None)
    item["note"] = "\n".join(filter(None, texts))
    number, database = _text(record.find("accession-num")), _text(record.find("remote-database-name"))
    if not number.isdigit() and "dailymed" not in database.lower():
        number = ""  # of other databases
    # EndNote's own downloads from PubMed name no database.
    return item | _database_numbers(number, database or "PubMed", _text(record.find("custom2")))


def _text(element: ET.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _rich_text(element: ET.Element | None) -> str:
    """The text with its runs in italics, bold, sub- and superscript as CSL-JSON's tags."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for run in element:
        tags = [_FACES[face] for face in run.get("face", "").split() if face in _FACES]
        text = "".join(run.itertext())
        parts += [*(f"<{tag}>" for tag in tags), text, *(f"</{tag}>" for tag in reversed(tags)), run.tail or ""]
    return " ".join("".join(parts).split())


# NBIB, PubMed's own format, read by Biopython: pandoc has no reader for it

_NBIB_NUMBER = regex(r"(?<!\S)(\S++)\s++\[(doi|pii)\]")
_NAMED_NOTE = regex(r"(URL|Accessed|Number|Version|Genre|Short title): (.+)")
_SET_ID = regex(r"DailyMed:\s*(\S+)")
_YEAR_AND_MORE = regex(r"(\d{4})\b.*")
_NBIB_TEXTS = {
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


def nbib_items(path: str, text: str) -> Iterator[CslItem]:
    """The records as CSL-JSON items.

    Raises:
        FileError: a line goes on with a field that has not begun.
    """
    from Bio import Medline  # noqa: PLC0415 - 40 ms that only this format pays

    handle = io.StringIO(text.lstrip("\ufeff\r\n "))
    records = Medline.parse(handle)  # type: ignore[no-untyped-call]
    try:
        yield from (_nbib_item(record) for record in records if record)
    except LookupError as error:
        line = text.count("\n", 0, handle.tell())
        message = f"not valid NBIB: a continuation line of the field {error} comes before the field itself"
        raise FileError(message, path=path, line=max(line, 1)) from None


def _nbib_item(record: Mapping[str, Any]) -> CslItem:
    def each(tag: str) -> list[str]:
        value = record.get(tag) or []
        return [str(text).strip() for text in (value if isinstance(value, list) else [value])]

    def joined(tag: str) -> str:
        value = record.get(tag)
        return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")

    item: CslItem = {variable: joined(tag) for tag, variable in _NBIB_TEXTS.items()}
    item["container-title"] = joined("BTI") or joined("JT")
    types = " ".join(each("PT")).lower()
    if "preprint" in types:
        item["type"] = "article"
    elif record.get("BTI"):
        item["type"] = "chapter" if record.get("TI") and record.get("TI") != record.get("BTI") else "book"
    else:
        is_article = record.get("TA") or record.get("VI") or "journal article" in types
        item["type"] = "article-journal" if is_article else ""
    authors = [_nbib_person(name) for name in each("FAU") or each("AU")]
    item["author"] = [*authors, *({"literal": name} for name in each("CN"))]
    item["editor"] = [_nbib_person(name) for name in each("FED") or each("ED")]
    issued, year = _worded_date(joined("DP")), _YEAR_AND_MORE.fullmatch(joined("DP"))
    # Of `2013 Jan-Feb` and of seasons what is certain: the year.
    item["issued"] = _worded_date(year[1]) if "literal" in issued and year else issued
    item["PMID"], item["PMCID"] = joined("PMID"), joined("PMC")
    item["language"] = ", ".join(each("LA"))
    item["ISSN"] = next((issn.split(" ")[0] for issn in each("IS")), "")
    item["ISBN"] = next((isbn.split(" ")[0] for isbn in each("ISBN")), "")
    item["keyword"] = ", ".join(each("OT"))
    numbers = [match for tag in ("LID", "AID") for match in _NBIB_NUMBER.finditer(joined(tag))]
    item["DOI"] = next((match[1] for match in numbers if match[2] == "doi"), "")
    set_id = _SET_ID.search(" ".join(each("OID")))
    item["setid"] = set_id[1] if set_id else ""
    item["title"] = without_full_stop(str(item["title"]))
    notes: list[str] = []
    for note in each("GN"):  # those of our own exports by their names, the others as they are
        named = _NAMED_NOTE.fullmatch(note)
        if named is None:
            notes.append(note)
        elif named[1] == "Accessed":
            item["accessed"] = _worded_date(named[2])
        else:
            item[{"Short title": "title-short", "URL": "URL"}.get(named[1], named[1].lower())] = named[2]
    return item | ({"note": "\n".join(notes)} if notes else {})


def _nbib_person(written: str) -> CslItem:
    family, comma, given = written.partition(",")
    if comma:
        return {"family": family.strip(), "given": given.strip()}
    family, _, initials = written.rpartition(" ")
    return {"family": family, "given": initials} if family else {"literal": written}


# Names, dates and numbers as reference managers write them

_PMCID = regex(r"PMC[0-9]{1,9}")
_DATE_NUMBER = regex(r"\d{1,4}")
_TIME = regex(r"T?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?")


def _person(written: str) -> CslItem:
    """A CSL name from `Last, First, Suffix`; what ends in a comma or doubles its first one is a body (EndNote)."""
    if ",," in written:
        return {"literal": written.replace(",,", ",", 1).strip()}
    family, *rest = (part.strip() for part in written.split(","))
    if not any(rest):
        return {"literal": family} if family else {}
    name = {"family": family, "given": rest[0], "suffix": ", ".join(rest[1:])}
    return {part: text for part, text in name.items() if text}


def _database_numbers(number: str, database: str, custom: str) -> CslItem:
    """The identifiers that databases gave a record: its accession number, and a PMCID in a field for custom use."""
    item: CslItem = {}
    if number and any(name in database.lower() for name in ("pubmed", "medline", "nlm")):
        item["PMID"] = number
    elif number and "dailymed" in database.lower():
        item["setid"] = number
    pmcid = _PMCID.search(custom)
    return item | ({"PMCID": pmcid[0]} if pmcid else {})


def _slashed_date(written: str) -> CslItem:
    """A CSL date from RIS's `2025/08/14/`; what is not given stays open, other wordings are guessed or stay literal.

    A time after the day is left out: Zotero writes `2025/08/14/10:22:33` for a day of access.
    """
    numbers: list[int] = []
    parts = written.split("/")
    for part in parts[:3]:
        if not _DATE_NUMBER.fullmatch(part.strip()):
            break
        numbers.append(int(part.strip()))  # `int` does not strip every control character by itself
    if len(numbers) == 3 and _TIME.fullmatch("/".join(parts[3:]).strip("/ ")):
        return {"date-parts": [numbers]}
    rest = " ".join(part.strip() for part in parts[len(numbers) :] if part.strip())
    return {"date-parts": [numbers]} if numbers and not rest else _worded_date(written.strip(" /").replace("/", " "))


def _worded_date(written: str) -> CslItem:
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
