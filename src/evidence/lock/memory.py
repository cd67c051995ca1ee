"""Between the history of an identifier, which grows for ever, and the little of it that a lock remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from evidence.lock.entries import LockedFailure, LockedText, LockEntry, Memory, Moment, observed_at
from evidence.model.identity import IdKind
from evidence.model.outcomes import Answer, Cause, Found, Observation, Origin, State, Unavailable, since_found, state_of
from evidence.model.records import Article, Page

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
