"""What an online run tells about the lock files beside its references, and how it writes them."""

from __future__ import annotations

from collections.abc import Iterable

import click

from evidence.cli.trail import Replacement, replace_under
from evidence.escape import one_line
from evidence.lock.entries import Lock
from evidence.lock.files import LockFile, text_to_write, write_text
from evidence.lockdesk import Relocked
from evidence.model.deeds import AuditAction, AuditEntry, ChainHead
from evidence.store.encoding import digest
from evidence.store.trail import StoreTrail


def write_locks(relocked: Iterable[Relocked], trail: StoreTrail | None, *, quiet: bool) -> None:
    """Write the locks, given a trail that takes it down, and say on standard error what is wrong with the old ones.

    That a lock was altered is told always; that it is only behind, or what was written, unless quiet.

    Raises:
        LockError: a lock cannot be written.
    """
    for one in relocked:
        for sentence in one.altered:
            _tell(f"warning: {sentence}")
        if trail is not None:
            written = write_under(trail, one.file, one.lock)
            if not quiet:
                _tell(_told(one, written=written))
        elif one.outdated and not quiet:
            _tell(
                f"{one.file.shown} is behind: {one.outdated} of {len(one.lock.entries)} identifiers are answered "
                "otherwise now (--update-lock writes that)"
            )


def write_under(trail: StoreTrail, old: LockFile, lock: Lock) -> bool:
    """Put the lock in the place of the old one, with the head of the trail, which tells of it; False if it is the same.

    Raises:
        LockError: it cannot be written; the old file is as it was.
    """
    text = text_to_write(old, lock, trail.head())
    if text is None:
        return False
    file = Replacement(old.path, old.sha256, digest(text.encode()), lambda: write_text(old, text))
    lost = _lost_head(trail, old)
    details = {} if lost is None else {"lost-head": f"{lost.sequence} {lost.hash}"}
    replace_under(trail, AuditEntry(AuditAction.LOCK, old.shown, details=details), file)
    return True


def _lost_head(trail: StoreTrail, lock: LockFile) -> ChainHead | None:
    """What a lock names as the head of the trail, where the trail does not go through it."""
    named = lock.lock.audit if lock.lock is not None else None
    return None if named is None or trail.goes_through(named) else named


def _told(one: Relocked, *, written: bool) -> str:
    old, new = one.file.lock, one.lock
    told = f"{one.file.shown}: " + ("written" if written else "nothing to write")
    if written and old is not None:
        added = len(new.entries.keys() - old.entries.keys())
        removed = len(old.entries.keys() - new.entries.keys())
        told += f", {one.outdated} changed, {added} added, {removed} removed"
    if not one.complete:
        last = f"that of {new.complete.as_of}" if new.complete else "none yet"
        told += f"; not everything could be asked, so the last complete run remains {last}"
    return told


def _tell(text: str) -> None:
    click.echo(f"evidence: {one_line(text)}", err=True)
