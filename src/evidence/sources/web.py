"""Cited web pages as a source: requested side by side, some of them twice, answered as they become known.

What a page's answer means (a page, a death, a wall, or our own inability) is judged purely. Some pages raise a second
question before they can be judged: where do they send their readers, and does the site answer a made-up address with
the same page? Those wait until it is answered; what waits holds no body.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urldefrag, urlsplit

from evidence.matching.simhash import fingerprint
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.ports import Clock, Past, Source
from evidence.model.records import Hop, Page, without_secrets
from evidence.sources.http.fetch import Pages
from evidence.sources.http.html import Markup, content_type, has_anchor, is_markup, read_markup, text, title
from evidence.sources.http.network import BadAddressError, join, parse
from evidence.sources.http.request import json_object
from evidence.sources.http.visit import (
    NOT_FOUND_STATUSES,
    DeadlinePassed,
    Fetched,
    FetchFailure,
    FetchLimits,
    GuardRefused,
    PageAnswer,
    PageOutcome,
    straight,
    unknown_names,
)
from evidence.sources.soft404 import (
    FEWEST_CHARACTERS,
    Echo,
    Look,
    echo_of,
    folder_of,
    is_root,
    look_of,
    same_page,
    sibling,
    suspicion,
)
from evidence.sources.spec import Access, Opener
from evidence.sources.wayback import SERVICE as ARCHIVE
from evidence.sources.wayback import CopiesOfDay, Wayback, WithArchive

NAME = "web"


class PageFetcher(Protocol):
    """What this source fetches pages with; `evidence.sources.http.fetch.Pages` is the real one."""

    def fetch(
        self, urls: Iterable[str], *, deadline: float | None = None, extra_urls: deque[str] | None = None
    ) -> Iterator[Fetched]:
        """What came of each address, exactly once, as it is known; also of those put into `extra_urls` meanwhile."""
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
        address: where answers are said to come from, so that the demo server's never pass for the web's.
        deadline: seconds for one `look_up`; pages not asked by then are not checked. None: no end.
        unknown: what distinguishes a name that does not exist from a name server that does not answer.
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
        if not wanted:
            return
        extra_urls: deque[str] = deque()
        inspection = Inspection(extra_urls)
        nameless: list[_Nameless] = []
        for fetched in self._pages.fetch(tuple(wanted), deadline=self._deadline, extra_urls=extra_urls):
            if fetched.is_extra:
                yield from map(self._found, inspection.answered(fetched.url, fetched.outcome))
                continue
            mine = tuple(wanted.pop(fetched.url))
            known = read(fetched.outcome)
            if isinstance(known, PageReading):
                pages = tuple(known.page(identifier) for identifier in mine)
                yield from map(self._found, inspection.arrived(fetched.url, known.answer, known.markup, pages))
            elif isinstance(known, Unavailable) and known.cause is Cause.DNS:
                nameless.append(_Nameless(_failing_host(fetched), mine, known))
            else:
                yield from (self._answer(identifier, known) for identifier in mine)
        yield from map(self._found, inspection.unanswered())
        unknown = self._unknown(group.host for group in nameless) if nameless else frozenset()
        for group in nameless:
            outcome = group.outcome
            if group.host in unknown:
                outcome = replace(outcome, reason=f"host not found: {group.host}", cause=Cause.NO_SUCH_NAME)
            yield from (self._answer(identifier, outcome) for identifier in group.identifiers)

    def _found(self, page: Page) -> Answer:
        return self._answer(page.identifier, Found(without_secrets(page)))

    def _answer(self, identifier: Identifier, outcome: Outcome) -> Answer:
        record: Any = outcome.record if isinstance(outcome, Found) else None
        raw = facts(record) if isinstance(record, Page) else None
        return Answer(identifier, outcome, NAME, self._address, self._clock.now(), raw=raw)


def _failing_host(fetched: Fetched) -> str:
    """The host that could not be resolved: the cited one, or that of the redirect followed last."""
    hops = fetched.outcome.hops if isinstance(fetched.outcome, FetchFailure) else ()
    try:
        return parse(hops[-1].target if hops else fetched.url).host
    except BadAddressError:
        return urlsplit(fetched.url).hostname or ""


# What the answer to a cited address means.

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
    """A page that answered, read once: what it says whatever the fragment."""

    answer: PageAnswer
    title: str
    content_type: str
    markup: Markup
    fingerprint: str

    def page(self, identifier: Identifier) -> Page:
        """The page as cited by this address; its suspicion rests on the page alone."""
        answer = self.answer
        # Without a redirect no address was left for another, however the cited one is spelt.
        cited = identifier.value if answer.hops else answer.url
        return Page(
            identifier=identifier,
            status=answer.status,
            final_url=answer.url,
            hops=answer.hops,
            title=self.title,
            content_type=self.content_type,
            complete=answer.complete,
            suspicion=suspicion(cited, answer, self.title, self.markup),
            anchor_missing=self._lacks(urlsplit(identifier.value).fragment),
            fingerprint=self.fingerprint,
        )

    def _lacks(self, fragment: str) -> bool:
        """Whether all of the page was read and has no place of this name.

        Not asked of fragments that a program reads: routes (`#/`, `#!`), text fragments (`#:~:`) and
        parameters (`#page=3`); nor of pages that scripts fill in.
        """
        if not fragment or fragment.startswith(("/", "!")) or ":~:" in fragment or "=" in fragment:
            return False
        is_complete = self.answer.complete and is_markup(self.answer) and self.answer.status == 200
        filled_in = self.markup.scripted and self.markup.visible < FEWEST_CHARACTERS
        return is_complete and not filled_in and not has_anchor(self.answer, fragment)


def read(outcome: PageOutcome) -> PageReading | NotFound | Blocked | Unavailable:
    """The page that answered, or why there is none."""
    match outcome:
        case GuardRefused(reason=reason):
            return Blocked(reason)
        case FetchFailure(reason=reason, cause=cause, status=status):
            return Unavailable(reason, cause, status)
        case DeadlinePassed(reason=reason):
            return Unavailable(reason, Cause.NO_SOURCE)
        case PageAnswer() as answer:
            return _read_answer(answer)


def _read_answer(answer: PageAnswer) -> PageReading | NotFound | Blocked | Unavailable:
    status = answer.status
    status_line = f"HTTP {status} {_PHRASES.get(status, '')}".rstrip()
    if answer.is_challenged or status in _WALLS:
        return Blocked(status_line, status)
    if answer.is_not_found:
        return NotFound(status_line, status)
    if answer.second_opinion is not None:
        return Unavailable(
            f"GET returned HTTP {status}, HEAD returned HTTP {answer.second_opinion}", Cause.HTTP, status
        )
    if not 200 <= status < 300:
        return Unavailable(status_line, Cause.HTTP, status)
    name = title(answer)
    is_small = len(answer.body) <= _SMALL_PAGE
    if name.lower() in _CHALLENGES or (is_small and _IMPERVA in answer.body.lower()):
        return Blocked("a challenge page for machines", status)
    kind = content_type(answer)
    markup = read_markup(answer)
    main = text(answer).lower() if kind in _PLAIN_TEXT else markup.main
    return PageReading(answer, name, kind, markup, fingerprint(main) if answer.complete else "")


def judge(identifier: Identifier, outcome: PageOutcome) -> Outcome:
    """What came of a page, as far as its own answer says."""
    known = read(outcome)
    return Found(known.page(identifier)) if isinstance(known, PageReading) else known


# The second question: where does a page lead, what else is answered with it?


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Pages of one address (they differ in the fragment), and what is to be compared of them, if anything."""

    cited: str
    pages: tuple[Page, ...]
    look: Look | None


class Inspection:
    """The second questions of one `look_up`; `extra_urls` takes the addresses that are to be requested in addition."""

    def __init__(self, extra_urls: deque[str]) -> None:
        self._extra_urls = extra_urls
        self._waiting: dict[str, list[_Waiting]] = {}
        self._echoes: dict[str, Echo | None] = {}
        self._made_up: dict[str, str] = {}

    def arrived(self, cited: str, answer: PageAnswer, markup: Markup, pages: tuple[Page, ...]) -> Iterator[Page]:
        """Take in the pages of an address; those that need no second question come back at once."""
        if pages[0].suspicion:
            yield from pages
            return
        target = _sent_on_to(answer, markup)
        if target is not None:
            self._wait(target, _Waiting(cited, pages, None))
            return
        look = look_of(answer, markup, pages[0])
        made_up = self._beside(answer.url) if look is not None else None
        if made_up is None:
            yield from pages
        elif made_up in self._echoes:
            yield from _compared(_Waiting(cited, pages, look), self._echoes[made_up])
        else:
            self._wait(made_up, _Waiting(cited, pages, look))

    def answered(self, url: str, outcome: PageOutcome) -> Iterator[Page]:
        """Take in what came of an address requested in addition: the pages that waited for it."""
        waiting = self._waiting.pop(url, [])
        echo = echo_of(outcome) if any(group.look for group in waiting) else None
        for group in waiting:
            if group.look is None:
                yield from _suspected(group.pages, _suspicion_of_target(group.cited, outcome))
            else:
                self._echoes[url] = echo
                yield from _compared(group, echo)

    def unanswered(self) -> Iterator[Page]:
        """The pages whose second question was never answered: as they are."""
        waiting, self._waiting = self._waiting, {}
        for groups in waiting.values():
            for group in groups:
                yield from group.pages

    def _beside(self, url: str) -> str | None:
        """The made-up address to compare with: one for all pages of a directory, None for a front page."""
        if is_root(url):
            return None
        folder = folder_of(url)
        if folder not in self._made_up:
            self._made_up[folder] = sibling(url)
        return self._made_up[folder]

    def _wait(self, url: str, group: _Waiting) -> None:
        if url not in self._waiting:
            self._waiting[url] = []
            self._extra_urls.append(url)
        self._waiting[url].append(group)


def _sent_on_to(answer: PageAnswer, markup: Markup) -> str | None:
    """The full address to which the page sends its readers on at once, unless to itself."""
    if markup.refresh is None or not answer.complete:
        return None
    try:
        target = join(parse(answer.url), markup.refresh).url
    except BadAddressError:
        return None
    return None if target == answer.url else target


def _suspicion_of_target(cited: str, outcome: PageOutcome) -> str:
    """What the page to which the cited one sends its readers says against it; empty when nothing."""
    if not isinstance(outcome, PageAnswer) or outcome.is_challenged:
        return ""
    if outcome.status in NOT_FOUND_STATUSES:
        return f"it sends its readers on to {outcome.url}, which answers HTTP {outcome.status}"
    if outcome.status != 200:
        return ""
    reason = suspicion(cited, outcome, title(outcome), read_markup(outcome))
    return f"it sends its readers on to {outcome.url}: {reason}" if reason else ""


def _compared(group: _Waiting, echo: Echo | None) -> tuple[Page, ...]:
    if echo is None or group.look is None:
        return group.pages
    return _suspected(group.pages, same_page(group.look, echo))


def _suspected(pages: tuple[Page, ...], reason: str) -> tuple[Page, ...]:
    return tuple(replace(page, suspicion=reason) for page in pages) if reason else pages


# The order of requests: pages that were slow or silent last time come first.


class SlowFirst:
    """A source around another, which is asked for the slow ones first, else in the order given."""

    def __init__(self, inner: Source, last_observed: Past) -> None:
        self._inner = inner
        self._last_seen = last_observed

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """As the inner source answers.

        Raises:
            StoreError: earlier observations cannot be read.
        """
        wanted = tuple(identifiers)
        observed = self._last_seen(wanted)
        return self._inner.look_up(sorted(wanted, key=lambda identifier: _rank(observed.get(identifier, ()))))


def _rank(observations: tuple[Observation, ...]) -> int:
    """0 for who timed out last time, 1 for who was silent in another way, 2 for the others and the unknown."""
    if not observations or observations[-1].state is not State.UNAVAILABLE:
        return 2
    return 0 if observations[-1].cause is Cause.TIMEOUT else 1


# What is stored of a page: its facts as compact JSON.

FACTS_VERSION = 2


def facts(page: Page) -> bytes:
    """The facts of a page, to be stored.

    Keys: `v` this form's version, `status`, `url` the final address, `hops` lists of status, source
    and target, `title`, `type` the media type, `complete` whether the body was read to its end,
    `suspicion` why it may be an error page, `anchorless` whether the fragment is missing, `text` the
    fingerprint of the main text.
    """
    stored = {
        "v": FACTS_VERSION,
        "status": page.status,
        "url": page.final_url,
        "hops": [[hop.status, hop.source, hop.target] for hop in page.hops],
        "title": page.title,
        "type": page.content_type,
        "complete": page.complete,
        "suspicion": page.suspicion,
        "anchorless": page.anchor_missing,
        "text": page.fingerprint,
    }
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def page_of(identifier: Identifier, raw: bytes) -> Page:
    """The page of these facts.

    Raises:
        ValueError: not the facts of a page, or in the form of another version.
    """
    stored = json_object(raw)
    if stored is None or stored.get("v") != FACTS_VERSION:
        raise ValueError("not the facts of a page as this version keeps them")
    try:
        page = Page(
            identifier=identifier,
            status=stored["status"],
            final_url=stored["url"],
            hops=tuple(Hop(status, source, target) for status, source, target in stored["hops"]),
            title=stored["title"],
            content_type=stored["type"],
            complete=stored["complete"],
            suspicion=stored["suspicion"],
            anchor_missing=stored["anchorless"],
            fingerprint=stored["text"],
        )
        return without_secrets(page)  # facts of earlier versions may hold some
    except (KeyError, TypeError) as error:
        raise ValueError("not the facts of a page as this version keeps them") from error


def _connect(access: Access) -> Source:
    """Cited pages, those that were slow last time first; a dead one is looked for in the archive."""
    settings, clock = access.settings, access.clock
    limits = settings.page_limits or FetchLimits()
    pages = Pages(settings.network, clock, route=settings.route or straight, limits=limits)
    web = Web(pages, clock, address=access.addresses[NAME], deadline=settings.page_deadline)
    address = access.addresses[ARCHIVE]
    archive = Wayback(services=access.archive, base=address)
    of_day = CopiesOfDay(access.shelf, address, access.as_of, clock) if access.shelf and access.as_of else None
    return SlowFirst(WithArchive(web, archive, access.read_on, clock, of_day=of_day), access.last_observed)


OPENER = Opener(connect=_connect, read=page_of)
