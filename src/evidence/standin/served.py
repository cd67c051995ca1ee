"""One reply of the stand-in, before it goes on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


class Manner(StrEnum):
    """How the bytes of a reply go out."""

    WHOLE = "whole"
    CUT = "cut"  # half of the promised bytes, then the connection closes
    DRIP = "drip"  # byte by byte, `pause` seconds apart
    ENDLESS = "endless"  # the body again and again, until the client leaves
    HANG_UP = "hang-up"  # no byte at all, then the connection closes
    RESET = "reset"  # no byte at all, then a TCP reset


@dataclass(frozen=True, slots=True)
class Served:
    """A reply: status, headers, body, and how it is sent. `delay` and `pause` are seconds."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE
    delay: float = 0.0
    pause: float = 0.0


def json_reply(document: Any, status: int = 200) -> Served:
    """A JSON reply."""
    return Served(status, json.dumps(document, ensure_ascii=False).encode(), JSON)


def xml_reply(text: str, status: int = 200) -> Served:
    """An XML reply."""
    return Served(status, text.encode(), XML)
