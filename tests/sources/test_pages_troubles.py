import gzip
import socket
from dataclasses import replace

import pytest

from evidence.model.outcomes import Cause
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchFailure, FetchLimits, PageAnswer
from fakes import RealClock
from servers import (
    QUICK_LIMITS,
    ScriptedWeb,
    after,
    fetch,
    fetch_one,
    hang_up,
    html_page,
    page_answer,
    reset,
    scripted_web,
    slowly,
    then_close,
    then_reset,
)

IMPATIENT = replace(QUICK_LIMITS, request=1.0)
HTML = "Content-Type: text/html"


@pytest.fixture
def web():
    with scripted_web() as played:
        yield played


@pytest.mark.parametrize("status", [500, 502, 503, 520, 429, 408])
def test_a_passing_trouble_is_tried_again(status, web):
    observed = fetch_one(web, web.plays("/study", page_answer(status), page_answer(status), html_page("A study")))
    assert isinstance(observed, PageAnswer)
    assert observed.status == 200
    assert len(web.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 451, 999])
def test_a_lasting_refusal_is_asked_only_once(status, web):
    observed = fetch_one(web, web.plays("/study", page_answer(status)))
    assert isinstance(observed, PageAnswer)
    assert observed.status == status
    assert len(web.asked) == 1


def test_a_server_that_fails_three_times_is_given_up(web):
    observed = fetch_one(web, web.plays("/study", page_answer(500)))
    assert isinstance(observed, PageAnswer)
    assert (observed.status, len(web.asked)) == (500, 3)


def test_a_bot_wall_is_not_asked_again(web):
    observed = fetch_one(web, web.plays("/study", page_answer(503, b"", "cf-mitigated: challenge")))
    assert isinstance(observed, PageAnswer)
    assert observed.is_challenged
    assert len(web.asked) == 1


def test_retry_after_is_obeyed_for_the_entire_host(web):
    first = web.plays("/a", page_answer(429, b"", "Retry-After: 1"), html_page("A"))
    second = web.plays("/b", html_page("B"))
    limits = FetchLimits(gap=0.05, per_host=1, longest_wait=2.0, waits=(0.01, 0.01))
    fetch(web, first, second, limits=limits)
    (a1, b1, a2) = sorted(web.asked, key=lambda asked: asked.at)
    assert [a1.target, b1.target, a2.target].count("/a") == 2
    assert b1.at - a1.at >= 0.9
    assert a2.at - a1.at >= 0.9


def test_a_retry_after_of_an_hour_is_not_waited_for(web):
    observed = fetch_one(web, web.plays("/a", page_answer(429, b"", "Retry-After: 3600"), html_page("A")))
    assert isinstance(observed, PageAnswer)
    assert observed.status == 429
    assert web.targets() == ["/a"]


TROUBLES = {
    "reset": (reset, Cause.PROTOCOL),
    "closed without an answer": (hang_up, Cause.PROTOCOL),
    "no answer": (after(3.0, page_answer(200)), Cause.TIMEOUT),
    "headers without end": (slowly(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.02), Cause.TIMEOUT),
    "headers cut": (then_close(b"HTTP/1.1 200 OK\r\nContent-Ty"), Cause.PROTOCOL),
}
LASTING_TROUBLES = {
    "no http": (then_close(b"SSH-2.0-OpenSSH_9.9\r\n"), Cause.PROTOCOL),
    "huge headers": (page_answer(200, b"", f"X-Filler: {'x' * 6000}"), Cause.PROTOCOL),
    "many headers": (page_answer(200, b"", *(f"X-{n}: {'x' * 80}" for n in range(60))), Cause.PROTOCOL),
}


ENDLESS = {"no answer", "headers without end", "dripping", "never ending", "silent after its headers"}


def patience(name: str) -> FetchLimits:
    return IMPATIENT if name in ENDLESS else QUICK_LIMITS


def tries(name: str) -> int:
    return 2 if TROUBLES[name][1] is Cause.TIMEOUT else 3


@pytest.mark.parametrize("name", TROUBLES)
def test_a_page_without_an_answer_is_tried_three_times_a_silent_one_twice(name, web):
    playing, cause = TROUBLES[name]
    observed = fetch_one(web, web.plays("/study", playing), limits=patience(name))
    assert isinstance(observed, FetchFailure)
    assert (observed.cause, observed.status, len(web.asked)) == (cause, None, tries(name))


@pytest.mark.parametrize("name", TROUBLES)
def test_a_page_that_answers_on_the_last_try_is_seen(name, web):
    failing = [TROUBLES[name][0]] * (tries(name) - 1)
    observed = fetch_one(web, web.plays("/study", *failing, html_page("A study")), limits=patience(name))
    assert isinstance(observed, PageAnswer)
    assert observed.status == 200


def test_a_host_that_was_silent_is_asked_once_more_whichever_of_its_pages_were(web):
    urls = [web.plays(f"/{name}", after(3.0, page_answer(200))) for name in ("one", "two", "three")]
    observed = fetch(web, *urls, limits=IMPATIENT).values()
    assert [outcome.cause for outcome in observed] == [Cause.TIMEOUT] * 3
    assert len(web.asked) == 4


@pytest.mark.parametrize("name", LASTING_TROUBLES)
def test_an_answer_that_is_none_is_asked_for_once(name, web):
    playing, cause = LASTING_TROUBLES[name]
    observed = fetch_one(web, web.plays("/study", playing))
    assert isinstance(observed, FetchFailure)
    assert (observed.cause, len(web.asked)) == (cause, 1)


def test_nobody_listening_is_a_failure_to_connect():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    nowhere = ScriptedWeb(port=port)
    observed = fetch_one(nowhere, "https://www.example.org/")
    assert isinstance(observed, FetchFailure)
    assert observed.cause is Cause.CONNECT


def test_a_name_that_does_not_resolve_is_dns_trouble():
    pages = Pages(Network("test/1"), RealClock(), limits=FetchLimits(waits=()))
    ((fetched),) = pages.fetch(["http://no-such-host.invalid/"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert fetched.outcome.cause in {Cause.DNS, Cause.TIMEOUT}


INCOMPLETE = {
    "too long": page_answer(200, b"x" * 100_000, HTML),
    "truncated": then_close(page_answer(200, b"x" * 100, HTML, length=1000)),
    "reset midway": then_reset(page_answer(200, b"x" * 100, HTML, length=1000)),
    "dripping": slowly(page_answer(200, b"", HTML, length=1_000_000), b"x"),
    "never ending": slowly(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000, 0.001),
    "silent after its headers": after(0.0, page_answer(200, b"", HTML, length=10)),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_a_page_that_breaks_off_after_its_headers_is_found_but_incomplete(name, web):
    observed = fetch_one(web, web.plays("/study", INCOMPLETE[name]), limits=patience(name))
    assert isinstance(observed, PageAnswer)
    assert (observed.status, observed.complete) == (200, False)
    assert len(observed.body) <= QUICK_LIMITS.body
    assert len(web.asked) == 1


def test_a_204_is_a_complete_answer(web):
    observed = fetch_one(web, web.plays("/study", page_answer(204)))
    assert isinstance(observed, PageAnswer)
    assert (observed.status, observed.complete, observed.body) == (204, True, b"")


def test_early_hints_before_the_answer_are_no_answer(web):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nX-Hint: 1\r\n\r\n"
    observed = fetch_one(web, web.plays("/study", hints + html_page("A study")))
    assert isinstance(observed, PageAnswer)
    assert observed.status == 200
    assert "x-hint" not in observed.headers


def test_a_gzipped_page_is_read(web):
    observed = fetch_one(
        web, web.plays("/study", page_answer(200, gzip.compress(b"<title>Zipped</title>"), "Content-Encoding: gzip"))
    )
    assert isinstance(observed, PageAnswer)
    assert observed.body == b"<title>Zipped</title>"


def test_a_decompression_bomb_is_cut(web):
    bomb = gzip.compress(b"\0" * 50_000_000)
    observed = fetch_one(web, web.plays("/study", page_answer(200, bomb, "Content-Encoding: gzip")))
    assert isinstance(observed, PageAnswer)
    assert (observed.complete, len(observed.body)) == (False, QUICK_LIMITS.body)


def test_a_page_with_broken_compression_is_asked_for_without(web):
    broken = page_answer(200, b"this is not gzip", "Content-Encoding: gzip")
    observed = fetch_one(web, web.plays("/study", broken, html_page("A study")))
    assert isinstance(observed, PageAnswer)
    assert [asked.headers["accept-encoding"] for asked in web.asked] == ["gzip, deflate", "identity"]


def test_a_page_whose_compression_stays_broken_is_unavailable_with_its_status(web):
    observed = fetch_one(web, web.plays("/study", page_answer(200, b"this is not gzip", "Content-Encoding: gzip")))
    assert isinstance(observed, FetchFailure)
    assert (observed.cause, observed.status) == (Cause.CONTENT, 200)
