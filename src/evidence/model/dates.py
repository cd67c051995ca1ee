"""Dates that may lack a day or a month, read from EDTF or guessed, compared as the interval of days they can mean."""

from __future__ import annotations

import calendar
import difflib
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from evidence.model.regex import regex

EXPECTED = "expected a date as YYYY, YYYY-MM or YYYY-MM-DD"

_SEASON_MONTHS = {1: (3, 5), 2: (6, 8), 3: (9, 11), 4: (12, 12)}
_EDTF = regex(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")
_SEASONS = range(21, 25)
_LONGEST = 100  # no date's wording is longer; more is not worth searching

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WORD = regex(r"[^\W\d_]+")
_NUMBER = regex(r"[0-9]+")
_YEAR_FIRST = regex(r"([0-9]{4})[-/. ]([0-9]{1,2})(?:[-/. ]([0-9]{1,2}))?\.?")
_YEAR_LAST = regex(r"(?:([0-9]{1,2})[-/. ])?([0-9]{1,2})[-/. ]([0-9]{4})")
_COMPACT = regex(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, a month or a day as written; never completed with an invented day.

    `season` is CSL's 1-4 (spring to winter), as in EDTF's months 21-24. `until` is the
    second half of an EDTF interval (`2024-12/2025-01`).
    """

    year: int
    month: int | None = None
    day: int | None = None
    season: int | None = None
    until: PartialDate | None = None

    @property
    def earliest(self) -> date:
        """The first day that this date can mean."""
        month = self.month or (_SEASON_MONTHS[self.season][0] if self.season else 1)
        return date(self.year, month, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that this date can mean."""
        if self.until is not None:
            return self.until.latest
        month = self.month or (_SEASON_MONTHS[self.season][1] if self.season else 12)
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def is_exact(self) -> bool:
        """Whether the day itself is written."""
        return self.day is not None and self.until is None

    def __str__(self) -> str:
        """The EDTF form (ISO 8601-2 level 1), at the precision given."""
        if self.month is not None:
            text = f"{self.year:04d}-{self.month:02d}"
            text += f"-{self.day:02d}" if self.day is not None else ""
        elif self.season is not None:
            text = f"{self.year:04d}-{20 + self.season}"
        else:
            text = f"{self.year:04d}"
        return f"{text}/{self.until}" if self.until is not None else text


class DateError(ValueError):
    """Text that is not an EDTF date. `suggestion` is the EDTF form that was probably meant, or None."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Age:
    """How old a partial date is, in days: at least and at most."""

    least: int
    most: int


class When(StrEnum):
    """Where a day lies relative to a partial date."""

    BEFORE = "before"
    WITHIN = "within"
    AFTER = "after"


def parse(text: str) -> PartialDate:
    """Read an EDTF date: `2025`, `2025-08`, `2025-08-14`, `2025-21` (spring), `2024-12/2025-01`.

    The qualifiers `~`, `?` and `%` (about, uncertain, both) are allowed at the end and dropped.

    Raises:
        DateError: a ValueError that says what is wrong; its `suggestion` may hold the right form.
    """
    first, slash, second = text.partition("/")
    if slash and _EDTF.fullmatch(first) and _EDTF.fullmatch(second):
        begin, end = _single(first), _single(second)
        if end.latest < begin.earliest:
            raise DateError(f"the interval ends before it begins; did you mean {end}/{begin}?", f"{end}/{begin}")
        return replace(begin, until=end)
    return _single(text)


def from_parts(year: int, month: int | None = None, day: int | None = None) -> PartialDate:
    """A date from numbers, as in CSL's `date-parts`; a month of 21-24 is a season.

    Raises:
        DateError: no such date ("month 13", "August has no day 32").
    """
    if not 1 <= year <= 9999:
        raise DateError(f"year {year} is not between 0001 and 9999")
    if month is None:
        return PartialDate(year)
    if month in _SEASONS:
        if day is not None:
            raise DateError(f"month {month} is a season, and a season has no day")
        return PartialDate(year, season=month - 20)
    if not 1 <= month <= 12:
        raise DateError(f"month {month} is not a month (01 to 12) or a season (21 to 24)")
    if day is not None:
        last = calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            raise DateError(f"day {day} does not exist: {_MONTHS[month - 1].title()} {year} has {last} days")
    return PartialDate(year, month, day)


def age(written: PartialDate, today: date) -> Age:
    """How old the date is today, in days; negative when it lies ahead.

    August 2025 is 449 to 479 days old on 2026-11-23.
    """
    return Age(least=(today - written.latest).days, most=(today - written.earliest).days)


def when(event: date, written: PartialDate) -> When:
    """Whether the event's day lies before, possibly within, or after the date written."""
    if event < written.earliest:
        return When.BEFORE
    return When.AFTER if event > written.latest else When.WITHIN


def rfc3339(moment: datetime) -> str:
    """A moment in UTC with microseconds and `Z` (RFC 3339), so that the order of texts is the order in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def guess(text: str) -> PartialDate | None:
    """What a date in another wording probably means: "Augst 2025", "14 Aug 2025", "08/2025".

    For suggestions only, never for values. None when nothing is recognised or when the order of
    day and month is open ("03/04/2025").
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > _LONGEST:
        return None
    try:
        return _by_numbers(plain) or _by_month_name(plain)
    except DateError:
        return None


def _single(text: str) -> PartialDate:
    match = _EDTF.fullmatch(text)
    if match is None:
        guessed = guess(text)
        question = f"; did you mean {guessed}?" if guessed else ""
        raise DateError(f"{EXPECTED}{question}", str(guessed) if guessed else None)
    year, month, day = (int(part) if part else None for part in match.groups())
    return from_parts(year or 0, month, day)


def _by_numbers(text: str) -> PartialDate | None:
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = match.groups()
        return from_parts(int(year), int(month), int(day) if day else None)
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = match.groups()
        if first is None:
            return from_parts(int(year), int(second))
        if int(first) > 12:
            return from_parts(int(year), int(second), int(first))
        if int(second) > 12 or first == second:
            return from_parts(int(year), int(first), int(second))
    return None


def _by_month_name(text: str) -> PartialDate | None:
    numbers = _NUMBER.findall(text)
    years = [n for n in numbers if len(n) == 4]
    days = [n for n in numbers if len(n) <= 2]
    months = [found for word in _WORD.findall(text) if (found := _month(word)) is not None]
    if len(years) != 1 or len(months) != 1 or len(days) > 1 or len(numbers) != len(years) + len(days):
        return None
    return from_parts(int(years[0]), months[0], int(days[0]) if days else None)


def _month(word: str) -> int | None:
    word = word.casefold()
    if len(word) < 3:
        return None
    starting = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(word)]
    if len(starting) == 1:
        return starting[0]
    if word == "sept":
        return 9
    close = difflib.get_close_matches(word, _MONTHS, n=1, cutoff=0.8)
    return _MONTHS.index(close[0]) + 1 if close else None
