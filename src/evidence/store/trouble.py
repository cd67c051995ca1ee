"""SQLite's errors told in one line: which file, what is wrong, how to mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from evidence.errors import StoreError

_ELSEWHERE = "name another store with --store or EVIDENCE_STORE"
_NOT_WRITABLE = f"make the file and its directory writable, or {_ELSEWHERE}"

_FULL = ("the disk is full; what was committed before is kept", "free some space and run again")

# By result code, https://www.sqlite.org/rescode.html; extended codes carry the primary one in the low byte.
_TOLD: Mapping[int, tuple[str | None, str | None]] = {
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # no room for the write-ahead log's index
    sqlite3.SQLITE_NOTADB: ("not an SQLite database", f"it was left as it is; {_ELSEWHERE}"),
    sqlite3.SQLITE_CORRUPT: ("the store is damaged", f"restore a backup, or {_ELSEWHERE}"),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: ("the store cannot be written", _NOT_WRITABLE),
    sqlite3.SQLITE_PERM: ("the store cannot be written", _NOT_WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("the store cannot be opened for writing", _NOT_WRITABLE),
    sqlite3.SQLITE_IOERR: ("the store cannot be read or written", "look at the disk; a network drive will not do"),
    sqlite3.SQLITE_BUSY: ("the store is in use by another process", f"try again when that has ended, or {_ELSEWHERE}"),
    sqlite3.SQLITE_LOCKED: ("the store is in use by another process", "try again when that has ended"),
    sqlite3.SQLITE_CONSTRAINT: ("the store refused a change", "recorded runs are append-only"),
}


_IN_THE_WAY = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
)


def is_in_the_way(error: BaseException | None) -> bool:
    """Whether something other than the file itself stands against its being read: rights, space, another process."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code == sqlite3.SQLITE_IOERR_SHMSIZE or code & 0xFF in _IN_THE_WAY)


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The StoreError for an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", None)
    what, fix = (None, None) if code is None else _TOLD.get(code, _TOLD.get(code & 0xFF, (None, None)))
    return StoreError(f"{what}: {error}" if what else f"the store failed: {error}", path=str(path), fix=fix)


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, path) from error


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another connection's lock is in the way."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
