"""Whether a recorded run's report is one that can be signed, and what is to be said of it before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from evidence.model.policy import Severity
from evidence.model.signoffs import Bound, BoundKind, SignedFinding, SignedReport
from evidence.report import Mode
from evidence.signing.standing import counted

REPORT_LIMIT = 7
"""Days after which a report is too old to be signed: a reviewer needs a few, a retraction must not wait longer."""

_SHOWN = 40  # lines of errors, warnings and silences shown before signing
_AHEAD = 1  # days: the run may have been made where the clock is further on
_JUDGED = frozenset({BoundKind.REFERENCES, BoundKind.WAIVERS, BoundKind.MONOGRAPH})


def objection(report: Mapping[str, Any], bound: Sequence[Bound], names: Mapping[str, str], today: date) -> str | None:
    """Why this report cannot be signed for these files on this day, a clause without a full stop; None when it can.

    `names` are the files of the report as records name them.
    """
    run = report["run"]
    if run["mode"] == Mode.STAND_IN:
        return "the last run asked the stand-in, not the real services"
    for words in ("select", "ignore"):
        if run[words]:
            return f"the last run did not show all findings (--{words} {', '.join(run[words])})"
    changed = _changed(run["inputs"], bound, names)
    if changed is not None:
        return f"{changed} has changed since the last run"
    age = (today - date.fromisoformat(run["as_of"])).days
    if age > REPORT_LIMIT:
        return f"the last run was for {run['as_of']}, {age} days ago (at most {REPORT_LIMIT})"
    return f"the last run was for {run['as_of']}, which is after {today}" if age < -_AHEAD else None


def _changed(inputs: Sequence[Mapping[str, str]], bound: Sequence[Bound], names: Mapping[str, str]) -> str | None:
    """The first file whose bytes are not those that were judged."""
    judged = {names[one["path"]]: one["sha256"] for one in inputs}
    for one in bound:
        if one.kind is BoundKind.REFERENCES and one.path not in judged:
            return one.path
        if one.kind in _JUDGED and judged.get(one.path, one.sha256) != one.sha256:
            return one.path
    return None


def signed_report(report: Mapping[str, Any], sha256: str, names: Mapping[str, str]) -> SignedReport:
    """What of a report's document a sign-off holds; `sha256` is that of the document's bytes as recorded."""
    run, summary = report["run"], report["summary"]
    findings: dict[str, list[SignedFinding]] = {names[path]: [] for path in run["policies"]}
    for one in report["findings"]:
        if counted(one["code"], one["severity"]):
            severity = Severity[one["severity"].upper()]
            owner = names[_owner(one["path"], run)]
            findings[owner].append(SignedFinding(one["code"], one["fingerprint"], severity))
    return SignedReport(
        run=run["id"],
        sha256=sha256,
        finished=run["finished"],
        mode=run["mode"],
        exit=summary["exit_code"],
        errors=summary["errors"],
        warnings=summary["warnings"],
        infos=summary["infos"],
        unchecked=summary["unchecked"],
        waived=len(report.get("waived", ())),
        findings={path: tuple(some) for path, some in findings.items()},
    )


def _owner(path: str, run: Mapping[str, Any]) -> str:
    """The references file that a finding is about: it may stand in a file that was read with it."""
    libraries = run["policies"]
    beside = {one["path"]: one.get("of") for one in run["inputs"]}
    owner = path if path in libraries else beside.get(path)
    return str(owner if owner in libraries else next(iter(libraries)))


def _troubles(report: Mapping[str, Any]) -> Iterator[str]:
    """Errors first, then warnings, then what was not checked, then what is let stand."""
    for severity in ("error", "warning"):
        for one in report["findings"]:
            if one["severity"] == severity:
                yield f"{severity} {_called(one)}: {one['message']}"
    for one in report["unchecked"]:
        yield f"not checked: {one['reference']} at {one['source']}, {one['reason']}"
    for one in report.get("waived", ()):
        word = one["waiver"]
        by = f"{word['category']}, by {word['approved_by']} until {word['until']}: {word['reason']}"
        yield f"waived {one['severity']} {_called(one)}: {one['message']} ({by})"


def _called(finding: Mapping[str, Any]) -> str:
    of = f" of {finding['reference']}" if finding["reference"] else ""
    return f"{finding['code']} {finding['name']}{of}"


def signing_summary(report: Mapping[str, Any], signed: SignedReport, bound: Sequence[Bound]) -> Iterator[str]:
    """What a signer is to see: the bytes, and what the report says; errors and silences one by one."""
    for one in bound:
        yield f"  {one.path} ({one.kind}), sha256 {one.sha256}"
    yield f"  report of run {signed.run}, finished {signed.finished}, {signed.mode}, sha256 {signed.sha256}"
    counts = f"{signed.errors} errors, {signed.warnings} warnings, {signed.infos} infos, {signed.unchecked} not checked"
    yield f"it says: exit {signed.exit}; {counts}, {signed.waived} waived"
    lines = list(_troubles(report))
    yield from (f"  {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  and {len(lines) - _SHOWN} more, see `evidence report {signed.run}`"
    if report["ignored"]:
        yield f"  {len(report['ignored'])} findings are ignored by the entries themselves"
