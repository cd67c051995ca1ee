"""From cases to findings: every rule on every case, then severities, ignores, waivers and selection in one place.

References are judged first, each by itself, then claims by what is known of the references that they rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from evidence.model.claims import AnchorState
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Cause,
    CheckStatus,
    Found,
    NotFound,
    Origin,
    Unavailable,
    is_unsourced,
)
from evidence.model.policy import Policy
from evidence.model.references import Reference
from evidence.model.report import Ignored, Unchecked, Waived
from evidence.model.rule import RETRACTION, WITHDRAWAL, Finding, Lookup, Rule, Selection, Subject
from evidence.rules.case import Case, ClaimCase, LibraryCase
from evidence.rules.rule import CaseRule, ClaimRule
from evidence.rules.waivers import apply_waivers


@dataclass(frozen=True)
class RuleSet:
    """The rules of a run, and the functions that judge what no rule judges by one reference.

    `unused_ignores` is asked last, since it needs to know what was found: it is given the reference, the
    codes that need no finding, and those that were found but cannot be ignored. `library_findings` judges a file,
    `closing_findings` what can only be judged once all else is; `caveat` says why an authority's "no"
    is not yet to be believed, `is_unread` whether an answer is of a cited page that gave nothing readable. `merge`
    makes one finding of what many references of a list have in common.
    `fallen_support` judges a claim by what was found of the references, by their ids, and is neither ignored nor
    waived: what it finds cannot be waived itself. `source_names` are what findings call the sources.
    """

    rules: tuple[Rule, ...]
    unused_ignores: Callable[[Reference, frozenset[str], frozenset[str]], Iterator[Finding]]
    library_findings: Callable[[LibraryCase], Iterator[Finding]]
    caveat: Callable[[Case, Answer], str | None]
    is_unread: Callable[[Case, Answer], bool] = lambda _case, _answer: False
    merge: Callable[[Sequence[Finding], Sequence[Case]], Iterator[Finding]] = lambda findings, _: iter(findings)
    closing_findings: Callable[[LibraryCase], Iterator[Finding]] = lambda _: iter(())
    fallen_support: Callable[[ClaimCase, Mapping[str, Sequence[Finding]]], Iterator[Finding]] = lambda _claim, _found: (
        iter(())
    )
    source_names: Mapping[str, str] = field(default_factory=dict)
    _about: dict[frozenset[IdKind], tuple[CaseRule, ...]] = field(default_factory=dict, init=False, compare=False)

    @cached_property
    def by_code(self) -> Mapping[str, Rule]:
        """Every rule by its code."""
        return {rule.code: rule for rule in self.rules}

    def rules_about(self, kinds: frozenset[IdKind]) -> tuple[CaseRule, ...]:
        """The rules for a reference with these kinds of identifier; a long list has many of few kinds."""
        rules = self._about.get(kinds)
        if rules is None:
            of_cases = (rule for rule in self.rules if isinstance(rule, CaseRule))
            rules = tuple(rule for rule in of_cases if not rule.about or rule.about & kinds)
            self._about[kinds] = rules
        return rules

    @cached_property
    def of_claims(self) -> tuple[ClaimRule, ...]:
        """The rules that judge claims."""
        return tuple(rule for rule in self.rules if isinstance(rule, ClaimRule))

    @cached_property
    def needing_lookups(self) -> frozenset[str]:
        """The codes of the rules that judge what services and pages answered."""
        return frozenset(rule.code for rule in self.rules if rule.needs_lookup)

    @cached_property
    def of_text(self) -> frozenset[str]:
        """The codes of the rules that judge the monograph's text, silent without one."""
        return frozenset(rule.code for rule in self.rules if rule.subject is Subject.MONOGRAPH)

    def with_severity(self, finding: Finding, policy: Policy) -> Finding:
        """The finding with the severity that a policy gives its code."""
        severity = policy.severity.get(finding.code) or finding.severity
        if self.by_code[finding.code].voids:
            severity = max(severity, finding.severity)
        return finding if severity is finding.severity else replace(finding, severity=severity)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One reference as judged: its findings, those that its own `ignore:` silences, and how far it could be looked at.

    `unjudged` are the codes that could not be judged. `retracted` and `withdrawn` are true whatever findings are to be
    shown: no report hides it.
    """

    case: Case
    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    unchecked: tuple[Unchecked, ...]
    unjudged: frozenset[str]
    retracted: bool
    withdrawn: bool
    check: CheckStatus


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """One claim as judged: its findings, those of CLM006 left out, and the codes that could not be judged."""

    case: ClaimCase
    findings: tuple[Finding, ...]
    unjudged: frozenset[str]


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file as judged: its references and claims, what is to be shown of all of it, and what counts.

    `counted` are the findings that neither an `ignore:` nor a waiver covers, those that are not to be shown among them.
    """

    cases: tuple[CaseResult, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    waived: tuple[Waived, ...]
    counted: tuple[Finding, ...]
    claims: tuple[ClaimResult, ...] = ()


def judge_file(
    file: LibraryCase, cases: Iterable[Case], rules: RuleSet, selection: Selection, waivers_on: date | None = None
) -> FileResult:
    """Judge a file, its references and claims; waivers are applied as of `waivers_on` (None: the day judged for)."""
    library = file.library
    ids = {reference.id for reference in library.references}
    of_file: list[Finding] = []
    of_entries: dict[str | None, list[Finding]] = {}
    for finding in rules.library_findings(file):
        if finding.reference in ids:
            of_entries.setdefault(finding.reference, []).append(finding)
        else:
            of_file.append(rules.with_severity(finding, library.policy))
    of_text = rules.of_text if file.text is None else frozenset[str]()
    unjudged: dict[str | None, frozenset[str]] = {None: of_text}
    results: list[CaseResult] = []
    for case in cases:
        name = case.reference.id
        result = judge_case(case, rules, of_entries.pop(name, ()), of_text)  # of one id twice, the first has them all
        unjudged[name] = unjudged.get(name, frozenset()) | result.unjudged
        results.append(result)
    claims = tuple(_judge_claims(file, results, rules, of_text))
    unjudged |= {result.case.claim.key: result.unjudged for result in claims}
    own = [finding for result in results for finding in result.findings]
    found = [*of_file, *rules.merge(own, [result.case for result in results])]
    found += [finding for result in claims for finding in result.findings]
    applied = apply_waivers(
        library,
        found,
        waivers_on or file.today,
        lambda code, name: code not in unjudged.get(name, frozenset()),
        rules=rules.by_code,
        source_names=rules.source_names,
    )
    counted = (*applied.open, *(rules.with_severity(finding, library.policy) for finding in applied.about))
    if claims:
        counted += tuple(_fallen(claims, applied.open, rules))
    shows = selection.shows
    return FileResult(
        cases=tuple(results),
        findings=tuple(filter(shows, counted)),
        ignored=tuple(item for result in results for item in result.ignored if shows(item.finding)),
        waived=tuple(Waived(finding, waiver) for finding, waiver in applied.covered if shows(finding)),
        counted=counted,
        claims=claims,
    )


def _judge_claims(
    file: LibraryCase, results: Sequence[CaseResult], rules: RuleSet, of_text: frozenset[str]
) -> Iterator[ClaimResult]:
    """Each claim of a file as judged; what rests on a reference that could not be asked about is not judged."""
    by_id = {result.case.reference.id: result for result in reversed(results)}  # of one id twice, the first counts
    cases = {name: result.case for name, result in by_id.items()}
    for claim in file.library.claims:
        case = ClaimCase(claim, file, cases)
        findings = tuple(
            rules.with_severity(finding, case.policy) for rule in rules.of_claims for finding in rule.findings(case)
        )
        silent = any(by_id[item.reference].unchecked for item in claim.evidence if item.reference in by_id)
        silent = silent or any(anchor.state is AnchorState.NOT_CHECKED for anchor in case.anchors)
        yield ClaimResult(case, findings, of_text | rules.needing_lookups if silent else of_text)


def _fallen(claims: Sequence[ClaimResult], found: Iterable[Finding], rules: RuleSet) -> Iterator[Finding]:
    """What is found of claims by what counts of the references that they rest on."""
    by_reference: dict[str, list[Finding]] = {}
    for finding in found:
        if finding.reference is not None:
            by_reference.setdefault(finding.reference, []).append(finding)
    for claim in claims:
        for finding in rules.fallen_support(claim.case, by_reference):
            yield rules.with_severity(finding, claim.case.policy)


def judge_case(
    case: Case, rules: RuleSet, of_file: Iterable[Finding] = (), unjudged: frozenset[str] = frozenset()
) -> CaseResult:
    """Judge one reference. `of_file` is what was found of it by judging its file, `unjudged` what could not be judged.

    An unused `ignore:` is a finding only for rules that could be judged: a link that could not be tried today does
    not make the reason for ignoring it obsolete.
    """
    reference = case.reference
    unchecked = tuple(_unchecked(case, rules))
    findings: list[Finding] = []
    ignored: list[Ignored] = []
    codes: set[str] = set()
    of_rules = (finding for rule in rules.rules_about(case.kinds) for finding in rule.findings(case))
    for found in (*of_rules, *of_file):
        finding = rules.with_severity(found, case.policy)
        codes.add(finding.code)
        reason = reference.ignore.get(finding.code)
        if reason is None or not rules.by_code[finding.code].is_ignorable(finding.severity):
            findings.append(finding)
        else:
            ignored.append(Ignored(finding, reason))
    heeded = {item.finding.code for item in ignored} | unjudged | (rules.needing_lookups if unchecked else set())
    unheeded = frozenset(finding.code for finding in findings if finding.code in reference.ignore)
    unused = rules.unused_ignores(reference, frozenset(heeded), unheeded)
    findings += [rules.with_severity(finding, case.policy) for finding in unused]
    if unchecked:
        unjudged |= rules.needing_lookups
    elif any(
        answer.identifier.kind is IdKind.URL and not isinstance(answer.outcome, Found | NotFound)
        for answer in case.answers
    ):
        unjudged |= {rule.code for rule in rules.rules if rule.needs is Lookup.PAGE}
    if any(contents.record is not None and not contents.sections for contents in case.contents.values()):
        unjudged |= {rule.code for rule in rules.rules if rule.needs is Lookup.LABEL_TEXT}
    check = _check_status(case, rules, unchecked)
    void = (RETRACTION in codes, WITHDRAWAL in codes)
    return CaseResult(case, tuple(findings), tuple(ignored), unchecked, unjudged, *void, check)


def _check_status(case: Case, rules: RuleSet, unchecked: tuple[Unchecked, ...]) -> CheckStatus:
    """How far the reference could be looked at: whatever people ignore, waive or select afterwards."""
    if unchecked:
        return CheckStatus.NOT_CHECKED
    has_told = any(not is_unsourced(answer.outcome) and not rules.is_unread(case, answer) for answer in case.answers)
    return CheckStatus.CHECKED if has_told else CheckStatus.CANNOT_BE_CHECKED


def _unchecked(case: Case, rules: RuleSet) -> Iterator[Unchecked]:
    """What of this reference could not be asked: silence of an authority, never a finding."""
    reasons = [(answer, _silence(answer) or rules.caveat(case, answer)) for answer in case.answers]
    # Where Retraction Watch answered from its file, an offline run has a second source without Crossref.
    has_second = any(isinstance(answer.outcome, Found | NotFound) for answer in case.notices)
    learned = [answer for answer in case.learned if not (has_second and _is_offline(answer))]
    reasons += [(answer, _silence(answer)) for answer in learned]
    # A lock that was written without the file has no such answers.
    reasons += [(answer, _silence(answer)) for answer in case.notices if answer.origin is not Origin.LOCK]
    # Contents that no lock and no store holds were not needed before there was such a look-up: SPL002 says so itself.
    # That the product was not compared with the label is said by nothing else.
    has_product = case.library.monograph.product is not None
    compared = case.label.current.version if case.label and case.label.versions and has_product else None
    asked = (
        contents.answer
        for version, contents in case.contents.items()
        if contents.answer.origin is Origin.NETWORK or version == compared
    )
    reasons += [(answer, _silence(answer)) for answer in asked]
    for answer, reason in reasons:
        if reason is not None:
            yield Unchecked(case.reference.id, case.reference.place.path, answer.source, reason)


def _is_offline(answer: Answer) -> bool:
    return isinstance(answer.outcome, Unavailable) and answer.outcome.cause is Cause.OFFLINE


def _silence(answer: Answer) -> str | None:
    """Why this answer says nothing; a cited page's own silence says something (LNK002), so it is none.

    Nobody is silent about an identifier for which there is no source.
    """
    if is_unsourced(answer.outcome):
        return None
    match answer.outcome:
        case Unavailable(reason=reason, cause=Cause.OFFLINE | Cause.NO_SOURCE):
            return reason
        case Unavailable(reason=reason) | Blocked(reason=reason) if answer.identifier.kind is not IdKind.URL:
            return reason
        case Found() | NotFound() | Blocked() | Unavailable():
            return None
