"""RIS: for EndNote, Zotero, Mendeley, RefWorks (Research Information Systems' tags, as of 2011).

RIS has no markup: `<i>`, `<b>`, `<sub>` and `<sup>` stay in titles, as Zotero and Mendeley read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evidence.bibliography import tagged, variables
from evidence.bibliography.tagged import Line
from evidence.bibliography.variables import Item, ItemName
from evidence.model.partialdate import PartialDate

_KINDS = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "review": "JOUR",
    "review-book": "JOUR",
    "book": "BOOK",
    "chapter": "CHAP",
    "dataset": "DATA",
    "document": "GEN",
    "entry": "ENCYC",
    "entry-dictionary": "DICT",
    "entry-encyclopedia": "ENCYC",
    "legislation": "STAT",
    "manuscript": "MANSCPT",
    "pamphlet": "PAMP",
    "paper-conference": "CPAPER",
    "patent": "PAT",
    "post": "ICOMM",
    "post-weblog": "BLOG",
    "regulation": "GOVDOC",
    "report": "RPRT",
    "software": "COMP",
    "speech": "SLIDE",
    "standard": "STAND",
    "thesis": "THES",
    "webpage": "ELEC",
}


def write_ris(items: Sequence[Mapping[str, object]]) -> str:
    """The items as RIS in UTF-8, without a byte order mark (which some readers take for text)."""
    return "\n".join(tagged.record(_lines(item), 4) + "ER  - \n" for item in items)


def _lines(item: Item) -> Iterator[Line]:
    kind = variables.text(item, "type")
    yield "TY", "JOUR" if kind == "article" and variables.text(item, "container-title") else _KINDS.get(kind, "GEN")
    yield "ID", variables.text(item, "id")
    yield from (("AU", inverted(name)) for name in variables.names(item, "author"))
    yield from (("A2", inverted(name)) for name in variables.names(item, "editor"))
    yield from (("A4", inverted(name)) for name in variables.names(item, "translator"))
    yield "TI", variables.text(item, "title")
    yield "ST", variables.text(item, "title-short")
    yield "OP", variables.text(item, "original-title")
    yield "T2", variables.text(item, "container-title")
    yield "J2", variables.text(item, "container-title-short")
    yield "T3", variables.text(item, "collection-title")
    issued = variables.date(item, "issued")
    yield "PY", variables.year(issued)
    yield "DA", slashed(issued)
    yield "VL", variables.text(item, "volume")
    yield "IS", variables.text(item, "issue")
    yield from _pages(item)
    yield "PB", variables.text(item, "publisher")
    yield "CY", variables.text(item, "publisher-place")
    yield "ET", variables.edition(item)
    yield "M3", variables.text(item, "genre")
    yield "SN", ", ".join(filter(None, (variables.text(item, "ISSN"), variables.text(item, "ISBN"))))
    yield "LA", variables.text(item, "language")
    number, database = variables.accession(item)
    yield "AN", number
    yield "DB", database
    yield "CN", variables.second_accession(item)
    yield "C2", variables.text(item, "PMCID")
    yield "DO", variables.text(item, "DOI")
    yield "UR", variables.text(item, "URL")
    yield "Y2", slashed(variables.date(item, "accessed"))
    yield from (("KW", word) for word in variables.keywords(item))
    yield from (("N1", note) for note in variables.notes(item))


def _pages(item: Item) -> Iterator[Line]:
    first, last = variables.pages(item)
    number = variables.article_number(item)
    yield "SP", first or number
    yield "EP", last
    yield "C7", number
    if not number:
        yield "M1", variables.text(item, "number")


def inverted(name: ItemName) -> str:
    """`Last, First, Suffix`; a body ends in a comma, or its first comma is doubled, which is how EndNote knows it."""
    if name.literal or not (name.given or name.suffix):
        body = name.literal or name.last
        return body.replace(",", ",,", 1) if "," in body else f"{body},"
    return f"{name.last}, {name.given}, {name.suffix}" if name.suffix else name.inverted


def slashed(when: PartialDate | str | None) -> str:
    """`2013/02/14/`, with what is not known left empty: `2025/08//`; seasons, intervals and words come last."""
    if not isinstance(when, PartialDate):
        return f"{variables.year(when)}///{when}" if when else ""
    if when.season or when.until is not None:
        return f"{when.year:04}///{variables.within_year(when)}"
    month = f"{when.month:02}" if when.month else ""
    day = f"{when.day:02}" if when.day else ""
    return f"{when.year:04}/{month}/{day}/"
