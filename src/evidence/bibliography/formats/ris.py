"""RIS (Research Information Systems' tags, as of 2011), for EndNote, Zotero, Mendeley and RefWorks; and NBIB.

NBIB is PubMed's own format (MEDLINE tags), for EndNote, Zotero and what reads PubMed's downloads. Both are lines of a
tag and a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence.bibliography import variables
from evidence.bibliography.variables import Item, ItemName
from evidence.model.dates import PartialDate
from evidence.model.records import initials
from evidence.model.regex import regex

Line = tuple[str, str]
"""A tag and its value on one line; a line without a value is left out."""


def _record(lines: Iterable[Line]) -> str:
    return "".join(f"{tag:<4}- {value}\n" for tag, value in lines if value)


# RIS.

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
    return "\n".join(_record(_ris_lines(item)) + "ER  - \n" for item in items)


def _ris_lines(item: Item) -> Iterator[Line]:
    kind = variables.text(item, "type")
    yield "TY", "JOUR" if kind == "article" and variables.text(item, "container-title") else _KINDS.get(kind, "GEN")
    yield "ID", variables.text(item, "id")
    for tag, role in (("AU", "author"), ("A2", "editor"), ("A4", "translator")):
        yield from ((tag, inverted(name)) for name in variables.names(item, role))
    yield "TI", variables.text(item, "title")
    yield "ST", variables.text(item, "title-short")
    yield "OP", variables.text(item, "original-title")
    yield "T2", variables.text(item, "container-title")
    yield "J2", variables.text(item, "container-title-short")
    yield "T3", variables.text(item, "collection-title")
    issued = variables.date(item, "issued")
    yield "PY", variables.year(issued)
    yield "DA", _slashed(issued)
    yield "VL", variables.text(item, "volume")
    yield "IS", variables.text(item, "issue")
    first, last = variables.pages(item)
    article_number = variables.article_number(item)
    yield "SP", first or article_number
    yield "EP", last
    yield "C7", article_number
    if not article_number:
        yield "M1", variables.text(item, "number")
    yield "PB", variables.text(item, "publisher")
    yield "CY", variables.text(item, "publisher-place")
    yield "ET", variables.edition(item)
    yield "M3", variables.text(item, "genre")
    yield "SN", ", ".join(filter(None, (variables.text(item, "ISSN"), variables.text(item, "ISBN"))))
    yield "LA", variables.text(item, "language")
    accession, database = variables.accession(item)
    yield "AN", accession
    yield "DB", database
    yield "CN", variables.second_accession(item)
    yield "C2", variables.text(item, "PMCID")
    yield "DO", variables.text(item, "DOI")
    yield "UR", variables.text(item, "URL")
    yield "Y2", _slashed(variables.date(item, "accessed"))
    yield from (("KW", word) for word in variables.keywords(item))
    yield from (("N1", note) for note in variables.notes(item))


def inverted(name: ItemName) -> str:
    """`Last, First, Suffix`; a body ends in a comma, or its first comma is doubled, which is how EndNote knows it."""
    if name.literal or not (name.given or name.suffix):
        body = name.literal or name.last
        return body.replace(",", ",,", 1) if "," in body else f"{body},"
    return f"{name.last}, {name.given}, {name.suffix}" if name.suffix else name.inverted


def _slashed(when: PartialDate | str | None) -> str:
    """`2013/02/14/`, with what is not known left empty: `2025/08//`; seasons, intervals and words come last."""
    if not isinstance(when, PartialDate):
        return f"{variables.year(when)}///{when}" if when else ""
    if when.season or when.until is not None:
        return f"{when.year:04}///{variables.month_and_day(when)}"
    month = f"{when.month:02}" if when.month else ""
    day = f"{when.day:02}" if when.day else ""
    return f"{when.year:04}/{month}/{day}/"


# NBIB.

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
_PMID = regex(r"[0-9]{1,12}")
_PMCID = regex(r"PMC[0-9]{1,12}")
_ISSN = regex(r"[0-9]{4}-[0-9]{3}[0-9X]")


def write_nbib(items: Sequence[Mapping[str, object]]) -> str:
    """The items as NBIB in UTF-8, one blank line between them.

    Markup stays in titles as `<i>`, `<b>`, `<sub>`, `<sup>`, which Zotero reads. ISSNs carry the type
    `Undetermined`, since CSL does not say which of them is the printed one.
    """
    return "\n".join(_record(_nbib_lines(item)) for item in items)


def _nbib_lines(item: Item) -> Iterator[Line]:
    # Readers of NBIB stop at what is not an identifier of its form.
    pmid, pmcid = variables.text(item, "PMID"), variables.text(item, "PMCID")
    yield "PMID", pmid if _PMID.fullmatch(pmid) else ""
    yield from (("IS", f"{issn} (Undetermined)") for issn in _ISSN.findall(variables.text(item, "ISSN")))
    yield "ISBN", variables.text(item, "ISBN")
    yield "VI", variables.text(item, "volume")
    yield "IP", variables.text(item, "issue")
    issued = variables.date(item, "issued")  # NLM's form: `2013 Feb 14`, `2013 Jan-Feb`, `2012 Dec-2013 Jan`
    words = issued if isinstance(issued, str) else f"{variables.year(issued)} {variables.month_and_day(issued)}"
    yield "DP", words.strip()
    # NLM has a publication type for what is retracted and none for what was withdrawn, which only the title says.
    is_withdrawn = variables.void_word(item) == variables.WITHDRAWN
    yield "TI", variables.text(variables.with_retraction(item) if is_withdrawn else item, "title")
    number = variables.article_number(item)
    yield "PG", variables.text(item, "page") or number
    doi = variables.text(item, "DOI")
    yield "LID", f"{number} [pii]" if number else ""
    yield "LID", f"{doi} [doi]" if doi else ""
    for name in variables.names(item, "author"):
        if name.literal:
            yield "CN", name.literal
        else:
            yield "FAU", _full(name)
            yield "AU", _short(name)
    for name in variables.names(item, "editor"):
        yield "FED", name.literal or _full(name)
        yield "ED", name.literal or _short(name)
    yield "LA", variables.text(item, "language")
    labels = [variables.text(kind, "label") for kind in _custom_list(item, "publication-types")]
    assumed = _PUBLICATION_TYPES.get(variables.text(item, "type"), "")
    retracted = variables.RETRACTED_KEYWORD if variables.void_word(item) == variables.RETRACTED else ""
    yield from (("PT", label) for label in dict.fromkeys([*(labels or [assumed]), retracted]))
    for notice in _custom_list(item, "notices"):
        if tag := _NOTICE_TAGS.get(variables.text(notice, "type")):
            source, noticed = variables.text(notice, "source"), variables.text(notice, "PMID")
            yield tag, " ".join(filter(None, (source, f"PMID: {noticed}" if noticed else "")))
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
    yield "PMC", pmcid if _PMCID.fullmatch(pmcid) else ""
    yield "AID", f"{doi} [doi]" if doi else ""
    general = {
        "URL": variables.text(item, "URL"),
        "Accessed": variables.edtf(variables.date(item, "accessed")),
        "Translators": "; ".join(name.literal or _full(name) for name in variables.names(item, "translator")),
        "Short title": variables.text(item, "title-short"),
        "Version": variables.text(item, "version"),
        "Genre": variables.text(item, "genre"),
        "Number": "" if number else variables.text(item, "number"),
    }
    yield from (("GN", f"{name}: {value}") for name, value in general.items() if value)
    yield from (("GN", note) for note in (variables.retraction(item), variables.text(item, "note")))


def _full(name: ItemName) -> str:
    return f"{name.inverted} {name.suffix}".rstrip()


def _short(name: ItemName) -> str:
    """`King ML Jr`: NLM's form for the citation."""
    return " ".join(filter(None, (name.last, initials(name.given), name.suffix)))


def _custom_list(item: Item, key: str) -> list[Mapping[str, object]]:
    """The mappings of a list under `custom`; none where it is not a list."""
    value = variables.custom(item, key)
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    return [part for part in values if isinstance(part, Mapping)]
