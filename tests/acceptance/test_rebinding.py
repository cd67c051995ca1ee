"""A name that resolves to a public address when it is looked at and to a private one when it is connected to."""

import random
import sys

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, World, plain_page
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Guard, Network
from evidence.sources.http.visit import GuardRefused, PageAnswer
from fakes import LeapingClock
from invariants import RETRYING_LIMITS

PUBLIC = ("93.184.216.34", "2606:2800:220:1::1", "8.8.8.8")
PRIVATE = (
    *("10.0.0.5", "127.0.0.1", "192.168.1.1", "172.16.9.9", "169.254.169.254", "100.64.1.1", "0.0.0.0"),  # noqa: S104
    *("::1", "::ffff:10.0.0.5", "fe80::1", "fd00:ec2::254", "64:ff9b::a00:5", "2002:a00:5::1"),
)


class Rebinding(Guard):
    """A guard that is told what a changing resolver says, in turn, instead of the address really connected to."""

    def __init__(self, answers):
        super().__init__()
        self._answers = list(answers)
        self.allowed = 0

    def address(self, _text):
        refusal = super().address(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
        self.allowed += refusal is None
        return refusal


@pytest.fixture(scope="module")
def server():
    world = World().with_page("/page", plain_page("A page")).with_page("/moved", PageFacts(301, location="/page"))
    with DemoServer(world) as running:
        yield running


def fetched(server, guard, path):
    server.forget()
    pages = Pages(Network(user_agent="test"), LeapingClock(), guard=guard, limits=RETRYING_LIMITS)
    return next(iter(pages.fetch([server.pages_url + path]))).outcome


@pytest.mark.parametrize("private", PRIVATE)
def test_the_address_connected_to_has_the_last_word(server, private):
    observed = fetched(server, Rebinding([PUBLIC[0], private]), "/page")
    assert isinstance(observed, GuardRefused)
    assert server.requests == []


def test_the_same_page_is_seen_where_the_name_stays_public(server):
    assert isinstance(fetched(server, Rebinding(PUBLIC[:1]), "/page"), PageAnswer)


@pytest.mark.acceptance
def test_a_thousand_resolvers_that_change_their_mind(server):
    refused = 0
    for seed in range(1000):
        rng = random.Random(seed)
        guard = Rebinding([rng.choice(PUBLIC + PRIVATE) for _ in range(rng.randrange(1, 8))])
        observed = fetched(server, guard, rng.choice(("/page", "/moved")))
        refused += isinstance(observed, GuardRefused)
        # A page is asked for only where one judgement let the name pass and a second one the connection.
        assert not server.requests or guard.allowed >= 2, seed
        assert isinstance(observed, GuardRefused) or guard.allowed >= 2, seed
    sys.stdout.write(f"\n1,000 changing resolvers: {refused} refused, {1000 - refused} answered\n")
    assert refused > 300
