"""A `Ledger` over the store: what the checking of references asks of it, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from evidence.errors import StoreError
from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.report import BegunRun, Mode, Report
from evidence.store.values import RunEnd

if TYPE_CHECKING:
    from evidence.store.store import Store

Render = Callable[[Report], bytes]
"""A report as the bytes to keep; they are given back unchanged by `Store.report_of`."""


class RunLedger:
    """Records runs; how a report is written down is decided above, and handed in as `render`."""

    def __init__(self, store: Store, render: Render) -> None:
        self._store = store
        self._render = render

    def begin_run(self, run: BegunRun) -> None:
        """Note that a run begins; comes before anything else of it."""
        self._store.begin_run(run)

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Note what a run saw."""
        self._store.observe(run_id, answers, as_of)

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What earlier runs saw of these identifiers, oldest first."""
        return self._store.history(identifiers, before_run)

    def previous(self, run_id: str) -> bytes | None:
        """The report of the newest finished run that this one can be compared with, unless it is damaged."""
        before = self._store.previous(run_id)
        try:
            return None if before is None else self._store.report_of(before)
        except StoreError:  # today's check is not to fail because last year's report was harmed
            return None

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What was answered to runs from `since` on and before this one, oldest first."""
        return self._store.seen_since(identifiers, since, run_id)

    def end_run(self, report: Report) -> Report:
        """Note how a run ended; the report with the head of the trail as it is then."""
        if report.run.mode is not Mode.STAND_IN:
            report = replace(report, audit=self._store.head())
        end = RunEnd(report.run.finished, report.exit, self._render(report), report.findings, report.ignored)
        self._store.end_run(report.run.id, end)
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run will not come to its end; where even that cannot be noted, its beginning tells."""
        with suppress(StoreError):
            self._store.fail_run(run_id, why)
