"""LCK: the lock file, where it is not what the audit trail beside it says that it was written as."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.model.audit import ChangedLock
from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.rule import Exceptions, Finding, Subject, Violation
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_NAMED = 12  # entries that differ, before the rest is counted


@library_rule(
    "LCK001",
    "lock-changed-outside",
    Severity.WARNING,
    raised_to=None,
    subject=Subject.LOCK,
    exceptions=Exceptions.NOT_WAIVED,
)
def lock_changed_outside() -> None:
    """A lock file that is not what the audit trail beside it wrote.

    What it does:
        Reports a lock that another program, or a hand, changed since `evidence` wrote it, and names the
        references whose entries differ. It compares the lock with the SHA-256 that the newest event
        about it holds, where the trail beside it (`evidence.log.jsonl`, or the store) holds the event
        that the lock's `audit-head` names; a lock without a head is known by its name.
        It says nothing beside another trail or none, nor of a lock that git took from another branch.

    Why it matters:
        A locked run believes the lock. Who deletes a retraction from it, and makes its digests match,
        passes every gate until an online run asks again.

    Example:
        The notice of a retraction is deleted from references.lock.json in a pull request.

    What to do:
        `evidence lock --diff` shows what changed; `evidence check --update-lock` asks the services and
        writes the lock anew. Change the lock by nothing else.

    References:
        21 CFR 11.10(e), record changes shall not obscure previously recorded information.
    """


RULES = (lock_changed_outside,)
"""Judged by `lock_findings`."""


def lock_findings(case: LibraryCase) -> Iterator[Finding]:
    """That the lock of this file was changed: about the file, at its beginning, and the same as long as the lock is."""
    lock = case.changed_lock
    if lock is None:
        return
    message = f"{lock.name} is not what event {lock.event} of the audit trail wrote on {lock.on}: {_what_differs(lock)}"
    fix = "look at evidence lock --diff, then run evidence check --update-lock"
    violation = Violation(message, f"{lock.written} {lock.sha256}", suggestion=fix)
    yield lock_changed_outside.finding(violation, None, Place(case.library.path, 1, 1))


def _what_differs(lock: ChangedLock) -> str:
    if lock.differing is None:
        return "which entries were changed cannot be said, since that event is of an earlier version"
    if not lock.differing:
        return "its entries say the same, but not its dates or its head"
    more = len(lock.differing) - _NAMED
    return f"changed: {'; '.join(lock.differing[:_NAMED])}" + (f"; and {more} more" if more > 0 else "")
