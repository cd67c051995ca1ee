"""Whether the waivers in the files are those that the trail tells of: one may be written, or lengthened, by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.audit.events import Event
from evidence.audit.flaws import Remark
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.model.references import FINDING, Waiver
from evidence.verifying.subject import Told, VerifySubject

_FINDINGS, _EVIDENCE = "findings", "evidence"
_SHOWN = 5  # waivers of which the trail knows nothing, named one by one


def waivers_as_given(subject: VerifySubject) -> Told:
    """Each waiver says what the last event about its finding gave; allowed otherwise, and worth knowing."""
    given = {finding: event for event in _given(subject) for finding in event.details.get(_FINDINGS, "").split()}
    unknown = [waiver for waiver in subject.waivers if waiver.evidence.get(FINDING) not in given]
    for waiver in unknown[:_SHOWN]:
        told = f"no event here tells that {waiver.approved_by} gave it: written by hand, or noted in another trail"
        yield Remark(f"{_where(waiver)}: {told}")
    if len(unknown) > _SHOWN:
        yield Remark(f"nor does any event here tell of {len(unknown) - _SHOWN} more waivers")
    for waiver in subject.waivers:
        event = given.get(waiver.evidence.get(FINDING, ""))
        changed = [f"{key} {was or 'nothing'}" for key, was in _otherwise(waiver, event)] if event else []
        if event and changed:
            told = f"changed by hand: event {event.sequence} gave it with {', '.join(changed)}"
            yield Remark(f"{_where(waiver)} was {told}")


def _where(waiver: Waiver) -> str:
    at = f" of {waiver.reference}" if waiver.reference else ""
    return f"{waiver.place.path}:{waiver.place.line}: the waiver of {waiver.code}{at}"


def _given(subject: VerifySubject) -> Iterator[Event]:
    actions = {AuditAction.WAIVE, AuditAction.BASELINE}
    return (one for one in subject.events.values() if one.action in actions and one.ending == ActionStatus.DONE)


def _otherwise(waiver: Waiver, event: Event) -> Iterator[tuple[str, str]]:
    """The fields in which a waiver is not what was given, with what was."""
    now = {
        "category": str(waiver.category),
        "requested-by": waiver.requested_by,
        "approved-by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
    }
    yield from ((key, event.details.get(key, "")) for key, value in now.items() if event.details.get(key) != value)
    if event.reason != waiver.reason:
        yield "reason", f"{event.reason!r}"
    if _EVIDENCE in event.details and _rests_on(waiver.evidence) != _rested_on(event, waiver.evidence[FINDING]):
        yield "evidence", event.details[_EVIDENCE]


def _rests_on(evidence: Mapping[str, str]) -> set[str]:
    return {f"{evidence[FINDING]}/{source}/{value}" for source, value in evidence.items() if source != FINDING}


def _rested_on(event: Event, finding: str) -> set[str]:
    return {one for one in event.details[_EVIDENCE].split() if one.startswith(f"{finding}/")}
