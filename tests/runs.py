"""Runs from day to day: of a folder with references, a lock and a store, while a demo server's world changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from evidence.app.check import Checker, CheckRequest, read_libraries
from evidence.app.lock import LockUpdate, check_locked, check_with_locks
from evidence.cli.settings import settings_from
from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, plain_page
from evidence.model.report import Mode, Report
from evidence.model.rule import Finding
from evidence.reports.document import render_json, report_document
from evidence.reports.text import TextOptions, render_text
from evidence.sources.http.visit import FetchLimits
from evidence.sources.spec import Settings
from evidence.storage.lockfile import LockFile, lock_paths, read_lock
from evidence.storage.store import Store
from factories import write_lock
from fakes import LeapingClock
from processes import Command

FIRST = date(2026, 11, 1)
HASTY_LIMITS = FetchLimits(connect=10.0, request=10.0, gap=0.0, waits=(0.0,), longest_wait=0.1)


def no_progress(_answered: int, _total: int) -> None:
    """Nobody follows the run."""


class WatchedPacer:
    """The store's pacer, and the moments of all slots that it gave."""

    def __init__(self, pacer, clock):
        self._pacer, self._clock = pacer, clock
        self.slots = {}

    def reserve(self, slot, gap):
        wait = self._pacer.reserve(slot, gap)
        self.slots.setdefault((slot, gap), []).append(self._clock.now().timestamp() + wait)
        return wait


class WatchedStore(Store):
    """A store whose slots are noted."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.pacer = self.watched = WatchedPacer(self.pacer, self.clock)


@dataclass(frozen=True)
class WatchedRun:
    """One run: its report, how it looked, the store's rows about it, and how many seconds its clock leapt over."""

    report: Report
    document: dict[str, Any]
    text: str
    leapt: float
    slots: dict[tuple[str, float], list[float]]
    observed: set[str]
    warnings: tuple[str, ...]

    @property
    def exit(self) -> int:
        return int(self.report.exit)

    @property
    def codes(self) -> set[tuple[str | None, str]]:
        return codes_of(self.report)


@dataclass
class RunSeries:
    """The runs of one folder against one demo server, each on its day.

    A day is a date, or so many days after the first. A run is played within this process, under a clock that begins at
    noon, ten minutes later on each day, and that leaps over every wait. `command` is the command in the same
    folder; its environment is that of the runs, too.
    """

    folder: Path
    server: DemoServer
    first: date = FIRST
    limits: FetchLimits = HASTY_LIMITS
    lock_results: list[LockUpdate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.command = Command(self.folder, self.server.addresses)
        self.clock = self.clock_on(self.first)

    # The files

    @property
    def references(self) -> Path:
        return self.folder / "references.yaml"

    @property
    def store_path(self) -> Path:
        return self.folder / "evidence.db"

    @property
    def lock_path(self) -> Path:
        return self.folder / "references.lock.json"

    @property
    def lock(self) -> LockFile:
        return read_lock(self.lock_path)

    @property
    def lock_text(self) -> str:
        return self.lock_path.read_text(encoding="utf-8")

    def write(self, text: str, name: str = "references.yaml") -> Path:
        return self.command.write(text, name)

    def edit(self, old: str, new: str) -> None:
        """A person changes one place of references.yaml in an editor."""
        text = self.references.read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        self.write(text.replace(old, new))

    def delete(self, beginning: str, until: str) -> None:
        """A person deletes from one line's beginning up to another's, or to the end of references.yaml."""
        before, found, rest = self.references.read_text(encoding="utf-8").partition(beginning)
        assert found
        at = rest.find(until)
        self.write(before + (rest[at:] if at >= 0 else ""))

    def elsewhere(self) -> RunSeries:
        """Another machine with the same checkout: references and lock, no store."""
        folder = self.folder / "elsewhere"
        folder.mkdir(exist_ok=True)
        for path in (self.references, self.lock_path):
            (folder / path.name).write_bytes(path.read_bytes())
        for path in folder.glob("evidence.db*"):
            path.unlink()
        return RunSeries(folder, self.server)

    # The world

    def publish(self, name: str, page: PageFacts | None = None) -> None:
        """From now on the page of this name answers so."""
        answer = page or plain_page(f"The {name} trial")
        self.server.world = self.server.world.with_page(f"https://{name}.example.org/trial", answer)

    # Runs within this process

    def date_of(self, day: int | date) -> date:
        return day if isinstance(day, date) else self.first + timedelta(days=day)

    def clock_on(self, day: int | date) -> LeapingClock:
        as_of = self.date_of(day)
        minutes = 10 * (as_of - self.first).days
        return LeapingClock(datetime.combine(as_of, time(12), UTC) + timedelta(minutes=minutes))

    def settings(self) -> Settings:
        return replace(settings_from(self.command.env), route=self.server.route, page_limits=self.limits)

    def request(
        self, day: int | date, mode: Mode = Mode.ONLINE, *, path: Path | None = None, refresh: bool = False
    ) -> CheckRequest:
        libraries = read_libraries((str(path or self.references),))
        return CheckRequest(libraries, mode, actor="tester", as_of=self.date_of(day), refresh=refresh)

    @contextmanager
    def checker(self, day: int | date) -> Iterator[Checker]:
        """What carries out requests on this day, its store open."""
        self.clock = self.clock_on(day)
        with WatchedStore.open(self.store_path, tool_version="test", clock=self.clock) as store:
            yield Checker(self.settings(), store, self.clock, no_progress)

    def run(self, day: int | date, mode: Mode = Mode.ONLINE, *, update: bool = True) -> Report:
        """A run that remembers what the lock remembers, and updates the lock unless it is not to."""
        return self.run_request(self.request(day, mode), day, update=update)

    def run_request(self, request: CheckRequest, day: int | date, *, update: bool = True) -> Report:
        locks = [read_lock(path) for path in lock_paths(library.path for library in request.libraries)]
        with self.checker(day) as checker:
            report, self.lock_results = check_with_locks(checker, request, locks)
        if update:
            for result in self.lock_results:
                write_lock(result.file, result.lock)
        return report

    def locked(self, day: int | date) -> Report:
        request = self.request(day, Mode.LOCKED)
        locks = [read_lock(path) for path in lock_paths(library.path for library in request.libraries)]
        return check_locked(request, locks, self.clock_on(day), no_progress)

    def watch(self, day: int | date = 0, *, refresh: bool = False) -> WatchedRun:
        """A run without a lock, and all that can be observed of it."""
        with self.checker(day) as checker:
            report = checker.run(self.request(day, refresh=refresh))
            cited = {identifier for result in report.references for identifier in result.reference.identifiers}
            observations = [one for identifier in cited for one in checker.store.observations_of(identifier)]
            warnings, slots = checker.store.warnings, checker.store.watched.slots
        document = report_document(report)
        text = render_text(document, TextOptions(verbose=1)) + render_json(document)
        observed = {str(one.identifier) for one in observations if one.run == report.run.id}
        return WatchedRun(report, document, text, self.clock.leapt, slots, observed, warnings)

    def recorded(self, report: Report) -> dict[str, Any]:
        """The document of a run as the store keeps it."""
        with self.checker(0) as checker:
            document: dict[str, Any] = json.loads(checker.store.report_of(report.run.id))
        return document

    # Commands

    def does(self, *arguments: str, ends: tuple[int, ...] = (0,)) -> CompletedProcess[str]:
        """A command that must end as expected."""
        done = self.command(*arguments)
        assert done.returncode in ends, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def sign(self, role: str, meaning: str, name: str, day: str) -> None:
        words = ("--role", role, "--meaning", meaning, "--name", name, "--as-of", day, "--yes")
        self.does("sign", *words, "--actor", name)


def verdicts(report: Report) -> list[object]:
    """All that is judged: every finding with its message, what an entry ignores, what is unchecked, the exit.

    The words for a silent page depend on how its connection broke, and the count of its days stops mattering. A lock
    has hashes of a label's sections alone, so it does not say in how many places they changed.
    """

    def message_of(finding: Finding) -> str | None:
        if finding.code in ("LNK002", "LNK003"):
            return None
        return (
            re.sub(r" \(\d+( places?)?\)(?=[,;])", "", finding.message) if finding.code == "SPL002" else finding.message
        )

    findings = [(f.reference, f.code, str(f.severity), f.fingerprint, message_of(f)) for f in report.findings]
    ignored = [("ignored", item.finding.reference, item.finding.code) for item in report.ignored]
    unchecked = [("unchecked", item.reference, item.source, item.reason) for item in report.unchecked]
    return [*sorted(map(str, findings + ignored + unchecked)), report.exit]


def codes_of(report: Report) -> set[tuple[str | None, str]]:
    return {(finding.reference, finding.code) for finding in report.findings}
