"""The rules of printed form in their order, and what takes all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence.model.findings import Finding
from evidence.rules.case import Case
from evidence.rules.style.accessed import accessed_wording
from evidence.rules.style.authors import et_al_form
from evidence.rules.style.bare_url import bare_url
from evidence.rules.style.capitals import title_case
from evidence.rules.style.dashes import mixed_range_dashes
from evidence.rules.style.form import Respelling, Slip, StyleRule
from evidence.rules.style.journal import journal_abbreviation
from evidence.rules.style.quotation_marks import quotation_marks
from evidence.rules.style.spacing import spacing

RULES: tuple[StyleRule, ...] = (
    mixed_range_dashes,
    spacing,
    quotation_marks,
    et_al_form,
    accessed_wording,
    journal_abbreviation,
    title_case,
    bare_url,
)

_FEWEST = 5
_SHARE = 0.8
"""From so many citations on, and from this share of those that have the form at all, it is the list's own way."""

_ROUNDS = 4
"""What one form hides from another (a space after a quotation mark) shows in the next round; more are not needed."""


def merge_common(findings: Sequence[Finding], cases: Sequence[Case]) -> Iterator[Finding]:
    """The findings of a library; those of one theme that most of its list shares are reported at the first alone.

    A form that all of a list has is its style, not a slip.

    Args:
        findings: Those of one library, in the order of its entries.
        cases: The library's cases.
    """
    rules = {rule.code: rule for rule in RULES}
    citing: dict[tuple[str, str], set[str | None]] = {}
    for finding in findings:
        if finding.theme:
            citing.setdefault((finding.code, finding.theme), set()).add(finding.reference)
    common = {
        (code, theme): len(references)
        for (code, theme), references in citing.items()
        if len(references) >= max(_FEWEST, _SHARE * _concerned(rules[code], theme, cases))
    }
    merged: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.theme)
        if key not in common:
            yield finding
        elif key not in merged:
            merged.add(key)
            style = "; if the list follows another style, name it as `policy: style:`"
            yield replace(finding, message=f"{finding.message}; so in {common[key]} citations of the list{style}")


def _concerned(rule: StyleRule, theme: str, cases: Sequence[Case]) -> int:
    """How many of the citations have the form that the theme is about, or could have had it.

    The citation is that of the library, else that of the monograph's own list.
    """
    number = 0
    for case in cases:
        entry = case.beside.entries.get(case.reference.id)
        text = case.reference.cited_as or (entry.text if entry is not None else "")
        check = rule.look(text, case) if text else None
        number += check is not None and check.concerns(theme)
    return number


def slips_of(text: str, case: Case) -> list[Slip]:
    """All slips of form in a printed citation."""
    return [slip for rule in RULES for slip in rule.slips(text, case)]


def is_style_fix_of(fixed: str, printed: str, case: Case, beside: Case) -> bool:
    """Whether a citation is another print of which slips of form were fixed, and of which nothing else was changed.

    Args:
        fixed: The citation that may have been fixed.
        printed: The citation from which it may have been made.
        case: The reference among the citations of its library.
        beside: The same reference among those beside which `printed` is printed.
    """
    fewer = len(slips_of(fixed, case)) < len(slips_of(printed, beside))
    return fewer and _without_slips(fixed, case) == _without_slips(printed, beside)


def _without_slips(text: str, case: Case) -> str:
    """What is left when all that the style prints otherwise is as it prints it."""
    for _ in range(_ROUNDS):
        taken: list[Respelling] = []
        for slip in slips_of(text, case):
            if not any(new.clashes(old) for new in slip.edits for old in taken):
                taken += (new for new in slip.edits if new not in taken)
        if not taken:
            break
        for edit in sorted(taken, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
    return text
