"""Lines of text for a terminal: wrapped to its width with hanging indents, coloured when asked; and tables.

Everything that is put on a sheet passes `one_line`, so no control sequence from outside gets
through; the colours are added afterwards and are the only ones. Widths are columns: East Asian wide
characters take two, combining marks none (Unicode Standard Annex 11).
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.model.text import one_line, plain_ascii

# Select Graphic Rendition parameters (ECMA-48, 8.3.117); the eight basic colours follow the terminal's theme.
_STYLES = {
    "": "",
    "bold": "1",
    "dim": "2",
    "error": "1;31",
    "warning": "1;33",
    "info": "1;34",
    "good": "32",
    "alarm": "1;35",
}
_MARGIN = 3  # columns before a label


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Text in one style. Spans of one paragraph are set with a space between them."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    style: str
    after_space: bool = True


def display_width(text: str) -> int:
    """How many columns the text takes."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _fitting(text: str, room: int) -> int:
    """How many characters at the beginning of the text take at most so many columns."""
    ends = itertools.accumulate(map(_char_width, text))
    return sum(1 for _ in itertools.takewhile(lambda end: end <= room, ends))


class Sheet:
    """Lines in the making."""

    def __init__(self, *, width: int, color: bool, unicode: bool) -> None:
        self._width = width
        self._color = color
        self._unicode = unicode
        self._lines: list[str] = []

    def text(self) -> str:
        """All lines so far, each ended by a line break."""
        return "".join(f"{line}\n" for line in self._lines)

    def blank(self) -> None:
        """An empty line, never two in a row and never the first."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def rule(self, title: str, right: str = "") -> None:
        """A line across the sheet with a title, and something at its right end where there is room."""
        title, right = self._clean(title), self._clean(right)
        dash = self._clean("\N{BOX DRAWINGS LIGHT HORIZONTAL}")
        line = f"{self._paint(dash * 2, 'dim')} {self._paint(title, 'bold')} "
        room = self._width - display_width(title) - len("-- " + " ")
        beside = room - display_width(right) - 1
        if right and beside >= 2:
            self._lines.append(f"{line}{self._paint(f'{dash * beside} {right}', 'dim')}")
            return
        self._lines.append(line + self._paint(dash * max(room, 2), "dim"))
        if right:
            self.add(TextSpan(right, "dim"), indent=_MARGIN)

    def add(self, *spans: TextSpan, indent: int = 0, label: TextSpan | None = None) -> None:
        """A paragraph, wrapped; `label` is in the indent of its first line.

        A word longer than the line is not broken (an address can then still be clicked).
        """
        lead = self._lead(indent, label)
        for line in self._filled([word for span in spans for word in self._words(span)], self._width - indent):
            self._lines.append(f"{lead}{self._painted(line)}".rstrip())
            lead = " " * indent

    def clipped(self, span: TextSpan, *, indent: int, label: TextSpan | None = None) -> None:
        """One line, cut at the sheet's width; with a label in front as in `add`."""
        text, room = self._clean(span.text), self._width - indent
        if display_width(text) > room:
            dots = self._clean("\N{HORIZONTAL ELLIPSIS}")
            text = text[: _fitting(text, room - display_width(dots))].rstrip() + dots
        self._lines.append(self._lead(indent, label) + self._paint(text, span.style))

    def _lead(self, indent: int, label: TextSpan | None) -> str:
        """The indent of a line, with the label in it."""
        if label is None:
            return " " * indent
        name = self._clean(label.text)
        gap = " " * max(1, indent - _MARGIN - display_width(name))
        return " " * _MARGIN + self._paint(name, label.style) + gap

    def _clean(self, text: str) -> str:
        text = one_line(text)
        return text if self._unicode else plain_ascii(text)

    def _words(self, span: TextSpan) -> Iterator[_Word]:
        for word in self._clean(span.text).split(" "):
            if word.isascii():
                yield _Word(word, span.style)
                continue
            start = 0
            for end in range(1, len(word) + 1):
                # A line may be broken beside any wide character: those scripts set no spaces.
                if end == len(word) or _char_width(word[end - 1]) == 2 or _char_width(word[end]) == 2:
                    yield _Word(word[start:end], span.style, after_space=start == 0)
                    start = end

    def _filled(self, words: list[_Word], room: int) -> Iterator[list[_Word]]:
        line: list[_Word] = []
        used = 0
        for word in words:
            needed = display_width(word.text) + (1 if word.after_space and line else 0)
            if line and used + needed > room:
                yield line
                line, used, needed = [], 0, display_width(word.text)
            line.append(word)
            used += needed
        if line:
            yield line

    def _painted(self, line: list[_Word]) -> str:
        """The words of a line, neighbours of one style painted together."""
        painted, run, style = "", "", line[0].style
        for number, word in enumerate(line):
            space = " " if number and word.after_space else ""
            if word.style != style:
                painted += self._paint(run, style) + space
                run, style, space = "", word.style, ""
            run += space + word.text
        return painted + self._paint(run, style)

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._color and style and text else text


_LEAST_LAST = 24  # columns that the last column of a table needs to be worth its place
_DETAIL = 4  # columns before what follows the first cell, where a row has several lines


def table(rows: Sequence[Sequence[str]], *, width: int | None, right: frozenset[int] = frozenset()) -> list[list[str]]:
    """A table that fits into `width`, if one is given: the lines of each of its rows, of which the first is the head.

    Where it is too wide, its last column is wrapped; where that would be too narrow, each row is its first cell, and
    below it the others, each after the head of its column. The cells are made harmless.
    """
    lines = columns(rows, right=right)
    if width is None or all(display_width(line) <= width for line in lines):
        return [[line] for line in lines]
    clean = [[one_line(cell) for cell in row] for row in rows]
    leads = columns([row[:-1] for row in clean], right=right)
    indent = max(map(display_width, leads)) + 2
    if width - indent >= _LEAST_LAST:
        padded = (lead + " " * (indent - display_width(lead)) for lead in leads)
        return [hanging(lead, row[-1], width) for lead, row in zip(padded, clean, strict=True)]
    heads = clean[0]
    found: list[list[str]] = [[]]
    for row in clean[1:]:
        named = "; ".join(f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True) if cell)
        found.append([row[0], *(hanging(" " * _DETAIL, named, width) if named else ())])
    return found


def hanging(lead: str, text: str, width: int | None) -> list[str]:
    """The text after its lead, wrapped within `width`, if one is given; all its lines begin below the first."""
    indent = display_width(lead)
    if width is None:
        return [f"{lead}{text}".rstrip()]
    sheet = Sheet(width=width, color=False, unicode=True)
    sheet.add(TextSpan(text), indent=indent)
    first, *others = sheet.text().splitlines() or [""]
    return [f"{lead}{first[indent:]}".rstrip(), *others]


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """A table as lines: columns as wide as their widest cell, the last one open; those in `right` are set to the right.

    The cells are made harmless.
    """
    clean = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(display_width(cell) for cell in column) for column in zip(*clean, strict=True)]
    lines = []
    for row in clean:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (width - display_width(cell))
            cells.append(pad + cell if number in right else cell + pad)
        lines.append("  ".join(cells).rstrip())
    return lines
