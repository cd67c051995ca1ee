"""How much the text of a page has changed, told from two small fingerprints.

A fingerprint is a sketch of the set of all runs of three words (shingles, Broder 1997): the least
hash in each of 128 ranges, four bits of it kept (one permutation hashing, Li, Owen and Zhang 2012;
b-bit minwise hashing, Li and König 2010), 92 characters or so in all. The share of ranges that agree
estimates the resemblance of two texts, and that the share of the text that was exchanged.

Whatever changes on a page that nobody edits is left out first: numbers and all words that hold a
digit, months, days of the week, words of passing time.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from itertools import pairwise
from zlib import crc32

FEWEST_WORDS = 50
"""Texts shorter than that are not compared: a sentence would be half of them."""

_VERSION = "1"
_RANGES = 128
_RANGE_BITS = 25  # 2^32 hashes in 2^7 ranges
_VALUES = 15
_LONGEST = 128 * 1024  # characters that are looked at

_OUTSIDE_WORDS = bytes(
    code if chr(code).isalpha() or code > 127 else 0x30 if chr(code).isdigit() else 0x20 for code in range(256)
)
_PUNCTUATION = "\u00a0\u00ab\u00bb\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2022\u2026\u3001\u3002\uff0c"
# Thai, Lao, kana and Han are written without spaces: there each character counts as a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_PASSING = frozenset(
    """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
januar februar märz mai juni juli oktober dezember
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
januari februari maart mei augustus
monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
today yesterday ago second seconds minute minutes hour hours day days week weeks month months
year years am pm utc gmt est edt cet cest st nd rd th
    """.encode().split()
)
"""Months and days of the week in English, German, French, Spanish, Italian, Portuguese and Dutch; passing time."""


def fingerprint(text: str) -> str:
    """The fingerprint of a page's main text, in lower case; empty when there are no three words in it."""
    words = _words(text[:_LONGEST])
    shingles = set(zip(words, words[1:], words[2:], strict=False))
    if not shingles:
        return ""
    hashes = sorted(map(crc32, map(b" ".join, shingles)))
    starts = [bisect_left(hashes, number << _RANGE_BITS) for number in range(_RANGES + 1)]
    sketch = 0
    for start, end in pairwise(starts):
        sketch = sketch << 4 | (hashes[start] % _VALUES + 1 if start < end else 0)
    packed = base64.urlsafe_b64encode(sketch.to_bytes(_RANGES // 2, "big")).decode().rstrip("=")
    return f"{_VERSION}.{len(words)}.{packed}"


def changed(old: str, new: str) -> float | None:
    """The share of the text that was exchanged between two fingerprints, 0.0 to 1.0.

    The standard error is about 0.03 near a fifth and less at both ends. None when that cannot be
    told: no fingerprint, one of another version, or a text of fewer than 50 words.
    """
    if old == new:
        return 0.0 if _long_sketch(old) is not None else None
    then, now = _long_sketch(old), _long_sketch(new)
    return None if then is None or now is None else _distance(then, now)


def resemble(one: str, other: str) -> bool:
    """Whether two texts of any length are the same but for a tenth: error pages that name the address asked for."""
    first, second = _sketch(one), _sketch(other)
    return first is not None and second is not None and _distance(first[1], second[1]) <= 0.1


def _distance(then: bytes, now: bytes) -> float:
    pairs = [pair for pair in zip(_nibbles(then), _nibbles(now), strict=True) if pair != (0, 0)]
    agreeing = sum(a == b for a, b in pairs) / max(len(pairs), 1)
    by_chance = 1 / _VALUES
    resemblance = max(0.0, (agreeing - by_chance) / (1 - by_chance))
    # Exchanging the share d of a text leaves (1 - d) of 1 + d shingles in common.
    return (1 - resemblance) / (1 + resemblance)


def _nibbles(packed: bytes) -> list[int]:
    return [half for byte in packed for half in (byte >> 4, byte & 15)]


def _long_sketch(written: str) -> bytes | None:
    known = _sketch(written)
    return known[1] if known is not None and known[0] >= FEWEST_WORDS else None


def _sketch(written: str) -> tuple[int, bytes] | None:
    version, _, rest = written.partition(".")
    number, _, packed = rest.partition(".")
    if version != _VERSION or not number.isdecimal():
        return None
    try:
        sketch = base64.urlsafe_b64decode(packed + "==")
    except ValueError:
        return None
    return (int(number), sketch) if len(sketch) == _RANGES // 2 else None


def _words(text: str) -> list[bytes]:
    if not text.isascii():
        for mark in _PUNCTUATION:
            text = text.replace(mark, " ")
        if max(text) >= "\u0e00":
            text = _UNSPACED.sub(r" \g<0> ", text)
    words = text.encode("utf-8", "replace").translate(_OUTSIDE_WORDS).split()
    return [word for word in words if b"0" not in word and word not in _PASSING]
