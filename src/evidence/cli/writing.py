"""Files replaced whole: a full disk leaves the old ones as they were, and nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from evidence.errors import UsageError


def replace_all(texts: Iterable[tuple[Path, str]]) -> None:
    """Write every text beside its place, then move all of them there.

    A link's target is what is replaced; a device or a pipe is written to.

    Raises:
        UsageError: one cannot be written; then no file has changed, unless moving itself failed.
    """
    with ExitStack() as clean_up:
        moves = [move for place, text in texts if (move := _staged(place, text, clean_up))]
        for place, written, path in moves:
            try:
                written.replace(path)
            except OSError as trouble:
                raise _unwritable(place, trouble) from trouble


def append(place: Path, text: str) -> None:
    """Add text to a file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        with place.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as trouble:
        raise _unwritable(place, trouble) from trouble


def _staged(place: Path, text: str, clean_up: ExitStack) -> tuple[Path, Path, Path] | None:
    """The text in a file beside its place; None for a device, which has taken it already."""
    path = place.resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return None
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        clean_up.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
    except OSError as trouble:
        raise _unwritable(place, trouble) from trouble
    return place, Path(name), path


def _unwritable(place: Path, trouble: OSError) -> UsageError:
    return UsageError(f"cannot write {place}: {trouble.strerror}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
