"""What a report owes to the runs before it: each reference's past, what has changed since, what falls due."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

from evidence.app.due import Verification, by_day, due, sign_offs_due, waivers_due
from evidence.app.judge import Order, answers_for, judge_all, learned_for
from evidence.app.lookup import LookupResults, look_up
from evidence.model.findings import Finding, Selection
from evidence.model.outcomes import Answer, Blocked, Found, NotFound, State, Unavailable, state_of
from evidence.model.policy import Policy, Severity
from evidence.model.ports import Clock, Progress, RunRecorder
from evidence.model.records import Article, Page, is_retracted
from evidence.model.references import Reference, Waiver
from evidence.model.report import BegunRun, Due, Exit, ReferenceResult, Report, Retraction, Run, Unchecked
from evidence.model.rule import RETRACTION, VOIDING
from evidence.reports import history as earlier
from evidence.reports.history import EarlierState, RecordedRun, changes_between, reference_history, reported_observation

# What a report owes to the runs before it: each reference's past, what has changed since, what falls due.


def with_past(
    report: Report, ledger: RunRecorder, needs_lookup: Container[str], waivers: Mapping[str, Sequence[Waiver]]
) -> Report:
    """The report with its past; what differs from the run before is worked out by the codes that need a look-up.

    `waivers` are those of each library, by its path, which fall due. Raises StoreError when the ledger cannot be read.
    """
    kept = ledger.previous(report.run.id)
    before = earlier.run_of_json(kept) if kept is not None else None
    told = replace(report, references=tuple(_with_past(report, before, ledger)))
    told = replace(told, due=_due(told, waivers))
    if before is None:
        return told
    return replace(
        told,
        changes=changes_between(before, earlier.run_of_report(told), needs_lookup),
        earlier=(*before.earlier, before.run)[-earlier.EARLIER_RUNS :],
    )


def _with_past(report: Report, before: RecordedRun | None, ledger: RunRecorder) -> Iterator[ReferenceResult]:
    """The results with their past: what the run before carried, and what was seen from that run on.

    The whole past is asked for only of what that run did not carry everywhere, so a year of daily runs
    costs no more than a week.
    """
    known = [_known(result, before) for result in report.references]
    asked = [[answer.identifier for answer in result.answers] for result in report.references]
    strangers = {
        identifier
        for identifiers, one in zip(asked, known, strict=True)
        for identifier in identifiers
        if one is None or str(identifier) not in one.asked
    }
    everything = {identifier for identifiers in asked for identifier in identifiers}
    seen = dict(ledger.seen_since(strangers, None, report.run.id)) if strangers else {}
    if before is not None:
        seen |= ledger.seen_since(everything - strangers, before.run.id, report.run.id)
    fresh = {str(identifier): tuple(map(reported_observation, told)) for identifier, told in seen.items()}
    unfamiliar = {str(identifier) for identifier in strangers}
    for result, identifiers, one in zip(report.references, asked, known, strict=True):
        carried = [sight for sight in (one.past if one else ()) if sight["identifier"] not in unfamiliar]
        yield replace(result, history=reference_history(map(str, identifiers), carried, fresh))


def _known(result: ReferenceResult, before: RecordedRun | None) -> EarlierState | None:
    whose = (result.reference.place.path, result.reference.id)
    return before.references.get(whose) if before is not None else None


def _due(report: Report, waivers: Mapping[str, Sequence[Waiver]]) -> tuple[Due, ...]:
    items: list[Due] = []
    owners: dict[str, dict[str, str | None]] = {}
    for result in report.references:
        policy = report.run.policies.get(result.reference.place.path, Policy())
        items += due(result.reference, policy, _verified(result), report.run.as_of)
        owners.setdefault(result.reference.place.path, {})[result.reference.id] = result.reference.owner
    for path, some in waivers.items():
        items += waivers_due(some, path, owners.get(path, {}), report.run.as_of)
    return by_day([*items, *sign_offs_due(report.sign_offs, report.run.as_of)])


def _verified(result: ReferenceResult) -> Verification:
    found = [sight["as_of"] for sight in result.history if sight["state"] == State.FOUND]
    return Verification(result.state, date.fromisoformat(max(found)) if found else None)


# What a run knows of retractions, also of those that it could not ask about: age takes none back.

_SPEAK_OF_ARTICLES = frozenset({"pubmed", "pmc", "crossref"})


def retraction_of(answers: Iterable[Answer], today: date) -> Retraction:
    """When it was said of an article judged retracted, by the latest of the answers that say so."""
    answers = tuple(answers)
    said = [answer.as_of or today for answer in answers if _says_retracted(answer)]
    if said:
        return Retraction(True, max(said))
    recalled = [answer.remembered_on for answer in answers if _recalls_retracted(answer) and answer.remembered_on]
    return Retraction(False, max(recalled, default=None))


def _says_retracted(answer: Answer) -> bool:
    match answer.outcome:
        case Found(record=Article() as article):
            return is_retracted(article)
    return False


def _recalls_retracted(answer: Answer) -> bool:
    return isinstance(answer.remembered, Article) and is_retracted(answer.remembered)


def keep_retractions(report: Report) -> Report:
    """The report whose references keep a retraction that an earlier run found and this one could not judge.

    Only a reference of which something could not be asked today keeps it: one that now cites something
    else under the same id does not.
    """
    changes = report.changes
    if changes is None:
        return report
    told = {(one.place.path, one.reference) for one in changes.unjudged if one.code == RETRACTION} & _silent(report)
    return replace(report, references=tuple(_kept(result, told) for result in report.references)) if told else report


def _kept(result: ReferenceResult, told: Iterable[tuple[str, str | None]]) -> ReferenceResult:
    whose = (result.reference.place.path, result.reference.id)
    if result.retraction is not None or whose not in told:
        return result
    return replace(result, retraction=Retraction(False, _last_heard(result)))


def _last_heard(result: ReferenceResult) -> date | None:
    """The last day on which each source that ever told of the article did: all that was known stood then."""
    days: dict[str, str] = {}
    for sight in result.history:
        if sight["source"] in _SPEAK_OF_ARTICLES and sight["state"] == State.FOUND:
            days[sight["source"]] = max(sight["as_of"], days.get(sight["source"], ""))
    return date.fromisoformat(min(days.values())) if days else None


def is_void_unjudged(report: Report, selection: Selection) -> bool:
    """Whether a reference that an earlier run found void as support could not be asked about today.

    Such a run is incomplete, whatever may be let pass: unknown is not the same as good again.
    """
    unjudged = report.changes.unjudged if report.changes else ()
    silent = _silent(report)
    return any(
        finding.code in VOIDING
        and finding.severity > Severity.INFO
        and selection.shows(finding)
        and (finding.place.path, finding.reference) in silent
        for finding in unjudged
    )


def _silent(report: Report) -> set[tuple[str, str | None]]:
    return {(item.path, item.reference) for item in report.unchecked}


# One run, from the libraries read to the report: look up, observe, judge.

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    pass


def run_check(order: Order, begun: BegunRun, *, ledger: RunRecorder, clock: Clock, progress: Progress) -> Report:
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
    report = keep_retractions(with_past(report, ledger, order.ruling.needing_lookups, waivers))
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
