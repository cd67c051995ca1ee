"""What changed between two versions of a label, word by word: for a terminal, as a page of HTML, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.matching.label_sections import ComparedSection, LabelComparison, SectionState
from evidence.matching.tokens import WordEdit
from evidence.model.text import quantity
from evidence.model.version import __version__
from evidence.reports.html import asset, laid_out
from evidence.reports.layout import Sheet, TextSpan

_AROUND = 8  # words before and after a change, on a terminal
_LONGEST = 120  # words of a change, on a terminal; the other forms have all of them
_INDENT = 3


def changes_on_sheet(comparison: LabelComparison, sheet: Sheet) -> str:
    """The changes as text: `[-…-]` is gone, `{+…+}` is new, also where colours are not shown."""
    for line in _summary(comparison):
        sheet.add(TextSpan(line))
    for section in comparison.sections:
        sheet.blank()
        sheet.rule(section.change.name, _state(section))
        for number, edit in enumerate(section.edits):
            if edit.differs:
                sheet.add(*_place(section.edits, number), indent=_INDENT)
    return sheet.text()


def changes_page(comparison: LabelComparison) -> str:
    """The changes as a page of HTML, with the whole text of every section that differs; it loads nothing."""
    sections = [
        {"name": section.change.name, "code": section.change.code, "state": _state(section), "edits": section.edits}
        for section in comparison.sections
    ]
    variables = {
        "title": comparison.label.title or comparison.label.identifier.value,
        "setid": comparison.label.identifier.value,
        "version": __version__,
        "lines": list(_summary(comparison)),
        "sections": sections,
        "then": comparison.then,
        "now": comparison.now,
    }
    return laid_out("label_changes.html.jinja", variables, asset("label_changes.css"), {})


def changes_document(comparison: LabelComparison) -> dict[str, Any]:
    """The changes as values of JSON."""
    return {
        "setid": comparison.label.identifier.value,
        "title": comparison.label.title,
        "then": {"version": comparison.then.version, "published": comparison.then.published.isoformat()},
        "now": {"version": comparison.now.version, "published": comparison.now.published.isoformat()},
        "unchanged": comparison.same,
        "reformatted": comparison.reformatted,
        "sections": [
            {
                "code": section.change.code or None,
                "name": section.change.name,
                "state": str(section.change.state),
                "places": section.change.places,
                "edits": [
                    {"before": edit.before, "after": edit.after, "differs": edit.differs} for edit in section.edits
                ],
            }
            for section in comparison.sections
        ],
    }


def _summary(comparison: LabelComparison) -> Iterator[str]:
    then, now, number = comparison.then, comparison.now, len(comparison.sections)
    yield comparison.label.title or comparison.label.identifier.value
    yield f"version {then.version} ({then.published}) and version {now.version} ({now.published})"
    if then == now:
        yield "one version: it was current when the label was accessed, and still is"
    elif not number:
        yield "no section differs"
    else:
        yield f"{quantity(number, 'section')} changed; {comparison.same} unchanged"
    if comparison.reformatted:
        yield "the label has a new format: precautions and warnings are one section now"


def _state(section: ComparedSection) -> str:
    change = section.change
    if change.state is SectionState.CHANGED:
        return quantity(change.places or 0, "place")
    return str(change.state)


def _place(edits: tuple[WordEdit, ...], number: int) -> Iterator[TextSpan]:
    """One change with the words around it."""
    edit = edits[number]
    before = edits[number - 1].after.split() if number else []
    after = edits[number + 1].after.split() if number + 1 < len(edits) else []
    if before:
        yield TextSpan(f"{'… ' if len(before) > _AROUND or number > 1 else ''}{' '.join(before[-_AROUND:])}", "dim")
    if edit.before:
        yield TextSpan(f"[-{_cut(edit.before)}-]", "error")
    if edit.after:
        yield TextSpan(f"{{+{_cut(edit.after)}+}}", "good")
    if after:
        is_cut = len(after) > _AROUND or number + 2 < len(edits)
        yield TextSpan(f"{' '.join(after[:_AROUND])}{' …' if is_cut else ''}", "dim")


def _cut(text: str) -> str:
    words = text.split()
    if len(words) <= _LONGEST:
        return " ".join(words)
    return f"{' '.join(words[:_LONGEST])} … ({len(words) - _LONGEST:,} more words: --format html)"
