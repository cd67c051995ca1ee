from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.outcomes import Cause
from evidence.sources.http.network import Guard
from evidence.sources.http.transfer import FAILURES, failure
from evidence.sources.http.visit import (
    DeadlinePassed,
    FailedRequest,
    FetchFailure,
    FetchLimits,
    GuardRefused,
    PageAnswer,
    PageReply,
    PageRequest,
    Step,
    Visit,
)

URL = "https://www.example.org/study"
LIMITS = FetchLimits(waits=(2.0, 8.0))
BROKEN = FailedRequest("the connection was lost", Cause.PROTOCOL)


def visit(url: str = URL) -> Visit:
    return Visit(url, LIMITS, Guard())


def begun(url: str = URL) -> Visit:
    made = visit(url)
    assert isinstance(made.begin(), PageRequest)
    return made


def asks(step: Step) -> PageRequest:
    assert isinstance(step, PageRequest)
    return step


def test_the_first_request_is_a_get_at_once():
    first = asks(visit().begin())
    assert (first.address.url, first.head, first.wait) == (URL, False, 0.0)


def test_a_failure_is_tried_again_after_two_and_after_eight_seconds():
    page = begun()
    assert asks(page.failed(BROKEN)).wait == 2.0
    assert asks(page.failed(BROKEN)).wait == 8.0
    assert page.failed(BROKEN) == FetchFailure(BROKEN.reason, BROKEN.cause)


def test_a_lasting_failure_is_not_tried_again():
    assert isinstance(begun().failed(replace(BROKEN, again=False)), FetchFailure)


@pytest.mark.parametrize(("asked_for", "wait"), [(0.0, 0.0), (5.0, 5.0), (30.0, 30.0)])
def test_a_retry_after_takes_the_place_of_our_own_wait_and_rests_the_host(asked_for, wait):
    again = asks(begun().answered(PageReply(503, {}), asked_for))
    assert (again.wait, again.rest) == (wait, True)


def test_our_own_wait_does_not_rest_the_host():
    assert not asks(begun().answered(PageReply(503, {}))).rest


def test_a_retry_after_beyond_thirty_seconds_ends_the_visit():
    step = begun().answered(PageReply(503, {}), 31.0)
    assert isinstance(step, PageAnswer)
    assert step.status == 503


def test_another_try_begins_at_the_cited_address():
    page = begun()
    page.answered(PageReply(302, {"location": "/elsewhere"}))
    assert asks(page.answered(PageReply(500, {}))).address.url == URL


def test_hops_of_a_failed_try_are_forgotten():
    page = begun()
    page.answered(PageReply(302, {"location": "/elsewhere"}))
    page.failed(BROKEN)
    observed = page.answered(PageReply(200, {}))
    assert isinstance(observed, PageAnswer)
    assert (observed.url, observed.hops) == (URL, ())


def test_broken_compression_is_asked_for_plainly_from_then_on():
    page = begun()
    again = asks(page.failed(FailedRequest("damaged", Cause.CONTENT, 200, plainly=True)))
    assert again.plain
    assert asks(page.failed(BROKEN)).plain


def test_a_challenge_with_404_is_no_death():
    observed = begun().answered(PageReply(404, {"cf-mitigated": "challenge"}))
    assert isinstance(observed, PageAnswer)
    assert not observed.is_not_found


@pytest.mark.parametrize("status", [403, 404, 410, 503])
def test_a_head_that_a_bot_wall_answers_confirms_no_death(status):
    page = begun()
    assert asks(page.answered(PageReply(404, {}))).head
    observed = page.answered(PageReply(status, {"cf-mitigated": "challenge"}))
    assert isinstance(observed, PageAnswer)
    assert (observed.is_challenged, observed.is_not_found) == (True, False)


def test_a_head_that_fails_for_now_restarts_the_visit():
    page = begun()
    assert asks(page.answered(PageReply(404, {}))).head
    again = asks(page.answered(PageReply(503, {})))
    assert (again.head, again.wait) == (False, 2.0)
    assert asks(page.answered(PageReply(404, {}))).head
    observed = page.answered(PageReply(404, {}))
    assert isinstance(observed, PageAnswer)
    assert observed.is_not_found


def test_a_page_cut_short_before_any_answer_was_not_asked():
    assert begun().cut_short() == DeadlinePassed()


def test_a_page_cut_short_after_a_404_is_not_confirmed_dead():
    page = begun()
    page.answered(PageReply(404, {}))
    observed = page.cut_short()
    assert isinstance(observed, PageAnswer)
    assert not observed.is_not_found


def test_a_page_cut_short_between_tries_is_what_the_last_try_was():
    page = begun()
    page.failed(BROKEN)
    assert page.cut_short() == FetchFailure(BROKEN.reason, BROKEN.cause)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://example.org:25/"])
def test_what_the_guard_refuses_is_never_asked(url):
    assert isinstance(visit(url).begin(), GuardRefused)


def test_a_visit_that_has_not_begun_cannot_be_answered():
    with pytest.raises(RuntimeError):
        visit().answered(PageReply(200, {}))


_REPLIES = st.builds(
    PageReply,
    st.sampled_from([200, 204, 301, 302, 308, 400, 403, 404, 410, 429, 500, 503, 999]),
    st.sampled_from(
        [{}, {"location": "/a"}, {"location": "/b"}, {"location": "http://10.0.0.1/"}, {"cf-mitigated": "x"}]
    ),
)
_HAPPENINGS = st.lists(st.one_of(_REPLIES, st.sampled_from(list(FAILURES.values()))), min_size=200, max_size=200)


@given(_HAPPENINGS)
def test_every_visit_ends_and_only_a_confirmed_404_or_410_is_not_found(happenings):
    page = visit()
    step = page.begin()
    statuses = []
    for happening in happenings:
        if not isinstance(step, PageRequest):
            break
        statuses.append(happening.status or 0)
        step = page.answered(happening) if isinstance(happening, PageReply) else page.failed(happening)
    assert not isinstance(step, PageRequest)
    assert len(statuses) <= 3 * (LIMITS.hops + 2)
    if isinstance(step, PageAnswer) and step.is_not_found:
        assert statuses[-2] in {404, 410}
        assert statuses[-1] in {404, 410, 405, 501}


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (5, Cause.NETWORK),
        (6, Cause.DNS),
        (7, Cause.CONNECT),
        (28, Cause.TIMEOUT),
        (35, Cause.TLS),
        (60, Cause.TLS),
        (77, Cause.NETWORK),
        (52, Cause.PROTOCOL),
        (56, Cause.PROTOCOL),
        (61, Cause.CONTENT),
        (97, Cause.NETWORK),
        (4711, Cause.PROTOCOL),
    ],
)
def test_an_error_number_has_its_cause(code, cause):
    assert failure(code).cause is cause


def test_a_proxy_that_cannot_be_connected_to_is_our_own_trouble():
    assert failure(7, proxied=True).cause is Cause.NETWORK


@pytest.mark.parametrize(
    ("result", "reported"), [(10, "has expired"), (18, "self-signed"), (62, "a different host name")]
)
def test_a_bad_certificate_is_reported_with_its_own_reason(result, reported):
    assert reported in failure(60, verify_result=result).reason
