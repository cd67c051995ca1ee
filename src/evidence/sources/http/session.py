"""Asking the services: few hosts, paced, retried, validated, and left alone when they keep failing."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.model.ports import Clock, Pacer
from evidence.sources.http.network import Network
from evidence.sources.http.request import (
    REDIRECTS,
    REFUSALS,
    Reply,
    ReplyProblem,
    Request,
    RetryLimits,
    Setback,
    is_passing,
    pause_before,
    retry_after,
)

if TYPE_CHECKING:
    from evidence.sources.http.transport import Wire

_LATE = 0.03  # seconds after its slot at which a request may still go out
_UNREACHED = frozenset({Cause.DNS, Cause.CONNECT, Cause.TLS, Cause.TIMEOUT})
"""Causes with which the address is named: whoever repairs a network needs it."""

_SLOTS_OVERSLEPT = 4


class Services:
    """Asks the services; any number of threads may share one instance.

    Every request reserves its slot with the pacer and waits for it. What may pass (no connection,
    timeouts, resets, cut bodies, 408, 429, 5xx, replies their source rejects) is tried again with
    growing, jittered pauses; Retry-After is obeyed. Redirects are followed only on the same server, from
    http to https on the same host, because addresses may carry the operator's key, and to the hosts that
    a request itself names. A service that keeps failing is left alone for a while
    (`evidence.sources.http.session`), so that with the network down a run of thousands of references ends in
    seconds. Connections stay open between exchanges until `close`. Reasons never hold a secret.
    """

    def __init__(
        self,
        *,
        network: Network,
        clock: Clock,
        pacer: Pacer,
        limits: RetryLimits = RetryLimits(),  # noqa: B008 - frozen
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._network = network
        self._clock = clock
        self._pacer = pacer
        self._limits = limits
        self._jitter = jitter
        self._breaker = Breaker(limits, clock)
        self._idle: list[Wire] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections; the next exchange opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()

    def exchange(self, request: Request, problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """Ask until there is a believable reply, or no more sense in asking.

        Returns:
            A reply whose status (200, 400, 404 …) its source judges; Blocked for 401, 403, 407, 451
            and for 429 to the last; Unavailable for everything else, its status set when one came.
        """
        # Scheme, host and port as written: also of an address that cannot be parsed.
        service = f"{request.bucket} {'/'.join(request.url.split('/')[:3])}"
        refusal = self._breaker.refusal(service)
        if refusal is not None:
            return refusal
        # `requests` takes 100 ms to import, which a run answered by the store must not pay.
        from evidence.sources.http.transport import Wire  # noqa: PLC0415

        with self._lock:
            wire = self._idle.pop() if self._idle else Wire(self._network, self._limits, self._clock)
        try:
            result = self._attempts(wire, request, problem_of)
        finally:
            with self._lock:
                self._idle.append(wire)
        if isinstance(result, Reply):
            self._breaker.record(service, None)
            return result
        self._breaker.record(service, result)
        return result.outcome

    def _attempts(self, wire: Wire, request: Request, problem_of: ReplyProblem) -> Reply | Setback:
        self._await_slot(request)
        end = self._clock.monotonic() + self._limits.exchange
        reached = False
        number = 1
        while True:
            result = self._attempt(wire, request, problem_of, end)
            if isinstance(result, Reply):
                return result
            reached = reached or result.reached
            number += 1
            pause = pause_before(number, self._limits.wait, self._jitter(), result.after)
            too_late = self._clock.monotonic() + pause >= end
            if not result.again or number > self._limits.tries or too_late:
                reason = self._network.redact(result.outcome.reason)
                reason = f"{reason}, after {number - 1} attempts" if number > 2 else reason
                if result.again and isinstance(result.outcome, Unavailable) and result.outcome.cause in _UNREACHED:
                    reason = f"{reason} ({self._connected_to(request.url)})"
                return replace(result, reached=reached, outcome=replace(result.outcome, reason=reason))
            self._clock.sleep(pause)
            self._await_slot(request)

    def _connected_to(self, url: str) -> str:
        """Host and port of the service, or of the proxy on the way to it, without a password."""
        return urlsplit(self._network.proxy_for(url) or url).netloc.rpartition("@")[2]

    def _await_slot(self, request: Request) -> None:
        """Wait for the bucket's next slot; one that was overslept, on a busy machine, is given up for another."""
        for _ in range(_SLOTS_OVERSLEPT):
            seconds = self._pacer.reserve(request.bucket, request.gap)
            due = self._clock.monotonic() + seconds
            if seconds > 0:
                self._clock.sleep(seconds)
            if self._clock.monotonic() - due <= _LATE:
                return

    def _attempt(self, wire: Wire, request: Request, problem_of: ReplyProblem, end: float) -> Reply | Setback:
        """One request, and those to which it is redirected; its slot has been awaited."""
        for _ in range(self._limits.redirects + 1):
            seconds = min(self._limits.request, end - self._clock.monotonic())
            if seconds <= 0:
                return Setback(Unavailable("no complete response in time", Cause.TIMEOUT), again=False)
            reply = wire.send(request, seconds)
            if isinstance(reply, Setback):
                return reply
            if reply.status in REFUSALS:
                return Setback(Blocked(REFUSALS[reply.status], reply.status), again=False)
            if is_passing(reply.status):
                return self._passing(reply)
            if reply.status not in REDIRECTS:
                reply = replace(reply, url=request.url)
                problem = problem_of(reply)
                if problem is None:
                    return reply
                return Setback(Unavailable(problem, Cause.CONTENT, reply.status), counts=False)
            target = _redirected(request, reply)
            if isinstance(target, Setback):
                return target
            request = target
            self._await_slot(request)
        return Setback(Unavailable("too many redirects", Cause.HTTP), again=False)

    def _passing(self, reply: Reply) -> Setback:
        after = retry_after(reply.headers.get("retry-after"), self._clock.now())
        if after is not None and after > self._limits.longest_wait:
            reason = f"the service asked us to wait {after:.0f} s ({reply.status}), which is too long"
            return Setback(Unavailable(reason, Cause.HTTP, reply.status), again=False)
        if reply.status == 429:
            return Setback(Blocked("too many requests (429)", 429), after=after)
        return Setback(Unavailable(f"the service returned HTTP {reply.status}", Cause.HTTP, reply.status), after=after)


def _redirected(request: Request, reply: Reply) -> Request | Setback:
    location = reply.headers.get("location")
    if not location:
        return _unfollowed(reply.status, "redirected without an address")
    if reply.status == 303 and request.body is not None:
        return _unfollowed(reply.status, "redirected to an address that needs a different method")
    try:
        target = urljoin(request.url, location)
        parts = urlsplit(target)
        is_trusted = parts.scheme == "https" and parts.port in (None, 443) and parts.hostname in request.trusted
        may_follow = is_trusted or _is_same_server(request.url, target)
    except ValueError:
        return _unfollowed(reply.status, "redirected to an invalid address")
    return replace(request, url=target) if may_follow else _unfollowed(reply.status, "redirected to another server")


def _is_same_server(url: str, target: str) -> bool:
    """The same scheme, host and port, or https on its own port instead of http.

    Raises:
        ValueError: The target is not an address.
    """
    old, new = urlsplit(url), urlsplit(target)
    if old.hostname != new.hostname:
        return False
    if old.scheme == new.scheme:
        return old.port == new.port
    return (old.scheme, new.scheme) == ("http", "https") and new.port in (None, 443)


def _unfollowed(status: int, reason: str) -> Setback:
    return Setback(Unavailable(f"{reason} ({status})", Cause.HTTP, status), again=False)


# The circuit breaker: a service that keeps failing is not asked again.


@dataclass(slots=True)
class _Circuit:
    unreached: int = 0
    unwell: int = 0
    open_until: float = 0.0
    outcome: Blocked | Unavailable | None = None


class Breaker:
    """Remembers, for each service, how many exchanges in a row failed for good.

    After `RetryLimits.unreached` exchanges in which not one try could connect, or `RetryLimits.unwell` that failed
    otherwise (timeouts, 5xx, 429), later ones get the same outcome without a request, for `RetryLimits.rest`
    seconds; then one more is let through, and its failure closes the way again. An answer of any
    kind, even a rejected one, starts the count again. A reply that only its source rejects does not count:
    that may be the fault of one record.
    """

    def __init__(self, limits: RetryLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def refusal(self, service: str) -> Blocked | Unavailable | None:
        """The outcome to give without asking; None when the service may be asked."""
        with self._lock:
            circuit = self._circuits.get(service)
            if circuit is None or self._clock.monotonic() >= circuit.open_until:
                return None
            return circuit.outcome

    def record(self, service: str, setback: Setback | None) -> None:
        """Take note of how an exchange ended: with a setback, or with an answer (None)."""
        with self._lock:
            if setback is None or not setback.counts:
                self._circuits.pop(service, None)
                return
            circuit = self._circuits.setdefault(service, _Circuit())
            circuit.unwell += 1
            circuit.unreached = 0 if setback.reached else circuit.unreached + 1
            circuit.outcome = setback.outcome
            if circuit.unreached >= self._limits.unreached or circuit.unwell >= self._limits.unwell:
                circuit.open_until = self._clock.monotonic() + self._limits.rest


# Pacing within one process


class InMemoryPacer:
    """A pacer for runs without a store; it knows nothing of other processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def reserve(self, bucket: str, gap: float) -> float:
        """Reserve the bucket's next slot, `gap` seconds after the one before it; the seconds to wait for it."""
        with self._lock:
            now = self._clock.monotonic()
            slot = max(now, self._last[bucket] + gap) if bucket in self._last else now
            self._last[bucket] = slot
            return slot - now
