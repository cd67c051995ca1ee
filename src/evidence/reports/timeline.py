"""What became of one reference, run by run; stretches in which nothing changed are folded into one event.

Which findings came, went or are open is decided by `evidence.reports.history` alone, as in every report.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.model.outcomes import Observation, State
from evidence.model.rule import Finding, Rule
from evidence.reports.history import RecordedRun, changes_between, finding_key

ReadRun = Callable[[str], RecordedRun]
"""Gives what the finished run of this id recorded."""


@dataclass(frozen=True, slots=True)
class TimelineRun:
    """One run that looked at the reference: what it observed and found; `findings` is None when it did not finish."""

    run: str
    as_of: date
    observed: tuple[Observation, ...]
    findings: tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A run in which something changed, and how many runs after it observed and found the same, until `until`.

    `observed` holds all that this run observed; `changed` the identifiers whose state is another than before.
    `replaced` are findings that went without being resolved: another one took their place, what they
    rest on is no longer asked, or the entry ignores them now; `waived` those that are waived now.
    """

    run: str
    as_of: date
    observed: tuple[Observation, ...]
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
    """The runs that observed something of the reference, in their order.

    Args:
        observations: Of all its identifiers, in the order of the runs.
        findings: What each run found of the reference.
        finished: The runs that came to their end.
    """
    runs: dict[str, list[Observation]] = {}
    for observation in observations:
        runs.setdefault(observation.run, []).append(observation)
    return [
        TimelineRun(run, own[0].as_of, tuple(own), tuple(findings.get(run, ())) if run in finished else None)
        for run, own in runs.items()
    ]


def timeline(runs: Iterable[TimelineRun], read: ReadRun, rules: Mapping[str, Rule]) -> tuple[TimelineEvent, ...]:
    """The runs as events. A finding that a run could not judge again stays open.

    Args:
        runs: Those that observed the reference, in their order.
        read: Gives what a run recorded; it is called only where a finding went.
        rules: All rules by their codes.
    """
    events: list[TimelineEvent] = []
    states: dict[str, tuple[State, str | None]] = {}
    last: frozenset[str] = frozenset()
    open_findings: dict[str, Finding] = {}
    finished: list[str] = []
    for run in runs:
        now = {str(item.identifier): (item.state, item.detail) for item in run.observed}
        changed = frozenset(key for key, state in now.items() if states.get(key) != state)
        turn = _Turn()
        if run.findings is not None:
            found = {finding.fingerprint: finding for finding in run.findings}
            appeared = tuple(finding for key, finding in found.items() if key not in open_findings)
            missing = [finding for key, finding in open_findings.items() if key not in found]
            turn = _Turn(appeared)
            if missing:
                key = (missing[0].place.path, missing[0].reference)
                before = next(earlier for earlier in map(read, reversed(finished)) if key in earlier.references)
                before = replace(before, findings=tuple(open_findings.values()), unjudged=())
                turn = _turn(appeared, missing, before, read(run.run), rules)
            ended = {finding_key(finding) for finding in (*turn.resolved, *turn.replaced, *turn.waived)}
            open_findings = {
                key: finding for key, finding in open_findings.items() if finding_key(finding) not in ended
            } | found
            finished.append(run.run)
        quiet = not changed and turn == _Turn() and last == now.keys()
        if quiet and run.findings is not None and not events[-1].interrupted:
            events[-1] = replace(events[-1], repeated=events[-1].repeated + 1, until=run.as_of)
            continue
        states, last = states | now, frozenset(now)
        events.append(
            TimelineEvent(
                run=run.run,
                as_of=run.as_of,
                observed=run.observed,
                changed=changed,
                appeared=turn.appeared,
                resolved=turn.resolved,
                replaced=turn.replaced,
                waived=turn.waived,
                interrupted=run.findings is None,
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


def _turn(
    appeared: tuple[Finding, ...],
    missing: list[Finding],
    before: RecordedRun,
    later: RecordedRun,
    rules: Mapping[str, Rule],
) -> _Turn:
    changes = changes_between(before, later, rules)
    decided = {finding_key(finding) for finding in (*changes.resolved, *changes.unjudged)}
    left = [finding for finding in missing if finding_key(finding) not in decided]
    waived_now = {finding_key(finding) for finding in later.waived}
    waived = tuple(finding for finding in left if finding_key(finding) in waived_now)
    return _Turn(appeared, changes.resolved, tuple(finding for finding in left if finding not in waived), waived)
