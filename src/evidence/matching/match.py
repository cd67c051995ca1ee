"""Matching printed citations: finders are asked in turn, each only about what is still open.

A finder offers identifiers. Their records are fetched from the sources that every run asks, and each is
verified against the print (`evidence.matching.score`); the first clear match ends a citation's search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.matching.compare import parse_without_record
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
"""Citations that go through the rounds together: it bounds what is held, and still fills every batch."""

_DOIS_AT_ONCE = 20
_NEVER = 2.0  # a threshold that no score reaches


@dataclass(frozen=True, slots=True)
class MatchSources:
    """What a search is carried out with.

    Args:
        finders: Asked in this order, the surest and cheapest first.
        records: The source of the records of each kind of identifier.
        by_doi: Which PMIDs may be those of these DOIs; the records that come of it have to say so themselves.
    """

    finders: Sequence[Searcher]
    records: Mapping[IdKind, Source]
    by_doi: Callable[[Sequence[str]], SearchOutcome]


@dataclass(slots=True)
class _Case:
    """One citation on its way: what was offered, how it scored, and who was silent."""

    printed: str
    wanted: SearchQuery
    seen: dict[Identifier, Candidate | None] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def decided(self) -> Match:
        """What is known by now; a candidate whose record could not be had may be the work as well as the best one."""
        candidates = [candidate for candidate in self.seen.values() if candidate is not None]
        chosen = choose(candidates, threshold=_NEVER) if self.unread else choose(candidates)
        if isinstance(chosen, Unmatched) and (self.silent or self.unread):
            return Unasked("; ".join(dict.fromkeys([*self.silent, *self.unread])))
        return chosen

    @property
    def is_open(self) -> bool:
        return not isinstance(self.decided(), Matched)


def match_all(citations: Sequence[str], means: MatchSources, progress: Progress) -> tuple[Match, ...]:
    """One match per citation, in their order; equal citations are looked for once.

    Raises:
        StoreError: the store behind the sources cannot be read or written.
    """
    different = list(dict.fromkeys(citations))
    matches: dict[str, Match] = {}
    for start in range(0, len(different), CITATIONS_AT_ONCE):
        part = different[start : start + CITATIONS_AT_ONCE]
        matches |= dict(zip(part, _match_some(part, means), strict=True))
        progress(len(matches), len(different))
    return tuple(matches[citation] for citation in citations)


def _match_some(citations: Sequence[str], means: MatchSources) -> Iterator[Match]:
    cases = [_Case(printed, parse_without_record(printed)) for printed in citations]
    for finder in means.finders:
        waiting = [case for case in cases if case.is_open]
        if not waiting:
            break
        findings = finder.find([case.wanted for case in waiting])
        offered = list(_offers(zip(waiting, findings, strict=True), finder.name))
        _verify(offered, means.records)
    _name_pmids(cases, means)
    return (case.decided() for case in cases)


def _offers(
    found: Iterable[tuple[_Case, SearchOutcome]], finder: str
) -> Iterator[tuple[_Case, tuple[Identifier, ...]]]:
    """What was offered and not seen yet; silence is noted."""
    for case, finding in found:
        match finding:
            case Candidates(candidates=candidates):
                known = _known(case)
                yield case, tuple(identifier for identifier in candidates if identifier not in known)
            case Blocked(reason=reason) | Unavailable(reason=reason):
                case.silent.append(f"{finder}: {reason}")


def _known(case: _Case) -> set[Identifier]:
    """What needs no look any more: candidates, and the other names of their works."""
    named = (candidate.record.also_known_as for candidate in case.seen.values() if candidate is not None)
    return {*case.seen, *(other for others in named for other in others)}


def _verify(offered: Sequence[tuple[_Case, tuple[Identifier, ...]]], records: Mapping[IdKind, Source]) -> None:
    """Fetch the records of all that is offered, each once, and score them against the citations asking for them."""
    askers: dict[Identifier, list[_Case]] = {}
    for case, identifiers in offered:
        for identifier in identifiers:
            askers.setdefault(identifier, []).append(case)
    for kind, source in records.items():
        for answer in source.look_up([identifier for identifier in askers if identifier.kind is kind]):
            for case in askers[answer.identifier]:
                _take(case, answer)


def _take(case: _Case, answer: Answer) -> None:
    record = answer.remembered
    match answer.outcome:
        case Found(record=found):
            record = found
        case NotFound():
            pass
        case Blocked(reason=reason) | Unavailable(reason=reason) if record is None:
            case.unread.append(f"{answer.source}: {reason}")
        case Blocked() | Unavailable():
            pass
    article = record if isinstance(record, Article) and is_possible(case.printed, record) else None
    case.seen[answer.identifier] = score(case.printed, article) if article else None


def _name_pmids(cases: Sequence[_Case], means: MatchSources) -> None:
    """Look for the PMIDs of works that only their DOI was found of: PubMed's record says more of a work."""
    by_doi: dict[Identifier, list[_Case]] = {}
    for case in cases:
        for record in _shown(case.decided()):
            if record.identifier.kind is IdKind.DOI:
                by_doi.setdefault(record.identifier, []).append(case)
    dois = list(by_doi)
    for start in range(0, len(dois), _DOIS_AT_ONCE):
        finding = means.by_doi([doi.value for doi in dois[start : start + _DOIS_AT_ONCE]])
        if isinstance(finding, Candidates):
            _verify_named(finding.candidates, by_doi, means.records)


def _shown(match: Match) -> tuple[Article, ...]:
    match match:
        case Matched(candidate=candidate):
            return (candidate.record,)
        case Ambiguous(candidates=candidates):
            return tuple(candidate.record for candidate in candidates)
        case Unmatched() | Unasked():
            return ()


def _verify_named(
    candidates: Iterable[Identifier], by_doi: Mapping[Identifier, list[_Case]], records: Mapping[IdKind, Source]
) -> None:
    """Take PubMed's records for the cases whose DOI they themselves give: a search for a DOI finds other works, too."""
    for answer in records[IdKind.PMID].look_up(candidates):
        match answer.outcome:
            case Found(record=Article() as article):
                for doi in article.also_known_as:
                    for case in by_doi.get(doi, ()):
                        _take(case, answer)
