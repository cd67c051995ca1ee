"""What commands do with sign-offs: read them from the trail, see what they bind as it is now, verify signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.check import CheckRequest
from evidence.app.sign import files_now, libraries_named
from evidence.audit.log import LogFile
from evidence.audit.signatures import gits_allowed_signers, verified
from evidence.audit.signoffs import current, sign_offs_in
from evidence.library.config import Configuration
from evidence.model.audit import Attested, SignatureKind, SignOff
from evidence.model.errors import UsageError
from evidence.model.ports import SystemClock

if TYPE_CHECKING:
    from evidence.storage.store import Store


def with_sign_offs(wish: CheckRequest, log: Path, allowed: Path | None, store: Store | None = None) -> CheckRequest:
    """The wish with the sign-offs about its libraries that no newer one has replaced; none, where no trail is kept.

    The log is read where there is one, and of the store, if that is open, what the log lacks.

    Raises:
        FileError: a sign-off in the trail was altered.
        StoreError: the trail cannot be read.
    """
    lines, shown = trail_lines(log, store)
    day = wish.as_of or SystemClock().now().astimezone(UTC).date()
    paths = [library.path for library in wish.libraries]
    attested = attested_by(sign_offs_in(lines, shown), paths, log.parent, day, allowed)
    return replace(wish, attested=attested)


def trail_lines(log: Path, store: Store | None = None) -> tuple[Iterable[str], str]:
    """The events of a trail as they are written, and what to call the file that they stand in.

    Raises:
        StoreError: they cannot be read.
    """
    lines, _ = LogFile(log, SystemClock(), 0).lines()
    known = set(lines)
    lacking = [] if store is None else [line for line in store.event_lines() if line not in known]
    return [*lines, *lacking], log.as_posix() if log.exists() else "the audit trail"


def attested_by(
    sign_offs: Iterable[SignOff], paths: Iterable[str], home: Path, today: date, allowed: Path | None
) -> tuple[Attested, ...]:
    """Those that count on a day for these references files, with what they bind as it is now."""
    named = list(paths)
    told = []
    for one in current(sign_offs, today):
        library_of = libraries_named(one, named, home)
        if library_of:
            told.append(Attested(one, files_now(one, home), verified(one, _allowed_for(one, allowed)), library_of))
    return tuple(told)


def allowed_from(environ: Mapping[str, str], configuration: Configuration, given: str | None = None) -> Path | None:
    """The allowed signers that an option, the environment or the configuration name; None leaves it to git.

    Raises:
        UsageError: the file is not there.
    """
    named = given or environ.get("EVIDENCE_ALLOWED_SIGNERS") or configuration.allowed_signers
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_file():
        raise UsageError(f"no file of allowed signers at {named}", fix="see ssh-keygen(1), ALLOWED SIGNERS")
    return path


def allowed_or_gits(environ: Mapping[str, str], configuration: Configuration, given: str | None = None) -> Path | None:
    """As `allowed_from`, else those that git goes by.

    Raises:
        UsageError: the file that is named is not there.
    """
    return allowed_from(environ, configuration, given) or _gits()


def _allowed_for(one: SignOff, allowed: Path | None) -> Path | None:
    if allowed is not None or one.signature is None or one.signature.kind is not SignatureKind.SSH:
        return allowed
    return _gits()


@cache
def _gits() -> Path | None:
    path = gits_allowed_signers()
    return path if path is not None and path.is_file() else None
