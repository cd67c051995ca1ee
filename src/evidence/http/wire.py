"""One request over `requests`, and what its failure means, told by the type of the exception.

Imported only when something must be asked: `requests` takes 100 ms to import.
"""

from __future__ import annotations

import http.client
import logging

import requests
import urllib3.exceptions

from evidence.http.bodies import BodyError, decoded
from evidence.http.exchange import Reply, Request
from evidence.http.network import Network
from evidence.http.retry import RetryLimits, Setback
from evidence.http.statuses import is_judged
from evidence.http.stopwatch import Stopwatch, TimedAdapter
from evidence.http.troubles import setback_of
from evidence.ports import Clock

_CHUNK = 65536


def _without_queries(record: logging.LogRecord) -> bool:
    """Cut the queries, and with them the key, from the addresses that urllib3 tells a program's debug log."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_without_queries)


class Wire:
    """Connections kept alive between requests; for one thread at a time.

    It is the adapter of `requests` without a `Session`: a session reads `REQUESTS_CA_BUNDLE`, `.netrc`
    and proxies from the environment, keeps cookies, and reads the whole body of a redirect even where
    it is told not to follow it. Here `Network` says all, and there are no cookies.
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
            return self._sent(request, seconds)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            BodyError,
            OSError,
            ValueError,  # an address that cannot be parsed or encoded
        ) as error:
            return setback_of(error, self._watch.last_status)

    def _sent(self, request: Request, seconds: float) -> Reply:
        method = "GET" if request.body is None else "POST"
        headers = {**self._headers, **request.headers}
        prepared = requests.Request(method, request.url, headers=headers, data=request.body).prepare()
        proxy = self._network.proxy_for(request.url)
        with self._adapter.send(
            prepared,
            stream=True,
            timeout=(min(self._limits.connect, seconds), self._limits.read),
            verify=self._network.ca_bundle or True,
            proxies={"http": proxy, "https": proxy} if proxy else {},
        ) as response:
            told = {name.lower(): value for name, value in response.headers.items()}
            body = self._body(response, told) if is_judged(response.status_code) else b""
            return Reply(response.status_code, told, body)

    def _body(self, response: requests.Response, headers: dict[str, str]) -> bytes:
        promised = headers.get("content-length", "")
        return decoded(
            response.raw.stream(_CHUNK, decode_content=False),
            encoding=headers.get("content-encoding", "").strip().lower(),
            length=int(promised) if promised.isdecimal() and "transfer-encoding" not in headers else None,
            limit=self._limits.body,
        )
