"""Claims: sentences of a monograph, the evidence that each rests on, and how far its quotes could be found.

A claim's evidence names references of the same library; an anchor is a piece of evidence with a quote, which is looked
for in what its source says. Everything here is a fact or a question to a person, never a verdict on the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from evidence.model.errors import Place
from evidence.model.text import canonical_sha256

CLAIM_PREFIX = "claim:"
"""What comes before a claim's id wherever ids of references and of claims are named alike: `claim:fm-pain`."""

FEWEST_WORDS = 4
"""The fewest words of a quote: fewer are found by chance."""


class ClaimKind(StrEnum):
    """What a sentence says of the drug."""

    EFFICACY = "efficacy"
    SAFETY = "safety"
    DOSE = "dose"
    MECHANISM = "mechanism"
    CONTRAINDICATION = "contraindication"
    INTERACTION = "interaction"
    STORAGE = "storage"
    DEFINITION = "definition"


class Stance(StrEnum):
    """How a piece of evidence relates to its claim."""

    SUPPORTS = "supports"
    QUALIFIES = "qualifies"
    CONTRADICTS = "contradicts"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class EvidenceLevel:
    """A person's assessment of a piece of evidence, in words of their own scale (`GRADE low`, `Oxford 4`)."""

    value: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class EvidenceClass:
    """A class of evidence that is suggested, not a GRADE assessment, and what in the record says so."""

    name: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimEvidence:
    """One piece of evidence of a claim.

    `reference` is the id of a reference of the same file. `within` (the field `in`) narrows where the quote is looked
    for: `abstract`, `title`, or the LOINC code or name of a label's section; None is anywhere. `stance` is None where
    none is written.
    """

    reference: str
    place: Place
    stance: Stance | None = None
    quote: str | None = None
    within: str | None = None
    level: EvidenceLevel | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's approval of a claim; `sha256` is the claim's `digest` when it was given."""

    by: str
    on: date
    sha256: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the monograph with its evidence; `place.path` is the file it is written in."""

    id: str
    text: str
    place: Place
    kind: ClaimKind | None = None
    evidence: tuple[ClaimEvidence, ...] = ()
    approved: Approval | None = None
    reviewed: date | None = None
    owner: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """How findings, waivers and commands name it."""
        return f"{CLAIM_PREFIX}{self.id}"

    @property
    def digest(self) -> str:
        """The SHA-256 of what an approval covers: text, kind and evidence, levels and places left out."""
        evidence = [[e.reference, e.stance, e.quote, e.within] for e in self.evidence]
        return canonical_sha256([self.text, self.kind, evidence])

    def stance_of(self, evidence: ClaimEvidence) -> Stance | None:
        """How this evidence counts: what is written; where nothing is, as support once the claim is approved."""
        if evidence.stance is None and self.approved is not None:
            return Stance.SUPPORTS
        return evidence.stance

    def place_of(self, *keys: str) -> Place:
        """The place of the first of these fields that is present; else of the claim itself."""
        return next((self.places[key] for key in keys if key in self.places), self.place)


class AnchorState(StrEnum):
    """What became of a quote.

    `not checked` is what could not be asked today (the run is incomplete), `cannot be checked` what nobody can look
    for: no abstract, a page, contents that DailyMed does not give.
    """

    FOUND = "found"
    MOVED = "moved"
    LOST = "lost"
    NOT_CHECKED = "not_checked"
    CANNOT_BE_CHECKED = "cannot_be_checked"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A piece of evidence as it was looked for, `index` counting the evidence of its claim from 0.

    `section` says where it was found (`abstract`, `title`, a LOINC code), `earlier` where in the version that was
    current when the label was accessed. `reason` says why it could not be looked for. `nearest` are the most similar
    words of a source that has lost it: third-party text, which no lock keeps. `marks_lost` is true where it was found
    only without superscripts and subscripts. `sha256` is that of the tokens in which a lost quote was looked for.
    """

    claim: str
    index: int
    reference: str
    state: AnchorState
    section: str = ""
    earlier: str = ""
    reason: str = ""
    nearest: str = ""
    marks_lost: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """The product that a monograph is about (`monograph: product:`)."""

    drug: str
    strengths: tuple[str, ...] = ()
    form: str | None = None
    status: str | None = None
    place: Place | None = field(default=None, compare=False)
