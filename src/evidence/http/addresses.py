"""Addresses of web pages, taken apart and put together again so that no two readers can differ on the host.

Hosts follow the WHATWG URL standard (https://url.spec.whatwg.org/#host-parsing): international names
become ASCII (IDNA 2008 with UTS #46), and every spelling of an IPv4 address (decimal, hexadecimal,
octal, `127.1`, full-width digits, a trailing dot) becomes its four numbers. What is requested is
always rebuilt from these parts, never the text as it was cited.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_SAFE = "%/:=&?~+!$,;'@()*[]|"


class BadAddressError(ValueError):
    """The text is no http or https address that could be asked."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address to ask: ASCII host without brackets, `port` None for the scheme's own, path with query."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def url(self) -> str:
        """The address as ASCII text, without fragment and user name."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse(text: str) -> WebAddress:
    """The address in this text; fragment, user name and password are dropped.

    Raises:
        BadAddressError: no http or https address, or one with an impossible host or port.
    """
    try:
        parts = urlsplit(text.strip().replace("\\", "/"))
        name, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddressError("not a web address") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadAddressError("not an http or https address")
    if port == 0:
        raise BadAddressError("port 0 cannot be asked")
    path = quote(parts.path or "/", safe=_SAFE, errors="replace")
    query = f"?{quote(parts.query, safe=_SAFE, errors='replace')}" if parts.query else ""
    return WebAddress(
        scheme=parts.scheme,
        host=_host(name, bracketed="[" in parts.netloc),
        port=None if port == _DEFAULT_PORTS[parts.scheme] else port,
        path=path + query,
    )


def join(base: WebAddress, location: str) -> WebAddress:
    """The address that a `Location` header points at (RFC 9110, 10.2.2).

    Raises:
        BadAddressError: as `parse`.
    """
    try:
        return parse(urljoin(base.url, location.strip().replace("\\", "/")))
    except ValueError as error:
        raise BadAddressError("not a web address") from error


@lru_cache(maxsize=4096)
def _host(name: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            return ipaddress.IPv6Address(unquote(name).partition("%")[0]).compressed
        except ValueError as error:
            raise BadAddressError("not an IPv6 address") from error
    name = unquote(name)
    name = (name if name.isascii() else _ascii(name)).lower().removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise BadAddressError("not a host name")
    return name


def _ascii(name: str) -> str:
    import idna  # noqa: PLC0415 - its tables are slow to load, and few addresses need them

    try:
        mapped = idna.uts46_remap(name, std3_rules=False)
        return mapped if mapped.isascii() else idna.encode(mapped).decode("ascii")
    except idna.IDNAError as error:
        raise BadAddressError("not an international host name") from error


def _ipv4(name: str) -> str:
    """An IPv4 address in any spelling that C's inet_aton reads, as four decimal numbers."""
    try:
        numbers = [_number(part) for part in name.split(".")]
    except ValueError as error:
        raise BadAddressError("not an IPv4 address") from error
    *leading, last = numbers
    if len(leading) > 3 or any(number > 255 for number in leading) or last >= 256 ** (4 - len(leading)):
        raise BadAddressError("not an IPv4 address")
    value = last + sum(number << (24 - 8 * place) for place, number in enumerate(leading))
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int:
    if len(part) > 20 or not _NUMBER.fullmatch(part):  # `int` would take `-1`, `+1` and `1_0` too
        raise ValueError("no part of an address")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
