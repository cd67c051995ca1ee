"""Text from strangers in Markdown of code hosts: shown as what it is, and nothing more.

Backslashes and entities do not hold: mentions (`@name`), issue numbers (`#1`, `!1`), bare addresses and
emoji names are found after Markdown has been read. Inside a code span none of that happens, so a word that
holds anything but letters, digits and plain punctuation is set as code.
"""

from __future__ import annotations

import re
from itertools import groupby

from evidence.escape import one_line

_LETTER = r"[^\W_]"
_DASHES = r"\-\N{EN DASH}\N{EM DASH}"
_OPENING = r"'\"(\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"
_CLOSING = r")\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_SIGNS = r".,;/+=\N{DEGREE SIGN}\N{PLUS-MINUS SIGN}\N{GREATER-THAN OR EQUAL TO}\N{LESS-THAN OR EQUAL TO}\N{MIDDLE DOT}"
_INNER = rf"(?:{_LETTER}|[{_OPENING}{_CLOSING}{_SIGNS}{_DASHES}\N{{HORIZONTAL ELLIPSIS}}]|(?<=\d)%(?!\w))"
_PLAIN = re.compile(rf"[{_OPENING}]*+{_LETTER}{_INNER}*+[:?!]?|[.,;:()+=\N{{MIDDLE DOT}}{_DASHES}]+")
# What hosts link although it is made of plain characters alone: addresses, commits, `GH-1`.
_LINKED = re.compile(r"(?i)\bwww\.|\bGH-\d|\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b")
_LONGEST = 600  # characters of one text


def inline(text: str) -> str:
    """Text as part of a line of Markdown; words that could mean more than themselves as code spans."""
    words = _clipped(one_line(text)).split(" ")
    runs = ((safe, " ".join(run)) for safe, run in groupby(words, _is_plain))
    return " ".join(run if safe else code(run) for safe, run in runs)


def code(text: str) -> str:
    """Text as a code span; the fence is longer than any run of backticks inside (CommonMark 0.31, 6.1)."""
    shown = _clipped(one_line(text))
    if not shown:
        return "(empty)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and not _LINKED.search(word)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
