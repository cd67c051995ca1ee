"""Whether a ZIP archive (a DOCX file is one) may be unpacked: told from its directory, and while unpacking."""

from __future__ import annotations

import io
import zipfile

from evidence.errors import FileError

LARGEST = 200_000_000  # bytes of all parts together; Word's largest documents are mostly pictures
LARGEST_TEXT = 60_000_000  # bytes of XML; 2,000 pages are some 20 MB
_MOST_PARTS = 20_000
_HIGHEST_RATIO = 250  # XML packs up to 50 to 1, long tables of equal cells 100 to 1; bombs 1,000 to 1
_SMALL = 2_000_000  # bytes that do no harm whatever their ratio


def checked(shown: str, data: bytes) -> None:
    """Refuse what is no archive or would unpack to more than any document holds; nothing is unpacked for that.

    Directories can lie about sizes; `zipfile` then stops at the size told, with an error of its own.

    Raises:
        FileError: no archive, encrypted, too many parts, too large, or packed implausibly well.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileError("this is no DOCX file", path=shown, fix="save it again as .docx") from None
    if any(part.flag_bits & 1 for part in parts):
        raise FileError("the document is protected by a password", path=shown, fix="save it without one")
    told = _refusal(parts)
    if told:
        raise FileError(told, path=shown, fix="save it again from Word or LibreOffice")


def _refusal(parts: list[zipfile.ZipInfo]) -> str | None:
    size = sum(part.file_size for part in parts)
    markup = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    worst = max((part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > _SMALL), default=0)
    if len(parts) > _MOST_PARTS:
        return f"the document has {len(parts):,} parts, the limit is {_MOST_PARTS:,}"
    if size > LARGEST or markup > LARGEST_TEXT:
        limit = LARGEST if size > LARGEST else LARGEST_TEXT
        return f"the document unpacks to {max(size, markup) / 1e6:,.0f} MB, the limit is {limit // 1_000_000} MB"
    if worst > _HIGHEST_RATIO:
        return f"a part of the document is packed {worst:,.0f} to 1, as no document is"
    return None
