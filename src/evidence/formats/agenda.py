"""What falls due: for people at a terminal, by owner; as CSV for a spreadsheet; as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.escape import formula_safe, json_safe, one_line
from evidence.formats.json_parts import due_document
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import count, listed
from evidence.report import Due

_HEADS = ("on", "days", "kind", "reference", "title", "owner", "path", "message")
_TEXT = 15  # columns: the margin, a day, two spaces


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
    sheet.rule(f"due within {count(agenda.within.days, 'day')}", f"as of {agenda.today}")
    several = len({item.path for item in agenda.items}) > 1
    for owner in sorted({item.owner or "" for item in agenda.items}, key=lambda name: (not name, name)):
        own = [item for item in agenda.items if (item.owner or "") == owner]
        sheet.blank()
        sheet.add(TextSpan(owner or "no owner", "bold"), TextSpan(f"\N{MIDDLE DOT} {len(own)}", "dim"))
        for item in own:
            late = agenda.days(item) < 0
            when = TextSpan(item.on.isoformat(), "error" if late else "warning")
            name = f"{item.path}:{item.reference}" if several else item.reference
            left = f"{-agenda.days(item)} d overdue" if late else f"in {agenda.days(item)} d"
            sheet.add(
                TextSpan(f"{name}:", "bold"),
                TextSpan(item.message),
                TextSpan(f"({left})", "dim"),
                indent=_TEXT,
                label=when,
            )
    if not agenda.items:
        sheet.add(TextSpan("nothing"), indent=3)
    if agenda.soon:
        sheet.blank()
        names = listed([name for _, name in agenda.soon])
        first = f"the first runs out after {agenda.soon[0][0]}"
        told = f"{count(len(agenda.soon), 'source')} read long ago, {first}: {names}"
        sheet.add(TextSpan(told), indent=_TEXT, label=TextSpan("due soon", "dim"))


def render_csv(agenda: Agenda) -> str:
    """RFC 4180, for a spreadsheet: no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADS)
    for item in agenda.items:
        cells = (item.reference, agenda.title(item), item.owner or "", item.path, item.message)
        texts = [formula_safe(one_line(cell)) for cell in cells]
        writer.writerow([item.on.isoformat(), agenda.days(item), str(item.kind), *texts])
    return out.getvalue()


def render_agenda_json(agenda: Agenda) -> str:
    """As JSON; the items are as under `due` in a report."""
    shown = {
        "version": 1,
        "as_of": agenda.today.isoformat(),
        "within_days": agenda.within.days,
        "due": [{**due_document(item), "title": agenda.title(item) or None} for item in agenda.items],
        "soon": [{"reference": name, "on": day.isoformat()} for day, name in agenda.soon],
    }
    return json_safe(json.dumps(shown, ensure_ascii=False, indent=2)) + "\n"
