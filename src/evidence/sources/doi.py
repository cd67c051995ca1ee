"""DOIs of whatever agency: Crossref first, the DOI system itself for what Crossref does not hold.

The Handle API (doi.org/api/handles/…) says whether a DOI is registered at all; its responseCode 100,
together with Crossref's 404, is what "not found" means. A DOI that is registered elsewhere is
asked once more by content negotiation (citation.doi.org/docs.html): doi.org redirects to the
agency's own service, which is followed only to the hosts listed here, never to a publisher's page.
Where no agency answers, the DOI is found with an empty title: it exists, and nothing of it is judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock, Source
from evidence.model.records import Article
from evidence.sources.crossref import A_DOI, article_of
from evidence.sources.http.request import Exchanger, Reply, Request, json_object
from evidence.sources.spec import Opener, Probe

NAME = "doi"
# A pace of its own, so that agencies that do not answer never close the way to the Handle API.
AGENCY_BUCKET = "doi-agency"
GAP = 0.2  # seconds between requests; no limit is documented
AGENCIES = frozenset(
    {
        "data.crosscite.org",  # DataCite
        "data.datacite.org",
        "api.datacite.org",
        "data.medra.org",  # mEDRA
        "api.medra.org",
        "data.crossref.org",
        "api.crossref.org",
    }
)
"""The agencies' hosts to which doi.org's content negotiation may send us."""

_CSL = "application/vnd.citationstyles.csl+json"
_REGISTERED = (1, 200)  # 200: registered, but without a value
_UNKNOWN = 100
UNREGISTERED = "no agency has registered this DOI (Crossref and the Handle system agree)"


@dataclass(frozen=True, slots=True)
class Doi:
    """DOIs as a source: those that Crossref does not hold are asked of the DOI system."""

    crossref: Source
    agencies: Source

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every DOI once."""
        not_held: list[Identifier] = []
        for answer in self.crossref.look_up(identifiers):
            if isinstance(answer.outcome, NotFound):
                not_held.append(answer.identifier)
            else:
                yield answer
        if not_held:
            yield from self.agencies.look_up(not_held)


class Agencies:
    """The DOI system and its agencies other than Crossref, as a source; never raises for what they do."""

    def __init__(self, services: Exchanger, clock: Clock, *, base: str) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._clock = clock

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer each DOI once, two requests each as a rule; other identifiers have no source here."""
        for identifier in dict.fromkeys(identifiers):
            outcome, raw = self._looked_up(identifier)
            yield Answer(identifier, outcome, NAME, self.address, self._clock.now(), raw)

    def _looked_up(self, identifier: Identifier) -> tuple[Outcome, bytes | None]:
        if identifier.kind is not IdKind.DOI:
            return Unavailable("only DOIs can be looked up in the DOI system", Cause.NO_SOURCE), None
        doi = identifier.value
        url = f"{self.address}/api/handles/{quote(doi, safe='/:;()')}"
        reply = self._services.exchange(Request(url, NAME, GAP), lambda reply: _handle_problem(reply, doi))
        if not isinstance(reply, Reply):
            return reply, None
        code = _code(json_object(reply.body) or {})
        if code == _UNKNOWN:
            return NotFound(UNREGISTERED), None
        request = Request(
            f"{self.address}/{quote(doi, safe='/:;()')}",
            AGENCY_BUCKET,
            GAP,
            headers={"Accept": _CSL},
            trusted=AGENCIES,
        )
        reply = self._services.exchange(request, lambda reply: _csl_problem(reply, identifier))
        # For agencies without content negotiation doi.org sends us to a host that is not followed.
        if not isinstance(reply, Reply) and not 300 <= (reply.status or 0) < 400:
            return Found(_article(identifier, None)), None  # merely silent: not to be stored
        csl = json_object(reply.body) if isinstance(reply, Reply) and reply.status == 200 else None
        raw = json.dumps({"responseCode": code, "csl": csl}, ensure_ascii=False, sort_keys=True)
        return Found(_article(identifier, csl)), raw.encode("utf-8", "surrogatepass")


def _article(identifier: Identifier, csl: Mapping[str, Any] | None) -> Article:
    return Article(identifier, "", csl_type="document") if csl is None else article_of(identifier, csl)


def _handle_problem(reply: Reply, doi: str) -> str | None:
    """Why the Handle API's reply cannot be believed; None for its own yes (200) and no (404)."""
    content = json_object(reply.body)
    if content is None:
        return f"the Handle API returned HTTP {reply.status} without JSON"
    if str(content.get("handle")).lower() != doi.lower():
        return "the Handle API returned a different DOI"
    code = _code(content)
    if (code in _REGISTERED and reply.status == 200) or (code == _UNKNOWN and reply.status in (200, 404)):
        return None
    return f"the Handle API returned HTTP {reply.status} with code {str(content.get('responseCode'))[:20]}"


def _code(content: Mapping[str, Any]) -> int | None:
    """The reply's responseCode where it is a number; `true` equals 1 in Python, but says nothing."""
    code = content.get("responseCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _csl_problem(reply: Reply, identifier: Identifier) -> str | None:
    """Why an agency's record cannot be believed; a refusal (404, 406 …) is accepted: the agency has none to give."""
    if reply.status != 200:
        return None if 400 <= reply.status < 500 else f"the agency returned HTTP {reply.status}"
    content = json_object(reply.body)
    if content is None:
        return "the agency's record is not complete JSON"
    if identifier.value.lower() not in str(content.get("DOI") or content.get("id")).lower():
        return "the agency returned a different DOI"
    try:
        article_of(identifier, content)
    except ValueError as error:
        return str(error)
    return None


def read_stored(identifier: Identifier, raw: bytes) -> Article:
    """The record in a stored answer.

    Raises:
        ValueError: The bytes are not such an answer.
    """
    stored = json_object(raw)
    if stored is None or _code(stored) not in _REGISTERED:
        raise ValueError(f"{identifier}: schema drift: this is no answer of the DOI system")
    return _article(identifier, stored.get("csl"))


OPENER = Opener(
    connect=lambda access: Agencies(access.services, access.clock, base=access.addresses[NAME]),
    read=read_stored,
    probe=Probe(
        "DOI system",
        lambda _, address: Request(f"{address}/api/handles/{A_DOI}", NAME, GAP),
        b'"responseCode"',
    ),
    combine=lambda sources: Doi(sources["crossref"], sources[NAME]),
)
