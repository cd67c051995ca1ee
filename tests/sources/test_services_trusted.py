"""Redirects to hosts that a request itself names: content negotiation of DOIs sends us to their agencies."""

from __future__ import annotations

import pytest

from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply, Request
from evidence.sources.http.session import InMemoryPacer, Services
from fakes import FakeClock
from servers import answers, replying

AGENCY = "agency.example"


def redirected_to(location: str) -> Reply | Blocked | Unavailable:
    """What comes of a redirect; https goes to a proxy on loopback that opens no tunnel, so nothing leaves."""
    with replying(answers(302, location=location)) as script:
        clock = FakeClock()
        network = Network(user_agent="tests", https_proxy=script.url)
        with Services(network=network, clock=clock, pacer=InMemoryPacer(clock)) as services:
            request = Request(f"{script.url}/10.5555/x", "doi-agency", 0.0, trusted=frozenset({AGENCY}))
            return services.exchange(request, lambda _: None)


@pytest.mark.parametrize("location", [f"https://{AGENCY}/10.5555/x", f"https://{AGENCY.upper()}:443/x"])
def test_a_redirect_to_a_named_host_is_followed(location: str) -> None:
    outcome = redirected_to(location)
    assert isinstance(outcome, Unavailable)
    assert "proxy" in outcome.reason


@pytest.mark.parametrize(
    "location",
    [
        f"http://{AGENCY}/10.5555/x",
        f"https://{AGENCY}:8443/10.5555/x",
        f"https://{AGENCY}.evil.example/10.5555/x",
        f"https://{AGENCY}@evil.example/10.5555/x",
        "https://publisher.example/10.5555/x",
    ],
)
def test_any_other_redirect_is_not(location: str) -> None:
    assert redirected_to(location) == Unavailable("redirected to another server (302)", Cause.HTTP, 302)
