"""The sentences of a monograph's text, without its citations: what a claim's text is looked for in.

A superscript that is no citation is written `^` before its text, as texts to be compared write it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from evidence.documents.document import Block, Document, Passage, Span, joined
from evidence.documents.markers import Marker
from evidence.documents.reflist import ReferenceList
from evidence.matching.tokens import TokenText, find_quote, most_similar, tokenize
from evidence.model.regex import regex

LEAST_LIKE = 0.8
"""How alike a sentence is at least to be taken for an edited one (`evidence.matching.tokens.similarity`)."""

_END = regex(r"[.!?]+[\"'\u201d\u2019)\]]*+\s+(?=[\"'\u201c\u2018(\[]*[\w\u00c0-\u024f])")
_NO_END = regex(
    r"(?:\b(?:e\.g|i\.e|vs|cf|al|approx|ca|no|nos|fig|figs|tab|vol|ch|sect|ref|refs|eq|dr|prof|mr|mrs|ms|st|jr|sr|inc"
    r"|co|corp|ltd|dept|spp|sp|var|subsp|resp|incl|max|min|u\.s|p\.o|i\.v|s\.c|i\.m|b\.i\.d|t\.i\.d|q\.d|q\.i\.d|p\.r\.n)"
    r"|(?<![\w.])[A-Za-z])\.\s+\Z",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 12
_CLOSES = regex(r"\s*(?:[.,;:)!?\]]|\Z)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on one line, without its citations; `offset` is where it begins in the document's source."""

    text: str
    offset: int
    markers: tuple[Marker, ...] = ()


class MonographSentences:
    """The sentences of a document outside its reference list, and which of them a claim's text is."""

    def __init__(self, document: Document, markers: Sequence[Marker], references: ReferenceList | None) -> None:
        listed = range(*references.blocks) if references is not None else range(0)
        by_block: dict[int, list[Marker]] = {}
        for marker in markers:
            by_block.setdefault(marker.block, []).append(marker)
        self._blocks = [
            _Uncited(block, by_block.get(number, ()))
            for number, block in enumerate(document.blocks)
            if number not in listed
        ]

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, in order."""
        return tuple(sentence for block in self._blocks for sentence in block.sentences())

    def offset_of(self, text: str) -> int | None:
        """Where a text is found by its tokens, as an offset of the source; None where it is not."""
        found = find_quote(tokenize(text), self._tokens)
        if found is None or found.marks_lost:
            return None
        place = self._tokens.offset(found.first)
        number = bisect_right(self._starts, place) - 1
        return self._blocks[number].passage.offset(place - self._starts[number])

    def most_similar(self, text: str) -> Sentence | None:
        """The sentence that is most like a text; None where none is as like as `LEAST_LIKE`."""
        number = most_similar(tokenize(text), self._tokenized, LEAST_LIKE)
        return None if number is None else self.sentences[number]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each block begins in the text of all, which are apart by two line ends."""
        starts, at = [], 0
        for block in self._blocks:
            starts.append(at)
            at += len(block.passage.text) + 2
        return starts

    @cached_property
    def _tokens(self) -> TokenText:
        return TokenText("\n\n".join(block.passage.text for block in self._blocks))

    @cached_property
    def _tokenized(self) -> tuple[TokenText, ...]:
        return tuple(TokenText(sentence.text) for sentence in self.sentences)


class _Uncited:
    """A paragraph without its citations; `passage` is its text with the places of its characters in the source."""

    def __init__(self, block: Block, markers: Sequence[Marker]) -> None:
        cuts = [(_span_in(block.passage, marker), marker) for marker in markers]
        cited = [span for span, _ in cuts]
        raised = [span for span in block.raised if not any(s[0] < span[1] and span[0] < s[1] for s in cited)]
        pieces: list[tuple[str, Passage]] = []
        self._marks: list[tuple[int, Marker]] = []
        length = at = 0
        separator = ""
        for span, marker in sorted([*((span, None) for span in raised), *cuts], key=lambda item: item[0]):
            start, end = span
            if start < at:
                continue
            before = block.passage.part(at, start)
            if marker is not None and _CLOSES.match(block.text, end):
                before = before.part(0, len(before.text.rstrip()))
            pieces.append((separator, before))
            length += len(separator) + len(before.text)
            if marker is not None:
                self._marks.append((length, marker))
                separator, at = "", end
            else:
                inside = block.passage.part(start, end)
                pieces.append(("^", inside))
                length += 1 + len(inside.text)
                separator, at = " " if block.text[end : end + 1].isalnum() else "", end
        pieces.append((separator, block.passage.part(at, len(block.text))))
        self.passage = joined(pieces)

    def sentences(self) -> Iterator[Sentence]:
        """Its sentences; a citation after the full stop belongs to the sentence before it."""
        text, start = self.passage.text, 0
        ends = [match.end() for match in _END.finditer(text) if not _is_abbreviation(text, match.end())]
        marks = list(self._marks)
        for end in [*ends, len(text)]:
            own = [marker for place, marker in marks if place <= end]
            marks = marks[len(own) :]
            sentence = text[start:end]
            if sentence.strip():
                first = start + len(sentence) - len(sentence.lstrip())
                yield Sentence(" ".join(sentence.split()), self.passage.offset(first), tuple(own))
            start = end


def _is_abbreviation(text: str, end: int) -> bool:
    """Whether the full stop before this place ends an abbreviation or an initial, not a sentence."""
    return _NO_END.search(text[max(0, end - _LONGEST_ABBREVIATION) : end]) is not None


def _span_in(passage: Passage, marker: Marker) -> Span:
    """The characters of a paragraph's text that a marker of it is."""
    first, end = marker.span
    start = _place_in(passage, first)
    return start, max(_place_in(passage, end - 1) + 1, start)


def _place_in(passage: Passage, offset: int) -> int:
    """The character of a text that is at an offset of the source, or the next one that the source spells."""
    offsets = [source for _, source in passage.anchors]
    number = max(0, bisect_right(offsets, offset) - 1)
    place, source = passage.anchors[number]
    last = passage.anchors[number + 1][0] if number + 1 < len(passage.anchors) else len(passage.text)
    return min(place + max(0, offset - source), last)
