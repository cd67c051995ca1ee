"""The report as JSON: the one form from which every other is made, and which is stored with the run.

The shape is `report.schema.json` (version 1); keys are only ever added. All times are UTC with
seconds and a `Z`. The same report gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from evidence.csl import csl_item
from evidence.escape import json_safe
from evidence.findings import Finding
from evidence.model.outcomes import Answer, State, detail_of, state_of
from evidence.model.policy import Policy, Severity
from evidence.model.references import Place, Waiver
from evidence.model.signoffs import SignatureState, Standing
from evidence.report import (
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


def kept_json(shown: Document) -> bytes:
    """The same document as bytes for the store: without spaces, which takes a fifth of the time.

    `render_json` of what is read back gives what it would have given at first.
    """
    return json.dumps(shown, separators=(",", ":")).encode("ascii")


def document(report: Report) -> dict[str, Any]:
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
        "ignored": [{**finding_shown(item.finding), "reason": item.reason} for item in report.ignored],
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
        "changes": None if report.changes is None else changes_shown(report.changes),
        "earlier_runs": [_earlier(run) for run in report.earlier],
        "due": [due_shown(item) for item in report.due],
        "waived": [{**finding_shown(item.finding), "waiver": _waiver(item.waiver)} for item in report.waived],
        "sign_offs": [sign_off_shown(standing) for standing in report.sign_offs],
        "audit": None if report.audit is None else {"sequence": report.audit.sequence, "head": report.audit.hash},
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "started": _utc(run.started),
        "finished": _utc(run.finished),
        "as_of": run.as_of.isoformat(),
        "mode": str(run.mode),
        "actor": run.actor,
        "inputs": [_input(item) for item in run.inputs],
        "policies": {path: _policy(policy) for path, policy in sorted(run.policies.items())},
        "select": list(run.select),
        "ignore": list(run.ignore),
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
        "verified": None if result.verified is None else _utc(result.verified),
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
        "at": None if state is State.NOT_CHECKED else _utc(answer.at),
        "detail": detail_of(answer.outcome),
    }


def _found(finding: Finding, changes: Changes | None) -> dict[str, Any]:
    """A finding of this run; whether it is new can only be said beside an earlier run."""
    shown = finding_shown(finding)
    return shown if changes is None else {**shown, "new": (finding.place.path, finding.fingerprint) in changes.fresh}


def finding_shown(finding: Finding) -> dict[str, Any]:
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


def _waiver(waiver: Waiver) -> dict[str, Any]:
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


def changes_shown(changes: Changes) -> dict[str, Any]:
    """What differs from an earlier run, under the names of the schema."""
    since = changes.since
    return {
        "since": {"run": since.id, "as_of": since.as_of.isoformat(), "finished": _utc(since.finished)},
        "new": list(changes.new),
        "persisting": list(changes.persisting),
        "resolved": [finding_shown(finding) for finding in changes.resolved],
        "replaced": [finding_shown(finding) for finding in changes.replaced],
        "unjudged": [finding_shown(finding) for finding in changes.unjudged],
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


def _earlier(run: EarlierRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "finished": _utc(run.finished),
        "mode": str(run.mode),
        "errors": run.errors,
        "warnings": run.warnings,
        "infos": run.infos,
        "unchecked": run.unchecked,
        "states": {str(state): number for state, number in sorted(run.states.items())},
    }


def due_shown(item: Due) -> dict[str, Any]:
    """Something that falls due, under the names of the schema."""
    return {
        "reference": item.reference,
        "path": item.path,
        "owner": item.owner,
        "kind": str(item.kind),
        "on": item.on.isoformat(),
        "message": item.message,
    }


def sign_off_shown(standing: Standing) -> dict[str, Any]:
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


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
