"""What falls due: sources to be read, records to be verified and claims to be reviewed again, and all that expires.

The day is always the last one on which all is surely still well: an accessed date that lacks its day counts
from the first day that it can mean, since from then on it may be too old. The message names that day too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from evidence.model.audit import SignOffStatus
from evidence.model.outcomes import State
from evidence.model.policy import Policy
from evidence.model.references import Library, Reference, Waiver
from evidence.model.report import Due, DueKind
from evidence.rules.case import source_type_of

WITHIN = timedelta(days=30)
"""How far ahead a report looks."""

SOON_AFTER = 180
"""Days after which a source that was read is due soon, or half its limit where that is shorter."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How far a reference is verified by machines.

    `on` is the day that it was last found, None for never; `state` is what the newest run says of it.
    """

    state: State
    on: date | None


def due(
    reference: Reference, policy: Policy, verified: Verification, today: date, within: timedelta = WITHIN
) -> Iterator[Due]:
    """All that falls due with this reference until `within` from today, what is overdue included."""
    horizon = _later(today, within.days)

    def due_on(day: date, kind: DueKind, message: str) -> Due:
        return Due(reference.id, reference.place.path, reference.owner, kind, day, message)

    last, accessed = last_valid_day(reference, policy), reference.accessed
    if last is not None and last <= horizon and accessed is not None:
        surely = _later(accessed.latest, (last - accessed.earliest).days)
        when = f"on {last}" if surely == last else f"between {last} and {surely}"
        message = f"access date {accessed} {'expires' if today <= last else 'expired'} {when}"
        if last < today <= surely:
            message = f"access date {accessed} may have expired on {last}; it expires on {surely} at the latest"
        yield due_on(last, DueKind.ACCESSED, message)
    confirmed = reference.confirmed
    if confirmed is not None and confirmed.until is not None and confirmed.until <= horizon:
        ends = "expires on" if today <= confirmed.until else "expired on"
        message = f"{confirmed.by}'s confirmation {ends} {confirmed.until}"
        yield due_on(confirmed.until, DueKind.CONFIRMATION, message)
    # What no machine has verified for longer than even bibliographic facts live, and no person vouches for.
    if not reference.identifiers or verified.state in {State.FOUND, State.NOT_FOUND}:
        return
    if confirmed is not None and confirmed.holds(today):
        return
    if verified.on is None:
        yield due_on(today, DueKind.VERIFICATION, "not verified yet")
    elif (last := _later(verified.on, policy.lives.metadata)) <= today:
        message = f"last verified on {verified.on}, {(today - verified.on).days} days ago"
        yield due_on(last, DueKind.VERIFICATION, message)


def waivers_due(
    waivers: Iterable[Waiver], path: str, owners: Mapping[str, str | None], today: date, within: timedelta = WITHIN
) -> Iterator[Due]:
    """The waivers of a file that end until `within` from today or have ended, those of a reference as one.

    `path` is the library's, which also is the name of what is waived for the file itself. It falls to the
    reference's owner, by id; where it has none, to those who asked for the waivers.
    """
    by_reference: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        if waiver.has_begun(today) and waiver.until <= _later(today, within.days):
            by_reference.setdefault(waiver.reference or path, []).append(waiver)
    for reference, ending in by_reference.items():
        until = min(waiver.until for waiver in ending)
        codes = ", ".join(dict.fromkeys(waiver.code for waiver in ending))
        approvers = ", ".join(dict.fromkeys(waiver.approved_by for waiver in ending))
        if len(ending) == 1:
            subject = f"waiver of {codes} (approved by {approvers})"
            ends = "expired on" if until < today else "expires on"
        else:
            subject = f"{len(ending)} waivers of {codes} (approved by {approvers})"
            ends = "expired, the first on" if until < today else "expire, the first on"
        owner = owners.get(reference) or ", ".join(dict.fromkeys(waiver.requested_by for waiver in ending))
        yield Due(reference, path, owner, DueKind.WAIVER, until, f"{subject} {ends} {until}")


def claims_due(library: Library, today: date, within: timedelta = WITHIN) -> Iterator[Due]:
    """The claims of a library to be reviewed until `within` from today, or overdue; each falls to its owner."""
    for claim in library.claims:
        limit = library.policy.claim_days(claim.kind)
        if claim.reviewed is None or limit is None:
            continue
        last = _later(claim.reviewed, limit)
        if last <= _later(today, within.days):
            was = "was" if last < today else "is"
            message = f"last reviewed on {claim.reviewed}; the next review {was} due by {last}"
            yield Due(claim.key, library.path, claim.owner, DueKind.CLAIM, last, message)


def sign_offs_due(sign_offs: Iterable[SignOffStatus], today: date, within: timedelta = WITHIN) -> Iterator[Due]:
    """The sign-offs in force that are overdue, or will be until `within` from today; each falls to who signed."""
    for status in sign_offs:
        if status.due is not None and not status.objections and status.due <= _later(today, within.days):
            signed = status.sign_off
            was = "was due for renewal on" if status.overdue else "is due for renewal on"
            message = f"sign-off by {signed.name} ({signed.role}, {signed.meaning}) {was} {status.due}"
            yield Due(status.path, status.path, signed.name, DueKind.SIGN_OFF, status.due, message)


def by_day(items: list[Due]) -> tuple[Due, ...]:
    """By day, then in the order of their files."""
    return tuple(sorted(items, key=lambda item: item.on))


def last_valid_day(reference: Reference, policy: Policy) -> date | None:
    """The last day on which the accessed date is surely within its limit; None where there is none."""
    limit = policy.accessed_limit.get(source_type_of(reference))
    if reference.accessed is None or limit is None:
        return None
    return _later(reference.accessed.earliest, limit)


def is_due_soon(reference: Reference, policy: Policy, today: date) -> bool:
    """Whether the source was read so long ago that reading it again may be planned; not yet too long."""
    limit, last = policy.accessed_limit.get(source_type_of(reference)), last_valid_day(reference, policy)
    if reference.accessed is None or limit is None or last is None:
        return False
    return last >= today > _later(reference.accessed.earliest, min(SOON_AFTER, limit // 2))


def _later(day: date, days: int) -> date:
    """The day so many days later, or the last one that there is."""
    return date.max if days > (date.max - day).days else day + timedelta(days=days)
