"""LCK: the lock file, where it is not what the audit trail beside it says that it was written as."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.model.audit import ChangedLock
from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.rule import Exceptions, Finding, Lookup, Subject, Violation
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_NAMED = 12  # entries that differ, before the rest is counted


@library_rule(
    "LCK001",
    "lock-changed-outside",
    Severity.WARNING,
    raised_to=None,
    needs=Lookup.NONE,
    subject=Subject.LOCK,
    exceptions=Exceptions.NOT_WAIVED,
)
def lock_changed_outside() -> None:
    """The lock file was changed outside this tool.

    What it does:
        Reports a lock that was edited by hand or by another program since `evidence` wrote it, and names the
        references whose entries differ. The lock is compared with the SHA-256 in the newest event about it.
        This requires the trail to which the lock belongs (`evidence.log.jsonl` or the store), which must contain
        the event in the lock's `audit-head`; a lock without a head is matched by its name.
        Nothing is reported if that trail is not there, or if git took the lock from another branch.

    Why it matters:
        A locked run relies on the lock. Someone who deletes a retraction from it and makes its digests match
        passes every check until an online run looks up the sources again.

    Message:
        references.lock.json was changed after event 6 of the audit trail (2026-11-23): changed: smith-2007

    Example:
        The notice of a retraction is deleted from references.lock.json in a pull request.

    What to do:
        `evidence lock --diff` shows what has changed. `evidence check --update-lock` looks up all sources and
        rewrites the lock. Do not change the lock in any other way.

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
    message = f"{lock.name} was changed after event {lock.event} of the audit trail ({lock.on}): {_what_differs(lock)}"
    fix = "review `evidence lock --diff`, then run `evidence check --update-lock`"
    violation = Violation(message, f"{lock.written} {lock.sha256}", suggestion=fix)
    yield lock_changed_outside.finding(violation, None, Place(case.library.path, 1, 1))


def _what_differs(lock: ChangedLock) -> str:
    if lock.differing is None:
        return "the changed entries are unknown because an earlier version of this tool recorded that event"
    if not lock.differing:
        return "its entries are the same; its dates or its audit head differ"
    more = len(lock.differing) - _NAMED
    return f"changed: {'; '.join(lock.differing[:_NAMED])}" + (f"; and {more} more" if more > 0 else "")
