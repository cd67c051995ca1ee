"""The audit trail of a store: events in one of its tables, lengthened under its write lock, mirrored to a log.

The store and its log may both be copied and versioned. So before anything is added the two are brought together: the
one that has fewer events takes over what the other has.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from evidence.audit.events import BEGUN, NOTHING, Event, Stamp, first_break, line_of, parse_event
from evidence.audit.log import LogFile
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry, ChainHead
from evidence.model.errors import StoreError
from evidence.model.ports import Clock
from evidence.storage import encoding, schema
from evidence.storage.database import Database

STORE = "store"
"""In `details`, the mark of the store that noted an event: a log may hold events of several, one after the other."""

INPUT, LOCK = "input:", "lock:"
"""Before the paths in `details`, named from the log's folder, whose SHA-256 are there."""

ROWS = "rows:"
"""Before the names of tables in `details`: the digest over all that the table holds of the run."""

_INSERT = "INSERT INTO events (sequence, object, event) VALUES (?, ?, ?)"
_NAMED = 5  # actions named of those that were taken over
_VERIFY = "run `evidence verify` to see where"


def head(connection: sqlite3.Connection) -> ChainHead:
    """Where the trail has got to; `NOTHING` before its first event. Raises ValueError for an altered event."""
    last = _last_line(connection)
    return NOTHING if last is None else parse_event(last).head


def last_about(
    connection: sqlite3.Connection, subject: str, action: AuditAction, is_wanted: Callable[[Event], bool]
) -> Event | None:
    """The last event of this action about this object that is a wanted one."""
    query = "SELECT event FROM events WHERE object = ? AND instr(event, ?) = 1 ORDER BY sequence DESC"
    events = (parse_event(line) for (line,) in connection.execute(query, (encoding.text(subject), _mark_of(action))))
    return next((event for event in events if is_wanted(event)), None)


def _mark_of(action: AuditAction) -> str:
    """How the line of every event of this action begins: the keys are sorted."""
    return f'{{"action":"{action}",'


def mark_of(connection: sqlite3.Connection) -> str | None:
    """The mark of this store, None before its trail begins."""
    row = connection.execute("SELECT store FROM trail").fetchone()
    return None if row is None else str(row[0])


def _last_line(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT event FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])


def _line(connection: sqlite3.Connection, sequence: int) -> str | None:
    row = connection.execute("SELECT event FROM events WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else str(row[0])


class AuditTrail:
    """The trail of one store. Without a log, events stay in the store alone; `warn` is given what the log lacks."""

    def __init__(self, database: Database, log: LogFile | None, warn: Callable[[str], None]) -> None:
        self._database = database
        self._log = log
        self._warn = warn

    @property
    def folder(self) -> Path:
        """Where the log lies, or the store that has none: what files in `details` are named from."""
        return (self._database.path if self._log is None else self._log.path).parent

    @contextmanager
    def held(self) -> Iterator[None]:
        """No other process replaces a file that events of the trail name meanwhile.

        Raises:
            StoreError: the log cannot be written, or is held for too long.
        """
        if self._log is None:
            yield
            return
        with self._log.held():
            yield

    def head(self) -> ChainHead | None:
        """Where the trail has got to; None before its first event."""
        with self._database.read() as connection:
            last = head(connection)
        return None if last == NOTHING else last

    def goes_through(self, named: ChainHead) -> bool:
        """Whether the trail holds this event: not where its end was cut off, nor when it is another trail's."""
        with self._database.read() as connection:
            line = _line(connection, named.sequence)
        try:
            return line is not None and parse_event(line).hash == named.hash
        except ValueError:
            return False

    def lines(self, action: AuditAction | None = None) -> list[str]:
        """Every event, or those of one action, as it is written, in order."""
        query = "SELECT event FROM events WHERE instr(event, ?) = 1 ORDER BY sequence"
        mark = "" if action is None else _mark_of(action)
        with self._database.read() as connection:
            return [str(line) for (line,) in connection.execute(query, (mark,))]

    def pending(self) -> list[Event]:
        """The edits that were begun here and not ended: interrupted ones, while the trail is `held`."""
        query = "SELECT e.event FROM pending AS p JOIN events AS e ON e.sequence = p.event ORDER BY p.event"
        with self._database.read() as connection:
            return [parse_event(line) for (line,) in connection.execute(query)]

    def lengthen(
        self, connection: sqlite3.Connection, entry: AuditEntry, stamp: Stamp, *, new_run: int | None = None
    ) -> ChainHead:
        """Add an event inside the caller's transaction; before the first one of this store, what the store held.

        `new_run` is the number of the run that begins in the same transaction, and was not found.

        Raises:
            StoreError: the last event was altered; nothing can be bound to it.
        """
        try:
            head(connection)
        except ValueError as wrong:
            what = f"the audit trail cannot be continued: last event: {wrong}"
            raise StoreError(what, path=str(self._database.path), fix=_VERIFY) from wrong
        mark = mark_of(connection)
        if mark is None:
            mark = secrets.token_hex(8)
            connection.execute("INSERT INTO trail (store) VALUES (?)", (mark,))
            details = {STORE: mark, "schema": str(schema.VERSION), **_held_before(connection, new_run)}
            _append(connection, AuditEntry(AuditAction.BEGIN, self._database.path.name, details=details), stamp)
        if entry.action in {AuditAction.RUN, AuditAction.PRUNE, AuditAction.LOAD}:
            entry = replace(entry, details={**entry.details, STORE: mark})
        return _append(connection, entry, stamp)

    def mirror(self) -> None:
        """Bring the log up to the store; what prevents that is only warned of: the store has it all."""
        try:
            self.meet()
        except StoreError as trouble:
            self._warn(f"{trouble}; the audit trail in the store is complete, and the log will be completed later")

    def meet(self) -> None:
        """Bring log and store together: the one that has fewer events takes over what the other has.

        Raises:
            StoreError: the log cannot be read or written, or is to be continued and is broken.
        """
        log = self._log
        if log is None:
            return
        with self._database.read() as connection:
            here = _last_line(connection)
        if log.tail() == (here, ""):
            return
        with log.held():
            last, rest = log.tail()
            with self._database.read() as connection:
                known = head(connection)
                lacking = _lacking(connection, last)
            if lacking is not None and lacking.startswith(rest):
                log.append([lacking[len(rest) :]])
            elif not self._take_over(log, known):
                self._warn(f"{log.name}: no longer matches this store, so nothing was added ({_VERIFY})")

    def _take_over(self, log: LogFile, here: ChainHead) -> bool:
        """Take over the events of a log that goes on from the last event here; False when it does not."""
        lines, rest = log.lines()
        broken = first_break(lines[here.sequence :], here)
        with self._database.read() as connection:
            last = _last_line(connection)
        if here == NOTHING and (broken is not None or rest):
            number, what = (
                (broken.number, broken.what) if broken else (len(lines) + 1, "it ends with an incomplete line")
            )
            fix = "restore the log from version control, or move it to another place to begin a new trail"
            raise StoreError(f"the audit trail cannot be continued: {what}", path=log.name, line=number, fix=fix)
        if broken is not None or rest or (last is not None and lines[here.sequence - 1 : here.sequence] != [last]):
            return False
        with self._database.write(durable=True) as connection:
            new = lines[here.sequence :] if head(connection) == here else []
            events = [parse_event(line) for line in new]
            rows = [
                (event.sequence, encoding.text(event.object), line) for event, line in zip(events, new, strict=True)
            ]
            connection.executemany(_INSERT, rows)
        if here != NOTHING and events:
            actions = list(dict.fromkeys(f"{event.action} by {event.actor}" for event in events))
            named = ", ".join(actions[:_NAMED]) + (
                f" and {len(actions) - _NAMED} more" if len(actions) > _NAMED else ""
            )
            first, end = here.sequence + 1, here.sequence + len(events)
            self._warn(f"{log.name}: events {first} to {end} were copied from the log to the store ({named})")
        return True


class StoreTrail(AuditTrail):
    """The audit trail as one person lengthens it for one day."""

    def __init__(
        self,
        database: Database,
        log: LogFile | None,
        warn: Callable[[str], None],
        *,
        clock: Clock,
        tool_version: str,
        actor: str,
        as_of: date,
    ) -> None:
        super().__init__(database, log, warn)
        self._clock = clock
        self._tool_version = tool_version
        self._actor = actor
        self._as_of = as_of

    def note(self, entry: AuditEntry, *, ends: int | None = None) -> ChainHead:
        """Note an action, on the disk when this returns; `ends` is the number of the event with which it began.

        Raises:
            StoreError: it cannot be noted.
        """
        stamp = Stamp(self._clock.now(), self._as_of, self._actor, self._tool_version)
        if ends is not None:
            entry = replace(entry, details={**entry.details, BEGUN: str(ends)})
        self.meet()
        with self._database.write(durable=True) as connection:
            after = self.lengthen(connection, entry, stamp)
            if ends is not None:
                connection.execute("DELETE FROM pending WHERE event = ?", (ends,))
        self.mirror()
        return after


def _append(connection: sqlite3.Connection, entry: AuditEntry, stamp: Stamp) -> ChainHead:
    """Lengthen the chain by one event, inside the caller's BEGIN IMMEDIATE, so that no other can come between."""
    before = head(connection)
    line = line_of(entry, stamp, before)
    connection.execute(_INSERT, (before.sequence + 1, encoding.text(entry.object), line))
    after = parse_event(line).head
    if entry.ending is ActionStatus.BEGUN and entry.action is not AuditAction.RUN:
        connection.execute("INSERT INTO pending (event) VALUES (?)", (after.sequence,))
    return after


def _lacking(connection: sqlite3.Connection, last: str | None) -> str | None:
    """What a log that ends with this line (None: empty) lacks; None when the line is not an event of this store."""
    sequence = 0
    if last is not None:
        try:
            sequence = parse_event(last).sequence
        except ValueError:
            return None
    if sequence and _line(connection, sequence) != last:
        return None
    query = "SELECT event FROM events WHERE sequence > ? ORDER BY sequence"
    return "".join(f"{line}\n" for (line,) in connection.execute(query, (sequence,)))


def _held_before(connection: sqlite3.Connection, new_run: int | None) -> dict[str, str]:
    """What was recorded in a store before its trail began, bound as it is found, but for the run that begins now."""
    details = {"tables": encoding.digest_of_schema(connection)}
    (run,) = connection.execute("SELECT max(sequence) FROM runs WHERE sequence IS NOT ?", (new_run,)).fetchone()
    (pruning,) = connection.execute("SELECT max(sequence) FROM prunings").fetchone()
    if run is not None:
        details |= {"earlier-runs": str(run), "earlier-rows": encoding.digest_of_earlier_runs(connection, run)}
    if pruning is not None:
        details |= {
            "earlier-prunings": str(pruning),
            "pruning-rows": encoding.digest_of_prunings(connection, pruning),
        }
    return details
