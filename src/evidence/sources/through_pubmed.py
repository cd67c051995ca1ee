"""PMCIDs answered by PubMed's record where there is one: PMC's summaries say nothing about retractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Found
from evidence.model.records import Article
from evidence.ports import Source


@dataclass(frozen=True, slots=True)
class ThroughPubMed:
    """Asks PMC which PMID an article has, and PubMed what it is.

    An article that is in PMC but not in PubMed is answered by PMC alone. When PubMed cannot be asked
    the answer is PubMed's silence, with PMC's bibliographic facts remembered beside it.
    """

    pmc: Source
    pubmed: Source

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every PMCID once."""
        waiting: dict[Identifier, list[Answer]] = {}
        for answer in self.pmc.look_up(identifiers):
            pmid = _pmid_of(answer)
            if pmid is None:
                yield answer
            else:
                waiting.setdefault(pmid, []).append(answer)
        for known in self.pubmed.look_up(waiting):
            for answer in waiting[known.identifier]:
                yield _joined(answer, known)


def _pmid_of(answer: Answer) -> Identifier | None:
    match answer.outcome:
        case Found(record=Article(also_known_as=others)):
            return next((other for other in others if other.kind is IdKind.PMID), None)
    return None


def _joined(answer: Answer, known: Answer) -> Answer:
    """PubMed's outcome for the PMCID asked."""
    if isinstance(known.outcome, Found):
        return replace(known, identifier=answer.identifier, raw=None)
    remembered = answer.outcome.record if isinstance(answer.outcome, Found) else None
    return replace(known, identifier=answer.identifier, remembered=known.remembered or remembered)
