"""The file that mirrors an audit trail: one event a line, only ever added to, fit for version control."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from evidence.audit.file_lock import FileLock
from evidence.model.errors import StoreError
from evidence.model.ports import Clock

LARGEST = 2_000_000_000  # bytes; an event takes some 700
_BLOCK = 65_536
_RETRY = 0.005
_FIX = "make the file writable, close it in other programs, or set EVIDENCE_LOG to another file"


def default_log_path(store: Path) -> Path:
    """The place of a store's log: `evidence.log.jsonl` beside `evidence.db`."""
    return store.with_suffix(".log.jsonl")


class LogFile:
    """One log. Processes that write to it, or replace a file that it names, take turns (`held`)."""

    def __init__(self, path: Path, clock: Clock, timeout: float) -> None:
        self.path = path
        self._clock = clock
        self._timeout = timeout
        self._depth = 0

    @property
    def name(self) -> str:
        """The path as messages name it."""
        return self.path.as_posix()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes meanwhile; the kernel lets go of it when a process dies.

        Raises:
            StoreError: the file cannot be written, or another process holds it for too long.
        """
        if self._depth:
            yield
            return
        with self._opened() as file:
            lock = FileLock(file)
            self._wait_for(lock)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                lock.release()

    def _opened(self) -> BinaryIO:
        self._require_file()
        try:
            return self.path.open("ab")
        except OSError as trouble:
            what = f"the audit log cannot be written: {trouble.strerror or trouble}"
            raise StoreError(what, path=self.name, fix=_FIX) from trouble

    def _require_file(self) -> None:
        """A pipe would keep whoever opens it waiting for its other end.

        Raises:
            StoreError: there is something else than a file, or a device such as /dev/null.
        """
        try:
            mode = self.path.stat().st_mode
        except OSError:
            return  # opening reports it
        if not (stat.S_ISREG(mode) or stat.S_ISCHR(mode)):
            raise StoreError("the audit log is not a regular file", path=self.name, fix="set EVIDENCE_LOG to a file")

    def _wait_for(self, lock: FileLock) -> None:
        give_up = self._clock.monotonic() + self._timeout
        while not lock.acquire():
            if self._clock.monotonic() >= give_up:
                what = "the audit log is in use by another process"
                raise StoreError(what, path=self.name, fix="try again when that process has finished")
            self._clock.sleep(_RETRY)

    def lines(self) -> tuple[list[str], str]:
        """All complete lines without their ends, and what follows the last end: part of a line.

        What is not UTF-8 is escaped, so that it is not an event.

        Raises:
            StoreError: the file cannot be read.
        """
        self._require_file()
        try:
            if self.path.exists() and self.path.stat().st_size > LARGEST:
                raise StoreError(f"the audit log is larger than {LARGEST:,} bytes", path=self.name)
            raw = self.path.read_bytes() if self.path.exists() else b""
        except OSError as trouble:
            what = f"the audit log cannot be read: {trouble.strerror or trouble}"
            raise StoreError(what, path=self.name, fix=_FIX) from trouble
        *lines, rest = raw.decode("utf-8", "backslashreplace").split("\n")
        return lines, rest

    def tail(self) -> tuple[str | None, str]:
        """As `lines`, the last one alone; None when there is none.

        Raises:
            StoreError: the file cannot be read.
        """
        self._require_file()
        raw = b""
        try:
            with self.path.open("rb") as file:
                at = file.seek(0, os.SEEK_END)
                while at and raw.count(b"\n") < 2:  # the ends of the last line and of the one before
                    step = min(_BLOCK, at)
                    at = file.seek(at - step)
                    raw = file.read(step) + raw
        except FileNotFoundError:
            return None, ""
        except OSError as trouble:
            what = f"the audit log cannot be read: {trouble.strerror or trouble}"
            raise StoreError(what, path=self.name) from trouble
        *lines, rest = raw.decode("utf-8", "backslashreplace").split("\n")
        return lines[-1] if lines else None, rest

    def append(self, texts: Iterable[str]) -> None:
        """Add these texts as they are, on the disk when this returns; only while `held`.

        Raises:
            StoreError: a full disk, say; what was added before that stays, and is completed later.
        """
        try:
            with self.path.open("ab") as file:
                file.write("".join(texts).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as trouble:
            what = f"the audit log cannot be written: {trouble.strerror or trouble}"
            raise StoreError(what, path=self.name, fix=_FIX) from trouble
