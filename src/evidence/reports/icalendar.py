"""What falls due as a calendar of all-day events (iCalendar, RFC 5545).

An event keeps its UID as long as file, reference and kind stay the same, so that a program that reads
the calendar again moves the event and makes no second one. The same agenda gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from evidence.model.report import Due, DueKind
from evidence.model.text import one_line
from evidence.model.version import __version__
from evidence.reports.text_history import Agenda

_OCTETS = 75  # of a line, without its end (3.1)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_SUMMARIES = {
    DueKind.ACCESSED: "Read again",
    DueKind.VERIFICATION: "Verify",
    DueKind.CONFIRMATION: "Confirm again",
    DueKind.WAIVER: "Fix finding or renew waiver",
    DueKind.SIGN_OFF: "Review and sign again",
    DueKind.CLAIM: "Review claim",
}


def render_calendar(agenda: Agenda) -> str:
    """The agenda as one VCALENDAR; lines end in CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//evidence-tracker//{__version__}//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:References due",
    ]
    for item in agenda.items:
        lines += _event(agenda, item)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in [_folded(line)])


def _event(agenda: Agenda, item: Due) -> Iterator[str]:
    owner = f" ({item.owner})" if item.owner else ""
    lines = [item.message, agenda.title(item), f"owner: {item.owner}" if item.owner else "", f"file: {item.path}"]
    identity = f"{item.path}\x1f{item.reference}\x1f{item.kind}".encode("utf-8", "surrogatepass")
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(identity).hexdigest()[:32]}@evidence-tracker"
    yield f"DTSTAMP:{agenda.today:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{item.on:%Y%m%d}"
    # The day after, which the event no longer covers; an event without end takes a day too (3.6.1).
    if item.on < date.max:
        yield f"DTEND;VALUE=DATE:{item.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(f'{_SUMMARIES[item.kind]}: {item.reference}{owner}')}"
    yield f"DESCRIPTION:{_text(*lines)}"
    yield f"CATEGORIES:{item.kind}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(*paragraphs: str) -> str:
    """A TEXT value (3.3.11) of these paragraphs, without what does not show."""
    lines = [one_line(paragraph) for paragraph in paragraphs if paragraph]
    return "\n".join(lines).translate(_ESCAPED)


def _folded(line: str) -> str:
    """The line folded at 75 octets, never inside a character (3.1)."""
    parts, part, room = [], "", _OCTETS
    for char in line:
        size = len(char.encode("utf-8", "surrogatepass"))
        if size > room:
            parts.append(part)
            part, room = "", _OCTETS - 1  # the space that begins a continuation
        part += char
        room -= size
    return "\r\n ".join([*parts, part])
