"""HTTP/1.1 on one connection: reading requests, sending replies in good and in bad manners."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from evidence.standin.asked import ServerRequest, Service
from evidence.standin.served import Manner, Served

_LONGEST_LINE = 65_536
_SMALLEST_ZIPPED = 256
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BODILESS = (204, 304)


def read_requests(stream: BinaryIO, service: Service, send: Callable[[bytes], None]) -> Iterator[ServerRequest]:
    """The requests of a connection, until the client closes it, asks to, or sends what is no request."""
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
    """Sends replies on one connection. `wait(seconds)` is True when the stand-in is closing."""

    connection: socket.socket
    wait: Callable[[float], bool]

    def send(self, asked: ServerRequest, reply: Served) -> bool:
        """Send a reply; whether the connection can be used again."""
        if reply.delay and self.wait(reply.delay):
            return False
        if reply.manner is Manner.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        if reply.manner in (Manner.RESET, Manner.HANG_UP):
            return False
        bodiless = asked.method == "HEAD" or reply.status in _BODILESS
        headers, body = _packed(asked.headers, reply)
        head = _head(reply.status, headers)
        if bodiless or reply.manner is Manner.WHOLE:
            self.connection.sendall(head if bodiless else head + body)
            return asked.headers.get("connection", "").lower() != "close"
        return self._send_badly(head, body, reply)

    def _send_badly(self, head: bytes, body: bytes, reply: Served) -> bool:
        match reply.manner:
            case Manner.CUT:
                self.connection.sendall(head + body[: len(body) // 2])
                return False
            case Manner.ENDLESS:
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


def _packed(asked: Mapping[str, str], reply: Served) -> tuple[dict[str, str], bytes]:
    """The reply's headers and body, zipped when the client takes that and it is worth it."""
    headers = {"Content-Type": reply.content_type} if reply.content_type else {}
    body = reply.body
    plain = "Content-Encoding" not in reply.headers and reply.manner is not Manner.ENDLESS
    if plain and len(body) >= _SMALLEST_ZIPPED and "gzip" in asked.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if reply.manner is Manner.ENDLESS:
        headers["Connection"] = "close"
    elif reply.status not in _BODILESS:
        headers["Content-Length"] = str(len(body))
    return {**headers, **reply.headers}, body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    reason = HTTPStatus(status).phrase if status in tuple(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")
