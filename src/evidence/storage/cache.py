"""Raw answers, each once, under the SHA-256 of its bytes: what a run was told can be looked at years later.

Rows are only ever added. One that was harmed is not replaced, but followed by a sound one: the last one counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Found, NotFound, Origin
from evidence.storage import encoding
from evidence.storage import encoding as digests
from evidence.storage.database import Database
from evidence.storage.values import Stored

# Raw answers, each once, under the SHA-256 of its bytes: what a run was told can be looked at years later.

_AT_ONCE_ANSWERS = 500  # in one query; SQLite allows 32,766 variables
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
    for start in range(0, len(wanted), _AT_ONCE_ANSWERS):
        part = wanted[start : start + _AT_ONCE_ANSWERS]
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


# Kept answers: one row per identifier and service address, replaced by newer ones.

_AT_ONCE = 500  # identifiers in one query; SQLite allows 32,766 variables

_COLUMNS = (
    "SELECT r.identifier, r.address, a.sha256, r.fetched_at, r.as_of, r.source, r.tool_version, r.digest, a.raw "
    "FROM records AS r JOIN answers AS a ON a.sequence = r.answer"
)
_SELECT = _COLUMNS + " WHERE r.address = ? AND r.identifier IN ({})"
_SELECT_NEXT = f"{_COLUMNS} WHERE r.address = ? AND r.identifier > ? ORDER BY r.identifier LIMIT ?"
_UPSERT = (
    "INSERT INTO records (identifier, address, answer, fetched_at, as_of, source, tool_version, digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identifier, address) DO UPDATE SET answer = excluded.answer, "
    "fetched_at = excluded.fetched_at, as_of = excluded.as_of, source = excluded.source, "
    "tool_version = excluded.tool_version, digest = excluded.digest"
)

_Row = tuple[str, str, str, str, str, str, str, str, bytes]


def stored(
    database: Database, address: str, identifiers: Iterable[Identifier], harmed: Callable[[str, str], None]
) -> dict[Identifier, Stored]:
    """The unharmed answers kept for these identifiers; of the others, identifier and SHA-256 are told to `harmed`."""
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    found: dict[Identifier, Stored] = {}
    for row in _rows(database, address, list(by_key)):
        kept = _value(row)
        if kept is None:
            harmed(row[0], row[2])
        else:
            found[by_key[row[0]]] = kept
    return found


def _rows(database: Database, address: str, keys: Sequence[str]) -> Iterator[_Row]:
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        with database.read() as connection:
            rows = connection.execute(_SELECT.format(", ".join("?" * len(part))), (address, *part)).fetchall()
        yield from rows


def stored_answers_at(
    database: Database, address: str, harmed: Callable[[str, str], None]
) -> Iterator[tuple[Identifier, Stored]]:
    """Every unharmed answer of a service, a part at a time; the others are told as by `stored`."""
    last = ""
    while True:
        with database.read() as connection:
            rows: list[_Row] = connection.execute(_SELECT_NEXT, (address, last, _AT_ONCE)).fetchall()
        for row in rows:
            kept = _value(row)
            if kept is None:
                harmed(row[0], row[2])
            else:
                yield encoding.identifier(row[0]), kept
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]


def _value(row: _Row) -> Stored | None:
    *told, digest, packed = row
    _, _, sha256, fetched_at, as_of, source, tool_version = told
    raw = encoding.unpack(packed, sha256)
    if raw is None or digests.digest_of("records", told) != digest:
        return None
    try:
        return Stored(raw, sha256, encoding.moment(fetched_at), date.fromisoformat(as_of), source, tool_version)
    except ValueError:
        return None


def keep(
    database: Database, kept: Iterable[Answer], as_of: date, tool_version: str, harmed: Collection[str] = ()
) -> None:
    """Keep what came from the network with its raw bytes: Found, and a "no" that its source wants kept.

    `harmed` are the SHA-256 of answers that are kept already, but are no longer what they were: kept anew.
    """
    fresh = [(answer, answer.raw) for answer in kept if answer.raw is not None and _is_fresh_fact(answer)]
    if not fresh:
        return
    rows = [(_told(answer, raw, as_of, tool_version), raw) for answer, raw in fresh]
    new = missing(database, {told[2]: raw for told, raw in rows}, harmed)
    with database.write() as connection:
        add(connection, new, harmed)
        connection.executemany(_UPSERT, (_row(connection, told) for told, _ in rows))


def _row(connection: sqlite3.Connection, told: tuple[str, ...]) -> tuple[str | int, ...]:
    identifier, address, sha256, *rest = told
    return (identifier, address, place(connection, sha256), *rest, digests.digest_of("records", told))


def _is_fresh_fact(answer: Answer) -> bool:
    return answer.origin is Origin.NETWORK and isinstance(answer.outcome, Found | NotFound)


def _told(answer: Answer, raw: bytes, as_of: date, tool_version: str) -> tuple[str, ...]:
    return (
        encoding.key(answer.identifier),
        answer.address,
        encoding.digest(raw),
        encoding.instant(answer.at),
        as_of.isoformat(),
        answer.source,
        tool_version,
    )


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many answers are kept per service address."""
    return dict(connection.execute("SELECT address, count(*) FROM records GROUP BY address ORDER BY address"))
