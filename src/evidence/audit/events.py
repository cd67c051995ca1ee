r"""Events of an audit trail as lines of text, each bound by SHA-256 to the one before it.

An event is one JSON object on one line: keys sorted, no spaces, ASCII only (RFC 8259, everything else as
`\u` escapes). Its `hash` is the SHA-256 of that same line without the `hash` key, its `previous` the hash of the
event before, 64 zeros for the first one. So whoever changes, adds, removes or moves an event has to rewrite all that
come after it, and the last hash is another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from evidence.model.audit import ActionStatus, AuditAction, AuditEntry, ChainHead
from evidence.model.dates import rfc3339
from evidence.model.regex import regex
from evidence.model.text import canonical_json, canonical_sha256, relative_path

NOTHING = ChainHead(0, "0" * 64)
"""What the first event names as the one before it."""

BEGUN = "begun"
"""In `details`, the number of the event with which the action began that this one ends."""

FILE = "file"
"""In `details`, the file that an action replaces, as it is named from the folder of the log."""

CRLF = "the line ends in CRLF: rewritten by an editor, or by git without `evidence.log.jsonl -text` in .gitattributes"
"""What is wrong with a line that is an event but for its end."""

_SHA256 = regex(r"[0-9a-f]{64}")
_AT = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_TEXTS = ("action", "actor", "as_of", "at", "ending", "hash", "object", "previous", "tool_version")
_OPTIONAL = ("after", "before", "reason")
_KEYS = frozenset({*_TEXTS, *_OPTIONAL, "details", "sequence"})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who, when, by which version. `at` is the real time in UTC, `as_of` the day that was judged for."""

    at: datetime
    as_of: date
    actor: str
    tool_version: str


@dataclass(frozen=True, slots=True)
class Event:
    """One link of the chain. `action` and `ending` are text: a later version may know more of them."""

    sequence: int
    at: datetime
    as_of: date
    actor: str
    action: str
    object: str
    ending: str
    before: str | None
    after: str | None
    reason: str | None
    details: Mapping[str, str]
    tool_version: str
    previous: str
    hash: str

    @property
    def head(self) -> ChainHead:
        """Where the trail has got to with this event."""
        return ChainHead(self.sequence, self.hash)


def line_of(entry: AuditEntry, stamp: Stamp, before: ChainHead) -> str:
    """The line, without its end, of the event that notes this action after the one before."""
    values: dict[str, object] = {
        "sequence": before.sequence + 1,
        "at": rfc3339(stamp.at),
        "as_of": stamp.as_of.isoformat(),
        "actor": stamp.actor,
        "action": str(entry.action),
        "object": entry.object,
        "ending": str(entry.ending),
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "details": dict(entry.details),
        "tool_version": stamp.tool_version,
        "previous": before.hash,
    }
    return canonical_json(values | {"hash": canonical_sha256(values)})


def parse_event(line: str) -> Event:
    """The event of a line that holds nothing but one, in the one form in which it is written.

    Raises:
        ValueError: with what is wrong with it; also when its hash is not that of its text.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            raise ValueError("merge conflict") from None
        raise ValueError("not valid JSON" if line.strip() else "empty line") from None
    if not isinstance(values, dict) or values.keys() != _KEYS or not _has_types_of_event(values):
        raise ValueError("not an event of an audit trail")
    if canonical_json(values) == line.removesuffix("\r") != line:
        raise ValueError(CRLF)
    if canonical_json(values) != line:
        raise ValueError("not in the form of an event (sorted keys, no spaces, ASCII)")
    claimed = values.pop("hash")
    if canonical_sha256(values) != claimed:
        raise ValueError("its hash does not match its text: it was changed")
    try:
        at, as_of = datetime.fromisoformat(values.pop("at")), date.fromisoformat(values.pop("as_of"))
    except ValueError as wrong:
        raise ValueError(f"not an event of an audit trail: {wrong}") from None
    return Event(**values, at=at, as_of=as_of, hash=claimed)


def _has_types_of_event(values: Mapping[str, object]) -> bool:
    sequence, details = values["sequence"], values["details"]
    return (
        type(sequence) is int
        and all(isinstance(values[key], str) for key in _TEXTS)
        and all(values[key] is None or isinstance(values[key], str) for key in _OPTIONAL)
        and isinstance(details, dict)
        and all(isinstance(value, str) for value in details.values())
        and all(_SHA256.fullmatch(str(values[key])) for key in ("hash", "previous"))
        and _AT.fullmatch(str(values["at"])) is not None
    )


def event_document(event: Event) -> dict[str, object]:
    """The event as JSON values, as they are in its line."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return values | {"at": rfc3339(event.at), "as_of": event.as_of.isoformat(), "details": dict(event.details)}


# The chain, followed link by link


@dataclass(frozen=True, slots=True)
class Break:
    """A link that does not hold. `number` counts the lines from 1; `what` says what is wrong with that one."""

    number: int
    what: str


def walk(lines: Iterable[str], after: ChainHead = NOTHING) -> Iterator[Event | Break]:
    """Every event in its order, and every place at which the chain does not hold.

    After a break the chain is followed from what is there, so that each break is found once.
    """
    before: ChainHead | None = after
    for number, line in enumerate(lines, 1):
        try:
            event = parse_event(line)
        except ValueError as wrong:
            yield Break(number, str(wrong))
            before = None
            continue
        if before is not None and (what := _misfit(event, before)):
            yield Break(number, what)
        yield event
        before = event.head


def _misfit(event: Event, before: ChainHead) -> str | None:
    expected = before.sequence + 1
    if event.sequence > expected:
        is_one = event.sequence == expected + 1
        missing = f"event {expected}" if is_one else f"events {expected} to {event.sequence - 1}"
        was = "was" if is_one else "were"
        return f"found event {event.sequence} here: {missing} {was} removed or moved"
    if event.sequence < expected:
        return f"found event {event.sequence} where event {expected} was expected: inserted, repeated or moved"
    if event.previous != before.hash:
        return f"event {event.sequence} does not contain the hash of the previous event: one of the two was added later"
    return None


def first_break(lines: Iterable[str], after: ChainHead = NOTHING) -> Break | None:
    """The first link that does not hold, None for a sound chain."""
    return next((link for link in walk(lines, after) if isinstance(link, Break)), None)


# Edits: the state of a file after a process was killed while replacing it


def is_edit(event: Event) -> bool:
    """Whether it is the beginning or the end of a file's being replaced, which a kill can leave half done."""
    return (
        event.action
        not in {AuditAction.RUN, AuditAction.BEGIN, AuditAction.POLICY, AuditAction.PRUNE, AuditAction.LOAD}
        and FILE in event.details
    )


def unfinished(events: Mapping[int, Event]) -> list[Event]:
    """The edits that were begun and whose end no event records."""
    ended = {
        event.details[BEGUN]
        for event in events.values()
        if event.ending != ActionStatus.BEGUN and BEGUN in event.details
    }
    begun = (event for event in events.values() if event.ending == ActionStatus.BEGUN and is_edit(event))
    return [event for event in begun if str(event.sequence) not in ended]


class EditOutcome(StrEnum):
    """What an interrupted edit left: the old file, the new one, or one that is neither."""

    UNTOUCHED = "untouched"
    REPLACED = "replaced"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class EditResult:
    """The file of an interrupted edit as it is now; `sha256` is None where there is none."""

    path: Path
    sha256: str | None
    outcome: EditOutcome


def edit_result(event: Event, folder: Path) -> EditResult:
    """What the edit that this event begins has left; the log lies in this folder."""
    path = folder / event.details.get(FILE, event.object)
    now = sha256_of(path)
    if now == event.after:
        return EditResult(path, now, EditOutcome.REPLACED)
    return EditResult(path, now, EditOutcome.UNTOUCHED if now == event.before else EditOutcome.NEITHER)


def describe_result(result: EditResult) -> str:
    """What an interrupted edit left, and what is to be done, in words."""
    name = result.path.as_posix()
    match result.outcome:
        case EditOutcome.REPLACED:
            return f"{name} was replaced as announced; no action needed"
        case EditOutcome.UNTOUCHED:
            return f"{name} was not replaced; run the command again if the change is still wanted"
        case EditOutcome.NEITHER:
            return f"{name} matches neither its old nor its new content; review it and run the command again"
        case _:
            assert_never(result.outcome)


def relative_name(folder: Path, file: Path) -> str:
    """The file's name from this folder, the same on every machine that has both in one checkout."""
    return Path(relative_path(file, folder)).as_posix()


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file's bytes, None where there is no file that can be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    except OSError:
        return None


# What a verification reports


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was recorded.

    `place` is a file and line, or a table and the row's number; `what` and `fix` have no full stop.
    """

    place: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that breaks nothing, and that whoever verifies should know."""

    text: str
