"""One request as the stand-in received it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlsplit


class Service(StrEnum):
    """The services that the stand-in plays, each on a port of its own so that each can be down alone."""

    EUTILS = "eutils"
    DAILYMED = "dailymed"
    CROSSREF = "crossref"
    DOI = "doi"
    WAYBACK = "wayback"
    PAGES = "pages"  # addresses with http
    SECURE_PAGES = "secure-pages"  # addresses with https, played without TLS
    CONTROL = "control"

    @property
    def told(self) -> str:
        """The name under which requests are counted and faults are scheduled."""
        return str(Service.PAGES if self is Service.SECURE_PAGES else self)


@dataclass(frozen=True)
class ServerRequest:
    """A request: header names in lower case, `target` as it stood in the request line."""

    service: Service
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path with its percent signs resolved."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def params(self) -> Mapping[str, str]:
        """The parameters of address and form body; repeated ones are joined with commas, as Entrez reads them."""
        fields = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            fields += parse_qsl(self.body.decode("latin-1"), keep_blank_values=True)
        joined: dict[str, str] = {}
        for name, value in fields:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "")

    @property
    def url(self) -> str:
        """The address that a page request means, rebuilt from port, Host header and target."""
        scheme = "https" if self.service is Service.SECURE_PAGES else "http"
        return f"{scheme}://{self.host}{self.target}"
