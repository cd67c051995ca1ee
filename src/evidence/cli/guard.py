"""The files of a job, which no output may overwrite: its libraries' own, the store, the log and the settings."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evidence.cli.overwriting import GuardedFile, OutputFile
from evidence.cli.settings import configuration_from, files_from, log_from, store_from
from evidence.library.config import Configuration
from evidence.library.files import find_libraries, monograph_path, require_name, too_long
from evidence.library.reader import claims_file, read_library, waivers_file
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.references import Library
from evidence.storage.lockfile import lock_of

_BESIDE_STORES = ("-wal", "-shm", "-journal")  # the files of SQLite beside a database


class JobFileRole(StrEnum):
    """What a file is to a job."""

    REFERENCES = "references file"
    WAIVERS = "waivers file"
    CLAIMS = "claims file"
    MONOGRAPH = "monograph"
    LOCK = "lock"
    STORE = "store"
    LOG = "audit log"
    CONFIGURATION = "configuration"
    SIGNERS = "file of allowed signers"
    READ = "file that this run reads"


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file that belongs to a job, whether it exists or not, and what it is to it."""

    path: Path
    role: JobFileRole


def job_files(
    environ: Mapping[str, str],
    libraries: Iterable[Library] = (),
    *,
    store: str | Path | None = None,
    lock: str | Path | None = None,
) -> Iterator[JobFile]:
    """The files of a job, which only their own commands may write: those of its libraries and of its settings.

    Those that a command without FILES would read always count too. `store` and `lock` are what options name.
    """
    configuration = configuration_from(environ)
    read = {library.path: library for library in libraries}
    yield from files_in_use(environ, configuration, read.values(), store=store)
    if lock is not None:
        yield JobFile(Path(lock), JobFileRole.LOCK)
    for given in files_from((), configuration):
        try:
            paths = [path.as_posix() for path in find_libraries([given])]
        except EvidenceError:
            paths = [given]
        for path in paths:
            if path in read:  # a long list takes a second to read
                continue
            try:
                yield from library_files(read_library(Path(path)))
            except EvidenceError:  # what cannot be read counts by its name
                yield from files_beside(path)


def files_in_use(
    environ: Mapping[str, str],
    configuration: Configuration,
    libraries: Iterable[Library],
    *,
    store: str | Path | None = None,
) -> Iterator[JobFile]:
    """The files of these libraries, the store, the log, the configuration and the allowed signers."""
    for library in libraries:
        yield from library_files(library)
    store_path = store_from(environ, None if store is None else str(store), configuration)
    yield JobFile(store_path, JobFileRole.STORE)
    yield JobFile(log_from(environ, store_path, configuration), JobFileRole.LOG)
    if configuration.path:
        yield JobFile(Path(configuration.path), JobFileRole.CONFIGURATION)
    signers = environ.get("EVIDENCE_ALLOWED_SIGNERS") or configuration.allowed_signers
    if signers:
        yield JobFile(Path(signers).expanduser(), JobFileRole.SIGNERS)


def library_files(library: Library) -> Iterator[JobFile]:
    """A library's own files: the references, its waivers and claims, its lock and its monograph."""
    yield from files_beside(library.path)
    monograph = monograph_path(library)
    if monograph is not None:
        yield JobFile(monograph, JobFileRole.MONOGRAPH)


def files_beside(library: str) -> Iterator[JobFile]:
    """The references file of this name, its waivers, its claims and its lock."""
    yield JobFile(Path(library), JobFileRole.REFERENCES)
    yield JobFile(waivers_file(library), JobFileRole.WAIVERS)
    yield JobFile(claims_file(library), JobFileRole.CLAIMS)
    yield JobFile(lock_of(library), JobFileRole.LOCK)


def guarded(files: Sequence[OutputFile], job: Iterable[JobFile]) -> tuple[GuardedFile, ...]:
    """The same files, if all may be written: each as by `guard_outputs`, and each replaces nothing of the user's own.

    Raises:
        UsageError: with what is wrong with the place.
    """
    guard_outputs([file.path for file in files], job)
    for file in files:
        file.require_replaceable()
    return tuple(map(GuardedFile, files))


def guard_outputs(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """Refuse, before any work is done, outputs that cannot be written, belong to the job, or are named twice.

    Files in one of the roles `own` may be written.

    Raises:
        UsageError: with what is wrong with the place.
    """
    for path in paths:
        require_name(path)
    refuse_overwriting(paths, job, *own)
    taken: set[object] = set()
    for path in paths:
        identities = _identities(path)
        if identities & taken:
            raise UsageError(
                f"two outputs would be written to the same file, {path.as_posix()}",
                fix="use a separate file for each output",
            )
        taken |= identities
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{path.as_posix()} is a directory, or its directory does not exist", fix=too_long(path))


def refuse_overwriting(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """Refuse to write over a file of the job, or over SQLite's files beside its store.

    A file is known by its resolved path and by its inode, so that neither links nor `..` hide it. Files in one of the
    roles `own` may be written; the job is read only when there is something to write.

    Raises:
        UsageError: with which file of the job it is.
    """
    if not paths:
        return
    protected: dict[object, list[JobFile]] = {}
    for file in job:
        places = [file.path]
        if file.role is JobFileRole.STORE:
            for path in (file.path, Path(os.path.realpath(file.path))):
                places += [path.with_name(path.name + suffix) for suffix in _BESIDE_STORES]
        for place in places:
            for identity in _identities(place):
                protected.setdefault(identity, []).append(file)
    for path in paths:
        found = [file for identity in _identities(path) for file in protected.get(identity, ())]
        if found and not any(file.role in own for file in found):
            same = "" if found[0].path == path else f", {found[0].path}"
            raise UsageError(
                f"writing {path.as_posix()} would overwrite the {found[0].role}{same}", fix="name another file"
            )


def require_distinct(job: Iterable[JobFile]) -> None:
    """Refuse a job whose store, log or lock is another of its files: writing the one would destroy the other.

    Raises:
        UsageError: with which they are.
    """
    files = list(job)
    for role in (JobFileRole.LOCK, JobFileRole.LOG, JobFileRole.STORE):
        others = [file for file in files if file.role is not role]
        refuse_overwriting([file.path for file in files if file.role is role], others)


def _identities(path: Path) -> set[object]:
    """The resolved path and the inode of a file; none of a device such as /dev/null, which may be shared."""
    resolved = os.path.realpath(path)
    try:
        status = Path(resolved).stat()
    except OSError:
        return {resolved}
    return {resolved, (status.st_dev, status.st_ino)} if stat.S_ISREG(status.st_mode) else set()
