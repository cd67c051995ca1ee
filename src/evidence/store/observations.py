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
from evidence.model.records import Page
from evidence.store import answers, encoding
from evidence.store.database import Database
from evidence.store.runs import sequence_of

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
