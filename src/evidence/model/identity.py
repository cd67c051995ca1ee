"""Identifiers as values. Parsing and printing them is `evidence.identifiers`' work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdKind(StrEnum):
    """Kinds of identifier, in the order in which a reference's own state is decided."""

    SETID = "setid"
    PMID = "pmid"
    PMCID = "pmcid"
    DOI = "doi"
    NCT = "nct"
    URL = "url"


ARTICLES = frozenset({IdKind.PMID, IdKind.PMCID, IdKind.DOI})
"""What articles are identified by."""
LABELS = frozenset({IdKind.SETID})
"""What drug labels are identified by."""
PAGES = frozenset({IdKind.URL})
"""What cited pages are identified by."""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier in canonical form, e.g. `pmid:23359310`.

    `value` holds: SETID a lower-case UUID; PMID digits without leading zeros; PMCID `PMC` and
    digits; DOI lower-case without resolver; NCT `NCT` and eight digits; URL the normalised address.
    """

    kind: IdKind
    value: str

    def __hash__(self) -> int:
        """By the value alone: it tells identifiers apart well enough, and an enum's hash is slow."""
        return hash(self.value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"
