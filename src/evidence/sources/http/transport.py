"""One request over `requests`, all of it under a deadline; its body is counted and cut, its failure known by type."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.model.ports import Clock
from evidence.sources.http.network import Network
from evidence.sources.http.request import REFUSALS, Reply, Request, RetryLimits, Setback, is_judged

_CHUNK = 65536


def _without_queries(record: logging.LogRecord) -> bool:
    """Cut the queries, and with them the key, from the addresses that urllib3 writes to a program's debug log."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_without_queries)


class BodyError(Exception):
    """A body that cannot be had; the message is a short plain phrase."""


class BodyTooLargeError(BodyError):
    """Larger than the limit, perhaps a decompression bomb: another try would be as large."""


class BodyCutError(BodyError):
    """Cut short or damaged on its way."""


_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    BodyError,
    OSError,
    ValueError,  # an address that cannot be parsed or encoded
)
"""What a request ends with where it fails."""


class Receiver(Protocol):
    """Takes the body of an answer."""

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the body is wanted."""
        ...

    def take(self, chunk: bytes) -> bool:
        """Whether more of it is wanted."""
        ...

    def end(self, *, is_complete: bool) -> None:
        """The answer is over; `is_complete` is False where it broke off, or was not wanted."""
        ...


class Wire:
    """Connections kept alive between requests; for one thread at a time.

    It is the adapter of `requests` without a `Session`: a session reads `REQUESTS_CA_BUNDLE`, `.netrc`
    and proxies from the environment, keeps cookies, and reads all of the body of a redirect even where
    it is not to follow it. Here `Network` decides, and there are no cookies.
    """

    def __init__(self, network: Network, limits: RetryLimits, clock: Clock) -> None:
        self._network = network
        self._limits = limits
        self._watch = Stopwatch(clock, limits.read)
        self._adapter = TimedAdapter(self._watch)
        self._headers = {"User-Agent": network.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def send(self, request: Request, seconds: float) -> Reply | Setback:
        """Send one request that may take this long; redirects are not followed."""
        self._watch.start(seconds)
        try:
            with self._sent(request, seconds) as response:
                received = {name.lower(): value for name, value in response.headers.items()}
                body = b""
                if is_judged(response.status_code):
                    length = received.get("content-length", "")
                    body = decoded(
                        response.raw.stream(_CHUNK, decode_content=False),
                        encoding=received.get("content-encoding", "").strip().lower(),
                        length=int(length) if length.isdecimal() and "transfer-encoding" not in received else None,
                        limit=self._limits.body,
                    )
                return Reply(response.status_code, received, body)
        except _FAILURES as error:
            return setback_of(error, self._watch.last_status)

    def receive(self, request: Request, seconds: float, receiver: Receiver) -> Reply | Setback:
        """Send one request that may take this long; its body goes to the receiver as it comes, undecoded."""
        self._watch.start(seconds)
        is_complete = False
        try:
            with self._sent(request, seconds) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                if receiver.begin(response.status_code, headers):
                    is_complete = all(map(receiver.take, response.raw.stream(_CHUNK, decode_content=False)))
                return Reply(response.status_code, headers, b"")
        except _FAILURES as error:
            return setback_of(error, self._watch.last_status)
        finally:
            receiver.end(is_complete=is_complete)

    def _sent(self, request: Request, seconds: float) -> requests.Response:
        method = "GET" if request.body is None else "POST"
        headers = {**self._headers, **request.headers}
        prepared = requests.Request(method, request.url, headers=headers, data=request.body).prepare()
        proxy = self._network.proxy_for(request.url)
        return self._adapter.send(
            prepared,
            stream=True,
            timeout=(min(self._limits.connect, seconds), self._limits.read),
            verify=self._network.ca_bundle or True,
            proxies={"http": proxy, "https": proxy} if proxy else {},
        )


# A deadline for an entire request, headers and body included, inside `requests`.


class Stopwatch:
    """How long the reply to the request under way may still take. One per session, for one thread at a time."""

    def __init__(self, clock: Clock, read: float) -> None:
        self._clock = clock
        self._read = read
        self._deadline = 0.0
        self.last_status: int | None = None

    def start(self, seconds: float) -> None:
        """A new request begins, which may take this long."""
        self._deadline = self._clock.monotonic() + seconds
        self.last_status = None

    def patience(self) -> float:
        """Seconds to wait for the next packet; raises TimeoutError when the request's time is over."""
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        return min(self._read, left)


class _TimedReads(io.RawIOBase):
    """A socket's stream that sets the socket's timeout before each read."""

    def __init__(self, sock: socket.socket, watch: Stopwatch) -> None:
        self._sock = sock
        self._watch = watch
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._watch.patience())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _timed_pools(watch: Stopwatch) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose replies are read under this watch."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            # `makefile` is the one thing that it asks of a socket.
            timed = SimpleNamespace(makefile=lambda _mode: io.BufferedReader(_TimedReads(sock, watch)))
            super().__init__(cast("socket.socket", timed), *args, **kwargs)

        def _read_status(self) -> tuple[str, int, str]:
            # A proxy's answer to CONNECT is known in no other way: `http.client` puts it into a text.
            version, status, phrase = super()._read_status()  # type: ignore[misc]  # missing in typeshed
            watch.last_status = status
            return version, status, phrase

    class Connection(HTTPConnection):
        response_class = Response

    class SecureConnection(HTTPSConnection):
        response_class = Response

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


@cache
def _trusting_the_system() -> ssl.SSLContext:
    """TLS with the certificates of Windows' stores, or of OpenSSL's usual places; `requests` adds certifi's.

    The certificate of an authority that only a firm's machines know, such as that of its proxy, is nowhere else.
    """
    context = create_urllib3_context()
    context.load_default_certs()
    return context


class TimedAdapter(HTTPAdapter):
    """`requests`' transport, under a stopwatch and without retries of its own."""

    def __init__(self, watch: Stopwatch) -> None:
        self._pools = _timed_pools(watch)
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of our kind."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        """What a connection is made with; where the operator names no certificates, the system's beside certifi's."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if verify is True and host["scheme"] == "https":
            pool["ssl_context"] = _trusting_the_system()
        return host, pool

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        """Make the pools for a proxy, of our kind; a SOCKS proxy keeps its own."""
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        if type(manager) is ProxyManager:
            manager.pool_classes_by_scheme = self._pools
        return manager


# Bodies: decompressed, counted and cut here, so that no library's defaults decide.

_GZIP = 31  # zlib's window size for gzip with its header and checksum


def decoded(chunks: Iterable[bytes], *, encoding: str, length: int | None, limit: int) -> bytes:
    """The body.

    Args:
        chunks: The body as it came, still encoded.
        encoding: The Content-Encoding; we ask for gzip only, anything else unasked is an error.
        length: The Content-Length in bytes on the wire, where one was promised.
        limit: The largest acceptable body in bytes after decoding.

    Raises:
        BodyTooLargeError: More than `limit` bytes came out.
        BodyCutError: Fewer bytes came than promised, or the compressed stream is damaged or unended.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise BodyCutError("the response has an encoding that was not requested")
    body = bytearray()
    received = 0
    stream: Any = None  # of the gzip member under way; there may be several (RFC 1952 §2.2)
    for chunk in chunks:
        received += len(chunk)
        rest = chunk
        while rest:
            if encoding in ("", "identity"):
                body += rest
                rest = b""
            else:
                if stream is None or stream.eof:
                    stream = zlib.decompressobj(_GZIP)
                try:
                    body += stream.decompress(rest, limit + 1 - len(body))  # never more than a byte over the limit held
                except zlib.error:
                    raise BodyCutError("the compressed response is damaged") from None
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
            if len(body) > limit:
                raise BodyTooLargeError(f"the response is larger than {limit / (1024 * 1024):g} MB")
    if (stream is not None and not stream.eof) or (length is not None and received != length):
        raise BodyCutError("the response is incomplete")
    return bytes(body)


# What an exception of `requests` means: a cause and a plain reason, by types, never by texts.

_Kinds = tuple[type[BaseException], ...]

_PASSING: tuple[tuple[_Kinds, str, Cause, bool], ...] = (
    (
        (requests.exceptions.ProxyError,),
        "the proxy could not be reached, or refused the connection",
        Cause.CONNECT,
        False,
    ),
    ((socket.gaierror,), "the host name could not be resolved", Cause.DNS, False),
    ((requests.exceptions.ConnectTimeout,), "no connection in time", Cause.TIMEOUT, False),
    ((ssl.SSLError, urllib3.exceptions.SSLError), "no secure connection could be made", Cause.TLS, True),
    (
        (urllib3.exceptions.NewConnectionError,),
        "the connection was refused, or there is no route to the host",
        Cause.CONNECT,
        False,
    ),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "no complete response in time", Cause.TIMEOUT, True),
    (
        (ConnectionError, urllib3.exceptions.IncompleteRead, http.client.RemoteDisconnected),
        "the connection was lost",
        Cause.PROTOCOL,
        True,
    ),
)
"""Exceptions, most informative first: the reason, the cause, whether the server was reached."""


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
        return _setback("the address of the service or of the proxy is not valid", Cause.NETWORK, again=False)
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
    return _setback("the response is not valid HTTP", Cause.PROTOCOL)


def _setback(reason: str, cause: Cause, *, again: bool = True, reached: bool = True, counts: bool = True) -> Setback:
    return Setback(Unavailable(reason, cause), again=again, reached=reached, counts=counts)
