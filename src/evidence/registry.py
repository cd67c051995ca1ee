"""The composition root: the one explicit list of rules and sources, and how they are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from evidence.checking.judging import Ruling
from evidence.checking.lookups import Lane
from evidence.checks import accessed, agreement, entries, identifiers, labels, links, metadata, notices
from evidence.checks.doubts import doubt
from evidence.http.network import Network
from evidence.http.pages.fetcher import Pages
from evidence.http.pages.seen import Limits as PageLimits
from evidence.http.pages.seen import Route, straight
from evidence.http.retry import Limits
from evidence.http.services import Services
from evidence.model.identity import Identifier, IdKind
from evidence.model.policy import Lives, Policy
from evidence.ports import Clock, Source
from evidence.rules import VOIDING, Rule
from evidence.sources.cached import Cached, Read
from evidence.sources.crossref import Crossref
from evidence.sources.dailymed import DailyMed
from evidence.sources.doi import Agencies, Doi
from evidence.sources.entrez import Entrez
from evidence.sources.pmc import Pmc
from evidence.sources.pubmed import PubMed
from evidence.sources.slow_first import SlowFirst
from evidence.sources.through_pubmed import ThroughPubMed
from evidence.sources.wayback import Wayback, WithArchive
from evidence.sources.web import NAME as WEB
from evidence.sources.web import Web
from evidence.store.store import Store

RULES: tuple[Rule, ...] = (
    *entries.RULES,
    *identifiers.RULES,
    *links.RULES,
    *notices.RULES,
    *agreement.RULES,
    *labels.RULES,
    *accessed.RULES,
    *metadata.RULES,
)
"""Every rule, in the order of its documentation."""

RULING = Ruling(
    rules=tuple(rule for rule in RULES if rule is not entries.UNUSED_IGNORE),
    unused_ignore=entries.UNUSED_IGNORE,
    unused_ignores=entries.unused_ignores,
    unignorable=VOIDING,
    library_findings=entries.library_findings,
    doubt=doubt,
)


WRITERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {}
"""The formats that other tools read, by the names of `export --to`."""


def find_rule(word: str) -> Rule | None:
    """The rule of this code or name, in any case."""
    return next((rule for rule in RULES if word.lower() in {rule.code.lower(), rule.name}), None)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are; the defaults are the real ones."""

    eutils: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    dailymed: str = "https://dailymed.nlm.nih.gov/dailymed"
    crossref: str = "https://api.crossref.org"
    doi: str = "https://doi.org"
    wayback: str = "https://archive.org/wayback"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator set. `route` is the stand-in's map of page addresses, None on the real web.

    `page_deadline` is how many seconds all cited pages of a run may take together, `page_limits` how patient
    each of them is asked for.
    """

    addresses: Addresses
    network: Network
    ncbi_email: str | None = None
    ncbi_api_key: str | None = None
    route: Route | None = None
    page_deadline: float = 1800.0
    page_limits: PageLimits = PageLimits()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a run looks things up: its day, its lives, and whether it may ask at all.

    `read_on` says when cited pages were read, so that a dead one's archived copy of that time can be named.
    """

    as_of: date
    lives: Lives
    offline: bool = False
    refresh: bool = False
    read_on: Mapping[Identifier, date] = field(default_factory=dict)


def shortest_lives(policies: Iterable[Policy]) -> Lives:
    """The lives to look up by when several files are checked in one run: of each, the shortest."""
    lives = [policy.lives for policy in policies] or [Lives()]
    return Lives(
        status=min(life.status for life in lives),
        metadata=min(life.metadata for life in lives),
        page=min(life.page for life in lives),
    )


# The archive is a convenience: it is asked briefly, and its failure is never a finding.
ARCHIVE_LIMITS = Limits(tries=2, exchange=15.0, request=10.0)


@contextmanager
def open_lanes(settings: Settings, store: Store, clock: Clock, terms: Terms) -> Iterator[tuple[Lane, ...]]:
    """The lanes of a run, their connections closed at its end."""
    network, pacer = settings.network, store.pacer
    with (
        Services(network=network, clock=clock, pacer=pacer) as services,
        Services(network=network, clock=clock, pacer=pacer, limits=ARCHIVE_LIMITS) as archive,
    ):
        asking = _Asking(settings, store, clock, terms)
        yield (*asking.registries(services), asking.web(archive))


@dataclass(frozen=True, slots=True)
class _Asking:
    """How one run asks: everything that its sources are made of."""

    settings: Settings
    store: Store
    clock: Clock
    terms: Terms

    def _kept(self, source: Source, read: Read, name: str, address: str, *days: int) -> Cached:
        """The source behind the store; `days` are the lives of its status and of its bibliographic facts."""
        return Cached(
            source,
            read,
            self.store,
            source=name,
            address=address,
            lives=(days[0], days[-1]),
            as_of=self.terms.as_of,
            clock=self.clock,
            refresh=self.terms.refresh,
            offline=self.terms.offline,
        )

    def registries(self, services: Services) -> tuple[Lane, ...]:
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
            Lane("ncbi", frozenset({IdKind.PMID}), from_pubmed),
            Lane("pmc", frozenset({IdKind.PMCID}), ThroughPubMed(from_pmc, from_pubmed), after="ncbi"),
            Lane("dailymed", frozenset({IdKind.SETID}), from_dailymed),
            Lane("doi", dois, Doi(from_crossref, from_agencies)),
            Lane("crossref", frozenset(), from_crossref, after="pmc", learns=dois),
        )

    def web(self, services: Services) -> Lane:
        """Cited pages, those that were slow last time first; a dead one is looked for in the archive."""
        settings, clock = self.settings, self.clock
        address = "stand-in" if settings.route else "web"
        pages = Pages(settings.network, clock, route=settings.route or straight, limits=settings.page_limits)
        web = Web(pages, clock, address=address, deadline=settings.page_deadline)
        wayback = Wayback(services=services, base=settings.addresses.wayback)
        archived = WithArchive(web, wayback, self.terms.read_on, clock)
        slow_first = SlowFirst(archived, partial(self.store.history, limit=1))
        return Lane(
            "web", frozenset({IdKind.URL}), self._kept(slow_first, web.read, WEB, address, self.terms.lives.page)
        )
