"""A deadline for a whole request, its headers and body included, inside `requests`.

The read timeout of `requests` starts anew with every packet, so a server that sends a byte now and
then holds a request for ever; and `http.client` fills its buffers, so no loop of ours runs meanwhile.
Here the reply is read through a stream that looks at the clock before each packet.
"""

from __future__ import annotations

import http.client
import io
import socket
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from evidence.ports import Clock


class Stopwatch:
    """How long the reply to the request under way may still take. One per session, for one thread at a time."""

    def __init__(self, clock: Clock, read: float) -> None:
        self._clock = clock
        self._read = read
        self._deadline = 0.0
        self.last_status: int | None = None

    def start(self, seconds: float) -> None:
        """A new request begins, which may take this long."""
        self._deadline = self._clock.monotonic() + seconds
        self.last_status = None

    def patience(self) -> float:
        """Seconds to wait for the next packet; raises TimeoutError when the request's time is over."""
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        return min(self._read, left)


class _TimedReads(io.RawIOBase):
    """A socket's stream that sets the socket's timeout before each read."""

    def __init__(self, sock: socket.socket, watch: Stopwatch) -> None:
        self._sock = sock
        self._watch = watch
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._watch.patience())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """The one thing that `http.client.HTTPResponse` asks of a socket."""

    def __init__(self, sock: socket.socket, watch: Stopwatch) -> None:
        self._sock = sock
        self._watch = watch

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock, self._watch))


def _timed_pools(watch: Stopwatch) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose replies are read under this watch."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(cast("socket.socket", _TimedSocket(sock, watch)), *args, **kwargs)

        def _read_status(self) -> tuple[str, int, str]:
            # A proxy's answer to CONNECT is told in no other way: `http.client` puts it into a text.
            version, status, phrase = super()._read_status()  # type: ignore[misc]  # missing in typeshed
            watch.last_status = status
            return version, status, phrase

    class Connection(HTTPConnection):
        response_class = Response

    class SecureConnection(HTTPSConnection):
        response_class = Response

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


class TimedAdapter(HTTPAdapter):
    """`requests`' transport, under a stopwatch and without retries of its own."""

    def __init__(self, watch: Stopwatch) -> None:
        self._pools = _timed_pools(watch)
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of our kind."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        """Make the pools for a proxy, of our kind; a SOCKS proxy keeps its own."""
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        if type(manager) is ProxyManager:
            manager.pool_classes_by_scheme = self._pools
        return manager
