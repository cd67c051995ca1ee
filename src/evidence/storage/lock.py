"""What a lock holds: per identifier what its authority said last, and what must be remembered of before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from evidence.matching.simhash import changed_share, is_other_text
from evidence.model.audit import ChainHead
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
    since_found,
    state_of,
)
from evidence.model.ports import NullRecorder, RunRecorder
from evidence.model.records import Article, Page, Record
from evidence.model.report import BegunRun, Report

# What a lock holds: per identifier what its authority said last, and what must be remembered of before.

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
    """A text that a page had, by its fingerprint (`evidence.matching.simhash`): when it was seen first and last."""

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


# Between the history of an identifier, which grows for ever, and the little of it that a lock remembers.

MOST_FAILURES = 200
"""Days of failure that are kept, the very first among them."""

MOST_TEXTS = 12
"""Texts of a page that are kept, the very first among them."""


@dataclass(frozen=True, slots=True)
class LockedAnswer:
    """An answer of this run, the SHA-256 of its raw bytes, and what was seen of the identifier before."""

    answer: Answer
    sha256: str | None = None
    past: tuple[Observation, ...] = ()


def entry_of(seen: LockedAnswer, today: date, read_on: date | None = None) -> LockEntry:
    """The entry for what was seen on this day; `read_on` is the first day on which the page may have been read."""
    answer = seen.answer
    verified = Moment(answer.at, answer.as_of or today)
    return LockEntry(
        identifier=answer.identifier,
        source=answer.source,
        address=answer.address,
        verified=verified,
        outcome=answer.outcome,
        answer_sha256=seen.sha256,
        remembered=answer.remembered if isinstance(answer.remembered, Article) else None,
        archived=answer.archived,
        memory=_memory(answer, verified, seen.past, read_on),
    )


def _memory(answer: Answer, now: Moment, past: tuple[Observation, ...], read_on: date | None) -> Memory:
    known = [one for one in past if one.as_of <= now.as_of]
    texts = _texts(known)
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)) if fingerprint:
            since = next((text.first for text in texts if text.fingerprint == fingerprint), now)
            before = [text for text in texts if text.fingerprint != fingerprint]
            return Memory(text_since=since, texts=_needed(before, read_on))
        case Found():
            return Memory(texts=_needed(texts, read_on))
    found, missed = since_found([one for one in known if one.origin is Origin.NETWORK])
    if found is None and answer.identifier.kind is not IdKind.URL:
        return Memory()  # never found: a registry's no is believed at once, and nothing counts its days
    failures = tuple(_failures(missed))
    if len(failures) > MOST_FAILURES:
        failures = (failures[0], *failures[1 - MOST_FAILURES :])
    return Memory(observed_at(found) if found else None, failures, texts=_needed(texts, read_on))


def _failures(observations: Iterable[Observation]) -> Iterator[LockedFailure]:
    """Of each day the first failure of each kind that counts, oldest first: a wall and our own silence do not."""
    told = set()
    for one in observations:
        nameless = Cause.NO_SUCH_NAME if one.cause is Cause.NO_SUCH_NAME else None
        kind = (one.as_of, one.state, nameless)
        if one.state in (State.NOT_FOUND, State.UNAVAILABLE) and kind not in told:
            told.add(kind)
            yield LockedFailure(observed_at(one), one.state, one.cause)


def _texts(observations: Iterable[Observation]) -> list[LockedText]:
    """Every text that was seen, by when it was seen first."""
    texts: dict[str, LockedText] = {}
    for one in observations:
        if one.fingerprint:
            known = texts.get(one.fingerprint)
            texts[one.fingerprint] = LockedText(
                one.fingerprint, known.first if known else observed_at(one), observed_at(one)
            )
    return sorted(texts.values(), key=lambda text: (text.first.at, text.fingerprint))


def _needed(texts: list[LockedText], read_on: date | None) -> tuple[LockedText, ...]:
    """Those that may be compared with: none from before the page was read; of many the first and the newest."""
    kept = [text for text in texts if read_on is None or text.last.as_of >= read_on]
    return tuple(kept if len(kept) <= MOST_TEXTS else [kept[0], *kept[1 - MOST_TEXTS :]])


def past_of(entry: LockEntry) -> tuple[Observation, ...]:
    """What was seen before the entry's own answer, oldest first: enough to judge that answer by."""
    memory = entry.memory
    told = [_sight(entry, text.fingerprint, moment) for text in memory.texts for moment in _ends(text)]
    if memory.last_found is not None:
        told.append(_observation(entry, memory.last_found, State.FOUND))
    told += [_observation(entry, failure.on, failure.state, failure.cause) for failure in memory.failures]
    match entry.outcome:
        case Found(record=Page(fingerprint=fingerprint)):
            if memory.text_since is not None and memory.text_since != entry.verified:
                told.append(_sight(entry, fingerprint, memory.text_since))
    return tuple(sorted(told, key=lambda one: one.at))


def _ends(text: LockedText) -> tuple[Moment, ...]:
    return (text.first,) if text.first == text.last else (text.first, text.last)


def observations_of(entry: LockEntry) -> tuple[Observation, ...]:
    """All that the entry knows to have been seen, its own answer last."""
    outcome = entry.outcome
    own = Observation(
        identifier=entry.identifier,
        source=entry.source,
        state=state_of(outcome),
        at=entry.verified.at,
        as_of=entry.verified.as_of,
        detail=None if isinstance(outcome, Found) else outcome.reason,
        status=None if isinstance(outcome, Found) else outcome.status,
        cause=outcome.cause if isinstance(outcome, Unavailable) else None,
        fingerprint=_fingerprint(entry),
    )
    return (*past_of(entry), own)


def _fingerprint(entry: LockEntry) -> str | None:
    match entry.outcome:
        case Found(record=Page(fingerprint=fingerprint)) if fingerprint:
            return fingerprint
    return None


def _sight(entry: LockEntry, fingerprint: str, moment: Moment) -> Observation:
    return Observation(entry.identifier, entry.source, State.FOUND, moment.at, moment.as_of, fingerprint=fingerprint)


def _observation(entry: LockEntry, moment: Moment, state: State, cause: Cause | None = None) -> Observation:
    return Observation(entry.identifier, entry.source, state, moment.at, moment.as_of, cause=cause)


# Ledgers that know a lock: one that only reads it, and one that adds what it remembers to another ledger.


def locked_recorder(entries: Mapping[Identifier, LockEntry]) -> NullRecorder:
    """The history that the lock remembers: what was seen before the answers that it holds."""
    return NullRecorder(lambda wanted: {one: past_of(entries[one]) for one in wanted if one in entries})


class RememberingRecorder:
    """Another ledger, and beside its own history what the locks remember: strikes count across machines.

    Keeps of every answer what a lock is made of.
    """

    def __init__(self, inner: RunRecorder, entries: Mapping[Identifier, LockEntry]) -> None:
        self._inner = inner
        self._entries = entries
        self._answers: dict[Identifier, tuple[Answer, str | None]] = {}

    def begin_run(self, run: BegunRun) -> None:
        """As the other ledger notes it."""
        self._inner.begin_run(run)

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """As the other ledger notes it."""
        self._inner.observe(run_id, answers, as_of)
        for answer in answers:
            sha256 = None if answer.raw is None else hashlib.sha256(answer.raw).hexdigest()
            self._answers[answer.identifier] = (replace(answer, raw=None), sha256)

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What earlier runs saw, on this machine or on others, oldest first."""
        wanted = list(identifiers)
        known = self._inner.history(wanted, before_run)
        told = {one: self._united(one, known.get(one, ())) for one in wanted}
        return {one: past for one, past in told.items() if past}

    def _united(self, identifier: Identifier, known: tuple[Observation, ...]) -> tuple[Observation, ...]:
        entry = self._entries.get(identifier)
        if entry is None:
            return known
        moments = {(one.at, one.as_of) for one in known}
        others = (one for one in observations_of(entry) if (one.at, one.as_of) not in moments)
        return tuple(sorted((*others, *known), key=lambda one: one.at))

    def previous(self, run_id: str) -> bytes | None:
        """As the other ledger knows it."""
        return self._inner.previous(run_id)

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """As the other ledger knows it."""
        return self._inner.seen_since(identifiers, since, run_id)

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """As the other ledger notes it."""
        return self._inner.end_run(report, render)

    def fail_run(self, run_id: str, why: str) -> None:
        """As the other ledger notes it."""
        self._inner.fail_run(run_id, why)

    def seen(self, run_id: str) -> dict[Identifier, LockedAnswer]:
        """Every answer of the run, with what was seen of its identifier before."""
        past = self.history(self._answers, run_id)
        return {one: LockedAnswer(answer, sha256, past.get(one, ())) for one, (answer, sha256) in self._answers.items()}


# What makes a lock change: only what could change a verdict, so that a quiet day changes no line of an entry.

_SLIGHT = 0.05  # of a text; the estimate's own error is 0.03


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """From how many days and which time on a failure is settled, and from which share on a text has drifted.

    Once both are reached, another day of the same changes no verdict. `texts` are those of pages that waivers were
    given on (`evidence.rules.waivers`): from which of them a page has drifted is a verdict, too.
    """

    days: int
    span: timedelta
    drifted: float
    texts: tuple[str, ...] = ()


def advanced(old: LockEntry | None, new: LockEntry, terms: LockPolicy) -> LockEntry:
    """The entry to write: the new one when it says something new, else the old one, its date renewed after a week."""
    if old is None:
        return new
    if new.verified.as_of < old.verified.as_of:
        return old  # a stored answer that is older than what another machine has locked
    if new.archived is None and old.outcome == new.outcome:
        new = replace(new, archived=old.archived)  # the archive is often away; the copy is still there
    if not _alike(old, new, terms):
        return new
    if (new.verified.as_of - old.verified.as_of).days < FRESH_ENOUGH:
        return old
    renewed = replace(old, verified=new.verified)
    return renewed if renewed.facts == new.facts and old.memory == new.memory else new


def _alike(old: LockEntry, new: LockEntry, terms: LockPolicy) -> bool:
    if (old.source, old.address, old.remembered, old.archived) != (
        new.source,
        new.address,
        new.remembered,
        new.archived,
    ):
        return False
    match old.outcome, new.outcome:
        case Found(record=before), Found(record=now):
            return _same_record(old, before, now, terms)
        case Blocked(status=before), Blocked(status=now):
            return before == now
        case (NotFound(), NotFound()) | (Unavailable(), Unavailable()):
            lasting = _settled(old, terms) and _settled(new, terms) and _nameless(old.outcome) == _nameless(new.outcome)
            return lasting or (old.outcome, old.memory) == (new.outcome, new.memory)
    return False


def _same_record(old: LockEntry, before: Record, now: Record, terms: LockPolicy) -> bool:
    if isinstance(before, Page) and isinstance(now, Page):
        return _shape(before) == _shape(now) and _same_text(old, before, now, terms)
    return before == now


def _shape(page: Page) -> Page:
    """The page without what differs from visit to visit: its title, and where temporary redirects led."""
    leading = page.moves
    rest = tuple(replace(hop, source="", target="") for hop in page.hops[len(leading) :])
    parts = urlsplit(page.final_url)
    return replace(page, title="", fingerprint="", hops=(*leading, *rest), final_url=f"{parts.netloc}{parts.path}")


def _same_text(entry: LockEntry, before: Page, now: Page, terms: LockPolicy) -> bool:
    """Whether two texts are one for all that is judged by them: hardly changed, and on the same side of every limit."""
    if before.fingerprint == now.fingerprint:
        return True
    if not before.fingerprint or not now.fingerprint:
        return False
    waived = [[is_other_text(text, page.fingerprint, terms.drifted) for text in terms.texts] for page in (before, now)]
    if waived[0] != waived[1]:
        return False
    share = changed_share(before.fingerprint, now.fingerprint)
    if share is None:  # too short to be compared, so never judged
        return True
    drifted = _drifted_from(entry, terms)
    return share <= _SLIGHT and drifted(before) == drifted(now)


def _drifted_from(entry: LockEntry, terms: LockPolicy) -> Callable[[Page], list[bool]]:
    def drifted(page: Page) -> list[bool]:
        shares = (changed_share(text.fingerprint, page.fingerprint) for text in entry.memory.texts)
        return [share is not None and share >= terms.drifted for share in shares]

    return drifted


def _settled(entry: LockEntry, terms: LockPolicy) -> bool:
    """Whether the failure has lasted so long that another day, or another word for it, changes nothing."""
    state, nameless = state_of(entry.outcome), _nameless(entry.outcome)
    same = (one for one in entry.memory.failures if one.state is state)
    days = {one.on.as_of for one in same if not nameless or one.cause is Cause.NO_SUCH_NAME} | {entry.verified.as_of}
    return len(days) >= terms.days and max(days) - min(days) >= terms.span


def _nameless(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.cause is Cause.NO_SUCH_NAME
