"""A monograph as read, whatever the file's format: its paragraphs and lines, with each character's place."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evidence.library.files import SourceText
from evidence.model.errors import FileError, Place
from evidence.model.regex import regex
from evidence.model.version import how_to_install

Span = tuple[int, int]
"""First character and the one after the last, from 0."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the places of its characters in the source.

    `anchors` are pairs (place in `text`, offset in the source), ascending; between two of them both
    run in step. Characters that the source spells otherwise (an entity, a line break that became a
    space) have the place of that spelling.
    """

    text: str
    anchors: tuple[tuple[int, int], ...] = ((0, 0),)

    @classmethod
    def at(cls, text: str, offset: int) -> Passage:
        """A text that is in the source literally."""
        return cls(text, ((0, offset),))

    def offset(self, place: int) -> int:
        """The offset in the source of the character at a place of `text`, or of its end."""
        number = max(0, bisect_right(self.anchors, (place, 1 << 62)) - 1)
        start, offset = self.anchors[number]
        return offset + place - start

    @property
    def span(self) -> Span:
        """The offsets in the source of the first character and after the last."""
        last = max(0, len(self.text) - 1)
        return self.offset(0), self.offset(last) + (1 if self.text else 0)

    def part(self, first: int, end: int) -> Passage:
        """The characters from `first` to `end`, which is not included."""
        inner = self.anchors[bisect_right(self.anchors, (first, 1 << 62)) : bisect_left(self.anchors, (end,))]
        moved = ((place - first, offset) for place, offset in inner)
        return Passage(self.text[first:end], ((0, self.offset(first)), *moved))

    def stripped(self) -> Passage:
        """Without white space at both ends."""
        first = len(self.text) - len(self.text.lstrip())
        return self.part(first, max(first, len(self.text.rstrip())))


def joined(pieces: Iterable[tuple[str, Passage]]) -> Passage:
    """Passages joined, each after its separator (the first one's is left out)."""
    texts: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = 0
    for separator, passage in pieces:
        if texts:
            texts.append(separator)
            length += len(separator)
        texts.append(passage.text)
        anchors += [(length + place, offset) for place, offset in passage.anchors]
        length += len(passage.text)
    return Passage("".join(texts), tuple(anchors) or ((0, 0),))


SOFT_HYPHEN = "\u00ad"
"""At the end of a line, a hyphen that only the line's end asked for."""


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
    """A list's mark before a paragraph that the format stores apart from its text.

    `number` counts as the reader sees it; None for a bullet. `label` is the mark as printed ("1.", "[1]").
    """

    number: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. Line ends within it are hard ones.

    `level` is a heading's level from 1, 0 for a paragraph. `raised` are the places printed as
    superscript. `note` is True for a foot- or endnote's text. `row` is the number of the table row, from 1 through the
    document, whose cell this is, 0 outside of tables.
    """

    passage: Passage
    level: int = 0
    item: Item | None = None
    raised: tuple[Span, ...] = ()
    links: tuple[Hyperlink, ...] = ()
    note: bool = False
    row: int = 0

    @property
    def text(self) -> str:
        """The paragraph's text, as a reader sees it."""
        return self.passage.text


@dataclass(frozen=True, slots=True)
class Document:
    """A monograph. Offsets count characters of `source.text`.

    `exact` is True when that is the file's own text (plain text, Markdown), so that a place in it is a place in the
    file; else it is the paragraphs' text joined. `doubts` say what may have been read wrongly, and where.
    """

    form: DocumentFormat
    source: SourceText
    blocks: tuple[Block, ...]
    doubts: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a stretch of a monograph. `span` are offsets in the document's source; `paragraphs` what it says."""

    span: Span
    paragraphs: tuple[str, ...]


COMMENTATOR = "evidence"
"""Whose comments ours are."""


# Paragraphs from the runs of a document that is not itself text

LONGEST = 20_000_000
"""Characters of text; a monograph of 2,000 pages has a quarter of it."""

MOST_PARAGRAPHS = 300_000
"""Ten times those of a long book, each cell of its tables counted."""

_SPACES = regex(r"[^\S\n\u00a0\u202f]+")


class Builder:
    """Collects runs of text to paragraphs, and these to a document whose text is theirs joined."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._blocks: list[Block] = []
        self._texts: list[str] = []
        self._length = 0
        self._total = 0
        self._start_over()

    def _start_over(self) -> None:
        self._runs: list[str] = []
        self._at = 0
        self._raised: list[Span] = []
        self._links: list[Hyperlink] = []

    def add(self, text: str, *, raised: bool = False, folded: bool = True) -> None:
        """A run of text; white space is folded to single spaces if `folded`.

        Raises:
            FileError: more text than any monograph has.
        """
        if folded:
            text = _SPACES.sub(" ", text.replace("\n", " "))
            if text.startswith(" ") and (not self._runs or self._runs[-1][-1:] in {" ", "\n"}):
                text = text[1:]
        if not text:
            return
        self._total += len(text)
        if self._total > LONGEST:
            raise self._too_much(f"{LONGEST // 1_000_000} million characters")
        self._runs.append(text)
        if raised and text.strip():
            self._raised.append((self._at, self._at + len(text)))
        self._at += len(text)

    def _too_much(self, limit: str) -> FileError:
        return FileError(f"the document has more than {limit}", path=self._path, fix="split it into several files")

    def line_end(self) -> None:
        """A hard line end within the paragraph."""
        if self._runs and not self._runs[-1].endswith("\n"):
            self.add("\n", folded=False)

    def place(self) -> int:
        """The place in the paragraph where the next run goes."""
        return self._at

    @property
    def count(self) -> int:
        """How many paragraphs there are, which is the number of the one that is being made."""
        return len(self._blocks)

    @property
    def so_far(self) -> str:
        """The text of the paragraph up to here."""
        return "".join(self._runs)

    def link(self, start: int, address: str) -> None:
        """What was added since `start` leads to an address."""
        self._links.append(Hyperlink((start, self._at), address))

    def drop(self) -> None:
        """Forget what was added since the last paragraph."""
        self._start_over()

    def paragraph(self, *, level: int = 0, item: Item | None = None, note: bool = False, row: int = 0) -> bool:
        """End the paragraph; one without text is dropped (False)."""
        text = self.so_far.rstrip()
        if text.strip():
            passage = Passage.at(text, self._length)
            raised, links = tuple(self._raised), tuple(self._links)
            if len(self._blocks) >= MOST_PARAGRAPHS:
                raise self._too_much(f"{MOST_PARAGRAPHS:,} paragraphs")
            self._blocks.append(Block(passage, level, item, raised, links, note, row))
            self._texts.append(text)
            self._length += len(text) + 2
        self._start_over()
        return bool(text.strip())

    def document(self, form: DocumentFormat, data: bytes, doubts: tuple[str, ...] = ()) -> Document:
        """All paragraphs; `data` are the file's bytes."""
        source = SourceText(self._path, "\n\n".join(self._texts), hashlib.sha256(data).hexdigest())
        return Document(form, source, tuple(self._blocks), doubts)


def missing_extra(path: str, kind: str, package: str) -> FileError:
    """The error for a reader that is not installed."""
    return FileError(f"reading {kind} requires the package {package}", path=path, fix=how_to_install("import"))


# Lines, with the marks before their text: those of lists, and the line numbers of manuscripts

LINE = regex(r"[^\r\n\f]*+(?:\r\n|[\r\n\f]|\Z)")
_NUMBERED = regex(r"[^\S\n]*(\d{1,5})(?:[^\S\n]+|\Z)")
_FEWEST_NUMBERED = 10
_GOES_ON = regex(r"[a-z]|[\[(]?\d{1,4}[.)\]]\s")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `opens` is True for the first of a paragraph, `item` the mark that the format gives it.

    `indent` counts columns; `block` is the number of its paragraph in the document, `row` as in `Block`.
    """

    passage: Passage
    block: int
    opens: bool
    indent: int
    level: int = 0
    item: Item | None = None
    links: tuple[Hyperlink, ...] = ()
    note: bool = False
    row: int = 0

    @property
    def text(self) -> str:
        """The line without white space around it."""
        return self.passage.text


def lines_of(document: Document) -> list[Line]:
    """The document's lines that are not blank, without a manuscript's line numbers."""
    lines = [line for number, block in enumerate(document.blocks) for line in _lines(block, number)]
    return _without_line_numbers(lines) if document.form is DocumentFormat.TEXT else lines


def _lines(block: Block, number: int) -> Iterator[Line]:
    opens = True
    later = deque(sorted(block.links, key=lambda link: link.span))
    over: list[Hyperlink] = []
    for match in LINE.finditer(block.text):
        bare = match[0].strip()
        if not bare:
            continue
        first = match.start() + len(match[0]) - len(match[0].lstrip())
        end = first + len(bare)
        while later and later[0].span[0] < end:
            over.append(later.popleft())
        over = [link for link in over if link.span[1] > match.start()]
        links = tuple(
            Hyperlink((max(0, link.span[0] - first), min(link.span[1], end) - first), link.address) for link in over
        )
        indent = len(match[0][: first - match.start()].expandtabs(4))
        item = block.item if opens else None
        passage = block.passage.part(first, end)
        yield Line(passage, number, opens, indent, block.level, item, links, block.note, block.row)
        opens = False


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    """A manuscript's lines are numbered one by one; a list's numbers skip wrapped lines and count texts."""
    numbered = [(at, match) for at, line in enumerate(lines) if (match := _NUMBERED.match(line.text))]
    run = _longest_run(numbered)
    if len(run) < _FEWEST_NUMBERED or len(run) < 0.8 * len(lines) or not _is_of_lines(lines, run):
        return lines
    unnumbered = list(lines)
    for at, match in run:
        rest = lines[at].passage.part(match.end(), len(lines[at].text)).stripped()
        gap = match.end() - match.end(1)
        unnumbered[at] = replace(lines[at], passage=rest, indent=max(0, gap - 1))
    return [line for line in unnumbered if line.text]


def _longest_run(numbered: Sequence[tuple[int, re.Match[str]]]) -> list[tuple[int, re.Match[str]]]:
    """The longest run of numbers that go up by one (or by five, as some print them)."""
    best: list[tuple[int, re.Match[str]]] = []
    for step in (1, 5):
        run: list[tuple[int, re.Match[str]]] = []
        for at, match in numbered:
            if run and int(match[1]) != int(run[-1][1][1]) + step:
                best = max(best, run, key=len)
                run = []
            run.append((at, match))
        best = max(best, run, key=len)
    return best


def _is_of_lines(lines: Sequence[Line], run: Sequence[tuple[int, re.Match[str]]]) -> bool:
    """Whether the numbers count lines: some go on in the middle of a sentence, or have a text's number too."""
    rests = [lines[at].text[match.end() :].strip() for at, match in run]
    going_on = sum(not rest or _GOES_ON.match(rest) is not None for rest in rests)
    return going_on * 10 >= len(rests)
