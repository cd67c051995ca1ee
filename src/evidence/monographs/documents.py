"""A monograph as read: its paragraphs in order, whatever the file's format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evidence.library.files import SourceText
from evidence.model.references import Place
from evidence.monographs.passages import Passage, Span


class DocumentFormat(StrEnum):
    """The formats that are read."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """Words of a paragraph that lead to an address which may not be printed."""

    span: Span
    address: str


@dataclass(frozen=True, slots=True)
class Item:
    """A list's mark before a paragraph that the format keeps apart from its text.

    `number` counts as the reader sees it; None for a bullet. `label` is the mark as printed ("1.", "[1]").
    """

    number: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. Line ends within it are hard ones.

    `level` is a heading's level from 1, 0 for a paragraph. `raised` are the places printed as
    superscript. `note` is True for a foot- or endnote's text.
    """

    passage: Passage
    level: int = 0
    item: Item | None = None
    raised: tuple[Span, ...] = ()
    links: tuple[Hyperlink, ...] = ()
    note: bool = False

    @property
    def text(self) -> str:
        """The paragraph's text, as a reader sees it."""
        return self.passage.text


@dataclass(frozen=True, slots=True)
class Document:
    """A monograph. Offsets count characters of `source.text`.

    `exact` is True when that is the file's own text (plain text, Markdown), so that a place in it is a place in the
    file; else it is the paragraphs' text put together.
    """

    form: DocumentFormat
    source: SourceText
    blocks: tuple[Block, ...]

    @property
    def path(self) -> str:
        """The file, as it was named."""
        return self.source.path

    @property
    def exact(self) -> bool:
        """Whether offsets are places in the file itself."""
        return self.form in {DocumentFormat.TEXT, DocumentFormat.MARKDOWN}

    def place(self, offset: int) -> Place:
        """Line and column of an offset."""
        return self.source.place(offset)
