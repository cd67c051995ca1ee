"""The child that reads one PDF: its bytes on standard input, its pages as JSON on standard output.

Run as `python -m evidence.documents.pdf_child SECONDS` by `evidence.documents.pdf`.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_MEMORY = 2_000_000_000  # bytes of address space
_MOST_PAGES = 5_000
_LONGEST = 20_000_000  # characters
_BLANKS = re.compile(r"\n[^\S\n]*(?=\n)")


def main() -> None:
    """Read, extract, answer; what goes wrong is an answer too."""
    _limit(int(sys.argv[1]))
    logging.disable(logging.CRITICAL)
    from pypdf import PdfReader  # noqa: PLC0415 - the limits come first
    from pypdf.errors import FileNotDecryptedError, PyPdfError  # noqa: PLC0415

    try:
        answer: dict[str, object] = {"pages": list(_pages(PdfReader(io.BytesIO(sys.stdin.buffer.read()))))}
    except FileNotDecryptedError:
        answer = {"error": "this PDF is protected by a password"}
    except MemoryError:
        answer = {"error": "this PDF needs more memory than is allowed"}
    except (PyPdfError, ArithmeticError, LookupError, AttributeError, TypeError, ValueError, RecursionError) as error:
        answer = {"error": f"this PDF cannot be read ({type(error).__name__})"}
    sys.stdout.write(json.dumps(answer))


def _pages(reader: PdfReader) -> Iterator[str]:
    total = 0
    for number, page in enumerate(reader.pages):
        text = page.extract_text()
        total += len(text)
        if number >= _MOST_PAGES or total > _LONGEST:
            raise ValueError
        yield _BLANKS.sub("\n", text)


def _limit(seconds: int) -> None:
    """Bound processor time and memory where the system can (POSIX); the parent bounds the time everywhere."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ModuleNotFoundError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    main()
