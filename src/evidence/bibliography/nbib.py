"""NBIB: PubMed's own format (MEDLINE tags), for EndNote, Zotero and what reads PubMed's downloads.

Tags and their use follow NLM's "MEDLINE/PubMed Data Element (Field) Descriptions". What MEDLINE has
no tag for (addresses, dates of access) stands in general notes, `GN`, each with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from evidence.bibliography import tagged, variables
from evidence.bibliography.names import initials
from evidence.bibliography.tagged import Line
from evidence.bibliography.variables import Item, ItemName

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
    return "\n".join(tagged.record(_lines(item), 4) for item in items)


def _lines(item: Item) -> Iterator[Line]:
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
    return f"{variables.year(when)} {variables.within_year(when)}".strip()


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
