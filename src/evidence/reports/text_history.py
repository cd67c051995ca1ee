"""What a terminal shows of the course of things: two runs side by side, the timeline of a reference, what falls due.

The agenda of what falls due is also written as CSV for a spreadsheet and as JSON.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from evidence.model.outcomes import Origin, State
from evidence.model.report import Due, Mode
from evidence.model.text import formula_safe, json_safe, one_line, quantity
from evidence.reports.document import Document, due_document, library_inputs
from evidence.reports.layout import Sheet, TextSpan
from evidence.reports.text import BODY, add_finding, add_news
from evidence.reports.timeline import TimelineEvent
from evidence.reports.wording import STATES, minute_utc, name_list

_DAY = 15  # columns: the margin, a day, two spaces
_DOT = "\N{MIDDLE DOT}"
_STATE_STYLES = {State.FOUND: "", State.NOT_FOUND: "error"}  # what was found may still be at fault: not green
_WORDS = {
    "new": "new",
    "resolved": "resolved",
    "replaced": "replaced",
    "unjudged": "unknown",
    "persisting": "unchanged",
    "ignored": "ignored",
    "waived": "waived",
}
_COLUMNS = ("on", "days", "kind", "reference", "title", "owner", "path", "message")


def render_diff(sheet: Sheet, before: Document, after: Document, changes: dict[str, Any], *, full: bool) -> None:
    """What differs, `changes` holding the findings themselves; `full` lists also what is as it was."""
    for label, document in (("from", before), ("to", after)):
        run = document["run"]
        facts = (run["id"], f"as of {run['as_of']}", f"{minute_utc(run['started'])}, {Mode(run['mode']).words}")
        sheet.add(TextSpan(f" {_DOT} ".join(facts)), indent=BODY, label=TextSpan(label, "dim"))
    paths = [sorted(item["path"] for item in library_inputs(document)) for document in (before, after)]
    if paths[0] != paths[1]:
        sheet.add(TextSpan("The runs checked different files.", "alarm"))
    rules = [_rules(document["run"]) for document in (before, after)]
    if rules[0] != rules[1]:
        sheet.add(TextSpan(f"The runs used different rules: the first {rules[0]}, the second {rules[1]}.", "alarm"))
    if changes["news"]:
        sheet.blank()
        sheet.rule("news")
        add_news(sheet, after, changes["news"], full=True)
    for key, title, listed in (
        ("new", "new", True),
        ("resolved", "resolved", True),
        ("replaced", "replaced by another finding on the same subject", True),
        ("unjudged", "unknown: could not be checked again", True),
        ("persisting", "unchanged", full),
        ("ignored", "ignored", full),
        ("waived", "waived", True),
    ):
        if not changes[key] or not listed:
            continue
        sheet.blank()
        sheet.rule(title, quantity(len(changes[key]), "finding"))
        for finding in changes[key]:
            if finding["reference"]:
                sheet.add(TextSpan(finding["reference"], "bold"), indent=BODY)
            add_finding(sheet, finding)
    if not any(changes[key] for key in ("new", "resolved", "replaced", "unjudged", "news")):
        sheet.blank()
        sheet.add(TextSpan("no changes"), indent=BODY, label=TextSpan("same", "good"))
    sheet.blank()
    counts = [
        f"{len(changes[key])} {word}" for key, word in _WORDS.items() if changes[key] or key in {"new", "resolved"}
    ]
    sheet.add(TextSpan(", ".join(counts)))


def _rules(run: dict[str, Any]) -> str:
    selected, ignored = (", ".join(run.get(key, ())) for key in ("select", "ignore"))
    return (selected or "all") + (f" except {ignored}" if ignored else "")


@dataclass(frozen=True, slots=True)
class TimelineSubject:
    """What the timeline is about."""

    reference: str
    path: str
    identifiers: tuple[str, ...]
    title: str | None


def render_timeline(sheet: Sheet, subject: TimelineSubject, events: Sequence[TimelineEvent]) -> None:
    """The events, oldest first: a line per change, the quiet stretches between counted."""
    sheet.rule(subject.reference, subject.path)
    if subject.title:
        sheet.clipped(TextSpan(subject.title, "dim"), indent=3)
    if not events:
        sheet.add(TextSpan("never looked up"), indent=3)
    for event in events:
        label: TextSpan | None = TextSpan(event.as_of.isoformat(), "bold")  # on the first line of the event alone
        for item in event.observed:
            if str(item.identifier) not in event.changed:
                continue
            origin = "" if item.origin is Origin.NETWORK else f" (from the {item.origin})"
            state = f"{STATES[item.state]}{origin}"
            detail = [TextSpan(f"{_DOT} {item.detail}")] if item.detail else []
            sheet.add(
                TextSpan(f"{item.source} {item.identifier}", "dim"),
                TextSpan(state, _STATE_STYLES.get(item.state, "alarm")),
                *detail,
                indent=_DAY,
                label=label,
            )
            label = None
        for sign, style, prefix, findings in (
            ("+", "", "", event.appeared),
            ("-", "good", "gone: ", event.resolved),
            ("~", "dim", "no longer reported: ", event.replaced),
            ("~", "dim", "waived: ", event.waived),
        ):
            for finding in findings:
                head = TextSpan(f"{sign} {finding.code}", style or str(finding.severity))
                sheet.add(head, TextSpan(f"{finding.name}: {prefix}{finding.message}"), indent=_DAY, label=label)
                label = None
        if event.interrupted:
            sheet.add(TextSpan("the run was interrupted", "dim"), indent=_DAY, label=label)
        if event.repeated:
            text = f"unchanged in {quantity(event.repeated, 'more run')}, until {event.until}"
            sheet.add(TextSpan(text, "dim"), indent=_DAY)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What falls due by day, for whom.

    `titles` are those of the references, by file and id. `soon` are sources that were read long ago but run
    out only after `within`: the last day on which each is surely fresh, and its reference.
    """

    today: date
    within: timedelta
    items: tuple[Due, ...]
    titles: Mapping[tuple[str, str], str]
    soon: tuple[tuple[date, str], ...] = ()

    def title(self, item: Due) -> str:
        """The title of an item's reference, empty where the file gives none."""
        return self.titles.get((item.path, item.reference), "")

    def days(self, item: Due) -> int:
        """How many days are left; negative when it is overdue."""
        return (item.on - self.today).days


def render_agenda(agenda: Agenda) -> str:
    """The agenda as plain text for a file."""
    sheet = Sheet(width=100, color=False, unicode=True)
    add_agenda(sheet, agenda)
    return sheet.text()


def add_agenda(sheet: Sheet, agenda: Agenda) -> None:
    """Owner by owner, those with names first; each by day."""
    sheet.rule(f"due within {quantity(agenda.within.days, 'day')}", f"as of {agenda.today}")
    several = len({item.path for item in agenda.items}) > 1
    for owner in sorted({item.owner or "" for item in agenda.items}, key=lambda name: (not name, name)):
        own = [item for item in agenda.items if (item.owner or "") == owner]
        sheet.blank()
        sheet.add(TextSpan(owner or "no owner", "bold"), TextSpan(f"{_DOT} {len(own)}", "dim"))
        for item in own:
            late = agenda.days(item) < 0
            when = TextSpan(item.on.isoformat(), "error" if late else "warning")
            name = f"{item.path}:{item.reference}" if several and item.reference != item.path else item.reference
            left = f"{-agenda.days(item)} d overdue" if late else f"in {agenda.days(item)} d"
            sheet.add(
                TextSpan(f"{name}:", "bold"),
                TextSpan(item.message),
                TextSpan(f"({left})", "dim"),
                indent=_DAY,
                label=when,
            )
    if not agenda.items:
        sheet.add(TextSpan("nothing"), indent=3)
    if agenda.soon:
        sheet.blank()
        names = name_list([name for _, name in agenda.soon])
        count = len(agenda.soon)
        expires = "expires on" if count == 1 else "expire, the first on"
        text = f"{quantity(count, 'access date')} {expires} {agenda.soon[0][0]}: {names}"
        sheet.add(TextSpan(text), indent=_DAY, label=TextSpan("due soon", "dim"))


def render_csv(agenda: Agenda) -> str:
    """RFC 4180, for a spreadsheet: no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for item in agenda.items:
        cells = (item.reference, agenda.title(item), item.owner or "", item.path, item.message)
        texts = [formula_safe(one_line(cell)) for cell in cells]
        writer.writerow([item.on.isoformat(), agenda.days(item), str(item.kind), *texts])
    return out.getvalue()


def render_agenda_json(agenda: Agenda) -> str:
    """As JSON; the items are as under `due` in a report."""
    document = {
        "version": 1,
        "as_of": agenda.today.isoformat(),
        "within_days": agenda.within.days,
        "due": [{**due_document(item), "title": agenda.title(item) or None} for item in agenda.items],
        "soon": [{"reference": name, "on": day.isoformat()} for day, name in agenda.soon],
    }
    return json_safe(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"
