"""One run, from the request to the report: look up, observe, judge, and compare with the runs before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING

from evidence.app.due import Verification, by_day, due, sign_offs_due, waivers_due
from evidence.app.judge import CaseResult, RuleSet, judge_file
from evidence.app.lookup import LookupResults, SourceSlot, identifier_from_record, look_up
from evidence.audit.signoffs import RunFindings, sign_off_statuses
from evidence.model.audit import Attested
from evidence.model.errors import EvidenceError
from evidence.model.findings import Finding, Selection
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Found, Observation, State, state_of
from evidence.model.policy import Policy, Severity
from evidence.model.ports import Clock, Progress, RunRecorder
from evidence.model.records import Article, Page, is_retracted
from evidence.model.references import Library, Waiver
from evidence.model.report import BegunRun, Due, Exit, Input, Mode, ReferenceResult, Report, Retraction, Run
from evidence.model.rule import RETRACTION, VOIDING, Rule
from evidence.reports.document import report_document, stored_json
from evidence.reports.history import (
    EARLIER_RUNS,
    RecordedRun,
    changes_between,
    reference_history,
    reported_observation,
    run_of_json,
    run_of_report,
)
from evidence.rules.case import Beside, Case, LibraryCase

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading

_SPEAK_OF_ARTICLES = frozenset({"pubmed", "pmc", "crossref"})


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is asked of a run; each library brings the policy it is judged by.

    `waived_as_of` is the day as of which waivers are applied, where that is not the one that is judged for.
    `texts` are the monographs, by the paths of the libraries that name them; None: they are still to be read.
    `attested` are the sign-offs about these libraries that no newer one has replaced, `locks` the lock files beside
    them.
    """

    libraries: tuple[Library, ...]
    mode: Mode
    actor: str
    as_of: date | None = None
    refresh: bool = False
    incomplete_fails: bool = True
    selection: Selection = field(default_factory=Selection)
    waived_as_of: date | None = None
    texts: Mapping[str, MonographReading] | None = None
    attested: tuple[Attested, ...] = ()
    locks: tuple[Input, ...] = ()


def run_check(
    request: CheckRequest,
    begun: BegunRun,
    rules: RuleSet,
    slots: Iterable[SourceSlot],
    *,
    recorder: RunRecorder,
    clock: Clock,
    progress: Progress,
) -> Report:
    """Look up every identifier once, record what was observed, judge every reference, and report.

    A run that does not come to its end, whatever stops it, is recorded as failed.

    Raises:
        StoreError: the record cannot be written; what it took before that stays.
    """
    with _failure_recorded(recorder, begun.id):
        recorder.begin_run(begun)
        lookups = look_up(
            (reference for library in request.libraries for reference in library.references),
            slots,
            clock=clock,
            observe=lambda answers: recorder.observe(begun.id, answers, begun.as_of),
            progress=progress,
        )
        history = recorder.history([i for i, answer in lookups.answers.items() if _needs_history(answer)], begun.id)
        files = []
        for library in request.libraries:
            file = LibraryCase(library, begun.as_of, (request.texts or {}).get(library.path))
            of_file = _cases(file, lookups, history, rules.source_names)
            files.append(judge_file(file, of_file, rules, request.selection, request.waived_as_of))
        cases = [case for file in files for case in file.cases]
        unchecked = tuple(item for case in cases for item in case.unchecked)
        signed = {
            library.path: [finding for finding in file.counted if rules.by_code[finding.code].is_signed]
            for library, file in zip(request.libraries, files, strict=True)
        }
        seen = RunFindings(signed, Counter(item.path for item in unchecked))
        sign_offs = sign_off_statuses(request.attested, seen, begun.policies, begun.as_of)
        findings = [finding for file in files for finding in file.findings]
        for library in request.libraries:
            own = tuple(sign_off for sign_off in sign_offs if sign_off.path == library.path)
            closing = rules.closing_findings(LibraryCase(library, begun.as_of, sign_offs=own))
            judged = (rules.with_severity(finding, library.policy) for finding in closing)
            findings += filter(request.selection.shows, judged)
        findings.sort(key=lambda f: (f.place, f.code, f.printed or f.place, f.message))
        if any(finding.severity >= begun.policies[finding.place.path].fail_on for finding in findings):
            status = Exit.FINDINGS
        else:
            status = Exit.INCOMPLETE if request.incomplete_fails and (unchecked or not cases) else Exit.CLEAN
        report = Report(
            run=Run(**{each.name: getattr(begun, each.name) for each in fields(begun)}, finished=clock.now()),
            references=tuple(_reference_result(case) for case in cases),
            findings=tuple(findings),
            unchecked=unchecked,
            ignored=tuple(item for file in files for item in file.ignored),
            waived=tuple(item for file in files for item in file.waived),
            exit=status,
            sign_offs=sign_offs,
        )
        waivers = {library.path: library.waivers for library in request.libraries}
        report = keep_retractions(with_past(report, recorder, rules.by_code, waivers))
        if status is Exit.CLEAN and is_void_unjudged(report, request.selection):
            report = replace(report, exit=Exit.INCOMPLETE)
        return recorder.end_run(report, lambda recorded: stored_json(report_document(recorded)))


@contextmanager
def _failure_recorded(recorder: RunRecorder, run_id: str) -> Iterator[None]:
    try:
        yield
    except EvidenceError as error:
        recorder.fail_run(run_id, str(error))
        raise
    except KeyboardInterrupt:
        recorder.fail_run(run_id, "interrupted")
        raise


def _needs_history(answer: Answer) -> bool:
    """Whether earlier observations matter to this answer: strikes, and what a page said before."""
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)):
            return bool(fingerprint)
        case Found():
            return False
    return True


def _cases(
    file: LibraryCase,
    lookups: LookupResults,
    history: Mapping[Identifier, tuple[Observation, ...]],
    source_names: Mapping[str, str],
) -> Iterator[Case]:
    """What the rules may look at, for each reference of a file."""
    printed = [reference.cited_as for reference in file.library.references if reference.cited_as]
    beside = Beside(printed) if file.text is None else Beside(printed, file.text.printed)
    for reference in file.library.references:
        named = identifier_from_record(reference, lookups.answers)
        yield Case(
            reference=reference,
            library=file.library,
            policy=file.library.policy,
            today=file.today,
            answers=tuple(lookups.settled(lookups.answers[i]) for i in reference.identifiers if i in lookups.answers),
            learned=(lookups.answers[named],) if named in lookups.answers else (),
            history={i: history[i] for i in reference.identifiers if i in history},
            network_down=lookups.network_down,
            beside=beside,
            source_names=source_names,
        )


def _reference_result(result: CaseResult) -> ReferenceResult:
    case = result.case
    if not case.answers:
        return ReferenceResult(case.reference, State.NOT_CHECKED, (), None, None, None)
    first, answers = case.answers[0], (*case.answers, *case.learned)
    record = first.outcome.record if isinstance(first.outcome, Found) else None
    return ReferenceResult(
        case.reference,
        state_of(first.outcome),
        answers,
        verified=None if record is None else first.at,
        origin=None if record is None else first.origin,
        record=record,
        retraction=retraction_of(answers, case.today) if result.retracted else None,
    )


def with_past(
    report: Report, recorder: RunRecorder, rules: Mapping[str, Rule], waivers: Mapping[str, Sequence[Waiver]]
) -> Report:
    """The report with each reference's past, what falls due, and what differs from the run before.

    Args:
        report: What this run found.
        recorder: The record of earlier runs.
        rules: All rules by their codes.
        waivers: Those of each library, by its path, which fall due.

    Raises:
        StoreError: the record cannot be read.
    """
    stored = recorder.previous(report.run.id)
    before = run_of_json(stored) if stored is not None else None
    report = replace(report, references=tuple(_with_observations(report, before, recorder)))
    report = replace(report, due=_due(report, waivers))
    if before is None:
        return report
    return replace(
        report,
        changes=changes_between(before, run_of_report(report), rules),
        earlier=(*before.earlier, before.run)[-EARLIER_RUNS:],
    )


def _with_observations(report: Report, before: RecordedRun | None, recorder: RunRecorder) -> Iterator[ReferenceResult]:
    """The results with their past: what the run before carried, and what was observed from that run on.

    The whole past is asked for only of what that run did not carry everywhere, so a year of daily runs
    costs no more than a week.
    """
    known = {} if before is None else before.references
    asked: set[Identifier] = set()
    unfamiliar: set[Identifier] = set()
    for result in report.references:
        earlier = known.get((result.reference.place.path, result.reference.id))
        for answer in result.answers:
            asked.add(answer.identifier)
            if earlier is None or str(answer.identifier) not in earlier.looked_up:
                unfamiliar.add(answer.identifier)
    observed = dict(recorder.seen_since(unfamiliar, None, report.run.id)) if unfamiliar else {}
    if before is not None:
        observed |= recorder.seen_since(asked - unfamiliar, before.run.id, report.run.id)
    fresh = {str(identifier): tuple(map(reported_observation, past)) for identifier, past in observed.items()}
    without = {str(identifier) for identifier in unfamiliar}
    for result in report.references:
        earlier = known.get((result.reference.place.path, result.reference.id))
        carried = [] if earlier is None else [past for past in earlier.history if past["identifier"] not in without]
        yield replace(result, history=reference_history([str(a.identifier) for a in result.answers], carried, fresh))


def _due(report: Report, waivers: Mapping[str, Sequence[Waiver]]) -> tuple[Due, ...]:
    items: list[Due] = []
    owners: dict[str, dict[str, str | None]] = {}
    today = report.run.as_of
    for result in report.references:
        reference, path = result.reference, result.reference.place.path
        found = [past["as_of"] for past in result.history if past["state"] == State.FOUND]
        verified = Verification(result.state, date.fromisoformat(max(found)) if found else None)
        items += due(reference, report.run.policies.get(path, Policy()), verified, today)
        owners.setdefault(path, {})[reference.id] = reference.owner
    for path, of_file in waivers.items():
        items += waivers_due(of_file, path, owners.get(path, {}), today)
    return by_day([*items, *sign_offs_due(report.sign_offs, today)])


def retraction_of(answers: Iterable[Answer], today: date) -> Retraction:
    """When it was said of an article judged retracted, by the latest of the answers that say so."""
    said: list[date] = []
    remembered: list[date] = []
    for answer in answers:
        match answer:
            case Answer(outcome=Found(record=Article() as article)) if is_retracted(article):
                said.append(answer.as_of or today)
            case Answer(remembered=Article() as article, remembered_on=date() as day) if is_retracted(article):
                remembered.append(day)
    return Retraction(True, max(said)) if said else Retraction(False, max(remembered, default=None))


def keep_retractions(report: Report) -> Report:
    """The report whose references keep a retraction that an earlier run found and this one could not judge.

    Only a reference of which something could not be asked today keeps it: one that now cites something
    else under the same id does not. It speaks for the last day on which each source that ever answered for the article
    did: all that was known held then.
    """
    if report.changes is None:
        return report
    retracted = {(f.place.path, f.reference) for f in report.changes.unjudged if f.code == RETRACTION}
    retracted &= _silent(report)
    if not retracted:
        return report
    results = []
    for result in report.references:
        kept = result
        if result.retraction is None and (result.reference.place.path, result.reference.id) in retracted:
            days: dict[str, str] = {}
            for past in result.history:
                if past["source"] in _SPEAK_OF_ARTICLES and past["state"] == State.FOUND:
                    days[past["source"]] = max(past["as_of"], days.get(past["source"], ""))
            on = date.fromisoformat(min(days.values())) if days else None
            kept = replace(result, retraction=Retraction(False, on))
        results.append(kept)
    return replace(report, references=tuple(results))


def is_void_unjudged(report: Report, selection: Selection) -> bool:
    """Whether a reference that an earlier run found void as support could not be asked about today.

    Such a run is incomplete, whatever may be let pass: unknown is not the same as good again.
    """

    def is_void(finding: Finding) -> bool:
        return finding.code in VOIDING and finding.severity > Severity.INFO and selection.shows(finding)

    unjudged = report.changes.unjudged if report.changes else ()
    silent = _silent(report)
    return any(is_void(finding) and (finding.place.path, finding.reference) in silent for finding in unjudged)


def _silent(report: Report) -> set[tuple[str, str | None]]:
    """The references, by file and id, of which something could not be asked."""
    return {(item.path, item.reference) for item in report.unchecked}
