"""A unified diff made from the edits themselves: linear, and exactly what will be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.library.files import SourceText
from evidence.library.layout import Edit, apply_edits, place
from evidence.model.regex import regex

CONTEXT = 3
"""Unchanged lines printed around a change, as by `diff -u`."""

_LINE = regex(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `first` to `end` (from 0, `end` not included) become `new`."""

    first: int
    end: int
    new: list[str]


def diff_lines(source: SourceText, edits: Sequence[Edit]) -> Iterator[str]:
    """The diff's lines with their line ends; nothing when no line changes."""
    lines = _LINE.findall(source.text)
    changes = [change for change in _changes(source, lines, edits) if change.first < change.end or change.new]
    if not changes:
        return
    yield f"--- {source.path}\n"
    yield f"+++ {source.path}\n"
    shift = 0
    for hunk in _hunks(changes):
        first = max(0, hunk[0].first - CONTEXT)
        end = min(len(lines), hunk[-1].end + CONTEXT)
        growth = sum(len(change.new) - (change.end - change.first) for change in hunk)
        yield f"@@ -{_span(first, end - first)} +{_span(first + shift, end - first + growth)} @@\n"
        yield from _body(lines, hunk, first, end)
        shift += growth


def _changes(source: SourceText, lines: list[str], edits: Sequence[Edit]) -> Iterator[_Change]:
    """The edits as changes of complete lines, without the lines at either end that stay as they are."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for first, end, within in _line_ranges(source, len(lines), edits):
        offset = starts[first]
        moved = [Edit(edit.start - offset, edit.end - offset, edit.text) for edit in within]
        new = _LINE.findall(apply_edits(source.text[offset : starts[end]], moved))
        yield _trimmed(lines, first, end, new)


def _trimmed(lines: list[str], first: int, end: int, new: list[str]) -> _Change:
    most = min(end - first, len(new))
    head = next((at for at in range(most) if lines[first + at] != new[at]), most)
    most -= head
    tail = next((at for at in range(most) if lines[end - 1 - at] != new[-1 - at]), most)
    return _Change(first + head, end - tail, new[head : len(new) - tail])


def _line_ranges(source: SourceText, number: int, edits: Sequence[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    """The edits by the lines they touch, those that share a line together."""
    open_range: tuple[int, int, list[Edit]] | None = None
    for edit in sorted(edits, key=place):
        first = min(source.place(edit.start).line - 1, number)
        end = min(source.place(edit.end).line, number)
        if open_range is not None and first < open_range[1]:
            open_range[2].append(edit)
            open_range = (open_range[0], max(open_range[1], end), open_range[2])
            continue
        if open_range is not None:
            yield open_range
        open_range = (first, max(first, end), [edit])
    if open_range is not None:
        yield open_range


def _hunks(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.first - hunk[-1].end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _body(lines: list[str], hunk: list[_Change], first: int, end: int) -> Iterator[str]:
    at = first
    for change in hunk:
        yield from (_marked(" ", line) for line in lines[at : change.first])
        yield from (_marked("-", line) for line in lines[change.first : change.end])
        yield from (_marked("+", line) for line in change.new)
        at = change.end
    yield from (_marked(" ", line) for line in lines[at:end])


def _marked(sign: str, line: str) -> str:
    ended = line.endswith(("\n", "\r"))
    return f"{sign}{line}" if ended else f"{sign}{line}\n\\ No newline at end of file\n"


def _span(first: int, number: int) -> str:
    """A range as `diff -u` writes it: from 1, and one before it when it is empty."""
    return f"{first + 1 if number else first},{number}"
