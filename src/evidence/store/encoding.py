"""How values are written into columns: text that SQLite accepts, UTC instants that sort, packed bytes."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime

from evidence.model.identity import Identifier, IdKind

_LEVEL = 3  # on PubMed XML: a seventh of the size; 6 gives a ninth for half as much work again


def text(value: str) -> str:
    """The string as UTF-8 can hold it; lone surrogates (from broken JSON) become escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def key(identifier: Identifier) -> str:
    """The identifier's printed form, e.g. `pmid:23359310`."""
    return text(str(identifier))


def identifier(written: str) -> Identifier:
    """The identifier of a printed form; raises ValueError for an unknown kind."""
    kind, _, value = written.partition(":")
    return Identifier(IdKind(kind), value)


def instant(moment: datetime) -> str:
    """UTC with microseconds and `Z` (RFC 3339), so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(written: str) -> datetime:
    """The instant of an RFC 3339 text; raises ValueError."""
    return datetime.fromisoformat(written)


def digest(raw: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def pack(raw: bytes) -> bytes:
    """Compress for keeping."""
    return zlib.compress(raw, _LEVEL)


def unpack(packed: bytes, sha256: str) -> bytes | None:
    """The bytes that were packed, or None when they are not those that `sha256` was made of."""
    try:
        raw = zlib.decompress(packed)
    except zlib.error:
        return None
    return raw if digest(raw) == sha256 else None


def checksum(packed: bytes, number: int) -> int:
    """CRC-32 (zlib's) of packed bytes in the row of this number: some of their bits change nothing when unpacked."""
    return zlib.crc32(packed, number)
