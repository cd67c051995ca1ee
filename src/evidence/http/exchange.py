"""One request to a service and its reply, as values, and the seam at which services are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from evidence.model.outcomes import Blocked, Unavailable


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one of the services; POST when there is a body.

    `lane` names the pace this request shares with others (`ncbi`, `dailymed`, `crossref`), `gap`
    the seconds that must lie between two requests of the lane. `trusted` are further hosts to which
    the service may redirect, over https only; a request that carries a secret must not have any.
    """

    url: str
    lane: str
    gap: float
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: decoded body, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Doubt = Callable[[Reply], str | None]
"""Why a reply cannot be believed (an error page with 200, a cut body …), or None when it can."""


class Exchanger(Protocol):
    """What sources ask of the HTTP room; `evidence.http.services.Services` is the real one."""

    def exchange(self, request: Request, doubt: Doubt) -> Reply | Blocked | Unavailable:
        """A believable reply with a status to be judged, or why there is none; never raises for weather."""
        ...
