"""Whether two sources' records can be of one work.

Titles alone do not tell: PubMed translates them, publishers add subtitles and "RETRACTED:". So two
records are of different works only when their titles are different ones *and* what else carries the
identity (authors, volume, first page, year) speaks against it too. What is missing says nothing.
"""

from __future__ import annotations

import re

from evidence.compare.fold import fold, loose
from evidence.compare.titles import SAME_WORK, judge_title, titles_of
from evidence.model.records import Article

_ENOUGH = 2
_FIRST_PAGE = re.compile(r"[a-z]*0*(\d+)", re.IGNORECASE)


def are_different_works(one: Article, other: Article) -> bool:
    """Whether the records surely are of two works; False where that cannot be told."""
    if {one.identifier, *one.also_known_as} & {other.identifier, *other.also_known_as}:
        return False
    closeness = _closeness(one, other)
    if closeness is None or closeness >= SAME_WORK:
        return False
    against = 2 * _no_common_authors(one, other) + _differ(one.volume, other.volume)
    against += _differ(_first_page(one), _first_page(other)) + _years_apart(one, other)
    return against >= _ENOUGH


def _closeness(one: Article, other: Article) -> float | None:
    """The similarity of the nearest forms of the two titles, 0 to 1; None when either has no title."""
    titles, forms = titles_of(one), titles_of(other).forms
    if not titles.forms or not forms:
        return None
    return max(judge_title(form, titles).closeness for form in forms)


def _no_common_authors(one: Article, other: Article) -> bool:
    """Whether fewer than half of the shorter list's family names stand in the other; False without names."""
    here, there = _families(one), _families(other)
    return bool(here and there) and 2 * len(here & there) < min(len(here), len(there))


def _families(article: Article) -> frozenset[str]:
    folded = (loose(fold("".join(author.family.split()))) for author in article.authors if author.family)
    return frozenset("".join(letter for letter in name if letter.isalnum()) for name in folded)


def _first_page(article: Article) -> str:
    found = _FIRST_PAGE.match(article.pages)
    return found[1] if found else ""


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and fold(one) != fold(other)


def _years_apart(one: Article, other: Article) -> bool:
    """Whether the nearest years lie two or more apart: the electronic and the printed year may be one apart."""
    gaps = [abs(here - there) for here in one.years for there in other.years]
    return bool(gaps) and min(gaps) >= 2
