"""The operator's network, addresses of web pages, and the guard that keeps cited links out of private ranges.

Hosts follow the WHATWG URL standard (https://url.spec.whatwg.org/#host-parsing): international names
become ASCII (IDNA 2008 with UTS #46), and every spelling of an IPv4 address (decimal, hexadecimal,
octal, `127.1`, full-width digits, a trailing dot) becomes its four numbers. What is requested is
always rebuilt from these parts, never the text as it was cited, so that no two readers can differ on the host.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

from evidence.model.outcomes import PRIVATE_ADDRESS
from evidence.model.regex import regex
from evidence.model.urls import MASK, mask_secrets

_KEY_VALUE = regex(r"""(api[_-]?key["']?\s*(?:=|:|%3D)\s*["']?)[^&\s"'<>,;}]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Network:
    """Settings that services and pages share: proxies, certificates, what to call ourselves, what never to print.

    The command line fills them from options and environment. `secrets` are strings (API key, proxy password) that must
    never leave the process in a message.
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

        Replaced are the `secrets` and the proxies' passwords, plain and URL-encoded; what is a secret in any address
        (`evidence.model.urls.secrets_in`); and the value of any `api_key`, which NCBI repeats in its own messages.
        """
        for secret in sorted(set(self._spellings()), key=len, reverse=True):
            text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
        return _KEY_VALUE.sub(rf"\g<1>{MASK}", mask_secrets(text))

    def _spellings(self) -> Iterator[str]:
        proxies = (urlsplit(with_scheme(proxy)).password for proxy in (self.http_proxy, self.https_proxy) if proxy)
        for secret in (*self.secrets, *(unquote(password) for password in proxies if password)):
            if secret:
                yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))


# `HTTPS_PROXY` and `NO_PROXY` as curl and Python's urllib read them.


def with_scheme(proxy: str) -> str:
    """A proxy's address with its scheme; `proxy.example:3128` means `http://proxy.example:3128`."""
    return proxy if "://" in proxy else f"http://{proxy}"


def bypasses(no_proxy: str, host: str, port: int | None) -> bool:
    """Whether `NO_PROXY` exempts a host from the proxy.

    Entries are separated by commas or blanks: `*`, a name (it and all names below it, with or
    without a leading dot or `*.`), an address, a network (`10.0.0.0/8`), each perhaps with `:port`.
    """
    host = host.lower().rstrip(".")
    return any(_matches(entry.lower(), host, port) for entry in no_proxy.replace(",", " ").split())


def _matches(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name, _, wanted = entry.partition(":")
        name = name.removeprefix("*").strip(".")
        return bool(name) and wanted in ("", str(port)) and (host == name or host.endswith(f".{name}"))
    return _covers(entry, address, port)


def _covers(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None) -> bool:
    network, wanted = entry, ""
    if entry.startswith("["):
        network, _, wanted = entry[1:].partition("]")
    elif entry.count(":") == 1:
        network, _, wanted = entry.partition(":")
    try:
        return wanted.lstrip(":") in ("", str(port)) and address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


# Addresses of web pages, taken apart and put together again.

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = regex(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = regex(r"0x[0-9a-f]*|[0-9]+")
_SAFE = "%/:=&?~+!$,;'@()*[]|"


class BadAddressError(ValueError):
    """The text is not an http or https address that could be asked."""


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
        raise BadAddressError("port 0 is not allowed")
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


# The guard: cited links may not reach the operator's own network.


class Refusal(StrEnum):
    """Why the guard does not let a link through. Only PRIVATE can be opened by the operator."""

    PRIVATE = PRIVATE_ADDRESS
    LINK_LOCAL = "link-local address"
    METADATA = "metadata address of a cloud machine"
    RESERVED = "reserved address"
    PORT = "port that is not used for web pages"


def _networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_METADATA = _networks(
    "169.254.169.254",  # AWS, Azure, Google and most others
    "169.254.170.2",  # AWS ECS
    "169.254.170.23",  # AWS EKS
    "100.100.100.200",  # Alibaba
    "168.63.129.16",  # Azure
    "192.0.0.192",  # Oracle
    "fd00:ec2::254",  # AWS
    "fd00:ec2::23",  # AWS EKS
    "fd20:ce::254",  # Google
)
_LINK_LOCAL = _networks("169.254.0.0/16", "fe80::/10")
_PRIVATE = _networks(
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "100.64.0.0/10",  # shared by carriers (RFC 6598)
    "::1",
    "fc00::/7",
    "fec0::/10",  # site-local, deprecated (RFC 3879)
)
_RESERVED = _networks(
    "0.0.0.0/8",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",  # protocol assignments, Teredo among them
    "2001:db8::/32",
    "3fff::/20",
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = {0x00005EFE, 0x02005EFE}

_METADATA_NAMES = {
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
}
# Names without meaning on the public net: RFC 6761, RFC 6762 appendix G, RFC 8375, ICANN's "internal".
_PRIVATE_SUFFIXES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
)

# fmt: off
_BAD_PORTS = frozenset({
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
    526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
    3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on


class Guard:
    """Judges addresses, host names and ports before anything is sent to them.

    Args:
        allow_private: open loopback and private ranges (`EVIDENCE_ALLOW_PRIVATE=1`), never
            link-local, metadata or reserved addresses.
        exempt: addresses, as text, that are let through whatever they are.
    """

    def __init__(self, *, allow_private: bool = False, exempt: Callable[[str], bool] = lambda _address: False) -> None:
        self._allow_private = allow_private
        self._exempt = exempt

    def address(self, text: str) -> Refusal | None:
        """Why a connection to this numeric address is refused, or None."""
        return None if self._exempt(text) else self._unless_allowed(judge_address(text))

    def host(self, host: str) -> Refusal | None:
        """Why a request for this host (a name, or an address without brackets) is refused, or None.

        Names are judged by their wording here; what they resolve to is judged when connecting.
        With a proxy, which resolves names itself, this is all that can be judged.
        """
        is_numeric = ":" in host or host.replace(".", "").isdigit()
        return self.address(host) if is_numeric else self._unless_allowed(judge_name(host))

    def port(self, port: int | None) -> Refusal | None:
        """Why this port is refused, or None; pages may live on any port that no other protocol owns."""
        return Refusal.PORT if port in _BAD_PORTS else None

    def _unless_allowed(self, refusal: Refusal | None) -> Refusal | None:
        return None if refusal is Refusal.PRIVATE and self._allow_private else refusal


@lru_cache(maxsize=4096)
def judge_address(text: str) -> Refusal | None:
    """Why this numeric address is refused; IPv4 inside IPv6 is judged as the IPv4 address it contains."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return Refusal.RESERVED
    if any(address in network for network in _METADATA):
        return Refusal.METADATA
    if any(address in network for network in _LINK_LOCAL):
        return Refusal.LINK_LOCAL
    if any(address in network for network in _PRIVATE):
        return Refusal.PRIVATE
    if isinstance(address, ipaddress.IPv6Address):
        return _judge_ipv6(address)
    return Refusal.RESERVED if any(address in network for network in _RESERVED) else None


def judge_name(name: str) -> Refusal | None:
    """Why this host name is refused by its wording: a name of this machine, this network or its metadata."""
    name = name.lower().rstrip(".")
    if name in _METADATA_NAMES:
        return Refusal.METADATA
    single = "." not in name
    private = single or any(name == suffix or name.endswith(f".{suffix}") for suffix in _PRIVATE_SUFFIXES)
    return Refusal.PRIVATE if private else None


def _judge_ipv6(address: ipaddress.IPv6Address) -> Refusal | None:
    embedded = _embedded(address)
    if embedded is not None and (refusal := judge_address(str(embedded))) is not None:
        return refusal
    if embedded is not None and address not in _GLOBAL_UNICAST:
        return None
    reserved = address not in _GLOBAL_UNICAST or any(address in network for network in _RESERVED)
    return Refusal.RESERVED if reserved else None


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address carries: mapped, compatible, NAT64, 6to4 or ISATAP."""
    value = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or address in _COMPATIBLE or (value >> 32) & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(value & 0xFFFFFFFF)
    return None
