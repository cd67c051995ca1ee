"""A lock on an open file, which one process at a time has: `flock` of POSIX, byte ranges on Windows."""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    _LOCKED = 2_000_000_001  # Windows keeps others from reading a locked byte; no file that is locked here has this one

    def _acquire(file: BinaryIO) -> None:
        file.seek(_LOCKED)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _release(file: BinaryIO) -> None:
        file.seek(_LOCKED)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _acquire(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class FileLock:
    """The lock of an open file; the system releases it when the process dies."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._has_locks = True

    def acquire(self) -> bool:
        """Take the lock, without waiting; False when another process, or another handle of this one, has it.

        True also on a file system without locks: whoever works there works alone.
        """
        try:
            _acquire(self._file)
        except (BlockingIOError, PermissionError):  # the second is what Windows raises
            return False
        except OSError:
            self._has_locks = False
        return True

    def release(self) -> None:
        """Let others have it."""
        if self._has_locks:
            _release(self._file)
