"""Parts of the report's document that other documents hold too: findings, changes, what is due, sign-offs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from evidence.findings import Finding
from evidence.model.references import Place, Waiver
from evidence.model.signoffs import SignatureState, SignOffStatus, utc_text
from evidence.report import Changes, Due, EarlierRun, News


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


def earlier_document(run: EarlierRun) -> dict[str, Any]:
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
