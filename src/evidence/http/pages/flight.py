"""One run over many pages: takes visits through their lanes onto handles and back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import certifi

from evidence.http.addresses import BadAddressError, parse
from evidence.http.guard import Guard, Refusal
from evidence.http.network import Network
from evidence.http.pages.curl_codes import TIMED_OUT
from evidence.http.pages.lanes import Lanes
from evidence.http.pages.multi import Multi
from evidence.http.pages.seen import DeadlinePassed, Fetched, FetchLimits, Route, Seen
from evidence.http.pages.transfer import Transfer
from evidence.http.pages.visit import FailedRequest, PageReply, PageRequest, Step, Visit
from evidence.http.retry import retry_after
from evidence.ports import Clock

_LONGEST_WAIT = 1.0  # seconds; keeps a stray clock from stalling the run


@dataclass(frozen=True, slots=True)
class _Request:
    visit: Visit
    ask: PageRequest


@dataclass(frozen=True, slots=True)
class _Aside:
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
        # Where the operator names no bundle: certifi's, which `requests` takes too, so that services
        # and pages trust the same. The pycurl wheel alone would search the system's usual places.
        self._ca_bundle = network.ca_bundle or certifi.where()
        self._lanes: Lanes[str | _Aside | _Request] = Lanes(limits.gap, limits.per_host)
        self._multi = Multi(2 * limits.in_flight)
        self._flying: dict[Any, _Flying] = {}
        self._idle: list[Transfer] = []

    def results(self, urls: Iterable[str], deadline: float | None, aside: deque[str]) -> Iterator[Fetched]:
        """As `Pages.fetch`."""
        end = None if deadline is None else self._clock.monotonic() + deadline
        for url in urls:
            self._lanes.put(_host(url), url)
        while self._lanes or self._flying or aside:
            while aside:
                url = aside.popleft()
                self._lanes.put_first(_host(url), _Aside(url))
            now = self._clock.monotonic()
            if end is not None and now >= end:
                yield from self._given_up()
                return
            yield from self._take_off(now)
            if not (self._flying or self._lanes):
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
        while len(self._flying) < self._limits.in_flight and (turn := self._lanes.take(now)) is not None:
            host, item = turn
            if isinstance(item, _Request):
                self._start(host, item.visit, item.ask)
                continue
            visit = self._visit(item)
            step = visit.begin()
            if isinstance(step, PageRequest):
                self._start(host, visit, step)
            else:
                self._lanes.done(host)
                yield _fetched(visit, step)

    def _visit(self, item: str | _Aside) -> Visit:
        once = isinstance(item, _Aside)
        return Visit(item.url if isinstance(item, _Aside) else item, self._limits, self._guard, once=once)

    def _start(self, host: str, visit: Visit, ask: PageRequest) -> None:
        transfer = (
            self._idle.pop() if self._idle else Transfer(self._network, self._limits, self._guard, self._ca_bundle)
        )
        transfer.start(ask, self._route(ask.address.url))
        self._flying[transfer.curl] = _Flying(host, visit, transfer)
        self._multi.add(transfer.curl)

    def _land(self, flying: _Flying, code: int) -> Fetched | None:
        transfer, visit = flying.transfer, flying.visit
        self._multi.remove(transfer.curl)
        step = self._next(visit, transfer.result(code))
        transfer.release()
        self._idle.append(transfer)
        self._lanes.done(flying.host)
        if not isinstance(step, PageRequest):
            return _fetched(visit, step)
        now = self._clock.monotonic()
        if step.rest:
            self._lanes.rest(flying.host, now + step.wait)
        self._lanes.put(step.address.host, _Request(visit, step), now + step.wait if step.wait else 0.0)
        return None

    def _next(self, visit: Visit, result: PageReply | FailedRequest | Refusal) -> Step:
        match result:
            case Refusal():
                return visit.refused(result)
            case FailedRequest():
                return visit.failed(result)
            case PageReply():
                asked_for = retry_after(result.headers.get("retry-after"), self._clock.now())
                return visit.answered(result, asked_for)

    def _patience(self, end: float | None) -> float:
        """Seconds until something may start or the run is over; transfers wake us by themselves."""
        moments = [] if end is None else [end]
        next_start = self._lanes.next_at()
        if next_start is not None and len(self._flying) < self._limits.in_flight:
            moments.append(next_start)
        now = self._clock.monotonic()
        return min([_LONGEST_WAIT, *(max(0.0, moment - now) for moment in moments)])

    def _given_up(self) -> Iterator[Fetched]:
        """The run's time is over: what is known of each page that has no final answer."""
        for curl, flying in list(self._flying.items()):
            self._multi.remove(curl)
            del self._flying[curl]
            visit, transfer = flying.visit, flying.transfer
            step = self._next(visit, transfer.result(TIMED_OUT)) if transfer.answered else visit.cut_short()
            yield _fetched(visit, visit.cut_short() if isinstance(step, PageRequest) else step)
        for item in self._lanes.drain():
            if isinstance(item, _Request):
                yield _fetched(item.visit, item.visit.cut_short())
            else:
                yield _fetched(self._visit(item), DeadlinePassed())


def _fetched(visit: Visit, seen: Seen) -> Fetched:
    return Fetched(visit.url, seen, aside=visit.once)


def _host(url: str) -> str:
    """The lane of an address; what is no address shares one, and is found out when its turn comes."""
    try:
        return parse(url).host
    except BadAddressError:
        return ""
