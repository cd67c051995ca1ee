from dataclasses import replace

import pytest

from evidence.app.check import CheckRequest, run_check
from evidence.app.judge import RuleSet
from evidence.app.lookup import SourceSlot
from evidence.model.errors import Place
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Blocked, Cause, NotFound, State, Unavailable
from evidence.model.policy import Policy, Severity
from evidence.model.report import BegunRun, Exit, Mode
from evidence.model.rule import Lookup, Violation
from factories import TODAY, library_of, plain_rule, pmid, reference_named, url
from fakes import NOON, FakeRecorder, FakeSource, StoppedClock


@plain_rule("IDN003", "unregistered-identifier", Severity.ERROR, needs=Lookup.ARTICLE)
def dead(case):
    """What it does: it tells what the authority does not know."""
    for answer in case.answers:
        if isinstance(answer.outcome, NotFound):
            yield Violation(f"{answer.identifier} is dead", fact=str(answer.identifier))


@plain_rule("REF002", "unknown-field", Severity.WARNING)
def unknown(_case):
    """What it does: nothing for a reference."""
    yield from ()


def rule_set(caveat=lambda _case, _answer: None, library_findings=lambda _library: iter(())):
    return RuleSet((dead, unknown), lambda _reference, _used, _unheeded: iter(()), library_findings, caveat)


BEGUN = BegunRun(
    id="r1", started=NOON, as_of=TODAY, mode=Mode.ONLINE, actor="tester", tool_version="0", inputs=(), policies={}
)


def run(*references, outcomes=None, incomplete_fails=True, policy=None, recorder=None, **rules):
    slots = (
        SourceSlot("ncbi", frozenset({IdKind.PMID}), FakeSource("pubmed", outcomes)),
        SourceSlot("web", frozenset({IdKind.URL}), FakeSource("web", outcomes)),
    )
    library = replace(library_of(*references), policy=policy or Policy())
    return run_check(
        CheckRequest((library,), Mode.ONLINE, "tester", incomplete_fails=incomplete_fails),
        replace(BEGUN, policies={library.path: library.policy}),
        rule_set(**rules),
        slots,
        recorder=recorder or FakeRecorder(),
        clock=StoppedClock(),
        progress=lambda *_: None,
    )


DOWN = Unavailable("NCBI did not answer", Cause.TIMEOUT)
MISSING = NotFound("no such PMID")


def test_a_run_without_findings_is_clean():
    report = run(reference_named("a", pmid(1)))
    assert (report.exit, report.findings, report.unchecked) == (Exit.CLEAN, (), ())


def test_a_dead_identifier_fails_the_run():
    report = run(reference_named("a", pmid(1)), outcomes={pmid(1): MISSING})
    assert report.exit is Exit.FINDINGS
    assert report.references[0].state is State.NOT_FOUND


def test_an_authority_that_cannot_be_asked_makes_the_run_incomplete_and_nothing_dead():
    report = run(reference_named("a", pmid(1)), reference_named("b", pmid(2)), outcomes={pmid(1): DOWN})
    assert report.exit is Exit.INCOMPLETE
    assert report.findings == ()
    assert [(u.reference, u.source, u.reason) for u in report.unchecked] == [("a", "pubmed", "NCBI did not answer")]
    assert [r.state for r in report.references] == [State.UNAVAILABLE, State.FOUND]


def test_a_service_that_refuses_us_is_unchecked_too():
    report = run(reference_named("a", pmid(1)), outcomes={pmid(1): Blocked("too many requests", 429)})
    assert (report.exit, len(report.unchecked)) == (Exit.INCOMPLETE, 1)


def test_findings_outweigh_incompleteness():
    report = run(
        reference_named("a", pmid(1)), reference_named("b", pmid(2)), outcomes={pmid(1): DOWN, pmid(2): MISSING}
    )
    assert report.exit is Exit.FINDINGS


def test_incompleteness_may_be_a_mere_warning():
    report = run(reference_named("a", pmid(1)), outcomes={pmid(1): DOWN}, incomplete_fails=False)
    assert (report.exit, len(report.unchecked)) == (Exit.CLEAN, 1)


def test_nothing_to_check_is_never_a_pass():
    assert run().exit is Exit.INCOMPLETE


@pytest.mark.parametrize("answer", [Unavailable("timed out", Cause.TIMEOUT), Unavailable("no name", Cause.DNS)])
def test_when_no_page_answers_at_all_the_pages_are_unchecked(answer):
    pages = {url("https://a.example/"): answer, url("https://b.example/"): answer}
    report = run(*(reference_named(page.value, page) for page in pages), outcomes=pages)
    assert (report.exit, len(report.unchecked)) == (Exit.INCOMPLETE, 2)
    assert {r.state for r in report.references} == {State.NOT_CHECKED}


def test_a_page_that_alone_is_silent_is_no_gap_in_the_run():
    silent, answering = url("https://a.example/"), url("https://b.example/")
    outcomes = {silent: Unavailable("timed out", Cause.TIMEOUT), answering: NotFound("404", 404)}
    assert run(reference_named("a", silent), reference_named("b", answering), outcomes=outcomes).unchecked == ()


def test_a_refusal_by_our_own_guard_is_no_gap_in_the_run():
    page = url("http://10.0.0.1/")
    assert run(reference_named("a", page), outcomes={page: Blocked("private address")}).unchecked == ()


def test_an_authoritys_no_that_is_unconfirmed_is_unchecked():
    report = run(
        reference_named("a", pmid(1)), outcomes={pmid(1): MISSING}, caveat=lambda _case, _answer: "found yesterday"
    )
    assert [u.reason for u in report.unchecked] == ["found yesterday"]


def test_the_files_own_policy_says_what_fails():
    def unknown_finding(_library):
        yield unknown.finding(Violation("unknown", "f"), None, Place("references.yaml", 1, 1))

    strict = Policy(fail_on=Severity.WARNING)
    assert run(reference_named("a", pmid(1)), library_findings=unknown_finding, policy=strict).exit is Exit.FINDINGS
    assert run(reference_named("a", pmid(1)), library_findings=unknown_finding).exit is Exit.CLEAN


def test_the_run_is_recorded_from_its_beginning_to_its_end():
    recorder = FakeRecorder()
    report = run(reference_named("a", pmid(1)), recorder=recorder)
    assert [run.id for run in recorder.begun] == [BEGUN.id]
    assert [answer.identifier for answer in recorder.observed] == [pmid(1)]
    assert recorder.ended == [report]
    assert report.run.finished == NOON
