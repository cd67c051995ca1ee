"""The policy a run judges by; every number of it is printed in the reports.

No evidence supports one universal review interval, so all of these are defaults to be overridden
under `policy:` in references.yaml or by options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad a finding is; ordered, so that `--fail-on` is a comparison."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class SourceType(StrEnum):
    """Kinds of source that the limits of `policy: accessed-limit:` tell apart."""

    WEBPAGE = "webpage"
    LABEL = "label"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Lives:
    """How many days a stored answer is served again before the service is asked anew."""

    status: int = 1
    metadata: int = 30
    page: int = 1


FOR_EVER = Lives(*[date.max.toordinal()] * 3)
"""Lives for looking at what is stored, however old it is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits in days (None: no limit), lives, strikes, severities and the failing severity.

    `lock_limit` is how many days after its last complete run a lock file is judged by, `sign_off_limit` how many
    days after it was given a sign-off is overdue.
    """

    accessed_limit: Mapping[SourceType, int | None] = field(
        default_factory=lambda: {
            SourceType.WEBPAGE: 365,
            SourceType.LABEL: 365,
            SourceType.ARTICLE: None,
        }
    )
    lives: Lives = field(default_factory=Lives)
    confirm_dead: int = 1
    lock_limit: int = 14
    sign_off_limit: int | None = 365
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
