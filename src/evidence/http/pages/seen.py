"""What asking for one cited page brought, as values: a sight of it, a trouble, or our own refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evidence.model.outcomes import Cause
from evidence.model.records import Hop

KILOBYTE = 1024

GONE = frozenset({404, 410})
REFUSES_HEAD = frozenset({405, 501})
_WALL_HEADERS = {"cf-mitigated", "x-amzn-waf-action"}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How patient and how greedy the pages half is; seconds, except where said.

    `connect` covers name, connection and TLS; `request` one request of one hop. `gap` lies between
    the starts of two requests to a host, `per_host` and `in_flight` are requests at a time. `waits`
    are the pauses before the second and further tries; `longest_wait` is the longest Retry-After
    that is obeyed. `body` is in bytes after decompression, `headers` in bytes.
    """

    connect: float = 5.0
    request: float = 20.0
    gap: float = 0.1
    per_host: int = 2
    in_flight: int = 100
    waits: tuple[float, ...] = (2.0, 8.0)
    longest_wait: float = 30.0
    hops: int = 10
    body: int = 256 * KILOBYTE
    headers: int = 64 * KILOBYTE


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page as it answered: everything that a pure reader needs to judge it.

    `url` is the address that answered, after `hops`. `headers` have lower-case names, the first of
    equal ones. `body` is its decoded beginning, `complete` False when it was cut, dripped or broke
    off. `second_opinion` is the status that HEAD brought after GET's 404 or 410, None without one.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    complete: bool = True
    hops: tuple[Hop, ...] = ()
    second_opinion: int | None = None

    @property
    def challenged(self) -> bool:
        """Whether the answer itself says that a bot wall gave it (Cloudflare, AWS WAF)."""
        return not _WALL_HEADERS.isdisjoint(self.headers)

    @property
    def gone(self) -> bool:
        """Whether GET said 404 or 410 and HEAD said so too, or that it is not to be asked (405, 501)."""
        return self.status in GONE and self.second_opinion in GONE | REFUSES_HEAD


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """No answer that could be judged. `status` is set when one came all the same."""

    reason: str
    cause: Cause
    status: int | None = None
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardRefused:
    """Our own guard did not let the link through; `reason` is its word for the address."""

    reason: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The run's deadline passed before the page had a single answer."""

    reason: str = "the time for this run was over before the page could be asked"


Seen = PageAnswer | FetchFailure | GuardRefused | DeadlinePassed


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one address, as it was given; `aside` when it was asked on the side."""

    url: str
    seen: Seen
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Routed:
    """Where to go instead of an address's own host: the stand-in's numeric address and the Host to name."""

    url: str
    host_header: str


Route = Callable[[str], Routed | None]
"""Given a full address, where to go instead, or None to go there."""


def straight(_url: str) -> Routed | None:
    """The route of every real run: each address is its own way."""
    return None
