"""Lock files on the disk: where each lies, read whole, replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.errors import LockError, UsageError
from evidence.library.files import read_source
from evidence.lock.entries import Lock
from evidence.lock.reading import EDITED, UPDATE, read_text
from evidence.lock.written import lock_text
from evidence.model.deeds import ChainHead
from evidence.wholefile import replace_file

LARGEST = 200_000_000  # bytes; a reference takes some 3,000


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock of one references file. `lock`, `text` and the SHA-256 of its bytes are None while there is none."""

    path: Path
    lock: Lock | None = None
    text: str | None = None
    sha256: str | None = None

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    def sound(self) -> Lock:
        """The lock, all of it unharmed.

        Raises:
            LockError: there is none, or an entry does not match its digest.
        """
        if self.lock is None:
            raise LockError("there is no lock file", path=self.shown, fix=f"{UPDATE} after asking everything")
        for identifier, line in self.lock.harmed.items():
            what = f"{identifier} does not match its digest: {EDITED}"
            raise LockError(what, path=self.shown, line=line, fix=UPDATE)
        return self.lock


def lock_of(library: str) -> Path:
    """The place of a references file's lock: `references.lock.json` beside `references.yaml`."""
    return Path(library).with_suffix(".lock.json")


def lock_paths(libraries: Iterable[str], given: str | None = None) -> list[Path]:
    """The lock of each references file, unless one is given for the only file.

    Raises:
        UsageError: one lock would serve two files.
    """
    shown = list(libraries)
    if given is not None and len(shown) > 1:
        raise UsageError(f"--lock {given} cannot be the lock of {len(shown)} files", fix="check one file at a time")
    locks = [Path(given) if given is not None else lock_of(library) for library in shown]
    for at, lock in enumerate(locks):
        if lock in locks[:at]:
            raise UsageError(
                f"{shown[locks.index(lock)]} and {shown[at]} would share the lock {lock.as_posix()}",
                fix="rename one of them",
            )
    return locks


def read_lock(path: Path) -> LockFile:
    """The lock file at this path, which need not exist.

    Raises:
        LockError: it is damaged (`evidence.lock.reading`).
        FileError: it cannot be read, is no text, or is larger than 200 MB.
    """
    if not path.exists():
        return LockFile(path)
    source = read_source(path, LARGEST)
    return LockFile(path, read_text(source.text, path.as_posix()), source.text, source.sha256)


def require_writable(path: Path) -> None:
    """Raise LockError when a lock could not be written here; asked before an hour of looking up, not after."""
    place = path.resolve()
    wrong = "this is no file" if place.exists() and not place.is_file() else None
    if not place.parent.is_dir():
        wrong = f"there is no directory {place.parent.as_posix()}"
    elif not os.access(place.parent, os.W_OK):
        wrong = "its directory cannot be written"
    if wrong:
        raise LockError(wrong, path=path.as_posix(), fix="name another file with --lock")


def text_to_write(old: LockFile, lock: Lock, head: ChainHead | None) -> str | None:
    """The text to put in the place of the old one, with where the audit trail has got to; None when nothing is new.

    The head alone is nothing new: a lock that says the same stays as it is, byte for byte.
    """
    before = old.lock.audit if old.lock is not None else None
    if lock_text(replace(lock, audit=before)) == old.text:
        return None
    return lock_text(replace(lock, audit=head))


def write_text(old: LockFile, text: str) -> None:
    """Put a lock's text in the place of the old one, whole or not at all.

    The new file is on the disk before it takes the old one's name, so that neither a kill nor a
    power failure leaves half of it. A link's target is what is replaced.

    Raises:
        LockError: it cannot be written; the old file is as it was.
    """
    try:
        replace_file(old.path, text.encode())
    except OSError as trouble:
        raise LockError(f"cannot be written: {trouble.strerror}", path=old.shown) from trouble
