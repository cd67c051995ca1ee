"""Whether a text looks like a bibliographic reference, told from a few marks that prose seldom shows together."""

from __future__ import annotations

import re

LONGEST = 12_000
"""Characters; longer texts are no references, whatever they hold (but see the author lists of large collaborations)."""

_SHORTEST = 12
_IDENTIFIER = re.compile(r"https?://|\bwww\.|\b10\.\d{4,9}/|\bPMID\b|\bPMC\d|\bISBN\b|\bdoi\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d[a-z]?(?![\d%])")
_LOCATOR = re.compile(
    r"\d{4}[a-z]?(?:\s\w{3,4}(?:\s\d{1,2})?)?;\s?[A-Za-z]{0,6}\.?\s?\d|\b\d{1,4}\s?\([^()]{1,20}\)\s?[:,]\s?\w?\d"
    r"|\b\d{1,4}\s?:\s?[eES]?\d+"
    r"|\bpp?\.\s?\w?\d"
    r"|\bvol(?:\.|ume)\s?\d|,\s\d{1,4}(?:\s?\(\d+\))?,\s[eES]?\d+"
)
_AUTHOR = re.compile(
    r"[\"'\u201c*_]?(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|ter|ten)[ -])*"
    r"[A-Z\u00c0-\u024f\u0400-\u042f][\w'\u2019\u2010-]{0,60}(?:[ -][A-Z\u00c0-\u024f][\w'\u2019-]{1,60})?"
    r"(?:,\s?(?:[A-Z\u00c0-\u024f]\.?[- ]?){1,4}(?=[,.;:&( ]|$)"
    r"|\s[A-Z\u00c0-\u024f]{1,4}(?=[,.:;( ]|$)|,?\set\sal\b)"
    r"|(?:[A-Z\u00c0-\u024f]\.[- ]?){1,4}\s?[A-Z\u00c0-\u024f][\w'\u2019-]+[,.: ]"
)
_ACCESS = re.compile(
    r"\b(?:accessed|retrieved|available\s+(?:at|from|online)|cited|prescribing information|in press|epub"
    r"|package insert)\b",
    re.IGNORECASE,
)
CITES_BY_KEY = re.compile(r"\[(?:[^\[\]@]{0,60}\s)?-?@[A-Za-z_]")
"""A citation as Pandoc writes it: `[@smith2007]`, `[see @smith2007]`."""

_OTHERS = re.compile(r"\bet al\b|\b\(?eds?\.\)?[,. ]|\bIn:\s")


def marks(text: str) -> int:
    """How many kinds of mark the text shows: identifier, year, volume and page, author's name, wording of access."""
    text = text[:LONGEST]
    seen = (_IDENTIFIER.search(text), _YEAR.search(text), _LOCATOR.search(text), _AUTHOR.match(text.lstrip()))
    return sum(mark is not None for mark in (*seen, _ACCESS.search(text), _OTHERS.search(text)))


def is_like(text: str) -> bool:
    """Whether it can be a reference: two marks of different kinds, neither too short nor a whole page.

    A text that cites by `[@key]` is none, whatever years and pages stand in its citations; a post of `[@somebody]`, as
    APA cites it, has its address.
    """
    if not _SHORTEST <= len(text) <= LONGEST or marks(text) < 2:
        return False
    return not CITES_BY_KEY.search(text) or _IDENTIFIER.search(text) is not None


def begins(text: str) -> bool:
    """Whether a reference can begin here: with an author's name, or a capital or quotation mark before other words."""
    return _AUTHOR.match(text) is not None
