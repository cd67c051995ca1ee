"""The cited pages, served by Host header and path."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from evidence.standin.asked import ServerRequest
from evidence.standin.facts import PageFacts
from evidence.standin.served import Manner, Served
from evidence.standin.world import World, page_key

# A host that the world does not know must not look dead: nothing is known of it.
_UNKNOWN_HOST = Served(503, b"<title>Unknown host</title><p>This host is not part of the stand-in's world.</p>")
_UNKNOWN_PATH = Served(404, b"<title>404 Not Found</title><p>No such page.</p>")


def webpage_answer(world: World, asked: ServerRequest) -> Served:
    """The page at the address asked for; without it 404 on a known host, 503 on a host that the world does not know."""
    page = page_at(world, asked.url)
    if page is None:
        return _UNKNOWN_PATH if urlsplit(page_key(asked.url)).netloc in world.hosts | {""} else _UNKNOWN_HOST
    if page.status is None or page.refused:
        return Served(manner=Manner.HANG_UP, delay=page.delay)
    status = page.head_status if asked.method == "HEAD" and page.head_status is not None else page.status
    location: Mapping[str, str] = {"Location": page.location} if page.location else {}
    return Served(
        status,
        page.body.encode(),
        page.content_type,
        {**location, **page.headers},
        manner=_manner(page),
        delay=page.delay,
        pause=page.drip,
    )


def page_at(world: World, url: str) -> PageFacts | None:
    """The page of an address: that of its host, else one that answers for every host."""
    key = page_key(url)
    parts = urlsplit(key)
    return world.pages.get(key) or world.pages.get(
        page_key(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    )


def _manner(page: PageFacts) -> Manner:
    if page.endless:
        return Manner.ENDLESS
    if page.cut:
        return Manner.CUT
    return Manner.DRIP if page.drip else Manner.WHOLE
