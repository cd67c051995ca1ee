"""WVR: which findings the waivers of a file cover, and what is wrong with those that cover none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from evidence.matching.simhash import is_different_text
from evidence.matching.text import fold
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.policy import Severity
from evidence.model.references import FINDING, OF, Category, Library, Role, Waiver
from evidence.model.rule import VOID_WORDS, Exceptions, Finding, Lookup, Rule, Subject, Violation
from evidence.model.text import shell_command
from evidence.rules.links import DRIFTED
from evidence.rules.rule import library_rule
from evidence.rules.waiver_evidence import TEXT, no_answer_hash

_rule = partial(
    library_rule, raised_to=None, needs=Lookup.NONE, subject=Subject.WAIVERS, exceptions=Exceptions.NOT_WAIVED
)


@_rule("WVR001", "expired-waiver", Severity.ERROR)
def expired_waiver() -> None:
    """A waiver has expired, or is longer than the policy allows.

    What it does:
        Reports a waiver whose `until` date has passed while its finding is still present (or could not be
        checked today). Also reports a waiver that runs for more days from `since` than `policy: waiver-limit:`
        allows for the severity of its finding: by default 30 for errors, 90 for warnings, 365 for infos, and
        90 for waivers written by `evidence baseline`. The waiver covers nothing: the finding counts again.

    Why it matters:
        No one is responsible for the finding any more.

    Message:
        the waiver of LNK001 by Kim Ode expired 84 days ago, on 2026-08-31

    Example:
        waivers:
          - code: LNK001
            reference: charity
            since: 2026-08-01
            until: 2026-08-31   # three months ago
            ...

    What to do:
        Fix the finding. If that needs more time, have it waived again:

        evidence waive LNK001 charity --until 30d ...

    References:
        docs/waivers.md.
    """


@_rule("WVR002", "evidence-changed", Severity.ERROR)
def evidence_changed() -> None:
    """The evidence for a waiver has changed.

    What it does:
        Compares the evidence for the finding today with the evidence when it was waived. A new version of the
        label, a new notice, a changed page or different words in the record or the entry make the waiver void:
        it covers nothing. A source that cannot be reached today does not void a waiver, nor does
        text that rotates on a page (see LNK008).

    Why it matters:
        The person who approved the waiver has not seen what the source says now.

    Message:
        SPL002 was waived on 2026-08-01 by Kim Ode, but DailyMed now says something different; the waiver is void

    Example:
        SPL002 was waived at version 12 of a label; DailyMed has published version 13.

    What to do:
        Read what has changed. Then fix the finding, or have it waived again with `evidence waive`.

    References:
        docs/decisions/0011-waivers.md lists the evidence for each finding.
    """


@_rule("WVR003", "unused-waiver", Severity.WARNING)
def unused_waiver() -> None:
    """The waiver covers no finding.

    What it does:
        Reports a waiver whose rule no longer finds anything at its reference, whose reference is
        not in the file, or whose finding is already covered by another waiver. It is not reported if the finding
        could not be checked in this run, or for pages that did not answer (LNK002, LNK003, LNK004), since one
        good day proves little.

    Why it matters:
        A leftover waiver suggests a problem that no longer exists, and could hide a new one.

    Message:
        ACC001 is waived for charity, but the rule finds nothing there

    Example:
        waivers:
          - code: ACC001
            reference: charity   # whose accessed date was renewed last week
            ...

    What to do:
        Remove the waiver from the list.

    References:
        The same rule for ignored codes: REF006 unused-ignore.
    """


@_rule("WVR004", "self-approved", Severity.WARNING)
def self_approved() -> None:
    """The person who asked for a waiver also approved it.

    What it does:
        Compares `requested-by` with `approved-by`, ignoring case, accents, spaces and punctuation.
        It is also reported when `policy: self-approval: allowed` lets `evidence waive` write such a waiver.

    Why it matters:
        The purpose of an approval is a second pair of eyes.

    Message:
        dana reyes both requested and approved the waiver of SPL002

    Example:
        requested-by: Dana Reyes
        approved-by: dana reyes

    What to do:
        Enter the name of another person who has looked at it.

    References:
        docs/waivers.md.
    """


@_rule("WVR005", "not-waivable", Severity.ERROR)
def not_waivable() -> None:
    """The waiver is for a finding that cannot be waived.

    What it does:
        Reports waivers of RET001 and RET008 (unless the entry discusses the retraction, which makes them infos), of
        MET006, of CIT001 and of findings about waivers, and waivers of SPL004 with any category other than
        false-positive. They cover nothing.

    Why it matters:
        A retracted article does not support a statement, and neither does a different article. A citation of an
        entry that does not exist has no source at all. No reason changes that.

    Message:
        RET001 cannot be waived for any reason

    Example:
        waivers:
          - code: RET001
            reference: smith-2007
            ...

    What to do:
        Cite another source. If the text discusses the retraction, set `role: discusses-retraction`.

    References:
        ICMJE Recommendations, IV.A.3.g: retracted articles are cited only to refer to the retraction.
    """


RULES = (expired_waiver, evidence_changed, unused_waiver, self_approved, not_waivable)
"""Judged by `apply_waivers`, once everything else is found."""

STATUS_WORDS = {
    expired_waiver.code: "expired",
    evidence_changed.code: "void",
    unused_waiver.code: "unused",
    not_waivable.code: "not waivable",
}
"""What a waiver is called that covers nothing, by the code of the finding about it."""


def is_same_person(first: str, second: str) -> bool:
    """Whether two names are one but for case, accents, spaces and punctuation."""
    first, second = ("".join(letter for letter in fold(name) if letter.isalnum()) for name in (first, second))
    return first == second


@dataclass(slots=True)
class AppliedWaivers:
    """Which findings of a file its waivers cover, which they leave open, and what is wrong with the waivers."""

    covered: list[tuple[Finding, Waiver]] = field(default_factory=list)
    open: list[Finding] = field(default_factory=list)
    about: list[Finding] = field(default_factory=list)


def apply_waivers(
    library: Library,
    found: Sequence[Finding],
    today: date,
    is_judged: Callable[[str, str | None], bool],
    *,
    rules: Mapping[str, Rule],
    source_names: Mapping[str, str],
) -> AppliedWaivers:
    """Which of the findings the waivers of a file cover on this day.

    Args:
        library: The file.
        found: Every finding of the file that no entry ignores, with the severity that counts.
        today: The day that is judged for.
        is_judged: Whether a code could be judged at a reference (by its id) in this run.
        rules: All rules by their codes.
        source_names: What findings call the sources.
    """
    if not library.waivers:
        return AppliedWaivers(open=list(found))
    return _WaiverCheck(library, found, today, is_judged, rules=rules, source_names=source_names).applied()


class _WaiverCheck:
    """The findings that no waiver has claimed yet, and what is wrong with the waivers that cover none.

    A claim of None means that a waiver is for that finding, but does not cover it.
    """

    def __init__(
        self,
        library: Library,
        found: Sequence[Finding],
        today: date,
        is_judged: Callable[[str, str | None], bool],
        *,
        rules: Mapping[str, Rule],
        source_names: Mapping[str, str],
    ) -> None:
        self._library = library
        self._found = found
        self._today = today
        self._is_judged = is_judged
        self._rules = rules
        self._source_names = {**source_names, TEXT: "the page text"}
        self._roles = {reference.id: reference.role for reference in library.references}
        self._references = {reference.id: reference for reference in library.references}
        self._names = {*self._references, *(claim.key for claim in library.claims)}
        self._claims: dict[int, Waiver | None] = {}
        self._about: list[Finding] = []
        self._by_name: dict[tuple[str, str | None], list[int]] = {}
        for number, finding in enumerate(found):
            self._by_name.setdefault((finding.code, finding.reference), []).append(number)

    def applied(self) -> AppliedWaivers:
        """Waivers in force claim their findings first; what is left says what is wrong with the rest."""
        begun = [waiver for waiver in self._library.waivers if waiver.has_begun(self._today)]
        without_cover = [waiver for waiver in begun if not self._covers(waiver)]
        without_finding = [waiver for waiver in without_cover if not self._is_void_for_own_finding(waiver)]
        for waiver in without_finding:
            self._report_missing(waiver)
        for waiver in begun:
            if not waiver.has_ended(self._today) and is_same_person(waiver.requested_by, waiver.approved_by):
                message = f"{waiver.approved_by} both requested and approved the waiver of {waiver.code}"
                self._report(self_approved, waiver, "approved-by", message, "have someone else approve it")
        result = AppliedWaivers(about=self._about)
        for number, finding in enumerate(self._found):
            claimed_by = self._claims.get(number)
            if claimed_by is None:
                result.open.append(finding)
            else:
                result.covered.append((finding, claimed_by))
        return result

    def _unclaimed(self, waiver: Waiver) -> list[int]:
        """The findings of the waiver's code and reference that no waiver has claimed."""
        named = self._by_name.get((waiver.code, waiver.reference), ())
        return [number for number in named if number not in self._claims]

    def _is_own(self, waiver: Waiver, number: int) -> bool:
        return self._found[number].fingerprint == waiver.evidence.get(FINDING)

    def _is_waivable(self, finding: Finding, waiver: Waiver) -> bool:
        return self._rules[finding.code].is_waivable(finding.severity, waiver.category)

    def _last_day(self, waiver: Waiver, finding: Finding) -> date:
        limit = self._library.policy.waiver_limits.days(finding.severity, baseline=waiver.baseline)
        return waiver.since + timedelta(days=min(limit, (date.max - waiver.since).days))

    def _covers(self, waiver: Waiver) -> bool:
        """Whether the waiver is in force for a finding, which it then claims."""
        if waiver.has_ended(self._today):
            return False
        for number in self._unclaimed(waiver):
            finding = self._found[number]
            holds = (
                self._is_own(waiver, number)
                and self._is_waivable(finding, waiver)
                and not _changed_sources(waiver, finding)
                and self._other_source(waiver) is None
            )
            if holds and waiver.until <= self._last_day(waiver, finding):
                self._claims[number] = waiver
                return True
        return False

    def _other_source(self, waiver: Waiver) -> str | None:
        """The source for which the waiver was given, where that is no longer the reference's.

        A waiver that names none was given for the source before when it is as old as that.
        """
        reference = self._references.get(waiver.reference or "")
        if reference is None:
            return None
        of = waiver.evidence.get(OF)
        if of is not None:
            return None if of in map(str, reference.identifiers) else of
        now = set(map(str, reference.identifiers))
        earlier = (before for before in reference.previous if waiver.since <= before.until)
        return next((before.identifier for before in earlier if before.identifier not in now), None)

    def _is_void_for_own_finding(self, waiver: Waiver) -> bool:
        """Whether the very finding is there that the waiver names but does not cover; then it is reported why not."""
        own = [number for number in self._unclaimed(waiver) if self._is_own(waiver, number)]
        if not own:
            return False
        self._claims[own[0]] = None
        finding = self._found[own[0]]
        last = self._last_day(waiver, finding)
        if not self._is_waivable(finding, waiver):
            self._report_not_waivable(waiver)
        elif waiver.has_ended(self._today):
            self._report_expired(waiver)
        elif waiver.until > last:
            severity = str(finding.severity)
            kind = "a baseline" if waiver.baseline else f"{'an' if severity[0] in 'aeiou' else 'a'} {severity}"
            message = (
                f"{waiver.code} is waived for {(waiver.until - waiver.since).days} days; "
                f"the limit for {kind} is {(last - waiver.since).days} days, until {last}; the waiver covers nothing"
            )
            self._report(expired_waiver, waiver, "until", message, f"until: {last}")
        else:
            if (other := self._other_source(waiver)) is not None:
                self._report_changed(waiver, f"it was given for a different source, {other}")
                return True
            names = [self._source_names.get(name, name) for name in _changed_sources(waiver, finding)]
            say = "says" if len(names) == 1 else "say"
            self._report_changed(waiver, f"{' and '.join(names)} now {say} something different")
        return True

    def _report_missing(self, waiver: Waiver) -> None:
        """The waiver's own finding is not there (any more): why, as far as that can be known today."""
        others = self._unclaimed(waiver)
        rule = self._rules.get(waiver.code)
        role = self._roles.get(waiver.reference or "")
        is_discussed = waiver.code in VOID_WORDS and role is Role.DISCUSSES_RETRACTION
        is_forbidden = rule is not None and not rule.is_waivable(rule.severity, waiver.category) and not is_discussed
        if is_forbidden or any(not self._is_waivable(self._found[number], waiver) for number in others):
            self._report_not_waivable(waiver)
        elif waiver.reference is not None and waiver.reference not in self._names:
            what = "claim" if waiver.reference.startswith(CLAIM_PREFIX) else "reference"
            message = f"{waiver.code} is waived for {waiver.reference}, but no {what} has that id"
            self._report(unused_waiver, waiver, "reference", message, "remove the waiver or correct its reference")
        elif not self._is_judged(waiver.code, waiver.reference):
            if waiver.has_ended(self._today):
                self._report_expired(waiver)
        elif others:
            self._claims[others[0]] = None
            if waiver.has_ended(self._today):
                self._report_expired(waiver)
            else:
                self._report_changed(waiver, f"the finding is now: {self._found[others[0]].message}")
        elif rule is None or not rule.absence.is_silence or waiver.has_ended(self._today):
            at = f" for {waiver.reference}" if waiver.reference else ""
            named = self._by_name.get((waiver.code, waiver.reference), ())
            is_taken = any(self._is_own(waiver, number) for number in named)
            why = "but another waiver already covers that finding" if is_taken else "but the rule finds nothing there"
            self._report(unused_waiver, waiver, "code", f"{waiver.code} is waived{at}, {why}", "remove the waiver")

    def _report_expired(self, waiver: Waiver) -> None:
        days = (self._today - waiver.until).days
        ago = "yesterday" if days == 1 else f"{days} days ago"
        message = f"the waiver of {waiver.code} by {waiver.approved_by} expired {ago}, on {waiver.until}"
        fix = f"fix the finding or have it waived again: {_command(waiver)}"
        self._report(expired_waiver, waiver, "until", message, fix)

    def _report_changed(self, waiver: Waiver, what: str) -> None:
        message = f"{waiver.code} was waived on {waiver.since} by {waiver.approved_by}, but {what}; the waiver is void"
        fix = f"read what has changed, then fix the finding or have it waived again: {_command(waiver)}"
        self._report(evidence_changed, waiver, "evidence", message, fix)

    def _report_not_waivable(self, waiver: Waiver) -> None:
        rule = self._rules[waiver.code]
        if rule.exceptions is Exceptions.FALSE_POSITIVE:
            message = f"{waiver.code} can only be waived as {Category.FALSE_POSITIVE}, not as {waiver.category}"
        else:
            message = f"{waiver.code} cannot be waived for any reason"
        self._report(not_waivable, waiver, "code", message, f"remove the waiver and fix what {waiver.code} found")

    def _report(self, judged: Rule, waiver: Waiver, key: str, message: str, fix: str) -> None:
        reference = waiver.reference if waiver.reference in self._names else None
        finding = waiver.evidence.get(FINDING, "")
        fact = f"{waiver.code} {waiver.reference or ''} {finding} {waiver.since} {waiver.until}"
        violation = Violation(message, fact, suggestion=fix)
        self._about.append(judged.finding(violation, reference, waiver.place_of(key)))


def _command(waiver: Waiver) -> str:
    """What has it waived again."""
    return f"`{shell_command('waive', waiver.code, waiver.reference or '-')}`"


def _changed_sources(waiver: Waiver, finding: Finding) -> list[str]:
    """The sources that say something else today than when the finding was waived; the silent ones are not judged."""
    return [name for name, now in finding.evidence if _is_changed(name, waiver.evidence.get(name), now)]


def _is_changed(name: str, then: str | None, now: str) -> bool:
    if name == TEXT:
        return then is not None and is_different_text(then, now, DRIFTED)
    return now != (no_answer_hash() if then is None else then)
