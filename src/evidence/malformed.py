"""The answer to text that is no identifier of the kind asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is no such identifier, and what to write instead where that can be told."""

    message: str
    suggestion: str | None = None
