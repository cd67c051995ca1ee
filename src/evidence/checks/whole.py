"""What a rule about a file as a whole may look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from evidence.model.references import Library

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.monographs.cited import Reading


@dataclass(frozen=True, slots=True)
class FileCase:
    """One library, and the text of the monograph whose references it holds (None: no `monograph.file`, or unread)."""

    library: Library
    today: date
    text: Reading | None = None
