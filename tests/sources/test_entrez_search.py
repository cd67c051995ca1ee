"""PubMed's search: what is asked for a citation, and what is believed."""

import json
import re

import pytest

from evidence.model.outcomes import Blocked, Candidates, Cause, SearchQuery, Unavailable
from evidence.sources.search import EntrezSearch, by_doi, loose, strict, telling
from factories import pmid
from fakes import FakeServices, entrez_with, form_of, reply

TITLE = "Warm socks for the treatment of frostbitten feet in arctic explorers"
SOCKS = SearchQuery("…", "de Vries", "AP", TITLE, "J Winter Med", 2013, "65", "529")


def results(*uids):
    found = {"count": str(len(uids)), "idlist": [str(uid) for uid in uids]}
    return reply(json.dumps({"header": {"type": "esearch"}, "esearchresult": found}))


def test_the_strict_query_asks_for_title_words_and_author_or_for_the_place():
    asked = strict(SOCKS)
    assert "frostbitten[ti] AND explorers[ti]" in asked
    assert "(65[vi] AND 529[pg] AND (" in asked
    assert "(de vries[au]) OR vries[au]" in asked.replace('"', "")


def test_the_loose_query_allows_a_year_more_or_less():
    assert "2012:2014[dp]" in loose(SOCKS)


def test_a_citation_without_title_is_asked_for_by_author_journal_and_year():
    short = SearchQuery("Winter et al. J Winter Med 2013", "Winter", journal="J Winter Med", year=2013)
    assert loose(short) == 'winter[au] AND 2012:2014[dp] AND "j winter med"[ta]'


def test_words_of_thousands_of_titles_are_not_asked_for():
    assert telling("The effect of treatment in patients with frostbite: a study") == ["frostbite"]


@pytest.mark.parametrize("query", [strict, loose])
def test_nothing_printed_can_be_taken_for_the_query_s_own_signs(query):
    hostile = SearchQuery(
        "x", 'A" OR 1[uid] (', "", 'evil] OR all[sb] AND "quoted (brackets', "J) OR x[ta", 2013, "1] OR", "2["
    )
    asked = query(hostile)
    assert set(re.findall(r"\[([^\]]*)\]", asked)) <= {"ti", "au", "dp", "ta", "vi", "pg"}
    assert asked.count("(") == asked.count(")")
    assert asked.count('"') % 2 == 0


@pytest.mark.parametrize("query", [strict, loose])
def test_an_empty_citation_asks_nothing(query):
    services = FakeServices(lambda _request: results(1))
    assert list(EntrezSearch(entrez_with(services), query).find([SearchQuery("")])) == [Candidates()]
    assert services.requests == []


def test_a_very_long_title_makes_a_short_query():
    assert (
        len(
            loose(
                SearchQuery(
                    "x", "Winter", title=" ".join(f"word{chr(97 + n % 26) * 5}{chr(97 + n // 26)}" for n in range(500))
                )
            )
        )
        < 500
    )


def test_what_is_found_is_offered_in_its_order():
    services = FakeServices(lambda _request: results(9, 7))
    assert list(EntrezSearch(entrez_with(services), loose).find([SOCKS])) == [Candidates((pmid(9), pmid(7)))]
    (request,) = services.requests
    assert form_of(request)["term"] == loose(SOCKS)
    assert form_of(request)["sort"] == "relevance"


def test_joined_queries_are_one_request_offered_to_each():
    services = FakeServices(lambda _request: results(9))
    finder = EntrezSearch(entrez_with(services), strict, together=10)
    assert list(finder.find([SOCKS] * 12 + [SearchQuery("")])) == [Candidates((pmid(9),))] * 12 + [Candidates()]
    assert len(services.requests) == 2
    assert form_of(services.requests[0])["term"].count("529[pg]") == 10


@pytest.mark.parametrize("trouble", [Unavailable("timed out", Cause.TIMEOUT), Blocked("429", 429)])
def test_a_search_that_does_not_answer_is_silence_for_all_that_it_was_asked_for(trouble):
    finder = EntrezSearch(entrez_with(FakeServices(lambda _request: trouble)), strict, together=10)
    assert list(finder.find([SOCKS, SearchQuery("")])) == [trouble, Candidates()]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html></html>",
        "<eSearchResult><ERROR>Search Backend failed: Database is not supported: pubmed</ERROR></eSearchResult>",
        '{"esearchresult": {"ERROR": "Search Backend failed"}}',
        '{"esearchresult": {"count": "3"}}',
        '{"esearchresult": {"count": "3", "idli',
        '{"error": "API rate limit exceeded"}',
    ],
)
def test_a_failed_search_is_silence_not_an_empty_result(body):
    (finding,) = EntrezSearch(entrez_with(FakeServices(lambda _request: reply(body))), strict).find([SOCKS])
    assert isinstance(finding, Unavailable)


def test_a_search_that_finds_nothing_offers_nothing():
    assert list(EntrezSearch(entrez_with(FakeServices(lambda _request: results())), strict).find([SOCKS])) == [
        Candidates()
    ]


def test_dois_are_asked_for_together():
    assert by_doi(["10.5555/a", "10.5555/b(1)"]) == '"10.5555/a"[aid] OR "10.5555/b(1)"[aid]'
