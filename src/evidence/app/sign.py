"""The files that a sign-off binds, as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.audit.events import relative_name
from evidence.library.reader import waivers_file
from evidence.model.audit import Bound, BoundKind, SignOff
from evidence.model.errors import EvidenceError, FileError
from evidence.model.references import Library
from evidence.storage.lockfile import digest, entry_digest, entry_facts, lock_of, read_lock

_LARGEST = 1_000_000_000  # bytes of a file that is bound


def files_to_bind(library: Library, home: Path, lock: Path | None = None) -> Iterator[Bound]:
    """What a sign-off of this library binds: the references, and waivers, monograph and lock where they are.

    `home` is the folder of the log, relative to which records name files; `lock` the lock's place when it is not the
    usual one.

    Raises:
        EvidenceError: one of them cannot be read, the monograph that is named is not there, or the lock is not sound.
    """
    path = Path(library.path)
    yield Bound(BoundKind.REFERENCES, relative_name(home, path), library.sha256)
    waivers = waivers_file(path.as_posix())
    if waivers.is_file():
        yield _bound(BoundKind.WAIVERS, waivers, home)
    if library.monograph.file:
        monograph = path.parent / library.monograph.file
        if not monograph.is_file():
            raise FileError(f"monograph.file names {library.monograph.file}, which is not there", path=library.path)
        yield _bound(BoundKind.MONOGRAPH, monograph, home)
    lock = lock or lock_of(library.path)
    if lock.is_file():
        read_lock(lock).sound()
        yield _bound(BoundKind.LOCK, lock, home)


def files_now(sign_off: SignOff, home: Path) -> tuple[Bound, ...]:
    """The same files as they are now, and waivers that may have come since."""
    named = {(one.kind, one.path) for one in sign_off.bound}
    beside = {
        (BoundKind.WAIVERS, relative_name(home, waivers_file((home / library).as_posix())))
        for library in sign_off.libraries
    }
    return tuple(_bound(kind, home / path, home, path) for kind, path in sorted(named | beside))


def libraries_named(sign_off: SignOff, paths: Iterable[str], home: Path) -> dict[str, str]:
    """Of the references files that a sign-off is about, those among `paths`: the record's name, and the one given."""
    given = {Path(path).resolve(): path for path in paths}
    here = {name: (home / name).resolve() for name in sign_off.libraries}
    return {name: given[place] for name, place in here.items() if place in given}


def _bound(kind: BoundKind, file: Path, home: Path, name: str | None = None) -> Bound:
    path = relative_name(home, file) if name is None else name
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:  # a log from elsewhere may name anything
            return Bound(kind, path, None)
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return Bound(kind, path, None)
    return Bound(kind, path, sha256, _facts(file) if kind is BoundKind.LOCK else None)


def _facts(lock: Path) -> str | None:
    """SHA-256 of what a lock says of the sources, without when it was verified; None for one that cannot be read."""
    try:
        entries = read_lock(lock).sound().entries
    except EvidenceError:
        return None
    return digest({str(one): entry_digest(str(one), entry_facts(entry)) for one, entry in entries.items()})
