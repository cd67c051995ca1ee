"""A printed text as words whose boundaries are known and whose spaces do not matter.

Titles and names are looked for in the words joined without spaces, on word boundaries: hyphens,
line-break hyphens and "print- ed" then need no care of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from evidence.compare.fold import american, fold, loose

_WORD = re.compile(r"[^\W_]+")


class Joined:
    """Folded words without the spaces between them, with the way back to word numbers."""

    __slots__ = ("ends", "firsts", "starts", "text")

    def __init__(self, keys: Sequence[str]) -> None:
        self.text = "".join(keys)
        self.starts: list[int] = []
        self.firsts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        at = 0
        for number, key in enumerate(keys):
            self.starts.append(at)
            if key:
                self.firsts[at] = number
                at += len(key)
                self.ends[at] = number + 1

    def match_at(self, number: int, key: str) -> int | None:
        """The number of the word behind `key`, if it stands at this word and ends with a word."""
        at = self.starts[number]
        return self.ends.get(at + len(key)) if self.text.startswith(key, at) else None

    def find_all(self, key: str) -> Iterator[tuple[int, int]]:
        """Every place where `key` stands on word boundaries, as (first word, word behind)."""
        at = self.text.find(key)
        while at >= 0:
            first, behind = self.firsts.get(at), self.ends.get(at + len(key))
            if first is not None and behind is not None:
                yield first, behind
            at = self.text.find(key, at + 1)


class CleanText:
    """A cleaned text and its words. "and" is a word with an empty key: it never matters."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        spans = [match.span() for match in _WORD.finditer(raw)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.words = [raw[start:end] for start, end in spans]
        self.keys = ["" if word in {"and", "AND", "And"} else fold(word) for word in self.words]

    def __len__(self) -> int:
        return len(self.words)

    def joined_by(self, spelling: Callable[[str], str] | None) -> Joined:
        """The joined words in one of the spellings of `fold` (None: as folded)."""
        if spelling is american:
            return self.american
        return self.loose if spelling is loose else self.joined

    @cached_property
    def joined(self) -> Joined:
        """As folded."""
        return Joined(self.keys)

    @cached_property
    def american(self) -> Joined:
        """British and American spelling alike."""
        return Joined([american(key) for key in self.keys])

    @cached_property
    def loose(self) -> Joined:
        """Umlauts written ae, oe, ue alike."""
        return Joined([loose(key) for key in self.keys])

    def before(self, number: int) -> str:
        """What stands between this word and the one before it (or the text's beginning or end)."""
        start = self.ends[number - 1] if number > 0 else 0
        return self.raw[start : self.starts[number]] if number < len(self.words) else self.raw[start:]

    def slice(self, first: int, behind: int) -> str:
        """The raw text of these words, with the punctuation between them."""
        return self.raw[self.starts[first] : self.ends[behind - 1]] if first < behind else ""

    def rest(self, number: int) -> str:
        """The raw text from behind word `number - 1` to the end."""
        return self.raw[self.ends[number - 1] :] if number else self.raw
