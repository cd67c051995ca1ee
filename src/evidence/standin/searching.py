"""The stand-in's searches: PubMed's field tags, ECitMatch's places, Crossref's free text, over a world's articles.

A subset of what the services do, true in shape: `[ti]`, `[au]`, `[1au]`, `[dp]` (a year, or a range of years), `[ta]`,
`[vi]`, `[ip]`, `[pg]`, `[aid]`, `[doi]`, `[uid]`, joined with AND, OR and brackets. Ranking is simpler than theirs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evidence.compare.fold import fold
from evidence.standin.facts import ArticleFacts
from evidence.standin.world import World

_WORD = r'[^()\[\]"\s]{1,200}+'
_TOKEN = re.compile(
    rf'(?<!\s)\s*+(?:(?P<mark>[()])|(?P<join>AND|OR)\b|(?P<term>"[^"]*"|{_WORD}(?:\s++{_WORD}){{0,50}}+)'
    r"\s*+\[(?P<tag>[\w ]+)\])"
)
_MARKUP = re.compile(r"<[^>]+>|&\w+;")
_WORDS = re.compile(r"[^\W_]+")
_LIKE = 3
"""Words that a work shares with a citation, from which Crossref's search finds it."""

Index = Mapping[tuple[str, str], frozenset[str]]


def found_by(world: World, query: str) -> list[str]:
    """The PMIDs that a query finds, those that share most with it first."""
    index = _index(world)
    if "[" not in query:
        return [query.strip()] if query.strip() in world.articles else []
    tokens = [found.groupdict() for found in _TOKEN.finditer(query)]
    found = _Reader(index, tokens).either() if tokens else frozenset()
    shared = Counter[str]()
    for token in tokens:
        if token["term"]:
            shared.update(_term(index, token["term"], token["tag"]) & found)
    return sorted(found, key=lambda pmid: (-shared[pmid], -int(pmid)))


class _Reader:
    """Reads `a AND (b OR c)` from left to right; a joint that is missing is AND, as for PubMed."""

    def __init__(self, index: Index, tokens: Sequence[Mapping[str, str]]) -> None:
        self._index = index
        self._tokens = list(tokens)

    def either(self) -> frozenset[str]:
        found = self._both()
        while self._take("join", "OR"):
            found |= self._both()
        return found

    def _both(self) -> frozenset[str]:
        found = self._one()
        while self._take("join", "AND") or (self._tokens and (self._next("term") or self._next("mark") == "(")):
            found &= self._one()
        return found

    def _one(self) -> frozenset[str]:
        if self._take("mark", "("):
            found = self.either()
            self._take("mark", ")")
            return found
        if self._tokens and self._next("term"):
            token = self._tokens.pop(0)
            return _term(self._index, token["term"], token["tag"])
        if self._tokens:
            self._tokens.pop(0)
        return frozenset()

    def _next(self, kind: str) -> str:
        return self._tokens[0][kind] or "" if self._tokens else ""

    def _take(self, kind: str, value: str) -> bool:
        if self._next(kind) != value:
            return False
        self._tokens.pop(0)
        return True


def _term(index: Index, term: str, tag: str) -> frozenset[str]:
    text, tag = term.strip(' "'), tag.lower()
    if tag == "dp":
        first, _, last = text.partition(":")
        years = range(int(first), int(last or first) + 1) if first.isdigit() and (last or first).isdigit() else ()
        return frozenset[str]().union(*(index.get(("dp", str(year)), frozenset()) for year in years))
    if tag == "ti":
        words = [index.get(("ti", fold(word)), frozenset()) for word in _WORDS.findall(text)]
        return frozenset.intersection(*words) if words else frozenset()
    return index.get((tag, _key(text)), frozenset())


def _key(text: str) -> str:
    return "".join(fold(word) for word in _WORDS.findall(text))


@lru_cache(8)
def _index_of(world: _ById) -> Index:
    index: dict[tuple[str, str], set[str]] = defaultdict(set)
    for article in world.world.articles.values():
        for tag, value in _fields(article):
            index[tag, value].add(article.pmid)
    return {key: frozenset(pmids) for key, pmids in index.items()}


class _ById:
    """A world as a key: worlds hold mappings, which have no hash."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __hash__(self) -> int:
        return id(self.world)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.world is self.world


def _index(world: World) -> Index:
    return _index_of(_ById(world))


def _fields(article: ArticleFacts) -> Iterable[tuple[str, str]]:
    yield from (("ti", fold(word)) for word in _WORDS.findall(_plain(article.title)))
    for at, author in enumerate(article.authors):
        for name in (author.family, f"{author.family} {author.initials}"):
            yield "au", _key(name)
            if at == 0:
                yield "1au", _key(name)
    yield from (("dp", year) for year in re.findall(r"\b\d{4}\b", article.pub_date))
    if article.article_date:
        yield "dp", str(article.article_date.year)
    yield from (("ta", _key(name)) for name in _journal_names(article))
    yield from (("vi", _key(article.volume)), ("ip", _key(article.issue)), ("pg", _key(_first_page(article))))
    yield from (("uid", article.pmid), ("pmid", article.pmid), ("aid", _key(article.doi)), ("doi", _key(article.doi)))


def _journal_names(article: ArticleFacts) -> tuple[str, ...]:
    return tuple(filter(None, (article.journal.title, article.journal.iso, article.journal.medline_ta)))


def _first_page(article: ArticleFacts) -> str:
    return re.split(r"[-,;]", article.pages)[0]


def _plain(text: str) -> str:
    return _MARKUP.sub(" ", text)


def at_place(world: World, journal: str, volume: str, page: str) -> str:
    """ECitMatch's answer about a place: its PMID, several of them, or why there is none; authors do not matter."""
    index = _index(world)
    here = index.get(("ta", _key(journal)))
    if not here:
        return "NOT_FOUND;INVALID_JOURNAL"
    found = here & index.get(("vi", _key(volume)), frozenset()) & index.get(("pg", _key(page)), frozenset())
    if not found:
        return "NOT_FOUND"
    return next(iter(found)) if len(found) == 1 else f"AMBIGUOUS {','.join(sorted(found))}"


def likest(world: World, citation: str) -> tuple[str, ...]:
    """The DOIs of the works that share most words with a citation, the likeliest first."""
    asked = {fold(word) for word in _WORDS.findall(citation)}
    shared = {doi: len(asked & words) for doi, words in _words_by_doi(world)}
    likely = (doi for doi, number in shared.items() if number >= _LIKE)
    return tuple(sorted(likely, key=lambda doi: (-shared[doi], doi)))


def _words_by_doi(world: World) -> Iterable[tuple[str, set[str]]]:
    for doi, article in world.by_doi.items():
        people = " ".join(author.family or author.collective for author in article.authors)
        told = (
            _plain(article.title),
            people,
            *_journal_names(article),
            article.volume,
            article.pages,
            article.pub_date,
        )
        yield doi, {fold(word) for word in _WORDS.findall(" ".join(told))}
    for doi, work in world.works.items():
        yield doi, {fold(word) for word in _WORDS.findall(_told(work))}


def _told(work: Any) -> str:
    """All the text of a Crossref message."""
    if isinstance(work, Mapping):
        return " ".join(map(_told, work.values()))
    return " ".join(map(_told, work)) if isinstance(work, list | tuple) else str(work)
