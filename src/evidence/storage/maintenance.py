"""Looking after the store: what is in it, all of it as lines, a copy of it, less of it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from evidence.audit.events import Stamp
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.dates import rfc3339
from evidence.model.errors import StoreError
from evidence.model.outcomes import LOADED
from evidence.storage import encoding, schema
from evidence.storage.database import store_errors
from evidence.storage.store import Store
from evidence.storage.trail import head
from evidence.storage.values import Pruned, StoreInfo

_EXPORTED = {
    "records": "identifier, address",
    "answers": "sequence",
    "runs": "sequence",
    "run_ends": "run",
    "observations": "sequence",
    "findings": "run, position",
    "prunings": "sequence",
    "loaded": "sequence",
    "sought": "identifier",
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
_FORGET_SOUGHT = (
    "DELETE FROM sought WHERE file IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM records AS r WHERE r.identifier = sought.identifier AND r.address = :address)"
)
_FORGET_ANSWERS = (
    "DELETE FROM answers WHERE sequence NOT IN (SELECT answer FROM records) AND sha256 NOT IN "
    "(SELECT o.record_sha256 FROM observations AS o JOIN runs AS r ON r.sequence = o.run "
    "WHERE o.record_sha256 IS NOT NULL AND r.started >= :before)"
)


def info(store: Store) -> StoreInfo:
    """What is in the store, and how large it is on disk."""
    path = store.database.path
    with store.database.read() as connection:
        oldest, newest = connection.execute("SELECT min(fetched_at), max(fetched_at) FROM records").fetchone()
        by_address = "SELECT address, count(*) FROM records GROUP BY address ORDER BY address"
        counts = {
            table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names
            for table in _COUNTED
        }
        return StoreInfo(
            path=path,
            schema=schema.VERSION,
            size=_size(path),
            records=dict(connection.execute(by_address)),
            oldest_fetched=None if oldest is None else encoding.moment(oldest),
            newest_fetched=None if newest is None else encoding.moment(newest),
            head=head(connection),
            **counts,
        )


def _size(path: Path) -> int:
    """Bytes on disk, with the write-ahead log."""
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def export(store: Store) -> Iterator[str]:
    """The entire store as JSON lines without line ends: same contents, same bytes.

    One object per row with its `table`; packed columns unpacked, as text where they are UTF-8, else
    as `{"base64": …}`; null when damaged. ASCII only, so nothing in it can steer a terminal.
    """
    # Slow to import, and only an export needs it.
    import sqlite_utils  # noqa: PLC0415

    yield json.dumps({"schema": schema.VERSION, "table": "store"}, sort_keys=True)
    with store.database.snapshot() as connection:
        db = sqlite_utils.Database(connection, execute_plugins=False)
        for table, order in _EXPORTED.items():
            column = _PACKED.get(table, "")
            for row in db.table(table).rows_where(order_by=order):
                values = {"table": table, **row}
                if isinstance(values.get(column), bytes) and isinstance(values["sha256"], str):
                    values[column] = _legible(encoding.unpack(values[column], values["sha256"]))
                yield json.dumps(values, sort_keys=True)


def _legible(raw: bytes | None) -> str | dict[str, str] | None:
    if raw is None:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}


def backup(store: Store, target: Path) -> None:
    """Copy the store as it is now, while others may go on writing; one self-contained file.

    Raises:
        StoreError: the target exists (whatever it is) or cannot be written; no half copy is left.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError as error:
        raise StoreError("already exists and was not overwritten", path=str(target), fix="name a new file") from error
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", path=str(target), fix="name another file") from error
    try:
        with store_errors(target), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            with store.database.snapshot() as connection:
                connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def prune(
    store: Store,
    *,
    unused_since: datetime,
    actor: str,
    history_before: date | None = None,
    answers_before: date | None = None,
) -> Pruned:
    """Remove what is no longer wanted, and record that in `prunings` and the trail, all in one transaction.

    Answers go when they were neither fetched nor looked at by any run since `unused_since`. Runs begun before
    `history_before` (a day in UTC; None: no run) go with all that they observed; only for that are the triggers
    lifted. So do raw answers that only runs begun before `answers_before` were given.
    """
    path = store.database.path
    now = store.clock.now()
    store.audit.meet()
    size_before = _size(path)
    with store.database.write(durable=True) as connection:
        since = {"since": rfc3339(unused_since)}
        removed = {"records": connection.execute(_FORGET_RECORDS, since).rowcount}
        connection.execute(_FORGET_SOUGHT, {"address": LOADED})
        removed |= _forget_history(connection, history_before)
        connection.execute(schema.allow_deletion("answers"))
        before = {"before": "" if answers_before is None else answers_before.isoformat()}
        answers = connection.execute(_FORGET_ANSWERS, before).rowcount
        connection.execute(schema.refuse_deletion("answers"))
        number = connection.execute(
            "INSERT INTO prunings (at, actor, tool_version, unused_since, history_before, records, runs, "
            "observations, findings) VALUES (:at, :actor, :tool_version, :since, :history_before, :records, :runs, "
            ":observations, :findings)",
            {
                "at": rfc3339(now),
                "actor": encoding.text(actor),
                "tool_version": store.tool_version,
                "history_before": history_before and history_before.isoformat(),
                **since,
                **removed,
            },
        ).lastrowid
        details = {"pruning": str(number), "row": encoding.digest_of_pruning(connection, int(number or 0))}
        details |= {table: str(count) for table, count in removed.items()} | {"answers": str(answers)}
        days = {"history-before": history_before, "answers-before": answers_before}
        details |= {name: day.isoformat() for name, day in days.items() if day is not None}
        stamp = Stamp(now, now.date(), actor, store.tool_version)
        store.audit.lengthen(connection, AuditEntry(AuditAction.PRUNE, path.name, details=details), stamp)
    # Giving the space back needs as much again for a moment; where that fails, later rows will use it.
    with contextlib.suppress(StoreError), store.database.read() as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pruned = Pruned(size_before=size_before, size_after=_size(path), answers=answers, **removed)
    store.audit.mirror()
    return pruned


def _forget_history(connection: sqlite3.Connection, before: date | None) -> dict[str, int]:
    removed = dict.fromkeys(schema.HISTORY, 0)
    if before is not None:
        for table in schema.HISTORY:
            which = "started < ?" if table == "runs" else "run IN (SELECT sequence FROM runs WHERE started < ?)"
            connection.execute(schema.allow_deletion(table))
            delete = f"DELETE FROM {table} WHERE {which}"  # noqa: S608 - our own names
            removed[table] = connection.execute(delete, (before.isoformat(),)).rowcount
            connection.execute(schema.refuse_deletion(table))
    del removed["run_ends"]
    return removed
