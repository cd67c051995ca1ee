"""Looking for the work that a printed citation names: what its finders are told, and what they offer."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.model.identity import Identifier
from evidence.model.outcomes import Blocked, Unavailable


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A printed citation as far as it can be read without a record; "" and None where nothing could be read.

    `printed` is the text without list number, markup and identifiers. `first_author` is a family name,
    `first_page` the page or article number as printed. All of it is a guess: it serves to find
    candidates, never to judge them.
    """

    printed: str
    first_author: str = ""
    initials: str = ""
    title: str = ""
    journal: str = ""
    year: int | None = None
    volume: str = ""
    first_page: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a finder that answered holds to be possible: identifiers, the likeliest first; none is an answer too."""

    candidates: tuple[Identifier, ...] = ()


Finding = Candidates | Blocked | Unavailable
"""What came of asking one finder about one citation; silence is never "no match"."""
