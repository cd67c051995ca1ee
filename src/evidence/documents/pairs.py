"""Which printed entry is which reference: by identifier first, else by their texts' likeness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from evidence.matching.text import CleanText, clean, without_identifiers, without_number
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.regex import regex

THRESHOLD = 65.0
"""Least likeness (0-100) of two texts that are taken for the same work; see the acceptance suite for its errors."""

THRESHOLD_ON_SAME_PAGES = 50.0
"""The least likeness of two texts that print the same pages: journals in full and abbreviated differ much."""

MARGIN = 5.0
"""How much likelier the taken one must be than the next: a part II is not a part I."""

_RARE_WORDS = 8
_MOST_SHARING = 200
_MOST_MEASURED = 12
_PAGES = regex(r"(?<![\w(-])([A-Za-z]?\d{1,6})-([A-Za-z]?\d{1,6})(?![\w)-])")
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
    texts = _Words(printed), _Words(wanted)
    for weak in (False, True):  # an address may be shared by several references; a registry's number is not
        for found in _by_identifier(printed, wanted, texts, weak=weak):
            if found.printed in pairs:
                continue
            if found.wanted in taken:
                again.append(found)
            else:
                pairs[found.printed], taken[found.wanted] = found, found.printed
    repeated = {found.printed for found in again}
    open_printed = [number for number in range(len(printed)) if number not in pairs and number not in repeated]
    open_wanted = [number for number in range(len(wanted)) if number not in taken]
    for found in _by_text(texts, open_printed, open_wanted):
        if found.printed not in pairs and found.wanted not in taken:
            pairs[found.printed], taken[found.wanted] = found, found.printed
    twice = {found.printed: found for found in again if found.printed not in pairs}
    return Pairing(
        tuple(pairs[number] for number in sorted(pairs)),
        tuple(twice[number] for number in sorted(twice)),
        tuple(number for number in range(len(printed)) if number not in pairs and number not in twice),
        tuple(number for number in range(len(wanted)) if number not in taken),
    )


def likeness(printed: str, wanted: str) -> float:
    """How like two printed references are, 0 to 100, whatever the order of their parts."""
    return _ratio(_words(printed), _words(wanted))


def _words(text: str) -> list[str]:
    plain = without_identifiers(without_number(clean(text[:_LONGEST])))
    return sorted(key for key in CleanText(plain).keys if key)


def _ratio(printed: Sequence[str], wanted: Sequence[str]) -> float:
    return fuzz.ratio(" ".join(printed), " ".join(wanted))


class _Words:
    """The words and pages of texts, each worked out once and only when needed."""

    def __init__(self, texts: Sequence[PairingText]) -> None:
        self._texts = texts
        self._known: dict[int, list[str]] = {}
        self._pages: dict[int, tuple[str, str] | None] = {}

    def __getitem__(self, number: int) -> list[str]:
        if number not in self._known:
            self._known[number] = _words(self._texts[number].text)
        return self._known[number]

    def pages(self, number: int) -> tuple[str, str] | None:
        """First and last page, None where no range is printed."""
        if number not in self._pages:
            found = _PAGES.findall(without_identifiers(clean(self._texts[number].text[:_LONGEST])))
            self._pages[number] = found[-1] if found else None
        return self._pages[number]


def _by_identifier(
    printed: Sequence[PairingText], wanted: Sequence[PairingText], texts: tuple[_Words, _Words], *, weak: bool
) -> Iterator[EntryPair]:
    """Pairs that share a registry's number, or, if `weak`, an address; of several the likeliest."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(wanted):
        for identifier in text.identifiers:
            if (identifier.kind is IdKind.URL) is weak:
                holders[_key(identifier)].append(number)
    for number, text in enumerate(printed):
        keys = [_key(found) for found in text.identifiers if (found.kind is IdKind.URL) is weak]
        holding = list(dict.fromkeys(holder for key in keys for holder in holders.get(key, ())))
        if len(holding) > 1:
            holding = holding[:_MOST_MEASURED]
            holding.sort(key=lambda holder: -_ratio(texts[0][number], texts[1][holder]))
        if holding:
            yield EntryPair(number, holding[0])


def _key(identifier: Identifier) -> str:
    """An identifier such that the same page has one key, whatever its scheme."""
    if identifier.kind is not IdKind.URL:
        return str(identifier)
    return identifier.value.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/").lower()


def _by_text(texts: tuple[_Words, _Words], printed: Iterable[int], wanted: Sequence[int]) -> list[EntryPair]:
    """Likely pairs, the likeliest first."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number in wanted:
        for word in set(texts[1][number]):
            holders[word].append(number)
    found: list[EntryPair] = []
    for number in printed if holders else ():
        words = texts[0][number]
        known = sorted((word for word in set(words) if word in holders), key=lambda word: (len(holders[word]), word))
        sharing = Counter(
            holder for word in known[:_RARE_WORDS] if len(holders[word]) <= _MOST_SHARING for holder in holders[word]
        )
        likeliest = _likeliest(texts, number, [holder for holder, _ in sharing.most_common(_MOST_MEASURED)])
        if likeliest is not None:
            found.append(likeliest)
    return sorted(found, key=lambda pair: (-(pair.likeness or 0.0), pair.printed))


def _likeliest(texts: tuple[_Words, _Words], number: int, nearest: Iterable[int]) -> EntryPair | None:
    """The one reference among the nearest that a printed entry can be; None when none or several can."""
    words = texts[0][number]
    can_be: list[tuple[float, float, int]] = []
    for holder in nearest:
        alike = _ratio(words, texts[1][holder])
        same = _same_pages(texts[0].pages(number), texts[1].pages(holder))
        if same is False and [w for w in words if w.isalpha()] != [w for w in texts[1][holder] if w.isalpha()]:
            continue  # parts I and II of a series; where only numbers differ, the pages are what drifted
        if alike >= (THRESHOLD_ON_SAME_PAGES if same else THRESHOLD):
            can_be.append((alike + (THRESHOLD - THRESHOLD_ON_SAME_PAGES if same else 0.0), alike, holder))
    can_be.sort(reverse=True)
    if not can_be or (len(can_be) > 1 and can_be[0][0] - can_be[1][0] < MARGIN):
        return None
    return EntryPair(number, can_be[0][2], can_be[0][1])


def _same_pages(printed: tuple[str, str] | None, wanted: tuple[str, str] | None) -> bool | None:
    """Whether two ranges are one; False for another beginning and another end, None for what is not certain."""
    if printed is None or wanted is None:
        return None
    shorter, longer = sorted((printed[1], wanted[1]), key=len)  # 529-38 ends where 529-538 does
    ends = longer.endswith(shorter)
    if printed[0] == wanted[0]:
        return True if ends else None
    return None if ends and len(shorter) > 1 else False
