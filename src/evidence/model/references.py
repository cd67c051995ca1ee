"""The library as read: entries, the place of each of their fields, what is wrong with them, and what is waived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from evidence.model.claims import Claim, Product
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Name:
    """A CSL name: a person (`family`, `given`, particles, `suffix`) or a body (`literal`)."""

    family: str = ""
    given: str = ""
    suffix: str = ""
    particle: str = ""
    literal: str = ""


class Role(StrEnum):
    """What an entry is cited for (our field `role`)."""

    EVIDENCE = "evidence"
    BACKGROUND = "background"
    PARENT_DRUG_LABEL = "parent-drug-label"
    DISCUSSES_RETRACTION = "discusses-retraction"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person's verdict on a page that machines cannot see (our field `confirmed`).

    `of` is the identifier of what was read, as `pmid:17222320`; None where an older version wrote none.
    """

    by: str
    on: date
    until: date | None = None
    of: str | None = None

    def holds(self, today: date) -> bool:
        """Whether the person has looked, and the verdict still counts; one day is allowed for those ahead of UTC."""
        looked = (self.on - today).days <= 1
        return looked and (self.until is None or today <= self.until)


@dataclass(frozen=True, slots=True)
class PreviousSource:
    """What people noted of another source that the entry was of (our field `x-previous`).

    `identifier` is that source's, `until` the day on which the entry became another's; `noted` holds its `accessed`,
    `spl-version`, `confirmed` and `ignore` as they were.
    """

    identifier: str
    until: date
    noted: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A record that an entry without identifier may be of (our field `candidates`): a person takes one, or none.

    `score` (0 to 1) says how well it agrees with what is printed; None where it cannot be read.
    """

    identifiers: tuple[Identifier, ...]
    score: float | None = None
    title: str | None = None


class PrintedCitation(Protocol):
    """A citation as it is printed; `place` is where in its file the character at an offset of the text is."""

    @property
    def text(self) -> str:
        """The text as a reader sees it."""
        ...

    def place(self, offset: int) -> Place:
        """Line and column of a character, or of the text's end."""
        ...


class FaultKind(StrEnum):
    """What can be wrong with one entry; each is reported by a rule of the family REF or IDN."""

    UNKNOWN_FIELD = "unknown-field"
    REPEATED_KEY = "repeated-key"
    INVALID_VALUE = "invalid-value"
    MISSING_ID = "missing-id"
    MALFORMED_IDENTIFIER = "malformed-identifier"
    NONCANONICAL_IDENTIFIER = "noncanonical-identifier"
    DUPLICATE_ID = "duplicate-id"
    DUPLICATE_REFERENCE = "duplicate-reference"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one field of one entry, found while reading.

    `key` is the field's name, `text` what is written there, `message` one sentence without a full
    stop, `suggestion` what to write instead (None when nothing sensible can be proposed). `first` is the entry above
    that has the identifier already (of a `DUPLICATE_REFERENCE`).
    """

    kind: FaultKind
    key: str
    text: str
    place: Place
    message: str
    suggestion: str | None = None
    first: Reference | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IdentifierUse:
    """An identifier as an entry gives it: under which key, where. `derived` from a URL or not."""

    identifier: Identifier
    key: str
    place: Place
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the library.

    `places` maps a field's key to where its value starts. `uses` are the well-formed identifiers in
    the order of `IdKind`; a canonical PubMed, PMC, DOI or DailyMed address under `URL` appears as
    the identifier it carries, not as a page to fetch. `limits` says in what the source differs from the monograph's
    product. `csl` holds every CSL variable as read (strings, or nested lists and dicts of strings), Markdown escapes
    resolved.
    """

    id: str
    place: Place
    type: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    uses: tuple[IdentifierUse, ...] = ()
    title: str | None = None
    authors: tuple[Name, ...] = ()
    container_title: str | None = None
    issued: PartialDate | None = None
    volume: str | None = None
    issue: str | None = None
    page: str | None = None
    accessed: PartialDate | None = None
    cited_as: str | None = None
    spl_version: int | None = None
    role: Role = Role.EVIDENCE
    owner: str | None = None
    limits: str | None = None
    ignore: Mapping[str, str] = field(default_factory=dict)
    confirmed: Confirmation | None = None
    previous: tuple[PreviousSource, ...] = ()
    candidates: tuple[Proposal, ...] = ()
    csl: Mapping[str, object] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    printed: PrintedCitation | None = field(default=None, repr=False, compare=False)
    """`cited_as` with the place of each of its characters in the file."""
    identifiers: tuple[Identifier, ...] = field(init=False, repr=False, compare=False)
    """The distinct identifiers of `uses`, most authoritative first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "identifiers", tuple(dict.fromkeys(use.identifier for use in self.uses)))

    def place_of(self, *keys: str) -> Place:
        """The place of the first of these fields that is present; else of the entry itself."""
        return next((self.places[key] for key in keys if key in self.places), self.place)

    def first(self, kind: IdKind) -> Identifier | None:
        """The first identifier of a kind, if the entry has one."""
        return next((i for i in self.identifiers if i.kind is kind), None)


FINDING = "finding"
"""The key of a waiver's evidence that has the waived finding's own fingerprint."""

OF = "of"
"""The key of a waiver's evidence that has the first identifier which the reference had when it was waived."""


class Category(StrEnum):
    """Why a finding is waived."""

    FALSE_POSITIVE = "false-positive"
    ACCEPTED_RISK = "accepted-risk"
    PENDING_FIX = "pending-fix"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver: it covers one finding of `code` at `reference` (None: at the file itself).

    It holds from the day `since` to the day `until`, both included. `evidence` says what it was given on: the
    finding's fingerprint and, by the name of each source, a hash of what that source said then (see
    `evidence.rules.waiver_evidence`). `baseline` is True for what was in the file when it came under the gate. `index`
    counts the waivers of its list from 0; `places` maps a field to where its value starts.
    """

    code: str
    reference: str | None
    category: Category
    reason: str
    requested_by: str
    approved_by: str
    since: date
    until: date
    evidence: Mapping[str, str]
    place: Place
    index: int = 0
    baseline: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)

    def place_of(self, key: str) -> Place:
        """The place of a field's value; else of the waiver itself."""
        return self.places.get(key, self.place)

    def has_begun(self, today: date) -> bool:
        """Whether it was given by today; one day is allowed for those ahead of UTC."""
        return (self.since - today).days <= 1

    def has_ended(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.until


@dataclass(frozen=True, slots=True)
class Companion:
    """A file beside a library that was read with it, such as its waivers, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Monograph:
    """What `monograph:` at the top of the file says; `place` is that of the value of `file`.

    `refusal` is why a references file may not name that place, None where it may.
    """

    title: str | None = None
    file: str | None = None
    place: Place | None = None
    refusal: str | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """One references.yaml: its entries, settings and top-level faults (reported at the file itself).

    `waivers` and `claims` are its own and, after them, those of the files beside it, which are then among the
    `companions`.
    """

    path: str
    sha256: str
    references: tuple[Reference, ...]
    monograph: Monograph = field(default_factory=Monograph)
    policy: Policy = field(default_factory=Policy)
    faults: tuple[Fault, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    claims: tuple[Claim, ...] = ()
    companions: tuple[Companion, ...] = ()
