"""From the words of a cleaned citation back to the characters as printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import LCSseq

from evidence.compare.citation import align_citation
from evidence.compare.zones import Segments
from evidence.model.records import Article

Span = tuple[int, int]
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 3000


@dataclass(frozen=True, slots=True, eq=False)
class WordSpans:
    """A printed citation with its zones, and where each of their words stands in the text as printed."""

    printed: str
    zones: Segments
    spans: tuple[Span | None, ...]

    def span(self, first: int, behind: int) -> Span | None:
        """The characters of words `first` to `behind`, as printed; None when their ends cannot be told."""
        if not first < behind <= len(self.spans):
            return None
        left, right = self.spans[first], self.spans[behind - 1]
        return None if left is None or right is None else (left[0], right[1])


@lru_cache(64)
def lay(printed: str, article: Article) -> WordSpans:
    """The zones of a citation and the places of their words."""
    zones = align_citation(printed, article)
    return WordSpans(printed, zones, tuple(_aligned(printed, zones.text.words)))


def _aligned(printed: str, words: list[str]) -> list[Span | None]:
    """What was cut and what was spelled otherwise has no place; all else keeps its order."""
    found = [match.span() for match in _WORD.finditer(printed)]
    own = [printed[start:end] for start, end in found]
    spans: list[Span | None] = [None] * len(words)
    if own == words:
        return list(found)
    if max(len(own), len(words)) > _MOST_WORDS:
        return spans
    for step in LCSseq.opcodes(own, words):
        if step.tag == "equal":
            spans[step.dest_start : step.dest_end] = found[step.src_start : step.src_end]
    return spans
