"""`evidence lock`: what the lock file holds, how it changed, and how it is remade; also writes locks for `check`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from evidence.app.check import Checker, CheckRequest
from evidence.app.lock import LockUpdate, lock_from_store, require_known_services, restore_store, why_too_old
from evidence.audit.events import relative_name, sha256_of
from evidence.audit.locks import ENTRIES, changed_entries
from evidence.cli.guard import JobFileRole, job_files, refuse_overwriting
from evidence.cli.locks import echo_changed_locks
from evidence.cli.options import Day, files_argument, lock_option, store_option
from evidence.cli.output import ProgressBar, echo, echo_note
from evidence.cli.repository import git
from evidence.cli.settings import (
    actor_from,
    configuration_from,
    libraries_from,
    log_from,
    offline_settings,
    settings_from,
    store_from,
)
from evidence.cli.store import require_store
from evidence.cli.trail import Replacement, echo_warnings, replace_recorded
from evidence.library.files import bytes_of
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Mode
from evidence.model.text import one_line, quantity
from evidence.model.version import __version__
from evidence.rules.links import DRIFTED
from evidence.storage.encoding import digest
from evidence.storage.lock import Lock
from evidence.storage.lockdiff import changes
from evidence.storage.lockfile import (
    LARGEST,
    LockFile,
    could_be_lock,
    digests_in,
    lock_paths,
    read_lock,
    read_text,
    require_writable,
    text_to_write,
    write_text,
)
from evidence.storage.store import Store
from evidence.storage.trail import StoreTrail

_LONGEST_TITLE = 60


@click.command(name="lock")
@files_argument
@click.option(
    "--diff",
    "old",
    is_flag=False,
    flag_value="HEAD",
    metavar="[OLD]",
    help="Show what changed since OLD, a lock file or a git revision (default: HEAD), as a change log.",
)
@click.option("--rebuild", is_flag=True, help="Rewrite the lock from the store.")
@click.option(
    "--restore", "restoring", is_flag=True, help="Copy answers that the store lacks from the lock to the store."
)
@click.option("--as-of", type=Day(), help="Show the lock's age as of this day (default: today in UTC).")
@lock_option
@store_option
def command(files: tuple[str, ...], **options: Any) -> None:
    """Show the content and age of the lock file of FILES (default: as for `check`).

    `evidence check --update-lock` writes the lock; `evidence check --locked` uses it instead of look-ups.
    """
    if sum((options["old"] is not None, options["rebuild"], options["restoring"])) > 1:
        raise click.UsageError("use only one of --diff, --rebuild and --restore")
    configuration = configuration_from(os.environ)
    options["store"] = store_from(os.environ, options["store"], configuration)
    options["log"] = log_from(os.environ, options["store"], configuration)
    libraries = libraries_from(files, configuration, os.environ)
    paths = lock_paths((library.path for library in libraries), options["lock"])
    today: date = options["as_of"] or SystemClock().now().date()
    if not options["rebuild"]:
        files_read = [read_lock(path) for path in paths]
        echo_changed_locks(libraries, files_read, options["log"], today)
    if options["rebuild"]:
        _rebuild(libraries, paths, options)
    elif options["restoring"]:
        _restore(libraries, files_read, options)
    else:
        for library, file in zip(libraries, files_read, strict=True):
            lines = _summary(library, file, today) if options["old"] is None else _diff(file, options["old"])
            for line in lines:
                echo(one_line(line))


def _summary(library: Library, file: LockFile, today: date) -> Iterator[str]:
    lock = file.sound()
    yield f"{file.name}: {len(lock.entries)} identifiers"
    limit = library.policy.lock_limit
    too_old = why_too_old(file, lock, limit, today)
    if too_old is not None or lock.complete is None:
        yield f"{too_old}; --locked would check nothing"
    else:
        age = max((today - lock.complete.as_of).days, 0)
        left = f"(limit: {limit} days; {quantity(limit - age, 'day')} left)"
        yield f"last complete run on {lock.complete.as_of}, {quantity(age, 'day')} ago {left}"
    for reference in library.references:
        for identifier in reference.identifiers:
            if identifier not in lock.entries:
                yield f"not in the lock: {identifier} of {reference.id}"


def _diff(file: LockFile, old: str) -> Iterator[str]:
    new, before = file.sound(), _old_lock(file.path, old)
    listed = changes(before, new, DRIFTED)
    for change in listed:
        title = f"{change.title[: _LONGEST_TITLE - 1]}…" if len(change.title) > _LONGEST_TITLE else change.title
        yield f"{change.kind}: {change.identifier} {f'({title})' if title else ''}: {change.message}".replace(" :", ":")
    if before.complete != new.complete:
        was, now = (lock.complete.as_of if lock.complete else "never" for lock in (before, new))
        yield f"last complete run: {now}, was {was}"
    if not listed:
        yield f"no significant changes since {old}"


def _old_lock(path: Path, old: str) -> Lock:
    """The lock in a file of this name, else at this git revision; an empty one where it was not yet committed."""
    if Path(old).is_file():
        return read_lock(Path(old)).sound()
    if old.startswith("-") or old.endswith((".json", ".yaml", ".yml")):
        raise UsageError(f"lock file not found: {old}", fix="name a lock file or a git revision")
    folder = path.resolve().parent
    _git(folder, "rev-parse", "--verify", "--quiet", f"{old}^{{commit}}", error=f"git revision {old} not found")
    listed = _git(folder, "ls-tree", "--name-only", old, "--", path.name, error=f"git cannot list the files of {old}")
    if not listed.strip():
        return Lock()
    name = f"{old}:{path.name}"
    return read_text(_git(folder, "cat-file", "blob", f"{old}:./{path.name}", error=f"git cannot show {name}"), name)


def _git(folder: Path, *arguments: str, error: str) -> str:
    try:
        done = git(folder, *arguments)
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise UsageError(f"git does not respond: {failure}", fix="name the old lock file instead") from None
    if done.returncode:
        raise UsageError(f"{error} in {folder.as_posix()}", fix="name a lock file or another revision")
    return done.stdout.decode("utf-8", "replace")


@contextmanager
def _checker(options: dict[str, Any], *, create: bool) -> Iterator[Checker]:
    clock = SystemClock()
    path: Path = options["store"]
    if not create:
        require_store(path)
    with Store.open(path, tool_version=__version__, clock=clock, log=options["log"]) as store:
        yield Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, visible=False))
        echo_warnings(store)


def _request(libraries: tuple[Library, ...], options: dict[str, Any]) -> CheckRequest:
    return CheckRequest(libraries, Mode.OFFLINE, actor_from(os.environ, None), as_of=options["as_of"])


def _rebuild(libraries: tuple[Library, ...], paths: list[Path], options: dict[str, Any]) -> None:
    refuse_overwriting(paths, job_files(os.environ, libraries, store=options["store"]), JobFileRole.LOCK)
    for path in paths:
        require_writable(path)
    files = [_lock_to_replace(path) for path in paths]
    with _checker(options, create=False) as checker:
        today: date = options["as_of"] or checker.clock.now().date()
        for library, file in zip(libraries, files, strict=True):
            lock = lock_from_store(checker, _request((library,), options), library)
            _write_recorded(checker.store.trail(actor_from(os.environ, None), today), file, lock)
            last = lock.complete.as_of if lock.complete else "none recorded"
            echo(one_line(f"{file.name}: {len(lock.entries)} identifiers; last complete run: {last}"))


def _lock_to_replace(path: Path) -> LockFile:
    """The lock that is to be replaced; of one that is damaged the SHA-256 alone.

    Raises:
        UsageError: it is no lock, not even a damaged one.
    """
    try:
        return read_lock(path)
    except EvidenceError:
        if not could_be_lock(bytes_of(path, LARGEST)):
            fix = "use another file with --lock, or remove this one"
            raise UsageError(f"{path.as_posix()} exists and is not a lock file", fix=fix) from None
        return LockFile(path, sha256=sha256_of(path))


def _restore(libraries: tuple[Library, ...], files: list[LockFile], options: dict[str, Any]) -> None:
    locks = [file.sound() for file in files]
    require_known_services(files, offline_settings(os.environ))
    with _checker(options, create=True) as checker:
        restored = restore_store(checker, _request(libraries, options), locks)
    echo(one_line(f"{options['store']}: {restored.taken} identifiers copied, {restored.known} already known"))


def write_locks(updates: Iterable[LockUpdate], trail: StoreTrail | None, *, quiet: bool) -> None:
    """Write the locks, if given a trail that records it, and say on standard error what is wrong with the old ones.

    That a lock was altered is always said; that it is only outdated, or what was written, unless quiet.

    Raises:
        LockError: a lock cannot be written.
    """
    for item in updates:
        old, new, name = item.file.lock, item.lock, item.file.name
        for sentence in item.altered:
            echo_note(f"warning: {sentence}")
        if trail is not None:
            written = _write_recorded(trail, item.file, new)
            line = f"{name}: " + ("written" if written else "no changes to write")
            if written and old is not None:
                added = len(new.entries.keys() - old.entries.keys())
                removed = len(old.entries.keys() - new.entries.keys())
                line += f", {item.outdated} changed, {added} added, {removed} removed"
            if not item.complete:
                last = (
                    f"the last complete run is still {new.complete.as_of}" if new.complete else "no run is complete yet"
                )
                line += f"; some look-ups failed, so {last}"
            if not quiet:
                echo_note(line)
        elif item.outdated and not quiet:
            outdated = f"new answers for {item.outdated} of {quantity(len(new.entries), 'identifier')}"
            echo_note(f"{name} is out of date: {outdated} (update it with --update-lock)")


def _write_recorded(trail: StoreTrail, old: LockFile, lock: Lock) -> bool:
    """Replace the old lock, with the head of the trail, which records it; False if it is the same.

    Raises:
        LockError: it cannot be written; the old file is as it was.
    """
    text = text_to_write(old, lock, trail.head())
    if text is None:
        return False
    name = relative_name(trail.folder, old.path)
    entries = changed_entries(trail.lines(AuditAction.LOCK), name, digests_in(text))
    write = partial(write_text, old, text)
    file = Replacement(old.path, old.sha256, digest(text.encode()), write, announced={ENTRIES: entries})
    head = old.lock.audit if old.lock is not None else None
    details = {}
    if head is not None and not trail.goes_through(head):
        details["lost-head"] = f"{head.sequence} {head.hash}"
    replace_recorded(trail, AuditEntry(AuditAction.LOCK, old.name, details=details), file)
    return True
