"""The answers that are stored: raw bytes once under their SHA-256, and per identifier and address the newest of them.

Raw answers are only ever added, so what a run was given can be looked at years later. One that was damaged is not
replaced, but followed by a sound one: the last one counts.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date

from evidence.model.dates import rfc3339
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Found, NotFound, Origin
from evidence.storage import encoding
from evidence.storage.database import Database, in_parts
from evidence.storage.values import Stored

_RECORDS = (
    "SELECT r.identifier, r.address, a.sha256, r.fetched_at, r.as_of, r.source, r.tool_version, r.digest, a.raw "
    "FROM records AS r JOIN answers AS a ON a.sequence = r.answer"
)
_UPSERT = (
    "INSERT INTO records (identifier, address, answer, fetched_at, as_of, source, tool_version, digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identifier, address) DO UPDATE SET answer = excluded.answer, "
    "fetched_at = excluded.fetched_at, as_of = excluded.as_of, source = excluded.source, "
    "tool_version = excluded.tool_version, digest = excluded.digest"
)
_AT_ONCE = 500  # records read in one query

_Row = tuple[str, str, str, str, str, str, str, str, bytes]


class AnswerCache:
    """The stored answers of one store; `warn` takes a sentence about each that is damaged and therefore not used."""

    def __init__(self, database: Database, tool_version: str, warn: Callable[[str], None]) -> None:
        self._database = database
        self._tool_version = tool_version
        self._warn = warn
        self._damaged: set[str] = set()
        self._damaged_lock = threading.Lock()

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> dict[Identifier, Stored]:
        """The stored answers of a service about these identifiers; a damaged one is left out."""
        by_key = {encoding.key(identifier): identifier for identifier in identifiers}
        found: dict[Identifier, Stored] = {}
        for part, marks in in_parts(by_key):
            query = f"{_RECORDS} WHERE r.address = ? AND r.identifier IN ({marks})"
            with self._database.read() as connection:
                rows = connection.execute(query, (address, *part)).fetchall()
            found |= {by_key[row[0]]: value for row in rows if (value := self._value(row)) is not None}
        return found

    def all_stored(self, address: str) -> Iterator[tuple[Identifier, Stored]]:
        """Every stored answer of a service; a damaged one is left out."""
        query = f"{_RECORDS} WHERE r.address = ? AND r.identifier > ? ORDER BY r.identifier LIMIT ?"
        last = ""
        while True:
            with self._database.read() as connection:
                rows: list[_Row] = connection.execute(query, (address, last, _AT_ONCE)).fetchall()
            for row in rows:
                value = self._value(row)
                if value is not None:
                    yield encoding.identifier(row[0]), value
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]

    def _value(self, row: _Row) -> Stored | None:
        *values, digest, packed = row
        key, _, sha256, fetched_at, as_of, source, tool_version = values
        raw = encoding.unpack(packed, sha256)
        if raw is not None and encoding.digest_of_row("records", values) == digest:
            try:
                return Stored(raw, sha256, encoding.moment(fetched_at), date.fromisoformat(as_of), source, tool_version)
            except ValueError:
                pass
        self._warn(f"the cached answer for {key} is damaged and was not used")
        with self._damaged_lock:
            self._damaged.add(sha256)
        return None

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """Store what came from the network with its raw bytes, in one transaction: records, and a "no" with its text.

        Answers that are stored already, but are no longer what they were, are stored again.
        """
        raws: dict[str, bytes] = {}
        rows = []
        for answer in answers:
            is_fact = answer.origin is Origin.NETWORK and isinstance(answer.outcome, Found | NotFound)
            if answer.raw is not None and is_fact:
                sha256 = encoding.digest(answer.raw)
                raws[sha256] = answer.raw
                rows.append(
                    (
                        encoding.key(answer.identifier),
                        answer.address,
                        sha256,
                        rfc3339(answer.at),
                        as_of.isoformat(),
                        answer.source,
                        self._tool_version,
                    )
                )
        if not rows:
            return
        damaged = frozenset(self._damaged)
        new = self.packed_unless_stored(raws, damaged)
        with self._database.write() as connection:
            self.add(connection, new, damaged)
            for row in rows:
                self.replace(connection, row)

    def replace(self, connection: sqlite3.Connection, row: tuple[str, str, str, str, str, str, str]) -> None:
        """Store a record in the caller's transaction, in place of an older one; its raw answer is stored already.

        `row` holds identifier, address, SHA-256 of the raw answer, time of asking, as-of day, source, tool version.
        """
        identifier, address, sha256, *rest = row
        digest = encoding.digest_of_row("records", row)
        connection.execute(_UPSERT, (identifier, address, _number_of(connection, sha256), *rest, digest))

    def raw(self, sha256: str) -> bytes | None:
        """The raw answer with this SHA-256 that some run was given; None when it is not stored, or was damaged."""
        query = "SELECT raw FROM answers WHERE sha256 = ? ORDER BY sequence DESC LIMIT 1"
        with self._database.read() as connection:
            row = connection.execute(query, (sha256,)).fetchone()
        return None if row is None else encoding.unpack(row[0], sha256)

    def packed_unless_stored(self, raws: Mapping[str, bytes], damaged: Collection[str] = ()) -> dict[str, bytes]:
        """Those of these answers, by SHA-256, that are not stored or are damaged; packed without holding any lock."""
        known: set[str] = set()
        with self._database.read() as connection:
            for part, marks in in_parts(raws):
                query = f"SELECT sha256 FROM answers WHERE sha256 IN ({marks})"  # noqa: S608 - marks
                known.update(sha256 for (sha256,) in connection.execute(query, part))
        return {sha256: encoding.pack(raw) for sha256, raw in raws.items() if sha256 not in known or sha256 in damaged}

    def add(self, connection: sqlite3.Connection, packed: Mapping[str, bytes], damaged: Collection[str] = ()) -> None:
        """Store packed answers in the caller's transaction, without those that another process stored meanwhile."""
        for sha256, raw in packed.items():
            if sha256 in damaged or not _number_of(connection, sha256):
                ((last,),) = connection.execute("SELECT coalesce(max(sequence), 0) FROM answers")
                row = (last + 1, sha256, raw, encoding.checksum(raw, last + 1))
                connection.execute("INSERT INTO answers (sequence, sha256, raw, crc) VALUES (?, ?, ?, ?)", row)


def _number_of(connection: sqlite3.Connection, sha256: str) -> int:
    """The number of the row that holds this answer; 0 for none."""
    return int(connection.execute("SELECT max(sequence) FROM answers WHERE sha256 = ?", (sha256,)).fetchone()[0] or 0)
