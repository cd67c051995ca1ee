"""`HTTPS_PROXY` and `NO_PROXY` as curl and Python's urllib read them."""

from __future__ import annotations

import ipaddress


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
    address = _address(host)
    if address is not None:
        return _covers(entry, address, port)
    name, _, wanted = entry.partition(":")
    name = name.removeprefix("*").strip(".")
    return bool(name) and wanted in ("", str(port)) and (host == name or host.endswith(f".{name}"))


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


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
