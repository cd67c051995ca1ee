"""The store's tables, the named steps that build them, and the triggers that keep recorded rows as they are.

The triggers guard against mistakes, also by other programs.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING, cast

from evidence.storage import encoding

if TYPE_CHECKING:
    import sqlite_utils

APPLICATION_ID = 0x45564944
"""`EVID`, in the header of every store (https://www.sqlite.org/fileformat.html#application_id)."""

VERSION = 4
"""The schema that this code knows; kept in the header's user_version."""

HISTORY = ("findings", "run_ends", "observations", "runs")
"""The tables that a pruning of history empties, children first."""

_RECORDED = (*HISTORY, "prunings")
_TRAIL = ("answers", "events", "trail")
_APPEND_ONLY = (*_RECORDED, *_TRAIL)
_TABLES = {*_APPEND_ONLY, "records", "pace", "pending", "loaded", "sought"}
_CLOSED_WITH_RUN = ("findings", "observations")

_MIGRATED = "evidence"
_STEPS = ("0001-records-and-runs", "0002-texts-of-pages", "0003-answers-and-events", "0004-loaded-files")


def missing(connection: sqlite3.Connection) -> list[str]:
    """Names of tables and triggers that a store of this version has and this one lacks."""
    expected = _TABLES | {f"{table}_keep_{what}" for table in _APPEND_ONLY for what in ("rows", "values")}
    expected |= {f"{table}_keep_closed" for table in _CLOSED_WITH_RUN} | {"events_keep_order", "trail_keep_one"}
    return sorted(expected - {name for (name,) in connection.execute("SELECT name FROM sqlite_master")})


def migrations_differ(connection: sqlite3.Connection) -> bool:
    """Whether the table of migrations names others than those of this version; their dates are not compared."""
    made = connection.execute("SELECT migration_set, name FROM _sqlite_migrations ORDER BY name").fetchall()
    return made != [(_MIGRATED, name) for name in _STEPS]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to VERSION, inside the caller's transaction (BEGIN IMMEDIATE).

    sqlite-utils opens deferred transactions of its own only where none is open, so under the
    caller's lock two processes cannot build the same store at once.
    """
    # Slow to import, and needed only here. It looks for numpy, which takes twice as long as all else and would only
    # teach it more types; a None makes it absent (https://docs.python.org/3/reference/import.html#the-module-cache).
    modules: dict[str, object] = cast("dict[str, object]", sys.modules)
    modules.setdefault("numpy", None)
    try:
        import sqlite_utils  # noqa: PLC0415
    finally:
        if modules["numpy"] is None:
            del modules["numpy"]

    migrations = sqlite_utils.Migrations(_MIGRATED)
    steps = (_records_and_runs, _texts_of_pages, _answers_and_events, _loaded_files)
    for name, step in zip(_STEPS, steps, strict=True):
        migrations(name=name)(step)
    migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _records_and_runs(db: sqlite_utils.Database) -> None:
    records: dict[str, type] = {
        "identifier": str,
        "address": str,
        "raw": bytes,
        "sha256": str,
        "fetched_at": str,
        "as_of": str,
        "source": str,
        "tool_version": str,
    }
    db.table("records").create(records, pk=("identifier", "address"), not_null=records, strict=True)
    runs: dict[str, type] = {
        "sequence": int,
        "id": str,
        "started": str,
        "as_of": str,
        "mode": str,
        "actor": str,
        "tool_version": str,
        "inputs": str,
        "policy": str,
    }
    db.table("runs").create(runs, pk="sequence", not_null=set(runs) - {"sequence"}, strict=True)
    db.table("runs").create_index(["id"], unique=True)
    ends: dict[str, type] = {"run": int, "finished": str, "exit": int, "report": bytes, "sha256": str}
    db.table("run_ends").create(
        ends, pk="run", not_null=set(ends) - {"run"}, foreign_keys=[("run", "runs", "sequence")], strict=True
    )
    observations: dict[str, type] = {
        "sequence": int,
        "run": int,
        "identifier": str,
        "source": str,
        "address": str,
        "state": str,
        "cause": str,
        "status": int,
        "detail": str,
        "at": str,
        "as_of": str,
        "origin": str,
        "record_sha256": str,
    }
    db.table("observations").create(
        observations,
        pk="sequence",
        not_null={"run", "identifier", "source", "address", "state", "at", "as_of", "origin"},
        foreign_keys=[("run", "runs", "sequence")],
        strict=True,
    )
    # SQLite appends the rowid, so this index also holds the order of observations within a run.
    db.table("observations").create_index(["identifier", "run"])
    db.table("observations").create_index(["run"])
    findings: dict[str, type] = {
        "run": int,
        "position": int,
        "code": str,
        "name": str,
        "severity": str,
        "reference": str,
        "path": str,
        "line": int,
        "column": int,
        "message": str,
        "fingerprint": str,
        "suggestion": str,
        "ignored": str,
    }
    db.table("findings").create(
        findings,
        pk=("run", "position"),
        not_null=set(findings) - {"reference", "suggestion", "ignored"},
        foreign_keys=[("run", "runs", "sequence")],
        strict=True,
    )
    db.table("pace").create({"lane": str, "next_slot": float}, pk="lane", not_null={"next_slot"}, strict=True)
    prunings: dict[str, type] = {
        "sequence": int,
        "at": str,
        "actor": str,
        "tool_version": str,
        "unused_since": str,
        "history_before": str,
        "records": int,
        "runs": int,
        "observations": int,
        "findings": int,
    }
    db.table("prunings").create(
        prunings, pk="sequence", not_null=set(prunings) - {"sequence", "history_before"}, strict=True
    )
    _refuse_changes(db, _RECORDED)
    for table in _CLOSED_WITH_RUN:
        db.execute(refuse_late(table))


def _texts_of_pages(db: sqlite_utils.Database) -> None:
    """Observations of pages keep a fingerprint of the text, so that drift can be found years later."""
    db.execute("ALTER TABLE observations ADD COLUMN fingerprint TEXT")
    db.execute(
        "CREATE INDEX observations_texts ON observations (identifier, fingerprint, run) WHERE fingerprint IS NOT NULL"
    )


def _answers_and_events(db: sqlite_utils.Database) -> None:
    """Raw answers are stored by their content, once each; records name them. The audit trail begins."""
    answers: dict[str, type] = {"sequence": int, "sha256": str, "raw": bytes, "crc": int}
    db.table("answers").create(answers, pk="sequence", not_null=set(answers) - {"sequence"}, strict=True)
    db.table("answers").create_index(["sha256"])
    events: dict[str, type] = {"sequence": int, "object": str, "event": str}
    db.table("events").create(events, pk="sequence", not_null={"object", "event"}, strict=True)
    db.table("events").create_index(["object"])
    db.execute(
        "CREATE TRIGGER events_keep_order BEFORE INSERT ON events "
        "WHEN NEW.sequence IS NOT coalesce((SELECT max(sequence) FROM events), 0) + 1 "
        "BEGIN SELECT RAISE(ABORT, 'an event only goes behind the last one'); END"
    )
    db.table("trail").create({"store": str}, not_null={"store"}, strict=True)
    db.execute(
        "CREATE TRIGGER trail_keep_one BEFORE INSERT ON trail WHEN EXISTS (SELECT 1 FROM trail) "
        "BEGIN SELECT RAISE(ABORT, 'trail is append-only'); END"
    )
    db.table("pending").create({"event": int}, pk="event", strict=True)
    db.execute("ALTER TABLE records RENAME TO records_2")
    records: dict[str, type] = {
        "identifier": str,
        "address": str,
        "answer": int,
        "fetched_at": str,
        "as_of": str,
        "source": str,
        "tool_version": str,
        "digest": str,
    }
    db.table("records").create(
        records,
        pk=("identifier", "address"),
        not_null=records,
        foreign_keys=[("answer", "answers", "sequence")],
        strict=True,
    )
    db.table("records").create_index(["answer"])
    # Records whose raw answer is damaged were as good as absent, and are left out.
    known: dict[str, int] = {}
    rows = db.execute(
        "SELECT identifier, address, raw, sha256, fetched_at, as_of, source, tool_version FROM records_2 ORDER BY 1, 2"
    )
    for identifier, address, packed, sha256, *rest in rows:
        if encoding.unpack(packed, sha256) is None:
            continue
        if sha256 not in known:
            known[sha256] = number = len(known) + 1
            insert = "INSERT INTO answers (sequence, sha256, raw, crc) VALUES (?, ?, ?, ?)"
            db.execute(insert, (number, sha256, packed, encoding.checksum(packed, number)))
        digest = encoding.digest_of_row("records", (identifier, address, sha256, *rest))
        db.execute(
            "INSERT INTO records (identifier, address, answer, fetched_at, as_of, source, tool_version, digest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (identifier, address, known[sha256], *rest, digest),
        )
    db.execute("DROP TABLE records_2")
    _refuse_changes(db, _TRAIL)


def _loaded_files(db: sqlite_utils.Database) -> None:
    """Which files were loaded, and since which load each identifier was looked for in them, and found in which."""
    loaded: dict[str, type] = {
        "sequence": int,
        "collection": str,
        "year": int,
        "number": int,
        "name": str,
        "sha256": str,
        "md5": str,
        "size": int,
        "day": str,
        "smallest": int,
        "largest": int,
        "records": int,
        "load": int,
        "actor": str,
    }
    db.table("loaded").create(loaded, pk="sequence", not_null=set(loaded) - {"sequence"}, strict=True)
    db.table("loaded").create_index(["collection", "year", "number"], unique=True)
    sought: dict[str, type] = {"identifier": str, "load": int, "file": int, "version": int}
    db.table("sought").create(
        sought,
        pk="identifier",
        not_null={"identifier", "load", "version"},
        foreign_keys=[("file", "loaded", "sequence")],
        strict=True,
    )


def _refuse_changes(db: sqlite_utils.Database, tables: tuple[str, ...]) -> None:
    for table in tables:
        db.execute(refuse_deletion(table))
        db.execute(
            f"CREATE TRIGGER {table}_keep_values BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def refuse_deletion(table: str) -> str:
    """The trigger without which rows of an append-only table could be deleted."""
    return (
        f"CREATE TRIGGER {table}_keep_rows BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def allow_deletion(table: str) -> str:
    """Lifts `refuse_deletion`; only a pruning does that, inside its transaction."""
    return f"DROP TRIGGER {table}_keep_rows"


def refuse_late(table: str) -> str:
    """The trigger without which something could be added to a run that has ended."""
    return (
        f"CREATE TRIGGER {table}_keep_closed BEFORE INSERT ON {table} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM run_ends WHERE run = NEW.run) "
        f"BEGIN SELECT RAISE(ABORT, 'the run has ended'); END"
    )
