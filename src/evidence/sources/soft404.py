"""Signs that a page which answers with success is an error page all the same. Pure.

Addresses and titles only, never loose phrases of the body: "has been removed" stands in many a
changelog. Each sign makes a suspicion, never a death.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from evidence.http.pages.markup import Markup
from evidence.http.pages.seen import PageAnswer
from evidence.sources.lost_titles import parts_of, says_not_found

_PARKED_BELOW = 1500
"""Characters to be seen; a page with more of its own is no parking page, whatever it links to."""

_ROOT = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|welcome)(?:\.[a-z]{2,5})?/?)?", re.IGNORECASE
)
_LOGIN_NAME = re.compile(
    r"(?:user|account|member|wp|web|customer)?[-_]?"
    r"(?:log[-_]?in|sign[-_]?in|log[-_]?on|sso|authenticate|authorize|anmelden|anmeldung|connexion)"
    r"(?:[-_]?(?:page|form|user))?(?:\.[a-z]{2,5})?",
    re.IGNORECASE,
)
_LOGIN_HOSTS = frozenset({"login", "signin", "sso", "auth", "idp", "accounts"})
_LOGIN_TITLE = re.compile(
    r"(?:log ?in|sign ?in|log ?on|login page|please (?:log|sign) in|anmelden|anmeldung|connexion|iniciar sesión"
    r"|accedi|entrar)"
)

_PARKING_HOSTS = (
    ".sedoparking.com",
    ".parkingcrew.net",
    ".hugedomains.com",
    ".afternic.com",
    ".dan.com",
    ".bodis.com",
)
_PARKING_MARKS = (
    b"sedoparking.com",
    b"parkingcrew.net",
    b"parklogic.com",
    b"bodis.com",
    b"d38psrni17bvxu.cloudfront.net",
    b"img1.wsimg.com/parking-lander",
    b"hugedomains.com/domain_profile",
    b"window.park =",
)
_PARKING_TITLE = re.compile(
    r"(?:this |the )?domain(?: name)?(?: \S+)? (?:is|may be) (?:for sale|parked)"
    r"|\S+\.[a-z]{2,} (?:is|may be) (?:for sale|parked)"
    r"|buy this domain|domain for sale|domain parking|parked domain(?: name)?|(?:domain )?parking page"
)


def suspicion(cited: str, sight: PageAnswer, title: str, markup: Markup) -> str:
    """Why this answer to the cited address may be an error page; empty without a sign."""
    landed = _landed(cited, sight.url, title)
    if landed:
        return landed
    if is_parked(sight, title, markup):
        return "it looks like the page of a parked domain"
    if sight.complete and says_not_found(title):
        return f"its title says so: {title}"
    return ""


def is_root(url: str) -> bool:
    """Whether an address is a site's front page: no path, a language, an index; and no query."""
    parts = urlsplit(url)
    return not parts.query and _ROOT.fullmatch(parts.path) is not None


def is_parked(sight: PageAnswer, title: str, markup: Markup) -> bool:
    """Whether this is the page that a seller of domains shows in place of the site."""
    host = (urlsplit(sight.url).hostname or "").lower()
    if f".{host}".endswith(_PARKING_HOSTS):
        return True
    if not sight.complete or markup.visible >= _PARKED_BELOW:
        return False
    parts = (part.strip() for part in parts_of(title))
    return any(_PARKING_TITLE.fullmatch(part) for part in parts) or any(mark in sight.body for mark in _PARKING_MARKS)


def _landed(cited: str, final: str, title: str) -> str:
    """What kind of place a redirect has led to, if one to which errors lead."""
    if cited == final or is_root(cited) or urlsplit(cited).fragment.startswith(("/", "!")):
        return ""
    if is_root(final):
        return f"it leads to the front page, {final}"
    if _login_signs(final, title) - _login_signs(cited, ""):
        return f"it leads to a login page, {final}"
    return ""


def _login_signs(url: str, title: str) -> set[tuple[str, str]]:
    """Where an address or its title speak of a log-in, and in what words."""
    parts = urlsplit(url)
    keys = (key for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    host = (parts.hostname or "").partition(".")[0]
    signs = {("path", name) for name in parts.path.split("/") if _LOGIN_NAME.fullmatch(name)}
    signs |= {("query", key) for key in keys if _LOGIN_NAME.fullmatch(key)}
    signs |= {("title", part) for part in parts_of(title) if _LOGIN_TITLE.fullmatch(part)}
    return signs | ({("host", host)} if host in _LOGIN_HOSTS else set())
