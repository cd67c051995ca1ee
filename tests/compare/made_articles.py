"""Articles and citations made up for the comparer: one ordinary work and its surroundings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evidence.compare.citation import compare
from evidence.compare.verdicts import Comparison
from evidence.model.identity import Identifier, IdKind
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article, Author, Journal

PAIN = Journal("The journal of winter medicine", "J Winter Med", "J Winter Med")


def authors(*names: str) -> tuple[Author, ...]:
    """Authors of "Family XX" texts; what has no initials is a group."""
    made = []
    for name in names:
        family, _, initials = name.rpartition(" ")
        made.append(Author(family, initials=initials) if initials.isupper() else Author(collective=name))
    return tuple(made)


WORK = Article(
    Identifier(IdKind.PMID, "10000001"),
    "Warm socks for the treatment of cold feet: findings of a small, randomized, crossover trial "
    "assessing daily warmth.",
    authors=authors("Winter J", "Nord N", "McFrost R", "de Vries AP"),
    journal=PAIN,
    issued=PartialDate(2013),
    years=(2012, 2013),
    has_article_date=True,
    volume="65",
    issue="2",
    pages="529-38",
)

VANCOUVER = (
    "Winter J, Nord N, McFrost R, de Vries AP. Warm socks for the treatment of cold feet: findings of a small, "
    "randomized, crossover trial assessing daily warmth. J Winter Med. 2013;65(2):529-38."
)


def work(**changes: Any) -> Article:
    """The ordinary work with other facts."""
    return replace(WORK, **changes)


def found(printed: str, article: Article = WORK) -> dict[str, str]:
    """Which fields differ, and how."""
    return {judged.field.value: judged.kind.value for judged in compare(printed, article).differences}


def differing(comparison: Comparison) -> list[str]:
    """The fields that differ."""
    return [judged.field.value for judged in comparison.differences]
