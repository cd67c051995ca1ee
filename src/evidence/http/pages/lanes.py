"""One lane per host: how many requests at a time, how far apart, who is next. Pure: told the time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Lane(Generic[T]):
    waiting: deque[T] = field(default_factory=deque)
    running: int = 0
    free_at: float = 0.0
    listed: bool = False


class Lanes(Generic[T]):
    """Items waiting for their host's turn.

    Args:
        gap: seconds between the starts of two items of a host.
        per_host: items of a host at a time.
    """

    def __init__(self, gap: float, per_host: int) -> None:
        self._gap = gap
        self._per_host = per_host
        self._lanes: dict[str, _Lane[T]] = {}
        self._ready: list[tuple[float, int, str]] = []
        self._later: list[tuple[float, int, str, T]] = []
        self._order = count()
        self._waiting = 0

    def put(self, host: str, item: T, not_before: float = 0.0) -> None:
        """Let an item wait for its host's turn, and until `not_before`."""
        self._waiting += 1
        if not_before > 0.0:
            heapq.heappush(self._later, (not_before, next(self._order), host, item))
        else:
            self._queue(host, item)

    def put_first(self, host: str, item: T) -> None:
        """Let an item have its host's next turn."""
        self._waiting += 1
        lane = self._lane(host)
        lane.waiting.appendleft(item)
        self._list(host, lane)

    def rest(self, host: str, until: float) -> None:
        """Start nothing at this host before `until`."""
        lane = self._lane(host)
        lane.free_at = max(lane.free_at, until)

    def take(self, now: float) -> tuple[str, T] | None:
        """The next item whose turn has come, and its host; `done` must follow for each."""
        while self._later and self._later[0][0] <= now:
            _, _, host, item = heapq.heappop(self._later)
            self._queue(host, item)
        while self._ready and self._ready[0][0] <= now:
            _, _, host = heapq.heappop(self._ready)
            lane = self._lanes[host]
            lane.listed = False
            if lane.free_at > now:
                self._list(host, lane)
                continue
            item = lane.waiting.popleft()
            self._waiting -= 1
            lane.running += 1
            lane.free_at = now + self._gap
            self._list(host, lane)
            return host, item
        return None

    def done(self, host: str) -> None:
        """An item that was taken has finished."""
        lane = self._lanes[host]
        lane.running -= 1
        self._list(host, lane)

    def next_at(self) -> float | None:
        """When `take` may have something again; None when that depends on a `done`."""
        heads = [heap[0][0] for heap in (self._ready, self._later) if heap]
        return min(heads, default=None)

    def drain(self) -> Iterator[T]:
        """Everything that still waits, which is thereby taken out."""
        for lane in self._lanes.values():
            while lane.waiting:
                yield lane.waiting.popleft()
        while self._later:
            yield self._later.pop()[3]
        self._ready.clear()
        self._waiting = 0

    def __bool__(self) -> bool:
        return self._waiting > 0

    def _lane(self, host: str) -> _Lane[T]:
        return self._lanes.setdefault(host, _Lane())

    def _queue(self, host: str, item: T) -> None:
        lane = self._lane(host)
        lane.waiting.append(item)
        self._list(host, lane)

    def _list(self, host: str, lane: _Lane[T]) -> None:
        if lane.waiting and not lane.listed and lane.running < self._per_host:
            lane.listed = True
            heapq.heappush(self._ready, (lane.free_at, next(self._order), host))
