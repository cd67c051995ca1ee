"""Whether the files of which the trail tells are as it left them; edits that were begun and not ended."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.audit.edits import FILE, describe_result, edit_result, sha256_of
from evidence.audit.events import Event, is_edit, unfinished
from evidence.audit.flaws import Flaw, Remark
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.store.run_events import INPUT, LOCK
from evidence.verifying.subject import Told, VerifySubject

_TOLD = 5  # events named for one file


def edits_have_ended(subject: VerifySubject) -> Told:
    """No edit was interrupted between its being announced and its end."""
    for event in unfinished(subject.events):
        what = f"event {event.sequence} announces `{event.action}` of {event.object}, and no event tells its end"
        fix = f"{describe_result(edit_result(event, subject.folder))}; the next command that is recorded notes it"
        yield Flaw(place_of(subject, event.sequence), what, fix)


def place_of(subject: VerifySubject, sequence: int) -> str:
    """Where an event stands: its line of the log, without one its row in the store."""
    if subject.log is not None:
        return f"{subject.log.shown}:{sequence}"
    return f"{subject.store.shown} events {sequence}" if subject.store else str(sequence)


def _files_in(event: Event) -> Iterator[tuple[str, str | None, str | None]]:
    """Every file of which an event tells: its name, its SHA-256 when it was met, and when it was left."""
    if event.action == AuditAction.RUN:
        for key, sha256 in event.details.items():
            if key.startswith((INPUT, LOCK)):
                yield key.partition(":")[2], sha256, sha256
    elif is_edit(event):
        done = event.ending == ActionStatus.DONE
        yield event.details[FILE], None if done else event.before, event.after if done else None


def files_as_they_are(subject: VerifySubject) -> Told:
    """What was changed since by other means than these commands: allowed, and worth knowing."""
    last: dict[str, tuple[int, str]] = {}
    between: dict[str, list[int]] = {}
    edited = {event.details[FILE] for event in subject.events.values() if is_edit(event)}  # others are nobody's to keep
    for event in subject.events.values():
        for name, found, left in _files_in(event):
            if found is not None and name in last and last[name][1] != found:
                between.setdefault(name, []).append(event.sequence)
            if left is not None:
                last[name] = event.sequence, left
    for name, (sequence, sha256) in sorted(last.items()):
        if name in between and name in edited:
            numbers = ", ".join(map(str, between[name][-_TOLD:]))
            often = f" ({len(between[name])} times)" if len(between[name]) > _TOLD else ""
            yield Remark(f"{name} had been changed by other means when events {numbers} met it{often}")
        now = sha256_of(subject.folder / name)
        if now is None:
            yield Remark(f"{name} is not here, of which event {sequence} tells last")
        elif now != sha256:
            yield Remark(f"{name} was changed after event {sequence}, the last one that tells of it, by other means")
