"""One cited page's way from its address to what came of it: hops, retries, the second opinion. A pure state machine.

First the values of which the way consists: a page's answer, a failure, our own refusal.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Protocol

from evidence.model.outcomes import Cause
from evidence.model.records import Hop
from evidence.sources.http.network import BadAddressError, WebAddress, join, parse
from evidence.sources.http.request import REDIRECTS, is_passing

KILOBYTE = 1024

NOT_FOUND_STATUSES = frozenset({404, 410})
REFUSES_HEAD = frozenset({405, 501})
_WALL_HEADERS = {"cf-mitigated", "x-amzn-waf-action"}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How patiently and how greedily pages are requested; seconds, except where said.

    `connect` covers name, connection and TLS; `request` one request of one hop. `gap` lies between
    the starts of two requests to a host, `per_host` and `in_flight` are requests at a time. `waits`
    are the pauses before the second and further tries; a page that was silent until its time was over is tried
    once more, without a pause, unless another page of its host was silent before. `longest_wait` is the
    longest Retry-After that is obeyed. `body` is in bytes after decompression, `headers` in bytes.
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
    def is_challenged(self) -> bool:
        """Whether the answer itself says that a bot wall gave it (Cloudflare, AWS WAF)."""
        return not _WALL_HEADERS.isdisjoint(self.headers)

    @property
    def is_not_found(self) -> bool:
        """Whether GET said 404 or 410 and HEAD said so too, or that it is not to be asked (405, 501)."""
        return self.status in NOT_FOUND_STATUSES and self.second_opinion in NOT_FOUND_STATUSES | REFUSES_HEAD


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """No answer that could be judged. `status` is set when one came all the same."""

    reason: str
    cause: Cause
    status: int | None = None
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardRefused:
    """Our own guard did not let the link through; `reason` says what the address is."""

    reason: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The run's deadline passed before the page had a single answer."""

    reason: str = "the run reached its time limit before this page was looked up"


PageOutcome = PageAnswer | FetchFailure | GuardRefused | DeadlinePassed


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one address, as it was given; `is_extra` when it was requested beside the cited addresses."""

    url: str
    outcome: PageOutcome
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class Routed:
    """Where to go instead of an address's own host: the demo server's numeric address and the Host to name."""

    url: str
    host_header: str


Route = Callable[[str], Routed | None]
"""Given a full address, where to go instead, or None to go there."""


def straight(_url: str) -> Routed | None:
    """The route of every real run: each address is its own way."""
    return None


# One visit of an address, with its redirects and repetitions


class Gate(Protocol):
    """What a visit asks of the guard before a request."""

    def host(self, host: str) -> str | None:
        """Why this host is refused, or None."""
        ...

    def port(self, port: int | None) -> str | None:
        """Why this port is refused, or None."""
        ...


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request to make: `wait` seconds from now; `rest` asks the same of all requests to this host.

    `plain` forgoes compression; `cookies` are what the hops before it set (Netscape lines).
    """

    address: WebAddress
    head: bool = False
    plain: bool = False
    cookies: tuple[bytes, ...] = ()
    wait: float = 0.0
    rest: bool = False


@dataclass(frozen=True, slots=True)
class PageReply:
    """The answer to one request; `cookies` are those known after it (Netscape lines)."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    complete: bool = True
    cookies: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request without a usable answer; `again` when another try may help, `plainly` without compression."""

    reason: str
    cause: Cause
    status: int | None = None
    again: bool = True
    plainly: bool = False


Step = PageRequest | PageOutcome


@dataclass(slots=True)
class Visit:
    """One page being requested. `begin`, then `answered` or `failed` after each request, until there is an outcome.

    `once` takes the first answer as it is: no second opinion, no further try.
    """

    url: str
    limits: FetchLimits
    gate: Gate
    once: bool = False
    _attempts: int = 0
    _silences: int = 0
    _plain: bool = False
    _sent: PageRequest | None = None
    _hops: tuple[Hop, ...] = ()
    _passed: set[tuple[str, tuple[bytes, ...]]] = field(default_factory=set)
    _not_found: PageAnswer | None = None
    _last: PageOutcome = field(default_factory=DeadlinePassed)

    def begin(self, wait: float = 0.0, *, rest: bool = False) -> Step:
        """The first request of a try."""
        self._hops = ()
        self._passed = set()
        self._not_found = None
        return self._ask(lambda: parse(self.url), wait=wait, rest=rest)

    def answered(self, reply: PageReply, retry_after: float | None = None) -> Step:
        """What to do after an answer; `retry_after` are the seconds that the server asks us to stay away."""
        if self._not_found is not None:
            return self._confirmed(self._not_found, reply, retry_after)
        answer = PageAnswer(self._here.url, reply.status, reply.headers, reply.body, reply.complete, self._hops)
        if reply.status in REDIRECTS:
            return self._follow(reply)
        if self.once:
            return answer
        if reply.status in NOT_FOUND_STATUSES and not answer.is_challenged:
            self._not_found = self._last = answer
            return replace(self._request, head=True, wait=0.0, rest=False)
        if _may_pass(reply.status) and not answer.is_challenged:
            return self._once_more(answer, retry_after)
        return answer

    def failed(self, failure: FailedRequest) -> Step:
        """What to do when no usable answer came."""
        self._plain = self._plain or failure.plainly
        outcome = self._not_found or FetchFailure(failure.reason, failure.cause, failure.status, self._hops)
        if not failure.again:
            return outcome
        if failure.cause is not Cause.TIMEOUT:
            return self._once_more(outcome, None)
        self._silences += 1
        return self._once_more(outcome, 0.0) if self._silences == 1 else outcome

    def refused(self, reason: str) -> PageOutcome:
        """The guard turned the connection itself down."""
        return GuardRefused(reason, self._hops)

    def cut_short(self) -> PageOutcome:
        """The run's time is over: what is known so far."""
        return self._last

    @property
    def _request(self) -> PageRequest:
        if self._sent is None:
            raise RuntimeError("a visit is answered before it has begun")
        return self._sent

    @property
    def _here(self) -> WebAddress:
        return self._request.address

    def _ask(
        self, where: Callable[[], WebAddress], cookies: tuple[bytes, ...] = (), *, wait: float = 0.0, rest: bool = False
    ) -> Step:
        try:
            address = where()
        except BadAddressError as error:
            return FetchFailure(str(error), Cause.PROTOCOL, hops=self._hops)
        refusal = self.gate.host(address.host) or self.gate.port(address.port)
        if refusal is not None:
            return GuardRefused(str(refusal), self._hops)
        self._passed.add((address.url, cookies))
        self._sent = PageRequest(address, plain=self._plain, cookies=cookies, wait=wait, rest=rest)
        return self._sent

    def _follow(self, reply: PageReply) -> Step:
        location = reply.headers.get("location", "")
        if not location.strip():
            return FetchFailure("a redirect without a target", Cause.PROTOCOL, reply.status, self._hops)
        try:
            target = join(self._here, location)
        except BadAddressError as error:
            return FetchFailure(f"a redirect to an invalid target: {error}", Cause.PROTOCOL, reply.status, self._hops)
        self._hops = (*self._hops, Hop(reply.status, self._here.url, target.url))
        if (target.url, reply.cookies) in self._passed:
            return FetchFailure("the redirects form a loop", Cause.PROTOCOL, reply.status, self._hops)
        if len(self._hops) > self.limits.hops:
            return FetchFailure(f"more than {self.limits.hops} redirects", Cause.PROTOCOL, reply.status, self._hops)
        return self._ask(lambda: target, reply.cookies)

    def _confirmed(self, not_found: PageAnswer, reply: PageReply, retry_after: float | None) -> Step:
        """HEAD's answer after a 404 or 410: the same status, or that HEAD is not allowed, confirms it.

        The answer of a bot wall confirms nothing: the page is then blocked, not missing.
        """
        wall = PageAnswer(self._here.url, reply.status, reply.headers, complete=reply.complete, hops=self._hops)
        if wall.is_challenged:
            return wall
        answer = replace(not_found, second_opinion=reply.status)
        if _may_pass(reply.status) and reply.status not in REFUSES_HEAD:
            return self._once_more(answer, retry_after)
        return answer

    def _once_more(self, outcome: PageOutcome, retry_after: float | None) -> Step:
        """Another try from the start, as long as there are any and the server does not put us off for too long."""
        self._last = outcome
        if self.once or self._attempts >= len(self.limits.waits) or (retry_after or 0.0) > self.limits.longest_wait:
            return outcome
        wait = self.limits.waits[self._attempts] if retry_after is None else retry_after
        self._attempts += 1
        return self.begin(wait, rest=retry_after is not None)


def _may_pass(status: int) -> bool:
    """Whether asking again may help; 999 and its like are bot walls, no server errors."""
    return is_passing(status) and status < 600


# Whether the name system says of a host name that it does not exist, or says nothing (RFC 2308, RFC 8020). libcurl has
# one error number for both. `getaddrinfo` distinguishes them: EAI_NONAME for "there is no such name", EAI_AGAIN for a
# name server that could not be asked, EAI_NODATA for a name without an address.

PATIENCE = 15.0
"""Seconds for all names together; what is not known by then counts as nothing said."""

_AT_A_TIME = 16


def unknown_names(hosts: Iterable[str], patience: float = PATIENCE) -> frozenset[str]:
    """Those of these ASCII host names of which the name system says that they do not exist."""
    names = tuple(dict.fromkeys(hosts))
    if not names:
        return frozenset()
    pool = ThreadPoolExecutor(max_workers=_AT_A_TIME, thread_name_prefix="names")
    try:
        answers: dict[Future[bool], str] = {pool.submit(_is_unknown, host): host for host in names}
        done, _ = wait(answers, timeout=patience)
        return frozenset(answers[future] for future in done if future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_unknown(host: str) -> bool:
    try:
        # The dot at the end keeps the resolver from trying the name inside our own domain. Bytes, because
        # Python would encode text by an older standard of international names.
        socket.getaddrinfo(host.encode("ascii") + b".", None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
    except OSError:
        return False
    return False
