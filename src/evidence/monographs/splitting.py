"""Where one entry of a reference list ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.monographs.documents import DocumentFormat
from evidence.monographs.likeness import begins, is_like
from evidence.monographs.lines import Line

Group = tuple["Start | None", list[Line]]

_NUMBER = re.compile(
    r"(?P<label>\[(?P<bracket>\d{1,5})\][.:]?|\((?P<paren>\d{1,4})\)|(?P<dot>\d{1,5})[.)](?![\d(])|\^(?P<caret>\d{1,4})\^"
    r"|(?P<raised>[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,4}))\s*(?=[^\s\d.,;:)]|\d)"
)
_BARE_NUMBER = re.compile(r"(?P<label>(?P<bare>\d{1,4}))(?:\s+|\t)(?=[\"\u201c'\[A-Z\u00c0-\u024f\u0400-\u042f])")
_BULLET = re.compile(
    r"(?P<label>[-*\u2022\u2023\u25aa\u25cf\u25cb\u25e6\u00b7\u2013\u2014\u2043\u2219\uf0b7])\s+(?=\S)"
)
_RAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_GOES_ON = re.compile(r"[-\u2013:;,(&]$|\b(?:and|of|the|in|for|with|vol|pp?|no)\.?$", re.IGNORECASE)
_CONTINUES = re.compile(r"[a-z\u00df-\u00f6(&]|https?:|doi\b|PMID|\d{1,4}[;:(]|\d{4}\b", re.IGNORECASE)
_SMALL = re.compile(r"[a-z\u00df-\u00f6]|https?://|www\.|doi\b|PMC?ID|10\.\d{4}|Accessed|Available|\[cited|Epub")
_GREATEST_STEP = 3
_MOST_LINES = 300  # of one entry: a list of 3,000 authors
_MOST_BETWEEN = 12


@dataclass(frozen=True, slots=True)
class Start:
    """A mark before an entry: its kind, its number (None for a bullet), how it is printed, characters to skip."""

    kind: str
    number: int | None
    label: str
    length: int


def start_of(line: Line) -> Start | None:
    """The mark with which this line begins, if it has one."""
    printed = _NUMBER.match(line.text) or _BARE_NUMBER.match(line.text)
    if line.item is not None:
        number = line.item.number
        doubled = printed is not None and _value(printed) == number  # "1." of the list and of the text
        length = printed.end() if printed is not None and doubled else 0
        return Start("item" if number is not None else "bullet", number, line.item.label, length)
    if printed is not None:
        kind = next(name for name, text in printed.groupdict().items() if name != "label" and text)
        return Start(kind, _value(printed), printed["label"], printed.end())
    bullet = _BULLET.match(line.text)
    return Start("bullet", None, bullet["label"], bullet.end()) if bullet else None


def _value(match: re.Match[str]) -> int:
    group = next(text for name, text in match.groupdict().items() if name != "label" and text)
    return int(group.translate(_RAISED))


def split(lines: Sequence[Line], form: DocumentFormat) -> Iterator[Group]:
    """The entries of a list whose lines these are, each with its mark."""
    first = next(
        (at for at, line in enumerate(lines[:4]) if (mark := start_of(line)) and mark.number is not None), None
    )
    if first is not None:
        groups, _ = numbered_chain(lines, first, form, _MOST_BETWEEN)
        if len(groups) > 1 or first == 0:
            yield from groups
            return
    marks = [start_of(line) for line in lines]
    if lines and marks[0] is not None and marks[0].kind == "bullet":
        yield from _bulleted(lines, marks)
        return
    yield from _unmarked(lines, form)


def numbered_chain(
    lines: Sequence[Line], at: int, form: DocumentFormat, most_between: int = 0
) -> tuple[list[Group], int]:
    """The numbered entries from this line on, and the line behind them.

    `most_between` lines of other paragraphs (a page's head and foot) may stand within an entry.
    """
    mark = start_of(lines[at])
    assert mark is not None  # noqa: S101 - the caller has seen it
    groups: list[Group] = [(mark, [lines[at]])]
    lazy = False  # "1." before every entry, as Markdown allows and word processors leave behind
    held: list[Line] = []
    at += 1
    while at < len(lines) and len(held) <= most_between:
        line = lines[at]
        found = _next_start(line, groups, lazy=lazy)
        if found is not None:
            lazy = lazy or (len(groups) == 1 and found.number == groups[0][0].number if groups[0][0] else False)
            groups[-1][1].extend(held)
            groups.append((found, [line]))
            held = []
        elif not held and not _breaks_off(line, groups[-1][1], form):
            groups[-1][1].append(line)
        else:
            if line.level:
                break
            held.append(line)  # another paragraph: part of the entry only if the numbers go on behind it
        at += 1
    behind = at - len(held)
    return groups, behind


def _next_start(line: Line, groups: Sequence[Group], *, lazy: bool) -> Start | None:
    """The mark of this line when it is the next entry's."""
    last = groups[-1][0]
    found = start_of(line)
    if found is None or last is None or found.kind != last.kind or found.number is None or last.number is None:
        return None
    step = found.number - last.number
    if found.kind == "item":
        return found if line.opens and step >= 0 else None
    repeats = step == 0 and (lazy or line.opens or is_like(line.text[found.length :]))
    if not (repeats or 0 < step <= _GREATEST_STEP):
        return None
    rest = line.text[found.length :]
    if line.opens:
        return found
    doubts = (_GOES_ON.search(groups[-1][1][-1].text) is not None) + (_SMALL.match(rest) is not None)
    return found if doubts == 0 or (doubts == 1 and step == 1) else None


def _breaks_off(line: Line, entry: Sequence[Line], form: DocumentFormat) -> bool:
    """Whether a line without a mark is no part of the entry before it: a new paragraph, unless a page ends there."""
    if line.level or len(entry) >= _MOST_LINES:
        return True
    if not line.opens and line.block == entry[-1].block:
        return False
    if form in {DocumentFormat.HTML, DocumentFormat.DOCX, DocumentFormat.MARKDOWN} and line.item is not None:
        return True
    return _SMALL.match(line.text) is None or line.note


def _bulleted(lines: Sequence[Line], marks: Sequence[Start | None]) -> Iterator[Group]:
    group: Group | None = None
    for line, mark in zip(lines, marks, strict=True):
        if mark is not None and mark.kind == "bullet":
            if group:
                yield group
            group = (mark, [line])
        elif group and line.opens and line.block != group[1][-1].block and _SMALL.match(line.text) is None:
            break
        elif group:
            group[1].append(line)
    if group:
        yield group


def _unmarked(lines: Sequence[Line], form: DocumentFormat) -> Iterator[Group]:
    """Entries without marks: one per paragraph, one per line, or wrapped lines with a hanging indent."""
    whole_paragraphs = form in {DocumentFormat.HTML, DocumentFormat.DOCX, DocumentFormat.MARKDOWN}
    group: list[Line] = []
    for paragraph in _by_block(lines):
        starts = {0} if whole_paragraphs and len(paragraph) == 1 else _starts(paragraph)
        for at, line in enumerate(paragraph):
            joins = at == 0 and group and _SMALL.match(line.text) is not None
            if at in starts and not joins:
                if group:
                    yield None, group
                group = []
            group.append(line)
    if group:
        yield None, group


def _by_block(lines: Sequence[Line]) -> Iterator[list[Line]]:
    held: list[Line] = []
    for line in lines:
        if held and line.block != held[-1].block:
            yield held
            held = []
        held.append(line)
    if held:
        yield held


def _starts(lines: Sequence[Line]) -> set[int]:
    """The lines of one paragraph with which entries begin."""
    everywhere = set(range(len(lines)))
    if len(lines) == 1 or sum(is_like(line.text) for line in lines) >= 0.8 * len(lines):
        return everywhere
    indents = {line.indent for line in lines}
    if len(indents) > 1:
        least = min(indents)
        hanging = {at for at, line in enumerate(lines) if line.indent == least}
        if 0 in hanging and len(hanging) > 1:
            return hanging
    width = max(len(line.text) for line in lines)
    return {0} | {at for at in everywhere if at and _begins_after(lines[at - 1].text, lines[at].text, width)}


def _begins_after(before: str, text: str, width: int) -> bool:
    """Whether an entry begins with this line of a wrapped text: the one before ends a sentence, or ends early."""
    if not begins(text) or _GOES_ON.search(before):
        return False
    return (
        before.endswith((".", "/", ")", "]"))
        or re.search(r"\S*[\d/]\S*$", before) is not None
        or len(before) < 0.75 * width
    )
