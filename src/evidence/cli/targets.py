"""Where reports go: a format and a file for each, and what may never be overwritten."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from evidence.cli.forms import FORMS
from evidence.errors import UsageError
from evidence.library.files import monograph_path
from evidence.library.waivers import waivers_file
from evidence.lock.files import lock_of
from evidence.model.references import Library

_BESIDE_STORES = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


@dataclass(frozen=True, slots=True)
class Target:
    """One report: its format, and its file or None for standard output."""

    form: str
    path: Path | None = None


def target_of(text: str) -> Target:
    """`sarif` or `sarif=out.sarif`; a file called `-` is standard output.

    Raises:
        UsageError: there is no such format, or no file after the `=`.
    """
    form, asked, file = text.partition("=")
    if form not in FORMS:
        near = get_close_matches(form, FORMS, n=1)
        raise UsageError(
            f"no format is called {form or 'nothing'}" + (f", did you mean {near[0]}?" if near else ""),
            fix=f"there are {', '.join(FORMS)}; --format FORMAT=FILE writes to a file",
        )
    if asked and not file:
        raise UsageError(f"no file after {text}", fix=f"write --format {form}=FILE, or --format {form} alone")
    return Target(form, Path(file).expanduser() if file not in {"", "-"} else None)


def targets_of(forms: Sequence[str], output: str | None) -> tuple[Target, ...]:
    """What `--format` (several times) and `--output` ask for together; text on standard output by default.

    Raises:
        UsageError: two reports for one place, or an `--output` that belongs to none of them.
    """
    targets = [target_of(form) for form in forms] or [Target("text")]
    open_ones = [target for target in targets if target.path is None]
    if len(open_ones) > 1:
        raise UsageError(
            f"{' and '.join(target.form for target in open_ones)} cannot share standard output",
            fix=f"give all but one a file, such as --format {open_ones[0].form}=FILE",
        )
    if output is not None and not open_ones:
        raise UsageError("--output, but every format has a file of its own", fix="leave --output out")
    if output not in {None, "-"}:
        if not output:
            raise UsageError("an empty file name after --output", fix="name a file")
        path = Path(output).expanduser()
        targets = [Target(target.form, target.path or path) for target in targets]
    return tuple(targets)


class JobFileRole(StrEnum):
    """What a file is to a job."""

    REFERENCES = "references file"
    WAIVERS = "waivers file"
    MONOGRAPH = "monograph"
    LOCK = "lock"
    STORE = "store"
    LOG = "audit log"
    CONFIGURATION = "configuration"
    SIGNERS = "file of allowed signers"
    READ = "file that this run reads"


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file that belongs to a job, there or not yet there, and what it is to it."""

    path: Path
    role: JobFileRole


def files_of(library: Library) -> Iterator[JobFile]:
    """A library's own files: the references, its monograph, and what stands beside it or may."""
    yield from files_beside(library.path)
    monograph = monograph_path(library)
    if monograph is not None:
        yield JobFile(monograph, JobFileRole.MONOGRAPH)


def files_beside(library: str) -> Iterator[JobFile]:
    """The references file of this name, its waivers and its lock."""
    yield JobFile(Path(library), JobFileRole.REFERENCES)
    yield JobFile(waivers_file(library), JobFileRole.WAIVERS)
    yield JobFile(lock_of(library), JobFileRole.LOCK)


def guard(targets: Iterable[Target], job: Iterable[JobFile]) -> None:
    """Refuse, before any work is done, places that cannot be written, belong to the job, or are named twice.

    Raises:
        UsageError: with what is wrong with the place.
    """
    guard_places([target.path for target in targets if target.path is not None], job)


def guard_places(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """The same for the places themselves; `own` as in `require_foreign`.

    Raises:
        UsageError: with what is wrong with the place.
    """
    require_foreign(paths, job, *own)
    taken: set[object] = set()
    for path in paths:
        names = _names(path)
        if names & taken:
            raise UsageError(f"two outputs for one file, {path}", fix="give each a file of its own")
        taken |= names
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{path} is a directory, or lies in one that does not exist")


def require_foreign(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """Refuse to write over a file of the job, or over what SQLite keeps beside its store.

    A file is known by where its name leads and by what lies there, so that neither links nor `..` hide it. Files in
    one of the roles `own` are what is to be written; the job is looked at only when there is something to write.

    Raises:
        UsageError: with which file of the job it is.
    """
    if not paths:
        return
    kept: dict[object, list[JobFile]] = {}
    for file in job:
        for path in _with_neighbours(file):
            for name in _names(path):
                kept.setdefault(name, []).append(file)
    for path in paths:
        met = [file for name in _names(path) for file in kept.get(name, ())]
        if met and not any(file.role in own for file in met):
            same = "" if met[0].path == path else f", {met[0].path}"
            raise UsageError(f"{path} would overwrite the {met[0].role}{same}", fix="name another file")


def require_apart(job: Iterable[JobFile]) -> None:
    """Refuse a job whose store, log or lock is another of its files: writing the one would destroy the other.

    Raises:
        UsageError: with which they are.
    """
    files = list(job)
    for role in (JobFileRole.LOCK, JobFileRole.LOG, JobFileRole.STORE):
        others = [file for file in files if file.role is not role]
        require_foreign([file.path for file in files if file.role is role], others)


def _with_neighbours(file: JobFile) -> Iterator[Path]:
    yield file.path
    if file.role is JobFileRole.STORE:
        for path in (file.path, Path(os.path.realpath(file.path))):
            yield from (path.with_name(path.name + suffix) for suffix in _BESIDE_STORES)


def _names(path: Path) -> set[object]:
    """All by which a file is known: where its name leads, and its inode; devices such as /dev/null may be shared."""
    leads_to = os.path.realpath(path)
    try:
        status = Path(leads_to).stat()
    except OSError:
        return {leads_to}
    return {leads_to, (status.st_dev, status.st_ino)} if stat.S_ISREG(status.st_mode) else set()
