"""Parts that articles and books have in common: people, identifiers, types, notices, trials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from evidence import identifiers
from evidence.model.identity import Identifier, IdKind
from evidence.model.records import Author, NoticeLink, PublicationType
from evidence.sources.pubmed_xml_text import plain_text

# NLM's own files hold types with an empty UI; a rule keys on the UI, so the known ones are filled in.
_TYPE_UIS = {
    "retracted publication": "D016441",
    "retraction notice": "D016440",
    "retraction of publication": "D016440",
    "published erratum": "D016425",
    "expression of concern": "D000075742",
    "corrected and republished article": "D016439",
    "duplicate publication": "D016438",
    "preprint": "D000076942",
    "comment": "D016420",
    "journal article": "D016428",
    "review": "D016454",
    "systematic review": "D000078182",
    "meta-analysis": "D017418",
    "randomized controlled trial": "D016449",
    "controlled clinical trial": "D018848",
    "clinical trial": "D016430",
    "observational study": "D064888",
    "case reports": "D002363",
    "practice guideline": "D017065",
    "editorial": "D016421",
    "letter": "D016422",
}
_DOI_IN_SOURCE = re.compile(r"\bdoi(?:\.org/|:?\s*)(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMCID = re.compile(r"(?:PMC)?(\d+)(?:\.\d+)?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:\.|(?<![\s.]))\s*+Electronic address:.*", re.DOTALL)
_NCT = re.compile(r"NCT\d{8}")


def authors(lists: Iterable[Element], kind: str = "authors") -> tuple[Author, ...]:
    """The authors (or `editors`) of these AuthorList elements, in order.

    Names marked ValidYN="N" are spellings that an erratum has replaced: NLM keeps them for
    searching, they are not part of the citation.
    """
    entries = [entry for names in lists if names.get("Type", "authors") == kind for entry in names.iterfind("Author")]
    found: list[Author] = []
    for author in (_author(entry) for entry in entries if entry.get("ValidYN") != "N"):
        # A body is listed once more with its address; two persons may well share a name.
        if not author.collective or author not in found:
            found.append(author)
    return tuple(found)


def authors_complete(lists: Iterable[Element]) -> bool:
    """False when a list says of itself that names are left out."""
    return all(names.get("CompleteYN") != "N" for names in lists)


def _author(entry: Element) -> Author:
    return Author(
        family=plain_text(entry.find("LastName")),
        given=plain_text(entry.find("ForeName")) or plain_text(entry.find("FirstName")),
        initials=plain_text(entry.find("Initials")),
        suffix=plain_text(entry.find("Suffix")),
        collective=_ADDRESS.sub("", plain_text(entry.find("CollectiveName"))),
    )


def languages(entries: Iterable[Element]) -> tuple[str, ...]:
    """ISO 639-2 codes in lower case."""
    return tuple(plain_text(entry).lower() for entry in entries)


def own_identifiers(elocations: Iterable[Element], ids: Iterable[Element]) -> tuple[Identifier, ...]:
    """DOIs and PMCID that the record gives for itself: ELocationID first, then its own ArticleIdList."""
    found: list[Identifier] = []
    for entry in elocations:
        if entry.get("EIdType") == "doi" and entry.get("ValidYN") != "N":
            found.extend(_doi_of(entry))
    for entry in ids:
        if entry.get("IdType") == "doi":
            found.extend(_doi_of(entry))
        elif entry.get("IdType") == "pmc":
            match = _PMCID.fullmatch(plain_text(entry))
            found.extend([Identifier(IdKind.PMCID, f"PMC{match[1]}")] if match else [])
    return tuple(dict.fromkeys(found))


def _doi_of(entry: Element) -> Iterator[Identifier]:
    doi = identifiers.parse(IdKind.DOI, plain_text(entry))
    if isinstance(doi, Identifier):
        yield doi


def elocations(entries: Iterable[Element]) -> tuple[str, ...]:
    """Article numbers: valid ELocationIDs that are no DOI."""
    numbers = (plain_text(e) for e in entries if e.get("EIdType") != "doi" and e.get("ValidYN") != "N")
    return tuple(dict.fromkeys(number for number in numbers if number))


def pages(pagination: Element | None) -> str:
    """MedlinePgn as given; StartPage and EndPage only where it is missing."""
    if pagination is None:
        return ""
    printed = plain_text(pagination.find("MedlinePgn"))
    ends = (plain_text(pagination.find("StartPage")), plain_text(pagination.find("EndPage")))
    return printed or "-".join(end for end in ends if end)


def publication_types(entries: Iterable[Element]) -> tuple[PublicationType, ...]:
    """The record's types; an empty UI is filled in for the labels that rules rest on."""
    labelled = ((entry.get("UI") or "", plain_text(entry)) for entry in entries)
    return tuple(PublicationType(ui or _TYPE_UIS.get(label.lower(), ""), label) for ui, label in labelled)


def notices(entries: Iterable[Element]) -> tuple[NoticeLink, ...]:
    """The CommentsCorrections of a record; `Cites` (an old form of the reference list) is no notice."""
    return tuple(_notice(entry) for entry in entries if entry.get("RefType") != "Cites")


def _notice(entry: Element) -> NoticeLink:
    source = plain_text(entry.find("RefSource"))
    return NoticeLink(
        ref_type=entry.get("RefType") or "",
        ref_source=source,
        pmid=plain_text(entry.find("PMID")) or None,
        note=plain_text(entry.find("Note")),
        doi=_doi_in(source),
    )


def _doi_in(source: str) -> str | None:
    found = _DOI_IN_SOURCE.search(source)
    doi = identifiers.parse(IdKind.DOI, found[1].rstrip(".;,")) if found else None
    return doi.value if isinstance(doi, Identifier) else None


def trials(banks: Iterable[Element]) -> tuple[str, ...]:
    """ClinicalTrials.gov numbers among the record's data banks."""
    numbers = (plain_text(number) for bank in banks for number in bank.iterfind("AccessionNumberList/AccessionNumber"))
    return tuple(dict.fromkeys(found for number in numbers for found in _NCT.findall(number.upper())))
