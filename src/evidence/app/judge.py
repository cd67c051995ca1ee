"""From cases to findings: every rule on every case, then severities, ignores, waivers and selection in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from evidence.app.lookup import LookupResults, SourceSlot, identifier_from_record
from evidence.audit.signoffs import RunFindings, standings
from evidence.model.audit import Attested, SignOffStatus
from evidence.model.case import Beside, Case
from evidence.model.findings import Finding, Selection, Violation
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Unavailable
from evidence.model.policy import Policy, Severity
from evidence.model.references import Library, Reference
from evidence.model.report import BegunRun, Ignored, Unchecked, Waived
from evidence.model.rule import RETRACTION, Rule
from evidence.rules.filecase import LibraryCase
from evidence.rules.waivers import apply_waivers, evidence_of

# From cases to findings: every rule on every case, then severities, ignores, waivers and selection in one place.

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
    without one; `folded` tells once what a whole list has in common. `source_names` are what
    findings call the sources.
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
    source_names: Mapping[str, str] = field(default_factory=dict)
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


def judge_case(case: Case, ruling: RuleSet, *, complete: bool, whole: FileResult | None = None) -> CaseResult:
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
        library,
        found,
        today,
        lambda code, reference: code not in unjudged.get(reference, frozenset()),
        chosen.ruling.source_names,
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


# What a run is asked to do.

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do; each library brings the policy it is judged by.

    `waived_as_of` is the day by which waivers are weighed, where that is not the one that is judged for.
    `texts` are the monographs that libraries name, by the libraries' paths.
    `attested` are the sign-offs about these libraries that no newer one has replaced.
    """

    libraries: tuple[Library, ...]
    lanes: tuple[SourceSlot, ...]
    ruling: RuleSet
    selection: Selection
    incomplete_fails: bool = True
    waived_as_of: date | None = None
    texts: Mapping[str, MonographReading] = field(default_factory=dict)
    attested: tuple[Attested, ...] = ()


# What is judged of all files of a run: every reference, every file, and what can only be told once all else is.

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.citations import MonographReading


@dataclass(slots=True)
class Verdicts:
    """What was judged of all cases; `retracted` has one word for each reference, in their order."""

    findings: list[Finding] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    retracted: list[bool] = field(default_factory=list)
    sign_offs: tuple[SignOffStatus, ...] = ()


def judge_all(
    order: Order, begun: BegunRun, asked: LookupResults, history: Mapping[Identifier, tuple[Observation, ...]]
) -> Verdicts:
    """Judge every file of a run by what was answered and by what earlier runs saw."""
    told = Verdicts()
    choice, today = Choice(order.ruling, order.selection), order.waived_as_of or begun.as_of
    counted: dict[str, tuple[Finding, ...]] = {}
    for library in order.libraries:
        text = order.texts.get(library.path)
        whole = judge_file(LibraryCase(library, begun.as_of, text), order.ruling)
        judged: list[CaseResult] = []
        for case in _cases(library, text, begun.as_of, asked, history, source_names=order.ruling.source_names):
            missing = tuple(_unchecked(case, order.ruling))
            judged.append(judge_case(case, order.ruling, complete=not missing, whole=whole))
            told.unchecked += missing
        settled = settle(library, today, judged, whole, choice)
        counted[library.path] = settled.counted
        told.findings += settled.findings
        told.ignored += settled.ignored
        told.waived += settled.waived
        told.retracted += (one.retracted for one in judged)
    seen = RunFindings(counted, Counter(one.path for one in told.unchecked))
    told.sign_offs = standings(order.attested, seen, begun.policies, begun.as_of)
    for library in order.libraries:
        own = tuple(one for one in told.sign_offs if one.path == library.path)
        last = closing(LibraryCase(library, begun.as_of, sign_offs=own), order.ruling)
        told.findings += filter(order.selection.shows, last)
    told.findings.sort(key=lambda f: (f.place, f.code, f.printed or f.place, f.message))
    return told


def _cases(
    library: Library,
    text: MonographReading | None,
    today: date,
    asked: LookupResults,
    history: Mapping[Identifier, tuple[Observation, ...]],
    *,
    source_names: Mapping[str, str],
) -> Iterator[Case]:
    printed = [reference.cited_as for reference in library.references if reference.cited_as]
    beside = Beside(printed) if text is None else Beside(printed, text.printed)
    for reference in library.references:
        yield Case(
            reference=reference,
            library=library,
            policy=library.policy,
            today=today,
            answers=answers_for(reference, asked),
            learned=learned_for(reference, asked),
            history={i: history[i] for i in reference.identifiers if i in history},
            weather=asked.weather,
            beside=beside,
            source_names=source_names,
        )


def answers_for(reference: Reference, asked: LookupResults) -> tuple[Answer, ...]:
    """What was answered about a reference's own identifiers, in their order."""
    answers = (asked.answers[i] for i in reference.identifiers if i in asked.answers)
    return tuple(asked.settled(answer) for answer in answers)


def learned_for(reference: Reference, asked: LookupResults) -> tuple[Answer, ...]:
    """What was asked because the reference's own record names it: facts about the work, never judged themselves."""
    named = identifier_from_record(reference, asked.answers)
    return (asked.answers[named],) if named in asked.answers else ()


def _unchecked(case: Case, ruling: RuleSet) -> Iterator[Unchecked]:
    """What of this reference could not be asked: silence of an authority, never a finding."""
    told = [(answer, _silence(answer) or ruling.doubt(case, answer)) for answer in case.answers]
    told += [(answer, _silence(answer)) for answer in case.learned]
    for answer, reason in told:
        if reason is not None:
            yield Unchecked(case.reference.id, case.reference.place.path, answer.source, reason)


def _silence(answer: Answer) -> str | None:
    """Why this answer says nothing; a cited page's own silence says something (LNK002), so it is none."""
    match answer.outcome:
        case Unavailable(reason=reason, cause=Cause.OFFLINE | Cause.NO_SOURCE):
            return reason
        case Unavailable(reason=reason) | Blocked(reason=reason) if answer.identifier.kind is not IdKind.URL:
            return reason
        case Found() | NotFound() | Blocked() | Unavailable():
            return None
