"""What a lock holds: per identifier what its authority said last, and what must be remembered of before.

A lock changes only where a verdict could: so a quiet day changes no line of an entry. It remembers of the history of an
identifier, which grows for ever, the little that is needed to judge it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from evidence.matching.simhash import changed_share, is_different_text
from evidence.model.audit import ChainHead
from evidence.model.claims import AnchorState
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
from evidence.model.records import Article, Page, Record, Trial
from evidence.model.report import BegunRun, Report

FRESH_ENOUGH = 7
"""Days after which `verified` is rewritten although nothing else has changed."""

MOST_FAILURES = 200
"""Days of failure that are stored, the very first among them."""

MOST_TEXTS = 12
"""Texts of a page that are stored, the very first among them."""

_SLIGHT = 0.05  # of a text; the estimate's own error is 0.03


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was observed: the real time in UTC, and the day that the run judged for."""

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
    """A text that a page had, by its fingerprint (`evidence.matching.simhash`): when it was observed first and last."""

    fingerprint: str
    first: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs saw of an identifier, as far as it is needed to judge it.

    `last_found` and `failures` (oldest first) are stored while it is not found. `texts` are the texts
    that a page had before, `text_since` is when the one that it has now was observed first.
    """

    last_found: Moment | None = None
    failures: tuple[LockedFailure, ...] = ()
    text_since: Moment | None = None
    texts: tuple[LockedText, ...] = ()


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
    memory: Memory = Memory()

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
class LockedAnchor:
    """A quote of a claim as it was looked for last: what became of it, and no words of its source.

    `asked` is the SHA-256 of what was looked for, and where; a quote that was edited since is not in the lock. The
    other fields are those of `evidence.model.claims.Anchor`; its state is never `not checked`.
    """

    asked: str
    state: AnchorState
    section: str = ""
    earlier: str = ""
    reason: str = ""
    marks_lost: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file: when a run last could ask everything, what is known of each identifier, and of quotes of claims.

    `corrupt` names entries that do not match their own digest; they are not among the `entries`. `anchors` are the
    quotes by the ids of their claims, `corrupt_claims` those of altered ones.
    """

    complete: Moment | None = None
    entries: Mapping[Identifier, LockEntry] = field(default_factory=dict)
    corrupt: Mapping[Identifier, int] = field(default_factory=dict)
    """The line of each corrupt entry."""
    audit: ChainHead | None = None
    """Where the audit trail had got to when the lock was written: what comes before it cannot be cut off unseen."""
    anchors: Mapping[str, tuple[LockedAnchor, ...]] = field(default_factory=dict)
    corrupt_claims: Mapping[str, int] = field(default_factory=dict)
    """The line of each claim whose quotes were altered."""


def can_be_locked(answer: Answer) -> bool:
    """Whether this answer is a fact to keep.

    Of a registry that is its yes and its no; of a cited page also its silence and its refusal, which
    are strikes or findings. What was never asked is none.
    """
    match answer.outcome:
        case Found() | NotFound():
            return True
        case Unavailable(cause=Cause.OFFLINE | Cause.NO_SOURCE | Cause.UNSOURCED | Cause.NO_FILE):
            return False
        case Blocked() | Unavailable():
            return answer.identifier.kind is IdKind.URL


# Observations of earlier runs, written to an entry and read back from it


@dataclass(frozen=True, slots=True)
class LockedAnswer:
    """An answer of this run, the SHA-256 of its raw bytes, and earlier observations of the identifier."""

    answer: Answer
    sha256: str | None = None
    past: tuple[Observation, ...] = ()


def entry_of(answer: LockedAnswer, today: date, read_on: date | None = None) -> LockEntry:
    """The entry for an answer of this day; `read_on` is the first day on which the page may have been read."""
    now = answer.answer
    verified = Moment(now.at, now.as_of or today)
    return LockEntry(
        identifier=now.identifier,
        source=now.source,
        address=now.address,
        verified=verified,
        outcome=now.outcome,
        answer_sha256=answer.sha256,
        remembered=now.remembered if isinstance(now.remembered, Article) else None,
        archived=now.archived,
        memory=_memory(now, verified, answer.past, read_on),
    )


def _memory(answer: Answer, now: Moment, past: tuple[Observation, ...], read_on: date | None) -> Memory:
    known = [observation for observation in past if observation.as_of <= now.as_of]
    texts = _texts(known)
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)) if fingerprint:
            since = next((text.first for text in texts if text.fingerprint == fingerprint), now)
            before = [text for text in texts if text.fingerprint != fingerprint]
            return Memory(text_since=since, texts=_needed(before, read_on))
        case Found():
            return Memory(texts=_needed(texts, read_on))
    found, missed = since_found([observation for observation in known if observation.origin is Origin.NETWORK])
    if found is None and answer.identifier.kind is not IdKind.URL:
        return Memory()  # never found: a registry's no is believed at once, and nothing counts its days
    failures = tuple(_failures(missed))
    if len(failures) > MOST_FAILURES:
        failures = (failures[0], *failures[1 - MOST_FAILURES :])
    return Memory(observed_at(found) if found else None, failures, texts=_needed(texts, read_on))


def _failures(observations: Iterable[Observation]) -> Iterator[LockedFailure]:
    """Of each day the first failure of each kind that counts, oldest first: a wall and our own silence do not."""
    known = set()
    for observation in observations:
        nameless = Cause.NO_SUCH_NAME if observation.cause is Cause.NO_SUCH_NAME else None
        kind = (observation.as_of, observation.state, nameless)
        if observation.state in (State.NOT_FOUND, State.UNAVAILABLE) and kind not in known:
            known.add(kind)
            yield LockedFailure(observed_at(observation), observation.state, observation.cause)


def _texts(observations: Iterable[Observation]) -> list[LockedText]:
    """Every text that was observed, by when it was observed first."""
    texts: dict[str, LockedText] = {}
    for observation in observations:
        if observation.fingerprint:
            known = texts.get(observation.fingerprint)
            at = observed_at(observation)
            texts[observation.fingerprint] = LockedText(observation.fingerprint, known.first if known else at, at)
    return sorted(texts.values(), key=lambda text: (text.first.at, text.fingerprint))


def _needed(texts: list[LockedText], read_on: date | None) -> tuple[LockedText, ...]:
    """Those that may be compared with: none from before the page was read; of many the first and the newest."""
    needed = [text for text in texts if read_on is None or text.last.as_of >= read_on]
    return tuple(needed if len(needed) <= MOST_TEXTS else [needed[0], *needed[1 - MOST_TEXTS :]])


def observed_at(observation: Observation) -> Moment:
    """When an observation was made."""
    return Moment(observation.at, observation.as_of)


def past_of(entry: LockEntry) -> tuple[Observation, ...]:
    """What was observed before the entry's own answer, oldest first: enough to judge that answer by."""
    memory = entry.memory
    past = [
        _observation(entry, moment, State.FOUND, fingerprint=text.fingerprint)
        for text in memory.texts
        for moment in ((text.first,) if text.first == text.last else (text.first, text.last))
    ]
    if memory.last_found is not None:
        past.append(_observation(entry, memory.last_found, State.FOUND))
    past += [_observation(entry, failure.on, failure.state, failure.cause) for failure in memory.failures]
    match entry.outcome:
        case Found(record=Page(fingerprint=fingerprint)):
            if memory.text_since is not None and memory.text_since != entry.verified:
                past.append(_observation(entry, memory.text_since, State.FOUND, fingerprint=fingerprint))
    return tuple(sorted(past, key=lambda observation: observation.at))


def observations_of(entry: LockEntry) -> tuple[Observation, ...]:
    """All that the entry knows to have been observed, its own answer last."""
    outcome = entry.outcome
    fingerprint = None
    match outcome:
        case Found(record=Page(fingerprint=text)) if text:
            fingerprint = text
    own = Observation(
        identifier=entry.identifier,
        source=entry.source,
        state=state_of(outcome),
        at=entry.verified.at,
        as_of=entry.verified.as_of,
        detail=None if isinstance(outcome, Found) else outcome.reason,
        status=None if isinstance(outcome, Found) else outcome.status,
        cause=outcome.cause if isinstance(outcome, Unavailable) else None,
        fingerprint=fingerprint,
    )
    return (*past_of(entry), own)


def _observation(
    entry: LockEntry, moment: Moment, state: State, cause: Cause | None = None, *, fingerprint: str | None = None
) -> Observation:
    return Observation(
        entry.identifier, entry.source, state, moment.at, moment.as_of, cause=cause, fingerprint=fingerprint
    )


# Recorders of runs that know a lock


def locked_recorder(entries: Mapping[Identifier, LockEntry]) -> NullRecorder:
    """The history that the lock remembers: what was observed before the answers that it holds; nothing is recorded."""
    return NullRecorder(lambda wanted: {known: past_of(entries[known]) for known in wanted if known in entries})


class RememberingRecorder(RunRecorder):
    """Another recorder, and beside its own history what the locks remember: strikes count across machines.

    Keeps of every answer what a lock is made of.
    """

    def __init__(self, inner: RunRecorder, entries: Mapping[Identifier, LockEntry]) -> None:
        self._inner = inner
        self._entries = entries
        self._answers: dict[Identifier, tuple[Answer, str | None]] = {}

    def locked_answers(self, run_id: str) -> dict[Identifier, LockedAnswer]:
        """Every answer of the run, with what was observed of its identifier before."""
        past = self.history(self._answers, run_id)
        return {
            identifier: LockedAnswer(answer, sha256, past.get(identifier, ()))
            for identifier, (answer, sha256) in self._answers.items()
        }

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """As the other recorder notes it; and kept, without the raw bytes."""
        self._inner.observe(run_id, answers, as_of)
        for answer in answers:
            sha256 = None if answer.raw is None else hashlib.sha256(answer.raw).hexdigest()
            self._answers[answer.identifier] = (replace(answer, raw=None), sha256)

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What earlier runs observed, on this machine or on others, oldest first."""
        wanted = list(identifiers)
        history = dict(self._inner.history(wanted, before_run))
        for identifier in wanted:
            entry = self._entries.get(identifier)
            if entry is not None:
                own = history.get(identifier, ())
                moments = {observed_at(observation) for observation in own}
                others = (
                    observation for observation in observations_of(entry) if observed_at(observation) not in moments
                )
                history[identifier] = tuple(sorted((*others, *own), key=lambda observation: observation.at))
        return history

    def begin_run(self, run: BegunRun) -> None:
        """As the other recorder notes it."""
        self._inner.begin_run(run)

    def previous(self, run_id: str) -> bytes | None:
        """As the other recorder knows it."""
        return self._inner.previous(run_id)

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """As the other recorder knows it."""
        return self._inner.observed_since(identifiers, since, run_id)

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """As the other recorder notes it."""
        return self._inner.end_run(report, render)

    def fail_run(self, run_id: str, why: str) -> None:
        """As the other recorder notes it."""
        self._inner.fail_run(run_id, why)


# When an entry changes


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


def advanced(old: LockEntry | None, new: LockEntry, policy: LockPolicy) -> LockEntry:
    """The entry to write: the new one when it says something new, else the old one, its date renewed after a week."""
    if old is None:
        return new
    if new.verified.as_of < old.verified.as_of:
        return old  # a stored answer that is older than what another machine has locked
    if new.archived is None and old.outcome == new.outcome:
        new = replace(new, archived=old.archived)  # the archive is often away; the copy is still there
    if not _is_same(old, new, policy):
        return new
    if (new.verified.as_of - old.verified.as_of).days < FRESH_ENOUGH:
        return old
    renewed = replace(old, verified=new.verified)
    return renewed if renewed.facts == new.facts and old.memory == new.memory else new


def _is_same(old: LockEntry, new: LockEntry, policy: LockPolicy) -> bool:
    """Whether nothing that is judged by differs between two entries."""
    if (old.source, old.address, old.remembered, old.archived) != (
        new.source,
        new.address,
        new.remembered,
        new.archived,
    ):
        return False
    match old.outcome, new.outcome:
        case Found(record=Page() as before), Found(record=Page() as now):
            return _shape(before) == _shape(now) and _is_same_text(old, before, now, policy)
        case Found(record=Trial() as before), Found(record=Trial() as now):
            return replace(before, updated=now.updated) == now
        case Found(record=before), Found(record=now):
            return before == now
        case Blocked(status=before), Blocked(status=now):
            return before == now
        case (NotFound(), NotFound()) | (Unavailable(), Unavailable()):
            is_settled = _is_settled(old, policy) and _is_settled(new, policy)
            if is_settled and _is_nameless(old.outcome) == _is_nameless(new.outcome):
                return True
            return (old.outcome, old.memory) == (new.outcome, new.memory)
    return False


def _shape(page: Page) -> Page:
    """The page without what differs from visit to visit: its title, and where temporary redirects led."""
    leading = page.moves
    rest = tuple(replace(hop, source="", target="") for hop in page.hops[len(leading) :])
    parts = urlsplit(page.final_url)
    return replace(page, title="", fingerprint="", hops=(*leading, *rest), final_url=f"{parts.netloc}{parts.path}")


def _is_same_text(entry: LockEntry, before: Page, now: Page, policy: LockPolicy) -> bool:
    """Whether two texts are one for all that is judged by them: hardly changed, and on the same side of every limit."""
    if before.fingerprint == now.fingerprint:
        return True
    if not before.fingerprint or not now.fingerprint:
        return False
    waived = [
        [is_different_text(text, page.fingerprint, policy.drifted) for text in policy.texts] for page in (before, now)
    ]
    if waived[0] != waived[1]:
        return False
    share = changed_share(before.fingerprint, now.fingerprint)
    if share is None:  # too short to be compared, so never judged
        return True

    def drifted(page: Page) -> list[bool]:
        shares = (changed_share(text.fingerprint, page.fingerprint) for text in entry.memory.texts)
        return [share is not None and share >= policy.drifted for share in shares]

    return share <= _SLIGHT and drifted(before) == drifted(now)


def _is_settled(entry: LockEntry, policy: LockPolicy) -> bool:
    """Whether the failure has lasted so long that another day, or another word for it, changes nothing."""
    state, nameless = state_of(entry.outcome), _is_nameless(entry.outcome)
    days = {
        failure.on.as_of
        for failure in entry.memory.failures
        if failure.state is state and (not nameless or failure.cause is Cause.NO_SUCH_NAME)
    } | {entry.verified.as_of}
    return len(days) >= policy.days and max(days) - min(days) >= policy.span


def _is_nameless(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.cause is Cause.NO_SUCH_NAME
