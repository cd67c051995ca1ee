"""The composition root: the one explicit list of sources and of rules, and what follows from them.

How the sources of a run are connected is in `evidence.app.sources`: a locked run, which is to be quick, does without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from evidence.app.judge import RuleSet
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import LOADED
from evidence.model.policy import CacheTtl, Policy
from evidence.model.ports import Clock
from evidence.model.rule import Finding, Rule
from evidence.rules import (
    accessed,
    citations,
    claims,
    evidence,
    identifiers,
    labels,
    links,
    locks,
    metadata,
    retractions,
    signoffs,
    style,
    trials,
    waivers,
)
from evidence.rules import reference as entries
from evidence.rules.case import LibraryCase
from evidence.rules.identifiers import caveat
from evidence.sources.spec import Service, Settings, SourceSpec, metadata_only, opener_in, page_only

if TYPE_CHECKING:  # only a locked run needs what it is answered by
    from evidence.app.lookup import SourceSlot
    from evidence.storage.lock import LockEntry

_EUTILS = Service("eutils", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils")
_DAILYMED = Service("dailymed", "https://dailymed.nlm.nih.gov/dailymed")

SOURCES: tuple[SourceSpec, ...] = (
    SourceSpec(
        name="pubmed",
        title="PubMed",
        service=_EUTILS,
        kinds=frozenset({IdKind.PMID}),
        has_text=True,
        opener=opener_in("evidence.sources.pubmed"),
    ),
    SourceSpec(
        name="pmc",
        title="PubMed Central",
        short="PMC",
        service=_EUTILS,
        kinds=frozenset({IdKind.PMCID}),
        after="pubmed",
        days=metadata_only,
        opener=opener_in("evidence.sources.pmc"),
    ),
    SourceSpec(
        name="dailymed",
        title="DailyMed",
        service=_DAILYMED,
        kinds=frozenset({IdKind.SETID}),
        opener=opener_in("evidence.sources.dailymed"),
    ),
    SourceSpec(
        name="spl",
        title="DailyMed (contents of labels)",
        short="DailyMed",
        service=_DAILYMED,
        also=frozenset({IdKind.CONTENTS}),
        after="dailymed",
        days=metadata_only,
        unchanging=True,
        opener=opener_in("evidence.sources.spl"),
    ),
    SourceSpec(
        name="crossref",
        title="Crossref",
        service=Service("crossref", "https://api.crossref.org"),
        # DOIs that entries give are for the source `doi`, which asks Crossref first. These are the DOIs that records of
        # PubMed and PubMed Central name: Crossref is the second source on retraction.
        also=frozenset({IdKind.DOI}),
        after="pmc",
        has_text=True,
        opener=opener_in("evidence.sources.crossref"),
    ),
    SourceSpec(
        name="retraction-watch",
        title="Retraction Watch",
        service=None,
        also=frozenset({IdKind.NOTICES}),
        after="pmc",
        only_loaded=True,
        opener=opener_in("evidence.sources.retraction_watch"),
    ),
    SourceSpec(
        name="doi",
        title="the DOI agencies",
        short="the DOI's agency",
        service=Service("doi", "https://doi.org"),
        kinds=frozenset({IdKind.DOI}),
        # That Crossref does not hold a DOI which a record names says nothing about a DOI which an entry gives.
        overrules=frozenset({"crossref"}),
        opener=opener_in("evidence.sources.doi"),
    ),
    SourceSpec(
        name="clinicaltrials",
        title="ClinicalTrials.gov",
        service=Service("trials", "https://clinicaltrials.gov"),
        kinds=frozenset({IdKind.NCT}),
        opener=opener_in("evidence.sources.clinicaltrials"),
    ),
    SourceSpec(
        name="web",
        title="the cited page",
        short="the page",
        service=None,
        helpers=(Service("wayback", "https://archive.org/wayback"),),
        kinds=frozenset({IdKind.URL}),
        days=page_only,
        opener=opener_in("evidence.sources.web"),
    ),
)
"""Every source, in the order in which they begin."""

SERVICES: tuple[Service, ...] = tuple(
    dict.fromkeys(service for spec in SOURCES for service in (spec.service, *spec.helpers) if service is not None)
)
"""Every service that has an address of its own."""

SOURCE_NAMES: Mapping[str, str] = {spec.name: spec.short or spec.title for spec in SOURCES}
"""What findings call the sources."""

SOURCE_TITLES: Mapping[str, str] = {spec.name: spec.title for spec in SOURCES}
"""What reports call the sources."""

SOURCED = frozenset[IdKind]().union(*(spec.kinds | spec.also for spec in SOURCES))
"""The kinds of identifier that some source answers for."""

RULES: tuple[Rule, ...] = (
    *entries.RULES,
    *identifiers.RULES,
    *links.RULES,
    *retractions.RULES,
    *labels.RULES,
    *trials.RULES,
    *accessed.RULES,
    *metadata.RULES,
    *style.RULES,
    *citations.RULES,
    *claims.RULES,
    *evidence.RULES,
    *locks.RULES,
    *waivers.RULES,
    *signoffs.RULES,
)
"""Every rule, in the order of its documentation."""


def _library_findings(case: LibraryCase) -> Iterator[Finding]:
    """The findings of the rules that judge a file, not one reference at a time."""
    yield from entries.library_findings(case)
    yield from citations.citation_findings(case)
    yield from claims.claim_findings(case)
    yield from locks.lock_findings(case)


RULE_SET = RuleSet(
    rules=RULES,
    unused_ignores=entries.unused_ignores,
    library_findings=_library_findings,
    caveat=caveat,
    is_unread=links.is_unread,
    merge=style.merge_common,
    closing_findings=signoffs.sign_off_findings,
    fallen_support=claims.fallen_support,
    source_names=SOURCE_NAMES,
)


def find_rule(word: str) -> Rule | None:
    """The rule of this code or name, in any case."""
    return next((rule for rule in RULES if word.lower() in {rule.code.lower(), rule.name}), None)


def find_source(name: str) -> SourceSpec:
    """The source of this name."""
    return next(spec for spec in SOURCES if spec.name == name)


def source_address(name: str, settings: Settings) -> str:
    """Where the answers of the source of this name are said to come from; the name itself when there is none."""
    return next((spec.address(settings) for spec in SOURCES if spec.name == name), name)


def accepted_addresses(settings: Settings) -> Mapping[str, frozenset[str]]:
    """Where the answers in a lock may come from, by source: where it is asked here, where everybody asks it, files."""
    public = replace(settings, addresses={}, route=None)
    return {spec.name: frozenset({spec.address(settings), spec.address(public), LOADED}) for spec in SOURCES}


@dataclass(frozen=True, slots=True)
class LookupPolicy:
    """How a run looks things up: for which day, how long stored answers are served, whether it may ask at all.

    `read_on` says when cited pages were read, so that a dead one's archived copy of that time can be named. Of the
    identifiers `in_full` the whole answer is needed: the facts of it that a lock left in the store are not enough. What
    was stored since `begun` is not refreshed once more.
    """

    as_of: date
    lives: CacheTtl
    offline: bool = False
    refresh: bool = False
    begun: datetime | None = None
    read_on: Mapping[Identifier, date] = field(default_factory=dict)
    in_full: Collection[Identifier] = frozenset()


def shortest_ttl(policies: Iterable[Policy]) -> CacheTtl:
    """How long stored answers are served when several files are checked in one run: the shortest of their policies."""
    ttls = [policy.lives for policy in policies] or [CacheTtl()]
    return CacheTtl(
        status=min(ttl.status for ttl in ttls),
        metadata=min(ttl.metadata for ttl in ttls),
        page=min(ttl.page for ttl in ttls),
    )


NOT_LOCKED = "not in the lock file; run online with --update-lock to add it"
"""Why what no lock holds is not answered by one."""


def locked_sources(
    entries: Mapping[Identifier, LockEntry], reasons: Mapping[Identifier, str], clock: Clock
) -> tuple[SourceSlot, ...]:
    """The sources of a run that asks the lock alone, in the order of a run that asks the services.

    `reasons` say why an identifier is not to be answered by its lock.
    """
    from evidence.app.lookup import slot_of  # noqa: PLC0415 - as above: 15 ms that no other command need pay
    from evidence.sources.cache import Locked  # noqa: PLC0415

    locked = Locked(entries, reasons, NOT_LOCKED, clock)
    return tuple(slot_of(spec, replace(locked, overruled=spec.overrules)) for spec in SOURCES)
