"""Runs and findings as they are listed and looked through, over many runs at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from evidence.model.policy import Severity
from evidence.store import encoding
from evidence.store.database import Database
from evidence.store.runs import FINDING, SELECT, WAIVED_MARK, entry_of, finding_of, severity_of
from evidence.store.values import FindingOfRun, RunCounts, RunEntry

_AT_ONCE = 500  # runs in one query; SQLite allows 32,766 variables
_IGNORED, _WAIVED = 1, 2  # why a finding does not count, as _COUNTS tells them apart
_COUNTS = (
    "SELECT r.id, f.severity, CASE WHEN f.ignored IS NULL THEN 0 WHEN substr(f.ignored, 1, ?) = ? THEN 2 ELSE 1 END, "
    "count(*) FROM findings AS f JOIN runs AS r ON r.sequence = f.run "
    "WHERE r.id IN ({}) GROUP BY 1, 2, 3"
)
_ABOUT = (
    f"SELECT r.id, {FINDING} FROM findings AS f JOIN runs AS r ON r.sequence = f.run "  # noqa: S608 - our own names
    "WHERE f.reference = ? AND (? IS NULL OR f.path = ?) ORDER BY f.run, f.position"
)


def starting(database: Database, beginning: str) -> tuple[RunEntry, ...]:
    """The runs whose id begins so, newest first."""
    start = encoding.text(beginning)
    query = SELECT + "WHERE substr(r.id, 1, ?) = ? ORDER BY r.sequence DESC"
    with database.read() as connection:
        return tuple(entry_of(row) for row in connection.execute(query, (len(start), start)).fetchall())


def counts(database: Database, run_ids: Sequence[str]) -> Mapping[str, RunCounts]:
    """How many findings each of these runs made."""
    found: dict[str, dict[Severity, int]] = {name: {} for name in run_ids}
    quiet: dict[str, Counter[int]] = {name: Counter() for name in run_ids}
    with database.read() as connection:
        for start in range(0, len(run_ids), _AT_ONCE):
            part = [encoding.text(name) for name in run_ids[start : start + _AT_ONCE]]
            query = _COUNTS.format(", ".join("?" * len(part)))
            rows = connection.execute(query, (len(WAIVED_MARK), WAIVED_MARK, *part))
            for name, severity, why_not, number in rows:
                if why_not:
                    quiet[name][why_not] += number
                else:
                    found[name][severity_of(severity)] = number
    return {name: RunCounts(found[name], quiet[name][_IGNORED], quiet[name][_WAIVED]) for name in run_ids}


def about(database: Database, reference: str, path: str | None) -> tuple[FindingOfRun, ...]:
    """All that was found of the references of this id, in the order of the runs; `path` None means in any file."""
    where = None if path is None else encoding.text(path)
    with database.read() as connection:
        rows = connection.execute(_ABOUT, (encoding.text(reference), where, where)).fetchall()
        return tuple(FindingOfRun(run, finding_of(finding), finding[-1]) for run, *finding in rows)
