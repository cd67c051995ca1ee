"""The lock file as a source: what it holds is answered, what it lacks is unchecked; no service is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Cause, NotFound, Origin, Unavailable
from evidence.model.ports import Clock
from evidence.storage.lock import LockEntry

NAME = "lock"


@dataclass(frozen=True, slots=True)
class Locked:
    """Answers by the entries of locks.

    Args:
        entries: what is locked.
        reasons: why an identifier is not answered although it may be in a lock (its lock is too old).
        missing: why an identifier that no lock holds is not answered.
        clock: the time of what could not be answered.
        overruled: sources whose "no" is none here: that Crossref does not hold a DOI which a record
            names says nothing about a DOI which an entry gives.
    """

    entries: Mapping[Identifier, LockEntry]
    reasons: Mapping[Identifier, str]
    missing: str
    clock: Clock
    overruled: Collection[str] = frozenset()

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        for identifier in identifiers:
            entry = self.entries.get(identifier)
            if entry is None or (isinstance(entry.outcome, NotFound) and entry.source in self.overruled):
                outcome = Unavailable(self.reasons.get(identifier, self.missing), Cause.OFFLINE)
                yield Answer(identifier, outcome, NAME, NAME, self.clock.now(), origin=Origin.LOCK)
            else:
                yield entry.answer()
