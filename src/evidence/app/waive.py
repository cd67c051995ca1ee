"""Waivers: which finding each is written for, which it renews, and how each of a library fares in a report. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.app.registry import RULE_SET
from evidence.library.scalars import Value
from evidence.model.policy import Policy, Severity
from evidence.model.references import FINDING, OF, Category, Library, Waiver
from evidence.model.report import Report
from evidence.model.rule import Finding
from evidence.rules.waivers import STATUS_WORDS, expired_waiver, is_same_person


@dataclass(frozen=True, slots=True)
class WaiverTerms:
    """What the people who ask for a waiver and approve it say in it."""

    category: Category
    reason: str
    requested_by: str
    approved_by: str
    since: date
    until: date
    baseline: bool = False

    @property
    def is_self_approved(self) -> bool:
        """Whether the requester approved it alone."""
        return is_same_person(self.requested_by, self.approved_by)


@dataclass(frozen=True, slots=True)
class WaiverRequest:
    """A finding to be waived, and the waiver that is to be given again for it, None for a new one."""

    finding: Finding
    instead_of: Waiver | None = None


def is_waivable(finding: Finding, category: Category) -> bool:
    """Whether a finding can be waived as that."""
    return RULE_SET.by_code[finding.code].is_waivable(finding.severity, category)


def findings_at(report: Report, code: str, reference: str | None) -> list[Finding]:
    """Every finding of this code at a reference (None: the file itself), also what is waived already."""
    known = (*report.findings, *(item.finding for item in report.waived))
    return [finding for finding in known if (finding.code, finding.reference) == (code, reference)]


def last_day(finding: Finding, since: date, policy: Policy, *, baseline: bool = False) -> date:
    """Until when the policy lets this finding be waived."""
    days = policy.waiver_limits.days(finding.severity, baseline=baseline)
    return since + timedelta(days=min(days, (date.max - since).days))


def match_waivers(library: Library, findings: Iterable[Finding], others: Iterable[Finding]) -> list[WaiverRequest]:
    """For each finding the waiver that is renewed by waiving it: its own, else a void one of the same name.

    Args:
        library: Whose waivers are meant.
        findings: What is to be waived, all of one code and reference.
        others: What else is found of that code there; the waivers of these are left alone.
    """
    findings = list(findings)
    own = {waiver.evidence.get(FINDING): waiver for waiver in reversed(library.waivers)}
    named = {finding.fingerprint for finding in (*findings, *others)}
    void = [waiver for waiver in library.waivers if waiver.evidence.get(FINDING) not in named]
    requests = []
    for finding in findings:
        waiver = own.get(finding.fingerprint)
        if waiver is None or (waiver.code, waiver.reference) != (finding.code, finding.reference):
            about = (finding.code, finding.reference)
            renewable = (other for other in void if (other.code, other.reference) == about)
            waiver = next(renewable, None)
            void = [other for other in void if other is not waiver]
        requests.append(WaiverRequest(finding, waiver))
    return requests


@dataclass(slots=True)
class Baseline:
    """What a baseline waives (`fresh`), what cannot be waived (`unwaivable`), and what it leaves as it is.

    That is what a waiver was given for already (`known`): a baseline is for what was in the file before, and is not
    given twice; and infos that fail no run of the file (`infos`): they say what cannot be checked, which a waiver would
    hide from a run with `--fail-on info`.
    """

    fresh: list[Finding] = field(default_factory=list)
    unwaivable: list[Finding] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    infos: list[Finding] = field(default_factory=list)


def baseline_of(library: Library, report: Report) -> Baseline:
    """What was found in a library, sorted for a baseline."""
    waived = {(waiver.code, waiver.reference, waiver.evidence.get(FINDING)) for waiver in library.waivers}
    baseline = Baseline()
    for finding in report.findings:
        if finding.severity is Severity.INFO and library.policy.fail_on is not Severity.INFO:
            baseline.infos.append(finding)
        elif not is_waivable(finding, Category.PENDING_FIX):
            baseline.unwaivable.append(finding)
        elif (finding.code, finding.reference, finding.fingerprint) in waived:
            baseline.known.append(finding)
        else:
            baseline.fresh.append(finding)
    return baseline


def evidence_of(finding: Finding, library: Library) -> dict[str, str]:
    """What a waiver of this finding rests on beside it: the source that the reference is of, and what sources said."""
    identifiers = next((own.identifiers for own in library.references if own.id == finding.reference), ())
    return {**({OF: str(identifiers[0])} if identifiers else {}), **dict(finding.evidence)}


def waiver_entry(finding: Finding, terms: WaiverTerms, library: Library) -> dict[str, Value]:
    """The waiver as it is written."""
    about: dict[str, Value] = {"code": finding.code}
    if finding.reference is not None:
        about["reference"] = finding.reference
    return about | waiver_fields(finding, terms, library) | ({"baseline": "true"} if terms.baseline else {})


def waiver_fields(
    finding: Finding, terms: WaiverTerms, library: Library, before: Waiver | None = None
) -> dict[str, Value]:
    """The fields of a waiver that giving it (again) sets."""
    fields: dict[str, Value] = {
        "category": str(terms.category),
        "reason": terms.reason,
        "requested-by": terms.requested_by,
        "approved-by": terms.approved_by,
        "since": terms.since.isoformat(),
        "until": terms.until.isoformat(),
        "evidence": {FINDING: finding.fingerprint, **evidence_of(finding, library)},
    }
    return fields | ({"baseline": "false"} if before is not None and before.baseline else {})


@dataclass(frozen=True, slots=True)
class WaiverStatus:
    """A waiver's status: `in force`, `not begun`, `not judged`, or what is wrong with it and `why`; the days left."""

    waiver: Waiver
    status: str
    left: int
    why: str = ""


def waiver_statuses(library: Library, report: Report, today: date) -> Iterator[WaiverStatus]:
    """The status of each waiver of a library, by what was found as of today."""
    covering = {id(item.waiver) for item in report.waived}
    wrong = {finding.place: finding for finding in report.findings if finding.code in STATUS_WORDS}
    for waiver in library.waivers:
        places = (waiver.place, *waiver.places.values())
        finding = next((wrong[place] for place in places if place in wrong), None)
        if id(waiver) in covering:
            status = "in force"
        elif finding is not None:
            too_long = finding.code == expired_waiver.code and not waiver.has_ended(today)
            status = "too long" if too_long else STATUS_WORDS[finding.code]
        else:
            status = "not judged" if waiver.has_begun(today) else "not begun"
        yield WaiverStatus(waiver, status, (waiver.until - today).days, finding.message if finding is not None else "")
