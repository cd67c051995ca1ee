"""One request to a service and its reply, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one of the services; POST when there is a body.

    `lane` names the pace this request shares with others (`ncbi`, `dailymed`, `crossref`), `gap`
    the seconds that must lie between two requests of the lane.
    """

    url: str
    lane: str
    gap: float
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: decoded body, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Doubt = Callable[[Reply], str | None]
"""Why a reply cannot be believed (an error page with 200, a cut body …), or None when it can."""
