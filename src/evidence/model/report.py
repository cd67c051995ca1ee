"""A run and its result: everything that any report shows, and nothing that it has to work out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import TypedDict

from evidence.model.audit import ChainHead, SignOffStatus
from evidence.model.claims import Anchor, AnchorState, Claim, EvidenceClass
from evidence.model.errors import EvidenceError, Place
from evidence.model.outcomes import Answer, CheckStatus, Origin, State
from evidence.model.policy import Policy, Severity
from evidence.model.records import Record
from evidence.model.references import Reference, Waiver
from evidence.model.rule import Finding, NewsKind


class Mode(StrEnum):
    """How a run asked: the services themselves, the store alone, the lock file, or the demo server."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOCKED = "locked"
    STAND_IN = "stand-in"

    @property
    def words(self) -> str:
        """The mode as it is printed; stores, locks and reports keep the demo server under its name of 0.1.0."""
        return "demo server" if self is Mode.STAND_IN else str(self)


class Exit(IntEnum):
    """What the command's exit status says; precedence 2 > 1 > 3 > 0."""

    CLEAN = 0
    FINDINGS = 1
    CANNOT_RUN = 2
    INCOMPLETE = 3
    INTERRUPTED = 130
    TERMINATED = 143


MONOGRAPH = "monograph"
"""The role, in a report's document, of an input that is not a references file."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was judged, and the SHA-256 of its bytes.

    `of` is the path of the library with which it was read, None for a library itself.
    `is_monograph` is True for the text that a references file names, False for a references file itself.
    `title` is what a references file calls its monograph, None where it does not say.
    """

    path: str
    sha256: str
    of: str | None = None
    is_monograph: bool = False
    title: str | None = None


@dataclass(frozen=True, slots=True)
class FilesLoaded:
    """Files that a run could judge by: their source, what reports call it, the last file, its day, who loaded it.

    `up_to` is empty where there is one file, which replaces the one before it.
    """

    source: str
    title: str
    up_to: str
    day: date
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRun:
    """Who checks what, when, how, judged by which policy and version; `locks` are the lock files beside the inputs.

    `deselected` are the codes of rules that void a reference as support and are not among those to `select`.
    `recorded` is False for a run that was to be no event: neither store nor log note it. `loaded` are the files whose
    answers it could judge by.
    """

    id: str
    started: datetime
    as_of: date
    mode: Mode
    actor: str
    tool_version: str
    inputs: tuple[Input, ...]
    policies: Mapping[str, Policy]
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    deselected: tuple[str, ...] = ()
    locks: tuple[Input, ...] = ()
    recorded: bool = True
    loaded: tuple[FilesLoaded, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(BegunRun):
    """A run that came to its end."""

    finished: datetime


class ReportedObservation(TypedDict):
    """What an earlier run observed of an identifier, as the report's JSON has it.

    It is only ever carried from one report to the next, a few thousand at a time; so it is left as it is
    written, and not made into dates and back.
    """

    run: str
    as_of: str
    at: str
    identifier: str
    source: str
    state: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Retraction:
    """That the cited article is retracted, or was withdrawn, whichever source says so.

    `confirmed` is False when no source said so in this run, because those that did could not be asked:
    then it is what they said when last asked. `as_of` is the day on which it was valid, where that is known.
    """

    confirmed: bool
    as_of: date | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """One reference with its own state (that of its first identifier), all its look-ups, and how far they reached.

    `retraction` is None for what no source calls retracted or withdrawn. `history` is what earlier runs saw of its
    identifiers, oldest first; see `evidence.reports.history`.
    """

    reference: Reference
    state: State
    answers: tuple[Answer, ...]
    verified: datetime | None
    origin: Origin | None
    record: Record | None
    check: CheckStatus
    history: tuple[ReportedObservation, ...] = ()
    retraction: Retraction | None = None


@dataclass(frozen=True, slots=True)
class ReportedClaim:
    """A claim with its quotes as they were looked for; `printed` is its sentence's place in the monograph, if found.

    `classes` are what the records suggest of its evidence, in its order; None for a reference that is not there.
    """

    claim: Claim
    anchors: tuple[Anchor, ...] = ()
    printed: Place | None = None
    classes: tuple[EvidenceClass | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What could not be asked, of whom, and why; never a finding, never a pass."""

    reference: str
    path: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that the entry's own `ignore:` silences, with the reason given there."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that a waiver covers: it counts nowhere else, and is in every report with who approved it."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened to one reference since an earlier run; `message` has no full stop."""

    kind: NewsKind
    reference: str
    path: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A finished run that came before, in figures. `states` counts references by state."""

    id: str
    as_of: date
    finished: datetime
    mode: Mode
    errors: int
    warnings: int
    infos: int
    unchecked: int
    states: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from an earlier run over the same files; findings are known by their fingerprints.

    `new`, `persisting`, `ignored`, `waived` and `newly_waived` (those that no waiver covered then) are fingerprints of
    this run's findings, `resolved`, `replaced` and `unjudged` the earlier run's that this one does not make any
    more: their cause is no more; or another finding on the same thing took their place; or what they rest
    on could not be asked this time, so that it is unknown. What was unjudged stays so until it can be judged.
    `fresh` names what is new by path and fingerprint: two files may hold findings of the same fingerprint.
    """

    since: EarlierRun
    new: tuple[str, ...] = ()
    persisting: tuple[str, ...] = ()
    resolved: tuple[Finding, ...] = ()
    replaced: tuple[Finding, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    newly_waived: tuple[str, ...] = ()
    fresh: frozenset[tuple[str, str]] = frozenset()
    news: tuple[News, ...] = ()


class DueKind(StrEnum):
    """What falls due.

    Reading a source or looking it up again, the end of a confirmation, waiver or sign-off, and reviewing a claim.
    """

    ACCESSED = "accessed"
    VERIFICATION = "verification"
    CONFIRMATION = "confirmation"
    WAIVER = "waiver"
    SIGN_OFF = "sign-off"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done about a reference (or a claim, as `claim:ID`) by a day; `message` has no full stop."""

    reference: str
    path: str
    owner: str | None
    kind: DueKind
    on: date
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The result of one run; no two are equal.

    `changes` is None when no earlier run can be compared with it; `earlier` are those runs, oldest first;
    `due` is what falls due soon or is overdue, by day; `sign_offs` are those in force and those that are void. `audit`
    is the end of the audit trail before the event of this run's end, which names the report's SHA-256;
    None where there is no trail. `weaker` is what files make weaker than the defaults, a line each, which
    begins with the file and its line.
    """

    run: Run
    references: tuple[ReferenceResult, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    ignored: tuple[Ignored, ...]
    exit: Exit
    changes: Changes | None = None
    earlier: tuple[EarlierRun, ...] = ()
    due: tuple[Due, ...] = ()
    waived: tuple[Waived, ...] = ()
    sign_offs: tuple[SignOffStatus, ...] = ()
    audit: ChainHead | None = None
    weaker: tuple[str, ...] = ()
    claims: tuple[ReportedClaim, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def count_checks(self, check: CheckStatus) -> int:
        """How many references could be looked at so far."""
        return sum(result.check is check for result in self.references)

    def count_anchors(self, state: AnchorState) -> int:
        """How many quotes of claims came to this state."""
        return sum(anchor.state is state for claim in self.claims for anchor in claim.anchors)


@dataclass(slots=True)
class BatchSummary:
    """A batch in figures; each file's run has an id that begins with `id`.

    `lost` are the files that were not judged, with the reason, `unreadable` why others could not be read.
    """

    id: str
    started: datetime
    files: int = 0
    references: int = 0
    findings: dict[Severity, int] = field(default_factory=lambda: dict.fromkeys(reversed(Severity), 0))
    unchecked: int = 0
    ignored: int = 0
    waived: int = 0
    exits: dict[Exit, int] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[EvidenceError] = field(default_factory=list)

    def add(self, references: int, report: Report) -> None:
        """Count one file."""
        self.files += 1
        self.references += references
        for severity in self.findings:
            self.findings[severity] += report.count(severity)
        self.unchecked += len(report.unchecked)
        self.ignored += len(report.ignored)
        self.waived += len(report.waived)
        self.exits[report.exit] = self.exits.get(report.exit, 0) + 1

    @property
    def exit(self) -> Exit:
        """The exit status of the batch, by the precedence of statuses; a file that was lost makes it incomplete."""
        ends = {*self.exits, *([Exit.CANNOT_RUN] if self.unreadable else []), *([Exit.INCOMPLETE] if self.lost else [])}
        order = (Exit.CANNOT_RUN, Exit.FINDINGS, Exit.INCOMPLETE)
        if self.lost and Exit.CANNOT_RUN not in ends:
            return Exit.INCOMPLETE
        return next((end for end in order if end in ends), Exit.CLEAN)
