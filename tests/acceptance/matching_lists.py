"""Lists of candidates as finders bring them: the work itself (or not) among its nearest neighbours."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from matching_neighbours import KEYS

from evidence.compare.fold import fold
from evidence.compare.locators import ranges
from evidence.model.records import Article

_PER_KIND = 4


def _title_beginning(article: Article) -> Hashable:
    words = [fold(word) for word in article.title.strip("[]").split()[:4]]
    return tuple(words) if len(words) == 4 or words else None


def _same_title(article: Article) -> Hashable:
    return "".join(filter(str.isalnum, article.title.lower())) or None


def _same_place(article: Article) -> Hashable:
    pages = ranges(article.pages)
    return (article.journal.medline_ta, article.volume, pages[0][0]) if article.volume and pages else None


_KINDS: dict[str, Callable[[Article], Hashable]] = {
    **KEYS,
    "same title beginning": _title_beginning,
    "same title": _same_title,
    "same journal, volume and first page": _same_place,
}


class Neighbourhood:
    """Who of these records is near whom."""

    def __init__(self, records: Iterable[Article]) -> None:
        self.records = list(records)
        self._groups: dict[Hashable, list[Article]] = defaultdict(list)
        self._by_pmid = {article.identifier.value: article for article in self.records}
        self._linked: dict[str, set[str]] = defaultdict(set)
        for article in self.records:
            for name, key in _KINDS.items():
                if (shared := key(article)) is not None:
                    self._groups[name, shared].append(article)
            for notice in article.notices:
                if notice.pmid in self._by_pmid:
                    self._linked[article.identifier.value].add(notice.pmid)
                    self._linked[notice.pmid].add(article.identifier.value)

    def of(self, article: Article, rng: random.Random) -> list[Article]:
        """Its neighbours of every kind (nearest pages first), all linked notices and comments, two random works."""
        found = {number: self._by_pmid[number] for number in self._linked[article.identifier.value]}
        for name, key in _KINDS.items():
            shared = key(article)
            group = self._groups[name, shared] if shared is not None else []
            others = [other for other in group if other is not article]
            near = sorted(others, key=lambda other: (_apart(article, other), other.identifier.value))[:_PER_KIND]
            found |= {other.identifier.value: other for other in near}
        found |= {other.identifier.value: other for other in rng.sample(self.records, 2)}
        return [other for other in found.values() if other is not article]


def _apart(one: Article, other: Article) -> int:
    here, there = ranges(one.pages), ranges(other.pages)
    if not here or not there or not (here[0][0].isdigit() and there[0][0].isdigit()):
        return 1_000_000
    return abs(int(here[0][0]) - int(there[0][0]))
