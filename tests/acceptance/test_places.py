"""Real records printed without identifier, in six layouts, matched through ECitMatch alone.

The ECitMatch is one that holds all records by journal, volume and first page, whatever the spelling of the journal.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict

import pytest

from acceptance.citations import SIX_STYLES, articles
from evidence.matching.match import MatchSources, match_all
from evidence.matching.text import fold
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Candidates, Found, Matched
from evidence.model.records import Article
from evidence.sources.http.request import Reply, Request
from evidence.sources.search import CitationMatch
from fakes import FakeServices, FakeSource, entrez_with, form_of, reply

pytestmark = pytest.mark.acceptance

NUMBER = 1000
_WORD = re.compile(r"[^\W_]+")
Key = tuple[str, str, str]


def key(*fields: str) -> Key:
    journal, volume, page = ("".join(map(fold, _WORD.findall(text))) for text in fields)
    return journal, volume, page


def keys(article: Article) -> set[Key]:
    """The places at which a record is held."""
    first_page = re.split(r"[-,;]", article.pages)[0]
    names = filter(None, (article.journal.title, article.journal.iso, article.journal.medline_ta))
    return {key(name, article.volume, first_page) for name in names}


class World:
    """Every record that has a place, and those whose place no other record has."""

    def __init__(self) -> None:
        self.held: dict[Key, list[Article]] = defaultdict(list)
        placed = [article for article in articles() if article.volume and article.pages and article.title]
        for article in placed:
            for at in keys(article):
                self.held[at].append(article)
        self.alone = [article for article in placed if all(len(self.held[at]) == 1 for at in keys(article))]
        records = {article.identifier: Found(article) for article in placed}
        self.sources = MatchSources(
            searchers=(CitationMatch(entrez_with(FakeServices(self.ecitmatch))),),
            records={IdKind.PMID: FakeSource("pubmed", records)},
            pmids_of_dois=lambda _dois: Candidates(),
        )

    def ecitmatch(self, request: Request) -> Reply:
        return reply("".join(f"{line}{self._answer(line)}\n" for line in form_of(request)["bdata"].split("\r")))

    def _answer(self, line: str) -> str:
        journal, _, volume, page, *_ = line.split("|")
        found = [article.identifier.value for article in self.held.get(key(journal, volume, page), ())]
        return "NOT_FOUND" if not found else found[0] if len(found) == 1 else f"AMBIGUOUS {','.join(found)}"

    def found(self, sample: list[Article], style: str) -> Counter[str]:
        """How many of the records, printed in a style, are matched with themselves, and how many with another."""
        matches = match_all([SIX_STYLES[style](article) for article in sample], self.sources, lambda _done, _of: None)
        outcomes = Counter[str]()
        for article, match in zip(sample, matches, strict=True):
            if isinstance(match, Matched):
                outcomes["own" if match.candidate.record.identifier == article.identifier else "another"] += 1
            else:
                outcomes[type(match).__name__] += 1
        sys.stdout.write(f"{style}: {dict(outcomes)}\n")
        return outcomes


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("style", SIX_STYLES)
def test_bare_prints_find_their_own_pmid(style: str, world: World) -> None:
    found = world.found(random.Random(41).sample(world.alone, NUMBER), style)
    assert found["own"] >= 0.98 * NUMBER
    assert found["another"] == 0


@pytest.mark.parametrize("style", SIX_STYLES)
def test_a_full_stop_in_the_title_and_a_place_in_the_journal_hide_nothing(style: str, world: World) -> None:
    stopped = [article for article in world.alone if re.search(r"[.?!]\s", article.title.rstrip(". "))]
    bracketed = [article for article in world.alone if "(" in article.journal.medline_ta]
    for hard in (stopped, bracketed):
        found = world.found(random.Random(42).sample(hard, NUMBER), style)
        assert found["own"] >= 0.98 * NUMBER
        assert found["another"] == 0
