"""The plainest possible client: one request on a connection of its own, and all that came back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Got:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str, *, form: str | None = None, method: str | None = None, headers: Mapping[str, str] | None = None
) -> Got:
    """Ask once; a form makes it a POST."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    typed = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    connection = HTTPConnection(parts.netloc, timeout=5)
    try:
        wanted = method or ("GET" if form is None else "POST")
        connection.request(wanted, target, form, {**typed, "Connection": "close", **(headers or {})})
        reply = connection.getresponse()
        return Got(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()
