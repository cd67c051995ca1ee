"""An edit that was begun and not ended: what became of the file that it was to replace."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from evidence.audit.events import Event

FILE = "file"
"""In `details`, the file that a deed replaces, as it is named from the folder of the log."""


class Became(StrEnum):
    """What an interrupted edit left: the old file, the new one, or one that is neither."""

    UNTOUCHED = "untouched"
    REPLACED = "replaced"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Left:
    """The file of an interrupted edit as it is now; `sha256` is None where there is none."""

    path: Path
    sha256: str | None
    became: Became


def relative_name(folder: Path, file: Path) -> str:
    """The file's name from this folder, the same on every machine that has both in one checkout."""
    return Path(os.path.relpath(file.absolute(), folder.absolute())).as_posix()


def edit_result(event: Event, folder: Path) -> Left:
    """What the edit that this event begins has left; the log lies in this folder."""
    path = folder / event.details.get(FILE, event.object)
    now = sha256_of(path)
    if now == event.after:
        return Left(path, now, Became.REPLACED)
    return Left(path, now, Became.UNTOUCHED if now == event.before else Became.NEITHER)


def describe_result(left: Left) -> str:
    """What an interrupted edit left, and what is to be done, in words."""
    shown = left.path.as_posix()
    match left.became:
        case Became.REPLACED:
            return f"{shown} was replaced as announced; nothing is to be done"
        case Became.UNTOUCHED:
            return f"{shown} was not replaced; run that command again if it is still wanted"
        case Became.NEITHER:
            return f"{shown} is neither what it was nor what it was to be; look at it, and run that command again"
        case _:
            assert_never(left.became)


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file's bytes, None where there is no file that can be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
