"""SHA-256 over rows of the store: what an event binds, so that one changed byte in any of them is found.

A row is hashed as one line of JSON, `[table, value, …]` with the columns of `COLUMNS`, in the form of
`evidence.audit.events.canonical`; packed bytes stand there as `{"sha256": …}`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from evidence.audit.events import canonical

COLUMNS = {
    "runs": "sequence, id, started, as_of, mode, actor, tool_version, inputs, policy",
    "observations": "sequence, run, identifier, source, address, state, cause, status, detail, at, as_of, origin, "
    "record_sha256, fingerprint",
    "findings": 'run, position, code, name, severity, reference, path, line, "column", message, fingerprint, '
    "suggestion, ignored",
    "run_ends": "run, finished, exit, report, sha256",
    "prunings": "sequence, at, actor, tool_version, unused_since, history_before, records, runs, "
    "observations, findings",
}
"""What is hashed of each table. A column that a later version adds is no part of these digests, so that they stay."""

_ORDER = {"runs": "sequence", "observations": "sequence", "findings": "run, position", "run_ends": "run"}
_RUN = {"runs": "sequence", "observations": "run", "findings": "run", "run_ends": "run"}

Row = Iterable[object]


def of_run(connection: sqlite3.Connection, run: int) -> str:
    """Over a run's own row, all that it observed and found, and its end with the report as it is packed."""
    return _digest(_rows(connection, "= ?", run))


def of_earlier_runs(connection: sqlite3.Connection, last: int) -> str:
    """Over all that finished runs left up to this one: what a trail that begins later finds."""
    return _digest(_rows(connection, "<= ? AND {} IN (SELECT run FROM run_ends)", last))


def of_pruning(connection: sqlite3.Connection, sequence: int) -> str:
    """Over the row that tells of a pruning."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence = ?"  # noqa: S608 - our own names
    return _digest(("prunings", row) for row in connection.execute(query, (sequence,)))


def of_prunings(connection: sqlite3.Connection, last: int) -> str:
    """Over all rows that tell of prunings up to this one."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence <= ? ORDER BY sequence"  # noqa: S608 - our own
    return _digest(("prunings", row) for row in connection.execute(query, (last,)))


def _rows(connection: sqlite3.Connection, which: str, run: int) -> Iterator[tuple[str, Row]]:
    for table, order in _ORDER.items():
        of_run = f"{_RUN[table]} {which.format(_RUN[table])}"
        query = f"SELECT {COLUMNS[table]} FROM {table} WHERE {of_run} ORDER BY {order}"  # noqa: S608 - our own names
        for row in connection.execute(query, (run,)):
            yield table, row


def _digest(rows: Iterable[tuple[str, Row]]) -> str:
    digest = hashlib.sha256()
    for table, row in rows:
        digest.update(row_line(table, row).encode("ascii"))
        digest.update(b"\n")
    return digest.hexdigest()


def row_line(table: str, row: Row) -> str:
    """The line as which a row is hashed."""
    return canonical([table, *(_plain(value) for value in row)])


def digest_of(table: str, row: Row) -> str:
    """SHA-256 of one row."""
    return _digest([(table, row)])


def _plain(value: object) -> object:
    return {"sha256": hashlib.sha256(value).hexdigest()} if isinstance(value, bytes) else value
