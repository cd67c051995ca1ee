"""From what a run saw to the lock that it leaves, and what the lock said before that cannot be true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.app.lookup import identifier_from_record
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import Library, Reference
from evidence.storage.lock import Lock, LockedAnswer, LockEntry, LockPolicy, Moment, advanced, can_be_locked, entry_of


@dataclass(frozen=True, slots=True)
class Observed:
    """All that one run saw, when it was made, and which kinds of identifier it has a source for."""

    seen: Mapping[Identifier, LockedAnswer]
    made: Moment
    kinds: frozenset[IdKind]


def relocked(old: Lock, library: Library, sights: Observed, terms: LockPolicy) -> Lock:
    """The lock of a library after a run: what could not be asked keeps its old entry, what nobody cites any more goes.

    The run counts as the last complete one when every identifier was asked that some source answers for.
    """
    read_on = _read_on(library)

    def locked(identifiers: Iterable[Identifier]) -> dict[Identifier, LockEntry]:
        found = {one: _locked(one, old, sights, terms, read_on.get(one)) for one in identifiers}
        return {one: entry for one, entry in found.items() if entry is not None}

    own = {identifier for reference in library.references for identifier in reference.identifiers}
    entries = locked(own)
    named = _named(library, entries)
    complete = all(_was_asked(one, sights) for one in (*own, *named))
    return Lock(sights.made if complete else old.complete, entries | locked(named))


def _named(library: Library, entries: Mapping[Identifier, LockEntry]) -> list[Identifier]:
    """What is asked because the records of references name it."""
    answers = {identifier: entry.answer() for identifier, entry in entries.items()}
    named = (identifier_from_record(reference, answers) for reference in library.references)
    return [one for one in dict.fromkeys(named) if one is not None and one not in entries]


def _locked(
    identifier: Identifier, old: Lock, sights: Observed, terms: LockPolicy, read_on: date | None
) -> LockEntry | None:
    before, seen = old.entries.get(identifier), sights.seen.get(identifier)
    if seen is None or not can_be_locked(seen.answer):
        return before
    if before is not None and _is_contradicted(before, seen):
        before = None
    return advanced(before, entry_of(seen, sights.made.as_of, read_on), terms)


def _was_asked(identifier: Identifier, sights: Observed) -> bool:
    seen = sights.seen.get(identifier)
    if seen is not None and can_be_locked(seen.answer):
        return True
    return identifier.kind not in sights.kinds


def _read_on(library: Library) -> dict[Identifier, date]:
    """The first day on which each cited page may have been read; whoever cites it first counts."""
    days: dict[Identifier, date] = {}
    for reference in library.references:
        for identifier in _pages(reference):
            if reference.accessed is not None:
                read = reference.accessed.earliest
                days[identifier] = min(days.get(identifier, read), read)
    return days


def _pages(reference: Reference) -> Iterator[Identifier]:
    return (identifier for identifier in reference.identifiers if identifier.kind is IdKind.URL)


def contradicted(old: Lock, sights: Observed) -> list[Identifier]:
    """What the lock says otherwise than the very answer it names: edited by hand, digest and all.

    The same bytes, by their SHA-256, are read to the same facts, unless another version reads them.
    """
    seen = sights.seen
    return [one for one, entry in old.entries.items() if one in seen and _is_contradicted(entry, seen[one])]


def _is_contradicted(entry: LockEntry, seen: LockedAnswer) -> bool:
    same_bytes = seen.sha256 is not None and seen.sha256 == entry.answer_sha256
    return same_bytes and seen.answer.outcome != entry.outcome


def outdated(old: Lock, new: Lock) -> list[Identifier]:
    """Of what both locks hold, what the new one tells otherwise."""
    both = ((one, entry, new.entries.get(one)) for one, entry in old.entries.items())
    return [one for one, before, now in both if now is not None and before.facts != now.facts]
