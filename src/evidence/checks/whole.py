"""What a rule about a file as a whole may look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evidence.model.references import Library
from evidence.monographs.documents import Document


@dataclass(frozen=True, slots=True)
class FileCase:
    """One library, and the text of the monograph whose references it holds (None: no `monograph.file`, or unread)."""

    library: Library
    today: date
    document: Document | None = None
