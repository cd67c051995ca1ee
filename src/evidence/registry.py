"""The composition root: the one explicit list of rules and sources, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

from evidence.checking.judging import Ruling
from evidence.checking.lookups import Lane
from evidence.checks import accessed, agreement, entries, identifiers, labels, links, metadata, notices
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
from evidence.sources.crossref import Crossref
from evidence.sources.dailymed import DailyMed
from evidence.sources.doi import Agencies, Doi
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
    """NCBI, DailyMed, the DOI system and the web side by side; PubMed Central after PubMed.

    Crossref is asked twice: about the DOIs that entries give, and, once PubMed and PubMed Central have
    answered, about those that their records name, as the second source on retraction.
    """
    where, web_address = settings.addresses, "stand-in" if settings.route else "web"
    days, facts = terms.lives, (terms.lives.status, terms.lives.metadata)
    entrez = Entrez(services, base=where.eutils, email=settings.ncbi_email, api_key=settings.ncbi_api_key)
    pubmed, pmc = PubMed(entrez, clock), Pmc(entrez, clock)
    dailymed = DailyMed(services=services, clock=clock, base=where.dailymed)
    crossref = Crossref(services, clock, base=where.crossref, email=settings.ncbi_email)
    agencies = Agencies(services, clock, base=where.doi)
    pages = Pages(settings.network, clock, route=settings.route or straight, limits=settings.page_limits)
    web = Web(pages, clock, address=web_address, deadline=settings.page_deadline)
    kept = partial(Cached, shelf=store, as_of=terms.as_of, clock=clock, refresh=terms.refresh, offline=terms.offline)
    from_pubmed = kept(pubmed, pubmed.read, source=pubmed.name, address=where.eutils, lives=facts)
    from_pmc = kept(pmc, pmc.read, source=pmc.name, address=where.eutils, lives=(days.metadata, days.metadata))
    from_dailymed = kept(dailymed, dailymed.read, source=dailymed.name, address=where.dailymed, lives=facts)
    from_crossref = kept(crossref, crossref.read, source=crossref.name, address=where.crossref, lives=facts)
    from_agencies = kept(agencies, agencies.read, source=agencies.name, address=where.doi, lives=facts)
    from_web = kept(web, web.read, source=WEB, address=web_address, lives=(days.page, days.page))
    dois = frozenset({IdKind.DOI})
    return (
        Lane("ncbi", frozenset({IdKind.PMID}), from_pubmed),
        Lane("pmc", frozenset({IdKind.PMCID}), ThroughPubMed(from_pmc, from_pubmed), after="ncbi"),
        Lane("dailymed", frozenset({IdKind.SETID}), from_dailymed),
        Lane("doi", dois, Doi(from_crossref, from_agencies)),
        Lane("crossref", frozenset(), from_crossref, after="pmc", learns=dois),
        Lane("web", frozenset({IdKind.URL}), from_web),
    )
