"""Facts of a lock as bytes for a store: what is served again where the authority's own bytes are not at hand.

They begin with a mark of their own, so that nobody takes them for an authority's answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from evidence.lock.entries import LockEntry
from evidence.lock.reading import outcome_of
from evidence.lock.written import outcome_plain
from evidence.model.identity import Identifier
from evidence.model.outcomes import Found, NotFound
from evidence.model.records import Record

MARK = b"evidence-lock 1\n"

Read = Callable[[Identifier, bytes], Record | NotFound]


def stored_bytes(entry: LockEntry) -> bytes | None:
    """The entry's yes or no as bytes; None for one that had no bytes of its own.

    That is one that the record of another identifier answers for: served under this one it would
    outlive that record.
    """
    if entry.answer_sha256 is None or not isinstance(entry.outcome, Found | NotFound):
        return None
    return MARK + json.dumps(outcome_plain(entry.outcome), sort_keys=True, separators=(",", ":")).encode("ascii")


def stored_reader(read: Read) -> Read:
    """A reader of kept answers that reads those out of a lock, too."""

    def read_either(identifier: Identifier, raw: bytes) -> Record | NotFound:
        if not raw.startswith(MARK):
            return read(identifier, raw)
        outcome = outcome_of(json.loads(raw[len(MARK) :]))
        if isinstance(outcome, Found):
            return outcome.record
        if isinstance(outcome, NotFound):
            return outcome
        raise ValueError("not the facts of a lock")

    return read_either
