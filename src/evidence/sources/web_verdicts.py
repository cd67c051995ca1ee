"""What the answer to a cited address means: a page, a death, a wall, or our own inability. Pure.

Which status is which follows RFC 9110 (status codes), RFC 6585 (428, 429), RFC 7725 (451), and the
habits of bot walls: 999 (LinkedIn), 202 with or without `x-amzn-waf-action` (AWS WAF), 203 (PubMed's
own pages), `cf-mitigated` (Cloudflare), and pages whose whole title is a challenge.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from evidence.compare.drift import fingerprint
from evidence.http.pages.markup import Markup, has_anchor, read_markup
from evidence.http.pages.reading import content_type, is_markup, text, title
from evidence.http.pages.seen import DeadlinePassed, FetchFailure, GuardRefused, PageAnswer, Seen
from evidence.model.identity import Identifier
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.records import Page
from evidence.sources.siblings import FEWEST_CHARACTERS
from evidence.sources.soft404 import suspicion

_WALLS = frozenset({202, 203, 401, 402, 403, 406, 407, 412, 418, 428, 429, 451, 999})
_CHALLENGES = frozenset(
    {
        "just a moment...",  # Cloudflare
        "attention required! | cloudflare",
        "making sure you're not a bot!",  # Anubis
        "making sure you\u2019re not a bot!",
        "ddos-guard",
        "pardon our interruption",  # Imperva
        "robot check",
        "human verification",  # AWS WAF
        "are you a robot?",
        "checking your browser before accessing",
        "you have been blocked",
    }
)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_IMPERVA = b"_incapsula_resource"
_SMALL_PAGE = 8 * 1024
_PLAIN_TEXT = frozenset({"text/plain", "text/markdown", "text/csv"})


@dataclass(frozen=True, slots=True)
class PageReading:
    """A page that answered, read once: what it says, and what is told of it whatever the fragment."""

    sight: PageAnswer
    title: str
    content_type: str
    markup: Markup
    fingerprint: str

    def page(self, identifier: Identifier) -> Page:
        """The page as cited by this address; its suspicion rests on the page alone."""
        sight = self.sight
        # Without a redirect no address was left for another, however the cited one is spelt.
        cited = identifier.value if sight.hops else sight.url
        return Page(
            identifier=identifier,
            status=sight.status,
            final_url=sight.url,
            hops=sight.hops,
            title=self.title,
            content_type=self.content_type,
            complete=sight.complete,
            suspicion=suspicion(cited, sight, self.title, self.markup),
            anchor_missing=self._lacks(urlsplit(identifier.value).fragment),
            fingerprint=self.fingerprint,
        )

    def _lacks(self, fragment: str) -> bool:
        """Whether the whole page was seen and has no place of this name.

        Not asked of fragments that a program reads: routes (`#/`, `#!`), text fragments (`#:~:`) and
        parameters (`#page=3`); nor of pages that scripts fill in.
        """
        if not fragment or fragment.startswith(("/", "!")) or ":~:" in fragment or "=" in fragment:
            return False
        seen_whole = self.sight.complete and is_markup(self.sight) and self.sight.status == 200
        filled_in = self.markup.scripted and self.markup.visible < FEWEST_CHARACTERS
        return seen_whole and not filled_in and not has_anchor(self.sight, fragment)


def read(seen: Seen) -> PageReading | NotFound | Blocked | Unavailable:
    """The page that was seen, or why there is none."""
    match seen:
        case GuardRefused(reason=reason):
            return Blocked(reason)
        case FetchFailure(reason=reason, cause=cause, status=status):
            return Unavailable(reason, cause, status)
        case DeadlinePassed(reason=reason):
            return Unavailable(reason, Cause.NO_SOURCE)
        case PageAnswer():
            return _read_sight(seen)


def judge(identifier: Identifier, seen: Seen) -> Outcome:
    """What came of a page, as far as its own answer tells."""
    known = read(seen)
    return Found(known.page(identifier)) if isinstance(known, PageReading) else known


def _read_sight(sight: PageAnswer) -> PageReading | NotFound | Blocked | Unavailable:
    status = sight.status
    if sight.challenged or status in _WALLS:
        return Blocked(_told(status), status)
    if sight.gone:
        return NotFound(_told(status), status)
    if sight.second_opinion is not None:
        return Unavailable(f"GET says {status}, HEAD says {sight.second_opinion}", Cause.HTTP, status)
    if not 200 <= status < 300:
        return Unavailable(_told(status), Cause.HTTP, status)
    name = title(sight)
    if _is_challenge(name, sight):
        return Blocked("a challenge page for machines", status)
    kind = content_type(sight)
    markup = read_markup(sight)
    main = text(sight).lower() if kind in _PLAIN_TEXT else markup.main
    return PageReading(sight, name, kind, markup, fingerprint(main) if sight.complete else "")


def _is_challenge(name: str, sight: PageAnswer) -> bool:
    small = len(sight.body) <= _SMALL_PAGE
    return name.lower() in _CHALLENGES or (small and _IMPERVA in sight.body.lower())


def _told(status: int) -> str:
    return f"HTTP {status} {_PHRASES.get(status, '')}".rstrip()
