"""The rows of runs, findings and observations: how each is written from the model's objects and read back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

from evidence.model.dates import rfc3339
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Cause,
    Found,
    NotFound,
    Observation,
    Origin,
    State,
    Unavailable,
    detail_of,
    state_of,
)
from evidence.model.policy import Policy, Severity, claim_limit_policy, offline_policy, sign_off_policy
from evidence.model.records import Page
from evidence.model.report import BegunRun, Exit, Input, Mode, Report
from evidence.model.rule import OF_PAGES, Finding
from evidence.model.urls import mask_in_message
from evidence.storage import encoding
from evidence.storage.values import RunEntry

SELECT_RUN = (
    "SELECT r.id, r.started, r.as_of, r.mode, r.actor, r.tool_version, r.inputs, r.policy, "
    "e.finished, e.exit, e.sha256 FROM runs AS r LEFT JOIN run_ends AS e ON e.run = r.sequence "
)
INSERT_RUN = (
    "INSERT INTO runs (id, started, as_of, mode, actor, tool_version, inputs, policy) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
FINDING_COLUMNS = 'code, name, severity, reference, path, line, "column", message, fingerprint, suggestion, ignored'
INSERT_FINDING = (
    f"INSERT INTO findings (run, position, {FINDING_COLUMNS}) "  # noqa: S608 - our own names
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT_OBSERVATION = (
    "SELECT o.identifier, o.source, o.state, o.at, o.as_of, o.detail, o.status, r.id, o.cause, o.origin, o.fingerprint "
    "FROM observations AS o JOIN runs AS r ON r.sequence = o.run "
)
INSERT_OBSERVATION = (
    "INSERT INTO observations (run, identifier, source, address, state, cause, status, detail, at, as_of, origin, "
    "record_sha256, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

WAIVED_MARK = "\x1fwaived as "
"""Begins the reason of a finding that a waiver covers; no reason in a file can hold this control character."""

RunRow = tuple[str, str, str, str, str, str, str, str, str | None, int | None, str | None]
FindingRow = tuple[str, str, str, str | None, str, int, int, str, str, str | None, str | None]
ObservationRow = tuple[str, str, str, str, str, str | None, int | None, str, str | None, str, str | None]


def run_values(run: BegunRun) -> tuple[str, ...]:
    """The values of INSERT_RUN."""
    inputs = [
        {
            "path": encoding.text(file.path),
            "sha256": file.sha256,
            **({"of": encoding.text(file.of)} if file.of else {}),
            **({"monograph": True} if file.is_monograph else {}),
            **({"title": encoding.text(file.title)} if file.title else {}),
        }
        for file in run.inputs
    ]
    policy = {
        "files": {encoding.text(path): policy_document(policy) for path, policy in run.policies.items()},
        "select": list(run.select),
        "ignore": list(run.ignore),
    }
    return (
        run.id,
        rfc3339(run.started),
        run.as_of.isoformat(),
        str(run.mode),
        encoding.text(run.actor),
        run.tool_version,
        json.dumps(inputs, sort_keys=True),
        json.dumps(policy, sort_keys=True),
    )


def policy_document(policy: Policy) -> dict[str, object]:
    """A policy under the names that it has in references.yaml; days, None for no limit."""
    lives = policy.lives
    return {
        "accessed-limit": {str(kind): days for kind, days in policy.accessed_limit.items()},
        "life": {"status": lives.status, "metadata": lives.metadata, "page": lives.page},
        "confirm-dead": policy.confirm_dead,
        "lock-limit": policy.lock_limit,
        "sign-off-limit": policy.sign_off_limit,
        "coverage": policy.coverage,
        "severity": {code: str(severity) for code, severity in policy.severity.items()},
        "fail-on": str(policy.fail_on),
        "waiver-limit": asdict(policy.waiver_limits),
        "self-approval": "allowed" if policy.self_approval else "refused",
        "style": str(policy.style),
        **claim_limit_policy(policy),
        **offline_policy(policy),
        **sign_off_policy(policy),
    }


def run_of_row(row: RunRow) -> RunEntry:
    """The run of a row of SELECT_RUN; raises ValueError for a value that no version writes."""
    run_id, started, as_of, mode, actor, tool_version, inputs, policy, finished, exit_code, sha256 = row
    return RunEntry(
        id=run_id,
        started=encoding.moment(started),
        as_of=date.fromisoformat(as_of),
        mode=Mode(mode),
        actor=actor,
        tool_version=tool_version,
        inputs=tuple(
            Input(file["path"], file["sha256"], file.get("of"), bool(file.get("monograph")), file.get("title"))
            for file in json.loads(inputs)
        ),
        policy=policy,
        finished=None if finished is None else encoding.moment(finished),
        exit=None if exit_code is None else Exit(exit_code),
        report_sha256=sha256,
    )


def finding_values(report: Report) -> list[tuple[str | int | None, ...]]:
    """The values of FINDING_COLUMNS of all findings of a report, those that do not count last, with the reason."""
    findings: list[tuple[Finding, str | None]] = [(finding, None) for finding in report.findings]
    findings += [(ignored.finding, ignored.reason) for ignored in report.ignored]
    for waived in report.waived:
        waiver = waived.waiver
        why = f"{waiver.category} until {waiver.until}, approved by {waiver.approved_by}: {waiver.reason}"
        findings.append((waived.finding, WAIVED_MARK + encoding.text(why)))
    return [
        (
            finding.code,
            finding.name,
            str(finding.severity),
            None if finding.reference is None else encoding.text(finding.reference),
            encoding.text(finding.place.path),
            finding.place.line,
            finding.place.column,
            encoding.text(finding.message),
            finding.fingerprint,
            None if finding.suggestion is None else encoding.text(finding.suggestion),
            reason,
        )
        for finding, reason in findings
    ]


def finding_of_row(row: FindingRow) -> Finding:
    """The finding of a row of FINDING_COLUMNS; raises ValueError for a value that no version writes."""
    code, name, severity, reference, path, line, column, message, fingerprint, suggestion, _ = row
    is_of_page = code.startswith(OF_PAGES)
    return Finding(
        code=code,
        name=name,
        severity=severity_of(severity),
        reference=reference,
        place=Place(path, line, column),
        message=mask_in_message(message, message) if is_of_page else message,
        fingerprint=fingerprint,
        suggestion=mask_in_message(suggestion, message) if is_of_page and suggestion else suggestion,
    )


def severity_of(word: str) -> Severity:
    """The severity of this name; raises ValueError."""
    for severity in Severity:
        if str(severity) == word:
            return severity
    raise ValueError(f"unknown severity {word}")


def answer_values(answer: Answer, as_of: date, sha256: str | None) -> tuple[str | int | None, ...]:
    """The values of INSERT_OBSERVATION after the run, for an answer whose raw bytes have this SHA-256."""
    outcome = answer.outcome
    detail = detail_of(outcome)
    fingerprint = None
    match outcome:
        case Found(record=Page(fingerprint=text)) if text and answer.origin is Origin.NETWORK:
            fingerprint = text
    return (
        encoding.key(answer.identifier),
        answer.source,
        answer.address,
        str(state_of(outcome)),
        str(outcome.cause) if isinstance(outcome, Unavailable) else None,
        outcome.status if isinstance(outcome, NotFound | Blocked | Unavailable) else None,
        None if detail is None else encoding.text(detail),
        rfc3339(answer.at),
        as_of.isoformat(),
        str(answer.origin),
        sha256,
        fingerprint,
    )


def observation_values(observation: Observation, address: str) -> tuple[str | int | None, ...]:
    """The values of INSERT_OBSERVATION after the run, for what was observed elsewhere at this address."""
    return (
        encoding.key(observation.identifier),
        observation.source,
        address,
        str(observation.state),
        None if observation.cause is None else str(observation.cause),
        observation.status,
        None if observation.detail is None else encoding.text(observation.detail),
        rfc3339(observation.at),
        observation.as_of.isoformat(),
        str(observation.origin),
        None,
        observation.fingerprint,
    )


def observation_of_row(identifier: Identifier, row: ObservationRow) -> Observation:
    """The observation of a row of SELECT_OBSERVATION; raises ValueError for a value that no version writes."""
    _, source, state, at, as_of, detail, status, run, cause, origin, fingerprint = row
    return Observation(
        identifier=identifier,
        source=source,
        state=State(state),
        at=encoding.moment(at),
        as_of=date.fromisoformat(as_of),
        detail=detail,
        status=status,
        run=run,
        cause=None if cause is None else Cause(cause),
        origin=Origin(origin),
        fingerprint=fingerprint,
    )
