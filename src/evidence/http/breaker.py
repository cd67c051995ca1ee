"""Failing fast: a service that cannot be reached is not asked five thousand times over."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from evidence.http.retry import RetryLimits, Setback
from evidence.model.outcomes import Blocked, Unavailable
from evidence.ports import Clock


@dataclass(slots=True)
class _Circuit:
    unreached: int = 0
    unwell: int = 0
    open_until: float = 0.0
    outcome: Blocked | Unavailable | None = None


class Breaker:
    """Remembers, for each service, how many exchanges in a row failed for good.

    After `RetryLimits.unreached` exchanges in which not one try could connect, or `RetryLimits.unwell` that failed
    otherwise (timeouts, 5xx, 429), later ones get the same outcome without a request, for `RetryLimits.rest`
    seconds; then one more is let through, and its failure closes the way again. An answer of any
    kind, even a doubtful one, starts the count anew. A reply that only its source doubts does not count:
    that may be the fault of one record.
    """

    def __init__(self, limits: RetryLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def refusal(self, service: str) -> Blocked | Unavailable | None:
        """The outcome to give without asking; None when the service may be asked."""
        with self._lock:
            circuit = self._circuits.get(service)
            if circuit is None or self._clock.monotonic() >= circuit.open_until:
                return None
            return circuit.outcome

    def record(self, service: str, setback: Setback | None) -> None:
        """Take note of how an exchange ended: with a setback, or with an answer (None)."""
        with self._lock:
            if setback is None or not setback.counts:
                self._circuits.pop(service, None)
                return
            circuit = self._circuits.setdefault(service, _Circuit())
            circuit.unwell += 1
            circuit.unreached = 0 if setback.reached else circuit.unreached + 1
            circuit.outcome = setback.outcome
            if circuit.unreached >= self._limits.unreached or circuit.unwell >= self._limits.unwell:
                circuit.open_until = self._clock.monotonic() + self._limits.rest
