"""What the form of a printed citation may be found to have, and what every look at it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.model.policy import HouseStyle, Severity

NAMES = {
    HouseStyle.AMA: "AMA",
    HouseStyle.NLM: "NLM",
    HouseStyle.APA: "APA",
    HouseStyle.CHICAGO: "Chicago",
    HouseStyle.NONE: "no style",
}
"""The styles as people call them."""

FILLER = "\ufffc"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b10\.\d{4,9}/\S+|[^\s@]{1,64}@[^\s@]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Respelling:
    """The characters from `start` to `end` of a citation become `text`."""

    start: int
    end: int
    text: str

    def clashes(self, other: Respelling) -> bool:
        """Whether two edits want the same characters; edits that only touch do not, nor do two that are the same."""
        if self == other:
            return False
        if self.start == self.end == other.start == other.end:
            return True
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing about a citation's form that its style prints otherwise.

    `at` is where it stands in the text, `printed` the characters that show it; with `kind` they are what the finding
    rests on. `better` is how it would be printed, `edits` what makes it so. `theme` is set where a whole list may have
    the same form on purpose.
    """

    kind: str
    at: int
    printed: str
    message: str
    better: str | None = None
    edits: tuple[Respelling, ...] = ()
    theme: str = ""
    severity: Severity | None = None

    @property
    def fact(self) -> str:
        """What a finding of it rests on."""
        return f"{self.kind}: {self.printed}"


ANY = "any theme"


@dataclass(frozen=True, slots=True)
class SlipCheck:
    """What one rule says of a citation that has the form in question (None stands for one that has not).

    `against` are the themes that it shows not to be the whole list's way; a slip speaks against all others' themes.
    """

    slips: tuple[Slip, ...] = ()
    against: frozenset[str] = frozenset({ANY})

    def concerns(self, theme: str) -> bool:
        """Whether this citation could have had the form that a theme is about."""
        return bool(self.slips) or ANY in self.against or theme in self.against


CONFORMS = SlipCheck()
"""The citation has the form in question, and has it right."""


def without_addresses(text: str) -> str:
    """The text with its addresses, DOIs and mail addresses made unreadable, of the same length."""
    return _ADDRESS.sub(lambda found: FILLER * len(found[0]), text)


def around(text: str, first: int, behind: int, more: int = 20) -> str:
    """Some characters with the word before and the one behind them."""
    left = text.rfind(" ", max(0, first - more), max(0, first)) + 1 or max(0, first - more)
    right = text.find(" ", behind, behind + more)
    return text[left : right if right >= 0 else min(len(text), behind + more)].strip()
