"""What happened to the references between two runs, what matters most first.

Only what happened to a reference that was there before, under the same identifiers, is news: a dead
link that somebody adds is a finding, but nothing that happened since.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.findings import Finding
from evidence.history.earlier import Recorded, Whose, which
from evidence.model.outcomes import State
from evidence.model.policy import Severity
from evidence.report import News, NewsKind
from evidence.rules import VOIDING

_KINDS = {
    "RET001": NewsKind.RETRACTED,
    "RET003": NewsKind.CONCERN,
    "RET007": NewsKind.CONCERN,  # another source says retracted or concern, ours does not yet
    "SPL002": NewsKind.LABEL_REVISED,
    "SPL003": NewsKind.LABEL_REVISED,
    "LNK001": NewsKind.DIED,
    "IDN003": NewsKind.DIED,
    "SPL001": NewsKind.DIED,
    "LNK003": NewsKind.UNREACHABLE,
    "LNK005": NewsKind.MOVED,
    "IDN005": NewsKind.MOVED,
    "LNK006": NewsKind.DRIFTED,
    "LNK008": NewsKind.DRIFTED,
    "RET004": NewsKind.CORRECTED,
    "RET005": NewsKind.CORRECTED,
    "RET006": NewsKind.CORRECTED,
}
_GONE = frozenset({"LNK001", "LNK003", "LNK006", "IDN003", "SPL001"})
_RANKS = {kind: rank for rank, kind in enumerate(NewsKind)}


def news_between(
    earlier: Recorded,
    later: Recorded,
    new: tuple[Finding, ...],
    resolved: tuple[Finding, ...],
    replaced: tuple[Finding, ...],
) -> tuple[News, ...]:
    """The news of the later run: of a reference at most one of each kind, those of one kind in its order."""
    known = [whose for whose, now in later.references.items() if _is_same(earlier, whose, now.identifiers)]
    told = [
        *_from_findings(earlier, frozenset(known), new),
        *_revised(earlier, later, known),
        *_recovered(later, frozenset(known), resolved),
        *_pointed_elsewhere(earlier, later, replaced),
        *_came_and_went(earlier, later, new),
    ]
    firsts: dict[tuple[NewsKind, str, str], News] = {}
    for one in told:
        firsts.setdefault((one.kind, one.path, one.reference), one)
    retracted = {(one.path, one.reference) for one in firsts.values() if one.kind is NewsKind.RETRACTED}
    for path, reference in retracted:  # that sources disagree on it says no more
        firsts.pop((NewsKind.CONCERN, path, reference), None)
    order = {whose: place for place, whose in enumerate(dict.fromkeys([*later.references, *earlier.references]))}
    return tuple(
        sorted(firsts.values(), key=lambda one: (_RANKS[one.kind], -one.severity, order[one.path, one.reference]))
    )


def _is_same(earlier: Recorded, whose: Whose, identifiers: frozenset[str]) -> bool:
    return whose in earlier.references and earlier.references[whose].identifiers == identifiers


def _whose(finding: Finding) -> Whose:
    return (finding.place.path, finding.reference or "")


def _from_findings(earlier: Recorded, known: frozenset[Whose], new: tuple[Finding, ...]) -> Iterator[News]:
    silenced = {which(finding) for finding in (*earlier.ignored, *earlier.waived)}  # known, if not counted
    for finding in new:
        kind = _KINDS.get(finding.code)
        told = earlier.scope.judges(finding) and which(finding) not in silenced
        if kind is not None and told and _whose(finding) in known:
            path, reference = _whose(finding)
            yield News(kind, reference, path, finding.message, finding.severity)


def _revised(earlier: Recorded, later: Recorded, known: list[Whose]) -> Iterator[News]:
    """Labels with another version than before, also where `accessed` is younger and nothing is found."""
    for whose in known:
        before, now = earlier.references[whose].label_version, later.references[whose].label_version
        if before is not None and now is not None and before != now:
            path, reference = whose
            message = f"DailyMed has published version {now} of the label; before it was {before}"
            yield News(NewsKind.LABEL_REVISED, reference, path, message, Severity.INFO)


def _recovered(later: Recorded, known: frozenset[Whose], resolved: tuple[Finding, ...]) -> Iterator[News]:
    for finding in resolved:
        whose = _whose(finding)
        if finding.code in _GONE and whose in known and later.references[whose].state is State.FOUND:
            path, reference = whose
            yield News(NewsKind.RECOVERED, reference, path, f"found again; before: {finding.message}", Severity.INFO)


def _pointed_elsewhere(earlier: Recorded, later: Recorded, replaced: tuple[Finding, ...]) -> Iterator[News]:
    """Retracted works (or doubted, or corrected ones) that the entry now names in a way that does not lead there."""
    for finding in sorted(replaced, key=lambda one: -one.severity):
        whose = _whose(finding)
        if not finding.code.startswith("RET") or whose not in earlier.references or whose not in later.references:
            continue
        gone = earlier.references[whose].identifiers - later.references[whose].identifiers
        if gone:
            path, reference = whose
            told = f"identifier changed: without {', '.join(sorted(gone))} nobody is asked about {finding.code}"
            yield News(NewsKind.REMOVED, reference, path, f"{told} {finding.name}", finding.severity)


def _came_and_went(earlier: Recorded, later: Recorded, new: tuple[Finding, ...]) -> Iterator[News]:
    """What stands in a file that both runs judged, and did not before; and the other way about."""
    for path, reference in later.references.keys() - earlier.references.keys():
        if not earlier.scope.has(path):
            continue
        own = [finding for finding in new if _whose(finding) == (path, reference)]
        worst = [finding.severity for finding in own]
        graves = [f"{worst.count(severity)} {severity}" for severity in (Severity.ERROR, Severity.WARNING)]
        counts = [grave if grave.startswith("1 ") else f"{grave}s" for grave in graves if grave[0] != "0"]
        void = [finding for finding in own if finding.code in VOIDING]
        told = ", ".join([*(f"{finding.code} {finding.name} ({finding.message})" for finding in void), *counts])
        severity = max((finding.severity for finding in void), default=Severity.INFO)
        yield News(NewsKind.ADDED, reference, path, f"new in the file{told and f': {told}'}", severity)
    for path, reference in earlier.references.keys() - later.references.keys():
        if later.scope.has(path):
            yield News(NewsKind.REMOVED, reference, path, "no longer in the file", Severity.INFO)
