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

OF_RUN = {"runs": "sequence", "observations": "sequence", "findings": "run, position", "run_ends": "run"}
"""The tables that hold what is recorded of a run, and the order of their rows."""

Row = Iterable[object]


def of_run(connection: sqlite3.Connection, run: int) -> dict[str, str]:
    """By table: over a run's own row, what it observed, what it found, and its end with the report as it is packed."""
    return {table: _digest(_rows(connection, table, "= ?", run)) for table in OF_RUN}


def of_run_row(connection: sqlite3.Connection, run: int) -> str:
    """Over a run's own row alone."""
    return _digest(_rows(connection, "runs", "= ?", run))


def of_earlier_runs(connection: sqlite3.Connection, last: int) -> str:
    """Over all that finished runs left up to this one: what a trail that begins later finds."""
    finished = "<= ? AND {} IN (SELECT run FROM run_ends)"
    return _digest(row for table in OF_RUN for row in _rows(connection, table, finished, last))


def of_pruning(connection: sqlite3.Connection, sequence: int) -> str:
    """Over the row that tells of a pruning."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence = ?"  # noqa: S608 - our own names
    return _digest(("prunings", row) for row in connection.execute(query, (sequence,)))


def of_prunings(connection: sqlite3.Connection, last: int) -> str:
    """Over all rows that tell of prunings up to this one."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence <= ? ORDER BY sequence"  # noqa: S608 - our own
    return _digest(("prunings", row) for row in connection.execute(query, (last,)))


def of_schema(connection: sqlite3.Connection) -> str:
    """Over the text of every table, index and trigger, by name."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    return _digest(("sqlite_master", row) for row in connection.execute(query))


def _rows(connection: sqlite3.Connection, table: str, which: str, run: int) -> Iterator[tuple[str, Row]]:
    column = "sequence" if table == "runs" else "run"
    query = (
        f"SELECT {COLUMNS[table]} FROM {table} WHERE {column} {which.format(column)} "  # noqa: S608 - our own names
        f"ORDER BY {OF_RUN[table]}"
    )
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
