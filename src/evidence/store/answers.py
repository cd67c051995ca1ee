"""Raw answers, each once, under the SHA-256 of its bytes: what a run was told can be looked at years later.

Rows are only ever added. One that was harmed is not replaced, but followed by a sound one: the last one counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from evidence.store import encoding
from evidence.store.database import Database

_AT_ONCE = 500  # in one query; SQLite allows 32,766 variables
_PLACE = "SELECT max(sequence) FROM answers WHERE sha256 = ?"


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer ready to be kept."""

    sha256: str
    raw: bytes


def missing(database: Database, raws: Mapping[str, bytes], harmed: Collection[str] = ()) -> list[Packed]:
    """Those of these answers, by SHA-256, that are not kept yet, or are harmed; packed without holding any lock."""
    with database.read() as connection:
        known = _known(connection, list(raws))
    return [
        Packed(sha256, encoding.pack(raw)) for sha256, raw in raws.items() if sha256 not in known or sha256 in harmed
    ]


def _known(connection: sqlite3.Connection, wanted: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        query = f"SELECT sha256 FROM answers WHERE sha256 IN ({', '.join('?' * len(part))})"  # noqa: S608 - marks
        known.update(sha256 for (sha256,) in connection.execute(query, part))
    return known


def add(connection: sqlite3.Connection, new: Collection[Packed], harmed: Collection[str] = ()) -> None:
    """Keep these answers, those left out that another process has kept meanwhile."""
    for one in new:
        if one.sha256 in harmed or not place(connection, one.sha256):
            insert(connection, one)


def insert(connection: sqlite3.Connection, one: Packed) -> int:
    """Keep an answer behind all others; the number of its row."""
    ((last,),) = connection.execute("SELECT coalesce(max(sequence), 0) FROM answers")
    row = (last + 1, one.sha256, one.raw, encoding.checksum(one.raw, last + 1))
    connection.execute("INSERT INTO answers (sequence, sha256, raw, crc) VALUES (?, ?, ?, ?)", row)
    return int(last) + 1


def place(connection: sqlite3.Connection, sha256: str) -> int:
    """The number of the row that holds this answer; 0 for none."""
    return int(connection.execute(_PLACE, (sha256,)).fetchone()[0] or 0)


def of(database: Database, sha256: str) -> bytes | None:
    """The answer with this SHA-256, None when it is not kept or not what it was."""
    with database.read() as connection:
        query = "SELECT raw FROM answers WHERE sha256 = ? ORDER BY sequence DESC LIMIT 1"
        row = connection.execute(query, (sha256,)).fetchone()
    return None if row is None else encoding.unpack(row[0], sha256)
