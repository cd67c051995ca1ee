"""Archived copies of dead pages, by the Wayback Machine's availability API.

https://archive.org/help/wayback_api.php: `available?url=…&timestamp=YYYYMMDD` names the copy nearest to
that day. The service is often slow or away: its silence is not a finding and leaves nothing unchecked, and
after a while it is not asked any more. What it answered is kept for the day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urldefrag, urlencode

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Cause, NotFound, Unavailable
from evidence.model.ports import Clock, Source
from evidence.model.regex import regex
from evidence.model.urls import mask_secrets
from evidence.sources.cache import Shelf
from evidence.sources.http.request import Exchanger, Reply, Request

SERVICE = "wayback"
GAP = 0.5  # seconds between requests; the archive names no limit
PATIENCE = 60.0
"""Seconds for all pages of a run together."""

_FAILURES = 2  # in a row
_NO_COPY = b'{"archived_snapshots": {}}'
_COPY = regex(r"https?://(web\.archive\.org/web/[0-9]{4,14}(?:[a-z]{2}_)?/\S+)")


class Wayback:
    """The archive. `base` is the API's address up to `/available`."""

    def __init__(self, *, services: Exchanger, base: str) -> None:
        self._services = services
        self._base = base.rstrip("/")

    def nearest(self, url: str, day: date | None) -> bytes | Unavailable:
        """What it says of the copy nearest to this day (None: the newest); `copy_in` reads it."""
        query = {"url": urldefrag(url).url} | ({"timestamp": f"{day:%Y%m%d}"} if day else {})
        request = Request(
            f"{self._base}/available?{urlencode(query)}", SERVICE, GAP, headers={"Accept": "application/json"}
        )
        reply = self._services.exchange(request, _problem)
        if not isinstance(reply, Reply):
            return Unavailable(reply.reason, Cause.HTTP, reply.status)
        return reply.body if reply.status == 200 else _NO_COPY


def copy_in(body: bytes, url: str) -> str | None:
    """The https address of the copy of a page that this answer names; None when it names none."""
    copy = _copy(body)
    return None if copy is None else mask_secrets(copy, url)


@dataclass(frozen=True, slots=True)
class CopiesOfDay:
    """What the archive answered about pages on the day that is judged for, kept on a shelf under its address."""

    shelf: Shelf
    address: str
    as_of: date
    clock: Clock

    def known(self, pages: Iterable[Identifier]) -> Mapping[Identifier, bytes]:
        """The answers about those of these pages that it was asked about."""
        stored = self.shelf.stored(self.address, pages)
        return {page: answer.raw for page, answer in stored.items() if answer.as_of == self.as_of}

    def keep(self, page: Identifier, body: bytes) -> None:
        """Keep an answer: only one about a dead page is ever asked for, which is what is noted with it."""
        answer = Answer(page, NotFound("dead"), SERVICE, self.address, self.clock.now(), raw=body)
        self.shelf.keep([answer], self.as_of)


class WithArchive:
    """A source of pages around another, which adds to each dead page where an archived copy of it is.

    Args:
        inner: the source that is asked for the pages.
        archive: where copies are looked for, one after another while `inner` still asks for pages.
        read_on: the day on which each page was read; pages it lacks get the newest copy.
        clock: for `patience`, the seconds after its first request after which the archive is asked no more.
        of_day: what it answered earlier that day, which is not asked again; None: it is asked about every page.
    """

    def __init__(
        self,
        inner: Source,
        archive: Wayback,
        read_on: Mapping[Identifier, date],
        clock: Clock,
        *,
        patience: float = PATIENCE,
        of_day: CopiesOfDay | None = None,
    ) -> None:
        self._inner = inner
        self._archive = archive
        self._read_on = read_on
        self._clock = clock
        self._patience = patience
        self._of_day = of_day
        self._failures = 0
        self._end: float | None = None

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """The inner source's answers as they come; those for dead pages at the end, with their copies."""
        self._failures, self._end = 0, None
        dead: list[tuple[Answer, Future[bytes | None]]] = []
        asking = ThreadPoolExecutor(1, "archive")
        try:
            for answer in self._inner.look_up(identifiers):
                match answer.outcome:
                    case NotFound() | Unavailable(cause=Cause.NO_SUCH_NAME):
                        dead.append((answer, asking.submit(self._told, answer.identifier)))
                    case _:
                        yield answer
            for answer, told in dead:
                body, page = told.result(), answer.identifier
                if body is not None and self._of_day:
                    self._of_day.keep(page, body)
                yield answer if body is None else replace(answer, archived=copy_in(body, page.value))
        finally:
            asking.shutdown(wait=False, cancel_futures=True)

    def _told(self, page: Identifier) -> bytes | None:
        """What the archive says of a page, today; None where it does not answer, or is asked no more."""
        known = self._of_day.known([page]) if self._of_day else {}
        if page in known:
            return known[page]
        if self._end is None:
            self._end = self._clock.monotonic() + self._patience
        if self._failures >= _FAILURES or self._clock.monotonic() >= self._end:
            return None
        told = self._archive.nearest(page.value, self._read_on.get(page))
        self._failures = self._failures + 1 if isinstance(told, Unavailable) else 0
        return None if isinstance(told, Unavailable) else told


def _problem(reply: Reply) -> str | None:
    try:
        if reply.status == 200:
            _copy(reply.body)
    except ValueError as error:
        return str(error)
    return None


def _copy(body: bytes) -> str | None:
    """The copy that the API names, if it names one that can be had; raises ValueError for another form of answer."""
    content = json.loads(body)
    snapshots = content.get("archived_snapshots") if isinstance(content, dict) else None
    if not isinstance(snapshots, dict):
        raise ValueError("the archive's answer has an unknown form")  # noqa: TRY004 - broken data, not a broken call
    closest = snapshots.get("closest")
    if not isinstance(closest, dict) or not closest.get("available") or closest.get("status", "200") != "200":
        return None
    match = _COPY.fullmatch(str(closest.get("url", "")))
    return f"https://{match[1]}" if match else None
