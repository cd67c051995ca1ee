"""The composition root: the one explicit list of rules and sources, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from evidence.checking.judging import Ruling
from evidence.checking.lookups import Lane
from evidence.checks import accessed, entries, identifiers, labels, links, metadata, notices
from evidence.checks.doubts import doubt
from evidence.http.network import Network
from evidence.http.pages.fetcher import Pages
from evidence.http.pages.seen import Limits as PageLimits
from evidence.http.pages.seen import Route, straight
from evidence.http.services import Services
from evidence.model.identity import IdKind
from evidence.model.policy import Lives, Policy
from evidence.ports import Clock
from evidence.rules import Rule
from evidence.sources.cached import Cached
from evidence.sources.dailymed import DailyMed
from evidence.sources.entrez import Entrez
from evidence.sources.pmc import Pmc
from evidence.sources.pubmed import PubMed
from evidence.sources.through_pubmed import ThroughPubMed
from evidence.sources.web import NAME as WEB
from evidence.sources.web import Web
from evidence.store.store import Store

RULES: tuple[Rule, ...] = (
    *entries.RULES,
    *identifiers.RULES,
    *links.RULES,
    *notices.RULES,
    *labels.RULES,
    *accessed.RULES,
    *metadata.RULES,
)
"""Every rule, in the order of its documentation."""

RULING = Ruling(
    rules=tuple(rule for rule in RULES if rule is not entries.UNUSED_IGNORE),
    unused_ignore=entries.UNUSED_IGNORE,
    unused_ignores=entries.unused_ignores,
    unignorable=frozenset({"RET001", "MET006"}),
    library_findings=entries.library_findings,
    doubt=doubt,
)


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
    """The terms on which a run looks things up: its day, its lives, and whether it may ask at all."""

    as_of: date
    lives: Lives
    offline: bool = False
    refresh: bool = False


def shortest_lives(policies: Iterable[Policy]) -> Lives:
    """The lives to look up by when several files are checked in one run: of each, the shortest."""
    lives = [policy.lives for policy in policies] or [Lives()]
    return Lives(
        status=min(life.status for life in lives),
        metadata=min(life.metadata for life in lives),
        page=min(life.page for life in lives),
    )


@contextmanager
def open_lanes(settings: Settings, store: Store, clock: Clock, terms: Terms) -> Iterator[tuple[Lane, ...]]:
    """The lanes of a run, their connections closed at its end."""
    with Services(network=settings.network, clock=clock, pacer=store.pacer) as services:
        yield _lanes(settings, services, store, clock, terms)


def _lanes(settings: Settings, services: Services, store: Store, clock: Clock, terms: Terms) -> tuple[Lane, ...]:
    """NCBI, DailyMed and the web side by side, PubMed Central after PubMed."""
    entrez = Entrez(services, base=settings.addresses.eutils, email=settings.ncbi_email, api_key=settings.ncbi_api_key)
    where, web_address = settings.addresses, "stand-in" if settings.route else "web"
    pages = Pages(settings.network, clock, route=settings.route or straight, limits=settings.page_limits)
    pubmed, pmc = PubMed(entrez, clock), Pmc(entrez, clock)
    dailymed = DailyMed(services=services, clock=clock, base=settings.addresses.dailymed)
    web = Web(pages, clock, address=web_address, deadline=settings.page_deadline)
    lives = terms.lives

    def cached(source: PubMed | Pmc | DailyMed | Web, name: str, address: str, *days: int) -> Cached:
        return Cached(
            source,
            source.read,
            store,
            source=name,
            address=address,
            lives=(days[0], days[-1]),
            as_of=terms.as_of,
            clock=clock,
            refresh=terms.refresh,
            offline=terms.offline,
        )

    from_pubmed = cached(pubmed, pubmed.name, where.eutils, lives.status, lives.metadata)
    from_pmc = cached(pmc, pmc.name, where.eutils, lives.metadata)
    return (
        Lane("ncbi", frozenset({IdKind.PMID}), from_pubmed),
        Lane("pmc", frozenset({IdKind.PMCID}), ThroughPubMed(from_pmc, from_pubmed), after="ncbi"),
        Lane(
            "dailymed",
            frozenset({IdKind.SETID}),
            cached(dailymed, dailymed.name, where.dailymed, lives.status, lives.metadata),
        ),
        Lane("web", frozenset({IdKind.URL}), cached(web, WEB, web_address, lives.page)),
    )
