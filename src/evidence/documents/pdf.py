"""Lines of a PDF file, extracted by pypdf in a process of its own.

A PDF is a program for a page printer: cross references can loop, streams unpack to anything. Its time and memory can
only be bounded from outside, so the work is done by a child that is ended when it takes too long.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

from evidence.documents.document import Builder, Document, DocumentFormat, missing_extra
from evidence.model.errors import FileError

LONGEST = 60.0
"""Seconds that a file may take; a book of 1,000 pages takes some 30."""

_CHILD = "evidence.documents.pdf_child"


def read_pdf(path: str, data: bytes, longest: float = LONGEST) -> Document:
    """A PDF file's lines, one paragraph per page or per gap in it. Raised characters are not distinguished.

    Raises:
        FileError: pypdf is not installed; no PDF, a protected or damaged one, no text in it, or too much work.
    """
    if importlib.util.find_spec("pypdf") is None:
        raise missing_extra(path, "PDF", "pypdf")
    command = [sys.executable, "-P", "-m", _CHILD, str(int(longest) + 1)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=longest, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise _refused(path, f"this PDF takes more than {longest:.0f} s to read") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise _refused(path, "this PDF needs more time or memory than is allowed") from None
    if "error" in answer:
        raise _refused(path, str(answer["error"]))
    builder = Builder(path)
    for page in answer["pages"]:
        for paragraph in str(page).split("\n\n"):
            builder.add(paragraph, folded=False)
            builder.paragraph()
    document = builder.document(DocumentFormat.PDF, data)
    if not document.blocks:
        raise _refused(path, "this PDF holds no text, only pictures of pages")
    return document


def _refused(path: str, what: str) -> FileError:
    return FileError(what, path=path, fix="save the monograph as DOCX, HTML or text")
