"""A form that a whole list has is told once: it is its style, not a slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from evidence.checks.forms.slips import SlipCheck
from evidence.findings import Finding
from evidence.model.case import Case

FEWEST = 5
SHARE = 0.8
"""From so many citations on, and from this share of those that have the form at all, it is the list's own way."""

Look = Callable[[str, Case], SlipCheck | None]


def folded(looks: Mapping[str, Look], findings: Sequence[Finding], cases: Sequence[Case]) -> Iterator[Finding]:
    """The findings, those of one theme that most of the list shares told at the first alone.

    Args:
        looks: By a rule's code what it looks at.
        findings: Those of one library, in the order of its entries.
        cases: The library's cases.
    """
    themes: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.theme:
            themes.setdefault((finding.code, finding.theme), []).append(finding)
    common = {
        key: len({finding.reference for finding in same})
        for key, same in themes.items()
        if len({finding.reference for finding in same}) >= max(FEWEST, SHARE * _concerned(looks[key[0]], key[1], cases))
    }
    told: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.theme)
        if key not in common:
            yield finding
        elif key not in told:
            told.add(key)
            style = "; if the list follows another style, name it as `policy: style:`"
            yield replace(finding, message=f"{finding.message}; so in {common[key]} citations of the list{style}")


def _concerned(look: Look, theme: str, cases: Sequence[Case]) -> int:
    """How many of the citations have the form that the theme is about, or could have had it."""
    printed = ((case, _printed(case)) for case in cases)
    looked = (look(text, case) for case, text in printed if text)
    return sum(one is not None and one.concerns(theme) for one in looked)


def _printed(case: Case) -> str:
    """The citation as the library has it, else as the monograph prints it."""
    entry = case.beside.entries.get(case.reference.id)
    return case.reference.cited_as or (entry.text if entry is not None else "")
