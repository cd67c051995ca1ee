"""Cited pages by host and path, with all the ways in which pages answer."""

from __future__ import annotations

import sys
import time
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, World, page_key, plain_page
from servers import PlainReply, ask_plainly

CHARITY = "https://www.ldnresearchtrust.org"


def visit(server: DemoServer, url: str, *, method: str = "GET") -> PlainReply:
    routed = server.route(url)
    return ask_plainly(routed.url, method=method, headers={"Host": routed.host_header})


def test_the_charitys_home_page_answers_without_sending_anyone_on(server: DemoServer) -> None:
    got = visit(server, CHARITY)
    assert got.status == 200
    assert "location" not in got.headers
    assert "<title>LDN Research Trust</title>" in got.text
    assert server.requested_ids("pages") == [(f"{CHARITY}/",)]
    assert server.requests[0].host == "www.ldnresearchtrust.org"


def test_http_and_https_are_different_pages() -> None:
    world = (
        World()
        .with_redirect("http://a.example/x", "https://a.example/x")
        .with_page("https://a.example/x", plain_page("X"))
    )
    with DemoServer(world) as server:
        first, second = visit(server, "http://a.example/x"), visit(server, "https://a.example/x")
    assert (first.status, first.headers["location"]) == (301, "https://a.example/x")
    assert second.status == 200


def test_a_known_host_says_404_and_an_unknown_host_says_nothing_certain(server: DemoServer) -> None:
    assert visit(server, f"{CHARITY}/nowhere").status == 404
    assert visit(server, "https://unheard-of.example/").status == 503


def test_a_page_can_die_between_two_runs(server: DemoServer) -> None:
    server.world = server.world.without_page(CHARITY)
    assert visit(server, CHARITY).status == 404


def test_head_brings_no_body_and_may_answer_otherwise() -> None:
    world = World().with_page("http://a.example/", PageFacts(status=404, head_status=200, body="gone"))
    with DemoServer(world) as server:
        got, head = visit(server, "http://a.example"), visit(server, "http://a.example", method="HEAD")
    assert (got.status, got.body) == (404, b"gone")
    assert (head.status, head.body) == (200, b"")


def test_a_page_without_a_host_answers_for_all_of_them() -> None:
    with DemoServer(World().with_page("/ok?x=1", plain_page("Anywhere"))) as server:
        assert ask_plainly(f"{server.pages_url}/ok?x=1").status == 200
        assert visit(server, "https://b.example/ok?x=1").status == 200
        assert ask_plainly(f"{server.pages_url}/ok").status == 503


def test_a_page_may_refuse_the_connection() -> None:
    with DemoServer(World().with_page("http://a.example/", PageFacts(refused=True))) as server:
        with pytest.raises(ConnectionRefusedError):
            visit(server, "http://a.example/")
        assert server.count() == 0


def test_a_page_may_hang_up() -> None:
    with (
        DemoServer(World().with_page("http://a.example/", PageFacts(status=None))) as server,
        pytest.raises(RemoteDisconnected),
    ):
        visit(server, "http://a.example/")


def test_a_cut_page_promises_more_than_it_sends() -> None:
    with (
        DemoServer(World().with_page("http://a.example/", PageFacts(body="x" * 100, cut=True))) as server,
        pytest.raises(IncompleteRead) as cut,
    ):
        visit(server, "http://a.example/")
    assert len(cut.value.partial) == 50


def test_a_dripping_page_takes_its_time() -> None:
    with DemoServer(World().with_page("http://a.example/", PageFacts(body="12345", drip=0.02, delay=0.05))) as server:
        began = time.monotonic()
        got = visit(server, "http://a.example/")
    assert got.text == "12345"
    assert time.monotonic() - began >= 0.05 + 5 * 0.02


def test_an_endless_page_goes_on_until_the_reader_leaves() -> None:
    with DemoServer(World().with_page("http://a.example/", PageFacts(body="x" * 1000, endless=True))) as server:
        routed = server.route("http://a.example/")
        connection = HTTPConnection(urlsplit(routed.url).netloc, timeout=5)
        connection.request("GET", "/", headers={"Host": routed.host_header})
        with connection.getresponse() as reply:
            assert len(reply.read(1_000_000)) == 1_000_000
        connection.close()


def test_own_headers_and_odd_statuses_are_sent() -> None:
    page = PageFacts(status=999, headers={"Retry-After": "3600", "CF-Mitigated": "challenge"})
    with DemoServer(World().with_page("https://a.example/", page)) as server:
        got = visit(server, "https://a.example/")
    assert (got.status, got.headers["retry-after"], got.headers["cf-mitigated"]) == (999, "3600", "challenge")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("HTTPS://A.Example:443", "https://a.example/"),
        ("http://a.example:80/X?q=1#part", "http://a.example/X?q=1"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("/only/a/path", "/only/a/path"),
    ],
)
def test_pages_are_kept_under_a_normal_address(written: str, kept: str) -> None:
    assert page_key(written) == kept


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux listens on all of 127.0.0.0/8")
def test_many_loopback_addresses_can_play_many_hosts() -> None:
    addresses = [f"127.1.0.{number}" for number in range(1, 4)]
    with DemoServer(World().with_page("/ok", plain_page("Here")), page_addresses=addresses) as server:
        port = urlsplit(server.pages_url).port
        assert [ask_plainly(f"http://{address}:{port}/ok").status for address in addresses] == [200, 200, 200]
        assert {observed.host for observed in server.requests} == {f"{address}:{port}" for address in addresses}
