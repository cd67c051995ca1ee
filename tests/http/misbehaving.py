"""A loopback HTTP server that plays a script of good and bad replies, and a clock that never waits."""

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Handler"], None]
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only when someone sleeps, or by `tick` seconds each time it is looked at."""

    def __init__(self, tick: float = 0.0) -> None:
        self.passed = 0.0
        self.tick = tick
        self.sleeps: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        with self._lock:
            self.passed += self.tick
            return self.passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self.passed += seconds


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What the server does, request by request; the last behaviour is repeated."""

    behaviours: list[Behaviour]
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_for(self, seen: Seen) -> Behaviour:
        with self.lock:
            self.seen.append(seen)
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Script

    def setup(self) -> None:
        super().setup()
        with self.script.lock:
            self.script.connections += 1

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self.script.next_for(Seen(self.command, self.path, headers, body))(self)
        except OSError:
            self.close_connection = True  # the client has gone, as it should

    def do_POST(self) -> None:
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for name, value in ({"content-length": str(len(body))} | named).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[Script]:
    script = Script(list(behaviours))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler: handler.reply(status, body, **headers)


def ok(body: bytes = b"fine", **headers: str) -> Behaviour:
    return answers(200, body, **headers)


def zipped(body: bytes) -> Behaviour:
    return ok(gzip.compress(body), content_encoding="gzip")


def cut_after(part: bytes, promised: int, **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.reply(200, part, content_length=str(promised), **headers)
        handler.close_connection = True

    return behave


def cut_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\nhello\r\n")
    handler.close_connection = True


def bad_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"no number\r\nhello\r\n")
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def say_nothing(handler: Handler) -> None:
    handler.script.over.wait(10)
    handler.close_connection = True


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    _drip(handler, b"x")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(handler, b"x")


def _drip(handler: Handler, drop: bytes) -> None:
    handler.close_connection = True
    while not handler.script.over.wait(0.002):
        handler.wfile.write(drop)
        handler.wfile.flush()


def huge_header(handler: Handler) -> None:
    handler.reply(200, b"", x_huge="x" * 70_000)
    handler.close_connection = True


def many_headers(handler: Handler) -> None:
    handler.reply(200, b"", **{f"x_{number}": "y" for number in range(300)})
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True
