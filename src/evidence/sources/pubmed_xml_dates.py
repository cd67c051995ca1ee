"""Publication dates in PubMed XML: what the journal prints, when it appeared online, which years count.

A record may rightly be cited under its print year, its electronic year and every year of a
MedlineDate (`1998 Dec-1999 Jan`); in 7 % of records with an ArticleDate the two years differ.
The History dates `entrez` and `pubmed` say when NLM got the record and are no publication years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from xml.etree.ElementTree import Element

from evidence.model.partialdate import PartialDate

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_SEASONS = {"spring": 1, "summer": 2, "fall": 3, "autumn": 3, "winter": 4}
_PUBLISHED = frozenset({"epublish", "ppublish", "aheadofprint", "collection"})
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d)")
_LONGEST_SPAN = 10  # years; a wider MedlineDate is a slip of the pen


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a range: what is written of year, month, season and day."""

    year: int | None = None
    month: int | None = None
    season: int | None = None
    day: int | None = None


def dated(element: Element | None) -> PartialDate | None:
    """A PubDate, ArticleDate, ContributionDate …: Year with Month, Day or Season, or a MedlineDate."""
    if element is None:
        return None
    year = element.findtext("Year")
    if not year:
        return medline_date(element.findtext("MedlineDate") or "")
    words = (year, element.findtext("Month") or element.findtext("Season") or "", element.findtext("Day") or "")
    return medline_date(" ".join(words))


def date_text(element: Element | None) -> str:
    """The date as PubMed prints it: `2013 Feb`, `1998 Dec-1999 Jan`, `1976 Winter`."""
    if element is None:
        return ""
    parts = (element.findtext(name) for name in ("Year", "Season", "Month", "Day", "MedlineDate"))
    return " ".join(" ".join(part.split()) for part in parts if part)


def medline_date(text: str) -> PartialDate | None:
    """The interval that a MedlineDate means; the bare year when its words are not understood, None without a year."""
    years = _YEAR.findall(text)
    if not years:
        return None
    sides = [_side(part) for part in re.split(r"\s*[-/\u2010-\u2014]\s*", text.strip())]
    start = _partial(sides[0]) if sides[0] and sides[0].year else None
    if start is None or None in sides:
        return PartialDate(int(years[0]))
    end = _end([side for side in sides if side])
    if end is None:
        return start
    return replace(start, until=end) if end.latest >= start.earliest else PartialDate(int(years[0]))


def _end(sides: list[_Side]) -> PartialDate | None:
    """The last side, completed with what only the sides before it say."""
    last = sides[-1]
    if len(sides) == 1:
        return None
    if last == _Side(day=last.day) and sides[0].month is None and last.day is not None and sides[0].year:
        return _partial(_Side(year=sides[0].year // 100 * 100 + last.day))  # 1976-77
    year = next((side.year for side in reversed(sides) if side.year), None)
    inherits_month = last.month is None and last.season is None and last.year is None
    month = sides[-2].month if inherits_month else last.month
    return _partial(replace(last, year=year, month=month))


def _side(text: str) -> _Side | None:
    """What one side says, or None when it holds a word that is no part of a date."""
    side = _Side()
    for word in text.replace(",", " ").split():
        key = word.lower().strip(".")
        if _YEAR.fullmatch(key):
            side = replace(side, year=int(key))
        elif key[:3] in _MONTHS and key.isalpha():
            side = replace(side, month=_MONTHS[key[:3]])
        elif key in _SEASONS:
            side = replace(side, season=_SEASONS[key])
        elif key.isdecimal() and len(key) <= 2:
            side = replace(side, day=int(key)) if side.month else _numeric(side, int(key))
        else:
            return None
    return side


def _numeric(side: _Side, number: int) -> _Side:
    """A number before any month is the month when a year stands before it (`2021 06 07`), else a day."""
    return replace(side, month=number) if side.year else replace(side, day=number)


def _partial(side: _Side) -> PartialDate | None:
    """The date as precise as it is possible: 30 February is February, month 13 is the year."""
    if side.year is None:
        return None
    if side.month is None:
        return PartialDate(side.year, season=side.season)
    if not 1 <= side.month <= 12:
        return PartialDate(side.year)
    try:
        date(side.year, side.month, side.day or 1)
    except ValueError:
        return PartialDate(side.year, side.month)
    return PartialDate(side.year, side.month, side.day or None)


def citable_years(*dates: Element | None, history: Iterable[Element] = ()) -> tuple[int, ...]:
    """Every year under which the work may be cited, ascending.

    Args:
        dates: PubDate, ArticleDate, ContributionDate … elements.
        history: PubMedPubDate elements, of which only the statuses of publication count.
    """
    published = [entry for entry in history if entry.get("PubStatus") in _PUBLISHED]
    texts = [
        element.findtext("Year") or element.findtext("MedlineDate") or ""
        for element in (*dates, *published)
        if element is not None
    ]
    return years_named(*texts)


def years_named(*texts: str) -> tuple[int, ...]:
    """Every year that these dates name or span, ascending."""
    found = {int(year) for text in texts for year in _YEAR.findall(text)}
    for interval in map(medline_date, texts):
        if interval and interval.until and interval.until.year - interval.year <= _LONGEST_SPAN:
            found.update(range(interval.year, interval.until.year + 1))
    return tuple(sorted(found))
