"""Faults on demand: which service misbehaves how, how often, in the shapes that NCBI and others really show."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock

from evidence.demo.http import HTML, XML, Delivery, DemoService, ServerReply, ServerRequest
from evidence.demo.pubmed import error_reply
from evidence.demo.world import page_key


class InjectedFaultKind(StrEnum):
    """The kinds of trouble; the values are what `/__faults` and the reports name."""

    TOO_MANY = "429"
    TOO_MANY_RETRY_AFTER = "429-retry-after"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    RESET = "reset"
    HANG_UP = "hang-up"
    TRUNCATED = "truncated"
    ERROR_PAGE = "error-page-200"
    ERROR_XML = "error-xml-200"
    PROXY = "proxy-400"
    EMPTY = "empty-200"
    SLOW = "slow"
    DRIP = "drip"
    WRONG_CONTENT = "wrong-content"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """One kind of trouble; `seconds` is the delay of a slow reply or the pause between dripping bytes."""

    kind: InjectedFaultKind
    seconds: float = 1.0
    retry_after: str = "2"

    def spoil(self, reply: ServerReply) -> ServerReply:
        """What goes out instead of the healthy reply."""
        match self.kind:
            case InjectedFaultKind.SLOW:
                return replace(reply, delay=reply.delay + self.seconds)
            case InjectedFaultKind.DRIP:
                return replace(reply, delivery=Delivery.DRIP, pause=self.seconds)
            case InjectedFaultKind.TRUNCATED:
                return replace(reply, delivery=Delivery.CUT)
            case InjectedFaultKind.TOO_MANY_RETRY_AFTER:
                return too_many_requests(self.retry_after)
            case _:
                return _REPLIES[self.kind]


def too_many_requests(retry_after: str | None, *, limit: int = 3) -> ServerReply:
    """NCBI's 429: its JSON body and headers as observed; `retry_after` None leaves the header out."""
    document = {
        "error": "API rate limit exceeded",
        "api-key": "127.0.0.1",
        "count": str(limit + 1),
        "limit": str(limit),
    }
    headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return ServerReply(429, json.dumps(document, separators=(",", ":")).encode() + b"\n", "application/json", headers)


def _html_error(status: int, title: str) -> ServerReply:
    page = f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n</body>\n</html>\n"
    return ServerReply(status, page.encode(), HTML)


# The envelope that relays a gateway's 502 as 400; it comes cut off before its end tag at times, so it is cut here.
_PROXY_REPLY = error_reply(
    "proxy_stream() failed: 502 Bad Gateway. Failed to connect to PubOne service"
).body.partition(b"</ERROR>")[0]
_REPLIES: Mapping[InjectedFaultKind, ServerReply] = {
    InjectedFaultKind.TOO_MANY: too_many_requests(None),
    InjectedFaultKind.SERVER_ERROR: _html_error(500, "500 Internal Server Error"),
    InjectedFaultKind.BAD_GATEWAY: _html_error(502, "502 Bad Gateway"),
    InjectedFaultKind.UNAVAILABLE: _html_error(503, "503 Service Temporarily Unavailable"),
    InjectedFaultKind.RESET: ServerReply(delivery=Delivery.RESET),
    InjectedFaultKind.REFUSE: ServerReply(delivery=Delivery.RESET),  # connections made before the port was closed
    InjectedFaultKind.HANG_UP: ServerReply(delivery=Delivery.HANG_UP),
    InjectedFaultKind.ERROR_PAGE: _html_error(200, "The service is temporarily unavailable"),
    InjectedFaultKind.ERROR_XML: error_reply("Search Backend failed: Database is not supported: pubmed", 200),
    InjectedFaultKind.PROXY: ServerReply(400, _PROXY_REPLY, XML),
    InjectedFaultKind.EMPTY: ServerReply(200, b"", XML),
    InjectedFaultKind.WRONG_CONTENT: ServerReply(200, b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
}

Script = Callable[[ServerRequest], InjectedFault | ServerReply | None]
"""Given each request of a service: returns the fault for it, a reply of its own, or None for a healthy reply."""


@dataclass(slots=True)
class _ScheduledFault:
    fault: InjectedFault
    times: int | None


@dataclass(slots=True)
class _Schedule:
    faults: list[_ScheduledFault] = field(default_factory=list)
    script: Script | None = None


class Faults:
    """The schedule of trouble, by service name (`eutils`, `dailymed`, `pages` …) or by the address of one page.

    Faults of one service follow each other: the first is used up before the next begins. Safe across threads.
    """

    def __init__(self, on_refusal: Callable[[], None] = lambda: None) -> None:
        self._lock = Lock()
        self._schedules: dict[str, _Schedule] = {}
        self._on_refusal = on_refusal

    def add(self, where: str, fault: InjectedFault | InjectedFaultKind | str, times: int | None = None) -> None:
        """Spoil the next `times` requests (None: every one until `clear`).

        `refuse` closes the service's port until `clear`, because a refused connection never reaches us to be counted.

        Raises:
            ValueError: an unknown kind, or `refuse` with a number or for a single page (`PageFacts.refused` does that).
        """
        added = fault if isinstance(fault, InjectedFault) else InjectedFault(InjectedFaultKind(fault))
        refuses = added.kind is InjectedFaultKind.REFUSE
        if refuses and (times is not None or where not in tuple(DemoService)):
            raise ValueError("refuse holds for a whole service until clear()")
        with self._lock:
            self._schedule(where).faults.append(_ScheduledFault(added, times))
        if refuses:
            self._on_refusal()

    def script(self, where: str, script: Script) -> None:
        """Let a callable decide, request by request; when it says None, the schedule has its turn."""
        with self._lock:
            self._schedule(where).script = script

    def clear(self, where: str | None = None) -> None:
        """End the trouble of one service, or all of it; closed ports open again."""
        with self._lock:
            if where is None:
                self._schedules.clear()
            else:
                self._schedules.pop(_schedule_key(where), None)
        self._on_refusal()

    def refused(self, service: DemoService) -> bool:
        """Whether connections to a service are to be refused."""
        with self._lock:
            schedule = self._schedules.get(service.counted_as)
            return schedule is not None and any(
                planned.fault.kind is InjectedFaultKind.REFUSE for planned in schedule.faults
            )

    def take(self, request: ServerRequest) -> InjectedFault | ServerReply | None:
        """The trouble for this request, used up by one."""
        places = [request.service.counted_as]
        if request.service in (DemoService.PAGES, DemoService.SECURE_PAGES):
            places = [page_key(request.url), page_key(request.target), *places]
        with self._lock:
            schedules = [self._schedules[place] for place in places if place in self._schedules]
        for schedule in schedules:
            trouble = (schedule.script(request) if schedule.script else None) or self._next(schedule)
            if trouble is not None:
                return trouble
        return None

    def _next(self, schedule: _Schedule) -> InjectedFault | None:
        with self._lock:
            while schedule.faults:
                planned = schedule.faults[0]
                if planned.times is None:
                    return planned.fault
                if planned.times > 0:
                    planned.times -= 1
                    return planned.fault
                schedule.faults.pop(0)
        return None

    def _schedule(self, where: str) -> _Schedule:
        return self._schedules.setdefault(_schedule_key(where), _Schedule())


def _schedule_key(where: str) -> str:
    return where if where in tuple(DemoService) else page_key(where)
