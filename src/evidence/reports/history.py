"""What differs between two runs: what is new, what stays, what is resolved, what is unknown today, and the news.

A run is compared as far as it is recorded, whether its report is at hand or read from the stored document, also one of
an earlier version that lacks what came later. Every report also carries what earlier runs observed of its references.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from evidence.model.claims import CLAIM_PREFIX, AnchorState
from evidence.model.errors import Place
from evidence.model.outcomes import Observation, State, state_of
from evidence.model.policy import Severity
from evidence.model.records import Label
from evidence.model.report import MONOGRAPH, Changes, EarlierRun, Mode, News, Report, ReportedObservation
from evidence.model.rule import Absence, FactOf, Finding, Lookup, NewsKind, Rule, Selection, Subject
from evidence.model.text import quantity
from evidence.reports.document import masked_document

EARLIER_RUNS = 60
"""Earlier runs whose figures a report carries, the newest."""

MAX_OBSERVATIONS = 60
"""Observations of a reference that a report carries, the newest."""

ReferenceKey = tuple[str, str]
"""A reference over runs: its file's path and its id."""

FindingKey = tuple[str, str]
"""A finding over runs: its file's path and its fingerprint."""

_OF_ARTICLES = frozenset({"pubmed", "pmc", "crossref", "doi"})
_OF_TRIALS = frozenset({"clinicaltrials"})
_SOURCES = {
    Lookup.ARTICLE: _OF_ARTICLES,
    Lookup.REGISTRY: _OF_ARTICLES | _OF_TRIALS,
    Lookup.LABEL: frozenset({"dailymed"}),
    Lookup.LABEL_TEXT: frozenset({"dailymed", "spl"}),
    Lookup.TRIAL: _OF_TRIALS,
    Lookup.PAGE: frozenset({"web"}),
}
"""The sources that findings rest on, by what their rule needs; other findings rest on all."""


@dataclass(frozen=True, slots=True)
class EarlierState:
    """What a run knew of one reference.

    `identifiers` are printed (`pmid:23359310`). `label_version` is None where no label was found. `lookups`
    pairs each source asked with what came of it, `unchecked` names the sources that gave no answer.
    `looked_up` are the identifiers, printed, whose history the run carries in `history`.
    """

    identifiers: frozenset[str]
    state: State
    label_version: str | None = None
    lookups: tuple[tuple[str, State], ...] = ()
    unchecked: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()
    history: tuple[ReportedObservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run judged: these files (None: any), reporting what the rules of this selection find.

    `libraries` are those of files that were read beside one, by the path of such a file; `monographs` are those that
    were read.
    """

    paths: frozenset[str] | None = None
    selection: Selection = Selection()  # noqa: RUF009 - frozen
    libraries: Mapping[str, str] = field(default_factory=dict)
    monographs: frozenset[str] = frozenset()

    def library_of(self, path: str) -> str:
        """The library of a file: itself, or the one beside which it was read."""
        return self.libraries.get(path, path)

    def covers(self, path: str) -> bool:
        """Whether the run judged this file."""
        return self.paths is None or path in self.paths


@dataclass(frozen=True, slots=True)
class ClaimState:
    """What a claim rested on in a run: the ids of its references, and whether a quote could not be looked for then."""

    references: frozenset[str]
    is_unchecked: bool


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A finished run as it is compared with another; `unjudged` are findings that it could not decide on.

    `claims` are those of each library, by its path and the name that findings have for a claim.
    """

    run: EarlierRun
    references: Mapping[ReferenceKey, EarlierState]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    earlier: tuple[EarlierRun, ...] = ()
    scope: Scope = Scope()
    claims: Mapping[ReferenceKey, ClaimState] = field(default_factory=dict)


def finding_key(finding: Finding) -> FindingKey:
    """A finding's identity over runs: two files may have references of the same id."""
    return (finding.place.path, finding.fingerprint)


def _reference_key(finding: Finding) -> ReferenceKey:
    return (finding.place.path, finding.reference or "")


def run_of_report(report: Report) -> RecordedRun:
    """What a report says, without what is still to be worked out by comparing it."""
    unchecked: dict[ReferenceKey, set[str]] = {}
    for item in report.unchecked:
        unchecked.setdefault((item.path, item.reference), set()).add(item.source)
    references = {}
    for result in report.references:
        key = (result.reference.place.path, result.reference.id)
        firsts: dict[str, str] = {}  # as the report names them: of each kind the first
        for identifier in result.reference.identifiers:
            firsts.setdefault(identifier.kind, str(identifier))
        label = result.record
        references[key] = EarlierState(
            identifiers=frozenset(firsts.values()),
            state=result.state,
            label_version=str(label.current.version) if isinstance(label, Label) and label.versions else None,
            lookups=tuple((answer.source, state_of(answer.outcome)) for answer in result.answers),
            unchecked=frozenset(unchecked.get(key, ())),
        )
    run = report.run
    inputs = {item.path: item.of for item in run.inputs if not item.is_monograph}
    claims = {}
    for reported in report.claims:
        path = reported.claim.place.path
        claims[inputs.get(path) or path, reported.claim.key] = ClaimState(
            frozenset(item.reference for item in reported.claim.evidence),
            any(anchor.state is AnchorState.NOT_CHECKED for anchor in reported.anchors),
        )
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
        scope=Scope(
            frozenset(inputs),
            Selection(frozenset(run.select), frozenset(run.ignore)),
            {path: library for path, library in inputs.items() if library is not None},
            frozenset(item.path for item in run.inputs if item.is_monograph),
        ),
        claims=claims,
    )


def run_of_json(stored: bytes) -> RecordedRun | None:
    """What the stored bytes of a report say; None when they are not a report that this version understands."""
    document = json.loads(stored)
    if not isinstance(document, dict) or document.get("version") != 1:
        return None
    return run_of_document(masked_document(document))


def run_of_document(document: Mapping[str, Any]) -> RecordedRun:
    """What a report's document says, also one of an earlier version that lacks what came later."""
    unchecked: dict[ReferenceKey, set[str]] = {}
    for item in document["unchecked"]:
        unchecked.setdefault((item["path"], item["reference"]), set()).add(item["source"])
    references = {}
    for entry in document["references"]:
        key = (entry["path"], entry["id"])
        carries = "history" in entry  # reports of earlier versions do not
        looked_up = frozenset(lookup["identifier"] for lookup in entry["lookups"])
        references[key] = EarlierState(
            identifiers=frozenset(f"{kind}:{value}" for kind, value in entry["identifiers"].items()),
            state=State(entry["state"]),
            label_version=(entry["record"] or {}).get("version") if "setid" in entry["identifiers"] else None,
            lookups=tuple((lookup["source"], State(lookup["state"])) for lookup in entry["lookups"]),
            unchecked=frozenset(unchecked.get(key, ())),
            looked_up=looked_up if carries else frozenset(),
            history=tuple(entry["history"]) if carries else (),
        )
    changes, run = document.get("changes") or {}, document["run"]
    inputs = {item["path"]: item.get("of") for item in run["inputs"] if item.get("role") != MONOGRAPH}
    states = Counter(entry["state"] for entry in document["references"])
    claims = {}
    for claim in document.get("claims", ()):
        anchors = [item["anchor"] for item in claim["evidence"] if item["anchor"] is not None]
        claims[inputs.get(claim["path"]) or claim["path"], f"{CLAIM_PREFIX}{claim['id']}"] = ClaimState(
            frozenset(item["reference"] for item in claim["evidence"]),
            any(anchor["state"] == AnchorState.NOT_CHECKED for anchor in anchors),
        )
    return RecordedRun(
        run=_earlier_run({**document["summary"], **run, "run": run["id"], "states": states}),
        references=references,
        findings=tuple(map(_finding, document["findings"])),
        ignored=tuple(map(_finding, document.get("ignored", ()))),
        waived=tuple(map(_finding, document.get("waived", ()))),
        unjudged=tuple(map(_finding, changes.get("unjudged", ()))),
        earlier=tuple(map(_earlier_run, document.get("earlier_runs", ()))),
        scope=Scope(
            frozenset(inputs),
            Selection(frozenset(run.get("select", ())), frozenset(run.get("ignore", ()))),
            {path: library for path, library in inputs.items() if library is not None},
            frozenset(item["path"] for item in run["inputs"] if item.get("role") == MONOGRAPH),
        ),
        claims=claims,
    )


def _earlier_run(run: Mapping[str, Any]) -> EarlierRun:
    """A run from its figures, as `earlier_run_document` writes them."""
    return EarlierRun(
        id=run["run"],
        as_of=date.fromisoformat(run["as_of"]),
        finished=datetime.fromisoformat(run["finished"]),
        mode=Mode(run["mode"]),
        errors=run["errors"],
        warnings=run["warnings"],
        infos=run["infos"],
        unchecked=run["unchecked"],
        states={State(name): number for name, number in run["states"].items()},
    )


def _finding(finding: Mapping[str, Any]) -> Finding:
    printed = finding.get("printed")  # reports of earlier versions have none
    return Finding(
        code=finding["code"],
        name=finding["name"],
        severity=Severity[finding["severity"].upper()],
        reference=finding["reference"],
        place=_place(finding),
        message=finding["message"],
        fingerprint=finding["fingerprint"],
        suggestion=finding["suggestion"],
        printed=_place(printed) if printed else None,
    )


def _place(place: Mapping[str, Any]) -> Place:
    return Place(place["path"], place["line"], place["column"], in_paragraphs=place.get("unit") == "paragraph")


# What became of the findings.

_VOID = frozenset({NewsKind.RETRACTED, NewsKind.WITHDRAWN})
"""The news that says the gravest of a reference."""

_Fate = Literal["resolved", "replaced", "unjudged"]
"""What became of a finding that the later run does not make any more."""


def changes_between(earlier: RecordedRun, later: RecordedRun, rules: Mapping[str, Rule]) -> Changes:
    """What differs in the later run.

    Args:
        earlier: The run to compare with. What it could not judge counts as still found.
        later: The run that is reported.
        rules: All rules by their codes.
    """
    baseline = {finding_key(finding): finding for finding in (*earlier.findings, *earlier.unjudged)}
    found = {finding_key(finding): finding for finding in later.findings}
    waived_then = {finding_key(finding) for finding in earlier.waived}
    silenced = {finding_key(finding) for finding in (*later.ignored, *later.waived)}  # still there: nothing is resolved
    new = {key: finding for key, finding in found.items() if key not in baseline}
    fates: dict[_Fate, list[Finding]] = {"resolved": [], "replaced": [], "unjudged": []}
    for key, finding in baseline.items():
        if key not in found and key not in silenced:
            fates[_fate(finding, earlier, later, tuple(new.values()), rules)].append(finding)
    resolved, replaced = tuple(fates["resolved"]), tuple(fates["replaced"])
    between = [finding for finding in later.unjudged if finding_key(finding) not in baseline]  # came up between the two
    return Changes(
        since=earlier.run,
        new=tuple(finding.fingerprint for finding in new.values()),
        fresh=frozenset(new),
        persisting=tuple(finding.fingerprint for key, finding in found.items() if key in baseline),
        resolved=resolved,
        replaced=replaced,
        unjudged=(*fates["unjudged"], *between),
        ignored=tuple(finding.fingerprint for finding in later.ignored),
        waived=tuple(finding.fingerprint for finding in later.waived),
        newly_waived=tuple(finding.fingerprint for finding in later.waived if finding_key(finding) not in waived_then),
        news=_news(earlier, later, (*new.values(), *between), resolved, replaced, rules=rules),
    )


def _fate(
    finding: Finding, earlier: RecordedRun, later: RecordedRun, new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> _Fate:
    rule = rules.get(finding.code)
    library = later.scope.library_of(earlier.scope.library_of(finding.place.path))
    if not later.scope.covers(library) or not later.scope.selection.shows(finding):
        return "unjudged"
    key = (library, finding.reference or "")
    is_removed = finding.reference is not None and key not in later.references and key not in later.claims
    if not is_removed and rule is not None and _is_unread(finding, rule, earlier.scope, later.scope):
        return "unjudged"
    if finding.reference is None or is_removed:
        return "resolved"
    superseding = {finding.code, *(rule.superseded_by if rule is not None else ())}
    own = _reference_key(finding)
    replaced = any(other.code in superseding and _reference_key(other) == own for other in new)
    if rule is None or (replaced and rule.absence.is_silence):
        return "replaced" if replaced else "resolved"
    if key in later.claims:
        return "unjudged" if rule.needs_lookup and _is_claim_open(library, later.claims[key], later) else "resolved"
    if rule.needs_lookup or rule.is_of_decisions:
        if _is_open(rule, later.references[key]):
            return "unjudged"
        replaced |= key in earlier.references and _is_lost(rule, earlier.references[key], later.references[key])
    return "replaced" if replaced else "resolved"


def _is_unread(finding: Finding, rule: Rule, before: Scope, now: Scope) -> bool:
    """Whether the monograph that the finding rests on was not read in the later run, nor another in its place."""
    if now.monographs - before.monographs:
        return False
    if finding.printed is not None:
        return finding.printed.path not in now.monographs
    if rule.subject is Subject.MONOGRAPH:
        return not now.monographs or bool(before.monographs - now.monographs)
    return rule.subject is Subject.LIST and bool(before.monographs - now.monographs)


def _is_open(rule: Rule, now: EarlierState) -> bool:
    """Whether something that the rule's findings rest on gave no answer in the later run."""
    sources = _SOURCES.get(rule.needs)
    states = [state for source, state in now.lookups if sources is None or source in sources]
    unchecked = now.unchecked if sources is None else now.unchecked & sources
    return bool(unchecked) or any(state not in {State.FOUND, State.NOT_FOUND} for state in states)


def _is_claim_open(library: str, claim: ClaimState, later: RecordedRun) -> bool:
    """Whether something that a claim rests on gave no answer in the later run."""
    states = (later.references.get((library, name)) for name in claim.references)
    return claim.is_unchecked or any(state is not None and bool(state.unchecked) for state in states)


def _is_lost(rule: Rule, before: EarlierState, now: EarlierState) -> bool:
    """Whether what may have said so is no longer given: the record is lost, or the identifier that led to it."""
    sources = _SOURCES.get(rule.needs, frozenset())
    answered = {
        source for source, state in before.lookups if state is not State.NOT_FOUND or source in before.unchecked
    }
    asked, found = (dict(now.lookups).keys(), {source for source, state in now.lookups if state is State.FOUND})
    lost = sources & answered - found
    if rule.fact_of in (FactOf.RECORD, FactOf.WORK) and lost & asked:
        return True
    changed = before.identifiers != now.identifiers
    return changed and rule.fact_of is FactOf.WORK and bool(lost)


# What happened to the references, what matters most first.


def _news(
    earlier: RecordedRun,
    later: RecordedRun,
    new: tuple[Finding, ...],
    resolved: tuple[Finding, ...],
    replaced: tuple[Finding, ...],
    *,
    rules: Mapping[str, Rule],
) -> tuple[News, ...]:
    """The news of the later run: of a reference at most one of each kind, those of one kind in its order."""
    same = {  # the references that cite in both runs what they cited
        key: (earlier.references[key], now)
        for key, now in later.references.items()
        if key in earlier.references and earlier.references[key].identifiers == now.identifiers
    }
    firsts: dict[tuple[NewsKind, str, str], News] = {}
    for news in (
        *_news_of_findings(earlier, same, new, rules),
        *_revised_labels(same),
        *_recovered(same, resolved, rules),
        *_pointed_elsewhere(earlier, later, replaced, rules),
        *_added_and_removed(earlier, later, new, rules),
    ):
        firsts.setdefault((news.kind, news.path, news.reference), news)
    retracted = {(news.path, news.reference) for news in firsts.values() if news.kind in _VOID}
    for path, reference in retracted:  # that sources disagree on it says no more
        firsts.pop((NewsKind.CONCERN, path, reference), None)
    ranks = {kind: rank for rank, kind in enumerate(NewsKind)}
    order = {key: place for place, key in enumerate(dict.fromkeys([*later.references, *earlier.references]))}
    return tuple(
        sorted(firsts.values(), key=lambda news: (ranks[news.kind], -news.severity, order[news.path, news.reference]))
    )


_SameReferences = Mapping[ReferenceKey, tuple[EarlierState, EarlierState]]


def _news_of_findings(
    earlier: RecordedRun, same: _SameReferences, new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    silenced = {finding_key(finding) for finding in (*earlier.ignored, *earlier.waived)}  # known, if not counted
    for finding in new:
        path, reference = _reference_key(finding)
        kind = rules[finding.code].news if finding.code in rules else None
        judged = earlier.scope.covers(path) and earlier.scope.selection.shows(finding)
        if kind is not None and judged and finding_key(finding) not in silenced and (path, reference) in same:
            yield News(kind, reference, path, finding.message, finding.severity)


def _revised_labels(same: _SameReferences) -> Iterator[News]:
    """Labels with another version than before, also where `accessed` is younger and nothing is found."""
    for (path, reference), (before, now) in same.items():
        if before.label_version and now.label_version and before.label_version != now.label_version:
            message = f"DailyMed label changed from version {before.label_version} to version {now.label_version}"
            yield News(NewsKind.LABEL_REVISED, reference, path, message, Severity.INFO)


def _recovered(same: _SameReferences, resolved: tuple[Finding, ...], rules: Mapping[str, Rule]) -> Iterator[News]:
    unreached = {rule.code for rule in rules.values() if rule.absence in (Absence.LASTING, Absence.VANISHED)}
    for finding in resolved:
        path, reference = key = _reference_key(finding)
        if finding.code in unreached and key in same and same[key][1].state is State.FOUND:
            yield News(NewsKind.RECOVERED, reference, path, f"found again; before: {finding.message}", Severity.INFO)


def _pointed_elsewhere(
    earlier: RecordedRun, later: RecordedRun, replaced: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    """Retracted works (or ones of concern, or corrected) that the entry now names in a way that does not lead there."""
    for finding in sorted(replaced, key=lambda finding: -finding.severity):
        path, reference = key = _reference_key(finding)
        rule = rules.get(finding.code)
        of_article = rule is not None and rule.fact_of is FactOf.WORK and rule.needs is Lookup.ARTICLE
        if not of_article or key not in earlier.references or key not in later.references:
            continue
        dropped = earlier.references[key].identifiers - later.references[key].identifiers
        if dropped:
            message = f"identifier changed: without {', '.join(sorted(dropped))} there is no look-up for {finding.code}"
            yield News(NewsKind.REMOVED, reference, path, f"{message} {finding.name}", finding.severity)


def _added_and_removed(
    earlier: RecordedRun, later: RecordedRun, new: tuple[Finding, ...], rules: Mapping[str, Rule]
) -> Iterator[News]:
    """References of a file that both runs judged which are only in the later, and those only in the earlier."""
    for path, reference in later.references.keys() - earlier.references.keys():
        if not earlier.scope.covers(path):
            continue
        own = [finding for finding in new if _reference_key(finding) == (path, reference)]
        void = [finding for finding in own if finding.code in rules and rules[finding.code].voids]
        facts = [f"{finding.code} {finding.name} ({finding.message})" for finding in void]
        counts = Counter(finding.severity for finding in own)
        facts += [quantity(counts[level], str(level)) for level in (Severity.ERROR, Severity.WARNING) if counts[level]]
        worst = max((finding.severity for finding in void), default=Severity.INFO)
        message = ": ".join(["new in the file", *([", ".join(facts)] if facts else [])])
        yield News(NewsKind.ADDED, reference, path, message, worst)
    for path, reference in earlier.references.keys() - later.references.keys():
        if later.scope.covers(path):
            yield News(NewsKind.REMOVED, reference, path, "no longer in the file", Severity.INFO)


# What earlier runs observed of a reference, as every report carries it on.


def reported_observation(observation: Observation) -> ReportedObservation:
    """An observation in the words of the report."""
    return {
        "run": observation.run,
        "as_of": observation.as_of.isoformat(),
        "at": observation.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "identifier": str(observation.identifier),
        "source": observation.source,
        "state": str(observation.state),
        "detail": observation.detail,
    }


def without_repeats(observations: Iterable[ReportedObservation]) -> list[ReportedObservation]:
    """The observations, oldest first, without those inside a stretch of equal ones from the same source."""
    carried: list[ReportedObservation | None] = []
    ends: dict[tuple[str, str], tuple[int, int]] = {}  # the places of the last two of a source
    for observation in observations:
        key = (observation["identifier"], observation["source"])
        before, last = ends.get(key, (-1, -1))
        if before >= 0 and _is_equal(carried[before], observation) and _is_equal(carried[last], observation):
            carried[last] = None
            last = before
        ends[key] = (last, len(carried))
        carried.append(observation)
    return [observation for observation in carried if observation is not None]


def _is_equal(first: ReportedObservation | None, second: ReportedObservation) -> bool:
    return first is not None and first["state"] == second["state"] and first["detail"] == second["detail"]


def reference_history(
    identifiers: Iterable[str],
    carried: Iterable[ReportedObservation],
    fresh: Mapping[str, Iterable[ReportedObservation]],
) -> tuple[ReportedObservation, ...]:
    """A reference's history: what the report before this one carried, and what was observed since.

    Args:
        identifiers: Those of the reference, printed (`pmid:23359310`); observations of others are left out.
        carried: Observations that an earlier report holds, oldest first.
        fresh: Newer observations by identifier, each oldest first.
    """
    own = list(dict.fromkeys(identifiers))
    old = [observation for observation in carried if observation["identifier"] in own]
    new = [observation for identifier in own for observation in fresh.get(identifier, ())]
    if not new:
        return tuple(old)
    new.sort(key=lambda observation: observation["at"])
    return tuple(without_repeats([*old, *new])[-MAX_OBSERVATIONS:])
