"""Files replaced as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def staged(place: Path, data: bytes) -> Path | None:
    """The bytes in a file beside the place, on the disk, with the mode that the place has or would get.

    A link's target is what is to be replaced; a device or a pipe is written to at once, and None comes back.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    path = place.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return None
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    return written


def replace_file(place: Path, data: bytes) -> None:
    """Write beside the place and move there: neither a full disk nor a kill leaves half a file.

    Raises:
        OSError: the place cannot be written; the old file is as it was.
    """
    written = staged(place, data)
    if written is None:
        return
    try:
        written.replace(place.resolve())
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
