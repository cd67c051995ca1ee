"""SHA-256 over rows of the store: what an event binds, so that one changed byte in any of them is found.

A row is hashed as one line of JSON, `[table, value, …]` with the columns of `COLUMNS`, in the form of
`evidence.audit.events.canonical`; packed bytes stand there as `{"sha256": …}`.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from evidence.audit.events import canonical
from evidence.model.identifiers import Identifier, IdKind

# SHA-256 over rows of the store: what an event binds, so that one changed byte in any of them is found.

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


# How values are written into columns: text that SQLite accepts, UTC instants that sort, packed bytes.

_LEVEL = 3  # on PubMed XML: a seventh of the size; 6 gives a ninth for half as much work again


def text(value: str) -> str:
    """The string as UTF-8 can hold it; lone surrogates (from broken JSON) become escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def key(identifier: Identifier) -> str:
    """The identifier's printed form, e.g. `pmid:23359310`."""
    return text(str(identifier))


def identifier(written: str) -> Identifier:
    """The identifier of a printed form; raises ValueError for an unknown kind."""
    kind, _, value = written.partition(":")
    return Identifier(IdKind(kind), value)


def instant(moment: datetime) -> str:
    """UTC with microseconds and `Z` (RFC 3339), so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(written: str) -> datetime:
    """The instant of an RFC 3339 text; raises ValueError."""
    return datetime.fromisoformat(written)


def digest(raw: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def pack(raw: bytes) -> bytes:
    """Compress for keeping."""
    return zlib.compress(raw, _LEVEL)


def unpack(packed: bytes, sha256: str) -> bytes | None:
    """The bytes that were packed, or None when they are not those that `sha256` was made of."""
    try:
        raw = zlib.decompress(packed)
    except zlib.error:
        return None
    return raw if digest(raw) == sha256 else None


def checksum(packed: bytes, number: int) -> int:
    """CRC-32 (zlib's) of packed bytes in the row of this number: some of their bits change nothing when unpacked."""
    return zlib.crc32(packed, number)
