"""Rules and what they find: the facts that a rule states of itself, violations, findings, and which are shown.

The functions that judge are in `evidence.rules`, where each rule is declared. Reports, the audit trail and the
commands are given the rules and derive their own tables from these facts.

The docstring of a rule has the sections of `SECTIONS`; `evidence rule CODE` and the reference page are made from it.
Codes are append-only: three letters of a family, three digits, never reused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from evidence.model.errors import Place
from evidence.model.identifiers import IdKind
from evidence.model.policy import Severity
from evidence.model.references import Category
from evidence.model.regex import regex


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule yields.

    `message` is one sentence without a full stop; `fact` is what the finding rests on (it makes the
    fingerprint, so it holds no line numbers and nothing that changes from day to day); `at` names
    the fields at which to show it, the first present one wins; `place` overrides that; `printed` is
    its place in the monograph, for what is found there; `severity` overrides the rule's own for
    this violation. `theme` is set for a form that all citations of a list may share: then it is reported once.
    `details` is what programs may want to know of it: values that JSON can hold.
    """

    message: str
    fact: str
    at: tuple[str, ...] = ()
    suggestion: str | None = None
    severity: Severity | None = None
    place: Place | None = None
    printed: Place | None = None
    theme: str = ""
    details: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with its rule, its reference and its place; what reports show.

    `evidence` says what it rests on beside its own fact: by the name of each source, a hash of what it said
    (`evidence.rules.waiver_evidence`). A waiver is bound to it.
    `place` is always in a references file. What was found in the monograph has its place there as `printed`.
    `details` is what programs may want to know of it.
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
    details: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules' findings to show, by code, name or family; empty `selected` means all."""

    selected: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()

    def shows(self, finding: Finding) -> bool:
        """Whether this finding is wanted."""
        names = {finding.code, finding.name, finding.code[:3]}
        return (not self.selected or bool(self.selected & names)) and not self.ignored & names


def fingerprint(code: str, reference: str | None, fact: str) -> str:
    """A finding's identity over runs: code, reference and the fact it rests on, never a line number."""
    text = "\x1f".join((code, reference or "", fact))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


RETRACTION = "RET001"
"""The code for a retracted article: what it finds is shown at the reference in every report and bibliography."""

WITHDRAWAL = "RET008"
"""The code for an article that was withdrawn or removed, shown in the same places as a retraction."""

VOID_WORDS = {RETRACTION: "RETRACTED", WITHDRAWAL: "WITHDRAWN"}
"""What is written in capitals before an article of which one of these codes is found."""

SECTIONS = ("What it does", "Why it matters", "Message", "Example", "What to do", "References")
"""The titles of the sections of a rule's docstring."""

EXAMPLES = frozenset({"Example", "What to do"})
"""The sections that may be entries of a references file."""

WRONG_RECORD = "MET006"
"""The code for an identifier of another work: nothing of its record is shown as the reference's."""

OTHER_LABEL = "SPL004"
"""The code for a Set ID of another drug's label: nothing of its record is shown as the reference's."""

UNLISTED_LABEL = "SPL001"
"""The code for a label that DailyMed does not list any more."""

UNREGISTERED = "IDN003"
"""The code for an identifier that its registry does not know."""

UNCOMPARABLE = "MET008"
"""The code for a printed citation that says too little: no report says that it agrees with the record."""

VOIDING = frozenset({RETRACTION, WITHDRAWAL, WRONG_RECORD})
"""Codes whose findings void the reference as support, the same as those of the rules that allow no exceptions."""

_CODE = regex(r"[A-Z]{3}\d{3}")
_NAME = regex(r"[a-z]+(-[a-z0-9]+)*")

FAMILIES = {
    "REF": "the entry",
    "IDN": "identifiers",
    "LNK": "links",
    "RET": "retractions and notices",
    "SPL": "labels",
    "TRL": "trials",
    "ACC": "accessed dates",
    "MET": "metadata",
    "STY": "printed style",
    "CIT": "citations in the monograph",
    "CLM": "claims",
    "EVD": "evidence class",
    "SUR": "surveillance",
    "LCK": "the lock file",
    "WVR": "waivers",
    "SGN": "sign-offs",
}

OF_PAGES = "LNK"
"""The family of findings on cited pages, whose messages name addresses that servers gave."""

ANYTHING: frozenset[IdKind] = frozenset()
"""For `Rule.about`: a reference with whatever identifiers, or with none."""


class Subject(Enum):
    """What a rule judges."""

    ENTRY = auto()
    """The entry, and what its identifiers lead to."""
    CITATION = auto()
    """The printed citation of the entry."""
    LIST = auto()
    """The printed citation of the entry beside all others of its list."""
    MONOGRAPH = auto()
    """The monograph's text."""
    CLAIM = auto()
    """A claim of the monograph, with what it rests on."""
    LOCK = auto()
    """The lock file, beside the trail of what wrote it."""
    IGNORES = auto()
    """The entry's `ignore:`, once all else is judged."""
    WAIVERS = auto()
    """The waivers, once all else is judged."""
    SIGN_OFFS = auto()
    """The sign-offs, once all else is judged."""


class Lookup(Enum):
    """Whose answer a rule needs before it can say anything."""

    NONE = auto()
    ARTICLE = auto()
    REGISTRY = auto()
    """That of the registry of an article's or a trial's identifier."""
    LABEL = auto()
    LABEL_TEXT = auto()
    """A label's, with the text of its sections, which no lock holds."""
    TRIAL = auto()
    PAGE = auto()
    ANY = auto()
    """An article's; but it was not judged as long as any source left the reference unanswered."""


class FactOf(Enum):
    """What a finding is a fact of, which says how long it holds."""

    ENTRY = auto()
    """The entry as it is written and what its identifiers lead to."""
    RECORD = auto()
    """The record: it holds until the record says otherwise, also when its source no longer knows the record."""
    WORK = auto()
    """The work itself: it also holds when the entry gives another identifier of it, or none."""


class Absence(Enum):
    """What a finding says of a source that is not there."""

    NONE = auto()
    TODAY = auto()
    """It did not answer today, which is no reason to do anything."""
    REFUSED = auto()
    """It refuses to answer."""
    LASTING = auto()
    """It has not answered for days."""
    VANISHED = auto()
    """It does not exist any more, or something else is in its place."""

    @property
    def is_silence(self) -> bool:
        """Whether the source gave no answer, so that one good day proves little."""
        return self in (Absence.TODAY, Absence.REFUSED, Absence.LASTING)


class Exceptions(Enum):
    """What a person may let pass."""

    ALLOWED = auto()
    """It can be ignored, lowered, deselected and waived."""
    NOT_WAIVED = auto()
    """As `ALLOWED`, but it cannot be waived."""
    FALSE_POSITIVE = auto()
    """It can be lowered and deselected; waived only as a false positive, which another person approves; not ignored."""
    NONE = auto()
    """It voids the reference as support, and only as an info (a retraction that is discussed) may it be let pass."""


class OnAdding(Enum):
    """What becomes of a source that somebody adds to a library and that the rule finds fault with."""

    SILENT = auto()
    REPORTED = auto()
    DECLINED = auto()


class NewsKind(StrEnum):
    """What can have happened to a reference since an earlier run, what matters most first."""

    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"
    CONCERN = "concern"
    LABEL_REVISED = "label-revised"
    TRIAL_STOPPED = "trial-stopped"
    NEW_RESULTS = "new-results"
    DIED = "died"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    DRIFTED = "drifted"
    CORRECTED = "corrected"
    RECOVERED = "recovered"
    ADDED = "added"
    REMOVED = "removed"


class FixKind(Enum):
    """How a machine can fix what a rule found (`evidence.app.fix`)."""

    CANONICAL = auto()
    """The identifier in its canonical form."""
    REPLACED = auto()
    """The number under which the registry answers now."""
    MOVED = auto()
    """The address that the page has moved to."""
    RECORD = auto()
    """The record's words in the fields that differ."""
    IDENTIFIERS = auto()
    """The identifiers that the record names."""
    RESPELLED = auto()
    """The printed citation in the form of the style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, its documentation, and what other modules need to know about it.

    Attributes:
        code: Family and number, `LNK008`.
        name: In kebab case, `drifted-content`.
        severity: Of its findings, where the rule itself and the policy say nothing else.
        raised_to: The highest severity that the rule itself gives to some of them, None where it raises none.
        doc: Its page.
        subject: What it judges.
        needs: Whose answer it needs.
        about: Kinds of identifier of which a reference must have one to be judged at all.
        fact_of: What its findings are facts of.
        absence: What its findings say of a source that is not there.
        superseded_by: Codes whose findings take the place of its own at the same reference.
        exceptions: What a person may let pass.
        news: What a new finding is as news, None when it is none.
        on_adding: What becomes of an addition with such a finding.
        fix: How a machine can fix it, None when it cannot.
        compares: The fields that it compares with a record (`evidence.matching.verdict.Field`).
    """

    code: str
    name: str
    severity: Severity
    raised_to: Severity | None
    doc: str
    subject: Subject
    needs: Lookup
    about: frozenset[IdKind]
    fact_of: FactOf
    absence: Absence
    superseded_by: tuple[str, ...]
    exceptions: Exceptions
    news: NewsKind | None
    on_adding: OnAdding
    fix: FixKind | None
    compares: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raises ValueError on a bad code or name, and where there is no documentation."""
        if not _CODE.fullmatch(self.code) or self.family not in FAMILIES:
            raise ValueError(f"not a rule code: {self.code}")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"not a rule name: {self.name}")
        if not self.doc:
            raise ValueError(f"{self.code} has no docstring")

    @property
    def family(self) -> str:
        """The three letters before the number."""
        return self.code[:3]

    @property
    def words(self) -> tuple[str, str, str]:
        """What selects it: its code, its name, its family."""
        return self.code, self.name, self.family

    @property
    def highest(self) -> Severity:
        """The highest severity that a finding of it can have by default."""
        return max(self.severity, self.raised_to or self.severity)

    @property
    def needs_lookup(self) -> bool:
        """Whether it judges what a service or a page answered."""
        return self.needs is not Lookup.NONE

    @property
    def is_of_decisions(self) -> bool:
        """Whether it judges what people have decided, by all that was found."""
        return self.subject in (Subject.WAIVERS, Subject.SIGN_OFFS)

    @property
    def voids(self) -> bool:
        """Whether what it finds voids the reference as support."""
        return self.exceptions is Exceptions.NONE

    @property
    def is_signed(self) -> bool:
        """Whether a sign-off is about its findings: a page's bad day, and other sign-offs, are nobody's to sign."""
        return self.absence is not Absence.TODAY and self.subject is not Subject.SIGN_OFFS

    def is_waivable(self, severity: Severity, category: Category) -> bool:
        """Whether a finding of this severity can be waived as that; what voids a reference only as an info."""
        match self.exceptions:
            case Exceptions.ALLOWED:
                return True
            case Exceptions.NOT_WAIVED:
                return False
            case Exceptions.FALSE_POSITIVE:
                return category is Category.FALSE_POSITIVE
            case Exceptions.NONE:
                return severity is Severity.INFO

    def is_ignorable(self, severity: Severity) -> bool:
        """Whether an entry's `ignore:` silences a finding of this severity."""
        return self.exceptions is not Exceptions.FALSE_POSITIVE and not (self.voids and severity > Severity.INFO)

    def finding(
        self, violation: Violation, reference: str | None, place: Place, evidence: tuple[tuple[str, str], ...] = ()
    ) -> Finding:
        """The finding that a violation of this rule is, at a place of a references file.

        Args:
            violation: What the rule found.
            reference: The reference's id, None for a finding about the file.
            place: Where it is shown.
            evidence: What it rests on beside its own fact.

        Raises:
            ValueError: the violation is graver than the rule declares.
        """
        if violation.severity is not None and violation.severity > self.highest:
            raise ValueError(f"{self.code} does not declare that it raises a finding to {violation.severity}")
        return Finding(
            code=self.code,
            name=self.name,
            severity=violation.severity or self.severity,
            reference=reference,
            place=place,
            message=violation.message,
            fingerprint=fingerprint(self.code, reference, violation.fact),
            suggestion=violation.suggestion,
            evidence=evidence,
            printed=violation.printed,
            theme=violation.theme,
            details=violation.details,
        )
