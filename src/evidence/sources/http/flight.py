"""One run over many cited pages: a `Flight` takes visits to the network and back, in turns that `HostQueues` gives.

There is one queue per host. It imports pycurl, so it is loaded only when a page is fetched.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Generic, TypeVar

from evidence.model.outcomes import Cause
from evidence.model.ports import Clock
from evidence.sources.http.network import BadAddressError, Guard, Network, Refusal, parse
from evidence.sources.http.request import retry_after
from evidence.sources.http.transfer import TIMED_OUT, Multi, Transfer
from evidence.sources.http.visit import (
    DeadlinePassed,
    FailedRequest,
    Fetched,
    FetchLimits,
    PageOutcome,
    PageReply,
    PageRequest,
    Route,
    Step,
    Visit,
)

T = TypeVar("T")

_LONGEST_WAIT = 1.0  # seconds; keeps a stray clock from stalling the run


@dataclass(frozen=True, slots=True)
class _Request:
    visit: Visit
    ask: PageRequest


@dataclass(frozen=True, slots=True)
class _ExtraUrl:
    url: str


@dataclass(frozen=True, slots=True)
class _Flying:
    host: str
    visit: Visit
    transfer: Transfer


class Flight:
    """The state of one run. Waiting addresses stay plain text until their turn: memory is that of the list."""

    def __init__(self, network: Network, clock: Clock, guard: Guard, route: Route, limits: FetchLimits) -> None:
        self._network = network
        self._clock = clock
        self._guard = guard
        self._route = route
        self._limits = limits
        self._queues: HostQueues[str | _ExtraUrl | _Request] = HostQueues(limits.gap, limits.per_host)
        self._multi = Multi(2 * limits.in_flight)
        self._flying: dict[Any, _Flying] = {}
        self._idle: list[Transfer] = []
        self._silent: set[str] = set()

    def results(self, urls: Iterable[str], deadline: float | None, extra_urls: deque[str]) -> Iterator[Fetched]:
        """As `Pages.fetch`."""
        end = None if deadline is None else self._clock.monotonic() + deadline
        for url in urls:
            self._queues.put(_host(url), url)
        while self._queues or self._flying or extra_urls:
            while extra_urls:
                url = extra_urls.popleft()
                self._queues.put_first(_host(url), _ExtraUrl(url))
            now = self._clock.monotonic()
            if end is not None and now >= end:
                yield from self._given_up()
                return
            yield from self._take_off(now)
            if not self._flying:
                if self._queues:  # there is no transfer to watch
                    self._clock.sleep(self._patience(end))
                continue
            for curl, code in self._multi.wait(self._patience(end)):
                landed = self._land(self._flying.pop(curl), code)
                if landed is not None:
                    yield landed

    def close(self) -> None:
        """Drop whatever is still in flight."""
        for curl in self._flying:
            self._multi.remove(curl)
        self._flying.clear()
        self._multi.close()

    def _take_off(self, now: float) -> Iterator[Fetched]:
        """Start what may start; what needs no request is known at once."""
        while len(self._flying) < self._limits.in_flight and (turn := self._queues.take(now)) is not None:
            host, item = turn
            if isinstance(item, _Request):
                self._start(host, item.visit, item.ask)
                continue
            visit = self._visit(item)
            step = visit.begin()
            if isinstance(step, PageRequest):
                self._start(host, visit, step)
            else:
                self._queues.done(host)
                yield _fetched(visit, step)

    def _visit(self, item: str | _ExtraUrl) -> Visit:
        if isinstance(item, _ExtraUrl):
            return Visit(item.url, self._limits, self._guard, once=True)
        return Visit(item, self._limits, self._guard)

    def _start(self, host: str, visit: Visit, ask: PageRequest) -> None:
        transfer = self._idle.pop() if self._idle else Transfer(self._network, self._limits, self._guard)
        transfer.start(ask, self._route(ask.address.url))
        self._flying[transfer.curl] = _Flying(host, visit, transfer)
        self._multi.add(transfer.curl)

    def _land(self, flying: _Flying, code: int) -> Fetched | None:
        transfer, visit = flying.transfer, flying.visit
        self._multi.remove(transfer.curl)
        step = self._next(visit, self._with_one_chance(flying.host, transfer.result(code)))
        transfer.release()
        self._idle.append(transfer)
        self._queues.done(flying.host)
        if not isinstance(step, PageRequest):
            return _fetched(visit, step)
        now = self._clock.monotonic()
        if step.rest:
            self._queues.rest(flying.host, now + step.wait)
        self._queues.put(step.address.host, _Request(visit, step), now + step.wait if step.wait else 0.0)
        return None

    def _with_one_chance(
        self, host: str, result: PageReply | FailedRequest | Refusal
    ) -> PageReply | FailedRequest | Refusal:
        """The result, final for a silent page whose host had its second chance in this run: each takes 20 s."""
        if not isinstance(result, FailedRequest) or result.cause is not Cause.TIMEOUT:
            return result
        if host in self._silent:
            return replace(result, again=False)
        self._silent.add(host)
        return result

    def _next(self, visit: Visit, result: PageReply | FailedRequest | Refusal) -> Step:
        match result:
            case Refusal():
                return visit.refused(result)
            case FailedRequest():
                return visit.failed(result)
            case PageReply():
                retry_wait = retry_after(result.headers.get("retry-after"), self._clock.now())
                return visit.answered(result, retry_wait)

    def _patience(self, end: float | None) -> float:
        """Seconds until something may start or the run is over; transfers wake us by themselves."""
        moments = [] if end is None else [end]
        next_start = self._queues.next_at()
        if next_start is not None and len(self._flying) < self._limits.in_flight:
            moments.append(next_start)
        now = self._clock.monotonic()
        return min([_LONGEST_WAIT, *(max(0.0, moment - now) for moment in moments)])

    def _given_up(self) -> Iterator[Fetched]:
        """What is known of each page that has no final answer, now that the run's time is over."""
        for curl, flying in list(self._flying.items()):
            self._multi.remove(curl)
            del self._flying[curl]
            visit, transfer = flying.visit, flying.transfer
            step = self._next(visit, transfer.result(TIMED_OUT)) if transfer.answered else visit.cut_short()
            yield _fetched(visit, visit.cut_short() if isinstance(step, PageRequest) else step)
        for item in self._queues.drain():
            if isinstance(item, _Request):
                yield _fetched(item.visit, item.visit.cut_short())
            else:
                yield _fetched(self._visit(item), DeadlinePassed())


def _fetched(visit: Visit, outcome: PageOutcome) -> Fetched:
    return Fetched(visit.url, outcome, is_extra=visit.once)


def _host(url: str) -> str:
    """The queue of an address; what is not an address shares one, and is found out when its turn comes."""
    try:
        return parse(url).host
    except BadAddressError:
        return ""


@dataclass(slots=True)
class _HostQueue(Generic[T]):
    waiting: deque[T] = field(default_factory=deque)
    running: int = 0
    free_at: float = 0.0
    listed: bool = False


class HostQueues(Generic[T]):
    """Items waiting for their host's turn: how many at a time, how far apart, who is next. Pure.

    Args:
        gap: seconds between the starts of two items of a host.
        per_host: items of a host at a time.
    """

    def __init__(self, gap: float, per_host: int) -> None:
        self._gap = gap
        self._per_host = per_host
        self._queues: dict[str, _HostQueue[T]] = {}
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
            self._enqueue(host, item)

    def put_first(self, host: str, item: T) -> None:
        """Let an item have its host's next turn."""
        self._waiting += 1
        queue = self._queue_of(host)
        queue.waiting.appendleft(item)
        self._list(host, queue)

    def rest(self, host: str, until: float) -> None:
        """Start nothing at this host before `until`."""
        queue = self._queue_of(host)
        queue.free_at = max(queue.free_at, until)

    def take(self, now: float) -> tuple[str, T] | None:
        """The next item whose turn has come, and its host; `done` must follow for each."""
        while self._later and self._later[0][0] <= now:
            _, _, host, item = heapq.heappop(self._later)
            self._enqueue(host, item)
        while self._ready and self._ready[0][0] <= now:
            _, _, host = heapq.heappop(self._ready)
            queue = self._queues[host]
            queue.listed = False
            if queue.free_at > now:
                self._list(host, queue)
                continue
            item = queue.waiting.popleft()
            self._waiting -= 1
            queue.running += 1
            queue.free_at = now + self._gap
            self._list(host, queue)
            return host, item
        return None

    def done(self, host: str) -> None:
        """An item that was taken has finished."""
        queue = self._queues[host]
        queue.running -= 1
        self._list(host, queue)

    def next_at(self) -> float | None:
        """When `take` may have something again; None when that depends on a `done`."""
        heads = [heap[0][0] for heap in (self._ready, self._later) if heap]
        return min(heads, default=None)

    def drain(self) -> Iterator[T]:
        """Everything that still waits, which is thereby taken out."""
        for queue in self._queues.values():
            while queue.waiting:
                yield queue.waiting.popleft()
        while self._later:
            yield self._later.pop()[3]
        self._ready.clear()
        self._waiting = 0

    def __bool__(self) -> bool:
        return self._waiting > 0

    def _queue_of(self, host: str) -> _HostQueue[T]:
        return self._queues.setdefault(host, _HostQueue())

    def _enqueue(self, host: str, item: T) -> None:
        queue = self._queue_of(host)
        queue.waiting.append(item)
        self._list(host, queue)

    def _list(self, host: str, queue: _HostQueue[T]) -> None:
        if queue.waiting and not queue.listed and queue.running < self._per_host:
            queue.listed = True
            heapq.heappush(self._ready, (queue.free_at, next(self._order), host))
