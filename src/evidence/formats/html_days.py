"""What falls due and what is let stand, for the page: with the days that are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.formats.json_report import Document
from evidence.formats.standing import waived_together

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DueView:
    """Something that falls due, with the days left as of the run; negative when it is past."""

    item: Values
    left: int | None

    @property
    def told(self) -> str:
        """How long until then."""
        if self.left is None:
            return ""
        if self.left == 0:
            return "today"
        number = f"{abs(self.left)} day{'' if abs(self.left) == 1 else 's'}"
        return f"in {number}" if self.left > 0 else f"{number} ago"


def due(shown: Document) -> tuple[DueView, ...] | None:
    """The due list; None when the document was made without one."""
    items = shown.get("due")
    as_of = date.fromisoformat(shown["run"]["as_of"])
    return None if items is None else tuple(DueView(item, _days_left(item["on"], as_of)) for item in items)


def _days_left(day: str, as_of: date) -> int | None:
    try:
        return (date.fromisoformat(day) - as_of).days
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class WaivedView:
    """A decision to let findings stand: its waiver in the words of the report, and the days that are left of it."""

    waiver: Values
    findings: tuple[Values, ...]
    left: int | None


def waived(shown: Document) -> tuple[WaivedView, ...]:
    """What is waived, those findings together that are by one decision."""
    as_of = date.fromisoformat(shown["run"]["as_of"])
    return tuple(
        WaivedView(waiver, tuple(findings), _days_left(waiver["until"], as_of))
        for waiver, findings in waived_together(shown)
    )
