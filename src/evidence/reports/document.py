"""Identities of findings for tools that want every one of them to be unique."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from evidence.model.audit import SignatureState, SignOffStatus, utc_text
from evidence.model.csl import csl_item
from evidence.model.findings import Finding
from evidence.model.outcomes import Answer, State, detail_of, state_of
from evidence.model.policy import Policy, Severity
from evidence.model.references import Place, Waiver
from evidence.model.report import (
    MONOGRAPH,
    Changes,
    Due,
    EarlierRun,
    Input,
    News,
    ReferenceResult,
    Report,
    Retraction,
    Run,
)
from evidence.model.text import json_safe


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder in which the command ran and the root of the checkout, both absolute; empty when unknown.

    The document holds paths relative to the folder in which the command ran; code hosts look files up from the root.
    """

    folder: str = ""
    root: str = ""

    def relative(self, path: str) -> str:
        """The path from the root; unchanged when it lies outside or nothing is known of the root."""
        if not self.folder or not self.root:
            return posixpath.normpath(path)
        whole = posixpath.normpath(posixpath.join(self.folder, path))
        root = posixpath.normpath(self.root)
        if not whole.startswith(root.rstrip("/") + "/"):
            return posixpath.normpath(path)
        return posixpath.relpath(whole, root)


# Identities of findings for tools that want every one of them to be unique.


def with_fingerprints(findings: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each finding with an identity that no other of the report has, of 64 hexadecimal digits.

    It is made of the file, of the finding's own fingerprint and, where a file holds the same finding
    twice, of its number among these; so it stays when lines move, comments are added, or entries change
    places.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = (finding["path"], finding["fingerprint"])
        text = "\x1f".join((*key, str(seen[key])))
        seen[key] += 1
        yield finding, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Parts of the report's document that other documents hold too: findings, changes, what is due, sign-offs.


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding, under the names of the schema."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "reference": finding.reference,
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "suggestion": finding.suggestion,
        "printed": None if finding.printed is None else _printed(finding.printed),
    }


def _printed(place: Place) -> dict[str, Any]:
    """A place in the monograph; where that has no lines, `line` is the number of the paragraph."""
    unit = "paragraph" if place.in_paragraphs else "line"
    return {"path": place.path, "line": place.line, "column": place.column, "unit": unit}


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """A waiver, under the names of the schema."""
    return {
        "category": str(waiver.category),
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
        "baseline": waiver.baseline,
        "evidence": dict(waiver.evidence),
        "path": waiver.place.path,
        "line": waiver.place.line,
        "column": waiver.place.column,
    }


def changes_document(changes: Changes) -> dict[str, Any]:
    """What differs from an earlier run, under the names of the schema."""
    since = changes.since
    return {
        "since": {"run": since.id, "as_of": since.as_of.isoformat(), "finished": utc(since.finished)},
        "new": list(changes.new),
        "persisting": list(changes.persisting),
        "resolved": [finding_document(finding) for finding in changes.resolved],
        "replaced": [finding_document(finding) for finding in changes.replaced],
        "unjudged": [finding_document(finding) for finding in changes.unjudged],
        "ignored": list(changes.ignored),
        "waived": list(changes.waived),
        "newly_waived": list(changes.newly_waived),
        "news": [_news(one) for one in changes.news],
    }


def _news(one: News) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "reference": one.reference,
        "path": one.path,
        "message": one.message,
        "severity": str(one.severity),
    }


def earlier_run_document(run: EarlierRun) -> dict[str, Any]:
    """An earlier run in figures, under the names of the schema."""
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "finished": utc(run.finished),
        "mode": str(run.mode),
        "errors": run.errors,
        "warnings": run.warnings,
        "infos": run.infos,
        "unchecked": run.unchecked,
        "states": {str(state): number for state, number in sorted(run.states.items())},
    }


def due_document(item: Due) -> dict[str, Any]:
    """Something that falls due, under the names of the schema."""
    return {
        "reference": item.reference,
        "path": item.path,
        "owner": item.owner,
        "kind": str(item.kind),
        "on": item.on.isoformat(),
        "message": item.message,
    }


def sign_off_document(standing: SignOffStatus) -> dict[str, Any]:
    """A sign-off and how it stands, under the names of the schema."""
    signed = standing.sign_off
    verified, signature = standing.verified, signed.signature
    return {
        "sequence": signed.sequence,
        "path": standing.path,
        "name": signed.name,
        "actor": signed.actor,
        "role": signed.role,
        "meaning": str(signed.meaning),
        "at": signed.at,
        "as_of": signed.as_of.isoformat(),
        "reason": signed.reason,
        "state": "void" if standing.void else "in-force",
        "void": list(standing.void),
        "due": None if standing.due is None else standing.due.isoformat(),
        "overdue": standing.overdue,
        "gone": standing.gone,
        "unjudged": standing.unjudged,
        "bound": [{"kind": str(one.kind), "path": one.path, "sha256": one.sha256} for one in signed.bound],
        "report": {
            "run": signed.report.run,
            "sha256": signed.report.sha256,
            "exit_code": signed.report.exit,
            "errors": signed.report.errors,
            "warnings": signed.report.warnings,
            "infos": signed.report.infos,
            "unchecked": signed.report.unchecked,
        },
        "signature": None
        if signature is None
        else {
            "kind": str(signature.kind),
            "key": signature.key,
            "state": str(verified.state if verified else SignatureState.UNVERIFIED),
            "told": verified.told if verified else "not verified",
        },
    }


def utc(moment: datetime) -> str:
    """UTC with seconds and a `Z`, as all times of the document."""
    return utc_text(moment.astimezone(UTC))


# The report as JSON: the one form from which every other is made, and which is stored with the run.

VERSION = 1
TOOL = "evidence-tracker"

Document = Mapping[str, Any]


def render_json(shown: Document) -> str:
    """A report's document as JSON text, ending in a line break.

    Each reference and each finding stands on one line: long reports are read by programs, `grep` and `diff`.
    """
    parts = ",\n".join(f"  {_compact(key)}: {_lines(value)}" for key, value in shown.items())
    return json_safe(f"{{\n{parts}\n}}\n")


def _lines(value: object) -> str:
    match value:
        case list() if value:
            return "[\n" + ",\n".join(f"    {_compact(item)}" for item in value) + "\n  ]"
        case dict() if value:
            return "{\n" + ",\n".join(f"    {_compact(key)}: {_compact(item)}" for key, item in value.items()) + "\n  }"
    return _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def stored_json(shown: Document) -> bytes:
    """The same document as bytes for the store: without spaces, which takes a fifth of the time.

    `render_json` of what is read back gives what it would have given at first.
    """
    return json.dumps(shown, separators=(",", ":")).encode("ascii")


def report_document(report: Report) -> dict[str, Any]:
    """The report as plain values; see `report.schema.json`."""
    return {
        "version": VERSION,
        "tool": {"name": TOOL, "version": report.run.tool_version},
        "run": _run(report.run),
        "references": [_reference(result) for result in report.references],
        "findings": [_found(finding, report.changes) for finding in report.findings],
        "unchecked": [
            {"reference": item.reference, "path": item.path, "source": item.source, "reason": item.reason}
            for item in report.unchecked
        ],
        "ignored": [{**finding_document(item.finding), "reason": item.reason} for item in report.ignored],
        "summary": {
            "references": len(report.references),
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "unchecked": len(report.unchecked),
            "ignored": len(report.ignored),
            "waived": len(report.waived),
            "exit_code": int(report.exit),
        },
        "changes": None if report.changes is None else changes_document(report.changes),
        "earlier_runs": [earlier_run_document(run) for run in report.earlier],
        "due": [due_document(item) for item in report.due],
        "waived": [
            {**finding_document(item.finding), "waiver": waiver_document(item.waiver)} for item in report.waived
        ],
        "sign_offs": [sign_off_document(standing) for standing in report.sign_offs],
        "audit": None if report.audit is None else {"sequence": report.audit.sequence, "head": report.audit.hash},
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "started": utc(run.started),
        "finished": utc(run.finished),
        "as_of": run.as_of.isoformat(),
        "mode": str(run.mode),
        "actor": run.actor,
        "inputs": [_input(item) for item in run.inputs],
        "policies": {path: _policy(policy) for path, policy in sorted(run.policies.items())},
        "select": list(run.select),
        "ignore": list(run.ignore),
        **({"deselected": list(run.deselected)} if run.deselected else {}),
    }


def _input(item: Input) -> dict[str, str]:
    shown = {"path": item.path, "sha256": item.sha256}
    if item.is_monograph:
        shown["role"] = MONOGRAPH
    if item.title:
        shown["title"] = item.title
    return shown if item.of is None else {**shown, "of": item.of}


def _policy(policy: Policy) -> dict[str, Any]:
    """Under the names that references.yaml gives them; limits and lives in days, None for no limit."""
    return {
        "accessed-limit": {str(kind): days for kind, days in sorted(policy.accessed_limit.items())},
        "life": {
            "status": policy.lives.status,
            "metadata": policy.lives.metadata,
            "page": policy.lives.page,
        },
        "confirm-dead": policy.confirm_dead,
        "lock-limit": policy.lock_limit,
        "sign-off-limit": policy.sign_off_limit,
        "severity": {code: str(severity) for code, severity in sorted(policy.severity.items())},
        "fail-on": str(policy.fail_on),
        "waiver-limit": asdict(policy.waiver_limits),
        "self-approval": "allowed" if policy.self_approval else "refused",
        "style": str(policy.style),
    }


def _reference(result: ReferenceResult) -> dict[str, Any]:
    reference = result.reference
    record = None if result.record is None else csl_item(result.record)
    identifiers: dict[str, str] = {}
    for identifier in reference.identifiers:
        identifiers.setdefault(str(identifier.kind), identifier.value)
    return {
        "id": reference.id,
        "path": reference.place.path,
        "line": reference.place.line,
        "column": reference.place.column,
        "type": reference.type,
        "identifiers": identifiers,
        "state": str(result.state),
        "retracted": result.retraction is not None or _is_recorded_retracted(record),
        "retraction": None if result.retraction is None else _retraction(result.retraction),
        "verified": None if result.verified is None else utc(result.verified),
        "from": None if result.origin is None else str(result.origin),
        "record": record,
        "lookups": [_lookup(answer) for answer in result.answers],
        "title": reference.title or (record or {}).get("title"),
        "cited_as": reference.cited_as,
        "accessed": None if reference.accessed is None else str(reference.accessed),
        "owner": reference.owner,
        "role": str(reference.role),
        "history": list(result.history),
    }


def _is_recorded_retracted(record: Mapping[str, Any] | None) -> bool:
    return bool((record or {}).get("custom", {}).get("retracted"))


def _retraction(retraction: Retraction) -> dict[str, Any]:
    day = retraction.as_of
    return {"confirmed": retraction.confirmed, "as_of": None if day is None else day.isoformat()}


def _lookup(answer: Answer) -> dict[str, Any]:
    state = state_of(answer.outcome)
    return {
        "source": answer.source,
        "identifier": str(answer.identifier),
        "state": str(state),
        "at": None if state is State.NOT_CHECKED else utc(answer.at),
        "detail": detail_of(answer.outcome),
    }


def _found(finding: Finding, changes: Changes | None) -> dict[str, Any]:
    """A finding of this run; whether it is new can only be said beside an earlier run."""
    shown = finding_document(finding)
    return shown if changes is None else {**shown, "new": (finding.place.path, finding.fingerprint) in changes.fresh}


# What a report's document says of retractions, and of what an earlier run found and this one could not judge.

Values = Mapping[str, Any]


def is_retracted(reference: Values) -> bool:
    """Whether the cited article is retracted, by any source; it is never shown without this word.

    Documents of earlier versions have no key for it, only the record of the first identifier.
    """
    told = reference.get("retracted")
    if told is None:
        return bool((reference["record"] or {}).get("custom", {}).get("retracted"))
    return bool(told)


def deselection_sentence(run: Values) -> str:
    """Which rules that void a reference as support `--select` left out; empty when it left out none."""
    codes = run.get("deselected", ())
    were = "was" if len(codes) == 1 else "were"
    return f"{' and '.join(codes)} {were} deselected on the command line (--select)" if codes else ""


def retraction_label(reference: Values) -> str:
    """How a retracted reference is headed: `RETRACTED`, and when that was last said if nobody could be asked."""
    retraction = reference.get("retraction")
    if not retraction or retraction["confirmed"]:
        return "RETRACTED"
    return f"RETRACTED when last asked{retraction_day(reference)}"


def retraction_day(reference: Values) -> str:
    """`, on 2026-11-30` for a retraction that this run could not ask about, if the day is known; else nothing."""
    retraction = reference.get("retraction")
    if not retraction or retraction["confirmed"] or not retraction["as_of"]:
        return ""
    return f", on {retraction['as_of']}"


def newness_test(shown: Document) -> Callable[[Values], bool]:
    """Tells of a finding of the document whether the earlier run did not make it.

    Documents of earlier versions only have a list of fingerprints, which several files may share.
    """
    listed = frozenset((shown.get("changes") or {}).get("new", ()))
    return lambda finding: bool(finding.get("new", finding["fingerprint"] in listed))


def library_inputs(shown: Document) -> list[dict[str, Any]]:
    """The run's references files: neither what was read beside one nor the monographs that they name."""
    return list(_libraries(shown))


def _libraries(shown: Document) -> Iterator[dict[str, Any]]:
    return (item for item in shown["run"]["inputs"] if not item.get("of") and item.get("role") != MONOGRAPH)


def has_one_library(shown: Document) -> bool:
    """Whether the run judged a single references file, so that an id alone names a reference."""
    return len(list(islice(_libraries(shown), 2))) == 1  # asked for every reference of a run of many files


def library_paths(shown: Document) -> dict[str, str]:
    """The references file of each file that was read beside one."""
    return {item["path"]: item["of"] for item in shown["run"]["inputs"] if item.get("of")}


def waived_findings(shown: Document) -> list[dict[str, Any]]:
    """The findings that waivers cover; documents of earlier versions have none."""
    return list(shown.get("waived", ()))


def waiver_text(waiver: Values) -> str:
    """A waiver in one line: as what, until when, by whom, and why."""
    who = f"requested by {waiver['requested_by']}, approved by {waiver['approved_by']}"
    kind = f"{waiver['category']}, baseline" if waiver["baseline"] else waiver["category"]
    return f"{kind}, {waiver['since']} to {waiver['until']}, {who}: {waiver['reason']}"


def waiver_groups(shown: Document) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The waived findings, those waived in the same words together: a baseline is one decision on many."""
    groups: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for finding in waived_findings(shown):
        words = waiver_text(finding["waiver"])
        groups.setdefault(words, (finding["waiver"], []))[1].append(finding)
    return list(groups.values())


def unjudged_findings(shown: Document, severity: str | None = None) -> list[dict[str, Any]]:
    """Earlier findings of which nobody knows today, of one severity or all."""
    unjudged = (shown.get("changes") or {}).get("unjudged", ())
    return [finding for finding in unjudged if severity is None or finding["severity"] == severity]


def replaced_findings(shown: Document) -> list[dict[str, Any]]:
    """Earlier findings in whose place others on the same thing stand now."""
    return list((shown.get("changes") or {}).get("replaced", ()))


def printed_place(finding: Values) -> Values:
    """Where a finding is to be shown: in the monograph for what stands there, else in the references file."""
    printed: Values | None = finding.get("printed")
    return finding if printed is None else printed


def annotation_place(finding: Values) -> Values:
    """Where a host is to annotate a finding: never in a document without lines, of which it shows the wrong ones."""
    spot = printed_place(finding)
    return finding if spot.get("unit") == "paragraph" else spot


def place_text(finding: Values, *, column: bool = True) -> str:
    """The place of a finding in words: line and column, or the paragraph of a document without lines."""
    spot = printed_place(finding)
    if spot.get("unit") == "paragraph":
        return f"{spot['path']}, paragraph {spot['line']}"
    return f"{spot['path']}:{spot['line']}" + (f":{spot['column']}" if column else "")


def current_line(shown: Document, finding: Values) -> int:
    """The line of an earlier finding's entry as it stands now, 1 where there is none."""
    whose = (finding["path"], finding["reference"])
    return next((one["line"] for one in shown["references"] if (one["path"], one["id"]) == whose), 1)
