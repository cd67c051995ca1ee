"""A second source about the same work: it is asked by what the first source's records name."""

import pytest

from app.test_run import BEGUN, rule_set
from evidence.app.check import CheckRequest, run_check
from evidence.app.lookup import SourceSlot, look_up
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable
from evidence.model.records import Article
from evidence.model.report import Exit, Mode
from factories import library_of, pmid, reference_named
from fakes import NOON, FakeRecorder, FakeSource, StoppedClock

DOI = Identifier(IdKind.DOI, "10.5555/one")
OTHER = Identifier(IdKind.DOI, "10.5555/other")
PMCID = Identifier(IdKind.PMCID, "PMC1")


def named(number, *others):
    return Found(Article(pmid(number), "A work", also_known_as=others))


class Sources:
    def __init__(self, pubmed=None, pmc=None, second=None, written=None):
        self.pubmed, self.pmc = FakeSource("pubmed", pubmed), FakeSource("pmc", pmc)
        self.written, self.second = FakeSource("crossref", written), FakeSource("crossref", second)

    @property
    def slots(self):
        return (
            SourceSlot("crossref", frozenset(), self.second, after="pmc", also=frozenset({IdKind.DOI})),
            SourceSlot("doi", frozenset({IdKind.DOI}), self.written),
            SourceSlot("pmc", frozenset({IdKind.PMCID}), self.pmc, after="ncbi"),
            SourceSlot("ncbi", frozenset({IdKind.PMID}), self.pubmed),
        )

    def ask(self, *references, progress=lambda *_: None):
        return look_up(references, self.slots, clock=StoppedClock(), observe=lambda _: None, progress=progress)

    def run(self, *references, **rules):
        return run_check(
            CheckRequest((library_of(*references),), Mode.ONLINE, "tester"),
            BEGUN,
            rule_set(**rules),
            self.slots,
            recorder=FakeRecorder(),
            clock=StoppedClock(),
            progress=lambda *_: None,
        )


def test_a_doi_that_the_found_record_names_is_asked_of_the_second_source():
    sources = Sources({pmid(1): named(1, DOI, OTHER)})
    asked = sources.ask(reference_named("a", pmid(1)), reference_named("b", pmid(1)))
    assert sources.second.asked == [DOI]
    assert asked.answers[DOI].source == "crossref"


def test_a_doi_that_a_later_slots_record_names_is_asked_too():
    sources = Sources(pmc={PMCID: named(1, DOI)})
    sources.ask(reference_named("a", PMCID))
    assert sources.second.asked == [DOI]


def test_a_doi_that_the_entry_gives_itself_is_asked_once_and_not_answered_by_the_record():
    sources = Sources({pmid(1): named(1, DOI)})
    asked = sources.ask(reference_named("a", pmid(1), DOI), reference_named("b", pmid(1)))
    assert (sources.written.asked, sources.second.asked) == ([DOI], [])
    assert asked.answers[DOI].source == "crossref"


def test_a_record_that_is_not_found_teaches_nothing():
    sources = Sources({pmid(1): NotFound("gone"), pmid(2): Unavailable("silent", Cause.TIMEOUT)})
    sources.ask(reference_named("a", pmid(1)), reference_named("b", pmid(2)))
    assert sources.second.asked == []


def test_the_second_source_speaks_for_the_first_of_an_entrys_records_only():
    sources = Sources({pmid(1): named(1, DOI), pmid(2): named(2, OTHER)})
    sources.ask(reference_named("a", pmid(1), pmid(2)))
    assert sources.second.asked == [DOI]


def test_progress_counts_what_was_learned():
    reported = []
    Sources({pmid(1): named(1, DOI)}).ask(reference_named("a", pmid(1)), progress=lambda *step: reported.append(step))
    assert reported == [(1, 1), (2, 2)]


def test_what_was_learned_is_listed_after_the_references_own_look_ups():
    [result] = Sources({pmid(1): named(1, DOI)}).run(reference_named("a", pmid(1))).references
    assert [(a.identifier, a.source) for a in result.answers] == [(pmid(1), "pubmed"), (DOI, "crossref")]
    assert (result.state, result.record.identifier) == (State.FOUND, pmid(1))


def test_a_learned_doi_that_the_second_source_does_not_hold_is_neither_dead_nor_a_gap():
    sources = Sources({pmid(1): named(1, DOI)}, second={DOI: NotFound("not held by Crossref")})
    report = sources.run(reference_named("a", pmid(1)), caveat=lambda _case, _answer: None)
    assert (report.findings, report.unchecked, report.exit) == ((), (), Exit.CLEAN)


def test_a_learned_dois_not_found_is_never_unconfirmed_either():
    def caveat(_case, answer):
        return "was there yesterday" if isinstance(answer.outcome, NotFound) else None

    sources = Sources({pmid(1): named(1, DOI)}, second={DOI: NotFound("not held by Crossref")})
    assert sources.run(reference_named("a", pmid(1)), caveat=caveat).unchecked == ()


@pytest.mark.parametrize(
    "silence",
    [
        Unavailable("timed out", Cause.TIMEOUT),
        Blocked("too many requests (429)", 429),
        Unavailable("offline, and no answer is stored", Cause.OFFLINE),
    ],
)
def test_the_second_sources_silence_makes_the_run_incomplete(silence):
    report = Sources({pmid(1): named(1, DOI)}, second={DOI: silence}).run(reference_named("a", pmid(1)))
    assert [(u.reference, u.source, u.reason) for u in report.unchecked] == [("a", "crossref", silence.reason)]
    assert (report.exit, report.findings) == (Exit.INCOMPLETE, ())
    assert report.references[0].state is State.FOUND


def test_a_doi_that_only_another_reference_gives_is_still_a_second_opinion():
    report = Sources({pmid(1): named(1, DOI)}).run(reference_named("a", pmid(1)), reference_named("b", DOI))
    assert [[a.identifier for a in r.answers] for r in report.references] == [[pmid(1), DOI], [DOI]]
    assert {a.at for r in report.references for a in r.answers} == {NOON}
