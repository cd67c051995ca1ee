"""What became of one reference, run by run; stretches in which nothing changed are folded into one line.

Which findings came, went or are open is told by `evidence.reports.history` alone, as in every report.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.model.findings import Finding
from evidence.model.outcomes import Observation, State
from evidence.model.rule import Rule
from evidence.reports.history import RecordedRun, changes_between, finding_key

ReadRun = Callable[[str], RecordedRun]
"""Gives what the finished run of this id recorded."""


@dataclass(frozen=True, slots=True)
class TimelineRun:
    """One run that looked at the reference: what it saw and found; `findings` is None when it did not finish."""

    run: str
    as_of: date
    seen: tuple[Observation, ...]
    findings: tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A run in which something changed, and how many runs after it saw and found the same, until `until`.

    `seen` holds all that this run was told; `changed` the identifiers whose state is another than before.
    `replaced` are findings that went without being resolved: another one took their place, what they
    rest on is no longer asked, or the entry ignores them now; `waived` those that are let stand now.
    """

    run: str
    as_of: date
    seen: tuple[Observation, ...]
    changed: frozenset[str]
    appeared: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    replaced: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    interrupted: bool
    repeated: int = 0
    until: date | None = None


def timeline_runs(
    observations: Iterable[Observation], findings: Mapping[str, Sequence[Finding]], finished: Container[str]
) -> list[TimelineRun]:
    """The runs that saw something of the reference, in their order.

    Args:
        observations: Of all its identifiers, in the order of the runs.
        findings: What each run found of the reference.
        finished: The runs that came to their end.
    """
    seen: dict[str, list[Observation]] = {}
    for observation in observations:
        seen.setdefault(observation.run, []).append(observation)
    return [
        TimelineRun(run, told[0].as_of, tuple(told), tuple(findings.get(run, ())) if run in finished else None)
        for run, told in seen.items()
    ]


def timeline(told: Iterable[TimelineRun], read: ReadRun, rules: Mapping[str, Rule]) -> tuple[TimelineEvent, ...]:
    """The visits of this reference as events. A finding that a run could not judge again stays open."""
    events: list[TimelineEvent] = []
    states: dict[str, tuple[State, str | None]] = {}
    last: frozenset[str] = frozenset()
    course = _Course(read, rules)
    for visit in told:
        now = {str(one.identifier): (one.state, one.detail) for one in visit.seen}
        changed = frozenset(key for key, state in now.items() if states.get(key) != state)
        turn = course.goes_on(visit)
        quiet = not changed and turn == _Turn() and last == now.keys()
        if quiet and visit.findings is not None and not events[-1].interrupted:
            events[-1] = replace(events[-1], repeated=events[-1].repeated + 1, until=visit.as_of)
            continue
        states, last = states | now, frozenset(now)
        events.append(
            TimelineEvent(
                run=visit.run,
                as_of=visit.as_of,
                seen=visit.seen,
                changed=changed,
                appeared=turn.appeared,
                resolved=turn.resolved,
                replaced=turn.replaced,
                waived=turn.waived,
                interrupted=visit.findings is None,
            )
        )
    return tuple(events)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one run did to the open findings."""

    appeared: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    replaced: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()


class _Course:
    """The findings that are open, from run to run."""

    def __init__(self, read: ReadRun, rules: Mapping[str, Rule]) -> None:
        self._read = read
        self._rules = rules
        self._open: dict[str, Finding] = {}
        self._runs: list[str] = []

    def goes_on(self, visit: TimelineRun) -> _Turn:
        """What this run changes; nothing when it did not finish. Reports are read only where something went."""
        if visit.findings is None:
            return _Turn()
        found = {finding.fingerprint: finding for finding in visit.findings}
        appeared = tuple(finding for key, finding in found.items() if key not in self._open)
        missing = [finding for key, finding in self._open.items() if key not in found]
        turn = self._turned(visit.run, appeared, missing) if missing else _Turn(appeared)
        gone = {finding_key(finding) for finding in (*turn.resolved, *turn.replaced, *turn.waived)}
        stays = {key: finding for key, finding in self._open.items() if finding_key(finding) not in gone}
        self._open = stays | found
        self._runs.append(visit.run)
        return turn

    def _turned(self, run: str, appeared: tuple[Finding, ...], missing: list[Finding]) -> _Turn:
        later = self._read(run)
        whose = (missing[0].place.path, missing[0].reference)
        told = (self._read(earlier) for earlier in reversed(self._runs))
        before = next(one for one in told if whose in one.references)
        changes = changes_between(replace(before, findings=tuple(self._open.values()), unjudged=()), later, self._rules)
        open_still = {finding_key(finding) for finding in (*changes.resolved, *changes.unjudged)}
        left = [finding for finding in missing if finding_key(finding) not in open_still]
        stands = {finding_key(finding) for finding in later.waived}
        waived = tuple(finding for finding in left if finding_key(finding) in stands)
        return _Turn(appeared, changes.resolved, tuple(one for one in left if one not in waived), waived)
