"""What is asked is counted, and too much of it is refused when so ordered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from evidence.demo.http import most_in_any_second
from evidence.demo.server import DemoServer
from evidence.demo.world import naltrexone_world
from servers import ask_plainly

EFETCH = "/efetch.fcgi?db=pubmed&retmode=xml&id="


def test_requests_are_kept_with_what_they_asked(server: DemoServer) -> None:
    ask_plainly(f"{server.addresses['eutils']}{EFETCH}1,2&tool=t&email=e", headers={"User-Agent": "me"})
    (request,) = server.requests
    assert (request.service, request.method, request.path, request.ids) == (
        "eutils",
        "GET",
        "/eutils/efetch.fcgi",
        ("1", "2"),
    )
    assert request.params["tool"] == "t"
    assert request.headers["user-agent"] == "me"


def test_requests_are_counted_by_service_and_forgotten_on_order(server: DemoServer) -> None:
    ask_plainly(f"{server.addresses['eutils']}{EFETCH}1")
    ask_plainly(f"{server.addresses['dailymed']}/services/v2/spls.json")
    assert (server.count(), server.count("eutils"), server.count("dailymed"), server.count("pages")) == (2, 1, 1, 0)
    server.forget()
    assert server.count() == 0


def test_no_request_is_lost_when_many_come_at_once(server: DemoServer) -> None:
    with ThreadPoolExecutor(16) as clients:
        got = list(
            clients.map(
                lambda number: ask_plainly(f"{server.addresses['eutils']}{EFETCH}{number}").status, range(1, 201)
            )
        )
    assert got == [200] * 200
    assert sorted(int(pmid) for ids in server.requested_ids() for pmid in ids) == list(range(1, 201))


def test_one_connection_carries_many_requests(server: DemoServer) -> None:
    connection = HTTPConnection(urlsplit(server.addresses["eutils"]).netloc, timeout=5)
    for _ in range(3):
        connection.request("GET", f"/eutils{EFETCH}1")
        assert connection.getresponse().read().startswith(b"<?xml")
        kept = connection.sock
    assert kept is not None
    connection.close()
    assert server.count("eutils") == 3


@pytest.mark.parametrize(
    ("moments", "most"),
    [([], 0), ([0.0], 1), ([0.0, 0.4, 0.99, 1.0, 1.39], 4), ([0.0, 1.0, 2.0], 1), ([5.0, 4.9, 4.8, 0.1], 3)],
)
def test_the_fullest_second_is_found_wherever_it_begins(moments: list[float], most: int) -> None:
    assert most_in_any_second(moments) == most


def test_over_the_rate_limit_the_reply_is_429() -> None:
    with DemoServer(naltrexone_world(), rate_limit=3) as server:
        got = [ask_plainly(f"{server.addresses['eutils']}{EFETCH}1") for _ in range(5)]
        assert server.most_in_any_second("eutils") == 5
    assert [reply.status for reply in got] == [200, 200, 200, 429, 429]
    assert got[4].headers["retry-after"] == "2"
    assert [request.trouble for request in server.requests] == [None, None, None, "429", "429"]


def test_a_key_allows_more() -> None:
    with DemoServer(naltrexone_world(), rate_limit=3) as server:
        got = [ask_plainly(f"{server.addresses['eutils']}{EFETCH}1&api_key=k").status for _ in range(11)]
    assert got == [200] * 10 + [429]


def test_a_stand_in_has_no_address_before_it_runs() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        _ = DemoServer(naltrexone_world()).addresses
