"""What a rule of printed form is made of: it looks at a citation's text and names its slips and how to fix them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evidence.model.findings import Violation
from evidence.model.identifiers import IdKind
from evidence.model.policy import HouseStyle, Severity
from evidence.model.references import Place
from evidence.model.rule import Absence, Exceptions, FactOf, FixKind, Lookup, OnAdding, Subject
from evidence.rules.case import CITED_AS, Case, in_paragraph
from evidence.rules.rule import CaseRule

STYLE_NAMES = {
    HouseStyle.AMA: "AMA",
    HouseStyle.NLM: "NLM",
    HouseStyle.APA: "APA",
    HouseStyle.CHICAGO: "Chicago",
    HouseStyle.NONE: "no style",
}
"""The styles as people call them."""

_FILLER = "\ufffc"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b10\.\d{4,9}/\S+|[^\s@]{1,64}@[^\s@]+", re.IGNORECASE)
_LONGEST = 20_000
"""Characters of a citation that is looked at: one of 3,000 authors has more, and nobody reads it for its spaces."""


@dataclass(frozen=True, slots=True, order=True)
class Respelling:
    """The characters from `start` to `end` of a citation become `text`."""

    start: int
    end: int
    text: str

    def clashes(self, other: Respelling) -> bool:
        """Whether two edits want the same characters; edits that only touch do not, nor do two that are the same."""
        if self == other:
            return False
        if self.start == self.end == other.start == other.end:
            return True
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing about a citation's form that its style prints otherwise.

    `at` is its place in the text, `printed` the characters that show it; with `kind` they are what the finding
    rests on. `better` is how it would be printed, `edits` what makes it so. `theme` is set where all of a list may have
    the same form on purpose.
    """

    kind: str
    at: int
    printed: str
    message: str
    better: str | None = None
    edits: tuple[Respelling, ...] = ()
    theme: str = ""
    severity: Severity | None = None

    @property
    def fact(self) -> str:
        """What a finding of it rests on."""
        return f"{self.kind}: {self.printed}"


ANY = "any theme"


@dataclass(frozen=True, slots=True)
class SlipCheck:
    """What one rule says of a citation that has the form in question.

    `against` are the themes that it shows not to be the way of its list; a slip speaks against all others' themes.
    """

    slips: tuple[Slip, ...] = ()
    against: frozenset[str] = frozenset({ANY})

    def concerns(self, theme: str) -> bool:
        """Whether this citation could have had the form that a theme is about."""
        return bool(self.slips) or ANY in self.against or theme in self.against


CONFORMS = SlipCheck()
"""The citation has the form in question, and has it right."""


Look = Callable[[str, Case], SlipCheck | None]
"""Looks at a printed citation; None where it does not have the form in question at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule(CaseRule):
    """A rule that looks at the form of a printed citation."""

    look: Look

    def slips(self, text: str, case: Case) -> Sequence[Slip]:
        """The slips in a printed citation; a rule that needs a record judges none by that of another work."""
        if len(text) > _LONGEST or (self.needs_lookup and case.wrong_record is not None):
            return ()
        check = self.look(text, case)
        return check.slips if check is not None else ()

    def violations(self, case: Case) -> Iterator[Violation]:
        """The slips of `cited-as`, and those that only the monograph's own entry has."""
        reference = case.reference
        entry = case.beside.entries.get(reference.id)
        of_entry = {(slip.kind, slip.printed): slip for slip in (self.slips(entry.text, case) if entry else ())}
        for slip in self.slips(reference.cited_as, case) if reference.cited_as else ():
            same = of_entry.pop((slip.kind, slip.printed), None)
            also = f" (in the monograph {entry.place(same.at)})" if entry and same else ""
            place = reference.printed.place(slip.at) if reference.printed else None
            yield _violation(slip, f"{slip.message}{also}", place=place)
        for slip in of_entry.values():
            printed = entry.place(slip.at) if entry else None
            yield _violation(slip, slip.message + in_paragraph(printed), printed=printed)


def _violation(slip: Slip, message: str, *, place: Place | None = None, printed: Place | None = None) -> Violation:
    return Violation(message, slip.fact, (CITED_AS, "id"), slip.better, slip.severity, place, printed, slip.theme)


def style_rule(
    code: str, name: str, severity: Severity, *, subject: Subject, needs: Lookup, about: frozenset[IdKind]
) -> Callable[[Look], StyleRule]:
    """Make a rule of a function that looks at a printed citation; its docstring is the rule's page."""

    def declared(look: Look) -> StyleRule:
        def judge(case: Case) -> Iterator[Violation]:
            return made.violations(case)

        made = StyleRule(
            code=code,
            name=name,
            severity=severity,
            doc=inspect.getdoc(look) or "",
            subject=subject,
            needs=needs,
            about=about,
            fact_of=FactOf.ENTRY,
            absence=Absence.NONE,
            superseded_by=(),
            exceptions=Exceptions.ALLOWED,
            waiver_evidence=None,
            news=None,
            on_adding=OnAdding.SILENT,
            fix=FixKind.RESPELLED,
            compares=(),
            judge=judge,
            look=look,
        )
        return made

    return declared


def without_addresses(text: str) -> str:
    """The text with its addresses, DOIs and mail addresses made unreadable, of the same length."""
    return _ADDRESS.sub(lambda found: _FILLER * len(found[0]), text)


def around(text: str, start: int, end: int, more: int = 20) -> str:
    """Some characters with the words before and after them."""
    left = text.rfind(" ", max(0, start - more), max(0, start)) + 1 or max(0, start - more)
    right = text.find(" ", end, end + more)
    return text[left : right if right >= 0 else min(len(text), end + more)].strip()
