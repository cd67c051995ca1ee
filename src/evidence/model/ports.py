"""What the upper floors ask of the lower ones: sources, searchers, time, pace, progress and the record of runs.

Each is a protocol, which tests meet with a fake; the implementations that need nothing but Python are here, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, NotFound, Observation, SearchOutcome, SearchQuery
from evidence.model.records import Record
from evidence.model.report import BegunRun, Report

Past = Callable[[Iterable[Identifier]], Mapping[Identifier, tuple[Observation, ...]]]
"""All observations of identifiers, oldest first."""

Read = Callable[[Identifier, bytes], Record | NotFound]
"""What a stored answer says; NotFound only where a source's "no" has bytes of its own, to be stored.

Raises ValueError where the bytes are not such an answer.
"""


class Source(Protocol):
    """Something that can be asked about identifiers."""

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier exactly once, in any order, as answers arrive; never raise for what it does."""
        ...


class Searcher(Protocol):
    """Something that can be asked for the records that a printed citation may be of."""

    @property
    def name(self) -> str:
        """Who it is, in the words that reasons use."""
        ...

    def find(self, queries: Sequence[SearchQuery]) -> Iterator[SearchOutcome]:
        """One finding per citation, in their order, as answers arrive; never raise for what a service does.

        A citation that the searcher cannot use (no page, no title) is offered nothing.
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
    """Keeps requests of one rate-limit bucket apart, also across threads and processes."""

    def reserve(self, bucket: str, gap: float) -> float:
        """Reserve the bucket's next slot, `gap` seconds after the one before it; the seconds to wait for it."""
        ...


class Progress(Protocol):
    """Called as look-ups are answered."""

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
        page has been observed first and last.
        """
        ...

    def previous(self, run_id: str) -> bytes | None:
        """The report, as bytes, of the newest finished run that this one can be compared with; None without one."""
        ...

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """What services and pages answered in runs from `since` (None: the first) until this one, oldest first."""
        ...

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """Note how a run ended; the report as it is recorded, with the head of the audit trail where there is one.

        `render` makes the bytes of it that are stored.
        """
        ...

    def fail_run(self, run_id: str, why: str) -> None:
        """Note that a run that was begun will not come to its end."""
        ...


class SystemClock:
    """The clock of the operating system; every other function is handed a `Clock`."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class NullRecorder:
    """For what is only looked at, or judged by what is stored elsewhere; `past` is all that is remembered."""

    def __init__(self, past: Past) -> None:
        self._past = past

    def begin_run(self, run: BegunRun) -> None:
        """Nothing is noted."""

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        """Nothing is noted."""

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """The entire past; the run at hand is not among it, since it is not recorded."""
        del before_run
        return self._past(identifiers)

    def previous(self, run_id: str) -> bytes | None:
        """Nothing to compare with: what leaves no trace is not a run among others."""

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        """Nothing: `history` has all of it."""
        del identifiers, since, run_id
        return {}

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        """Nothing is noted."""
        del render
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        """Nothing is noted."""
