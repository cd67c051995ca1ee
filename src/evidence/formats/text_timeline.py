"""The timeline of one reference for a terminal: a line per change, the quiet stretches between counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import count
from evidence.history.timeline import TimelineEvent
from evidence.model.outcomes import Observation, Origin, State

_DAY = 15  # columns: the margin, a day, two spaces
_STYLES = {State.FOUND: "good", State.NOT_FOUND: "error"}


@dataclass(frozen=True, slots=True)
class TimelineSubject:
    """What the timeline is about."""

    reference: str
    path: str
    identifiers: tuple[str, ...]
    title: str | None


def render_timeline(sheet: Sheet, told: TimelineSubject, events: Sequence[TimelineEvent]) -> None:
    """The events, oldest first."""
    sheet.rule(told.reference, told.path)
    if told.title:
        sheet.clipped(TextSpan(told.title, "dim"), indent=3)
    if not events:
        sheet.add(TextSpan("never looked up"), indent=3)
    for event in events:
        _add_event(sheet, event)


def _add_event(sheet: Sheet, event: TimelineEvent) -> None:
    label: TextSpan | None = TextSpan(event.as_of.isoformat(), "bold")
    for one in event.seen:
        if str(one.identifier) in event.changed:
            sheet.add(*_state(one), indent=_DAY, label=label)
            label = None
    for sign, style, gone, findings in (
        ("+", "", "", event.appeared),
        ("-", "good", "gone: ", event.resolved),
        ("~", "dim", "not told any more: ", event.replaced),
        ("~", "dim", "waived: ", event.waived),
    ):
        for finding in findings:
            head = TextSpan(f"{sign} {finding.code}", style or str(finding.severity))
            sheet.add(head, TextSpan(f"{finding.name}: {gone}{finding.message}"), indent=_DAY, label=label)
            label = None
    if event.interrupted:
        sheet.add(TextSpan("the run was interrupted", "dim"), indent=_DAY, label=label)
    if event.repeated:
        sheet.add(TextSpan(f"then the same in {count(event.repeated, 'run')}, until {event.until}", "dim"), indent=_DAY)


def _state(one: Observation) -> list[TextSpan]:
    origin = "" if one.origin is Origin.NETWORK else f" (from the {one.origin})"
    state = f"{str(one.state).replace('-', ' ')}{origin}"
    spans = [TextSpan(f"{one.source} {one.identifier}", "dim"), TextSpan(state, _STYLES.get(one.state, "alarm"))]
    return [*spans, TextSpan(f"\N{MIDDLE DOT} {one.detail}")] if one.detail else spans
