"""How values are written into columns of the store, and the SHA-256 over rows that events of the audit trail bind.

A row is hashed as one line of canonical JSON, `[table, value, …]` with the columns of `COLUMNS`; packed bytes are
there as `{"sha256": …}`. So one changed byte in any row is found.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.text import canonical_json

_LEVEL = 3  # on PubMed XML: a seventh of the size; 6 gives a ninth for half as much work again

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
"""What is hashed of each table. A column that a later version adds is not part of these digests, so that they stay."""

OF_RUN = {"runs": "sequence", "observations": "sequence", "findings": "run, position", "run_ends": "run"}
"""The tables that hold what is recorded of a run, and the order of their rows."""

Row = Iterable[object]


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


def moment(written: str) -> datetime:
    """The instant of an RFC 3339 text; raises ValueError."""
    return datetime.fromisoformat(written)


def digest(raw: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def pack(raw: bytes) -> bytes:
    """Compress for storing."""
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


def digest_of_rows(rows: Iterable[tuple[str, Row]]) -> str:
    """SHA-256 over rows, each given with the name of its table."""
    over = hashlib.sha256()
    for table, row in rows:
        values = [{"sha256": digest(value)} if isinstance(value, bytes) else value for value in row]
        over.update(canonical_json([table, *values]).encode("ascii") + b"\n")
    return over.hexdigest()


def digest_of_row(table: str, row: Row) -> str:
    """SHA-256 of one row."""
    return digest_of_rows([(table, row)])


def digests_of_run(connection: sqlite3.Connection, run: int) -> dict[str, str]:
    """By table: over a run's own row, what it observed, what it found, and its end with the report as it is packed."""
    return {table: digest_of_rows(_rows(connection, table, "= ?", run)) for table in OF_RUN}


def digest_of_run_row(connection: sqlite3.Connection, run: int) -> str:
    """Over a run's own row alone."""
    return digest_of_rows(_rows(connection, "runs", "= ?", run))


def digest_of_earlier_runs(connection: sqlite3.Connection, last: int) -> str:
    """Over all that finished runs left up to this one: what a trail that begins later finds."""
    finished = "<= ? AND {} IN (SELECT run FROM run_ends)"
    return digest_of_rows(row for table in OF_RUN for row in _rows(connection, table, finished, last))


def digest_of_pruning(connection: sqlite3.Connection, sequence: int) -> str:
    """Over the row of one pruning."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence = ?"  # noqa: S608 - our own names
    return digest_of_rows(("prunings", row) for row in connection.execute(query, (sequence,)))


def digest_of_prunings(connection: sqlite3.Connection, last: int) -> str:
    """Over the rows of all prunings up to this one."""
    query = f"SELECT {COLUMNS['prunings']} FROM prunings WHERE sequence <= ? ORDER BY sequence"  # noqa: S608 - our own
    return digest_of_rows(("prunings", row) for row in connection.execute(query, (last,)))


def digest_of_schema(connection: sqlite3.Connection) -> str:
    """Over the text of every table, index and trigger, by name."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    return digest_of_rows(("sqlite_master", row) for row in connection.execute(query))


def _rows(connection: sqlite3.Connection, table: str, which: str, run: int) -> Iterator[tuple[str, Row]]:
    column = "sequence" if table == "runs" else "run"
    query = (
        f"SELECT {COLUMNS[table]} FROM {table} WHERE {column} {which.format(column)} "  # noqa: S608 - our own names
        f"ORDER BY {OF_RUN[table]}"
    )
    for row in connection.execute(query, (run,)):
        yield table, row
