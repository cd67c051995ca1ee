"""Transfers over libcurl: one handle per request, many at a time on one selector, and what its errors mean.

Errors are known by number, never by text: texts change between versions and hold addresses. The numbers
(https://curl.se/libcurl/c/libcurl-errors.html) are written out because the names for some of them differ between
pycurl's versions.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import certifi
import pycurl

from evidence.model.outcomes import Cause
from evidence.model.regex import regex
from evidence.sources.http.network import Guard, Network, Refusal
from evidence.sources.http.visit import FailedRequest, FetchLimits, PageReply, PageRequest, Routed

_STATUS = regex(rb"[1-9][0-9]{2}")
_HEADERS = ["Accept: text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8", "Accept-Language: en,*;q=0.5"]
_PROXY_LOGIN = 407
_SUPPRESS_CONNECT_HEADERS = 265  # CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl has no name for


def _trusted(bundle: str | None) -> dict[int, Any]:
    """Whose certificates are trusted, as libcurl's options: the named ones alone, else certifi's and the system's.

    Those of Windows are in no file; elsewhere they are in a folder where OpenSSL finds them by their names. The wheel
    of pycurl alone would search the usual places of one system.
    """
    if bundle is None and sys.platform == "win32":
        return dict.fromkeys((pycurl.CAINFO_BLOB, pycurl.PROXY_CAINFO_BLOB), _certificates_of_windows())
    options: dict[int, Any] = dict.fromkeys((pycurl.CAINFO, pycurl.PROXY_CAINFO), bundle or certifi.where())
    if bundle is None and (folder := ssl.get_default_verify_paths().capath):
        options |= dict.fromkeys((pycurl.CAPATH, pycurl.PROXY_CAPATH), folder)
    return options


if sys.platform == "win32":

    @cache
    def _certificates_of_windows() -> bytes:
        """Certifi's, and those in the stores of Windows that may vouch for servers, as PEM."""
        own = (
            ssl.DER_cert_to_PEM_cert(certificate)
            for store in ("ROOT", "CA")
            for certificate, encoding, purposes in ssl.enum_certificates(store)
            if encoding == "x509_asn" and (purposes is True or (purposes and ssl.Purpose.SERVER_AUTH.oid in purposes))
        )
        return (certifi.contents() + "".join(own)).encode()


class Transfer:
    """One libcurl handle, used for one request after another, with its guard and what its request has brought so far.

    `start`, hand `curl` to libcurl's multi interface, then `result`.
    """

    def __init__(self, network: Network, limits: FetchLimits, guard: Guard) -> None:
        self._network = network
        self._limits = limits
        self._guard = guard
        self._status = 0
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._headers_done = False
        self._body = bytearray()
        self._plain = False
        self._proxy: str | None = None
        self._exempt: tuple[str, int] | None = None
        self.refusal: Refusal | None = None
        self.curl = self._handle()

    def start(self, ask: PageRequest, routed: Routed | None) -> None:
        """Make the handle ready for this request; `routed` sends it elsewhere under the page's own name."""
        self._status, self._headers, self._header_bytes, self._headers_done = 0, {}, 0, False
        self._body = bytearray()
        self._plain, self.refusal = ask.plain, None
        parts = urlsplit(routed.url) if routed else None
        self._exempt = (parts.hostname or "", parts.port or 80) if parts else None
        self._proxy = None if routed else self._network.proxy_for(ask.address.url)
        curl = self.curl
        curl.setopt(pycurl.URL, routed.url if routed else ask.address.url)
        curl.setopt(pycurl.HTTPHEADER, [*_HEADERS, f"Host: {routed.host_header}"] if routed else _HEADERS)
        curl.setopt(pycurl.PROXY, self._proxy or "")
        curl.setopt(pycurl.ACCEPT_ENCODING, "identity" if ask.plain else "gzip, deflate")
        curl.setopt(pycurl.COOKIELIST, "ALL")
        for cookie in ask.cookies:
            curl.setopt(pycurl.COOKIELIST, cookie)
        # HTTPGET also takes back the NOBODY of a HEAD before it.
        curl.setopt(pycurl.NOBODY if ask.head else pycurl.HTTPGET, 1)

    @property
    def answered(self) -> bool:
        """Whether the headers of an answer have come."""
        return self._headers_done

    def result(self, code: int) -> PageReply | FailedRequest | Refusal:
        """What came of it; `code` is libcurl's, 0 for none. Whoever has sent headers has answered."""
        if not self._headers_done:
            return self._without_answer(code)
        if code == BAD_ENCODING and 200 <= self._status < 300:
            return FailedRequest(
                "the answer's compression is damaged", Cause.CONTENT, self._status, plainly=not self._plain
            )
        if self._proxy and self._status == _PROXY_LOGIN:
            return FailedRequest("the proxy requires a login (407)", Cause.NETWORK, again=False)
        cookies = tuple(self.curl.getinfo_raw(pycurl.INFO_COOKIELIST)) if "location" in self._headers else ()
        return PageReply(self._status, self._headers, bytes(self._body), complete=code == 0, cookies=cookies)

    def release(self) -> None:
        """Forget the body between requests."""
        self._body = bytearray()

    def _without_answer(self, code: int) -> FailedRequest | Refusal:
        if self.refusal is not None:
            return self.refusal
        status = self.curl.getinfo(pycurl.HTTP_CONNECTCODE) if self._proxy else 0
        if status == _PROXY_LOGIN:
            return FailedRequest("the proxy requires a login (407)", Cause.NETWORK, again=False)
        if status >= 300:
            return FailedRequest(f"the proxy could not connect ({status})", Cause.CONNECT)
        verified = self.curl.getinfo(pycurl.SSL_VERIFYRESULT)
        return failure(code, verify_result=verified, proxied=self._proxy is not None and status == 0)

    def _handle(self) -> Any:
        limits = self._limits
        curl = pycurl.Curl()
        options = {
            pycurl.NOSIGNAL: 1,
            pycurl.USERAGENT: self._network.user_agent,
            pycurl.FOLLOWLOCATION: 0,  # hop by hop, each through the guard
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.CONNECTTIMEOUT_MS: int(limits.connect * 1000),
            pycurl.TIMEOUT_MS: int(limits.request * 1000),
            pycurl.SSL_VERIFYPEER: 1,
            pycurl.SSL_VERIFYHOST: 2,
            **_trusted(self._network.ca_bundle),
            pycurl.NOPROXY: "",  # else libcurl would read NO_PROXY itself; Network decides
            pycurl.COOKIEFILE: "",  # keeps cookies in memory: some sites redirect until they get theirs back
            pycurl.DNS_CACHE_TIMEOUT: 300,
            pycurl.BUFFERSIZE: 32 * 1024,
            pycurl.HEADERFUNCTION: self._on_header,
            pycurl.WRITEFUNCTION: self._on_body,
            pycurl.OPENSOCKETFUNCTION: self._on_socket,
        }
        for option, value in options.items():
            curl.setopt(option, value)
        curl.setopt(_SUPPRESS_CONNECT_HEADERS, 1)
        return curl

    def _on_header(self, line: bytes) -> int | None:
        """Called for every header line; a new status line (after 1xx) starts them afresh."""
        self._header_bytes += len(line)
        if self._header_bytes > self._limits.headers:
            return 0
        if line.startswith(b"HTTP/") and not self._headers_done:
            words = line.split(None, 2)
            self._status = int(words[1]) if len(words) > 1 and _STATUS.fullmatch(words[1]) else 0
            self._headers = {}
        elif line in (b"\r\n", b"\n"):
            self._headers_done = self._headers_done or self._status >= 200
        elif not self._headers_done:
            name, _, value = line.partition(b":")
            self._headers.setdefault(name.decode("latin-1").strip().lower(), _text(value.strip()))
        return None

    def _on_body(self, chunk: bytes) -> int | None:
        """Called for every decoded chunk; anything but None ends the transfer with error 23."""
        room = self._limits.body - len(self._body)
        self._body += chunk[:room]
        return 0 if len(chunk) > room else None

    def _on_socket(self, _purpose: int, address: Any) -> Any:
        """Called before every connection with the resolved address: here it is decided for good where we go."""
        family, kind, protocol, endpoint = address
        if self._proxy is None:
            host, port = (endpoint[0], endpoint[1]) if isinstance(endpoint, tuple) else ("", 0)
            if self._exempt != (host, port) and (refusal := self._guard.address(str(host))):
                self.refusal = refusal
                return pycurl.SOCKET_BAD
        return _LentSocket(family, kind, protocol)


class _LentSocket(socket.socket):
    """A socket for libcurl: pycurl takes a copy of its descriptor and lets go of this one."""

    def __del__(self) -> None:
        self.close()


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


# libcurl's multi interface on the operating system's own selector: many transfers, one thread.

_WANTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class Multi:
    """Transfers in flight. libcurl says which sockets to watch and when to call again; this does so.

    Args:
        connections: connections kept open for reuse, those in use among them.
    """

    def __init__(self, connections: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: float | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)

    def add(self, curl: Any) -> None:
        """Start a transfer."""
        self._multi.add_handle(curl)

    def remove(self, curl: Any) -> None:
        """Take a transfer out, finished or not."""
        self._multi.remove_handle(curl)

    def wait(self, seconds: float) -> Iterator[tuple[Any, int]]:
        """Let things happen for up to `seconds`; the handles that finished, each with libcurl's error number."""
        pause = seconds if self._due is None else min(seconds, max(0.0, self._due - time.monotonic()))
        if not self._selector.get_map():  # Windows cannot wait for no socket at all
            time.sleep(pause)
        for key, mask in self._selector.select(pause) if self._selector.get_map() else ():
            events = (pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0
            )
            self._multi.socket_action(key.fd, events)
        if self._due is not None and self._due <= time.monotonic():
            self._due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        yield from self._finished()

    def close(self) -> None:
        """Close every connection."""
        self._multi.close()
        self._selector.close()

    def _finished(self) -> Iterator[tuple[Any, int]]:
        queued = 1
        while queued:
            queued, good, bad = self._multi.info_read()
            yield from ((curl, 0) for curl in good)
            yield from ((curl, code) for curl, code, _message in bad)

    def _on_socket(self, event: int, descriptor: int, _multi: Any, _data: Any) -> None:
        known = descriptor in self._selector.get_map()
        if event == pycurl.POLL_REMOVE:
            if known:
                self._selector.unregister(descriptor)
        elif known:
            self._selector.modify(descriptor, _WANTS[event])
        else:
            self._selector.register(descriptor, _WANTS[event])

    def _on_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


# What libcurl's error numbers mean for a page.

CUT_BY_US = 23
COULD_NOT_CONNECT = 7
TIMED_OUT = 28
BAD_ENCODING = 61

_NO_HTTP = FailedRequest("the answer was not valid HTTP", Cause.PROTOCOL, again=False)
_BROKE_OFF = FailedRequest("the connection was lost", Cause.PROTOCOL)
_NO_TLS = FailedRequest("no secure connection could be made", Cause.TLS)
_BAD_CERTIFICATE = FailedRequest("the certificate is not trusted", Cause.TLS, again=False)
_OWN_TLS = FailedRequest("the local certificates or TLS settings cannot be used", Cause.NETWORK, again=False)

FAILURES = {
    1: _NO_HTTP,
    3: FailedRequest("not a web address", Cause.PROTOCOL, again=False),
    5: FailedRequest("the host name of the proxy could not be resolved", Cause.NETWORK),
    6: FailedRequest("the host name could not be resolved", Cause.DNS),
    COULD_NOT_CONNECT: FailedRequest("the connection was refused, or there is no route to the host", Cause.CONNECT),
    8: _NO_HTTP,
    16: _BROKE_OFF,
    18: _BROKE_OFF,
    CUT_BY_US: FailedRequest("the answer's headers are too large", Cause.PROTOCOL, again=False),
    TIMED_OUT: FailedRequest("no answer in time", Cause.TIMEOUT),
    35: _NO_TLS,
    51: _BAD_CERTIFICATE,
    52: FailedRequest("the connection was closed without an answer", Cause.PROTOCOL),
    53: _OWN_TLS,
    54: _OWN_TLS,
    55: _BROKE_OFF,
    56: _BROKE_OFF,
    58: _OWN_TLS,
    59: _OWN_TLS,
    60: _BAD_CERTIFICATE,
    BAD_ENCODING: FailedRequest("the answer's compression is damaged", Cause.CONTENT, plainly=True),
    64: _NO_TLS,
    66: _OWN_TLS,
    77: _OWN_TLS,
    80: _NO_TLS,
    82: _OWN_TLS,
    83: _BAD_CERTIFICATE,
    90: _BAD_CERTIFICATE,
    91: _BAD_CERTIFICATE,
    92: _BROKE_OFF,
    95: _BROKE_OFF,
    96: _BROKE_OFF,
    97: FailedRequest("the proxy could not be reached, or refused the connection", Cause.NETWORK),
    98: _NO_TLS,
    100: FailedRequest("the answer's headers are too large", Cause.PROTOCOL, again=False),
}
UNKNOWN = FailedRequest("the request failed", Cause.PROTOCOL)

CERTIFICATES = {
    0: "is for a different host name",
    1: "is for a different host name",  # libcurl compares names itself, before it asks OpenSSL
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by an unknown authority",
    20: "is signed by an unknown authority, or its intermediate certificates are missing",
    21: "lacks its intermediate certificates",
    23: "was revoked",
    62: "is for a different host name",
    64: "is for a different address",
}
"""OpenSSL's verification results (X509_V_ERR_*, openssl/x509_vfy.h) of error 60."""


def failure(code: int, *, verify_result: int = 0, proxied: bool = False) -> FailedRequest:
    """What a libcurl error means when no headers had come.

    Args:
        code: libcurl's error number.
        verify_result: OpenSSL's result for the certificate (`CURLINFO_SSL_VERIFYRESULT`).
        proxied: whether it was the proxy that we could not connect to.
    """
    if proxied and code == COULD_NOT_CONNECT:
        return FAILURES[97]
    if code == 60 and verify_result in CERTIFICATES:
        return FailedRequest(f"the certificate {CERTIFICATES[verify_result]}", Cause.TLS, again=False)
    return FAILURES.get(code, UNKNOWN)
