"""What a file is that is to be imported: told by what stands in it where that is plain, else by its name."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from evidence.errors import FileError
from evidence.monographs.documents import DocumentFormat


class ImportFormat(StrEnum):
    """Monographs, and the files of reference managers."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    BIBTEX = "bibtex"
    BIBLATEX = "biblatex"
    RIS = "ris"
    ENDNOTE = "endnote"
    NBIB = "nbib"
    CSL_JSON = "csl-json"
    CSL_YAML = "csl-yaml"

    @property
    def form(self) -> DocumentFormat | None:
        """The form of a monograph; None for a reference manager's file."""
        return DocumentFormat(self.value) if self.value in set(DocumentFormat) else None


_BY_NAME = {
    **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd"), ImportFormat.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), ImportFormat.HTML),
    **dict.fromkeys((".txt", ".text"), ImportFormat.TEXT),
    **dict.fromkeys((".nbib", ".medline"), ImportFormat.NBIB),
    **dict.fromkeys((".yaml", ".yml"), ImportFormat.CSL_YAML),
    ".docx": ImportFormat.DOCX,
    ".pdf": ImportFormat.PDF,
    ".bib": ImportFormat.BIBTEX,
    ".bibtex": ImportFormat.BIBTEX,
    ".biblatex": ImportFormat.BIBLATEX,
    ".ris": ImportFormat.RIS,
    ".xml": ImportFormat.ENDNOTE,
    ".json": ImportFormat.CSL_JSON,
}
_PLAIN = frozenset(["", ".txt", ".text"])
"""Endings that say nothing of what kind of text a file is: PubMed saves its records as .txt."""

_LOOKED_AT = 20_000  # bytes; of a file's beginning
_SIGNS = (
    (re.compile(rb"%PDF-"), ImportFormat.PDF),
    (re.compile(rb"PK\x03\x04"), ImportFormat.DOCX),
    (re.compile(rb"\s*PMID- ?\d"), ImportFormat.NBIB),
    (re.compile(rb"\s*TY  -"), ImportFormat.RIS),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>|\s*(?:<\?xml[^>]*>\s*)?<records>"), ImportFormat.ENDNOTE),
)
_LIKELY = (
    (re.compile(rb"\s*(?:<!DOCTYPE html|<html\b)", re.IGNORECASE), ImportFormat.HTML),
    (re.compile(rb"\s*(?:%[^\n]*\n\s*)*@[A-Za-z]+\s*[{(]"), ImportFormat.BIBTEX),
    (re.compile(rb"\s*[\[{]\s*(?:\{\s*)?\""), ImportFormat.CSL_JSON),
    (re.compile(rb"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?references:\s*(?:\n|\[)"), ImportFormat.CSL_YAML),
)
_OF_BIBLATEX = re.compile(
    rb"^[^\S\n]*+(?:date|journaltitle|location|institution|eprinttype|urldate)\s*=|@(?:online|thesis|collection|dataset)\s*\{",
    re.IGNORECASE | re.MULTILINE,
)


def kind_by_name(name: str) -> ImportFormat | None:
    """What a file's name alone says; None where it says nothing."""
    return _BY_NAME.get(PurePath(name).suffix.lower())


def kind_of(name: str, data: bytes) -> ImportFormat:
    """What a file is, by its first bytes and its name (`-` for standard input).

    Raises:
        FileError: neither tells.
    """
    suffix = PurePath(name).suffix.lower()
    begin = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    kind = next((kind for sign, kind in _SIGNS if sign.match(begin)), None) or kind_by_name(name)
    if kind is None or suffix in _PLAIN:
        kind = next((likely for sign, likely in _LIKELY if sign.match(begin)), kind)
    if kind is None and suffix in _PLAIN:
        kind = ImportFormat.TEXT
    if kind is None:
        known = ", ".join(dict.fromkeys(_BY_NAME))
        raise FileError(f"what {suffix or 'this'} is cannot be told", path=name, fix=f"say --from; known are {known}")
    if kind is ImportFormat.BIBTEX and _OF_BIBLATEX.search(data):
        return ImportFormat.BIBLATEX
    return kind
