"""What a rule finds: a violation as the rule yields it, and the finding that is made of it and reported."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from evidence.model.policy import Severity
from evidence.model.references import Place


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule yields.

    `message` is one sentence without a full stop; `fact` is what the finding rests on (it makes the
    fingerprint, so it holds no line numbers and nothing that changes from day to day); `at` names
    the fields at which to show it, the first present one wins; `place` overrides that; `printed` is
    its place in the monograph, for what is found there; `severity` overrides the rule's own for
    this violation. `theme` is set for a form that all citations of a list may share: then it is reported once.
    """

    message: str
    fact: str
    at: tuple[str, ...] = ()
    suggestion: str | None = None
    severity: Severity | None = None
    place: Place | None = None
    printed: Place | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with its rule, its reference and its place; what reports show.

    `evidence` says what it rests on beside its own fact: by the name of each source, a hash of what it said
    (`evidence.rules.waiver_evidence`). A waiver is bound to it.
    `place` is always in a references file. What was found in the monograph has its place there as `printed`.
    """

    code: str
    name: str
    severity: Severity
    reference: str | None
    place: Place
    message: str
    fingerprint: str
    suggestion: str | None = None
    evidence: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    printed: Place | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules' findings to show, by code, name or family; empty `only` means all."""

    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def shows(self, finding: Finding) -> bool:
        """Whether this finding is wanted."""
        names = {finding.code, finding.name, finding.code[:3]}
        return (not self.only or bool(self.only & names)) and not self.never & names


def fingerprint(code: str, reference: str | None, fact: str) -> str:
    """A finding's identity over runs: code, reference and the fact it rests on, never a line number."""
    text = "\x1f".join((code, reference or "", fact))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
