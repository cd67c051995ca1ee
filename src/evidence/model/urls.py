"""Web addresses: read defensively, normalised after RFC 3986 §6.2.2, always plain ASCII."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urlsplit

from evidence.model.regex import regex


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is not an address or identifier, and what to write instead where that is known."""

    message: str
    suggestion: str | None = None


_LONGEST = 8000  # the length at which servers (RFC 9110 §4.1) begin to refuse
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE_HOST = regex(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:[/?#].*)?", re.DOTALL)
_LABEL = regex(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

_CREDENTIALS = regex(r"\A([\s<]*+(?:[A-Za-z][A-Za-z0-9+.-]*+:)?[/\\]*+).+[@\uFE6B\uFF20]", re.DOTALL)

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/:@!$&'()*+,;="
_QUERY_SAFE = _PATH_SAFE + "?"
_TOKEN = regex(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]")


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
        return Malformed(f"the address has {len(text):,} characters (limit {_LONGEST:,})")
    if hidden := invisible_character(text):
        return Malformed(f"the address contains the invisible character {hidden}")
    if " " in text:
        return Malformed("the address contains a space; write it as %20")
    if _BARE_HOST.fullmatch(text):
        return Malformed("the address does not start with https://", f"https://{text}")
    if not _SCHEME.match(text):
        return Malformed("not a valid web address; it must start with https://")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Malformed("the host or port in the address is not valid")
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        return Malformed(f"only http and https addresses can be checked, not {scheme[:20]}: addresses")
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
    if text.isascii() and text.isprintable():
        return None
    for char in text:
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or (char.isspace() and char != " "):
            return f"U+{ord(char):04X}"
    return None


def mask_credentials(text: str) -> str:
    """A malformed address for people to read: what may be a user name or password becomes `…`.

    Only the last `@` is relied upon: a malformed address hides its password anywhere before it.
    """
    return _CREDENTIALS.sub(r"\1…@", text, count=1)


# Secrets in addresses: what a server that redirects puts there for one reader, and nobody else is to have.

MASK = "***"
"""What is shown in the place of a secret."""

_ADDRESS = regex(r"https?://[^\s\"<>]+")
_EQUALS = regex(r"=|%(?:25)*3D", re.IGNORECASE)
_BEFORE_NAME = regex(r"[?&;#/!\s\"'<>(,|{}=]|%(?:25)*(?:3F|26|3B|23|2F|20|22|7B|2C|3D)", re.IGNORECASE)
_PLAIN_END = regex(r"[&#\s\"<>]")
_ENCODED_END = regex(r"[&#\s\"<>]|%(?:25)*(?:26|23|20|22)", re.IGNORECASE)
_CLOSING = ".,;:!?)]}'"
_TOKEN_VALUE = regex(
    r"(?:[A-Za-z0-9+/_~:.|!$*,@-]|%(?:25)*(?:2B|2F|3A|2D|5F|7E|2E|7C|21|24|2A|2C|40))++(?:=|%(?:25)*3D)*+",
    re.IGNORECASE,
)
"""What long base64 or hexadecimal may be made of, and several of them in a row."""
_TOKEN_END = regex(r"[&#;?\s\"<>]|%(?:25)*(?:26|23|20|22|3B)", re.IGNORECASE)
_PARTED = regex(r"[|!$*,@]")
_LONGEST_NAME = 120
_USER = regex(r"(://|%(?:25)*3A%(?:25)*2F%(?:25)*2F)", re.IGNORECASE)
_USER_END = regex(r"[/?#\s\"<>]|%(?:25)*(?:2F|3F|23)", re.IGNORECASE)
_AT = regex(r"@|%(?:25)*40")
_JSON_WEB_TOKEN = regex(r"(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+")
_WORDS = regex(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ALWAYS = (
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "securitytoken",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "secret",
    "secretkey",
    "privatekey",
    "accesskey",
    "accesskeyid",
    "amzsignature",
    "amzcredential",
    "googsignature",
    "googcredential",
    "samlresponse",
    "authorization",
    "jwt",
)
"""How names end whose value is a secret whatever it is, without what is neither letter nor digit."""
_TOKENS = frozenset({"token", "tokens", "bearer", "verifier", "sig", "signature", "code"})
_KEYS = frozenset({"key", "ticket", "session", "sessionid", "sid", "jsessionid", "phpsessid", "hmac", "policy", "auth"})
"""Names whose value is a secret when it is long and random; those of the second kind often name something else."""
_LONG, _LONGER = 16, 24
_ENCODED_AT_MOST = 8
_RUN = regex(r"[A-Za-z0-9]+")
_BASE64 = regex(r"[A-Za-z0-9+/_=.~:-]+")
_CAPITAL_WITHIN = regex(r"(?<=[a-z])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])|(?<=[a-z][A-Z])[A-Z]")
_CAPITALS = 3  # within words: more than names such as McDonald's have
_HEXADECIMAL = regex(r"[0-9A-Fa-f-]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in an address: under which name, its value without percent-encoding, and where it is in the text."""

    name: str
    value: str
    start: int
    end: int


def secrets_in(text: str) -> tuple[Secret, ...]:
    """The secrets in an address, or in a text with addresses, in their order; also in addresses inside addresses.

    By the names of parameters, in the query, the path and the fragment: the values of `access_token`, `password`,
    `api_key`, `X-Amz-Signature` and their like, and long values of random characters of `token`, `sig`, `signature`,
    `code`. Also user names with passwords, and JSON Web Tokens (RFC 7519) anywhere.
    """
    found = [*_named_secrets(text), *_users(text)]
    found += (Secret("", match[0], *match.span()) for match in _JSON_WEB_TOKEN.finditer(text))
    apart: list[Secret] = []
    for secret in sorted(found, key=lambda each: (each.start, -each.end)):
        if not apart or secret.start >= apart[-1].end:
            apart.append(secret)
    return tuple(apart)


def mask_secrets(text: str, cited: str = "") -> str:
    """The text with every secret replaced by `***`, but for those that the address `cited` in the user's file holds."""
    secrets = secrets_in(text)
    if not secrets:
        return text
    known = {secret.value for secret in secrets_in(cited)}
    parts, end = [], 0
    for secret in secrets:
        if secret.value not in known:
            parts += [text[end : secret.start], MASK]
            end = secret.end
    return "".join((*parts, text[end:]))


def mask_in_message(text: str, message: str, cited: str = "") -> str:
    """A text of a finding on a page, with the secrets masked that earlier versions left in its message.

    The first address of such a message is the one that is cited: what that holds stays.
    """
    first = _ADDRESS.search(message)
    return mask_secrets(text, f"{cited} {first[0]}" if first else cited)


def _named_secrets(text: str) -> Iterator[Secret]:
    """Those that are the value of a parameter; of what is one no further parameter is looked for."""
    end = 0
    for equals in _EQUALS.finditer(text):
        if equals.start() < end or text[equals.start() - 1 : equals.start()] == "=":
            continue
        name = _BEFORE_NAME.split(text[max(end, equals.start() - _LONGEST_NAME) : equals.start()])[-1]
        kind = _kind_of(_decoded(name))
        if kind is None:
            continue
        start = equals.end()
        if kind is _ALWAYS:
            stop = (_PLAIN_END if equals[0] == "=" else _ENCODED_END).search(text, start)
        else:
            token = _TOKEN_VALUE.match(text, start)
            parts = _PARTED.split(_decoded(token[0])) if token else ()
            if token is None or not any(_is_random(part, _LONG if kind is _TOKENS else _LONGER) for part in parts):
                continue
            stop = _TOKEN_END.search(text, token.end())
        last = stop.start() if stop else len(text)
        while last > start and text[last - 1] in _CLOSING:
            last -= 1
        value = _decoded(text[start:last])
        if value and value != MASK:
            yield Secret(_decoded(name), value, start, last)
            end = last


def _kind_of(name: str) -> Collection[str] | None:
    """What kind of name of a parameter it is, by the list that has it; None for one of no secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return None
    letters = "".join(words)
    if letters.endswith(_ALWAYS) or letters == "pwd":
        return _ALWAYS
    if words[-1] in _TOKENS or letters.endswith(("token", "signature")):
        return _TOKENS
    return _KEYS if words[-1] in _KEYS else None


def _is_random(value: str, long: int) -> bool:
    """Whether a value is long base64 or hexadecimal: words with hyphens and numbers are none."""
    if len(value) < long or not _BASE64.fullmatch(value):
        return False
    if _HEXADECIMAL.fullmatch(value):
        return True
    kinds = (str.isdigit, str.islower, str.isupper)
    is_padded = value.endswith("=") and len(value) % 4 == 0
    if (
        is_padded
        or len(_CAPITAL_WITHIN.findall(value)) >= _CAPITALS
        or all(any(map(is_kind, value)) for is_kind in kinds)
    ):
        return True
    run = max(_RUN.findall(value), key=len, default="")
    mixed = sum(any(map(is_kind, run)) for is_kind in kinds) > 1
    return len(run) >= (long if mixed else long + 4)


def _users(text: str) -> Iterator[Secret]:
    """User names and passwords before the hosts of addresses."""
    for scheme in _USER.finditer(text):
        start = scheme.end()
        stop = _USER_END.search(text, start)
        ats = [at.start() for at in _AT.finditer(text, start, stop.start() if stop else len(text))]
        if ats and text[start : ats[-1]] not in {"", MASK}:
            yield Secret("user name and password", _decoded(text[start : ats[-1]]), start, ats[-1])


def _decoded(text: str) -> str:
    """The text without percent-encoding, however often it was encoded."""
    for _ in range(_ENCODED_AT_MOST):
        if "%" not in text or (decoded := unquote(text)) == text:
            break
        text = decoded
    return text


def _unwrapped(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text


def _host(parts: SplitResult) -> str | Malformed:
    if "@" in parts.netloc:
        _, _, without = parts.netloc.rpartition("@")
        safe = parts._replace(netloc=without).geturl() if without and "\\" not in parts.netloc else None
        return Malformed("the address contains a user name or password", safe)
    host = parts.hostname or ""
    if not host:
        return Malformed("the address has no host")
    if "[" in parts.netloc:
        try:
            return (
                f"[{ipaddress.IPv6Address(host)}]"
                if "%" not in host
                else Malformed("the IPv6 address of the host has a zone")
            )
        except ValueError:
            return Malformed("the host is not a valid IPv6 address")
    host = host.removesuffix(".")
    if not host.isascii():
        import idna  # noqa: PLC0415 - 15 ms that only international hosts pay

        try:
            host = idna.encode(host, uts46=True).decode("ascii").lower()
        except idna.IDNAError:
            return Malformed("the host is not a valid international domain name")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return Malformed("the host is not a valid domain name")
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
