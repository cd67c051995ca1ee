"""Looking after the store: what is in it, all of it as lines, a copy of it, less of it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from evidence.errors import StoreError
from evidence.store import digests, encoding, events, records, schema, triggers
from evidence.store.database import Database
from evidence.store.trouble import telling
from evidence.store.values import Pruned, StoreInfo

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
