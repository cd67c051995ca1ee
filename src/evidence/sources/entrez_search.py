"""PubMed searched with field tags: strictly first, many citations in a request, then loosely, one in each.

Each query joins what may find the work in different ways with OR, so that one misread word or number
does not hide it, and PubMed's relevance puts the likeliest first. What is found is a candidate, no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evidence.compare.fold import fold
from evidence.model.identity import Identifier, IdKind
from evidence.model.searches import Candidates, Finding, SearchQuery
from evidence.sources.entrez import Entrez
from evidence.sources.entrez_replies import body_of, found_identifiers, search_problem

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

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
        """What PubMed finds, at most `ENTREZ_MOST_FOUND` records for each citation of a request."""
        terms = [self._query(one) for one in wanted]
        asked = [at for at, term in enumerate(terms) if term]
        found: dict[int, Finding] = {}
        for start in range(0, len(asked), self._together):
            part = asked[start : start + self._together]
            finding = search(self._entrez, _either(*(terms[at] for at in part)), ENTREZ_MOST_FOUND * len(part))
            found |= dict.fromkeys(part, finding)
        yield from (found.get(at, Candidates()) for at in range(len(wanted)))


def search(entrez: Entrez, term: str, most: int) -> Finding:
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
