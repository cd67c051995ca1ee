"""What was loaded from files: which ones, what was looked for in them, and how far the answers found there are valid.

NLM's files come in a fixed order, and a later one overrides an earlier one: a record found in file 12 is as verified as
the newest file that was read after it without a gap. Each identifier is noted with the load since which it is looked
for, each file with the load up to which everything then wanted was looked for in it. So an identifier that is added
later needs those files only that could hold it and were last read before it was wanted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from evidence.model.dates import rfc3339
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import LOADED, Answer
from evidence.storage import encoding
from evidence.storage.cache import AnswerCache
from evidence.storage.database import Database, in_parts
from evidence.storage.values import LoadedFile, Stored

_FILE = "collection, name, sha256, md5, size, day, year, number, smallest, largest, records, load, actor"
_KEEP_FILE = (
    f"INSERT INTO loaded ({_FILE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our own names
    "ON CONFLICT (collection, year, number) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256, "
    "md5 = excluded.md5, size = excluded.size, day = excluded.day, smallest = excluded.smallest, "
    "largest = excluded.largest, records = excluded.records, load = excluded.load, actor = excluded.actor "
    "RETURNING sequence"
)
_HELD = (
    "SELECT f.year, f.number, s.version FROM sought AS s LEFT JOIN loaded AS f ON f.sequence = s.file "
    "WHERE s.identifier = ?"
)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What a file says of one identifier: the bytes that are stored, packed, and the version of the record."""

    identifier: Identifier
    source: str
    sha256: str
    packed: bytes
    version: int = 1

    @classmethod
    def of(cls, identifier: Identifier, source: str, raw: bytes, version: int = 1) -> FileAnswer:
        """The answer with these bytes, packed at once: a file may hold 200 MB of them."""
        return cls(identifier, source, encoding.digest(raw), encoding.pack(raw), version)


class _Sought(NamedTuple):
    """Since which load an identifier is looked for, and the place of the file that holds its newest record."""

    load: int
    place: tuple[int, int] | None


class LoadedFiles:
    """The files that one store was filled from."""

    def __init__(self, database: Database, cache: AnswerCache, tool_version: str) -> None:
        self._database = database
        self._cache = cache
        self._tool_version = tool_version

    def files(self, collection: str) -> tuple[LoadedFile, ...]:
        """The files of a collection that were read, in their order."""
        query = f"SELECT {_FILE} FROM loaded WHERE collection = ? ORDER BY year, number"  # noqa: S608 - our own names
        with self._database.read() as connection:
            return tuple(_file_of_row(row) for row in connection.execute(query, (collection,)))

    def collections(self) -> tuple[str, ...]:
        """The collections of which any file was read."""
        with self._database.read() as connection:
            return tuple(name for (name,) in connection.execute("SELECT DISTINCT collection FROM loaded ORDER BY 1"))

    def identifiers(self) -> frozenset[Identifier]:
        """All that a record of the store is about, and all that was ever looked for in files."""
        query = "SELECT identifier FROM records UNION SELECT identifier FROM sought"
        with self._database.read() as connection:
            return frozenset(encoding.identifier(key) for (key,) in connection.execute(query))

    def begin(self, identifiers: Iterable[Identifier]) -> int:
        """Note what is wanted from now on; the number of the load that begins."""
        keys = [encoding.key(identifier) for identifier in identifiers]
        last = "SELECT max(coalesce((SELECT max(load) FROM loaded), 0), coalesce((SELECT max(load) FROM sought), 0))"
        with self._database.write() as connection:
            load = int(connection.execute(last).fetchone()[0]) + 1
            connection.executemany(
                "INSERT INTO sought (identifier, load, file, version) VALUES (?, ?, NULL, 0) "
                "ON CONFLICT (identifier) DO NOTHING",
                ((key, load) for key in keys),
            )
        return load

    def sought(self, kinds: frozenset[IdKind]) -> Mapping[Identifier, int]:
        """Everything of these kinds that is looked for, with the load since which it is."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT identifier, load FROM sought").fetchall()
        return {found: load for key, load in rows if (found := encoding.identifier(key)).kind in kinds}

    def keep(
        self,
        file: LoadedFile,
        answers: Iterable[FileAnswer],
        at: datetime,
        note: Callable[[sqlite3.Connection], object],
    ) -> int:
        """Store what a file says, that it was read, and what `note` adds, in one transaction; how many answers counted.

        An answer from a later file, or of a later version of the record, is not replaced.
        """
        kept = 0
        with self._database.write(durable=True) as connection:
            values = (file.collection, file.name, file.sha256, file.md5, file.size, file.day.isoformat(), *file.place)
            rest = (file.smallest, file.largest, file.records, file.load, file.actor)
            sequence = int(connection.execute(_KEEP_FILE, (*values, *rest)).fetchone()[0])
            for answer in answers:
                key = encoding.key(answer.identifier)
                held = connection.execute(_HELD, (key,)).fetchone()
                if held is not None and held[0] is not None:
                    place, version = (held[0], held[1]), held[2]
                    if place > file.place or (place[0] == file.year and version > answer.version):
                        continue
                self._cache.add(connection, {answer.sha256: answer.packed})
                day = file.day.isoformat()
                row = (key, LOADED, answer.sha256, rfc3339(at), day, answer.source, self._tool_version)
                self._cache.replace(connection, row)
                connection.execute(
                    "INSERT INTO sought (identifier, load, file, version) VALUES (?, ?, ?, ?) ON CONFLICT (identifier) "
                    "DO UPDATE SET file = excluded.file, version = excluded.version",
                    (key, file.load, sequence, answer.version),
                )
                kept += 1
            note(connection)
        return kept

    def shelf(self, collection: str) -> LoadedShelf:
        """The answers of one collection, as far as they are valid now."""
        return LoadedShelf(self._database, self._cache, self.files(collection))


class LoadedShelf:
    """The answers that were loaded from the files of one collection, each as of the last file that bears on it.

    `files` are all that were read, in their order.
    """

    def __init__(self, database: Database, cache: AnswerCache, files: Sequence[LoadedFile]) -> None:
        self._database = database
        self._cache = cache
        self._chains = _chains_of(files)

    @property
    def newest(self) -> LoadedFile | None:
        """The last file of the newest year that follows without a gap on the first one that was read."""
        year = self._chains[-1].files[0].year if self._chains else 0
        return next((chain.files[-1] for chain in self._chains if chain.files[0].year == year), None)

    @property
    def is_complete(self) -> bool:
        """Whether the newest year's files were read from its first one on without a gap: what they lack is in none."""
        return bool(self._chains) and self._chains[-1].files[0].number <= 1

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> Mapping[Identifier, Stored]:
        """The loaded answers, each valid for the day of the last file that was read after it without a gap."""
        wanted = list(identifiers)
        sought = self._sought(wanted)
        found: dict[Identifier, Stored] = {}
        for identifier, stored in self._cache.stored(address, wanted).items():
            held = sought.get(identifier)
            chain = None if held is None or held.place is None else self._chain_with(held.place)
            if held is not None and held.place is not None and chain is not None:
                last = chain.last_for(identifier, held.load, held.place)
                found[identifier] = replace(stored, as_of=last.day, up_to=last.stem)
        return found

    def absent(self, identifiers: Iterable[Identifier]) -> Mapping[Identifier, LoadedFile | None]:
        """Those that were looked for and are in none of the files, with the last one of these.

        None for what was not looked for in every file that could hold it.
        """
        sought = self._sought(identifiers)
        lacking: dict[Identifier, LoadedFile | None] = {}
        for identifier, held in sought.items():
            if held.place is None and self._chains:
                chain = self._chains[-1]
                last = chain.last_for(identifier, held.load, None)
                is_searched = last is chain.files[-1] and (identifier.kind is IdKind.PMID or held.load <= chain.load)
                lacking[identifier] = last if self.is_complete and is_searched else None
        return lacking

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """Nothing: what files say is loaded, never fetched."""

    def _sought(self, identifiers: Iterable[Identifier]) -> dict[Identifier, _Sought]:
        by_key = {encoding.key(identifier): identifier for identifier in identifiers}
        found: dict[Identifier, _Sought] = {}
        with self._database.read() as connection:
            for part, marks in in_parts(by_key):
                query = (
                    "SELECT s.identifier, s.load, f.year, f.number FROM sought AS s "  # noqa: S608 - marks
                    f"LEFT JOIN loaded AS f ON f.sequence = s.file WHERE s.identifier IN ({marks})"
                )
                for key, load, year, number in connection.execute(query, part):
                    found[by_key[key]] = _Sought(load, None if year is None else (year, number))
        return found

    def _chain_with(self, place: tuple[int, int]) -> _Chain | None:
        ends = (chain for chain in self._chains if chain.files[0].place <= place <= chain.files[-1].place)
        return next(ends, None)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Files of one year whose numbers follow on one another; `load` is the earliest up to which one was searched."""

    files: tuple[LoadedFile, ...]
    load: int

    def last_for(self, identifier: Identifier, load: int, place: tuple[int, int] | None) -> LoadedFile:
        """The last file, from this place on, that tells of an identifier looked for since this load.

        The chain ends for it before a file that could hold it and was last read before it was wanted.
        """
        if load <= self.load or identifier.kind is not IdKind.PMID:
            return self.files[-1]
        pmid = int(identifier.value)
        first = 0 if place is None else place[1] - self.files[0].number
        last = self.files[first]
        for file in self.files[first + 1 if place is not None else 0 :]:
            if is_to_be_searched(file, pmid, load):
                break
            last = file
        return last


def is_to_be_searched(file: LoadedFile, pmid: int, load: int) -> bool:
    """Whether a file that was read may hold this PMID, which is looked for since this load."""
    return file.load < load and file.smallest <= pmid <= file.largest


def _chains_of(files: Sequence[LoadedFile]) -> tuple[_Chain, ...]:
    chains: list[list[LoadedFile]] = []
    for file in files:
        if chains and chains[-1][-1].place == (file.year, file.number - 1):
            chains[-1].append(file)
        else:
            chains.append([file])
    return tuple(_Chain(tuple(chain), min(file.load for file in chain)) for chain in chains)


def gaps_in(files: Sequence[LoadedFile]) -> list[tuple[LoadedFile, LoadedFile]]:
    """The neighbours of the newest year between whose numbers others are missing."""
    newest = [file for file in files if file.year == files[-1].year] if files else []
    return [(before, after) for before, after in pairwise(newest) if after.number > before.number + 1]


def _file_of_row(row: tuple[str, str, str, str, int, str, int, int, int, int, int, int, str]) -> LoadedFile:
    collection, name, sha256, md5, size, day, *numbers = row
    return LoadedFile(collection, name, sha256, md5, size, date.fromisoformat(day), *numbers)  # type: ignore[arg-type]
