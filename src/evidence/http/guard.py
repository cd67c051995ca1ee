"""The address guard: cited links may not reach the operator's own network.

A link, or a page that it leads to, can name any address: the guard judges the address that a
connection would really be made to, at the moment of connecting, on every hop. That also catches
names that resolve to private addresses and names whose answer changes between two look-ups.

Ranges: IANA's special-purpose registries for IPv4 and IPv6
(https://www.iana.org/assignments/iana-ipv4-special-registry/, …/iana-ipv6-special-registry/).
Ports: the list of the Fetch standard (https://fetch.spec.whatwg.org/#port-blocking).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from evidence.model.outcomes import PRIVATE_ADDRESS


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
        return None if self._exempt(text) else self._weighed(judge_address(text))

    def host(self, host: str) -> Refusal | None:
        """Why a request for this host (a name, or an address without brackets) is refused, or None.

        Names are judged by their own words here; what they resolve to is judged when connecting.
        Behind a proxy, which resolves names itself, this is all that can be judged.
        """
        return self.address(host) if _is_numeric(host) else self._weighed(judge_name(host))

    def port(self, port: int | None) -> Refusal | None:
        """Why this port is refused, or None; pages may live on any port that no other protocol owns."""
        return Refusal.PORT if port in _BAD_PORTS else None

    def _weighed(self, refusal: Refusal | None) -> Refusal | None:
        return None if refusal is Refusal.PRIVATE and self._allow_private else refusal


@lru_cache(maxsize=4096)
def judge_address(text: str) -> Refusal | None:
    """What speaks against this numeric address; IPv4 inside IPv6 is judged as the IPv4 address it stands for."""
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
    """What speaks against this host name by its own words: a name of this machine, this network or its metadata."""
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


def _is_numeric(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
