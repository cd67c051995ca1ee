"""What differs between two runs: what is new, what stays, what is resolved, and what nobody knows today.

*Unknown is never a pass*: a finding that rests on a look-up is resolved only when everything that it
rests on answered. When PubMed is down for a day, yesterday's retraction is not resolved, and
tomorrow it is not news. Nor is it resolved when the later run did not look at its file, did not show its
rule, did not read the monograph in which it stands, or when the record that said it, or the identifier that led
there, is gone.
"""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Set as AbstractSet
from enum import Enum, auto

from evidence.findings import Finding
from evidence.history.earlier import EarlierState, Recorded, which
from evidence.history.news import news_between
from evidence.model.outcomes import State
from evidence.report import Changes
from evidence.rules import NEVER_WAIVED_FAMILIES

_ARTICLES = frozenset({"pubmed", "pmc", "crossref", "doi"})
_RESTS_ON = {
    "RET": _ARTICLES,
    "MET": _ARTICLES,
    "IDN": _ARTICLES,
    "SPL": frozenset({"dailymed"}),
    "LNK": frozenset({"web"}),
}
"""The sources that a family's findings rest on; other families rest on all."""

_OF_THE_WORK = ("RET", "SPL002", "SPL003")
"""What is true of the work itself: giving another identifier for it, or none, makes it no less true."""

_OF_THE_RECORD = (*_OF_THE_WORK, "MET")
"""What a record says: nothing says it any more when its source no longer knows the record, which mends nothing."""

_DECIDED = frozenset({State.FOUND, State.NOT_FOUND})

_SILENCE = frozenset({"LNK002", "LNK003", "LNK004"})
"""Findings that a page gave no answer today: another of them takes their place, whatever is known of the page."""

_NO_PAGE = frozenset({"LNK001", "LNK006"}) | _SILENCE
_REPLACED_BY = {
    **dict.fromkeys(_NO_PAGE, _NO_PAGE),
    **dict.fromkeys(("LNK005", "LNK008"), _NO_PAGE),
    **dict.fromkeys(("SPL002", "SPL003"), frozenset({"SPL001"})),
    **dict.fromkeys((f"MET00{number}" for number in range(1, 6)), frozenset({"MET006"})),
    "ACC006": frozenset({"ACC001"}),
    "ACC001": frozenset({"ACC006"}),
}
"""Findings on the same thing: when a new one of these comes, the older is not resolved but replaced."""


_OF_ALL_DASHES = "STY001"
"""What is found in a citation for what the others have, those of the monograph among them."""


class _Fate(Enum):
    """What became of a finding that the later run does not make any more."""

    RESOLVED = auto()
    REPLACED = auto()
    UNJUDGED = auto()


def changes_between(earlier: Recorded, later: Recorded, needs_lookup: Container[str]) -> Changes:
    """What differs in the later run.

    Args:
        earlier: The run to compare with. What it could not judge counts as still found.
        later: The run that is told about.
        needs_lookup: Codes of the rules that judge what services and pages answered.
    """
    baseline = {which(finding): finding for finding in (*earlier.findings, *earlier.unjudged)}
    found = {which(finding): finding for finding in later.findings}
    covered = {which(finding) for finding in earlier.waived}
    quiet = {which(finding) for finding in (*later.ignored, *later.waived)}  # still there: nothing is resolved
    new = {key: finding for key, finding in found.items() if key not in baseline}
    missing = [finding for key, finding in baseline.items() if key not in found and key not in quiet]
    fates: dict[_Fate, list[Finding]] = {fate: [] for fate in _Fate}
    unseen = [finding for finding in later.unjudged if which(finding) not in baseline]  # came up between the two
    for finding in missing:
        fates[_fate(finding, earlier, later, tuple(new.values()), needs_lookup)].append(finding)
    return Changes(
        since=earlier.run,
        new=tuple(finding.fingerprint for finding in new.values()),
        fresh=frozenset(new),
        persisting=tuple(finding.fingerprint for key, finding in found.items() if key in baseline),
        resolved=tuple(fates[_Fate.RESOLVED]),
        replaced=tuple(fates[_Fate.REPLACED]),
        unjudged=(*fates[_Fate.UNJUDGED], *unseen),
        ignored=tuple(finding.fingerprint for finding in later.ignored),
        waived=tuple(finding.fingerprint for finding in later.waived),
        newly_waived=tuple(finding.fingerprint for finding in later.waived if which(finding) not in covered),
        news=news_between(
            earlier, later, (*new.values(), *unseen), tuple(fates[_Fate.RESOLVED]), tuple(fates[_Fate.REPLACED])
        ),
    )


def _fate(
    finding: Finding, earlier: Recorded, later: Recorded, new: tuple[Finding, ...], needs_lookup: Container[str]
) -> _Fate:
    home = later.scope.home(earlier.scope.home(finding.place.path))
    if not later.scope.has(home) or not later.scope.selection.shows(finding):
        return _Fate.UNJUDGED
    whose = (home, finding.reference or "")
    is_gone = finding.reference is not None and whose not in later.references
    if not is_gone and _is_unread(finding, earlier.scope.texts, later.scope.texts):
        return _Fate.UNJUDGED
    if finding.reference is None or is_gone:
        return _Fate.RESOLVED
    replaced = any(_takes_the_place_of(other, finding) for other in new)
    if replaced and finding.code in _SILENCE:
        return _Fate.REPLACED
    if finding.code in needs_lookup or finding.code.startswith(NEVER_WAIVED_FAMILIES):
        if _is_open(finding, later.references[whose]):
            return _Fate.UNJUDGED
        replaced |= whose in earlier.references and _is_lost(
            finding, earlier.references[whose], later.references[whose]
        )
    return _Fate.REPLACED if replaced else _Fate.RESOLVED


def _is_unread(finding: Finding, before: AbstractSet[str], now: AbstractSet[str]) -> bool:
    """Whether the monograph that the finding rests on was not read in the later run, nor another in its place."""
    if now - before:
        return False
    if finding.printed is not None:
        return finding.printed.path not in now
    if finding.code.startswith("CIT"):
        return not now or bool(before - now)
    return finding.code == _OF_ALL_DASHES and bool(before - now)


def _takes_the_place_of(other: Finding, finding: Finding) -> bool:
    same = (other.place.path, other.reference) == (finding.place.path, finding.reference)
    return same and (other.code == finding.code or other.code in _REPLACED_BY.get(finding.code, ()))


def _is_open(finding: Finding, known: EarlierState) -> bool:
    """Whether something that the finding rests on told nothing in the later run."""
    sources = _RESTS_ON.get(finding.code[:3])
    asked = [(source, state) for source, state in known.lookups if sources is None or source in sources]
    silent = known.unchecked if sources is None else known.unchecked & sources
    return bool(silent) or any(state not in _DECIDED for _, state in asked)


def _is_lost(finding: Finding, before: EarlierState, now: EarlierState) -> bool:
    """Whether what may have said so is no longer heard: the record is gone, or the identifier that led to it."""
    sources = _RESTS_ON.get(finding.code[:3], frozenset())
    spoke = {source for source, state in before.lookups if state is not State.NOT_FOUND or source in before.unchecked}
    asked, found = (dict(now.lookups).keys(), {source for source, state in now.lookups if state is State.FOUND})
    lost = sources & spoke - found
    if finding.code.startswith(_OF_THE_RECORD) and lost & asked:
        return True
    changed = before.identifiers != now.identifiers
    return changed and finding.code.startswith(_OF_THE_WORK) and bool(lost)
