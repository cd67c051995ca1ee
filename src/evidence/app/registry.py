"""The composition root: the one explicit list of sources and of rules, and what follows from them.

How the sources of a run are connected is in `evidence.app.sources`: a locked run, which is to be quick, does without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.app.judge import RuleSet
from evidence.app.lookup import SourceSlot
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import CacheTtl, Policy
from evidence.model.ports import Clock, Source
from evidence.model.rule import Finding, Rule
from evidence.rules import (
    accessed,
    citations,
    identifiers,
    labels,
    links,
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
from evidence.sources.cache import Locked
from evidence.sources.clinicaltrials import CLINICALTRIALS
from evidence.sources.crossref import CROSSREF
from evidence.sources.dailymed import DAILYMED
from evidence.sources.doi import DOI
from evidence.sources.pmc import PMC
from evidence.sources.pubmed import PUBMED
from evidence.sources.spec import Service, Settings, SourceSpec
from evidence.sources.web import WEB
from evidence.storage.lock import LockEntry

SOURCES: tuple[SourceSpec, ...] = (PUBMED, PMC, DAILYMED, CROSSREF, DOI, CLINICALTRIALS, WEB)
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
    *waivers.RULES,
    *signoffs.RULES,
)
"""Every rule, in the order of its documentation."""


def _library_findings(case: LibraryCase) -> Iterator[Finding]:
    """The findings of the rules that judge a file, not one reference at a time."""
    yield from entries.library_findings(case)
    yield from citations.citation_findings(case)


RULE_SET = RuleSet(
    rules=RULES,
    unused_ignores=entries.unused_ignores,
    library_findings=_library_findings,
    caveat=caveat,
    is_unread=links.is_unread,
    merge=style.merge_common,
    closing_findings=signoffs.sign_off_findings,
    source_names=SOURCE_NAMES,
)


def find_rule(word: str) -> Rule | None:
    """The rule of this code or name, in any case."""
    return next((rule for rule in RULES if word.lower() in {rule.code.lower(), rule.name}), None)


def source_address(name: str, settings: Settings) -> str:
    """Where the answers of the source of this name are said to come from; the name itself when there is none."""
    return next((spec.address(settings) for spec in SOURCES if spec.name == name), name)


@dataclass(frozen=True, slots=True)
class LookupPolicy:
    """How a run looks things up: for which day, how long stored answers are served, whether it may ask at all.

    `read_on` says when cited pages were read, so that a dead one's archived copy of that time can be named.
    """

    as_of: date
    lives: CacheTtl
    offline: bool = False
    refresh: bool = False
    read_on: Mapping[Identifier, date] = field(default_factory=dict)


def shortest_ttl(policies: Iterable[Policy]) -> CacheTtl:
    """How long stored answers are served when several files are checked in one run: the shortest of their policies."""
    ttls = [policy.lives for policy in policies] or [CacheTtl()]
    return CacheTtl(
        status=min(ttl.status for ttl in ttls),
        metadata=min(ttl.metadata for ttl in ttls),
        page=min(ttl.page for ttl in ttls),
    )


def source_slot(spec: SourceSpec, source: Source) -> SourceSlot:
    """The place of a source in the order of asking."""
    return SourceSlot(spec.name, spec.kinds, source, spec.after, spec.also)


def locked_sources(
    entries: Mapping[Identifier, LockEntry], reasons: Mapping[Identifier, str], clock: Clock
) -> tuple[SourceSlot, ...]:
    """The sources of a run that asks the lock alone, in the order of a run that asks the services.

    `reasons` say why an identifier is not to be answered by its lock.
    """
    locked = Locked(entries, reasons, "not in the lock file; an online run with --update-lock adds it", clock)
    return tuple(source_slot(spec, replace(locked, overruled=spec.overrules)) for spec in SOURCES)
