"""What came of looking for the work that a printed citation without identifier names."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.model.records import Article


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that the citation may be of.

    `score` (0 to 1) says how well the citation, read by the record, agrees with it; `agrees` and `differs` name
    the fields (title, authors, year, journal, volume, pages) that made it.
    """

    record: Article
    score: float
    agrees: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """One record alone is what the citation names."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records, or one that is not sure enough: a person decides. The likeliest first, never empty."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Everybody who could be asked was asked, and nothing that they offered is the work."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nobody who could be asked answered, so nothing is known; `reason` says why."""

    reason: str


Match = Matched | Ambiguous | Unmatched | Unasked
