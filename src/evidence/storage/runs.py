"""Runs and their ends: begun once, ended once, never changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from evidence.audit.events import BEGUN, Event, Stamp, canonical, relative_name
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import StoreError
from evidence.model.findings import Finding
from evidence.model.policy import Policy, Severity
from evidence.model.references import Place, Waiver
from evidence.model.report import BegunRun, Exit, Input, Mode
from evidence.storage import encoding
from evidence.storage import encoding as digests
from evidence.storage import trail as events
from evidence.storage.database import Database
from evidence.storage.trail import TrailKeeper
from evidence.storage.values import FindingOfRun, RunCounts, RunEnd, RunEntry

# Runs and their ends: begun once, ended once, never changed.

SELECT = (
    "SELECT r.id, r.started, r.as_of, r.mode, r.actor, r.tool_version, r.inputs, r.policy, "
    "e.finished, e.exit, e.sha256 FROM runs AS r LEFT JOIN run_ends AS e ON e.run = r.sequence "
)
_INSERT_FINDING = (
    'INSERT INTO findings (run, position, code, name, severity, reference, path, line, "column", message, '
    "fingerprint, suggestion, ignored) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
FINDING = 'code, name, severity, reference, path, line, "column", message, fingerprint, suggestion, ignored'

WAIVED_MARK = "\x1fwaived as "
"""Begins the reason of a finding that a waiver covers; no reason in a file can hold this control character."""

_RunRow = tuple[str, str, str, str, str, str, str, str, str | None, int | None, str | None]
_FindingRow = tuple[str, str, str, str | None, str, int, int, str, str, str | None, str | None]


def sequence_of(connection: sqlite3.Connection, path: Path, run_id: str) -> int:
    """The run's place in the order in which runs were begun; raises StoreError for an unknown one."""
    row = connection.execute("SELECT sequence FROM runs WHERE id = ?", (encoding.text(run_id),)).fetchone()
    if row is None:
        raise StoreError(f"there is no run {run_id}", path=str(path))
    return int(row[0])


Noted = Callable[[sqlite3.Connection, int], None]
"""Takes down in the audit trail what was just written of the run of this number, inside the same transaction."""


def begin(database: Database, run: BegunRun, noted: Noted | None = None) -> None:
    """Record that a run begins, before anything that it observes."""
    inputs = [
        {
            "path": encoding.text(one.path),
            "sha256": one.sha256,
            **({"of": encoding.text(one.of)} if one.of else {}),
            **({"monograph": True} if one.is_monograph else {}),
            **({"title": encoding.text(one.title)} if one.title else {}),
        }
        for one in run.inputs
    ]
    judged_by = {
        "files": {encoding.text(path): policy_plain(policy) for path, policy in run.policies.items()},
        "select": list(run.select),
        "ignore": list(run.ignore),
    }
    row = (
        run.id,
        encoding.instant(run.started),
        run.as_of.isoformat(),
        str(run.mode),
        encoding.text(run.actor),
        run.tool_version,
        json.dumps(inputs, sort_keys=True),
        json.dumps(judged_by, sort_keys=True),
    )
    # The log must never be ahead of the store, so what is noted waits for the disk.
    with database.write(durable=noted is not None) as connection:
        number = connection.execute(
            "INSERT INTO runs (id, started, as_of, mode, actor, tool_version, inputs, policy) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        if noted is not None and number is not None:
            noted(connection, number)


def policy_plain(policy: Policy) -> dict[str, object]:
    """A policy under the names that it has in references.yaml; days, None for no limit."""
    lives = policy.lives
    return {
        "accessed-limit": {str(kind): days for kind, days in policy.accessed_limit.items()},
        "life": {"status": lives.status, "metadata": lives.metadata, "page": lives.page},
        "confirm-dead": policy.confirm_dead,
        "lock-limit": policy.lock_limit,
        "sign-off-limit": policy.sign_off_limit,
        "severity": {code: str(severity) for code, severity in policy.severity.items()},
        "fail-on": str(policy.fail_on),
        "waiver-limit": asdict(policy.waiver_limits),
        "self-approval": "allowed" if policy.self_approval else "refused",
        "style": str(policy.style),
    }


def end(database: Database, run_id: str, how: RunEnd, noted: Noted | None = None) -> None:
    """Record how a run ended; waits for the disk, so that a report that was shown is also kept."""
    packed, sha256 = encoding.pack(how.report), encoding.digest(how.report)
    findings: list[tuple[Finding, str | None]] = [(finding, None) for finding in how.findings]
    findings += [(item.finding, item.reason) for item in how.ignored]
    findings += [(item.finding, _why_waived(item.waiver)) for item in how.waived]
    with database.write(durable=True) as connection:
        run = sequence_of(connection, database.path, run_id)
        rows = ((run, position, *_written(finding), ignored) for position, (finding, ignored) in enumerate(findings))
        connection.executemany(_INSERT_FINDING, rows)
        connection.execute(
            "INSERT INTO run_ends (run, finished, exit, report, sha256) VALUES (?, ?, ?, ?, ?)",
            (run, encoding.instant(how.finished), int(how.exit), packed, sha256),
        )
        if noted is not None:
            noted(connection, run)


def _why_waived(waiver: Waiver) -> str:
    """What stands in the column of the reason why a finding does not count."""
    told = f"{waiver.category} until {waiver.until}, approved by {waiver.approved_by}: {waiver.reason}"
    return WAIVED_MARK + encoding.text(told)


def _written(finding: Finding) -> tuple[str | int | None, ...]:
    texts = (finding.reference, finding.place.path, finding.message, finding.suggestion)
    reference, path, message, suggestion = (None if text is None else encoding.text(text) for text in texts)
    place = finding.place
    return (
        finding.code,
        finding.name,
        str(finding.severity),
        reference,
        path,
        place.line,
        place.column,
        message,
        finding.fingerprint,
        suggestion,
    )


def run(database: Database, run_id: str) -> RunEntry | None:
    """One recorded run, or None."""
    with database.read() as connection:
        row = connection.execute(SELECT + "WHERE r.id = ?", (encoding.text(run_id),)).fetchone()
        return None if row is None else entry_of(row)


def last(database: Database, number: int | None, *, finished: bool = False) -> tuple[RunEntry, ...]:
    """The runs begun last, newest first; all of them for None."""
    only = "WHERE e.run IS NOT NULL " if finished else ""
    with database.read() as connection:
        rows = connection.execute(
            SELECT + only + "ORDER BY r.sequence DESC LIMIT ?", (-1 if number is None else number,)
        ).fetchall()
        return tuple(entry_of(row) for row in rows)


def entry_of(row: _RunRow) -> RunEntry:
    """The run of a row of SELECT."""
    run_id, started, as_of, mode, actor, tool_version, inputs, policy, finished, exit_code, sha256 = row
    return RunEntry(
        id=run_id,
        started=encoding.moment(started),
        as_of=date.fromisoformat(as_of),
        mode=Mode(mode),
        actor=actor,
        tool_version=tool_version,
        inputs=tuple(_input(one) for one in json.loads(inputs)),
        policy=policy,
        finished=None if finished is None else encoding.moment(finished),
        exit=None if exit_code is None else Exit(exit_code),
        report_sha256=sha256,
    )


def _input(one: Mapping[str, str]) -> Input:
    return Input(one["path"], one["sha256"], one.get("of"), bool(one.get("monograph")), one.get("title"))


def report_of(database: Database, run_id: str) -> bytes | None:
    """The report's bytes as they were given, or None when there is no such run or it did not finish.

    Raises:
        StoreError: they are no longer the bytes whose SHA-256 was recorded.
    """
    query = "SELECT e.report, e.sha256 FROM run_ends AS e JOIN runs AS r ON r.sequence = e.run WHERE r.id = ?"
    with database.read() as connection:
        row = connection.execute(query, (encoding.text(run_id),)).fetchone()
    if row is None:
        return None
    report = encoding.unpack(*row)
    if report is None:
        raise StoreError(f"the report of run {run_id} is damaged", path=str(database.path), fix="restore a backup")
    return report


def finding_of(row: _FindingRow) -> Finding:
    """The finding of a row with the columns of FINDING."""
    code, name, severity, reference, path, line, column, message, fingerprint, suggestion, _ = row
    return Finding(
        code=code,
        name=name,
        severity=severity_of(severity),
        reference=reference,
        place=Place(path, line, column),
        message=message,
        fingerprint=fingerprint,
        suggestion=suggestion,
    )


def severity_of(word: str) -> Severity:
    """The severity of this name; raises ValueError."""
    for severity in Severity:
        if str(severity) == word:
            return severity
    raise ValueError(f"no severity is called {word}")


# What the audit trail says of runs: that they begin, under which policy, how they end, and what that binds.

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


# Runs and findings as they are listed and looked through, over many runs at once.

_AT_ONCE = 500  # runs in one query; SQLite allows 32,766 variables
_IGNORED, _WAIVED = 1, 2  # why a finding does not count, as _COUNTS tells them apart
_COUNTS = (
    "SELECT r.id, f.severity, CASE WHEN f.ignored IS NULL THEN 0 WHEN substr(f.ignored, 1, ?) = ? THEN 2 ELSE 1 END, "
    "count(*) FROM findings AS f JOIN runs AS r ON r.sequence = f.run "
    "WHERE r.id IN ({}) GROUP BY 1, 2, 3"
)
_ABOUT = (
    f"SELECT r.id, {FINDING} FROM findings AS f JOIN runs AS r ON r.sequence = f.run "  # noqa: S608 - our own names
    "WHERE f.reference = ? AND (? IS NULL OR f.path = ?) ORDER BY f.run, f.position"
)


def starting(database: Database, beginning: str) -> tuple[RunEntry, ...]:
    """The runs whose id begins so, newest first."""
    start = encoding.text(beginning)
    query = SELECT + "WHERE substr(r.id, 1, ?) = ? ORDER BY r.sequence DESC"
    with database.read() as connection:
        return tuple(entry_of(row) for row in connection.execute(query, (len(start), start)).fetchall())


def counts(database: Database, run_ids: Sequence[str]) -> Mapping[str, RunCounts]:
    """How many findings each of these runs made."""
    found: dict[str, dict[Severity, int]] = {name: {} for name in run_ids}
    quiet: dict[str, Counter[int]] = {name: Counter() for name in run_ids}
    with database.read() as connection:
        for start in range(0, len(run_ids), _AT_ONCE):
            part = [encoding.text(name) for name in run_ids[start : start + _AT_ONCE]]
            query = _COUNTS.format(", ".join("?" * len(part)))
            rows = connection.execute(query, (len(WAIVED_MARK), WAIVED_MARK, *part))
            for name, severity, why_not, number in rows:
                if why_not:
                    quiet[name][why_not] += number
                else:
                    found[name][severity_of(severity)] = number
    return {name: RunCounts(found[name], quiet[name][_IGNORED], quiet[name][_WAIVED]) for name in run_ids}


def about(database: Database, reference: str, path: str | None) -> tuple[FindingOfRun, ...]:
    """All that was found of the references of this id, in the order of the runs; `path` None means in any file."""
    where = None if path is None else encoding.text(path)
    with database.read() as connection:
        rows = connection.execute(_ABOUT, (encoding.text(reference), where, where)).fetchall()
        return tuple(FindingOfRun(run, finding_of(finding), finding[-1]) for run, *finding in rows)
