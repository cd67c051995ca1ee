"""Whether every sign-off is about a report that a run left, whether its signature holds, and what it binds now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from evidence.audit.events import Event
from evidence.audit.flaws import Flaw, Remark
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.model.signoffs import BoundKind, SignatureCheck, SignatureState, SignOff
from evidence.signing.files import as_now
from evidence.signing.reading import NoSignOffError, sign_off_in
from evidence.signing.standing import current, files_changed
from evidence.signing.verifying import verified
from evidence.store.run_events import INPUT
from evidence.verifying.files import place_of
from evidence.verifying.subject import Told, VerifySubject

_NOT_OURS = "sign again; whoever signed can say whether that was theirs"
_RESTORE = "restore store and log from a backup or version control that still hold it, or sign again"


def sign_offs_hold(subject: VerifySubject) -> Told:
    """Every sign-off names the report of its run and files that were judged; its signature is looked at."""
    for event in _signed(subject):
        place = place_of(subject, event.sequence)
        try:
            signed = sign_off_in(event)
        except NoSignOffError as wrong:
            yield Flaw(place, f"the sign-off cannot be read: {wrong}", _RESTORE)
            continue
        for what in _misfits(subject, signed):
            yield Flaw(place, what, _RESTORE)
        known = verified(signed, subject.allowed_signers)
        if known is not None:
            yield from check_signature(place, known)


def sign_offs_now(subject: VerifySubject) -> Told:
    """Which sign-offs bind what is not there any more; `evidence check` judges the findings, too."""
    signed = []
    for event in _signed(subject):
        try:
            signed.append(sign_off_in(event))
        except NoSignOffError:
            continue
    for one in current(signed, date.max):
        changed = list(files_changed(one.bound, as_now(one, subject.folder)))
        if changed:
            who = f"the sign-off of {one.as_of} by {one.name} ({one.role}, {one.meaning}, event {one.sequence})"
            yield Remark(f"{who} is void: {'; '.join(changed)}")


def check_signature(place: str, known: SignatureCheck) -> Told:
    """A signature that does not hold is broken; one of which nothing is known is worth knowing, never a pass."""
    match known.state:
        case SignatureState.BAD | SignatureState.EXPIRED_KEY | SignatureState.REVOKED_KEY:
            yield Flaw(place, f"the signature of this sign-off does not hold: {known.told}", _NOT_OURS)
        case SignatureState.GOOD | SignatureState.UNKNOWN_KEY | SignatureState.UNVERIFIED:
            yield Remark(f"{place}: {known.told}")


def _signed(subject: VerifySubject) -> Iterator[Event]:
    return (
        one for one in subject.events.values() if one.action == AuditAction.SIGN and one.ending == ActionStatus.DONE
    )


def _misfits(subject: VerifySubject, signed: SignOff) -> Iterator[str]:
    """What it says otherwise than the run that it names."""
    run = next((event for event in subject.events.values() if _ends(event, signed.report.run)), None)
    if run is None:
        yield f"it is about run {signed.report.run}, of whose end no event tells"
        return
    if run.after != signed.report.sha256:
        yield f"the report that it binds is not the one that event {run.sequence} names"
    judged = {key.removeprefix(INPUT): sha256 for key, sha256 in run.details.items() if key.startswith(INPUT)}
    for one in signed.bound:
        if one.kind is not BoundKind.LOCK and judged.get(one.path, one.sha256) != one.sha256:
            yield f"it binds another {one.path} than was judged by the run of event {run.sequence}"


def _ends(event: Event, run: str) -> bool:
    return event.action == AuditAction.RUN and event.object == run and event.ending == ActionStatus.DONE
