"""What a trail says of a lock: which bytes the newest event that wrote it left, and what each of its entries said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.audit.events import FILE, Event, parse_event
from evidence.model.audit import ActionStatus, AuditAction, ChainHead
from evidence.model.text import canonical_json

ENTRIES = "entries"
"""In `details` of the event that announces a lock: digests of the entries that it changes, empty for those removed."""

_DIGITS = 12  # of a digest: enough to name what differs; that something differs, the whole lock's SHA-256 says
_MARK = f'{{"action":"{AuditAction.LOCK}",'  # the keys are sorted, so every line of such an event begins with this one


@dataclass(frozen=True, slots=True)
class WrittenLock:
    """A lock as the newest event left it.

    `sha256s` are those that its bytes may have: a second one where a command was killed while it wrote the next lock.
    `entries` are digests by identifier, None where the trail does not say them.
    """

    event: Event
    sha256s: frozenset[str | None]
    entries: Mapping[str, str] | None


def changed_entries(lines: Iterable[str], name: str, digests: Mapping[str, str]) -> str:
    """For the event of a lock that is to be written: what of its entries the events so far do not say."""
    try:
        written = _newest(_events_about(lines, name))
    except ValueError:  # an altered event, which `evidence verify` names: it says nothing
        written = None
    known = (written.entries if written is not None else None) or {}
    new = {identifier: digest[:_DIGITS] for identifier, digest in digests.items()}
    changed = {identifier: digest for identifier, digest in new.items() if known.get(identifier) != digest}
    return canonical_json(changed | dict.fromkeys(known.keys() - new.keys(), ""))


def written_lock(lines: Sequence[str], name: str, head: ChainHead | None) -> WrittenLock | None:
    """The lock of this name as it was written last, by a trail that holds the event which its head names; else None.

    What another branch wrote names a run of that branch, which this trail does not hold. An event that was altered says
    nothing.

    Args:
        lines: The events of the trail.
        name: The lock as it is named from the folder of the log.
        head: What the lock says that the trail's last event was. A lock without one is of a time before its trail, or
            it was taken from it.
    """
    try:
        if head is not None and (
            not 0 < head.sequence <= len(lines) or parse_event(lines[head.sequence - 1]).head != head
        ):
            return None
        return _newest(_events_about(lines, name))
    except ValueError:
        return None


def differing_entries(written: WrittenLock, digests: Mapping[str, str]) -> list[str] | None:
    """The identifiers whose entries are others than those written, or there no more; None where the trail is silent."""
    if written.entries is None:
        return None
    now = {identifier: digest[:_DIGITS] for identifier, digest in digests.items()}
    return [name for name in sorted(written.entries.keys() | now.keys()) if written.entries.get(name) != now.get(name)]


def _events_about(lines: Iterable[str], name: str) -> list[Event]:
    events = (parse_event(line) for line in lines if line.startswith(_MARK))
    return [event for event in events if _is_about(event, name)]


def _is_about(event: Event, name: str) -> bool:
    return event.action == AuditAction.LOCK and event.details.get(FILE) == name


def _newest(events: Iterable[Event]) -> WrittenLock | None:
    """What these events, in their order, say of the lock; raises ValueError for what no event says."""
    written: Event | None = None
    pending: Event | None = None
    entries: dict[str, str] | None = None
    for event in events:
        if event.ending == ActionStatus.BEGUN:
            pending = event
            continue
        if event.ending == ActionStatus.DONE:
            said = None if pending is None else _entries_in(pending)
            # Events of version 0.1.0 say none; the next one that says any says all.
            entries = None if said is None else {name: new for name, new in ((entries or {}) | said).items() if new}
            written = event
        pending = None
    if written is None:
        return None
    left = {written.after} if pending is None else {written.after, pending.after}
    return WrittenLock(written, frozenset(left), entries)


def _entries_in(event: Event) -> dict[str, str] | None:
    if ENTRIES not in event.details:
        return None
    try:
        said = json.loads(event.details[ENTRIES])
    except RecursionError:
        said = None
    if not isinstance(said, dict) or not all(isinstance(digest, str) for digest in said.values()):
        raise ValueError("not valid details of a lock event")
    return said
