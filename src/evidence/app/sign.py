"""Sign-offs: which of a trail count for a run, by whose keys, and the files that each binds, as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.check import CheckRequest
from evidence.audit.events import relative_name
from evidence.audit.log import LogFile
from evidence.audit.signatures import AllowedSigners, gits_allowed_signers, verified
from evidence.audit.signoffs import current, sign_offs_in
from evidence.library.config import Configuration
from evidence.library.files import monograph_to_read, require_closed
from evidence.library.reader import claims_file, waivers_file
from evidence.model.audit import Attested, Bound, BoundKind, SignatureCheck, SignatureKind, SignOff
from evidence.model.errors import EvidenceError, FileError, UsageError
from evidence.model.policy import SignOffPolicy, strictest
from evidence.model.ports import Clock
from evidence.model.references import Library
from evidence.model.text import canonical_sha256
from evidence.storage.lockfile import entry_digest, entry_facts, lock_paths, read_lock

if TYPE_CHECKING:
    from evidence.storage.store import Store

_CHECKOUT = "this checkout"
_LARGEST = 1_000_000_000  # bytes of a file that is bound
_BESIDE = {BoundKind.WAIVERS: waivers_file, BoundKind.CLAIMS: claims_file}


def with_sign_offs(
    request: CheckRequest,
    log: Path,
    roots: SignerRoots,
    clock: Clock,
    store: Store | None = None,
    *,
    sign_offs: Sequence[SignOff] | None = None,
) -> CheckRequest:
    """The request with the sign-offs about its libraries that no newer one has replaced; none without a trail.

    `sign_offs` are those of the trail about these libraries, where they were read before.

    Raises:
        FileError: a sign-off in the trail was altered.
        StoreError: the trail cannot be read.
    """
    sign_offs = read_sign_offs(log, clock, store) if sign_offs is None else sign_offs
    day = request.as_of or clock.now().astimezone(UTC).date()
    policies = {library.path: library.policy for library in request.libraries}
    names = {id(sign_off): libraries_named(sign_off, policies, log.parent) for sign_off in sign_offs}
    checks: dict[int, SignatureCheck | None] = {}

    def check(sign_off: SignOff) -> SignatureCheck | None:
        if id(sign_off) not in checks:
            checks[id(sign_off)] = roots.check(sign_off)
        return checks[id(sign_off)]

    def policy_for(sign_off: SignOff) -> SignOffPolicy:
        return strictest(policies[path].sign_off for path in names[id(sign_off)].values())

    attested = [
        Attested(each, files_now(each, log.parent), check(each), names[id(each)])
        for each in current((each for each in sign_offs if names[id(each)]), day, check, policy_for)
    ]
    return replace(request, attested=tuple(attested))


def read_sign_offs(log: Path, clock: Clock, store: Store | None = None) -> tuple[SignOff, ...]:
    """The sign-offs of the log where there is one, and of the store, if that is open, what the log lacks.

    Raises:
        FileError: a sign-off in the trail was altered.
        StoreError: the trail cannot be read.
    """
    lines, _ = LogFile(log, clock, 0).lines()
    if store is not None:
        known = set(lines)
        lines = [*lines, *(line for line in store.audit.lines() if line not in known)]
    return tuple(sign_offs_in(lines, log.as_posix() if log.exists() else "the audit trail"))


def sign_offs_by_library(sign_offs: Iterable[SignOff], home: Path) -> dict[Path, list[SignOff]]:
    """The sign-offs about each references file, by its resolved path; records name files relative to `home`."""
    by_place: dict[Path, list[SignOff]] = {}
    for sign_off in sign_offs:
        for place in {(home / name).resolve() for name in sign_off.libraries}:
            by_place.setdefault(place, []).append(sign_off)
    return by_place


@dataclass(frozen=True)
class SignerRoots:
    """Where it is looked up whose SSH keys may sign: the first of these files alone decides.

    `named` is the one that the user names; next come git's own settings outside the checkout, then `of_checkout`, which
    the checkout names, then git's settings in it.
    """

    named: AllowedSigners | None = None
    of_checkout: AllowedSigners | None = None

    def check(self, sign_off: SignOff) -> SignatureCheck | None:
        """What is known of a sign-off's signature; None without one."""
        is_ssh = sign_off.signature is not None and sign_off.signature.kind is SignatureKind.SSH
        return verified(sign_off, self.signers if is_ssh else None)

    @cached_property
    def signers(self) -> AllowedSigners | None:
        """The file of allowed signers that decides; git is asked only where the user names none."""
        return self.named or _signers_of_git("git", outside=True) or self.of_checkout or _signers_of_git(_CHECKOUT)


def _signers_of_git(named_by: str, *, outside: bool = False) -> AllowedSigners | None:
    path = gits_allowed_signers(outside=outside)
    return _signers(path, named_by) if path is not None and path.is_file() else None


def _signers(path: Path, named_by: str) -> AllowedSigners:
    """The file as one that somebody names; where it lies in the checkout, whoever changes that can change it."""
    here = Path.cwd()
    in_checkout = named_by != _CHECKOUT and any(
        (folder / ".git").exists() for folder in path.resolve().parents if here.is_relative_to(folder)
    )
    return AllowedSigners(path, named_by, in_checkout=in_checkout)


def signer_roots(environ: Mapping[str, str], configuration: Configuration, option: str | None = None) -> SignerRoots:
    """The files of allowed signers that an option, the environment and the configuration name.

    Raises:
        UsageError: one of them is not there.
    """
    user = {
        "--allowed-signers": option,
        "EVIDENCE_ALLOWED_SIGNERS": environ.get("EVIDENCE_ALLOWED_SIGNERS"),
    }
    by_file = "EVIDENCE_CONFIG" if environ.get("EVIDENCE_CONFIG") else _CHECKOUT
    given = [(named_by, name) for named_by, name in (*user.items(), (by_file, configuration.allowed_signers)) if name]
    if not given:
        return SignerRoots()
    named_by, name = given[0]
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(
            f"file of allowed signers not found: {name}", fix="for its format, see ssh-keygen(1), ALLOWED SIGNERS"
        )
    signers = _signers(path, named_by)
    return SignerRoots(of_checkout=signers) if named_by == _CHECKOUT else SignerRoots(named=signers)


def files_to_bind(library: Library, home: Path, lock: Path | None = None) -> Iterator[Bound]:
    """What a sign-off of this library binds: the references, and waivers, claims, monograph and lock where they are.

    `home` is the folder of the log, relative to which records name files; `lock` the lock's place when it is not the
    usual one.

    Raises:
        EvidenceError: one of them cannot be read, the monograph that is named is not there, or the lock is not sound.
    """
    path = Path(library.path)
    yield Bound(BoundKind.REFERENCES, relative_name(home, path), library.sha256)
    for kind, file_of in _BESIDE.items():
        beside = file_of(path.as_posix())
        if beside.is_file():
            yield _bound(kind, beside, relative_name(home, beside))
    monograph = monograph_to_read(library)
    if monograph is not None:
        if not monograph.is_file():
            raise FileError(f"file not found: {library.monograph.file} (monograph.file)", path=library.path)
        yield _bound(BoundKind.MONOGRAPH, monograph, relative_name(home, monograph))
    lock = lock or lock_paths([library.path])[0]
    if lock.is_file():
        read_lock(lock).sound()
        yield _bound(BoundKind.LOCK, lock, relative_name(home, lock))


def files_now(sign_off: SignOff, home: Path) -> tuple[Bound, ...]:
    """The files that a sign-off binds as they are now, and waivers and claims that may have come since."""
    named = {(bound.kind, bound.path) for bound in sign_off.bound}
    beside = {
        (kind, relative_name(home, file_of((home / library).as_posix())))
        for library in sign_off.libraries
        for kind, file_of in _BESIDE.items()
    }
    return tuple(_bound(kind, home / path, path) for kind, path in sorted(named | beside))


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
        require_closed(file)
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
