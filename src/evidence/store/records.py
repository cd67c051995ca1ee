"""Kept answers: one row per identifier and service address, replaced by newer ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Found, NotFound, Origin
from evidence.store import encoding
from evidence.store.database import Database
from evidence.store.values import Stored

_AT_ONCE = 500  # identifiers in one query; SQLite allows 32,766 variables

_SELECT = (
    "SELECT identifier, raw, sha256, fetched_at, as_of, source, tool_version FROM records "
    "WHERE address = ? AND identifier IN ({})"
)
_SELECT_NEXT = (
    "SELECT identifier, raw, sha256, fetched_at, as_of, source, tool_version FROM records "
    "WHERE address = ? AND identifier > ? ORDER BY identifier LIMIT ?"
)
_UPSERT = (
    "INSERT INTO records (identifier, address, raw, sha256, fetched_at, as_of, source, tool_version) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identifier, address) DO UPDATE SET raw = excluded.raw, "
    "sha256 = excluded.sha256, fetched_at = excluded.fetched_at, as_of = excluded.as_of, "
    "source = excluded.source, tool_version = excluded.tool_version"
)

_Row = tuple[str, bytes, str, str, str, str, str]


def stored(
    database: Database, address: str, identifiers: Iterable[Identifier], warn: Callable[[str], None]
) -> dict[Identifier, Stored]:
    """The unharmed answers kept for these identifiers; damaged ones are told to `warn` and left out."""
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    found: dict[Identifier, Stored] = {}
    for row in _rows(database, address, list(by_key)):
        kept = _unharmed(row, warn)
        if kept is not None:
            found[by_key[row[0]]] = kept
    return found


def _rows(database: Database, address: str, keys: Sequence[str]) -> Iterator[_Row]:
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        with database.read() as connection:
            rows = connection.execute(_SELECT.format(", ".join("?" * len(part))), (address, *part)).fetchall()
        yield from rows


def kept_at(database: Database, address: str, warn: Callable[[str], None]) -> Iterator[tuple[Identifier, Stored]]:
    """Every unharmed answer of a service, a part at a time; damaged ones are told to `warn` and left out."""
    last = ""
    while True:
        with database.read() as connection:
            rows = connection.execute(_SELECT_NEXT, (address, last, _AT_ONCE)).fetchall()
        for row in rows:
            kept = _unharmed(row, warn)
            if kept is not None:
                yield encoding.identifier(row[0]), kept
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]


def _unharmed(row: _Row, warn: Callable[[str], None]) -> Stored | None:
    kept = _value(row)
    if kept is None:
        warn(f"the stored answer for {row[0]} is damaged and was not used")
    return kept


def _value(row: _Row) -> Stored | None:
    _, packed, sha256, fetched_at, as_of, source, tool_version = row
    raw = encoding.unpack(packed, sha256)
    if raw is None:
        return None
    try:
        return Stored(raw, sha256, encoding.moment(fetched_at), date.fromisoformat(as_of), source, tool_version)
    except ValueError:
        return None


def keep(database: Database, answers: Iterable[Answer], as_of: date, tool_version: str) -> None:
    """Keep what came from the network with its raw bytes: Found, and a "no" that its source wants kept."""
    rows = [
        _kept(answer, answer.raw, as_of, tool_version)
        for answer in answers
        if answer.raw is not None and _is_fresh_fact(answer)
    ]
    if rows:
        with database.write() as connection:
            connection.executemany(_UPSERT, rows)


def _is_fresh_fact(answer: Answer) -> bool:
    return answer.origin is Origin.NETWORK and isinstance(answer.outcome, Found | NotFound)


def _kept(answer: Answer, raw: bytes, as_of: date, tool_version: str) -> tuple[str | bytes, ...]:
    return (
        encoding.key(answer.identifier),
        answer.address,
        encoding.pack(raw),
        encoding.digest(raw),
        encoding.instant(answer.at),
        as_of.isoformat(),
        answer.source,
        tool_version,
    )


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many answers are kept per service address."""
    return dict(connection.execute("SELECT address, count(*) FROM records GROUP BY address ORDER BY address"))
