"""End to end: PubMed's source, Bio.Entrez, the HTTP session, and a demo server for NCBI on loopback."""

from contextlib import contextmanager

import pytest

from evidence.demo.http import DemoService
from evidence.demo.server import DemoServer
from evidence.demo.world import naltrexone_world, synthetic_world
from evidence.model.outcomes import NotFound, State, state_of
from evidence.sources.entrez import Entrez
from evidence.sources.http.network import Network
from evidence.sources.http.session import InMemoryPacer, Services
from evidence.sources.pmc import Pmc
from evidence.sources.pubmed import PubMed
from factories import pmcid, pmid
from fakes import LeapingClock

KEY = "0123456789abcdef"
FIRST = 10_000_001


@contextmanager
def sources(server, *, key=None):
    clock = LeapingClock()
    network = Network(user_agent="evidence-tracker/test", secrets=(key,) if key else ())
    with Services(network=network, clock=clock, pacer=InMemoryPacer(clock)) as services:
        entrez = Entrez(services, base=server.addresses["eutils"], api_key=key)
        yield PubMed(entrez, clock), Pmc(entrez, clock)


def outcomes(source, identifiers):
    return {answer.identifier: answer.outcome for answer in source.look_up(identifiers)}


def test_a_thousand_pmids_are_two_requests_and_all_found():
    asked = [pmid(FIRST + n) for n in range(1000)]
    with DemoServer(synthetic_world(1000)) as server, sources(server) as (pubmed, _):
        found = outcomes(pubmed, asked)
        assert server.count("eutils") == 2
    assert {identifier: outcome.record.identifier for identifier, outcome in found.items()} == {i: i for i in asked}


def test_the_references_of_the_monograph_are_read():
    with DemoServer(naltrexone_world()) as server, sources(server) as (pubmed, _):
        article = outcomes(pubmed, [pmid(23359310)])[pmid(23359310)].record
    assert article.authors[0].family == "Younger"
    assert article.title.endswith("assessing daily pain levels.")
    assert 2013 in article.years


def test_deleted_replaced_and_unknown_pmids_are_distinguished():
    world = synthetic_world(5).without_article(str(FIRST)).with_replacement(str(FIRST + 1), str(FIRST + 2))
    asked = [pmid(FIRST), pmid(FIRST + 1), pmid(FIRST + 3), pmid(99999999)]
    with DemoServer(world) as server, sources(server) as (pubmed, _):
        found = outcomes(pubmed, asked)
    assert isinstance(found[pmid(FIRST)], NotFound)
    assert found[pmid(FIRST + 1)].record.identifier == pmid(FIRST + 2)
    assert found[pmid(FIRST + 3)].record.identifier == pmid(FIRST + 3)
    assert isinstance(found[pmid(99999999)], NotFound)


OUTAGE = [
    "429",
    "429-retry-after",
    "500",
    "502",
    "503",
    "reset",
    "hang-up",
    "truncated",
    "error-page-200",
    "error-xml-200",
    "proxy-400",
    "empty-200",
    "wrong-content",
    "refuse",
]


@pytest.mark.parametrize("kind", OUTAGE)
def test_lasting_trouble_kills_nobody_and_shows_no_key(kind):
    asked = [pmid(FIRST), pmid(FIRST + 1), pmid(99999999)]
    with DemoServer(synthetic_world(2)) as server, sources(server, key=KEY) as (pubmed, pmc):
        server.faults.add(DemoService.EUTILS, kind)
        found = outcomes(pubmed, asked) | outcomes(pmc, [pmcid(7)])
    assert len(found) == 4
    assert {state_of(outcome) for outcome in found.values()} <= {State.UNAVAILABLE, State.BLOCKED}
    assert not [outcome.reason for outcome in found.values() if KEY in outcome.reason]


@pytest.mark.parametrize("kind", [kind for kind in OUTAGE if kind != "refuse"])
def test_passing_trouble_is_waited_for(kind):
    asked = [pmid(FIRST), pmid(FIRST + 1)]
    with DemoServer(synthetic_world(2)) as server, sources(server) as (pubmed, _):
        server.faults.add(DemoService.EUTILS, kind, times=2)
        found = outcomes(pubmed, asked)
    assert {state_of(outcome) for outcome in found.values()} == {State.FOUND}


@pytest.mark.parametrize("kind", OUTAGE)
def test_an_outage_that_begins_at_the_second_look_kills_nobody(kind):
    with DemoServer(synthetic_world(1)) as server, sources(server) as (pubmed, _):
        answers = pubmed.look_up([pmid(FIRST), pmid(99999999)])
        first = next(answers)
        server.faults.add(DemoService.EUTILS, kind)
        (second,) = answers
    assert state_of(first.outcome) is State.FOUND
    assert state_of(second.outcome) in (State.UNAVAILABLE, State.BLOCKED)


def test_pubmed_central_distinguishes_the_known_from_the_unknown():
    article = next(iter(synthetic_world(1).articles.values()))
    with DemoServer(synthetic_world(0).with_pmc("PMC7", article)) as server, sources(server) as (_, pmc):
        found = outcomes(pmc, [pmcid(7), pmcid(8)])
    assert found[pmcid(7)].record.identifier == pmcid(7)
    assert found[pmcid(7)].record.authors[0].family == article.authors[0].family
    assert isinstance(found[pmcid(8)], NotFound)
