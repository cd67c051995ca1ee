"""Runs and lock files: a run that asks the lock alone, and what an online run makes of the locks beside its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.checking.locking import Observed, contradicted, outdated, relocked
from evidence.checking.run import check
from evidence.checks.link_states import PERSISTENT_DAYS, PERSISTENT_SPAN
from evidence.checks.page_contents import DRIFTED
from evidence.checks.resting import TEXT
from evidence.desk import Checker, CheckRequest, begun_run, order_of, with_texts
from evidence.errors import LockError
from evidence.lock.entries import Lock, LockEntry
from evidence.lock.files import LockFile
from evidence.lock.ledger import locked_ledger
from evidence.lock.reading import EDITED
from evidence.lock.steady import LockPolicy
from evidence.model.identity import Identifier
from evidence.model.outcomes import Found
from evidence.model.records import Article
from evidence.model.references import Library
from evidence.ports import Clock, Progress
from evidence.registry import locked_sources
from evidence.report import Input, Report
from evidence.standing import is_retracted

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
    order = order_of(wish, locked_sources(entries, reasons, clock))
    return check(order, begun, ledger=locked_ledger(entries), clock=clock, progress=progress)


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
    for identifier, line in lock.harmed.items():
        yield f"{file.shown}:{line}: {identifier} does not match its digest, so it was not used: {EDITED}"
    for identifier in contradicted(lock, sights):
        yield (
            f"{file.shown}: {identifier} does not say what the answer says that it names by its SHA-256: "
            "edited by hand, or read by another version"
        )
