"""Sign-offs: which report can be signed, what is signed, how the trail holds it, and whether it is in force.

A sign-off is the details of an event of the audit trail, and the text that a person's key signs. The text is made of
the event's own fields in one canonical form, one `key: value` a line in the order of the keys, both as JSON strings of
ASCII, keys without their quotes: so it need not be stored beside them, and anybody can make it again. See
`docs/sign-off.md`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
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
    SignatureCheck,
    SignatureKind,
    SignatureState,
    SignedFinding,
    SignedReport,
    SignOff,
    SignOffStatus,
    utc_text,
)
from evidence.model.errors import FileError
from evidence.model.outcomes import CheckStatus
from evidence.model.policy import Policy, Severity, SignOffPolicy, role_key, strictest
from evidence.model.regex import regex
from evidence.model.report import Mode
from evidence.model.rule import Finding, Rule
from evidence.model.text import one_line, quantity

FIRST_LINE = "evidence-tracker sign-off 1"
NAMESPACE = "evidence-tracker"
"""What SSH signatures are made for (`ssh-keygen -Y sign -n`), so that none made for git or a file passes for one."""

REPORT_LIMIT = 7
"""Days after which a report is too old to be signed: a reviewer needs a few, a retraction must not wait longer."""

SIGNATURE_KEYS = ("signature", "signature-kind", "signature-key", "public-key")
_COUNTS = ("exit", "errors", "warnings", "infos", "unchecked", "waived")
_CHECKS = ("checked", "not_checked", "cannot_be_checked")
_FACTS, _FINDINGS = "lock-facts ", "findings "
_MARK = f'"action":"{AuditAction.SIGN}"'
_FIX = "run `evidence verify` to see what is broken in the trail"
BESIDE_LIBRARIES = frozenset({BoundKind.WAIVERS, BoundKind.CLAIMS})
"""The files that are read with a references file once they are beside it."""

_JUDGED = frozenset({BoundKind.REFERENCES, BoundKind.WAIVERS, BoundKind.CLAIMS, BoundKind.MONOGRAPH})
_VOIDING_SIGNATURES = frozenset({SignatureState.BAD, SignatureState.EXPIRED_KEY, SignatureState.REVOKED_KEY})
_AHEAD = 1  # days: the run may have been made where the clock is further on
_LISTED = 40  # lines of errors, warnings and silences shown before signing
_NAMED = 3  # findings named before the rest is counted
_DIGITS = 12  # of a SHA-256, by which files are distinguished by eye


_NAME_AND_ADDRESS = regex(r"([^<>]*)<([^<>\s]+)>\s*")


class Backing(IntEnum):
    """How firmly it is known who gave a sign-off; only one that is at least as firm takes the place of another."""

    CLAIMED = 0
    """Nobody's key speaks for the name: there is none, or it does not hold, or it is somebody else's."""
    SIGNED = 1
    """By a key that nobody knows here."""
    KNOWN = 2
    """By a known key of the one whom it names, who may sign in its role."""


class NoSignOffError(ValueError):
    """An event of this action whose details are not those of a sign-off; the message says which."""


def details_of(
    *, name: str, role: str, meaning: Meaning, at: str, bound: Sequence[Bound], report: SignedReport
) -> dict[str, str]:
    """The details of a sign-off's event, without a signature; `at` is the time of the attestation itself."""
    details = {"name": name, "role": role, "meaning": str(meaning), "signed-at": at}
    details |= {"run": report.run, "report": report.sha256, "run-finished": report.finished, "mode": report.mode}
    details |= {key: str(getattr(report, key)) for key in _COUNTS}
    counted = {key: getattr(report, key) for key in _CHECKS}
    details |= {key.replace("_", "-"): str(count) for key, count in counted.items() if count is not None}
    for file in bound:
        details[f"{file.kind} {file.path}"] = file.sha256 or ""
        if file.facts is not None:
            details[_FACTS + file.path] = file.facts
    for path, findings in report.findings.items():
        details[_FINDINGS + path] = " ".join(
            sorted(f"{finding.code}/{finding.severity}/{finding.fingerprint}" for finding in findings)
        )
    return details


def signed_details(details: Mapping[str, str], signature: Signature) -> dict[str, str]:
    """The same details with a detached signature."""
    added = {"signature": signature.text, "signature-kind": str(signature.kind), "signature-key": signature.key}
    return {**details, **added, **({"public-key": signature.public_key} if signature.public_key else {})}


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
        raise NoSignOffError(f"{missing.args[0]} is missing") from None
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
        **{key: int(details[name]) for key in _CHECKS if (name := key.replace("_", "-")) in details},
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


# The sign-offs among the events of a trail


def sign_offs_in(lines: Iterable[str], name: str) -> Iterator[SignOff]:
    """Every sign-off among the events of a trail, in their order; lines that are not a sign-off are not looked at.

    Raises:
        FileError: an event of a sign-off was altered, or is none; naming `name` and the line.
    """
    for number, line in enumerate(lines, 1):
        if _MARK not in line:
            continue
        try:
            event = parse_event(line)
            if event.action == AuditAction.SIGN and event.ending == ActionStatus.DONE:
                yield sign_off_in(event)
        except ValueError as wrong:
            raise FileError(f"this sign-off cannot be read: {wrong}", path=name, line=number, fix=_FIX) from None


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


# Whether a sign-off is in force: by the bytes that it binds, and by what is found beyond what was signed


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What a run found, by the path of the references file: all that was found, shown or not, and how much was silent.

    What is found in a file beside it, in its monograph, waivers or claims, is found of the references file. Findings of
    rules that no sign-off is about (`Rule.is_signed`) are left out.
    """

    found: Mapping[str, Sequence[Finding]]
    unchecked: Mapping[str, int] = field(default_factory=dict)


def current(
    sign_offs: Iterable[SignOff],
    today: date,
    check: Callable[[SignOff], SignatureCheck | None],
    policy_for: Callable[[SignOff], SignOffPolicy],
) -> tuple[SignOff, ...]:
    """Those given up to a day that no newer one of the same role, meaning and files has replaced, oldest first.

    One that a known key signed is only replaced by one that a known key of its signer signed, one that any key signed
    only by one with a key. Signatures are looked at as far as that is to be known.
    """
    successions: dict[object, list[SignOff]] = {}
    for sign_off in sign_offs:
        if sign_off.as_of <= today:
            successions.setdefault(sign_off.succession_key, []).append(sign_off)
    kept: list[SignOff] = []
    for succession in successions.values():
        firmest = None
        for sign_off in reversed(succession):
            checked = check(sign_off) if sign_off.signature is not None else None
            if firmest is None or needed_backing(sign_off, checked) > firmest:
                kept.append(sign_off)
            firmest = max(firmest or Backing.CLAIMED, backing(sign_off, checked, policy_for(sign_off)))
            if firmest is Backing.KNOWN:
                break
    return tuple(sorted(kept, key=lambda sign_off: sign_off.sequence))


def backing(sign_off: SignOff, checked: SignatureCheck | None, policy: SignOffPolicy) -> Backing:
    """How firmly it is known who gave it."""
    match checked:
        case SignatureCheck(state=SignatureState.GOOD) if not mismatch(sign_off, checked, policy):
            return Backing.KNOWN
        case SignatureCheck(state=SignatureState.UNKNOWN_KEY | SignatureState.UNVERIFIED):
            return Backing.SIGNED
    return Backing.CLAIMED


def needed_backing(sign_off: SignOff, checked: SignatureCheck | None) -> Backing:
    """What a newer one needs to take its place: a known key where one signed it, a key where it has any signature."""
    if sign_off.signature is None:
        return Backing.CLAIMED
    is_good = checked is not None and checked.state is SignatureState.GOOD
    return Backing.KNOWN if is_good else Backing.SIGNED


# Who signed: by the key, not by what the sign-off says of itself


@dataclass(frozen=True, slots=True)
class Signer:
    """A person as a sign-off, a key or a policy names them; a name, an address, or both."""

    name: str
    address: str

    @property
    def text(self) -> str:
        """The address, else the name: what a key is to be known by."""
        return self.address or self.name

    def is_stated_by(self, stated: Signer) -> bool:
        """Whether `stated` names this one: by the address where it states one, else by the name."""
        if stated.address:
            both = stated.address, self.address
            return both[0] == both[1] or (all(map(str.isascii, both)) and both[0].lower() == both[1].lower())
        return bool(stated.name) and _folded(stated.name) == _folded(self.name)


def signer_of(text: str) -> Signer:
    """The person whom `Name <address>`, an address or a name alone names.

    Of two different addresses none is stated: nobody is to read the one and have the other.
    """
    match = _NAME_AND_ADDRESS.fullmatch(text)
    if match:
        name, address = match[1].strip(' "'), match[2]
        if "@" not in name:
            return Signer(name, address)
        return Signer("", address) if name.casefold() == address.casefold() else Signer(text, "")
    is_address = "@" in text and not re.search(r"[\s<>]", text.strip())
    return Signer("", text.strip()) if is_address else Signer(text.strip(), "")


def _folded(name: str) -> str:
    """A name as it is compared: in one case and one form, its words one space apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def mismatch(sign_off: SignOff, checked: SignatureCheck | None, policy: SignOffPolicy) -> str:
    """Why who signed is not whom it names, or not one who may sign in its role; empty when nothing speaks against it.

    A known key says who signed; without one it is who the sign-off says. A key that nobody knows says nothing.
    """
    stated = signer_of(sign_off.name)
    signers = [stated]
    if checked is not None and checked.state is SignatureState.GOOD:
        owners = [signer_of(principal) for principal in checked.principals]
        signers = [owner for owner in owners if owner.is_stated_by(stated)]
        if not signers:
            owner = one_line(", ".join(checked.principals)) or "an owner without a name"
            return f"the key belongs to {owner}, but the sign-off names {sign_off.name}"
    may_sign = policy.roles.get(role_key(sign_off.role))
    if may_sign is None or any(signer.is_stated_by(signer_of(name)) for name in may_sign for signer in signers):
        return ""
    listed = f"only {', '.join(may_sign)}" if may_sign else "no one is listed"
    return f"{signers[0].text} may not sign as {sign_off.role} ({listed})"


def missing_key(checked: SignatureCheck | None, policy: SignOffPolicy) -> str:
    """Why it lacks the signature by a known key that the policy requires; empty where it has one or needs none."""
    if not policy.require_key:
        return ""
    if checked is None:
        return "it has no signature"
    return "" if checked.state is SignatureState.GOOD else checked.message


def sign_off_statuses(
    attested: Iterable[Attested], run: RunFindings, policies: Mapping[str, Policy], today: date
) -> tuple[SignOffStatus, ...]:
    """The status of each on a day, beside what this run found; `policies` are those of the run's files, by path.

    Sign-offs that are about none of these files are left out.
    """
    found = {(path, finding.code, finding.fingerprint) for path, findings in run.found.items() for finding in findings}
    statuses = []
    for item in attested:
        path = next((path for path in item.library_of.values() if path in policies), None)
        if path is None:
            continue
        sign_off, verified = item.sign_off, item.verified
        void = []
        if verified is not None and verified.state in _VOIDING_SIGNATURES:
            void.append(f"its signature is not valid: {verified.message}")
        void += [*files_changed(sign_off.bound, item.now), *_unsigned_findings(item, run.found)]
        asked = strictest(policies[of].sign_off for of in item.library_of.values() if of in policies)
        unkeyed = missing_key(verified, asked)
        limit = policies[path].sign_off_limit
        due = None if limit is None else sign_off.as_of + timedelta(days=limit)
        status = SignOffStatus(
            sign_off=sign_off,
            path=path,
            verified=verified,
            void=tuple(void),
            mismatch=mismatch(sign_off, verified, asked) if not unkeyed else "",
            unkeyed=unkeyed,
            due=due,
            overdue=due is not None and today > due,
            resolved=sum(
                (library, signed.code, signed.fingerprint) not in found
                for signed_path, library in item.library_of.items()
                for signed in sign_off.report.findings.get(signed_path, ())
            ),
            unjudged=sum(run.unchecked.get(library, 0) for library in item.library_of.values()),
        )
        statuses.append(status)
    return tuple(statuses)


def files_changed(signed: Sequence[Bound], now: Sequence[Bound]) -> Iterator[str]:
    """How the files differ from those that were signed: missing, other bytes, or a new one beside them.

    Of a lock other facts are a change: that the same was answered again on a later day is none.
    """
    present = {(bound.kind, bound.path): bound for bound in now}
    for bound in signed:
        current = present.pop((bound.kind, bound.path), None)
        was = (bound.sha256 or "")[:_DIGITS]
        if current is None or current.sha256 is None:
            yield f"{bound.path} is missing (sha256 was {was})"
        elif bound.sha256 != current.sha256 and (bound.facts is None or bound.facts != current.facts):
            changed = (
                "has changed"
                if bound.facts is None
                else "records different facts about the sources than when it was signed"
            )
            yield f"{bound.path} {changed} (sha256 was {was}, is {current.sha256[:_DIGITS]})"
    for new in present.values():
        if new.sha256 is not None and new.kind in BESIDE_LIBRARIES:
            yield f"{new.path} did not exist at the time of signing (sha256 is {new.sha256[:_DIGITS]})"


def _unsigned_findings(attested: Attested, found: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """Errors and warnings of this run that were not signed, or were lesser then."""
    new: list[str] = []
    for signed_path, path in attested.library_of.items():
        of_file = attested.sign_off.report.findings.get(signed_path, ())
        signed = {(finding.code, finding.fingerprint): finding.severity for finding in of_file}
        for finding in found.get(path, ()):
            before = signed.get((finding.code, finding.fingerprint))
            if finding.severity > Severity.INFO and (before is None or before < finding.severity):
                of = f" of {finding.reference}" if finding.reference else ""
                new.append(f"{finding.code} {finding.name}{of}")
    if new:
        more = len(new) - _NAMED
        named = ", ".join(new[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"new findings since it was signed: {named}"


# Whether a recorded run's report can be signed, and its summary for the signer


def objection(report: Mapping[str, Any], bound: Sequence[Bound], names: Mapping[str, str], today: date) -> str | None:
    """Why this report cannot be signed for these files on this day, a clause without a full stop; None when it can.

    `names` are the files of the report as records name them.
    """
    run = report["run"]
    if run["mode"] == Mode.STAND_IN:
        return "the last run used the demo server instead of the real services"
    for words in ("select", "ignore"):
        if run[words]:
            return f"the last run did not show all findings (--{words} {', '.join(run[words])})"
    judged = {names[file["path"]]: file["sha256"] for file in run["inputs"]}
    for file in bound:
        is_new = file.kind is BoundKind.REFERENCES and file.path not in judged
        if is_new or (file.kind in _JUDGED and judged.get(file.path, file.sha256) != file.sha256):
            return f"{file.path} has changed since the last run"
    age = (today - date.fromisoformat(run["as_of"])).days
    if age > REPORT_LIMIT:
        return f"the last run was for {run['as_of']}, {age} days ago (limit: {REPORT_LIMIT} days)"
    return f"the last run was for {run['as_of']}, which is after {today}" if age < -_AHEAD else None


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
    findings: dict[str, list[SignedFinding]] = {names[path]: [] for path in _libraries(run)}
    for finding in report["findings"]:
        code, severity = finding["code"], Severity[finding["severity"].upper()]
        if severity > Severity.INFO and (code not in rules or rules[code].is_signed):
            owner = names[_owner(finding["path"], run)]
            findings[owner].append(SignedFinding(code, finding["fingerprint"], severity))
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
        **{key: summary.get(key) for key in _CHECKS},
        findings={path: tuple(of_file) for path, of_file in findings.items()},
    )


def _owner(path: str, run: Mapping[str, Any]) -> str:
    """The references file that a finding is about: it may be in a file that was read with it."""
    libraries = _libraries(run)
    beside = {file["path"]: file.get("of") for file in run["inputs"]}
    owner = path if path in libraries else beside.get(path)
    return str(owner if owner in libraries else next(iter(libraries)))


def _libraries(run: Mapping[str, Any]) -> list[str]:
    """The references files of a run: what is read beside one is judged by its policy, but is none."""
    beside = {file["path"] for file in run["inputs"] if file.get("of") is not None}
    return [path for path in run["policies"] if path not in beside]


def signing_summary(report: Mapping[str, Any], signed: SignedReport, bound: Sequence[Bound]) -> Iterator[str]:
    """What a signer is to see: the bytes, and what the report says; errors and silences one by one."""
    for file in bound:
        yield f"  {file.path} ({file.kind}), sha256 {file.sha256}"
    yield f"  report of run {signed.run}, finished {signed.finished}, {signed.mode}, sha256 {signed.sha256}"
    counts = ", ".join(
        quantity(number, name)
        for number, name in ((signed.errors, "error"), (signed.warnings, "warning"), (signed.infos, "info"))
    )
    if signed.checked is None:
        counts += f", {signed.unchecked} look-ups failed"
    else:
        counts += f", {signed.checked} checked, {signed.not_checked} not checked, "
        counts += f"{signed.cannot_be_checked} cannot be checked"
    yield f"Result: exit {signed.exit}; {counts}, {signed.waived} waived"
    lines = list(_summary_lines(report))
    yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  and {len(lines) - _LISTED} more; for all: `evidence report {signed.run}`"
    if report["ignored"]:
        count = len(report["ignored"])
        yield f"  {quantity(count, 'finding')} ignored by {'its entry' if count == 1 else 'their entries'}"


def _summary_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Errors first, then warnings, then what was not and what cannot be checked, then what is waived."""
    for severity in ("error", "warning"):
        for finding in report["findings"]:
            if finding["severity"] == severity:
                yield f"{severity} {_finding_name(finding)}: {finding['message']}"
    for item in report["unchecked"]:
        yield f"not checked: {item['reference']} at {item['source']}, {item['reason']}"
    uncheckable = [entry["id"] for entry in report["references"] if entry.get("check") == CheckStatus.CANNOT_BE_CHECKED]
    if uncheckable:
        yield f"cannot be checked: {', '.join(uncheckable)}"
    for finding in report.get("waived", ()):
        waiver = finding["waiver"]
        by = f"{waiver['category']}, approved by {waiver['approved_by']}, until {waiver['until']}: {waiver['reason']}"
        yield f"waived {finding['severity']} {_finding_name(finding)}: {finding['message']} ({by})"


def _finding_name(finding: Mapping[str, Any]) -> str:
    of = f" of {finding['reference']}" if finding["reference"] else ""
    return f"{finding['code']} {finding['name']}{of}"
