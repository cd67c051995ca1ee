"""The lines of a document, with what stands before their text: list marks, and the line numbers of manuscripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evidence.monographs.documents import Block, Document, DocumentFormat, Hyperlink, Item
from evidence.monographs.passages import Passage

_LINE = re.compile(r"[^\r\n\f]*+(?:\r\n|[\r\n\f]|\Z)")
_NUMBERED = re.compile(r"[^\S\n]*(\d{1,5})(?:[^\S\n]+|\Z)")
_FEWEST_NUMBERED = 10
_GOES_ON = re.compile(r"[a-z]|[\[(]?\d{1,4}[.)\]]\s")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `opens` tells whether a paragraph begins with it, `item` what mark the format gives it.

    `indent` counts columns; `block` is the number of its paragraph in the document.
    """

    passage: Passage
    block: int
    opens: bool
    indent: int
    level: int = 0
    item: Item | None = None
    links: tuple[Hyperlink, ...] = ()
    note: bool = False

    @property
    def text(self) -> str:
        """The line without white space around it."""
        return self.passage.text


def lines_of(document: Document) -> list[Line]:
    """The document's lines that are not blank, without a manuscript's line numbers."""
    lines = [line for number, block in enumerate(document.blocks) for line in _lines(block, number)]
    return _without_line_numbers(lines) if document.form in {DocumentFormat.TEXT, DocumentFormat.PDF} else lines


def _lines(block: Block, number: int) -> Iterator[Line]:
    opens = True
    links = list(block.links)
    for match in _LINE.finditer(block.text):
        bare = match[0].strip()
        if not bare:
            continue
        first = match.start() + len(match[0]) - len(match[0].lstrip())
        behind = first + len(bare)
        mine = tuple(
            Hyperlink((max(0, link.span[0] - first), min(link.span[1], behind) - first), link.address)
            for link in links
            if link.span[0] < behind and link.span[1] > match.start()
        )
        indent = len(match[0][: first - match.start()].expandtabs(4))
        item = block.item if opens else None
        yield Line(block.passage.part(first, behind), number, opens, indent, block.level, item, mine, block.note)
        opens = False


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    """A manuscript's lines are numbered one by one; a list's numbers skip wrapped lines and count texts."""
    numbered = [(at, match) for at, line in enumerate(lines) if (match := _NUMBERED.match(line.text))]
    run = _longest_run(numbered)
    if len(run) < _FEWEST_NUMBERED or len(run) < 0.8 * len(lines) or not _is_of_lines(lines, run):
        return lines
    kept = list(lines)
    for at, match in run:
        rest = lines[at].passage.part(match.end(), len(lines[at].text)).stripped()
        gap = match.end() - match.end(1)
        kept[at] = replace(lines[at], passage=rest, indent=max(0, gap - 1))
    return [line for line in kept if line.text]


def _longest_run(numbered: Sequence[tuple[int, re.Match[str]]]) -> list[tuple[int, re.Match[str]]]:
    """The longest run of numbers that go up by one (or by five, as some print them)."""
    best: list[tuple[int, re.Match[str]]] = []
    for step in (1, 5):
        run: list[tuple[int, re.Match[str]]] = []
        for one in numbered:
            if run and int(one[1][1]) != int(run[-1][1][1]) + step:
                best = max(best, run, key=len)
                run = []
            run.append(one)
        best = max(best, run, key=len)
    return best


def _is_of_lines(lines: Sequence[Line], run: Sequence[tuple[int, re.Match[str]]]) -> bool:
    """Whether the numbers count lines: some go on in the middle of a sentence, or have a text's number too."""
    rests = [lines[at].text[match.end() :].strip() for at, match in run]
    going_on = sum(not rest or _GOES_ON.match(rest) is not None for rest in rests)
    return going_on * 10 >= len(rests)
