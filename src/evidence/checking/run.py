"""One run, from the libraries read to the report: look up, observe, judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from evidence.checking.judging import Judged, Ruling, judge, weighed
from evidence.checking.lookups import Asked, Lane, learned, look_up
from evidence.checking.remembering import remembered
from evidence.checking.retractions import is_void_unjudged, keeping_retractions, retraction_of
from evidence.checks.whole import FileCase
from evidence.findings import Finding, Selection
from evidence.model.case import Case
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, State, Unavailable, state_of
from evidence.model.records import Page
from evidence.model.references import Library, Reference
from evidence.model.signoffs import Attested, Standing
from evidence.ports import Clock, Ledger, Progress
from evidence.report import BegunRun, Exit, Ignored, ReferenceResult, Report, Run, Unchecked
from evidence.signing.standing import Seen, standings


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do; each library brings the policy it is judged by.

    `attested` are the sign-offs about these libraries that no newer one has replaced.
    """

    libraries: tuple[Library, ...]
    lanes: tuple[Lane, ...]
    ruling: Ruling
    selection: Selection
    incomplete_fails: bool = True
    attested: tuple[Attested, ...] = ()


def check(order: Order, begun: BegunRun, *, ledger: Ledger, clock: Clock, progress: Progress) -> Report:
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
    verdicts = _judge_all(order, begun, asked, history)
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
        exit=_exit(order, findings, unchecked),
        sign_offs=verdicts.sign_offs,
    )
    report = keeping_retractions(remembered(report, ledger, order.ruling.needing_lookups))
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


@dataclass(slots=True)
class _Verdicts:
    """What was judged of all cases; `retracted` has one word for each reference, in their order.

    `kept` are by file the findings that no `ignore:` silences, those that are not to be shown among them.
    """

    findings: list[Finding] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    retracted: list[bool] = field(default_factory=list)
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    sign_offs: tuple[Standing, ...] = ()


def _judge_all(
    order: Order, begun: BegunRun, asked: Asked, history: Mapping[Identifier, tuple[Observation, ...]]
) -> _Verdicts:
    told = _Verdicts()
    for library in order.libraries:
        whole = FileCase(library, begun.as_of)
        kept = told.kept[library.path] = list(order.ruling.library_findings(whole))
        told.findings += filter(order.selection.shows, kept)
        for reference in library.references:
            case = Case(
                reference=reference,
                library=library,
                policy=library.policy,
                today=begun.as_of,
                answers=_answers_for(reference, asked),
                learned=_learned_for(reference, asked),
                history={i: history[i] for i in reference.identifiers if i in history},
                weather=asked.weather,
            )
            missing = tuple(_unchecked(case, order.ruling))
            judged: Judged = judge(case, order.ruling, order.selection, complete=not missing)
            told.findings += judged.findings
            kept += judged.kept
            told.ignored += judged.ignored
            told.unchecked += missing
            told.retracted.append(judged.retracted)
    seen = Seen(told.kept, Counter(one.path for one in told.unchecked))
    told.sign_offs = standings(order.attested, seen, begun.policies, begun.as_of)
    told.findings += filter(order.selection.shows, _closing(order, begun.as_of, told.sign_offs))
    told.findings.sort(key=lambda f: (f.place, f.code, f.message))
    return told


def _closing(order: Order, as_of: date, sign_offs: tuple[Standing, ...]) -> Iterator[Finding]:
    """What is told of the files once all else is judged."""
    for library in order.libraries:
        own = tuple(one for one in sign_offs if one.path == library.path)
        whole = FileCase(library, as_of, sign_offs=own)
        for finding in order.ruling.closing_findings(whole):
            yield weighed(finding, library.policy, order.ruling)


def _answers_for(reference: Reference, asked: Asked) -> tuple[Answer, ...]:
    answers = (asked.answers[i] for i in reference.identifiers if i in asked.answers)
    return tuple(asked.settled(answer) for answer in answers)


def _learned_for(reference: Reference, asked: Asked) -> tuple[Answer, ...]:
    """What was asked because the reference's own record names it: facts about the work, never judged themselves."""
    named = learned(reference, asked.answers)
    return (asked.answers[named],) if named in asked.answers else ()


def _unchecked(case: Case, ruling: Ruling) -> Iterator[Unchecked]:
    """What of this reference could not be asked: silence of an authority, never a finding."""
    told = [(answer, _silence(answer) or ruling.doubt(case, answer)) for answer in case.answers]
    told += [(answer, _silence(answer)) for answer in case.learned]
    for answer, reason in told:
        if reason is not None:
            yield Unchecked(case.reference.id, case.reference.place.path, answer.source, reason)


def _silence(answer: Answer) -> str | None:
    """Why this answer says nothing; a cited page's own silence says something (LNK002), so it is none."""
    match answer.outcome:
        case Unavailable(reason=reason, cause=Cause.OFFLINE | Cause.NO_SOURCE):
            return reason
        case Unavailable(reason=reason) | Blocked(reason=reason) if answer.identifier.kind is not IdKind.URL:
            return reason
        case Found() | NotFound() | Blocked() | Unavailable():
            return None


def _result(reference: Reference, asked: Asked, retracted_for: date | None) -> ReferenceResult:
    """What is told of one reference; `retracted_for` is the day judged for, where it was judged retracted."""
    own = _answers_for(reference, asked)
    first = own[0] if own else None
    if first is None:
        return ReferenceResult(reference, State.NOT_CHECKED, (), None, None, None)
    answers = (*own, *_learned_for(reference, asked))
    retraction = retraction_of(answers, retracted_for) if retracted_for else None
    match first.outcome:
        case Found(record=record):
            found = (first.at, first.origin, record)
            return ReferenceResult(reference, State.FOUND, answers, *found, retraction=retraction)
        case NotFound() | Blocked() | Unavailable():
            state = state_of(first.outcome)
            return ReferenceResult(reference, state, answers, None, None, None, retraction=retraction)


def _exit(order: Order, findings: Iterable[Finding], unchecked: tuple[Unchecked, ...]) -> Exit:
    policies = {library.path: library.policy for library in order.libraries}
    if any(finding.severity >= policies[finding.place.path].fail_on for finding in findings):
        return Exit.FINDINGS
    nothing = not any(library.references for library in order.libraries)
    return Exit.INCOMPLETE if order.incomplete_fails and (unchecked or nothing) else Exit.CLEAN
