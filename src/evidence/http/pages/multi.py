"""libcurl's multi interface on the operating system's own selector: many transfers, one thread."""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator
from typing import Any

import pycurl

_WANTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class Multi:
    """Transfers in flight. libcurl says which sockets to watch and when to call again; this does so.

    Args:
        connections: connections kept open for reuse, those in use among them.
    """

    def __init__(self, connections: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: float | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)

    def add(self, curl: Any) -> None:
        """Start a transfer."""
        self._multi.add_handle(curl)

    def remove(self, curl: Any) -> None:
        """Take a transfer out, finished or not."""
        self._multi.remove_handle(curl)

    def wait(self, seconds: float) -> Iterator[tuple[Any, int]]:
        """Let things happen for up to `seconds`; the handles that finished, each with libcurl's error number."""
        until_due = None if self._due is None else max(0.0, self._due - time.monotonic())
        for key, mask in self._selector.select(seconds if until_due is None else min(seconds, until_due)):
            events = (pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0
            )
            self._multi.socket_action(key.fd, events)
        if self._due is not None and self._due <= time.monotonic():
            self._due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        yield from self._finished()

    def close(self) -> None:
        """Close every connection."""
        self._multi.close()
        self._selector.close()

    def _finished(self) -> Iterator[tuple[Any, int]]:
        queued = 1
        while queued:
            queued, good, bad = self._multi.info_read()
            yield from ((curl, 0) for curl in good)
            yield from ((curl, code) for curl, code, _message in bad)

    def _on_socket(self, event: int, descriptor: int, _multi: Any, _data: Any) -> None:
        known = descriptor in self._selector.get_map()
        if event == pycurl.POLL_REMOVE:
            if known:
                self._selector.unregister(descriptor)
        elif known:
            self._selector.modify(descriptor, _WANTS[event])
        else:
            self._selector.register(descriptor, _WANTS[event])

    def _on_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
