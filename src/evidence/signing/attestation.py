"""A sign-off as the details of its event, and as the text that a person's key signs.

The text is made of the event's own fields in one canonical form, one `key: value` a line in the order of the keys,
both as JSON strings of ASCII, keys without their quotes: so it need not be stored beside them, and anybody can make it
anew. See `docs/sign-off.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from evidence.model.policy import Severity
from evidence.model.signoffs import (
    Bound,
    BoundKind,
    Meaning,
    Signature,
    SignatureKind,
    SignedFinding,
    SignedReport,
    SignOff,
)

FIRST_LINE = "evidence-tracker sign-off 1"
NAMESPACE = "evidence-tracker"
"""What SSH signatures are made for (`ssh-keygen -Y sign -n`), so that none made for git or a file passes for one."""

SIGNATURE_KEYS = ("signature", "signature-kind", "signature-key", "public-key")
_COUNTS = ("exit", "errors", "warnings", "infos", "unchecked", "waived")
_FACTS, _FINDINGS = "lock-facts ", "findings "


class NoSignOffError(ValueError):
    """An event of this action whose details are not those of a sign-off; the message says which."""


def details_of(  # noqa: PLR0913 - what a person attests, field by field
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


def sign_off_of(  # noqa: PLR0913 - the fields of an event
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
