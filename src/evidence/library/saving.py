"""Writing an edited library back to the very file it was read from."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from evidence.errors import FileError
from evidence.library.editing import Edited
from evidence.library.files import BOM, SourceText, read_source
from evidence.wholefile import replace_file

NEW_LIBRARY = SourceText("", "references: []\n", "")
"""What a library begins as when its file does not exist yet."""

NEW_WAIVERS = SourceText("", "waivers: []\n", "")
"""What a file of waivers begins as."""


def source_or_new(path: Path, new: SourceText = NEW_LIBRARY) -> SourceText:
    """The file as read, or an empty one that is to stand there.

    Raises:
        FileError: it exists and cannot be read.
    """
    if path.exists() or path.is_symlink():
        return read_source(path)
    return replace(new, path=path.as_posix())


def save(edited: Edited) -> None:
    """Replace the file by the edited text, whole or not at all; its mode and its byte order mark stay.

    Raises:
        FileError: the file has changed since it was read, is read-only, or cannot be written.
    """
    source = edited.before
    path = Path(source.path)
    if not source.sha256:
        _require_absent(path)
    elif read_source(path).sha256 != source.sha256:
        fix = "nothing was written; run the command again"
        raise FileError("the file has changed since it was read", path=source.path, fix=fix)
    elif not os.access(path, os.W_OK):
        raise FileError("the file is read-only", path=source.path, fix="nothing was written")
    try:
        replace_file(path, saved_bytes(edited))
    except OSError as trouble:
        told = f"cannot be written: {trouble.strerror or trouble}"
        raise FileError(told, path=source.path, fix="nothing was written") from trouble


def saved_bytes(edited: Edited) -> bytes:
    """The bytes that the edited file has, its byte order mark with them."""
    return (BOM if edited.before.bom else b"") + edited.text.encode("utf-8")


def _require_absent(path: Path) -> None:
    if path.exists():
        fix = "nothing was written; run the command again"
        raise FileError("the file has come into being meanwhile", path=path.as_posix(), fix=fix)
