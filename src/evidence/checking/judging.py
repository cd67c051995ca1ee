"""From cases to findings: every rule on every case, then severities, ignores and selection in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
Folded = Callable[[Sequence[Finding], Sequence[Case]], Iterator[Finding]]
Doubt = Callable[[Case, Answer], str | None]


@dataclass(frozen=True)
class Ruling:
    """The rules of the house, and what stands apart from them.

    `unignorable` codes can neither be silenced by an entry's `ignore:` nor lowered by the policy:
    what they find voids the reference as support, whatever the reason given. Where the rule itself
    says info (a retraction that is knowingly discussed), they are like any other.
    `unused_ignore` is judged last, since it needs to know what was found: `unused_ignores` is told which
    codes need no word, and which were found but cannot be ignored. `library_findings` judges
    a file as a whole; `doubt` says why an authority's "no" is not yet to be believed. `of_text` are the
    codes of rules that judge the monograph's text, silent without one; `folded` tells once what a whole
    list has in common.
    """

    rules: tuple[Rule, ...]
    unused_ignore: Rule
    unused_ignores: UnusedIgnores
    unignorable: frozenset[str]
    library_findings: LibraryFindings
    doubt: Doubt
    of_text: frozenset[str] = frozenset()
    folded: Folded = field(default=lambda findings, _: iter(findings))
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

    `retracted` is told whatever findings are to be shown: no report hides it.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    retracted: bool = False


@dataclass(slots=True)
class JudgedFile:
    """What was judged of a file as a whole: findings of no entry, and those that are handed to their entries.

    `unjudged` are the codes that could not be judged, so that ignoring them is not called unused.
    """

    findings: tuple[Finding, ...]
    unjudged: frozenset[str]
    _of_entries: dict[str, list[Finding]]

    def take(self, reference: Reference) -> list[Finding]:
        """The findings of this entry; of entries with the same id, the first has them all."""
        return self._of_entries.pop(reference.id, [])


def judge_file(whole: FileCase, ruling: Ruling, selection: Selection) -> JudgedFile:
    """Judge a file as a whole; what concerns an entry is weighed and ignored with that entry's own findings."""
    of_file: list[Finding] = []
    of_entries: dict[str, list[Finding]] = {}
    known = {reference.id for reference in whole.library.references}
    for finding in ruling.library_findings(whole):
        if finding.reference in known:
            of_entries.setdefault(finding.reference or "", []).append(finding)
        else:
            of_file.append(_weighed(finding, whole.library.policy, ruling))
    unjudged = ruling.of_text if whole.text is None else frozenset[str]()
    return JudgedFile(tuple(one for one in of_file if selection.shows(one)), unjudged, of_entries)


def judge(
    case: Case, ruling: Ruling, selection: Selection, *, complete: bool, whole: JudgedFile | None = None
) -> Judged:
    """Judge one case. `complete` is False when something of it could not be asked.

    `whole` is what was judged of its file. An unused `ignore:` is told only for rules that could be
    judged: a link that could not be tried today does not make the reason for ignoring it obsolete.
    """
    rules = ruling.rules_about(case.kinds)
    told = [finding for rule in rules for finding in rule.findings(case)] + (
        whole.take(case.reference) if whole else []
    )
    found = [_weighed(finding, case.policy, ruling) for finding in told]
    kept, ignored = _split(found, case.reference, ruling)
    codes = frozenset(item.finding.code for item in ignored)
    if not complete:
        codes |= ruling.needing_lookups
    if whole is not None:
        codes |= whole.unjudged
    unheeded = frozenset(finding.code for finding in kept if finding.code in case.reference.ignore)
    unused = ruling.unused_ignores(case.reference, codes, unheeded)
    kept += [_weighed(ruling.unused_ignore.finding(hit, case.reference), case.policy, ruling) for hit in unused]
    return Judged(
        tuple(finding for finding in kept if selection.shows(finding)),
        tuple(item for item in ignored if selection.shows(item.finding)),
        retracted=any(finding.code == RETRACTION for finding in found),
    )


def _weighed(finding: Finding, policy: Policy, ruling: Ruling) -> Finding:
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
