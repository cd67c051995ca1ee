"""The second question that some pages raise before they can be judged: where does this lead, what else answers so?

Pages that need no second question pass through; the others wait until it is answered. What waits
holds no body.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evidence.http.addresses import BadAddressError, join, parse
from evidence.http.pages.markup import Markup, read_markup
from evidence.http.pages.reading import title
from evidence.http.pages.seen import GONE, PageAnswer, Seen
from evidence.model.records import Page
from evidence.sources.siblings import Echo, Look, echo_of, folder_of, look_of, same_page, sibling
from evidence.sources.soft404 import is_root, suspicion


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Pages of one address (they differ in the fragment), and what is to be compared of them, if anything."""

    cited: str
    pages: tuple[Page, ...]
    look: Look | None


class Inspection:
    """Looks after the pages of one `look_up`; `aside` takes the addresses that are to be asked on the side."""

    def __init__(self, aside: deque[str]) -> None:
        self._aside = aside
        self._waiting: dict[str, list[_Waiting]] = {}
        self._echoes: dict[str, Echo | None] = {}
        self._made_up: dict[str, str] = {}

    def arrived(self, cited: str, sight: PageAnswer, markup: Markup, pages: tuple[Page, ...]) -> Iterator[Page]:
        """Take in the pages of an address; those that need no second question come back at once."""
        if pages[0].suspicion:
            yield from pages
            return
        target = _sent_on_to(sight, markup)
        if target is not None:
            self._wait(target, _Waiting(cited, pages, None))
            return
        look = look_of(sight, markup, pages[0])
        made_up = self._beside(sight.url) if look is not None else None
        if made_up is None:
            yield from pages
        elif made_up in self._echoes:
            yield from _compared(_Waiting(cited, pages, look), self._echoes[made_up])
        else:
            self._wait(made_up, _Waiting(cited, pages, look))

    def answered(self, url: str, seen: Seen) -> Iterator[Page]:
        """Take in what came of an address asked on the side: the pages that waited for it."""
        waiting = self._waiting.pop(url, [])
        echo = echo_of(seen) if any(one.look for one in waiting) else None
        for one in waiting:
            if one.look is None:
                yield from _told(one.pages, _led_to(one.cited, seen))
            else:
                self._echoes[url] = echo
                yield from _compared(one, echo)

    def unanswered(self) -> Iterator[Page]:
        """The pages whose second question was never answered: as they are."""
        waiting, self._waiting = self._waiting, {}
        for some in waiting.values():
            for one in some:
                yield from one.pages

    def _beside(self, url: str) -> str | None:
        """The made-up address to compare with: one for all pages of a directory, None for a front page."""
        if is_root(url):
            return None
        folder = folder_of(url)
        if folder not in self._made_up:
            self._made_up[folder] = sibling(url)
        return self._made_up[folder]

    def _wait(self, url: str, one: _Waiting) -> None:
        if url not in self._waiting:
            self._waiting[url] = []
            self._aside.append(url)
        self._waiting[url].append(one)


def _sent_on_to(sight: PageAnswer, markup: Markup) -> str | None:
    """The full address to which the page sends its readers on at once, unless to itself."""
    if markup.refresh is None or not sight.complete:
        return None
    try:
        target = join(parse(sight.url), markup.refresh).url
    except BadAddressError:
        return None
    return None if target == sight.url else target


def _led_to(cited: str, seen: Seen) -> str:
    if not isinstance(seen, PageAnswer) or seen.challenged:
        return ""
    if seen.status in GONE:
        return f"it sends its readers on to {seen.url}, which answers HTTP {seen.status}"
    if seen.status != 200:
        return ""
    told = suspicion(cited, seen, title(seen), read_markup(seen))
    return f"it sends its readers on to {seen.url}, and of that, {told}" if told else ""


def _compared(one: _Waiting, echo: Echo | None) -> tuple[Page, ...]:
    return one.pages if echo is None or one.look is None else _told(one.pages, same_page(one.look, echo))


def _told(pages: tuple[Page, ...], told: str) -> tuple[Page, ...]:
    return tuple(replace(page, suspicion=told) for page in pages) if told else pages
