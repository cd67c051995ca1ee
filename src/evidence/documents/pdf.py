"""The paragraphs of a PDF file, extracted by PDFium in a process of its own.

A PDF is a program for a page printer: cross references can loop, streams unpack to anything. Its time and memory can
only be bounded from outside, so the work is done by a child that is ended when it takes too long.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from evidence.documents.document import SOFT_HYPHEN, Builder, Document, DocumentFormat, Item, missing_extra
from evidence.model.errors import FileError

LONGEST = 60.0
"""Seconds that a file may take; a book of 1,000 pages takes some 30."""

_CHILD = "evidence.documents.pdf_child"


def read_pdf(path: str, data: bytes, longest: float = LONGEST) -> Document:
    """A PDF file's paragraphs in reading order, without running heads, feet and line numbers.

    Raises:
        FileError: pypdfium2 is not installed; no PDF, a protected or damaged one, no text in it, or too much work.
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise missing_extra(path, "PDF", "pypdfium2")
    command = [sys.executable, "-P", "-m", _CHILD, str(int(longest) + 1)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=longest, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise _refused(path, f"reading this PDF takes more than {longest:.0f} s") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise _refused(path, "reading this PDF exceeds the time or memory limit") from None
    return document_of(path, data, answer)


def document_of(path: str, data: bytes, answer: Mapping[str, Any]) -> Document:
    """The document of the child's answer about a file.

    Raises:
        FileError: the child could not read it, or there is no text in it.
    """
    if "error" in answer:
        raise _refused(path, str(answer["error"]))
    builder = Builder(path)
    for paragraph in answer["paragraphs"]:
        _add(builder, paragraph)
    document = builder.document(DocumentFormat.PDF, data, tuple(answer["doubts"]))
    if not document.blocks:
        raise _refused(path, "this PDF has no text, only images of pages")
    return document


def _add(builder: Builder, paragraph: Mapping[str, Any]) -> None:
    for pieces in paragraph["lines"]:
        for text, raised, address in pieces:
            start = builder.place()
            builder.add(text.removesuffix(SOFT_HYPHEN), raised=raised, folded=False)
            if address:
                builder.link(start, address)
        if not pieces[-1][0].endswith(SOFT_HYPHEN):
            builder.line_end()
    item = Item(*paragraph["entry"]) if paragraph["entry"] else None
    builder.paragraph(level=paragraph["level"], item=item)


def _refused(path: str, what: str) -> FileError:
    return FileError(what, path=path, fix="save the monograph as DOCX, HTML or text")
