"""Runs and lock files: a run that asks the lock alone, and what an online run makes of the locks beside its files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from evidence.app.check import Checker, begun_run, with_texts
from evidence.app.registry import RULING, SOURCED, locked_sources, source_address
from evidence.app.relock import Observed, contradicted, outdated, relocked
from evidence.app.run import CheckRequest, run_check
from evidence.model.errors import LockError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Origin, State, Unavailable
from evidence.model.policy import CacheTtl, Policy
from evidence.model.ports import Clock, Progress
from evidence.model.records import Article, is_retracted
from evidence.model.references import Library
from evidence.model.report import Input, Mode, Report
from evidence.rules.links import DRIFTED, PERSISTENT_DAYS, PERSISTENT_SPAN
from evidence.rules.waiver_evidence import TEXT
from evidence.sources.spec import Settings
from evidence.storage.lock import (
    Lock,
    LockedAnswer,
    LockEntry,
    LockPolicy,
    Moment,
    can_be_locked,
    locked_recorder,
    observations_of,
)
from evidence.storage.lockfile import EDITED, LockFile, stored_bytes

if TYPE_CHECKING:
    from evidence.storage.store import Store  # SQLite is not for a locked run

# Runs and lock files: a run that asks the lock alone, and what an online run makes of the locks beside its files.

AHEAD = 1
"""Days that a lock may be ahead of the day judged for: it was written where the clock is further on."""


@dataclass(frozen=True, slots=True)
class Relocked:
    """What an online run makes of one lock: the next lock, and sentences about the one before."""

    file: LockFile
    lock: Lock
    complete: bool
    altered: tuple[str, ...]
    outdated: int


def check_locked(wish: CheckRequest, files: Sequence[LockFile], clock: Clock, progress: Progress) -> Report:
    """Judge by the locks alone: no store, no socket, nothing recorded.

    Raises:
        LockError: a lock is missing, or an entry of it was altered.
    """
    wish = with_texts(wish)
    begun = begun_run(wish, clock.now())
    entries: dict[Identifier, LockEntry] = {}
    reasons: dict[Identifier, str] = {}
    for library, file in zip(wish.libraries, files, strict=True):
        lock = file.sound()
        too_old = why_too_old(file, lock, library.policy.lock_limit, begun.as_of)
        if too_old is None:
            entries = united((entries, lock.entries))
        else:
            own = (identifier for reference in library.references for identifier in reference.identifiers)
            reasons |= {one: too_old + _retraction_held(lock, one) for one in (*own, *lock.entries)}
    slots = locked_sources(entries, reasons, clock)
    return run_check(wish, begun, RULING, slots, recorder=locked_recorder(entries), clock=clock, progress=progress)


def united(several: Iterable[Mapping[Identifier, LockEntry]]) -> dict[Identifier, LockEntry]:
    """The entries of several locks, of each identifier the one verified last."""
    entries: dict[Identifier, LockEntry] = {}
    for some in several:
        for identifier, entry in some.items():
            known = entries.get(identifier)
            if known is None or known.verified.at < entry.verified.at:
                entries[identifier] = entry
    return entries


def _article_in(lock: Lock, identifier: Identifier) -> Article | None:
    match lock.entries.get(identifier):
        case LockEntry(outcome=Found(record=Article() as article)) | LockEntry(remembered=Article() as article):
            return article
    return None


def _retraction_held(lock: Lock, identifier: Identifier) -> str:
    """That a lock which is not judged by tells of a retraction all the same: no age takes one back.

    Also when it is told under another identifier of the same work, as by Crossref under its DOI.
    """
    own = _article_in(lock, identifier)
    works = (identifier, *(own.also_known_as if own else ()))
    for one in works:
        article = _article_in(lock, one)
        if article is not None and is_retracted(article):
            on = lock.entries[one].verified.as_of
            return f"; RETRACTED, by what the lock holds of {one} (as of {on})"
    return ""


def why_too_old(file: LockFile, lock: Lock, limit: int, today: date) -> str | None:
    """Why a lock is not judged by today; None when it is."""
    if lock.complete is None:
        return f"{file.shown} was never written by a run that could ask everything"
    as_of = lock.complete.as_of
    age = (today - as_of).days
    if age > limit:
        return f"{file.shown} is out of date: its last complete run was on {as_of}, {age} days ago (limit: {limit})"
    if age < -AHEAD:
        return f"{file.shown} is of a later day ({as_of}) than the one judged for"
    return None


def require_no_later_lock(files: Iterable[LockFile], as_of: date) -> None:
    """Raise LockError when a lock was written by a run for a later day than this one's."""
    for file in files:
        complete = file.lock.complete if file.lock is not None else None
        if complete is not None and (as_of - complete.as_of).days < -AHEAD:
            what = f"its last complete run was for {complete.as_of}, which is after {as_of}"
            raise LockError(what, path=file.shown, fix="update it for today, without --as-of")


def check_with_locks(desk: Checker, wish: CheckRequest, files: Sequence[LockFile]) -> tuple[Report, list[Relocked]]:
    """Ask the services, remembering what the locks remember; and the locks as they would be after it.

    Raises:
        EvidenceError: the store cannot be read or written.
    """
    locks = [file.lock or Lock() for file in files]
    wish = replace(wish, locks=tuple(Input(file.shown, file.sha256) for file in files if file.sha256 is not None))
    report, sights = desk.run_remembering(wish, united(lock.entries for lock in locks))
    return report, [
        _relocked(library, file, lock, sights) for library, file, lock in zip(wish.libraries, files, locks, strict=True)
    ]


def _relocked(library: Library, file: LockFile, lock: Lock, sights: Observed) -> Relocked:
    new = relocked(lock, library, sights, terms_for(library))
    return Relocked(
        file=file,
        lock=new,
        complete=new.complete == sights.made,
        altered=tuple(_altered(file, lock, sights)),
        outdated=len(outdated(lock, new)),
    )


def terms_for(library: Library) -> LockPolicy:
    """When another day of the same changes no verdict on this library."""
    texts = (waiver.evidence.get(TEXT) for waiver in library.waivers)
    waived = tuple(sorted({text for text in texts if text is not None}))
    return LockPolicy(max(PERSISTENT_DAYS, library.policy.confirm_dead), PERSISTENT_SPAN, DRIFTED, waived)


def _altered(file: LockFile, lock: Lock, sights: Observed) -> Iterator[str]:
    for identifier, line in lock.corrupt.items():
        yield f"{file.shown}:{line}: {identifier} does not match its digest, so it was not used: {EDITED}"
    for identifier in contradicted(lock, sights):
        yield (
            f"{file.shown}: {identifier} does not say what the answer says that it names by its SHA-256: "
            "edited by hand, or read by another version"
        )


# Lock and store, each made anew from the other's facts.

_FOR_EVER = CacheTtl(status=10**5, metadata=10**5, page=10**5)
_RUNS_SEARCHED = 200


@dataclass(frozen=True, slots=True)
class Restored:
    """Of how many identifiers a store took the facts, and how many it had seen itself."""

    taken: int
    known: int


def rebuilt(desk: Checker, wish: CheckRequest, library: Library) -> Lock:
    """The lock of a library by what the store holds: kept answers whatever their age, and what was seen last.

    Where an archived copy of a dead page lies is not kept by a store; the next online run finds it again.

    Raises:
        StoreError: the store cannot be read.
    """
    last = next(iter(desk.store.last_runs(1)), None)
    today = max(wish.as_of or desk.clock.now().date(), last.as_of if last else date.min)
    forever = replace(library, policy=replace(library.policy, lives=_FOR_EVER))
    kept = desk.known(replace(wish, libraries=(forever,), as_of=today))
    seen = {one: _last_seen(sight, library.policy, desk.settings) for one, sight in kept.items()}
    complete = _last_complete(desk.store, library.path)
    sights = Observed(seen, Moment(desk.clock.now(), today), SOURCED)
    return replace(relocked(Lock(), library, sights, terms_for(library)), complete=complete)


def _last_seen(sight: LockedAnswer, policy: Policy, settings: Settings) -> LockedAnswer:
    """The kept answer, unless its identifier was since seen to be gone, silent or behind a wall."""
    kept = sight.answer
    for one in reversed(sight.past):
        if one.origin is not Origin.NETWORK or one.state is State.NOT_CHECKED:
            continue
        later = _answer_of(one, kept, policy, settings)
        if later is None or (can_be_locked(kept) and one.at <= kept.at):
            break
        if can_be_locked(later):
            return LockedAnswer(later, None, _before(sight, later))
    return replace(sight, past=_before(sight, kept))


def _before(sight: LockedAnswer, answer: Answer) -> tuple[Observation, ...]:
    return tuple(takewhile(lambda one: one.at < answer.at, sight.past))


def _answer_of(last: Observation, kept: Answer, policy: Policy, settings: Settings) -> Answer | None:
    """The answer of which only an observation is kept; None for a record, which has to be kept itself."""
    reason = last.detail or ""
    match last.state:
        case State.NOT_FOUND:
            outcome: NotFound | Blocked | Unavailable = NotFound(reason, last.status)
        case State.BLOCKED:
            outcome = Blocked(reason, last.status)
        case State.UNAVAILABLE | State.NOT_CHECKED:
            outcome = Unavailable(reason, last.cause or Cause.NO_SOURCE, last.status)
        case State.FOUND:
            return None
        case _:
            assert_never(last.state)
    known = kept.outcome.record if isinstance(kept.outcome, Found) and kept.identifier.kind is not IdKind.URL else None
    lives = kept.as_of is not None and (last.as_of - kept.as_of).days < policy.lives.metadata
    return Answer(
        identifier=last.identifier,
        outcome=outcome,
        source=last.source,
        address=source_address(last.source, settings),
        at=last.at,
        as_of=last.as_of,
        remembered=known if lives else None,
        remembered_on=kept.as_of if known and lives else None,
    )


def _last_complete(store: Store, path: str) -> Moment | None:
    """When an online run over this file last left nothing unchecked but what no source is asked about."""
    for run in store.last_runs(_RUNS_SEARCHED):
        if run.mode is Mode.ONLINE and run.finished and any(one.path == path for one in run.inputs):
            report = json.loads(store.report_of(run.id) or b'{"unchecked": [{"source": "unknown"}]}')
            if all(item["source"] == IdKind.NCT for item in report["unchecked"]):
                return Moment(run.started, run.as_of)
    return None


def restore(desk: Checker, wish: CheckRequest, locks: Iterable[Lock]) -> Restored:
    """Give a store what locks know of identifiers that it has never seen; what it has seen itself stays.

    Facts are kept under the day on which they were verified, so they are served for the rest of their
    life only. What was seen is recorded as a run in mode `locked`, which is left without an end and
    without a report: nothing was checked by it.

    Raises:
        StoreError: the store cannot be written.
    """
    entries = [entry for lock in locks for entry in lock.entries.values()]
    known = desk.store.history([entry.identifier for entry in entries])
    new = {entry.identifier: entry for entry in entries if entry.identifier not in known}
    begun = begun_run(replace(wish, mode=Mode.LOCKED), desk.clock.now())
    if new:
        desk.store.begin_run(begun)
        desk.store.recall(begun.id, _recalled(new.values()))
        _keep(desk.store, new.values())
    return Restored(len(new), len({entry.identifier for entry in entries} - new.keys()))


def _recalled(entries: Iterable[LockEntry]) -> list[tuple[Observation, str]]:
    told = [(one, entry.address) for entry in entries for one in observations_of(entry)]
    return sorted(told, key=lambda pair: pair[0].at)


def _keep(store: Store, entries: Iterable[LockEntry]) -> None:
    by_day: dict[date, list[Answer]] = defaultdict(list)
    for entry in entries:
        raw = stored_bytes(entry)
        if raw is not None:
            by_day[entry.verified.as_of].append(replace(entry.answer(), raw=raw, origin=Origin.NETWORK))
    for day, answers in by_day.items():
        store.cache.keep(answers, day)
