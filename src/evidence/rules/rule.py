"""How a rule is declared: a decorator that takes every fact about it, beside the function that judges.

No fact has a default, so that none is forgotten. What most rules have in common is said once, by `entry_rule`, and what
all rules of a family have, by a `functools.partial` at the top of its module; a rule that differs says so itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from evidence.model.identifiers import IdKind
from evidence.model.policy import Severity
from evidence.model.rule import (
    Absence,
    Exceptions,
    FactOf,
    Finding,
    FixKind,
    Lookup,
    NewsKind,
    OnAdding,
    Rule,
    Subject,
    Violation,
)
from evidence.rules.case import Case, ClaimCase, in_paragraph

Judge = Callable[[Case], Iterator[Violation]]
WaiverEvidence = Callable[[Case, Finding], Mapping[str, str]]
"""What a finding rests on beside its own fact, by the name of each source that answered (`waiver_evidence`)."""

ClaimJudge = Callable[[ClaimCase], Iterator[Violation]]
ClaimWaiverEvidence = Callable[[ClaimCase, Finding], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRule(Rule):
    """A rule that judges one reference at a time.

    `waiver_evidence` is None when its findings rest on their own fact alone.
    """

    judge: Judge
    waiver_evidence: WaiverEvidence | None

    def findings(self, case: Case) -> Iterator[Finding]:
        """Judge one case; each violation becomes a finding with this rule's code and a place."""
        reference = case.reference
        for violation in self.judge(case):
            place = violation.place or reference.place_of(*violation.at)
            finding = self.finding(violation, reference.id, place)
            if self.waiver_evidence is not None and (evidence := self.waiver_evidence(case, finding)):
                finding = self.finding(violation, reference.id, place, tuple(sorted(evidence.items())))
            yield finding


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    raised_to: Severity | None,
    subject: Subject,
    needs: Lookup,
    about: frozenset[IdKind],
    fact_of: FactOf,
    absence: Absence,
    superseded_by: tuple[str, ...],
    exceptions: Exceptions,
    waiver_evidence: WaiverEvidence | None,
    news: NewsKind | None,
    on_adding: OnAdding,
    fix: FixKind | None,
    compares: tuple[str, ...],
) -> Callable[[Judge], CaseRule]:
    """Make a rule of a function that judges one case; `Rule` says what each fact means.

    Raises ValueError on a bad code or name, and where the function has no docstring.
    """

    def declared(judge: Judge) -> CaseRule:
        return CaseRule(
            code=code,
            name=name,
            severity=severity,
            raised_to=raised_to,
            doc=inspect.getdoc(judge) or "",
            subject=subject,
            needs=needs,
            about=about,
            fact_of=fact_of,
            absence=absence,
            superseded_by=superseded_by,
            exceptions=exceptions,
            waiver_evidence=waiver_evidence,
            news=news,
            on_adding=on_adding,
            fix=fix,
            compares=compares,
            judge=judge,
        )

    return declared


entry_rule = partial(
    rule,
    raised_to=None,
    subject=Subject.ENTRY,
    fact_of=FactOf.ENTRY,
    absence=Absence.NONE,
    superseded_by=(),
    exceptions=Exceptions.ALLOWED,
    waiver_evidence=None,
    news=None,
    on_adding=OnAdding.SILENT,
    fix=None,
    compares=(),
)
"""`rule` for most rules about an entry; a family says what it needs and is about, a rule what is special to it."""


def library_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    raised_to: Severity | None,
    subject: Subject,
    exceptions: Exceptions,
    needs: Lookup,
) -> Callable[[Callable[[], None]], Rule]:
    """Make a rule of its documentation; a function of its module judges all rules of this subject together.

    Few such rules depend on what a source answered, and nothing that they find can be fixed by a machine.
    """

    def declared(documented: Callable[[], None]) -> Rule:
        return Rule(
            code=code,
            name=name,
            severity=severity,
            raised_to=raised_to,
            doc=inspect.getdoc(documented) or "",
            subject=subject,
            needs=needs,
            about=frozenset(),
            fact_of=FactOf.ENTRY,
            absence=Absence.NONE,
            superseded_by=(),
            exceptions=exceptions,
            news=None,
            on_adding=OnAdding.SILENT,
            fix=None,
            compares=(),
        )

    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRule(Rule):
    """A rule that judges one claim at a time; `waiver_evidence` as for a `CaseRule`."""

    judge: ClaimJudge
    waiver_evidence: ClaimWaiverEvidence | None

    def findings(self, case: ClaimCase) -> Iterator[Finding]:
        """Judge one claim; a violation without a place in the monograph has that of the claim's sentence."""
        for violation in self.judge(case):
            finding = self.claim_finding(case, violation)
            if self.waiver_evidence is not None and (evidence := self.waiver_evidence(case, finding)):
                finding = self.claim_finding(case, violation, tuple(sorted(evidence.items())))
            yield finding

    def claim_finding(
        self, case: ClaimCase, violation: Violation, evidence: tuple[tuple[str, str], ...] = ()
    ) -> Finding:
        """The finding that a violation of this rule is, at the claim and at its sentence."""
        printed = violation.printed or case.printed
        message = violation.message + in_paragraph(printed)
        place = violation.place or case.claim.place_of(*violation.at)
        return self.finding(replace(violation, message=message, printed=printed), case.claim.key, place, evidence)


def rule_of_claims(
    code: str,
    name: str,
    severity: Severity,
    *,
    raised_to: Severity | None,
    subject: Subject,
    needs: Lookup,
    exceptions: Exceptions,
    waiver_evidence: ClaimWaiverEvidence | None,
) -> Callable[[ClaimJudge], ClaimRule]:
    """Make a rule of a function that judges one claim; `needs` is what it needs of the references that it rests on.

    Raises ValueError on a bad code or name, and where the function has no docstring.
    """

    def declared(judge: ClaimJudge) -> ClaimRule:
        return ClaimRule(
            code=code,
            name=name,
            severity=severity,
            raised_to=raised_to,
            doc=inspect.getdoc(judge) or "",
            subject=subject,
            needs=needs,
            about=frozenset(),
            fact_of=FactOf.ENTRY,
            absence=Absence.NONE,
            superseded_by=(),
            exceptions=exceptions,
            news=None,
            on_adding=OnAdding.SILENT,
            fix=None,
            compares=(),
            judge=judge,
            waiver_evidence=waiver_evidence,
        )

    return declared


claim_rule = partial(
    rule_of_claims,
    raised_to=None,
    subject=Subject.CLAIM,
    needs=Lookup.NONE,
    exceptions=Exceptions.ALLOWED,
    waiver_evidence=None,
)
"""`rule_of_claims` for most rules about a claim; a rule that differs says so itself."""
