"""What is known of the references that a bibliography is made of: by the store and by the lock files beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from evidence.bibliography.gathering import Gathered, from_entries, from_reports
from evidence.checking.run import check
from evidence.cli.output import ProgressBar
from evidence.cli.settings import actor_from, settings_from
from evidence.clock import SystemClock
from evidence.desk import Checker, CheckRequest, begun_run, order_of
from evidence.errors import UsageError
from evidence.escape import one_line
from evidence.lock.entries import LockEntry
from evidence.lock.files import LockFile, lock_of, lock_paths, read_lock
from evidence.lock.ledger import locked_ledger
from evidence.lockdesk import united
from evidence.model.identity import Identifier
from evidence.model.policy import FOR_EVER
from evidence.model.references import Library
from evidence.registry import RULES, locked_sources
from evidence.report import Mode, Report
from evidence.store.store import Store
from evidence.version import __version__


@dataclass(frozen=True, slots=True)
class Memories:
    """Where answers were kept: a store, which need not exist, and the locks of the files that have one."""

    store: Path
    locks: tuple[LockFile, ...]

    @classmethod
    def of(cls, libraries: Sequence[Library], store: Path, lock: str | None) -> Memories:
        """The store at this path, and the locks beside the files, or the one that is named.

        Raises:
            LockError: a lock is damaged.
            UsageError: the lock that is named does not exist, or would serve two files.
        """
        files = [library.path for library in libraries]
        wanted = lock is not None or any(lock_of(file).exists() for file in files)
        locks = [read_lock(path) for path in lock_paths(files, lock)] if wanted else []
        if lock is not None and any(one.lock is None for one in locks):
            raise UsageError(f"there is no lock file {lock}", fix="`evidence check --update-lock` writes one")
        return cls(store, tuple(one for one in locks if one.lock is not None))


def gathered(libraries: Sequence[Library], memories: Memories, as_of: date | None, *, from_records: bool) -> Gathered:
    """What store and locks know of the references, however old, the newer of both; the entries where neither does.

    A retraction that either of them holds is told. Nobody is asked and nothing is recorded.

    Raises:
        StoreError: the store cannot be read.
    """
    entries = _locked(memories.locks)
    if not memories.store.exists():
        _tell_no_store(memories)
        if not memories.locks:
            references = [r for library in libraries for r in library.references]
            return replace(from_entries(references), unverified=())
    ageless = tuple(replace(library, policy=replace(library.policy, lives=FOR_EVER)) for library in libraries)
    wish = CheckRequest(libraries=ageless, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=as_of)
    reports = [_by_store(wish, memories.store)] if memories.store.exists() else []
    reports += [_by_locks(wish, entries)] if memories.locks else []
    telling = frozenset(rule.code for rule in RULES if rule.needs_lookup)
    return from_reports(reports, telling, from_records=from_records)


def _tell_no_store(memories: Memories) -> None:
    if memories.locks:
        shown = ", ".join(lock.shown for lock in memories.locks)
        printed = f"what {shown} holds is printed"
    else:
        printed = (
            "the entries alone are printed, nothing of them verified "
            "(run `evidence check` first, or name a store with --store)"
        )
    _tell(f"no store at {memories.store}: {printed}")


def _locked(locks: Sequence[LockFile]) -> dict[Identifier, LockEntry]:
    """The entries of the locks; one that does not match its digest is told and not believed."""
    for file in locks:
        for identifier, line in (file.lock.harmed if file.lock else {}).items():
            _tell(
                f"{file.shown}:{line}: {identifier} does not match its digest, so it is not used (run `evidence check`)"
            )
    return united(file.lock.entries for file in locks if file.lock)


def _by_store(wish: CheckRequest, path: Path) -> Report:
    clock = SystemClock()
    with Store.open(path, tool_version=__version__, clock=clock) as store:
        return Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, shown=False)).look(wish)


def _by_locks(wish: CheckRequest, entries: Mapping[Identifier, LockEntry]) -> Report:
    """Unlike a locked check, without a limit to the age of a lock: what is printed may be old, and its day is told."""
    clock = SystemClock()
    begun = begun_run(replace(wish, mode=Mode.LOCKED), clock.now())
    order = order_of(wish, locked_sources(entries, {}, clock))
    progress = ProgressBar(clock.monotonic, shown=False)
    return check(order, begun, ledger=locked_ledger(entries), clock=clock, progress=progress)


def _tell(text: str) -> None:
    click.echo(f"evidence: {one_line(text)}", err=True)
