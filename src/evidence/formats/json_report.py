"""The report as JSON: the one form from which every other is made, and which is stored with the run.

The shape is `report.schema.json` (version 1); keys are only ever added. All times are UTC with
seconds and a `Z`. The same report gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from evidence.csl import csl_item
from evidence.escape import json_safe
from evidence.findings import Finding
from evidence.formats.json_parts import (
    changes_document,
    due_document,
    earlier_document,
    finding_document,
    sign_off_document,
    utc,
    waiver_document,
)
from evidence.model.outcomes import Answer, State, detail_of, state_of
from evidence.model.policy import Policy, Severity
from evidence.report import (
    MONOGRAPH,
    Changes,
    Input,
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


def stored_json(shown: Document) -> bytes:
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
        "earlier_runs": [earlier_document(run) for run in report.earlier],
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
