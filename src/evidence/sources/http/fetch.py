"""Cited pages: many unknown hosts, requested side by side from one thread, results as they arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from evidence.model.ports import Clock
from evidence.sources.http.network import Guard, Network
from evidence.sources.http.visit import Fetched, FetchLimits, Route, straight


class Pages:
    """Asks for pages, each once by GET, within the limits and past the guard.

    Args:
        network: proxies, certificates, User-Agent.
        clock: for the pace, the deadline and Retry-After dates.
        guard: what may be reached; by default what `network.allow_private` says.
        route: where to go instead of an address's own host (the demo server); addresses are judged and
            reported as they are all the same.
        limits: how patiently and how greedily.
    """

    def __init__(
        self,
        network: Network,
        clock: Clock,
        *,
        guard: Guard | None = None,
        route: Route = straight,
        limits: FetchLimits | None = None,
    ) -> None:
        self._network = network
        self._clock = clock
        self._guard = guard or Guard(allow_private=network.allow_private)
        self._route = route
        self._limits = limits or FetchLimits()

    def fetch(
        self, urls: Iterable[str], *, deadline: float | None = None, extra_urls: deque[str] | None = None
    ) -> Iterator[Fetched]:
        """What came of each address, exactly once, as it is known; never raises for what a host does.

        Nothing that was yielded is retained. Whoever takes the results must not dawdle: transfers in
        flight go on, and time out, while a result is looked at.

        Args:
            urls: addresses; those of a host are asked in this order. All are taken before the first is asked.
            deadline: seconds after which what is still unknown is given up.
            extra_urls: taken out as results are: addresses that whoever takes the results puts there are requested
                besides, each before what else waits of its host, once, whatever comes of it.
        """
        from evidence.sources.http.flight import Flight  # noqa: PLC0415 - pycurl is slow to load, and a warm run needs none

        flight = Flight(self._network, self._clock, self._guard, self._route, self._limits)
        try:
            yield from flight.results(urls, deadline, deque() if extra_urls is None else extra_urls)
        finally:
            flight.close()
