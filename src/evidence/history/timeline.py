"""What became of one reference, run by run; stretches in which nothing changed are folded into one line."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.findings import Finding
from evidence.model.outcomes import Observation, State

_SILENT = frozenset({State.BLOCKED, State.UNAVAILABLE, State.NOT_CHECKED})


@dataclass(frozen=True, slots=True)
class Visit:
    """One run that looked at the reference: what it saw and found; `findings` is None when it did not finish."""

    run: str
    as_of: date
    seen: tuple[Observation, ...]
    findings: tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class Event:
    """A run in which something changed, and how many runs after it saw and found the same, until `until`.

    `seen` holds all that this run was told; `changed` the identifiers whose state is another than before.
    """

    run: str
    as_of: date
    seen: tuple[Observation, ...]
    changed: frozenset[str]
    appeared: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    interrupted: bool
    repeated: int = 0
    until: date | None = None


def visits(
    observations: Iterable[Observation], findings: Mapping[str, Sequence[Finding]], finished: Container[str]
) -> list[Visit]:
    """The runs that saw something of the reference, in their order.

    Args:
        observations: Of all its identifiers, in the order of the runs.
        findings: What each run found of the reference.
        finished: The runs that came to their end and showed all rules.
    """
    seen: dict[str, list[Observation]] = {}
    for observation in observations:
        seen.setdefault(observation.run, []).append(observation)
    return [
        Visit(run, told[0].as_of, tuple(told), tuple(findings.get(run, ())) if run in finished else None)
        for run, told in seen.items()
    ]


def timeline(told: Iterable[Visit], needs_lookup: Container[str]) -> tuple[Event, ...]:
    """The visits as events. A finding that a run could not judge again is not resolved by that run."""
    events: list[Event] = []
    states: dict[str, tuple[State, str | None]] = {}
    open_findings: dict[str, Finding] = {}
    for visit in told:
        now = {str(one.identifier): (one.state, one.detail) for one in visit.seen}
        changed = frozenset(key for key, state in now.items() if states.get(key) != state)
        found = None if visit.findings is None else {finding.fingerprint: finding for finding in visit.findings}
        appeared = [] if found is None else [finding for key, finding in found.items() if key not in open_findings]
        resolved = [] if found is None else list(_resolved(visit, open_findings, found, needs_lookup))
        if events and not changed and not appeared and not resolved:
            events[-1] = _repeated(events[-1], visit)
            continue
        states |= now
        for finding in resolved:
            del open_findings[finding.fingerprint]
        open_findings |= {finding.fingerprint: finding for finding in appeared}
        events.append(
            Event(visit.run, visit.as_of, visit.seen, changed, tuple(appeared), tuple(resolved), found is None)
        )
    return tuple(events)


def _resolved(
    visit: Visit, before: Mapping[str, Finding], found: Container[str], needs_lookup: Container[str]
) -> Iterable[Finding]:
    silent = any(one.state in _SILENT for one in visit.seen)
    for key, finding in before.items():
        if key not in found and not (silent and finding.code in needs_lookup):
            yield finding


def _repeated(event: Event, visit: Visit) -> Event:
    return replace(event, repeated=event.repeated + 1, until=visit.as_of)
