"""What runs saw of identifiers: appended run by run, read back as history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from evidence.model.identity import Identifier
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
from evidence.store import encoding
from evidence.store.database import Database
from evidence.store.runs import sequence_of

_INSERT = (
    "INSERT INTO observations (run, identifier, source, address, state, cause, status, detail, at, as_of, origin, "
    "record_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS = "o.identifier, o.source, o.state, o.at, o.as_of, o.detail, o.status, r.id, o.cause, o.origin"
_NEWEST = (
    f"SELECT {_COLUMNS} FROM observations AS o JOIN runs AS r ON r.sequence = o.run "  # noqa: S608 - constants only
    "WHERE o.identifier = ? AND o.run < ? ORDER BY o.run DESC, o.sequence DESC LIMIT ?"
)
_OF_RUN = (
    f"SELECT {_COLUMNS} FROM observations AS o JOIN runs AS r ON r.sequence = o.run "  # noqa: S608 - constants only
    "WHERE o.run = ? ORDER BY o.sequence"
)
_ALL_RUNS = 2**63 - 1  # SQLite's largest integer

_Row = tuple[str, str, str, str, str, str | None, int | None, str, str | None, str]


def observe(database: Database, run_id: str, answers: Iterable[Answer], as_of: date) -> None:
    """Append what this run saw, in the order given."""
    rows = [_written(answer, as_of) for answer in answers]
    with database.write() as connection:
        run = sequence_of(connection, database.path, run_id)
        connection.executemany(_INSERT, ((run, *row) for row in rows))


def _written(answer: Answer, as_of: date) -> tuple[str | int | None, ...]:
    outcome = answer.outcome
    detail = detail_of(outcome)
    kept = answer.raw if isinstance(outcome, Found | NotFound) else None
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
        None if kept is None else encoding.digest(kept),
    )


def history(
    database: Database, identifiers: Iterable[Identifier], before_run: str | None, limit: int
) -> Mapping[Identifier, tuple[Observation, ...]]:
    """The newest `limit` observations of each identifier in runs begun before this one, oldest first.

    One indexed query per identifier: it reads `limit` rows at most, however long the history is.
    """
    wanted = list(dict.fromkeys(identifiers))
    seen: dict[Identifier, tuple[Observation, ...]] = {}
    with database.read() as connection:
        before = _ALL_RUNS if before_run is None else sequence_of(connection, database.path, before_run)
        for identifier in wanted:
            rows = connection.execute(_NEWEST, (encoding.key(identifier), before, limit)).fetchall()
            if rows:
                seen[identifier] = tuple(_observation(identifier, row) for row in reversed(rows))
    return seen


def of_run(database: Database, run_id: str) -> tuple[Observation, ...]:
    """What one run saw, in the order in which it was told."""
    with database.read() as connection:
        run = sequence_of(connection, database.path, run_id)
        return tuple(_observation(encoding.identifier(row[0]), row) for row in connection.execute(_OF_RUN, (run,)))


def _observation(identifier: Identifier, row: _Row) -> Observation:
    _, source, state, at, as_of, detail, status, run, cause, origin = row
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
    )
