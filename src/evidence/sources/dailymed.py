"""Drug labels at DailyMed, by Set ID, through its web services v2; never through its pages.

`drugInfo.cfm` answers 200 with the home page for a label that is gone, so a page's status proves
nothing. What the services answer for an unknown Set ID is not documented: a label counts as unlisted
only when its history *and* the list of labels both say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from typing import TypeVar
from urllib.parse import quote

from evidence.http.exchange import Exchanger, Reply, Request
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.records import Label
from evidence.ports import Clock
from evidence.sources.dailymed_json import (
    Facts,
    HistoryPage,
    No,
    canonical,
    disbelief,
    history_page,
    label_of,
    listed,
    lists_anything,
    newest_first,
)

BASE = "https://dailymed.nlm.nih.gov/dailymed"
LANE = "dailymed"
GAP = 0.3  # seconds between requests; NLM names no limit, careful clients keep to 0.3-0.5

T = TypeVar("T")


class DailyMed:
    """DailyMed as a source. `base` is the service's address up to `/services/v2`."""

    name = "dailymed"

    def __init__(self, *, services: Exchanger, clock: Clock, base: str = BASE) -> None:
        self._services = services
        self._clock = clock
        self._base = base.rstrip("/")
        self._seen_alive = False

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer each Set ID once, one request each as a rule; other identifiers are told apart as having no source."""
        for identifier in dict.fromkeys(identifiers):
            at = self._clock.now()
            outcome, raw = self._asked(identifier)
            yield Answer(identifier=identifier, outcome=outcome, source=self.name, address=self._base, at=at, raw=raw)

    def read(self, identifier: Identifier, raw: bytes) -> Label:
        """The label in an answer that was kept; raises ValueError when it is not one of ours."""
        return label_of(identifier, raw)

    def _asked(self, identifier: Identifier) -> tuple[Outcome, bytes | None]:
        if identifier.kind is not IdKind.SETID:
            return Unavailable("DailyMed knows Set IDs only", Cause.NO_SOURCE), None
        setid = identifier.value.lower()
        history = self._history(setid)
        facts = self._second_look(setid) if isinstance(history, No) else history
        if not isinstance(facts, Facts):
            return facts, None
        doubt = disbelief(facts, self._clock.now().astimezone(UTC).date())
        if doubt is not None:
            return Unavailable(doubt, Cause.CONTENT), None
        raw = canonical(facts)
        return Found(self.read(identifier, raw)), raw

    def _history(self, setid: str) -> Facts | No | Blocked | Unavailable:
        """All pages of the version history as one."""
        address = f"spls/{quote(setid, safe='')}/history.json"
        first = self._ask(address, lambda body: history_page(body, setid))
        if not isinstance(first, HistoryPage):
            return first
        versions = list(first.facts.versions)
        for number in range(2, first.pages + 1):
            page = self._ask(f"{address}?page={number}", lambda body: history_page(body, setid))
            if isinstance(page, Blocked | Unavailable):
                return page
            if isinstance(page, No) or (page.number, page.total) != (number, first.total):
                return Unavailable("DailyMed's version history breaks off", Cause.CONTENT)
            versions.extend(page.facts.versions)
        if len(versions) != first.total:
            return Unavailable("DailyMed's version history is incomplete", Cause.CONTENT)
        return Facts(setid, first.facts.title, newest_first(tuple(versions)))

    def _second_look(self, setid: str) -> Facts | NotFound | Blocked | Unavailable:
        """After a "no" from the history: what the list of labels says."""
        result = self._ask(f"spls.json?setid={quote(setid, safe='')}", lambda body: listed(body, setid))
        if not isinstance(result, No):
            return result
        if result is No.MISSING:
            trouble = self._trouble_with_the_list()
            if trouble is not None:
                return trouble
        return NotFound("DailyMed lists no label under this Set ID")

    def _trouble_with_the_list(self) -> Blocked | Unavailable | None:
        """Why two bare 404s prove nothing, if the list of labels itself is not there: the service may have moved."""
        if self._seen_alive:
            return None
        alive = self._ask("spls.json?pagesize=1", lists_anything)
        if isinstance(alive, Blocked | Unavailable):
            return alive
        if alive is not True:
            return Unavailable("DailyMed's services were not found at their address", Cause.CONTENT, 404)
        self._seen_alive = True
        return None

    def _ask(self, path: str, parse: Callable[[bytes], T]) -> T | No | Blocked | Unavailable:
        def doubt(reply: Reply) -> str | None:
            try:
                if reply.status == 200:
                    parse(reply.body)
            except ValueError as error:
                return str(error)
            return None

        url = f"{self._base}/services/v2/{path}"
        reply = self._services.exchange(Request(url, LANE, GAP, headers={"Accept": "application/json"}), doubt)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in (404, 410):
            return No.MISSING
        if reply.status != 200:
            return Unavailable(f"DailyMed answered {reply.status}", Cause.HTTP, reply.status)
        return parse(reply.body)
