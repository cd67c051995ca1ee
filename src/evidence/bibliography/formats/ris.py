"""Lines of a tag and a value, as RIS and NBIB have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence.bibliography import variables
from evidence.bibliography.csl import initials
from evidence.bibliography.variables import Item, ItemName
from evidence.model.dates import PartialDate

# Lines of a tag and a value, as RIS and NBIB have them.

Line = tuple[str, str]
"""A tag and its value on one line; a line without a value is left out."""


def record(lines: Iterable[Line], width: int) -> str:
    """One record, its tags padded to `width`."""
    return "".join(f"{tag:<{width}}- {value}\n" for tag, value in lines if value)


# NBIB: PubMed's own format (MEDLINE tags), for EndNote, Zotero and what reads PubMed's downloads.

_PUBLICATION_TYPES = {"article-journal": "Journal Article", "article": "Preprint", "review": "Review"}
_NOTICE_TAGS = {
    "RetractionIn": "RIN",
    "RetractionOf": "ROF",
    "ErratumIn": "EIN",
    "ErratumFor": "EFR",
    "ExpressionOfConcernIn": "ECI",
    "ExpressionOfConcernFor": "ECF",
    "RetractedandRepublishedIn": "RRI",
    "RetractedandRepublishedFrom": "RRF",
    "CorrectedandRepublishedIn": "CRI",
    "CorrectedandRepublishedFrom": "CRF",
    "UpdateIn": "UIN",
    "UpdateOf": "UOF",
}
_PMID = re.compile(r"[0-9]{1,12}")
_PMCID = re.compile(r"PMC[0-9]{1,12}")
_ISSN = re.compile(r"[0-9]{4}-[0-9]{3}[0-9X]")


def write_nbib(items: Sequence[Mapping[str, object]]) -> str:
    """The items as NBIB in UTF-8, one blank line between them.

    Markup stays in titles as `<i>`, `<b>`, `<sub>`, `<sup>`, which Zotero reads. ISSNs carry the type
    `Undetermined`, since CSL does not say which of them is the printed one.
    """
    return "\n".join(record(_lines_nbib(item), 4) for item in items)


def _lines_nbib(item: Item) -> Iterator[Line]:
    yield "PMID", _of_form(_PMID, variables.text(item, "PMID"))
    yield from (("IS", f"{issn} (Undetermined)") for issn in _ISSN.findall(variables.text(item, "ISSN")))
    yield "ISBN", variables.text(item, "ISBN")
    yield "VI", variables.text(item, "volume")
    yield "IP", variables.text(item, "issue")
    yield "DP", _date_of_publication(item)
    yield "TI", variables.text(item, "title")
    number = variables.article_number(item)
    yield "PG", variables.text(item, "page") or number
    doi = variables.text(item, "DOI")
    yield "LID", f"{number} [pii]" if number else ""
    yield "LID", f"{doi} [doi]" if doi else ""
    yield from _people(item)
    yield "LA", variables.text(item, "language")
    yield from _publication_types(item)
    yield from _notices(item)
    yield "PL", variables.text(item, "publisher-place")
    yield "PB", variables.text(item, "publisher")
    yield "EN", variables.text(item, "edition")
    yield "TT", variables.text(item, "original-title")
    yield "TA", variables.text(item, "container-title-short")
    in_a_book = variables.text(item, "type") in {"chapter", "entry", "entry-dictionary", "entry-encyclopedia"}
    yield "BTI" if in_a_book else "JT", variables.text(item, "container-title")
    yield "CTI", variables.text(item, "collection-title")
    yield "OID", f"DailyMed: {variables.set_id(item)}" if variables.set_id(item) else ""
    yield from (("OT", word) for word in variables.own_keywords(item))
    yield "PMC", _of_form(_PMCID, variables.text(item, "PMCID"))
    yield "AID", f"{doi} [doi]" if doi else ""
    yield from _general_notes(item)


def _of_form(form: re.Pattern[str], identifier: str) -> str:
    """An identifier; nothing for what is none, which readers of NBIB stop at."""
    return identifier if form.fullmatch(identifier) else ""


def _date_of_publication(item: Item) -> str:
    """NLM's form: `2013 Feb 14`, `2013 Jan-Feb`, `2012 Dec-2013 Jan`."""
    when = variables.date(item, "issued")
    if isinstance(when, str):
        return when
    return f"{variables.year(when)} {variables.month_and_day(when)}".strip()


def _people(item: Item) -> Iterator[Line]:
    for name in variables.names(item, "author"):
        if name.literal:
            yield "CN", name.literal
        else:
            yield "FAU", _full(name)
            yield "AU", _short(name)
    for name in variables.names(item, "editor"):
        yield "FED", name.literal or _full(name)
        yield "ED", name.literal or _short(name)


def _full(name: ItemName) -> str:
    return f"{name.inverted} {name.suffix}".rstrip()


def _short(name: ItemName) -> str:
    """`King ML Jr`: NLM's form for the citation."""
    return " ".join(filter(None, (name.last, initials(name.given), name.suffix)))


def _publication_types(item: Item) -> Iterator[Line]:
    told = variables.custom(item, "publication-types")
    each = told if isinstance(told, Sequence) and not isinstance(told, str) else []
    labels = [variables.text(kind, "label") for kind in each if isinstance(kind, Mapping)]
    assumed = _PUBLICATION_TYPES.get(variables.text(item, "type"), "")
    retracted = variables.RETRACTED_KEYWORD if variables.retraction(item) else ""
    for label in dict.fromkeys([*(labels or [assumed]), retracted]):
        yield "PT", label


def _notices(item: Item) -> Iterator[Line]:
    told = variables.custom(item, "notices")
    each = told if isinstance(told, Sequence) and not isinstance(told, str) else []
    for notice in each:
        if isinstance(notice, Mapping) and (tag := _NOTICE_TAGS.get(variables.text(notice, "type"))):
            source, pmid = variables.text(notice, "source"), variables.text(notice, "PMID")
            yield tag, " ".join(filter(None, (source, f"PMID: {pmid}" if pmid else "")))


def _general_notes(item: Item) -> Iterator[Line]:
    named = {
        "URL": variables.text(item, "URL"),
        "Accessed": variables.edtf(variables.date(item, "accessed")),
        "Translators": "; ".join(name.literal or _full(name) for name in variables.names(item, "translator")),
        "Short title": variables.text(item, "title-short"),
        "Version": variables.text(item, "version"),
        "Genre": variables.text(item, "genre"),
        "Number": "" if variables.article_number(item) else variables.text(item, "number"),
    }
    yield from (("GN", f"{name}: {value}") for name, value in named.items() if value)
    yield from (("GN", note) for note in (variables.retraction(item), variables.text(item, "note")))


# RIS: for EndNote, Zotero, Mendeley, RefWorks (Research Information Systems' tags, as of 2011).

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
    return "\n".join(record(_lines(item), 4) + "ER  - \n" for item in items)


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
        return f"{when.year:04}///{variables.month_and_day(when)}"
    month = f"{when.month:02}" if when.month else ""
    day = f"{when.day:02}" if when.day else ""
    return f"{when.year:04}/{month}/{day}/"
