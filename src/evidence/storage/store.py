"""The store: stored answers, recorded runs, their audit trail and the pace of requests, in one SQLite file.

Threads may share one `Store`, processes one file. Everything recorded about runs is append-only.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from evidence.audit.events import BEGUN, Event, Stamp, relative_name
from evidence.audit.log import LogFile
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.dates import rfc3339
from evidence.model.errors import StoreError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Found, NotFound, Observation, Origin
from evidence.model.policy import Policy, Severity
from evidence.model.ports import Clock, RunRecorder
from evidence.model.report import BegunRun, Mode, Report
from evidence.model.text import canonical_json
from evidence.storage import encoding, rows
from evidence.storage.cache import AnswerCache
from evidence.storage.database import Database, in_parts
from evidence.storage.loads import LoadedFiles
from evidence.storage.pacer import StorePacer
from evidence.storage.trail import INPUT, LOCK, ROWS, AuditTrail, StoreTrail, last_about
from evidence.storage.values import FindingOfRun, RunCounts, RunEntry, StoredAnswer

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another process's write."""

HISTORY_LIMIT = 200
"""Observations per identifier that history gives back."""

_ABANDONED = timedelta(days=1)
"""After so long a run that was begun and not ended is taken for interrupted, and what it left is bound."""

_ALL_RUNS = 2**63 - 1  # SQLite's largest integer
_STAND_IN = str(Mode.STAND_IN)

# The newest since the last success by the day that is judged for; of each text the first and the last observation.
_HISTORY = (
    f"{rows.SELECT_OBSERVATION}WHERE o.sequence IN (SELECT sequence FROM (SELECT sequence FROM observations "  # noqa: S608 - constants
    "WHERE identifier = :identifier AND run < :before AND run >= coalesce((SELECT run FROM observations "
    "WHERE identifier = :identifier AND run < :before AND state = 'found' AND origin = 'network' AND as_of <= :today "
    "ORDER BY run DESC LIMIT 1), 0) ORDER BY run DESC, sequence DESC LIMIT :limit) "
    "UNION SELECT min(sequence) FROM observations WHERE identifier = :identifier AND run < :before "
    "AND fingerprint IS NOT NULL GROUP BY fingerprint "
    "UNION SELECT max(sequence) FROM observations WHERE identifier = :identifier AND run < :before "
    "AND fingerprint IS NOT NULL GROUP BY fingerprint) ORDER BY o.run, o.sequence"
)


class Store(RunRecorder):
    """An open store; a context manager. Every method raises StoreError when the file cannot be used."""

    def __init__(
        self,
        database: Database,
        *,
        tool_version: str,
        clock: Clock,
        log: LogFile | None = None,
        on_wait: Callable[[str, float], None] | None = None,
    ) -> None:
        self.database = database
        self.tool_version = tool_version
        self.clock = clock
        self.pacer = StorePacer(database, clock, on_wait)
        """Request slots shared with every thread and process that has this store open."""
        self.cache = AnswerCache(database, tool_version, self._warn)
        self.loaded = LoadedFiles(database, self.cache, tool_version)
        self.audit = AuditTrail(database, log, self._warn)
        self._log = log
        self._warnings: list[str] = []
        self._warning_lock = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        tool_version: str,
        clock: Clock,
        timeout: float = LOCK_TIMEOUT,
        log: Path | None = None,
        reading: bool = False,
        on_wait: Callable[[str, float], None] | None = None,
    ) -> Self:
        """Open the store at this path, create it, or bring an older one up to date.

        `log` is the file to which its audit trail is mirrored; without one, the trail is in the store alone.
        One that is opened for `reading` need not be writable, and where there is none, it is an empty one in memory.
        `on_wait` is given a long wait for a slot at a service, as by `StorePacer`.

        Raises:
            StoreError: not a store of ours (it is left untouched), from a newer version, altered,
                not writable, on a full disk, or locked by another process for `timeout` seconds.
        """
        database = Database(path, clock=clock, timeout=timeout, reading=reading)
        mirror = None if log is None else LogFile(log, clock, timeout)
        return cls(database, tool_version=tool_version, clock=clock, log=mirror, on_wait=on_wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self.database.close()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with rows or the log, which were therefore not used, one sentence each."""
        with self._warning_lock:
            return tuple(self._warnings)

    def _warn(self, sentence: str) -> None:
        with self._warning_lock:
            if sentence not in self._warnings:
                self._warnings.append(sentence)

    def trail(self, actor: str, as_of: date) -> StoreTrail:
        """The audit trail, to be lengthened by this person for this day."""
        return StoreTrail(
            self.database,
            self._log,
            self._warn,
            clock=self.clock,
            tool_version=self.tool_version,
            actor=actor,
            as_of=as_of,
        )

    # Recording a run

    def unrecorded(self) -> RunRecorder:
        """For a run that is no event: it knows the runs of this store, and notes nothing."""
        return Unrecorded(self)

    def before_batch(self) -> BeforeBatch:
        """What the runs of a batch that begins now are compared with."""
        self.audit.meet()
        return BeforeBatch(self)

    def begin_run(self, run: BegunRun) -> None:
        """Record that a run begins; comes before anything else of it. One against the stand-in is in no trail."""
        self.audit.meet()
        now = self.clock.now()
        is_noted = run.mode is not Mode.STAND_IN
        # The log must never be ahead of the store, so what is noted waits for the disk.
        with self.database.write(durable=is_noted) as connection:
            self._begin(connection, run, now)
        self.audit.mirror()

    def _begin(
        self, connection: sqlite3.Connection, run: BegunRun, now: datetime, *, after_others: bool = False
    ) -> int:
        """Record that a run begins, and give it its number."""
        number = int(connection.execute(rows.INSERT_RUN, rows.run_values(run)).lastrowid or 0)
        if run.mode is not Mode.STAND_IN:
            self._note_beginning(connection, number, run, now, after_others=after_others)
        return number

    def _note_beginning(
        self, connection: sqlite3.Connection, number: int, run: BegunRun, now: datetime, *, after_others: bool
    ) -> None:
        """Note first what is known to differ from before, runs that were interrupted and policies; then the run.

        After others of its batch no interrupted runs are looked for once more.
        """
        stamp = Stamp(now, run.as_of, run.actor, run.tool_version)
        folder = self.audit.folder

        def note(entry: AuditEntry) -> None:
            self.audit.lengthen(connection, entry, stamp, new_run=number)

        query = (
            "SELECT sequence, id FROM runs AS r WHERE started < ? AND sequence < ? "
            "AND NOT EXISTS (SELECT 1 FROM run_ends AS e WHERE e.run = r.sequence)"
        )
        long_ago = (rfc3339(now - _ABANDONED), number)
        left_open = [] if after_others else connection.execute(query, long_ago).fetchall()
        for earlier, run_id in left_open:
            beginning = last_about(connection, run_id, AuditAction.RUN, _is_beginning)
            if beginning is not None and last_about(connection, run_id, AuditAction.RUN, _is_end) is None:
                details = {**_bound_rows(connection, earlier), "why": "interrupted", **_repeated(beginning)}
                note(AuditEntry(AuditAction.RUN, run_id, ActionStatus.FAILED, details=details))
        for path, policy in run.policies.items():
            changed = _policy_change(connection, relative_name(folder, Path(path)), policy)
            if changed is not None:
                note(changed)
        details = {"mode": str(run.mode), "started": rfc3339(run.started)}
        details[f"{ROWS}runs"] = encoding.digest_of_run_row(connection, number)
        details |= {f"{INPUT}{relative_name(folder, Path(file.path))}": file.sha256 for file in run.inputs}
        details |= {f"{LOCK}{relative_name(folder, Path(file.path))}": file.sha256 for file in run.locks}
        note(AuditEntry(AuditAction.RUN, run.id, ActionStatus.BEGUN, details=details))

    def observe(self, run_id: str, answers: Iterable[Answer], as_of: date) -> None:
        """Append what this run observed, with the raw answers that are not stored yet; refused once it has ended."""
        observed, new = self._observed(answers, as_of)
        with self.database.write() as connection:
            run = self.number_of(connection, run_id)
            self.cache.add(connection, new)
            connection.executemany(rows.INSERT_OBSERVATION, ((run, *values) for values in observed))

    def _observed(
        self, answers: Iterable[Answer], as_of: date
    ) -> tuple[list[tuple[str | int | None, ...]], dict[str, bytes]]:
        """The values of what was observed, and the raw answers that are not stored yet, packed, by their SHA-256."""
        raws: dict[str, bytes] = {}
        observed = []
        for answer in answers:
            sha256 = None
            if answer.raw is not None and isinstance(answer.outcome, Found | NotFound):
                sha256 = encoding.digest(answer.raw)
                raws[sha256] = answer.raw
            observed.append(rows.answer_values(answer, as_of, sha256))
        return observed, self.cache.packed_unless_stored(raws)

    def recall(self, run_id: str, observed: Iterable[tuple[Observation, str]]) -> None:
        """Append what was observed elsewhere, each with the service's address, in the order given."""
        values = [rows.observation_values(observation, address) for observation, address in observed]
        with self.database.write() as connection:
            run = self.number_of(connection, run_id)
            connection.executemany(rows.INSERT_OBSERVATION, ((run, *row) for row in values))
        now = self.clock.now()
        with self.database.write(durable=True) as connection:
            self._note_end(connection, run, ActionStatus.DONE, {"restored": "from lock files"}, now=now)
        self.audit.mirror()

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """Record how a run ended; returns when it is on the disk. A run ends once.

        The report names the head of the audit trail as it is then; `render` makes the bytes of it that are stored.
        """
        if report.run.mode is not Mode.STAND_IN:
            report = replace(report, audit=self.audit.head())
        data = render(report)
        now = self.clock.now()
        with self.database.write(durable=True) as connection:
            self._end(connection, self.number_of(connection, report.run.id), report, data, now)
        self.audit.mirror()
        return report

    def _end(self, connection: sqlite3.Connection, run: int, report: Report, data: bytes, now: datetime) -> None:
        """Record how the run of this number ended; `data` are the bytes of its report."""
        sha256 = encoding.digest(data)
        end = (rfc3339(report.run.finished), int(report.exit), encoding.pack(data), sha256)
        connection.executemany(
            rows.INSERT_FINDING,
            ((run, position, *values) for position, values in enumerate(rows.finding_values(report))),
        )
        connection.execute(
            "INSERT INTO run_ends (run, finished, exit, report, sha256) VALUES (?, ?, ?, ?, ?)", (run, *end)
        )
        self._note_end(connection, run, ActionStatus.DONE, {"exit": str(int(report.exit))}, now=now, after=sha256)

    def record_whole(self, runs: Iterable[WholeRun], *, after_others: bool) -> None:
        """Record runs of a batch in one transaction, each with all of it; returns when they are on the disk.

        `after_others` is False for the first ones of a batch.
        """
        now = self.clock.now()
        prepared = [(run, *self._observed(run.answers, run.begun.as_of)) for run in runs]
        with self.database.write(durable=True) as connection:
            for run, observed, new in prepared:
                number = self._begin(connection, run.begun, now, after_others=after_others)
                after_others = True
                self.cache.add(connection, new)
                connection.executemany(rows.INSERT_OBSERVATION, ((number, *values) for values in observed))
                self._end(connection, number, run.report, run.document, now)
        self.audit.mirror()

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run will not come to its end; what it observed stays, and is bound.

        Where even that cannot be noted, its beginning without an end says so.
        """
        now = self.clock.now()
        with suppress(StoreError):
            with self.database.write(durable=True) as connection:
                run = self.number_of(connection, run_id)
                self._note_end(connection, run, ActionStatus.FAILED, {"why": why}, now=now)
            self.audit.mirror()

    def _note_end(
        self,
        connection: sqlite3.Connection,
        number: int,
        ending: ActionStatus,
        more: Mapping[str, str],
        *,
        now: datetime,
        after: str | None = None,
    ) -> None:
        query = "SELECT id, started, as_of, mode, actor FROM runs WHERE sequence = ?"
        run_id, started, as_of, mode, actor = connection.execute(query, (number,)).fetchone()
        if mode == _STAND_IN:
            return
        details = {"mode": mode, "started": started, **_bound_rows(connection, number), **more}
        beginning = last_about(connection, run_id, AuditAction.RUN, _is_beginning)
        if beginning is not None:
            details |= _repeated(beginning)
        stamp = Stamp(now, date.fromisoformat(as_of), actor, self.tool_version)
        entry = AuditEntry(AuditAction.RUN, run_id, ending, after=after, details=details)
        self.audit.lengthen(connection, entry, stamp)

    def number_of(self, connection: sqlite3.Connection, run_id: str) -> int:
        """The run's place in the order in which runs were begun; raises StoreError for an unknown one."""
        row = connection.execute("SELECT sequence FROM runs WHERE id = ?", (encoding.text(run_id),)).fetchone()
        if row is None:
            raise StoreError(f"run {run_id} not found", path=str(self.database.path))
        return int(row[0])

    def _terms_of(self, connection: sqlite3.Connection, run_id: str) -> _Terms:
        number = self.number_of(connection, run_id)
        terms = "SELECT as_of, mode, inputs, policy FROM runs WHERE sequence = ?"
        return _Terms(number, *connection.execute(terms, (number,)).fetchone())

    # What was observed before

    def history(
        self, identifiers: Iterable[Identifier], before_run: str | None = None, *, limit: int = HISTORY_LIMIT
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What runs begun before `before_run` (None: all) observed, oldest first, as far as it is needed to judge.

        Of each identifier the newest `limit` from the last success on, that success included, and the first and last
        observation of every text that a page has had. One query per identifier, which reads little more than it
        returns, however long the history is.
        """
        with self.database.read() as connection:
            before, today = _ALL_RUNS, date.max.isoformat()
            if before_run is not None:
                terms = self._terms_of(connection, before_run)
                before, today = terms.number, terms.as_of
            return _history(connection, identifiers, before, today, limit)

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What services and pages themselves answered to runs from `since` on and before this one, oldest first.

        Answers served again from the store are left out, and what runs for later days observed. `since` None means
        from the first run on.
        """
        with self.database.read() as connection:
            first = 0 if since is None else self.number_of(connection, since)
            return _observed_between(connection, identifiers, first, self._terms_of(connection, run_id))

    def observations_of(self, identifier: Identifier) -> tuple[Observation, ...]:
        """All that was ever observed of one identifier, oldest first."""
        query = rows.SELECT_OBSERVATION + "WHERE o.identifier = ? ORDER BY o.run, o.sequence"
        with self.database.read() as connection:
            found = connection.execute(query, (encoding.key(identifier),))
            return tuple(rows.observation_of_row(identifier, row) for row in found)

    def last_answer_about(self, identifier: Identifier) -> str | None:
        """SHA-256 of the raw answer that a run was last given about an identifier; `cache.raw` gives it back."""
        query = (
            "SELECT record_sha256 FROM observations WHERE identifier = ? AND record_sha256 IS NOT NULL "
            "ORDER BY run DESC, sequence DESC LIMIT 1"
        )
        with self.database.read() as connection:
            row = connection.execute(query, (encoding.key(identifier),)).fetchone()
        return None if row is None else str(row[0])

    def last_found(self, identifiers: Iterable[Identifier], today: date) -> Mapping[Identifier, date]:
        """The newest day, up to today, for which each identifier was found by asking; without those never found."""
        by_key = {encoding.key(identifier): identifier for identifier in identifiers}
        found: dict[Identifier, date] = {}
        with self.database.read() as connection:
            for part, marks in in_parts(by_key):
                query = (
                    f"SELECT identifier, max(as_of) FROM observations WHERE identifier IN ({marks}) AND as_of <= ? "  # noqa: S608 - marks
                    "AND state = 'found' AND origin = 'network' GROUP BY identifier"
                )
                for key, day in connection.execute(query, (*part, today.isoformat())):
                    found[by_key[key]] = date.fromisoformat(day)
        return found

    # Recorded runs

    def run(self, run_id: str) -> RunEntry | None:
        """One recorded run."""
        with self.database.read() as connection:
            row = connection.execute(rows.SELECT_RUN + "WHERE r.id = ?", (encoding.text(run_id),)).fetchone()
            return None if row is None else rows.run_of_row(row)

    def last_runs(self, number: int | None, *, finished: bool = False) -> tuple[RunEntry, ...]:
        """The runs begun last, newest first, all for None; `finished` leaves out those that did not end."""
        only = "WHERE e.run IS NOT NULL " if finished else ""
        query = f"{rows.SELECT_RUN}{only}ORDER BY r.sequence DESC LIMIT ?"
        with self.database.read() as connection:
            found = connection.execute(query, (-1 if number is None else number,)).fetchall()
            return tuple(rows.run_of_row(row) for row in found)

    def runs_starting(self, beginning: str) -> tuple[RunEntry, ...]:
        """The runs whose id begins so, newest first."""
        start = encoding.text(beginning)
        query = rows.SELECT_RUN + "WHERE substr(r.id, 1, ?) = ? ORDER BY r.sequence DESC"
        with self.database.read() as connection:
            return tuple(rows.run_of_row(row) for row in connection.execute(query, (len(start), start)).fetchall())

    def counts_of(self, run_ids: Sequence[str]) -> Mapping[str, RunCounts]:
        """How many findings each of these runs made, by severity."""
        found: dict[str, dict[Severity, int]] = {run_id: {} for run_id in run_ids}
        ignored, waived = Counter[str](), Counter[str]()
        mark = rows.WAIVED_MARK
        with self.database.read() as connection:
            for part, marks in in_parts(map(encoding.text, run_ids)):
                query = (
                    "SELECT r.id, f.severity, f.ignored IS NULL, substr(f.ignored, 1, ?) = ?, count(*) "  # noqa: S608 - marks
                    "FROM findings AS f JOIN runs AS r ON r.sequence = f.run "
                    f"WHERE r.id IN ({marks}) GROUP BY 1, 2, 3, 4"
                )
                for run_id, severity, counts, is_waived, number in connection.execute(query, (len(mark), mark, *part)):
                    if counts:
                        found[run_id][rows.severity_of(severity)] = number
                    elif is_waived:
                        waived[run_id] += number
                    else:
                        ignored[run_id] += number
        return {run_id: RunCounts(found[run_id], ignored[run_id], waived[run_id]) for run_id in run_ids}

    def findings_about(self, reference: str, path: str | None = None) -> tuple[FindingOfRun, ...]:
        """All that finished runs found of the references of this id, in the order of the runs; None: in any file."""
        where = None if path is None else encoding.text(path)
        query = (
            f"SELECT r.id, {rows.FINDING_COLUMNS} FROM findings AS f "  # noqa: S608 - our own names
            "JOIN runs AS r ON r.sequence = f.run "
            "WHERE f.reference = ? AND (? IS NULL OR f.path = ?) ORDER BY f.run, f.position"
        )
        with self.database.read() as connection:
            found = connection.execute(query, (encoding.text(reference), where, where)).fetchall()
            return tuple(FindingOfRun(run_id, rows.finding_of_row(row), row[-1]) for run_id, *row in found)

    def report_of(self, run_id: str) -> bytes | None:
        """The bytes of a run's report, exactly as they were given; None when there is no such finished run.

        Raises:
            StoreError: they no longer match their SHA-256.
        """
        query = "SELECT e.report, e.sha256 FROM run_ends AS e JOIN runs AS r ON r.sequence = e.run WHERE r.id = ?"
        with self.database.read() as connection:
            row = connection.execute(query, (encoding.text(run_id),)).fetchone()
        if row is None:
            return None
        report = encoding.unpack(*row)
        if report is None:
            what = f"the report of run {run_id} is damaged"
            raise StoreError(what, path=str(self.database.path), fix="restore a backup")
        return report

    def previous(self, run_id: str) -> bytes | None:
        """The report of the newest finished run that this one can be compared with, unless it is damaged."""
        before = self.run_before(run_id)
        return None if before is None else self.report_if_sound(before)

    def report_if_sound(self, run_id: str) -> bytes | None:
        """As `report_of`, None also for a damaged one: today's check is not to fail because of last year's report."""
        try:
            return self.report_of(run_id)
        except StoreError:
            return None

    def run_before(self, run_id: str) -> str | None:
        """The newest finished run that this one can be compared with.

        That is one over the same files, showing the same rules, for the same or an earlier day, and against the
        stand-in only if this one is. A day's earlier runs come before it, whatever day the clock said: weeks can be
        played through.
        """
        with self.database.read() as connection:
            return _run_before(connection, self._terms_of(connection, run_id))

    def answers_of(self, run_id: str) -> list[StoredAnswer]:
        """The answers that a run was given, in the order in which they came, with their raw bytes where stored."""
        query = (
            "SELECT o.identifier, o.source, o.at, o.state, o.record_sha256 FROM observations AS o "
            "JOIN runs AS r ON r.sequence = o.run WHERE r.id = ? ORDER BY o.sequence"
        )
        with self.database.read() as connection:
            found = connection.execute(query, (run_id,)).fetchall()
        return [
            StoredAnswer(identifier, source, at, state, sha256, None if sha256 is None else self.cache.raw(sha256))
            for identifier, source, at, state, sha256 in found
        ]


class Unrecorded(RunRecorder):
    """For a run that is no event: it is judged and compared as the next run of a store, which notes nothing of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._terms: dict[str, _Terms] = {}

    def begin_run(self, run: BegunRun) -> None:
        """What it is to be compared by is kept until it is over."""
        _id, _started, as_of, mode, _actor, _version, inputs, policy = rows.run_values(run)
        self._terms[run.id] = _Terms(_ALL_RUNS, as_of, mode, inputs, policy)

    def observe(self, run_id: str, answers: Iterable[Answer], as_of: date) -> None:
        """Nothing is noted."""

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What the runs of the store observed, oldest first, as far as it is needed to judge."""
        terms = self._terms[before_run]
        with self._store.database.read() as connection:
            return _history(connection, identifiers, terms.number, terms.as_of, HISTORY_LIMIT)

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What services and pages answered to the runs of the store from `since` on, oldest first."""
        with self._store.database.read() as connection:
            first = 0 if since is None else self._store.number_of(connection, since)
            return _observed_between(connection, identifiers, first, self._terms[run_id])

    def previous(self, run_id: str) -> bytes | None:
        """The report of the newest finished run that this one can be compared with, unless it is damaged."""
        with self._store.database.read() as connection:
            before = _run_before(connection, self._terms[run_id])
        return None if before is None else self._store.report_if_sound(before)

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """The report with where the store's trail is; nothing is noted."""
        del render
        return replace(report, audit=self._store.audit.head())

    def fail_run(self, run_id: str, why: str) -> None:
        """Nothing is noted."""


@dataclass(frozen=True, slots=True)
class WholeRun:
    """A run that came to its end and is recorded as a whole; `document` are the bytes of its report."""

    begun: BegunRun
    answers: Sequence[Answer]
    report: Report
    document: bytes


class BeforeBatch(Unrecorded):
    """What was recorded before a batch began: each of its runs is judged by that, whichever others have ended."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.head = store.audit.head()
        """Where the audit trail had got to."""
        with store.database.read() as connection:
            (self._first,) = connection.execute("SELECT coalesce(max(sequence), 0) + 1 FROM runs").fetchone()
        self._newest: dict[str, str] | None = None

    def begin_run(self, run: BegunRun) -> None:
        """What it is to be compared by is kept until it is over."""
        super().begin_run(run)
        self._terms[run.id] = self._terms[run.id]._replace(number=self._first)

    def run_before(self, run_id: str) -> str | None:
        """The newest finished run that this one can be compared with; all runs of a batch are for one day and mode."""
        run = self._terms[run_id]
        if self._newest is None:  # one pass over the runs serves the entire batch
            self._newest = {}
            with self._store.database.read() as connection:
                for before, inputs, policy in connection.execute(_FINISHED_BEFORE, _which(run)):
                    self._newest.setdefault(canonical_json(_comparable(inputs, policy)), before)
        return self._newest.get(canonical_json(_comparable(run.inputs, run.policy)))

    def previous(self, run_id: str) -> bytes | None:
        """The report of that run, unless it is damaged."""
        before = self.run_before(run_id)
        return None if before is None else self._store.report_if_sound(before)

    def over(self, run_id: str) -> None:
        """Forget a run that is judged."""
        del self._terms[run_id]


class _Terms(NamedTuple):
    """By what a run is compared with earlier ones: its place among them and its row's columns."""

    number: int
    as_of: str
    mode: str
    inputs: str
    policy: str


def _history(
    connection: sqlite3.Connection, identifiers: Iterable[Identifier], before: int, today: str, limit: int
) -> Mapping[Identifier, tuple[Observation, ...]]:
    observed: dict[Identifier, tuple[Observation, ...]] = {}
    for identifier in dict.fromkeys(identifiers):
        values = {"identifier": encoding.key(identifier), "before": before, "today": today, "limit": limit}
        found = connection.execute(_HISTORY, values).fetchall()
        if found:
            observed[identifier] = tuple(rows.observation_of_row(identifier, row) for row in found)
    return observed


def _observed_between(
    connection: sqlite3.Connection, identifiers: Iterable[Identifier], first: int, run: _Terms
) -> Mapping[Identifier, tuple[Observation, ...]]:
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    observed: dict[Identifier, list[Observation]] = {}
    which = (first, run.number, run.as_of, str(Origin.NETWORK), _STAND_IN, run.mode == _STAND_IN)
    for part, marks in in_parts(by_key):
        query = (
            f"{rows.SELECT_OBSERVATION}WHERE o.identifier IN ({marks}) AND o.run >= ? AND o.run < ? "
            "AND o.as_of <= ? AND o.origin = ? AND (r.mode = ?) = ? ORDER BY o.run, o.sequence"
        )
        for row in connection.execute(query, (*part, *which)):
            identifier = by_key[row[0]]
            observed.setdefault(identifier, []).append(rows.observation_of_row(identifier, row))
    return {identifier: tuple(observations) for identifier, observations in observed.items()}


_FINISHED_BEFORE = (
    "SELECT r.id, r.inputs, r.policy FROM runs AS r JOIN run_ends AS e ON e.run = r.sequence "
    "WHERE r.sequence < ? AND r.as_of <= ? AND (r.mode = ?) = ? ORDER BY r.as_of DESC, r.sequence DESC"
)


def _which(run: _Terms) -> tuple[object, ...]:
    """The values of _FINISHED_BEFORE."""
    return (run.number, run.as_of, _STAND_IN, run.mode == _STAND_IN)


def _run_before(connection: sqlite3.Connection, run: _Terms) -> str | None:
    mine = _comparable(run.inputs, run.policy)
    for before, *its in connection.execute(_FINISHED_BEFORE, _which(run)):
        if _comparable(*its) == mine:
            return str(before)
    return None


def _comparable(inputs: str, policy: str) -> tuple[list[str], object, object]:
    """What must be alike in runs that are compared: the references files, and the rules that are shown."""
    judged = json.loads(policy)
    files = sorted(file["path"] for file in json.loads(inputs) if "of" not in file and not file.get("monograph"))
    return files, judged.get("select"), judged.get("ignore")


def _policy_change(connection: sqlite3.Connection, name: str, policy: Policy) -> AuditEntry | None:
    """The policy that a file is judged by, when it is not the one of the run before over that file."""
    last = last_about(connection, name, AuditAction.POLICY, lambda _: True)
    document = canonical_json(rows.policy_document(policy))
    sha256 = encoding.digest(document.encode("ascii"))
    if last is None:
        return AuditEntry(AuditAction.POLICY, name, after=sha256, details={"policy": document})
    if last.after == sha256:
        return None
    was, now = json.loads(last.details["policy"]), json.loads(document)
    changed = canonical_json({key: value for key, value in was.items() if now.get(key) != value})
    details = {"policy": document, "was": changed}
    return AuditEntry(AuditAction.POLICY, name, before=last.after, after=sha256, details=details)


def _bound_rows(connection: sqlite3.Connection, run: int) -> dict[str, str]:
    return {f"{ROWS}{table}": digest for table, digest in encoding.digests_of_run(connection, run).items()}


def _repeated(beginning: Event) -> dict[str, str]:
    """What a run's end repeats of its beginning: that event's number, the files that were judged, the locks."""
    files = {key: value for key, value in beginning.details.items() if key.startswith((INPUT, LOCK))}
    return {BEGUN: str(beginning.sequence), "started": beginning.details["started"], **files}


def _is_beginning(event: Event) -> bool:
    return event.action == AuditAction.RUN and event.ending == ActionStatus.BEGUN


def _is_end(event: Event) -> bool:
    return event.action == AuditAction.RUN and event.ending != ActionStatus.BEGUN
