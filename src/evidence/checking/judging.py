"""From cases to findings: every rule on every case, then severities, ignores, waivers and selection in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.checks.resting import evidence_of
from evidence.checks.weighing import apply_waivers
from evidence.checks.whole import LibraryCase
from evidence.findings import Finding, Selection, Violation
from evidence.model.case import Case
from evidence.model.identity import IdKind
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.policy import Policy, Severity
from evidence.model.references import Library, Reference
from evidence.report import Ignored, Waived
from evidence.rules import RETRACTION, Rule

UnusedIgnores = Callable[[Reference, frozenset[str], frozenset[str]], Iterator[Violation]]
LibraryFindings = Callable[[LibraryCase], Iterator[Finding]]
Folded = Callable[[Sequence[Finding], Sequence[Case]], Iterator[Finding]]
Doubt = Callable[[Case, Answer], str | None]


def _nothing(whole: LibraryCase) -> Iterator[Finding]:
    del whole
    return iter(())


@dataclass(frozen=True)
class RuleSet:
    """The rules of the house, and what stands apart from them.

    `unignorable` codes can neither be silenced by an entry's `ignore:` nor lowered by the policy:
    what they find voids the reference as support, whatever the reason given. Where the rule itself
    says info (a retraction that is knowingly discussed), they are like any other.
    `unused_ignore` is judged last, since it needs to know what was found: `unused_ignores` is told which
    codes need no word, and which were found but cannot be ignored. `library_findings` judges a file as a
    whole, `closing_findings` what can only be told once all else is; `doubt` says why an authority's "no"
    is not yet to be believed. `of_text` are the codes of rules that judge the monograph's text, silent
    without one; `folded` tells once what a whole list has in common.
    """

    rules: tuple[Rule, ...]
    unused_ignore: Rule
    unused_ignores: UnusedIgnores
    unignorable: frozenset[str]
    library_findings: LibraryFindings
    doubt: Doubt
    of_text: frozenset[str] = frozenset()
    folded: Folded = field(default=lambda findings, _: iter(findings))
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
class CaseResult:
    """The findings of one case, those that its own `ignore:` silences, and which codes could not be judged.

    `retracted`
    is told whatever findings are to be shown: no report hides it.
    """

    case: Case
    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    retracted: bool
    unjudged: frozenset[str]


@dataclass(slots=True)
class FileResult:
    """What was judged of a file as a whole: findings of no entry, and those that are handed to their entries.

    `unjudged` are the codes that could not be judged, so that ignoring them is not called unused.
    """

    findings: tuple[Finding, ...]
    unjudged: frozenset[str]
    _of_entries: dict[str, list[Finding]]

    def take(self, reference: Reference) -> list[Finding]:
        """The findings of this entry; of entries with the same id, the first has them all."""
        return self._of_entries.pop(reference.id, [])


def judge_file(whole: LibraryCase, ruling: RuleSet) -> FileResult:
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
    return FileResult(tuple(of_file), unjudged, of_entries)


def judge(case: Case, ruling: RuleSet, *, complete: bool, whole: FileResult | None = None) -> CaseResult:
    """Judge one case. `complete` is False when something of it could not be asked.

    `whole` is what was judged of its file. An unused `ignore:` is told only for rules that could be
    judged: a link that could not be tried today does not make the reason for ignoring it obsolete.
    """
    told = [finding for rule in ruling.rules_about(case.kinds) for finding in rule.findings(case)]
    told += whole.take(case.reference) if whole else ()
    found = [_rested(_weighed(finding, case.policy, ruling), case) for finding in told]
    kept, ignored = _split(found, case.reference, ruling)
    codes = frozenset(item.finding.code for item in ignored)
    if not complete:
        codes |= ruling.needing_lookups
    of_text = whole.unjudged if whole else frozenset[str]()
    codes |= of_text
    unheeded = frozenset(finding.code for finding in kept if finding.code in case.reference.ignore)
    unused = ruling.unused_ignores(case.reference, codes, unheeded)
    kept += [_weighed(ruling.unused_ignore.finding(hit, case.reference), case.policy, ruling) for hit in unused]
    return CaseResult(
        case,
        tuple(kept),
        tuple(ignored),
        retracted=any(finding.code == RETRACTION for finding in found),
        unjudged=of_text | (ruling.needing_lookups if not complete else _unheard(case, ruling)),
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What is told of a file: what counts, and what entries ignore or waivers let stand."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    waived: tuple[Waived, ...]
    counted: tuple[Finding, ...]
    """The findings that no `ignore:` and no waiver lets stand, those that are not to be shown among them."""


def settle(library: Library, today: date, judged: Sequence[CaseResult], whole: FileResult, chosen: Choice) -> Settled:
    """Weigh the waivers of a file against all that was found in it, and leave out what is not to be shown.

    Args:
        library: The file.
        today: The day judged for.
        judged: Its references, each as judged.
        whole: The file as a whole, as judged.
        chosen: The ruling, and which rules' findings are shown.
    """
    unjudged: dict[str | None, frozenset[str]] = {None: whole.unjudged}
    for one in judged:
        name = one.case.reference.id
        unjudged[name] = unjudged.get(name, frozenset()) | one.unjudged
    own = [finding for one in judged for finding in one.findings]
    found = [*whole.findings, *chosen.ruling.folded(own, [one.case for one in judged])]
    told = apply_waivers(
        library, found, today, lambda code, reference: code not in unjudged.get(reference, frozenset())
    )
    counted = (*told.open, *(_weighed(finding, library.policy, chosen.ruling) for finding in told.about))
    shows = chosen.selection.shows
    return Settled(
        findings=tuple(filter(shows, counted)),
        ignored=tuple(item for one in judged for item in one.ignored if shows(item.finding)),
        waived=tuple(Waived(finding, waiver) for finding, waiver in told.covered if shows(finding)),
        counted=counted,
    )


def closing(whole: LibraryCase, ruling: RuleSet) -> list[Finding]:
    """What can only be told of a file once all else is judged, weighed by its policy."""
    return [_weighed(finding, whole.library.policy, ruling) for finding in ruling.closing_findings(whole)]


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules, and those of which findings are shown."""

    ruling: RuleSet
    selection: Selection


def _unheard(case: Case, ruling: RuleSet) -> frozenset[str]:
    """The codes on links, where a cited page gave no answer to judge them by."""
    pages = (answer.outcome for answer in case.answers if answer.identifier.kind is IdKind.URL)
    if all(isinstance(outcome, Found | NotFound) for outcome in pages):
        return frozenset()
    return frozenset(code for code in ruling.needing_lookups if code.startswith("LNK"))


def _rested(finding: Finding, case: Case) -> Finding:
    evidence = evidence_of(case, finding)
    return replace(finding, evidence=evidence) if evidence else finding


def _weighed(finding: Finding, policy: Policy, ruling: RuleSet) -> Finding:
    severity = policy.severity.get(finding.code) or finding.severity
    if finding.code in ruling.unignorable:
        severity = max(severity, finding.severity)
    return finding if severity is finding.severity else replace(finding, severity=severity)


def _split(found: Iterable[Finding], reference: Reference, ruling: RuleSet) -> tuple[list[Finding], list[Ignored]]:
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
