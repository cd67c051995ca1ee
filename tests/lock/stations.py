"""A desk of its own to check at: references, a lock, a store, and a stand-in that changes from day to day."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from evidence.cli.settings import settings_from
from evidence.desk import Desk, Wish, read_all
from evidence.http.pages.seen import Limits
from evidence.lock.files import LockFile, lock_paths, read_lock
from evidence.lockdesk import Relocked, check_locked, check_with_locks
from evidence.report import Mode, Report
from evidence.standin.server import StandIn
from evidence.store.store import Store
from lock.made import write_lock

FIRST = date(2026, 11, 1)
HASTY = Limits(connect=1.0, request=0.5, gap=0.0, waits=(0.0,), longest_wait=0.1)


class NoonClock:
    """Noon of a day, every day ten minutes later than the day before; waiting takes no time."""

    def __init__(self, day: date) -> None:
        self._noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + (day - FIRST) * 10 / 1440
        self._began = time.monotonic()
        self._leapt = 0.0

    def now(self) -> datetime:
        return self._noon + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic() + self._leapt

    def sleep(self, seconds: float) -> None:
        self._leapt += seconds


def no_progress(_answered: int, _total: int) -> None:
    """Nobody is told."""


@dataclass
class Station:
    folder: Path
    standin: StandIn
    store: str = "evidence.db"
    told: list[Relocked] = field(default_factory=list)

    def write(self, text: str, name: str = "references.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    @property
    def lock_path(self) -> Path:
        return self.folder / "references.lock.json"

    @property
    def lock(self) -> LockFile:
        return read_lock(self.lock_path)

    @property
    def lock_text(self) -> str:
        return self.lock_path.read_text(encoding="utf-8")

    def wish(self, day: int, mode: Mode) -> Wish:
        return self.wish_for(self.folder / "references.yaml", day, mode)

    def wish_for(self, path: Path, day: int, mode: Mode) -> Wish:
        return Wish(libraries=read_all((str(path),)), mode=mode, actor="tester", as_of=FIRST + timedelta(days=day))

    def clock(self, day: int) -> NoonClock:
        return NoonClock(FIRST + timedelta(days=day))

    def settings(self):
        environ = {f"EVIDENCE_{name.upper()}_URL": url for name, url in self.standin.addresses.items()}
        return replace(settings_from(environ), route=self.standin.route, page_limits=HASTY)

    def desk(self, day: int, store: Store) -> Desk:
        return Desk(self.settings(), store, self.clock(day), no_progress)

    def open(self, day: int) -> Store:
        return Store.open(self.folder / self.store, tool_version="test", clock=self.clock(day))

    def online(self, day: int, *, update: bool = True) -> Report:
        return self.run(self.wish(day, Mode.ONLINE), day, update=update)

    def run(self, wish: Wish, day: int, *, update: bool = True) -> Report:
        locks = [read_lock(path) for path in lock_paths(library.path for library in wish.libraries)]
        with self.open(day) as store:
            report, self.told = check_with_locks(self.desk(day, store), wish, locks)
        if update:
            for one in self.told:
                write_lock(one.file, one.lock)
        return report

    def locked(self, day: int) -> Report:
        wish = self.wish(day, Mode.LOCKED)
        locks = [read_lock(path) for path in lock_paths(library.path for library in wish.libraries)]
        return check_locked(wish, locks, self.clock(day), no_progress)

    def elsewhere(self) -> Station:
        """Another machine with the same checkout: references and lock, no store."""
        folder = self.folder / "elsewhere"
        folder.mkdir(exist_ok=True)
        for path in (self.folder / "references.yaml", self.lock_path):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / self.store).unlink(missing_ok=True)
        for left in folder.glob("evidence.db-*"):
            left.unlink()
        return Station(folder, self.standin)


def verdicts(report: Report) -> list[object]:
    """All that is judged: every finding with its message, what an entry ignores, what is unchecked, the exit.

    The words for a silent page depend on how its connection broke, and the count of its days stops mattering.
    """
    findings = [
        (f.reference, f.code, str(f.severity), f.fingerprint, None if f.code in ("LNK002", "LNK003") else f.message)
        for f in report.findings
    ]
    ignored = [("ignored", item.finding.reference, item.finding.code) for item in report.ignored]
    unchecked = [("unchecked", item.reference, item.source, item.reason) for item in report.unchecked]
    return [*sorted(map(str, findings + ignored + unchecked)), report.exit]


def codes(report: Report) -> set[tuple[str | None, str]]:
    return {(finding.reference, finding.code) for finding in report.findings}
