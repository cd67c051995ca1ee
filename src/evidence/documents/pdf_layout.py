"""From where characters are on the pages of a PDF to paragraphs in reading order.

A PDF holds no paragraphs: characters at places, in any order. What is a column, a running head, a line number or the
beginning of an entry is seen from distances, indents and sizes, as a reader sees it. Lengths are in points, heights
grow upwards; *em* is the size of the type.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from statistics import median
from typing import NamedTuple

from evidence.documents.document import SOFT_HYPHEN
from evidence.documents.reflist import PARTICLES, is_like, is_list_heading
from evidence.model.regex import regex


class Character(NamedTuple):
    """One character and its place; a blank that the reader made up between two words has the size 0."""

    left: float
    right: float
    baseline: float
    size: float
    text: str


class LinkArea(NamedTuple):
    """A place that leads to an address."""

    left: float
    bottom: float
    right: float
    top: float
    address: str


@dataclass(frozen=True, slots=True)
class PdfPage:
    """What is on one page. `number` counts from 1."""

    number: int
    characters: Sequence[Character]
    links: Sequence[LinkArea] = ()


@dataclass(slots=True)
class TextRun:
    """Characters on one baseline without a wide gap."""

    left: float
    right: float
    baseline: float
    size: float
    text: str


class LinePiece(NamedTuple):
    """A part of a line; `address` is what it leads to."""

    text: str
    raised: bool = False
    address: str = ""


@dataclass(slots=True, eq=False)
class PdfLine:
    """One line of one column. `column` is -1 for a line that crosses columns.

    `inset` is its distance from the left edge of its column, `gap` from the line above, None at the top of a column.
    """

    page: int
    column: int
    left: float
    right: float
    baseline: float
    size: float
    pieces: list[LinePiece]
    inset: float = 0.0
    gap: float | None = None

    @property
    def text(self) -> str:
        """The line as printed."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together. `number` and `label` are those printed before an entry of the reference list.

    `is_entry` is True for a whole entry of that list, numbered or not; `level` is a heading's, 0 for other text.
    """

    lines: list[PdfLine]
    level: int = 0
    is_entry: bool = False
    number: int | None = None
    label: str = ""

    @property
    def text(self) -> str:
        """The lines, with blanks between them."""
        return " ".join(line.text for line in self.lines)


@dataclass(slots=True)
class PdfLayout:
    """All paragraphs; `doubts` say in words what may have been read wrongly, with the pages."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def layout(pages: Iterable[PdfPage]) -> PdfLayout:
    """The paragraphs of a document, each entry of its reference list one of them."""
    read = [(page.number, page.links, runs(page.characters)) for page in pages]
    kept = _without_line_numbers([page_runs for _, _, page_runs in read])
    cuts = _with_common_lanes(kept, [lanes(left) or lanes(_largest_band(left)) for left in kept])
    by_page = [
        lines_in_order(left, cut, number, links) for (number, links, _), left, cut in zip(read, kept, cuts, strict=True)
    ]
    for page_lines in by_page:
        _measure(page_lines)
    _drop_heads_and_feet(by_page)
    lines = [line for page_lines in by_page for line in page_lines]
    _measure(lines)
    _plain_affiliations(lines)
    found = _paragraphs(lines)
    empty = [number for number, _, page_runs in read if not page_runs]
    if empty and len(empty) < len(read):
        found.doubts.append(f"no text on {_pages(empty)}, only images")
    return found


# Runs and lines

_SAME_BASELINE = 0.08  # em
_SAME_SIZE = 0.12
_WIDE_GAP = 0.8
_BLANK = 0.15


def runs(characters: Iterable[Character]) -> list[TextRun]:
    """Characters of one baseline and size, in one piece up to a gap of 0.8 em; a gap over 0.15 em is a blank."""
    made: list[TextRun] = []
    seen: set[tuple[int, int, str]] = set()
    last = None
    for char in characters:
        if not char.text.strip():
            if made and made[-1].text[-1:] != " ":
                made[-1].text += " "
            continue
        key = (round(char.left), round(char.baseline), char.text)
        if key in seen and key != last:
            continue  # bold by printing twice; the two "f" of one ligature follow each other in one place
        seen.add(key)
        last = key
        run = made[-1] if made else None
        gap = char.left - run.right if run else 0.0
        if (
            run is not None
            and abs(char.baseline - run.baseline) < _SAME_BASELINE * char.size
            and abs(char.size - run.size) < _SAME_SIZE * char.size
            and -0.3 * char.size < gap < _WIDE_GAP * char.size
        ):
            run.text += (" " if gap > _BLANK * char.size and run.text[-1:] != " " else "") + char.text
            run.right = max(run.right, char.right)
        else:
            made.append(TextRun(char.left, char.right, char.baseline, char.size, char.text))
    for run in made:
        run.text = run.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    return [run for run in made if run.text]


_NARROWEST_LANE = 5  # points
_LEAST_SIDE = 0.17  # of the width


def lanes(page_runs: Sequence[TextRun], level: float = 0.05) -> list[float]:
    """Where the free lanes between columns are, from left to right.

    A lane is crossed by at most `level` of the lines that there are elsewhere; where there is none, by up to 30 %,
    since titles and tables cross one too.
    """
    if len(page_runs) < 12:
        return []
    low, high = int(min(run.left for run in page_runs)), int(max(run.right for run in page_runs)) + 1
    cover = [0] * (high - low + 1)
    for run in page_runs:
        for place in range(int(run.left) - low, min(int(run.right) - low + 1, len(cover))):
            cover[place] += 1
    usual = sorted(cover)[int(0.8 * len(cover))]
    edges = _Edges.of(page_runs)
    found: list[float] = []
    at = 0
    while at < len(cover):
        end = at
        while end < len(cover) and cover[end] <= level * usual:
            end += 1
        wide = end - at >= _NARROWEST_LANE
        least = _LEAST_SIDE * (high - low)
        if wide and at > least and end < len(cover) - 1 - least and _divides(edges, at + low, end + low):
            middle = (at + end) / 2 + low
            if not found or middle - found[-1] > least:
                found.append(middle)
        at = max(end, at + 1)
    return found if found or level > 0.05 else lanes(page_runs, 0.3)


_FULL_WIDTH = 0.6  # of the width


def _largest_band(page_runs: Sequence[TextRun]) -> list[TextRun]:
    """What is between two full lines of a page: a list in columns may be below or above text that has none."""
    width = max((run.right for run in page_runs), default=0) - min((run.left for run in page_runs), default=0)
    bands: list[list[TextRun]] = [[]]
    for run in sorted(page_runs, key=lambda run: -run.baseline):
        if run.right - run.left > _FULL_WIDTH * width:
            bands.append([])
        else:
            bands[-1].append(run)
    return max(bands, key=len)


def _with_common_lanes(pages: Sequence[Sequence[TextRun]], found: Sequence[list[float]]) -> list[list[float]]:
    """The lanes of each page; where a column is nearly empty, those of other pages if hardly a line crosses them."""
    common = Counter(tuple(5 * round(cut / 5) for cut in cuts) for cuts in found if cuts)
    if not common or common.most_common(1)[0][1] < 0.3 * len(pages):
        return list(found)
    usual = next(cuts for cuts in found if tuple(5 * round(cut / 5) for cut in cuts) == common.most_common(1)[0][0])

    def is_free(page_runs: Sequence[TextRun], cut: float) -> bool:
        crossing = sum(run.left < cut - 3 and run.right > cut + 3 for run in page_runs)
        return crossing <= 0.1 * len(page_runs) and any(run.left >= cut - 2 for run in page_runs)

    return [
        cuts or (usual if all(is_free(page_runs, cut) for cut in usual) else [])
        for page_runs, cuts in zip(pages, found, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Edges:
    """The runs of a page by where they begin and by where they end, so that those near a lane are found at once."""

    by_left: list[TextRun]
    by_right: list[TextRun]

    @classmethod
    def of(cls, page_runs: Sequence[TextRun]) -> _Edges:
        return cls(sorted(page_runs, key=_left_of), sorted(page_runs, key=_right_of))

    def ending(self, after: float, until: float) -> list[TextRun]:
        """Those that end after one place and not after another."""
        first, end = (bisect_right(self.by_right, place, key=_right_of) for place in (after, until))
        return self.by_right[first:end]

    def beginning(self, place: float, before: float) -> list[TextRun]:
        """Those that begin at a place or after it, and before another."""
        first, end = (bisect_left(self.by_left, edge, key=_left_of) for edge in (place, before))
        return self.by_left[first:end]

    def crossing(self, left: float, right: float) -> int:
        """How many begin before the one place and end after the other."""
        begun = bisect_left(self.by_left, left, key=_left_of)
        ended = bisect_right(self.by_right, right, key=_right_of)
        inside = sum(run.right <= right for run in self.beginning(left, right + 1))
        return begun - (ended - inside)


def _left_of(run: TextRun) -> float:
    return run.left


def _right_of(run: TextRun) -> float:
    return run.right


def _divides(edges: _Edges, left: int, right: int) -> bool:
    """Whether long lines end before this lane and begin after it; a gap after short numbers is not a lane."""
    before = [run for run in edges.ending(left - 60, left + 1) if len(run.text) > 12]
    after = [run for run in edges.beginning(right - 2, right + 40) if len(run.text) > 12]
    near = edges.ending(left - 15, left + 1)
    numbers = sum(len(run.text) < 6 for run in near) > 0.5 * len(near)
    fewest = min(len(before), len(after))
    return not numbers and fewest >= 5 and fewest > 0.5 * edges.crossing(left - 3, right + 3)


def lines_in_order(
    page_runs: Sequence[TextRun], cuts: Sequence[float], page: int, links: Sequence[LinkArea] = ()
) -> list[PdfLine]:
    """The lines of a page as they are read: between two that cross it, one column after the other."""
    edges = [float("-inf"), *cuts, float("inf")]
    ends = [*(max(cut, _left_edge(page_runs, cut) - 3) for cut in cuts), float("inf")]  # a line may run over its column
    columns: dict[int, list[TextRun]] = defaultdict(list)
    for run in page_runs:
        at = next(number for number, right in enumerate(edges[1:]) if run.left < right - 2)
        columns[at if run.right <= ends[at] + 2 else -1].append(run)
    lines = [_line(row, page, column, links) for column, parts in columns.items() for row in _rows(parts)]
    crossing = sorted(line.baseline for line in lines if line.column == -1)

    def order(line: PdfLine) -> tuple[int, int, float]:
        above = len(crossing) - bisect_left(crossing, line.baseline + 1)
        return 2 * above + (line.column == -1), line.column, -line.baseline

    return sorted(lines, key=order)


def _left_edge(page_runs: Sequence[TextRun], cut: float) -> float:
    """Where most lines of the column after a lane begin."""
    lefts = Counter(round(run.left) for run in page_runs if run.left >= cut - 2 and len(run.text) > 12)
    return max(lefts, key=lambda left: (lefts[left], -left), default=cut)


def _rows(parts: Sequence[TextRun]) -> list[list[TextRun]]:
    """The runs by lines: large ones first, so that raised and lowered ones join them."""
    rows: list[tuple[float, float, list[TextRun]]] = []
    by_height: dict[int, list[int]] = defaultdict(list)
    for run in sorted(parts, key=lambda run: -run.size):
        near = {
            number for height in _heights(run.baseline, 0.45 * run.size + 40) for number in by_height.get(height, ())
        }
        fitting = [number for number in near if abs(run.baseline - rows[number][0]) < 0.45 * rows[number][1]]
        if fitting:
            rows[min(fitting, key=lambda number: (abs(run.baseline - rows[number][0]), number))][2].append(run)
        else:
            by_height[int(run.baseline // 20)].append(len(rows))
            rows.append((run.baseline, run.size, [run]))
    return [sorted(row, key=lambda run: (run.left, -run.size)) for _, _, row in rows]


def _heights(baseline: float, reach: float) -> range:
    return range(int((baseline - reach) // 20), int((baseline + reach) // 20) + 1)


_RAISED = regex(r"[\d,;*\u2020\u2021\u2013\u2014\s-]+")


def _line(parts: Sequence[TextRun], page: int, column: int, links: Sequence[LinkArea]) -> PdfLine:
    amounts: Counter[tuple[float, float]] = Counter()
    for run in parts:
        amounts[round(run.baseline, 1), round(run.size, 1)] += len(run.text)
    # small capitals do not make small print: the largest size that a tenth of the line has
    size = max(size for (_, size), amount in amounts.items() if amount >= 0.1 * amounts.total())
    baseline = max((amount, height) for (height, of), amount in amounts.items() if of == size)[1]
    pieces: list[LinePiece] = []
    end: float | None = None
    for run in parts:
        small = run.size < 0.85 * size and run.baseline > baseline + 0.15 * size
        raised = small and _RAISED.fullmatch(run.text) is not None
        blank = " " if end is not None and run.left - end > _BLANK * size else ""
        middle = (run.left + run.right) / 2, run.baseline + 0.25 * run.size
        address = next(
            (
                area.address
                for area in links
                if area.left <= middle[0] <= area.right and area.bottom <= middle[1] <= area.top
            ),
            "",
        )
        if blank:
            pieces.append(LinePiece(blank))
        pieces.append(LinePiece(run.text, raised, address))
        end = run.right
    return PdfLine(
        page, column, min(run.left for run in parts), max(run.right for run in parts), baseline, size, pieces
    )


# What is no text: line numbers, running heads and feet

_LINE_NUMBER = regex(r"\d{1,4}")


def _without_line_numbers(pages: Sequence[list[TextRun]]) -> list[list[TextRun]]:
    """Without the whole numbers that go up beside all text, on most pages; an entry's are on the list's pages only."""
    numbers: dict[int, set[int]] = defaultdict(set)
    for is_left in (True, False):
        before = 0
        for at, page_runs in enumerate(pages):
            margin = _beside_text(page_runs, is_left=is_left)
            values = [int(run.text) for run in margin]
            steps = Counter(later - earlier for earlier, later in pairwise(values))
            goes_on = bool(values and before and 0 < values[0] - before <= 10)
            if len(values) >= 4 or (goes_on and len(values) > 1):
                step, often = steps.most_common(1)[0]
                if step in {1, 2, 5, 10} and often >= 0.8 * (len(values) - 1):
                    numbers[at] |= {id(run) for run in margin}
                    before = values[-1]
    with_text = sum(len(page_runs) > 3 for page_runs in pages)
    if len(numbers) < max(1, 0.6 * with_text):
        return list(pages)
    dropped = set().union(*numbers.values())
    return [[run for run in page_runs if id(run) not in dropped] for page_runs in pages]


def _beside_text(page_runs: Sequence[TextRun], *, is_left: bool) -> list[TextRun]:
    """The whole numbers at one side of all long lines of a page, from above."""
    body = [run for run in page_runs if len(run.text) > 25]
    if not body:
        return []
    left, right = min(run.left for run in body), max(run.right for run in body)
    beside = (
        run
        for run in page_runs
        if _LINE_NUMBER.fullmatch(run.text) and (run.right < left + 1 if is_left else run.left > right - 1)
    )
    return sorted(beside, key=lambda run: -run.baseline)


_MASKED = regex(r"\d+|\b[ivxl]+\b")
_PAGE_NUMBER = regex(r"\W*(?:page )?\d{1,4}(?: (?:of|/) \d+)?\W*", re.IGNORECASE)
_ROWS_OF_HEADS = 4
_LONGEST_HEAD = 110
_FAR = 99.0


def _masked(text: str) -> str:
    return _MASKED.sub("#", text.lower()).strip()


def _is_repeated(heights: Counter[tuple[int, str]], height: int, text: str, fewest: float = 2) -> bool:
    return sum(heights[height + by, text] for by in (-1, 0, 1)) >= fewest


def _drop_heads_and_feet(pages: Sequence[list[PdfLine]]) -> None:
    """Take away the outermost rows that other pages repeat at the same height, that stand apart, or number the page."""
    same: Counter[tuple[int, str]] = Counter()
    apart: Counter[int] = Counter()
    for lines in pages:
        rows: dict[int, list[PdfLine]] = defaultdict(list)
        for line in lines:
            rows[round(line.baseline)].append(line)
        texts = {(round(line.baseline / 4), _masked(line.text)) for line in lines}
        same.update(texts | {(round(row[0].baseline / 4), _masked(_joined(row))) for row in rows.values()})
        if len(lines) > 1:
            least = _apart(lines)
            for edge in (max(lines, key=_height), min(lines, key=_height)):
                apart[round(edge.baseline / 4)] += _distance(edge, lines, 5) > least
    for lines in pages:
        for sign in (1, -1):
            for _ in range(_ROWS_OF_HEADS):
                row = _head_or_foot(lines, sign, same, apart, len(pages))
                if not row:
                    break
                for line in row:
                    lines.remove(line)
            for line in _furniture(lines, sign):
                lines.remove(line)


def _joined(row: Iterable[PdfLine]) -> str:
    """The lines of a row, from left to right, as one."""
    return " ".join(line.text for line in sorted(row, key=lambda line: line.left))


_OF_A_JOURNAL = regex(
    r"\u00a9|\bcopyright\b|\bISSN\b|all rights reserved|\bdoi\.org/10|\bdoi: ?10|\bwww\.|\bpage \d|\d (?:of|/) \d"
    r"| \| |(?:19|20)\d\d\) \d+:|downloaded from|received|accepted|published",
    re.IGNORECASE,
)
_FURTHEST = 1.2


def _furniture(lines: Sequence[PdfLine], sign: int) -> list[PdfLine]:
    """The rows at the top (1) or bottom (-1), further apart than a page's lines, in which a journal names itself."""
    rows: list[list[PdfLine]] = []
    for line in sorted(lines, key=lambda line: -sign * line.baseline):
        if rows and abs(rows[-1][0].baseline - line.baseline) < 0.5 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
        if len(rows) > _ROWS_OF_HEADS + 1:
            break
    steps = sorted(line.gap for line in lines if line.gap is not None and line.gap > 0)
    if len(steps) < 5:
        return []
    least = max(_apart(lines), _FURTHEST * steps[int(0.9 * len(steps))])
    for end, (row, following) in enumerate(pairwise(rows), 1):
        if abs(row[0].baseline - following[0].baseline) > least:
            outer = [line for of in rows[:end] for line in of]
            names_itself = any(_OF_A_JOURNAL.search(line.text) for line in outer) or any(
                map(_has_page_number, rows[:end])
            )
            headings = [row for row in rows[:end] if len(row) == 1 and _is_list_heading(row[0])]
            return outer if names_itself and not headings else []
    return []


def _has_page_number(row: Sequence[PdfLine]) -> bool:
    """Whether a row has a number far from its other words: the page's number beside a running head."""
    parts = [piece.text for line in row for piece in line.pieces if piece.text.strip()]
    return len(parts) > 1 and any(_PAGE_NUMBER.fullmatch(part) for part in (parts[0], parts[-1]))


def _height(line: PdfLine) -> float:
    return line.baseline


def _distance(edge: PdfLine, lines: Iterable[PdfLine], least: float) -> float:
    """From a line to the nearest one that is at least so far away."""
    distances = (abs(line.baseline - edge.baseline) for line in lines)
    return min((distance for distance in distances if distance > least), default=_FAR)


def _apart(lines: Sequence[PdfLine]) -> float:
    """A distance wider than that between lines of this page."""
    steps = [
        above.baseline - below.baseline
        for above, below in pairwise(lines)
        if above.column == below.column and above.baseline > below.baseline
    ]
    return max(1.6 * median(line.size for line in lines), 1.4 * median(steps) if steps else 0.0)


_LEAST_SHARE = 0.2  # of the pages
_SEVERAL = 5


def _head_or_foot(
    lines: Sequence[PdfLine], sign: int, same: Counter[tuple[int, str]], apart: Counter[int], pages: int
) -> list[PdfLine]:
    """The outermost row at the top (1) or the bottom (-1) if it is no part of the text."""
    if len(lines) < 2:
        return []
    edge = max(lines, key=lambda line: sign * line.baseline)
    size, least = median(line.size for line in lines), _apart(lines)
    row = [line for line in lines if abs(line.baseline - edge.baseline) < 0.5 * size]
    if len(row) == 1 and _is_list_heading(edge):
        return []
    gap = min((abs(line.baseline - edge.baseline) for line in lines if line not in row), default=_FAR)
    # Two pages of a long list may well have the same journal, other numbers, at the end of a column.
    fewest = 2.0 if gap > least or pages < _SEVERAL else max(3.0, _LEAST_SHARE * pages)
    repeated = any(
        (gap > least or sum("a" <= char <= "z" for char in _masked(line.text)) > 3)
        and _is_repeated(same, round(line.baseline / 4), _masked(line.text), fewest)
        for line in row
    ) or _is_repeated(same, round(edge.baseline / 4), _masked(_joined(row)) if len(row) > 1 else "", fewest)
    height = round(edge.baseline / 4)
    often = sum(apart[height + by] for by in (-1, 0, 1)) >= max(3, 0.3 * pages)
    alone = often and gap > least and sum(len(line.text) for line in row) < _LONGEST_HEAD
    number = len(row) == 1 and _PAGE_NUMBER.fullmatch(edge.text) is not None
    number = number and (gap > 0.8 * least or _is_repeated(same, round(edge.baseline / 4), "#"))
    return row if repeated or alone or number else []


# The paragraphs of the text

_ABSTRACT = regex(r"\W*(?:abstract|summary|introduction|background)\b", re.IGNORECASE)
_SENTENCE_END = regex(r"[.!?:]['\")\]\u201d\u2019]?$")
_HEADING_SIZE = 1.12
_LONGEST_HEADING = 150


def _measure(lines: Sequence[PdfLine]) -> None:
    """Fill in each line's inset and gap."""
    columns: dict[tuple[int, int], list[PdfLine]] = defaultdict(list)
    for line in lines:
        columns[line.page, line.column].append(line)
    edges = _edges(columns)
    for place, column in columns.items():
        above: PdfLine | None = None
        for line in column:
            line.inset = line.left - edges[place]
            line.gap = above.baseline - line.baseline if above else None
            above = line


_FLUSH = 2.5  # points
_DEEPEST = 40


def _edges(columns: Mapping[tuple[int, int], Sequence[PdfLine]]) -> dict[tuple[int, int], float]:
    """The left edge of each column of each page.

    A column may hold nothing but the rest of an entry that is indented: its edge is as far from the first column's as
    on other pages.
    """
    edges = {place: min(line.left for line in column) for place, column in columns.items()}
    usual: dict[int, Counter[int]] = defaultdict(Counter)
    for (page, number), column in columns.items():
        if number > 0 and (page, 0) in edges:
            usual[number][round(edges[page, number] - edges[page, 0])] += len(column)
    for page, number in columns:
        if number in usual and (page, 0) in edges:
            expected = edges[page, 0] + usual[number].most_common(1)[0][0]
            if _FLUSH < edges[page, number] - expected < _DEEPEST:
                edges[page, number] = expected
    return edges


def _plain_affiliations(lines: Sequence[PdfLine]) -> None:
    """Raised figures above the abstract of the first page name affiliations: they cite nothing."""
    first = [line for line in lines if line.page == (lines[0].page if lines else 0)]
    end = next((at for at, line in enumerate(first) if _ABSTRACT.match(line.text)), 0)
    for line in first[:end]:
        line.pieces = [piece._replace(raised=False) for piece in line.pieces]


def _paragraphs(lines: Sequence[PdfLine]) -> PdfLayout:
    found = PdfLayout()
    listed = _reference_list(lines, found.doubts)
    in_list = {id(line) for entry in listed.entries for line in entry.lines} if listed else set()
    body = median(line.size for line in lines) if lines else 0.0
    largest = max((line.size for line in lines[:40]), default=0.0)
    step = _usual_step(lines)
    held: list[PdfLine] = []

    def end() -> None:
        if held:
            found.paragraphs.append(Paragraph([*held], level=_level(held, body, largest)))
            held.clear()

    for line in lines:
        if listed and line is (listed.heading or listed.entries[0].lines[0]):
            end()
            found.paragraphs += [Paragraph([line], level=1)] if listed.heading else []
            found.paragraphs += listed.entries
            continue
        if id(line) in in_list:
            continue
        if held and _begins_paragraph(held, line, step):
            end()
        held.append(line)
    end()
    return found


def _usual_step(lines: Sequence[PdfLine]) -> float:
    gaps = [line.gap for line in lines if line.gap is not None and line.gap > 0]
    return median(gaps) if gaps else 0.0


def _begins_paragraph(held: Sequence[PdfLine], line: PdfLine, step: float) -> bool:
    before = held[-1]
    if abs(line.size - before.size) > _SAME_SIZE * before.size:
        return True
    if _is_list_heading(line) or _is_list_heading(before):
        return True
    if line.gap is None or line.gap <= 0 or (line.page, line.column) != (before.page, before.column):
        return _SENTENCE_END.search(before.text) is not None
    indented = line.inset - before.inset > 0.8 * line.size and _SENTENCE_END.search(before.text) is not None
    return line.gap > max(1.25 * step, 1.3 * line.size) or indented


def _level(held: Sequence[PdfLine], body: float, largest: float) -> int:
    """1 for the largest print on the first page, 2 for other headings, 0 for text."""
    size = max(line.size for line in held)
    if size < _HEADING_SIZE * body or sum(len(line.text) for line in held) > _LONGEST_HEADING:
        return 0
    return 1 if size > 0.95 * largest else 2


# The reference list

_SPACED = regex(r"(?<=\b\w) (?=\w\b)")  # R E F E R E N C E S
_BACK_MATTER = regex(
    r"(?:(?:\d{1,2}|[A-Z])[.)]?\s+)?(?:appendi(?:x|ces)|acknowledge?ments?|supplement(?:ary|al)?|supporting information"
    r"|figure legends?|list of (?:figures|tables)|figures?(?: \d+\b.*)?|tables?(?: \d+\b.*)?|disclaimer"
    r"|conflicts? of interest|funding|author contributions|abbreviations|publisher.s note)\b.{0,40}"
    r"|(?:conflicts? of interest|competing interests|funding|acknowledge?ments?|author contributions"
    r"|data availability(?: statement)?|ethics statement|publisher.s note|open access|disclaimer) ?[:.].*"
    r"|copyright \u00a9.*|\u00a9 ?(?:19|20)\d\d.*|received .*accepted .*",
    re.IGNORECASE,
)
_CAPTION = regex(r"(?:figure|table|fig\.) \d", re.IGNORECASE)
_NUMBER = regex(
    r"(?P<label>\[(?P<bracket>\d{1,4})\][.:]?|\((?P<paren>\d{1,4})\)|(?P<dot>\d{1,4})[.)](?!\d)|(?P<bare>\d{1,4}))(?=\s|$|[A-Z\"\u201c])\s*"
)
_NAME = regex(rf"(?:[A-Z\u00c0-\u024f]|{PARTICLES})")
_YEAR = regex(r"\b(?:1[89]|20)\d\d")
_ADDRESS = regex(r"https?://|\b10\.\d{4,9}/|www\.", re.IGNORECASE)


def _is_list_heading(line: PdfLine) -> bool:
    return is_list_heading(_SPACED.sub("", line.text).strip())


@dataclass(slots=True)
class _ReferenceList:
    heading: PdfLine | None
    entries: list[Paragraph]


def _reference_list(lines: Sequence[PdfLine], doubts: list[str]) -> _ReferenceList | None:
    """The list after its heading, or the numbered one that has none; None where its entries are unclear."""
    unclear: list[str] = []
    found = _list_under_heading(lines, unclear) or _list_without_heading(lines)
    doubts += _doubts(found.entries) if found else unclear
    return found


def _list_under_heading(lines: Sequence[PdfLine], doubts: list[str]) -> _ReferenceList | None:
    """The list after the heading that most years follow."""
    headings = [at for at, line in enumerate(lines) if _is_list_heading(line)]
    if not headings:
        return None
    best = max(headings, key=lambda at: (sum(bool(_YEAR.search(line.text)) for line in lines[at + 1 : at + 40]), at))
    region = _region(lines, best)
    if not region:
        return None
    size = median(line.size for line in lines[best + 1 : best + 6])
    starts = _by_numbers(region)
    numbered = bool(starts)
    starts = starts or _by_indents(region, size) or _by_gaps(region)
    if not starts:
        pages = sorted({line.page for line in region})
        doubts.append(f"the entries on {_pages(pages)} cannot be separated: they have no numbers, indents or gaps")
        return None
    entries = _listed(region, starts, size, numbered=numbered)
    if sum(map(_is_like, entries)) < 0.5 * len(entries):
        return None
    return _ReferenceList(lines[best], entries)


def _is_like(entry: Paragraph) -> bool:
    return is_like(entry.text[len(entry.label) :].lstrip())


def _listed(region: Sequence[PdfLine], starts: Sequence[int], size: float, *, numbered: bool) -> list[Paragraph]:
    """The entries that begin with these lines."""
    entries: list[Paragraph] = []
    for first, end in pairwise([*starts, len(region)]):
        part = region[first:end] if end < len(region) else _last_entry(region, first, size)
        if first and _CAPTION.match(part[0].text):
            break
        entry = Paragraph(list(part), is_entry=True)
        if numbered and (match := _NUMBER.match(part[0].text)):
            entry.number, entry.label = _value(match), match["label"]
        entries.append(entry)
    return entries


_FEWEST = 4
_MOST_OF_FIRST = 60  # lines from the first entry to the second
_FIRST, _SECOND = regex(r"\[1\]|1\.\s"), regex(r"\[2\]|2\.\s")


def _list_without_heading(lines: Sequence[PdfLine]) -> _ReferenceList | None:
    """The last numbered list whose entries look like references, where no heading says so (as some journals do)."""
    for at in range(len(lines) - 1, 0, -1):
        if not _FIRST.match(lines[at].text):
            continue
        size = lines[at].size
        alike = (line for line in islice(lines, at, None) if abs(line.size - size) < 0.03 * size)
        region = list(islice(alike, _MOST_OF_FIRST))
        if not any(_SECOND.match(line.text) for line in region):
            continue
        region += alike
        starts = _by_numbers(region)
        if len(starts) >= _FEWEST and starts[0] == 0:
            entries = _listed(region, starts, size, numbered=True)
            if sum(map(_is_like, entries)) >= 0.6 * len(entries):
                return _ReferenceList(None, entries)
    return None


def _region(lines: Sequence[PdfLine], heading: int) -> list[PdfLine]:
    """The lines in the list's print from its heading to other print, an appendix or the end.

    Small print is skipped. Larger print ends the list only where little of the list's follows: else it is a box or
    another text beside it.
    """
    size = median([line.size for line in lines[heading + 1 : heading + 6]] or [0.0])
    region: list[PdfLine] = []
    for at, line in enumerate(lines[heading + 1 :], heading + 1):
        if line.size > _HEADING_SIZE * size and len(line.text) > 3:
            following = sum(abs(later.size - size) < 0.06 * size for later in lines[at + 1 : at + 120])
            if following > 20:
                continue
            break
        if len(region) > 2 and line.text[:1].isupper() and _BACK_MATTER.fullmatch(line.text):
            break
        if _is_other_print(line, size) and not any(
            abs(later.size - size) < 0.03 * size for later in lines[at : at + 40]
        ):
            break
        if line.size > 0.8 * size:
            region.append(line)
    return region


def _is_other_print(line: PdfLine, size: float) -> bool:
    """Whether a line is set apart from those above it and is a little larger or smaller: a note on an author."""
    return abs(line.size - size) > 0.04 * size and line.gap is not None and line.gap > 1.8 * line.size


def _value(match: re.Match[str]) -> int:
    return int(next(text for name, text in match.groupdict().items() if name != "label" and text))


def _by_numbers(region: Sequence[PdfLine]) -> list[int]:
    """The lines that begin with the next number of one kind, at the margin of their column."""
    found: list[int] = []
    kind, wanted, margin = "", 0, 0.0
    for at, line in enumerate(region):
        match = _NUMBER.match(line.text)
        if match is None:
            continue
        number = _value(match)
        kind_here = next(name for name in ("bracket", "paren", "dot", "bare") if match[name])
        if not found:
            if number > 1 and at > 2:
                continue
            kind, margin = kind_here, line.inset
        elif number != wanted or kind_here != kind or line.inset >= margin + 9:
            continue
        found.append(at)
        wanted, margin = number + 1, max(margin, line.inset)
    enough = len(found) >= 2 and found[0] <= 2 and len(found) >= 0.08 * len(region)
    return found if enough else []


def _by_indents(region: Sequence[PdfLine], size: float) -> list[int]:
    """The lines at the margin where the others are indented, or (seldom) the reverse."""
    deep = [at for at, line in enumerate(region) if line.inset >= 0.5 * size]
    flush = [at for at, line in enumerate(region) if line.inset <= _FLUSH]
    if min(len(deep), len(flush)) < 0.12 * len(region):
        return []

    def names(places: Sequence[int]) -> float:
        return sum(_NAME.match(region[at].text) is not None for at in places) / len(places)

    return deep if names(deep) > 0.9 and names(flush) < 0.6 else flush


_ENDS_ENTRY = regex(r"[.\])]$|(?:https?://|\b10\.\d{4,9}/)\S+$")


def _by_gaps(region: Sequence[PdfLine]) -> list[int]:
    """The lines after a gap wider than that between most lines."""
    gaps = sorted(line.gap for line in region if line.gap is not None and line.gap > 0)
    if len(gaps) < 4:
        return []
    small = gaps[len(gaps) // 10]
    wide = sum(gap > 1.12 * small for gap in gaps)
    if not 0.08 * len(gaps) < wide < 0.8 * len(gaps):
        return []
    return [
        at
        for at, line in enumerate(region)
        if at == 0
        or (
            line.gap > 1.12 * small
            if line.gap is not None and line.gap > 0
            else _ENDS_ENTRY.search(region[at - 1].text) is not None and _NAME.match(line.text) is not None
        )
    ]


def _last_entry(region: Sequence[PdfLine], first: int, size: float) -> list[PdfLine]:
    """The last entry ends at a wider gap, at other print, or where a column ends with a full stop."""
    step = _usual_step(region) or size
    part = list(region[first:])
    for at, (before, line) in enumerate(pairwise(part), 1):
        new_column = line.gap is None or line.gap < 0
        if (
            (line.gap or 0) > 1.45 * step
            or abs(line.size - part[0].size) > 0.06 * size
            or (new_column and before.text.endswith("."))
        ):
            return part[:at]
    return part


_LIKE_ENOUGH = 0.8


def _doubts(entries: Sequence[Paragraph]) -> Iterator[str]:
    """What makes a list doubtful: numbers that are missing, entries that do not look like references."""
    numbers = [entry.number for entry in entries if entry.number is not None]
    if numbers and numbers[0] != 1:
        yield f"the reference list starts with number {numbers[0]} on page {entries[0].lines[0].page}"
    texts = [entry.text for entry in entries]
    odd = [entry.lines[0].page for entry in entries if not _is_like(entry)]
    if len(odd) > (1 - _LIKE_ENOUGH) * len(entries):
        yield f"{len(odd)} of {len(entries)} entries on {_pages(sorted(set(odd)))} do not look like references"
    usual = median(len(text) for text in texts)
    long = sorted(
        {entry.lines[0].page for entry, text in zip(entries, texts, strict=True) if len(text) > max(900, 5 * usual)}
    )
    if long:
        yield f"some entries on {_pages(long)} are very long; entries may have been joined"


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:12])) + (", \u2026" if len(numbers) > 12 else "")
    return f"page{'s' if len(numbers) > 1 else ''} {shown}"


# How lines are written

_HYPHEN = regex(r"[-\u00ad\u2010]$")
_ENDS_SMALL = regex(r"[a-z\u00df-\u00ff][-\u00ad\u2010]$")
_BEGINS_SMALL = regex(r"[a-z\u00df-\u00ff]")


def pieces_of(paragraph: Paragraph) -> list[list[LinePiece]]:
    """The pieces of each line, without an entry's number.

    A hyphen at the end of a line, between small letters and outside an address, may be one that only the break asked
    for: it is written as a soft hyphen. A soft hyphen elsewhere is one that a reader sees.
    """
    written: list[list[LinePiece]] = []
    for line, following in zip(paragraph.lines, [*paragraph.lines[1:], None], strict=True):
        pieces = [piece for piece in line.pieces if piece.text]
        text = "".join(piece.text for piece in pieces)
        soft = (
            following is not None
            and _ENDS_SMALL.search(text)
            and _BEGINS_SMALL.match(following.text)
            and not _ADDRESS.search(text[text.rfind(" ") + 1 :])
        )
        plain = [piece._replace(text=piece.text.replace(SOFT_HYPHEN, "-")) for piece in pieces]
        if soft:
            plain[-1] = plain[-1]._replace(text=_HYPHEN.sub(SOFT_HYPHEN, plain[-1].text))
        written.append(plain)
    if paragraph.label and written:
        written[0] = _without_label(written[0], paragraph.label)
    return [pieces for pieces in written if pieces]


def _without_label(pieces: Sequence[LinePiece], label: str) -> list[LinePiece]:
    left = len(label)
    rest: list[LinePiece] = []
    for piece in pieces:
        text = piece.text[left:] if left < len(piece.text) else ""
        left = max(0, left - len(piece.text))
        text = text if rest else text.lstrip()
        if text:
            rest.append(piece._replace(text=text))
    return rest
