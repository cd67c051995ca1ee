"""What an audit trail holds: the actions of commands, and the sign-offs that named persons give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from evidence.model.policy import Severity


class AuditAction(StrEnum):
    """What can be done to a monograph's evidence; `BEGIN` is a store that begins or goes on with a trail."""

    BEGIN = "begin"
    RUN = "run"
    IMPORT = "import"
    ADD = "add"
    CONFIRM = "confirm"
    APPROVE = "approve"
    FIX = "fix"
    FORMAT = "format"
    WAIVE = "waive"
    BASELINE = "baseline"
    SIGN = "sign"
    POLICY = "policy"
    LOCK = "lock"
    PRUNE = "prune"
    LOAD = "load"
    BUNDLE = "bundle"
    REVIEW = "review"


class ActionStatus(StrEnum):
    """How it ended. A refused action was not allowed (a waiver of what cannot be waived), a failed one went wrong.

    `BEGUN` is noted before an action that could be interrupted; another event of the same action ends it.
    """

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action on one thing (`object`: a file's path, a reference's id, a run's id).

    `before` and `after` are the SHA-256 of the thing's bytes, None where it did not exist or was not changed; `reason`
    is in the person's own words; `details` are further facts, as text.
    """

    action: AuditAction
    object: str
    ending: ActionStatus = ActionStatus.DONE
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where an audit trail has got to: the number of its last event, and that event's hash."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChangedLock:
    """A lock that is not what the trail beside it last wrote.

    `event` is the number of the event that did, `on` its day in UTC; `written` is the SHA-256 of the lock then,
    `sha256` that of the lock now. `differing` says which references and identifiers differ, None where the trail does
    not say.
    """

    name: str
    event: int
    on: date
    written: str
    sha256: str
    differing: tuple[str, ...] | None


class Meaning(StrEnum):
    """What a signature means; a record has to say so (21 CFR 11.50(a)(3))."""

    REVIEWED = "reviewed"
    APPROVED = "approved"


class BoundKind(StrEnum):
    """The kinds of file that a sign-off binds."""

    REFERENCES = "references"
    WAIVERS = "waivers"
    CLAIMS = "claims"
    MONOGRAPH = "monograph"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Bound:
    """A file as it was signed, or as it is now.

    `path` is as the record names it: relative to the folder of the log, with forward slashes. `sha256` is that of its
    bytes, None when there is no such file. `facts` is of a lock the SHA-256 of what its entries say, without when they
    were verified; None for other files.
    """

    kind: BoundKind
    path: str
    sha256: str | None
    facts: str | None = None


@dataclass(frozen=True, slots=True)
class SignedFinding:
    """A finding as it was signed or is made now: enough to decide whether it is the same, or worse."""

    code: str
    fingerprint: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReport:
    """What the report said that was signed.

    `findings` are its errors and warnings by the path of the references file, named as in `Bound`; `waived` is how
    many more a waiver covers. `unchecked` counts look-ups; `checked`, `not_checked` and `cannot_be_checked` count
    references, None where version 0.1.0 made or signed the report.
    """

    run: str
    sha256: str
    finished: str
    mode: str
    exit: int
    errors: int
    warnings: int
    infos: int
    unchecked: int
    waived: int = 0
    checked: int | None = None
    not_checked: int | None = None
    cannot_be_checked: int | None = None
    findings: Mapping[str, tuple[SignedFinding, ...]] = field(default_factory=dict)


class SignatureKind(StrEnum):
    """Whose format a detached signature has."""

    SSH = "ssh"
    GPG = "gpg"


@dataclass(frozen=True, slots=True)
class Signature:
    """A detached signature as it is in the record; `key` is the fingerprint that its maker's program named.

    `public_key` is the exported public key where the signature does not carry it (OpenPGP).
    """

    kind: SignatureKind
    text: str
    key: str
    public_key: str | None = None


class SignatureState(StrEnum):
    """What is known of a signature. Only `good` says who made it; `unverified` says nothing."""

    GOOD = "good"
    UNKNOWN_KEY = "unknown-key"
    EXPIRED_KEY = "expired-key"
    REVOKED_KEY = "revoked-key"
    BAD = "bad"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What a verification found: the state, and in a clause without a full stop by whom it is or why not.

    `principals` are the names and addresses that a good signature's key is known by, as patterns where SSH allows them;
    `root` says who made the key known, empty while it is not.
    """

    state: SignatureState
    message: str
    principals: tuple[str, ...] = ()
    root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One attestation, as its event in the audit trail holds it.

    `at` is the real time in UTC, `as_of` the day for which it was given; `attestation` the text that was signed.
    """

    sequence: int
    at: str
    as_of: date
    actor: str
    name: str
    role: str
    meaning: Meaning
    reason: str | None
    bound: tuple[Bound, ...]
    report: SignedReport
    attestation: str
    signature: Signature | None = None

    @property
    def libraries(self) -> tuple[str, ...]:
        """The references files that it is about."""
        return tuple(file.path for file in self.bound if file.kind is BoundKind.REFERENCES)

    @property
    def succession_key(self) -> tuple[str, Meaning, frozenset[str]]:
        """What a newer one must share to take its place: role, meaning and files."""
        return (self.role.casefold(), self.meaning, frozenset(self.libraries))


@dataclass(frozen=True, slots=True)
class Attested:
    """A sign-off beside what can be known before anything is judged: its files as they are, its signature verified.

    `library_of` names the references files as this run names them, by the names that the record gives them.
    """

    sign_off: SignOff
    now: tuple[Bound, ...]
    verified: SignatureCheck | None = None
    library_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignOffStatus:
    """Whether a sign-off is in force, or void for these reasons (clauses without a full stop).

    `path` is the references file at which it is reported. `mismatch` says why its signer is not the one that it names,
    or not one who may sign in its role, `unkeyed` why it lacks the key that the policy wants; both are empty otherwise.
    `due` is the last day on which it is not overdue, None without a limit; `resolved` counts signed errors and warnings
    that are not made any more, `unjudged` the look-ups without an answer in this run, whose findings are unknown.
    """

    sign_off: SignOff
    path: str
    verified: SignatureCheck | None = None
    void: tuple[str, ...] = ()
    mismatch: str = ""
    unkeyed: str = ""
    due: date | None = None
    overdue: bool = False
    resolved: int = 0
    unjudged: int = 0

    @property
    def objections(self) -> tuple[str, ...]:
        """Why it is not in force; none while it is."""
        return (*self.void, *filter(None, (self.mismatch, self.unkeyed)))


def utc_text(moment: datetime) -> str:
    """A moment in UTC as records write it, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
