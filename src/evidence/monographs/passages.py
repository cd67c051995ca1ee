"""Text taken out of a source, with every character's place in it kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]
"""First character and the one behind the last, from 0."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and where its characters stand in the source.

    `anchors` are pairs (place in `text`, offset in the source), ascending; between two of them both
    run in step. Characters that the source spells otherwise (an entity, a line break that became a
    space) stand at the place of that spelling.
    """

    text: str
    anchors: tuple[tuple[int, int], ...] = ((0, 0),)

    @classmethod
    def at(cls, text: str, offset: int) -> Passage:
        """A text that stands in the source word for word."""
        return cls(text, ((0, offset),))

    def offset(self, place: int) -> int:
        """The offset in the source of the character at a place of `text`, or of its end."""
        number = max(0, bisect_right(self.anchors, (place, 1 << 62)) - 1)
        start, offset = self.anchors[number]
        return offset + place - start

    @property
    def span(self) -> Span:
        """The offsets in the source of the first character and behind the last."""
        last = max(0, len(self.text) - 1)
        return self.offset(0), self.offset(last) + (1 if self.text else 0)

    def part(self, first: int, behind: int) -> Passage:
        """The characters from `first` to `behind`."""
        inner = ((place - first, offset) for place, offset in self.anchors if first < place < behind)
        return Passage(self.text[first:behind], ((0, self.offset(first)), *inner))

    def stripped(self) -> Passage:
        """Without white space at both ends."""
        first = len(self.text) - len(self.text.lstrip())
        return self.part(first, max(first, len(self.text.rstrip())))


def joined(pieces: Iterable[tuple[str, Passage]]) -> Passage:
    """Passages put together, each behind its separator (the first one's is left out)."""
    texts: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = 0
    for separator, passage in pieces:
        if texts:
            texts.append(separator)
            length += len(separator)
        texts.append(passage.text)
        anchors += [(length + place, offset) for place, offset in passage.anchors]
        length += len(passage.text)
    return Passage("".join(texts), tuple(anchors) or ((0, 0),))
