"""Groups among the authors, set apart from persons by a semicolon: `Mason JP, Potter L; INVENT Study Group`.

AMA and Citing Medicine want it, and CSL has one delimiter for all names. So what stands behind a semicolon is marked
before the engine runs, and the comma that the engine sets before a mark is replaced afterwards.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

MARK = "\ufdd0"
"""A noncharacter, which no text may hold (Unicode 23.7) and `rich.clean` leaves out."""

_BODY = "word/document.xml"


def mark_groups(names: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The names, marked where a group meets what is before it."""
    return [
        _with_mark(name) if at and ("literal" in name or "literal" in names[at - 1]) else name
        for at, name in enumerate(names)
    ]


def _with_mark(name: Mapping[str, str]) -> Mapping[str, str]:
    first = next((part for part in ("literal", "non-dropping-particle", "family") if name.get(part)), None)
    return {**name, first: f"{MARK}{name[first]}"} if first else name


def apart(text: str) -> str:
    """What the engine wrote, with semicolons for the commas before marks, and no mark left."""
    return text.replace(f", {MARK}", f"; {MARK}").replace(MARK, "") if MARK in text else text


def apart_in_rtf(text: str) -> str:
    """The same of RTF, which spells the mark."""
    return apart(text.replace(f"\\u{ord(MARK)} ?", MARK))


def apart_in_docx(written: bytes) -> bytes:
    """The same of a DOCX; without a mark it stays byte for byte."""
    with zipfile.ZipFile(io.BytesIO(written)) as own:
        body = own.read(_BODY).decode()
        if MARK not in body:
            return written
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for part in own.infolist():
                new.writestr(part, apart(body).encode() if part.filename == _BODY else own.read(part))
    return made.getvalue()
