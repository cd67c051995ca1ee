import json

import pytest

from evidence.demo.server import DemoServer
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable, state_of
from evidence.sources.crossref import Crossref
from evidence.sources.doi import AGENCIES, UNREGISTERED, Agencies, Doi, read_stored
from evidence.sources.http.network import Network
from evidence.sources.http.session import Services
from factories import doi, pmid
from fakes import CROSSREF, FakeServices, StoppedClock, crossref_holding, reply

BASE = "https://doi.example"
OWN = "10.5555/data.1"
CSL = {"type": "dataset", "DOI": OWN.upper(), "title": "Data of a trial", "issued": {"date-parts": [[2020]]}}


def handle(code, own=OWN, status=200):
    return reply(json.dumps({"responseCode": code, "handle": own}), status)


NO = handle(100, status=404)


def agencies(handles, negotiated=None):
    def answer(request):
        return handles if "/api/handles/" in request.url else negotiated

    services = FakeServices(answer)
    return Agencies(services, StoppedClock(), base=BASE), services


def asked(source, value=OWN):
    [answer] = source.look_up([doi(value)])
    return answer


def test_a_doi_that_no_agency_registered_is_not_found_and_never_kept():
    answer = asked(agencies(NO)[0])
    assert (answer.outcome, answer.raw, answer.source) == (NotFound(UNREGISTERED), None, "doi")


def test_a_doi_of_another_agency_has_its_record_by_content_negotiation():
    source, services = agencies(handle(1), reply(json.dumps(CSL)))
    answer = asked(source)
    assert answer.outcome.record.title == "Data of a trial"
    assert read_stored(doi(OWN), answer.raw) == answer.outcome.record
    assert [request.url for request in services.requests] == [f"{BASE}/api/handles/{OWN}", f"{BASE}/{OWN}"]
    assert services.requests[1].headers == {"Accept": "application/vnd.citationstyles.csl+json"}
    assert [request.trusted for request in services.requests] == [frozenset(), AGENCIES]


@pytest.mark.parametrize(
    "negotiated",
    [
        Unavailable("timed out", Cause.TIMEOUT),
        Blocked("access was refused (403)", 403),
        reply("<html></html>"),
        reply(json.dumps({**CSL, "DOI": "10.5555/other"})),
        reply(json.dumps({**CSL, "title": 7})),
    ],
)
def test_a_registered_doi_exists_whatever_its_agency_answers_and_is_asked_again(negotiated):
    answer = asked(agencies(handle(1), negotiated)[0])
    assert isinstance(answer.outcome, Found)
    assert (answer.outcome.record.title, answer.raw) == ("", None)


@pytest.mark.parametrize(
    "none",
    [
        reply("no such format", 406),
        reply("", 404),
        Unavailable("redirected to another server (302)", Cause.HTTP, 302),
    ],
)
def test_an_agency_that_has_no_record_to_give_is_believed_for_a_while(none):
    source, _ = agencies(handle(1), none)
    answer = asked(source)
    assert answer.outcome.record.title == ""
    assert read_stored(doi(OWN), answer.raw) == answer.outcome.record


@pytest.mark.parametrize(
    "bad",
    [
        reply("<html>DOI Not Found</html>", 404),
        reply("", 404),
        handle(100, "10.5555/other", 404),
        handle(1, "10.5555/other"),
        handle(2),
        handle([1]),
        handle(None),
        handle(100, status=400),
        reply('{"responseCode": 100, "hand', 404),
        reply(f'{{"responseCode": true, "handle": "{OWN}"}}', 404),
        reply(f'{{"responseCode": 1, "handle": "{OWN}"}}', 404),
    ],
)
def test_a_reply_of_the_handle_api_that_cannot_be_believed_is_no_no(bad):
    source, services = agencies(bad)
    assert state_of(asked(source).outcome) is State.UNAVAILABLE
    assert len(services.requests) == 1


@pytest.mark.parametrize("silence", [Unavailable("timed out", Cause.TIMEOUT), Blocked("refused", 403)])
def test_the_handle_apis_silence_is_no_answer(silence):
    assert asked(agencies(silence)[0]).outcome == silence


def test_odd_characters_stay_in_the_address_and_the_slash_is_not_encoded():
    odd = "10.5555/a<b>#c?d%e"
    source, services = agencies(handle(100, odd, 404))
    assert isinstance(asked(source, odd).outcome, NotFound)
    assert services.requests[0].url == f"{BASE}/api/handles/10.5555/a%3Cb%3E%23c%3Fd%25e"


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"responseCode": 100}', b'{"responseCode": [1]}'])
def test_bytes_that_are_no_stored_answer_are_not_read(raw):
    with pytest.raises(ValueError, match="schema drift"):
        read_stored(doi(OWN), raw)


def test_other_identifiers_have_no_source_here():
    [answer] = agencies(NO)[0].look_up([pmid(1)])
    assert state_of(answer.outcome) is State.NOT_CHECKED


class CountingSource:
    def __init__(self, inner):
        self.inner, self.asked = inner, []

    def look_up(self, identifiers):
        self.asked += (wanted := list(identifiers))
        return self.inner.look_up(wanted)


def both(crossref, handles, negotiated=None):
    second = CountingSource(agencies(handles, negotiated)[0])
    return Doi(Crossref(FakeServices(crossref), StoppedClock(), base=CROSSREF), second), second


def test_only_what_crossref_does_not_hold_is_asked_of_the_doi_system():
    source, second = both(crossref_holding("10.5555/one"), handle(1), reply(json.dumps(CSL)))
    answers = {a.identifier.value: a for a in source.look_up([doi("10.5555/one"), doi(OWN)])}
    assert second.asked == [doi(OWN)]
    assert {value: a.source for value, a in answers.items()} == {"10.5555/one": "crossref", OWN: "doi"}


def test_a_doi_is_not_found_only_when_both_say_no():
    assert asked(both(crossref_holding(), NO)[0]).outcome == NotFound(UNREGISTERED)
    assert state_of(asked(both(crossref_holding(), reply("", 404))[0]).outcome) is State.UNAVAILABLE


def test_crossrefs_silence_is_not_answered_by_the_doi_system():
    silence = Unavailable("timed out", Cause.TIMEOUT)
    source, second = both(lambda _: silence, NO)
    assert asked(source).outcome == silence
    assert second.asked == []


class _RealClock(StoppedClock):
    def sleep(self, seconds):
        del seconds


class _NoWait:
    def reserve(self, slot, gap):
        del slot, gap
        return 0.0


def test_over_real_http_the_demo_servers_dois_are_found_elsewhere_or_nowhere():
    with DemoServer() as server:
        server.world = server.world.with_handle("10.5555/elsewhere", "https://repository.example/7")
        network = Network(user_agent="tests", allow_private=True)
        with Services(network=network, clock=_RealClock(), pacer=_NoWait()) as services:
            crossref = Crossref(services, _RealClock(), base=server.addresses["crossref"], email="a@example.org")
            source = Doi(crossref, Agencies(services, _RealClock(), base=server.addresses["doi"]))
            wanted = [doi("10.1002/art.37734"), doi("10.5555/elsewhere"), doi("10.5555/no,where")]
            found = {a.identifier.value: a for a in source.look_up(wanted)}
    assert found["10.1002/art.37734"].outcome.record.years[0] == 2013
    assert found["10.5555/elsewhere"].outcome.record.title == ""
    assert found["10.5555/no,where"].outcome == NotFound(UNREGISTERED)
