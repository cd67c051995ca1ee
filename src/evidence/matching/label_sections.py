"""Sections of a label's contents as texts, and what differs between two versions of them.

Outermost sections are compared, by their codes, else by their titles; nested ones are part of them. Two sections are
the same when their tokens are: then they differ in formatting alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from evidence.matching.tokens import TokenText, WordEdit, tokenize, word_edits
from evidence.model.records import Label, LabelContents, LabelSection, SplVersion
from evidence.model.regex import regex
from evidence.model.sections import section_name

BOXED_WARNING = "34066-1"
CONTRAINDICATIONS = "34070-3"
PRODUCT_DATA = "48780-1"
PACKAGE_LABEL = "51945-4"
HIGHLIGHTS = "highlights"
"""The title under which the summaries of all sections are one."""
ADDRESS = "labeler and address"
"""The title of a section that has none, and nothing but who makes or sells the drug."""

_FOR_PATIENTS = frozenset({"42230-3", "42231-1", "68498-5"})
_OLD_FORMAT, _NEW_FORMAT = "42232-9", "43685-7"  # precautions; warnings and precautions (21 CFR 201.57, since 2006)
_ADMINISTRATIVE = frozenset({PRODUCT_DATA, PACKAGE_LABEL})
_OF_ADDRESS = regex(
    r"(manufactured|distributed|marketed|(re)?packa?ged|made|revised|issued|product of)\b", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class SectionText:
    """A section as it was read: code, title and `within` as in `LabelSection`, its text with that of nested sections.

    `items` are the items of its lists, the outermost ones, each with what is nested in it.
    """

    code: str
    title: str
    text: str
    within: str = ""
    items: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> TokenText:
        """The tokens of its text."""
        return tokenize(self.text)

    @property
    def name(self) -> str:
        """What messages call it."""
        return _name(self.code, self.title)


class SectionState(StrEnum):
    """What became of a section from one version to another."""

    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section that differs between two versions; `places` counts where, None where only hashes are at hand."""

    code: str
    name: str
    state: SectionState
    places: int | None = None

    @property
    def is_administrative(self) -> bool:
        """Whether nothing in it is said of the drug: package label, product data, labeler and address lines."""
        return (
            self.code in _ADMINISTRATIVE
            or self.name == ADDRESS
            or (not self.code and _OF_ADDRESS.match(self.name) is not None)
        )

    @property
    def is_summary(self) -> bool:
        """Whether it only repeats what other sections say."""
        return not self.code and self.name == HIGHLIGHTS


@dataclass(frozen=True, slots=True)
class LabelChange:
    """What differs between the contents of two versions, in the order of the later one; `same` counts what does not."""

    sections: tuple[SectionChange, ...]
    same: int
    reformatted: bool = False

    @property
    def telling(self) -> tuple[SectionChange, ...]:
        """The changed sections that say something of the drug; the summary of others only where it changed alone."""
        said = tuple(section for section in self.sections if not section.is_administrative)
        return tuple(section for section in said if not section.is_summary) or said


def label_change(
    then: LabelContents,
    now: LabelContents,
    texts_then: Iterable[SectionText] = (),
    texts_now: Iterable[SectionText] = (),
) -> LabelChange:
    """What differs between two versions of a label; the texts, where they are at hand, say in how many places."""
    before, after = _outermost(then.sections), _outermost(now.sections)
    old, new = _outermost_texts(texts_then), _outermost_texts(texts_now)
    changed = []
    for key in dict.fromkeys([*after, *before]):
        section = after.get(key) or before[key]
        if key in before and key in after and before[key].sha256 == after[key].sha256:
            continue
        state = SectionState.CHANGED if key in before and key in after else None
        state = state or (SectionState.NEW if key in after else SectionState.REMOVED)
        places = None
        if state is SectionState.CHANGED and key in old and key in new:
            places = sum(edit.differs for edit in section_edits(old[key], new[key]))
        changed.append(SectionChange(section.code, _name(section.code, section.title), state, places))
    codes_then, codes_now = ({section.code for section in contents.sections} for contents in (then, now))
    return LabelChange(
        tuple(changed),
        len(before.keys() | after.keys()) - len(changed),
        reformatted=_is_reformatted(codes_then, codes_now),
    )


def _is_reformatted(then: set[str], now: set[str]) -> bool:
    return _OLD_FORMAT in then - now and _NEW_FORMAT in now - then


def section_edits(before: SectionText | None, after: SectionText | None) -> tuple[WordEdit, ...]:
    """A section of two versions word by word; None is a version that does not have it."""
    empty = tokenize("")
    return word_edits(before.tokens if before else empty, after.tokens if after else empty)


@dataclass(frozen=True, slots=True)
class ComparedSection:
    """A section that differs between two versions, word by word."""

    change: SectionChange
    edits: tuple[WordEdit, ...]


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """Two versions of a label and the sections that differ, in the order of the later one; `same` counts the others."""

    label: Label
    then: SplVersion
    now: SplVersion
    sections: tuple[ComparedSection, ...]
    same: int
    reformatted: bool = False


def compare_texts(
    label: Label, then: SplVersion, now: SplVersion, before: Iterable[SectionText], after: Iterable[SectionText]
) -> LabelComparison:
    """What differs between two versions of a label, word by word."""
    old, new = _outermost_texts(before), _outermost_texts(after)
    compared = []
    for key in dict.fromkeys([*new, *old]):
        one, other = old.get(key), new.get(key)
        edits = section_edits(one, other)
        section = other or one
        places = sum(edit.differs for edit in edits)
        if section is None or (one is not None and other is not None and not places):
            continue
        state = SectionState.NEW if one is None else SectionState.REMOVED if other is None else SectionState.CHANGED
        change = SectionChange(section.code, section.name, state, places if state is SectionState.CHANGED else None)
        compared.append(ComparedSection(change, edits))
    same = len(old.keys() | new.keys()) - len(compared)
    codes_then, codes_now = ({section.code for section in texts.values()} for texts in (old, new))
    return LabelComparison(label, then, now, tuple(compared), same, _is_reformatted(codes_then, codes_now))


def has_boxed_warning(contents: LabelContents) -> bool:
    """Whether the label has a boxed warning of its own, not only one in what is printed for patients."""
    boxes = (section for section in contents.sections if section.code == BOXED_WARNING)
    return any(box.within not in _FOR_PATIENTS for box in boxes)


def _name(code: str, title: str) -> str:
    """What messages call a section; a title in capitals is not shouted."""
    name = section_name(code, title) or "untitled section"
    return name.lower() if name.isupper() else name


def _outermost(sections: Iterable[LabelSection]) -> Mapping[tuple[str, str], LabelSection]:
    return {(section.code, section.title.casefold()): section for section in sections if not section.within}


def _outermost_texts(sections: Iterable[SectionText]) -> Mapping[tuple[str, str], SectionText]:
    return {(section.code, section.title.casefold()): section for section in sections if not section.within}
