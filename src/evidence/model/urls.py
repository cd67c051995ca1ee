"""Web addresses: read defensively, normalised after RFC 3986 §6.2.2, always plain ASCII."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is not an address or identifier, and what to write instead where that is known."""

    message: str
    suggestion: str | None = None


_LONGEST = 8000  # the length at which servers (RFC 9110 §4.1) begin to refuse
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:[/?#].*)?", re.DOTALL)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

_CREDENTIALS = re.compile(r"\A([\s<]*+(?:[A-Za-z][A-Za-z0-9+.-]*+:)?[/\\]*+).+[@\uFE6B\uFF20]", re.DOTALL)

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/:@!$&'()*+,;="
_QUERY_SAFE = _PATH_SAFE + "?"
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]")


@lru_cache(4096)
def normalise(text: str) -> str | Malformed:
    """The address in its one normal form, or why it is none.

    Scheme and host in lower case, international hosts in their ASCII form (IDNA 2008, UTS 46),
    no default port, no dot segments, percent-encoding only where needed and in upper case, `/` for
    an empty path. The fragment is kept for display; it is never sent to a server.
    """
    text = _unwrapped(text)
    if not text:
        return Malformed("the address is empty")
    if len(text) > _LONGEST:
        return Malformed(f"the address is {len(text):,} characters long, the limit is {_LONGEST:,}")
    if hidden := invisible_character(text):
        return Malformed(f"the address holds the invisible character {hidden}")
    if " " in text:
        return Malformed("the address holds a space, which is written %20")
    if _BARE_HOST.fullmatch(text):
        return Malformed("the address lacks https://", f"https://{text}")
    if not _SCHEME.match(text):
        return Malformed("this is no web address, which begins with https://")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Malformed("the address has a malformed host or port")
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        return Malformed(f"only http and https addresses can be checked, not {scheme[:20]}:")
    host = _host(parts)
    if isinstance(host, Malformed):
        return host
    authority = host if port is None or port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
    path = _without_dot_segments(_encoded(parts.path, _PATH_SAFE)) or "/"
    query = f"?{_encoded(parts.query, _QUERY_SAFE)}" if parts.query else ""
    fragment = f"#{_encoded(parts.fragment, _QUERY_SAFE)}" if parts.fragment else ""
    return f"{scheme}://{authority}{path}{query}{fragment}"


def is_normal(text: str) -> bool:
    """Whether scheme and host are written as they should be: lower case, no default port, no blanks around.

    An international host in its own script, an unencoded letter in the path and a missing root
    slash are all fine to write.
    """
    normal = normalise(text)
    if isinstance(normal, Malformed) or text != _unwrapped(text):
        return False
    scheme, _, rest = text.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    written_port = ":" in authority.rpartition("]")[2]
    normal_port = urlsplit(normal).port is not None
    return scheme == scheme.lower() and authority == authority.lower() and written_port == normal_port


def invisible_character(text: str) -> str | None:
    """The first character that no reader can see (control, format, odd space), as `U+202E`; else None."""
    for char in text:
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or (char.isspace() and char != " "):
            return f"U+{ord(char):04X}"
    return None


def mask_credentials(text: str) -> str:
    """A malformed address for people to read: what may be a user name or password becomes `…`.

    Only the last `@` is relied upon: a malformed address hides its password anywhere before it.
    """
    return _CREDENTIALS.sub(r"\1…@", text, count=1)


def _unwrapped(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text


def _host(parts: SplitResult) -> str | Malformed:
    if "@" in parts.netloc:
        _, _, without = parts.netloc.rpartition("@")
        safe = parts._replace(netloc=without).geturl() if without and "\\" not in parts.netloc else None
        return Malformed("the address holds a user name or password", safe)
    host = parts.hostname or ""
    if not host:
        return Malformed("the address names no host")
    if "[" in parts.netloc:
        try:
            return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else Malformed("the host has an IPv6 zone")
        except ValueError:
            return Malformed("the host is no IPv6 address")
    host = host.removesuffix(".")
    if not host.isascii():
        import idna  # noqa: PLC0415 - 15 ms that only international hosts pay

        try:
            host = idna.encode(host, uts46=True).decode("ascii").lower()
        except idna.IDNAError:
            return Malformed("the host is no valid international name")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return Malformed("the host is no valid name")
    return host


def _encoded(part: str, safe: str) -> str:
    def replace(match: re.Match[str]) -> str:
        token = match[0]
        if len(token) == 3:
            char = chr(int(token[1:], 16))
            return char if char in _UNRESERVED else token.upper()
        return quote(token, safe=safe)

    return _TOKEN.sub(replace, part)


def _without_dot_segments(path: str) -> str:
    segments = path.split("/")
    remaining: list[str] = []
    for segment in segments:
        if segment == "..":
            del remaining[max(1, len(remaining) - 1) :]
        elif segment != ".":
            remaining.append(segment)
    if segments[-1] in {".", ".."}:
        remaining.append("")
    return "/".join(remaining)
