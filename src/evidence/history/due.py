"""What falls due: sources to be read again, references that nobody could verify, confirmations that end.

The day is always the last one on which all is surely still well: an accessed date that lacks its day counts
from the first day that it can mean, since from then on it may be too old. What is told names that day too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.model.case import source_type_of
from evidence.model.outcomes import State
from evidence.model.policy import Policy
from evidence.model.references import Reference
from evidence.report import Due, DueKind

WITHIN = timedelta(days=30)
"""How far ahead a report looks."""

SOON_AFTER = 180
"""Days after which a source that was read is due soon, or half its limit where that is shorter."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How a reference stands with the machine.

    `on` is the day that it was last found, None for never; `state` is what the newest run says of it.
    """

    state: State
    on: date | None


def due(
    reference: Reference, policy: Policy, verified: Verified, today: date, within: timedelta = WITHIN
) -> Iterator[Due]:
    """All that falls due with this reference until `within` from today, what is overdue included."""
    horizon = _later(today, within.days)
    for item in (_accessed(reference, policy, today), _confirmation(reference, today)):
        if item is not None and item.on <= horizon:
            yield item
    yield from _verification(reference, policy, verified, today)


def in_order(items: list[Due]) -> tuple[Due, ...]:
    """By day, then as they stand in their files."""
    return tuple(sorted(items, key=lambda item: item.on))


def runs_out(reference: Reference, policy: Policy) -> date | None:
    """The last day on which the accessed date is surely within its limit; None where there is none."""
    limit = policy.accessed_limit.get(source_type_of(reference))
    if reference.accessed is None or limit is None:
        return None
    return _later(reference.accessed.earliest, limit)


def is_due_soon(reference: Reference, policy: Policy, today: date) -> bool:
    """Whether the source was read so long ago that reading it again may be planned; not yet too long."""
    limit, last = policy.accessed_limit.get(source_type_of(reference)), runs_out(reference, policy)
    if reference.accessed is None or limit is None or last is None:
        return False
    return last >= today > _later(reference.accessed.earliest, min(SOON_AFTER, limit // 2))


def _accessed(reference: Reference, policy: Policy, today: date) -> Due | None:
    last = runs_out(reference, policy)
    if last is None or reference.accessed is None:
        return None
    surely = _later(reference.accessed.latest, (last - reference.accessed.earliest).days)
    at_most = "" if surely == last else f" at the earliest, {surely} at the latest"
    told = f"accessed {reference.accessed} {'runs' if today <= last else 'ran'} out after {last}{at_most}"
    if last < today <= surely:
        told = f"accessed {reference.accessed} may have run out after {last}, has surely run out after {surely}"
    return Due(reference.id, reference.place.path, reference.owner, DueKind.ACCESSED, last, told)


def _confirmation(reference: Reference, today: date) -> Due | None:
    confirmed = reference.confirmed
    if confirmed is None or confirmed.until is None:
        return None
    ends = "ends after" if today <= confirmed.until else "ended on"
    told = f"the word of {confirmed.by} on the page {ends} {confirmed.until}"
    return Due(reference.id, reference.place.path, reference.owner, DueKind.CONFIRMATION, confirmed.until, told)


def _verification(reference: Reference, policy: Policy, verified: Verified, today: date) -> Iterator[Due]:
    """What no machine has seen for longer than even bibliographic facts live, and no person vouches for."""
    if not reference.identifiers or verified.state in {State.FOUND, State.NOT_FOUND}:
        return
    if reference.confirmed is not None and reference.confirmed.holds(today):
        return
    if verified.on is None:
        yield Due(
            reference.id, reference.place.path, reference.owner, DueKind.VERIFICATION, today, "never verified yet"
        )
        return
    last = _later(verified.on, policy.lives.metadata)
    if last <= today:
        told = f"last verified on {verified.on}, {(today - verified.on).days} days ago"
        yield Due(reference.id, reference.place.path, reference.owner, DueKind.VERIFICATION, last, told)


def _later(day: date, days: int) -> date:
    """The day so many days later, or the last one that there is."""
    return date.max if days > (date.max - day).days else day + timedelta(days=days)
