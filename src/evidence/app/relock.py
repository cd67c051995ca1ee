"""From what a run observed to the lock that it leaves, and what the lock said before that cannot be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from evidence.app.lookup import identifier_from_record
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import Library
from evidence.storage.lock import Lock, LockedAnswer, LockEntry, LockPolicy, Moment, advanced, can_be_locked, entry_of


@dataclass(frozen=True, slots=True)
class Observed:
    """All that one run observed, when it was made, and which kinds of identifier it has a source for."""

    answers: Mapping[Identifier, LockedAnswer]
    made: Moment
    kinds: frozenset[IdKind]


def updated_lock(old: Lock, library: Library, observed: Observed, policy: LockPolicy) -> Lock:
    """The lock of a library after a run: what could not be asked keeps its old entry, what nobody cites any more goes.

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

    def was_asked(identifier: Identifier) -> bool:
        answer = observed.answers.get(identifier)
        is_answered = answer is not None and can_be_locked(answer.answer)
        return is_answered or identifier.kind not in observed.kinds

    cited = {identifier for reference in library.references for identifier in reference.identifiers}
    entries = {identifier: entry for identifier in cited if (entry := entry_after(identifier)) is not None}
    # What is asked, too, because the records of references name it.
    answers = {identifier: entry.answer() for identifier, entry in entries.items()}
    named = dict.fromkeys(identifier_from_record(reference, answers) for reference in library.references)
    added = [identifier for identifier in named if identifier is not None and identifier not in entries]
    entries |= {identifier: entry for identifier in added if (entry := entry_after(identifier)) is not None}
    is_complete = all(map(was_asked, (*cited, *added)))
    return Lock(observed.made if is_complete else old.complete, entries)


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
