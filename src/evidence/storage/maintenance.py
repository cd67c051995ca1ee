"""What a bundle takes out of a store: the events up to a run's end, and the raw answers that the run was given."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from evidence.model.errors import StoreError, UsageError
from evidence.storage import cache as answers
from evidence.storage import cache as records
from evidence.storage import encoding, schema
from evidence.storage import encoding as digests
from evidence.storage import schema as triggers
from evidence.storage import trail as events
from evidence.storage.database import Database, require_ours_or_nothing, require_sqlite, telling
from evidence.storage.values import Pruned, StoreInfo

# What a bundle takes out of a store: the events up to a run's end, and the raw answers that the run was given.

_ANSWERS = (
    "SELECT o.identifier, o.source, o.at, o.state, o.record_sha256 FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE r.id = ? ORDER BY o.sequence"
)
_EVENTS = "SELECT event FROM events ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer of a run as it is recorded; `raw` are its bytes, None where none were kept or they were pruned."""

    identifier: str
    source: str
    at: str
    state: str
    sha256: str | None
    raw: bytes | None


def answers_of(database: Database, run_id: str) -> Iterator[StoredAnswer]:
    """The answers that a run was given, in the order in which they came."""
    with database.read() as connection:
        rows = connection.execute(_ANSWERS, (run_id,)).fetchall()
    for identifier, source, at, state, sha256 in rows:
        raw = None if sha256 is None else answers.of(database, sha256)
        yield StoredAnswer(identifier, source, at, state, sha256, raw)


def event_lines(database: Database) -> list[str]:
    """Every event of the audit trail as it is written, in order."""
    with database.read() as connection:
        return [str(line) for (line,) in connection.execute(_EVENTS)]


# A store looked at as it is: nothing is migrated, mended or refused, so that what is wrong with it can be told.

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


# Looking after the store: what is in it, all of it as lines, a copy of it, less of it.

_EXPORTED = {
    "records": "identifier, address",
    "answers": "sequence",
    "runs": "sequence",
    "run_ends": "run",
    "observations": "sequence",
    "findings": "run, position",
    "prunings": "sequence",
    "trail": "rowid",
    "events": "sequence",
}
"""Tables and the order of their rows; `pace` and `pending` are of the moment and not worth keeping."""

_COUNTED = ("answers", "runs", "observations", "findings", "prunings")
_PACKED = {"answers": "raw", "run_ends": "report"}

_FORGET_RECORDS = (
    "DELETE FROM records WHERE fetched_at < :since AND NOT EXISTS (SELECT 1 FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE o.identifier = records.identifier AND r.started >= :since)"
)
_FORGET_ANSWERS = (
    "DELETE FROM answers WHERE sequence NOT IN (SELECT answer FROM records) AND sha256 NOT IN "
    "(SELECT o.record_sha256 FROM observations AS o JOIN runs AS r ON r.sequence = o.run "
    "WHERE o.record_sha256 IS NOT NULL AND r.started >= :before)"
)


@dataclass(frozen=True, slots=True)
class Pruning:
    """What to remove, who wants it. Days are UTC; `history_before` None keeps all runs.

    Raw answers that only runs begun before `answers_before` were given go; None keeps those of all runs that are kept.
    """

    unused_since: datetime
    history_before: date | None
    answers_before: date | None
    actor: str
    at: datetime
    tool_version: str


def info(database: Database) -> StoreInfo:
    """What is in the store, and how large it is on disk."""
    with database.read() as connection:
        oldest, newest = connection.execute("SELECT min(fetched_at), max(fetched_at) FROM records").fetchone()
        return StoreInfo(
            path=database.path,
            schema=schema.VERSION,
            size=_size(database.path),
            records=records.counts(connection),
            oldest_fetched=None if oldest is None else encoding.moment(oldest),
            newest_fetched=None if newest is None else encoding.moment(newest),
            head=events.head(connection),
            **{table: _count(connection, table) for table in _COUNTED},
        )


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def _size(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def export(database: Database) -> Iterator[str]:
    """The whole store as JSON lines: same contents, same bytes.

    One object per row with its `table`; packed columns unpacked, as text where they are UTF-8, else
    as `{"base64": …}`; null when damaged. ASCII only, so nothing in it can steer a terminal.
    """
    # Slow to import, and only an export needs it.
    import sqlite_utils  # noqa: PLC0415

    yield json.dumps({"schema": schema.VERSION, "table": "store"}, sort_keys=True)
    with database.snapshot() as connection:
        db = sqlite_utils.Database(connection, execute_plugins=False)
        for table, order in _EXPORTED.items():
            for row in db.table(table).rows_where(order_by=order):
                yield json.dumps({"table": table} | _unpacked(table, row), sort_keys=True)


def _unpacked(table: str, row: Mapping[str, object]) -> dict[str, object]:
    column = _PACKED.get(table)
    packed, sha256 = (row[column], row["sha256"]) if column else (None, None)
    if column is None or not isinstance(packed, bytes) or not isinstance(sha256, str):
        return dict(row)
    return dict(row) | {column: _legible(encoding.unpack(packed, sha256))}


def _legible(raw: bytes | None) -> str | dict[str, str] | None:
    if raw is None:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}


def backup(database: Database, target: Path) -> None:
    """Copy the store as it is now, while others may go on writing; one self-contained file.

    Raises:
        StoreError: the target exists (whatever it is) or cannot be written; no half copy is left.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError as error:
        raise StoreError("exists already and is not overwritten", path=str(target), fix="name a new file") from error
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", path=str(target), fix="name another file") from error
    try:
        with telling(target), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            with database.snapshot() as connection:
                connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except BaseException:
        target.unlink(missing_ok=True)
        raise


Noted = Callable[[sqlite3.Connection, Mapping[str, str]], None]
"""Takes a pruning down in the audit trail, inside the same transaction."""


def prune(database: Database, pruning: Pruning, noted: Noted) -> Pruned:
    """Remove what is no longer wanted, and record that in `prunings` and the trail, all in one transaction.

    Answers go when they were neither fetched nor looked at by any run since `unused_since`. Runs
    begun before `history_before` go with all that they saw; only for that are the triggers lifted.
    """
    size_before = _size(database.path)
    with database.write(durable=True) as connection:
        since = {"since": encoding.instant(pruning.unused_since)}
        removed = {"records": connection.execute(_FORGET_RECORDS, since).rowcount}
        removed |= _forget_history(connection, pruning.history_before)
        raws = _forget_answers(connection, pruning.answers_before)
        row = connection.execute(
            "INSERT INTO prunings (at, actor, tool_version, unused_since, history_before, records, runs, "
            "observations, findings) VALUES (:at, :actor, :tool_version, :since, :history_before, :records, :runs, "
            ":observations, :findings)",
            {
                "at": encoding.instant(pruning.at),
                "actor": encoding.text(pruning.actor),
                "tool_version": pruning.tool_version,
                "history_before": pruning.history_before and pruning.history_before.isoformat(),
                **since,
                **removed,
            },
        ).lastrowid
        told = {name: str(number) for name, number in {**removed, "answers": raws}.items()}
        days = {"history-before": pruning.history_before, "answers-before": pruning.answers_before}
        told |= {name: day.isoformat() for name, day in days.items() if day is not None}
        noted(connection, {"pruning": str(row), "row": digests.of_pruning(connection, int(row or 0)), **told})
    # Giving the space back needs as much again for a moment; where that fails, later rows will use it.
    with contextlib.suppress(StoreError), database.read() as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Pruned(size_before=size_before, size_after=_size(database.path), answers=raws, **removed)


def _forget_answers(connection: sqlite3.Connection, before: date | None) -> int:
    """Remove the raw answers that no record and no run begun since then names."""
    connection.execute(triggers.allow_deletion("answers"))
    bound = {"before": "" if before is None else before.isoformat()}
    removed = connection.execute(_FORGET_ANSWERS, bound).rowcount
    connection.execute(triggers.refuse_deletion("answers"))
    return removed


def _forget_history(connection: sqlite3.Connection, before: date | None) -> dict[str, int]:
    removed = dict.fromkeys(schema.HISTORY, 0)
    if before is not None:
        for table in schema.HISTORY:
            which = "started < ?" if table == "runs" else "run IN (SELECT sequence FROM runs WHERE started < ?)"
            connection.execute(triggers.allow_deletion(table))
            delete = f"DELETE FROM {table} WHERE {which}"  # noqa: S608 - our own names
            removed[table] = connection.execute(delete, (before.isoformat(),)).rowcount
            connection.execute(triggers.refuse_deletion(table))
    del removed["run_ends"]
    return removed
