"""Sources that answer from what is stored: fresh answers of the store, what was last observed, and the lock file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime
from typing import Protocol

from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    LOADED,
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
from evidence.model.ports import Clock, Past, Read, Source
from evidence.model.records import Record
from evidence.storage.lock import LockEntry
from evidence.storage.lockfile import MARK
from evidence.storage.values import LoadedFile, Stored

READ_AT_ONCE = 500
BATCH_SIZE = 100
BATCH_SECONDS = 0.2

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, SyntaxError)
"""What a reader raises on an answer that an earlier version stored and this one cannot read."""


class Shelf(Protocol):
    """Where answers are stored: the store."""

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> Mapping[Identifier, Stored]:
        """The stored answers of a service, undamaged ones only."""
        ...

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """Keep these answers, replacing older ones."""
        ...


@dataclass(frozen=True, slots=True)
class Cached:
    """Serves stored answers while they are fresh, failures never; the rest is asked and stored.

    `lives` are days: how long an answer is served as verified (status facts: retraction, label
    version, a page's status), and how long its bibliographic facts are still `remembered` beside a
    failure. They count UTC as-of days: fresh while `0 <= as_of - stored.as_of < days`. `address` is the
    service's, so answers of the demo server are never mixed with real ones; `source` is its name. A refresh asks again
    for what was stored before `begun`, by default for all. A record that is
    `unchanging` is served whenever it was stored, and not asked again by a refresh; a "no" has its life all the same.
    What a lock left in the store are facts without the answer's words: of an `unchanging` record, and of the
    identifiers `in_full`, they are served offline alone.

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
    begun: datetime | None = None
    offline: bool = False
    unchanging: bool = False
    in_full: Collection[Identifier] = frozenset()

    def __post_init__(self) -> None:
        if self.refresh and self.offline:
            raise UsageError("--refresh and --offline cannot be used together")

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """First what is stored, then the rest in one call of the inner source, stored as it arrives.

        Raises:
            StoreError: the store cannot be read or written.
        """
        wanted = list(dict.fromkeys(identifiers))
        missing: list[Identifier] = []
        for start in range(0, len(wanted), READ_AT_ONCE):
            part = wanted[start : start + READ_AT_ONCE]
            is_of_use = not self.refresh or self.unchanging or self.begun is not None
            shelf = self.shelf.stored(self.address, part) if is_of_use else {}
            for identifier in part:
                stored = shelf.get(identifier)
                answer = self._fresh(identifier, stored)
                if answer is not None:
                    yield answer
                elif self.offline:
                    yield self._offline(identifier, stored)
                else:
                    missing.append(identifier)
        if missing:
            yield from self._fetched(missing)

    def _fresh(self, identifier: Identifier, stored: Stored | None) -> Answer | None:
        """The stored answer, when it is readable and within its life as a status."""
        if stored is None:
            return None
        if not self.offline and stored.raw.startswith(MARK) and (self.unchanging or identifier in self.in_full):
            return None
        is_refreshed = self.begun is not None and stored.fetched_at >= self.begun
        is_fresh = self._is_within(stored, self.lives[0]) and (is_refreshed or not self.refresh)
        if not is_fresh and not self.unchanging:
            return None
        content = self._content(identifier, stored)
        if content is None or (isinstance(content, NotFound) and not is_fresh):
            return None
        return Answer(
            identifier,
            content if isinstance(content, NotFound) else Found(content),
            stored.source,
            self.address,
            stored.fetched_at,
            raw=stored.raw,
            origin=Origin.STORE,
            as_of=stored.as_of,
        )

    def _offline(self, identifier: Identifier, stored: Stored | None) -> Answer:
        answer = Answer(
            identifier,
            Unavailable(self._offline_reason(stored), Cause.OFFLINE),
            self.source,
            self.address,
            self.clock.now(),
            origin=Origin.STORE,
        )
        return self._recalling(answer, stored)

    def _offline_reason(self, stored: Stored | None) -> str:
        if stored is None:
            return "offline, and no answer is stored"
        age = (self.as_of - stored.as_of).days
        if age < 0:
            return f"offline, and the stored answer is from a later date ({stored.as_of})"
        if age < self.lives[0]:
            return "offline, and the stored answer cannot be read"
        what = f"what was loaded from files up to {stored.up_to}" if stored.up_to else "the stored answer"
        return f"offline, and {what} is {_days(age)} old (life: {_days(self.lives[0])})"

    def _fetched(self, identifiers: list[Identifier]) -> Iterator[Answer]:
        """The inner source's answers; whatever ends the iteration, what came before is stored."""
        waiting: list[Answer] = []
        stored_at = float("-inf")
        try:
            for answer in self.inner.look_up(identifiers):
                if answer.raw is not None:
                    waiting.append(answer)
                now = self.clock.monotonic()
                if waiting and (len(waiting) >= BATCH_SIZE or now - stored_at >= BATCH_SECONDS):
                    batch, waiting, stored_at = waiting, [], now
                    self.shelf.keep(batch, self.as_of)
                yield self._with_memory(answer)
        finally:
            if waiting:
                self.shelf.keep(waiting, self.as_of)

    def _with_memory(self, answer: Answer) -> Answer:
        if isinstance(answer.outcome, Found) or answer.remembered is not None:
            return answer
        stored = self.shelf.stored(self.address, [answer.identifier]).get(answer.identifier)
        return self._recalling(answer, stored)

    def _recalling(self, answer: Answer, stored: Stored | None) -> Answer:
        """The answer with the stored record beside it, if its bibliographic facts are fresh enough."""
        if stored is None or not self._is_within(stored, self.lives[1]):
            return answer
        content = self._content(answer.identifier, stored)
        if content is None or isinstance(content, NotFound):
            return answer
        return replace(answer, remembered=content, remembered_on=stored.as_of)

    def _is_within(self, stored: Stored, days: int) -> bool:
        return 0 <= (self.as_of - stored.as_of).days < days

    def _content(self, identifier: Identifier, stored: Stored) -> Record | NotFound | None:
        try:
            return self.read(identifier, stored.raw)
        except UNREADABLE:
            return None


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


class LoadedAnswers(Protocol):
    """The answers that were loaded from the files of one source: a shelf that knows what the files lack."""

    def stored(self, address: str, identifiers: Iterable[Identifier]) -> Mapping[Identifier, Stored]:
        """As `Shelf.stored`."""
        ...

    def keep(self, answers: Iterable[Answer], as_of: date) -> None:
        """As `Shelf.keep`."""
        ...

    def absent(self, identifiers: Iterable[Identifier]) -> Mapping[Identifier, LoadedFile | None]:
        """What was looked for and not found, with the last file; None for what that file says nothing final of."""
        ...


@dataclass(frozen=True, slots=True)
class WithLoaded:
    """A source that is offline, and beside its own stored answers those that were loaded from files.

    The newer of two fresh answers counts. What is in none of the files cannot be checked here, which says nothing about
    it: NLM's files leave out the records of its Bookshelf, for one. An `extra` source is heard beside others that are
    asked, so that its silence leaves nothing unchecked.
    """

    own: Cached
    loaded: LoadedAnswers
    title: str
    extra: bool = False

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        answers = {answer.identifier: answer for answer in self.own.look_up(identifiers)}
        files = replace(self.own, shelf=self.loaded, address=LOADED)
        stored = self.loaded.stored(LOADED, answers)
        for answer in files.look_up(stored):
            answers[answer.identifier] = _better(answers[answer.identifier], answer)
        absent = self.loaded.absent(identifier for identifier in answers if identifier not in stored)
        for identifier, last in absent.items():
            if is_offline(answers[identifier]):
                answers[identifier] = replace(answers[identifier], outcome=self._absence(last))
        for answer in answers.values():
            if self.extra and isinstance(answer.outcome, Unavailable):
                yield replace(answer, outcome=replace(answer.outcome, cause=Cause.NO_FILE))
            else:
                yield answer

    def _absence(self, last: LoadedFile | None) -> Unavailable:
        if last is None:
            return Unavailable(f"offline, and not found in the files of {self.title} read so far", Cause.OFFLINE)
        up_to = f"{self.title}'s files up to {last.stem} of {last.day}"
        age = (self.own.as_of - last.day).days
        if not 0 <= age < self.own.lives[0]:
            what = f"offline, and in none of {up_to}, which are {_days(age)} old (life: {_days(self.own.lives[0])})"
            return Unavailable(what, Cause.OFFLINE)
        return Unavailable(f"in none of {up_to}", Cause.NO_FILE)


def is_offline(answer: Answer) -> bool:
    """Whether nobody was asked because the run is offline."""
    return isinstance(answer.outcome, Unavailable) and answer.outcome.cause is Cause.OFFLINE


def _better(own: Answer, loaded: Answer) -> Answer:
    """The fresh one of two stored answers, of two fresh ones the newer, of two old ones that which remembers more."""
    if is_offline(own) != is_offline(loaded):
        return loaded if is_offline(own) else own
    if is_offline(own):
        own_day, day = own.remembered_on or date.min, loaded.remembered_on or date.min
        return loaded if day >= own_day else replace(loaded, remembered=own.remembered, remembered_on=own.remembered_on)
    return loaded if (loaded.as_of or date.min) > (own.as_of or date.min) else own


@dataclass(frozen=True, slots=True)
class LastObserved:
    """Answers as `inner`, and where that could not ask, by what was observed on the very day that is judged for."""

    inner: Source
    past: Past
    as_of: date

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        unanswered: dict[Identifier, Answer] = {}
        for answer in self.inner.look_up(identifiers):
            match answer.outcome:
                case Unavailable(cause=Cause.OFFLINE):
                    unanswered[answer.identifier] = answer
                case _:
                    yield answer
        observed = self.past(unanswered) if unanswered else {}
        for identifier, answer in unanswered.items():
            last = next((past for past in reversed(observed.get(identifier, ())) if past.as_of == self.as_of), None)
            outcome = _outcome(last) if last is not None else None
            if last is None or outcome is None:
                yield answer
            else:
                yield replace(
                    answer, outcome=outcome, source=last.source, at=last.at, origin=Origin.STORE, as_of=last.as_of
                )


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """Answers as `inner`, which is asked once about what `without_record` then holds: nothing that a store would keep.

    A service that was silent or refused is asked again, since it may be there for the next files; a silent page takes
    40 s each time.
    """

    inner: Source
    without_record: dict[Identifier, Answer]

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        wanted = []
        for identifier in identifiers:
            if (known := self.without_record.get(identifier)) is not None:
                yield known
            else:
                wanted.append(identifier)
        for answer in self.inner.look_up(wanted):
            match answer.outcome:
                case NotFound():
                    self.without_record[answer.identifier] = answer
                case Blocked() | Unavailable() if answer.identifier.kind is IdKind.URL:
                    self.without_record[answer.identifier] = answer
            yield answer


def _outcome(observation: Observation) -> Outcome | None:
    """A no, a refusal or a page's silence; None for what says nothing, or only where a record is at hand."""
    reason = observation.detail or ""
    is_page = observation.identifier.kind is IdKind.URL
    match observation.state:
        case State.NOT_FOUND:
            return NotFound(reason, observation.status)
        case State.BLOCKED if is_page:
            return Blocked(reason, observation.status)
        case State.UNAVAILABLE if is_page and observation.cause is not None:
            return Unavailable(reason, observation.cause, observation.status)
    return None


LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock file as a source: what it holds is answered, what it lacks is unchecked; no service is asked.

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
                yield Answer(identifier, outcome, LOCK, LOCK, self.clock.now(), origin=Origin.LOCK)
            else:
                yield entry.answer()


@dataclass(frozen=True, slots=True)
class LockedFirst:
    """The lock for these identifiers, another source for all others."""

    named: Collection[Identifier]
    locked: Source
    other: Source

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        wanted = list(identifiers)
        yield from self.locked.look_up(identifier for identifier in wanted if identifier in self.named)
        yield from self.other.look_up(identifier for identifier in wanted if identifier not in self.named)
