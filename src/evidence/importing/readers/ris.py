"""RIS, by the tags that Research Information Systems, EndNote, Zotero, Mendeley and PubMed's exporters use.

Pandoc's reader of RIS drops full dates, days of access, notes and accession numbers: what identifies a work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.importing.readers.people import person, slashed

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
