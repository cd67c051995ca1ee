"""How a run asks: every source of the registry, answered from the store where it holds a fresh answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from evidence.app.lookup import SourceSlot, slot_of
from evidence.app.registry import SOURCES, LookupPolicy, find_source
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Candidates
from evidence.model.ports import Clock, Searcher, Source
from evidence.model.records import Article, Label
from evidence.sources.cache import UNREADABLE, Cached, WithLoaded
from evidence.sources.http.request import RetryLimits
from evidence.sources.http.session import Services
from evidence.sources.spec import Access, Settings, SourceSpec
from evidence.storage.lockfile import stored_reader
from evidence.storage.store import Store

if TYPE_CHECKING:
    from evidence.matching.match import MatchSources
    from evidence.sources.aliases import Aliases

_BRIEFLY = RetryLimits(tries=1, request=10.0)
"""How patiently the archive is asked: it is a convenience, and its failure is never a finding."""

_DAILYMED = find_source("dailymed")

_PUBMED, _CROSSREF, _DOI = find_source("pubmed"), find_source("crossref"), find_source("doi")
"""The sources that citations without identifier are matched with."""


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
    with connect() as services, connect(limits=_BRIEFLY) as archive:
        yield Access(
            settings,
            addresses_of(settings),
            clock,
            services,
            archive,
            policy.read_on,
            partial(store.history, limit=1),
            partial(_stored_label, settings, store),
            shelf=None if policy.refresh else store.cache,
            as_of=policy.as_of,
        )


def _stored_label(settings: Settings, store: Store, setid: Identifier) -> Label | None:
    """The label as DailyMed last described it."""
    stored = store.cache.stored(_DAILYMED.address(settings), [setid]).get(setid)
    try:
        record = stored_reader(_DAILYMED.opener().read)(setid, stored.raw) if stored is not None else None
    except UNREADABLE:
        return None
    return record if isinstance(record, Label) else None


def addresses_of(settings: Settings) -> Mapping[str, str]:
    """Where every source, and every helper of one, is asked, by name."""
    addresses = {spec.name: spec.address(settings) for spec in SOURCES}
    return addresses | {helper.name: settings.address(helper) for spec in SOURCES for helper in spec.helpers}


@dataclass(frozen=True, slots=True)
class _WhenAsked:
    """A source that is made when it is asked, so that what nobody asks is not loaded."""

    make: Callable[[], Source]

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """The source's answers."""
        yield from self.make().look_up(identifiers)


def source_slots(
    access: Access, store: Store, policy: LookupPolicy, specs: tuple[SourceSpec, ...] = SOURCES
) -> tuple[SourceSlot, ...]:
    """Every source with the store before it, in the order of asking."""
    collections = store.loaded.collections()
    loaded = {spec.name for spec in specs if spec.name in collections and (policy.offline or spec.only_loaded)}

    def stored(spec: SourceSpec) -> Source:
        source = cached_source(spec, access, store, policy)
        if spec.name not in loaded:
            return source
        return WithLoaded(source, store.loaded.shelf(spec.name), spec.title, extra=not policy.offline)

    cached = {spec.name: _WhenAsked(partial(stored, spec)) for spec in specs}

    def combined(spec: SourceSpec) -> Source:
        combine = spec.opener().combine
        return cached[spec.name] if combine is None else combine(cached)

    return tuple(slot_of(spec, _WhenAsked(partial(combined, spec))) for spec in specs)


def cached_source(
    spec: SourceSpec, access: Access, store: Store, policy: LookupPolicy, *, days: tuple[int, int] | None = None
) -> Cached:
    """The source with the store before it; `days` as in `SourceSpec`, by the policy when they are not given."""
    return Cached(
        spec.opener().connect(access),
        stored_reader(spec.opener().read),
        store.cache,
        source=spec.name,
        address=spec.address(access.settings),
        lives=days or spec.days(policy.lives),
        as_of=policy.as_of,
        clock=access.clock,
        refresh=policy.refresh and not spec.only_loaded,
        begun=policy.begun,
        offline=policy.offline or spec.only_loaded,
        unchanging=spec.unchanging,
        in_full=policy.in_full,
    )


@contextmanager
def open_match_sources(settings: Settings, store: Store, clock: Clock, policy: LookupPolicy) -> Iterator[MatchSources]:
    """What citations without identifier are matched with, its connections closed at the end.

    The store, ECitMatch, PubMed's search twice, Crossref's search; offline the store alone.
    """
    # The matcher and its searchers are for those who match.
    from evidence.matching.match import MatchSources  # noqa: PLC0415
    from evidence.sources.entrez import entrez_of  # noqa: PLC0415
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
        entrez = entrez_of(access, _PUBMED.name)
        searchers: tuple[Searcher, ...] = (
            CitationMatch(entrez),
            EntrezSearch(entrez, strict, together=TOGETHER),
            EntrezSearch(entrez, loose),
            CrossrefSearch(access.services, base=access.addresses[_CROSSREF.name], email=settings.ncbi_email),
        )
        if policy.offline:
            searchers = (SkippedSearcher("the services", "offline; only stored results were searched"),)
        days = (policy.lives.metadata, policy.lives.metadata)
        yield MatchSources(
            searchers=(StoredSearch(partial(_stored_articles, settings, store)), *searchers),
            records={
                IdKind.PMID: cached_source(_PUBMED, access, store, policy, days=days),
                IdKind.DOI: cached_source(_CROSSREF, access, store, policy, days=days),
            },
            pmids_of_dois=lambda dois: Candidates() if policy.offline else search(entrez, by_doi(dois), 2 * len(dois)),
        )


@contextmanager
def open_aliases(settings: Settings, store: Store, clock: Clock, policy: LookupPolicy) -> Iterator[Aliases]:
    """What says which works addresses name, its connections closed at the end."""
    from evidence.sources.aliases import Aliases  # noqa: PLC0415 - for those who match
    from evidence.sources.entrez import entrez_of  # noqa: PLC0415

    with open_access(settings, store, clock, policy) as access:
        yield Aliases(
            entrez=entrez_of(access, _PUBMED.name),
            pubmed=cached_source(_PUBMED, access, store, policy),
            services=access.services,
            dois=access.addresses[_DOI.name],
        )


def _stored_articles(settings: Settings, store: Store) -> Iterator[Article]:
    """Every article that the store holds of PubMed and Crossref, unreadable ones left out."""
    for spec in (_PUBMED, _CROSSREF):
        for identifier, stored in store.cache.all_stored(spec.address(settings)):
            try:
                record = stored_reader(spec.opener().read)(identifier, stored.raw)
            except UNREADABLE:
                continue
            if isinstance(record, Article):
                yield record
