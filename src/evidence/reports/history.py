"""A run as far as it is compared with another: of a report at hand, or read from the document kept of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Any, TypeGuard

from evidence.model.findings import Finding, Selection
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Observation, State, state_of
from evidence.model.policy import Severity
from evidence.model.records import Label, Record
from evidence.model.references import Place, Reference
from evidence.model.report import MONOGRAPH, Changes, EarlierRun, Mode, News, NewsKind, Report, ReportedObservation
from evidence.model.rule import Absence, FactOf, Lookup, Rule, Subject

# A run as far as it is compared with another: of a report at hand, or read from the document kept of one.

EARLIER_RUNS = 60
"""Earlier runs whose figures a report carries, the newest."""

Document = Mapping[str, Any]

ReferenceKey = tuple[str, str]
"""A reference over runs: its file's path and its id."""

FindingKey = tuple[str, str]
"""A finding over runs: its file's path and its fingerprint."""


@dataclass(frozen=True, slots=True)
class EarlierState:
    """What a run knew of one reference.

    `identifiers` are printed (`pmid:23359310`). `label_version` is None where no label was found. `lookups`
    pairs each source asked with what came of it, `unchecked` names the sources that told nothing.
    `asked` are the identifiers, printed, whose past the run carries in `past`.
    """

    identifiers: frozenset[str]
    state: State
    label_version: str | None = None
    lookups: tuple[tuple[str, State], ...] = ()
    unchecked: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    past: tuple[ReportedObservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run judged: these files (None: any), showing what the rules of this selection find.

    `homes` are the libraries of files that were read beside one, by the path of such a file; `texts` are the
    monographs that were read.
    """

    paths: frozenset[str] | None = None
    selection: Selection = Selection()  # noqa: RUF009 - frozen
    homes: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    def home(self, path: str) -> str:
        """The library of a file: itself, or the one beside which it was read."""
        return self.homes.get(path, path)

    def has(self, path: str) -> bool:
        """Whether the run judged this file."""
        return self.paths is None or path in self.paths

    def judges(self, finding: Finding) -> bool:
        """Whether the run would have shown this finding, had it made it."""
        return self.has(finding.place.path) and self.selection.shows(finding)


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A finished run as it is compared with another; `unjudged` are findings that it could not decide on."""

    run: EarlierRun
    references: Mapping[ReferenceKey, EarlierState]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    earlier: tuple[EarlierRun, ...] = ()
    scope: Scope = Scope()


def run_of_report(report: Report) -> RecordedRun:
    """What a report says, without what is still to be worked out by comparing it."""
    silent: dict[ReferenceKey, set[str]] = {}
    for item in report.unchecked:
        silent.setdefault((item.path, item.reference), set()).add(item.source)
    references = {}
    for result in report.references:
        whose = (result.reference.place.path, result.reference.id)
        references[whose] = EarlierState(
            identifiers=identifier_texts(result.reference),
            state=result.state,
            label_version=str(result.record.current.version) if _is_known(result.record) else None,
            lookups=tuple((answer.source, state_of(answer.outcome)) for answer in result.answers),
            unchecked=frozenset(silent.get(whose, ())),
        )
    run = report.run
    return RecordedRun(
        run=EarlierRun(
            id=run.id,
            as_of=run.as_of,
            finished=run.finished,
            mode=run.mode,
            errors=report.count(Severity.ERROR),
            warnings=report.count(Severity.WARNING),
            infos=report.count(Severity.INFO),
            unchecked=len(report.unchecked),
            states=Counter(result.state for result in report.references),
        ),
        references=references,
        findings=report.findings,
        ignored=tuple(item.finding for item in report.ignored),
        waived=tuple(item.finding for item in report.waived),
        scope=_scope(
            ((item.path, item.of) for item in run.inputs if not item.is_monograph),
            (item.path for item in run.inputs if item.is_monograph),
            Selection(frozenset(run.select), frozenset(run.ignore)),
        ),
    )


def _scope(inputs: Iterable[tuple[str, str | None]], texts: Iterable[str], selection: Selection) -> Scope:
    homes = dict(inputs)
    beside = {path: home for path, home in homes.items() if home is not None}
    return Scope(frozenset(homes), selection, beside, frozenset(texts))


def identifier_texts(reference: Reference) -> frozenset[str]:
    """The reference's identifiers as its report names them: of each kind the first."""
    firsts: dict[IdKind, str] = {}
    for identifier in reference.identifiers:
        firsts.setdefault(identifier.kind, str(identifier))
    return frozenset(firsts.values())


def _is_known(record: Record | None) -> TypeGuard[Label]:
    return isinstance(record, Label) and bool(record.versions)


def finding_key(finding: Finding) -> FindingKey:
    """A finding's identity over runs: two files may have references of the same id."""
    return (finding.place.path, finding.fingerprint)


def run_of_json(kept: bytes) -> RecordedRun | None:
    """What the kept bytes of a report say; None when they are no report that this version understands."""
    document = json.loads(kept)
    return run_of_document(document) if isinstance(document, dict) and document.get("version") == 1 else None


def run_of_document(document: Document) -> RecordedRun:
    """What a report's document says, also one of an earlier version that lacks what came later."""
    silent: dict[ReferenceKey, set[str]] = {}
    for item in document["unchecked"]:
        silent.setdefault((item["path"], item["reference"]), set()).add(item["source"])
    changes, run = document.get("changes") or {}, document["run"]
    return RecordedRun(
        run=_run(document),
        references={
            (one["path"], one["id"]): _known(one, silent.get((one["path"], one["id"]), set()))
            for one in document["references"]
        },
        findings=tuple(_findings(document["findings"])),
        ignored=tuple(_findings(document.get("ignored", ()))),
        waived=tuple(_findings(document.get("waived", ()))),
        unjudged=tuple(_findings(changes.get("unjudged", ()))),
        earlier=tuple(_earlier(one) for one in document.get("earlier_runs", ())),
        scope=_scope(
            _read_with(run),
            (one["path"] for one in run["inputs"] if one.get("role") == MONOGRAPH),
            Selection(frozenset(run.get("select", ())), frozenset(run.get("ignore", ()))),
        ),
    )


def _read_with(run: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The references files and what was read beside them, each with the file that it stands beside."""
    return ((one["path"], one.get("of")) for one in run["inputs"] if one.get("role") != MONOGRAPH)


def _known(one: Mapping[str, Any], silent: set[str]) -> EarlierState:
    record = one["record"] or {}
    carries = "history" in one  # reports of earlier versions do not
    return EarlierState(
        identifiers=frozenset(f"{kind}:{value}" for kind, value in one["identifiers"].items()),
        state=State(one["state"]),
        label_version=record.get("version") if "setid" in one["identifiers"] else None,
        lookups=tuple((lookup["source"], State(lookup["state"])) for lookup in one["lookups"]),
        unchecked=frozenset(silent),
        asked=frozenset(lookup["identifier"] for lookup in one["lookups"]) if carries else frozenset(),
        past=tuple(one["history"]) if carries else (),
    )


def _findings(told: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    for one in told:
        printed_at = one.get("printed")  # reports of earlier versions have none
        yield Finding(
            code=one["code"],
            name=one["name"],
            severity=Severity[one["severity"].upper()],
            reference=one["reference"],
            place=_place(one),
            message=one["message"],
            fingerprint=one["fingerprint"],
            suggestion=one["suggestion"],
            printed=_place(printed_at) if printed_at else None,
        )


def _place(at: Mapping[str, Any]) -> Place:
    return Place(at["path"], at["line"], at["column"], in_paragraphs=at.get("unit") == "paragraph")


def _run(document: Document) -> EarlierRun:
    run, summary = document["run"], document["summary"]
    return EarlierRun(
        id=run["id"],
        as_of=date.fromisoformat(run["as_of"]),
        finished=datetime.fromisoformat(run["finished"]),
        mode=Mode(run["mode"]),
        errors=summary["errors"],
        warnings=summary["warnings"],
        infos=summary["infos"],
        unchecked=summary["unchecked"],
        states=Counter(State(one["state"]) for one in document["references"]),
    )


def _earlier(one: Mapping[str, Any]) -> EarlierRun:
    return EarlierRun(
        id=one["run"],
        as_of=date.fromisoformat(one["as_of"]),
        finished=datetime.fromisoformat(one["finished"]),
        mode=Mode(one["mode"]),
        errors=one["errors"],
        warnings=one["warnings"],
        infos=one["infos"],
        unchecked=one["unchecked"],
        states={State(name): number for name, number in one["states"].items()},
    )


# What happened to the references between two runs, what matters most first.

_RANKS = {kind: rank for rank, kind in enumerate(NewsKind)}


def news_between(
    earlier: RecordedRun,
    later: RecordedRun,
    new: tuple[Finding, ...],
    resolved: tuple[Finding, ...],
    replaced: tuple[Finding, ...],
    *,
    rules: Mapping[str, Rule],
) -> tuple[News, ...]:
    """The news of the later run: of a reference at most one of each kind, those of one kind in its order."""
    known = [whose for whose, now in later.references.items() if _is_same(earlier, whose, now.identifiers)]
    told = [
        *_from_findings(earlier, frozenset(known), new, rules),
        *_revised(earlier, later, known),
        *_recovered(later, frozenset(known), resolved, rules),
        *_pointed_elsewhere(earlier, later, replaced, rules),
        *_came_and_went(earlier, later, new, rules),
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


def _is_same(earlier: RecordedRun, whose: ReferenceKey, identifiers: frozenset[str]) -> bool:
    return whose in earlier.references and earlier.references[whose].identifiers == identifiers


def _whose(finding: Finding) -> ReferenceKey:
    return (finding.place.path, finding.reference or "")


def _from_findings(
    earlier: RecordedRun, known: frozenset[ReferenceKey], new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    silenced = {finding_key(finding) for finding in (*earlier.ignored, *earlier.waived)}  # known, if not counted
    for finding in new:
        kind = rules[finding.code].news if finding.code in rules else None
        told = earlier.scope.judges(finding) and finding_key(finding) not in silenced
        if kind is not None and told and _whose(finding) in known:
            path, reference = _whose(finding)
            yield News(kind, reference, path, finding.message, finding.severity)


def _revised(earlier: RecordedRun, later: RecordedRun, known: list[ReferenceKey]) -> Iterator[News]:
    """Labels with another version than before, also where `accessed` is younger and nothing is found."""
    for whose in known:
        before, now = earlier.references[whose].label_version, later.references[whose].label_version
        if before is not None and now is not None and before != now:
            path, reference = whose
            message = f"DailyMed has published version {now} of the label; before it was {before}"
            yield News(NewsKind.LABEL_REVISED, reference, path, message, Severity.INFO)


def _recovered(
    later: RecordedRun, known: frozenset[ReferenceKey], resolved: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    gone = {rule.code for rule in rules.values() if rule.absence in (Absence.LASTING, Absence.GONE)}
    for finding in resolved:
        whose = _whose(finding)
        if finding.code in gone and whose in known and later.references[whose].state is State.FOUND:
            path, reference = whose
            yield News(NewsKind.RECOVERED, reference, path, f"found again; before: {finding.message}", Severity.INFO)


def _pointed_elsewhere(
    earlier: RecordedRun, later: RecordedRun, replaced: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    """Retracted works (or doubted, or corrected ones) that the entry now names in a way that does not lead there."""
    for finding in sorted(replaced, key=lambda one: -one.severity):
        whose = _whose(finding)
        rule = rules.get(finding.code)
        of_article = rule is not None and rule.fact_of is FactOf.WORK and rule.needs is Lookup.ARTICLE
        if not of_article or whose not in earlier.references or whose not in later.references:
            continue
        gone = earlier.references[whose].identifiers - later.references[whose].identifiers
        if gone:
            path, reference = whose
            told = f"identifier changed: without {', '.join(sorted(gone))} nobody is asked about {finding.code}"
            yield News(NewsKind.REMOVED, reference, path, f"{told} {finding.name}", finding.severity)


def _came_and_went(
    earlier: RecordedRun, later: RecordedRun, new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    """What stands in a file that both runs judged, and did not before; and the other way about."""
    for path, reference in later.references.keys() - earlier.references.keys():
        if not earlier.scope.has(path):
            continue
        own = [finding for finding in new if _whose(finding) == (path, reference)]
        worst = [finding.severity for finding in own]
        graves = [f"{worst.count(severity)} {severity}" for severity in (Severity.ERROR, Severity.WARNING)]
        counts = [grave if grave.startswith("1 ") else f"{grave}s" for grave in graves if grave[0] != "0"]
        void = [finding for finding in own if finding.code in rules and rules[finding.code].voids]
        told = ", ".join([*(f"{finding.code} {finding.name} ({finding.message})" for finding in void), *counts])
        severity = max((finding.severity for finding in void), default=Severity.INFO)
        yield News(NewsKind.ADDED, reference, path, f"new in the file{told and f': {told}'}", severity)
    for path, reference in earlier.references.keys() - later.references.keys():
        if later.scope.has(path):
            yield News(NewsKind.REMOVED, reference, path, "no longer in the file", Severity.INFO)


# What differs between two runs: what is new, what stays, what is resolved, and what nobody knows today.

_SOURCES = {
    Lookup.ARTICLE: frozenset({"pubmed", "pmc", "crossref", "doi"}),
    Lookup.LABEL: frozenset({"dailymed"}),
    Lookup.PAGE: frozenset({"web"}),
}
"""The sources that findings rest on, by what their rule needs; other findings rest on all."""

_DECIDED = frozenset({State.FOUND, State.NOT_FOUND})


class _Fate(Enum):
    """What became of a finding that the later run does not make any more."""

    RESOLVED = auto()
    REPLACED = auto()
    UNJUDGED = auto()


def changes_between(earlier: RecordedRun, later: RecordedRun, rules: Mapping[str, Rule]) -> Changes:
    """What differs in the later run.

    Args:
        earlier: The run to compare with. What it could not judge counts as still found.
        later: The run that is told about.
        rules: All rules by their codes.
    """
    baseline = {finding_key(finding): finding for finding in (*earlier.findings, *earlier.unjudged)}
    found = {finding_key(finding): finding for finding in later.findings}
    covered = {finding_key(finding) for finding in earlier.waived}
    quiet = {finding_key(finding) for finding in (*later.ignored, *later.waived)}  # still there: nothing is resolved
    new = {key: finding for key, finding in found.items() if key not in baseline}
    missing = [finding for key, finding in baseline.items() if key not in found and key not in quiet]
    fates: dict[_Fate, list[Finding]] = {fate: [] for fate in _Fate}
    unseen = [finding for finding in later.unjudged if finding_key(finding) not in baseline]  # came up between the two
    for finding in missing:
        fates[_fate(finding, earlier, later, tuple(new.values()), rules)].append(finding)
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
        newly_waived=tuple(finding.fingerprint for finding in later.waived if finding_key(finding) not in covered),
        news=news_between(
            earlier,
            later,
            (*new.values(), *unseen),
            tuple(fates[_Fate.RESOLVED]),
            tuple(fates[_Fate.REPLACED]),
            rules=rules,
        ),
    )


def _fate(
    finding: Finding, earlier: RecordedRun, later: RecordedRun, new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> _Fate:
    rule = rules.get(finding.code)
    home = later.scope.home(earlier.scope.home(finding.place.path))
    if not later.scope.has(home) or not later.scope.selection.shows(finding):
        return _Fate.UNJUDGED
    whose = (home, finding.reference or "")
    is_gone = finding.reference is not None and whose not in later.references
    if not is_gone and rule is not None and _is_unread(finding, rule, earlier.scope.texts, later.scope.texts):
        return _Fate.UNJUDGED
    if finding.reference is None or is_gone:
        return _Fate.RESOLVED
    superseding = {finding.code, *(rule.superseded_by if rule is not None else ())}
    place = (finding.place.path, finding.reference)
    replaced = any(other.code in superseding and (other.place.path, other.reference) == place for other in new)
    if rule is None or (replaced and rule.absence.is_silence):
        return _Fate.REPLACED if replaced else _Fate.RESOLVED
    if rule.needs_lookup or rule.is_of_decisions:
        if _is_open(rule, later.references[whose]):
            return _Fate.UNJUDGED
        replaced |= whose in earlier.references and _is_lost(rule, earlier.references[whose], later.references[whose])
    return _Fate.REPLACED if replaced else _Fate.RESOLVED


def _is_unread(finding: Finding, rule: Rule, before: AbstractSet[str], now: AbstractSet[str]) -> bool:
    """Whether the monograph that the finding rests on was not read in the later run, nor another in its place."""
    if now - before:
        return False
    if finding.printed is not None:
        return finding.printed.path not in now
    if rule.subject is Subject.MONOGRAPH:
        return not now or bool(before - now)
    return rule.subject is Subject.LIST and bool(before - now)


def _is_open(rule: Rule, known: EarlierState) -> bool:
    """Whether something that the rule's findings rest on told nothing in the later run."""
    sources = _SOURCES.get(rule.needs)
    asked = [(source, state) for source, state in known.lookups if sources is None or source in sources]
    silent = known.unchecked if sources is None else known.unchecked & sources
    return bool(silent) or any(state not in _DECIDED for _, state in asked)


def _is_lost(rule: Rule, before: EarlierState, now: EarlierState) -> bool:
    """Whether what may have said so is no longer heard: the record is gone, or the identifier that led to it."""
    sources = _SOURCES.get(rule.needs, frozenset())
    spoke = {source for source, state in before.lookups if state is not State.NOT_FOUND or source in before.unchecked}
    asked, found = (dict(now.lookups).keys(), {source for source, state in now.lookups if state is State.FOUND})
    lost = sources & spoke - found
    if rule.fact_of in (FactOf.RECORD, FactOf.WORK) and lost & asked:
        return True
    changed = before.identifiers != now.identifiers
    return changed and rule.fact_of is FactOf.WORK and bool(lost)


# What earlier runs saw of a reference, as every report carries it on.

OBSERVATIONS_CARRIED = 60
"""Sights per reference that a report carries, the newest."""


def reported_observation(seen: Observation) -> ReportedObservation:
    """An observation in the words of the report."""
    return {
        "run": seen.run,
        "as_of": seen.as_of.isoformat(),
        "at": seen.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "identifier": str(seen.identifier),
        "source": seen.source,
        "state": str(seen.state),
        "detail": seen.detail,
    }


def without_repeats(sights: Iterable[ReportedObservation]) -> list[ReportedObservation]:
    """The sights, oldest first, without those inside a stretch of equal ones from the same source."""
    kept: list[ReportedObservation | None] = []
    ends: dict[tuple[str, str], tuple[int, int]] = {}  # where the last two sights of a source stand
    for sight in sights:
        whose = (sight["identifier"], sight["source"])
        before, last = ends.get(whose, (-1, -1))
        if before >= 0 and _same(kept[before], sight) and _same(kept[last], sight):
            kept[last] = None
            last = before
        ends[whose] = (last, len(kept))
        kept.append(sight)
    return [sight for sight in kept if sight is not None]


def _same(one: ReportedObservation | None, other: ReportedObservation) -> bool:
    return one is not None and one["state"] == other["state"] and one["detail"] == other["detail"]


def reference_history(
    identifiers: Iterable[str],
    carried: Iterable[ReportedObservation],
    fresh: Mapping[str, Iterable[ReportedObservation]],
) -> tuple[ReportedObservation, ...]:
    """A reference's past: what the report before this one carried, and what was seen since.

    Args:
        identifiers: Those of the reference, printed (`pmid:23359310`); sights of others are left out.
        carried: Sights that an earlier report holds, oldest first.
        fresh: Newer sights by identifier, each oldest first.
    """
    own = list(dict.fromkeys(identifiers))
    old = [sight for sight in carried if sight["identifier"] in own]
    new = [sight for identifier in own for sight in fresh.get(identifier, ())]
    if not new:
        return tuple(old)
    new.sort(key=lambda sight: sight["at"])
    return tuple(without_repeats([*old, *new])[-OBSERVATIONS_CARRIED:])
