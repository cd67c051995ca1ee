"""What the audit trail says of runs: that they begin, under which policy, how they end, and what that binds."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from evidence.audit.edits import relative_name
from evidence.audit.events import BEGUN, Event, Stamp, canonical
from evidence.model.deeds import ActionStatus, AuditAction, AuditEntry
from evidence.report import BegunRun, Mode
from evidence.store import digests, encoding, events
from evidence.store.runs import Noted, policy_plain
from evidence.store.trail import TrailKeeper

INPUT, LOCK = "input:", "lock:"
"""Before the paths in `details`, named from the log's folder, whose SHA-256 stand there."""

ROWS = "rows:"
"""Before the names of tables in `details`: the digest over all that the table holds of the run."""

_ABANDONED = timedelta(days=1)
"""After so long a run that was begun and not ended is taken for interrupted, and what it left is bound."""

_RUN = "SELECT id, started, as_of, mode, actor FROM runs WHERE sequence = ?"
_LEFT_OPEN = (
    "SELECT sequence, id FROM runs AS r WHERE started < ? AND sequence < ? "
    "AND NOT EXISTS (SELECT 1 FROM run_ends AS e WHERE e.run = r.sequence)"
)


@dataclass(frozen=True, slots=True)
class RunEvents:
    """Takes runs down in the trail; runs against the stand-in leave no trace in it."""

    keeper: TrailKeeper
    tool_version: str

    def begun(self, run: BegunRun, at: datetime) -> Noted | None:
        """What is noted when this run begins: first what is known to differ from before, then the run."""
        if run.mode is Mode.STAND_IN:
            return None
        stamp = Stamp(at, run.as_of, run.actor, run.tool_version)

        def note(connection: sqlite3.Connection, number: int) -> None:
            def note_one(deed: AuditEntry) -> None:
                self.keeper.lengthen(connection, deed, stamp, new_run=number)

            for deed in self._interrupted(connection, number, at):
                note_one(deed)
            for path, policy in run.policies.items():
                changed = _policy_deed(connection, self._named(path), canonical(policy_plain(policy)))
                if changed is not None:
                    note_one(changed)
            details = {"mode": str(run.mode), "started": encoding.instant(run.started)}
            details[f"{ROWS}runs"] = digests.of_run_row(connection, number)
            details |= {f"{INPUT}{self._named(one.path)}": one.sha256 for one in run.inputs}
            details |= {f"{LOCK}{self._named(one.path)}": one.sha256 for one in run.locks}
            note_one(AuditEntry(AuditAction.RUN, run.id, ActionStatus.BEGUN, details=details))

        return note

    def ended(self, sha256: str, code: int, at: datetime) -> Noted:
        """What is noted when a run has ended with a report of this SHA-256."""
        return self._closing(ActionStatus.DONE, {"exit": str(code)}, at, sha256)

    def failed(self, why: str, at: datetime) -> Noted:
        """What is noted when a run will not come to its end."""
        return self._closing(ActionStatus.FAILED, {"why": why}, at, None)

    def restored(self, at: datetime) -> Noted:
        """What is noted when what locks know was taken over as the observations of a run."""
        return self._closing(ActionStatus.DONE, {"restored": "from lock files"}, at, None)

    def _closing(self, ending: ActionStatus, more: dict[str, str], at: datetime, after: str | None) -> Noted:
        def note(connection: sqlite3.Connection, number: int) -> None:
            run_id, started, as_of, mode, actor = connection.execute(_RUN, (number,)).fetchone()
            if mode == Mode.STAND_IN:
                return
            details = {"mode": mode, "started": started, **_rows(connection, number), **more}
            details |= _of_beginning(events.last_about(connection, run_id, AuditAction.RUN, _is_beginning))
            stamp = Stamp(at, date.fromisoformat(as_of), actor, self.tool_version)
            self.keeper.lengthen(
                connection, AuditEntry(AuditAction.RUN, run_id, ending, after=after, details=details), stamp
            )

        return note

    def _named(self, path: str) -> str:
        return relative_name(self.keeper.folder, Path(path))

    def _interrupted(self, connection: sqlite3.Connection, number: int, at: datetime) -> Iterable[AuditEntry]:
        """The runs that were begun more than a day ago and of whose end nothing is known."""
        before = encoding.instant(at - _ABANDONED)
        for run, run_id in connection.execute(_LEFT_OPEN, (before, number)).fetchall():
            beginning = events.last_about(connection, run_id, AuditAction.RUN, _is_beginning)
            if beginning is not None and events.last_about(connection, run_id, AuditAction.RUN, _is_end) is None:
                details = {**_rows(connection, run), "why": "interrupted", **_of_beginning(beginning)}
                yield AuditEntry(AuditAction.RUN, run_id, ActionStatus.FAILED, details=details)


def _policy_deed(connection: sqlite3.Connection, path: str, policy: str) -> AuditEntry | None:
    """The policy that a file is judged by, when it is not the one of the run before over that file."""
    last = events.last_about(connection, path, AuditAction.POLICY, lambda _: True)
    sha256 = hashlib.sha256(policy.encode("ascii")).hexdigest()
    if last is not None and last.after == sha256:
        return None
    before, was = (last.after, {"was": _changed(last, policy)}) if last else (None, {})
    return AuditEntry(AuditAction.POLICY, path, before=before, after=sha256, details={"policy": policy, **was})


def _rows(connection: sqlite3.Connection, run: int) -> dict[str, str]:
    return {f"{ROWS}{table}": digest for table, digest in digests.of_run(connection, run).items()}


def _of_beginning(beginning: Event | None) -> dict[str, str]:
    """What a run's end repeats of its beginning: that event's number, the files that were judged, the locks."""
    if beginning is None:
        return {}
    files = {key: value for key, value in beginning.details.items() if key.startswith((INPUT, LOCK))}
    return {BEGUN: str(beginning.sequence), "started": beginning.details["started"], **files}


def _is_beginning(event: Event) -> bool:
    return event.action == AuditAction.RUN and event.ending == ActionStatus.BEGUN


def _is_end(event: Event) -> bool:
    return event.action == AuditAction.RUN and event.ending != ActionStatus.BEGUN


def _changed(last: Event, policy: str) -> str:
    """Of the policy before, what is another one now."""
    was, now = json.loads(last.details["policy"]), json.loads(policy)
    return canonical({key: value for key, value in was.items() if now.get(key) != value})
