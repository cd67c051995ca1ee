"""A folder that a command writes: all of it or nothing, and over nothing of the user's.

It is made beside its place, under a hidden name, and moved there at the end. As long as the command runs it has a lock
on a file beside the folder. What a killed command left is known by its name and by a lock that can be taken; the next
command that writes to the place removes it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from evidence.audit.file_lock import FileLock
from evidence.library.files import move_to, require_closed, require_name
from evidence.model.errors import UsageError

_MADE, _BEFORE, _LOCK = "made", "before", "lock"
_OPEN_IN_OFFICE = "~$"  # begins the name of a file that Word and Excel have beside the one that they have open


def require_free(place: Path, own: Collection[str], *, force: bool) -> None:
    """Refuse a place that cannot be written, or that holds something.

    With `force` a folder is replaced that holds nothing but what has one of these names: what the command writes.

    Raises:
        EvidenceError: with what is there, and what can be done; or another program has a file in it open.
    """
    if not place.name or place.name in {".", ".."}:
        raise UsageError(f"{place} is not the name of a new folder", fix="name a folder, such as 2026-Q4")
    require_name(place)
    if not place.parent.is_dir():
        raise UsageError(f"{place.parent} is not a folder", fix="create it first")
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise UsageError(f"{place} exists and is not a folder", fix="name another folder")
    if not place.exists():
        return
    there = sorted(os.listdir(place))  # noqa: PTH208 - names are all that is wanted
    if there and not force:
        raise UsageError(f"{place} exists", fix="name another folder, or use --force to replace it")
    if opened := next((name for name in there if name.startswith(_OPEN_IN_OFFICE)), None):
        what = f"{place} contains {opened}, so a file in it is open in Word or Excel"
        raise UsageError(what, fix="close it there, or remove that file if it is left over, and run the command again")
    if foreign := [name for name in there if name not in own]:
        what = f"{place} contains {foreign[0]}, which is not part of a review"
        raise UsageError(what, fix="move it away, or name another folder")
    _require_closed(place)


def recover(place: Path) -> None:
    """Clear away what killed commands left beside the place; a folder that one of them was replacing is put back."""
    for left in sorted(place.parent.glob(f".{_escaped(place.name)}.*.{_BEFORE}")):
        if _is_abandoned(left):
            if place.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(place)
    for left in sorted(place.parent.glob(f".{_escaped(place.name)}.*.{_MADE}")):
        if _is_abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    for lock in sorted(place.parent.glob(f".{_escaped(place.name)}.*.{_LOCK}")):
        if _is_abandoned(lock):
            lock.unlink(missing_ok=True)


@contextmanager
def staged_folder(place: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder beside the place with these files, on the disk; removed at the end, unless it was moved.

    Raises:
        UsageError: it cannot be written.
    """
    made = place.parent / f".{place.name}.{secrets.token_hex(4)}.{_MADE}"
    lock = _lock_of(made)
    try:
        held = lock.open("xb")
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror or error}") from error
    try:
        FileLock(held).acquire()
        made.mkdir()
        for name, data in contents.items():
            file = made / name
            file.parent.mkdir(exist_ok=True)
            with file.open("wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
        yield made
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
        held.close()
        lock.unlink(missing_ok=True)


def move_into_place(made: Path, place: Path) -> None:
    """Put the folder in its place; what is there goes, once the new one is there.

    Raises:
        EvidenceError: it cannot be moved, or another program has a file of the old folder open; then that is where
            it was.
    """
    before = made.with_name(f"{made.name.removesuffix(_MADE)}{_BEFORE}")
    _require_closed(place)
    try:
        if place.exists():
            move_to(before, place)
        move_to(place, made)
    except OSError as error:
        if before.exists() and not place.exists():
            before.rename(place)
        raise UsageError(f"cannot write {place}: {error.strerror or error}") from error
    if os.name != "nt":  # Windows opens no folder, and writes its table of names itself
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    shutil.rmtree(before, ignore_errors=True)


def _require_closed(folder: Path) -> None:
    """Refuse a folder that cannot be moved because another program has a file in it open.

    Raises:
        FileError: with which.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            require_closed(path)


def _lock_of(folder: Path) -> Path:
    """The lock file of a folder that is being made, or that is being replaced by it."""
    return folder.with_suffix(f".{_LOCK}")


def _is_abandoned(folder: Path) -> bool:
    """Whether no running command has its lock."""
    try:
        with _lock_of(folder).open("rb+") as file:
            return FileLock(file).acquire()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _escaped(name: str) -> str:
    from glob import escape  # noqa: PLC0415 - wanted only where a folder is written

    return escape(name)
