import socket
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Guard, Network, Refusal, parse
from evidence.sources.http.visit import FetchLimits, GuardRefused, PageAnswer, PageOutcome
from fakes import RealClock
from servers import ScriptedWeb, page_answer, redirect, scripted_web

PRIVATE, LINK_LOCAL, METADATA, RESERVED = Refusal.PRIVATE, Refusal.LINK_LOCAL, Refusal.METADATA, Refusal.RESERVED

ADDRESSES = {
    "127.0.0.1": PRIVATE,
    "127.255.255.254": PRIVATE,
    "10.1.2.3": PRIVATE,
    "172.16.0.1": PRIVATE,
    "172.31.255.255": PRIVATE,
    "192.168.1.1": PRIVATE,
    "100.64.0.1": PRIVATE,
    "100.127.255.255": PRIVATE,
    "::1": PRIVATE,
    "fc00::1": PRIVATE,
    "fd12:3456::1": PRIVATE,
    "fec0::1": PRIVATE,
    "169.254.1.1": LINK_LOCAL,
    "fe80::1": LINK_LOCAL,
    "fe80::1%eth0": LINK_LOCAL,
    "169.254.169.254": METADATA,
    "169.254.170.2": METADATA,
    "100.100.100.200": METADATA,
    "168.63.129.16": METADATA,
    "fd00:ec2::254": METADATA,
    "0.0.0.0": RESERVED,  # noqa: S104 - judged, not bound
    "0.1.2.3": RESERVED,
    "224.0.0.1": RESERVED,
    "239.255.255.255": RESERVED,
    "240.0.0.1": RESERVED,
    "255.255.255.255": RESERVED,
    "192.0.2.1": RESERVED,
    "198.18.0.1": RESERVED,
    "203.0.113.9": RESERVED,
    "::": RESERVED,
    "ff02::1": RESERVED,
    "2001:db8::1": RESERVED,
    "2001::1": RESERVED,
    "100::1": RESERVED,
    "4000::1": RESERVED,
    "64:ff9b:1::1": RESERVED,
    "not an address": RESERVED,
    "": RESERVED,
}
CARRIED = {
    "::ffff:127.0.0.1": PRIVATE,
    "::ffff:10.0.0.1": PRIVATE,
    "::ffff:169.254.169.254": METADATA,
    "::ffff:0.0.0.0": RESERVED,
    "::127.0.0.1": PRIVATE,
    "::a9fe:a9fe": METADATA,
    "64:ff9b::127.0.0.1": PRIVATE,
    "64:ff9b::169.254.169.254": METADATA,
    "2002:7f00:1::": PRIVATE,
    "2002:a9fe:a9fe::1": METADATA,
    "2002:c0a8:101::1": PRIVATE,
    "2a00:1450::5efe:10.0.0.1": PRIVATE,
    "2a00:1450::200:5efe:10.0.0.1": PRIVATE,
}
PUBLIC = [
    "8.8.8.8",
    "172.32.0.1",
    "172.15.255.255",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
ODD_SPELLINGS = {
    "http://2130706433/": PRIVATE,
    "http://0x7f000001/": PRIVATE,
    "http://0x7f.1/": PRIVATE,
    "http://0177.0.0.1/": PRIVATE,
    "http://127.1/": PRIVATE,
    "http://127.0.0.1./": PRIVATE,
    "http://0/": RESERVED,
    "http://\uff11\uff12\uff17.0.0.1/": PRIVATE,
    "http://127\u30020\u30020\u30021/": PRIVATE,
    "http://%31%32%37.0.0.1/": PRIVATE,
    "http://[::ffff:7f00:1]/": PRIVATE,
    "http://[0:0:0:0:0:0:0:1]/": PRIVATE,
    "http://[fe80::1%25eth0]/": LINK_LOCAL,
    "http://example.org@127.0.0.1/": PRIVATE,
    "http://example.org\\@127.0.0.1/": None,
    "http://2852039166/": METADATA,
    "http://LOCALHOST/": PRIVATE,
    "http://localhost./": PRIVATE,
    "http://db.localhost/": PRIVATE,
    "http://printer.local/": PRIVATE,
    "http://wiki.corp/": PRIVATE,
    "http://intranet/": PRIVATE,
    "http://router.home.arpa/": PRIVATE,
    "http://metadata.google.internal/": METADATA,
    "http://metadata/": METADATA,
    "http://example.org/": None,
    "http://notlocal.example/": None,
}


@pytest.mark.parametrize(("address", "refusal"), (ADDRESSES | CARRIED).items())
def test_an_address_that_is_not_on_the_public_net_is_refused(address, refusal):
    assert Guard().address(address) is refusal


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address):
    assert Guard().address(address) is None


@pytest.mark.parametrize(("address", "refusal"), (ADDRESSES | CARRIED).items())
def test_the_operators_switch_opens_private_addresses_and_no_others(address, refusal):
    assert Guard(allow_private=True).address(address) is (None if refusal is PRIVATE else refusal)


@pytest.mark.parametrize(("url", "refusal"), ODD_SPELLINGS.items())
def test_odd_spellings_and_telling_names_are_judged_before_any_request(url, refusal):
    assert Guard().host(parse(url).host) is refusal


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_however_ipv6_carries_it(address):
    plain = Guard().address(str(address))
    number = int(address)
    carriers = [f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::"]
    assert [Guard().address(carrier) for carrier in carriers] == [plain] * 3


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_let_through(address):
    if not address.is_global or address.is_multicast:
        carried = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        assert carried is not None or Guard().address(str(address)) is not None


def test_ports_of_other_protocols_are_refused():
    assert [Guard().port(port) for port in (22, 25, 6379, 8080, None)] == [Refusal.PORT, Refusal.PORT, None, None, None]


class NamesPass(Guard):
    """Lets every name and literal address through, so that only the connection itself is judged."""

    def host(self, _host: str) -> Refusal | None:
        return None


def observed(guard: Guard, url: str) -> PageOutcome:
    (fetched,) = Pages(Network("test/1"), RealClock(), guard=guard, limits=FetchLimits(waits=())).fetch([url])
    return fetched.outcome


@pytest.fixture
def two_nets():
    """A web on 127.1.0.1, which is allowed, and one on 127.2.0.1, which is not."""
    with ExitStack() as stack:
        try:
            yield tuple(stack.enter_context(scripted_web(address)) for address in ("127.1.0.1", "127.2.0.1"))
        except OSError as error:
            pytest.skip(f"this machine has 127.0.0.1 alone on loopback: {error}")


def only_127_1(address: str) -> bool:
    return address.startswith("127.1.")


@pytest.mark.parametrize("guard", [Guard(exempt=only_127_1), NamesPass(exempt=only_127_1)])
def test_a_redirect_to_a_forbidden_address_is_refused(guard, two_nets: tuple[ScriptedWeb, ScriptedWeb]):
    allowed, forbidden = two_nets
    allowed.plays("/here", page_answer(200, b"fine"))
    allowed.plays("/away", redirect(f"{forbidden.base}/secret", 302))
    forbidden.plays("/secret", page_answer(200, b"secret"))

    assert isinstance(observed(guard, f"{allowed.base}/here"), PageAnswer)
    outcome = observed(guard, f"{allowed.base}/away")
    assert isinstance(outcome, GuardRefused)
    assert outcome.reason == "private address"
    assert [hop.target for hop in outcome.hops] == [f"{forbidden.base}/secret"]
    assert forbidden.asked == []


@pytest.mark.parametrize("spelling", ["2130837505", "0x7f020001", "127.131073", "[::ffff:127.2.0.1]"])
def test_a_forbidden_address_is_refused_when_connecting_whatever_its_spelling(spelling, two_nets):
    _, forbidden = two_nets
    assert observed(NamesPass(exempt=only_127_1), f"http://{spelling}:{forbidden.port}/") == GuardRefused(
        "private address"
    )
    assert forbidden.asked == []


def test_a_name_is_judged_by_what_it_resolves_to():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert observed(NamesPass(), f"http://localhost:{port}/") == GuardRefused("private address")
        listener.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_refusal_counts_only_when_no_other_address_of_the_name_answered():
    with scripted_web() as web:
        web.plays("/", page_answer(200, b"fine"))
        outcome = observed(NamesPass(exempt=lambda address: address == "127.0.0.1"), f"http://localhost:{web.port}/")
    assert isinstance(outcome, PageAnswer)


def test_a_link_to_a_routed_servers_own_address_is_refused_all_the_same():
    with scripted_web() as web:
        url = web.plays("/", page_answer(200, b"fine"))
        pages = Pages(Network("test/1"), RealClock(), route=web.route, limits=FetchLimits(waits=()))
        by_url = {fetched.url: fetched.outcome for fetched in pages.fetch([url, f"{web.base}/"])}
    assert isinstance(by_url[url], PageAnswer)
    assert by_url[f"{web.base}/"] == GuardRefused("private address")
