"""A ledger for runs that leave no trace: it knows a past, and notes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.report import BegunRun, Report

Past = Callable[[Iterable[Identifier]], Mapping[Identifier, tuple[Observation, ...]]]
"""What was ever seen of identifiers, oldest first."""


class NullRecorder:
    """For what is only looked at, or judged by what is kept elsewhere; `past` tells all that is remembered."""

    def __init__(self, past: Past) -> None:
        self._past = past

    def begin_run(self, run: BegunRun) -> None:
        """Nothing is noted."""

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Nothing is noted."""

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """The whole past; the run at hand is not among it, since it is not recorded."""
        del before_run
        return self._past(identifiers)

    def previous(self, run_id: str) -> bytes | None:
        """Nothing to compare with: what leaves no trace is no run among others."""

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """Nothing: `history` tells all of it."""
        del identifiers, since, run_id
        return {}

    def end_run(self, report: Report) -> Report:
        """Nothing is noted."""
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        """Nothing is noted."""
