"""The store: kept answers, recorded runs, and the pace of requests, in one SQLite file.

Threads may share one `Store`, processes one file. Everything recorded about runs is append-only.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from evidence.audit.events import Stamp
from evidence.audit.log import LogFile
from evidence.model.audit import AuditAction, AuditEntry, ChainHead
from evidence.model.errors import StoreError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.model.ports import Clock, Pacer
from evidence.model.report import BegunRun, Mode, Report
from evidence.storage import cache as kept_answers
from evidence.storage import cache as records
from evidence.storage import encoding, observations, runs
from evidence.storage import maintenance as bundling
from evidence.storage import maintenance as upkeep
from evidence.storage import observations as pasts
from evidence.storage import runs as runs_told
from evidence.storage.database import Database
from evidence.storage.pacer import StorePacer
from evidence.storage.runs import RunEvents
from evidence.storage.trail import StoreTrail, TrailKeeper
from evidence.storage.values import FindingOfRun, Pruned, RunCounts, RunEnd, RunEntry, Stored, StoreInfo

# The store: kept answers, recorded runs, and the pace of requests, in one SQLite file.

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another process's write."""

HISTORY_LIMIT = 200
"""Observations per identifier that history gives back."""


class Store:
    """An open store; a context manager. Every method raises StoreError when the file will not do."""

    def __init__(self, database: Database, *, tool_version: str, clock: Clock, log: LogFile | None = None) -> None:
        self._database = database
        self._tool_version = tool_version
        self._clock = clock
        self._pacer = StorePacer(database, clock)
        self._warnings: list[str] = []
        self._warning_lock = threading.Lock()
        self._harmed: set[str] = set()
        self._trail = TrailKeeper(database, log, self._warn)
        self._run_events = RunEvents(self._trail, tool_version)

    @classmethod
    def open(
        cls, path: Path, *, tool_version: str, clock: Clock, timeout: float = LOCK_TIMEOUT, log: Path | None = None
    ) -> Self:
        """Open the store at this path, create it, or bring an older one up to date.

        `log` is the file to which its audit trail is mirrored; without one, the trail is in the store alone.

        Raises:
            StoreError: not a store of ours (it is left untouched), from a newer version, altered,
                not writable, on a full disk, or locked by another process for `timeout` seconds.
        """
        database = Database(path, clock=clock, timeout=timeout)
        mirror = None if log is None else LogFile(log, clock, timeout)
        return cls(database, tool_version=tool_version, clock=clock, log=mirror)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._database.close()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with rows that were therefore not used, one sentence each."""
        with self._warning_lock:
            return tuple(self._warnings)

    def _warn(self, sentence: str) -> None:
        with self._warning_lock:
            if sentence not in self._warnings:
                self._warnings.append(sentence)

    @property
    def pacer(self) -> Pacer:
        """Request slots shared with every thread and process that has this store open."""
        return self._pacer

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> dict[Identifier, Stored]:
        """The kept answers of a service; a damaged one is left out and told in `warnings`."""
        return records.stored(self._database, address, identifiers, self._note_harm)

    def _note_harm(self, key: str, sha256: str) -> None:
        self._warn(f"the stored answer for {key} is damaged and was not used")
        with self._warning_lock:
            self._harmed.add(sha256)

    def kept_at(self, address: str) -> Iterator[tuple[Identifier, Stored]]:
        """Every answer that is kept of a service; a damaged one is left out and told in `warnings`."""
        return records.stored_answers_at(self._database, address, self._note_harm)

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """Keep answers that came from the network with their raw bytes, in one transaction."""
        records.keep(self._database, answers, as_of, self._tool_version, frozenset(self._harmed))

    def answer(self, sha256: str) -> bytes | None:
        """The raw answer with this SHA-256 that some run was given; None when it is not kept, or was harmed."""
        return kept_answers.of(self._database, sha256)

    def ledger(self, render: Render) -> RunLedger:
        """The store as the record of runs; `render` makes the bytes of a report that are kept."""
        return RunLedger(self, render)

    def begin_run(self, run: BegunRun) -> None:
        """Record that a run begins."""
        self._trail.meet()
        runs.begin(self._database, run, self._run_events.begun(run, self._clock.now()))
        self._trail.mirror()

    def observe(self, run_id: str, answers: Iterable[Answer], as_of: date) -> None:
        """Append what this run saw; refused once it has ended."""
        observations.observe(self._database, run_id, answers, as_of)

    def recall(self, run_id: str, seen: Iterable[tuple[Observation, str]]) -> None:
        """Append what was seen elsewhere, each with the service's address, in the order given."""
        observations.recall(self._database, run_id, seen)
        self._close(run_id, self._run_events.restored(self._clock.now()))

    def end_run(self, run_id: str, end: RunEnd) -> None:
        """Record how a run ended; returns when it is on the disk. A run ends once."""
        sha256 = encoding.digest(end.report)
        runs.end(self._database, run_id, end, self._run_events.ended(sha256, int(end.exit), self._clock.now()))
        self._trail.mirror()

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run will not come to its end; what it saw stays, and is bound."""
        self._close(run_id, self._run_events.failed(why, self._clock.now()))

    def _close(self, run_id: str, noted: runs.Noted) -> None:
        with self._database.write(durable=True) as connection:
            noted(connection, runs.sequence_of(connection, self._database.path, run_id))
        self._trail.mirror()

    def head(self) -> ChainHead | None:
        """Where the audit trail has got to; None before its first event."""
        return self._trail.head()

    def trail(self, actor: str, as_of: date) -> StoreTrail:
        """The audit trail, to be lengthened by this person for this day."""
        return StoreTrail(self._trail, self._clock, self._tool_version, actor, as_of)

    def event_lines(self) -> list[str]:
        """Every event of the audit trail as it is written, in order."""
        return bundling.event_lines(self._database)

    def answers_of(self, run_id: str) -> list[bundling.StoredAnswer]:
        """The answers that a run was given, in the order in which they came, with their raw bytes where kept."""
        return list(bundling.answers_of(self._database, run_id))

    def run(self, run_id: str) -> RunEntry | None:
        """One recorded run."""
        return runs.run(self._database, run_id)

    def last_runs(self, number: int | None, *, finished: bool = False) -> tuple[RunEntry, ...]:
        """The runs begun last, newest first; `finished` leaves out those that did not come to their end."""
        return runs.last(self._database, number, finished=finished)

    def runs_starting(self, beginning: str) -> tuple[RunEntry, ...]:
        """The runs whose id begins so, newest first."""
        return runs_told.starting(self._database, beginning)

    def counts_of(self, run_ids: Sequence[str]) -> Mapping[str, RunCounts]:
        """How many findings each of these runs made, by severity."""
        return runs_told.counts(self._database, run_ids)

    def findings_about(self, reference: str, path: str | None = None) -> tuple[FindingOfRun, ...]:
        """All that finished runs found of the references of this id, in the order of the runs."""
        return runs_told.about(self._database, reference, path)

    def report_of(self, run_id: str) -> bytes | None:
        """The bytes of a run's report, exactly as they were given; None when there is no such finished run.

        Raises:
            StoreError: they no longer match their SHA-256.
        """
        return runs.report_of(self._database, run_id)

    def history(
        self, identifiers: Iterable[Identifier], before_run: str | None = None, *, limit: int = HISTORY_LIMIT
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What runs begun before `before_run` (None: all) saw, oldest first, as far as it is needed to judge.

        Of each identifier the newest `limit` from the last success on, and the first and last sight of
        every text that a page has had.
        """
        return observations.history(self._database, identifiers, before_run, limit)

    def observations_of(self, identifier: Identifier) -> tuple[Observation, ...]:
        """All that was ever seen of one identifier, oldest first."""
        return observations.of_identifier(self._database, identifier)

    def last_answer_about(self, identifier: Identifier) -> str | None:
        """SHA-256 of the raw answer that a run was last given about an identifier; `answer` gives it back."""
        return observations.last_answer(self._database, identifier)

    def previous(self, run_id: str) -> str | None:
        """The newest finished run that this one can be compared with.

        One over the same files with the same rules shown, for no later day, against the stand-in only if this
        one is.
        """
        return pasts.previous(self._database, run_id)

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What was answered to runs from `since` (None: the first) on and before this one, oldest first."""
        return pasts.observations_since(self._database, identifiers, since, run_id)

    def last_found(self, identifiers: Iterable[Identifier], today: date) -> Mapping[Identifier, date]:
        """The newest day, up to today, on which each identifier was found by asking."""
        return pasts.last_found(self._database, identifiers, today)

    def info(self) -> StoreInfo:
        """What is in the store."""
        return upkeep.info(self._database)

    def export(self) -> Iterator[str]:
        """The whole store as JSON lines without line ends: same contents, same lines."""
        return upkeep.export(self._database)

    def backup(self, target: Path) -> None:
        """Copy the store to a new file; an existing one is never overwritten."""
        upkeep.backup(self._database, target)

    def prune(
        self,
        *,
        unused_since: datetime,
        actor: str,
        history_before: date | None = None,
        answers_before: date | None = None,
    ) -> Pruned:
        """Remove answers unused since then and, only when asked, runs and raw answers of before a day; recorded."""
        now = self._clock.now()
        pruning = upkeep.Pruning(unused_since, history_before, answers_before, actor, now, self._tool_version)
        stamp = Stamp(now, now.date(), actor, self._tool_version)

        def note(connection: sqlite3.Connection, details: Mapping[str, str]) -> None:
            self._trail.lengthen(
                connection, AuditEntry(AuditAction.PRUNE, self._database.path.name, details=details), stamp
            )

        self._trail.meet()
        pruned = upkeep.prune(self._database, pruning, note)
        self._trail.mirror()
        return pruned


# A `Ledger` over the store: what the checking of references asks of it, and nothing more.

if TYPE_CHECKING:
    pass

Render = Callable[[Report], bytes]
"""A report as the bytes to keep; they are given back unchanged by `Store.report_of`."""


class RunLedger:
    """Records runs; how a report is written down is decided above, and handed in as `render`."""

    def __init__(self, store: Store, render: Render) -> None:
        self._store = store
        self._render = render

    def begin_run(self, run: BegunRun) -> None:
        """Note that a run begins; comes before anything else of it."""
        self._store.begin_run(run)

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Note what a run saw."""
        self._store.observe(run_id, answers, as_of)

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What earlier runs saw of these identifiers, oldest first."""
        return self._store.history(identifiers, before_run)

    def previous(self, run_id: str) -> bytes | None:
        """The report of the newest finished run that this one can be compared with, unless it is damaged."""
        before = self._store.previous(run_id)
        try:
            return None if before is None else self._store.report_of(before)
        except StoreError:  # today's check is not to fail because last year's report was harmed
            return None

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What was answered to runs from `since` on and before this one, oldest first."""
        return self._store.seen_since(identifiers, since, run_id)

    def end_run(self, report: Report) -> Report:
        """Note how a run ended; the report with the head of the trail as it is then."""
        if report.run.mode is not Mode.STAND_IN:
            report = replace(report, audit=self._store.head())
        end = RunEnd(
            report.run.finished, report.exit, self._render(report), report.findings, report.ignored, report.waived
        )
        self._store.end_run(report.run.id, end)
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run will not come to its end; where even that cannot be noted, its beginning tells."""
        with suppress(StoreError):
            self._store.fail_run(run_id, why)
