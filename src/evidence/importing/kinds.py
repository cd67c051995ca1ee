"""What a file is that is to be imported: told by what stands in it where that is plain, else by its name."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath

from evidence.errors import FileError
from evidence.monographs.documents import Form


class Kind(StrEnum):
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
    def form(self) -> Form | None:
        """The form of a monograph; None for a reference manager's file."""
        return Form(self.value) if self.value in set(Form) else None


_BY_NAME = {
    **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd"), Kind.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Kind.HTML),
    **dict.fromkeys((".txt", ".text"), Kind.TEXT),
    **dict.fromkeys((".nbib", ".medline"), Kind.NBIB),
    **dict.fromkeys((".yaml", ".yml"), Kind.CSL_YAML),
    ".docx": Kind.DOCX,
    ".pdf": Kind.PDF,
    ".bib": Kind.BIBTEX,
    ".bibtex": Kind.BIBTEX,
    ".biblatex": Kind.BIBLATEX,
    ".ris": Kind.RIS,
    ".xml": Kind.ENDNOTE,
    ".json": Kind.CSL_JSON,
}
_PLAIN = frozenset(["", ".txt", ".text"])
"""Endings that say nothing of what kind of text a file is: PubMed saves its records as .txt."""

_LOOKED_AT = 20_000  # bytes; of a file's beginning
_SIGNS = (
    (re.compile(rb"%PDF-"), Kind.PDF),
    (re.compile(rb"PK\x03\x04"), Kind.DOCX),
    (re.compile(rb"\s*PMID- ?\d"), Kind.NBIB),
    (re.compile(rb"\s*TY  -"), Kind.RIS),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>|\s*(?:<\?xml[^>]*>\s*)?<records>"), Kind.ENDNOTE),
)
_LIKELY = (
    (re.compile(rb"\s*(?:<!DOCTYPE html|<html\b)", re.IGNORECASE), Kind.HTML),
    (re.compile(rb"\s*(?:%[^\n]*\n\s*)*@[A-Za-z]+\s*[{(]"), Kind.BIBTEX),
    (re.compile(rb"\s*[\[{]\s*(?:\{\s*)?\""), Kind.CSL_JSON),
    (re.compile(rb"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?references:\s*(?:\n|\[)"), Kind.CSL_YAML),
)
_OF_BIBLATEX = re.compile(
    rb"^[^\S\n]*+(?:date|journaltitle|location|institution|eprinttype|urldate)\s*=|@(?:online|thesis|collection|dataset)\s*\{",
    re.IGNORECASE | re.MULTILINE,
)


def kind_by_name(name: str) -> Kind | None:
    """What a file's name alone says; None where it says nothing."""
    return _BY_NAME.get(PurePath(name).suffix.lower())


def kind_of(name: str, data: bytes) -> Kind:
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
        kind = Kind.TEXT
    if kind is None:
        known = ", ".join(dict.fromkeys(_BY_NAME))
        raise FileError(f"what {suffix or 'this'} is cannot be told", path=name, fix=f"say --from; known are {known}")
    if kind is Kind.BIBTEX and _OF_BIBLATEX.search(data):
        return Kind.BIBLATEX
    return kind
