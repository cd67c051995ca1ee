"""ZIP files in one canonical form: the same members give the same bytes, on every machine and on every day.

Members are sorted by name, stored without compression, dated 1980-01-01 (the first day that ZIP knows), readable by
all, and carry neither extra fields nor comments (APPNOTE.TXT 6.3.10). So a ZIP file can be told to be unharmed by
making it anew of its own members: whatever byte was changed, the two differ there.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.errors import FileError

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3
_HEADER = 30  # bytes before a member's name
_LARGEST = 2_000_000_000  # bytes; beyond, ZIP64 fields would be needed


@dataclass(frozen=True, slots=True)
class BundleProblem:
    """What is wrong with a ZIP file: the first byte that is not as it should be, from 0, and in which member."""

    offset: int
    what: str


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The members as a canonical ZIP file.

    Raises:
        FileError: it would be larger than 2 GB.
    """
    if sum(map(len, members.values())) > _LARGEST:
        raise FileError("the bundle would be larger than 2 GB", fix="bundle a run over fewer references")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.create_system, info.external_attr = _UNIX, _MODE
            archive.writestr(info, members[name])
    return made.getvalue()


def unzipped(data: bytes) -> Mapping[str, bytes] | BundleProblem:
    """The members of a canonical ZIP file, or the first place at which it is none.

    A member is told harmed by its own checksum where that is so; else by the first byte at which the file differs from
    one made anew.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            read = _members(archive, len(data))
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, struct.error) as wrong:
        return BundleProblem(0, f"it cannot be read as a ZIP file ({wrong})")
    return read if isinstance(read, BundleProblem) else _differing(data, read, names) or read


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, bytes] | BundleProblem:
    """The members, which stand one behind the other; or the first that cannot be read."""
    members: dict[str, bytes] = {}
    begins = 0
    for info in archive.infolist():
        if info.header_offset != begins or info.file_size > size:
            return BundleProblem(
                archive.start_dir, f"the list of members at the end is harmed, at {_shown(info.filename)}"
            )
        if info.compress_type != zipfile.ZIP_STORED:
            return BundleProblem(begins, f"{_shown(info.filename)} is not stored as a bundle stores it")
        try:
            members[info.filename] = archive.read(info)
        except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError, struct.error) as wrong:
            return BundleProblem(begins, f"{_shown(info.filename)} is harmed ({wrong})")
        begins += _HEADER + len(info.filename.encode()) + info.file_size
    return members


def _differing(data: bytes, members: Mapping[str, bytes], names: list[str]) -> BundleProblem | None:
    anew = zipped(members)
    if anew == data:
        return None
    at = next(
        (n for n, (one, other) in enumerate(zip(anew, data, strict=False)) if one != other), min(map(len, (anew, data)))
    )
    where = (
        "the list of members at the end of the file" if at >= anew.rfind(b"PK\x01\x02") else "a header between members"
    )
    if names != sorted(set(names)):
        where = "the order of its members"
    return BundleProblem(at, f"{where} is not as a bundle is written")


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")
