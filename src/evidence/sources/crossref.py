"""Crossref by DOI, through its REST API; never the publisher's page.

A list leaves out what Crossref does not hold, without a word. So every DOI asked is reconciled with
what came back, and each that is missing is asked for alone: only Crossref's own 404 counts. That a
DOI is not held by Crossref is a fact about its agency, not about the work: whether it exists at all
is for the Handle system to say (`evidence.sources.doi`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from evidence.http.exchange import Doubt, Exchanger, Reply, Request
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.records import Article
from evidence.ports import Clock
from evidence.sources import crossref_replies as replies
from evidence.sources.crossref_work import article_of

BASE = "https://api.crossref.org"
LANE = "crossref"
NOT_HELD = "not held by Crossref"
# Seconds between requests until Crossref's own headers tell its pace.
_GAP = 0.2
_ABSENT = "not-held"


class Crossref:
    """Crossref as a source; never raises for weather.

    Args:
        services: What sends the requests.
        clock: For the time of each answer.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    name = "crossref"

    def __init__(self, services: Exchanger, clock: Clock, *, base: str = BASE, email: str | None = None) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._clock = clock
        self._email = email
        self._gap = _GAP

    def read(self, identifier: Identifier, raw: bytes) -> Article | NotFound:
        """The record in a stored answer, or the stored fact that Crossref does not hold the DOI.

        Raises:
            ValueError: The bytes are no such answer.
        """
        told = replies.json_object(raw)
        if told is None or not ({"DOI", _ABSENT} & told.keys()):
            raise ValueError(f"{identifier}: schema drift: this is no work of Crossref's")
        return NotFound(NOT_HELD) if _ABSENT in told else article_of(identifier, told)

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every DOI exactly once: lists first, then alone what the lists left out or cannot be asked."""
        wanted: dict[str, None] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.DOI:
                wanted[identifier.value] = None
            else:
                nobody = Unavailable("Crossref knows DOIs only", Cause.NO_SOURCE)
                yield Answer(identifier, nobody, self.name, self.address, self._clock.now())
        alone = [doi for doi in wanted if not replies.fits_filter(doi)]
        listed = [doi for doi in wanted if replies.fits_filter(doi)]
        for address, dois in replies.lists(self.address, listed, self._email):
            outcome = self._ask(address, replies.list_problem)
            at = self._clock.now()
            if not isinstance(outcome, Reply):
                yield from (self._answer(doi, outcome, at) for doi in dois)
                continue
            works = {} if outcome.status == 400 else replies.works_in(outcome)
            yield from (self._found(doi, works[doi.lower()], at) for doi in dois if doi.lower() in works)
            alone += [doi for doi in dois if doi.lower() not in works]
        yield from map(self._alone, alone)

    def _alone(self, doi: str) -> Answer:
        address = replies.single(self.address, doi, self._email)
        outcome = self._ask(address, lambda reply: replies.single_problem(reply, doi))
        at = self._clock.now()
        if not isinstance(outcome, Reply):
            return self._answer(doi, outcome, at)
        if replies.is_no(outcome):
            return self._answer(doi, NotFound(NOT_HELD), at, json.dumps({_ABSENT: doi}).encode())
        return self._found(doi, replies.work_in(outcome), at)

    def _ask(self, address: str, doubt: Doubt) -> Reply | Blocked | Unavailable:
        request = Request(address, LANE, self._gap, headers={"Accept": "application/json"})
        outcome = self._services.exchange(request, doubt)
        if isinstance(outcome, Reply):
            self._gap = replies.rate_limit_gap(outcome.headers, self._gap)
        return outcome

    def _found(self, doi: str, work: Mapping[str, Any], at: datetime) -> Answer:
        try:
            article = article_of(Identifier(IdKind.DOI, doi), work)
        except ValueError as error:
            return self._answer(doi, Unavailable(str(error), Cause.CONTENT, 200), at)
        return self._answer(doi, Found(article), at, replies.stored_work(work))

    def _answer(self, doi: str, outcome: Outcome, at: datetime, raw: bytes | None = None) -> Answer:
        return Answer(Identifier(IdKind.DOI, doi), outcome, self.name, self.address, at, raw)
