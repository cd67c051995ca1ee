"""The composition root: the one explicit list of rules, and on what terms and by which lanes a run looks up.

The sources that ask are put together in `evidence.app.sources`: a locked run, which is to be quick, does without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.app.judge import RuleSet
from evidence.app.lookup import SourceSlot
from evidence.model.findings import Finding
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import CacheTtl, Policy
from evidence.model.ports import Clock
from evidence.model.rule import VOIDING, Rule
from evidence.rules import accessed, citations, identifiers, labels, links, metadata, signoffs, style, waivers
from evidence.rules import reference as entries
from evidence.rules import retractions as agreement
from evidence.rules import retractions as notices
from evidence.rules.filecase import LibraryCase
from evidence.rules.identifiers import caveat
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchLimits as PageLimits
from evidence.sources.http.visit import Route
from evidence.sources.locked import Locked
from evidence.storage.lock import LockEntry

RULES: tuple[Rule, ...] = (
    *entries.RULES,
    *identifiers.RULES,
    *links.RULES,
    *notices.RULES,
    *agreement.AGREEMENT_RULES,
    *labels.RULES,
    *accessed.RULES,
    *metadata.RULES,
    *style.RULES,
    *citations.RULES,
    *waivers.RULES,
    *signoffs.RULES,
)
"""Every rule, in the order of its documentation."""

_OF_FILES = (entries.library_findings, citations.citation_findings)
_APART = frozenset(
    {entries.UNUSED_IGNORE.code, *(rule.code for rule in (*citations.RULES, *waivers.RULES, *signoffs.RULES))}
)


def _library_findings(whole: LibraryCase) -> Iterator[Finding]:
    """What the rules say that judge a file as a whole."""
    for findings in _OF_FILES:
        yield from findings(whole)


RULING = RuleSet(
    rules=tuple(rule for rule in RULES if rule.code not in _APART),
    unused_ignore=entries.UNUSED_IGNORE,
    unused_ignores=entries.unused_ignores,
    unignorable=VOIDING,
    library_findings=_library_findings,
    doubt=caveat,
    folded=style.merge_common,
    of_text=frozenset(rule.code for rule in citations.RULES),
    closing_findings=signoffs.sign_off_findings,
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
class LookupPolicy:
    """The terms on which a run looks things up: its day, its lives, and whether it may ask at all.

    `read_on` says when cited pages were read, so that a dead one's archived copy of that time can be named.
    """

    as_of: date
    lives: CacheTtl
    offline: bool = False
    refresh: bool = False
    read_on: Mapping[Identifier, date] = field(default_factory=dict)


def shortest_ttl(policies: Iterable[Policy]) -> CacheTtl:
    """The lives to look up by when several files are checked in one run: of each, the shortest."""
    lives = [policy.lives for policy in policies] or [CacheTtl()]
    return CacheTtl(
        status=min(life.status for life in lives),
        metadata=min(life.metadata for life in lives),
        page=min(life.page for life in lives),
    )


SOURCED = frozenset(IdKind) - {IdKind.NCT}
"""The kinds of identifier that some lane answers for."""


def locked_sources(
    entries: Mapping[Identifier, LockEntry], reasons: Mapping[Identifier, str], clock: Clock
) -> tuple[SourceSlot, ...]:
    """The lanes of a run that asks the lock alone, in the order of those of a run that asks the services.

    `reasons` say why an identifier is not to be answered by its lock.
    """
    locked = Locked(entries, reasons, "not in the lock file; an online run with --update-lock adds it", clock)
    dois = frozenset({IdKind.DOI})
    return (
        SourceSlot("ncbi", frozenset({IdKind.PMID}), locked),
        SourceSlot("pmc", frozenset({IdKind.PMCID}), locked, after="ncbi"),
        SourceSlot("dailymed", frozenset({IdKind.SETID}), locked),
        SourceSlot("doi", dois, replace(locked, disbelieved=frozenset({"crossref"}))),
        SourceSlot("crossref", frozenset(), locked, after="pmc", learns=dois),
        SourceSlot("web", frozenset({IdKind.URL}), locked),
    )
