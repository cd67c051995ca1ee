"""Files replaced whole, so that a full disk leaves the old ones as they were, and what goes to standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import click

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


def to_stdout(content: str | bytes) -> None:
    """Write to standard output; a reader that has gone away is no error of ours.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        click.echo(content, nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as trouble:
        raise UsageError(f"cannot write to standard output: {trouble.strerror}") from trouble


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
