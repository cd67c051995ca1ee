"""Tables for a terminal: columns as wide as their widest cell, the last one open."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.escape import one_line
from evidence.formats.text_layout import display_width

_GAP = "  "


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """The rows as lines, cells made harmless and aligned; the columns in `right` are set to the right."""
    clean = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(display_width(cell) for cell in column) for column in zip(*clean, strict=True)]
    return [_line(row, widths, right) for row in clean]


def _line(row: list[str], widths: list[int], right: frozenset[int]) -> str:
    cells = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        pad = " " * (width - display_width(cell))
        cells.append(pad + cell if number in right else cell + pad)
    return _GAP.join(cells).rstrip()
