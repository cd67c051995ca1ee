"""Synthetic monographs: the references are invented, their forms are those of real lists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx

from evidence.monographs.documents import Document, Form
from evidence.monographs.listing import find_references
from evidence.monographs.reading import parse_document

REFERENCES = (
    "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. doi:10.1000/jem.2019.0045",
    "Cedar D, Dogwood E, et al. A second trial of examplinib in adults. Ann Test. 2021;7:e101. PMID: 91234567",
    "Elm F. Examplinib: a review. Rev Samples. 2020;33(1):1-19. https://pubmed.ncbi.nlm.nih.gov/90000001/",
    "Fir Institute. Examplinib information for patients. Accessed March 2025. https://example.org/examplinib",
)


def read(text: str, form: Form = Form.TEXT) -> Document:
    return parse_document("made." + form, text.encode(), form)


def entries(text: str, form: Form = Form.TEXT) -> list[tuple[int | None, str]]:
    """Number and text of every entry that is found."""
    found = find_references(read(text, form))
    return [(entry.number, entry.text) for entry in found.entries] if found else []


def word(fill: Callable[[docx.document.Document], None]) -> bytes:
    """A DOCX file as python-docx writes it."""
    document = docx.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def replaced(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The DOCX file with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()).encode() if name == part else text)
    return out.getvalue()
