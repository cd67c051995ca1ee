"""Whether a sign-off is in force: by the bytes that it binds, and by what is found beyond what was signed.

What counts as a change is decided here and nowhere else; `docs/sign-off.md` says it in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.findings import Finding
from evidence.model.policy import Policy, Severity
from evidence.model.signoffs import Attested, Bound, BoundKind, SignatureState, SignedFinding, SignOff, SignOffStatus

WEATHER = frozenset({"LNK002"})
"""Codes of findings that say only that a page did not answer today: they neither void a sign-off nor were signed."""

OWN_FAMILY = "SGN"
_NAMED = 3  # findings named before the rest is counted
_DIGITS = 12  # of a SHA-256, by which files are told apart by eye
_VOIDING_SIGNATURES = frozenset({SignatureState.BAD, SignatureState.EXPIRED_KEY, SignatureState.REVOKED_KEY})


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What a run saw, by the path of the references file: all that was found, shown or not, and how much was silent.

    What is found in a file beside it, in its monograph or its waivers, is found of the references file.
    """

    found: Mapping[str, Sequence[Finding]]
    unchecked: Mapping[str, int] = field(default_factory=dict)


def current(sign_offs: Iterable[SignOff], today: date) -> tuple[SignOff, ...]:
    """Those given up to a day that no newer one of the same role, meaning and files has replaced, oldest first."""
    newest = {one.station: one for one in sign_offs if one.as_of <= today}
    return tuple(sorted(newest.values(), key=lambda one: one.sequence))


def signed_findings(findings: Iterable[Finding]) -> tuple[SignedFinding, ...]:
    """What of a report is signed: its errors and warnings, without the weather and what is said of sign-offs."""
    return tuple(
        SignedFinding(one.code, one.fingerprint, one.severity) for one in findings if _counts(one.code, one.severity)
    )


def counted(code: str, severity: str) -> bool:
    """As `signed_findings`, for a finding as a report's document names it."""
    return _counts(code, Severity[severity.upper()])


def _counts(code: str, severity: Severity) -> bool:
    return severity > Severity.INFO and code not in WEATHER and not code.startswith(OWN_FAMILY)


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
        void=(*_signature(one), *files_changed(sign_off.bound, one.now), *_findings(one, seen.found)),
        due=due,
        overdue=due is not None and today > due,
        gone=_gone(one, seen.found),
        unjudged=sum(seen.unchecked.get(file, 0) for file in one.library_of.values()),
    )


def _signature(one: Attested) -> Iterator[str]:
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
            if _counts(finding.code, finding.severity) and (before is None or before < finding.severity):
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
