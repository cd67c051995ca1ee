"""EndNote's XML, element by element as its DTD (RSXML) names them.

Pandoc's reader of it drops DOIs, addresses, accession numbers and days of access.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from evidence.errors import FileError
from evidence.importing.readers.people import Name, person, worded

CslItem = dict[str, object]

_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TYPES = {
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
_TEXTS = {
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
_PEOPLE = {"authors": "author", "secondary-authors": "editor", "subsidiary-authors": "translator"}
_FACES = {"italic": "i", "bold": "b", "subscript": "sub", "superscript": "sup"}
_PMCID = re.compile(r"PMC[0-9]{1,9}")


def endnote_items(path: str, data: bytes) -> Iterator[CslItem]:
    """The records as CSL-JSON items.

    Raises:
        FileError: it is no XML, or declares entities, which EndNote never does.
    """
    if _DECLARES.search(data):
        raise FileError("this XML declares entities, as EndNote never does", path=path, fix="export it again")
    try:
        for _, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314 - no entities, see above
            if element.tag == "record":
                yield _item(element)
                element.clear()
    except ET.ParseError as error:
        line, column = error.position
        raise FileError("this is no well-formed XML", path=path, line=line, column=column + 1) from None


def _item(record: ET.Element) -> CslItem:
    kind = record.find("ref-type")
    name = kind.get("name", "").lower() if kind is not None else ""
    item: CslItem = {"type": _TYPES.get(name, "document")}
    for place, variable in _TEXTS.items():
        item[variable] = _rich(record.find(place)) or item.get(variable, "")
    item["DOI"], item["URL"] = _plain(record, "electronic-resource-num"), _plain(record, "urls/related-urls/url")
    for group, role in _PEOPLE.items():
        item[role] = [named for one in record.iterfind(f"contributors/{group}/author") if (named := _name(one))]
    article = item["type"] in {"article-journal", "article-magazine", "article-newspaper"}
    item["issue" if article else "number"] = _plain(record, "number")
    item["page"], own = _plain(record, "pages"), _plain(record, "custom7")
    if own:
        item["number"] = own
        item["page"] = "" if item["page"] == own else item["page"]
    item["issued"] = _issued(record)
    item["accessed"] = worded(_plain(record, "access-date"))
    item["ISBN" if item["type"] in {"book", "chapter"} else "ISSN"] = _plain(record, "isbn")
    item["keyword"] = ", ".join(filter(None, (_text(one) for one in record.iterfind("keywords/keyword"))))
    return item | _identified(record)


def _identified(record: ET.Element) -> CslItem:
    notes = (_plain(record, place, lines=True) for place in ("notes", "research-notes"))
    item: CslItem = {"note": "\n".join(filter(None, notes))}
    number, database = _plain(record, "accession-num"), _plain(record, "remote-database-name").lower()
    if number.isdigit() and (not database or any(word in database for word in ("pubmed", "medline", "nlm"))):
        item["PMID"] = number  # EndNote's own downloads from PubMed name no database
    elif number and "dailymed" in database:
        item["setid"] = number
    pmcid = _PMCID.search(_plain(record, "custom2"))
    return item | ({"PMCID": pmcid[0]} if pmcid else {})


def _issued(record: ET.Element) -> dict[str, object]:
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
