"""What falls due, as table, CSV and calendar; the calendar is read back by the icalendar library."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.report import Due, DueKind
from evidence.reports.icalendar import render_calendar
from evidence.reports.text_history import Agenda, render_agenda, render_agenda_json, render_csv

FILE = "references.yaml"
TODAY = date(2026, 11, 23)
HOSTILE = '=HYPERLINK("x"),\\;\r\nBEGIN:VEVENT \x1b]0;owned\x07 \u202e naïve \N{GRINNING FACE}' + " long" * 40


def item(reference: str = "charity", owner: str | None = None, *, on: date = TODAY, message: str = "runs out") -> Due:
    return Due(reference, FILE, owner, DueKind.ACCESSED, on, message)


def agenda(*items: Due, titles=None, soon=()) -> Agenda:
    return Agenda(TODAY, timedelta(days=30), items, titles or {}, soon)


def events(text: str) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_a_calendar_holds_an_all_day_event_for_each_item():
    reported = agenda(item(owner="the pharmacist", on=date(2026, 12, 1)), titles={(FILE, "charity"): "A charity"})
    (event,) = events(render_calendar(reported))
    assert event["DTSTART"].dt == date(2026, 12, 1)
    assert event["DTEND"].dt == date(2026, 12, 2)
    assert event["SUMMARY"] == "Read again: charity (the pharmacist)"
    assert event["DESCRIPTION"] == "runs out\nA charity\nowner: the pharmacist\nfile: references.yaml"
    assert event["TRANSP"] == "TRANSPARENT"


def test_an_empty_calendar_is_a_calendar():
    calendar = icalendar.Calendar.from_ical(render_calendar(agenda()))
    assert (calendar["VERSION"], events(render_calendar(agenda()))) == ("2.0", [])


def test_text_from_outside_stays_text_in_a_calendar():
    reported = agenda(item(HOSTILE, HOSTILE, message=HOSTILE), titles={(FILE, HOSTILE): HOSTILE})
    (event,) = events(render_calendar(reported))
    clean = " ".join(HOSTILE.split()).replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\u202e", "\\u202e")
    assert event["SUMMARY"] == f"Read again: {clean} ({clean})"
    assert event.errors == []


@given(st.text(min_size=1, max_size=200))
def test_lines_of_a_calendar_are_folded_at_75_octets_and_say_the_same_unfolded(text):
    rendered = render_calendar(agenda(item(message=text)))
    assert rendered.endswith("\r\n")
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in rendered.split("\r\n"))
    unfolded = rendered.replace("\r\n ", "").split("\r\n")
    assert sum(line.startswith("DESCRIPTION:") for line in unfolded) == 1
    assert [line for line in unfolded if line.startswith("BEGIN:")] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]


def test_an_event_keeps_its_uid_when_its_day_or_words_change_and_shares_it_with_no_other():
    one = item()
    moved = replace(one, on=TODAY + timedelta(days=9), message="other words", owner="somebody")
    others = [replace(one, reference="other"), replace(one, path="b.yaml"), replace(one, kind=DueKind.CONFIRMATION)]
    uids = [event["UID"] for event in events(render_calendar(agenda(one, moved, *others)))]
    assert uids[0] == uids[1]
    assert len(set(uids)) == 4


def test_the_last_day_that_there_is_makes_an_event_without_end():
    (event,) = events(render_calendar(agenda(item(on=date.max))))
    assert event["DTSTART"].dt == date.max


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\uff1d1"])
def test_no_cell_of_the_csv_is_a_formula(start):
    reported = agenda(item(start, start, message=start), titles={(FILE, start): start})
    header, row = csv.reader(io.StringIO(render_csv(reported), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert {cells[name] for name in ("reference", "title", "owner", "message")} == {f"'{start}"}


def test_the_csv_says_all_of_an_item_on_one_line():
    rendered = render_csv(agenda(item(owner="a, b", on=date(2026, 11, 20), message='say "x"\nagain')))
    assert rendered == (
        "on,days,kind,reference,title,owner,path,message\r\n"
        '2026-11-20,-3,accessed,charity,,"a, b",references.yaml,"say ""x"" again"\r\n'
    )


def test_the_table_goes_by_owner_those_without_one_last():
    reported = agenda(
        item("c"), item("b", "Zoe"), item("a", "Ann", on=date(2026, 11, 20)), soon=((date(2027, 3, 1), "d"),)
    )
    lines = render_agenda(reported).splitlines()
    heads = [line for line in lines if line and not line.startswith((" ", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"))]
    assert [head.split(" ")[0] for head in heads] == ["Ann", "Zoe", "no"]
    assert "   2026-11-20  a: runs out (3 d overdue)" in lines
    assert "   2026-11-23  b: runs out (in 0 d)" in lines
    assert lines[-1] == "   due soon    1 access date expires on 2027-03-01: d"


def test_nothing_due_is_said():
    assert "nothing" in render_agenda(agenda())


def test_no_control_character_reaches_the_terminal():
    output = render_agenda(agenda(item(HOSTILE, HOSTILE, message=HOSTILE)))
    assert all(char.isprintable() or char == "\n" for char in output)


def test_the_json_holds_the_items_as_a_report_does():
    output = json.loads(render_agenda_json(agenda(item(), titles={(FILE, "charity"): "A charity"})))
    assert output["due"] == [
        {
            "reference": "charity",
            "path": FILE,
            "owner": None,
            "kind": "accessed",
            "on": "2026-11-23",
            "message": "runs out",
            "title": "A charity",
        }
    ]
