import json
from dataclasses import replace

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable, state_of
from evidence.sources.crossref import NOT_HELD, Crossref, read_stored
from factories import doi, pmid
from fakes import (
    CROSSREF,
    CROSSREF_NOT_FOUND,
    NOON,
    FakeCrossref,
    FakeServices,
    StoppedClock,
    crossref_holding,
    crossref_list,
    crossref_single,
    crossref_update,
    crossref_work,
    dois_of,
    reply,
)

ONE, TWO = "10.5555/one", "10.5555/two"


def crossref(answer, **options):
    services = FakeServices(answer)
    return Crossref(services, StoppedClock(), base=CROSSREF, **options), services


def outcomes(source, *values):
    answers = list(source.look_up([doi(value) for value in values]))
    assert sorted(a.identifier.value for a in answers) == sorted(values)
    return {a.identifier.value: a.outcome for a in answers}


def test_all_dois_that_fit_an_address_are_asked_in_one_list():
    source, services = crossref(crossref_holding(ONE, TWO))
    found = outcomes(source, ONE, TWO)
    assert [request.url for request in services.requests] == [
        f"{CROSSREF}/works?rows=2&filter=doi:10.5555/one,doi:10.5555/two"
    ]
    assert found[ONE].record.title == "The work 10.5555/one"


def test_an_answer_names_its_source_its_time_and_keeps_the_work_without_its_reference_list():
    source, _ = crossref(
        FakeCrossref({ONE: crossref_work(ONE, reference=[{"key": "1"}], indexed={"timestamp": 1}, volume="7")})
    )
    [answer] = source.look_up([doi(ONE)])
    assert (answer.source, answer.address, answer.at) == ("crossref", CROSSREF, NOON)
    assert json.loads(answer.raw) == crossref_work(ONE, volume="7")
    assert read_stored(doi(ONE), answer.raw) == answer.outcome.record


def test_no_address_is_longer_than_four_kilobytes_and_every_doi_is_asked_once():
    many = [f"10.5555/{number:04}-{'x' * (number % 60)}" for number in range(500)]
    source, services = crossref(crossref_holding(*many), email="a@example.org")
    assert set(map(type, outcomes(source, *many).values())) == {Found}
    assert max(len(request.url) for request in services.requests) <= 4000
    assert [one for request in services.requests for one in dois_of(request)] == many
    assert len(services.requests) < 15


def test_a_very_long_doi_has_a_list_of_its_own():
    long = "10.5555/" + "<&>" * 450
    source, services = crossref(crossref_holding(long, ONE))
    assert set(map(type, outcomes(source, long, ONE).values())) == {Found}
    assert len(services.requests) == 2


def test_a_doi_with_a_comma_is_asked_alone():
    comma = "10.5555/a,b/c"
    source, services = crossref(crossref_holding(comma, ONE))
    assert set(map(type, outcomes(source, comma, ONE).values())) == {Found}
    assert services.requests[1].url == f"{CROSSREF}/works/10.5555%2Fa%2Cb%2Fc"


@pytest.mark.parametrize(
    "odd", ["10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2", "10.5555/a&b+c#d%e"]
)
def test_odd_characters_reach_crossref_unharmed(odd):
    source, services = crossref(crossref_holding(odd))
    assert isinstance(outcomes(source, odd)[odd], Found)
    assert dois_of(services.requests[0]) == [odd]


def test_the_case_of_a_doi_does_not_matter():
    source, _ = crossref(lambda _: crossref_list(crossref_work("10.5555/ONE")))
    assert isinstance(outcomes(source, ONE)[ONE], Found)


def test_an_email_is_sent_as_mailto_in_both_kinds_of_address():
    source, services = crossref(crossref_holding(), email="a+b@example.org")
    outcomes(source, ONE)
    assert [("mailto=a%2Bb%40example.org" in request.url) for request in services.requests] == [True, True]


def test_what_a_list_leaves_out_is_asked_alone_before_it_is_believed():
    healthy = replace(crossref_holding(ONE, TWO), hidden={TWO})
    source, services = crossref(healthy)
    assert set(map(type, outcomes(source, ONE, TWO).values())) == {Found}
    assert len(services.requests) == 2


def test_what_crossref_does_not_hold_is_a_fact_that_can_be_kept():
    source, _ = crossref(crossref_holding(ONE))
    answers = {a.identifier.value: a for a in source.look_up([doi(ONE), doi(TWO)])}
    assert answers[TWO].outcome == NotFound(NOT_HELD)
    assert read_stored(doi(TWO), answers[TWO].raw) == NotFound(NOT_HELD)


def test_a_refused_filter_is_no_answer_about_its_dois():
    def refuses_lists(request):
        return (
            reply('{"status":"failed"}', 400)
            if "filter=" in request.url
            else crossref_single(crossref_work(dois_of(request)[0]))
        )

    source, services = crossref(refuses_lists)
    assert set(map(type, outcomes(source, ONE, TWO).values())) == {Found}
    assert len(services.requests) == 3


@pytest.mark.parametrize(
    "bad",
    [
        reply(""),
        reply("<html><body>Sorry</body></html>"),
        reply('{"status": "ok", "message-type": "work-li'),
        reply("[]"),
        reply('{"status": "failed", "message-type": "validation-failure", "message": []}'),
        reply('{"status": "ok", "message-type": "work", "message": {"DOI": "10.5555/one"}}'),
        reply('{"status": "ok", "message-type": "work-list", "message": {"items": null, "total-results": 0}}'),
        reply(
            '{"status": "ok", "message-type": "work-list", "message": {"items": [{"doi": "x"}], "total-results": 1}}'
        ),
        crossref_list(crossref_work(ONE), total=2),
        reply("Resource not found.", 404),
        reply("moved", 410),
    ],
)
def test_a_list_that_cannot_be_believed_leaves_its_dois_unknown(bad):
    source, services = crossref(lambda _: bad)
    assert {state_of(outcome) for outcome in outcomes(source, ONE, TWO).values()} == {State.UNAVAILABLE}
    assert len(services.requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        reply("<html><h1>404 Not Found</h1></html>", 404),
        reply("<html>resource not found</html>", 404),
        reply("", 404),
        reply("Resource not found."),
        reply('{"status": "ok", "message-type": "work", "message": null}'),
        crossref_single(crossref_work(TWO)),
        reply('{"status": "ok", "message-type": "work", "message": {"DOI": "10.5555/o'),
    ],
)
def test_a_single_reply_that_cannot_be_believed_is_no_no(bad):
    source, _ = crossref(lambda request: crossref_list() if "filter=" in request.url else bad)
    assert state_of(outcomes(source, ONE)[ONE]) is State.UNAVAILABLE


def test_works_that_nobody_asked_for_answer_nothing():
    source, _ = crossref(
        lambda request: crossref_list(crossref_work(TWO)) if "filter=" in request.url else CROSSREF_NOT_FOUND
    )
    assert outcomes(source, ONE) == {ONE: NotFound(NOT_HELD)}


@pytest.mark.parametrize("silence", [Blocked("access was refused (403)", 403), Unavailable("timed out", Cause.TIMEOUT)])
def test_a_service_that_cannot_be_asked_says_nothing_of_any_doi(silence):
    source, services = crossref(lambda _: silence)
    assert outcomes(source, ONE, TWO) == {ONE: silence, TWO: silence}
    assert len(services.requests) == 1


@pytest.mark.parametrize(
    "drift", [{"title": {"en": "x"}}, {"updated_by": "retraction"}, {"author": ["A"]}, {"issued": 2}]
)
def test_a_work_in_another_shape_than_documented_is_unknown_and_the_others_are_not(drift):
    source, _ = crossref(FakeCrossref({ONE: crossref_work(ONE, **drift), TWO: crossref_work(TWO)}))
    found = outcomes(source, ONE, TWO)
    assert "schema drift" in found[ONE].reason
    assert isinstance(found[TWO], Found)


def test_other_identifiers_have_no_source_here():
    source, services = crossref(crossref_holding())
    [answer] = source.look_up([pmid(1)])
    assert state_of(answer.outcome) is State.NOT_CHECKED
    assert services.requests == []


@pytest.mark.parametrize(
    ("headers", "gap"),
    [
        ({"x-rate-limit-limit": "1", "x-rate-limit-interval": "1s"}, 1.0),
        ({"x-rate-limit-limit": "50", "x-rate-limit-interval": "1s"}, 0.02),
        ({"x-rate-limit-limit": "3", "x-rate-limit-interval": "60s"}, 5.0),
        ({"x-rate-limit-limit": "0", "x-rate-limit-interval": "1s"}, 0.2),
        ({"x-rate-limit-limit": "many"}, 0.2),
        ({}, 0.2),
    ],
)
def test_the_pace_is_what_crossrefs_own_headers_say(headers, gap):
    source, services = crossref(lambda request: replace(crossref_holding(ONE)(request), headers=headers))
    outcomes(source, ONE)
    outcomes(source, ONE)
    assert [request.gap for request in services.requests] == [0.2, gap]
    assert {request.bucket for request in services.requests} == {"crossref"}


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"title": []}', b"\xff"])
def test_bytes_that_are_no_stored_answer_are_not_read(raw):
    with pytest.raises(ValueError, match="schema drift"):
        read_stored(doi(ONE), raw)


def test_a_stored_retraction_is_read_again():
    source, _ = crossref(
        FakeCrossref({ONE: crossref_work(ONE, updated_by=[crossref_update("retraction", "10.5555/notice")])})
    )
    [answer] = source.look_up([Identifier(IdKind.DOI, ONE)])
    [link] = read_stored(doi(ONE), answer.raw).notices
    assert (link.ref_type, link.doi) == ("RetractionIn", "10.5555/notice")
