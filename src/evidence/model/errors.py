"""Places in files, and what broken input raises; expected trouble is a value instead (`evidence.model.outcomes`).

EvidenceError                 exit 2, one line: where, what, how to fix it
+-- FileError                 a file the user named cannot be read as references
+-- StoreError                the store cannot be opened, read or written
+-- LockError                 a lock file cannot be used
+-- UsageError                options that do not fit together
+-- SigningError              a sign-off's signature cannot be made or looked at: no program, no such key
+-- RenderError               a bibliography cannot be rendered: no engine, an unusable style
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file: line and column from 1, columns in code points.

    `in_paragraphs` is True in a document that has no lines (DOCX, HTML, PDF): `line` counts its paragraphs.
    """

    path: str
    line: int
    column: int
    in_paragraphs: bool = False

    def __str__(self) -> str:
        return f"{self.path}, paragraph {self.line}" if self.in_paragraphs else f"{self.path}:{self.line}:{self.column}"


class EvidenceError(Exception):
    """Broken input, described in one line: place, what is wrong, how to fix it."""

    def __init__(
        self,
        what: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.path = path
        self.line = line
        self.column = column
        self.fix = fix

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        message = f"{place}: {self.what}" if place else self.what
        return f"{message} ({self.fix})" if self.fix else message


class FileError(EvidenceError):
    """A references file that cannot be read at all; faults of single entries are findings instead."""


class StoreError(EvidenceError):
    """The store is not an SQLite database of ours, is from a newer version, or cannot be written."""


class LockError(EvidenceError):
    """A lock file that is damaged, was altered or merged wrongly, or comes from a newer version."""


class UsageError(EvidenceError):
    """Options or settings that do not fit together."""


class RenderError(EvidenceError):
    """A bibliography cannot be rendered: no engine or styles, a style that cannot be used, an engine that failed."""


class SigningError(EvidenceError):
    """A signature cannot be made or looked at: the program is missing, the key is none, it did not answer."""
