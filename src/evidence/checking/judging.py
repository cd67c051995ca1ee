"""From cases to findings: every rule on every case, then severities, ignores and selection in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from evidence.checks.whole import FileCase
from evidence.findings import Finding, Hit, Selection
from evidence.model.case import Case
from evidence.model.identity import IdKind
from evidence.model.outcomes import Answer
from evidence.model.policy import Policy, Severity
from evidence.model.references import Reference
from evidence.report import Ignored
from evidence.rules import RETRACTION, Rule

UnusedIgnores = Callable[[Reference, frozenset[str], frozenset[str]], Iterator[Hit]]
LibraryFindings = Callable[[FileCase], Iterator[Finding]]
Doubt = Callable[[Case, Answer], str | None]


def _nothing(whole: FileCase) -> Iterator[Finding]:
    del whole
    return iter(())


@dataclass(frozen=True)
class Ruling:
    """The rules of the house, and what stands apart from them.

    `unignorable` codes can neither be silenced by an entry's `ignore:` nor lowered by the policy:
    what they find voids the reference as support, whatever the reason given. Where the rule itself
    says info (a retraction that is knowingly discussed), they are like any other.
    `unused_ignore` is judged last, since it needs to know what was found: `unused_ignores` is told which
    codes need no word, and which were found but cannot be ignored. `library_findings` judges a file as a
    whole, `closing_findings` what can only be told once all else is; `doubt` says why an authority's "no"
    is not yet to be believed.
    """

    rules: tuple[Rule, ...]
    unused_ignore: Rule
    unused_ignores: UnusedIgnores
    unignorable: frozenset[str]
    library_findings: LibraryFindings
    doubt: Doubt
    closing_findings: LibraryFindings = _nothing
    _about: dict[frozenset[IdKind], tuple[Rule, ...]] = field(default_factory=dict, init=False, compare=False)

    def rules_about(self, kinds: frozenset[IdKind]) -> tuple[Rule, ...]:
        """The rules for a reference with these kinds of identifier; a long list has many of few kinds."""
        rules = self._about.get(kinds)
        if rules is None:
            rules = tuple(rule for rule in self.rules if not rule.about or rule.about & kinds)
            self._about[kinds] = rules
        return rules

    @property
    def needing_lookups(self) -> frozenset[str]:
        """The codes of the rules that judge what services and pages answered."""
        return frozenset(rule.code for rule in self.rules if rule.needs_lookup)


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of one case, and those that its own `ignore:` silences.

    `kept` are all findings that it does not silence, also those that are not to be shown; `retracted`
    is told whatever findings are to be shown: no report hides it.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    retracted: bool = False
    kept: tuple[Finding, ...] = ()


def judge(case: Case, ruling: Ruling, selection: Selection, *, complete: bool) -> Judged:
    """Judge one case. `complete` is False when something of it could not be asked.

    An unused `ignore:` is told only for rules that could be judged: a link that could not be tried
    today does not make the reason for ignoring it obsolete.
    """
    rules = ruling.rules_about(case.kinds)
    found = [weighed(finding, case.policy, ruling) for rule in rules for finding in rule.findings(case)]
    kept, ignored = _split(found, case.reference, ruling)
    codes = frozenset(item.finding.code for item in ignored)
    if not complete:
        codes |= ruling.needing_lookups
    unheeded = frozenset(finding.code for finding in kept if finding.code in case.reference.ignore)
    unused = ruling.unused_ignores(case.reference, codes, unheeded)
    kept += [weighed(ruling.unused_ignore.finding(hit, case.reference), case.policy, ruling) for hit in unused]
    return Judged(
        tuple(finding for finding in kept if selection.shows(finding)),
        tuple(item for item in ignored if selection.shows(item.finding)),
        retracted=any(finding.code == RETRACTION for finding in found),
        kept=tuple(kept),
    )


def weighed(finding: Finding, policy: Policy, ruling: Ruling) -> Finding:
    """The finding with the severity that the policy gives it."""
    severity = policy.severity.get(finding.code) or finding.severity
    if finding.code in ruling.unignorable:
        severity = max(severity, finding.severity)
    return finding if severity is finding.severity else replace(finding, severity=severity)


def _split(found: Iterable[Finding], reference: Reference, ruling: Ruling) -> tuple[list[Finding], list[Ignored]]:
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    for finding in found:
        reason = reference.ignore.get(finding.code)
        fixed = finding.code in ruling.unignorable and finding.severity > Severity.INFO
        if reason is None or fixed:
            kept.append(finding)
        else:
            ignored.append(Ignored(finding, reason))
    return kept, ignored
