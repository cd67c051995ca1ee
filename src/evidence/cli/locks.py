"""Locks as commands judge by them: whether each is what the trail beside it wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.check import CheckRequest
from evidence.app.lock import with_changed_locks
from evidence.cli.output import echo_note
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Mode
from evidence.rules.case import LibraryCase
from evidence.rules.locks import lock_findings
from evidence.storage.lockfile import LockFile

if TYPE_CHECKING:
    from evidence.storage.store import Store


def lines_of(log: Path) -> list[str]:
    """The events of a log, each on its line."""
    from evidence.audit.log import LogFile  # noqa: PLC0415 - most locked runs have no log beside them

    return LogFile(log, SystemClock(), 0).lines()[0]


def beside_trail(
    request: CheckRequest,
    locks: Sequence[LockFile],
    log: Path,
    store: Store | None = None,
    lines: Sequence[str] | None = None,
) -> CheckRequest:
    """The request with the locks that are not what the trail wrote: by its log, which is versioned as they are.

    Where there is no log, by an open store. `lines` are the events of either, where they were read before.
    """

    def merged(name: str) -> Iterator[tuple[str, list[str]]]:
        from evidence.cli.repository import merged_sides  # noqa: PLC0415 - only for a lock that was changed

        sides = merged_sides(log.absolute().parent, (name, log.name))
        return ((text, events.splitlines()) for text, events in sides)

    if log.exists():
        return with_changed_locks(request, locks, lines_of(log) if lines is None else lines, log.parent, merged)
    if store is not None:
        events = store.audit.lines() if lines is None else lines
        return with_changed_locks(request, locks, events, store.audit.folder)
    return request


def echo_changed_locks(libraries: tuple[Library, ...], locks: Sequence[LockFile], log: Path, today: date) -> None:
    """Say on standard error what a check would find of the locks that are not what the trail wrote."""
    request = beside_trail(CheckRequest(libraries, Mode.LOCKED, actor=""), locks, log)
    for library in libraries:
        case = LibraryCase(library, today, changed_lock=request.changed_locks.get(library.path))
        for finding in lock_findings(case):
            echo_note(f"warning: {finding.code} {finding.message} ({finding.suggestion})")
