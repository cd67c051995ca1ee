"""Two prints that carry one identifier: whether they are of one work, judged without any record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property, lru_cache

from evidence.matching.alone import parse_without_record
from evidence.matching.authors import is_near_spelling
from evidence.matching.compare import is_notice_title
from evidence.matching.kinds import is_article_not_label
from evidence.matching.labels import may_name_one_drug
from evidence.matching.text import CleanText, clean, without_identifiers, without_number
from evidence.matching.titles import serial_numbers, telling_words
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import SearchQuery
from evidence.model.regex import regex

_LONGEST = 6000
_LEAST_WORDS = 2
_LEAST_LETTERS = 5  # of a name that may be misspelt
_SAME_TITLE = 0.5
"""The share of a title's telling words in the other print from which it may be the other's title."""

_ENTIRE_TITLE = 0.9
"""The same, from which only a word or two are others."""

_YEARS_APART = 2
_NUMBER = regex(r"\d+")
_YEAR = regex(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")


class Prints(Enum):
    """What two prints are to each other."""

    ALIKE = auto()
    """One work in two forms, as far as can be seen: what only one of them prints contradicts nothing."""
    UNLIKE = auto()
    """Title, author or place is another, and the rest is not: one of them may be translated, or wrong."""
    OF_TWO_WORKS = auto()
    """Titles, names and numbers are those of different works."""


def compare_prints(one: str, other: str, shared: IdKind) -> Prints:
    """Whether two citations, in any style, that carry one identifier of this kind are prints of one work.

    Of a label the drug's name says it, since its years and titles change, and no article is a label; of a page, which
    may hold several works, any other title, author or year.
    """
    match shared:
        case IdKind.SETID:
            articles = {is_article_not_label(one), is_article_not_label(other)}
            if articles == {True}:
                return _compared(one, other)
            return Prints.OF_TWO_WORKS if len(articles) > 1 else _compared_labels(one, other)
        case IdKind.URL:
            return Prints.ALIKE if _compared(one, other) is Prints.ALIKE else Prints.OF_TWO_WORKS
        case _:
            return _compared(one, other)


def _compared_labels(one: str, other: str) -> Prints:
    return Prints.ALIKE if may_name_one_drug(one, other) else Prints.OF_TWO_WORKS


@lru_cache(1024)
def _compared(one: str, other: str) -> Prints:
    here, there = _print_of(one[:_LONGEST]), _print_of(other[:_LONGEST])
    if not here.words or not there.words or here.plain == there.plain:
        return Prints.ALIKE
    share = _share_of_title(here, there)
    author, page = here.has_another_author(there), here.has_another_page(there)
    place = page or here.has_another_volume(there) or here.has_another_year(there)
    certain = (
        share is not None
        and (
            (share < _SAME_TITLE and (author or place))
            or (share < _ENTIRE_TITLE and (author or page))
            or (page and (here.serials != there.serials or here.has_another_volume(there)))
            or here.is_notice is not there.is_notice
        )
    ) or (author and place)
    if certain:
        return Prints.OF_TWO_WORKS
    return Prints.UNLIKE if author or place or (share is not None and share < _SAME_TITLE) else Prints.ALIKE


def _share_of_title(here: _Print, there: _Print) -> float | None:
    """How much of a title's telling words are in the other print; None where one has no title to judge."""
    if min(len(here.title), len(there.title)) < _LEAST_WORDS:
        return None
    return max(len(a.title & b.words) / len(a.title) for a, b in ((here, there), (there, here)))


@lru_cache(256)
def _print_of(printed: str) -> _Print:
    return _Print(printed)


@dataclass(frozen=True)
class _Print:
    """A citation as printed, and what can be read in it."""

    printed: str

    @cached_property
    def plain(self) -> str:
        """Cleaned, without its number in a list, identifiers, and dates of access."""
        return without_identifiers(without_number(clean(self.printed)))

    @cached_property
    def words(self) -> frozenset[str]:
        """The telling words of all of it."""
        return telling_words(self.plain)

    @cached_property
    def _read(self) -> SearchQuery:
        return parse_without_record(self.printed)

    @cached_property
    def title(self) -> frozenset[str]:
        """The telling words of its title."""
        return telling_words(self._read.title)

    @cached_property
    def serials(self) -> frozenset[str]:
        """The numbers by which the title counts itself."""
        return serial_numbers(self._read.title)

    @cached_property
    def is_notice(self) -> bool:
        """Whether it is of a notice or comment on another work."""
        return is_notice_title(self._read.title)

    def has_another_author(self, other: _Print) -> bool:
        """Whether neither's first author is anywhere in the other."""
        return bool(self._family and other._family) and not (self._names(other._family) or other._names(self._family))

    def has_another_page(self, other: _Print) -> bool:
        """Whether neither's first page is anywhere in the other."""
        return self._lacks(other, self._read.first_page, other._read.first_page)

    def has_another_volume(self, other: _Print) -> bool:
        """Whether neither's volume is anywhere in the other."""
        return self._lacks(other, self._read.volume, other._read.volume)

    def has_another_year(self, other: _Print) -> bool:
        """Whether their years are apart: one may be of electronic publication."""
        apart = [abs(year - another) for year in self._years for another in other._years]
        return bool(apart) and min(apart) >= _YEARS_APART

    def _lacks(self, other: _Print, own: str, others: str) -> bool:
        mine, theirs = (_digits(number) for number in (own, others))
        return bool(mine and theirs) and mine not in other._numbers and theirs not in self._numbers

    @cached_property
    def _family(self) -> str:
        return CleanText(self._read.first_author).joined.text

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(map(_digits, _NUMBER.findall(self.plain)))

    @cached_property
    def _years(self) -> frozenset[int]:
        return frozenset(map(int, _YEAR.findall(self.plain)))

    @cached_property
    def _text(self) -> CleanText:
        return CleanText(self.plain)

    def _names(self, family: str) -> bool:
        if any(self._text.joined.find_all(family)):
            return True
        return len(family) >= _LEAST_LETTERS and any(is_near_spelling(family, key) for key in self._text.keys)


def _digits(number: str) -> str:
    return "".join(_NUMBER.findall(number)).lstrip("0")
