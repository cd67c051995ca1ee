"""A request to a service and its reply, as values; how patiently it is repeated, and what its status means."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from evidence.model.outcomes import Blocked, Unavailable


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one of the services; POST when there is a body.

    `bucket` names the pace this request shares with others (`ncbi`, `dailymed`, `crossref`), `gap`
    the seconds that must lie between two requests of the bucket. `trusted` are further hosts to which
    the service may redirect, over https only; a request that carries a secret must not have any.
    """

    url: str
    bucket: str
    gap: float
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: decoded body, header names in lower case; `url` is where redirects have led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""


ReplyProblem = Callable[[Reply], str | None]
"""Why a reply cannot be believed (an error page with 200, a cut body …), or None when it can."""


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """The object that a JSON text is; None when it is anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class Exchanger(Protocol):
    """What sources send their requests with; `evidence.sources.http.session.Services` is the real one."""

    def exchange(self, request: Request, problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """A believable reply with a status to be judged, or why there is none; never raises for what a service does."""
        ...


# Repeating a request

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How patiently a service is asked; seconds, except where said.

    `connect` is for each address of a host, `read` for the silence between two packets, `request` for one
    request from its first byte to its last, `exchange` for all tries with the waits between them
    (the wait for the very first slot not counted). `wait` is the pause before the second try, doubled before each
    further one; `longest_wait` the longest Retry-After that is obeyed. `body` is in bytes, after
    decompression. `unreached` and `unwell` are how many exchanges in a row may fail for good, because
    the host could not be connected at all or because it only failed, before later ones fail at once,
    for `rest` seconds.
    """

    tries: int = 4
    wait: float = 1.0
    longest_wait: float = 30.0
    exchange: float = 75.0
    connect: float = 10.0
    read: float = 30.0
    request: float = 60.0
    body: int = 64 * MEGABYTE
    redirects: int = 3
    unreached: int = 2
    unwell: int = 5
    rest: float = 60.0


@dataclass(frozen=True, slots=True)
class Setback:
    """A try that failed: what it would mean if it were the last, whether another may help.

    `after` are the seconds the server asked us to wait; `reached` is False when no connection came
    about; `counts` is False when the failure says nothing of the service itself.
    """

    outcome: Blocked | Unavailable
    again: bool = True
    after: float | None = None
    reached: bool = True
    counts: bool = True


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110 §10.2.3: a number or a date); None if unreadable."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        # Dates are rare here, and the e-mail package is slow to import.
        from email.utils import parsedate_to_datetime  # noqa: PLC0415

        try:
            moment = parsedate_to_datetime(value)
            # A date with the zone "-0000" is read as naive; HTTP dates are always UTC.
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return max(0.0, (aware - now).total_seconds())
        except (ValueError, OverflowError):
            return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def pause_before(next_try: int, wait: float, jitter: float, after: float | None) -> float:
    """Seconds to wait before the second, third … try: doubled each time, +-50 %, never less than asked for."""
    return max(wait * 2.0 ** (next_try - 2) * (0.5 + jitter), after or 0.0)


# Statuses: what they mean before anyone looks at the body (RFC 9110 §15).

REDIRECTS = frozenset({301, 302, 303, 307, 308})

REFUSALS = {
    401: "a login is required (401)",
    403: "access was refused (403)",
    407: "the proxy requires a login (407)",
    451: "refused for legal reasons (451)",
}
"""Refusals that asking again does not change."""


def is_passing(status: int) -> bool:
    """Whether the trouble may pass: 408, 429 and all of 5xx."""
    return status in (408, 429) or status >= 500


def is_judged(status: int) -> bool:
    """Whether the reply is its source's to reject or to judge, so that its body matters."""
    return status not in REDIRECTS and status not in REFUSALS and not is_passing(status)
