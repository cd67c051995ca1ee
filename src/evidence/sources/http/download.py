"""Files fetched over http into a folder: resumed where they were cut, and never joined to another version of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urljoin, urlsplit

from evidence.model.errors import FileError, UsageError
from evidence.model.ports import Clock
from evidence.model.regex import regex
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply, Request, RetryLimits, Setback
from evidence.sources.http.transport import Wire

LARGEST = 2_000_000_000
"""Bytes of a file; PubMed's are some 50 MB, Retraction Watch's 60."""

_LIMITS = RetryLimits(request=6 * 3600.0)
_REDIRECTS = 5
_TRIES, _MOST_TRIES = 5, 100
"""Tries in a row that bring nothing, and tries in all."""

_SMALL = 10_000  # bytes of a checksum's file
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RANGE = regex(r"bytes (\d+)-\d+/(?:\d+|\*)")
_FIX = "run the command again: it continues the download"


def is_address(place: str) -> bool:
    """Whether a place is named by an address, not by a path."""
    return place.partition("://")[0].lower() in ("http", "https", "ftp")


def name_in(url: str) -> str:
    """The name of the file at an address.

    Raises:
        UsageError: it is not an http address, or names no file.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{url}: files are fetched by http and https only", fix="download it first, then load the file"
        )
    name = unquote(parts.path.rpartition("/")[2])
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{url} is not the address of a file",
            fix="name the address of one file, such as https://…/pubmed26n0001.xml.gz",
        )
    return name


@dataclass(frozen=True, slots=True)
class _Begun:
    """A file of which some bytes are there: their number, and what says that the rest is of the same version."""

    size: int = 0
    validator: str = ""


class Downloads:
    """Fetches files into a folder; `progress` is given the name, the bytes so far and of all (0: not known)."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        folder: Path,
        progress: Callable[[str, int, int], None] = lambda _name, _now, _all: None,
        *,
        largest: int = LARGEST,
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._progress = progress
        self._largest = largest
        self._wire = Wire(network, _LIMITS, clock)

    def text(self, url: str) -> str | None:
        """A small file as text, such as a checksum; None where there is none.

        Raises:
            FileError: it cannot be fetched.
        """
        for _ in range(_REDIRECTS):
            reply = self._tried(Request(url, "files", 0.0))
            if reply.status in (404, 410):
                return None
            if (target := _target(url, reply)) is None:
                break
            url = target
        if reply.status != 200 or len(reply.body) > _SMALL:
            raise FileError(f"cannot be fetched: HTTP {reply.status}", path=url, fix=_FIX)
        return reply.body.decode("utf-8", "replace")

    def folder(self) -> Path:
        """The folder, made where it is not there.

        Raises:
            FileError: it cannot be made, or is a link.
        """
        if self._folder.is_symlink():
            raise FileError("this is a link, not a folder", path=self._folder.as_posix(), fix="name another folder")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritten(error, self._folder) from error
        return self._folder

    def fetch(self, url: str) -> Path:
        """The file at an address, in the folder; its time is the server's `Last-Modified` (RFC 9110, 8.8.2).

        What an interrupted fetch has left is continued by `Range` with `If-Range` (RFC 9110, 13.1.5 and 14.2).

        Raises:
            UsageError: the address names no file.
            FileError: it cannot be fetched, is too large, or cannot be written.
        """
        place = self.folder() / name_in(url)
        try:
            return self._fetched(url, place)
        except OSError as error:
            raise _unwritten(error, place) from error

    def _fetched(self, url: str, place: Path) -> Path:
        part = place.with_name(f"{place.name}.part")
        source, failures = url, 0
        for number in range(1, _MOST_TRIES + 1):
            begun = _begun(part, url)
            headers = {"Accept-Encoding": "identity"}
            if begun.size:
                headers |= {"Range": f"bytes={begun.size}-", "If-Range": begun.validator}
            receiver = _Receiver(part, url, begun, self._largest, partial(self._progress, place.name))
            reply = self._wire.receive(Request(source, "files", 0.0, headers=headers), _LIMITS.request, receiver)
            if receiver.is_whole:
                break
            if isinstance(reply, Reply) and (target := _target(source, reply)) is not None:
                failures += 1
                if failures > _REDIRECTS:
                    raise FileError("cannot be fetched: too many redirects", path=url)
                source = target
                continue
            if receiver.problem:
                raise FileError(receiver.problem, path=url, fix=receiver.fix)
            if isinstance(reply, Reply) and reply.status in (206, 416):  # what is there is no beginning of it
                part.unlink(missing_ok=True)
            elif isinstance(reply, Reply) and reply.status < 500 and not receiver.received:
                raise FileError(f"cannot be fetched: HTTP {reply.status}", path=url, fix="check the address")
            failures = 0 if receiver.received else failures + 1
            if failures >= _TRIES or number == _MOST_TRIES or (isinstance(reply, Setback) and not reply.again):
                reason = reply.outcome.reason if isinstance(reply, Setback) else f"HTTP {reply.status}"
                raise FileError(f"cannot be fetched: {reason}", path=url, fix=_FIX)
            self._clock.sleep(float(2 ** min(failures, 5)))
        if receiver.modified is not None:
            os.utime(part, (receiver.modified, receiver.modified))
        os.replace(part, place)  # noqa: PTH105 - says what it does
        _beside(part).unlink(missing_ok=True)
        return place

    def _tried(self, request: Request) -> Reply:
        for number in range(_TRIES):
            reply = self._wire.send(request, 60.0)
            if isinstance(reply, Reply) and reply.status < 500:
                return reply
            if isinstance(reply, Setback) and not reply.again:
                break
            self._clock.sleep(float(2**number))
        reason = reply.outcome.reason if isinstance(reply, Setback) else f"HTTP {reply.status}"
        raise FileError(f"cannot be fetched: {reason}", path=request.url, fix=_FIX)


class _Receiver:
    """Takes one answer into the part of a file: what it continues is kept, what it replaces is not."""

    def __init__(
        self, part: Path, url: str, begun: _Begun, largest: int, progress: Callable[[int, int], object]
    ) -> None:
        self._part, self._url, self._begun, self._largest, self._progress = part, url, begun, largest, progress
        self._file: BinaryIO | None = None
        self._size = 0
        self._promised: int | None = None
        self.received = 0
        self.problem, self.fix = "", ""
        self.modified: float | None = None
        self.is_whole = False

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the body of this answer is wanted."""
        # A server may call the packing of an .xml.gz an encoding; of other files it would have to be undone.
        encoding = headers.get("content-encoding", "identity")
        is_packed = encoding in ("gzip", "x-gzip") and self._part.name.endswith(".gz.part")
        if status not in (200, 206) or not (encoding == "identity" or is_packed):
            return False
        try:
            return self._opened(status, headers)
        except OSError as error:
            return self._failed(error)

    def _opened(self, status: int, headers: Mapping[str, str]) -> bool:
        start = 0
        if status == 206:
            ranged = _RANGE.fullmatch(headers.get("content-range", ""))
            if ranged is None or int(ranged[1]) != self._begun.size or not self._begun.size:
                return False
            start = self._begun.size
        length = headers.get("content-length", "")
        self._promised = start + int(length) if length.isdecimal() else None
        if self._promised is None and headers.get("transfer-encoding", "").lower() != "chunked":
            # A connection that is lost could not be told from the end of the file.
            self.problem, self.fix = "the server does not say how long the file is", "download it in another way"
            return False
        if (self._promised or 0) > self._largest:
            self._refuse()
            return False
        with suppress(ValueError, TypeError):
            self.modified = parsedate_to_datetime(headers.get("last-modified", "")).timestamp()
        etag = headers.get("etag", "")
        validator = etag if etag.startswith('"') else headers.get("last-modified", "")
        if start == 0:
            self._part.unlink(missing_ok=True)
        write_anew(_beside(self._part), json.dumps({"url": self._url, "validator": validator}))
        self._file, self._size = self._part.open("ab"), start
        return True

    def take(self, chunk: bytes) -> bool:
        """Whether more is wanted."""
        if self._file is None or self._size + len(chunk) > self._largest:
            self._refuse()
            return False
        try:
            self._file.write(chunk)
        except OSError as error:
            return self._failed(error)
        self._size += len(chunk)
        self.received += len(chunk)
        self._progress(self._size, self._promised or 0)
        return True

    def end(self, *, is_complete: bool) -> None:
        """The answer is over; `is_complete` is False where it broke off."""
        if self._file is None:
            return
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            self._failed(error)
        self.is_whole = is_complete and not self.problem and self._promised in (None, self._size)

    def _failed(self, error: OSError) -> bool:
        self.problem, self.fix = f"cannot be written: {error.strerror or error}", _FIX
        return False

    def _refuse(self) -> None:
        self.problem = f"the file is larger than {self._largest:,} bytes"
        self.fix = "check the address"


def _begun(part: Path, url: str) -> _Begun:
    """What is there of a file, if the server can say whether it is still the same; else it is fetched anew."""
    try:
        size, noted = part.stat().st_size, json.loads(_beside(part).read_text(encoding="utf-8"))
        validator = noted["validator"] if noted["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return _Begun()
    is_plain = isinstance(validator, str) and validator.isascii() and validator.isprintable()
    return _Begun(size, validator) if is_plain and validator and not part.is_symlink() else _Begun()


def write_anew(path: Path, text: str) -> None:
    """Write a small file in place of what is there, be it a link."""
    path.unlink(missing_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _unwritten(error: OSError, path: Path) -> FileError:
    return FileError(f"cannot be written: {error.strerror or error}", path=path.as_posix())


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _target(url: str, reply: Reply) -> str | None:
    """Where a redirect leads; None for any other answer, or where https would be left for http."""
    if reply.status not in (301, 302, 303, 307, 308):
        return None
    target = urljoin(url, reply.headers.get("location", ""))
    new, old = urlsplit(target).scheme, urlsplit(url).scheme
    if new == "https" or new == old == "http":
        return target
    raise FileError("cannot be fetched: redirected from https to something else", path=url)
