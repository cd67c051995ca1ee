"""How much the text of a page has changed, estimated from two small fingerprints.

A text is taken apart into pieces of a few words: at punctuation, where markup stood between words, and
after words that end in s, which keeps the pieces of long sentences small in most languages. A
fingerprint is a sketch of the set of its pieces: the least hash in each of 128 ranges, four bits of it
kept (one permutation hashing, Li, Owen and Zhang 2012; b-bit minwise hashing, Li and König 2010), some
95 characters in all. The share of ranges that agree estimates how much two texts have in common.

Whatever changes on a page that nobody edits is left out first: short pieces (counters, buttons,
bylines), numbers and words that hold a digit, months, days of the week and words of passing time.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from itertools import pairwise
from zlib import crc32

from evidence.model.regex import regex

FEWEST_PIECES = 20
"""Texts of fewer pieces (some 140 words) are not compared: a sentence would be a good part of them."""

_VERSION = "1"
_RANGES = 128
_RANGE_BITS = 25  # 2^32 hashes in 2^7 ranges
_VALUES = 15
_LONGEST = 256 * 1024  # characters that are looked at
_SHORTEST_PIECE = 12  # bytes
_ALIKE = 0.1

_DIGIT, _SPACE, _END = b"0"[0], b" "[0], b"\n"[0]


def _mapped(code: int) -> int:
    if code > 127 or chr(code).isalpha():
        return code
    if chr(code).isdigit():
        return _DIGIT
    return _SPACE if chr(code) in " \t\r\f'-_/&%+=*@#$" else _END


_MAP = bytes(_mapped(code) for code in range(256))
# The word boundary is tested after the first digit, so that the search can leap from digit to digit.
_NUMBER = regex(rb"[0-9](?<!\w[0-9])(?:[0-9.,:'/-]*[0-9])?\b")
_SPACES = "\u00a0\u00ad\u2010\u2011\u2013\u2018\u2019\u202f"
_ENDS = "\u00ab\u00bb\u2014\u201c\u201d\u201e\u2022\u2026\u3000\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f"
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
    """The fingerprint of a page's main text, in lower case, line ends where markup stood; empty without pieces."""
    pieces = _pieces(text[:_LONGEST])
    if not pieces:
        return ""
    hashes = sorted(map(crc32, pieces))
    starts = [bisect_left(hashes, number << _RANGE_BITS) for number in range(_RANGES + 1)]
    values = [hashes[start] % _VALUES + 1 if start < end else 0 for start, end in pairwise(starts)]
    sketch = bytes(high << 4 | low for high, low in zip(values[::2], values[1::2], strict=True))
    return f"{_VERSION}.{len(hashes)}.{base64.urlsafe_b64encode(sketch).decode().rstrip('=')}"


def changed_share(old: str, new: str) -> float | None:
    """The share of the text that was exchanged between two fingerprints, 0.0 to 1.0.

    The standard error is about 0.03 near a fifth and less at both ends. None when it cannot be
    estimated: no fingerprint, one of another version, or a text of fewer than 20 pieces.
    """
    then, now = _parsed(old), _parsed(new)
    if then is None or now is None or min(then[0], now[0]) < FEWEST_PIECES:
        return None
    return 0.0 if then == now else _distance(then[1], now[1])


def are_alike(first: str, second: str) -> bool:
    """Whether two texts, of any length, are one but for a tenth, and of the same length: pages of one template."""
    here, there = _parsed(first), _parsed(second)
    if here is None or there is None or abs(here[0] - there[0]) > 2 + here[0] // 50:
        return False
    return _distance(here[1], there[1]) <= _ALIKE


def is_different_text(old: str, new: str, share: float) -> bool:
    """Whether at least this share of a text was exchanged; of texts too short for that, whether they are not alike."""
    exchanged = changed_share(old, new)
    return old != new and (not are_alike(old, new) if exchanged is None else exchanged >= share)


def _distance(then: bytes, now: bytes) -> float:
    pairs = [pair for pair in zip(_values(then), _values(now), strict=True) if pair != (0, 0)]
    agreeing = sum(a == b for a, b in pairs)
    # Of the ranges that hold a piece of both texts, one in fifteen of the others agrees by chance.
    by_chance = (sum(a > 0 and b > 0 for a, b in pairs) - agreeing) / (_VALUES - 1)
    resemblance = max(0.0, (agreeing - by_chance) / max(len(pairs), 1))
    # Exchanging the share d of a text leaves (1 - d) of 1 + d pieces in common.
    return (1 - resemblance) / (1 + resemblance)


def _values(sketch: bytes) -> list[int]:
    return [half for byte in sketch for half in (byte >> 4, byte & 15)]


def _parsed(written: str) -> tuple[int, bytes] | None:
    """Number of pieces and sketch."""
    version, _, rest = written.partition(".")
    number, _, packed = rest.partition(".")
    if version != _VERSION or not (number.isdecimal() and number.isascii()):
        return None
    try:
        sketch = base64.urlsafe_b64decode(packed + "==")
    except ValueError:
        return None
    return (int(number), sketch) if len(sketch) == _RANGES // 2 else None


def _pieces(text: str) -> set[bytes]:
    if not text.isascii():
        for mark in _SPACES:
            text = text.replace(mark, " ")
        for mark in _ENDS:
            text = text.replace(mark, "\n")
    letters = _NUMBER.sub(b" 0 ", text.encode("utf-8", "replace")).translate(_MAP)
    parts = letters.replace(b"s ", b"s\n").split(b"\n")
    pieces: set[bytes] = set()
    for part in set(parts):
        if len(part) >= _SHORTEST_PIECE:
            words = part.split()
            if _DIGIT in part or not _PASSING.isdisjoint(words):
                words = [word for word in words if _DIGIT not in word and word not in _PASSING]
            pieces.add(b" ".join(words))
    return {piece for piece in pieces if len(piece) >= _SHORTEST_PIECE}
