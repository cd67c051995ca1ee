"""Ledgers that know a lock: one that only reads it, and one that adds what it remembers to another ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from evidence.lock.entries import LockEntry
from evidence.lock.memory import LockedAnswer, observations_of, past_of
from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.ports import RunRecorder
from evidence.report import BegunRun, Report
from evidence.traceless import NullRecorder


def locked_ledger(entries: Mapping[Identifier, LockEntry]) -> NullRecorder:
    """The history that the lock remembers: what was seen before the answers that it holds."""
    return NullRecorder(lambda wanted: {one: past_of(entries[one]) for one in wanted if one in entries})


class RememberingLedger:
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

    def end_run(self, report: Report) -> Report:
        """As the other ledger notes it."""
        return self._inner.end_run(report)

    def fail_run(self, run_id: str, why: str) -> None:
        """As the other ledger notes it."""
        self._inner.fail_run(run_id, why)

    def seen(self, run_id: str) -> dict[Identifier, LockedAnswer]:
        """Every answer of the run, with what was seen of its identifier before."""
        past = self.history(self._answers, run_id)
        return {one: LockedAnswer(answer, sha256, past.get(one, ())) for one, (answer, sha256) in self._answers.items()}
