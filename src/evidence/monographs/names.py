"""Citations by name and year: (Smith, 2013), (Smith et al. 2013a; Jones & Brown, 2010), Smith and Brown (2013)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.compare.fold import fold
from evidence.monographs.passages import Span


@dataclass(frozen=True, slots=True)
class CitedWork:
    """A work as cited by name: the first author's family name or a body's, folded; the year with its letter."""

    family: str
    year: str


_WORD = r"[A-Z\u00c0-\u024f\u0400-\u042f][\w'\u2019\u2010-]{1,40}"
_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|ter|ten)\s){0,3}"
_NAME = rf"{_PARTICLE}{_WORD}(?:\s(?:{_WORD}|of|for|and\sDrug|the)){{0,5}}"
_OTHERS = (
    rf"(?:,?\set\sal\.?|(?:,\s{_PARTICLE}{_WORD}){{0,6}},?\s(?:and|&)\s{_PARTICLE}{_WORD}|\s(?:and|&)\scolleagues)?"
)
_YEAR = r"(?:1[89]|20)\d\d[a-z]?"
_IN_BRACKETS = re.compile(r"\(([^()]{5,600})\)")
_WORK = re.compile(
    rf"(?:(?:see(?:\salso)?|e\.g\.,?|cf\.|reviewed\s(?:in|by)|as\sin),?\s)?"
    rf"(?P<name>{_NAME}){_OTHERS},?\s(?P<years>{_YEAR}(?:,\s?(?:{_YEAR}|[a-z]\b)){{0,6}})(?:,?\s?pp?\.\s?[\d-]+)?\Z"
)
_TOLD = re.compile(rf"(?P<name>{_PARTICLE}{_WORD}){_OTHERS}(?:['\u2019]s)?\s?[(\[](?P<years>{_YEAR})[)\]]")
_NO_NAMES = frozenset(
    ["in", "since", "until", "january", "february", "march", "april", "may", "june", "july", "august"]
)
_MORE_NO_NAMES = frozenset(
    ["september", "october", "november", "december", "version", "figure", "table", "from", "the"]
)


def named(text: str) -> Iterator[tuple[Span, tuple[CitedWork, ...]]]:
    """The places of a text that cite by name and year, and the works that each cites."""
    for match in _IN_BRACKETS.finditer(text):
        works = [_WORK.match(part.strip()) for part in match[1].split(";")]
        cited = tuple(one for work in works if work is not None for one in _cited(work))
        if cited and all(work is not None for work in works):
            yield match.span(), cited
    for match in _TOLD.finditer(text):
        cited = tuple(_cited(match))
        if cited:
            yield match.span(), cited


def _cited(match: re.Match[str]) -> Iterator[CitedWork]:
    family = folded(match["name"])
    if family.split(" ")[0] in _NO_NAMES | _MORE_NO_NAMES:
        return
    year = ""
    for told in re.split(r",\s?", match["years"]):
        year = told if len(told) > 1 else year[:4] + told
        yield CitedWork(family, year)


def folded(name: str) -> str:
    """A name's words, folded."""
    return " ".join(fold(word) for word in re.findall(r"[\w'\u2019\u2010-]+", name))
