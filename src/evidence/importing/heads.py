"""What a printed reference begins with and is of: names for its id, and the type that its marks make plain."""

from __future__ import annotations

import re

from evidence.model.identity import IdKind
from evidence.monographs.recognising import Recognised

_YEAR = r"(?:1[89]|20)\d\d"
_YEARS = (
    re.compile(rf"(?<!\d)({_YEAR})[a-z]?(?:\s[A-Z][a-z]{{2,8}}\.?(?:[-\s][A-Za-z\d-]{{1,9}})?)?\s?;"),  # Vancouver, AMA
    re.compile(rf"\(({_YEAR})[a-z]?(?:,[^()]{{0,30}})?\)"),  # APA, Harvard
    re.compile(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d-])"),
)
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # U.S. is one word
_NAME = re.compile(r"[\"'\u201c\u201d\u2018*_\s]*([^,.;:(\d\"\u201c\u201d]{2,120})")
_LOCATOR = re.compile(  # 2007;102(4):820, vol. 3, 12(3), 45
    rf"{_YEAR}[^;]{{0,20}};\s?[A-Za-z]{{0,6}}\.?\s?\d[^\s:;]{{0,8}}(?:\s?\([^()]{{1,30}}\))?\s?:\s?\w"
    r"|\bvol\.?\s?\d|\b\d{1,4}\s?\([^()]{1,15}\)\s?[:,]\s?\w?\d"
)
_IN_A_BOOK = re.compile(r"(?:^|[.:;,)\]]\s+)In:?\s+(?=[A-Z\u00c0-\u024f])|\bStatPearls\b")


def name_and_year(text: str, recognised: Recognised) -> tuple[str, str]:
    """The first author (or body, or the first words) and the year; empty where there is none.

    The day of access and what stands in addresses are no year of publication.
    """
    spans = [mention.span for mention in recognised.mentions if mention.span is not None]
    spans += [recognised.accessed.span] if recognised.accessed else []
    for first, behind in spans:
        text = text[:first] + " " * (behind - first) + text[behind:]
    year = next((match[1] for pattern in _YEARS if (match := pattern.search(text))), "")
    found = _NAME.match(_DOTTED.sub(lambda word: word[0].replace(".", ""), text[:300]))
    words = found[1].split() if found else []
    while len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
        words.pop()  # initials
    return " ".join(words), year


def type_of(text: str, recognised: Recognised) -> str | None:
    """The CSL type, where identifiers or the way of printing leave no doubt."""
    kinds = {identifier.kind for identifier in recognised.identifiers}
    if IdKind.SETID in kinds:
        return "webpage"
    if recognised.isbns or _IN_A_BOOK.search(text):
        return "chapter" if _IN_A_BOOK.search(text) else "book" if recognised.isbns else None
    if kinds & {IdKind.PMID, IdKind.PMCID} or (IdKind.DOI in kinds and _LOCATOR.search(text)):
        return "article-journal"
    if _LOCATOR.search(text) and not kinds:
        return "article-journal"
    return "webpage" if kinds & {IdKind.URL, IdKind.NCT} and not kinds & {IdKind.DOI} else None
