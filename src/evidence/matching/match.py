"""Matching printed citations: searchers are asked in turn, each only about the citations that have no match yet.

A searcher offers identifiers. Their records are fetched from the sources that every run asks, and each is
scored against the print (`evidence.matching.score`); the first clear match ends a citation's search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.matching.alone import parse_without_record
from evidence.matching.score import choose, is_possible, score
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Ambiguous,
    Answer,
    Blocked,
    Candidate,
    Candidates,
    Found,
    Match,
    Matched,
    NotFound,
    SearchOutcome,
    SearchQuery,
    Unasked,
    Unavailable,
    Unmatched,
)
from evidence.model.ports import Progress, Searcher, Source
from evidence.model.records import Article

CITATIONS_AT_ONCE = 500
"""Citations that are searched for together: it bounds what is held, and still fills every batch."""

_DOIS_AT_ONCE = 20
_NEVER = 2.0  # a threshold that no score reaches


@dataclass(frozen=True, slots=True)
class MatchSources:
    """What a search is carried out with.

    Args:
        searchers: Asked in this order, the surest and cheapest first.
        records: The source of the records of each kind of identifier.
        pmids_of_dois: Which PMIDs may be those of these DOIs; the records that come of it have to say so themselves.
    """

    searchers: Sequence[Searcher]
    records: Mapping[IdKind, Source]
    pmids_of_dois: Callable[[Sequence[str]], SearchOutcome]


@dataclass(slots=True)
class _Search:
    """One citation's search: the candidates by identifier (None where the record is not the work), and what failed.

    `unanswered` are the searchers' reasons for no answer, `unread` those for records that could not be had.
    """

    printed: str
    query: SearchQuery
    candidates: dict[Identifier, Candidate | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def decide(self) -> Match:
        """The match by now; a record that could not be had may be the work as well as the best candidate."""
        candidates = [candidate for candidate in self.candidates.values() if candidate is not None]
        chosen = choose(candidates, threshold=_NEVER) if self.unread else choose(candidates)
        if isinstance(chosen, Unmatched) and (self.unanswered or self.unread):
            return Unasked("; ".join(dict.fromkeys([*self.unanswered, *self.unread])))
        return chosen

    def new(self, identifiers: Iterable[Identifier]) -> list[Identifier]:
        """Those that are neither candidates yet nor other identifiers of the candidates' works."""
        works = [candidate.record for candidate in self.candidates.values() if candidate is not None]
        known = {*self.candidates, *(identifier for work in works for identifier in work.also_known_as)}
        return [identifier for identifier in identifiers if identifier not in known]

    def take(self, answer: Answer) -> None:
        """Score the record of an answer, the one remembered where the source has none to give."""
        record = answer.remembered
        match answer.outcome:
            case Found(record=found):
                record = found
            case NotFound():
                pass
            case Blocked(reason=reason) | Unavailable(reason=reason):
                if record is None:
                    self.unread.append(f"{answer.source}: {reason}")
        article = record if isinstance(record, Article) and is_possible(self.printed, record) else None
        self.candidates[answer.identifier] = score(self.printed, article) if article else None


def match_all(citations: Sequence[str], sources: MatchSources, progress: Progress) -> tuple[Match, ...]:
    """One match per citation, in their order; equal citations are searched for once.

    Raises:
        StoreError: the store that the sources use cannot be read or written.
    """
    different = list(dict.fromkeys(citations))
    matches: dict[str, Match] = {}
    for start in range(0, len(different), CITATIONS_AT_ONCE):
        searches = [
            _Search(printed, parse_without_record(printed)) for printed in different[start : start + CITATIONS_AT_ONCE]
        ]
        for searcher in sources.searchers:
            waiting = [search for search in searches if not isinstance(search.decide(), Matched)]
            if not waiting:
                break
            _ask(searcher, waiting, sources.records)
        _find_pmids(searches, sources)
        matches |= {search.printed: search.decide() for search in searches}
        progress(len(matches), len(different))
    return tuple(matches[citation] for citation in citations)


def _ask(searcher: Searcher, searches: Sequence[_Search], records: Mapping[IdKind, Source]) -> None:
    """Score what a searcher offers for these citations; each record is fetched once."""
    offered: dict[Identifier, list[_Search]] = {}
    outcomes = searcher.find([search.query for search in searches])
    for search, outcome in zip(searches, outcomes, strict=True):
        match outcome:
            case Candidates(candidates=candidates):
                for identifier in search.new(candidates):
                    offered.setdefault(identifier, []).append(search)
            case Blocked(reason=reason) | Unavailable(reason=reason):
                search.unanswered.append(f"{searcher.name}: {reason}")
    for kind, source in records.items():
        for answer in source.look_up([identifier for identifier in offered if identifier.kind is kind]):
            for search in offered[answer.identifier]:
                search.take(answer)


def _find_pmids(searches: Sequence[_Search], sources: MatchSources) -> None:
    """Look for the PMIDs of works of which only the DOI was found: PubMed's record says more of a work."""
    by_doi: dict[Identifier, list[_Search]] = {}
    for search in searches:
        match search.decide():
            case Matched(candidate=candidate):
                candidates: tuple[Candidate, ...] = (candidate,)
            case Ambiguous(candidates=several):
                candidates = several
            case Unmatched() | Unasked():
                candidates = ()
        for candidate in candidates:
            if candidate.record.identifier.kind is IdKind.DOI:
                by_doi.setdefault(candidate.record.identifier, []).append(search)
    dois = [doi.value for doi in by_doi]
    for start in range(0, len(dois), _DOIS_AT_ONCE):
        outcome = sources.pmids_of_dois(dois[start : start + _DOIS_AT_ONCE])
        if not isinstance(outcome, Candidates):
            continue
        for answer in sources.records[IdKind.PMID].look_up(outcome.candidates):
            # A search for a DOI finds other works, too: the record itself has to give the DOI.
            match answer.outcome:
                case Found(record=Article() as article):
                    for doi in article.also_known_as:
                        for search in by_doi.get(doi, ()):
                            search.take(answer)
