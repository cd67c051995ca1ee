"""Names as CSL wants them: initials apart, and the names of firms in readable case."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RUN_TOGETHER = re.compile(r"[^\W\d_]{2,4}")
_LEGAL_FORMS = {"gmbh": "GmbH", "inc": "Inc", "ltd": "Ltd", "co": "Co", "corp": "Corp", "hcl": "HCl", "kgaa": "KGaA"}
_ABBREVIATIONS = frozenset(
    {"LLC", "LLP", "LP", "USA", "US", "UK", "EU", "PLC", "AG", "SA", "NV", "BV", "AB", "KG", "SE"}
)
_SMALL = frozenset({"and", "of", "in", "for", "with", "the", "a"})
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile(r"[AEIOUY]")


def initials_apart(given: str) -> str:
    """`JP` as `J P`, so that a style does not take it for one forename; anything else as it is.

    Capital letters of an alphabet with case only: 小明 is a name, not two initials.
    """
    together = _RUN_TOGETHER.fullmatch(given) and given.isupper() and given.lower() != given
    return " ".join(given) if together else given


def name_of(parts: Mapping[str, object]) -> dict[str, object]:
    """A CSL name whose given name has its initials apart."""
    given = parts.get("given")
    return {**parts, "given": initials_apart(given)} if isinstance(given, str) else dict(parts)


def firm(name: str) -> str:
    """A firm's name that is written in capitals only, in title case: `ATON PHARMA, INC.` is Aton Pharma, Inc.

    Abbreviations (no vowel, digits, LLC, USA) keep their capitals; a name in mixed case is left alone.
    """
    return _WORD.sub(lambda word: _firm_word(word[0]), name) if name.isupper() else name


def _firm_word(word: str) -> str:
    if word.lower() in _LEGAL_FORMS:
        return _LEGAL_FORMS[word.lower()]
    if word in _ABBREVIATIONS or len(word) == 1 or not _VOWEL.search(word) or not word.isalpha():
        return word
    return word.lower() if word.lower() in _SMALL else word.capitalize()


def drug(title: str) -> str:
    """A label's title that is written in capitals only, in sentence case: `NALTREXONE TABLET` is Naltrexone tablet."""
    if not title.isupper():
        return title
    lowered = _WORD.sub(lambda word: _drug_word(word[0]), title)
    return lowered[:1].upper() + lowered[1:]


def _drug_word(word: str) -> str:
    if word.lower() == "hcl":
        return "HCl"
    return word if any(char.isdigit() for char in word) or (len(word) == 1 and word != "A") else word.lower()


def initials(given: str) -> str:
    """Given names as NLM prints them: `Jill P.` JP."""
    words = [match[0] for match in _LETTERS.finditer(given)]
    if len(words) == 1 and words[0].isupper() and len(words[0]) <= 3:
        return words[0]
    return "".join(word[0].upper() for word in words)
