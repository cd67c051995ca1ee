"""`evidence verify`: everything that the audit trail binds, recomputed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from evidence.audit.flaws import Flaw, Remark
from evidence.audit.logfile import LogFile
from evidence.cli.options import files_argument, lock_option, store_option
from evidence.cli.settings import configuration_from, files_from
from evidence.cli.terminal import json_option, tell_json
from evidence.cli.trail import log_option, places_from
from evidence.cli.writing import to_stdout
from evidence.clock import SystemClock
from evidence.escape import one_line
from evidence.library.files import find_libraries
from evidence.lock.files import lock_of
from evidence.report import Exit
from evidence.verifying.everything import verify
from evidence.verifying.subject import Subject, gathered

_WAIT = 30.0
_SHOWN = 20


@click.command(name="verify")
@files_argument
@log_option
@lock_option
@store_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Recompute what the audit trail binds, and say what is not as it was recorded.

    The chain of events in the store and in its log, that both are one, that they go through the heads which the locks
    of FILES (default: as for `check`) and the stored reports name; the SHA-256 of reports and raw answers; the rows of
    every run; edits that were interrupted. Nothing is changed, and nobody is asked.

    Exit status: 0 all is as it was recorded, 1 something is not, 2 it could not be looked at.
    """
    clock = SystemClock()
    places = places_from(os.environ, options["store"], options["log"])
    locks = _locks(files, options["lock"])
    with gathered(places.store, LogFile(places.log, clock, _WAIT), locks, clock) as subject:
        told = list(verify(subject))
        flaws = [one for one in told if isinstance(one, Flaw)]
        remarks = [one for one in told if isinstance(one, Remark)]
        if options["as_json"]:
            tell_json(_as_json(subject, flaws, remarks))
        else:
            to_stdout("".join(f"{one_line(line)}\n" for line in _lines(subject, flaws, remarks)))
    ctx.exit(Exit.FINDINGS if flaws else Exit.CLEAN)


def _locks(files: tuple[str, ...], given: str | None) -> list[Path]:
    """The locks beside the files that are named, or of those that would be checked, as far as they exist."""
    if given is not None:
        return [Path(given)]
    named = files or tuple(file for file in files_from(files, configuration_from(os.environ)) if _is_there(file))
    locks = dict.fromkeys(lock_of(path.as_posix()) for path in find_libraries(named)) if named else {}
    return [lock for lock in locks if lock.exists()]


def _is_there(file: str) -> bool:
    return any(wild in file for wild in "*?[") or Path(file).exists()


def _lines(subject: Subject, flaws: list[Flaw], remarks: list[Remark]) -> Iterator[str]:
    yield from _looked_at(subject)
    if flaws:
        yield f"BROKEN: {_counted(len(flaws), 'flaw')}, the first one first"
    for flaw in flaws[:_SHOWN]:
        yield f"{flaw.place}: {flaw.what}"
        yield f"  how to go on: {flaw.fix}"
    if len(flaws) > _SHOWN:
        yield f"and {len(flaws) - _SHOWN} more, see --json"
    yield from (f"note: {remark.text}" for remark in remarks)
    if not flaws:
        yield "all is as it was recorded"


def _looked_at(subject: Subject) -> Iterator[str]:
    told = []
    if subject.store is not None:
        told.append(f"{subject.store.shown} ({_counted(len(subject.store.rows), 'event')})")
    if subject.log is not None:
        told.append(f"{subject.log.shown} ({_counted(len(subject.log.lines), 'event')})")
    told += [path.as_posix() for path in subject.locks]
    yield f"verified: {', '.join(told)}"
    if subject.head is not None:
        last = subject.events[subject.head.sequence]
        yield f"head: event {subject.head.sequence} of {last.at:%Y-%m-%d %H:%M:%S} UTC, {subject.head.hash}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _as_json(subject: Subject, flaws: list[Flaw], remarks: list[Remark]) -> dict[str, Any]:
    head = subject.head
    return {
        "version": 1,
        "audit": None if head is None else {"sequence": head.sequence, "head": head.hash},
        "sound": not flaws,
        "flaws": [{"place": flaw.place, "what": flaw.what, "fix": flaw.fix} for flaw in flaws],
        "remarks": [remark.text for remark in remarks],
    }
