"""Every kind of trouble does on the wire what its name says, as often as it was ordered."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from evidence.demo.faults import Faults, InjectedFault, InjectedFaultKind
from evidence.demo.http import Delivery, ServerReply, ServerRequest
from evidence.demo.server import DemoServer
from evidence.demo.world import plain_page
from servers import PlainReply, ask_plainly

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def efetch(server: DemoServer) -> PlainReply:
    return ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=xml&id=23359310")


def is_html(got: PlainReply) -> bool:
    return got.headers["content-type"].startswith("text/html") and b"<html>" in got.body


LOOKS: dict[str, Callable[[PlainReply], bool]] = {
    "429": lambda got: got.status == 429 and "retry-after" not in got.headers,
    "429-retry-after": lambda got: (
        got.status == 429
        and got.headers["retry-after"] == "2"
        and got.headers["x-ratelimit-limit"] == "3"
        and got.document["error"] == "API rate limit exceeded"
    ),
    "500": lambda got: got.status == 500 and is_html(got),
    "502": lambda got: got.status == 502 and is_html(got),
    "503": lambda got: got.status == 503 and is_html(got),
    "error-page-200": lambda got: got.status == 200 and is_html(got),
    "error-xml-200": lambda got: got.status == 200 and "<ERROR>Search Backend failed" in got.text,
    "proxy-400": lambda got: got.status == 400 and "proxy_stream()" in got.text and "</ERROR>" not in got.text,
    "empty-200": lambda got: got.status == 200 and got.body == b"",
    "wrong-content": lambda got: got.status == 200 and got.headers["content-type"] == "image/png",
}


@pytest.mark.parametrize("kind", LOOKS)
def test_a_spoiled_reply_looks_as_its_name_says(server: DemoServer, kind: str) -> None:
    server.faults.add("eutils", kind, times=1)
    assert LOOKS[kind](efetch(server))
    assert server.requests[0].trouble == kind
    assert "<PMID" in efetch(server).text
    assert server.requests[1].trouble is None


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("reset", ConnectionResetError), ("hang-up", RemoteDisconnected), ("truncated", IncompleteRead)],
)
def test_a_broken_exchange_breaks_as_its_name_says(server: DemoServer, kind: str, raised: type[Exception]) -> None:
    server.faults.add("eutils", kind, times=2)
    for _ in range(2):
        with pytest.raises(raised) as trouble:
            efetch(server)
        assert type(trouble.value) is raised
    assert efetch(server).status == 200


def test_a_slow_reply_is_complete_but_late(server: DemoServer) -> None:
    server.faults.add("eutils", InjectedFault(InjectedFaultKind.SLOW, seconds=0.2))
    began = time.monotonic()
    assert "<PMID" in efetch(server).text
    assert time.monotonic() - began >= 0.2


def test_a_dripping_reply_comes_byte_by_byte(server: DemoServer) -> None:
    server.faults.add("eutils", InjectedFault(InjectedFaultKind.DRIP, seconds=0.01))
    began = time.monotonic()
    missing = ask_plainly(f"{server.addresses['eutils']}/nothing.fcgi")
    assert missing.body == b"<h1>Not Found</h1>"
    assert time.monotonic() - began >= 0.01 * len(missing.body)


def test_a_refusing_service_is_down_alone_and_comes_back_at_its_address(server: DemoServer) -> None:
    history = f"{server.addresses['dailymed']}/services/v2/spls/{SETID}/history.json"
    server.faults.add("dailymed", InjectedFaultKind.REFUSE)
    with pytest.raises(ConnectionRefusedError):
        ask_plainly(history)
    assert efetch(server).status == 200
    server.faults.clear("dailymed")
    assert ask_plainly(history).status == 200


def test_a_refusing_service_resets_the_connections_that_stood(server: DemoServer) -> None:
    connection = HTTPConnection(urlsplit(server.addresses["eutils"]).netloc, timeout=5)
    connection.request("GET", "/eutils/nothing.fcgi")
    connection.getresponse().read()
    server.faults.add("eutils", InjectedFaultKind.REFUSE)
    connection.request("GET", "/eutils/nothing.fcgi")
    with pytest.raises(ConnectionResetError):
        connection.getresponse()
    connection.close()


def test_faults_follow_each_other(server: DemoServer) -> None:
    server.faults.add("eutils", "503", times=2)
    server.faults.add("eutils", "429", times=1)
    assert [efetch(server).status for _ in range(5)] == [503, 503, 429, 200, 200]


def test_a_fault_without_a_number_lasts_until_it_is_cleared(server: DemoServer) -> None:
    server.faults.add("eutils", "502")
    assert {efetch(server).status for _ in range(4)} == {502}
    server.faults.clear()
    assert efetch(server).status == 200


def test_one_service_in_trouble_leaves_the_others_alone(server: DemoServer) -> None:
    server.faults.add("dailymed", "502")
    assert efetch(server).status == 200
    assert ask_plainly(f"{server.addresses['crossref']}/works/10.1002/art.37734").status == 200


def test_one_page_can_be_in_trouble_alone(server: DemoServer) -> None:
    server.world = server.world.with_page("https://other.example/", plain_page("Other"))
    server.faults.add("https://other.example", "503", times=1)
    statuses = []
    for url in ("https://www.ldnresearchtrust.org/", "https://other.example/", "https://other.example/"):
        routed = server.route(url)
        statuses.append(ask_plainly(routed.url, headers={"Host": routed.host_header}).status)
    assert statuses == [200, 503, 200]


def test_a_script_decides_request_by_request(server: DemoServer) -> None:
    def script(asked: ServerRequest) -> InjectedFault | ServerReply | None:
        if "23359310" in asked.params.get("id", ""):
            return ServerReply(200, b"{}", "application/json")
        return InjectedFault(InjectedFaultKind.UNAVAILABLE) if asked.method == "POST" else None

    server.faults.script("eutils", script)
    assert efetch(server).body == b"{}"
    assert ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi", form="db=pubmed&id=17222320").status == 503
    assert "<PMID" in ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&id=17222320").text


def test_a_script_may_choose_the_manner(server: DemoServer) -> None:
    server.faults.script("eutils", lambda _: ServerReply(delivery=Delivery.RESET))
    with pytest.raises((ConnectionResetError, HTTPException)):
        efetch(server)
    assert server.requests[0].trouble == "reset"


@pytest.mark.parametrize(("where", "times"), [("eutils", 2), ("https://a.example/", None)])
def test_a_refusal_cannot_be_counted_nor_hold_for_one_page(where: str, times: int | None) -> None:
    with pytest.raises(ValueError, match="whole service"):
        Faults().add(where, InjectedFaultKind.REFUSE, times)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no-such-weather"):
        Faults().add("eutils", "no-such-weather")


def test_closing_does_not_wait_for_slow_replies() -> None:
    with DemoServer() as server:
        server.faults.add("eutils", InjectedFault(InjectedFaultKind.SLOW, seconds=60.0))
        address = urlsplit(server.addresses["eutils"])
        client = socket.create_connection((address.hostname or "", address.port or 0), timeout=5)
        client.sendall(b"GET /eutils/efetch.fcgi?db=pubmed&id=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        while not server.count():
            time.sleep(0.001)
        began = time.monotonic()
    assert time.monotonic() - began < 30  # half of what the reply takes
    client.close()
