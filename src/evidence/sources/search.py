"""PubMed's ECitMatch: many citations in one request, found by journal, volume and first page.

It ignores author and year, answers some lines not at all, and gives one citation's PMID to another
where keys repeat (NBK25499, and reports of its users). So every line gets a key of its own, only that
key and the answer are read, and a PMID that comes back is a candidate, no more.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.matching.text import fold
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Candidates, Cause, SearchOutcome, SearchQuery, Unavailable
from evidence.model.records import Article
from evidence.sources import crossref as replies
from evidence.sources.crossref import NAME, SERVICE
from evidence.sources.entrez import Entrez, body_of, found_identifiers, matches_problem, search_problem
from evidence.sources.http.request import Exchanger, Reply, Request

# PubMed's ECitMatch: many citations in one request, found by journal, volume and first page.

BATCH = 100
"""Lines in one request: about 6 kB, and cheap to repeat."""

_QUALIFIER = re.compile(r"(?<!\s)\s*+[(:=].*")
_PMID = re.compile(r"[1-9]\d*")


class CitationMatch:
    """ECitMatch as a finder; never raises for weather.

    Args:
        entrez: The E-utilities.
        batch: Citations in one request.
    """

    name = "ECitMatch"

    def __init__(self, entrez: Entrez, *, batch: int = BATCH) -> None:
        self._entrez = entrez
        self._batch = batch

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What PubMed holds at the printed place; nothing for citations without journal, volume and page."""
        for start in range(0, len(wanted), self._batch):
            part = wanted[start : start + self._batch]
            lines = {f"c{at}": _line(one, f"c{at}") for at, one in enumerate(part) if _is_placed(one)}
            yield from self._found(part, lines) if lines else (Candidates() for _ in part)

    def _found(self, part: Sequence[SearchQuery], lines: Mapping[str, str]) -> Iterator[SearchOutcome]:
        outcome = body_of(self._entrez.match_citations(list(lines.values()), matches_problem))
        if not isinstance(outcome, bytes):
            yield from (outcome if f"c{at}" in lines else Candidates() for at in range(len(part)))
            return
        matches = _matches(outcome.decode("utf-8", "replace"))
        for at in range(len(part)):
            yield Candidates(tuple(Identifier(IdKind.PMID, pmid) for pmid in matches.get(f"c{at}", ())))


def _is_placed(one: SearchQuery) -> bool:
    return bool(one.journal and one.volume and one.first_page)


def _line(one: SearchQuery, key: str) -> str:
    author = f"{one.first_author} {one.initials}".strip()
    journal = _QUALIFIER.sub("", one.journal)
    fields = (journal, str(one.year or ""), one.volume, one.first_page, author, key)
    return "|".join(_plain_citation_match(field) for field in fields) + "|"


def _plain_citation_match(field: str) -> str:
    """A field without what would end it or its line."""
    return " ".join(re.sub(r"[|\x00-\x1f\x7f]", " ", field).split())


def _matches(text: str) -> dict[str, tuple[str, ...]]:
    """The PMIDs by key: one, several where the place is ambiguous, none for NOT_FOUND."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        *fields, answer = line.strip().split("|")
        told = answer.removeprefix("AMBIGUOUS")
        if fields and "NOT_FOUND" not in answer and re.fullmatch(r"[\s\d,;]*", told):
            found[fields[-1].strip()] = tuple(_PMID.findall(told))
    return found


# Crossref searched with the printed citation itself: `works?query.bibliographic=…&rows=N`.

CROSSREF_MOST_FOUND = 5
_GAP = 0.35  # seconds between searches until Crossref's own headers tell its pace; searches are dearer than lists
_SHORTEST = 25
"""Characters of a citation below which a search finds anything at all."""


class CrossrefSearch:
    """Crossref's bibliographic search as a finder; never raises for weather.

    Args:
        services: What sends the requests.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    name = "Crossref's search"

    def __init__(self, services: Exchanger, *, base: str = SERVICE.address, email: str | None = None) -> None:
        self._base = base.rstrip("/")
        self._services = services
        self._email = email
        self._gap = _GAP

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What Crossref finds, at most `CROSSREF_MOST_FOUND` works for each citation."""
        for one in wanted:
            yield self._found(one.printed) if len(one.printed) >= _SHORTEST else Candidates()

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


# PubMed searched with field tags: strictly first, many citations in a request, then loosely, one in each.

ENTREZ_MOST_FOUND = 10
TOGETHER = 10
"""Strict queries joined in one request: about 2 kB, and few records for each."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_PLAIN_PAGE = re.compile(r"[A-Za-z]{0,4}\d+[A-Za-z]?")
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
    """esearch as a finder; never raises for weather.

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

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """What PubMed finds, at most `ENTREZ_MOST_FOUND` records for each citation of a request."""
        terms = [self._query(one) for one in wanted]
        asked = [at for at, term in enumerate(terms) if term]
        found: dict[int, SearchOutcome] = {}
        for start in range(0, len(asked), self._together):
            part = asked[start : start + self._together]
            finding = search(self._entrez, _either(*(terms[at] for at in part)), ENTREZ_MOST_FOUND * len(part))
            found |= dict.fromkeys(part, finding)
        yield from (found.get(at, Candidates()) for at in range(len(wanted)))


def search(entrez: Entrez, term: str, most: int) -> SearchOutcome:
    """The PMIDs that a query finds."""
    body = body_of(entrez.search("pubmed", term, most, search_problem))
    if not isinstance(body, bytes):
        return body
    return Candidates(tuple(Identifier(IdKind.PMID, uid) for uid in found_identifiers(body)[:most]))


def strict(one: SearchQuery) -> str:
    """By the title's telling words with the first author, or by author, volume and page."""
    words = telling(one.title)[:_STRICT_WORDS]
    titled = [f"{word}[ti]" for word in words] if len(words) >= _LEAST_WORDS else []
    author, place = _author(one), _place(one)
    return _either(_all(*titled, author) if titled and author else "", _all(*place, author) if place and author else "")


def loose(one: SearchQuery) -> str:
    """By the title's first words, by author and year with a word or the journal, or by journal, volume and page."""
    words = [f"{word}[ti]" for word in telling(one.title)[:_MOST_WORDS]]
    first = [f"{word}[ti]" for word in _telling(one.title)[:_LOOSE_WORDS]]
    author, year = _author(one), f"{one.year - 1}:{one.year + 1}[dp]" if one.year else ""
    journal = f'"{name}"[ta]' if (name := _plain(one.journal)) else ""
    place = _place(one)
    beside = f"({_either(*words)})" if words else journal
    return _either(
        _all(*first) if len(first) == _LOOSE_WORDS else "",
        _all(author, year, beside) if author and year and beside else "",
        _all(journal, *place) if journal and place else "",
    )


def _place(one: SearchQuery) -> tuple[str, ...]:
    if not (_PLAIN_PAGE.fullmatch(one.volume) and _PLAIN_PAGE.fullmatch(one.first_page)):
        return ()
    return f"{one.volume}[vi]", f"{one.first_page}[pg]"


def by_doi(dois: Sequence[str]) -> str:
    """The query for these DOIs; what it finds may be other works and has to say its DOI itself."""
    return _either(*(f'"{doi}"[aid]' for doi in dois if '"' not in doi))


def telling(title: str) -> list[str]:
    """A title's words that tell most, the longest first, without those of thousands of titles."""
    return sorted(_telling(title), key=len, reverse=True)


def _telling(title: str) -> list[str]:
    """The same words as they stand: what is wrongly read as title stands at its end."""
    words = dict.fromkeys(fold(word) for word in _WORD.findall(title))
    return [word for word in words if word not in _COMMON]


def _author(one: SearchQuery) -> str:
    family = _plain(one.first_author)
    last = family.rpartition(" ")[2]
    names = [family, last] if last != family and len(last) > 1 else [family]
    asked = _either(*(f"{name}[au]" for name in names if name))
    return f"({asked})" if len(names) > 1 else asked


def _plain(text: str) -> str:
    """Letters and digits with single spaces: nothing that a query could take for its own."""
    return " ".join(re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text.partition("(")[0])).lower()


def _all(*terms: str) -> str:
    return " AND ".join(term for term in terms if term)


def _either(*terms: str) -> str:
    given = [term for term in terms if term]
    return "".join(given) if len(given) < 2 else " OR ".join(f"({term})" if " " in term else term for term in given)


# The store as a finder: records that earlier runs kept, found by title and author without asking anybody.

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

    def likest(self, one: SearchQuery) -> tuple[Identifier, ...]:
        """The records that share most with a citation: two things at least."""
        author, place = f"by {fold(one.first_author)}", f"at {one.volume} {one.first_page}"
        shared = Counter[Identifier]()
        for word in (*telling(one.title), author, place):
            holders = self.by_word.get(word, ())
            if len(holders) <= _COMMONEST:
                shared.update(holders)
        return tuple(identifier for identifier, number in shared.most_common(STORED_MOST_FOUND) if number > 1)


class KeptSearch:
    """The kept records as a finder.

    Args:
        kept: Gives every kept article; called once, when the first citation is looked for.
    """

    name = "the store"

    def __init__(self, kept: Callable[[], Iterable[Article]]) -> None:
        self._kept = kept
        self._index: _Index | None = None

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """Kept records that may be the citation's; not to have kept one says nothing about the work."""
        if wanted and self._index is None:
            self._index = _Index()
            for article in self._kept():
                self._index.add(article)
        for one in wanted:
            yield Candidates(self._index.likest(one) if self._index else ())


@dataclass(frozen=True, slots=True)
class SkippedSearcher:
    """A finder that is not asked, with the reason."""

    name: str
    reason: str

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """The reason, for every citation."""
        yield from (Unavailable(self.reason, Cause.OFFLINE) for _ in wanted)
