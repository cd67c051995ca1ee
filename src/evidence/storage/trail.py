"""The table of events: the audit trail's chain, lengthened under the store's write lock alone."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evidence.audit.events import BEGUN, NOTHING, Event, Stamp, first_break, line_of, parse_event
from evidence.audit.log import LogFile
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry, ChainHead
from evidence.model.errors import StoreError
from evidence.model.ports import Clock
from evidence.storage import encoding as digests
from evidence.storage import schema
from evidence.storage.database import Database

# The table of events: the audit trail's chain, lengthened under the store's write lock alone.

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


# The audit trail of a store: events in its table, mirrored to a log beside it.

_NAMED = 5  # deeds named of those that were taken over
_VERIFY = "`evidence verify` says where"


class TrailKeeper:
    """Lengthens the trail. Without a log, events stay in the store alone; `warn` is told what is wrong with the log."""

    def __init__(self, database: Database, log: LogFile | None, warn: Callable[[str], None]) -> None:
        self._database = database
        self._log = log
        self._warn = warn

    @property
    def folder(self) -> Path:
        """Where the log lies, or the store that has none."""
        return (self._database.path if self._log is None else self._log.path).parent

    @contextmanager
    def held(self) -> Iterator[None]:
        """No other process replaces a file of which the trail tells meanwhile.

        Raises:
            StoreError: the log cannot be written, or is held for too long.
        """
        if self._log is None:
            yield
            return
        with self._log.held():
            yield

    def note(self, deed: AuditEntry, stamp: Stamp, *, ends: int | None = None) -> ChainHead:
        """Take down a deed; `ends` is the number of the event with which it began.

        Raises:
            StoreError: it cannot be taken down.
        """
        self.meet()
        with self._database.write(durable=True) as connection:
            head = self.lengthen(connection, deed, stamp)
            if ends is not None:
                settle(connection, ends)
        self.mirror()
        return head

    def lengthen(
        self, connection: sqlite3.Connection, deed: AuditEntry, stamp: Stamp, *, new_run: int | None = None
    ) -> ChainHead:
        """Add an event inside the caller's transaction; the first one of this store tells what it found.

        `new_run` is the number of the run that begins in the same transaction, and was not found.
        """
        try:
            head(connection)
        except ValueError as wrong:
            told = f"the audit trail cannot be gone on with: of its last event, {wrong}"
            raise StoreError(told, path=str(self._database.path), fix=_VERIFY) from wrong
        mark = mark_of(connection)
        if mark is None:
            mark = new_mark(connection)
            append(connection, _beginning(connection, mark, self._database.path.name, new_run), stamp)
        if deed.action in {AuditAction.RUN, AuditAction.PRUNE}:
            deed = replace(deed, details={**deed.details, STORE: mark})
        return append(connection, deed, stamp)

    def pending(self) -> list[Event]:
        """The edits that were begun here and not ended."""
        with self._database.read() as connection:
            return pending(connection)

    def head(self) -> ChainHead | None:
        """Where the trail has got to; None before its first event."""
        with self._database.read() as connection:
            last = head(connection)
        return None if last == NOTHING else last

    def goes_through(self, named: ChainHead) -> bool:
        """Whether the trail holds this event: not where its end was cut off, nor when it is another trail's."""
        with self._database.read() as connection:
            text = line(connection, named.sequence)
        try:
            return text is not None and parse_event(text).hash == named.hash
        except ValueError:
            return False

    def mirror(self) -> None:
        """Bring the log up to the store; what stands against that is only told: the store has it all."""
        try:
            self.meet()
        except StoreError as trouble:
            self._warn(f"{trouble}; the audit trail is whole in the store, and the log is completed later")

    def meet(self) -> None:
        """Bring log and store together: the one that is behind takes over what the other has.

        Raises:
            StoreError: the log cannot be read or written, or is to be gone on with and is broken.
        """
        log = self._log
        if log is None:
            return
        with self._database.read() as connection:
            here = last_line(connection)
        if log.tail() == (here, ""):
            return
        with log.held():
            self._meet(log)

    def _meet(self, log: LogFile) -> None:
        last, rest = log.tail()
        with self._database.read() as connection:
            here = head(connection)
            lacking = _lacking(connection, last)
        if lacking is not None and lacking.startswith(rest):
            log.append([lacking[len(rest) :]])
        elif not self._taken_over(log, here):
            self._warn(f"{log.shown}: it is not the mirror of this store any more, so nothing is added ({_VERIFY})")

    def _taken_over(self, log: LogFile, here: ChainHead) -> bool:
        """Whether the log goes on from the last event here; then the store has its events, too."""
        lines, rest = log.lines()
        broken = first_break(lines[here.sequence :], here)
        with self._database.read() as connection:
            last = last_line(connection)
        if here == NOTHING and (broken is not None or rest):
            number, what = (
                (broken.number, broken.what) if broken else (len(lines) + 1, "it ends in the middle of a line")
            )
            fix = "restore the log from version control, or move it away to begin a trail of its own"
            raise StoreError(f"the audit trail cannot be gone on with: {what}", path=log.shown, line=number, fix=fix)
        if broken is not None or rest or (last is not None and lines[here.sequence - 1 : here.sequence] != [last]):
            return False
        with self._database.write(durable=True) as connection:
            taken = lines[here.sequence :] if head(connection) == here else []
            adopt(connection, taken)
        if here != NOTHING and taken:
            first, last_one = here.sequence + 1, here.sequence + len(taken)
            deeds = list(dict.fromkeys(_told(parse_event(line)) for line in taken))
            whose = ", ".join(deeds[:_NAMED]) + (f" and {len(deeds) - _NAMED} more" if len(deeds) > _NAMED else "")
            self._warn(f"{log.shown}: events {first} to {last_one} came with the log and were taken over ({whose})")
        return True


def _lacking(connection: sqlite3.Connection, last: str | None) -> str | None:
    """What a log that ends with this line lacks; None when the line is not among the events here."""
    there = _sequence(last)
    if there is None or (there and line(connection, there) != last):
        return None
    return "".join(f"{line}\n" for line in lines_after(connection, there))


def _told(event: Event) -> str:
    return f"{event.action} by {event.actor}"


def _sequence(line: str | None) -> int | None:
    """The number of a log's last event, 0 for an empty log, None for what is no event."""
    if line is None:
        return 0
    try:
        return parse_event(line).sequence
    except ValueError:
        return None


def _beginning(connection: sqlite3.Connection, mark: str, name: str, new_run: int | None) -> AuditEntry:
    """That a trail begins in this store, and what was recorded in it before: bound as it is found."""
    details = {STORE: mark, "schema": str(schema.VERSION), "tables": digests.of_schema(connection)}
    (run,) = connection.execute("SELECT max(sequence) FROM runs WHERE sequence IS NOT ?", (new_run,)).fetchone()
    (pruning,) = connection.execute("SELECT max(sequence) FROM prunings").fetchone()
    if run is not None:
        details |= {"earlier-runs": str(run), "earlier-rows": digests.of_earlier_runs(connection, run)}
    if pruning is not None:
        details |= {"earlier-prunings": str(pruning), "pruning-rows": digests.of_prunings(connection, pruning)}
    return AuditEntry(AuditAction.BEGIN, name, details=details)


@dataclass(frozen=True, slots=True)
class StoreTrail:
    """The audit trail in the store, as one person lengthens it on one day."""

    keeper: TrailKeeper
    clock: Clock
    tool_version: str
    actor: str
    as_of: date

    def note(self, deed: AuditEntry, *, ends: int | None = None) -> ChainHead:
        """Take down a deed, on the disk when this returns; `ends` is the number of the event with which it began.

        Raises:
            StoreError: it cannot be taken down.
        """
        stamp = Stamp(self.clock.now(), self.as_of, self.actor, self.tool_version)
        if ends is not None:
            deed = replace(deed, details={**deed.details, BEGUN: str(ends)})
        return self.keeper.note(deed, stamp, ends=ends)

    @property
    def folder(self) -> Path:
        """Where the log lies, or the store that has none: what files in `details` are named from."""
        return self.keeper.folder

    def head(self) -> ChainHead | None:
        """Where the trail has got to; None before its first event."""
        return self.keeper.head()

    def goes_through(self, named: ChainHead) -> bool:
        """Whether the trail holds this event: not where its end was cut off, nor when it is another trail's."""
        return self.keeper.goes_through(named)

    def held(self) -> AbstractContextManager[None]:
        """No other process replaces a file of which the trail tells meanwhile; raises StoreError as `note` does."""
        return self.keeper.held()

    def pending(self) -> list[Event]:
        """The edits that were begun here and not ended: interrupted ones, while the trail is `held`."""
        return self.keeper.pending()
