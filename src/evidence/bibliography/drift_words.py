"""Printed texts as words, and which of them stayed, went or came."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import LCSseq

from evidence.model.identity import Identifier
from evidence.monographs.passages import Passage, Span
from evidence.monographs.plainness import plain
from evidence.monographs.recognising import recognise

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*|\S")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"), "-")
_SINGLE = dict.fromkeys(map(ord, "`\u00b4\u2018\u2019\u201a\u201b\u2032\u02bc"), "'")
_DOUBLE = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"), '"')
_PLAIN = _DASHES | _SINGLE | _DOUBLE
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# What no reader can tell apart, and indices, which change no number. An exponent does: 10\u2075 is not 105.
_ALIKE = _LIGATURES | {0x00B5: "\u03bc"} | {0x2080 + at: char for at, char in enumerate("0123456789+-=()")}
_RAISED = dict(
    zip(
        "0123456789+-=()",
        "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207c\u207d\u207e",
        strict=True,
    )
)
_LOWERED = {ord(raised): char for char, raised in _RAISED.items()}
_LABEL = re.compile(r"\bdoi\s*+[:=]?\s*+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word, a mark of punctuation or an identifier. `key` is what is compared; the places are those in the text."""

    key: str
    first: int
    behind: int
    identifier: Identifier | None = None

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation; a sign such as \u2265 is none, it means something."""
        return self.identifier is None and not any(
            char.isalnum() or unicodedata.category(char) == "Sm" for char in self.key
        )


Words = Sequence[PrintedWord]


class WordFate(StrEnum):
    """What became of words."""

    STAYED = "stayed"
    WENT = "went"
    CAME = "came"


@dataclass(frozen=True, slots=True)
class WordChange:
    """A run of words of one fate, as printed (what stayed: as it was printed)."""

    fate: WordFate
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """Words `was[was_first:was_behind]` became `now[now_first:now_behind]`; `stayed` when they are the same."""

    stayed: bool
    was_first: int
    was_behind: int
    now_first: int
    now_behind: int


def with_raised(passage: Passage, raised: Collection[int]) -> str:
    """The text of a passage with raised digits and signs as characters of their own, as a text without markup has them.

    Args:
        passage: What was printed.
        raised: The offsets in the source of what is printed as superscript.
    """
    if not raised:
        return passage.text
    return "".join(_RAISED.get(c, c) if passage.offset(at) in raised else c for at, c in enumerate(passage.text))


def without_raised(text: str) -> str:
    """The text with all its characters on the line, as it is got from a print that tells nothing of scripts."""
    return text.translate(_LOWERED)


def words_of(text: str) -> Words:
    """The words of a text; identifiers are one word each, whatever their form, with the label before a DOI."""
    seen = plain(text).passage
    found = sorted(
        (mention for mention in recognise(seen.text).mentions if mention.span), key=lambda one: one.span or (0, 0)
    )
    words: list[PrintedWord] = []
    at = 0
    for mention in found:
        first, behind = mention.span or (0, 0)
        if first < at:
            continue
        label = _LABEL.search(seen.text, max(at, first - 12), first)
        start = label.start() if label else first
        words += _plain_words(seen, at, start)
        words.append(PrintedWord(str(mention.identifier), *_places(seen, start, behind), mention.identifier))
        at = behind
    return [*words, *_plain_words(seen, at, len(seen.text))]


def _plain_words(seen: Passage, first: int, behind: int) -> Iterator[PrintedWord]:
    for match in _WORD.finditer(seen.text[first:behind].translate(_PLAIN)):
        places = _places(seen, first + match.start(), first + match.end())
        yield PrintedWord(unicodedata.normalize("NFC", match[0].translate(_ALIKE)), *places)


def _places(seen: Passage, first: int, behind: int) -> Span:
    """The places in the text itself."""
    return seen.offset(first), seen.offset(behind - 1) + 1


def aligned(was: Words, now: Words) -> list[Step]:
    """What stayed and what changed, in order; punctuation alone does not hold two changes apart."""
    steps = [
        Step(op.tag == "equal", op.src_start, op.src_end, op.dest_start, op.dest_end)
        for op in LCSseq.opcodes([word.key for word in was], [word.key for word in now])
    ]
    merged: list[Step] = []
    for number, step in enumerate(steps):
        between = 0 < number < len(steps) - 1 and all(word.is_mark for word in was[step.was_first : step.was_behind])
        changed = not step.stayed or (between and _both_worded(steps, number, was, now))
        if merged and not merged[-1].stayed and changed:
            merged[-1] = Step(False, merged[-1].was_first, step.was_behind, merged[-1].now_first, step.now_behind)
        else:
            merged.append(Step(not changed, step.was_first, step.was_behind, step.now_first, step.now_behind))
    return merged


def _both_worded(steps: Sequence[Step], number: int, was: Words, now: Words) -> bool:
    """Whether words, not only punctuation, changed on both sides of what stayed."""
    return all(
        any(not word.is_mark for word in (*was[s.was_first : s.was_behind], *now[s.now_first : s.now_behind]))
        for s in (steps[number - 1], steps[number + 1])
    )


def changes_of(was: Words, now: Words, steps: Sequence[Step], was_text: str, now_text: str) -> tuple[WordChange, ...]:
    """The steps as runs of printed text."""
    told: list[WordChange] = []
    for step in steps:
        before, after = was[step.was_first : step.was_behind], now[step.now_first : step.now_behind]
        if before:
            told.append(
                WordChange(
                    WordFate.STAYED if step.stayed else WordFate.WENT, was_text[before[0].first : before[-1].behind]
                )
            )
        if after and not step.stayed:
            told.append(WordChange(WordFate.CAME, now_text[after[0].first : after[-1].behind]))
    return tuple(told)
