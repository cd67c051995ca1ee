"""The rounds of a search: who is asked, about what, and what comes of silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evidence.matching.match import MatchSources, match_all
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Ambiguous,
    Answer,
    Blocked,
    Candidates,
    Cause,
    Found,
    Match,
    Matched,
    NotFound,
    Outcome,
    SearchOutcome,
    SearchQuery,
    Unasked,
    Unavailable,
    Unmatched,
)
from evidence.model.records import Article, Author, Journal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOWN = Unavailable("timed out", Cause.TIMEOUT)
SOCKS = (
    "Winter J, Nord N. Warm socks for the treatment of cold feet in arctic explorers. J Winter Med. 2013;65(2):529-38."
)
SOUP = "Kohl R. Cabbage soup in the nutrition of arctic explorers. Ann Summer Surg. 2004;12(9):101-9."


def pmid(number: int) -> Identifier:
    return Identifier(IdKind.PMID, str(number))


def doi(value: str) -> Identifier:
    return Identifier(IdKind.DOI, value)


WORK = Article(
    pmid(1),
    "Warm socks for the treatment of cold feet in arctic explorers.",
    authors=(Author("Winter", "Jo", "J"), Author("Nord", "Ny", "N")),
    journal=Journal("The journal of winter medicine", "J Winter Med", "J Winter Med"),
    issued=PartialDate(2013),
    years=(2013,),
    volume="65",
    issue="2",
    pages="529-38",
)
TWIN = replace(WORK, identifier=pmid(2))
OTHER = replace(WORK, identifier=pmid(3), title="Mittens and the temperature of the hand in sleep.", pages="601-9")


class FixedSearcher:
    """Offers the same for every citation, and notes what it was asked."""

    def __init__(self, finding: SearchOutcome, name: str = "the finder") -> None:
        self.name = name
        self.finding = finding
        self.asked: list[list[str]] = []

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        self.asked.append([query.printed for query in queries])
        yield from (self.finding for _ in queries)


class FixedRecords:
    """Answers by a table of records and outcomes; what it lacks does not exist."""

    def __init__(self, *records: Article, outcomes: dict[Identifier, Outcome] | None = None) -> None:
        self.outcomes: dict[Identifier, Outcome] = {record.identifier: Found(record) for record in records}
        self.outcomes |= outcomes or {}
        self.asked: list[Identifier] = []

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        for identifier in identifiers:
            self.asked.append(identifier)
            yield Answer(identifier, self.outcomes.get(identifier, NotFound("no")), "pubmed", "http://127.0.0.1", NOON)


def offering(*identifiers: Identifier) -> FixedSearcher:
    return FixedSearcher(Candidates(identifiers))


def matched(
    citations: Sequence[str],
    *searchers: FixedSearcher,
    records: FixedRecords,
    by_doi: SearchOutcome = Candidates(),  # noqa: B008 - frozen
) -> tuple[Match, ...]:
    sources = MatchSources(searchers, {IdKind.PMID: records, IdKind.DOI: records}, lambda _dois: by_doi)
    return match_all(citations, sources, lambda _done, _total: None)


def test_a_candidate_that_its_record_bears_out_is_the_match() -> None:
    (match,) = matched([SOCKS], offering(pmid(3), pmid(1)), records=FixedRecords(WORK, OTHER))
    assert isinstance(match, Matched)
    assert match.candidate.record == WORK


def test_what_the_first_finder_has_found_is_not_looked_for_any_more() -> None:
    second = offering(pmid(3))
    matched([SOCKS, SOUP], offering(pmid(1)), second, records=FixedRecords(WORK, OTHER))
    assert second.asked == [[SOUP]]


def test_a_candidate_that_its_record_disproves_is_no_match() -> None:
    assert matched([SOUP], offering(pmid(1), pmid(3)), records=FixedRecords(WORK, OTHER)) == (Unmatched(),)


def test_a_candidate_that_does_not_exist_is_no_match() -> None:
    assert matched([SOCKS], offering(pmid(9)), records=FixedRecords()) == (Unmatched(),)


@pytest.mark.parametrize("silence", [DOWN, Blocked("refused", 403)])
def test_a_silent_finder_is_never_no_match(silence: SearchOutcome) -> None:
    (match,) = matched(
        [SOCKS], FixedSearcher(silence, "ECitMatch"), FixedSearcher(Candidates()), records=FixedRecords()
    )
    assert isinstance(match, Unasked)
    assert match.reason.startswith("ECitMatch: ")


def test_a_clear_match_is_though_another_finder_was_silent() -> None:
    (match,) = matched([SOCKS], FixedSearcher(DOWN), offering(pmid(1)), records=FixedRecords(WORK))
    assert isinstance(match, Matched)


def test_a_record_that_cannot_be_had_is_never_no_match() -> None:
    records = FixedRecords(outcomes={pmid(1): DOWN})
    (match,) = matched([SOCKS], offering(pmid(1)), records=records)
    assert match == Unasked("pubmed: timed out")


def test_beside_a_record_that_cannot_be_had_nothing_is_clear() -> None:
    records = FixedRecords(WORK, outcomes={pmid(2): DOWN})
    (match,) = matched([SOCKS], offering(pmid(1), pmid(2)), records=records)
    assert isinstance(match, Ambiguous)
    assert [candidate.record for candidate in match.candidates] == [WORK]


def test_a_record_remembered_from_before_is_verified_like_a_fresh_one() -> None:
    class Remembering(FixedRecords):
        def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
            for answer in super().look_up(identifiers):
                yield replace(answer, outcome=DOWN, remembered=WORK)

    (match,) = matched([SOCKS], offering(pmid(1)), records=Remembering())
    assert isinstance(match, Matched)


def test_twins_are_for_a_person_to_decide() -> None:
    (match,) = matched([SOCKS], offering(pmid(1), pmid(2)), records=FixedRecords(WORK, TWIN))
    assert isinstance(match, Ambiguous)
    assert {candidate.record.identifier for candidate in match.candidates} == {pmid(1), pmid(2)}


def test_answers_come_in_the_order_of_the_citations_and_equal_ones_are_asked_once() -> None:
    finder = offering(pmid(1))
    first, second, third = matched([SOUP, SOCKS, SOUP], finder, records=FixedRecords(WORK))
    assert (first, third) == (Unmatched(), Unmatched())
    assert isinstance(second, Matched)
    assert finder.asked == [[SOUP, SOCKS]]


def test_a_record_is_fetched_once_for_all_citations_it_is_offered_for() -> None:
    records = FixedRecords(WORK)
    matched([SOCKS, SOUP], offering(pmid(1)), offering(pmid(1)), records=records)
    assert records.asked == [pmid(1)]


def test_a_doi_that_a_known_record_names_is_not_fetched() -> None:
    known = replace(OTHER, also_known_as=(doi("10.5555/mittens"),))
    records = FixedRecords(known)
    matched([SOCKS], offering(pmid(3)), offering(doi("10.5555/mittens")), records=records)
    assert records.asked == [pmid(3)]


def test_a_work_found_by_its_doi_alone_is_given_its_pmid() -> None:
    from_crossref = replace(WORK, identifier=doi("10.5555/socks"))
    from_pubmed = replace(WORK, also_known_as=(doi("10.5555/socks"),))
    records = FixedRecords(from_crossref, from_pubmed)
    (match,) = matched([SOCKS], offering(doi("10.5555/socks")), records=records, by_doi=Candidates((pmid(1),)))
    assert isinstance(match, Matched)
    assert match.candidate.record == from_pubmed


def test_a_pmid_whose_record_gives_another_doi_is_not_taken() -> None:
    from_crossref = replace(WORK, identifier=doi("10.5555/socks"))
    stranger = replace(WORK, identifier=pmid(7), also_known_as=(doi("10.5555/other"),))
    records = FixedRecords(from_crossref, stranger)
    (match,) = matched([SOCKS], offering(doi("10.5555/socks")), records=records, by_doi=Candidates((pmid(7),)))
    assert isinstance(match, Matched)
    assert match.candidate.record == from_crossref


def test_a_doi_stays_the_match_when_nobody_can_be_asked_for_its_pmid() -> None:
    from_crossref = replace(WORK, identifier=doi("10.5555/socks"))
    (match,) = matched([SOCKS], offering(doi("10.5555/socks")), records=FixedRecords(from_crossref), by_doi=DOWN)
    assert isinstance(match, Matched)


def test_no_citations_ask_nobody() -> None:
    finder = offering(pmid(1))
    assert matched([], finder, records=FixedRecords()) == ()
    assert finder.asked == []
