"""A small HTTP/1.1 server on asyncio: fast enough not to be what is measured, and counting what is asked."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.request import ProxyHandler, build_opener

_OPENER = build_opener(ProxyHandler({}))
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `address` is the local address that it came to, header names are in lower case."""

    address: str
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, sent `delay` seconds later; a silent one is never sent."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    location: str = ""
    delay: float = 0.0
    silent: bool = False

    def encoded(self, *, bodiless: bool) -> bytes:
        """The bytes for the wire."""
        head = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", f"Content-Type: {self.kind}"]
        head += [f"Content-Length: {len(self.body)}"] + ([f"Location: {self.location}"] if self.location else [])
        return "\r\n".join([*head, "", ""]).encode("latin-1") + (b"" if bodiless else self.body)


class Conversation(asyncio.Protocol):
    """One connection: whole requests in, answers out in their order (clients here never pipeline)."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = transport  # type: ignore[assignment]  # create_server always brings a Transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._reply(first, headers, body)

    def _reply(self, first: str, headers: dict[str, str], body: bytes) -> None:
        if self._transport is None:
            return
        method, target, _ = first.split(" ", 2)
        address = self._transport.get_extra_info("sockname")[0]
        reply = self._answer(Request(address, method, target, headers, body))
        if reply.silent:
            return
        text = reply.encoded(bodiless=method == "HEAD")
        leaving = headers.get("connection", "").lower() == "close"
        asyncio.get_running_loop().call_later(reply.delay, self._send, text, leaving)

    def _send(self, text: bytes, leaving: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(text)
        if leaving:
            self._transport.close()


class Counted:
    """Answers requests through `answer`, counting them under the words that `name` finds for them.

    `GET /__counts` tells the counts, `GET /__reset` forgets them and calls `forget`.
    """

    def __init__(
        self, answer: Callable[[Request], Reply], name: Callable[[Request], str], forget: Callable[[], None]
    ) -> None:
        self._inner = answer
        self._name = name
        self._forget = forget
        self._counts: Counter[str] = Counter()

    def __call__(self, request: Request) -> Reply:
        """The answer to one request."""
        if request.target == "/__counts":
            return Reply(body=json.dumps(self._counts).encode(), kind="application/json")
        if request.target == "/__reset":
            self._counts.clear()
            self._forget()
            return Reply(body=b"{}", kind="application/json")
        self._counts[self._name(request)] += 1
        return self._inner(request)


def serve(answer: Callable[[Request], Reply], addresses: Iterable[str], port: int = 0) -> None:
    """Print the port (taken at the first address, then at all others), then serve until standard input closes."""
    asyncio.run(_serve(answer, list(addresses), port))


async def _serve(answer: Callable[[Request], Reply], addresses: list[str], port: int) -> None:
    loop = asyncio.get_running_loop()
    servers = []
    for address in addresses:
        listener = socket.create_server((address, port), backlog=1024)
        port = listener.getsockname()[1]
        servers.append(await loop.create_server(lambda: Conversation(answer), sock=listener))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    for server in servers:
        server.close()


class Served:
    """One of the servers as a process of its own, so that its CPU time is nobody else's."""

    def __init__(self, script: str, *arguments: str, address: str = "127.0.0.1") -> None:
        self._command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
        self._address = address
        self.port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own script
        self.port = int(self._process.stdout.readline() if self._process.stdout else "")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_PATIENCE)

    @property
    def url(self) -> str:
        """The root of the server."""
        return f"http://{self._address}:{self.port}"

    def reset(self) -> None:
        """Count from nought, and forget what was asked."""
        self._ask("/__reset")

    def counts(self) -> dict[str, int]:
        """The requests so far, by name."""
        return dict(self._ask("/__counts"))

    def _ask(self, path: str) -> Any:
        with _OPENER.open(self.url + path, timeout=_PATIENCE) as reply:
            return json.load(reply)
