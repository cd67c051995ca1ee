"""What a lock holds: per identifier what its authority said last, and what must be remembered of before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from evidence.model.deeds import ChainHead
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Cause,
    Found,
    NotFound,
    Observation,
    Origin,
    Outcome,
    State,
    Unavailable,
)
from evidence.model.records import Record

FRESH_ENOUGH = 7
"""Days after which `verified` is written anew although nothing else has changed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was seen: the real time in UTC, and the day that the run judged for."""

    at: datetime
    as_of: date


@dataclass(frozen=True, slots=True)
class LockedFailure:
    """A day since the last success on which there was none, with the first such answer of that day."""

    on: Moment
    state: State
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class LockedText:
    """A text that a page had, by its fingerprint (`evidence.compare.drift`): when it was seen first and last."""

    fingerprint: str
    first: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs saw of an identifier, as far as it is needed to judge it.

    `last_found` and `failures` (oldest first) are kept while it is not found. `texts` are the texts
    that a page had before, `text_since` is when the one that it has now was seen first.
    """

    last_found: Moment | None = None
    failures: tuple[LockedFailure, ...] = ()
    text_since: Moment | None = None
    texts: tuple[LockedText, ...] = ()


NOTHING = Memory()


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One identifier: the answer last verified, and the memory beside it.

    `answer_sha256` is that of the raw answer from which the facts were read; None where there are no
    bytes of it (a page that gave no answer, a record that answers for another identifier too).
    `remembered` and `archived` are as in `evidence.model.outcomes.Answer`.
    """

    identifier: Identifier
    source: str
    address: str
    verified: Moment
    outcome: Outcome
    answer_sha256: str | None = None
    remembered: Record | None = None
    archived: str | None = None
    memory: Memory = NOTHING

    def answer(self) -> Answer:
        """The answer as a locked run gives it."""
        return Answer(
            identifier=self.identifier,
            outcome=self.outcome,
            source=self.source,
            address=self.address,
            at=self.verified.at,
            origin=Origin.LOCK,
            remembered=self.remembered,
            archived=self.archived,
            as_of=self.verified.as_of,
        )

    @property
    def facts(self) -> tuple[object, ...]:
        """What the authority said, without when it was asked and what was before."""
        return (self.source, self.address, self.outcome, self.remembered, self.archived)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file: when a run last could ask everything, and what is known of each identifier.

    `harmed` names entries that do not match their own digest; they are not among the `entries`.
    """

    complete: Moment | None = None
    entries: Mapping[Identifier, LockEntry] = field(default_factory=dict)
    harmed: Mapping[Identifier, int] = field(default_factory=dict)
    """The line of each harmed entry."""
    audit: ChainHead | None = None
    """Where the audit trail had got to when the lock was written: what comes before it cannot be cut off unseen."""


def can_be_locked(answer: Answer) -> bool:
    """Whether this answer is a fact to keep.

    Of a registry that is its yes and its no; of a cited page also its silence and its refusal, which
    are strikes or findings. What was never asked is none.
    """
    match answer.outcome:
        case Found() | NotFound():
            return True
        case Unavailable(cause=Cause.OFFLINE | Cause.NO_SOURCE):
            return False
        case Blocked() | Unavailable():
            return answer.identifier.kind is IdKind.URL


def observed_at(observation: Observation) -> Moment:
    """When an observation was made."""
    return Moment(observation.at, observation.as_of)
