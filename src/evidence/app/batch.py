"""Checking many references files: each is read, looked up, judged, recorded and forgotten; decision 17 has the reasons.

One process reads, asks and records. What one file is judged by is a `FileTask`, which any executor may judge, in this
process, in others or on other machines: the results come in the order of the files and are the same everywhere.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from evidence.app.anchors import cited_by_claims
from evidence.app.check import (
    RETRACTION_WATCH,
    Checker,
    CheckRequest,
    Observed,
    begun_run,
    judged,
    lookup_policy,
    needs_history,
    new_id,
    not_carried,
    stored_report,
    with_texts,
)
from evidence.app.contents import contents_needed, needed, notices_of
from evidence.app.lock import LocksBefore, LockUpdate
from evidence.app.lookup import LookupResults, SourceSlot, identifier_from_record, look_up
from evidence.app.registry import RULE_SET, SOURCED
from evidence.app.sources import open_sources
from evidence.app.workers import HERE, Workers
from evidence.model.audit import ChainHead
from evidence.model.errors import EvidenceError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.model.ports import Clock, RunRecorder, SystemClock
from evidence.model.references import Reference
from evidence.model.report import BatchSummary, BegunRun, FilesLoaded, Report
from evidence.model.version import __version__
from evidence.reports.history import run_of_json
from evidence.sources.cache import AskedOnce
from evidence.storage.lock import Moment, RememberingRecorder
from evidence.storage.lockfile import LockFile
from evidence.storage.store import BeforeBatch, WholeRun

WINDOW = 2_000
"""Identifiers that are asked about together: four requests to PubMed."""

_FIRST = 100
"""Identifiers of the first window, whose findings are to be shown at once."""

PATIENCE = 300.0
"""Seconds without any result after which workers are given up."""

_LOOK = 1.0  # seconds after which it is looked at whether workers are still there

_MOST_FILES = 100
"""Files of a window, however few identifiers they cite."""

_RECORDED_AT_ONCE = 10
"""Files that are recorded in one transaction."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """All that one file is judged by, without store or network. `head` is where the trail was before the batch."""

    request: CheckRequest
    begun: BegunRun
    lookups: LookupResults
    past: RunRecorder
    head: ChainHead | None
    clock: Clock


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """What came of a task: the file's SHA-256, its report without the references, and the bytes of the entire report.

    `version` is that of the judge, `references` and `findings` are how many there are in the bytes.
    """

    version: str
    sha256: str
    references: int
    findings: int
    report: Report
    document: bytes


def judge_task(task: FileTask) -> JudgedFile:
    """Judge one file; a pure function but for the time at which it finishes."""
    report = judged(task.request, task.begun, RULE_SET, task.lookups, past=task.past, clock=task.clock)
    report = replace(report, audit=task.head)
    (library,) = task.request.libraries
    slim = replace(report, references=())
    document = stored_report(report)
    return JudgedFile(__version__, library.sha256, len(report.references), len(report.findings), slim, document)


def judge_packed(packed: bytes) -> JudgedFile:
    """Judge one file in another process: bytes are what every executor carries as they are."""
    return judge_task(pickle.loads(packed))  # noqa: S301 - our own, from the process that shares out the work


@dataclass(frozen=True, slots=True)
class KnownPast(RunRecorder):
    """What earlier runs saw of one file, to be carried to where it is judged: as a recorder knows it, and no more."""

    seen: Mapping[Identifier, tuple[Observation, ...]]
    report: bytes | None
    entire: Mapping[Identifier, tuple[Observation, ...]]
    since: Mapping[Identifier, tuple[Observation, ...]]

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """As far as it is needed to judge."""
        del before_run
        return {identifier: self.seen[identifier] for identifier in identifiers if identifier in self.seen}

    def previous(self, run_id: str) -> bytes | None:
        """The report of the run before."""
        del run_id
        return self.report

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """From the first run on, or from the run before."""
        del run_id
        known = self.entire if since is None else self.since
        return {identifier: known[identifier] for identifier in identifiers if identifier in known}

    def begin_run(self, run: BegunRun) -> None:
        """Nothing is noted here, nor by the others."""

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Nothing is noted."""

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """Nothing is noted."""
        del render
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        """Nothing is noted."""


@dataclass(frozen=True, slots=True)
class RequestedFile:
    """One file of a batch: a request of one library, and its lock where it has one."""

    request: CheckRequest
    locks: tuple[LockFile, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file that was judged and recorded: its report without the references, and the bytes of the entire report."""

    path: str
    references: int
    report: Report
    document: bytes
    locks: Sequence[LockUpdate] = ()


@dataclass(slots=True)
class _Underway:
    """A file whose task was given to an executor."""

    file: RequestedFile
    begun: BegunRun
    answers: list[Answer]
    locks: LocksBefore | None
    recorder: RunRecorder
    future: Future[JudgedFile] | None


class Batch:
    """A batch that begins now: its files are judged by what was recorded before it."""

    def __init__(self, checker: Checker, workers: Workers = HERE) -> None:
        self._checker = checker
        self._workers = workers
        self._heard = checker.clock.monotonic()
        self._gone: str | None = None
        self._started = checker.clock.now()
        self._before: BeforeBatch = checker.store.before_batch()
        self._number = 0
        self._has_recorded = False
        self._without_record: dict[str, dict[Identifier, Answer]] = {}
        self.summary = BatchSummary(new_id(self._started), self._started)

    def run(self, files: Iterable[RequestedFile]) -> Iterator[CheckedFile]:
        """Each file as it is judged and recorded, in their order; what is lost is in the summary alone.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        underway: deque[list[_Underway]] = deque()
        for window in _windows(files):
            if self._gone is not None:  # nothing more is asked for what nobody would judge
                for group in underway:
                    yield from self._ended(group)
                underway.clear()
                paths = [library.path for file in window for library in file.request.libraries]
                self.summary.lost += [(path, self._gone) for path in paths]
                continue
            underway.append(self._begun(window))
            while underway and (len(underway) > 1 or _is_done(underway[0])):
                yield from self._ended(underway.popleft())
        while underway:
            yield from self._ended(underway.popleft())

    def _begun(self, window: list[RequestedFile]) -> list[_Underway]:
        """Ask about all that the files of a window cite, and have each judged."""
        window = [replace(file, request=with_texts(file.request)) for file in window]
        first = window[0].request
        libraries = tuple(library for file in window for library in file.request.libraries)
        whole: dict[Identifier, Answer] = {}
        as_of = first.as_of or self._started.date()
        policy = lookup_policy(replace(first, libraries=libraries), as_of, self._started)
        checker = self._checker
        loaded = tuple(checker.files_heard(policy))
        asks_notices = any(files.source == RETRACTION_WATCH for files in loaded)
        with open_sources(checker.settings, checker.store, checker.clock, policy) as slots:
            results = look_up(
                (reference for library in libraries for reference in library.references),
                map(self._asked_once, slots),
                clock=checker.clock,
                observe=lambda answers: whole.update((answer.identifier, answer) for answer in answers),
                progress=checker.progress,
                with_raw=cited_by_claims(libraries),
                further=partial(needed, libraries, asks_notices=asks_notices),
            )
        return [self._submitted(file, results, whole, loaded) for file in window]

    def _asked_once(self, slot: SourceSlot) -> SourceSlot:
        return replace(slot, source=AskedOnce(slot.source, self._without_record.setdefault(slot.name, {})))

    def _submitted(
        self,
        file: RequestedFile,
        results: LookupResults,
        whole: Mapping[Identifier, Answer],
        loaded: tuple[FilesLoaded, ...],
    ) -> _Underway:
        self._number += 1
        locks = LocksBefore.of(file.request, file.locks, self._checker.settings) if file.locks else None
        request = file.request if locks is None else locks.request
        (library,) = request.libraries
        begun = begun_run(request, self._checker.clock.now(), f"{self.summary.id}-{self._number:05}")
        begun = replace(begun, loaded=loaded)
        cited = [(reference, _looked_up(reference, results.answers)) for reference in library.references]
        own = dict.fromkeys(identifier for _, identifiers in cited for identifier in identifiers)
        own |= dict.fromkeys(i for i in contents_needed([library], results.answers) if i in results.answers)
        recorder: RunRecorder = self._before
        if locks is not None:
            recorder = RememberingRecorder(self._before, locks.entries)
        recorder.begin_run(begun)
        answers = [whole[identifier] for identifier in own]
        recorder.observe(begun.id, answers, begun.as_of)
        lookups = replace(results, answers={identifier: results.answers[identifier] for identifier in own})
        is_here = self._workers.are_here
        past = recorder if is_here else _carried(recorder, begun, cited, lookups.answers, self._before)
        clock = self._checker.clock if is_here else SystemClock()
        task = FileTask(request, begun, lookups, past, self._before.head, clock)
        underway = _Underway(replace(file, request=request), begun, answers, locks, recorder, None)
        submit = self._workers.executor.submit
        try:
            if is_here:
                underway.future = submit(judge_task, task)
            elif self._gone is None:
                underway.future = submit(judge_packed, pickle.dumps(task))
        except (BrokenExecutor, OSError) as gone:
            self._gone = _reason(gone)
        return underway

    def _ended(self, window: list[_Underway]) -> Iterator[CheckedFile]:
        """Record those of a window that were judged, some at a time, and give them back."""
        for start in range(0, len(window), _RECORDED_AT_ONCE):
            checked: list[tuple[CheckedFile, WholeRun]] = []
            for one in window[start : start + _RECORDED_AT_ONCE]:
                (library,) = one.file.request.libraries
                result = self._result(one)
                if isinstance(result, str):
                    self.summary.lost.append((library.path, result))
                else:
                    locks: Sequence[LockUpdate] = ()
                    if one.locks is not None and isinstance(one.recorder, RememberingRecorder):
                        made = Moment(one.begun.started, one.begun.as_of)
                        observed = Observed(one.recorder.locked_answers(one.begun.id), made, SOURCED)
                        locks = one.locks.updates(result.report.claims, observed)
                    file = CheckedFile(library.path, result.references, result.report, result.document, locks)
                    checked.append((file, WholeRun(one.begun, one.answers, result.report, result.document)))
                self._before.over(one.begun.id)
            runs = [run for _, run in checked if run.begun.recorded]
            if runs:
                self._checker.store.record_whole(runs, after_others=self._has_recorded)
                self._has_recorded = True
            for file, _ in checked:
                self.summary.add(file.references, file.report)
                yield file

    def _result(self, one: _Underway) -> JudgedFile | str:
        """What a task reported, if that is all of its file; else why the file counts as not judged."""
        error = self._ending(one.future)
        if isinstance(error, EvidenceError):
            raise error
        if error is not None or one.future is None:
            return _reason(error) if error is not None else self._gone or ""
        result: Any = one.future.result()
        (library,) = one.file.request.libraries
        if not isinstance(result, JudgedFile):
            return "no result"
        if result.version != one.begun.tool_version:
            return f"judged by version {result.version}, not {one.begun.tool_version}"
        if (result.sha256, result.references) != (library.sha256, len(library.references)):
            return "the result is of another file"
        if result.findings != len(result.report.findings) or result.report.run.id != one.begun.id:
            return "the result is not complete"
        return result

    def _ending(self, future: Future[JudgedFile] | None) -> BaseException | None:
        """How a task ended: None when it has a result. Nobody waits for workers that are gone, or long silent."""
        monotonic = self._checker.clock.monotonic
        while future is not None:
            try:
                error = future.exception(0 if self._gone else _LOOK)
            except CancelledError:
                return CancelledError("the worker that judged it was lost")
            except TimeoutError:
                is_late = monotonic() - self._heard > PATIENCE
                if self._gone is None and (is_late or not self._workers.may_answer()):
                    self._gone = "the workers do not answer"
                if self._gone is not None:
                    return TimeoutError(self._gone)
            else:
                self._heard = monotonic()
                if isinstance(error, BrokenExecutor):
                    self._gone = _reason(error)
                return error
        return BrokenExecutor(self._gone or "")


def _windows(files: Iterable[RequestedFile]) -> Iterator[list[RequestedFile]]:
    """The files in their order, together as far as they cite at most `WINDOW` identifiers, at first `_FIRST`."""
    window: list[RequestedFile] = []
    cited: set[Identifier] = set()
    most = _FIRST
    for file in files:
        references = (reference for library in file.request.libraries for reference in library.references)
        own = {identifier for reference in references for identifier in reference.identifiers}
        if window and (len(cited | own) > most or len(window) >= _MOST_FILES):
            yield window
            window, cited, most = [], set(), WINDOW
        window.append(file)
        cited |= own
    if window:
        yield window


def _looked_up(reference: Reference, answers: Mapping[Identifier, Answer]) -> list[Identifier]:
    """What was looked up of a reference: what it cites, the DOI that its record names, notices about it."""
    named = identifier_from_record(reference, answers)
    asked = (*reference.identifiers, named, *notices_of(reference, answers))
    return [i for i in asked if i is not None and i in answers]


def _carried(
    recorder: RunRecorder,
    begun: BegunRun,
    cited: Sequence[tuple[Reference, list[Identifier]]],
    answers: Mapping[Identifier, Answer],
    before: BeforeBatch,
) -> KnownPast:
    """What a recorder knows of a run's past, as far as it will be asked for."""
    seen = recorder.history([i for i, answer in answers.items() if needs_history(answer)], begun.id)
    report = recorder.previous(begun.id)
    named = (((reference.place.path, reference.id), identifiers) for reference, identifiers in cited)
    lacking = not_carried(named, None if report is None else run_of_json(report))
    entire = recorder.observed_since(lacking, None, begun.id) if lacking else {}
    last = before.run_before(begun.id)
    since = {} if report is None or last is None else recorder.observed_since(answers, last, begun.id)
    return KnownPast(seen, report, entire, since)


def _is_done(window: list[_Underway]) -> bool:
    return all(one.future is None or one.future.done() for one in window)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
