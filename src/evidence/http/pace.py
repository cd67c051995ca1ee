"""Keeping requests of one lane apart inside one process."""

from __future__ import annotations

import threading

from evidence.ports import Clock


class InMemoryPacer:
    """A pacer for runs without a store; it knows nothing of other processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def reserve(self, lane: str, gap: float) -> float:
        """Reserve the lane's next slot, `gap` seconds after the one before it; the seconds to wait for it."""
        with self._lock:
            now = self._clock.monotonic()
            slot = max(now, self._last[lane] + gap) if lane in self._last else now
            self._last[lane] = slot
            return slot - now
