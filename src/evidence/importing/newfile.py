"""What a library says at its top when it is made from a monograph."""

from __future__ import annotations

import os
from pathlib import Path

from evidence.library.files import SourceText
from evidence.library.saving import NEW_LIBRARY
from evidence.library.yaml_text import scalar


def new_library(path: Path, title: str | None, monograph: Path | None) -> SourceText:
    """An empty library that is to stand at `path`, with the monograph's title and its file, named from there."""
    said = {"title": title, "file": relative_to(path, monograph) if monograph else None}
    lines = [f"  {key}: {scalar(value)}" for key, value in said.items() if value]
    head = "\n".join(["monograph:", *lines, "", ""]) if lines else ""
    return SourceText(path.as_posix(), head + NEW_LIBRARY.text, NEW_LIBRARY.sha256)


def relative_to(library: Path, monograph: Path) -> str:
    """The monograph's path as the library's `monograph.file` names it: from the library's folder."""
    try:
        return Path(os.path.relpath(monograph.resolve(), library.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return monograph.resolve().as_posix()
