"""Whether the trail still goes through every head that a lock or a report names: cutting off its end shows there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from evidence.audit.flaws import Flaw
from evidence.errors import EvidenceError
from evidence.lock.files import read_lock
from evidence.lock.written import AUDIT
from evidence.model.deeds import ChainHead
from evidence.store import encoding
from evidence.verifying.subject import Told, VerifySubject

CUT_OFF = "restore log and store from version control or a backup that still go that far"
"""What to do when a trail does not go through a head that is known from elsewhere."""


def heads_in_locks(subject: VerifySubject) -> Told:
    """The trail holds the event that each lock names as its last one."""
    for path in subject.locks:
        try:
            file = read_lock(path)
        except EvidenceError as wrong:
            place = ":".join(str(part) for part in (wrong.path, wrong.line) if part is not None)
            yield Flaw(place or path.as_posix(), wrong.what, wrong.fix or "restore it from version control")
            continue
        if file.lock is not None and file.lock.audit is not None:
            line = next(n for n, text in enumerate((file.text or "").splitlines(), 1) if f'"{AUDIT}"' in text)
            for what in _missed(subject, file.lock.audit):
                yield Flaw(f"{file.shown}:{line}", what, CUT_OFF)


def heads_given(subject: VerifySubject) -> Told:
    """The trail holds the events whose hashes were printed and filed elsewhere."""
    for named in subject.heads:
        if not any(event.hash.startswith(named) for event in subject.events.values()):
            what = (
                f"no event here has this hash ({named}): the trail's end was cut off, it was rewritten, or is another"
            )
            yield Flaw("--head", what, CUT_OFF)


def heads_in_reports(subject: VerifySubject) -> Told:
    """The trail holds the event that each stored report names as the last one before its run ended."""
    if subject.store is None:
        return
    for run_id, number, packed, sha256 in subject.store.reports():
        report = encoding.unpack(packed, sha256)
        audit = None if report is None else json.loads(report).get("audit")
        if audit is not None:
            for what in _missed(subject, ChainHead(audit["sequence"], audit["head"])):
                yield Flaw(
                    f"{subject.store.shown} run_ends {number}", f"of the report of run {run_id}: {what}", CUT_OFF
                )


def _missed(subject: VerifySubject, named: ChainHead) -> Iterator[str]:
    """What is wrong when the trail does not go through this head."""
    event = subject.events.get(named.sequence)
    if event is not None and event.hash == named.hash:
        return
    last = subject.head.sequence if subject.head else 0
    if named.sequence > last:
        yield f"it names event {named.sequence}, and the trail ends with event {last}: its end was cut off"
    else:
        yield f"it names event {named.sequence} by another hash than the trail's: rewritten, or another trail"
