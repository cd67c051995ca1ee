"""The table of events: the audit trail's chain, lengthened under the store's write lock alone."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator

from evidence.audit.events import NOTHING, Event, Stamp, line_of, parse_event
from evidence.model.deeds import ActionStatus, AuditAction, AuditEntry, ChainHead

_INSERT = "INSERT INTO events (sequence, object, event) VALUES (?, ?, ?)"
STORE = "store"
"""In `details`, the mark of the store that noted an event: a log may hold events of several, one after the other."""


def head(connection: sqlite3.Connection) -> ChainHead:
    """Where the trail has got to; `NOTHING` before its first event."""
    last = last_line(connection)
    return NOTHING if last is None else parse_event(last).head


def last_line(connection: sqlite3.Connection) -> str | None:
    """The last event as it is written."""
    row = connection.execute("SELECT event FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])


def line(connection: sqlite3.Connection, sequence: int) -> str | None:
    """The event of this number as it is written."""
    row = connection.execute("SELECT event FROM events WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else str(row[0])


def lines_after(connection: sqlite3.Connection, sequence: int) -> Iterator[str]:
    """The events after this number as they are written, in their order."""
    query = "SELECT event FROM events WHERE sequence > ? ORDER BY sequence"
    return (str(text) for (text,) in connection.execute(query, (sequence,)))


def last_about(
    connection: sqlite3.Connection, subject: str, action: AuditAction, wanted: Callable[[Event], bool]
) -> Event | None:
    """The last event of this action about this object that is a wanted one."""
    query = "SELECT event FROM events WHERE object = ? AND instr(event, ?) = 1 ORDER BY sequence DESC"
    mark = f'{{"action":"{action}",'  # the keys are sorted, so every line begins with this one
    events = (parse_event(text) for (text,) in connection.execute(query, (column(subject), mark)))
    return next((event for event in events if wanted(event)), None)


def column(subject: str) -> str:
    """An object as the column holds it: as UTF-8 can hold it."""
    return subject.encode("utf-8", "backslashreplace").decode("utf-8")


def append(connection: sqlite3.Connection, deed: AuditEntry, stamp: Stamp) -> ChainHead:
    """Lengthen the chain by one event, inside the caller's BEGIN IMMEDIATE, so that no other can come between.

    Raises:
        ValueError: the last event was altered; nothing can be bound to it.
    """
    before = head(connection)
    text = line_of(deed, stamp, before)
    connection.execute(_INSERT, (before.sequence + 1, column(deed.object), text))
    after = parse_event(text).head
    if deed.ending is ActionStatus.BEGUN and deed.action is not AuditAction.RUN:
        connection.execute("INSERT INTO pending (event) VALUES (?)", (after.sequence,))
    return after


def adopt(connection: sqlite3.Connection, lines: Iterable[str]) -> int:
    """Take over events that follow the last one here, gone over before by `first_break`; how many."""
    rows = [(event.sequence, column(event.object), text) for text in lines for event in [parse_event(text)]]
    connection.executemany(_INSERT, rows)
    return len(rows)


def mark_of(connection: sqlite3.Connection) -> str | None:
    """The mark of this store, None before its trail begins."""
    row = connection.execute("SELECT store FROM trail").fetchone()
    return None if row is None else str(row[0])


def new_mark(connection: sqlite3.Connection) -> str:
    """Give this store its mark, once."""
    mark = secrets.token_hex(8)
    connection.execute("INSERT INTO trail (store) VALUES (?)", (mark,))
    return mark


def pending(connection: sqlite3.Connection) -> list[Event]:
    """The edits that were begun here and not ended."""
    query = "SELECT e.event FROM pending AS p JOIN events AS e ON e.sequence = p.event ORDER BY p.event"
    return [parse_event(text) for (text,) in connection.execute(query)]


def settle(connection: sqlite3.Connection, sequence: int) -> None:
    """Note that the edit begun with this event has its end."""
    connection.execute("DELETE FROM pending WHERE event = ?", (sequence,))
