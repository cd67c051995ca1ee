"""What a run knows of retractions that it could not ask about, and when it must not be let pass."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.app.check import is_void_unjudged, keep_retractions, retraction_of
from evidence.model.errors import Place
from evidence.model.outcomes import Answer, Cause, CheckStatus, Found, State, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Article, NoticeLink
from evidence.model.report import Changes, EarlierRun, Exit, Mode, ReferenceResult, Report, Retraction, Run, Unchecked
from evidence.model.rule import Finding, Selection
from factories import TODAY, pmid, reference_named
from fakes import NOON

PATH = "references.yaml"
BEFORE = EarlierRun("r0", TODAY, datetime(2026, 11, 22, tzinfo=UTC), Mode.ONLINE, 1, 0, 0, 0, {State.FOUND: 1})
DOWN = Unavailable("NCBI did not answer", Cause.TIMEOUT)
RETRACTED = Article(pmid(1), "A work", notices=(NoticeLink("RetractionIn", "J Examples", "9"),))


def voiding(code: str = "RET001", severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, "voiding", severity, "a", Place(PATH, 1, 1), "it is void", "f" * 32)


def observed(source: str, day: str, state: str = "found") -> dict:
    reported = {"run": "r", "as_of": day, "at": f"{day}T00:00:00Z", "identifier": "pmid:1", "detail": None}
    return {**reported, "source": source, "state": state}


def report(*unjudged: Finding, silent: bool = True, history: tuple = ()) -> Report:
    run = Run(
        id="r1", started=NOON, finished=NOON, as_of=TODAY, mode=Mode.ONLINE, actor="t", tool_version="0", inputs=(),
        policies={},
    )  # fmt: skip
    answers = (Answer(pmid(1), DOWN, "pubmed", "", NOON),)
    check = CheckStatus.NOT_CHECKED if silent else CheckStatus.CHECKED
    result = ReferenceResult(
        reference_named("a", pmid(1)), State.UNAVAILABLE, answers, None, None, None, check, history
    )
    unchecked = (Unchecked("a", PATH, "pubmed", "NCBI did not answer"),) if silent else ()
    return Report(run, (result,), (), unchecked, (), Exit.CLEAN, Changes(BEFORE, unjudged=unjudged))


def kept(reported: Report) -> Retraction | None:
    [result] = keep_retractions(reported).references
    return result.retraction


@pytest.mark.parametrize("code", ["RET001", "MET006"])
def test_a_void_reference_that_nobody_could_ask_about_is_not_let_pass(code: str) -> None:
    assert is_void_unjudged(report(voiding(code)), Selection())


def test_what_is_no_voiding_error_may_be_let_pass() -> None:
    assert not is_void_unjudged(report(voiding("LNK001"), voiding(severity=Severity.INFO)), Selection())
    assert not is_void_unjudged(replace(report(), changes=None), Selection())


def test_a_rule_that_is_left_out_does_not_hold_the_run_up() -> None:
    assert not is_void_unjudged(report(voiding()), Selection(ignored=frozenset({"RET"})))
    assert not is_void_unjudged(report(voiding()), Selection(selected=frozenset({"LNK"})))


def test_a_reference_of_which_all_was_answered_is_neither_void_nor_headed_retracted() -> None:
    answered = report(voiding(), silent=False)
    assert not is_void_unjudged(answered, Selection())
    assert kept(answered) is None


def test_a_retraction_of_the_run_before_is_dated_by_the_day_on_which_all_its_sources_answered() -> None:
    history = (observed("pubmed", "2026-11-01"), observed("crossref", "2026-11-09"), observed("pubmed", "2026-11-12"))
    later = (*history, observed("crossref", "2026-11-20", "unavailable"))
    assert kept(report(voiding(), history=later)) == Retraction(False, date(2026, 11, 9))
    assert kept(report(voiding())) == Retraction(False, None)
    assert kept(report(voiding("MET006"))) is None
    assert kept(replace(report(), changes=None)) is None


def test_what_is_confirmed_in_this_run_is_not_called_old() -> None:
    reported = report(voiding())
    confirmed = replace(reported.references[0], retraction=Retraction(True, TODAY))
    assert kept(replace(reported, references=(confirmed,))) == Retraction(True, TODAY)


def test_a_retraction_speaks_for_the_day_on_which_it_was_said() -> None:
    now = Answer(pmid(1), Found(RETRACTED), "pubmed", "", NOON)
    stored = replace(now, as_of=date(2026, 11, 20))
    recalled = Answer(pmid(2), DOWN, "crossref", "", NOON, remembered=RETRACTED, remembered_on=date(2026, 11, 2))
    clean = replace(now, outcome=Found(Article(pmid(1), "A work")))
    assert retraction_of([stored, recalled], TODAY) == Retraction(True, date(2026, 11, 20))
    assert retraction_of([now, stored], TODAY) == Retraction(True, TODAY)
    assert retraction_of([clean, recalled], TODAY) == Retraction(False, date(2026, 11, 2))
    assert retraction_of([replace(recalled, remembered_on=None)], TODAY) == Retraction(False, None)
