"""Folding: what two spellings of the same word have in common.

Three depths, each tried only when the one before finds no match: `fold` (case, diacritics, Greek
letters as their names), `american` (British and American spelling alike), `loose` (transliterated
umlauts alike: Mueller, Müller, Muller).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CACHED_WORDS = 1 << 15

_LATIN = {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00f0": "d", "\u00fe": "th", "\u00df": "ss", "\u00e6": "ae"}
_LATIN |= {"\u0153": "oe", "\u0131": "i", "\u0127": "h", "\u014b": "ng", "\u0259": "e"}


def _name(letter: str) -> str:
    return unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")


# Letters that Unicode does not take apart, and Greek letters by their English names.
_LETTERS = str.maketrans(_LATIN | {letter: _name(letter) for letter in map(chr, range(0x3B1, 0x3CA))})

_AMERICAN = (
    (re.compile(r"is(?=(?:e[drs]?|ers|ing|ings|able|ations?|ational|ationally|ability)$)"), "iz"),
    (re.compile(r"ys(?=(?:e[drs]?|ers|ing)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{2})our"), "or"),
    (re.compile(r"([tbv])re(?=s?$)"), r"\1er"),
    (re.compile(r"ogue(?=s?$)"), "og"),
    (re.compile(r"([ltp])\1(?=(?:ed|ings?|ers?|ous|ation)$)"), r"\1"),
    (re.compile(r"ogramme(?=s?$)"), "ogram"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"(?<=en|.i)ce(?=s?$)"), "se"),
    (re.compile(r"ageing"), "aging"),
    (re.compile(r"aluminium"), "aluminum"),
    (re.compile(r"artefact"), "artifact"),
    (re.compile(r"grey"), "gray"),
    (re.compile(r"mould"), "mold"),
    (re.compile(r"(?<=judg|ledg)e(?=ment)"), ""),
)
_DIGRAPHS = re.compile(r"[ao]e")
_UMLAUTS = re.compile(r"(?<=[aou])e")


@lru_cache(_CACHED_WORDS)
def fold(word: str) -> str:
    """A word's letters and digits in lower case, without diacritics, Greek letters spelt out."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered.translate(_LETTERS))
    return "".join(letter for letter in apart if letter.isalnum()).translate(_LETTERS)


@lru_cache(_CACHED_WORDS)
def american(folded: str) -> str:
    """A folded word in one spelling for both sides of the Atlantic (leukaemia, tumour, labelled)."""
    if len(folded) < 4 or folded.isdigit():
        return folded
    spelt = _DIGRAPHS.sub("e", folded)
    for pattern, replacement in _AMERICAN:
        spelt = pattern.sub(replacement, spelt)
    return spelt


@lru_cache(_CACHED_WORDS)
def loose(folded: str) -> str:
    """A folded word without the `e` that stands for an umlaut's dots."""
    return _UMLAUTS.sub("", folded)
