"""Comparing a page with what its site answers to an address that cannot exist.

A site whose error pages answer 200 gives the same page to both. The made-up address stands beside
the page's final one, once per host and directory; its name is derived from the directory, so that
every run and every report asks the same, and long enough to be nobody's page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from evidence.compare.drift import alike, fingerprint
from evidence.http.pages.markup import Markup, read_markup
from evidence.http.pages.reading import is_markup, title
from evidence.http.pages.seen import PageAnswer, Seen
from evidence.model.records import Hop, Page

FEWEST_CHARACTERS = 200
"""Characters to be seen; a page with fewer is filled in by scripts or says too little to be compared."""

_EXTENSION = re.compile(r"\.[A-Za-z]{1,5}")
_TEMPORARY = frozenset({302, 303, 307})
_NAME_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What of a page is kept for the comparison: its address, how it was come by, what it says.

    `sent_there` is True when a temporary redirect led to it from another directory.
    """

    url: str
    title: str
    fingerprint: str
    sent_there: bool


@dataclass(frozen=True, slots=True)
class Echo:
    """What the site answered to the made-up address, when it answered with success."""

    url: str
    title: str
    fingerprint: str
    canonical: str
    redirected: bool


def sibling(url: str) -> str:
    """A made-up address beside this one, which is no site's front page: that has no siblings."""
    parts = urlsplit(url)
    directory, _, name = parts.path.rstrip("/").rpartition("/")
    folder = f"{parts.scheme}://{parts.netloc}{directory}/"
    digest = hashlib.sha256(f"no such page in {folder}".encode()).digest()
    made_up = base64.b32encode(digest).decode().lower()[:_NAME_LENGTH]
    extension = _EXTENSION.fullmatch(name[name.rfind(".") :]) if "." in name else None
    end = "/" if parts.path.endswith("/") else ""
    return f"{folder}{made_up}{extension[0] if extension else ''}{end}"


def folder_of(url: str) -> str:
    """The directory that a comparison holds for: scheme, host, port and path up to the last name."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}/"


def look_of(sight: PageAnswer, markup: Markup, page: Page) -> Look | None:
    """What to compare of this page; None when a comparison would tell nothing."""
    comparable = sight.status == 200 and sight.complete and is_markup(sight)
    if not comparable or markup.visible < FEWEST_CHARACTERS or not page.fingerprint:
        return None
    return Look(sight.url, page.title, page.fingerprint, _was_sent(sight.hops))


def echo_of(seen: Seen) -> Echo | None:
    """What the site made of an address that cannot exist; None when it did not answer with a page."""
    if not isinstance(seen, PageAnswer) or seen.status != 200 or seen.challenged or not is_markup(seen):
        return None
    markup = read_markup(seen)
    canonical = urljoin(seen.url, markup.canonical) if markup.canonical else ""
    return Echo(seen.url, title(seen), fingerprint(markup.main), canonical, redirected=bool(seen.hops))


def same_page(look: Look, echo: Echo) -> str:
    """Why the page may be an error page, in words; empty when the comparison does not say so.

    A site that finds the page by a number in the path and ignores the name behind it sends a
    made-up name on to the page, or names the page as the canonical one: then the page is real.
    """
    if echo.redirected:
        caught = look.sent_there and echo.url == look.url
        return "its site sends a made-up address to the same page" if caught else ""
    if echo.canonical == look.url:
        return ""
    same = echo.title == look.title and alike(look.fingerprint, echo.fingerprint)
    return "its site answers a made-up address with the same page" if same else ""


def _was_sent(hops: tuple[Hop, ...]) -> bool:
    return bool(hops) and hops[-1].status in _TEMPORARY and folder_of(hops[-1].source) != folder_of(hops[-1].target)
