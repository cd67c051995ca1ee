"""A run and its result: everything that any report shows, and nothing that it has to work out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from evidence.findings import Finding
from evidence.model.outcomes import Answer, Origin, State
from evidence.model.policy import Policy, Severity
from evidence.model.records import Record
from evidence.model.references import Reference


class Mode(StrEnum):
    """How a run asked: the services themselves, the store alone, the lock file, or the stand-in."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOCKED = "locked"
    STAND_IN = "stand-in"


class Exit(IntEnum):
    """What the command's exit status says; precedence 2 > 1 > 3 > 0."""

    CLEAN = 0
    FINDINGS = 1
    CANNOT_RUN = 2
    INCOMPLETE = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was judged, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRun:
    """Who checks what, when, how, judged by which policy and version."""

    id: str
    started: datetime
    as_of: date
    mode: Mode
    actor: str
    tool_version: str
    inputs: tuple[Input, ...]
    policies: Mapping[str, Policy]
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(BegunRun):
    """A run that came to its end."""

    finished: datetime


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """One reference with its own state (that of its first identifier) and all its look-ups."""

    reference: Reference
    state: State
    answers: tuple[Answer, ...]
    verified: datetime | None
    origin: Origin | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What could not be asked, of whom, and why; never a finding, never a pass."""

    reference: str
    path: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that the entry's own `ignore:` silences, with the reason given there."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run."""

    run: Run
    references: tuple[ReferenceResult, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    ignored: tuple[Ignored, ...]
    exit: Exit

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
