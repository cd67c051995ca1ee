"""Searchers: what finds the records that a printed citation may be of. Whatever comes back is a candidate, no more.

ECitMatch ignores author and year, answers some lines not at all, and gives one citation's PMID to another where keys
repeat (NBK25499, and reports of its users). So every line gets a key of its own, and only that key and the answer are
read. PubMed is searched with field tags: strictly, many citations in a request, and loosely, one in each; Crossref with
the printed citation itself; and the store by title and author, without any request.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from evidence.matching.text import fold
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Blocked,
    Candidates,
    Cause,
    PrintedPlace,
    SearchOutcome,
    SearchQuery,
    Unavailable,
)
from evidence.model.records import Article
from evidence.model.regex import regex
from evidence.sources import crossref as replies
from evidence.sources.crossref import NAME
from evidence.sources.entrez import Entrez, body_of, found_identifiers, matches_problem, search_problem
from evidence.sources.http.request import Exchanger, Reply, Request

# PubMed's ECitMatch: many citations in one request, found by journal, volume and first page.

BATCH = 100
"""Lines in one request: about 6 kB, and cheap to repeat."""

_QUALIFIER = regex(r"(?<!\s)\s*+[(:=].*")
_PMID = regex(r"[1-9]\d*")


class CitationMatch:
    """ECitMatch as a searcher; never raises for what the service does.

    Args:
        entrez: The E-utilities.
        batch: Citations in one request.
    """

    name = "ECitMatch"

    def __init__(self, entrez: Entrez, *, batch: int = BATCH) -> None:
        self._entrez = entrez
        self._batch = batch

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What PubMed holds at the printed place; nothing for citations without journal, volume and page.

        Where it holds nothing there, the other readings of the place are asked in a second request.
        """
        for start in range(0, len(queries), self._batch):
            part = queries[start : start + self._batch]
            found = self._found([[PrintedPlace(q.journal, q.volume, q.first_page)] for q in part], part)
            missed = [at for at, outcome in enumerate(found) if outcome == Candidates()]
            others = self._found([_other_places(part[at]) for at in missed], [part[at] for at in missed])
            for at, outcome in zip(missed, others, strict=True):
                found[at] = outcome
            yield from found

    def _found(self, places: Sequence[Sequence[PrintedPlace]], queries: Sequence[SearchQuery]) -> list[SearchOutcome]:
        """What is held at the places of each query, `batch` lines in a request; each line has a key of its own."""
        lines: dict[str, str] = {}
        owners: dict[str, int] = {}
        for at, (query, of_query) in enumerate(zip(queries, places, strict=True)):
            for number, place in enumerate(of_query):
                if place.journal and place.volume and place.first_page:
                    key = f"c{at}" if not number else f"c{at}p{number}"
                    lines[key], owners[key] = _line(query, place, key), at
        found: dict[int, dict[Identifier, None]] = defaultdict(dict)
        silent: dict[int, Blocked | Unavailable] = {}
        for keys in (list(lines)[start : start + self._batch] for start in range(0, len(lines), self._batch)):
            body = body_of(self._entrez.match_citations([lines[key] for key in keys], matches_problem))
            matches = _matches(body.decode("utf-8", "replace")) if isinstance(body, bytes) else {}
            for key in keys:
                found[owners[key]] |= dict.fromkeys(Identifier(IdKind.PMID, pmid) for pmid in matches.get(key, ()))
                if not isinstance(body, bytes):
                    silent[owners[key]] = body
        return [silent.get(at) or Candidates(tuple(found[at])) for at in range(len(queries))]


def _other_places(query: SearchQuery) -> list[PrintedPlace]:
    """The other readings of a place; a journal is also asked for without its qualifier, and without full stops."""
    own = PrintedPlace(query.journal, query.volume, query.first_page)
    places = [
        replace(place, journal=name)
        for place in (own, *query.other_places)
        for name in (place.journal, _QUALIFIER.sub("", place.journal), place.journal.replace(".", " "))
    ]
    return list(dict.fromkeys(place for place in places if place != own))


def _line(query: SearchQuery, place: PrintedPlace, key: str) -> str:
    """`journal|year|volume|first page|author|key|`, each field without what would end it or its line."""
    author = f"{query.first_author} {query.initials}".strip()
    fields = (place.journal, str(query.year or ""), place.volume, place.first_page, author, key)
    return "|".join(" ".join(re.sub(r"[|\x00-\x1f\x7f]", " ", field).split()) for field in fields) + "|"


def _matches(text: str) -> dict[str, tuple[str, ...]]:
    """The PMIDs by key: one, several where the place is ambiguous, none for NOT_FOUND."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        *fields, answer = line.strip().split("|")
        pmids = answer.removeprefix("AMBIGUOUS")
        if fields and "NOT_FOUND" not in answer and re.fullmatch(r"[\s\d,;]*", pmids):
            found[fields[-1].strip()] = tuple(_PMID.findall(pmids))
    return found


# PubMed's search.

ENTREZ_MOST_FOUND = 10
TOGETHER = 10
"""Strict queries joined in one request: about 2 kB, and few records for each."""

_WORD = regex(r"[^\W\d_]{4,}")
_PLAIN_PAGE = regex(r"[A-Za-z]{0,4}\d+[A-Za-z]?")
_STRICT_WORDS, _LOOSE_WORDS, _LEAST_WORDS, _MOST_WORDS = 5, 3, 2, 8
# Words of thousands of titles.
_COMMON = frozenset(
    [
        "about",
        "after",
        "among",
        "analysis",
        "associated",
        "association",
        "based",
        "between",
        "case",
        "cases",
        "clinical",
        "comparison",
        "controlled",
        "during",
        "effect",
        "effects",
        "evaluation",
        "following",
        "from",
        "human",
        "into",
        "letter",
        "patient",
        "patients",
        "reply",
        "report",
        "response",
        "results",
        "review",
        "role",
        "some",
        "study",
        "studies",
        "their",
        "therapy",
        "those",
        "through",
        "treatment",
        "trial",
        "under",
        "upon",
        "using",
        "versus",
        "which",
        "with",
        "within",
        "without",
    ]
)
Query = Callable[[SearchQuery], str]


class EntrezSearch:
    """esearch as a searcher; never raises for what the service does.

    Args:
        entrez: The E-utilities.
        query: What is asked for a citation; "" where it offers too little to ask (`strict`, `loose`).
        together: How many citations one request asks for. What is found is offered to each of them, so that only
            queries that find little by themselves can be joined.
    """

    name = "PubMed's search"

    def __init__(self, entrez: Entrez, query: Query, *, together: int = 1) -> None:
        self._entrez = entrez
        self._query = query
        self._together = together

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What PubMed finds, at most `ENTREZ_MOST_FOUND` records for each citation of a request."""
        terms = [self._query(query) for query in queries]
        used = [at for at, term in enumerate(terms) if term]
        found: dict[int, SearchOutcome] = {}
        for start in range(0, len(used), self._together):
            part = used[start : start + self._together]
            finding = search(self._entrez, _either(*(terms[at] for at in part)), ENTREZ_MOST_FOUND * len(part))
            found |= dict.fromkeys(part, finding)
        yield from (found.get(at, Candidates()) for at in range(len(queries)))


def search(entrez: Entrez, term: str, most: int) -> SearchOutcome:
    """The PMIDs that a query finds."""
    body = body_of(entrez.search("pubmed", term, most, search_problem))
    if not isinstance(body, bytes):
        return body
    return Candidates(tuple(Identifier(IdKind.PMID, uid) for uid in found_identifiers(body)[:most]))


def strict(query: SearchQuery) -> str:
    """By the title's distinctive words with the first author, or by author, volume and page."""
    words = telling(query.title)[:_STRICT_WORDS]
    titled = [f"{word}[ti]" for word in words] if len(words) >= _LEAST_WORDS else []
    author, place = _author(query), _place(query)
    return _either(_all(*titled, author) if titled and author else "", _all(*place, author) if place and author else "")


def loose(query: SearchQuery) -> str:
    """By the title's first words, by author and year with a word or the journal, or by journal, volume and page."""
    words = [f"{word}[ti]" for word in telling(query.title)[:_MOST_WORDS]]
    first = [f"{word}[ti]" for word in _telling(query.title)[:_LOOSE_WORDS]]
    author, year = _author(query), f"{query.year - 1}:{query.year + 1}[dp]" if query.year else ""
    journal = f'"{name}"[ta]' if (name := _plain(query.journal)) else ""
    place = _place(query)
    beside = f"({_either(*words)})" if words else journal
    return _either(
        _all(*first) if len(first) == _LOOSE_WORDS else "",
        _all(author, year, beside) if author and year and beside else "",
        _all(journal, *place) if journal and place else "",
    )


def _place(query: SearchQuery) -> tuple[str, ...]:
    if not (_PLAIN_PAGE.fullmatch(query.volume) and _PLAIN_PAGE.fullmatch(query.first_page)):
        return ()
    return f"{query.volume}[vi]", f"{query.first_page}[pg]"


def by_doi(dois: Sequence[str]) -> str:
    """The query for these DOIs; what it finds may be other works and has to say its DOI itself."""
    return _either(*(f'"{doi}"[aid]' for doi in dois if '"' not in doi))


def telling(title: str) -> list[str]:
    """A title's most distinctive words, the longest first, without those of thousands of titles."""
    return sorted(_telling(title), key=len, reverse=True)


def _telling(title: str) -> list[str]:
    """The same words in their order: what is wrongly read as title is at its end."""
    words = dict.fromkeys(fold(word) for word in _WORD.findall(title))
    return [word for word in words if word not in _COMMON]


def _author(query: SearchQuery) -> str:
    family = _plain(query.first_author)
    last = family.rpartition(" ")[2]
    names = [family, last] if last != family and len(last) > 1 else [family]
    term = _either(*(f"{name}[au]" for name in names if name))
    return f"({term})" if len(names) > 1 else term


def _plain(text: str) -> str:
    """Letters and digits with single spaces: nothing that a query could take for its own."""
    return " ".join(re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text.partition("(")[0])).lower()


def _all(*terms: str) -> str:
    return " AND ".join(term for term in terms if term)


def _either(*terms: str) -> str:
    given = [term for term in terms if term]
    return "".join(given) if len(given) < 2 else " OR ".join(f"({term})" if " " in term else term for term in given)


# Crossref's search: `works?query.bibliographic=…&rows=N`.

CROSSREF_MOST_FOUND = 5
_GAP = 0.35  # seconds between searches until Crossref's own headers give its pace; searches cost more than lists
_SHORTEST = 25
"""Characters of a citation below which a search finds anything at all."""


class CrossrefSearch:
    """Crossref's bibliographic search as a searcher; never raises for what the service does.

    Args:
        services: What sends the requests.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    name = "Crossref's search"

    def __init__(self, services: Exchanger, *, base: str, email: str | None = None) -> None:
        self._base = base.rstrip("/")
        self._services = services
        self._email = email
        self._gap = _GAP

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What Crossref finds, at most `CROSSREF_MOST_FOUND` works for each citation."""
        for query in queries:
            yield self._found(query.printed) if len(query.printed) >= _SHORTEST else Candidates()

    def _found(self, printed: str) -> SearchOutcome:
        address = replies.search_address(self._base, printed, CROSSREF_MOST_FOUND, self._email)
        request = Request(address, NAME, self._gap, headers={"Accept": "application/json"})
        outcome = self._services.exchange(request, replies.search_problem)
        if not isinstance(outcome, Reply):
            return outcome
        self._gap = max(replies.rate_limit_gap(outcome.headers, self._gap), _GAP)
        if outcome.status == 400:
            return Unavailable("Crossref refused the search (400)", Cause.HTTP, 400)
        return Candidates(tuple(Identifier(IdKind.DOI, doi) for doi in replies.works_in(outcome)))


# The store.

STORED_MOST_FOUND = 10
_COMMONEST = 200  # records that share a word, from which it finds nothing any more


@dataclass(slots=True)
class _Index:
    """Records by what a citation of them prints."""

    by_word: dict[str, list[Identifier]] = field(default_factory=lambda: defaultdict(list))

    def add(self, article: Article) -> None:
        words = {*telling(article.title), *telling(article.vernacular_title)}
        people = {f"by {fold(author.family)}" for author in article.authors[:1] if author.family}
        place = (
            {f"at {article.volume} {article.pages.partition('-')[0]}"} if article.volume and article.pages else set()
        )
        for word in words | people | place:
            self.by_word[word].append(article.identifier)

    def likest(self, query: SearchQuery) -> tuple[Identifier, ...]:
        """The records that share most with a citation: two things at least."""
        author, place = f"by {fold(query.first_author)}", f"at {query.volume} {query.first_page}"
        shared = Counter[Identifier]()
        for word in (*telling(query.title), author, place):
            holders = self.by_word.get(word, ())
            if len(holders) <= _COMMONEST:
                shared.update(holders)
        return tuple(identifier for identifier, number in shared.most_common(STORED_MOST_FOUND) if number > 1)


class StoredSearch:
    """The stored records as a searcher.

    Args:
        articles: Gives every stored article; called once, when the first citation is looked for.
    """

    name = "the store"

    def __init__(self, articles: Callable[[], Iterable[Article]]) -> None:
        self._articles = articles
        self._index: _Index | None = None

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """Stored records that may be the citation's; not to have stored one says nothing about the work."""
        if queries and self._index is None:
            self._index = _Index()
            for article in self._articles():
                self._index.add(article)
        for query in queries:
            yield Candidates(self._index.likest(query) if self._index else ())


@dataclass(frozen=True, slots=True)
class SkippedSearcher:
    """A searcher that is not asked, with the reason."""

    name: str
    reason: str

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """The reason, for every citation."""
        yield from (Unavailable(self.reason, Cause.OFFLINE) for _ in queries)
