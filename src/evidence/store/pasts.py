"""What came before a run: the run to compare it with, and what was seen since that one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from evidence.model.identity import Identifier
from evidence.model.outcomes import Observation, Origin
from evidence.report import BegunRun, Mode
from evidence.store import encoding, observations
from evidence.store.database import Database
from evidence.store.runs import sequence_of

_AT_ONCE = 500  # identifiers in one query; SQLite allows 32,766 variables

# A day's earlier runs come before it, whatever day the clock said: weeks can be played through.
_FINISHED_BEFORE = (
    "SELECT r.id, r.inputs, r.policy, e.report, e.sha256 FROM runs AS r JOIN run_ends AS e ON e.run = r.sequence "
    "WHERE r.sequence < ? AND r.as_of <= ? AND (r.mode = ?) = ? ORDER BY r.as_of DESC, r.sequence DESC"
)
_SEEN = (
    f"{observations.SELECT}WHERE o.identifier IN ({{}}) AND o.run >= ? AND o.run < ? AND o.as_of <= ? "
    "AND o.origin = ? AND (r.mode = ?) = ? ORDER BY o.run, o.sequence"
)
_STAND_IN = str(Mode.STAND_IN)


def previous(database: Database, run: BegunRun, warn: Callable[[str], None]) -> bytes | None:
    """The report of the newest finished run that this one can be compared with.

    That is one over the same files, showing the same rules, for the same or an earlier day, and against the
    stand-in only if this one is. A damaged report is told to `warn` and left out.
    """
    paths = sorted(encoding.text(item.path) for item in run.inputs)
    shown = [list(run.select), list(run.ignore)]
    with database.read() as connection:
        for name, inputs, policy, packed, sha256 in _finished_before(connection, database, run):
            judged = json.loads(policy)
            if sorted(item["path"] for item in json.loads(inputs)) != paths:
                continue
            if [judged.get("select", []), judged.get("ignore", [])] != shown:
                continue
            report = encoding.unpack(packed, sha256)
            if report is not None:
                return report
            warn(f"the report of run {name} is damaged and was not compared with")
    return None


def _finished_before(
    connection: sqlite3.Connection, database: Database, run: BegunRun
) -> Iterator[tuple[str, str, str, bytes, str]]:
    number = sequence_of(connection, database.path, run.id)
    asked = (number, run.as_of.isoformat(), _STAND_IN, run.mode is Mode.STAND_IN)
    yield from connection.execute(_FINISHED_BEFORE, asked)


def seen_since(
    database: Database, identifiers: Iterable[Identifier], since: str | None, run: BegunRun
) -> Mapping[Identifier, tuple[Observation, ...]]:
    """What services and pages themselves told to runs from `since` on and before this one, oldest first.

    Answers served again from the store are left out, and what runs for later days saw. `since` None means
    from the first run on.
    """
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    keys, seen = list(by_key), dict[Identifier, list[Observation]]()
    with database.read() as connection:
        first = 0 if since is None else sequence_of(connection, database.path, since)
        limits = (first, sequence_of(connection, database.path, run.id), run.as_of.isoformat())
        which = (*limits, str(Origin.NETWORK), _STAND_IN, run.mode is Mode.STAND_IN)
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            for row in connection.execute(_SEEN.format(", ".join("?" * len(part))), (*part, *which)):
                identifier = by_key[row[0]]
                seen.setdefault(identifier, []).append(observations.observation(identifier, row))
    return {identifier: tuple(told) for identifier, told in seen.items()}


def last_found(database: Database, identifiers: Iterable[Identifier], today: date) -> Mapping[Identifier, date]:
    """The newest day, up to today, for which each identifier was found by asking; those never found are left out."""
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    keys, found = list(by_key), dict[Identifier, date]()
    with database.read() as connection:
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            query = (
                "SELECT identifier, max(as_of) FROM observations WHERE state = 'found' AND origin = 'network' "  # noqa: S608
                f"AND as_of <= ? AND identifier IN ({', '.join('?' * len(part))}) GROUP BY identifier"
            )
            for key, day in connection.execute(query, (today.isoformat(), *part)):
                found[by_key[key]] = date.fromisoformat(day)
    return found
