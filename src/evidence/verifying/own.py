"""What a store has noted in its trail itself, told from what events of other stores say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.audit.events import Event
from evidence.model.deeds import AuditAction


@dataclass(frozen=True, slots=True)
class Own:
    """What this very store has noted in the trail, which may hold events of others, too."""

    mark: str
    events: tuple[Event, ...]

    def about(self, action: AuditAction) -> Iterator[Event]:
        """The events of this action."""
        return (event for event in self.events if event.action == action)

    @property
    def beginning(self) -> Mapping[str, str]:
        """What the trail found when it began in this store."""
        return next((event.details for event in self.about(AuditAction.BEGIN)), {})

    @property
    def forgotten(self) -> Forgotten:
        """What prunings have removed."""
        days: dict[str, date] = {}
        for event in self.about(AuditAction.PRUNE):
            for key in ("history-before", "answers-before"):
                if key in event.details:
                    day = date.fromisoformat(event.details[key])
                    days[key] = max(day, days.get(key, day))
        return Forgotten(days.get("history-before"), days.get("answers-before"))


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Before which day prunings have removed runs, and raw answers; None for never."""

    runs: date | None
    answers: date | None

    def has_run(self, started: str) -> bool:
        """Whether a run begun at this instant was removed."""
        return self.runs is not None and started < self.runs.isoformat()

    def has_answers_of(self, started: str) -> bool:
        """Whether what a run begun at this instant was told may have been removed."""
        return self.answers is not None and started < self.answers.isoformat()
