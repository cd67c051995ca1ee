"""Tokens: what is compared where the same words have to be there, in sections of labels, quotes and sentences.

Superscripts and subscripts are written `^` and `_` before their text, a fraction's bar `/`, by those who read a text
out of its markup (`raised`, `lowered`). White space, quotation marks, brackets, commas and full stops are formatting;
words, numbers and the signs between them are not.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from evidence.model.regex import regex

if TYPE_CHECKING:  # imported where it is used
    from rapidfuzz.distance import Opcode

MARKS = frozenset("^_")
"""The tokens that say "superscript" and "subscript"."""

_CACHED_TEXTS = 1024
_LEAST_NEAR = 50.0  # of 100: what is less like the quote is not shown as its nearest words
_SHORTEST_RUN = 3  # tokens that two changes have between them, from which they are two places

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_DASHES = "\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d"
_ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_OTHER_THAN_ASCII = regex(rf"[^{_ACCENTS}][{_ACCENTS}]+|[^\x00-\x7f]")
_SPELT = {"\u00d7": " x ", "\u2044": "/", "\u2215": "/", "\u2266": "\u2264", "\u2267": "\u2265"}
_SPELT |= dict.fromkeys(map(chr, range(0x2B9, 0x2BE)), "'")  # apostrophes that Unicode counts among the letters
_SPELT |= {"\u2a7d": "\u2264", "\u2a7e": "\u2265", "\u2122": " ", "\u2120": " ", "\u00b7": "\u00b7"}
_SPELT |= dict.fromkeys(re.findall(".", "\u2219\u22c5\u2027"), "\u00b7")
_INVISIBLE_ONE = regex(f"[{_INVISIBLE}]")
_DASH = regex(f"[{_DASHES}]")
_TOKEN = regex(
    r"""
    (?:(?<![^\W_])\.)?\d+(?:[.,\u00b7]\d+)*   # 10, 1.5, .5, 10,000; the point after a letter is a full stop
    | [^\W\d_]+
    | [<>\u2264\u2265=%\u00b1+/-]
    | [\^_](?=[^\W_]|[<>\u2264\u2265=%\u00b1+/.-])   # what raises or lowers nothing that counts is formatting
    """,
    re.VERBOSE,
)
_THOUSANDS = regex(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def raised(text: str) -> str:
    """A superscript as texts to be compared write it."""
    return f"^{text.strip()} " if text.strip() else text


def lowered(text: str) -> str:
    """A subscript as texts to be compared write it."""
    return f"_{text.strip()} " if text.strip() else text


class TokenText:
    """A text and its tokens, with the way back from a token to its place in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._normal, self._origin = _normalized(text)
        self.tokens = tuple(
            [_number(found) if found[-1].isdigit() else found for found in _TOKEN.findall(self._normal)]
        )

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where each token is in the normal form; few texts are asked."""
        return [match.span() for match in _TOKEN.finditer(self._normal)]

    @cached_property
    def words(self) -> int:
        """How many of the tokens are words or numbers."""
        return sum(token[-1].isalnum() for token in self.tokens)

    def sha256(self) -> str:
        """The SHA-256 of the tokens: the same for two texts that differ in formatting alone."""
        return hashlib.sha256(" ".join(self.tokens).encode()).hexdigest()

    def slice(self, first: int, end: int) -> str:
        """The text of the tokens from `first` to before `end`, its white space as single spaces."""
        if first >= end:
            return ""
        start, stop = self._spans[first][0], self._spans[end - 1][1]
        if self._origin is not None:
            next_piece = bisect_right(self._origin, self._origin[stop - 1])
            stop = self._origin[next_piece] if next_piece < len(self._origin) else len(self.text)
            start = self._origin[start]
        return " ".join(self.text[start:stop].split())

    def offset(self, number: int) -> int:
        """Where this token begins in the text."""
        start = self._spans[number][0]
        return start if self._origin is None else self._origin[start]

    @cached_property
    def joined(self) -> _Joined:
        """All tokens."""
        return _Joined([(number, number + 1, token) for number, token in enumerate(self.tokens)])

    @cached_property
    def plain(self) -> _Joined:
        """The tokens without those that say "superscript" and "subscript"."""
        return _Joined([(n, n + 1, token) for n, token in enumerate(self.tokens) if token not in MARKS])

    @cached_property
    def run_together(self) -> _Joined:
        """As `plain`, with what a mark alone had kept apart as one token: `Cmax`, `106`, as copied from a browser."""
        numbered: list[tuple[int, int, str]] = []
        for number, token in enumerate(self.tokens):
            if token in MARKS:
                continue
            before = numbered[-1] if number > 1 and self.tokens[number - 1] in MARKS else None
            if before is not None and self._is_run(before[1] - 1, number):
                numbered[-1] = (before[0], number + 1, before[2] + token)
            else:
                numbered.append((number, number + 1, token))
        return _Joined(numbered)

    def _is_run(self, first: int, last: int) -> bool:
        """Whether two tokens would be one without the mark between them."""
        one, other = self.tokens[first][-1], self.tokens[last][0]
        touches = self._spans[first][1] == self._spans[first + 1][0] and last == first + 2
        return touches and (one.isalpha(), one.isdigit()) == (other.isalpha(), other.isdigit()) and one.isalnum()


class _Joined:
    """Numbered tokens as one string, for finding runs of them."""

    __slots__ = ("_ends", "_numbers", "text", "tokens")

    def __init__(self, numbered: Sequence[tuple[int, int, str]]) -> None:
        self.tokens = [token for _, _, token in numbered]
        self._numbers = [(first, end) for first, end, _ in numbered]
        self._ends: list[int] = []
        at = 0
        for token in self.tokens:
            at += len(token) + 1
            self._ends.append(at)
        self.text = "".join([f" {token}" for token in self.tokens]) + " "

    def find_all(self, tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Every place of these tokens in a row: the number of the first, and of the one after the last."""
        key = f" {' '.join(tokens)} "
        at = self.text.find(key) if tokens else -1
        while at >= 0:
            first = bisect_right(self._ends, at)
            yield self._numbers[first][0], self._numbers[first + len(tokens) - 1][1]
            at = self.text.find(key, at + 1)


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """Where a quote is found: its first token and the one after its last.

    `marks_lost` where the source has superscripts or subscripts there that the quote lacks.
    """

    first: int
    end: int
    marks_lost: bool = False


@lru_cache(_CACHED_TEXTS)
def tokenize(text: str) -> TokenText:
    """The tokens of a text."""
    return TokenText(text)


def find_quote(quote: TokenText, source: TokenText) -> QuotePlace | None:
    """The first place of the quote in the source; one that has lost superscripts only where there is no other.

    What the quote itself writes as a superscript or subscript has to be one in the source.
    """
    exact = next(source.joined.find_all(quote.tokens), None)
    if exact is not None:
        return QuotePlace(*exact)
    for wanted, there in ((quote.plain, source.plain), (quote.run_together, source.run_together)):
        for first, end in there.find_all(wanted.tokens):
            if _holds("".join(source.tokens[first:end]), "".join(quote.tokens)):
                return QuotePlace(first, end, marks_lost=True)
    return None


def _holds(source: str, quote: str) -> bool:
    """Whether the source's characters are the quote's, but for the marks of superscripts and subscripts it lacks."""
    at = 0
    for char in source:
        if quote[at : at + 1] == char:
            at += 1
        elif char not in MARKS:
            return False
    return at == len(quote)


def nearest_words(quote: TokenText, source: TokenText) -> tuple[str, float]:
    """The words of the source that are most like the quote, and how like they are (0 to 1); "" where none are."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only for a quote that is lost

    found = fuzz.partial_ratio_alignment(quote.tokens, source.tokens, score_cutoff=_LEAST_NEAR)
    if found is None or not quote.tokens or not source.tokens:
        return "", 0.0
    return source.slice(found.dest_start, found.dest_end), found.score / 100


def similarity(one: TokenText, other: TokenText) -> float:
    """How alike two texts are, 0 to 1: the share of tokens that they have in common in one order."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where something differs

    return Indel.normalized_similarity(one.tokens, other.tokens)


def most_similar(text: TokenText, candidates: Sequence[TokenText], least: float = 0.0) -> int | None:
    """Which of the candidates is most like the text, by number; None where none is as alike as `least`."""
    from rapidfuzz import process  # noqa: PLC0415 - only where something differs
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - as above

    choices = [candidate.tokens for candidate in candidates]
    best = process.extractOne(text.tokens, choices, scorer=Indel.normalized_similarity, score_cutoff=least)
    return None if best is None else best[2]


@dataclass(frozen=True, slots=True)
class WordEdit:
    """A run of words: as they were and as they are; the same tokens in both where nothing `differs`."""

    before: str
    after: str
    differs: bool


def word_edits(before: TokenText, after: TokenText) -> tuple[WordEdit, ...]:
    """Two texts word by word, as runs that are equal and runs that differ, in their order.

    Two changes with fewer than three tokens between them are one place. Where it can be said in several ways what was
    taken out or put in, it is the way with the fewest places: a paragraph is one place although it ends as it begins.
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where something differs

    if before.tokens == after.tokens:
        return (WordEdit(before.text, after.text, differs=False),) if before.tokens else ()
    steps = _in_fewest_places(
        [
            (step.tag, (after.tokens if step.tag == "insert" else before.tokens)[slice(*_span(step))])
            for step in Indel.opcodes(before.tokens, after.tokens)
        ]
    )
    edits = []
    at, now = 0, 0  # tokens of both texts that have gone by
    numbered = enumerate(steps)
    for is_changed, run in groupby(numbered, lambda pair: pair[1][0] != _EQUAL or _is_short(steps, pair[0])):
        end, now_end = at, now
        for _, (tag, tokens) in run:
            end += len(tokens) * (tag != "insert")
            now_end += len(tokens) * (tag != "delete")
        edits.append(WordEdit(before.slice(at, end), after.slice(now, now_end), differs=is_changed))
        at, now = end, now_end
    return tuple(edits)


_EQUAL = "equal"
_Step = tuple[str, tuple[str, ...]]
"""Tokens that two texts have in common, or that are inserted or deleted between them."""


def _span(step: Opcode) -> tuple[int, int]:
    return (step.dest_start, step.dest_end) if step.tag == "insert" else (step.src_start, step.src_end)


def _is_short(steps: Sequence[_Step], at: int) -> bool:
    """Whether so few tokens are between two changes that they are one place."""
    return 0 < at < len(steps) - 1 and len(steps[at][1]) < _SHORTEST_RUN


def _in_fewest_places(steps: list[_Step]) -> list[_Step]:
    """The steps, once each change that can be moved over equal tokens and then meets another change is moved."""
    while (moved := _with_one_moved(steps)) is not None:
        steps = moved
    steps = _mirrored(steps)
    while (moved := _with_one_moved(steps)) is not None:
        steps = moved
    return _mirrored(steps)


def _with_one_moved(steps: Sequence[_Step]) -> list[_Step] | None:
    """The steps with one change moved to before the equal tokens before it, with which it ends; None where none can."""
    for at in range(len(steps) - 2, 0, -1):
        (tag, same), (change, tokens) = steps[at : at + 2]
        is_alone = at + 2 == len(steps) or steps[at + 2][0] == _EQUAL
        if tag == _EQUAL and change != _EQUAL and is_alone and tokens[-len(same) :] == same:
            moved = [*steps[:at], (change, same + tokens[: -len(same)]), (_EQUAL, same), *steps[at + 2 :]]
            runs = (list(run) for _, run in groupby(moved, key=lambda step: step[0]))
            return [(run[0][0], tuple(token for _, tokens in run for token in tokens)) for run in runs]
    return None


def _mirrored(steps: Iterable[_Step]) -> list[_Step]:
    return [(tag, tokens[::-1]) for tag, tokens in reversed(list(steps))]


def _number(found: str) -> str:
    number = found.replace("\u00b7", ".")
    return number.replace(",", "") if _THOUSANDS.fullmatch(number) else number


def _normalized(text: str) -> tuple[str, list[int] | None]:
    """The text in the one form that is compared, and where each of its characters is in the text (None: the same)."""
    if text.isascii():
        return text.lower(), None
    parts: list[str] = []
    origin: list[int] = []

    def add(ascii_text: str, start: int, mark: str) -> None:
        if mark:  # what follows cm² is not raised
            parts.append(" ")
            origin.append(start)
        parts.append(ascii_text.lower())
        origin.extend(range(start, start + len(ascii_text)))

    at = 0
    after = ""  # the mark that is open, as long as superscripts or subscripts go on
    for found in _OTHER_THAN_ASCII.finditer(text):
        start, end = found.span()
        if start > at:
            add(text[at:start], at, after)
            after = ""
        form, after = _form(found[0], after)
        parts.append(form)
        origin.extend([start] * len(form))
        at = end
    add(text[at:], at, after)
    return "".join(parts), origin


def _form(letter: str, after: str) -> tuple[str, str]:
    """A character (with its accents) as it is compared, and the mark that is open after it.

    `after` is the mark that is open before it.
    """
    if _INVISIBLE_ONE.match(letter):
        return "", after
    if _DASH.match(letter):
        return "-", ""
    if letter in _SPELT:
        return _SPELT[letter], ""
    mark = _mark_of(letter)
    form = unicodedata.normalize("NFKC", letter).casefold()
    form = _DASH.sub("-", form.replace("\u2044", "/"))
    if mark:
        return (form if mark == after else f"{mark}{form}"), mark
    if "/" in form and len(form) > 1:  # 1½ is 1 1/2
        form = f" {form} "
    return form, ""


def _mark_of(letter: str) -> str:
    kind = unicodedata.decomposition(letter[0]).partition(" ")[0]
    return {"<super>": "^", "<sub>": "_"}.get(kind, "")
