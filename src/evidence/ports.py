"""The seams of the house: what the upper floors ask of the lower ones. Fakes are put here, never patches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Observation
from evidence.model.searches import Finding, SearchQuery
from evidence.report import BegunRun, Report


class Source(Protocol):
    """Something that can be asked about identifiers."""

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier exactly once, in any order, as answers arrive; never raise for weather."""
        ...


class Searcher(Protocol):
    """Something that can be asked for the records that a printed citation may be of."""

    @property
    def name(self) -> str:
        """Who it is, in the words that reasons use."""
        ...

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
        """One finding per citation, in their order, as answers arrive; never raise for weather.

        A citation that the finder cannot use (no page, no title) is offered nothing.
        """
        ...


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> datetime:
        """The real time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from some fixed moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Pacer(Protocol):
    """Keeps requests of one lane apart, also across threads and processes."""

    def reserve(self, lane: str, gap: float) -> float:
        """Reserve the lane's next slot, `gap` seconds after the one before it; the seconds to wait for it."""
        ...


class Progress(Protocol):
    """Told as look-ups are answered."""

    def __call__(self, answered: int, total: int) -> None:
        """`answered` of `total` identifiers have their answer."""
        ...


class RunRecorder(Protocol):
    """The record of runs and of what they saw; it only ever grows."""

    def begin_run(self, run: BegunRun) -> None:
        """Note that a run begins; comes before anything else of it."""
        ...

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Note what a run saw."""
        ...

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What earlier runs saw of these identifiers, as far as it is needed to judge, oldest first.

        That is what they saw from the last success on, that success included, and of each text that a
        page has had the first and the last sight.
        """
        ...

    def previous(self, run_id: str) -> bytes | None:
        """The report, as bytes, of the newest finished run that this one can be compared with; None without one."""
        ...

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What services and pages told to runs from `since` (None: the first) on and before this one, oldest first."""
        ...

    def end_run(self, report: Report) -> Report:
        """Note how a run ended; the report as it is recorded, with the head of the audit trail where there is one."""
        ...

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run that was begun will not come to its end."""
        ...
