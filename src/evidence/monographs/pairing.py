"""Which printed entry is which reference: by identifier first, else by their texts' likeness.

Linear in the number of texts: likenesses are measured only between texts that share rare words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from evidence.compare.clean import clean, without_identifiers, without_number
from evidence.compare.text import CleanText
from evidence.model.identity import Identifier, IdKind

THRESHOLD = 65.0
"""Least likeness (0-100) of two texts that are taken for the same work; see the acceptance suite for its errors."""

THRESHOLD_ON_SAME_PAGES = 50.0
"""The least likeness of two texts that print the same pages: journals in full and abbreviated differ much."""

MARGIN = 5.0
"""How much likelier the taken one must be than the next: a part II is not a part I."""

_RARE_WORDS = 8
_MOST_SHARING = 200
_MOST_MEASURED = 12
_PAGES = re.compile(r"(?<![\w(-])([A-Za-z]?\d{1,6})-([A-Za-z]?\d{1,6})(?![\w)-])")
_LONGEST = 4000  # characters measured


@dataclass(frozen=True, slots=True)
class PairingText:
    """A text to be paired, and the identifiers that belong to it."""

    text: str
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPair:
    """Numbers (from 0) of a printed entry and a reference that are one work; `likeness` is None by identifier."""

    printed: int
    wanted: int
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs, in the order of the printed entries; `again` are entries whose reference is printed before them."""

    pairs: tuple[EntryPair, ...]
    again: tuple[EntryPair, ...]
    unmatched: tuple[int, ...]
    unprinted: tuple[int, ...]


def pair(printed: Sequence[PairingText], wanted: Sequence[PairingText]) -> Pairing:
    """Pair printed entries with references, each at most once."""
    pairs: dict[int, EntryPair] = {}
    taken: dict[int, int] = {}
    again: list[EntryPair] = []
    texts = _Folded(printed), _Folded(wanted)
    for weak in (False, True):  # an address may be shared by several references; a registry's number is not
        for one in _by_identifier(printed, wanted, texts, weak=weak):
            if one.printed in pairs:
                continue
            if one.wanted in taken:
                again.append(one)
            else:
                pairs[one.printed], taken[one.wanted] = one, one.printed
    repeated = {one.printed for one in again}
    open_printed = [number for number in range(len(printed)) if number not in pairs and number not in repeated]
    open_wanted = [number for number in range(len(wanted)) if number not in taken]
    for one in _by_text(texts, open_printed, open_wanted):
        if one.printed not in pairs and one.wanted not in taken:
            pairs[one.printed], taken[one.wanted] = one, one.printed
    twice = {one.printed: one for one in again if one.printed not in pairs}
    return Pairing(
        tuple(pairs[number] for number in sorted(pairs)),
        tuple(twice[number] for number in sorted(twice)),
        tuple(number for number in range(len(printed)) if number not in pairs and number not in twice),
        tuple(number for number in range(len(wanted)) if number not in taken),
    )


def likeness(one: str, other: str) -> float:
    """How like two printed references are, 0 to 100, whatever the order of their parts."""
    return _measured(_words(one), _words(other))


def _words(text: str) -> list[str]:
    plain = without_identifiers(without_number(clean(text[:_LONGEST])))
    return sorted(key for key in CleanText(plain).keys if key)


def _measured(one: Sequence[str], other: Sequence[str]) -> float:
    return fuzz.ratio(" ".join(one), " ".join(other))


def _pages(text: str) -> tuple[str, str] | None:
    """First and last page, None where no range is printed."""
    found = _PAGES.findall(without_identifiers(clean(text[:_LONGEST])))
    return found[-1] if found else None


def _same_pages(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool | None:
    """Whether two ranges are one; False for another beginning and another end, None for what cannot be told."""
    if one is None or other is None:
        return None
    shorter, longer = sorted((one[1], other[1]), key=len)  # 529-38 ends where 529-538 does
    ends = longer.endswith(shorter)
    if one[0] == other[0]:
        return True if ends else None
    return None if ends and len(shorter) > 1 else False


def _same_but_for_numbers(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether no word differs: then the pages are what drifted."""
    return [word for word in one if word.isalpha()] == [word for word in other if word.isalpha()]


class _Folded:
    """The words and pages of texts, each worked out once and only when asked for."""

    def __init__(self, texts: Sequence[PairingText]) -> None:
        self._texts = texts
        self._known: dict[int, list[str]] = {}
        self._pages: dict[int, tuple[str, str] | None] = {}

    def __getitem__(self, number: int) -> list[str]:
        if number not in self._known:
            self._known[number] = _words(self._texts[number].text)
        return self._known[number]

    def pages(self, number: int) -> tuple[str, str] | None:
        """First and last page."""
        if number not in self._pages:
            self._pages[number] = _pages(self._texts[number].text)
        return self._pages[number]


def _key(identifier: Identifier) -> str:
    """An identifier such that the same page has one key, whatever its scheme."""
    if identifier.kind is not IdKind.URL:
        return str(identifier)
    return identifier.value.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/").lower()


def _by_identifier(
    printed: Sequence[PairingText], wanted: Sequence[PairingText], texts: tuple[_Folded, _Folded], *, weak: bool
) -> Iterator[EntryPair]:
    holders: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(wanted):
        for identifier in one.identifiers:
            if (identifier.kind is IdKind.URL) is weak:
                holders[_key(identifier)].append(number)
    for number, one in enumerate(printed):
        keys = [_key(found) for found in one.identifiers if (found.kind is IdKind.URL) is weak]
        holding = list(dict.fromkeys(holder for key in keys for holder in holders.get(key, ())))
        if len(holding) > 1:
            holding = holding[:_MOST_MEASURED]
            holding.sort(key=lambda holder: -_measured(texts[0][number], texts[1][holder]))
        if holding:
            yield EntryPair(number, holding[0])


def _by_text(texts: tuple[_Folded, _Folded], printed: Iterable[int], wanted: Sequence[int]) -> list[EntryPair]:
    """Likely pairs, the likeliest first."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number in wanted:
        for word in set(texts[1][number]):
            holders[word].append(number)
    found: list[EntryPair] = []
    for number in printed:
        words = texts[0][number]
        known = sorted((word for word in set(words) if word in holders), key=lambda word: (len(holders[word]), word))
        sharing = Counter(
            holder for word in known[:_RARE_WORDS] if len(holders[word]) <= _MOST_SHARING for holder in holders[word]
        )
        nearest = [holder for holder, _ in sharing.most_common(_MOST_MEASURED)]
        taken = _likeliest(texts, number, nearest)
        if taken is not None:
            found.append(taken)
    return sorted(found, key=lambda one: (-(one.likeness or 0.0), one.printed))


def _likeliest(texts: tuple[_Folded, _Folded], number: int, nearest: Iterable[int]) -> EntryPair | None:
    """The one reference among the nearest that a printed entry can be; None when none or several can."""
    words = texts[0][number]
    can_be: list[tuple[float, float, int]] = []
    for holder in nearest:
        alike = _measured(words, texts[1][holder])
        same = _same_pages(texts[0].pages(number), texts[1].pages(holder))
        if same is False and not _same_but_for_numbers(words, texts[1][holder]):
            continue  # parts I and II of a series
        if alike >= (THRESHOLD_ON_SAME_PAGES if same else THRESHOLD):
            can_be.append((alike + (THRESHOLD - THRESHOLD_ON_SAME_PAGES if same else 0.0), alike, holder))
    can_be.sort(reverse=True)
    if not can_be or (len(can_be) > 1 and can_be[0][0] - can_be[1][0] < MARGIN):
        return None
    return EntryPair(number, can_be[0][2], can_be[0][1])
