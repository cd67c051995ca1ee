"""What came before a run: the run to compare it with, and what was seen since that one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from evidence.model.identity import Identifier
from evidence.model.outcomes import Observation, Origin
from evidence.report import Mode
from evidence.store import encoding, observations
from evidence.store.database import Database
from evidence.store.runs import sequence_of

_AT_ONCE = 500  # identifiers in one query; SQLite allows 32,766 variables

_TERMS = "SELECT sequence, as_of, mode, inputs, policy FROM runs WHERE id = ?"

# A day's earlier runs come before it, whatever day the clock said: weeks can be played through.
_FINISHED_BEFORE = (
    "SELECT r.id, r.inputs, r.policy FROM runs AS r JOIN run_ends AS e ON e.run = r.sequence "
    "WHERE r.sequence < ? AND r.as_of <= ? AND (r.mode = ?) = ? ORDER BY r.as_of DESC, r.sequence DESC"
)
_SEEN = (
    f"{observations.SELECT}WHERE o.identifier IN ({{}}) AND o.run >= ? AND o.run < ? AND o.as_of <= ? "
    "AND o.origin = ? AND (r.mode = ?) = ? ORDER BY o.run, o.sequence"
)
_FOUND = (
    "SELECT identifier, max(as_of) FROM observations WHERE identifier IN ({}) AND as_of <= ? "
    "AND state = 'found' AND origin = 'network' GROUP BY identifier"
)
_STAND_IN = str(Mode.STAND_IN)


def previous(database: Database, run_id: str) -> str | None:
    """The newest finished run that this one can be compared with.

    That is one over the same files, showing the same rules, for the same or an earlier day, and against the
    stand-in only if this one is.

    Raises:
        StoreError: there is no such run.
    """
    with database.read() as connection:
        sequence_of(connection, database.path, run_id)
        number, as_of, mode, inputs, policy = connection.execute(_TERMS, (encoding.text(run_id),)).fetchone()
        mine = _comparable(inputs, policy)
        asked = (number, as_of, _STAND_IN, mode == _STAND_IN)
        for name, *terms in connection.execute(_FINISHED_BEFORE, asked):
            if _comparable(*terms) == mine:
                return str(name)
    return None


def _comparable(inputs: str, policy: str) -> tuple[list[str], object, object]:
    """What must be alike in runs that are compared: the references files, and the rules that are shown."""
    judged = json.loads(policy)
    files = sorted(one["path"] for one in json.loads(inputs) if "of" not in one and not one.get("monograph"))
    return files, judged.get("select"), judged.get("ignore")


def observations_since(
    database: Database, identifiers: Iterable[Identifier], since: str | None, run_id: str
) -> Mapping[Identifier, tuple[Observation, ...]]:
    """What services and pages themselves told to runs from `since` on and before this one, oldest first.

    Answers served again from the store are left out, and what runs for later days saw. `since` None means
    from the first run on.
    """
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    seen: dict[Identifier, list[Observation]] = {}
    with database.read() as connection:
        first = 0 if since is None else sequence_of(connection, database.path, since)
        number, as_of, mode, *_ = connection.execute(_TERMS, (encoding.text(run_id),)).fetchone()
        which = (first, number, as_of, str(Origin.NETWORK), _STAND_IN, mode == _STAND_IN)
        for part in _parts(list(by_key)):
            for row in connection.execute(_SEEN.format(", ".join("?" * len(part))), (*part, *which)):
                identifier = by_key[row[0]]
                seen.setdefault(identifier, []).append(observations.observation(identifier, row))
    return {identifier: tuple(told) for identifier, told in seen.items()}


def _parts(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def last_found(database: Database, identifiers: Iterable[Identifier], today: date) -> Mapping[Identifier, date]:
    """The newest day, up to today, for which each identifier was found by asking; those never found are left out."""
    by_key = {encoding.key(identifier): identifier for identifier in identifiers}
    found: dict[Identifier, date] = {}
    with database.read() as connection:
        for part in _parts(list(by_key)):
            for key, day in connection.execute(_FOUND.format(", ".join("?" * len(part))), (*part, today.isoformat())):
                found[by_key[key]] = date.fromisoformat(day)
    return found
