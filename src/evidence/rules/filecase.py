"""What a rule about a file as a whole may look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from evidence.model.audit import SignOffStatus
from evidence.model.references import Library, Place

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading


@dataclass(frozen=True, slots=True)
class LibraryCase:
    """One library, and the text of the monograph whose references it holds (None: no `monograph.file`, or unread).

    `sign_offs` are those that are told at this file; they are known only once all else is judged.
    """

    library: Library
    today: date
    text: MonographReading | None = None
    sign_offs: tuple[SignOffStatus, ...] = ()


def in_paragraph(printed: Place | None) -> str:
    """For the end of a message: where in a document without lines, which no program can point at."""
    return f" ({printed})" if printed is not None and printed.in_paragraphs else ""
