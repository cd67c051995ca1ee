"""The comparer's answers: per field agrees, differs or not judged, and whether it is another work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What is compared, in the words that reports use."""

    TITLE = "title"
    AUTHORS = "authors"
    YEAR = "year"
    JOURNAL = "journal"
    VOLUME = "volume"
    ISSUE = "issue"
    PAGES = "pages"


class Verdict(StrEnum):
    """Three answers; what is not printed, or not in the record, is never a difference."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_JUDGED = "not judged"


class DifferenceKind(StrEnum):
    """How a field differs."""

    CUT_SHORT = "cut short"
    HEAD_MISSING = "head missing"
    WORDS_DIFFER = "words differ"
    WORDS_ADDED = "words added"
    ANOTHER_TITLE = "another title"
    NO_AUTHOR = "no author of the record"
    MISSPELT = "misspelt"
    ANOTHER_NAME = "another name"
    INITIALS = "initials"
    GIVEN_NAME = "given name"
    MISSING = "missing"
    ORDER = "order"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field's verdict, with what is printed, what the record says, and one sentence on it.

    `closeness` is the titles' similarity by words (F-measure, 0 to 1). `matched` counts the
    record's authors found in print. `also` holds further sentences (several authors may differ).
    """

    field: Field
    verdict: Verdict
    printed: str = ""
    recorded: str = ""
    kind: DifferenceKind = DifferenceKind.OTHER
    message: str = ""
    also: tuple[str, ...] = ()
    closeness: float = 1.0
    matched: int = 0

    @property
    def differs(self) -> bool:
        """Whether this is a finding."""
        return self.verdict is Verdict.DIFFERS

    @property
    def agrees(self) -> bool:
        """Whether print and record say the same."""
        return self.verdict is Verdict.AGREES


@dataclass(frozen=True, slots=True)
class WrongRecord:
    """The identifier is real but is another work. `rule` is the number of the rule of docs/matching.md."""

    rule: int
    certain: bool
    message: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A citation against its record: one verdict per field, and whether it is the same work at all.

    `other_title`: it is the same work by authors or place, but the title is another one, which nothing explains.
    A citation that is `too_short` has no verdicts; `read` names the fields that could be read in it.
    """

    fields: tuple[FieldComparison, ...] = ()
    wrong: WrongRecord | None = None
    other_title: bool = False
    too_short: bool = False
    read: tuple[Field, ...] = ()

    def of(self, field: Field) -> FieldComparison:
        """The verdict on one field."""
        return next((judged for judged in self.fields if judged.field is field), not_judged(field))

    @property
    def compared(self) -> tuple[Field, ...]:
        """The fields that could be compared."""
        return tuple(judged.field for judged in self.fields if judged.verdict is not Verdict.NOT_JUDGED)

    @property
    def differences(self) -> tuple[FieldComparison, ...]:
        """The fields that differ."""
        return tuple(judged for judged in self.fields if judged.differs)


def agrees(field: Field, printed: str = "", recorded: str = "", *, matched: int = 0) -> FieldComparison:
    """Print and record say the same."""
    return FieldComparison(field, Verdict.AGREES, printed, recorded, matched=matched)


def not_judged(field: Field, printed: str = "", recorded: str = "") -> FieldComparison:
    """One of the two says nothing about this field, or nothing that could be read."""
    return FieldComparison(field, Verdict.NOT_JUDGED, printed, recorded)
