"""NBIB, PubMed's own format, read by Biopython: pandoc has no reader for it.

Tags follow NLM's "MEDLINE/PubMed Data Element (Field) Descriptions".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from evidence.errors import FileError
from evidence.importing.readers.people import worded

CslItem = dict[str, object]

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


def nbib_items(path: str, text: str) -> Iterator[CslItem]:
    """The records as CSL-JSON items.

    Raises:
        FileError: a line goes on with a field that has not begun.
    """
    from Bio import Medline  # noqa: PLC0415 - 40 ms that only this format pays

    handle = io.StringIO(text.lstrip("\ufeff\r\n "))
    records = Medline.parse(handle)  # type: ignore[no-untyped-call]
    try:
        yield from (_item(record) for record in records if record)
    except LookupError as error:
        line = text.count("\n", 0, handle.tell())
        told = f"this is no NBIB: a line goes on with the field {error}, which has not begun"
        raise FileError(told, path=path, line=max(line, 1)) from None


def _item(record: Mapping[str, Any]) -> CslItem:
    book = bool(record.get("BTI"))
    item: CslItem = {variable: _joined(record.get(tag)) for tag, variable in _TEXTS.items()}
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


def _noted(notes: list[str]) -> CslItem:
    """General notes: those of our own exports by their names, the others as they are."""
    item: CslItem = {}
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
