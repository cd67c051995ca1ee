"""Listings and libraries for the import's tests; all references are invented."""

from __future__ import annotations

from evidence.importing.kinds import Kind
from evidence.importing.listed import Listing
from evidence.importing.planning import begin, plan
from evidence.importing.reading import read_listing
from evidence.importing.rows import Plan
from evidence.library.editing import edit
from evidence.library.files import Source
from evidence.library.reading import read_text
from evidence.model.identity import Identifier, IdKind
from evidence.model.matches import Candidate, Match
from evidence.model.records import Article, Author, Journal
from evidence.model.references import Reference

ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52."
CEDAR = "Cedar D, Dogwood E, et al. A second trial of examplinib in adults. Ann Test. 2021;7:e101. PMID: 91234567"
ELM = "Elm F. Examplinib: a review. Rev Samples. 2020;33(1):1-19. https://pubmed.ncbi.nlm.nih.gov/90000001/"
FIR = "Fir Institute. Examplinib information for patients. Accessed March 2025. https://example.org/examplinib"

RECORD = Article(
    Identifier(IdKind.PMID, "90000009"),
    "Effects of examplinib on test outcomes.",
    authors=(Author("Alder", "Anna B", "AB"), Author("Birch", "Carl", "C")),
    journal=Journal("Journal of examples in medicine", "J Ex Med", "J Ex Med"),
    also_known_as=(Identifier(IdKind.DOI, "10.1000/jem.2019"),),
)
OTHER = Article(Identifier(IdKind.PMID, "90000010"), "Effects of examplinib: {a} *second* #look.")


def monograph(*references: str, text: str = "") -> Listing:
    """The listing of a text that prints these references."""
    lines = [f"{number}. {reference}" for number, reference in enumerate(references, 1)]
    written = "\n".join(["Examplinib", "", text, "", "References", "", *lines, ""])
    return read_listing("m.txt", written.encode(), Kind.TEXT)


def file_of(text: str = "references: []\n") -> Source:
    return Source("references.yaml", text, "")


def planned(listing: Listing, text: str = "references: []\n", *matches: Match, ask: bool = True) -> Plan:
    begun = begin(listing, read_text(file_of(text)))
    return plan(begun, matches if ask else None)


def imported(listing: Listing, text: str = "references: []\n", *matches: Match) -> str:
    """The library's text once the listing is in it; nobody is asked where no match is given."""
    made = planned(listing, text, *matches, ask=bool(matches))
    edited = edit(file_of(text), made.changes)
    assert not edited.refused
    return edited.text


def entries(text: str) -> dict[str, Reference]:
    return {reference.id: reference for reference in read_text(file_of(text)).references}


def candidate(record: Article = RECORD, score: float = 0.97) -> Candidate:
    return Candidate(record, score, ("title", "authors"), ("year",))
