"""What was asked of the stand-in, when, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

KEPT_HEADERS = (
    "accept-encoding",
    "user-agent",
    "content-type",
    "accept",
    "connection",
    "authorization",
    "cookie",
    "referer",
)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request: `at` in seconds of this process's monotonic clock, `ids` what it asks for, `trouble` what it got."""

    at: float
    service: str
    method: str
    path: str
    target: str
    host: str
    ids: tuple[str, ...]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    trouble: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The request as plain values."""
        return asdict(self)


class Log:
    """All requests so far; safe across threads, and each reading is a copy."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: list[LoggedRequest] = []

    def add(self, seen: LoggedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._seen.append(seen)

    def all(self, service: str | None = None) -> list[LoggedRequest]:
        """Every request, or those of one service, in the order of their arrival."""
        with self._lock:
            return [seen for seen in self._seen if service in (None, seen.service)]

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._seen.clear()


def most_in_any_second(times: list[float]) -> int:
    """The largest number of moments within any second, wherever it begins."""
    ordered = sorted(times)
    most = first = 0
    for at, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, at - first + 1)
    return most
