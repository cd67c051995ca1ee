"""One store file opened: judged before it is touched, brought up to date, shared by threads under a lock.

Errors of SQLite become a StoreError in one line: which file, what is wrong, how to fix it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from evidence.model.errors import StoreError, UsageError
from evidence.model.ports import Clock
from evidence.storage import schema

_MAGIC = b"SQLite format 3\x00"
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")  # https://www.sqlite.org/fileformat.html#the_rollback_journal
_HEADS: Mapping[str, tuple[bytes, ...]] = {  # how the files begin that SQLite makes beside a database, and may delete
    "-journal": (_JOURNAL_MAGIC, b"\0\0\0\0"),
    "-wal": (bytes.fromhex("377f0682"), bytes.fromhex("377f0683"), b"\0\0\0\0"),
}
_HEADER = 100
_APPLICATION_ID_AT = 68  # https://www.sqlite.org/fileformat.html#the_database_header
_OLDEST_SQLITE = (3, 37, 0)  # the first with STRICT tables
_WAL_RETRY = 0.05
_READ_TIMEOUT = 30.0
_AT_ONCE = 500  # values in one query; SQLite allows 32,766 variables

_FOREIGN = "an SQLite database of another program"
_ANOTHER = "use another store with --store or EVIDENCE_STORE"
_ELSEWHERE = f"it was not changed; {_ANOTHER}"
_NOT_WRITABLE = (
    f"make the file and its directory writable, or {_ANOTHER}; `check --offline --no-record` only reads the store"
)

_FULL = ("the disk is full; earlier results are kept", "free some space and run the command again")

# By result code, https://www.sqlite.org/rescode.html; extended codes carry the primary one in the low byte.
_ERRORS: Mapping[int, tuple[str | None, str | None]] = {
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # no room for the write-ahead log's index
    sqlite3.SQLITE_NOTADB: ("not an SQLite database", _ELSEWHERE),
    sqlite3.SQLITE_CORRUPT: ("the store is damaged", f"restore a backup, or {_ANOTHER}"),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: ("the store cannot be written", _NOT_WRITABLE),
    sqlite3.SQLITE_PERM: ("the store cannot be written", _NOT_WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("the store cannot be opened for writing", _NOT_WRITABLE),
    sqlite3.SQLITE_IOERR: ("the store cannot be read or written", "check the disk; network drives are not supported"),
    sqlite3.SQLITE_BUSY: (
        "the store is in use by another process",
        f"try again when that process has finished, or {_ANOTHER}",
    ),
    sqlite3.SQLITE_LOCKED: ("the store is in use by another process", "try again when that process has finished"),
    sqlite3.SQLITE_CONSTRAINT: ("the store rejected a change", "recorded runs are append-only"),
}


_ACCESS = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
)


def is_access_problem(error: BaseException | None) -> bool:
    """Whether something other than the file itself prevents its being read: rights, space, another process."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code == sqlite3.SQLITE_IOERR_SHMSIZE or code & 0xFF in _ACCESS)


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        what, fix = (None, None) if code is None else _ERRORS.get(code, _ERRORS.get(code & 0xFF, (None, None)))
        message = f"{what}: {error}" if what else f"the store failed: {error}"
        raise StoreError(message, path=str(path), fix=fix) from error


class UnclosedStoreError(StoreError):
    """The store cannot be written and a part of it is still in SQLite's files beside it."""


class Database:
    """A connection to a store that threads take turns with; other processes may have the file open too.

    One that is opened for `reading` need not be writable, and is an empty one in memory where there is no file.

    Every write is one BEGIN IMMEDIATE transaction: SQLite waits up to `timeout` seconds for
    another's lock only there, never when a reading transaction turns into a writing one. The write-ahead
    log with synchronous=NORMAL loses nothing committed when a process is killed; a power failure may
    take the last commits, never the file's soundness. `write(durable=True)` waits for the disk.
    """

    def __init__(self, path: Path, *, clock: Clock, timeout: float, reading: bool = False) -> None:
        self.path = path
        self.read_only = reading and path.exists() and not _can_be_written(path)
        self._timeout = timeout
        self._is_absent = reading and not path.exists()
        self._lock = threading.RLock()
        require_sqlite(sqlite3.sqlite_version_info)
        require_ours_or_nothing(path)
        with store_errors(path):
            self._connection = self._connect()
            try:
                self._prepare(clock)
            except BaseException:
                self._connection.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            return self._connect_read_only()
        place = ":memory:" if self._is_absent else self.path.absolute()
        connection = sqlite3.connect(place, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        # Without it, INSERT OR REPLACE would slip past the triggers that refuse deletions.
        connection.execute("PRAGMA recursive_triggers = ON")
        return connection

    def _connect_read_only(self) -> sqlite3.Connection:
        """The file as it is; of one with an older schema a copy in memory, which can be brought up to date."""
        file = sqlite3.connect(_address_to_read(self.path), uri=True, isolation_level=None, check_same_thread=False)
        if schema_version(file) >= schema.VERSION:
            return file
        with closing(file):
            copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            file.backup(copy)
        return copy

    def _prepare(self, clock: Clock) -> None:
        connection = self._connection
        if schema_version(connection) < schema.VERSION:
            with self.write():  # what other processes did meanwhile is seen only now, under the lock
                if schema_version(connection) < schema.VERSION:
                    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
                    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                    if objects and application_id != schema.APPLICATION_ID:
                        raise StoreError(_FOREIGN, path=str(self.path), fix=_ELSEWHERE)
                    schema.migrate(connection)
        version = schema_version(connection)
        if version > schema.VERSION:
            raise StoreError(
                f"the store is from a newer version (schema {version}; this version supports {schema.VERSION})",
                path=str(self.path),
                fix=f"upgrade evidence-tracker, or {_ANOTHER}",
            )
        if not self.read_only:
            self._use_write_ahead_log(clock)
            connection.execute("PRAGMA synchronous = NORMAL")
        if missing := schema.missing(connection):
            raise StoreError(
                f"the store was altered: missing {', '.join(missing)}", path=str(self.path), fix="restore a backup"
            )
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")
            return
        with self.write():
            # A store that cannot be written is found now, not after an hour of asking. The statement
            # changes nothing; BEGIN IMMEDIATE alone succeeds on a file that is read-only.
            connection.execute("UPDATE pace SET next_slot = next_slot WHERE lane IS NULL")

    def _use_write_ahead_log(self, clock: Clock) -> None:
        """Switch the journal mode; SQLite does not wait for other connections here, so this does."""
        give_up = clock.monotonic() + self._timeout
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or clock.monotonic() >= give_up:
                    raise
                clock.sleep(_WAL_RETRY)
            else:
                return

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back on any exception, Ctrl-C included.

        Raises:
            StoreError: full disk, a lock held too long, a refused change.
        """
        with self._lock, store_errors(self.path):
            connection = self._connection
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for short reads; what was read is to be understood inside.

        Raises:
            StoreError: the file is damaged, holds a value that no version writes, or a lock was held too long.
        """
        with self._lock, store_errors(self.path):
            try:
                yield self._connection
            except ValueError as error:
                raise StoreError(
                    f"the store is damaged: {error}", path=str(self.path), fix="restore a backup"
                ) from error

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for long reads, which sees the store as it is now and blocks no other."""
        with store_errors(self.path):
            connection = self._connect()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.close()

    def close(self) -> None:
        """Close the connection; the last one to do so folds the write-ahead log into the file."""
        with self._lock, store_errors(self.path):
            self._connection.close()


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the store as it is at this moment and changes nothing in it, so that damage is found.

    Text that is not UTF-8 comes with its bytes escaped, as no text that was ever written.

    Raises:
        StoreError: it is not a store, or cannot be opened at all.
        UsageError: it is from a newer version.
    """
    require_sqlite(sqlite3.sqlite_version_info)
    require_ours_or_nothing(path)
    with store_errors(path):
        address = f"{path.absolute().as_uri()}?mode=rw" if _can_be_written(path) else _address_to_read(path)
        with closing(sqlite3.connect(address, uri=True, timeout=_READ_TIMEOUT, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            connection.execute("PRAGMA query_only = ON")
            version = schema_version(connection)
            if version > schema.VERSION:
                what = f"the store is from a newer version (schema {version}; this version supports {schema.VERSION})"
                raise UsageError(what, path=str(path), fix="upgrade evidence-tracker")
            yield connection


def _require_own(beside: Path, heads: tuple[bytes, ...]) -> None:
    """Refuse a file beside a store that SQLite has not made for it, and would destroy all the same.

    A rollback journal that ends with the name of a super-journal would have the file of that name deleted. Only a
    transaction over several databases has one, and a store is never in such a one.

    Raises:
        StoreError: it begins with none of `heads`, or it is such a journal.
    """
    try:
        with beside.open("rb") as file:
            head = file.read(len(_JOURNAL_MAGIC))
            file.seek(max(beside.stat().st_size - len(_JOURNAL_MAGIC), 0))
            end = file.read()
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", path=str(beside), fix=_ELSEWHERE) from error
    if head and not head.startswith(heads):
        raise StoreError("not a file made by SQLite", path=str(beside), fix=f"remove it, or {_ANOTHER}")
    if end == _JOURNAL_MAGIC:
        what = "not the journal of a store: it names another file, which SQLite would delete"
        raise StoreError(what, path=str(beside), fix=f"remove it, and restore a backup of the store or {_ANOTHER}")


def _can_be_written(path: Path) -> bool:
    """Whether SQLite can write a store and the files that it makes beside it, even to read it."""
    place = path.resolve()
    return os.access(place, os.W_OK) and os.access(place.parent, os.W_OK)


def _address_to_read(path: Path) -> str:
    """The address of a store that cannot be written: its file alone is read, and nothing is made beside it.

    Raises:
        UnclosedStoreError: what is in the other file must not be passed over.
    """
    place = path.resolve()
    for beside in (place.with_name(f"{place.name}{suffix}") for suffix in ("-wal", "-journal")):
        if beside.exists() and beside.stat().st_size:
            what = f"the store is read-only and was not closed: {beside.name} contains part of it"
            fix = "copy both files to a writable directory and use the copy with --store"
            raise UnclosedStoreError(what, path=str(path), fix=fix)
    return f"{place.as_uri()}?mode=ro&immutable=1"


def require_sqlite(version: tuple[int, ...]) -> None:
    """Raise StoreError when Python's SQLite is too old for STRICT tables (3.37, 2021)."""
    if version < _OLDEST_SQLITE:
        present, needed = (".".join(map(str, v)) for v in (version, _OLDEST_SQLITE))
        raise StoreError(
            f"this Python has SQLite {present}; {needed} or later is required", fix="use a newer Python build"
        )


def in_parts(values: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """The values in parts that fit one query each, with as many question marks: `?, ?, ?`."""
    remaining = list(values)
    while remaining:
        part, remaining = remaining[:_AT_ONCE], remaining[_AT_ONCE:]
        yield part, ", ".join("?" * len(part))


def schema_version(connection: sqlite3.Connection) -> int:
    """The version of the schema that the file's header names."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def require_ours_or_nothing(path: Path) -> None:
    """Judge a file by its first bytes, so that a foreign one is not even opened by SQLite.

    Opening would already fold a foreign write-ahead log into its file. The application id is in
    the file itself from the first commit on, because a store becomes WAL only after that.
    """
    where = str(path)
    if not path.parent.is_dir():
        raise StoreError(f"directory {path.parent} not found", path=where, fix="create it first")
    if path.exists() and not path.is_file():
        raise StoreError("not a regular file", path=where, fix="use a file with --store or EVIDENCE_STORE")
    resolved = Path(os.path.realpath(path))
    for suffix in ("-wal", "-shm", "-journal"):  # SQLite would follow a link there, and wait for a pipe's other end
        beside = resolved.with_name(resolved.name + suffix)
        if beside.is_symlink() or (beside.exists() and not beside.is_file()):
            raise StoreError("not a file made by SQLite", path=str(beside), fix="remove it")
        if suffix in _HEADS and beside.exists():
            _require_own(beside, _HEADS[suffix])
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"the store cannot be read: {error.strerror}", path=where, fix=_ELSEWHERE) from error
    if not header:
        return
    if not header.startswith(_MAGIC):
        raise StoreError("not an SQLite database", path=where, fix=_ELSEWHERE)
    application_id = int.from_bytes(header[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big")
    if application_id != schema.APPLICATION_ID:
        raise StoreError(_FOREIGN, path=where, fix=_ELSEWHERE)
