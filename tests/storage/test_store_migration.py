"""A store of the version before the audit trail, brought up to date."""

import json
import sqlite3
import zlib
from contextlib import closing

import pytest
import sqlite_utils

from audit.damage import flaws_of, owning, remarks_of
from evidence.model.audit import AuditAction, AuditEntry
from evidence.storage import encoding, schema
from evidence.storage.maintenance import info, prune
from factories import ADDRESS, STORED_REPORT, TODAY, begun_run, end_run, finding, found_answer, open_store, pmid
from fakes import NOON

OLD_TABLES = ("records", "runs", "run_ends", "observations", "findings", "prunings")


@pytest.fixture
def path(tmp_path):
    """As version 2 left it: two finished runs, one that was killed, a pruning, and one harmed answer."""
    made = tmp_path / "made.db"
    with open_store(made) as store:
        for name in ("one", "two"):
            store.begin_run(begun_run(name))
            store.observe(name, [found_answer(pmid(1), b"answer")], TODAY)
            end_run(store, name, findings=[finding()])
        store.begin_run(begun_run("killed"))
        prune(store, unused_since=NOON, actor="owner")
    old = tmp_path / "evidence.db"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        _build_version_2(connection)
        connection.execute("ATTACH ? AS made", (str(made),))
        connection.execute("DROP TRIGGER findings_keep_closed")
        connection.execute("DROP TRIGGER observations_keep_closed")
        for table in OLD_TABLES[1:]:
            connection.execute(f"INSERT INTO {table} SELECT * FROM made.{table}")  # noqa: S608
        for number, raw in ((1, b"answer"), (2, b"answer"), (3, b"other")):
            reported = (encoding.pack(raw), encoding.digest(raw), "2026-11-23T12:00:00.000000Z", "2026-11-23")
            row = (f"pmid:{number}", ADDRESS, *reported, "pubmed", "1.2.3")
            connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("UPDATE records SET raw = ? WHERE identifier = 'pmid:3'", (zlib.compress(b"harmed"),))
        for table in ("findings", "observations"):
            connection.execute(schema.refuse_late(table))
    return old


def _build_version_2(connection):
    migrations = sqlite_utils.Migrations("evidence")
    migrations(name="0001-records-and-runs")(schema._records_and_runs)
    migrations(name="0002-texts-of-pages")(schema._texts_of_pages)
    migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 2")


def test_every_unharmed_answer_is_there_and_each_once(path):
    with open_store(path) as store:
        kept = store.cache.stored(ADDRESS, [pmid(n) for n in range(1, 4)])
        assert {str(one): stored.raw for one, stored in kept.items()} == {"pmid:1": b"answer", "pmid:2": b"answer"}
        assert (info(store).answers, store.warnings) == (1, ())


def test_runs_are_as_they_were(path):
    with open_store(path) as store:
        assert [run.id for run in store.last_runs(None)] == ["killed", "two", "one"]
        assert store.report_of("one") == STORED_REPORT


def begin_trail(path):
    log = path.with_suffix(".log.jsonl")
    with open_store(path, log=log) as store:
        store.trail("editor", TODAY).note(AuditEntry(AuditAction.ADD, "a"))
    return json.loads(log.read_text().splitlines()[0])["details"]


def test_the_trail_begins_with_what_it_finds(path):
    details = begin_trail(path)
    assert (details["earlier-runs"], details["earlier-prunings"]) == ("3", "1")
    assert flaws_of(path) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE observations SET state = 'blocked' WHERE sequence = 1", "runs 1 to 3"),
        ("UPDATE runs SET actor = 'nobody' WHERE id = 'two'", "runs 1 to 3"),
        ("DELETE FROM findings WHERE run = 1", "runs 1 to 3"),
        ("UPDATE prunings SET actor = 'nobody'", "prunings 1 to 1"),
    ],
)
def test_what_was_recorded_before_is_bound_from_then_on(path, change, place):
    begin_trail(path)
    with owning(path) as connection:
        connection.execute(change)
    assert [flaw.place for flaw in flaws_of(path)] == [f"{path.as_posix()} {place}"]


def test_a_run_put_in_before_the_trail_is_found(path):
    begin_trail(path)
    with owning(path) as connection:
        connection.execute(
            "INSERT INTO runs (id, started, as_of, mode, actor, tool_version, inputs, policy) "
            "SELECT 'forged', started, as_of, mode, actor, tool_version, inputs, policy FROM runs WHERE sequence = 1"
        )
    assert [flaw.what for flaw in flaws_of(path)] == ["run forged has no event: it was not recorded in the audit trail"]


def test_a_store_that_was_not_brought_up_to_date_has_no_trail_to_verify(path):
    with pytest.raises(Exception, match="has no audit trail yet"):
        remarks_of(path)
