"""What runs saw of identifiers: appended run by run, read back as history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Cause,
    Found,
    NotFound,
    Observation,
    Origin,
    State,
    Unavailable,
    detail_of,
    state_of,
)
from evidence.model.records import Page
from evidence.model.report import Mode
from evidence.storage import cache as answers
from evidence.storage import encoding
from evidence.storage.database import Database
from evidence.storage.runs import sequence_of

# What runs saw of identifiers: appended run by run, read back as history.

_INSERT = (
    "INSERT INTO observations (run, identifier, source, address, state, cause, status, detail, at, as_of, origin, "
    "record_sha256, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT = (
    "SELECT o.identifier, o.source, o.state, o.at, o.as_of, o.detail, o.status, r.id, o.cause, o.origin, o.fingerprint "
    "FROM observations AS o JOIN runs AS r ON r.sequence = o.run "
)
# The newest since the last success by the day that is judged for; of each text the first and the last sight.
_PAST = (
    f"{SELECT}WHERE o.sequence IN (SELECT sequence FROM (SELECT sequence FROM observations "  # noqa: S608 - constants
    "WHERE identifier = :identifier AND run < :before AND run >= coalesce((SELECT run FROM observations "
    "WHERE identifier = :identifier AND run < :before AND state = 'found' AND origin = 'network' AND as_of <= :today "
    "ORDER BY run DESC LIMIT 1), 0) ORDER BY run DESC, sequence DESC LIMIT :limit) "
    "UNION SELECT min(sequence) FROM observations WHERE identifier = :identifier AND run < :before "
    "AND fingerprint IS NOT NULL GROUP BY fingerprint "
    "UNION SELECT max(sequence) FROM observations WHERE identifier = :identifier AND run < :before "
    "AND fingerprint IS NOT NULL GROUP BY fingerprint) ORDER BY o.run, o.sequence"
)
_OF_IDENTIFIER = SELECT + "WHERE o.identifier = ? ORDER BY o.run, o.sequence"
_LAST_ANSWER = (
    "SELECT record_sha256 FROM observations WHERE identifier = ? AND record_sha256 IS NOT NULL "
    "ORDER BY run DESC, sequence DESC LIMIT 1"
)
_RUN_AND_DAY = "SELECT sequence, as_of FROM runs WHERE id = ?"
_ALL_RUNS = 2**63 - 1  # SQLite's largest integer
_LAST_DAY = date.max.isoformat()

_Row = tuple[str, str, str, str, str, str | None, int | None, str, str | None, str, str | None]


def observe(database: Database, run_id: str, told: Iterable[Answer], as_of: date) -> None:
    """Append what this run saw, in the order given, and keep the raw answers that are not kept yet."""
    raws: dict[str, bytes] = {}
    rows = [_written(answer, as_of, raws) for answer in told]
    new = answers.missing(database, raws)
    with database.write() as connection:
        run = sequence_of(connection, database.path, run_id)
        answers.add(connection, new)
        connection.executemany(_INSERT, ((run, *row) for row in rows))


def recall(database: Database, run_id: str, seen: Iterable[tuple[Observation, str]]) -> None:
    """Append what was seen elsewhere, each with the service's address, as it was seen then."""
    rows = [_recalled(one, address) for one, address in seen]
    with database.write() as connection:
        run = sequence_of(connection, database.path, run_id)
        connection.executemany(_INSERT, ((run, *row) for row in rows))


def _recalled(one: Observation, address: str) -> tuple[str | int | None, ...]:
    return (
        encoding.key(one.identifier),
        one.source,
        address,
        str(one.state),
        None if one.cause is None else str(one.cause),
        one.status,
        None if one.detail is None else encoding.text(one.detail),
        encoding.instant(one.at),
        one.as_of.isoformat(),
        str(one.origin),
        None,
        one.fingerprint,
    )


def _written(answer: Answer, as_of: date, raws: dict[str, bytes]) -> tuple[str | int | None, ...]:
    """The row; the raw answer that it names is put among `raws`."""
    outcome = answer.outcome
    detail = detail_of(outcome)
    sha256 = None
    if answer.raw is not None and isinstance(outcome, Found | NotFound):
        sha256 = encoding.digest(answer.raw)
        raws[sha256] = answer.raw
    return (
        encoding.key(answer.identifier),
        answer.source,
        answer.address,
        str(state_of(outcome)),
        str(outcome.cause) if isinstance(outcome, Unavailable) else None,
        outcome.status if isinstance(outcome, NotFound | Blocked | Unavailable) else None,
        None if detail is None else encoding.text(detail),
        encoding.instant(answer.at),
        as_of.isoformat(),
        str(answer.origin),
        sha256,
        _fingerprint(answer),
    )


def _fingerprint(answer: Answer) -> str | None:
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)) if fingerprint and answer.origin is Origin.NETWORK:
            return fingerprint
    return None


def history(
    database: Database, identifiers: Iterable[Identifier], before_run: str | None, limit: int
) -> Mapping[Identifier, tuple[Observation, ...]]:
    """What runs begun before this one saw of each identifier, as far as it is needed to judge, oldest first.

    The newest `limit` observations from the last success on, that success included, and of each text
    of a page the first and the last sight. One query per identifier, which reads little more than it
    returns, however long the history is.
    """
    wanted = list(dict.fromkeys(identifiers))
    seen: dict[Identifier, tuple[Observation, ...]] = {}
    with database.read() as connection:
        before, today = _ALL_RUNS, _LAST_DAY
        if before_run is not None:
            before = sequence_of(connection, database.path, before_run)
            ((_, today),) = connection.execute(_RUN_AND_DAY, (before_run,))
        for identifier in wanted:
            asked = {"identifier": encoding.key(identifier), "before": before, "today": today, "limit": limit}
            rows = connection.execute(_PAST, asked).fetchall()
            if rows:
                seen[identifier] = tuple(observation(identifier, row) for row in rows)
    return seen


def of_identifier(database: Database, identifier: Identifier) -> tuple[Observation, ...]:
    """All that was ever seen of one identifier, oldest first."""
    with database.read() as connection:
        rows = connection.execute(_OF_IDENTIFIER, (encoding.key(identifier),))
        return tuple(observation(identifier, row) for row in rows)


def last_answer(database: Database, identifier: Identifier) -> str | None:
    """SHA-256 of the raw answer that was last given about an identifier."""
    with database.read() as connection:
        row = connection.execute(_LAST_ANSWER, (encoding.key(identifier),)).fetchone()
    return None if row is None else str(row[0])


def observation(identifier: Identifier, row: _Row) -> Observation:
    """The observation of a row of SELECT."""
    _, source, state, at, as_of, detail, status, run, cause, origin, fingerprint = row
    return Observation(
        identifier=identifier,
        source=source,
        state=State(state),
        at=encoding.moment(at),
        as_of=date.fromisoformat(as_of),
        detail=detail,
        status=status,
        run=run,
        cause=None if cause is None else Cause(cause),
        origin=Origin(origin),
        fingerprint=fingerprint,
    )


# What came before a run: the run to compare it with, and what was seen since that one.

_AT_ONCE = 500  # identifiers in one query; SQLite allows 32,766 variables

_TERMS = "SELECT sequence, as_of, mode, inputs, policy FROM runs WHERE id = ?"

# A day's earlier runs come before it, whatever day the clock said: weeks can be played through.
_FINISHED_BEFORE = (
    "SELECT r.id, r.inputs, r.policy FROM runs AS r JOIN run_ends AS e ON e.run = r.sequence "
    "WHERE r.sequence < ? AND r.as_of <= ? AND (r.mode = ?) = ? ORDER BY r.as_of DESC, r.sequence DESC"
)
_SEEN = (
    f"{SELECT}WHERE o.identifier IN ({{}}) AND o.run >= ? AND o.run < ? AND o.as_of <= ? "
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
                seen.setdefault(identifier, []).append(observation(identifier, row))
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
