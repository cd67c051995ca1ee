"""Crossref searched with the printed citation itself: `works?query.bibliographic=…&rows=N`.

The likeliest DOIs come first; Crossref finds something for every text, so a DOI that comes back is a
candidate, no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.http.exchange import Exchanger, Reply, Request
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Cause, Unavailable
from evidence.model.searches import Candidates, Finding, SearchQuery
from evidence.sources import crossref_replies as replies
from evidence.sources.crossref import BASE, LANE

CROSSREF_MOST_FOUND = 5
_GAP = 0.35  # seconds between searches until Crossref's own headers tell its pace; searches are dearer than lists
_SHORTEST = 25
"""Characters of a citation below which a search finds anything at all."""


class CrossrefSearch:
    """Crossref's bibliographic search as a finder; never raises for weather.

    Args:
        services: What sends the requests.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    name = "Crossref's search"

    def __init__(self, services: Exchanger, *, base: str = BASE, email: str | None = None) -> None:
        self._base = base.rstrip("/")
        self._services = services
        self._email = email
        self._gap = _GAP

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
        """What Crossref finds, at most `CROSSREF_MOST_FOUND` works for each citation."""
        for one in wanted:
            yield self._found(one.printed) if len(one.printed) >= _SHORTEST else Candidates()

    def _found(self, printed: str) -> Finding:
        address = replies.search(self._base, printed, CROSSREF_MOST_FOUND, self._email)
        request = Request(address, LANE, self._gap, headers={"Accept": "application/json"})
        outcome = self._services.exchange(request, replies.search_problem)
        if not isinstance(outcome, Reply):
            return outcome
        self._gap = max(replies.rate_limit_gap(outcome.headers, self._gap), _GAP)
        if outcome.status == 400:
            return Unavailable("Crossref refused the search (400)", Cause.HTTP, 400)
        return Candidates(tuple(Identifier(IdKind.DOI, doi) for doi in replies.works_in(outcome)))
