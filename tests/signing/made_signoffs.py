"""Sign-offs made up for the tests: of one file, one lock and one report."""

from __future__ import annotations

from datetime import date
from typing import Any

from evidence.findings import Finding
from evidence.model.policy import Severity
from evidence.model.references import Place
from evidence.model.signoffs import Attested, Bound, BoundKind, Meaning, SignedFinding, SignedReport, SignOff
from evidence.signing.attestation import details_of, sign_off_of

PATH = "references.yaml"
DAY = date(2026, 11, 23)
STALE = SignedFinding("ACC001", "f" * 32, Severity.WARNING)
BOUND = (
    Bound(BoundKind.REFERENCES, PATH, "a" * 64),
    Bound(BoundKind.MONOGRAPH, "naltrexone.docx", "b" * 64),
    Bound(BoundKind.LOCK, "references.lock.json", "c" * 64, "d" * 64),
)
REPORT = SignedReport(
    run="20261123T090000Z-abcdef",
    sha256="e" * 64,
    finished="2026-11-23T09:00:05Z",
    mode="online",
    exit=0,
    errors=0,
    warnings=1,
    infos=2,
    unchecked=0,
    findings={PATH: (STALE,)},
)


def details(**changed: Any) -> dict[str, str]:
    fields: dict[str, Any] = {
        "name": "A. Reviewer",
        "role": "medical editor",
        "meaning": Meaning.APPROVED,
        "at": "2026-11-23T10:00:00Z",
        "bound": BOUND,
        "report": REPORT,
    }
    return details_of(**(fields | changed))


def sign_off(sequence: int = 7, as_of: date = DAY, reason: str | None = None, **changed: Any) -> SignOff:
    return sign_off_of(
        sequence=sequence,
        at="2026-11-23T10:00:01Z",
        as_of=as_of,
        actor="areviewer",
        reason=reason,
        details=details(**changed),
    )


def attested(*now: Bound, **changed: Any) -> Attested:
    """The sign-off beside these files as they are now, in the place of those that were signed."""
    present = {(one.kind, one.path): one for one in (*BOUND, *now)}
    return Attested(sign_off(**changed), tuple(present.values()), library_of={PATH: PATH})


def finding(code: str = "ACC001", fact: str = "f" * 32, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(code, "a-name", severity, "entry", Place(PATH, 3, 5), "a message", fact)
