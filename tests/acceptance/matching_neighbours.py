"""Pairs of a work and another work whose identifier could stand beside its citation by mistake."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from evidence.model.records import Article

Pair = tuple[Article, Article]
_PAPER_LINKS = ("ErratumFor", "RetractionOf", "ExpressionOfConcernFor")


def _first_author(article: Article) -> tuple[str, str] | None:
    first = article.authors[0] if article.authors else None
    return (first.family, first.initials) if first and first.family and first.initials else None


def _year(article: Article) -> int | None:
    return article.issued.year if article.issued else None


def _issue(article: Article) -> Hashable:
    return (article.journal.medline_ta, article.volume, article.issue) if article.volume else None


def _journal_year(article: Article) -> Hashable:
    return article.journal.medline_ta, _year(article)


def _author_journal_year(article: Article) -> Hashable:
    first = _first_author(article)
    return (first, article.journal.medline_ta, _year(article)) if first else None


def _series(article: Article) -> Hashable:
    names = tuple((a.family, a.initials) for a in article.authors)
    return (names, _issue(article)) if names and _issue(article) else None


KEYS: dict[str, Callable[[Article], Hashable]] = {
    "same journal issue": _issue,
    "same journal and year": _journal_year,
    "same first author": _first_author,
    "same first author, journal and year": _author_journal_year,
    "all the same authors, same issue": _series,
}


def sharing(
    articles: Iterable[Article], key: Callable[[Article], Hashable], most: int, rng: random.Random
) -> list[Pair]:
    """Pairs of different works that share a key."""
    groups: dict[Hashable, list[Article]] = defaultdict(list)
    for article in articles:
        if (shared := key(article)) is not None:
            groups[shared].append(article)
    pairs = [tuple(rng.sample(group, 2)) for group in groups.values() if len(group) > 1]
    rng.shuffle(pairs)
    return [(one, other) for one, other in pairs[:most]]


def at_random(articles: list[Article], most: int, rng: random.Random) -> list[Pair]:
    """Pairs of any two works."""
    return [(one, other) for one, other in (rng.sample(articles, 2) for _ in range(most))]


def linked(articles: Iterable[Article], *ref_types: str) -> list[Pair]:
    """Pairs of a work that links to another of the given works, and that other."""
    by_pmid = {article.identifier.value: article for article in articles}
    found = [
        (a, by_pmid[n.pmid])
        for a in by_pmid.values()
        for n in a.notices
        if n.ref_type in ref_types and n.pmid in by_pmid
    ]
    return [(one, other) for one, other in found if one is not other]


def notices(articles: Iterable[Article]) -> list[Pair]:
    """Pairs of a notice and its paper."""
    return linked(articles, *_PAPER_LINKS)


def comments(articles: Iterable[Article]) -> list[Pair]:
    """Pairs of a comment and its paper."""
    return linked(articles, "CommentOn")
