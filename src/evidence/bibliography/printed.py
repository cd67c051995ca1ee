"""A published list, read from its file, compared with what would be printed now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evidence.bibliography.drift import Comparison, Expected, compare_entries
from evidence.errors import FileError
from evidence.monographs.listing import find_references
from evidence.monographs.reading import read_document


def compare_printed(path: Path, wanted: Sequence[Expected]) -> Comparison:
    """Compare the reference list of a monograph, or a file that is nothing but such a list, with the references.

    Args:
        path: Markdown, DOCX, text, HTML or PDF.
        wanted: The references in the order in which they would be printed now.

    Raises:
        FileError: the file cannot be read, or no reference list is found in it.
    """
    found = find_references(read_document(path))
    if found is None:
        fix = "put a heading such as References above it"
        raise FileError("no reference list was found", path=path.as_posix(), fix=fix)
    return compare_entries(found.entries, wanted)
