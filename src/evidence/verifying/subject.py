"""What is verified: a store as it is, the log beside it, the locks that name the trail's head; all read once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from evidence.audit.chain import Break, walk
from evidence.audit.events import Event
from evidence.audit.flaws import Flaw, Remark
from evidence.audit.logfile import LogFile
from evidence.errors import StoreError, UsageError
from evidence.model.deeds import ChainHead
from evidence.model.references import Waiver
from evidence.ports import Clock
from evidence.store.events import STORE, mark_of
from evidence.store.inspecting import as_it_is, has_trail
from evidence.store.trouble import is_in_the_way
from evidence.verifying.own import Own

Told = Iterator[Flaw | Remark]
"""What one check has to say."""

RESTORE = "restore the store from a backup; the log and version control tell what stood there"

DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises on a damaged file; its own message may be no text any more."""

_TRIES, _PAUSE = 3, 0.2  # a command that is under way is between store and log for some milliseconds


@dataclass(frozen=True)
class LogText:
    """A log's complete lines, and the part of a line that may stand behind them."""

    shown: str
    lines: Sequence[str]
    rest: str


@dataclass(frozen=True)
class StoreRows:
    """A store as it is, with its table of events; `rows` are their numbers, objects and lines."""

    path: Path
    connection: sqlite3.Connection
    rows: Sequence[tuple[int, str, str]]

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    @cached_property
    def links(self) -> list[Event | Break]:
        """The store's chain gone over."""
        return list(walk(line for _, _, line in self.rows))

    def reports(self) -> Iterator[tuple[str, int, bytes, str]]:
        """Of every run that has ended: its id, its number, the report as it is packed, the SHA-256 beside it."""
        return self.connection.execute(
            "SELECT r.id, e.run, e.report, e.sha256 FROM run_ends AS e JOIN runs AS r ON r.sequence = e.run "
            "ORDER BY e.run"
        )


@dataclass(frozen=True)
class VerifySubject:
    """What a verification looks at. `folder` is the log's: files in events are named from there.

    `damage` is why the store cannot be read, or not all of it; `allowed_signers` is the file that says whose
    SSH keys may sign; `waivers` are those of the references files as they are now;
    `heads` are hashes, or their beginnings, of events that the trail is to hold.
    """

    folder: Path
    store: StoreRows | None
    log: LogText | None
    locks: Sequence[Path] = ()
    log_place: str = ""
    damage: Flaw | None = None
    allowed_signers: Path | None = None
    waivers: Sequence[Waiver] = ()
    heads: Sequence[str] = ()

    @cached_property
    def log_links(self) -> list[Event | Break]:
        """The log's chain gone over; once for both, where it holds the very lines of the store."""
        lines = self.log.lines if self.log is not None else []
        if self.store is not None and [line for _, _, line in self.store.rows] == lines:
            return self.store.links
        return list(walk(lines))

    @cached_property
    def events(self) -> Mapping[int, Event]:
        """The events that are what they were, by their number: the store's, or without one the log's."""
        links = self.store.links if self.store is not None else self.log_links
        return {link.sequence: link for link in links if isinstance(link, Event)}

    @cached_property
    def own(self) -> Own | None:
        """What this store has noted itself; None without a store, and while its trail has not begun."""
        mark = mark_of(self.store.connection) if self.store is not None else None
        if mark is None:
            return None
        return Own(mark, tuple(event for event in self.events.values() if event.details.get(STORE) == mark))

    @property
    def head(self) -> ChainHead | None:
        """Where the trail has got to."""
        return self.events[max(self.events)].head if self.events else None


@contextmanager
def gathered(store: Path, log: LogFile, locks: Sequence[Path], clock: Clock) -> Iterator[VerifySubject]:
    """Everything that is to be verified, the store and the log as they are at one moment.

    Raises:
        UsageError: there is neither, or only a store that keeps no trail yet.
        StoreError: one of them cannot be opened at all: rights, a full disk or another process stand against it, or
            there is no log to tell that it should be a store.
    """
    with ExitStack() as stack:
        opened, damage = _opened(store, log, stack)
        if opened is None and not log.path.exists():
            told = f"{store} keeps no audit trail yet" if store.exists() else "there is no audit trail"
            fix = "it begins with the next command that is recorded; name others with --store and --log"
            raise UsageError(f"{told}, and there is no log {log.shown}", fix=fix)
        subject = VerifySubject(log.path.parent, None, _log(log), locks, log.shown, damage)
        if opened is not None:
            subject = replace(subject, **_at_one_moment(store, opened, log, clock))
        yield subject


def _opened(store: Path, log: LogFile, stack: ExitStack) -> tuple[sqlite3.Connection | None, Flaw | None]:
    """The store, if there is one that keeps a trail; what is wrong when it cannot even be opened."""
    if not store.exists():
        return None, None
    try:
        connection = stack.enter_context(as_it_is(store))
        return (connection if has_trail(connection) else None), None
    except StoreError as wrong:
        if not log.path.exists() or is_in_the_way(wrong.__cause__):
            raise
        return None, Flaw(store.as_posix(), wrong.what, wrong.fix or RESTORE)
    except DAMAGED as wrong:
        return None, Flaw(store.as_posix(), f"the file is damaged: {wrong}", RESTORE)


def _at_one_moment(path: Path, connection: sqlite3.Connection, log: LogFile, clock: Clock) -> dict[str, Any]:
    """Store and log, read again when a command that is under way has written the one and not yet the other."""
    for attempt in range(1, _TRIES + 1):
        text = _log(log)
        connection.execute("BEGIN")
        rows, damage = _events(path, connection)
        if attempt == _TRIES or damage or len(rows) == len(text.lines if text else ()):
            break
        connection.execute("ROLLBACK")
        clock.sleep(_PAUSE)
    return {"store": StoreRows(path, connection, rows), "log": text, "damage": damage}


def _log(log: LogFile) -> LogText | None:
    if not log.path.exists():
        return None
    lines, rest = log.lines()
    return LogText(log.shown, lines, rest)


def _events(path: Path, connection: sqlite3.Connection) -> tuple[list[tuple[int, str, str]], Flaw | None]:
    try:
        return connection.execute("SELECT sequence, object, event FROM events ORDER BY sequence").fetchall(), None
    except DAMAGED as wrong:
        return [], Flaw(f"{path.as_posix()} events", f"the file is damaged: {wrong}", RESTORE)
