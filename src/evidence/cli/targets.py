"""Where reports go: a format and a file for each, and what may never be overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from evidence.cli.forms import FORMS
from evidence.errors import UsageError

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


def guard(targets: Iterable[Target], inputs: Iterable[Path]) -> None:
    """Refuse, before any work is done, places that cannot be written, are read by this run, or are named twice.

    Raises:
        UsageError: with what is wrong with the place.
    """
    guard_places([target.path for target in targets if target.path is not None], inputs)


def guard_places(paths: Sequence[Path], inputs: Iterable[Path]) -> None:
    """The same for the places themselves.

    Raises:
        UsageError: with what is wrong with the place.
    """
    kept = [other for path in inputs for other in _with_neighbours(path)]
    for number, path in enumerate(paths):
        if any(_same(path, other) for other in kept):
            raise UsageError(f"{path} would overwrite a file that this run reads", fix="name another file")
        if any(_same(path, other) for other in paths[:number]):
            raise UsageError(f"two outputs for one file, {path}", fix="give each a file of its own")
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{path} is a directory, or lies in one that does not exist")


def _with_neighbours(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(path.name + suffix) for suffix in _BESIDE_STORES)


def _same(one: Path, other: Path) -> bool:
    """Whether both name one file, also by links; devices such as /dev/null may be named twice."""
    try:
        if one.exists() and not one.is_file():
            return False
        return one.resolve() == other.resolve() or one.samefile(other)
    except OSError:
        return False
