"""Edits of a text at known positions, and the text with them made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The characters from `start` to `end` (code points from 0) become `text`; equal ends insert.

    `about` says which entry and field it is for. An edit that `yields` prepares its place for what other edits
    write behind it; `settled` leaves it out where another edit replaces that place.
    """

    start: int
    end: int
    text: str
    about: str = ""
    yields: bool = False


def place(edit: Edit) -> tuple[int, int]:
    """Where an edit stands; edits at one place keep their order."""
    return edit.start, edit.end


def settled(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order of place, each that yields made once, and only where no other edit replaces what it does."""
    given = list(edits)
    firm = [edit for edit in given if not edit.yields]
    yielding = {place(edit): edit for edit in given if edit.yields}.values()
    kept = [edit for edit in yielding if not any(one.start < edit.end and edit.start < one.end for one in firm)]
    return sorted([*firm, *kept], key=place)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; linear in its length.

    Raises:
        ValueError: two edits overlap.
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=place):
        if edit.start < at:
            raise ValueError(f"edits overlap at {edit.start}: {edit.about}")
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)
