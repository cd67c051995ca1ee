"""What a bundle takes out of a store: the events up to a run's end, and the raw answers that the run was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.store import answers
from evidence.store.database import Database

_ANSWERS = (
    "SELECT o.identifier, o.source, o.at, o.state, o.record_sha256 FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE r.id = ? ORDER BY o.sequence"
)
_EVENTS = "SELECT event FROM events ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer of a run as it is recorded; `raw` are its bytes, None where none were kept or they were pruned."""

    identifier: str
    source: str
    at: str
    state: str
    sha256: str | None
    raw: bytes | None


def answers_of(database: Database, run_id: str) -> Iterator[StoredAnswer]:
    """The answers that a run was given, in the order in which they came."""
    with database.read() as connection:
        rows = connection.execute(_ANSWERS, (run_id,)).fetchall()
    for identifier, source, at, state, sha256 in rows:
        raw = None if sha256 is None else answers.of(database, sha256)
        yield StoredAnswer(identifier, source, at, state, sha256, raw)


def event_lines(database: Database) -> list[str]:
    """Every event of the audit trail as it is written, in order."""
    with database.read() as connection:
        return [str(line) for (line,) in connection.execute(_EVENTS)]
