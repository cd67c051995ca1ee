"""Rules: one function each, with a code, a kebab-case name, a severity and a docstring.

The docstring has the sections *What it does / Why is this bad? / Example / Use instead /
References*; `evidence rule CODE` and the reference page are made from it. Codes are append-only:
three letters of a family, three digits, never reused.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidence.model.case import Case
from evidence.model.findings import Finding, Violation, fingerprint
from evidence.model.identifiers import IdKind
from evidence.model.policy import Severity
from evidence.model.references import Reference

Judge = Callable[[Case], Iterator[Violation]]

RETRACTION = "RET001"
"""The code of the rule that reports a retracted article; what it finds stands on the reference in every report."""

VOIDING = frozenset({RETRACTION, "MET006"})
"""Codes whose findings void the reference as support: they can neither be ignored nor lowered."""

NEVER_WAIVED = VOIDING | {"CIT001"}
"""Codes whose findings nobody can let stand: what voids a reference as support, and a citation of nothing."""

NEVER_WAIVED_FAMILIES = ("WVR", "SGN")
"""The families of findings about waivers and sign-offs: these are renewed, not waived."""

_CODE = re.compile(r"[A-Z]{3}\d{3}")
_NAME = re.compile(r"[a-z]+(-[a-z0-9]+)*")

FAMILIES = {
    "REF": "the entry",
    "IDN": "identifiers",
    "LNK": "links",
    "RET": "retractions and notices",
    "SPL": "labels",
    "ACC": "accessed dates",
    "MET": "metadata",
    "STY": "printed style",
    "CIT": "citations in the monograph",
    "CLM": "claims",
    "EVD": "evidence class",
    "SUR": "surveillance",
    "WVR": "waivers",
    "SGN": "sign-offs",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and its documentation.

    `needs_lookup` is True when it judges what a service answered; `about` are the kinds of identifier
    of which a reference must have one to be judged by it at all, none for any reference.
    """

    code: str
    name: str
    severity: Severity
    needs_lookup: bool
    judge: Judge
    doc: str
    about: frozenset[IdKind] = frozenset()

    @property
    def family(self) -> str:
        """The three letters before the number."""
        return self.code[:3]

    @property
    def words(self) -> tuple[str, str, str]:
        """What selects it: its code, its name, its family."""
        return self.code, self.name, self.family

    def findings(self, case: Case) -> Iterator[Finding]:
        """Judge one case; each hit becomes a finding with this rule's code and a place."""
        for hit in self.judge(case):
            yield self.finding(hit, case.reference)

    def finding(self, hit: Violation, reference: Reference) -> Finding:
        """The finding that a hit of this rule makes at this reference."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=hit.severity or self.severity,
            reference=reference.id,
            place=hit.place or reference.place_of(*hit.at),
            message=hit.message,
            fingerprint=fingerprint(self.code, reference.id, hit.fact),
            suggestion=hit.suggestion,
            printed=hit.printed,
            theme=hit.theme,
        )


def rule(
    code: str, name: str, severity: Severity, *, needs_lookup: bool = False, about: frozenset[IdKind] = frozenset()
) -> Callable[[Judge], Rule]:
    """Make a rule of a judging function; raises ValueError on a bad code, name or missing docstring."""
    if not _CODE.fullmatch(code) or code[:3] not in FAMILIES:
        raise ValueError(f"not a rule code: {code}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a rule name: {name}")

    def made(judge: Judge) -> Rule:
        doc = inspect.getdoc(judge)
        if not doc:
            raise ValueError(f"{code} has no docstring")
        return Rule(code, name, severity, needs_lookup, judge, doc, about)

    return made
