from collections import deque
from dataclasses import replace

import pytest

from evidence.model.outcomes import Cause
from evidence.model.records import Hop
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchFailure, FetchLimits, GuardRefused, PageAnswer
from fakes import RealClock
from servers import QUICK_LIMITS, fetch, fetch_one, hang_up, html_page, page_answer, redirect, scripted_web


@pytest.fixture
def web():
    with scripted_web() as played:
        yield played


def test_a_page_is_seen_with_its_headers_and_body(web):
    observed = fetch_one(web, web.plays("/study", html_page("A study", "X-Kind: page", "X-Kind: second")))
    assert isinstance(observed, PageAnswer)
    assert (observed.url, observed.status, observed.complete, observed.hops) == (
        "https://www.example.org/study",
        200,
        True,
        (),
    )
    assert observed.headers["x-kind"] == "page"
    assert b"<title>A study</title>" in observed.body


def test_a_page_is_asked_once_by_get_and_by_its_own_name(web):
    fetch_one(web, web.plays("/study", html_page("A study")) + "?q=1#part-2")
    (asked,) = web.asked
    assert (asked.method, asked.target, asked.headers["host"]) == ("GET", "/study?q=1", "www.example.org")
    assert asked.headers["user-agent"] == "evidence-test/1 (+mailto:test@example.org)"
    assert asked.headers["accept-encoding"] == "gzip, deflate"


def test_letters_beyond_ascii_are_encoded_in_hosts_and_paths(web):
    web.plays("/caf%C3%A9", html_page("Caf\u00e9"))
    observed = fetch_one(web, "https://b\u00fccher.example/caf\u00e9?q=\u00fc")
    assert isinstance(observed, PageAnswer)
    assert observed.url == "https://xn--bcher-kva.example/caf%C3%A9?q=%C3%BC"
    assert web.asked[0].headers["host"] == "xn--bcher-kva.example"


def test_a_user_name_in_an_address_is_never_sent(web):
    web.plays("/study", html_page("A study"))
    observed = fetch_one(web, "https://someone:secret@www.example.org/study")
    assert isinstance(observed, PageAnswer)
    assert observed.url == "https://www.example.org/study"
    assert "authorization" not in web.asked[0].headers


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "mailto:x@example.org", "http://", "http://a b/", "http://[::1", ""]
)
def test_what_is_no_web_address_is_reported_and_not_asked(url, web):
    observed = fetch_one(web, url)
    assert isinstance(observed, FetchFailure)
    assert observed.cause is Cause.PROTOCOL
    assert web.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed_and_noted(status, web):
    url = web.plays("/old", redirect("/new", status))
    web.plays("/new", html_page("New"))
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert observed.url == "https://www.example.org/new"
    assert observed.hops == (Hop(status, url, "https://www.example.org/new"),)


def test_a_redirect_to_another_host_in_its_own_letters_is_followed(web):
    url = web.plays("/old", redirect("http://b\u00fccher.example/n\u00e9w page#top"))
    web.plays("/n%C3%A9w%20page", html_page("New"))
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert observed.url == "http://xn--bcher-kva.example/n%C3%A9w%20page"


def test_redirects_in_a_circle_are_reported(web):
    url = web.plays("/a", redirect("/b"))
    web.plays("/b", redirect("/a"))
    observed = fetch_one(web, url)
    assert isinstance(observed, FetchFailure)
    assert (observed.reason, observed.cause) == ("the redirects form a loop", Cause.PROTOCOL)
    assert len(web.asked) == 2


def test_redirects_without_end_are_given_up_after_ten(web):
    for step in range(20):
        web.plays(f"/{step}", redirect(f"/{step + 1}"))
    observed = fetch_one(web, "https://www.example.org/0")
    assert isinstance(observed, FetchFailure)
    assert observed.reason == "more than 10 redirects"
    assert len(web.asked) == 11


def test_ten_redirects_are_fine(web):
    for step in range(10):
        web.plays(f"/{step}", redirect(f"/{step + 1}"))
    web.plays("/10", html_page("At last"))
    assert isinstance(fetch_one(web, "https://www.example.org/0"), PageAnswer)


def test_a_site_that_redirects_until_it_gets_its_cookie_back_is_seen(web):
    url = web.plays("/study", redirect("/study", 302, "Set-Cookie: seen=yes; Path=/"), html_page("A study"))
    assert isinstance(fetch_one(web, url), PageAnswer)
    assert [asked.headers.get("cookie") for asked in web.asked] == [None, "seen=yes"]


def test_cookies_of_one_page_are_not_sent_for_another(web):
    first = web.plays("/a", redirect("/b", 302, "Set-Cookie: seen=yes; Path=/"))
    web.plays("/b", html_page("B"))
    second = web.plays("/c", html_page("C"))
    fetch(web, first, second, limits=FetchLimits(gap=0.0, in_flight=1, per_host=1))
    assert [(asked.target, asked.headers.get("cookie")) for asked in web.asked] == [
        ("/a", None),
        ("/c", None),
        ("/b", "seen=yes"),
    ]


@pytest.mark.parametrize("target", ["ftp://example.org/x", "javascript:alert(1)", "http://[::1", ""])
def test_a_redirect_to_no_web_address_is_trouble(target, web):
    observed = fetch_one(web, web.plays("/old", redirect(target)))
    assert isinstance(observed, FetchFailure)
    assert (observed.cause, observed.status) == (Cause.PROTOCOL, 301)


def test_a_redirect_to_a_private_address_is_refused(web):
    observed = fetch_one(web, web.plays("/old", redirect("http://192.168.0.1/admin")))
    assert isinstance(observed, GuardRefused)
    assert observed.reason == "private address"


@pytest.mark.parametrize("head", [404, 410, 405, 501])
@pytest.mark.parametrize("status", [404, 410])
def test_head_confirms_that_a_page_is_missing(status, head, web):
    url = web.plays("/gone", page_answer(status, b"gone"))
    web.plays("/gone", page_answer(head), method="HEAD")
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert (observed.status, observed.is_not_found) == (status, True)
    assert [asked.method for asked in web.asked] == ["GET", "HEAD"]


@pytest.mark.parametrize("head", [200, 301, 403])
def test_head_can_speak_against_a_404(head, web):
    url = web.plays("/gone", page_answer(404))
    web.plays("/gone", page_answer(head, b"", "Location: /elsewhere"), method="HEAD")
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert (observed.status, observed.second_opinion, observed.is_not_found) == (404, head, False)


def test_a_404_whose_head_never_answers_is_not_confirmed(web):
    url = web.plays("/gone", page_answer(404))
    web.plays("/gone", hang_up, method="HEAD")
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert (observed.second_opinion, observed.is_not_found) == (None, False)


def test_a_404_is_confirmed_at_the_address_that_gave_it(web):
    url = web.plays("/old", redirect("/new"))
    web.plays("/new", page_answer(404))
    web.plays("/new", page_answer(404), method="HEAD")
    observed = fetch_one(web, url)
    assert isinstance(observed, PageAnswer)
    assert observed.is_not_found
    assert web.targets("HEAD") == ["/new"]


def test_a_very_long_address_is_asked_with_all_of_it(web):
    target = "/study?" + "&".join(f"part{n}=naltrexone" for n in range(400))
    assert 7000 < len(target) < 8000
    web.plays("/study", html_page("A study"))
    observed = fetch_one(web, f"https://www.example.org{target}")
    assert isinstance(observed, PageAnswer)
    assert web.targets() == [target]


def test_an_address_put_aside_is_asked_once_and_before_what_waits_of_its_host(web):
    for number in range(4):
        web.plays(f"/{number}", html_page(str(number)))
    web.plays("/aside", page_answer(404))
    extra_urls: deque[str] = deque()
    pages = Pages(Network("test/1"), RealClock(), route=web.route, limits=replace(QUICK_LIMITS, per_host=1))
    came = []
    for fetched in pages.fetch([f"https://www.example.org/{n}" for n in range(4)], extra_urls=extra_urls):
        if not came:
            extra_urls.append("https://www.example.org/aside")
        came.append((fetched.url.rpartition("/")[2], fetched.is_extra))
    assert sorted(came) == [("0", False), ("1", False), ("2", False), ("3", False), ("aside", True)]
    assert web.targets().index("/aside") <= 2
    assert web.targets("HEAD") == []


def test_an_address_put_aside_at_the_very_end_is_still_asked(web):
    web.plays("/study", html_page("A study"))
    web.plays("/aside", page_answer(503))
    extra_urls: deque[str] = deque()
    came = []
    for fetched in Pages(Network("test/1"), RealClock(), route=web.route, limits=QUICK_LIMITS).fetch(
        ["https://www.example.org/study"], extra_urls=extra_urls
    ):
        if not fetched.is_extra:
            extra_urls += ["https://www.example.org/aside", "ftp://nothing.example/"]
        came.append(fetched.url)
    assert sorted(came) == ["ftp://nothing.example/", "https://www.example.org/aside", "https://www.example.org/study"]
    assert web.targets() == ["/study", "/aside"]
