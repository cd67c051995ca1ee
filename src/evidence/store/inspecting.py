"""A store looked at as it is: nothing is migrated, mended or refused, so that what is wrong with it can be told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evidence.errors import UsageError
from evidence.store import schema
from evidence.store.database import require_ours_or_nothing, require_sqlite
from evidence.store.trouble import telling

_BUSY = 30.0


@contextmanager
def as_it_is(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the store as it is at this moment and changes nothing in it.

    Text that is no UTF-8 comes with its bytes escaped, as no text that was ever written.

    Raises:
        StoreError: it is no store, or cannot be opened at all.
        UsageError: it is from a newer version.
    """
    require_sqlite(sqlite3.sqlite_version_info)
    require_ours_or_nothing(path)
    with telling(path), closing(_connected(path, _mode(path))) as connection:
        if version(connection) > schema.VERSION:
            told = (
                f"the store is from a newer version (schema {version(connection)}, this version knows {schema.VERSION})"
            )
            raise UsageError(told, path=str(path), fix="upgrade evidence-tracker")
        yield connection


def _mode(path: Path) -> str:
    """How to open it: SQLite makes files beside a store even to read it, which a read-only folder does not allow.

    There the file alone is read, unless a write-ahead log stands beside it: what that holds must not be passed over.
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return "mode=rw"
    log = path.with_name(f"{path.name}-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{mode}"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY, isolation_level=None)
    connection.text_factory = _text
    connection.execute("PRAGMA query_only = ON")
    return connection


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def has_trail(connection: sqlite3.Connection) -> bool:
    """Whether an audit trail is kept in it: earlier versions did not."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'"
    return connection.execute(query).fetchone() is not None


def version(connection: sqlite3.Connection) -> int:
    """The version of the schema that the file's header names."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
