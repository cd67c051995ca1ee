"""Which of the candidates is the work that a citation names: one alone, several, or none."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.model.identity import Identifier, IdKind
from evidence.model.matches import Ambiguous, Candidate, Matched, Unmatched

CLEAR = 0.55
"""The least score of a match."""

MARGIN = 0.10
"""By how much the next candidate must stay behind."""

WORTH_SHOWING = 0.30
"""The least score of a candidate that a person is asked about."""

_MOST_SHOWN = 5


def choose(candidates: Iterable[Candidate], *, threshold: float = CLEAR) -> Matched | Ambiguous | Unmatched:
    """Decide among candidates, each scored against the same citation.

    Args:
        candidates: In any order; records of one work (PubMed's and Crossref's) count as one.
        threshold: The least score of a match.
    """
    ranked = sorted(one_per_work(candidates), key=lambda candidate: candidate.score, reverse=True)
    next_score = ranked[1].score if len(ranked) > 1 else 0.0
    if ranked and ranked[0].score >= threshold and ranked[0].score - next_score >= MARGIN:
        return Matched(ranked[0])
    shown = tuple(candidate for candidate in ranked if candidate.score >= WORTH_SHOWING)[:_MOST_SHOWN]
    return Ambiguous(shown) if shown else Unmatched()


def one_per_work(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates without those whose work another one is a record of, too; PubMed's records stay.

    Two PMIDs are two candidates even where they share a DOI, as papers and their notices sometimes do.
    """
    kept: list[Candidate] = []
    known: set[Identifier] = set()
    for candidate in sorted(candidates, key=_not_pubmed):
        names = {candidate.record.identifier, *candidate.record.also_known_as}
        if candidate.record.identifier not in known and (not _not_pubmed(candidate) or known.isdisjoint(names)):
            kept.append(candidate)
        known |= names
    return kept


def _not_pubmed(candidate: Candidate) -> bool:
    return candidate.record.identifier.kind is not IdKind.PMID
