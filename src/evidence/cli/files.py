"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from evidence.errors import UsageError


def guard_place(path: Path | None, inputs: Iterable[Path]) -> None:
    """Refuse, before any work is done, a place that cannot be written to or that is one of the inputs.

    Raises:
        UsageError: with what is wrong with the place.
    """
    if path is None:
        return
    if any(path.resolve() == other.resolve() for other in inputs):
        raise UsageError(f"--output {path} would overwrite a file that this run reads")
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--output {path} is a directory, or lies in one that does not exist")


def replace_file(place: Path, content: bytes) -> None:
    """Write beside the place and move there, so that a full disk leaves the old file whole and nothing else.

    A link's target is what is replaced; a device or a pipe is written to.

    Raises:
        UsageError: the place cannot be written.
    """
    path = place.resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            Path(name).chmod(mode)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as trouble:
        raise UsageError(f"cannot write {place}: {trouble.strerror}") from trouble


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
