"""Dates that may lack a day or a month, as the interval of days they can mean."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

_SEASON_MONTHS = {1: (3, 5), 2: (6, 8), 3: (9, 11), 4: (12, 12)}


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
