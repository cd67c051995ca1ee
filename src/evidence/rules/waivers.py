"""What a finding rests on: the part of each source's answer that a person looked at when they let it stand.

A waiver is bound to it, so it must change when the source says something new, and with nothing else: not with the
day, the weather, the wording of a message, the order of the file or whatever rotates on a page. What a source said
is told by its name, so that one that cannot be asked today leaves the others' word standing. Most findings rest on
their own fact alone, which their fingerprint holds: the entry's text, and for MET the very words compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.matching.simhash import is_other_text
from evidence.matching.text import fold
from evidence.model.case import Case
from evidence.model.findings import Finding, Violation, fingerprint
from evidence.model.identifiers import ARTICLES
from evidence.model.outcomes import Answer, Blocked, Found, NotFound
from evidence.model.policy import Severity
from evidence.model.records import (
    CONCERN_NOTICE,
    PUBLISHED_ERRATUM,
    RETRACTED,
    RETRACTION_NOTICE,
    Article,
    Label,
    NoticeLink,
    Page,
    has_type,
    is_retracted,
)
from evidence.model.references import FINDING, Library, Role, Waiver
from evidence.model.rule import NEVER_WAIVED, NEVER_WAIVED_FAMILIES, RETRACTION, VOIDING, Rule, rule
from evidence.rules.links import DRIFTED

# What a finding rests on: the part of each source's answer that a person looked at when they let it stand.

TEXT = "text"
"""The name under which a page's text stands, as its sketch (`evidence.matching.simhash`): compared, not hashed."""

_DIGITS = 32  # of a SHA-256, as in fingerprints: 128 bits
_NOTICES = frozenset(
    [
        "RetractionIn",
        "RetractionOf",
        "RetractedandRepublishedIn",
        "ExpressionOfConcernIn",
        "ExpressionOfConcernFor",
        "ErratumIn",
        "ErratumFor",
        "UpdateIn",
        "CorrectedandRepublishedIn",
        "RepublishedIn",
    ]
)
_TYPES = (RETRACTED, RETRACTION_NOTICE, CONCERN_NOTICE, PUBLISHED_ERRATUM)
_CENSORED = 451  # RFC 7725: not the wall of a bot's keeper, but a court's

Evidence = Mapping[str, str]


def evidence_of(case: Case, finding: Finding) -> tuple[tuple[str, str], ...]:
    """What the finding rests on beside its own fact, by the name of each source that answered in this run."""
    rests_on = _BY_CODE.get(finding.code) or _BY_CODE.get(finding.code[:3])
    return tuple(sorted(rests_on(case, finding).items())) if rests_on else ()


def no_answer_hash() -> str:
    """The hash of a source that has nothing to say."""
    return _hashed([])


def _hashed(facts: object) -> str:
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def _versions(case: Case, finding: Finding) -> Evidence:
    """The version of the label that was in force."""
    del finding
    found = ((a.source, a.outcome.record) for a in case.answers if isinstance(a.outcome, Found))
    return {
        source: _hashed([record.current.version, record.current.published.isoformat()])
        for source, record in found
        if isinstance(record, Label) and record.versions
    }


def _notices(case: Case, finding: Finding) -> Evidence:
    """The notices that each source links to the article, and whether it calls it retracted."""
    del finding
    return _by_source((*case.answers, *case.learned), _told_of)


def _told_of(article: Article) -> Iterator[object]:
    if is_retracted(article):
        yield "retracted"
    yield from (ui for ui in _TYPES if has_type(article, ui))
    yield from (_notice(link) for link in article.notices if link.ref_type in _NOTICES)


def _notice(link: NoticeLink) -> list[str]:
    number = link.pmid or (link.doi or "").lower() or " ".join(link.ref_source.split())
    return [link.ref_type, number, " ".join(link.note.split())]


def _works(case: Case, finding: Finding) -> Evidence:
    """Which work each source says that its identifier names."""
    del finding
    return _by_source(case.answers, _work)


def _work(article: Article) -> Iterator[object]:
    yield [str(article.identifier), "".join(fold(word) for word in article.title.split())]


def _by_source(answers: Iterable[Answer], told: Callable[[Article], Iterator[object]]) -> Evidence:
    """The facts of all that a source answered; a source that left anything unanswered is left out."""
    facts: dict[str, list[object]] = {}
    silent: set[str] = set()
    for answer in answers:
        if answer.identifier.kind not in ARTICLES:
            continue
        match answer.outcome:
            case Found(record=Article() as article):
                facts.setdefault(answer.source, []).extend(told(article))
            case NotFound():
                facts.setdefault(answer.source, [])
            case _:
                silent.add(answer.source)
    return {source: _hashed(_sorted(found)) for source, found in facts.items() if source not in silent}


def _sorted(facts: Iterable[object]) -> list[object]:
    """Each fact once, whatever the order in which they were told."""
    return [json.loads(text) for text in sorted({json.dumps(fact) for fact in facts})]


def _refusal(case: Case, finding: Finding) -> Evidence:
    """Who refused the page: our own guard, a court, or a wall against machines, of whatever status today."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Blocked(status=None, reason=reason)):
            return {source: _hashed(reason)}
        case Answer(source=source, outcome=Blocked(status=status)):
            return {source: _hashed("law" if status == _CENSORED else "wall")}
    return {}


def _page(case: Case, finding: Finding) -> Evidence:
    """The page's text, and the sign that speaks against it without the words that the page brought in."""
    match _page_answer(case, finding):
        case Answer(source=source, outcome=Found(record=Page() as page)):
            sign = re.split("[,:]", page.suspicion)[0]
            told = {source: _hashed([sign])} if sign else {}
            return told | ({TEXT: page.fingerprint} if page.fingerprint else {})
    return {}


def _page_answer(case: Case, finding: Finding) -> Answer | None:
    """The answer of the page that the finding is about: the one whose address stands where it is shown."""
    there = {use.identifier for use in case.reference.uses if use.place == finding.place}
    return next((answer for answer in case.answers if answer.identifier in there), None)


_BY_CODE: Mapping[str, Callable[[Case, Finding], Evidence]] = {
    "RET": _notices,
    "IDN004": _works,
    "SPL002": _versions,
    "SPL003": _versions,
    "LNK004": _refusal,
    "LNK006": _page,
    "LNK008": _page,
}


# WVR: what is wrong with waivers, which `weighing` judges once everything else is found; and what can be waived.


@rule("WVR001", "expired-waiver", Severity.ERROR)
def expired_waiver(case: Case) -> Iterator[Violation]:
    """A waiver has ended, or was given for longer than the policy allows.

    What it does:
        Reports a waiver whose `until` has passed while its finding is still there (or could not be
        judged today), and one that runs from `since` for more days than `policy: waiver-limit:` allows for the
        severity of its finding: by default 30 for errors, 90 for warnings, 365 for infos, and 90 for
        what `evidence baseline` wrote. It covers nothing: the finding counts again.

    Why is this bad?
        Nobody answers any more for what the finding says.

    Example:
        waivers:
          - code: LNK001
            reference: charity
            since: 2026-08-01
            until: 2026-08-31   # three months ago
            ...

    Use instead:
        Mend what was found. If that needs more time, have it waived again:

        evidence waive LNK001 charity --until 30d ...

    References:
        docs/waivers.md.
    """
    del case
    yield from ()


@rule("WVR002", "evidence-changed", Severity.ERROR)
def evidence_changed(case: Case) -> Iterator[Violation]:
    """What a waiver was given on is no longer so.

    What it does:
        Compares what the finding rests on today with what it rested on when it was waived: another
        version of the label, another notice, another text of the page, other words of the record or of the entry.
        The waiver is void and covers nothing. A source that cannot be asked today changes nothing, nor does
        text that rotates on a page (see LNK008).

    Why is this bad?
        The person who approved it has not seen what the source says now.

    Example:
        SPL002 was waived at version 12 of a label; DailyMed has published version 13.

    Use instead:
        Read what is new. If the finding may still stand, have it waived again with `evidence waive`, else mend it.

    References:
        docs/decisions/0011-waivers.md says what each finding rests on.
    """
    del case
    yield from ()


@rule("WVR003", "unused-waiver", Severity.WARNING)
def unused_waiver(case: Case) -> Iterator[Violation]:
    """A waiver that covers nothing because nothing is found.

    What it does:
        Reports a waiver of a code that finds nothing at its reference any more, of a reference that is
        not in the file, and one whose finding another waiver covers already. Not told where the finding could not be
        judged in this run, nor for pages that did not answer (LNK002, LNK003, LNK004), since one good day proves
        little.

    Why is this bad?
        A leftover exception says that something is let stand which nobody has seen for long.

    Example:
        waivers:
          - code: ACC001
            reference: charity   # whose accessed date was renewed last week
            ...

    Use instead:
        The list without that waiver.

    References:
        The same rule for ignored codes: REF006 unused-ignore.
    """
    del case
    yield from ()


@rule("WVR004", "self-approved", Severity.WARNING)
def self_approved(case: Case) -> Iterator[Violation]:
    """The one who asked for a waiver also approved it.

    What it does:
        Compares `requested-by` with `approved-by`; case, accents, spaces and punctuation make no other person.
        It is told also where `policy: self-approval: allowed` lets `evidence waive` write such a waiver.

    Why is this bad?
        A second pair of eyes is what an approval is for.

    Example:
        requested-by: Dana Reyes
        approved-by: dana reyes

    Use instead:
        The name of another person who has looked at it.

    References:
        docs/waivers.md.
    """
    del case
    yield from ()


@rule("WVR005", "not-waivable", Severity.ERROR)
def not_waivable(case: Case) -> Iterator[Violation]:
    """A waiver of what nobody can let stand.

    What it does:
        Reports waivers of RET001 (unless the entry discusses the retraction, which makes it an info), of
        MET006, of CIT001 and of findings about waivers. They cover nothing.

    Why is this bad?
        A retracted paper supports nothing, a record of another work neither, and a citation of an entry that does
        not exist names no source at all; no reason changes that.

    Example:
        waivers:
          - code: RET001
            reference: smith-2007
            ...

    Use instead:
        Cite another source; or, where the text discusses the retraction, say so: `role: discusses-retraction`.

    References:
        ICMJE Recommendations, IV.A.3.g: retracted articles are cited only to refer to the retraction.
    """
    del case
    yield from ()


RULES = (expired_waiver, evidence_changed, unused_waiver, self_approved, not_waivable)


def is_waivable(finding: Finding) -> bool:
    """Whether a finding can be let stand at all; what voids a reference can only where its rule itself says info."""
    if finding.code.startswith(NEVER_WAIVED_FAMILIES):
        return False
    mild = finding.code in VOIDING and finding.severity is Severity.INFO
    return mild or finding.code not in NEVER_WAIVED


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one but for case, accents, spaces and punctuation."""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(letter for letter in fold(name) if letter.isalnum())


# Which findings the waivers of a file cover, and what is wrong with those that cover none.

_SILENCE = frozenset({"LNK002", "LNK003", "LNK004"})
"""Findings that a page gave no answer: one good day does not make their waiver unused."""


@dataclass(slots=True)
class Weighed:
    """What the waivers of a file come to: which findings are covered by which, and what is wrong with the waivers."""

    covered: list[tuple[Finding, Waiver]] = field(default_factory=list)
    open: list[Finding] = field(default_factory=list)
    about: list[Finding] = field(default_factory=list)


def apply_waivers(
    library: Library,
    found: Sequence[Finding],
    today: date,
    is_judged: Callable[[str, str | None], bool],
    source_names: Mapping[str, str],
) -> Weighed:
    """Weigh the waivers of a file against all that was found in it.

    Args:
        library: The file, whose waivers and policy are meant.
        found: Every finding of the file that no entry ignores, with the severity that counts.
        today: The day that is judged for.
        is_judged: Whether a code could be judged at a reference (by its id) in this run.
        source_names: What findings call the sources.
    """
    if not library.waivers:
        return Weighed(open=list(found))
    return _Weighing(library, found, today, is_judged, source_names).done()


class _Weighing:
    """The findings that no waiver has claimed yet, and what came of the others."""

    def __init__(
        self,
        library: Library,
        found: Sequence[Finding],
        today: date,
        is_judged: Callable[[str, str | None], bool],
        source_names: Mapping[str, str],
    ) -> None:
        self._library = library
        self._found = found
        self._today = today
        self._is_judged = is_judged
        self._names = {**source_names, TEXT: "the text of the page"}
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
            names = " and ".join(self._names.get(name, name) for name in changes(waiver, finding))
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
        return then is not None and is_other_text(then, now, DRIFTED)
    return now != (no_answer_hash() if then is None else then)


def _again(waiver: Waiver, *, first: bool = True) -> str:
    """How to have it waived again."""
    command = f"`evidence waive {waiver.code} {waiver.reference or '-'}`"
    return f"mend what was found, or have it waived again: {command}" if first else f"have it waived again: {command}"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
