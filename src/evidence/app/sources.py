"""How a run asks: every source of the registry, answered from the store where it holds a fresh answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from evidence.app.lookup import SourceSlot
from evidence.app.registry import SOURCES, LookupPolicy, source_slot
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Candidates
from evidence.model.ports import Clock, Searcher
from evidence.model.records import Article
from evidence.sources.cache import UNREADABLE, Cached
from evidence.sources.crossref import CROSSREF
from evidence.sources.entrez import entrez_of
from evidence.sources.http.session import Services
from evidence.sources.pubmed import PUBMED
from evidence.sources.spec import Access, Settings, SourceSpec
from evidence.sources.wayback import LIMITS as ARCHIVE_LIMITS
from evidence.storage.lockfile import stored_reader
from evidence.storage.store import Store

if TYPE_CHECKING:
    from evidence.matching.match import MatchSources


@contextmanager
def open_sources(
    settings: Settings, store: Store, clock: Clock, policy: LookupPolicy
) -> Iterator[tuple[SourceSlot, ...]]:
    """The sources of a run, their connections closed at its end."""
    with open_access(settings, store, clock, policy) as access:
        yield source_slots(access, store, policy)


@contextmanager
def open_access(settings: Settings, store: Store, clock: Clock, policy: LookupPolicy) -> Iterator[Access]:
    """What the sources of a run are made of, its connections closed at the end."""
    connect = partial(Services, network=settings.network, clock=clock, pacer=store.pacer)
    with connect() as services, connect(limits=ARCHIVE_LIMITS) as archive:
        yield Access(settings, clock, services, archive, policy.read_on, partial(store.history, limit=1))


def source_slots(
    access: Access, store: Store, policy: LookupPolicy, specs: tuple[SourceSpec, ...] = SOURCES
) -> tuple[SourceSlot, ...]:
    """Every source with the store before it, in the order of asking."""
    cached = {spec.name: cached_source(spec, access, store, policy) for spec in specs}
    return tuple(
        source_slot(spec, cached[spec.name] if spec.combine is None else spec.combine(cached)) for spec in specs
    )


def cached_source(
    spec: SourceSpec, access: Access, store: Store, policy: LookupPolicy, *, days: tuple[int, int] | None = None
) -> Cached:
    """The source with the store before it; `days` as in `SourceSpec`, by the policy when they are not given."""
    return Cached(
        spec.connect(access),
        stored_reader(spec.read),
        store.cache,
        source=spec.name,
        address=spec.address(access.settings),
        lives=days or spec.days(policy.lives),
        as_of=policy.as_of,
        clock=access.clock,
        refresh=policy.refresh,
        offline=policy.offline,
    )


@contextmanager
def open_match_sources(settings: Settings, store: Store, clock: Clock, policy: LookupPolicy) -> Iterator[MatchSources]:
    """What citations without identifier are matched with, its connections closed at the end.

    The store, ECitMatch, PubMed's search twice, Crossref's search; offline the store alone.
    """
    # The matcher and its searchers are for those who match.
    from evidence.matching.match import MatchSources  # noqa: PLC0415
    from evidence.sources.search import (  # noqa: PLC0415
        TOGETHER,
        CitationMatch,
        CrossrefSearch,
        EntrezSearch,
        SkippedSearcher,
        StoredSearch,
        by_doi,
        loose,
        search,
        strict,
    )

    with open_access(settings, store, clock, policy) as access:
        entrez = entrez_of(access)
        searchers: tuple[Searcher, ...] = (
            CitationMatch(entrez),
            EntrezSearch(entrez, strict, together=TOGETHER),
            EntrezSearch(entrez, loose),
            CrossrefSearch(access.services, base=CROSSREF.address(settings), email=settings.ncbi_email),
        )
        if policy.offline:
            searchers = (SkippedSearcher("the services", "offline, and only what is stored was looked at"),)
        days = (policy.lives.metadata, policy.lives.metadata)
        yield MatchSources(
            searchers=(StoredSearch(partial(_stored_articles, settings, store)), *searchers),
            records={
                IdKind.PMID: cached_source(PUBMED, access, store, policy, days=days),
                IdKind.DOI: cached_source(CROSSREF, access, store, policy, days=days),
            },
            pmids_of_dois=lambda dois: Candidates() if policy.offline else search(entrez, by_doi(dois), 2 * len(dois)),
        )


def _stored_articles(settings: Settings, store: Store) -> Iterator[Article]:
    """Every article that the store holds of PubMed and Crossref, unreadable ones left out."""
    for spec in (PUBMED, CROSSREF):
        for identifier, stored in store.cache.all_stored(spec.address(settings)):
            try:
                record = stored_reader(spec.read)(identifier, stored.raw)
            except UNREADABLE:
                continue
            if isinstance(record, Article):
                yield record
