"""What is judged of all files of a run: every reference, every file, and what can only be told once all else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from evidence.checking.judging import CaseResult, Choice, RuleSet, closing, judge, judge_file, settle
from evidence.checking.lookups import LookupResults, learned
from evidence.checking.order import Order
from evidence.checks.whole import LibraryCase
from evidence.findings import Finding
from evidence.model.case import Beside, Case
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Unavailable
from evidence.model.references import Library, Reference
from evidence.model.signoffs import SignOffStatus
from evidence.report import BegunRun, Ignored, Unchecked, Waived
from evidence.signing.standing import RunFindings, standings

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.monographs.cited import MonographReading


@dataclass(slots=True)
class Verdicts:
    """What was judged of all cases; `retracted` has one word for each reference, in their order."""

    findings: list[Finding] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    retracted: list[bool] = field(default_factory=list)
    sign_offs: tuple[SignOffStatus, ...] = ()


def judge_all(
    order: Order, begun: BegunRun, asked: LookupResults, history: Mapping[Identifier, tuple[Observation, ...]]
) -> Verdicts:
    """Judge every file of a run by what was answered and by what earlier runs saw."""
    told = Verdicts()
    choice, today = Choice(order.ruling, order.selection), order.waived_as_of or begun.as_of
    counted: dict[str, tuple[Finding, ...]] = {}
    for library in order.libraries:
        text = order.texts.get(library.path)
        whole = judge_file(LibraryCase(library, begun.as_of, text), order.ruling)
        judged: list[CaseResult] = []
        for case in _cases(library, text, begun.as_of, asked, history):
            missing = tuple(_unchecked(case, order.ruling))
            judged.append(judge(case, order.ruling, complete=not missing, whole=whole))
            told.unchecked += missing
        settled = settle(library, today, judged, whole, choice)
        counted[library.path] = settled.counted
        told.findings += settled.findings
        told.ignored += settled.ignored
        told.waived += settled.waived
        told.retracted += (one.retracted for one in judged)
    seen = RunFindings(counted, Counter(one.path for one in told.unchecked))
    told.sign_offs = standings(order.attested, seen, begun.policies, begun.as_of)
    for library in order.libraries:
        own = tuple(one for one in told.sign_offs if one.path == library.path)
        last = closing(LibraryCase(library, begun.as_of, sign_offs=own), order.ruling)
        told.findings += filter(order.selection.shows, last)
    told.findings.sort(key=lambda f: (f.place, f.code, f.printed or f.place, f.message))
    return told


def _cases(
    library: Library,
    text: MonographReading | None,
    today: date,
    asked: LookupResults,
    history: Mapping[Identifier, tuple[Observation, ...]],
) -> Iterator[Case]:
    printed = [reference.cited_as for reference in library.references if reference.cited_as]
    beside = Beside(printed) if text is None else Beside(printed, text.printed)
    for reference in library.references:
        yield Case(
            reference=reference,
            library=library,
            policy=library.policy,
            today=today,
            answers=answers_for(reference, asked),
            learned=learned_for(reference, asked),
            history={i: history[i] for i in reference.identifiers if i in history},
            weather=asked.weather,
            beside=beside,
        )


def answers_for(reference: Reference, asked: LookupResults) -> tuple[Answer, ...]:
    """What was answered about a reference's own identifiers, in their order."""
    answers = (asked.answers[i] for i in reference.identifiers if i in asked.answers)
    return tuple(asked.settled(answer) for answer in answers)


def learned_for(reference: Reference, asked: LookupResults) -> tuple[Answer, ...]:
    """What was asked because the reference's own record names it: facts about the work, never judged themselves."""
    named = learned(reference, asked.answers)
    return (asked.answers[named],) if named in asked.answers else ()


def _unchecked(case: Case, ruling: RuleSet) -> Iterator[Unchecked]:
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
