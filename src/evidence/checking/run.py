"""One run, from the libraries read to the report: look up, observe, judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

from evidence.checking.lookups import LookupResults, look_up
from evidence.checking.order import Order
from evidence.checking.remembering import remembered
from evidence.checking.retractions import is_void_unjudged, keeping_retractions, retraction_of
from evidence.checking.verdicts import answers_for, judge_all, learned_for
from evidence.findings import Finding
from evidence.model.outcomes import Answer, Blocked, Found, NotFound, State, Unavailable, state_of
from evidence.model.records import Page
from evidence.model.references import Reference
from evidence.ports import Clock, Progress, RunRecorder
from evidence.report import BegunRun, Exit, ReferenceResult, Report, Run, Unchecked

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    pass


def check(order: Order, begun: BegunRun, *, ledger: RunRecorder, clock: Clock, progress: Progress) -> Report:
    """Look up every identifier once, record what was seen, judge every reference, and report.

    Raises StoreError when the ledger cannot be written; what it took before that stays.
    """
    ledger.begin_run(begun)
    references = [reference for library in order.libraries for reference in library.references]
    asked = look_up(
        references,
        order.lanes,
        clock=clock,
        observe=lambda answers: ledger.observe(begun.id, answers, begun.as_of),
        progress=progress,
    )
    history = ledger.history([i for i, a in asked.answers.items() if _has_a_past(a)], begun.id)
    verdicts = judge_all(order, begun, asked, history)
    findings, unchecked = verdicts.findings, tuple(verdicts.unchecked)
    results = [
        _result(reference, asked, begun.as_of if retracted else None)
        for reference, retracted in zip(references, verdicts.retracted, strict=True)
    ]
    finished = {one.name: getattr(begun, one.name) for one in fields(begun)}
    report = Report(
        run=Run(**finished, finished=clock.now()),
        references=tuple(results),
        findings=tuple(findings),
        unchecked=unchecked,
        ignored=tuple(verdicts.ignored),
        waived=tuple(verdicts.waived),
        exit=_exit(order, findings, unchecked),
        sign_offs=verdicts.sign_offs,
    )
    waivers = {library.path: library.waivers for library in order.libraries}
    report = keeping_retractions(remembered(report, ledger, order.ruling.needing_lookups, waivers))
    if report.exit is Exit.CLEAN and is_void_unjudged(report, order.selection):
        report = replace(report, exit=Exit.INCOMPLETE)
    return ledger.end_run(report)


def _has_a_past(answer: Answer) -> bool:
    """Whether earlier observations matter to this answer: strikes, and what a page said before."""
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)):
            return bool(fingerprint)
        case Found():
            return False
    return True


def _result(reference: Reference, asked: LookupResults, retracted_for: date | None) -> ReferenceResult:
    """What is told of one reference; `retracted_for` is the day judged for, where it was judged retracted."""
    own = answers_for(reference, asked)
    first = own[0] if own else None
    if first is None:
        return ReferenceResult(reference, State.NOT_CHECKED, (), None, None, None)
    answers = (*own, *learned_for(reference, asked))
    retraction = retraction_of(answers, retracted_for) if retracted_for else None
    match first.outcome:
        case Found(record=record):
            found = (first.at, first.origin, record)
            return ReferenceResult(reference, State.FOUND, answers, *found, retraction=retraction)
        case NotFound() | Blocked() | Unavailable():
            state = state_of(first.outcome)
            return ReferenceResult(reference, state, answers, None, None, None, retraction=retraction)


def _exit(order: Order, findings: Iterable[Finding], unchecked: tuple[Unchecked, ...]) -> Exit:
    fail_on = {library.path: library.policy.fail_on for library in order.libraries}
    fail_on |= {beside.path: library.policy.fail_on for library in order.libraries for beside in library.companions}
    if any(finding.severity >= fail_on[finding.place.path] for finding in findings):
        return Exit.FINDINGS
    nothing = not any(library.references for library in order.libraries)
    return Exit.INCOMPLETE if order.incomplete_fails and (unchecked or nothing) else Exit.CLEAN
