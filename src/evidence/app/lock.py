"""Runs and lock files: a run by the locks alone, the locks after an online run, and lock and store from each other."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Self, assert_never

from evidence.app.anchors import anchors_to_lock
from evidence.app.check import Checker, CheckRequest, Observed, begun_run, run_check, with_texts
from evidence.app.contents import contents_needed, notices_needed
from evidence.app.lookup import identifier_from_record
from evidence.app.registry import (
    NOT_LOCKED,
    RULE_SET,
    SOURCED,
    SOURCES,
    accepted_addresses,
    locked_sources,
    source_address,
)
from evidence.audit.events import relative_name
from evidence.audit.locks import differing_entries, written_lock
from evidence.model.audit import ChangedLock
from evidence.model.claims import Anchor
from evidence.model.errors import LockError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Origin, State, Unavailable
from evidence.model.policy import FOREVER, Policy
from evidence.model.ports import Clock, Progress
from evidence.model.records import Article, void_word
from evidence.model.references import Library
from evidence.model.report import Input, Mode, Report, ReportedClaim
from evidence.rules.links import DRIFTED, PERSISTENT_DAYS, PERSISTENT_SPAN
from evidence.rules.waiver_evidence import TEXT
from evidence.sources.spec import Settings
from evidence.storage.lock import (
    Lock,
    LockedAnchor,
    LockedAnswer,
    LockEntry,
    LockPolicy,
    Moment,
    advanced,
    can_be_locked,
    entry_of,
    locked_recorder,
    observations_of,
)
from evidence.storage.lockdiff import LOST, changes
from evidence.storage.lockfile import EDITED, UPDATE, LockFile, digests_in, read_text, stored_bytes

if TYPE_CHECKING:
    from evidence.storage.store import Store

AHEAD = 1
"""Days that a lock may be ahead of the day judged for: it was written where the clock is further on."""

NEITHER = "not checked: no lock and no store"
"""Why nothing is known of what a file cites that has no lock, where there is no store either."""

_RUNS_SEARCHED = 200
_LONGEST = 100  # characters of an address, in messages
_UNSOURCED = frozenset(IdKind) - SOURCED


@dataclass(frozen=True, slots=True)
class LockUpdate:
    """What an online run makes of one lock: the next lock, and sentences about the one before."""

    file: LockFile
    lock: Lock
    complete: bool
    altered: tuple[str, ...]
    outdated: int


def check_locked(request: CheckRequest, files: Sequence[LockFile], clock: Clock, progress: Progress) -> Report:
    """Judge by the locks alone: no store, no socket, nothing recorded.

    Raises:
        LockError: a lock is missing, or an entry of it was altered.
    """
    as_of = request.as_of or clock.now().date()
    entries, reasons = _locked_facts(zip(request.libraries, files, strict=True), as_of)
    request = _with_locked_anchors(request, files, as_of)
    return _judged_by_locks(request, entries, reasons, clock, progress)


def check_nearest(
    request: CheckRequest, files: Sequence[LockFile], checker: Checker | None, clock: Clock, progress: Progress
) -> Report:
    """Judge each file by its lock, where there is none by the store; nobody is asked and nothing is recorded.

    Without a `checker` there is no store, and what has no lock is not checked.

    Raises:
        EvidenceError: an entry of a lock was altered; the store cannot be read.
    """
    as_of = request.as_of or clock.now().date()
    pairs = list(zip(request.libraries, files, strict=True))
    request = _with_locked_anchors(request, files, as_of)
    entries, reasons = _locked_facts(((library, file) for library, file in pairs if file.lock is not None), as_of)
    by_lock = {name for library, file in pairs if file.lock is not None for name in _cited_in(library)}
    others = {name for library, file in pairs if file.lock is None for name in _cited_in(library)}
    reasons = dict.fromkeys(by_lock - others - entries.keys(), NOT_LOCKED) | reasons
    if checker is None:
        reasons = dict.fromkeys(others - entries.keys(), NEITHER) | reasons
        return _judged_by_locks(request, entries, reasons, clock, progress)
    return checker.run_by_locks(request, entries, reasons)


def _judged_by_locks(
    request: CheckRequest,
    entries: Mapping[Identifier, LockEntry],
    reasons: Mapping[Identifier, str],
    clock: Clock,
    progress: Progress,
) -> Report:
    asks_notices = any(identifier.kind is IdKind.NOTICES for identifier in entries)
    request = replace(with_texts(request), asks_notices=asks_notices)
    begun = begun_run(request, clock.now())
    slots = locked_sources(entries, reasons, clock)
    return run_check(request, begun, RULE_SET, slots, recorder=locked_recorder(entries), clock=clock, progress=progress)


def _locked_facts(
    files: Iterable[tuple[Library, LockFile]], as_of: date
) -> tuple[dict[Identifier, LockEntry], dict[Identifier, str]]:
    """What the locks of these libraries hold, and why others of their identifiers are not to be answered by a lock."""
    entries: dict[Identifier, LockEntry] = {}
    reasons: dict[Identifier, str] = {}
    for library, file in files:
        lock = file.sound()
        too_old = why_too_old(file, lock, library.policy.lock_limit, as_of)
        if too_old is None:
            entries = merged_entries((entries, lock.entries))
        else:
            names = (*_cited_in(library), *lock.entries)
            reasons |= {name: too_old + _known_retraction(lock, name) for name in names}
    return entries, reasons


def _with_locked_anchors(request: CheckRequest, files: Sequence[LockFile], as_of: date) -> CheckRequest:
    """The request whose quotes are judged by the locks there are; by one that is too old, no quote is."""
    locked: dict[str, Mapping[str, tuple[LockedAnchor, ...]]] = {}
    for library, file in zip(request.libraries, files, strict=True):
        if file.lock is not None:
            too_old = why_too_old(file, file.lock, library.policy.lock_limit, as_of)
            locked[library.path] = file.lock.anchors if too_old is None else {}
    return replace(request, locked_anchors=locked)


def _cited_in(library: Library) -> Iterator[Identifier]:
    return (identifier for reference in library.references for identifier in reference.identifiers)


def merged_entries(locks: Iterable[Mapping[Identifier, LockEntry]]) -> dict[Identifier, LockEntry]:
    """The entries of several locks, of each identifier the one verified last."""
    merged: dict[Identifier, LockEntry] = {}
    for entries in locks:
        for identifier, entry in entries.items():
            known = merged.get(identifier)
            if known is None or known.verified.at < entry.verified.at:
                merged[identifier] = entry
    return merged


def with_changed_locks(
    request: CheckRequest,
    files: Sequence[LockFile],
    lines: Sequence[str],
    folder: Path,
    merged: Callable[[str], Iterable[tuple[str, Sequence[str]]]] = lambda _: (),
) -> CheckRequest:
    """The request with those locks that are not what a trail wrote, whose events these are, and which lies in `folder`.

    A trail in another folder than a lock is one of its own, as in a pipeline, and says nothing about it. `merged` gives
    the texts of a lock on the sides of the merge that made it, each with the events of its trail: a lock is not named
    whose every entry is that of a side, as its trail wrote it.
    """
    changed = dict(request.changed_locks)
    for library, file in zip(request.libraries, files, strict=True):
        lock = file.lock
        if lock is None or file.path.absolute().parent != folder.absolute():
            continue
        name = relative_name(folder, file.path)
        written = written_lock(lines, name, lock.audit)
        if written is None or file.sha256 in written.sha256s:
            continue
        sides = [_as_written(text, side, name) for text, side in merged(name)]
        if _is_joined(file.text or "", lock, [each for each in sides if each is not None]):
            continue
        names = differing_entries(written, digests_in(file.text or ""))
        changed[library.path] = ChangedLock(
            name=file.name,
            event=written.event.sequence,
            on=written.event.at.date(),
            written=written.event.after or "",
            sha256=file.sha256 or "",
            differing=None if names is None else tuple(_with_references(names, library, lock)),
        )
    return replace(request, changed_locks=changed)


def _as_written(text: str, lines: Sequence[str], name: str) -> tuple[str, Lock] | None:
    """A lock and its text, if it is what these events of a trail wrote."""
    try:
        lock = read_text(text, name)
    except LockError:
        return None
    written = written_lock(lines, name, lock.audit)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return (text, lock) if written is not None and sha256 in written.sha256s else None


def _is_joined(text: str, lock: Lock, sides: Sequence[tuple[str, Lock]]) -> bool:
    """Whether a lock says of each identifier what one of several sides says, and nothing less of what is void."""
    if len(sides) < 2:
        return False
    now, before = digests_in(text), [digests_in(side) for side, _ in sides]
    names = set(now).union(*before)
    is_of_sides = all(any(now.get(name) == digests.get(name) for digests in before) for name in names)
    return is_of_sides and not any(
        change.kind in LOST
        for _, side in sides
        for change in changes(side, lock, DRIFTED)
        if change.identifier in lock.entries
    )


def _with_references(names: Iterable[str], library: Library, lock: Lock) -> Iterator[str]:
    """Each identifier with the references that cite it, or whose record names it."""
    answers = {identifier: entry.answer() for identifier, entry in lock.entries.items()}
    owners: dict[str, list[str]] = defaultdict(list)
    for reference in library.references:
        named = identifier_from_record(reference, answers)
        for identifier in dict.fromkeys((*reference.identifiers, *([named] if named else []))):
            owners[str(identifier)].append(reference.id)
    for name in names:
        yield f"{', '.join(owners[name])} ({name})" if name in owners else name


def require_known_services(files: Iterable[LockFile], settings: Settings) -> None:
    """Refuse locks in which another service than the public or the configured one answered: a stand-in, or a forger's.

    Raises:
        LockError: with the first such entry, and the variable that would accept it.
    """
    for file in files:
        for identifier, entry in foreign_entries(file.lock or Lock(), settings).items():
            what = f"the answer for {identifier} came from {_stranger(entry)}"
            accept = _variable_of(entry)
            fix = f"if this service is yours, set {accept} to its address; otherwise {UPDATE}" if accept else UPDATE
            raise LockError(what, path=file.name, line=file.line_of(identifier), fix=fix)


def foreign_entries(lock: Lock, settings: Settings) -> dict[Identifier, LockEntry]:
    """The entries that name another address than the public or the configured one of their source, or no source."""
    accepted = accepted_addresses(settings)
    return {
        identifier: entry
        for identifier, entry in lock.entries.items()
        if entry.address not in accepted.get(entry.source, frozenset())
    }


def _stranger(entry: LockEntry) -> str:
    """Who answered an entry, and who should have."""
    spec = next((spec for spec in SOURCES if spec.name == entry.source), None)
    address = entry.address or "an unnamed address"
    address = address if len(address) <= _LONGEST else f"{address[: _LONGEST - 1]}…"
    if spec is None:
        return f"{entry.source[:_LONGEST]} at {address}, which is not a source of this version"
    if spec.service is None:
        return f"{address}, not from {spec.title}"
    return f"{address}, not from {spec.service.address} or the address in {spec.service.variable}"


def _variable_of(entry: LockEntry) -> str | None:
    services = (spec.service for spec in SOURCES if spec.name == entry.source)
    return next((service.variable for service in services if service is not None), None)


def _known_retraction(lock: Lock, identifier: Identifier) -> str:
    """That a lock which is not judged by knows of a retraction or withdrawal all the same: no age takes one back.

    Also when it knows it of another identifier of the same work, as Crossref does of its DOI.
    """
    article = _article_in(lock, identifier)
    for work in (identifier, *(article.also_known_as if article else ())):
        known = _article_in(lock, work)
        if known is not None and (word := void_word(known)):
            on = lock.entries[work].verified.as_of
            return f"; {word} according to the lock entry for {work} (as of {on})"
    return ""


def _article_in(lock: Lock, identifier: Identifier) -> Article | None:
    match lock.entries.get(identifier):
        case LockEntry(outcome=Found(record=Article() as article)) | LockEntry(remembered=Article() as article):
            return article
    return None


def why_too_old(file: LockFile, lock: Lock, limit: int, today: date) -> str | None:
    """Why a lock is not judged by today; None when it is."""
    if lock.complete is None:
        return f"{file.name} has no complete run yet: some look-ups failed in every run"
    as_of = lock.complete.as_of
    age = (today - as_of).days
    if age > limit:
        return f"{file.name} is out of date: its last complete run was on {as_of}, {age} days ago (limit: {limit} days)"
    if age < -AHEAD:
        return f"{file.name} has a later date ({as_of}) than this run"
    return None


def require_no_later_lock(files: Iterable[LockFile], as_of: date) -> None:
    """Raise LockError when a lock was written by a run for a later day than this one's."""
    for file in files:
        complete = file.lock.complete if file.lock is not None else None
        if complete is not None and (as_of - complete.as_of).days < -AHEAD:
            what = f"its last complete run was for {complete.as_of}, which is after {as_of}"
            raise LockError(what, path=file.name, fix="update the lock without --as-of")


def check_with_locks(
    checker: Checker, request: CheckRequest, files: Sequence[LockFile]
) -> tuple[Report, list[LockUpdate]]:
    """Ask the services, remembering what the locks remember; and the locks as they would be after it.

    Raises:
        EvidenceError: the store cannot be read or written.
    """
    before = LocksBefore.of(request, files, checker.settings)
    report, observed = checker.run_remembering(before.request, before.entries)
    return report, before.updates(report.claims, observed)


@dataclass(frozen=True, slots=True)
class LocksBefore:
    """The locks of a request before its run; `request` names them, `entries` are what they remember."""

    request: CheckRequest
    files: Sequence[LockFile]
    entries: Mapping[Identifier, LockEntry]
    _locks: Sequence[Lock]
    _foreign: Sequence[Mapping[Identifier, LockEntry]]

    @classmethod
    def of(cls, request: CheckRequest, files: Sequence[LockFile], settings: Settings) -> Self:
        """Those of a request's libraries, in their order."""
        foreign = [foreign_entries(file.lock or Lock(), settings) for file in files]
        locks = [_without(file.lock or Lock(), entries) for file, entries in zip(files, foreign, strict=True)]
        inputs = tuple(Input(file.name, file.sha256) for file in files if file.sha256 is not None)
        entries = merged_entries(lock.entries for lock in locks)
        return cls(replace(request, locks=inputs), files, entries, locks, foreign)

    def updates(self, claims: Sequence[ReportedClaim], observed: Observed) -> list[LockUpdate]:
        """The locks as they would be after a run that reported these claims and observed this."""
        updates = []
        libraries = self.request.libraries
        for library, file, lock, strange in zip(libraries, self.files, self._locks, self._foreign, strict=True):
            new = updated_lock(lock, library, observed, lock_policy(library))
            new = replace(new, anchors=anchors_to_lock(library, _anchors_in(claims, library), lock.anchors))
            altered = [
                f"{file.name}:{line}: {identifier} does not match its digest and was not used: {EDITED}"
                for identifier, line in (*lock.corrupt.items(), *lock.corrupt_claims.items())
            ]
            altered += [
                f"{file.name}: the entry for {identifier} differs from the answer with its SHA-256: "
                "edited by hand, or written by another version"
                for identifier in contradicted(lock, observed)
            ]
            strangers = Counter(map(_stranger, strange.values()))
            altered += [
                f"{file.name}: {number} entr{'y' if number == 1 else 'ies'} came from {who}; looked up again"
                for who, number in strangers.items()
            ]
            is_complete = new.complete == observed.made
            updates.append(LockUpdate(file, new, is_complete, tuple(altered), len(outdated(lock, new))))
        return updates


def _without(lock: Lock, foreign: Mapping[Identifier, LockEntry]) -> Lock:
    """The lock without these entries, but for those of void works: of whoever says so, a warning is not to be lost."""
    entries = {
        identifier: entry
        for identifier, entry in lock.entries.items()
        if identifier not in foreign or ((article := _article_in(lock, identifier)) and void_word(article))
    }
    return replace(lock, entries=entries, anchors={} if foreign else lock.anchors)


def _anchors_in(claims: Iterable[ReportedClaim], library: Library) -> dict[str, tuple[Anchor, ...]]:
    """The quotes of a library's claims, among those of all that a run judged."""
    known = {(reported.claim.place, reported.claim.id): reported.anchors for reported in claims}
    return {claim.id: known.get((claim.place, claim.id), ()) for claim in library.claims}


def lock_policy(library: Library) -> LockPolicy:
    """When another day of the same changes no verdict on this library."""
    texts = (waiver.evidence.get(TEXT) for waiver in library.waivers)
    waived = tuple(sorted({text for text in texts if text is not None}))
    return LockPolicy(max(PERSISTENT_DAYS, library.policy.confirm_dead), PERSISTENT_SPAN, DRIFTED, waived)


# Lock and store, each remade from the other's facts


def lock_from_store(checker: Checker, request: CheckRequest, library: Library) -> Lock:
    """The lock of a library by what the store holds: stored answers whatever their age, and what was observed last.

    Where an archived copy of a dead page lies is not stored; the next online run finds it again.

    Raises:
        StoreError: the store cannot be read.
    """
    store, now = checker.store, checker.clock.now()
    last = next(iter(store.last_runs(1)), None)
    today = max(request.as_of or now.date(), last.as_of if last else date.min)
    ageless = replace(library, policy=replace(library.policy, lives=FOREVER))
    stored, claims = checker.known(replace(request, libraries=(ageless,), as_of=today))
    answers = {name: _last_observed(answer, library.policy, checker.settings) for name, answer in stored.items()}
    observed = Observed(answers, Moment(now, today), SOURCED)
    lock = updated_lock(Lock(), library, observed, lock_policy(library))
    lock = replace(lock, anchors=anchors_to_lock(library, _anchors_in(claims, library), {}))
    return replace(lock, complete=_last_complete(store, library.path))


def _last_observed(stored: LockedAnswer, policy: Policy, settings: Settings) -> LockedAnswer:
    """The stored answer, unless its identifier was since observed to be missing, silent or blocked."""
    answer = stored.answer
    for observation in reversed(stored.past):
        if observation.origin is not Origin.NETWORK or observation.state is State.NOT_CHECKED:
            continue
        later = _answer_of(observation, answer, policy, settings)
        if later is None or (can_be_locked(answer) and observation.at <= answer.at):
            break
        if can_be_locked(later):
            return LockedAnswer(later, None, _before(stored, later))
    return replace(stored, past=_before(stored, answer))


def _before(stored: LockedAnswer, answer: Answer) -> tuple[Observation, ...]:
    return tuple(takewhile(lambda observation: observation.at < answer.at, stored.past))


def _answer_of(last: Observation, stored: Answer, policy: Policy, settings: Settings) -> Answer | None:
    """The answer of which only an observation is stored; None for a record, which has to be stored itself."""
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
    record = None
    is_fresh = stored.as_of is not None and (last.as_of - stored.as_of).days < policy.lives.metadata
    if is_fresh and isinstance(stored.outcome, Found) and stored.identifier.kind is not IdKind.URL:
        record = stored.outcome.record
    return Answer(
        identifier=last.identifier,
        outcome=outcome,
        source=last.source,
        address=source_address(last.source, settings),
        at=last.at,
        as_of=last.as_of,
        remembered=record,
        remembered_on=stored.as_of if record else None,
    )


def _last_complete(store: Store, path: str) -> Moment | None:
    """When a run over this file, online or by files, last left nothing unchecked but what no source is asked about."""
    for run in store.last_runs(_RUNS_SEARCHED):
        is_either = run.mode in (Mode.ONLINE, Mode.OFFLINE)
        if is_either and run.finished and any(file.path == path for file in run.inputs):
            report = json.loads(store.report_of(run.id) or b'{"unchecked": [{"source": "unknown"}]}')
            if run.mode is Mode.OFFLINE and not report.get("run", {}).get("loaded"):
                continue
            if all(item["source"] in _UNSOURCED for item in report["unchecked"]):
                return Moment(run.started, run.as_of)
    return None


@dataclass(frozen=True, slots=True)
class Restored:
    """Of how many identifiers a store took the facts, and how many it had observed itself."""

    taken: int
    known: int


def restore_store(checker: Checker, request: CheckRequest, locks: Iterable[Lock]) -> Restored:
    """Give a store what locks know of identifiers that it has never observed; what it has observed itself stays.

    Facts are stored under the day on which they were verified, so they are served for the rest of their
    life only. What was observed is recorded as a run in mode `locked`, which is left without an end and
    without a report: nothing was checked by it.

    Raises:
        StoreError: the store cannot be written.
    """
    store = checker.store
    entries = [entry for lock in locks for entry in lock.entries.values()]
    known = store.history([entry.identifier for entry in entries])
    new = {entry.identifier: entry for entry in entries if entry.identifier not in known}
    begun = begun_run(replace(request, mode=Mode.LOCKED), checker.clock.now())
    if new:
        store.begin_run(begun)
        observed = [(seen, entry.address) for entry in new.values() for seen in observations_of(entry)]
        store.recall(begun.id, sorted(observed, key=lambda pair: pair[0].at))
        by_day: dict[date, list[Answer]] = defaultdict(list)
        for entry in new.values():
            raw = stored_bytes(entry)
            if raw is not None:
                by_day[entry.verified.as_of].append(replace(entry.answer(), raw=raw, origin=Origin.NETWORK))
        for day, answers in by_day.items():
            store.cache.keep(answers, day)
    return Restored(len(new), len({entry.identifier for entry in entries} - new.keys()))


def updated_lock(old: Lock, library: Library, observed: Observed, policy: LockPolicy) -> Lock:
    """The lock after a run: what could not be asked keeps its old entry, what is no longer cited is removed.

    The run counts as the last complete one when every identifier was asked that some source answers for.
    """
    read_on = _first_read(library)

    def entry_after(identifier: Identifier) -> LockEntry | None:
        before, answer = old.entries.get(identifier), observed.answers.get(identifier)
        if answer is None or not can_be_locked(answer.answer):
            return before
        if before is not None and _is_contradicted(before, answer):
            before = None
        return advanced(before, entry_of(answer, observed.made.as_of, read_on.get(identifier)), policy)

    def was_looked_up(identifier: Identifier) -> bool:
        answer = observed.answers.get(identifier)
        is_answered = answer is not None and can_be_locked(answer.answer)
        return is_answered or identifier.kind not in observed.kinds

    cited = {identifier for reference in library.references for identifier in reference.identifiers}
    entries = {identifier: entry for identifier in cited if (entry := entry_after(identifier)) is not None}
    # What is asked, too, because the records of references name it or make it necessary.
    answers = {identifier: entry.answer() for identifier, entry in entries.items()}
    named = dict.fromkeys(identifier_from_record(reference, answers) for reference in library.references)
    named |= dict.fromkeys(contents_needed([library], answers))
    heard = [about for about in notices_needed([library], answers) if about in observed.answers or about in old.entries]
    entries |= {about: entry for about in heard if (entry := entry_after(about)) is not None}
    added = [identifier for identifier in named if identifier is not None and identifier not in entries]
    entries |= {identifier: entry for identifier in added if (entry := entry_after(identifier)) is not None}
    is_complete = all(map(was_looked_up, (*cited, *added)))
    return Lock(observed.made if is_complete else old.complete, entries, anchors=old.anchors)


def _first_read(library: Library) -> dict[Identifier, date]:
    """The first day on which each cited page may have been read; whoever cites it first counts."""
    days: dict[Identifier, date] = {}
    for reference in library.references:
        for identifier in reference.identifiers:
            if identifier.kind is IdKind.URL and reference.accessed is not None:
                read = reference.accessed.earliest
                days[identifier] = min(days.get(identifier, read), read)
    return days


def contradicted(old: Lock, observed: Observed) -> list[Identifier]:
    """Where the lock differs from the very answer that it names: edited by hand, digest and all.

    The same bytes, by their SHA-256, are read to the same facts, unless another version reads them.
    """
    answers = observed.answers
    return [
        identifier
        for identifier, entry in old.entries.items()
        if identifier in answers and _is_contradicted(entry, answers[identifier])
    ]


def _is_contradicted(entry: LockEntry, answer: LockedAnswer) -> bool:
    is_same_raw = answer.sha256 is not None and answer.sha256 == entry.answer_sha256
    return is_same_raw and answer.answer.outcome != entry.outcome


def outdated(old: Lock, new: Lock) -> list[Identifier]:
    """Of what both locks hold, where the new one differs."""
    both = ((identifier, entry, new.entries.get(identifier)) for identifier, entry in old.entries.items())
    return [identifier for identifier, before, now in both if now is not None and before.facts != now.facts]
