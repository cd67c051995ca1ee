"""How a run asks: the sources put together as lanes, each behind the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from evidence.app.lookup import SourceSlot
from evidence.app.registry import LookupPolicy, Settings
from evidence.matching.match import MatchSources
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Candidates
from evidence.model.ports import Clock, Searcher, Source
from evidence.model.records import Article
from evidence.sources.cache import UNREADABLE, Cached, Read
from evidence.sources.crossref import Crossref
from evidence.sources.dailymed import DailyMed
from evidence.sources.doi import Agencies, Doi
from evidence.sources.entrez import Entrez
from evidence.sources.http.fetch import Pages
from evidence.sources.http.request import RetryLimits
from evidence.sources.http.session import Services
from evidence.sources.http.visit import straight
from evidence.sources.pmc import Pmc, ThroughPubMed
from evidence.sources.pubmed import PubMed
from evidence.sources.search import (
    TOGETHER,
    CitationMatch,
    CrossrefSearch,
    EntrezSearch,
    KeptSearch,
    SkippedSearcher,
    by_doi,
    loose,
    search,
    strict,
)
from evidence.sources.wayback import Wayback, WithArchive
from evidence.sources.web import NAME as WEB
from evidence.sources.web import SlowFirst, Web
from evidence.storage.lockfile import stored_reader
from evidence.storage.store import Store

# The archive is a convenience: it is asked briefly, and its failure is never a finding.
ARCHIVE_LIMITS = RetryLimits(tries=2, exchange=15.0, request=10.0)


@contextmanager
def open_sources(
    settings: Settings, store: Store, clock: Clock, terms: LookupPolicy
) -> Iterator[tuple[SourceSlot, ...]]:
    """The lanes of a run, their connections closed at its end."""
    network, pacer = settings.network, store.pacer
    with (
        Services(network=network, clock=clock, pacer=pacer) as services,
        Services(network=network, clock=clock, pacer=pacer, limits=ARCHIVE_LIMITS) as archive,
    ):
        asking = _Asking(settings, store, clock, terms)
        yield (*asking.registries(services), asking.web(archive))


@contextmanager
def open_match_sources(settings: Settings, store: Store, clock: Clock, terms: LookupPolicy) -> Iterator[MatchSources]:
    """What citations without identifier are matched with, its connections closed at the end."""
    with Services(network=settings.network, clock=clock, pacer=store.pacer) as services:
        yield _Asking(settings, store, clock, terms).means(services)


@dataclass(frozen=True, slots=True)
class _Asking:
    """How one run asks: everything that its sources are made of."""

    settings: Settings
    store: Store
    clock: Clock
    terms: LookupPolicy

    def _kept(self, source: Source, read: Read, name: str, address: str, *days: int) -> Cached:
        """The source behind the store; `days` are the lives of its status and of its bibliographic facts."""
        return Cached(
            source,
            stored_reader(read),
            self.store,
            source=name,
            address=address,
            lives=(days[0], days[-1]),
            as_of=self.terms.as_of,
            clock=self.clock,
            refresh=self.terms.refresh,
            offline=self.terms.offline,
        )

    def registries(self, services: Services) -> tuple[SourceSlot, ...]:
        """NCBI, DailyMed and the DOI system side by side; PubMed Central after PubMed.

        Crossref is asked twice: about the DOIs that entries give, and, once PubMed and PubMed Central
        have answered, about those that their records name, as the second source on retraction.
        """
        clock, where, email = self.clock, self.settings.addresses, self.settings.ncbi_email
        status, metadata = self.terms.lives.status, self.terms.lives.metadata
        entrez = Entrez(services, base=where.eutils, email=email, api_key=self.settings.ncbi_api_key)
        pubmed, pmc = PubMed(entrez, clock), Pmc(entrez, clock)
        dailymed = DailyMed(services=services, clock=clock, base=where.dailymed)
        crossref = Crossref(services, clock, base=where.crossref, email=email)
        agencies = Agencies(services, clock, base=where.doi)
        from_pubmed = self._kept(pubmed, pubmed.read, pubmed.name, where.eutils, status, metadata)
        from_pmc = self._kept(pmc, pmc.read, pmc.name, where.eutils, metadata)
        from_dailymed = self._kept(dailymed, dailymed.read, dailymed.name, where.dailymed, status, metadata)
        from_crossref = self._kept(crossref, crossref.read, crossref.name, where.crossref, status, metadata)
        from_agencies = self._kept(agencies, agencies.read, agencies.name, where.doi, status, metadata)
        dois = frozenset({IdKind.DOI})
        return (
            SourceSlot("ncbi", frozenset({IdKind.PMID}), from_pubmed),
            SourceSlot("pmc", frozenset({IdKind.PMCID}), ThroughPubMed(from_pmc, from_pubmed), after="ncbi"),
            SourceSlot("dailymed", frozenset({IdKind.SETID}), from_dailymed),
            SourceSlot("doi", dois, Doi(from_crossref, from_agencies)),
            SourceSlot("crossref", frozenset(), from_crossref, after="pmc", learns=dois),
        )

    def means(self, services: Services) -> MatchSources:
        """The store, ECitMatch, PubMed's search twice, Crossref's search; offline the store alone."""
        where, email = self.settings.addresses, self.settings.ncbi_email
        entrez = Entrez(services, base=where.eutils, email=email, api_key=self.settings.ncbi_api_key)
        pubmed = PubMed(entrez, self.clock)
        crossref = Crossref(services, self.clock, base=where.crossref, email=email)
        life = self.terms.lives.metadata
        kept = KeptSearch(partial(self._kept_articles, ((where.eutils, pubmed.read), (where.crossref, crossref.read))))
        asked: tuple[Searcher, ...] = (
            CitationMatch(entrez),
            EntrezSearch(entrez, strict, together=TOGETHER),
            EntrezSearch(entrez, loose),
            CrossrefSearch(services, base=where.crossref, email=email),
        )
        if self.terms.offline:
            asked = (SkippedSearcher("the services", "offline, and only what is stored was looked at"),)
        return MatchSources(
            finders=(kept, *asked),
            records={
                IdKind.PMID: self._kept(pubmed, pubmed.read, pubmed.name, where.eutils, life),
                IdKind.DOI: self._kept(crossref, crossref.read, crossref.name, where.crossref, life),
            },
            by_doi=lambda dois: Candidates() if self.terms.offline else search(entrez, by_doi(dois), 2 * len(dois)),
        )

    def _kept_articles(self, services: Iterable[tuple[str, Read]]) -> Iterator[Article]:
        """Every article that is kept of these services, unreadable ones left out."""
        for address, read in services:
            for identifier, stored in self.store.kept_at(address):
                try:
                    record = stored_reader(read)(identifier, stored.raw)
                except UNREADABLE:
                    continue
                if isinstance(record, Article):
                    yield record

    def web(self, services: Services) -> SourceSlot:
        """Cited pages, those that were slow last time first; a dead one is looked for in the archive."""
        settings, clock = self.settings, self.clock
        address = "stand-in" if settings.route else "web"
        pages = Pages(settings.network, clock, route=settings.route or straight, limits=settings.page_limits)
        web = Web(pages, clock, address=address, deadline=settings.page_deadline)
        wayback = Wayback(services=services, base=settings.addresses.wayback)
        archived = WithArchive(web, wayback, self.terms.read_on, clock)
        slow_first = SlowFirst(archived, partial(self.store.history, limit=1))
        return SourceSlot(
            "web", frozenset({IdKind.URL}), self._kept(slow_first, web.read, WEB, address, self.terms.lives.page)
        )
