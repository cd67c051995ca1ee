"""Reading a monograph, whatever its format, within bounded time and memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.documents.document import LINE, Block, Document, DocumentFormat, Passage
from evidence.documents.docx import read_docx
from evidence.documents.html import read_html
from evidence.documents.markdown import read_markdown
from evidence.documents.pdf import read_pdf
from evidence.library.files import LARGEST, SourceText, bytes_of, decoded
from evidence.model.errors import FileError


def read_plain(source: SourceText) -> Document:
    """A text file: paragraphs between blank lines, with their lines and indents, which separate entries."""
    return Document(DocumentFormat.TEXT, source, tuple(_blocks(source.text)))


def _blocks(text: str) -> Iterator[Block]:
    start = None
    for match in LINE.finditer(text):
        blank = not match[0].strip()
        if not blank and start is None:
            start = match.start()
        elif start is not None and (blank or match.end() == len(text)):
            end = match.start() if blank else match.end()
            yield Block(Passage.at(text[start:end].rstrip(), start))
            start = None
    if start is not None:
        yield Block(Passage.at(text[start:].rstrip(), start))


FORMS = {
    ".txt": DocumentFormat.TEXT,
    ".text": DocumentFormat.TEXT,
    ".md": DocumentFormat.MARKDOWN,
    ".markdown": DocumentFormat.MARKDOWN,
    ".qmd": DocumentFormat.MARKDOWN,
    ".rmd": DocumentFormat.MARKDOWN,
    ".html": DocumentFormat.HTML,
    ".htm": DocumentFormat.HTML,
    ".xhtml": DocumentFormat.HTML,
    ".docx": DocumentFormat.DOCX,
    ".pdf": DocumentFormat.PDF,
}
"""The format of a file by the end of its name."""

LARGEST_BINARY = 100_000_000
"""Bytes of a DOCX or PDF file, which hold pictures."""

MOST_LINES = 600_000
"""Of a text, ends of DOS counted twice; 2,000 pages have 100,000."""


def read_document(path: Path, form: DocumentFormat | None = None) -> Document:
    """Read a monograph; its format is that of its name unless it is given.

    Raises:
        FileError: an unknown format, unreadable, too large, hostile, or a reader that is not installed.
    """
    form = form or FORMS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(suffix for suffix in FORMS if len(suffix) < 6)
        ending = path.suffix or "a file without an extension"
        raise FileError(f"cannot read {ending} as a monograph; supported: {known}", path=path.as_posix())
    binary = form in {DocumentFormat.DOCX, DocumentFormat.PDF}
    return parse_document(path.as_posix(), bytes_of(path, LARGEST_BINARY if binary else LARGEST), form)


def parse_document(path: str, data: bytes, form: DocumentFormat) -> Document:
    """A monograph from its bytes; `path` is the name that errors give it.

    Raises:
        FileError: as `read_document`.
    """
    match form:
        case DocumentFormat.DOCX:
            return read_docx(path, data)
        case DocumentFormat.PDF:
            return read_pdf(path, data)
        case DocumentFormat.HTML:
            return read_html(path, data)
    source = decoded(path, data)
    nul = source.text.find("\0")
    if nul >= 0:
        raise source.error(
            "the file contains a NUL character, so it is not a text file",
            nul,
            "save it as UTF-8 text, or correct its extension (.docx, .pdf)",
        )
    lines = source.text.count("\n") + source.text.count("\r")
    if lines > MOST_LINES:
        raise FileError(
            f"the text has {lines:,} lines (limit {MOST_LINES:,})", path=path, fix="split it into several files"
        )
    return read_markdown(source) if form is DocumentFormat.MARKDOWN else read_plain(source)
