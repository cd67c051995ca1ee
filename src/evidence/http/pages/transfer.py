"""One libcurl handle, used for one request after another, and what its request has brought so far."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pycurl

from evidence.http.guard import Guard, Refusal
from evidence.http.network import Network
from evidence.http.pages.curl_codes import BAD_ENCODING, failure
from evidence.http.pages.seen import FetchLimits, Routed
from evidence.http.pages.visit import FailedRequest, PageReply, PageRequest
from evidence.model.outcomes import Cause

_HEADERS = ["Accept: text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8", "Accept-Language: en,*;q=0.5"]
_PROXY_LOGIN = 407


class Transfer:
    """A handle with its guard. `start`, hand `curl` to libcurl's multi interface, then `result`."""

    def __init__(self, network: Network, limits: FetchLimits, guard: Guard, ca_bundle: str) -> None:
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
        self.curl = self._handle(ca_bundle)

    def start(self, ask: PageRequest, routed: Routed | None) -> None:
        """Make the handle ready for this request; `routed` sends it elsewhere under the page's own name."""
        self._status, self._headers, self._header_bytes, self._headers_done = 0, {}, 0, False
        self._body = bytearray()
        self._plain, self.refusal = ask.plain, None
        self._exempt = _endpoint(routed) if routed else None
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
            return FailedRequest("the proxy wants a log-in (407)", Cause.NETWORK, again=False)
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
            return FailedRequest("the proxy wants a log-in (407)", Cause.NETWORK, again=False)
        if status >= 300:
            return FailedRequest(f"the proxy could not connect ({status})", Cause.CONNECT)
        verified = self.curl.getinfo(pycurl.SSL_VERIFYRESULT)
        return failure(code, verify_result=verified, proxied=self._proxy is not None and status == 0)

    def _handle(self, ca_bundle: str) -> Any:
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
            pycurl.CAINFO: ca_bundle,
            pycurl.PROXY_CAINFO: ca_bundle,
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
            self._status, self._headers = _status(line), {}
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
        """Called before every connection with the resolved address, and so the last word on where we go."""
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


_SUPPRESS_CONNECT_HEADERS = 265  # CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl has no name for


def _endpoint(routed: Routed) -> tuple[str, int]:
    parts = urlsplit(routed.url)
    return parts.hostname or "", parts.port or 80


def _status(line: bytes) -> int:
    words = line.split(None, 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
