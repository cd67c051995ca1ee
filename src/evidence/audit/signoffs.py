"""A sign-off as the details of its event, and as the text that a person's key signs.

The text is made of the event's own fields in one canonical form, one `key: value` a line in the order of the keys,
both as JSON strings of ASCII, keys without their quotes: so it need not be stored beside them, and anybody can make it
anew. See `docs/sign-off.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from evidence.audit.events import Event, parse_event
from evidence.model.audit import (
    ActionStatus,
    Attested,
    AuditAction,
    Bound,
    BoundKind,
    Meaning,
    Signature,
    SignatureKind,
    SignatureState,
    SignedFinding,
    SignedReport,
    SignOff,
    SignOffStatus,
    utc_text,
)
from evidence.model.errors import FileError
from evidence.model.findings import Finding
from evidence.model.policy import Policy, Severity
from evidence.model.report import Mode
from evidence.model.rule import Rule

# A sign-off as the details of its event, and as the text that a person's key signs.

FIRST_LINE = "evidence-tracker sign-off 1"
NAMESPACE = "evidence-tracker"
"""What SSH signatures are made for (`ssh-keygen -Y sign -n`), so that none made for git or a file passes for one."""

SIGNATURE_KEYS = ("signature", "signature-kind", "signature-key", "public-key")
_COUNTS = ("exit", "errors", "warnings", "infos", "unchecked", "waived")
_FACTS, _FINDINGS = "lock-facts ", "findings "


class NoSignOffError(ValueError):
    """An event of this action whose details are not those of a sign-off; the message says which."""


def details_of(
    *, name: str, role: str, meaning: Meaning, at: str, bound: Sequence[Bound], report: SignedReport
) -> dict[str, str]:
    """The details of a sign-off's event, without a signature; `at` is the time of the attestation itself."""
    details = {"name": name, "role": role, "meaning": str(meaning), "signed-at": at}
    details |= {"run": report.run, "report": report.sha256, "run-finished": report.finished, "mode": report.mode}
    details |= {key: str(getattr(report, key)) for key in _COUNTS}
    for one in bound:
        details[f"{one.kind} {one.path}"] = one.sha256 or ""
        if one.facts is not None:
            details[_FACTS + one.path] = one.facts
    for path, findings in report.findings.items():
        details[_FINDINGS + path] = " ".join(sorted(f"{one.code}/{one.severity}/{one.fingerprint}" for one in findings))
    return details


def signed_details(details: Mapping[str, str], signature: Signature) -> dict[str, str]:
    """The same details with a detached signature."""
    told = {"signature": signature.text, "signature-kind": str(signature.kind), "signature-key": signature.key}
    return {**details, **told, **({"public-key": signature.public_key} if signature.public_key else {})}


def attestation(actor: str, as_of: date, reason: str | None, details: Mapping[str, str]) -> str:
    """The text that is signed, ending in a line break."""
    fields = {key: value for key, value in details.items() if key not in SIGNATURE_KEYS}
    fields |= {"actor": actor, "as-of": as_of.isoformat(), "reason": reason or ""}
    lines = (f"{json.dumps(key)[1:-1]}: {json.dumps(value)}" for key, value in sorted(fields.items()))
    return "\n".join((FIRST_LINE, *lines)) + "\n"


def sign_off_of(
    *, sequence: int, at: str, as_of: date, actor: str, reason: str | None, details: Mapping[str, str]
) -> SignOff:
    """The sign-off that an event holds.

    Raises:
        NoSignOffError: a detail is missing or is not what it should be.
    """
    try:
        return SignOff(
            sequence=sequence,
            at=details.get("signed-at", at),
            as_of=as_of,
            actor=actor,
            name=details["name"],
            role=details["role"],
            meaning=Meaning(details["meaning"]),
            reason=reason,
            bound=tuple(_bound(details)),
            report=_report(details),
            attestation=attestation(actor, as_of, reason, details),
            signature=_signature(details),
        )
    except KeyError as missing:
        raise NoSignOffError(f"it lacks {missing.args[0]}") from None
    except ValueError as wrong:
        raise NoSignOffError(str(wrong)) from None


def _bound(details: Mapping[str, str]) -> Iterator[Bound]:
    for key, value in details.items():
        word, space, path = key.partition(" ")
        if space and word in set(BoundKind):
            yield Bound(BoundKind(word), path, value or None, details.get(_FACTS + path))


def _report(details: Mapping[str, str]) -> SignedReport:
    paths = [key.removeprefix(_FINDINGS) for key in details if key.startswith(_FINDINGS)]
    return SignedReport(
        run=details["run"],
        sha256=details["report"],
        finished=details["run-finished"],
        mode=details["mode"],
        exit=int(details["exit"]),
        errors=int(details["errors"]),
        warnings=int(details["warnings"]),
        infos=int(details["infos"]),
        unchecked=int(details["unchecked"]),
        waived=int(details.get("waived", "0")),
        findings={path: tuple(map(_finding, details[_FINDINGS + path].split())) for path in paths},
    )


def _finding(text: str) -> SignedFinding:
    code, severity, fingerprint = text.split("/")
    return SignedFinding(code, fingerprint, Severity[severity.upper()])


def _signature(details: Mapping[str, str]) -> Signature | None:
    if "signature" not in details:
        return None
    kind = SignatureKind(details["signature-kind"])
    return Signature(kind, details["signature"], details["signature-key"], details.get("public-key"))


# The sign-offs that an audit trail tells of.

_MARK = f'"action":"{AuditAction.SIGN}"'
_FIX = "`evidence verify` tells what is broken in the trail"


def sign_offs_in(lines: Iterable[str], shown: str) -> Iterator[SignOff]:
    """Every sign-off among the events of a trail, in their order; lines that are no sign-off are not looked at.

    Raises:
        FileError: an event of a sign-off was altered, or is none; naming `shown` and the line.
    """
    for number, line in enumerate(lines, 1):
        if _MARK not in line:
            continue
        try:
            event = parse_event(line)
            if event.action == AuditAction.SIGN and event.ending == ActionStatus.DONE:
                yield sign_off_in(event)
        except ValueError as wrong:
            raise FileError(f"this sign-off cannot be read: {wrong}", path=shown, line=number, fix=_FIX) from None


def sign_off_in(event: Event) -> SignOff:
    """The sign-off of one event.

    Raises:
        NoSignOffError: its details are not those of one.
    """
    return sign_off_of(
        sequence=event.sequence,
        at=utc_text(event.at),
        as_of=event.as_of,
        actor=event.actor,
        reason=event.reason,
        details=event.details,
    )


__all__ = ["NoSignOffError", "sign_off_in", "sign_offs_in"]


# Whether a sign-off is in force: by the bytes that it binds, and by what is found beyond what was signed.

_NAMED = 3  # findings named before the rest is counted
_DIGITS = 12  # of a SHA-256, by which files are told apart by eye
_VOIDING_SIGNATURES = frozenset({SignatureState.BAD, SignatureState.EXPIRED_KEY, SignatureState.REVOKED_KEY})


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What a run saw, by the path of the references file: all that was found, shown or not, and how much was silent.

    What is found in a file beside it, in its monograph or its waivers, is found of the references file. Findings of
    rules that no sign-off is about (`Rule.is_signed`) are left out.
    """

    found: Mapping[str, Sequence[Finding]]
    unchecked: Mapping[str, int] = field(default_factory=dict)


def current(sign_offs: Iterable[SignOff], today: date) -> tuple[SignOff, ...]:
    """Those given up to a day that no newer one of the same role, meaning and files has replaced, oldest first."""
    newest = {one.station: one for one in sign_offs if one.as_of <= today}
    return tuple(sorted(newest.values(), key=lambda one: one.sequence))


def standings(
    attested: Iterable[Attested], seen: RunFindings, policies: Mapping[str, Policy], today: date
) -> tuple[SignOffStatus, ...]:
    """How each stands on a day, beside what this run saw; `policies` are those of the run's files, by path.

    Sign-offs that are about none of these files are left out.
    """
    return tuple(
        _standing(one, path, seen, policies[path].sign_off_limit, today)
        for one in attested
        for path in [next((path for path in one.library_of.values() if path in policies), None)]
        if path is not None
    )


def _standing(one: Attested, path: str, seen: RunFindings, limit: int | None, today: date) -> SignOffStatus:
    sign_off = one.sign_off
    due = None if limit is None else sign_off.as_of + timedelta(days=limit)
    return SignOffStatus(
        sign_off=sign_off,
        path=path,
        verified=one.verified,
        void=(*_signature_standing(one), *files_changed(sign_off.bound, one.now), *_findings(one, seen.found)),
        due=due,
        overdue=due is not None and today > due,
        gone=_gone(one, seen.found),
        unjudged=sum(seen.unchecked.get(file, 0) for file in one.library_of.values()),
    )


def _signature_standing(one: Attested) -> Iterator[str]:
    if one.verified is not None and one.verified.state in _VOIDING_SIGNATURES:
        yield f"its signature does not hold: {one.verified.told}"


def files_changed(signed: Sequence[Bound], now: Sequence[Bound]) -> Iterator[str]:
    """What has become of the files: gone, other bytes, or waivers where there were none."""
    present = {(one.kind, one.path): one for one in now}
    for one in signed:
        other = present.pop((one.kind, one.path), None)
        if other is None or other.sha256 is None:
            yield f"{one.path} is gone (sha256 was {_short(one)})"
        elif _differs(one, other):
            changed = "has changed" if one.facts is None else "has changed in what it says of the sources"
            yield f"{one.path} {changed} (sha256 was {_short(one)}, is {_short(other)})"
    for other in present.values():
        if other.sha256 is not None and other.kind is BoundKind.WAIVERS:
            yield f"{other.path} was not there when it was signed (sha256 is {_short(other)})"


def _differs(signed: Bound, now: Bound) -> bool:
    """Other bytes; of a lock, other facts: that the same was answered again on a later day is no change."""
    if signed.sha256 == now.sha256:
        return False
    return signed.facts is None or signed.facts != now.facts


def _short(one: Bound) -> str:
    return (one.sha256 or "")[:_DIGITS]


def _findings(one: Attested, found: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """Errors and warnings of this run that were not signed, or were lesser then."""
    new: list[str] = []
    for signed_path, path in one.library_of.items():
        marks = one.sign_off.report.findings.get(signed_path, ())
        signed = {(mark.code, mark.fingerprint): mark.severity for mark in marks}
        for finding in found.get(path, ()):
            before = signed.get((finding.code, finding.fingerprint))
            if finding.severity > Severity.INFO and (before is None or before < finding.severity):
                new.append(_called(finding))
    if new:
        more = len(new) - _NAMED
        told = ", ".join(new[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"a newer run found what was not signed: {told}"


def _called(finding: Finding) -> str:
    return f"{finding.code} {finding.name}" + (f" of {finding.reference}" if finding.reference else "")


def _gone(one: Attested, found: Mapping[str, Sequence[Finding]]) -> int:
    here = {(path, finding.code, finding.fingerprint) for path, some in found.items() for finding in some}
    return sum(
        (path, mark.code, mark.fingerprint) not in here
        for signed_path, path in one.library_of.items()
        for mark in one.sign_off.report.findings.get(signed_path, ())
    )


# Whether a recorded run's report is one that can be signed, and what is to be said of it before. Pure.

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


def signed_report(
    report: Mapping[str, Any], sha256: str, names: Mapping[str, str], rules: Mapping[str, Rule]
) -> SignedReport:
    """What of a report's document a sign-off holds: of its findings the errors and warnings that are signed.

    Args:
        report: The document.
        sha256: Of the document's bytes as recorded.
        names: What the sign-off calls each file, by its path in the report.
        rules: All rules by their codes.
    """
    run, summary = report["run"], report["summary"]
    findings: dict[str, list[SignedFinding]] = {names[path]: [] for path in run["policies"]}
    for one in report["findings"]:
        severity = Severity[one["severity"].upper()]
        is_signed = one["code"] not in rules or rules[one["code"]].is_signed
        if severity > Severity.INFO and is_signed:
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
                yield f"{severity} {_called_ready(one)}: {one['message']}"
    for one in report["unchecked"]:
        yield f"not checked: {one['reference']} at {one['source']}, {one['reason']}"
    for one in report.get("waived", ()):
        word = one["waiver"]
        by = f"{word['category']}, by {word['approved_by']} until {word['until']}: {word['reason']}"
        yield f"waived {one['severity']} {_called_ready(one)}: {one['message']} ({by})"


def _called_ready(finding: Mapping[str, Any]) -> str:
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
