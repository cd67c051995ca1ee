"""HTTP/1.1 as the demo server implements it: requests and their log, replies, listening ports, and sending."""

from __future__ import annotations

import gzip
import json
import selectors
import socket
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from http import HTTPStatus
from threading import Lock, Thread
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit


class DemoService(StrEnum):
    """The services that the demo server plays, each on a port of its own so that each can be down alone."""

    EUTILS = "eutils"
    DAILYMED = "dailymed"
    CROSSREF = "crossref"
    DOI = "doi"
    WAYBACK = "wayback"
    TRIALS = "trials"
    PAGES = "pages"  # addresses with http
    SECURE_PAGES = "secure-pages"  # addresses with https, played without TLS
    CONTROL = "control"

    @property
    def counted_as(self) -> str:
        """The name under which requests are counted and faults are scheduled."""
        return str(DemoService.PAGES if self is DemoService.SECURE_PAGES else self)


@dataclass(frozen=True)
class ServerRequest:
    """A request: header names in lower case, `target` as it stood in the request line."""

    service: DemoService
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path with its percent signs resolved."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def params(self) -> Mapping[str, str]:
        """The parameters of address and form body; repeated ones are joined with commas, as Entrez reads them."""
        fields = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            fields += parse_qsl(self.body.decode("latin-1"), keep_blank_values=True)
        joined: dict[str, str] = {}
        for name, value in fields:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "")

    @property
    def url(self) -> str:
        """The address that a page request means, rebuilt from port, Host header and target."""
        scheme = "https" if self.service is DemoService.SECURE_PAGES else "http"
        return f"{scheme}://{self.host}{self.target}"


LOOPBACK = "127.0.0.1"
_BACKLOG = 512


class Listeners:
    """Accepts connections for all services in one thread and hands each over with its service."""

    def __init__(self, services: Sequence[DemoService], accepted: Callable[[socket.socket, DemoService], None]) -> None:
        self._accepted = accepted
        self._lock = Lock()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._open: dict[tuple[DemoService, str], socket.socket] = {}
        self._reserved: dict[DemoService, socket.socket] = {}
        self.ports = {service: self._listen(service, LOOPBACK, 0) for service in services}
        self._refusing = _bound_socket(LOOPBACK, 0)
        self._thread = Thread(target=self._accept, name="demo server ports", daemon=True)
        self._thread.start()

    @property
    def refusing_port(self) -> int:
        """A port that is ours but refuses every connection."""
        return int(self._refusing.getsockname()[1])

    def add_address(self, service: DemoService, address: str) -> None:
        """Listen on another loopback address too, under the same port number.

        Raises:
            OSError: the port is taken there, or the system has no such loopback address.
        """
        with self._lock:
            self._listen(service, address, self.ports[service])

    def refuse(self, service: DemoService, refused: bool) -> None:
        """Close a service's port, or open it again under the same number.

        A closed port stays bound, so that nobody else on this machine is given it meanwhile.
        """
        with self._lock:
            key = (service, LOOPBACK)
            if refused and key in self._open:
                listener = self._open.pop(key)
                self._selector.unregister(listener)
                listener.close()
                self._reserved[service] = _bound_socket(LOOPBACK, self.ports[service])
            elif not refused and service in self._reserved:
                self._reserved.pop(service).close()
                self._listen(service, LOOPBACK, self.ports[service])

    def close(self) -> None:
        """Stop accepting and close all ports."""
        self._wake.send(b"x")
        self._thread.join()
        with self._lock:
            for listener in self._open.values():
                listener.close()
            self._open.clear()
        for unused in (self._wake, self._woken, self._refusing, *self._reserved.values()):
            unused.close()
        self._selector.close()

    def _listen(self, service: DemoService, address: str, port: int) -> int:
        listener = _bound_socket(address, port)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, service)
        self._open[service, address] = listener
        return int(listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                listener = key.fileobj
                try:
                    connection, _ = listener.accept()  # type: ignore[union-attr]  # only sockets are registered
                except OSError:
                    continue  # closed a moment ago, or the client has left already
                connection.setblocking(True)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._accepted(connection, key.data)


def _bound_socket(address: str, port: int) -> socket.socket:
    """A socket that holds a port; until it listens, connections to it are refused."""
    holder = socket.socket()
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, port))
    except OSError:
        holder.close()
        raise
    return holder


LOGGED_HEADERS = (
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


class RequestLog:
    """All requests so far; safe across threads, and each reading is a copy."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[LoggedRequest] = []

    def add(self, request: LoggedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def all(self, service: str | None = None) -> list[LoggedRequest]:
        """Every request, or those of one service, in the order of their arrival."""
        with self._lock:
            return [request for request in self._requests if service in (None, request.service)]

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()


def most_in_any_second(times: list[float]) -> int:
    """The largest number of moments within any second, wherever it begins."""
    ordered = sorted(times)
    most = first = 0
    for at, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, at - first + 1)
    return most


XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


class Delivery(StrEnum):
    """How the bytes of a reply go out."""

    COMPLETE = "whole"
    CUT = "cut"  # half of the promised bytes, then the connection closes
    DRIP = "drip"  # byte by byte, `pause` seconds apart
    ENDLESS = "endless"  # the body again and again, until the client leaves
    HANG_UP = "hang-up"  # no byte at all, then the connection closes
    RESET = "reset"  # no byte at all, then a TCP reset


@dataclass(frozen=True, slots=True)
class ServerReply:
    """A reply: status, headers, body, and how it is sent. `delay` and `pause` are seconds."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.COMPLETE
    delay: float = 0.0
    pause: float = 0.0


def json_reply(document: Any, status: int = 200) -> ServerReply:
    """A JSON reply."""
    return ServerReply(status, json.dumps(document, ensure_ascii=False).encode(), JSON)


def xml_reply(text: str, status: int = 200) -> ServerReply:
    """An XML reply."""
    return ServerReply(status, text.encode(), XML)


_LONGEST_LINE = 65_536
_SMALLEST_ZIPPED = 256
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BODILESS = (204, 304)


def read_requests(stream: BinaryIO, service: DemoService, send: Callable[[bytes], None]) -> Iterator[ServerRequest]:
    """The requests of a connection, until the client closes it, asks to, or sends what is not a request."""
    while line := stream.readline(_LONGEST_LINE):
        words = line.split()
        if not words:
            continue
        if len(words) != 3:
            return
        headers = _read_headers(stream)
        if headers.get("expect", "").lower() == "100-continue":
            send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = stream.read(int(headers.get("content-length", "0")))
        yield ServerRequest(service, words[0].decode("latin-1"), words[1].decode("latin-1"), headers, body)
        if headers.get("connection", "").lower() == "close":
            return


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends replies on one connection. `wait(seconds)` is True when the demo server is closing."""

    connection: socket.socket
    wait: Callable[[float], bool]

    def send(self, request: ServerRequest, reply: ServerReply) -> bool:
        """Send a reply; whether the connection can be used again."""
        if reply.delay and self.wait(reply.delay):
            return False
        if reply.delivery is Delivery.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        if reply.delivery in (Delivery.RESET, Delivery.HANG_UP):
            return False
        bodiless = request.method == "HEAD" or reply.status in _BODILESS
        headers, body = _packed(request.headers, reply)
        head = _head(reply.status, headers)
        if bodiless or reply.delivery is Delivery.COMPLETE:
            self.connection.sendall(head if bodiless else head + body)
            return request.headers.get("connection", "").lower() != "close"
        return self._send_faulty(head, body, reply)

    def _send_faulty(self, head: bytes, body: bytes, reply: ServerReply) -> bool:
        match reply.delivery:
            case Delivery.CUT:
                self.connection.sendall(head + body[: len(body) // 2])
                return False
            case Delivery.ENDLESS:
                self.connection.sendall(head)
                while not self.wait(reply.pause):
                    self.connection.sendall(body or b" ")
                return False
            case _:
                self.connection.sendall(head)
                for at in range(len(body)):
                    if self.wait(reply.pause):
                        return False
                    self.connection.sendall(body[at : at + 1])
                return True


def _packed(request_headers: Mapping[str, str], reply: ServerReply) -> tuple[dict[str, str], bytes]:
    """The reply's headers and body, zipped when the client takes that and it is worth it."""
    headers = {"Content-Type": reply.content_type} if reply.content_type else {}
    body = reply.body
    plain = "Content-Encoding" not in reply.headers and reply.delivery is not Delivery.ENDLESS
    if plain and len(body) >= _SMALLEST_ZIPPED and "gzip" in request_headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if reply.delivery is Delivery.ENDLESS:
        headers["Connection"] = "close"
    elif reply.status not in _BODILESS:
        headers["Content-Length"] = str(len(body))
    return {**headers, **reply.headers}, body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    reason = HTTPStatus(status).phrase if status in tuple(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")
