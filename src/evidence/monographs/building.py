"""Putting paragraphs together from the runs of a document that is not itself text."""

from __future__ import annotations

import hashlib
import re

from evidence.errors import FileError
from evidence.library.files import SourceText
from evidence.monographs.documents import Block, Document, DocumentFormat, Hyperlink, Item
from evidence.monographs.passages import Passage, Span

LONGEST = 20_000_000
"""Characters of text; a monograph of 2,000 pages has a quarter of it."""

MOST_PARAGRAPHS = 300_000
"""Ten times those of a long book, each cell of its tables counted."""

_SPACES = re.compile(r"[^\S\n\u00a0\u202f]+")


class Builder:
    """Collects runs of text to paragraphs, and these to a document whose text is theirs put together."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._blocks: list[Block] = []
        self._texts: list[str] = []
        self._length = 0
        self._total = 0
        self._start_over()

    def _start_over(self) -> None:
        self._runs: list[str] = []
        self._at = 0
        self._raised: list[Span] = []
        self._links: list[Hyperlink] = []

    def add(self, text: str, *, raised: bool = False, folded: bool = True) -> None:
        """A run of text; white space is folded to single spaces unless it is told to stay.

        Raises:
            FileError: more text than any monograph has.
        """
        if folded:
            text = _SPACES.sub(" ", text.replace("\n", " "))
            if text.startswith(" ") and (not self._runs or self._runs[-1][-1:] in {" ", "\n"}):
                text = text[1:]
        if not text:
            return
        self._total += len(text)
        if self._total > LONGEST:
            raise self._too_much(f"{LONGEST // 1_000_000} million characters")
        self._runs.append(text)
        if raised and text.strip():
            self._raised.append((self._at, self._at + len(text)))
        self._at += len(text)

    def _too_much(self, limit: str) -> FileError:
        return FileError(f"the document holds more than {limit}", path=self._path, fix="split it into several files")

    def line_end(self) -> None:
        """A hard line end within the paragraph."""
        if self._runs and not self._runs[-1].endswith("\n"):
            self.add("\n", folded=False)

    def place(self) -> int:
        """The place in the paragraph where the next run goes."""
        return self._at

    @property
    def so_far(self) -> str:
        """The text of the paragraph up to here."""
        return "".join(self._runs)

    def link(self, start: int, address: str) -> None:
        """What was added since `start` leads to an address."""
        self._links.append(Hyperlink((start, self._at), address))

    def paragraph(self, *, level: int = 0, item: Item | None = None, note: bool = False) -> bool:
        """End the paragraph; one without text is dropped (False)."""
        text = self.so_far.rstrip()
        if text.strip():
            passage = Passage.at(text, self._length)
            raised, links = tuple(self._raised), tuple(self._links)
            if len(self._blocks) >= MOST_PARAGRAPHS:
                raise self._too_much(f"{MOST_PARAGRAPHS:,} paragraphs")
            self._blocks.append(Block(passage, level, item, raised, links, note))
            self._texts.append(text)
            self._length += len(text) + 2
        self._start_over()
        return bool(text.strip())

    def document(self, form: DocumentFormat, data: bytes) -> Document:
        """All paragraphs; `data` are the file's bytes."""
        source = SourceText(self._path, "\n\n".join(self._texts), hashlib.sha256(data).hexdigest())
        return Document(form, source, tuple(self._blocks))
