"""Sign-offs: which of a trail count for a run, by whose keys, and the files that each binds, as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.check import CheckRequest
from evidence.audit.events import relative_name
from evidence.audit.log import LogFile
from evidence.audit.signatures import gits_allowed_signers, verified
from evidence.audit.signoffs import current, sign_offs_in
from evidence.library.config import Configuration
from evidence.library.reader import waivers_file
from evidence.model.audit import Attested, Bound, BoundKind, SignatureKind, SignOff
from evidence.model.errors import EvidenceError, FileError, UsageError
from evidence.model.ports import Clock
from evidence.model.references import Library
from evidence.model.text import canonical_sha256
from evidence.storage.lockfile import entry_digest, entry_facts, lock_of, read_lock

if TYPE_CHECKING:
    from evidence.storage.store import Store

_LARGEST = 1_000_000_000  # bytes of a file that is bound


def with_sign_offs(
    request: CheckRequest, log: Path, allowed: Path | None, clock: Clock, store: Store | None = None
) -> CheckRequest:
    """The request with the sign-offs about its libraries that no newer one has replaced; none without a trail.

    The log is read where there is one, and of the store, if that is open, what the log lacks. `allowed` is the file
    of allowed signers; None leaves it to git.

    Raises:
        FileError: a sign-off in the trail was altered.
        StoreError: the trail cannot be read.
    """
    lines, _ = LogFile(log, clock, 0).lines()
    if store is not None:
        known = set(lines)
        lines = [*lines, *(line for line in store.audit.lines() if line not in known)]
    day = request.as_of or clock.now().astimezone(UTC).date()
    attested = []
    for sign_off in current(sign_offs_in(lines, log.as_posix() if log.exists() else "the audit trail"), day):
        names = libraries_named(sign_off, (library.path for library in request.libraries), log.parent)
        if names:
            signature = sign_off.signature
            by_git = allowed is None and signature is not None and signature.kind is SignatureKind.SSH
            checked = verified(sign_off, _signers_of_git() if by_git else allowed)
            attested.append(Attested(sign_off, files_now(sign_off, log.parent), checked, names))
    return replace(request, attested=tuple(attested))


def allowed_signers(environ: Mapping[str, str], configuration: Configuration, option: str | None = None) -> Path | None:
    """The allowed signers that an option, the environment or the configuration names; None leaves it to git.

    Raises:
        UsageError: the file is not there.
    """
    named = option or environ.get("EVIDENCE_ALLOWED_SIGNERS") or configuration.allowed_signers
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_file():
        raise UsageError(f"no file of allowed signers at {named}", fix="see ssh-keygen(1), ALLOWED SIGNERS")
    return path


def allowed_signers_or_gits(
    environ: Mapping[str, str], configuration: Configuration, option: str | None = None
) -> Path | None:
    """As `allowed_signers`, else those that git goes by.

    Raises:
        UsageError: the file that is named is not there.
    """
    return allowed_signers(environ, configuration, option) or _signers_of_git()


@cache
def _signers_of_git() -> Path | None:
    path = gits_allowed_signers()
    return path if path is not None and path.is_file() else None


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
        yield _bound(BoundKind.WAIVERS, waivers, relative_name(home, waivers))
    if library.monograph.file:
        monograph = path.parent / library.monograph.file
        if not monograph.is_file():
            raise FileError(f"monograph.file names {library.monograph.file}, which is not there", path=library.path)
        yield _bound(BoundKind.MONOGRAPH, monograph, relative_name(home, monograph))
    lock = lock or lock_of(library.path)
    if lock.is_file():
        read_lock(lock).sound()
        yield _bound(BoundKind.LOCK, lock, relative_name(home, lock))


def files_now(sign_off: SignOff, home: Path) -> tuple[Bound, ...]:
    """The files that a sign-off binds as they are now, and waivers that may have come since."""
    named = {(bound.kind, bound.path) for bound in sign_off.bound}
    waivers = {
        (BoundKind.WAIVERS, relative_name(home, waivers_file((home / library).as_posix())))
        for library in sign_off.libraries
    }
    return tuple(_bound(kind, home / path, path) for kind, path in sorted(named | waivers))


def libraries_named(sign_off: SignOff, paths: Iterable[str], home: Path) -> dict[str, str]:
    """Of the references files that a sign-off is about, those among `paths`: the record's name, and the one given."""
    given = {Path(path).resolve(): path for path in paths}
    here = {name: (home / name).resolve() for name in sign_off.libraries}
    return {name: given[place] for name, place in here.items() if place in given}


def _bound(kind: BoundKind, file: Path, name: str) -> Bound:
    """A file by its bytes, a lock also by what it says of the sources; without a hash when it cannot be read."""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:  # a log from elsewhere may name anything
            return Bound(kind, name, None)
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return Bound(kind, name, None)
    if kind is not BoundKind.LOCK:
        return Bound(kind, name, sha256, None)
    try:
        entries = read_lock(file).sound().entries
    except EvidenceError:
        return Bound(kind, name, sha256, None)
    # Without when each was verified: the same facts, verified again, void no sign-off.
    facts = {
        str(identifier): entry_digest(str(identifier), entry_facts(entry)) for identifier, entry in entries.items()
    }
    return Bound(kind, name, sha256, canonical_sha256(facts))
