"""End to end: printed citations, a checker, and a demo server for the services on loopback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.app.check import Checker
from evidence.demo.faults import InjectedFault, InjectedFaultKind
from evidence.demo.http import ServerReply, ServerRequest, json_reply
from evidence.demo.server import DemoServer
from evidence.demo.world import ArticleFacts, naltrexone_world, synthetic_world
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Ambiguous, Match, Matched, Unasked, Unmatched
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from evidence.storage.store import Store
from fakes import LeapingClock

SMITH = (
    "Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS. Low-dose naltrexone therapy improves active "
    "Crohn's disease. Am J Gastroenterol. 2007;102(4):820-8."
)
YOUNGER = (
    "Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, "
    "randomized, double-blind, placebo-controlled, counterbalanced, crossover trial assessing daily pain levels. "
    "Arthritis Rheum. 2013."
)
LABEL = "Naltrexone hydrochloride tablets [package insert]. St. Louis, MO: SpecGx LLC; 2013."


@contextmanager
def workplace_at(server: DemoServer, place: Path) -> Iterator[Checker]:
    """A checker whose services are the demo server; what it learns stays in `place`."""
    services = ("eutils", "dailymed", "crossref", "doi", "wayback")
    addresses = {service: server.addresses[service] for service in services}
    clock = LeapingClock()
    settings = Settings(Network(user_agent="evidence-tracker/test", allow_private=True), addresses)
    with Store.open(place / "evidence.db", tool_version="test", clock=clock) as store:
        yield Checker(settings, store, clock, lambda _done, _total: None)


def pmid(value: str) -> Identifier:
    return Identifier(IdKind.PMID, value)


def matched_to(match: Match) -> str | None:
    return match.candidate.record.identifier.value if isinstance(match, Matched) else None


def asked(server: DemoServer) -> Counter[str]:
    return Counter(observed.path.rpartition("/")[2].partition(".")[0] for observed in server.requests)


def printed(article: ArticleFacts) -> str:
    names = ", ".join(f"{author.family} {author.initials}" for author in article.authors)
    year = article.pub_date[:4]
    return (
        f"{names}. {article.title} {article.journal.medline_ta}. {year};{article.volume}({article.issue}):"
        f"{article.pages}."
    )


def test_the_citations_of_a_monograph_are_matched(tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        smith, younger, label = workplace.match([SMITH, YOUNGER, LABEL])
    assert (matched_to(smith), matched_to(younger)) == ("17222320", "23359310")
    assert label == Unmatched()


def test_what_is_stored_is_matched_again_without_asking_anybody(tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        workplace.match([SMITH, YOUNGER])
        server.forget()
        assert [matched_to(match) for match in workplace.match([SMITH, YOUNGER])] == ["17222320", "23359310"]
        assert server.count() == 0


def test_offline_only_what_is_stored_is_looked_at(tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        workplace.match([SMITH])
        server.forget()
        smith, younger = workplace.match([SMITH, YOUNGER], offline=True)
        assert server.count() == 0
    assert matched_to(smith) == "17222320"
    assert isinstance(younger, Unasked)
    assert "offline" in younger.reason


def test_many_citations_with_their_places_are_a_handful_of_requests(tmp_path: Path) -> None:
    world = synthetic_world(150)
    with DemoServer(world) as server, workplace_at(server, tmp_path) as workplace:
        matches = workplace.match([printed(article) for article in world.articles.values()])
        assert asked(server) == {"ecitmatch": 2, "efetch": 1}
    assert [matched_to(match) for match in matches] == list(world.articles)


def test_citations_without_their_places_are_searched_for_ten_at_a_time(tmp_path: Path) -> None:
    world = synthetic_world(25)
    bare = [printed(replace(article, volume="", issue="", pages="")) for article in world.articles.values()]
    with DemoServer(world) as server, workplace_at(server, tmp_path) as workplace:
        matches = workplace.match([text.replace(";():", "") for text in bare])
        assert asked(server)["esearch"] == 3
    assert [matched_to(match) for match in matches] == list(world.articles)


def failing_searches(asked: ServerRequest) -> InjectedFault | None:
    return InjectedFault(InjectedFaultKind.ERROR_XML) if "esearch" in asked.path else None


def test_what_pubmed_cannot_be_searched_for_crossref_finds(tmp_path: Path) -> None:
    world = synthetic_world(3)
    article = next(iter(world.articles.values()))
    text = printed(replace(article, volume="", issue="", pages="")).replace(";():", "")
    with DemoServer(world) as server, workplace_at(server, tmp_path) as workplace:
        server.faults.script("eutils", failing_searches)
        (match,) = workplace.match([text])
    assert isinstance(match, Matched)
    assert match.candidate.record.identifier == Identifier(IdKind.DOI, article.doi)


def finding_only_dois(asked: ServerRequest) -> ServerReply | None:
    """A PubMed whose search finds nothing but DOIs."""
    if "esearch" in asked.path and "[aid]" not in asked.params["term"]:
        return json_reply({"esearchresult": {"count": "0", "idlist": []}})
    return None


def test_what_crossref_alone_has_found_is_named_by_its_pmid(tmp_path: Path) -> None:
    world = synthetic_world(3)
    article = world.articles["10000001"]
    text = printed(replace(article, volume="", issue="", pages="")).replace(";():", "")
    with DemoServer(world) as server, workplace_at(server, tmp_path) as workplace:
        server.faults.script("eutils", finding_only_dois)
        (match,) = workplace.match([text])
    assert matched_to(match) == "10000001"


@pytest.mark.parametrize("kind", ["503", "truncated", "error-page-200", "error-xml-200", "empty-200", "wrong-content"])
def test_with_every_service_down_nothing_is_said_to_be_unmatched(kind: str, tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        for service in ("eutils", "crossref"):
            server.faults.add(service, kind, times=1000)
        (match,) = workplace.match([SMITH])
    assert isinstance(match, Unasked)


def test_a_short_citation_is_offered_its_candidates(tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        (match,) = workplace.match(["Smith et al. Am J Gastroenterol 2007"])
    assert isinstance(match, Ambiguous)
    assert [candidate.record.identifier for candidate in match.candidates] == [pmid("17222320")]


def test_no_check_is_recorded(tmp_path: Path) -> None:
    with DemoServer(naltrexone_world()) as server, workplace_at(server, tmp_path) as workplace:
        workplace.match([SMITH])
        assert workplace.store.last_runs(None) == ()
