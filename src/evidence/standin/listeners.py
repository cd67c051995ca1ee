"""The stand-in's ports: one per service on loopback, each of which can be closed and opened again."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Sequence
from threading import Lock, Thread

from evidence.standin.asked import Service

LOOPBACK = "127.0.0.1"
_BACKLOG = 512


class Listeners:
    """Accepts connections for all services in one thread and hands each over with its service."""

    def __init__(self, services: Sequence[Service], accepted: Callable[[socket.socket, Service], None]) -> None:
        self._accepted = accepted
        self._lock = Lock()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._open: dict[tuple[Service, str], socket.socket] = {}
        self._kept: dict[Service, socket.socket] = {}
        self.ports = {service: self._listen(service, LOOPBACK, 0) for service in services}
        self._nowhere = _bound(LOOPBACK, 0)
        self._thread = Thread(target=self._accept, name="stand-in ports", daemon=True)
        self._thread.start()

    @property
    def refusing_port(self) -> int:
        """A port that is ours but refuses every connection."""
        return int(self._nowhere.getsockname()[1])

    def add_address(self, service: Service, address: str) -> None:
        """Listen on another loopback address too, under the same port number.

        Raises:
            OSError: the port is taken there, or the system has no such loopback address.
        """
        with self._lock:
            self._listen(service, address, self.ports[service])

    def refuse(self, service: Service, refused: bool) -> None:
        """Close a service's port, or open it again under the same number.

        A closed port stays bound, so that nobody else on this machine is given it meanwhile.
        """
        with self._lock:
            key = (service, LOOPBACK)
            if refused and key in self._open:
                listener = self._open.pop(key)
                self._selector.unregister(listener)
                listener.close()
                self._kept[service] = _bound(LOOPBACK, self.ports[service])
            elif not refused and service in self._kept:
                self._kept.pop(service).close()
                self._listen(service, LOOPBACK, self.ports[service])

    def close(self) -> None:
        """Stop accepting and close all ports."""
        self._wake.send(b"x")
        self._thread.join()
        with self._lock:
            for listener in self._open.values():
                listener.close()
            self._open.clear()
        for other in (self._wake, self._woken, self._nowhere, *self._kept.values()):
            other.close()
        self._selector.close()

    def _listen(self, service: Service, address: str, port: int) -> int:
        listener = _bound(address, port)
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


def _bound(address: str, port: int) -> socket.socket:
    """A socket that holds a port; until it listens, connections to it are refused."""
    holder = socket.socket()
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, port))
    except OSError:
        holder.close()
        raise
    return holder
