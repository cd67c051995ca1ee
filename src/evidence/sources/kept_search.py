"""The store as a finder: records that earlier runs kept, found by title and author without asking anybody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evidence.compare.fold import fold
from evidence.model.identity import Identifier
from evidence.model.outcomes import Cause, Unavailable
from evidence.model.records import Article
from evidence.model.searches import Candidates, Finding, SearchQuery
from evidence.sources.entrez_search import telling

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

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
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

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
        """The reason, for every citation."""
        yield from (Unavailable(self.reason, Cause.OFFLINE) for _ in wanted)
