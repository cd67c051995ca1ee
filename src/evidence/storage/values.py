"""What the store gives out: stored answers, recorded runs, its own state. Without SQLite, so locked runs import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from evidence.model.audit import ChainHead
from evidence.model.policy import Severity
from evidence.model.report import Exit, Input, Mode
from evidence.model.rule import Finding


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored answer: the authority's own bytes, sound (their SHA-256 was recomputed).

    `fetched_at` is the real UTC time of asking, `as_of` the day that the asking run judged for;
    lifetimes are counted from `as_of`. Of an answer that was loaded from files, `up_to` names the last of them that
    could have changed it, and `as_of` is the day of that one.
    """

    raw: bytes
    sha256: str
    fetched_at: datetime
    as_of: date
    source: str
    tool_version: str
    up_to: str = ""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that was loaded. `year` and `number` are those of its name, 0 for a file that replaces the one before it.

    `smallest` and `largest` are the PMIDs between which all of its records are, `records` how many these are. `load` is
    the number of the load up to which everything then wanted was looked for in it. `day` is the day for which it is
    valid, `actor` who loaded it.
    """

    collection: str
    name: str
    sha256: str
    md5: str
    size: int
    day: date
    year: int = 0
    number: int = 0
    smallest: int = 0
    largest: int = 0
    records: int = 0
    load: int = 0
    actor: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Its place among the files of its collection: a later one overrides an earlier one."""
        return self.year, self.number

    @property
    def stem(self) -> str:
        """Its name without its endings, as reports name it: `pubmed26n1412`."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer of a run as it is recorded; `raw` are its bytes, None where none were stored or they were pruned."""

    identifier: str
    source: str
    at: str
    state: str
    sha256: str | None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A recorded run. `policy` is the JSON text given at its start; an interrupted run has no end."""

    id: str
    started: datetime
    as_of: date
    mode: Mode
    actor: str
    tool_version: str
    inputs: tuple[Input, ...]
    policy: str
    finished: datetime | None = None
    exit: Exit | None = None
    report_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many findings a recorded run made, by severity, and how many its entries ignored or waivers covered."""

    found: Mapping[Severity, int]
    ignored: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True)
class FindingOfRun:
    """A finding, the run that made it, and why it did not count (None: it did)."""

    run: str
    finding: Finding
    ignored: str | None


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What is in the store. `size` is in bytes, with the write-ahead log; `records` is per service address.

    `answers` are the stored raw answers, those of earlier runs among them; `head` is where the audit trail has
    got to.
    """

    path: Path
    schema: int
    size: int
    records: dict[str, int]
    oldest_fetched: datetime | None
    newest_fetched: datetime | None
    head: ChainHead
    answers: int
    runs: int
    observations: int
    findings: int
    prunings: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows a pruning removed, and the file's size in bytes before and after."""

    records: int
    answers: int
    runs: int
    observations: int
    findings: int
    size_before: int
    size_after: int
