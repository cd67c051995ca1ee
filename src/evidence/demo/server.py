"""The demo server: NLM's services, the second sources and the web, played on loopback; also as a process of its own.

with DemoServer() as server:
    server.addresses["eutils"], server.route("https://www.ldnresearchtrust.org")
    server.world = server.world.with_label_version(setid, 16, date(2026, 12, 1))
    server.faults.add("eutils", "502", times=2)
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from threading import Event, Lock, Thread
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from evidence.demo import pubmed, services
from evidence.demo.faults import Faults, InjectedFault, InjectedFaultKind, too_many_requests
from evidence.demo.http import (
    LOGGED_HEADERS,
    LOOPBACK,
    Delivery,
    DemoService,
    Listeners,
    LoggedRequest,
    RequestLog,
    Sender,
    ServerReply,
    ServerRequest,
    json_reply,
    most_in_any_second,
    read_requests,
)
from evidence.demo.world import World, naltrexone_world, synthetic_world, world_from, world_to_json
from evidence.sources.http.visit import Routed

_JOIN_SECONDS = 5.0
_KEYED_RATE = 10  # NCBI allows 3 requests a second without a key, 10 with one

_ANSWERS: Mapping[
    DemoService, tuple[Callable[[World, ServerRequest], ServerReply], Callable[[ServerRequest], tuple[str, ...]]]
] = {
    DemoService.EUTILS: (pubmed.eutils_reply, pubmed.ids_in),
    DemoService.DAILYMED: (services.dailymed_reply, services.set_ids_in),
    DemoService.CROSSREF: (services.crossref_reply, services.dois_in),
    DemoService.DOI: (services.doi_reply, services.dois_in),
    DemoService.WAYBACK: (services.wayback_reply, lambda request: tuple(request.params.get("url", "").split())),
    DemoService.TRIALS: (services.trials_reply, services.trials_in),
    DemoService.PAGES: (services.page_reply, lambda request: (request.url,)),
    DemoService.SECURE_PAGES: (services.page_reply, lambda request: (request.url,)),
}

_SERVICES = (
    DemoService.EUTILS,
    DemoService.DAILYMED,
    DemoService.CROSSREF,
    DemoService.DOI,
    DemoService.WAYBACK,
    DemoService.TRIALS,
)
"""Those at whose address a source asks, as the settings name them."""


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    thread: Thread


class DemoServer:
    """Serves a world over real HTTP on ephemeral loopback ports, logs every request, and misbehaves on demand.

    `world` may be replaced at any time; without one it is that of the naltrexone monograph.
    `rate_limit` answers NCBI's 429 to more E-utilities requests than that in any second (10 with an API key).
    `controllable` adds the port through which other processes query and change the server.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        rate_limit: int | None = None,
        controllable: bool = False,
        page_addresses: Sequence[str] = (),
    ) -> None:
        self.world = world if world is not None else naltrexone_world()
        self.rate_limit = rate_limit
        self.faults = Faults(self._follow_refusals)
        self._controllable = controllable
        self._page_addresses = page_addresses
        self._log = RequestLog()
        self._recent: deque[float] = deque()
        self._rate_lock = Lock()
        self._closing = Event()
        self._connections: dict[int, _Connection] = {}
        self._connections_lock = Lock()
        self._listeners: Listeners | None = None

    def __enter__(self) -> Self:
        played = [service for service in DemoService if service is not DemoService.CONTROL or self._controllable]
        self._listeners = Listeners(played, self._accepted)
        for address in self._page_addresses:
            self._listeners.add_address(DemoService.PAGES, address)
        self._follow_refusals()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        listeners, self._listeners = self._listeners, None
        if listeners:
            listeners.close()
        with self._connections_lock:
            remaining = list(self._connections.values())
        for connection in remaining:
            with suppress(OSError):  # its own thread may have closed it a moment ago
                connection.socket.shutdown(socket.SHUT_RDWR)
        for connection in remaining:
            connection.thread.join(_JOIN_SECONDS)

    @property
    def addresses(self) -> dict[str, str]:
        """The services' addresses by the names that the settings give them."""
        return {str(service): f"{self._base(service)}/{service}" for service in _SERVICES}

    @property
    def pages_url(self) -> str:
        """The root of the pages that answer for every host."""
        return self._base(DemoService.PAGES)

    @property
    def control_url(self) -> str:
        """The root of `/__seen` and its like."""
        return self._base(DemoService.CONTROL)

    def route(self, url: str) -> Routed:
        """Where a cited page is served, over plain HTTP also for https: a `Route` for the pages half of `http`."""
        parts = urlsplit(url)
        service = DemoService.SECURE_PAGES if parts.scheme.lower() == "https" else DemoService.PAGES
        page = services.page_at(self.world, url)
        base = self._base(service)
        if page is not None and page.refused:
            base = f"http://{LOOPBACK}:{self._listening.refusing_port}"
        query = f"?{parts.query}" if parts.query else ""
        return Routed(f"{base}{parts.path or '/'}{query}", parts.netloc.rpartition("@")[2])

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, in the order of arrival; those of the control port left out."""
        return self._log.all()

    def count(self, service: str | None = None) -> int:
        """How many requests came, in all or to one service (`eutils`, `dailymed`, `pages` …)."""
        return len(self._log.all(service))

    def requested_ids(self, service: str = "eutils") -> list[tuple[str, ...]]:
        """The identifiers of each request to a service: PMIDs, Set IDs, DOIs or addresses."""
        return [request.ids for request in self._log.all(service)]

    def most_in_any_second(self, service: str = "eutils") -> int:
        """The largest number of requests that a service got within any second."""
        return most_in_any_second([request.at for request in self._log.all(service)])

    def forget(self) -> None:
        """Forget the requests so far."""
        self._log.clear()

    @property
    def _listening(self) -> Listeners:
        if self._listeners is None:
            raise RuntimeError("the demo server is not running; use it in a with statement")
        return self._listeners

    def _base(self, service: DemoService) -> str:
        return f"http://{LOOPBACK}:{self._listening.ports[service]}"

    def _follow_refusals(self) -> None:
        if self._listeners is None:
            return
        for service in self._listeners.ports:
            self._listeners.refuse(service, self.faults.refused(service))

    def _accepted(self, connection: socket.socket, service: DemoService) -> None:
        thread = Thread(
            target=self._serve_connection, args=(connection, service), name=f"demo server {service}", daemon=True
        )
        with self._connections_lock:
            self._connections[connection.fileno()] = _Connection(connection, thread)
        thread.start()

    def _serve_connection(self, connection: socket.socket, service: DemoService) -> None:
        number = connection.fileno()
        sender = Sender(connection, self._closing.wait)
        try:
            with connection.makefile("rb") as stream:
                for request in read_requests(stream, service, connection.sendall):
                    if not sender.send(request, self._answer(request)):
                        break
        except OSError:
            pass  # the client has left, or the demo server is closing
        finally:
            with self._connections_lock:
                self._connections.pop(number, None)
            connection.close()

    def _answer(self, request: ServerRequest) -> ServerReply:
        if request.service is DemoService.CONTROL:
            return control_reply(self, request)
        reply_to, ids_in = _ANSWERS[request.service]
        now = time.monotonic()
        trouble = self.faults.take(request) or self._rate_limited(request, now)
        self._log.add(
            LoggedRequest(
                at=now,
                service=request.service.counted_as,
                method=request.method,
                path=request.path,
                target=request.target,
                host=request.host,
                ids=ids_in(request),
                params=request.params,
                headers={name: value for name, value in request.headers.items() if name in LOGGED_HEADERS},
                trouble=None if trouble is None else _trouble_name(trouble),
            )
        )
        if isinstance(trouble, ServerReply):
            return trouble
        reply = reply_to(self.world, request)
        return trouble.spoil(reply) if trouble else reply

    def _rate_limited(self, request: ServerRequest, now: float) -> ServerReply | None:
        if self.rate_limit is None or request.service is not DemoService.EUTILS:
            return None
        limit = _KEYED_RATE if request.params.get("api_key") else self.rate_limit
        with self._rate_lock:
            while self._recent and now - self._recent[0] >= 1.0:
                self._recent.popleft()
            self._recent.append(now)
            return too_many_requests("2", limit=limit) if len(self._recent) > limit else None


def _trouble_name(trouble: InjectedFault | ServerReply) -> str:
    if isinstance(trouble, InjectedFault):
        return str(trouble.kind)
    return str(trouble.status) if trouble.delivery is Delivery.COMPLETE else str(trouble.delivery)


# The control port, bound to loopback: how another process queries and changes a demo server, JSON over HTTP.


def control_reply(server: DemoServer, request: ServerRequest) -> ServerReply:
    """`GET /__seen`; `POST /__reset`, `/__world`, `/__faults`. What cannot be read is refused with 400.

    `/__world` takes a world as `world_to_json` writes it, or `{"named": NAME}` as `named_world` knows it. `/__faults`
    takes a list of `{"where", "kind", "times", "seconds", "retry_after"}` that replaces the schedule.
    `/__reset` forgets the requests and ends all trouble.
    """
    command = _COMMANDS.get((request.method, request.path))
    if command is None:
        return json_reply({"error": "no such command"}, 404)
    try:
        return json_reply(command(server, json.loads(request.body or b"null")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)


def named_world(name: str) -> World:
    """`naltrexone`, `empty`, or `synthetic:N`.

    Raises:
        ValueError: no such world.
    """
    kind, _, number = name.partition(":")
    match kind:
        case "naltrexone":
            return naltrexone_world()
        case "empty":
            return World()
        case "synthetic":
            return synthetic_world(int(number))
        case _:
            raise ValueError(f"no world is named {name!r}; there are naltrexone, empty and synthetic:N")


def all_addresses(server: DemoServer) -> dict[str, str]:
    """The addresses of a running demo server, by service."""
    return {**server.addresses, "pages": server.pages_url, "control": server.control_url}


def _requests(server: DemoServer, _: Any) -> Any:
    return {"requests": [asdict(request) for request in server.requests]}


def _reset(server: DemoServer, _: Any) -> Any:
    server.forget()
    server.faults.clear()
    return {"done": True}


def _change_world(server: DemoServer, document: Mapping[str, Any]) -> Any:
    server.world = named_world(document["named"]) if "named" in document else world_from(document)
    return {"done": True}


def _change_faults(server: DemoServer, entries: list[Mapping[str, Any]]) -> Any:
    planned = [(str(entry["where"]), _fault(entry), entry.get("times")) for entry in entries]
    server.faults.clear()
    for where, fault, times in planned:
        server.faults.add(where, fault, times)
    return {"done": True}


def _fault(entry: Mapping[str, Any]) -> InjectedFault:
    kind = InjectedFaultKind(entry["kind"])
    return InjectedFault(kind, seconds=float(entry.get("seconds", 1.0)), retry_after=str(entry.get("retry_after", "2")))


_COMMANDS: Mapping[tuple[str, str], Callable[[DemoServer, Any], Any]] = {
    ("GET", "/__seen"): _requests,
    ("POST", "/__reset"): _reset,
    ("POST", "/__world"): _change_world,
    ("POST", "/__faults"): _change_faults,
}


# A demo server as a process of its own, for tests in which several processes share it.

_TIMEOUT_SECONDS = 10.0


class DemoServerProcess:
    """Runs `python -m evidence.demo` and talks to its control port; `urls` has the services' addresses."""

    def __init__(self, world: str = "naltrexone", *, rate_limit: int | None = None) -> None:
        self._command = [sys.executable, "-m", "evidence.demo", "--world", world]
        if rate_limit is not None:
            self._command += ["--rate-limit", str(rate_limit)]
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own interpreter and module
        line = self._process.stdout.readline() if self._process.stdout else ""
        self.urls = json.loads(line)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_TIMEOUT_SECONDS)

    @property
    def environment(self) -> dict[str, str]:
        """The settings under which the tool asks this demo server instead of the real services."""
        return {f"EVIDENCE_{service.upper()}_URL": self.urls[service] for service in _SERVICES}

    def requests(self, service: str | None = None) -> list[dict[str, Any]]:
        """Every request so far, or those of one service, as dictionaries of `LoggedRequest`."""
        requests: list[dict[str, Any]] = self._send("/__seen")["requests"]
        return [request for request in requests if service in (None, request["service"])]

    def most_in_any_second(self, service: str = "eutils") -> int:
        """The largest number of requests that a service got within any second."""
        return most_in_any_second([request["at"] for request in self.requests(service)])

    def reset(self) -> None:
        """Forget the requests and end all trouble."""
        self._send("/__reset", "{}")

    def change_world(self, world: World) -> None:
        """Play another world from now on."""
        self._send("/__world", world_to_json(world))

    def change_faults(self, *planned: dict[str, Any]) -> None:
        """Replace the schedule; each entry has `where` and `kind`, perhaps `times`, `seconds`, `retry_after`."""
        self._send("/__faults", json.dumps(planned))

    def _send(self, path: str, body: str | None = None) -> Any:
        request = Request(self.urls["control"] + path, body.encode() if body is not None else None)  # noqa: S310  # our own loopback port
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310  # as above
            return json.loads(reply.read())
