"""Cited web pages as a source: asked side by side, some of them twice, answered as they become known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urldefrag, urlsplit

from evidence.http.addresses import BadAddressError, parse
from evidence.http.pages.names import unknown_names
from evidence.http.pages.seen import Fetched, FetchFailure
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Cause, Found, Outcome, Unavailable
from evidence.model.records import Page
from evidence.ports import Clock
from evidence.sources.inspection import Inspection
from evidence.sources.page_facts import facts, page_of
from evidence.sources.web_verdicts import PageReading, read

NAME = "web"


class PageFetcher(Protocol):
    """What this source asks of the HTTP room; `evidence.http.pages.fetcher.Pages` is the real one."""

    def fetch(
        self, urls: Iterable[str], *, deadline: float | None = None, aside: deque[str] | None = None
    ) -> Iterator[Fetched]:
        """What came of each address, exactly once, as it is known; also of those put `aside` meanwhile."""
        ...


UnknownNames = Callable[[Iterable[str]], frozenset[str]]
"""Those of some host names of which the name system says that they do not exist."""


@dataclass(frozen=True, slots=True)
class _Nameless:
    """Addresses whose host could not be resolved, and that host."""

    host: str
    identifiers: tuple[Identifier, ...]
    outcome: Unavailable


class Web:
    """Looks up identifiers of kind URL.

    Args:
        pages: who asks.
        clock: for the time of each answer.
        address: where answers are said to come from, so that a stand-in's never pass for the web's.
        deadline: seconds for one `look_up`; pages not asked by then are not checked. None: no end.
        unknown: who tells a name that does not exist from a name server that does not answer.
    """

    def __init__(
        self,
        pages: PageFetcher,
        clock: Clock,
        *,
        address: str = "web",
        deadline: float | None = None,
        unknown: UnknownNames = unknown_names,
    ) -> None:
        self._pages = pages
        self._clock = clock
        self._address = address
        self._deadline = deadline
        self._unknown = unknown

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once, as pages answer; those that differ in the fragment alone share a request."""
        wanted: dict[str, list[Identifier]] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.URL:
                wanted.setdefault(urldefrag(identifier.value).url, []).append(identifier)
            else:
                yield self._answer(identifier, Unavailable("not a web address", Cause.NO_SOURCE))
        if wanted:
            yield from self._asked(wanted)

    def read(self, identifier: Identifier, raw: bytes) -> Page:
        """The page whose facts were kept.

        Raises:
            ValueError: not the facts of a page, or in the form of another version.
        """
        return page_of(identifier, raw)

    def _asked(self, wanted: dict[str, list[Identifier]]) -> Iterator[Answer]:
        aside: deque[str] = deque()
        inspection = Inspection(aside)
        nameless: list[_Nameless] = []
        for fetched in self._pages.fetch(tuple(wanted), deadline=self._deadline, aside=aside):
            if fetched.aside:
                yield from map(self._found, inspection.answered(fetched.url, fetched.seen))
                continue
            mine = tuple(wanted.pop(fetched.url))
            known = read(fetched.seen)
            if isinstance(known, PageReading):
                pages = tuple(known.page(identifier) for identifier in mine)
                yield from map(self._found, inspection.arrived(fetched.url, known.sight, known.markup, pages))
            elif isinstance(known, Unavailable) and known.cause is Cause.DNS:
                nameless.append(_Nameless(_failing_host(fetched), mine, known))
            else:
                yield from (self._answer(identifier, known) for identifier in mine)
        yield from map(self._found, inspection.unanswered())
        yield from self._named(nameless)

    def _named(self, nameless: list[_Nameless]) -> Iterator[Answer]:
        """The answers for hosts that could not be resolved, once it is known which do not exist."""
        unknown = self._unknown(one.host for one in nameless) if nameless else frozenset()
        for one in nameless:
            told = replace(one.outcome, reason=f"there is no host {one.host}", cause=Cause.NO_SUCH_NAME)
            for identifier in one.identifiers:
                yield self._answer(identifier, told if one.host in unknown else one.outcome)

    def _found(self, page: Page) -> Answer:
        return self._answer(page.identifier, Found(page))

    def _answer(self, identifier: Identifier, outcome: Outcome) -> Answer:
        record: Any = outcome.record if isinstance(outcome, Found) else None
        raw = facts(record) if isinstance(record, Page) else None
        return Answer(identifier, outcome, NAME, self._address, self._clock.now(), raw=raw)


def _failing_host(fetched: Fetched) -> str:
    """The host that could not be resolved: the cited one, or that of the redirect followed last."""
    hops = fetched.seen.hops if isinstance(fetched.seen, FetchFailure) else ()
    try:
        return parse(hops[-1].target if hops else fetched.url).host
    except BadAddressError:
        return urlsplit(fetched.url).hostname or ""
