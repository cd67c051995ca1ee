"""A web on loopback that answers by script, byte for byte, and notes what it was asked."""

import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from evidence.http.pages.seen import Routed

Playing = Callable[[socket.socket], None]
Part = bytes | Playing


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    at: float


@dataclass
class ScriptedWeb:
    """Answers by path; each path's answers are played in turn, the last again and again. HEAD has its own."""

    address: str = "127.0.0.1"
    port: int = 0
    answers: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    busiest: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"

    def plays(self, path: str, *parts: Part, method: str = "GET") -> str:
        """Let a path answer so; returns an address for it on a host of the script's own."""
        self.answers[method, path] = list(parts)
        return f"https://www.example.org{path}"

    def route(self, url: str) -> Routed:
        """Every address leads here, whatever its host."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return Routed(f"{self.base}{parts.path}{query}", parts.netloc)

    def targets(self, method: str = "GET") -> list[str]:
        return [asked.target for asked in self.asked if asked.method == method]

    def answer_to(self, asked: Asked) -> Part:
        path = urlsplit(asked.target).path
        with self.lock:
            self.asked.append(asked)
            parts = self.answers.get((asked.method, path)) or [answer(404, b"no such page")]
            return parts.pop(0) if len(parts) > 1 else parts[0]


def answer(status: int = 200, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    kind = "" if any(h.lower().startswith("content-type") for h in headers) else "Content-Type: text/html\r\n"
    lines = "".join(f"{header}\r\n" for header in headers)
    size = "" if status == 204 else f"Content-Length: {len(body) if length is None else length}\r\n"
    return f"HTTP/1.1 {status} Some Phrase\r\n{kind}{size}{lines}\r\n".encode("utf-8", "surrogateescape") + body


def redirect(target: str, status: int = 301, *headers: str) -> bytes:
    return answer(status, b"", f"Location: {target}", *headers)


def page(title: str, *headers: str) -> bytes:
    return answer(200, f"<html><head><title>{title}</title></head><body>text</body></html>".encode(), *headers)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    connection.close()


def then_reset(start: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        time.sleep(0.05)
        reset(connection)

    return play


def then_close(start: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.close()

    return play


def slowly(start: bytes, drop: bytes, pause: float = 0.05) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(200):
            time.sleep(pause)
            connection.sendall(drop)

    return play


def after(seconds: float, reply: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.sendall(reply)

    return play


@contextmanager
def scripted_web(address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[ScriptedWeb]:
    with socket.create_server((address, 0), backlog=256) as listener:
        web = ScriptedWeb(address, listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, web, tls), daemon=True).start()
        try:
            yield web
        finally:
            web.over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, web: ScriptedWeb, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while not web.over.is_set():
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, web, tls), daemon=True).start()


def _serve(connection: socket.socket, web: ScriptedWeb, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            while (asked := _read(connection)) is not None:
                host = asked.headers.get("host", "")
                part = web.answer_to(asked)
                with web.lock:
                    web.busy[host] += 1
                    web.busiest[host] = max(web.busiest[host], web.busy[host])
                try:
                    _play(connection, part)
                finally:
                    with web.lock:
                        web.busy[host] -= 1


def _play(connection: socket.socket, part: Part) -> None:
    if isinstance(part, bytes):
        connection.sendall(part)
    else:
        part(connection)


def _read(connection: socket.socket) -> Asked | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        raw += chunk
    first, *lines = raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    return Asked(method, target, {name.lower(): value.strip() for name, _, value in pairs}, time.monotonic())


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
