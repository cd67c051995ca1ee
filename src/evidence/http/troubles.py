"""What an exception of `requests` means: a cause and a plain reason, told by types, never by texts.

The texts of these exceptions hold whole addresses, keys included; they are not looked at and not kept.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from evidence.http.bodies import BodyCutError, BodyTooLargeError
from evidence.http.retry import Setback
from evidence.http.statuses import REFUSALS
from evidence.model.outcomes import Blocked, Cause, Unavailable

_Kinds = tuple[type[BaseException], ...]

_PASSING: tuple[tuple[_Kinds, str, Cause, bool], ...] = (
    ((requests.exceptions.ProxyError,), "the proxy could not be reached or refused", Cause.CONNECT, False),
    ((socket.gaierror,), "the host name could not be resolved", Cause.DNS, False),
    ((requests.exceptions.ConnectTimeout,), "no connection came about in time", Cause.TIMEOUT, False),
    ((ssl.SSLError, urllib3.exceptions.SSLError), "no secure connection came about", Cause.TLS, True),
    (
        (urllib3.exceptions.NewConnectionError,),
        "the connection was refused or no route leads there",
        Cause.CONNECT,
        False,
    ),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "no complete answer came in time", Cause.TIMEOUT, True),
    (
        (ConnectionError, urllib3.exceptions.IncompleteRead, http.client.RemoteDisconnected),
        "the connection broke off",
        Cause.PROTOCOL,
        True,
    ),
)
"""Exceptions, most telling first: the reason, the cause, whether the server was reached."""


def setback_of(error: BaseException, last_status: int | None = None) -> Setback:
    """What a failed request amounts to. `last_status` is the status read before it, perhaps a proxy's to CONNECT."""
    chain = tuple(_chain(error))
    if last_status in REFUSALS and isinstance(error, requests.exceptions.ProxyError):
        return Setback(Blocked(REFUSALS[last_status], last_status), again=False)
    return _final(chain) or _passing(chain)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting.extend(item for item in inner if isinstance(item, BaseException))


def _final(chain: tuple[BaseException, ...]) -> Setback | None:
    """Failures that another try would only repeat."""
    for error in chain:
        if isinstance(error, BodyTooLargeError):
            return _setback(str(error), Cause.CONTENT, again=False, counts=False)
        if isinstance(error, ssl.SSLCertVerificationError):
            return _setback(f"the certificate is not trusted: {error.verify_message}", Cause.TLS, again=False)
    outer = chain[0]
    if isinstance(outer, ValueError) and not isinstance(outer, requests.exceptions.InvalidHeader):
        # requests' InvalidURL and InvalidSchema, the URL parser's own, and names IDNA cannot encode.
        return _setback("the address of the service or of the proxy is not usable", Cause.NETWORK, again=False)
    if type(outer) is OSError:
        # Only the check of the CA bundle raises a bare OSError; all of the network's come wrapped.
        return _setback("the CA bundle cannot be read", Cause.TLS, again=False)
    return None


def _passing(chain: tuple[BaseException, ...]) -> Setback:
    """Failures that may pass; another try is worth its while."""
    cut = next((error for error in chain if isinstance(error, BodyCutError)), None)
    if cut is not None:
        return _setback(str(cut), Cause.PROTOCOL)
    for kinds, reason, cause, reached in _PASSING:
        if any(isinstance(error, kinds) for error in chain):
            return _setback(reason, cause, reached=reached)
    return _setback("the answer was no proper HTTP", Cause.PROTOCOL)


def _setback(reason: str, cause: Cause, *, again: bool = True, reached: bool = True, counts: bool = True) -> Setback:
    return Setback(Unavailable(reason, cause), again=again, reached=reached, counts=counts)
