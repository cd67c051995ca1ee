"""Paragraphs of plain text: lines with blank lines between."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.library.files import SourceText
from evidence.monographs.documents import Block, Document, DocumentFormat
from evidence.monographs.passages import Passage

_LINE = re.compile(r"[^\r\n\f]*+(?:\r\n|[\r\n\f]|\Z)")


def read_plain(source: SourceText) -> Document:
    """A text file. Its paragraphs keep their lines and the indents that tell one entry from the next."""
    return Document(DocumentFormat.TEXT, source, tuple(_blocks(source.text)))


def _blocks(text: str) -> Iterator[Block]:
    start = None
    for match in _LINE.finditer(text):
        blank = not match[0].strip()
        if not blank and start is None:
            start = match.start()
        elif start is not None and (blank or match.end() == len(text)):
            end = match.start() if blank else match.end()
            yield Block(Passage.at(text[start:end].rstrip(), start))
            start = None
    if start is not None:
        yield Block(Passage.at(text[start:].rstrip(), start))
