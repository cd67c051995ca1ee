"""Crossref's bibliographic search: what is asked, and what is believed."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Candidates, Cause, SearchQuery, Unavailable
from evidence.sources.search import CrossrefSearch
from fakes import CROSSREF, FakeServices, reply

SOCKS = SearchQuery("Winter J. Warm socks & cold feet. J Winter Med. 2013;65(2):529-38.")


def listing(*dois):
    message = {"total-results": 734512, "items": [{"DOI": doi} for doi in dois]}
    return reply(json.dumps({"status": "ok", "message-type": "work-list", "message": message}))


def found(services, *wanted, **settings):
    return list(CrossrefSearch(services, base=CROSSREF, **settings).find(wanted))


def test_the_printed_citation_is_the_query():
    services = FakeServices(lambda _request: listing("10.5555/Socks", "10.5555/feet"))
    dois = tuple(Identifier(IdKind.DOI, doi) for doi in ("10.5555/socks", "10.5555/feet"))
    assert found(services, SOCKS, email="library@example.org") == [Candidates(dois)]
    asked = parse_qs(urlsplit(services.requests[0].url).query)
    assert asked["query.bibliographic"] == [SOCKS.printed]
    assert (asked["rows"], asked["mailto"], asked["select"]) == (["5"], ["library@example.org"], ["DOI"])


def test_a_long_citation_is_asked_with_its_beginning():
    services = FakeServices(lambda _request: listing())
    found(services, SearchQuery("ä" * 20_000))
    assert len(services.requests[0].url) < 4000


def test_a_text_of_a_few_letters_is_not_searched_for():
    services = FakeServices(lambda _request: listing("10.5555/anything"))
    assert found(services, SearchQuery("Data on file.")) == [Candidates()]
    assert services.requests == []


@pytest.mark.parametrize("trouble", [Unavailable("timed out", Cause.TIMEOUT), Blocked("403", 403)])
def test_a_search_that_does_not_answer_is_silence(trouble):
    assert found(FakeServices(lambda _request: trouble), SOCKS) == [trouble]


@pytest.mark.parametrize("body", ["", "<html></html>", "{}", '{"status": "failed"}', '{"status": "ok", "message-type'])
def test_what_is_no_list_of_works_is_silence(body):
    (finding,) = found(FakeServices(lambda _request: reply(body)), SOCKS)
    assert isinstance(finding, Unavailable)


def test_a_refused_query_is_silence_not_an_empty_result():
    (finding,) = found(FakeServices(lambda _request: reply('{"status": "failed"}', 400)), SOCKS)
    assert isinstance(finding, Unavailable)
