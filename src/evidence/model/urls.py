"""The answer to text that is no identifier of the kind asked for."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit

# The answer to text that is no identifier of the kind asked for.


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is no such identifier, and what to write instead where that can be told."""

    message: str
    suggestion: str | None = None


# Web addresses: read defensively, normalised after RFC 3986 §6.2.2, always plain ASCII.

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
    bare = _unwrapped(text)
    refused = _refused_text(bare)
    if refused:
        return refused
    try:
        parts = urlsplit(bare)
        port = parts.port
    except ValueError:
        return Malformed("the address has a malformed host or port")
    if parts.scheme.lower() not in _DEFAULT_PORTS:
        return Malformed(f"only http and https addresses can be checked, not {parts.scheme.lower()[:20]}:")
    host = _host(parts)
    if isinstance(host, Malformed):
        return host
    return _assembled(parts, host, port)


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
    kept_port = urlsplit(normal).port is not None
    return scheme == scheme.lower() and authority == authority.lower() and written_port == kept_port


def invisible_character(text: str) -> str | None:
    """The first character that no reader can see (control, format, odd space), as `U+202E`; else None."""
    for char in text:
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or (char.isspace() and char != " "):
            return f"U+{ord(char):04X}"
    return None


def mask_credentials(text: str) -> str:
    """What is no good address, to be shown to people: what may be a user name or password becomes `…`.

    Nothing is relied upon but the last `@`: a malformed address hides its password anywhere before it.
    """
    return _CREDENTIALS.sub(r"\1…@", text, count=1)


def _unwrapped(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text


def _refused_text(text: str) -> Malformed | None:
    told = None
    if not text:
        told = Malformed("the address is empty")
    elif len(text) > _LONGEST:
        told = Malformed(f"the address is {len(text):,} characters long, the limit is {_LONGEST:,}")
    elif hidden := invisible_character(text):
        told = Malformed(f"the address holds the invisible character {hidden}")
    elif " " in text:
        told = Malformed("the address holds a space, which is written %20")
    elif _BARE_HOST.fullmatch(text):
        told = Malformed("the address lacks https://", f"https://{text}")
    elif not _SCHEME.match(text):
        told = Malformed("this is no web address, which begins with https://")
    return told


def _host(parts: SplitResult) -> str | Malformed:
    if "@" in parts.netloc:
        _, _, without = parts.netloc.rpartition("@")
        safe = parts._replace(netloc=without).geturl() if without and "\\" not in parts.netloc else None
        return Malformed("the address holds a user name or password", safe)
    host = parts.hostname or ""
    if not host:
        return Malformed("the address names no host")
    if "[" in parts.netloc:
        return _ipv6(host)
    host = host.removesuffix(".")
    if not host.isascii():
        return _international(host)
    return _checked_host(host)


def _ipv6(host: str) -> str | Malformed:
    try:
        return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else Malformed("the host has an IPv6 zone")
    except ValueError:
        return Malformed("the host is no IPv6 address")


def _international(host: str) -> str | Malformed:
    import idna  # noqa: PLC0415 - 15 ms that only international hosts pay

    try:
        return _checked_host(idna.encode(host, uts46=True).decode("ascii").lower())
    except idna.IDNAError:
        return Malformed("the host is no valid international name")


def _checked_host(host: str) -> str | Malformed:
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return Malformed("the host is no valid name")
    return host


def _assembled(parts: SplitResult, host: str, port: int | None) -> str:
    scheme = parts.scheme.lower()
    shown_port = "" if port is None or port == _DEFAULT_PORTS[scheme] else f":{port}"
    path = _without_dot_segments(_encoded(parts.path, _PATH_SAFE)) or "/"
    query = f"?{_encoded(parts.query, _QUERY_SAFE)}" if parts.query else ""
    fragment = f"#{_encoded(parts.fragment, _QUERY_SAFE)}" if parts.fragment else ""
    return f"{scheme}://{host}{shown_port}{path}{query}{fragment}"


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
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)
