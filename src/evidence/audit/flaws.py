"""What a verification has to say: what is broken, and what is worth knowing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was recorded.

    `place` is a file and line, or a table and the row's number; `what` and `fix` have no full stop.
    """

    place: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that breaks nothing, and that whoever verifies should know."""

    text: str
