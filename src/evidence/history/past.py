"""What earlier runs saw of a reference, as every report carries it on.

Only what a service or a page answered to the run itself is a sight; an answer served again from the
store is none. Where nothing changed from sight to sight, the first and the last of the stretch are
kept: they say as much as all of them, and the reports of a year stay small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC

from evidence.model.outcomes import Observation
from evidence.report import ReportedObservation

KEPT = 60
"""Sights per reference that a report carries, the newest."""


def reported_observation(seen: Observation) -> ReportedObservation:
    """An observation in the words of the report."""
    return {
        "run": seen.run,
        "as_of": seen.as_of.isoformat(),
        "at": seen.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "identifier": str(seen.identifier),
        "source": seen.source,
        "state": str(seen.state),
        "detail": seen.detail,
    }


def folded(sights: Iterable[ReportedObservation]) -> list[ReportedObservation]:
    """The sights, oldest first, without those inside a stretch of equal ones from the same source."""
    kept: list[ReportedObservation | None] = []
    ends: dict[tuple[str, str], tuple[int, int]] = {}  # where the last two sights of a source stand
    for sight in sights:
        whose = (sight["identifier"], sight["source"])
        before, last = ends.get(whose, (-1, -1))
        if before >= 0 and _same(kept[before], sight) and _same(kept[last], sight):
            kept[last] = None
            last = before
        ends[whose] = (last, len(kept))
        kept.append(sight)
    return [sight for sight in kept if sight is not None]


def _same(one: ReportedObservation | None, other: ReportedObservation) -> bool:
    return one is not None and one["state"] == other["state"] and one["detail"] == other["detail"]


def past_of(
    identifiers: Iterable[str],
    carried: Iterable[ReportedObservation],
    fresh: Mapping[str, Iterable[ReportedObservation]],
) -> tuple[ReportedObservation, ...]:
    """A reference's past: what the report before this one carried, and what was seen since.

    Args:
        identifiers: Those of the reference, printed (`pmid:23359310`); sights of others are left out.
        carried: Sights that an earlier report holds, oldest first.
        fresh: Newer sights by identifier, each oldest first.
    """
    own = list(dict.fromkeys(identifiers))
    old = [sight for sight in carried if sight["identifier"] in own]
    new = [sight for identifier in own for sight in fresh.get(identifier, ())]
    if not new:
        return tuple(old)
    new.sort(key=lambda sight: sight["at"])
    return tuple(folded([*old, *new])[-KEPT:])
