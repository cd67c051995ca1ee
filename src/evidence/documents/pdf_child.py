"""The child that reads one PDF: its bytes on standard input, its paragraphs as JSON on standard output.

Run as `python -m evidence.documents.pdf_child SECONDS` by `evidence.documents.pdf`.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2

from evidence.documents.document import SOFT_HYPHEN
from evidence.documents.pdf_layout import Character, LinkArea, Paragraph, PdfPage, layout, pieces_of

_MOST_MEMORY = 2_000_000_000  # bytes of address space
_MOST_PAGES = 5_000
_LONGEST = 5_000_000  # characters
_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})  # as PDFium gives a hyphen that ends a line
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_TURNED = 0.1  # radians
_FARTHEST = 14_400  # points; no page is larger


class _TooMuchError(ValueError):
    """More than any monograph has."""


def main() -> None:
    """Read, lay out, answer."""
    _limit(int(sys.argv[1]))
    sys.stdout.write(json.dumps(answer(sys.stdin.buffer.read())))


def answer(data: bytes) -> dict[str, object]:
    """The paragraphs of a PDF file and what is doubtful of them; what goes wrong is an `error`."""
    try:
        with pypdfium2.PdfDocument(data) as document:
            found = layout(_pages(document, pypdfium2.raw))
            return {"paragraphs": [_as_json(paragraph) for paragraph in found.paragraphs], "doubts": found.doubts}
    except pypdfium2.PdfiumError as error:
        protected = getattr(error, "err_code", None) == _PASSWORD
        return {"error": "this PDF is password-protected" if protected else "this PDF cannot be read"}
    except MemoryError:
        return {"error": "reading this PDF exceeds the memory limit"}
    except _TooMuchError:
        most = f"{_MOST_PAGES:,} pages or {_LONGEST // 1_000_000} million characters"
        return {"error": f"this PDF has more than {most}"}
    except (ArithmeticError, LookupError, AttributeError, TypeError, ValueError, RecursionError) as error:
        return {"error": f"this PDF cannot be read ({type(error).__name__})"}


def _pages(document: Any, raw: Any) -> Iterator[PdfPage]:
    if len(document) > _MOST_PAGES:
        raise _TooMuchError
    total = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        total += text.count_chars()
        if total > _LONGEST:
            raise _TooMuchError
        yield PdfPage(number + 1, list(_characters(text, raw)), list(_links(document, page, raw)))
        text.close()
        page.close()


def _characters(text: Any, raw: Any) -> Iterator[Character]:
    x, y = ctypes.c_double(), ctypes.c_double()
    matrix, box = raw.FS_MATRIX(), raw.FS_RECTF()
    for at in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text.raw, at)
        if raw.FPDFText_IsGenerated(text.raw, at) == 1:
            if code == ord(" "):
                yield Character(0.0, 0.0, 0.0, 0.0, " ")
            continue
        if abs(raw.FPDFText_GetCharAngle(text.raw, at)) > _TURNED:
            continue
        raw.FPDFText_GetLooseCharBox(text.raw, at, box)
        raw.FPDFText_GetCharOrigin(text.raw, at, x, y)
        if not (abs(box.left) <= _FARTHEST and abs(box.right) <= _FARTHEST and abs(y.value) <= _FARTHEST):
            continue
        raw.FPDFText_GetMatrix(text.raw, at, matrix)
        size = abs(raw.FPDFText_GetFontSize(text.raw, at) * (matrix.d or 1)) or box.top - box.bottom
        yield Character(box.left, box.right, y.value, size, SOFT_HYPHEN if code in _LINE_END_HYPHENS else chr(code))


def _links(document: Any, page: Any, raw: Any) -> Iterator[LinkArea]:
    place, link, box = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    while raw.FPDFLink_Enumerate(page.raw, place, link):
        action = raw.FPDFLink_GetAction(link)
        if not action or not raw.FPDFLink_GetAnnotRect(link, box):
            continue
        length = raw.FPDFAction_GetURIPath(document.raw, action, None, 0)
        if length > 1:
            address = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(document.raw, action, address, length)
            yield LinkArea(box.left, box.bottom, box.right, box.top, address.value.decode("utf-8", "replace"))


def _as_json(paragraph: Paragraph) -> dict[str, object]:
    return {
        "lines": pieces_of(paragraph),
        "level": paragraph.level,
        "entry": [paragraph.number, paragraph.label] if paragraph.is_entry else None,
    }


if sys.platform == "win32":
    from ctypes import wintypes

    class _JobLimits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of the Windows API, its counters of input and output left as bytes."""

        _fields_ = (
            ("process_time", ctypes.c_int64),
            ("job_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("least_working_set", ctypes.c_size_t),
            ("largest_working_set", ctypes.c_size_t),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
            ("counters", ctypes.c_byte * 48),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    def _limit(seconds: int) -> None:
        """Bound processor time and memory by a job object that this process joins."""
        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        time_and_memory = 0x2 | 0x100  # JOB_OBJECT_LIMIT_PROCESS_TIME, JOB_OBJECT_LIMIT_PROCESS_MEMORY
        limits = _JobLimits(process_time=seconds * 10_000_000, flags=time_and_memory, process_memory=_MOST_MEMORY)
        job = kernel.CreateJobObjectW(None, None)
        extended = 9  # JobObjectExtendedLimitInformation
        kernel.SetInformationJobObject(job, extended, ctypes.byref(limits), ctypes.sizeof(limits))
        kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess())
else:
    import resource

    def _limit(seconds: int) -> None:
        """Bound processor time and memory; the parent bounds the time of the clock."""
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    main()
