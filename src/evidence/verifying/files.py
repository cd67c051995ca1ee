"""Whether the files of which the trail tells are as it left them; edits that were begun and not ended."""

from __future__ import annotations

from evidence.audit.edits import FILE, left_by, sha256_of, told
from evidence.audit.events import is_edit, unfinished
from evidence.audit.flaws import Flaw, Remark
from evidence.model.deeds import Action, Ending
from evidence.store.run_events import INPUT, LOCK
from evidence.verifying.subject import Subject, Told


def edits_have_ended(subject: Subject) -> Told:
    """No edit was interrupted between its being announced and its end."""
    for event in unfinished(subject.events):
        what = f"event {event.sequence} announces `{event.action}` of {event.object}, and no event tells its end"
        fix = f"{told(left_by(event, subject.folder))}; the next command that is recorded notes it"
        yield Flaw(place_of(subject, event.sequence), what, fix)


def place_of(subject: Subject, sequence: int) -> str:
    """Where an event stands: its line of the log, without one its row in the store."""
    if subject.log is not None:
        return f"{subject.log.shown}:{sequence}"
    return f"{subject.store.shown} events {sequence}" if subject.store else str(sequence)


def files_as_they_are(subject: Subject) -> Told:
    """What was changed since by other means than these commands: allowed, and worth knowing."""
    last: dict[str, tuple[int, str]] = {}
    for event in subject.events.values():
        if event.action == Action.RUN:
            for key, sha256 in event.details.items():
                if key.startswith((INPUT, LOCK)):
                    last[key.partition(":")[2]] = event.sequence, sha256
        elif is_edit(event) and event.ending == Ending.DONE and event.after is not None:
            last[event.details[FILE]] = event.sequence, event.after
    for name, (sequence, sha256) in sorted(last.items()):
        now = sha256_of(subject.folder / name)
        if now is None:
            yield Remark(f"{name} is not here, of which event {sequence} tells last")
        elif now != sha256:
            yield Remark(f"{name} was changed after event {sequence}, the last one that tells of it, by other means")
