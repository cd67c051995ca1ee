"""Cited web pages as a source: what a page's answer means, and the facts of it that are kept.

Which status is a death, a wall or our own inability follows RFC 9110 (status codes), RFC 6585
(428, 429), RFC 7725 (451), and the habits of bot walls: 999 (LinkedIn), 202 with or without
`x-amzn-waf-action` (AWS WAF), 203 (PubMed's own pages), `cf-mitigated` (Cloudflare), and pages
whose whole title is a challenge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urldefrag

from evidence.http.pages.reading import content_type, title
from evidence.http.pages.seen import Fetched, NotAsked, Refused, Seen, Sight, Trouble
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.records import Hop, Page
from evidence.ports import Clock

NAME = "web"
FACTS_VERSION = 1

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


class PageFetcher(Protocol):
    """What this source asks of the HTTP room; `evidence.http.pages.fetcher.Pages` is the real one."""

    def fetch(self, urls: Iterable[str], *, deadline: float | None = None) -> Iterator[Fetched]:
        """What came of each address, exactly once, as it is known."""
        ...


class Web:
    """Looks up identifiers of kind URL.

    Args:
        pages: who asks.
        clock: for the time of each answer.
        address: where answers are said to come from, so that a stand-in's never pass for the web's.
        deadline: seconds for one `look_up`; pages not asked by then are not checked. None: no end.
    """

    def __init__(
        self, pages: PageFetcher, clock: Clock, *, address: str = "web", deadline: float | None = None
    ) -> None:
        self._pages = pages
        self._clock = clock
        self._address = address
        self._deadline = deadline

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once, as pages answer; those that differ in the fragment alone share a request."""
        wanted: dict[str, list[Identifier]] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.URL:
                wanted.setdefault(urldefrag(identifier.value).url, []).append(identifier)
            else:
                yield self._answer(identifier, Unavailable("not a web address", Cause.NO_SOURCE), None)
        if not wanted:
            return
        for fetched in self._pages.fetch(tuple(wanted), deadline=self._deadline):
            for identifier in wanted.pop(fetched.url):
                outcome = judge(identifier, fetched.seen)
                yield self._answer(identifier, outcome, outcome.record if isinstance(outcome, Found) else None)

    def read(self, identifier: Identifier, raw: bytes) -> Page:
        """The page whose facts were kept.

        Raises:
            ValueError: not the facts of a page, or in the form of another version.
        """
        return page_of(identifier, raw)

    def _answer(self, identifier: Identifier, outcome: Outcome, record: Any) -> Answer:
        raw = facts(record) if isinstance(record, Page) else None
        return Answer(identifier, outcome, NAME, self._address, self._clock.now(), raw=raw)


def judge(identifier: Identifier, seen: Seen) -> Outcome:
    """What came of a page, as an outcome. Pure."""
    match seen:
        case Refused(reason=reason):
            return Blocked(reason)
        case Trouble(reason=reason, cause=cause, status=status):
            return Unavailable(reason, cause, status)
        case NotAsked(reason=reason):
            return Unavailable(reason, Cause.NO_SOURCE)
        case Sight():
            return _judge_sight(identifier, seen)


def _judge_sight(identifier: Identifier, sight: Sight) -> Outcome:
    status = sight.status
    if sight.challenged or status in _WALLS:
        return Blocked(_told(status), status)
    if sight.gone:
        return NotFound(_told(status), status)
    if sight.second_opinion is not None:
        return Unavailable(f"GET says {status}, HEAD says {sight.second_opinion}", Cause.HTTP, status)
    if not 200 <= status < 300:
        return Unavailable(_told(status), Cause.HTTP, status)
    page = Page(
        identifier=identifier,
        status=status,
        final_url=sight.url,
        hops=sight.hops,
        title=title(sight),
        content_type=content_type(sight),
        complete=sight.complete,
    )
    return Blocked("a challenge page for machines", status) if _is_challenge(page, sight) else Found(page)


def _is_challenge(page: Page, sight: Sight) -> bool:
    small = len(sight.body) <= _SMALL_PAGE
    return page.title.lower() in _CHALLENGES or (small and _IMPERVA in sight.body.lower())


def _told(status: int) -> str:
    return f"HTTP {status} {_PHRASES.get(status, '')}".rstrip()


def facts(page: Page) -> bytes:
    """The facts of a page that are kept, as compact JSON.

    Keys: `v` this form's version, `status`, `url` the final address, `hops` lists of status, source
    and target, `title`, `type` the media type, `complete` whether the body was read to its end.
    """
    kept = {
        "v": FACTS_VERSION,
        "status": page.status,
        "url": page.final_url,
        "hops": [[hop.status, hop.source, hop.target] for hop in page.hops],
        "title": page.title,
        "type": page.content_type,
        "complete": page.complete,
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def page_of(identifier: Identifier, raw: bytes) -> Page:
    """The page of these facts; raises ValueError as `Web.read`."""
    kept = json.loads(raw)
    if not isinstance(kept, dict) or kept.get("v") != FACTS_VERSION:
        raise ValueError("not the facts of a page as this version keeps them")
    try:
        return Page(
            identifier=identifier,
            status=kept["status"],
            final_url=kept["url"],
            hops=tuple(Hop(status, source, target) for status, source, target in kept["hops"]),
            title=kept["title"],
            content_type=kept["type"],
            complete=kept["complete"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not the facts of a page as this version keeps them") from error
