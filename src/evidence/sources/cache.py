"""A source around a source: what is stored and within its life is served, the rest is asked and kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from typing import Protocol

from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
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
from evidence.model.ports import Clock, Past, Source
from evidence.model.records import Record
from evidence.storage.lockfile import Read
from evidence.storage.values import Stored

# A source around a source: what is stored and within its life is served, the rest is asked and kept.

READ_AT_ONCE = 500
KEPT_AT_ONCE = 100
KEPT_EVERY = 0.2

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, SyntaxError)
"""What a reader raises on an answer that an earlier version kept and this one cannot read."""


class Shelf(Protocol):
    """Where answers are kept: the store."""

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> Mapping[Identifier, Stored]:
        """The kept answers of a service, unharmed ones only."""
        ...

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """Keep these answers, replacing older ones."""
        ...


@dataclass(frozen=True, slots=True)
class Cached:
    """Serves stored answers while they live, per identifier; failures are never served.

    `lives` are days: how long an answer is served as verified (status facts: retraction, label
    version, a page's status), and how long its bibliographic facts are still `remembered` beside a
    failure. A life counts UTC as-of days: fresh while `0 <= as_of - stored.as_of < life`. `address`
    is the service's, so answers of a stand-in are never mixed with real ones; `source` is its name.

    Raises:
        UsageError: `refresh` and `offline` together.
    """

    inner: Source
    read: Read
    shelf: Shelf
    _: KW_ONLY
    source: str
    address: str
    lives: tuple[int, int]
    as_of: date
    clock: Clock
    refresh: bool = False
    offline: bool = False

    def __post_init__(self) -> None:
        if self.refresh and self.offline:
            raise UsageError("asking again and staying offline do not go together")

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """First what is stored, then the rest in one call of the inner source, kept as it arrives.

        Raises:
            StoreError: the store cannot be read or written.
        """
        missing: list[Identifier] = []
        for identifier, answer in self._shelved(list(dict.fromkeys(identifiers))):
            if answer is None:
                missing.append(identifier)
            else:
                yield answer
        if missing:
            yield from self._asked(missing)

    def _shelved(self, identifiers: list[Identifier]) -> Iterator[tuple[Identifier, Answer | None]]:
        """Each identifier with what the store answers, None when the inner source is to be asked."""
        for start in range(0, len(identifiers), READ_AT_ONCE):
            part = identifiers[start : start + READ_AT_ONCE]
            shelf = {} if self.refresh else self.shelf.stored(self.address, part)
            for identifier in part:
                kept = shelf.get(identifier)
                answer = self._fresh(identifier, kept)
                if answer is None and self.offline:
                    answer = self._not_asked(identifier, kept)
                yield identifier, answer

    def _fresh(self, identifier: Identifier, kept: Stored | None) -> Answer | None:
        """The stored answer, when it is readable and within its life as a status."""
        if kept is None or not self._lives(kept, self.lives[0]):
            return None
        content = self._content(identifier, kept)
        if content is None:
            return None
        return Answer(
            identifier,
            content if isinstance(content, NotFound) else Found(content),
            kept.source,
            self.address,
            kept.fetched_at,
            raw=kept.raw,
            origin=Origin.STORE,
            as_of=kept.as_of,
        )

    def _not_asked(self, identifier: Identifier, kept: Stored | None) -> Answer:
        answer = Answer(
            identifier,
            Unavailable(self._why_not(kept), Cause.OFFLINE),
            self.source,
            self.address,
            self.clock.now(),
            origin=Origin.STORE,
        )
        return self._recalling(answer, kept)

    def _why_not(self, kept: Stored | None) -> str:
        if kept is None:
            return "offline, and nothing is stored"
        age = (self.as_of - kept.as_of).days
        if age < 0:
            return f"offline, and the stored answer is of a later day ({kept.as_of})"
        if age < self.lives[0]:
            return "offline, and the stored answer cannot be read"
        return f"offline, and the stored answer is {_days(age)} old (life: {_days(self.lives[0])})"

    def _asked(self, identifiers: list[Identifier]) -> Iterator[Answer]:
        """The inner source's answers; whatever ends the iteration, what came before is kept."""
        waiting: list[Answer] = []
        kept_at = float("-inf")
        try:
            for answer in self.inner.look_up(identifiers):
                if answer.raw is not None:
                    waiting.append(answer)
                now = self.clock.monotonic()
                if waiting and (len(waiting) >= KEPT_AT_ONCE or now - kept_at >= KEPT_EVERY):
                    batch, waiting, kept_at = waiting, [], now
                    self.shelf.keep(batch, self.as_of)
                yield self._with_memory(answer)
        finally:
            if waiting:
                self.shelf.keep(waiting, self.as_of)

    def _with_memory(self, answer: Answer) -> Answer:
        if isinstance(answer.outcome, Found) or answer.remembered is not None:
            return answer
        kept = self.shelf.stored(self.address, [answer.identifier]).get(answer.identifier)
        return self._recalling(answer, kept)

    def _recalling(self, answer: Answer, kept: Stored | None) -> Answer:
        """The answer beside which the stored record stands, if its bibliographic facts are within their life."""
        if kept is None or not self._lives(kept, self.lives[1]):
            return answer
        content = self._content(answer.identifier, kept)
        if content is None or isinstance(content, NotFound):
            return answer
        return replace(answer, remembered=content, remembered_on=kept.as_of)

    def _lives(self, kept: Stored, days: int) -> bool:
        return 0 <= (self.as_of - kept.as_of).days < days

    def _content(self, identifier: Identifier, kept: Stored) -> Record | NotFound | None:
        try:
            return self.read(identifier, kept.raw)
        except UNREADABLE:
            return None


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


# A source around a source that asks nobody: what gave no record when it was last asked is answered so again.


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Answers as `inner`, and where that could not ask, by what was seen on the very day that is judged for."""

    inner: Source
    past: Past
    as_of: date

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        unasked: dict[Identifier, Answer] = {}
        for answer in self.inner.look_up(identifiers):
            match answer.outcome:
                case Unavailable(cause=Cause.OFFLINE):
                    unasked[answer.identifier] = answer
                case _:
                    yield answer
        seen = self.past(unasked) if unasked else {}
        for identifier, answer in unasked.items():
            yield self._seen(answer, seen.get(identifier, ()))

    def _seen(self, answer: Answer, past: tuple[Observation, ...]) -> Answer:
        last = next((one for one in reversed(past) if one.as_of == self.as_of), None)
        outcome = _outcome(last) if last is not None else None
        if last is None or outcome is None:
            return answer
        return replace(answer, outcome=outcome, source=last.source, at=last.at, origin=Origin.STORE, as_of=last.as_of)


def _outcome(seen: Observation) -> Outcome | None:
    """A no, a refusal or a page's silence; None for what says nothing, or only where a record is at hand."""
    reason = seen.detail or ""
    is_page = seen.identifier.kind is IdKind.URL
    match seen.state:
        case State.NOT_FOUND:
            return NotFound(reason, seen.status)
        case State.BLOCKED if is_page:
            return Blocked(reason, seen.status)
        case State.UNAVAILABLE if is_page and seen.cause is not None:
            return Unavailable(reason, seen.cause, seen.status)
    return None
