"""The operator's network: proxies, certificates, what to call ourselves, what never to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, urlsplit

from evidence.http.proxies import bypasses, with_scheme

_USERINFO = re.compile(r"://[^/\s?#]*@")
_KEY_VALUE = re.compile(r"""(api[_-]?key["']?\s*(?:=|:|%3D)\s*["']?)[^&\s"'<>,;}]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Network:
    """Settings that services and pages share; the CLI fills them from options and environment.

    `secrets` are strings (API key, proxy password) that must never leave the process in a message.
    `allow_private` opens loopback and private addresses to cited links, never link-local ones.
    """

    user_agent: str
    ca_bundle: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str = ""
    allow_private: bool = False
    secrets: tuple[str, ...] = ()

    def proxy_for(self, url: str) -> str | None:
        """The proxy to use for an address, with its scheme; None to connect directly (`NO_PROXY`)."""
        parts = urlsplit(url)
        proxy = self.https_proxy if parts.scheme == "https" else self.http_proxy
        if not proxy or bypasses(self.no_proxy, parts.hostname or "", parts.port):
            return None
        return with_scheme(proxy)

    def redact(self, text: str) -> str:
        """The text with every secret replaced by `***`.

        Gone are the `secrets` and the proxies' passwords, plain and URL-encoded; `user:password@`
        in any address; and the value of any `api_key`, which NCBI repeats in its own messages.
        """
        for secret in sorted(set(self._spellings()), key=len, reverse=True):
            text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
        return _KEY_VALUE.sub(r"\1***", _USERINFO.sub("://***@", text))

    def _spellings(self) -> Iterator[str]:
        proxies = (urlsplit(with_scheme(proxy)).password for proxy in (self.http_proxy, self.https_proxy) if proxy)
        for secret in (*self.secrets, *(unquote(password) for password in proxies if password)):
            if secret:
                yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
