"""One author: the ways to write a name, and whether printed initials can be this person's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from evidence.compare.clean import clean
from evidence.compare.fold import fold, loose
from evidence.compare.text import CleanText
from evidence.model.records import Author

PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "les",
        "ten",
        "ter",
        "te",
        "zu",
        "zum",
        "zur",
        "vom",
        "el",
        "al",
        "af",
        "av",
        "e",
        "y",
        "d'",
        "d",
        "do",
        "dal",
        "degli",
        "bin",
        "ibn",
        "ben",
        "abu",
        "af",
        "st",
        "san",
        "santa",
        "li",
        "lo",
        "'t",
        "op",
        "in",
    ]
)
"""Particles are particles only in lower case: "Li" is a surname."""

SUFFIXES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "5th", "6th", "2d", "3d", "filho", "neto", "junior", "senior"]
)
SUFFIXES_OR_NAMES = frozenset(["filho", "neto", "junior", "senior"])
"""Suffixes in some names, family names in others: never behind a comma."""

DEGREES = frozenset(
    [
        "md",
        "phd",
        "msc",
        "mph",
        "bsc",
        "ba",
        "ma",
        "mba",
        "mbbs",
        "frcp",
        "frcs",
        "dds",
        "dmd",
        "do",
        "dvm",
        "rn",
        "msn",
        "ms",
        "bs",
        "pharmd",
        "psyd",
        "esq",
        "facs",
        "facp",
        "mbchb",
        "dr",
        "prof",
        "drph",
        "edd",
        "scd",
        "dsc",
        "dphil",
        "fracp",
        "frcpc",
        "mrcp",
        "np",
        "pa",
        "bpharm",
        "mpharm",
        "jd",
        "llm",
        "meng",
        "bm",
        "bch",
        "ao",
    ]
)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Person:
    """An author's keys: whole family names, halves of compound ones, initials and forenames.

    `loose` are the whole names with transliterated umlauts alike.
    """

    shown: str
    whole: tuple[str, ...]
    halves: tuple[str, ...]
    loose: frozenset[str]
    initials: str
    given: tuple[str, ...]


@lru_cache(1 << 15)
def person(author: Author) -> Person | None:
    """The keys of a person; None for a collective author or a name without letters."""
    name = clean(author.family)
    text = CleanText(name)
    if author.collective or not any(text.keys):
        return None
    whole = [text.joined.text]
    start = 0
    while start < len(text) - 1 and (text.words[start].islower() and text.keys[start] in PARTICLES):
        start += 1
    bare = "".join(text.keys[start:])
    dirt = [k for k in text.keys if k not in SUFFIXES and k not in DEGREES]
    for key in (bare, "".join(dirt)):
        if key and key not in whole:
            whole.append(key)
    umlauts = _transliterated(name)
    if umlauts not in whole:
        whole.append(umlauts)
    rest = [key for key in text.keys[start:] if key]
    halves = _halves(rest)
    given = CleanText(clean(author.given))
    initials = "".join(fold(letter) for letter in _LETTERS.findall(clean(author.initials))) or "".join(
        key[0] for key in given.keys if key
    )
    shown = f"{author.family} {author.initials}".strip()
    looser = frozenset("".join(loose(k) for k in CleanText(n).keys) for n in (name,)) | {loose(bare)}
    return Person(shown, tuple(whole), halves, looser, initials, tuple(k for k in given.keys if k))


def _halves(rest: list[str]) -> tuple[str, ...]:
    if len(rest) < 2:
        return ()
    parts = [part for part in rest if len(part) > 2 and part not in PARTICLES]
    joined = ["".join(rest[:n]) for n in range(2, len(rest))] + ["".join(rest[n:]) for n in range(1, len(rest) - 1)]
    return tuple(dict.fromkeys([*joined, *parts]))


def _transliterated(name: str) -> str:
    spelt = name.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")):
        spelt = spelt.replace(umlaut, letters)
    return CleanText(spelt).joined.text


def initials_fit(printed: str, who: Person) -> bool:
    """Whether printed initials can be this person's: one run is within the other, in order.

    The print may know more than the record, and less.
    """
    if not printed or not (who.initials or who.given):
        return True
    spelt = "".join(word[0] for word in who.given)
    return any(_within(printed, own) or _within(own, printed) for own in (who.initials, spelt) if own)


def _within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def is_given(key: str, who: Person) -> bool:
    """Whether a printed word is one of the person's forenames, or shortens one."""
    return any(
        key == word or (len(key) > 1 and (word.startswith(key) or key.startswith(word)))
        for word in who.given
        if len(word) > 1
    )
