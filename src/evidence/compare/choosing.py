"""Which of the candidates is the work that a citation names: one alone, several, or none."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from evidence.compare.locators import ranges
from evidence.compare.text import CleanText
from evidence.model.identity import IdKind
from evidence.model.matches import Ambiguous, Candidate, Matched, Unmatched
from evidence.model.records import Article

CLEAR = 0.55
"""The least score of a match."""

MARGIN = 0.10
"""By how much the next candidate must stay behind."""

MARGIN_OF_DOUBT = 0.35
"""By how much it must stay behind where it is not refuted, only unsure: its score may be held down by a ceiling."""

_UNSURE = 0.50

WORTH_SHOWING = 0.25
"""The least score of a candidate that a person is asked about."""

_MOST_SHOWN = 5


def choose(candidates: Collection[Candidate], *, threshold: float = CLEAR) -> Matched | Ambiguous | Unmatched:
    """Decide among candidates, each scored against the same citation.

    Args:
        candidates: In any order; records of one work (PubMed's and Crossref's) count as one.
        threshold: The least score of a match.
    """
    ranked = sorted(one_per_work(candidates), key=lambda candidate: candidate.score, reverse=True)
    next_score = ranked[1].score if len(ranked) > 1 else 0.0
    margin = MARGIN_OF_DOUBT if next_score >= _UNSURE else MARGIN
    if ranked and ranked[0].score >= threshold and ranked[0].score - next_score >= margin:
        return Matched(ranked[0])
    shown = tuple(candidate for candidate in ranked if candidate.score >= WORTH_SHOWING)[:_MOST_SHOWN]
    return Ambiguous(shown) if shown else Unmatched()


def one_per_work(candidates: Collection[Candidate]) -> list[Candidate]:
    """The candidates without those whose work another one is a record of, too; PubMed's records stay.

    Works are known by the identifiers that records give, and, as many PubMed records give no DOI, by a title
    at a place. Two PMIDs are two candidates even where they share a DOI, as papers and their notices sometimes do.
    """
    kept = {candidate.record.identifier: candidate for candidate in candidates if _is_pubmed(candidate.record)}
    known = {name for candidate in kept.values() for name in _names(candidate.record)}
    for candidate in candidates:
        record = candidate.record
        if record.identifier not in kept and known.isdisjoint(_names(record)):
            kept[record.identifier] = candidate
            known |= _names(record)
    return list(kept.values())


def _is_pubmed(record: Article) -> bool:
    return record.identifier.kind is IdKind.PMID


def _names(record: Article) -> set[Hashable]:
    """By what a work is known: its identifiers, and its title with volume and first page."""
    pages = ranges(record.pages)
    title = CleanText(record.title).joined.text
    place = {(title, record.volume, pages[0][0])} if title and record.volume and pages else set()
    return {record.identifier, *record.also_known_as, *place}
