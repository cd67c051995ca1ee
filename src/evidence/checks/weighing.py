"""Which findings the waivers of a file cover, and what is wrong with those that cover none.

A waiver covers one finding: that of its code and reference whose fingerprint and evidence it names. Nothing else is
covered silently, neither a second finding of the code nor the same one once a source says something new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.checks.page_contents import DRIFTED
from evidence.checks.resting import TEXT, no_answer_hash
from evidence.checks.waivers import (
    evidence_changed,
    expired_waiver,
    is_same_person,
    is_waivable,
    not_waivable,
    self_approved,
    unused_waiver,
)
from evidence.compare.drift import is_another
from evidence.findings import Finding, fingerprint
from evidence.model.references import FINDING, Library, Role, Waiver
from evidence.rules import NEVER_WAIVED, NEVER_WAIVED_FAMILIES, RETRACTION, Rule

_SILENCE = frozenset({"LNK002", "LNK003", "LNK004"})
"""Findings that a page gave no answer: one good day does not make their waiver unused."""

_NAMES = {
    "pubmed": "PubMed",
    "pmc": "PMC",
    "crossref": "Crossref",
    "doi": "the DOI's agency",
    "dailymed": "DailyMed",
    "web": "the page",
    TEXT: "the text of the page",
}


@dataclass(slots=True)
class Weighed:
    """What the waivers of a file come to: which findings are covered by which, and what is wrong with the waivers."""

    covered: list[tuple[Finding, Waiver]] = field(default_factory=list)
    open: list[Finding] = field(default_factory=list)
    about: list[Finding] = field(default_factory=list)


def apply_waivers(
    library: Library, found: Sequence[Finding], today: date, is_judged: Callable[[str, str | None], bool]
) -> Weighed:
    """Weigh the waivers of a file against all that was found in it.

    Args:
        library: The file, whose waivers and policy are meant.
        found: Every finding of the file that no entry ignores, with the severity that counts.
        today: The day that is judged for.
        is_judged: Whether a code could be judged at a reference (by its id) in this run.
    """
    if not library.waivers:
        return Weighed(open=list(found))
    return _Weighing(library, found, today, is_judged).done()


class _Weighing:
    """The findings that no waiver has claimed yet, and what came of the others."""

    def __init__(
        self, library: Library, found: Sequence[Finding], today: date, is_judged: Callable[[str, str | None], bool]
    ) -> None:
        self._library = library
        self._found = found
        self._today = today
        self._is_judged = is_judged
        self._roles = {reference.id: reference.role for reference in library.references}
        self._claimed: dict[int, Waiver | None] = {}
        self._about: list[Finding] = []
        self._by_name: dict[tuple[str, str | None], list[int]] = {}
        for number, finding in enumerate(found):
            self._by_name.setdefault((finding.code, finding.reference), []).append(number)

    def done(self) -> Weighed:
        """Those in force claim their findings first; what is left tells what is wrong with the rest."""
        begun = [waiver for waiver in self._library.waivers if waiver.has_begun(self._today)]
        waiting = [waiver for waiver in begun if not self._covers(waiver)]
        waiting = [waiver for waiver in waiting if not self._names_its_finding(waiver)]
        for waiver in waiting:
            self._tell_missing(waiver)
        for waiver in begun:
            if not waiver.has_ended(self._today) and is_same_person(waiver.requested_by, waiver.approved_by):
                told = f"{waiver.approved_by} both asked for the waiver of {waiver.code} and approved it"
                self._tell(self_approved, waiver, "approved-by", told, "have another person approve it")
        result = Weighed(about=self._about)
        for number, finding in enumerate(self._found):
            by = self._claimed.get(number)
            if by is None:
                result.open.append(finding)
            else:
                result.covered.append((finding, by))
        return result

    def _candidates(self, waiver: Waiver) -> list[int]:
        named = self._by_name.get((waiver.code, waiver.reference), ())
        return [number for number in named if number not in self._claimed]

    def _is_its_own(self, waiver: Waiver, number: int) -> bool:
        return self._found[number].fingerprint == waiver.evidence.get(FINDING)

    def _covers(self, waiver: Waiver) -> bool:
        """Whether the waiver is in force for a finding, which it then claims."""
        if waiver.has_ended(self._today):
            return False
        for number in self._candidates(waiver):
            finding = self._found[number]
            holds = self._is_its_own(waiver, number) and is_waivable(finding) and not changes(waiver, finding)
            if holds and not self._is_too_long(waiver, finding):
                self._claimed[number] = waiver
                return True
        return False

    def _is_too_long(self, waiver: Waiver, finding: Finding) -> bool:
        return waiver.until > self._last_day(waiver, finding)

    def _last_day(self, waiver: Waiver, finding: Finding) -> date:
        limit = self._library.policy.waiver_limits.days(finding.severity, baseline=waiver.baseline)
        return waiver.since + timedelta(days=min(limit, (date.max - waiver.since).days))

    def _names_its_finding(self, waiver: Waiver) -> bool:
        """Whether the very finding is there that the waiver names but does not cover; then it is said why not."""
        own = [number for number in self._candidates(waiver) if self._is_its_own(waiver, number)]
        if not own:
            return False
        self._claimed[own[0]] = None
        self._tell_void(waiver, self._found[own[0]])
        return True

    def _tell_void(self, waiver: Waiver, finding: Finding) -> None:
        if not is_waivable(finding):
            self._tell_not_waivable(waiver)
        elif waiver.has_ended(self._today):
            self._tell_expired(waiver)
        elif self._is_too_long(waiver, finding):
            last = self._last_day(waiver, finding)
            days = (waiver.until - waiver.since).days
            kind = "a baseline" if waiver.baseline else f"{_article(str(finding.severity))} {finding.severity}"
            told = f"{waiver.code} is waived for {days} days, {kind} may be for {(last - waiver.since).days}, to {last}"
            self._tell(expired_waiver, waiver, "until", f"{told}; it covers nothing", f"until: {last}")
        else:
            names = " and ".join(_NAMES.get(name, name) for name in changes(waiver, finding))
            self._tell_changed(waiver, f"{names} says something else")

    def _tell_missing(self, waiver: Waiver) -> None:
        """The waiver's own finding is not there (any more): why, as far as that can be told today."""
        others = self._candidates(waiver)
        if self._can_never_hold(waiver) or any(not is_waivable(self._found[number]) for number in others):
            self._tell_not_waivable(waiver)
        elif waiver.reference is not None and waiver.reference not in self._roles:
            told = f"{waiver.code} is waived at {waiver.reference}, but no reference has that id"
            self._tell(unused_waiver, waiver, "reference", told, "remove the waiver, or correct its reference")
        elif not self._is_judged(waiver.code, waiver.reference):
            if waiver.has_ended(self._today):
                self._tell_expired(waiver)
        elif others and waiver.has_ended(self._today):
            self._claimed[others[0]] = None
            self._tell_expired(waiver)
        elif others:
            self._claimed[others[0]] = None
            self._tell_changed(waiver, f"now it is: {self._found[others[0]].message}")
        elif waiver.code not in _SILENCE or waiver.has_ended(self._today):
            self._tell_unused(waiver)

    def _can_never_hold(self, waiver: Waiver) -> bool:
        """Whether its code is waived nowhere, or only where a retraction is discussed and not here."""
        role = self._roles.get(waiver.reference or "")
        discussed = waiver.code == RETRACTION and role is Role.DISCUSSES_RETRACTION
        return waiver.code.startswith(NEVER_WAIVED_FAMILIES) or (waiver.code in NEVER_WAIVED and not discussed)

    def _tell_expired(self, waiver: Waiver) -> None:
        days = (self._today - waiver.until).days
        ago = "yesterday" if days == 1 else f"{days} days ago"
        told = f"the waiver of {waiver.code} by {waiver.approved_by} ended {ago}, on {waiver.until}"
        self._tell(expired_waiver, waiver, "until", told, _again(waiver))

    def _tell_changed(self, waiver: Waiver, what: str) -> None:
        told = f"{waiver.code} was waived on {waiver.since} by {waiver.approved_by}, but {what}; the waiver is void"
        fix = f"read what is new, then mend it or {_again(waiver, first=False)}"
        self._tell(evidence_changed, waiver, "evidence", told, fix)

    def _tell_unused(self, waiver: Waiver) -> None:
        at = f" at {waiver.reference}" if waiver.reference else ""
        there = self._by_name.get((waiver.code, waiver.reference), ())
        taken = any(self._is_its_own(waiver, number) for number in there)
        why = "but another waiver is for that finding already" if taken else "but finds nothing"
        told = f"{waiver.code} is waived{at}, {why}"
        self._tell(unused_waiver, waiver, "code", told, "remove the waiver")

    def _tell_not_waivable(self, waiver: Waiver) -> None:
        told = f"{waiver.code} cannot be waived, whatever the reason"
        self._tell(not_waivable, waiver, "code", told, f"remove the waiver and mend what {waiver.code} found")

    def _tell(self, judged: Rule, waiver: Waiver, key: str, told: str, fix: str) -> None:
        reference = waiver.reference if waiver.reference in self._roles else None
        fact = (
            f"{waiver.code} {waiver.reference or ''} {waiver.evidence.get(FINDING, '')} {waiver.since} {waiver.until}"
        )
        self._about.append(
            Finding(
                code=judged.code,
                name=judged.name,
                severity=judged.severity,
                reference=reference,
                place=waiver.place_of(key),
                message=told,
                fingerprint=fingerprint(judged.code, reference, fact),
                suggestion=fix,
            )
        )


def changes(waiver: Waiver, finding: Finding) -> list[str]:
    """The sources that say something else today than when the finding was waived; the silent ones are not judged."""
    return [name for name, now in finding.evidence if _is_other(name, waiver.evidence.get(name), now)]


def _is_other(name: str, then: str | None, now: str) -> bool:
    if name == TEXT:
        return then is not None and is_another(then, now, DRIFTED)
    return now != (no_answer_hash() if then is None else then)


def _again(waiver: Waiver, *, first: bool = True) -> str:
    """How to have it waived again."""
    command = f"`evidence waive {waiver.code} {waiver.reference or '-'}`"
    return f"mend what was found, or have it waived again: {command}" if first else f"have it waived again: {command}"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
