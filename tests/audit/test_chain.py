import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.audit.events import (
    NOTHING,
    Break,
    Event,
    Stamp,
    event_document,
    first_break,
    line_of,
    parse_event,
    unfinished,
    walk,
)
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STAMP = Stamp(NOON, date(2026, 11, 23), "editor", "1.2.3")
TEXT = st.text(max_size=40)


def chained(*actions):
    lines, head = [], NOTHING
    for action in actions:
        lines.append(line_of(action, STAMP, head))
        head = parse_event(lines[-1]).head
    return lines


def test_an_event_is_one_line_of_sorted_ascii_json_that_names_the_one_before():
    first, second = chained(
        AuditEntry(AuditAction.ADD, "références.yaml"), AuditEntry(AuditAction.FIX, "b", reason="a\nb\x1b[31m\u2028")
    )
    assert all(line.isascii() and line.isprintable() for line in (first, second))
    reported = json.loads(second)
    assert list(reported) == sorted(reported)
    assert (reported["previous"], reported["sequence"], reported["at"]) == (
        json.loads(first)["hash"],
        2,
        "2026-11-23T12:00:00.000000Z",
    )


@given(TEXT, st.none() | TEXT, st.dictionaries(TEXT, TEXT, max_size=3))
def test_what_is_written_is_read_back(subject, reason, details):
    (line,) = chained(AuditEntry(AuditAction.WAIVE, subject, reason=reason, details=details))
    event = parse_event(line)
    assert (event.object, event.reason, event.details) == (subject, reason, details)
    assert event_document(event) == json.loads(line)


def test_a_path_that_is_no_utf8_is_taken_down_all_the_same():
    (line,) = chained(AuditEntry(AuditAction.FIX, "caf\udce9.yaml"))
    assert parse_event(line).object == "caf\udce9.yaml"


def test_times_are_written_in_utc():
    moment = datetime(2026, 11, 23, 14, tzinfo=timezone(timedelta(hours=2)))
    assert (
        parse_event(line_of(AuditEntry(AuditAction.ADD, "a"), Stamp(moment, date(2026, 11, 23), "x", "1"), NOTHING)).at
        == NOON
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("", "empty line"),
        ("<<<<<<< HEAD", "merge conflict"),
        ("no", "not valid JSON"),
        ("[" * 200_000, "not valid JSON"),
        ("{}", "not an event"),
        ("null", "not an event"),
    ],
)
def test_what_is_no_event_is_reported(line, what):
    with pytest.raises(ValueError, match=what):
        parse_event(line)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"editor"', '"editos"', "its hash does not match its text"),
        (',"after"', ', "after"', "not in the form of an event"),
        ('"sequence":1', '"sequence":1.0', "not an event"),
        ('"details":{}', '"details":{"a":1}', "not an event"),
        ('"reason":null', '"reason":1', "not an event"),
    ],
)
def test_a_changed_line_is_no_event(old, new, what):
    (line,) = chained(AuditEntry(AuditAction.ADD, "a"))
    assert old in line
    with pytest.raises(ValueError, match=what):
        parse_event(line.replace(old, new))


def test_a_sound_chain_has_no_break():
    assert first_break(chained(*(AuditEntry(AuditAction.ADD, str(n)) for n in range(5)))) is None


def test_each_break_is_reported_once_and_the_rest_goes_on():
    lines = chained(*(AuditEntry(AuditAction.ADD, str(n)) for n in range(6)))
    lines[2] = lines[2].replace('"object":"2"', '"object":"9"')
    links = list(walk(lines))
    assert [link for link in links if isinstance(link, Break)] == [
        Break(3, "its hash does not match its text: it was changed")
    ]
    assert [link.sequence for link in links if isinstance(link, Event)] == [1, 2, 4, 5, 6]


def test_an_edit_that_is_announced_and_not_ended_is_unfinished():
    announced = AuditEntry(AuditAction.FIX, "a", ActionStatus.BEGUN, details={"file": "a"})
    ended = AuditEntry(AuditAction.FIX, "a", details={"file": "a", "begun": "1"})
    lines = chained(announced, ended, announced, AuditEntry(AuditAction.RUN, "r", ActionStatus.BEGUN))
    events = {event.sequence: event for event in walk(lines)}
    assert [event.sequence for event in unfinished(events)] == [3]
