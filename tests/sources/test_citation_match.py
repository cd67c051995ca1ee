"""ECitMatch: what is asked, what is believed, and how much."""

from dataclasses import replace

import pytest

from evidence.model.outcomes import Blocked, Candidates, Cause, PrintedPlace, SearchQuery, Unavailable
from evidence.sources.search import CitationMatch
from factories import pmid
from fakes import FakeServices, entrez_with, form_of, reply

SOCKS = SearchQuery(
    "Winter J. Warm socks. J Winter Med. 2013;65:529.", "Winter", "J", "Warm socks", "J Winter Med", 2013, "65", "529"
)
UNPLACED = SearchQuery("Winter J. Warm socks. J Winter Med. 2013.", "Winter", "J", "Warm socks", "J Winter Med", 2013)


def lines(request):
    return form_of(request)["bdata"].split("\r")


def answering(*answers):
    """An ECitMatch that says these words after the lines asked; None leaves a line out."""

    def answer(request):
        reported = (f"{line}{word}\n" for line, word in zip(lines(request), answers, strict=True) if word is not None)
        return reply("".join(reported))

    return FakeServices(answer)


def found(services, *wanted, **settings):
    return list(CitationMatch(entrez_with(services), **settings).find(wanted))


def test_a_place_is_asked_as_one_line_of_fields():
    services = answering("23359310")
    assert found(services, SOCKS) == [Candidates((pmid(23359310),))]
    (request,) = services.requests
    assert request.url.endswith("/ecitmatch.cgi")
    assert lines(request) == ["J Winter Med|2013|65|529|Winter J|c0|"]


def test_a_citation_without_a_place_is_not_asked_about():
    services = answering()
    assert found(services, UNPLACED) == [Candidates()]
    assert services.requests == []


@pytest.mark.parametrize("word", ["NOT_FOUND", "NOT_FOUND;INVALID_JOURNAL", "", None])
def test_no_answer_to_a_line_offers_nothing(word):
    services = answering(word, "7")
    assert found(services, SOCKS, SOCKS) == [Candidates(), Candidates((pmid(7),))]


def test_several_works_of_one_place_are_all_offered():
    assert found(answering("AMBIGUOUS 7,8"), SOCKS) == [Candidates((pmid(7), pmid(8)))]


def test_an_ambiguity_without_numbers_offers_nothing():
    assert found(answering("AMBIGUOUS (3 citations)"), SOCKS) == [Candidates()]


def test_a_hundred_citations_are_one_request_and_more_are_another():
    services = FakeServices(lambda request: reply("".join(f"{line}7\n" for line in lines(request))))
    assert found(services, *[SOCKS] * 250) == [Candidates((pmid(7),))] * 250
    assert [len(lines(request)) for request in services.requests] == [100, 100, 50]


def test_every_line_has_a_key_of_its_own_and_answers_may_come_in_any_order():
    def backwards(request):
        keyed = [f"{line}{number}\n" for number, line in enumerate(lines(request), start=1)]
        assert len(set(lines(request))) == 3
        return reply("".join(reversed(keyed)))

    assert found(FakeServices(backwards), SOCKS, UNPLACED, SOCKS, SOCKS) == [
        Candidates((pmid(1),)),
        Candidates(),
        Candidates((pmid(2),)),
        Candidates((pmid(3),)),
    ]


def test_what_would_end_a_field_or_line_is_left_out():
    services = answering("7")
    hostile = SearchQuery("x", "Win|ter\r\n7", "J", "t", "J|Winter\rMed", 2013, "65\n", "5|29")
    assert found(services, hostile) == [Candidates((pmid(7),))]
    assert lines(services.requests[0]) == ["J Winter Med|2013|65|5 29|Win ter 7 J|c0|"]


@pytest.mark.parametrize(
    "trouble", [Unavailable("timed out", Cause.TIMEOUT), Blocked("429", 429), Unavailable("502", Cause.HTTP, 502)]
)
def test_a_service_that_does_not_answer_offers_nothing_but_its_silence(trouble):
    services = FakeServices(lambda _request: trouble)
    assert found(services, SOCKS, UNPLACED) == [trouble, Candidates()]


@pytest.mark.parametrize(
    "body",
    ["", "<html><body>Service unavailable</body></html>", "<eFetchResult><ERROR>down</ERROR></eFetchResult>", "sorry"],
)
def test_what_is_no_list_of_matches_is_silence(body):
    (finding,) = found(FakeServices(lambda _request: reply(body)), SOCKS)
    assert isinstance(finding, Unavailable)


def test_where_nothing_is_held_at_the_place_its_other_readings_are_asked_in_one_more_request():
    def answer(request):
        known = {"Physiol Biochem Zool|2021|94|253|Winter J": "7"}
        return reply("".join(f"{line}{known.get(line.rsplit('|', 2)[0], 'NOT_FOUND')}\n" for line in lines(request)))

    services = FakeServices(answer)
    other = PrintedPlace("Physiol Biochem Zool", "94", "253")
    kunz = replace(SOCKS, journal="Kunz. Physiol Biochem Zool", year=2021, volume="94", first_page="253")
    query = replace(kunz, other_places=(other, PrintedPlace("Zool", "94", "253")))
    assert found(services, query, UNPLACED) == [Candidates((pmid(7),)), Candidates()]
    assert [len(lines(request)) for request in services.requests] == [1, 3]


def test_a_journal_is_asked_for_with_its_qualifier_first_and_then_without():
    services = FakeServices(lambda request: reply("".join(f"{line}NOT_FOUND\n" for line in lines(request))))
    assert found(services, replace(SOCKS, journal="Chem Commun (Camb)")) == [Candidates()]
    assert [line.partition("|")[0] for request in services.requests for line in lines(request)] == [
        "Chem Commun (Camb)",
        "Chem Commun",
    ]


def test_silence_about_other_readings_is_not_an_answer():
    replies = [reply("x|x|x|x|x|c0|NOT_FOUND\n"), Unavailable("timed out", Cause.TIMEOUT)]
    services = FakeServices(lambda _request: replies.pop(0))
    query = replace(SOCKS, other_places=(PrintedPlace("Winter Med", "65", "529"),))
    assert found(services, query) == [Unavailable("timed out", Cause.TIMEOUT)]
