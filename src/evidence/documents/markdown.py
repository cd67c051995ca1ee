"""Paragraphs of a Markdown file as a reader sees them, with each character's place in the file.

Only what matters for citations is read: headings, lists, notes, links, raised characters; code and comments are
skipped. A parser that builds a tree would lose the places. Every pattern is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace

from evidence.documents.document import Block, Document, DocumentFormat, Hyperlink, Item, Passage, Span
from evidence.library.files import SourceText
from evidence.model.regex import regex

_LINE = regex(r"[^\n]*\n|[^\n]+\Z")
_FENCE = regex(r" {0,3}(```+|~~~+)")
_DIVISION = regex(r" {0,3}:{3,}+[ \t]*+(?:(?:\{[^{}\n]*\}|[\w-]++)[ \t]*+)*+[ \t:]*\n?\Z")
"""The line with which pandoc begins or ends a division: `::: {#refs .references}`."""
_HEADING = regex(r" {0,3}(#{1,6})[ \t]+")
_UNDERLINE = regex(r" {0,3}(=+|-{3,})[ \t]*\n?\Z")
_ITEM = regex(r"[ \t]*(?:(?P<number>\d{1,4})[.)]|(?P<bullet>[-*+]))[ \t]+(?=\S)")
_NOTE = regex(r" {0,3}\[\^(?P<name>[^\]\s]{1,100})\]:[ \t]*")
_NOTE_MARK = regex(r"\[\^([^\]\s]{1,100})\](?!:)")
_DELIMITERS = regex(r"(?=[^\n]*\|)[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+(?:\|[ \t]*+)?\n?\Z")
_CELL = regex(r"(?:[^|\\\n]|\\[^\n])+|(?<=\|)(?=\|)")
_QUOTE = regex(r" {0,3}>[ \t]?")
_FRONT_MATTER = regex(r"\A---[ \t]*\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")

_TOKEN = regex(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
      | `(?P<code>[^`\n]{1,2000})`
      | !?\[(?P<text>(?:[^\[\]\\\n]|\\[^\n]){0,2000})\]
        \((?P<address>[^()\s]{0,4000}(?:\([^()\s]{0,400}\)[^()\s]{0,400})*)
        (?:[ \t]+"[^"\n]{0,400}")?\)
      | <(?P<auto>https?://[^\s<>]{1,4000})>
      | <su[pb]>(?P<tagged>[^<>\n]{1,60})</su[pb]>
      | \^(?!\s)(?P<raised>[^\s^]{1,60})(?<!\s)\^
      | \[\^(?P<note>[^\]\s]{1,100})\](?!:)
      | (?P<tag></?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]{0,2000})?/?>)
      | (?P<hard>\\(?=\r?\n|\Z))
      | (?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)""",
    re.VERBOSE,
)
_ESCAPE = regex(r"\\([!-/:-@\[-`{-~])")
_MOST_MARKS = 200_000  # of one paragraph; a monograph of 2,000 pages has fewer altogether
_EMPHASIS = tuple(
    regex(
        rf"(?<![\\\w{mark}])(?P<open>{mark}{{{run}}})(?![\s{mark}])[^{mark}]{{1,600}}(?<![\s\\])(?P<close>{mark}{{{run}}})(?![\w{mark}])"
    )
    for run in (3, 2, 1)
    for mark in (r"\*", "_")
)


def read_markdown(source: SourceText) -> Document:
    """A Markdown file, as pandoc, GitHub and Zotero's users write it."""
    return Document(DocumentFormat.MARKDOWN, source, tuple(_blocks(source)))


def _blocks(source: SourceText) -> Iterator[Block]:
    text = source.text
    front = _FRONT_MATTER.match(text)
    begin = front.end() if front else 0
    notes, row, count = _note_numbers(text), 0, _Count()
    in_note = False
    for lines, level in _paragraphs(_without_comments(text[begin:])):
        if len(lines) > 1 and not level and "|" in lines[0][1] and _DELIMITERS.match(lines[1][1]):
            for start, line in (lines[0], *lines[2:]):
                row += 1
                for cell in _CELL.finditer(line.rstrip()):
                    pieces = _Pieces(start + begin + cell.start(), notes)
                    yield _inline(source, cell[0].rstrip(), 0, pieces, Block(Passage(""), row=row))
            continue
        offset = lines[0][0] + begin
        block = _block(source, "".join(line for _, line in lines).rstrip(), offset, level, notes)
        in_note = block.note or (in_note and lines[0][1].startswith(("    ", "\t")))  # a note's next paragraph
        yield count.counted(replace(block, note=in_note))


class _Count:
    """Counts the items of a list that are all numbered alike (`1.`, `1.`, `1.`), as readers of Markdown see them."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._items = 0

    def counted(self, block: Block) -> Block:
        """The paragraph, its number counted."""
        number = block.item.number if block.item is not None and not block.note else None
        if number is None or number != self._first:
            self._first, self._items = number, 0
        self._items += 1
        if block.item is None or number is None or self._items == 1:
            return block
        return replace(block, item=replace(block.item, number=number + self._items - 1))


def _note_numbers(text: str) -> dict[str, int]:
    """The number of each note: its own if all are called by numbers, else by the order in which the text names them."""
    names = list(dict.fromkeys(_NOTE_MARK.findall(text)))
    if all(name.isdecimal() and len(name) < 5 for name in names):
        return {name: int(name) for name in names}
    return {name: number for number, name in enumerate(names, 1)}


def _without_comments(text: str) -> str:
    """The text with blanks for its comments, so that places stay."""
    out, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        out += [text[at:start], re.sub(r"[^\n]", " ", text[start : end + 3])]
        at = end + 3
    return "".join([*out, text[at:]])


def _paragraphs(text: str) -> Iterator[tuple[list[tuple[int, str]], int]]:
    """Lines with their offsets, put together to paragraphs, and a heading's level."""
    held: list[tuple[int, str]] = []
    fence = ""
    for match in _LINE.finditer(text):
        line = match[0]
        fenced = _FENCE.match(line)
        if fence:
            fence = "" if fenced and fenced[1].startswith(fence) else fence
            continue
        heading, underline = _HEADING.match(line), _UNDERLINE.match(line)
        divided = _DIVISION.match(line)
        if fenced or heading or not line.strip() or underline or divided or _ITEM.match(line) or _NOTE.match(line):
            if held:
                yield held, (1 if underline and len(held) == 1 else 0)
            held = []
        fence = fenced[1] if fenced else ""
        if heading:
            yield [(match.start(), line)], len(heading[1])
        elif line.strip() and not fenced and not underline and not divided:
            held.append((match.start(), line))
    if held:
        yield held, 0


def _block(source: SourceText, raw: str, offset: int, level: int, notes: Mapping[str, int]) -> Block:
    at, item, note = 0, None, False
    if level and (heading := _HEADING.match(raw)):
        at = heading.end()
        raw = raw.rstrip("# \t")
    elif not level:
        quote = _QUOTE.match(raw)
        at = quote.end() if quote else 0
        if mark := _ITEM.match(raw, at):
            item, at = Item(int(mark["number"]) if mark["number"] else None, mark[0].strip()), mark.end()
        elif mark := _NOTE.match(raw, at):
            item, at, note = Item(notes.get(mark["name"]), mark[0].strip()), mark.end(), True
    return _inline(source, raw, at, _Pieces(offset, notes), Block(Passage(""), level, item, note=note))


def _inline(source: SourceText, raw: str, at: int, pieces: _Pieces, block: Block) -> Block:
    """The block with the text from `at` on, its markup removed."""
    marks = _emphasis(raw)
    for number, match in enumerate(_TOKEN.finditer(raw, at)):
        if number >= _MOST_MARKS:
            what = f"a paragraph has more than {_MOST_MARKS:,} Markdown marks"
            raise source.error(what, pieces.offset, "save the monograph as plain text")
        pieces.verbatim(raw, at, match.start(), marks)
        _take(pieces, match, raw, marks)
        at = match.end()
    pieces.verbatim(raw, at, len(raw), marks)
    return replace(block, passage=pieces.passage(), raised=tuple(pieces.raised), links=tuple(pieces.links))


def _emphasis(raw: str) -> list[Span]:
    """The places of the marks of emphasis, in order."""
    spans: list[Span] = []

    def blank(match: re.Match[str]) -> str:
        spans.extend((match.span("open"), match.span("close")))
        run = len(match["open"])
        return " " * run + match[0][run:-run] + " " * run

    if "*" in raw or "_" in raw:
        for pattern in _EMPHASIS:
            raw = pattern.sub(blank, raw)
    return sorted(spans)


class _Pieces:
    """The text so far, piece by piece."""

    def __init__(self, offset: int, notes: Mapping[str, int]) -> None:
        self.offset = offset
        self.notes = notes
        self._texts: list[str] = []
        self._anchors: list[tuple[int, int]] = []
        self.length = 0
        self.raised: list[Span] = []
        self.links: list[Hyperlink] = []

    def add(self, text: str, at: int) -> None:
        """Text that is at this place of the paragraph, or replaces what is there."""
        if text:
            self._texts.append(text)
            self._anchors.append((self.length, self.offset + at))
            self.length += len(text)

    def verbatim(self, raw: str, first: int, end: int, marks: list[Span]) -> None:
        """A stretch as it is, without its marks of emphasis."""
        number = bisect_right(marks, (first, -1))
        while number < len(marks) and marks[number][0] < end:
            self.add(raw[first : marks[number][0]], first)
            first = marks[number][1]
            number += 1
        self.add(raw[first:end], first)

    def passage(self) -> Passage:
        """All of it."""
        return Passage("".join(self._texts), tuple(self._anchors) or ((0, self.offset),))


def _take(pieces: _Pieces, match: re.Match[str], raw: str, marks: list[Span]) -> None:
    kind = match.lastgroup if match.lastgroup != "address" else "text"
    start = pieces.length
    match kind:
        case "text":
            _link_words(pieces, raw, match.span("text"), marks)
            address = match["address"]
            address = address[1:-1] if address.startswith("<") and address.endswith(">") else address
            pieces.links.append(Hyperlink((start, pieces.length), _ESCAPE.sub(r"\1", address)))
        case "auto" | "escaped" | "code":
            pieces.add(match[kind], match.start(kind))
        case "tagged" | "raised":
            pieces.add(match[kind], match.start(kind))
            if not match[0].startswith("<sub"):
                pieces.raised.append((start, pieces.length))
        case "note":
            if pieces.raised and pieces.raised[-1][1] == start:
                pieces.add(",", match.start())  # between the numbers of two notes
            pieces.add(str(pieces.notes.get(match["note"], match["note"])), match.start("note"))
            pieces.raised.append((start, pieces.length))
        case "entity":
            pieces.add(html.unescape(match[0]), match.start())
        case _:
            pieces.add(" " if match[0].lower().startswith("<br") else "", match.start())


def _link_words(pieces: _Pieces, raw: str, span: Span, marks: list[Span]) -> None:
    r"""A link's words, in which `\<` means `<`: else an identifier would not be recognised."""
    at = span[0]
    for match in _ESCAPE.finditer(raw, *span):
        pieces.verbatim(raw, at, match.start(), marks)
        pieces.add(match[1], match.start(1))
        at = match.end()
    pieces.verbatim(raw, at, span[1], marks)
