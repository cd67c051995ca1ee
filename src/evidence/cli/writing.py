"""Files replaced whole: a full disk leaves the old ones as they were, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from evidence.errors import UsageError
from evidence.wholefile import staged


def replace_all(contents: Iterable[tuple[Path, bytes]]) -> None:
    """Write all beside their places, then move them there.

    A link's target is what is replaced; a device or a pipe is written to.

    Raises:
        UsageError: one cannot be written; then no file has changed, unless moving itself failed.
    """
    with ExitStack() as clean_up:
        moves = [(place, _staged(place, data, clean_up)) for place, data in contents]
        for place, written in moves:
            try:
                if written is not None:
                    written.replace(place.resolve())
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


def _staged(place: Path, data: bytes, clean_up: ExitStack) -> Path | None:
    try:
        written = staged(place, data)
    except OSError as trouble:
        raise _unwritable(place, trouble) from trouble
    if written is not None:
        clean_up.callback(written.unlink, missing_ok=True)
    return written


def _unwritable(place: Path, trouble: OSError) -> UsageError:
    return UsageError(f"cannot write {place}: {trouble.strerror}")
