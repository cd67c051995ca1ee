"""ClinicalTrials.gov as a source: lists and second looks, aliases, pages of a list, answers that cannot be believed."""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import Trial
from evidence.sources.clinicaltrials import FIELDS, ClinicalTrials, read_stored, study_page
from evidence.sources.http.network import Network
from evidence.sources.http.request import RetryLimits
from evidence.sources.http.session import InMemoryPacer, Services
from factories import nct
from fakes import FakeClock, FakeServices, StoppedClock, reply
from servers import (
    answers,
    cut_after,
    drip_body,
    empty_reply,
    huge_header,
    no_http,
    ok,
    replying,
    reset_reply,
    say_nothing,
    zipped,
)

A, B, C, OLD = (f"NCT0000000{number}" for number in (1, 2, 3, 9))


def study(number: str = A, title: str = "A Trial of Examplinib", *aliases: str, **more: object) -> dict:
    identification = {"nctId": number, "briefTitle": title, **({"nctIdAliases": list(aliases)} if aliases else {})}
    status = {"overallStatus": "COMPLETED", **{key: value for key, value in more.items() if key != "hasResults"}}
    return {
        "protocolSection": {"identificationModule": identification, "statusModule": status},
        "hasResults": more.get("hasResults", False),
    }


def page(*studies: Mapping, more: str = "") -> bytes:
    return json.dumps({"studies": list(studies), **({"nextPageToken": more} if more else {})}).encode()


class Registry:
    """Answers lists and single numbers from what it holds; a number may have an answer of its own."""

    def __init__(self, *studies: dict, listed: object = None, singles: Mapping[str, object] | None = None) -> None:
        self.by_number = {
            number: each
            for each in studies
            for number in (
                *each["protocolSection"]["identificationModule"].get("nctIdAliases", ()),
                each["protocolSection"]["identificationModule"]["nctId"],
            )
        }
        self.listed, self.singles = listed, singles or {}
        self.asked: list[str] = []

    def __call__(self, request):
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/api/v2/")
        if path == "studies":
            numbers = parse_qs(parts.query)["filter.ids"][0].split("|")
            self.asked.append("|".join(numbers))
            found = [self.by_number[number] for number in numbers if number in self.by_number]
            return self.listed(parts) if callable(self.listed) else self.listed or reply(page(*found))
        number = path.removeprefix("studies/")
        self.asked.append(number)
        if number in self.singles:
            return self.singles[number]
        known = self.by_number.get(number)
        return reply(json.dumps(known)) if known else reply(f"NCT number {number} not found", 404)


def ask(registry, *numbers: str, batch: int = 100):
    services = FakeServices(registry)
    source = ClinicalTrials(services, StoppedClock(), base="https://trials.example/", batch=batch)
    answered = list(source.look_up([nct(number) for number in numbers]))
    assert [answer.identifier.value for answer in answered] == list(numbers)
    return {answer.identifier.value: answer for answer in answered}, services


def outcomes(registry, *numbers: str, **more):
    return {number: answer.outcome for number, answer in ask(registry, *numbers, **more)[0].items()}


class TestFound:
    def test_a_trial_is_read_with_its_status_reason_and_days(self):
        stopped = study(
            A,
            "  A Trial of\n Examplinib ",
            overallStatus="TERMINATED",
            whyStopped="Lack of efficacy",
            resultsFirstPostDateStruct={"date": "2026-02-11", "type": "ACTUAL"},
            lastUpdatePostDateStruct={"date": "2026-03"},
            hasResults=True,
        )
        answered, services = ask(Registry(stopped), A)
        assert answered[A].outcome == Found(
            Trial(
                nct(A),
                "A Trial of Examplinib",
                "TERMINATED",
                "Lack of efficacy",
                True,
                PartialDate(2026, 2, 11),
                PartialDate(2026, 3),
            )
        )
        assert (answered[A].source, answered[A].address) == ("clinicaltrials", "https://trials.example")
        assert read_stored(nct(A), answered[A].raw) == answered[A].outcome.record
        [request] = services.requests
        assert (request.bucket, request.gap) == ("clinicaltrials", 1.2)
        query = parse_qs(urlsplit(request.url).query)
        assert query == {"filter.ids": [A], "fields": [FIELDS], "pageSize": ["1000"]}

    def test_many_are_asked_for_in_lists_and_each_number_once(self):
        registry = Registry(study(A), study(B), study(C))
        assert all(isinstance(outcome, Found) for outcome in outcomes(registry, A, B, C, batch=2).values())
        assert registry.asked == [f"{A}|{B}", C]
        services = FakeServices(Registry(study(A)))
        assert (
            len(list(ClinicalTrials(services, StoppedClock(), base="https://trials.example").look_up([nct(A), nct(A)])))
            == 1
        )

    def test_an_alias_in_a_list_is_answered_by_the_study_it_belongs_to(self):
        registry = Registry(study(A, "A trial", OLD))
        found = outcomes(registry, OLD, A)
        assert found[OLD] == found[A] == Found(Trial(nct(A), "A trial", "COMPLETED"))
        assert registry.asked == [f"{OLD}|{A}"]

    def test_an_alias_that_a_list_leaves_out_is_answered_by_the_redirected_study(self):
        registry = Registry(study(B), singles={OLD: reply(json.dumps(study(A, "A trial", OLD)))})
        assert outcomes(registry, B, OLD)[OLD] == Found(Trial(nct(A), "A trial", "COMPLETED"))
        assert registry.asked == [f"{B}|{OLD}", OLD]

    def test_the_same_facts_are_stored_as_the_same_bytes_whichever_way_they_came(self):
        full = study(A, "A trial", OLD) | {"resultsSection": {"much": "more"}, "derivedSection": {}}
        in_list = ask(Registry(study(A, "A trial", OLD)), A)[0][A].raw
        alone = ask(Registry(listed=reply(page()), singles={A: reply(json.dumps(full))}), A)[0][A].raw
        assert in_list == alone

    def test_studies_that_nobody_asked_for_are_left_out(self):
        registry = Registry(listed=reply(page(study(B), study(C))), singles={A: reply(json.dumps(study(A)))})
        assert outcomes(registry, A)[A] == Found(Trial(nct(A), "A Trial of Examplinib", "COMPLETED"))

    def test_one_study_that_cannot_be_read_spoils_no_other(self):
        odd = study(B)
        del odd["protocolSection"]["statusModule"]
        found = outcomes(Registry(listed=reply(page(odd, study(A)))), A, B)
        assert isinstance(found[A], Found)
        assert isinstance(found[B], Unavailable)


class TestPages:
    def test_all_pages_of_a_list_are_read(self):
        pages = {"": page(study(A), more="x y"), "x y": page(study(B), more="z"), "z": page(study(C))}

        def listed(parts):
            return reply(pages[parse_qs(parts.query).get("pageToken", [""])[0]])

        registry = Registry(listed=listed)
        assert all(isinstance(outcome, Found) for outcome in outcomes(registry, A, B, C).values())
        assert registry.asked == [f"{A}|{B}|{C}"] * 3

    def test_a_list_that_does_not_end_says_nothing_of_what_it_lacks(self):
        registry = Registry(listed=lambda _: reply(page(study(A), more="again")))
        found = outcomes(registry, A, B)
        assert isinstance(found[A], Found)
        assert isinstance(found[B], Unavailable)
        assert len(registry.asked) == 2

    def test_a_list_of_strangers_without_end_is_left_after_its_first_page(self):
        registry = Registry(listed=lambda _: reply(page(study(C), more="more")))
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes(registry, A, B).values())
        assert len(registry.asked) == 1

    def test_a_page_that_fails_leaves_the_rest_unknown(self):
        def listed(parts):
            return Unavailable("timeout", Cause.TIMEOUT) if "pageToken" in parts.query else first

        first = reply(page(study(A), more="more"))
        found = outcomes(Registry(listed=listed), A, B)
        assert isinstance(found[A], Found)
        assert found[B] == Unavailable("timeout", Cause.TIMEOUT)

    def test_pages_that_contradict_each_other_say_nothing(self):
        def listed(parts):
            again = "pageToken" in parts.query
            return reply(page(study(A, "Another trial")) if again else page(study(A), more="more"))

        assert isinstance(outcomes(Registry(listed=listed), A, B)[A], Unavailable)


class TestNotFound:
    def test_a_number_that_list_and_service_do_not_know_is_not_found(self):
        registry = Registry(study(A))
        found = outcomes(registry, A, B)
        assert isinstance(found[B], NotFound)
        assert registry.asked == [f"{A}|{B}", B]

    @pytest.mark.parametrize(
        "alone",
        [
            Unavailable("the service returned HTTP 503", Cause.HTTP, 503),
            Blocked("too many requests (429)", 429),
            reply("<!DOCTYPE html><title>404</title>", 404),
            reply(f"NCT number {C} not found", 404),
            reply(json.dumps(study(C))),
            reply(json.dumps(study(A, "A trial", OLD))),
            reply("", 200),
            reply("{}", 200),
            reply("gone", 410),
            reply("bad request", 400),
        ],
    )
    def test_what_is_no_believable_second_look_is_no_death(self, alone):
        outcome = outcomes(Registry(singles={B: alone}), B)[B]
        assert isinstance(outcome, Unavailable | Blocked)

    @pytest.mark.parametrize("status", [400, 404, 410])
    def test_a_list_that_is_not_there_is_no_death(self, status):
        registry = Registry(listed=reply("not found", status))
        assert isinstance(outcomes(registry, A)[A], Unavailable)
        assert registry.asked == [A]

    def test_a_service_that_fails_is_not_asked_for_each_number_again(self):
        registry = Registry(listed=Unavailable("the service returned HTTP 503", Cause.HTTP, 503))
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes(registry, A, B, C).values())
        assert registry.asked == [f"{A}|{B}|{C}"]

    def test_beside_a_study_that_cannot_be_read_nothing_is_missing(self):
        odd = study(B)
        odd["protocolSection"]["identificationModule"]["nctId"] = 5
        assert isinstance(outcomes(Registry(listed=reply(page(odd, study(A)))), A, C)[C], Unavailable)


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier(IdKind.PMID, "1"),
        *(nct(text) for text in ("NCT123", "nct00000001", f"{A}|{B}", f"{A}\n", "", "NCT\u0661\u0662345678")),
    ],
)
def test_what_is_no_number_is_never_sent(identifier):
    services = FakeServices(Registry(study(A)))
    first, second = ClinicalTrials(services, StoppedClock(), base="https://trials.example").look_up(
        [identifier, nct(A)]
    )
    assert (first.identifier, first.outcome.cause) == (identifier, Cause.NO_SOURCE)
    assert isinstance(second.outcome, Found)
    assert len(services.requests) == 1


def changed(**status):
    return page(study(A, **status))


DOUBTFUL = {
    "a page": b"<!DOCTYPE html>\n<title>ClinicalTrials.gov</title>",
    "nothing": b"",
    "cut JSON": page(study(A))[:-20],
    "no UTF-8": b'{"studies": "\xff\xfe"}',
    "too deep": b"[" * 200_000,
    "a list": b"[]",
    "an error in JSON": b'{"error": "internal error"}',
    "studies that are no list": b'{"studies": {}}',
    "a study that is no mapping": b'{"studies": [5]}',
    "no protocol": b'{"studies": [{"hasResults": false}]}',
    "a token that is no text": page(study(A))[:-1] + b', "nextPageToken": 5}',
    "no number": page(study("")),
    "a malformed number": page(study("NCT1")),
    "a malformed alias": page(study(A, "A trial", "NCT1")),
    "no title": page(study(A, "")),
    "no status": changed(overallStatus=None),
    "a status in words": changed(overallStatus="it was stopped"),
    "a status that is a number": changed(overallStatus=5),
    "a reason that is a list": changed(whyStopped=["because"]),
    "results of an unknown kind": page(study(A, hasResults="yes")),
    "a day that does not exist": changed(resultsFirstPostDateStruct={"date": "2026-02-30"}),
    "a season": changed(resultsFirstPostDateStruct={"date": "2026-21"}),
    "an English day": changed(resultsFirstPostDateStruct={"date": "February 11, 2026"}),
    "a day that is no text": changed(resultsFirstPostDateStruct={"date": 20260211}),
    "a bare day": changed(resultsFirstPostDateStruct="2026-02-11"),
    "a date in the future": changed(resultsFirstPostDateStruct={"date": "2026-11-30"}),
    "one number, two studies": page(study(A), study(A, "Another trial")),
    "one alias, two studies": page(study(B, "B", A), study(C, "C", A)),
}


class TestRejection:
    @pytest.mark.parametrize("body", DOUBTFUL.values(), ids=DOUBTFUL)
    def test_what_is_no_believable_list_is_unknown(self, body):
        answered, _ = ask(Registry(listed=reply(body)), A)
        assert isinstance(answered[A].outcome, Unavailable)
        assert answered[A].outcome.cause is Cause.CONTENT
        assert answered[A].outcome.reason.startswith("ClinicalTrials.gov")
        assert answered[A].raw is None

    @pytest.mark.parametrize(
        "name", [name for name in DOUBTFUL if name.startswith(("a status", "a day", "no ", "a reason"))]
    )
    def test_nor_is_a_study_alone(self, name):
        try:
            alone = json.dumps(json.loads(DOUBTFUL[name])["studies"][0])
        except (ValueError, LookupError):
            alone = DOUBTFUL[name]
        assert isinstance(outcomes(Registry(singles={A: reply(alone)}), A)[A], Unavailable)

    @given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_no_bytes_do_worse_than_a_value_error(self, raw):
        for read in (study_page, lambda body: read_stored(nct(A), body)):
            with pytest.raises(ValueError, match=r"ClinicalTrials\.gov"):
                read(raw)


# Over real HTTP on loopback, with and without outages

GOOD = page(study(A))
FAULTS = {
    "429": (answers(429), Blocked),
    "429 for an hour": (answers(429, retry_after="3600"), Unavailable),
    "403": (answers(403, b"<html>"), Blocked),
    "500": (answers(500), Unavailable),
    "502": (answers(502, b"<html>"), Unavailable),
    "503": (answers(503, retry_after="5"), Unavailable),
    "400": (answers(400, b"{}"), Unavailable),
    "404 with a page": (answers(404, b"<html>"), Unavailable),
    "reset": (reset_reply, Unavailable),
    "hangs up": (empty_reply, Unavailable),
    "silent": (say_nothing, Unavailable),
    "slow": (drip_body, Unavailable),
    "truncated": (cut_after(GOOD[:50], len(GOOD)), Unavailable),
    "truncated without a length that says so": (ok(GOOD[:50]), Unavailable),
    "home page with 200": (ok(b"<!DOCTYPE html><html>"), Unavailable),
    "error in JSON with 200": (ok(b'{"error": "backend failed"}'), Unavailable),
    "empty body": (ok(b""), Unavailable),
    "schema drift": (ok(b'{"results": []}'), Unavailable),
    "redirect to a page elsewhere": (answers(302, location="https://www.example/"), Unavailable),
    "gzip bomb": (zipped(bytes(3_000_000)), Unavailable),
    "huge header": (huge_header, Unavailable),
    "no HTTP": (no_http, Unavailable),
}
LIMITS = RetryLimits(read=10.0, request=20.0, body=1_000_000)
HASTY = replace(LIMITS, read=0.02)  # for a server that says nothing; a busy machine may be slow to say something


@contextmanager
def clinicaltrials(*behaviours):
    clock = FakeClock(tick=0.5)
    with (
        replying(*behaviours) as script,
        Services(
            network=Network(user_agent="test"),
            clock=clock,
            pacer=InMemoryPacer(clock),
            limits=HASTY if say_nothing in behaviours else LIMITS,
            jitter=lambda: 0.5,
        ) as services,
    ):
        yield ClinicalTrials(services, clock, base=script.url), script


def ask_once(source):
    (answer,) = source.look_up([nct(A)])
    return answer.outcome


@pytest.mark.parametrize(("fault", "kind"), FAULTS.values(), ids=FAULTS)
class TestFaults:
    def test_of_the_list_is_unknown_and_never_a_death(self, fault, kind):
        with clinicaltrials(fault) as (source, _):
            assert type(ask_once(source)) is kind

    def test_of_the_second_look_is_unknown_and_never_a_death(self, fault, kind):
        with clinicaltrials(ok(page()), fault) as (source, _):
            assert type(ask_once(source)) is kind


@pytest.mark.parametrize("fault", ["429", "500", "503", "reset", "truncated", "home page with 200", "schema drift"])
def test_a_fault_that_passes_is_not_noticed(fault):
    with clinicaltrials(FAULTS[fault][0], FAULTS[fault][0], zipped(GOOD)) as (source, script):
        assert isinstance(ask_once(source), Found)
    assert len(script.requests) == 3


def test_a_redirect_of_an_obsolete_number_is_followed():
    there = answers(301, location=f"/api/v2/studies/{B}")
    with clinicaltrials(ok(page()), there, ok(json.dumps(study(B, "B", A)).encode())) as (source, script):
        assert ask_once(source) == Found(Trial(nct(B), "B", "COMPLETED"))
    assert [request.path.rpartition("/")[2] for request in script.requests[1:]] == [A, B]
