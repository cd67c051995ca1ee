"""Bodies of replies: decompressed, counted and cut here, so that no library's defaults decide."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_GZIP = 31  # zlib's window size for gzip with its header and checksum


class BodyError(Exception):
    """A body that cannot be had; the message is a short plain phrase."""


class BodyTooLargeError(BodyError):
    """Larger than the limit, perhaps a decompression bomb: another try would be as large."""


class BodyCutError(BodyError):
    """Cut short or damaged on its way."""


def decoded(chunks: Iterable[bytes], *, encoding: str, length: int | None, limit: int) -> bytes:
    """The whole body.

    Args:
        chunks: The body as it came, still encoded.
        encoding: The Content-Encoding; we ask for gzip only, anything else unasked is an error.
        length: The Content-Length in bytes on the wire, where one was promised.
        limit: The largest acceptable body in bytes after decoding.

    Raises:
        BodyTooLargeError: More than `limit` bytes came out.
        BodyCutError: Fewer bytes came than promised, or the compressed stream is damaged or unended.
    """
    counted = _Counted(chunks)
    if encoding in ("gzip", "x-gzip"):
        body = _gunzipped(counted, limit)
    elif encoding in ("", "identity"):
        body = _joined(counted, limit)
    else:
        raise BodyCutError("the answer came in an encoding that was not asked for")
    if length is not None and counted.bytes != length:
        raise BodyCutError("the answer was cut short")
    return body


class _Counted:
    """Chunks, and how many bytes of them have gone by."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.bytes = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.bytes += len(chunk)
        return chunk


def _joined(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        _check_size(len(body), limit)
    return bytes(body)


def _gunzipped(chunks: Iterable[bytes], limit: int) -> bytes:
    """One or more gzip members (RFC 1952 §2.2), never more than a byte over the limit held."""
    body = bytearray()
    stream = zlib.decompressobj(_GZIP)
    started = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if stream.eof:
                stream = zlib.decompressobj(_GZIP)
            started = True
            try:
                body += stream.decompress(rest, limit + 1 - len(body))
            except zlib.error:
                raise BodyCutError("the answer's compression is damaged") from None
            _check_size(len(body), limit)
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    if started and not stream.eof:
        raise BodyCutError("the answer was cut short")
    return bytes(body)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BodyTooLargeError(f"the answer is larger than {limit / (1024 * 1024):g} MB")
