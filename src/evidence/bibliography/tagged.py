"""Lines of a tag and a value, as RIS and NBIB have them."""

from __future__ import annotations

from collections.abc import Iterable

Line = tuple[str, str]
"""A tag and its value on one line; a line without a value is left out."""


def record(lines: Iterable[Line], width: int) -> str:
    """One record, its tags padded to `width`."""
    return "".join(f"{tag:<{width}}- {value}\n" for tag, value in lines if value)
