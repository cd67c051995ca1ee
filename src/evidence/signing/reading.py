"""The sign-offs that an audit trail tells of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evidence.audit.events import Event, parse_event
from evidence.errors import FileError
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.model.signoffs import SignOff, utc_text
from evidence.signing.attestation import NoSignOffError, sign_off_of

_MARK = f'"action":"{AuditAction.SIGN}"'
_FIX = "`evidence verify` tells what is broken in the trail"


def sign_offs_in(lines: Iterable[str], shown: str) -> Iterator[SignOff]:
    """Every sign-off among the events of a trail, in their order; lines that are no sign-off are not looked at.

    Raises:
        FileError: an event of a sign-off was altered, or is none; naming `shown` and the line.
    """
    for number, line in enumerate(lines, 1):
        if _MARK not in line:
            continue
        try:
            event = parse_event(line)
            if event.action == AuditAction.SIGN and event.ending == ActionStatus.DONE:
                yield sign_off_in(event)
        except ValueError as wrong:
            raise FileError(f"this sign-off cannot be read: {wrong}", path=shown, line=number, fix=_FIX) from None


def sign_off_in(event: Event) -> SignOff:
    """The sign-off of one event.

    Raises:
        NoSignOffError: its details are not those of one.
    """
    return sign_off_of(
        sequence=event.sequence,
        at=utc_text(event.at),
        as_of=event.as_of,
        actor=event.actor,
        reason=event.reason,
        details=event.details,
    )


__all__ = ["NoSignOffError", "sign_off_in", "sign_offs_in"]
