"""Lock and store, each made anew from the other's facts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import assert_never

from evidence.checking.locking import Observed, relocked
from evidence.desk import Checker, CheckRequest, begun_run
from evidence.lock.entries import Lock, LockEntry, Moment, can_be_locked
from evidence.lock.kept import stored_bytes
from evidence.lock.memory import LockedAnswer, observations_of
from evidence.lockdesk import terms_for
from evidence.model.identity import IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Origin, State, Unavailable
from evidence.model.policy import CacheTtl, Policy
from evidence.model.references import Library
from evidence.registry import SOURCED, Addresses
from evidence.report import Mode
from evidence.store.store import Store

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
    seen = {one: _last_seen(sight, library.policy, desk.settings.addresses) for one, sight in kept.items()}
    complete = _last_complete(desk.store, library.path)
    sights = Observed(seen, Moment(desk.clock.now(), today), SOURCED)
    return replace(relocked(Lock(), library, sights, terms_for(library)), complete=complete)


def _last_seen(sight: LockedAnswer, policy: Policy, addresses: Addresses) -> LockedAnswer:
    """The kept answer, unless its identifier was since seen to be gone, silent or behind a wall."""
    kept = sight.answer
    for one in reversed(sight.past):
        if one.origin is not Origin.NETWORK or one.state is State.NOT_CHECKED:
            continue
        later = _answer_of(one, kept, policy, addresses)
        if later is None or (can_be_locked(kept) and one.at <= kept.at):
            break
        if can_be_locked(later):
            return LockedAnswer(later, None, _before(sight, later))
    return replace(sight, past=_before(sight, kept))


def _before(sight: LockedAnswer, answer: Answer) -> tuple[Observation, ...]:
    return tuple(takewhile(lambda one: one.at < answer.at, sight.past))


def _answer_of(last: Observation, kept: Answer, policy: Policy, addresses: Addresses) -> Answer | None:
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
        address=_address(last.source, addresses),
        at=last.at,
        as_of=last.as_of,
        remembered=known if lives else None,
        remembered_on=kept.as_of if known and lives else None,
    )


def _address(source: str, addresses: Addresses) -> str:
    """Where a source asks; cited pages have no one address, but the name of the source."""
    match source:
        case "pubmed" | "pmc":
            return addresses.eutils
        case "dailymed":
            return addresses.dailymed
        case "crossref":
            return addresses.crossref
        case "doi":
            return addresses.doi
    return source


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
        store.keep(answers, day)
