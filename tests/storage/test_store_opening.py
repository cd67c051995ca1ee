import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlite_utils

from evidence.model.errors import StoreError
from evidence.storage import schema
from evidence.storage.database import require_sqlite
from evidence.storage.maintenance import info
from factories import ADDRESS, TODAY, begun_run, connection_of, found_answer, open_store, pmid
from fakes import FakeClock, RealClock

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 8


def refusal(path, **options):
    """The one line that opening this path is refused with."""
    with pytest.raises(StoreError) as caught:
        open_store(path, **options)
    reported = str(caught.value)
    assert reported.startswith(f"{path}: ")
    assert "\n" not in reported
    assert caught.value.fix
    return reported


def contents(directory):
    return {entry.name: entry.read_bytes() for entry in directory.iterdir()}


@contextmanager
def undone(command, undo):
    """Run a command that needs privileges, skip where they are lacking, undo it at the end."""
    if shutil.which(command[0]) is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"needs the right to run {' '.join(command[:-1])}")
    try:
        yield
    finally:
        subprocess.run(undo, check=True)


def test_a_new_store_is_marked_as_ours_strict_and_in_wal_mode(store):
    with connection_of(store) as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode", "foreign_keys", "synchronous")
        }
        strict = {name for _, name, *_, strict in connection.execute("PRAGMA table_list") if strict}
    assert settings == {
        "application_id": schema.APPLICATION_ID,
        "user_version": schema.VERSION,
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
    }
    recorded = {"records", "answers", "runs", "run_ends", "observations", "findings", "prunings"}
    assert strict == recorded | {"events", "trail", "pending", "pace", "loaded", "sought"}


def test_the_steps_that_built_the_store_are_recorded_by_name(store):
    with connection_of(store) as connection:
        steps = connection.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
    names = ["0001-records-and-runs", "0002-texts-of-pages", "0003-answers-and-events", "0004-loaded-files"]
    assert steps == [("evidence", name) for name in names]


def test_a_store_of_the_first_version_is_brought_up_to_date_with_all_it_holds(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrations = sqlite_utils.Migrations("evidence")
        migrations(name="0001-records-and-runs")(schema._records_and_runs)
        migrations.apply(sqlite_utils.Database(old))
        old.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO runs VALUES "
            "(1, 'one', '2026-11-22T12:00:00.000000Z', '2026-11-22', 'online', 'a', '1', '[]', '{}')"
        )
        old.execute(
            "INSERT INTO observations VALUES (1, 1, 'pmid:1', 'pubmed', 'x', 'blocked', NULL, 403, 'a wall', "
            "'2026-11-22T12:00:00.000000Z', '2026-11-22', 'network', NULL)"
        )
    with open_store(path) as store:
        assert info(store).schema == schema.VERSION
        (observed,) = store.observations_of(pmid(1))
        assert (observed.detail, observed.fingerprint) == ("a wall", None)
        store.begin_run(begun_run("two"))
        store.observe("two", [found_answer(pmid(1))], TODAY)


def test_opening_an_up_to_date_store_does_not_import_the_slow_library(path):
    open_store(path).close()
    program = (
        "import sys; from pathlib import Path; from evidence.model.ports import SystemClock; "
        "from evidence.storage.store import Store; "
        "Store.open(Path(sys.argv[1]), tool_version='1', clock=SystemClock()).close(); "
        "sys.exit('sqlite_utils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, path], check=False).returncode == 0


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    with open_store(path) as store:
        assert info(store).runs == 0


def test_a_picture_is_refused_and_left_as_it_is(path):
    path.write_bytes(JPEG)
    assert "not an SQLite database" in refusal(path)
    assert contents(path.parent) == {path.name: JPEG}


def test_a_foreign_sqlite_file_is_refused_and_left_as_it_is(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")
    before = contents(path.parent)
    assert "another program" in refusal(path)
    assert contents(path.parent) == before


def test_a_foreign_write_ahead_log_is_not_folded_into_its_file(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("PRAGMA journal_mode = WAL")
        foreign.execute("CREATE TABLE recipes (name TEXT)")
        copy = path.parent / "copy"
        copy.mkdir()
        for name in (path.name, path.name + "-wal"):
            shutil.copy(path.with_name(name), copy / name)
    before = contents(copy)
    assert "another program" in refusal(copy / path.name)
    assert contents(copy) == before


def test_a_store_from_a_newer_version_is_refused_with_both_numbers(path):
    with open_store(path) as store, connection_of(store) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    reported = refusal(path)
    assert f"schema {schema.VERSION + 1}; this version supports {schema.VERSION}" in reported
    assert "upgrade" in reported


def test_a_store_that_lost_a_trigger_is_refused_by_its_name(path):
    with open_store(path) as store, connection_of(store) as connection:
        connection.execute("DROP TRIGGER runs_keep_rows")
    assert "missing runs_keep_rows" in refusal(path)


def test_a_file_with_our_mark_and_a_ruined_page_is_called_damaged(path):
    with open_store(path) as store:
        store.cache.keep([found_answer(pmid(n), os.urandom(3000)) for n in range(20)], TODAY)
    whole = bytearray(path.read_bytes())
    whole[100:4096] = b"\xff" * 3996
    path.write_bytes(whole)
    assert "damaged" in refusal(path)


def test_a_directory_is_no_store(tmp_path):
    assert "not a regular file" in refusal(tmp_path)


def test_a_missing_directory_is_named_and_not_made(tmp_path):
    path = tmp_path / "missing" / "evidence.db"
    assert f"directory {path.parent} not found" in refusal(path)
    assert not path.parent.exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where not even root can make a file")
def test_a_place_where_nothing_can_be_made_is_reported():
    assert "cannot be opened" in refusal(Path("/proc/evidence.db"))


def test_a_store_that_cannot_be_written_is_reported_at_once(path):
    open_store(path).close()
    with undone(["chattr", "+i", path], ["chattr", "-i", path]):
        assert "cannot be written" in refusal(path)


def test_a_store_in_a_directory_that_cannot_be_written_is_reported_at_once(path):
    open_store(path).close()
    with undone(["chattr", "+i", path.parent], ["chattr", "-i", path.parent]):
        assert "cannot be opened for writing" in refusal(path)


def test_a_store_locked_by_another_process_is_reported_after_the_timeout(path):
    open_store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "in use by another process" in refusal(path, clock=RealClock(), timeout=0.05)


class ReleasingClock(FakeClock):
    """Whoever sleeps on it lets the other connection go."""

    def __init__(self, other):
        super().__init__()
        self.other = other

    def sleep(self, seconds):
        super().sleep(seconds)
        self.other.close()


def test_switching_to_the_write_ahead_log_waits_for_a_reader(path):
    open_store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM runs").fetchall()
        with open_store(path, ReleasingClock(other), timeout=0.1) as store, connection_of(store) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_full_disk_is_reported_and_loses_nothing_committed(path):
    with open_store(path) as store:
        store.cache.keep([found_answer(pmid(1))], TODAY)
        with connection_of(store) as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="disk is full"):
            store.cache.keep([found_answer(pmid(n), os.urandom(5000)) for n in range(2, 50)], TODAY)
        assert set(store.cache.stored(ADDRESS, map(pmid, range(50)))) == {pmid(1)}


def keep_until_full(store):
    """Keep answers one by one; how many were kept before the disk was full."""
    for number in range(1000):
        try:
            store.cache.keep([found_answer(pmid(number), os.urandom(5000))], TODAY)
        except StoreError as error:
            return number if "disk is full" in str(error) else -1
    raise AssertionError("the disk was never full")


def test_a_really_full_disk_is_reported_and_loses_nothing_committed(tmp_path):
    with undone(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], ["umount", tmp_path]):
        path = tmp_path / "evidence.db"
        with open_store(path) as store:
            kept = keep_until_full(store)
        assert kept > 10
        with open_store(path) as store:
            assert len(store.cache.stored(ADDRESS, map(pmid, range(1000)))) == kept


def test_a_store_on_a_disk_that_is_full_from_the_start_is_reported(tmp_path):
    with undone(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path], ["umount", tmp_path]):
        assert "disk is full" in refusal(tmp_path / "evidence.db")


def interrupted_deletion(store):
    with store.database.write() as connection:
        connection.execute("DELETE FROM records")
        raise KeyboardInterrupt


def test_ctrl_c_in_the_middle_of_a_write_takes_back_that_write_alone(store):
    store.cache.keep([found_answer(pmid(1))], TODAY)
    with pytest.raises(KeyboardInterrupt):
        interrupted_deletion(store)
    store.cache.keep([found_answer(pmid(2))], TODAY)
    assert set(store.cache.stored(ADDRESS, [pmid(1), pmid(2)])) == {pmid(1), pmid(2)}


def test_a_python_whose_sqlite_is_too_old_is_reported():
    require_sqlite((3, 37, 0))
    with pytest.raises(StoreError, match=r"3\.37\.0 or later is required"):
        require_sqlite((3, 34, 1))
