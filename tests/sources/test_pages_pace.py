import threading

import pytest

from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.visit import DeadlinePassed, FetchLimits, PageAnswer
from fakes import RealClock
from servers import after, fetch, html_page, once, page_answer, scripted_web, slowly

HTML = "Content-Type: text/html"


@pytest.fixture
def web():
    with scripted_web() as played:
        yield played


def test_a_host_gets_two_requests_at_a_time_and_a_gap_between_their_starts(web):
    urls = [web.plays(f"/{n}", after(0.15, html_page("A"))) for n in range(6)]
    fetch(web, *urls, limits=FetchLimits(gap=0.05))
    starts = sorted(asked.at for asked in web.asked)
    assert web.busiest["www.example.org"] <= 2
    assert starts[-1] - starts[0] > 4 * 0.05


def test_a_slow_host_does_not_hold_up_the_others(web):
    web.plays("/slow", after(1.0, html_page("Slow")))
    web.plays("/fast", html_page("Fast"))
    urls = [*(f"https://slow.example/slow?{n}" for n in range(2)), *(f"https://h{n}.example/fast" for n in range(20))]
    pages = Pages(Network("test/1"), RealClock(), route=web.route, limits=FetchLimits(gap=0.0, in_flight=30))
    order = [fetched.url for fetched in pages.fetch(urls)]
    assert all("fast" in url for url in order[:20])


def test_results_come_while_others_are_still_under_way(web):
    first_is_there = threading.Event()
    slow = web.plays("/slow", once(first_is_there, html_page("Slow")))
    fast = web.plays("/fast", html_page("Fast"))
    results = Pages(Network("test/1"), RealClock(), route=web.route).fetch([slow, fast])
    assert next(results).url == fast
    first_is_there.set()
    assert [fetched.url for fetched in results] == [slow]


def test_the_deadline_ends_a_run_and_says_what_was_never_asked(web):
    slow = [web.plays(f"/slow{n}", after(5.0, html_page("Slow"))) for n in range(5)]
    failing = "https://failing.example/failing"
    web.plays("/failing", page_answer(500))
    headers_only = "https://drip.example/drip"
    web.plays("/drip", slowly(page_answer(200, b"", HTML, length=10_000), b"x"))
    limits = FetchLimits(gap=0.0, per_host=1, waits=(30.0,))
    observed = fetch(web, *slow, failing, headers_only, limits=limits, deadline=0.8)
    assert all(isinstance(observed[url], DeadlinePassed) for url in slow)
    assert isinstance(failed := observed[failing], PageAnswer)
    assert failed.status == 500
    assert isinstance(dripping := observed[headers_only], PageAnswer)
    assert (dripping.status, dripping.complete) == (200, False)


def test_every_address_is_answered_exactly_once(web):
    web.plays("/ok", html_page("Fine"))
    urls = [f"https://h{n % 7}.example/{'ok' if n % 3 else 'gone'}?{n}" for n in range(300)]
    pages = Pages(Network("test/1"), RealClock(), route=web.route, limits=FetchLimits(gap=0.0, waits=()))
    assert sorted(fetched.url for fetched in pages.fetch(urls)) == sorted(urls)


def test_a_result_that_is_not_waited_for_closes_its_connections(web):
    url = web.plays("/slow", after(0.2, html_page("Slow")))
    results = Pages(Network("test/1"), RealClock(), route=web.route).fetch([url, web.plays("/fast", html_page("Fast"))])
    next(results)
    results.close()
    with pytest.raises(StopIteration):
        next(results)
