import json
import os
from datetime import date, timedelta

import pytest

from evidence.model.errors import StoreError
from evidence.storage import schema
from evidence.storage.maintenance import backup, export, info, prune
from factories import (
    ADDRESS,
    TODAY,
    begun_run,
    connection_of,
    end_run,
    finding,
    found_answer,
    open_store,
    pmid,
    without_triggers,
)
from fakes import NOON

DAY = timedelta(days=1)


def fill(store):
    """Two runs a month apart; the second looked at pmid:1 only."""
    for name, started, observed in (("old", NOON - 60 * DAY, [1, 2]), ("new", NOON - 30 * DAY, [1])):
        answers = [found_answer(pmid(n), b"raw \xff" + bytes([n]), at=NOON - 60 * DAY) for n in observed]
        store.begin_run(begun_run(name, started=started))
        store.cache.keep(answers, started.date())
        store.observe(name, answers, started.date())
        end_run(store, name, findings=[finding()])


def test_info_counts_what_is_there(store, path):
    fill(store)
    reported = info(store)
    assert (reported.path, reported.schema, reported.records) == (path, schema.VERSION, {ADDRESS: 2})
    assert (reported.runs, reported.observations, reported.findings, reported.prunings) == (2, 3, 2, 0)
    assert reported.oldest_fetched == reported.newest_fetched == NOON - 60 * DAY
    assert reported.size >= path.stat().st_size


def test_an_export_is_the_same_for_the_same_contents(store, tmp_path):
    fill(store)
    backup(store, tmp_path / "other.db")
    with open_store(tmp_path / "other.db") as other:
        assert list(export(store)) == list(export(other))


def test_an_export_holds_every_row_as_ascii_json(store):
    fill(store)
    store.cache.keep([found_answer(pmid(3), "naïve \x9b31m".encode())], TODAY)
    lines = list(export(store))
    rows = [json.loads(line) for line in lines]
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert [row["table"] for row in rows] == (
        ["store"]
        + ["records"] * 3
        + ["answers"] * 3
        + ["runs"] * 2
        + ["run_ends"] * 2
        + ["observations"] * 3
        + ["findings"] * 2
        + ["trail"]
        + ["events"] * 6
    )
    assert [row["raw"] for row in rows if row["table"] == "answers"] == [
        {"base64": "cmF3IP8B"},
        {"base64": "cmF3IP8C"},
        "naïve \x9b31m",
    ]


def test_an_export_shows_a_damaged_answer_as_null(store):
    store.cache.keep([found_answer(pmid(1))], TODAY)
    with connection_of(store) as connection:
        without_triggers(connection, "answers")
        connection.execute("UPDATE answers SET raw = x'00'")
    assert json.loads(list(export(store))[2])["raw"] is None


def test_an_export_under_way_does_not_hinder_writing(store):
    fill(store)
    lines = export(store)
    next(lines), next(lines)
    store.cache.keep([found_answer(pmid(9))], TODAY)
    assert "pmid:9" not in "".join(lines)


def test_a_backup_is_one_file_that_opens_with_the_same_contents(store, tmp_path):
    fill(store)
    place = tmp_path / "backups"
    place.mkdir()
    backup(store, place / "copy.db")
    assert [entry.name for entry in place.iterdir()] == ["copy.db"]
    with open_store(place / "copy.db") as copy:
        assert list(export(copy)) == list(export(store))


def test_a_backup_never_overwrites(store, tmp_path):
    target = tmp_path / "thesis.doc"
    target.write_text("years of work")
    with pytest.raises(StoreError, match="already exists"):
        backup(store, target)
    assert target.read_text() == "years of work"


def test_a_backup_onto_the_store_itself_is_refused(store, path):
    with pytest.raises(StoreError, match="already exists"):
        backup(store, path)


def test_a_backup_into_nowhere_is_reported(store, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        backup(store, tmp_path / "missing" / "copy.db")


def test_pruning_forgets_answers_that_no_run_looked_at_since(store):
    fill(store)
    removed = prune(store, unused_since=NOON - 40 * DAY, actor="editor")
    assert (removed.records, removed.runs, removed.observations) == (1, 0, 0)
    assert set(store.cache.stored(ADDRESS, [pmid(1), pmid(2)])) == {pmid(1)}
    assert len(store.observations_of(pmid(2))) == 1


def test_pruning_keeps_a_fresh_answer_that_no_run_observed(store):
    store.cache.keep([found_answer(pmid(1))], TODAY)
    assert prune(store, unused_since=NOON - DAY, actor="editor").records == 0


def test_pruning_history_removes_entire_runs_before_the_day(store):
    fill(store)
    before = (NOON - 30 * DAY).date()
    removed = prune(store, unused_since=NOON - 90 * DAY, history_before=before, actor="editor")
    assert (removed.records, removed.runs, removed.observations, removed.findings) == (0, 1, 2, 1)
    assert [run.id for run in store.last_runs(9)] == ["new"]
    assert store.report_of("old") is None
    assert store.report_of("new") is not None


def test_after_a_pruning_of_history_the_records_are_append_only_again(path):
    with open_store(path) as store:
        fill(store)
        prune(store, unused_since=NOON, history_before=date(2026, 10, 1), actor="editor")
        with pytest.raises(StoreError, match="runs is append-only"), store.database.write() as connection:
            connection.execute("DELETE FROM runs")
    open_store(path).close()


def test_every_pruning_is_recorded_with_who_and_what(store):
    fill(store)
    prune(store, unused_since=NOON, history_before=date(2026, 10, 1), actor="editor")
    (row,) = (json.loads(line) for line in export(store) if '"table": "prunings"' in line)
    assert row == {
        "table": "prunings",
        "sequence": 1,
        "at": "2026-11-23T12:00:00.000000Z",
        "actor": "editor",
        "tool_version": "1.2.3",
        "unused_since": "2026-11-23T12:00:00.000000Z",
        "history_before": "2026-10-01",
        "records": 2,
        "runs": 1,
        "observations": 2,
        "findings": 1,
    }


def test_pruning_gives_space_back(store):
    store.cache.keep([found_answer(pmid(n), os.urandom(4000), at=NOON - 60 * DAY) for n in range(100)], TODAY)
    removed = prune(store, unused_since=NOON, actor="editor")
    assert removed.size_after < removed.size_before / 2
