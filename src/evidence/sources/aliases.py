"""Addresses that name a work by a number of their own: NCBI's Bookshelf by an accession, doi.org by a short DOI.

A search of PubMed for an accession may find other records, so each record has to give the accession itself. A short
DOI is a handle whose record names the DOI that it is an alias of (doi.org's Handle API; https://shortdoi.org).
Asked when entries are matched, never by a check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from evidence.model.identifiers import Identifier, IdKind, bookshelf_accession, parse, short_doi
from evidence.model.outcomes import Candidates, Named
from evidence.model.ports import Source
from evidence.sources.doi import GAP
from evidence.sources.doi import NAME as DOI_SYSTEM
from evidence.sources.entrez import Entrez
from evidence.sources.http.request import Exchanger, Reply, Request, json_object
from evidence.sources.pubmed_xml import accession_of
from evidence.sources.search import search

TOGETHER = 20
"""Accessions in one search."""

_FOUND_FOR_EACH = 3
_ALIAS = "HS_ALIAS"


@dataclass(frozen=True, slots=True)
class Aliases:
    """Which works addresses name; never raises for what the services do.

    Args:
        entrez: The E-utilities.
        pubmed: PubMed's records.
        services: What sends the requests to the DOI system.
        dois: The DOI system's address.
    """

    entrez: Entrez
    pubmed: Source
    services: Exchanger
    dois: str

    def named(self, addresses: Sequence[Identifier]) -> Mapping[Identifier, Named]:
        """The PMID or DOI of each address that names a work; one that its registry does not know is left out."""
        accessions = {address: found for address in addresses if (found := bookshelf_accession(address.value))}
        handles = {address: found for address in addresses if (found := short_doi(address.value))}
        by_accession = dict(self._on_bookshelf(list(dict.fromkeys(accessions.values()))))
        by_handle = {handle: self._alias(handle) for handle in dict.fromkeys(handles.values())}
        named = {address: by_accession.get(accession) for address, accession in accessions.items()}
        named |= {address: by_handle[handle] for address, handle in handles.items()}
        return {address: found for address, found in named.items() if found is not None}

    def _on_bookshelf(self, accessions: Sequence[str]) -> Iterator[tuple[str, Named]]:
        for start in range(0, len(accessions), TOGETHER):
            part = accessions[start : start + TOGETHER]
            term = " OR ".join(f"{accession}[aid] OR {accession}[all]" for accession in part)
            match search(self.entrez, term, _FOUND_FOR_EACH * len(part)):
                case Candidates(candidates=pmids):
                    for answer in self.pubmed.look_up(pmids):
                        accession = accession_of(answer.raw) if answer.raw is not None else None
                        if accession is not None and accession in part:
                            yield accession, answer.identifier
                case silent:
                    yield from ((accession, silent) for accession in part)

    def _alias(self, handle: str) -> Named | None:
        url = f"{self.dois}/api/handles/{quote(handle, safe='/')}"
        reply = self.services.exchange(Request(url, DOI_SYSTEM, GAP), _handle_problem)
        if not isinstance(reply, Reply):
            return reply
        doi = parse(IdKind.DOI, _aliased(json_object(reply.body) or {}))
        return doi if isinstance(doi, Identifier) else None


def _handle_problem(reply: Reply) -> str | None:
    """Why the Handle API's reply cannot be believed; None for a record (200) and for its own no (404)."""
    content = json_object(reply.body)
    if content is None or "responseCode" not in content:
        return f"the Handle API returned HTTP {reply.status} without JSON"
    return None if reply.status in (200, 404) else f"the Handle API returned HTTP {reply.status}"


def _aliased(content: Mapping[str, object]) -> str:
    """The handle that a handle's record names as what it is an alias of; "" where it names none."""
    values = content.get("values")
    for value in values if isinstance(values, list) else []:
        data = value.get("data") if isinstance(value, dict) and value.get("type") == _ALIAS else None
        if isinstance(data, dict) and isinstance(data.get("value"), str):
            return str(data["value"])
    return ""
