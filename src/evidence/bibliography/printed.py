"""A published list, read from its file, compared with what would be printed now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evidence.bibliography.drift import Expected, ListComparison, compare_entries
from evidence.errors import FileError
from evidence.monographs.documents import Document, DocumentFormat
from evidence.monographs.listing import find_references
from evidence.monographs.reading import read_document

_HAS_A_CHARACTER = re.compile(r"[0-9+\-=()]+")


def compare_printed(path: Path, wanted: Sequence[Expected]) -> ListComparison:
    """Compare the reference list of a monograph, or a file that is nothing but such a list, with the references.

    Args:
        path: Markdown, DOCX, text, HTML or PDF.
        wanted: The references in the order in which they would be printed now.

    Raises:
        FileError: the file cannot be read, or no reference list is found in it.
    """
    document = read_document(path)
    found = find_references(document, may_be_all=True)
    if found is None:
        fix = "put a heading such as References above it"
        raise FileError("no reference list was found", path=path.as_posix(), fix=fix)
    comparison = compare_entries(found.entries, wanted, _raised(document))
    proper = {entry.position for entry in found.proper()}
    return replace(comparison, unmatched=tuple(e for e in comparison.unmatched if e.position in proper))


def _raised(document: Document) -> frozenset[int] | None:
    """The offsets of raised digits and signs; of a run with letters none, which a text without markup cannot raise."""
    if document.form is DocumentFormat.PDF:
        return None
    return frozenset(
        block.passage.offset(at)
        for block in document.blocks
        for span in block.raised
        if _HAS_A_CHARACTER.fullmatch(block.text, *span)
        for at in range(*span)
    )
