"""Runs and their ends: begun once, ended once, never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from evidence.errors import StoreError
from evidence.findings import Finding
from evidence.model.policy import Policy, Severity
from evidence.model.references import Place, Waiver
from evidence.report import BegunRun, Exit, Input, Mode
from evidence.store import encoding
from evidence.store.database import Database
from evidence.store.values import RunEnd, RunEntry

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
