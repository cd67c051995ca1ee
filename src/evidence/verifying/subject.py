"""What is verified: a store as it is, the log beside it, the locks that name the trail's head; all read once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from evidence.audit.chain import Break, walk
from evidence.audit.events import Event
from evidence.audit.flaws import Flaw, Remark
from evidence.audit.logfile import LogFile
from evidence.errors import UsageError
from evidence.model.deeds import Head
from evidence.ports import Clock
from evidence.store.inspecting import as_it_is, has_trail

Told = Iterator[Flaw | Remark]
"""What one check has to say."""

_TRIES, _PAUSE = 3, 0.2  # a command that is under way is between store and log for some milliseconds


@dataclass(frozen=True)
class LogText:
    """A log's complete lines, and the part of a line that may stand behind them."""

    shown: str
    lines: Sequence[str]
    rest: str

    @cached_property
    def links(self) -> list[Event | Break]:
        """The log's chain gone over."""
        return list(walk(self.lines))


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


@dataclass(frozen=True)
class Subject:
    """What a verification looks at. `folder` is the log's: files in events are named from there.

    `allowed_signers` is the file that says whose SSH keys may sign.
    """

    folder: Path
    store: StoreRows | None
    log: LogText | None
    locks: Sequence[Path] = ()
    log_place: str = field(default="")
    allowed_signers: Path | None = None

    @cached_property
    def events(self) -> Mapping[int, Event]:
        """The events that are what they were, by their number: the store's, or without one the log's."""
        source = self.store or self.log
        links: Iterable[Event | Break] = source.links if source else ()
        return {link.sequence: link for link in links if isinstance(link, Event)}

    @property
    def head(self) -> Head | None:
        """Where the trail has got to."""
        return self.events[max(self.events)].head if self.events else None


@contextmanager
def gathered(store: Path, log: LogFile, locks: Sequence[Path], clock: Clock) -> Iterator[Subject]:
    """Everything that is to be verified, the store and the log as they are at one moment.

    Raises:
        UsageError: there is neither.
        StoreError: one of them cannot be opened at all.
    """
    if not store.exists() and not log.path.exists():
        fix = "run `evidence check` first, or name them with --store and --log"
        raise UsageError(f"there is no audit trail: neither {store} nor {log.shown}", fix=fix)
    if not store.exists():
        yield Subject(log.path.parent, None, _log(log), locks, log.shown)
        return
    with as_it_is(store) as connection:
        if not has_trail(connection):
            if not log.path.exists():
                raise UsageError(f"{store} keeps no audit trail yet", fix="it begins with the next command")
            yield Subject(log.path.parent, None, _log(log), locks, log.shown)
            return
        for attempt in range(1, _TRIES + 1):
            text = _log(log) if log.path.exists() else None
            connection.execute("BEGIN")
            rows = _events(connection)
            if attempt == _TRIES or len(rows) == len(text.lines if text else ()):
                break
            connection.execute("ROLLBACK")
            clock.sleep(_PAUSE)
        yield Subject(log.path.parent, StoreRows(store, connection, rows), text, locks, log.shown)


def _log(log: LogFile) -> LogText:
    lines, rest = log.lines()
    return LogText(log.shown, lines, rest)


def _events(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    try:
        return connection.execute("SELECT sequence, object, event FROM events ORDER BY sequence").fetchall()
    except sqlite3.DatabaseError:  # told by the check of the database itself
        return []
