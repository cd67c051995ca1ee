"""Reading a monograph, whatever its format, within bounded time and memory."""

from __future__ import annotations

from pathlib import Path

from evidence.errors import FileError
from evidence.library.files import LARGEST, bytes_of, decoded
from evidence.monographs.documents import Document, DocumentFormat
from evidence.monographs.marked import read_markdown
from evidence.monographs.pdf import read_pdf
from evidence.monographs.plain import read_plain
from evidence.monographs.webpage import read_html
from evidence.monographs.word import read_docx

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
"""Which format a file's name tells."""

LARGEST_BINARY = 100_000_000
"""Bytes of a DOCX or PDF file, which hold pictures."""

MOST_LINES = 600_000
"""Of a text, ends of DOS counted twice; 2,000 pages have 100,000."""


def read_document(path: Path, form: DocumentFormat | None = None) -> Document:
    """Read a monograph; its format is told by its name unless it is given.

    Raises:
        FileError: an unknown format, unreadable, too large, hostile, or a reader that is not installed.
    """
    shown = path.as_posix()
    form = form or FORMS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(suffix for suffix in FORMS if len(suffix) < 6)
        raise FileError(
            f"monographs are read from {known}, not {path.suffix or 'a name without an ending'}", path=shown
        )
    binary = form in {DocumentFormat.DOCX, DocumentFormat.PDF}
    return parse_document(shown, bytes_of(path, LARGEST_BINARY if binary else LARGEST), form)


def parse_document(shown: str, data: bytes, form: DocumentFormat) -> Document:
    """A monograph from its bytes; `shown` is the name under which errors speak of it.

    Raises:
        FileError: as `read_document`.
    """
    match form:
        case DocumentFormat.DOCX:
            return read_docx(shown, data)
        case DocumentFormat.PDF:
            return read_pdf(shown, data)
        case DocumentFormat.HTML:
            return read_html(shown, data)
    source = decoded(shown, data)
    nul = source.text.find("\0")
    if nul >= 0:
        raise source.error("a NUL: this is no text file", nul, "save it as UTF-8 text, or name it .docx or .pdf")
    lines = source.text.count("\n") + source.text.count("\r")
    if lines > MOST_LINES:
        raise FileError(f"the text has {lines:,} lines, the limit is {MOST_LINES:,}", path=shown, fix="split it")
    return read_markdown(source) if form is DocumentFormat.MARKDOWN else read_plain(source)
