"""DailyMed asked over real HTTP on loopback, with and without outages."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Found, NotFound, Unavailable
from evidence.sources.dailymed import DailyMed
from evidence.sources.http.network import Network
from evidence.sources.http.request import RetryLimits
from evidence.sources.http.session import InMemoryPacer, Services
from fakes import FakeClock
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

SETID = "aaaaaaaa-0000-4000-8000-00000000000a"
ME = Identifier(IdKind.SETID, SETID)
GOOD = json.dumps(
    {
        "data": {
            "spl": {"title": "MADEUPINE TABLET [EXAMPLE LABS]", "setid": SETID},
            "history": [{"spl_version": 2, "published_date": "Aug 09, 2023"}],
        },
        "metadata": {"total_elements": 1, "total_pages": 1, "current_page": 1},
    }
).encode()
EMPTY = json.dumps({"data": [], "metadata": {"total_elements": 0, "total_pages": 0}}).encode()
HOME = b"<!DOCTYPE html><html><title>DailyMed</title></html>"
WRONG = GOOD.replace(SETID.encode(), b"bbbbbbbb-0000-4000-8000-00000000000b")

FAULTS = {
    "429": (answers(429), Blocked),
    "429 for an hour": (answers(429, retry_after="3600"), Unavailable),
    "403": (answers(403, HOME), Blocked),
    "500": (answers(500), Unavailable),
    "502": (answers(502, HOME), Unavailable),
    "503": (answers(503, retry_after="5"), Unavailable),
    "400": (answers(400, b"{}"), Unavailable),
    "reset": (reset_reply, Unavailable),
    "hangs up": (empty_reply, Unavailable),
    "silent": (say_nothing, Unavailable),
    "slow": (drip_body, Unavailable),
    "truncated": (cut_after(GOOD[:50], len(GOOD)), Unavailable),
    "truncated and not told": (ok(GOOD[:50]), Unavailable),
    "home page with 200": (ok(HOME), Unavailable),
    "error in JSON with 200": (ok(b'{"error": "backend failed"}'), Unavailable),
    "empty body": (ok(b""), Unavailable),
    "another label": (ok(WRONG), Unavailable),
    "schema drift": (ok(b'{"result": {"versions": []}}'), Unavailable),
    "redirect to a page elsewhere": (answers(302, location="https://www.example/"), Unavailable),
    "gzip bomb": (zipped(bytes(3_000_000)), Unavailable),
    "huge header": (huge_header, Unavailable),
    "no HTTP": (no_http, Unavailable),
}
LIMITS = RetryLimits(read=10.0, request=20.0, body=1_000_000)
HASTY = replace(LIMITS, read=0.02)  # for a server that says nothing; a busy machine may be slow to say something


@contextmanager
def dailymed(*behaviours, tick=0.0):
    clock = FakeClock(tick=tick)
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
        yield DailyMed(services=services, clock=clock, base=f"{script.url}/dailymed"), script


def ask(source):
    (answer,) = source.look_up([ME])
    return answer.outcome


@pytest.mark.parametrize(("fault", "kind"), FAULTS.values(), ids=FAULTS)
class TestFaults:
    def test_of_the_history_is_unknown_and_never_a_death(self, fault, kind):
        with dailymed(fault, tick=0.5) as (source, _):
            assert type(ask(source)) is kind

    def test_of_the_second_look_is_unknown_and_never_a_death(self, fault, kind):
        with dailymed(ok(EMPTY), fault, tick=0.5) as (source, _):
            assert type(ask(source)) is kind

    def test_leaves_nothing_for_the_next_question(self, fault, kind):
        with dailymed(*[fault] * 4, ok(GOOD), tick=0.5) as (source, script):
            outcome = ask(source)
            assert isinstance(outcome, kind)
            while len(script.behaviours) > 1:  # faults that were given up at once leave some of the script
                script.behaviours.pop(0)
            assert isinstance(ask(source), Found)


@pytest.mark.parametrize(
    "fault",
    ["429", "500", "502", "503", "reset", "hangs up", "truncated", "home page with 200", "another label", "no HTTP"],
)
def test_a_fault_that_passes_is_not_noticed(fault):
    with dailymed(FAULTS[fault][0], FAULTS[fault][0], zipped(GOOD)) as (source, script):
        assert isinstance(ask(source), Found)
    assert len(script.requests) == 3


def test_a_label_is_asked_for_at_its_documented_address():
    with dailymed(ok(GOOD)) as (source, script):
        assert isinstance(ask(source), Found)
    assert [observed.path for observed in script.requests] == [f"/dailymed/services/v2/spls/{SETID}/history.json"]


def test_a_label_is_unlisted_when_history_and_list_say_so():
    with dailymed(answers(404, HOME), ok(EMPTY)) as (source, script):
        assert isinstance(ask(source), NotFound)
    assert [request.path.rpartition("/")[2] for request in script.requests] == [
        "history.json",
        f"spls.json?setid={SETID}",
    ]


def test_a_wrong_address_is_no_death():
    with dailymed(answers(404, HOME)) as (source, _):
        assert isinstance(ask(source), Unavailable)


def test_requests_keep_their_distance():
    with dailymed(ok(EMPTY)) as (source, script):
        ask(source)
        clock = source._clock
    assert len(script.requests) == 2
    assert clock.sleeps == [pytest.approx(0.3)]
