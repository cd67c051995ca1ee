"""A run as far as it is compared with another: of a report at hand, or read from the document kept of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeGuard

from evidence.findings import Finding, Selection
from evidence.model.identity import IdKind
from evidence.model.outcomes import State, state_of
from evidence.model.policy import Severity
from evidence.model.records import Label, Record
from evidence.model.references import Place, Reference
from evidence.report import MONOGRAPH, EarlierRun, Mode, Report, ReportedObservation

EARLIER_RUNS = 60
"""Earlier runs whose figures a report carries, the newest."""

Document = Mapping[str, Any]

Whose = tuple[str, str]
"""A reference over runs: its file's path and its id."""

Which = tuple[str, str]
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
class Recorded:
    """A finished run as it is compared with another; `unjudged` are findings that it could not decide on."""

    run: EarlierRun
    references: Mapping[Whose, EarlierState]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    earlier: tuple[EarlierRun, ...] = ()
    scope: Scope = Scope()


def of_report(report: Report) -> Recorded:
    """What a report says, without what is still to be worked out by comparing it."""
    silent: dict[Whose, set[str]] = {}
    for item in report.unchecked:
        silent.setdefault((item.path, item.reference), set()).add(item.source)
    references = {}
    for result in report.references:
        whose = (result.reference.place.path, result.reference.id)
        references[whose] = EarlierState(
            identifiers=printed(result.reference),
            state=result.state,
            label_version=str(result.record.current.version) if _is_known(result.record) else None,
            lookups=tuple((answer.source, state_of(answer.outcome)) for answer in result.answers),
            unchecked=frozenset(silent.get(whose, ())),
        )
    run = report.run
    return Recorded(
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


def printed(reference: Reference) -> frozenset[str]:
    """The reference's identifiers as its report names them: of each kind the first."""
    firsts: dict[IdKind, str] = {}
    for identifier in reference.identifiers:
        firsts.setdefault(identifier.kind, str(identifier))
    return frozenset(firsts.values())


def _is_known(record: Record | None) -> TypeGuard[Label]:
    return isinstance(record, Label) and bool(record.versions)


def which(finding: Finding) -> Which:
    """A finding's identity over runs: two files may have references of the same id."""
    return (finding.place.path, finding.fingerprint)


def read_report(kept: bytes) -> Recorded | None:
    """What the kept bytes of a report say; None when they are no report that this version understands."""
    document = json.loads(kept)
    return recorded(document) if isinstance(document, dict) and document.get("version") == 1 else None


def recorded(document: Document) -> Recorded:
    """What a report's document says, also one of an earlier version that lacks what came later."""
    silent: dict[Whose, set[str]] = {}
    for item in document["unchecked"]:
        silent.setdefault((item["path"], item["reference"]), set()).add(item["source"])
    changes, run = document.get("changes") or {}, document["run"]
    return Recorded(
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
