"""One byte changed in anything that the trail binds: a slice here, five hundred in the acceptance suite."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from audit.damage import cells, change, flaws_of, one_byte_changed, owning, remarks_of, seeded, store_with_everything
from evidence.model.text import canonical_json

SLICE = 30


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A store and its log as they were written; each test takes a copy."""
    return store_with_everything(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def path(sound, tmp_path):
    for name in ("evidence.db", "evidence.log.jsonl"):
        shutil.copy(sound.parent / name, tmp_path / name)
    return tmp_path / "evidence.db"


def log_of(path):
    return path.with_suffix(".log.jsonl")


def test_what_nobody_touched_has_no_flaw(path):
    assert flaws_of(path) == []


def test_a_run_that_was_killed_is_reported_and_is_no_flaw(path):
    assert any("run killed has not finished" in text for text in remarks_of(path))


@pytest.mark.parametrize("seed", range(SLICE))
def test_one_byte_of_a_value_in_the_store_is_found(path, seed):
    rng = seeded(seed)
    cell = rng.choice(list(cells(path)))
    change(path, cell, rng)
    flaws = flaws_of(path)
    assert flaws, cell
    assert all(flaw.place and flaw.what and flaw.fix for flaw in flaws)


@pytest.mark.parametrize("seed", range(SLICE))
def test_one_byte_of_the_log_is_found_with_its_line(path, seed):
    log = log_of(path)
    before = log.read_bytes()
    changed = one_byte_changed(before, seeded(seed))
    log.write_bytes(changed)
    line = before[: next(at for at, (a, b) in enumerate(zip(before, changed, strict=True)) if a != b)].count(b"\n") + 1
    assert flaws_of(path)[0].place in {f"{log.as_posix()}:{line}", f"{log.as_posix()}:{line + 1}"}


def test_a_changed_row_is_reported_with_its_table_and_its_run(path):
    with owning(path) as connection:
        connection.execute("UPDATE observations SET state = 'found' WHERE sequence = 4")
    (flaw,) = flaws_of(path)
    assert flaw.place == f"{path.as_posix()} observations of run 1 (rows 1 to 5)"
    assert "of run run-0 changed after it was recorded (event 4)" in flaw.what


def test_a_report_that_was_exchanged_with_its_hash_is_found(path):
    with owning(path) as connection:
        connection.execute(
            "UPDATE run_ends SET (report, sha256) = (SELECT report, sha256 FROM run_ends WHERE run = 2) WHERE run = 3"
        )
    assert flaws_of(path)[0].what.startswith("the report of run run-2 does not match event")


def test_a_raw_answer_that_was_exchanged_is_found(path):
    with owning(path) as connection:
        connection.execute("UPDATE answers SET raw = (SELECT raw FROM answers WHERE sequence = 2) WHERE sequence = 1")
    assert flaws_of(path)[0].place == f"{path.as_posix()} answers 1"


def test_a_raw_answer_that_was_removed_is_missed_by_those_who_were_given_it(path):
    with owning(path) as connection:
        connection.execute("DELETE FROM answers WHERE sequence = 1")
    assert any(") was removed" in flaw.what for flaw in flaws_of(path))


def test_a_run_that_was_removed_is_missed(path):
    with owning(path) as connection:
        for table in ("observations", "findings", "run_ends"):
            connection.execute(f"DELETE FROM {table} WHERE run = 2")  # noqa: S608
        connection.execute("DELETE FROM runs WHERE sequence = 2")
    assert [flaw.what for flaw in flaws_of(path)] == ["run run-1 (event 6) not found: it was removed or renamed"]


def test_a_run_that_was_put_in_is_found(path):
    with owning(path) as connection:
        connection.execute(
            "INSERT INTO runs (id, started, as_of, mode, actor, tool_version, inputs, policy) "
            "SELECT 'forged', started, as_of, mode, actor, tool_version, inputs, policy FROM runs WHERE sequence = 1"
        )
    assert [flaw.what for flaw in flaws_of(path)] == ["run forged has no event: it was not recorded in the audit trail"]


def test_an_observation_added_to_a_run_is_found(path):
    with owning(path) as connection:
        connection.execute(
            "INSERT INTO observations (run, identifier, source, address, state, at, as_of, origin) "
            "SELECT run, identifier, source, address, state, at, as_of, origin FROM observations WHERE sequence = 1"
        )
    assert flaws_of(path)[0].place.startswith(f"{path.as_posix()} observations of run 1")


def test_a_missing_trigger_is_found(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER events_keep_rows")
    reported = [flaw.what for flaw in flaws_of(path)]
    assert reported[0] == "the store was altered: missing events_keep_rows"
    assert reported[1].startswith("the definition of a table, index or trigger has changed")


def both(path, changed):
    """Give the store and the log the same lines, as somebody who owns both can."""
    log_of(path).write_text("".join(f"{line}\n" for line in changed), newline="")
    with owning(path) as connection:
        connection.execute("DELETE FROM events")
        rows = [(number, json.loads(line)["object"], line) for number, line in enumerate(changed, 1)]
        connection.executemany("INSERT INTO events (sequence, object, event) VALUES (?, ?, ?)", rows)


@pytest.fixture
def lines(path):
    return log_of(path).read_text().splitlines()


def test_an_event_that_was_inserted_is_found(path, lines):
    both(path, [*lines[:4], lines[2], *lines[4:]])
    assert "found event 3 where event 5 was expected: inserted, repeated or moved" in flaws_of(path)[0].what
    assert {flaw.place for flaw in flaws_of(path)} >= {f"{log_of(path).as_posix()}:5", f"{path.as_posix()} events 5"}


def test_an_event_that_was_removed_is_found(path, lines):
    both(path, [*lines[:4], *lines[5:]])
    assert flaws_of(path)[0].what == "found event 6 here: event 5 was removed or moved"


def test_events_that_changed_places_are_found(path, lines):
    both(path, [*lines[:4], lines[5], lines[4], *lines[6:]])
    assert flaws_of(path)[0].what == "found event 6 here: event 5 was removed or moved"


def test_a_log_that_was_cut_off_is_found_beside_its_store(path, lines):
    log_of(path).write_text("".join(f"{line}\n" for line in lines[:-2]), newline="")
    (flaw,) = flaws_of(path)
    assert flaw.place == f"{log_of(path).as_posix()}:{len(lines) - 1}"
    assert flaw.fix == "the next recorded command adds the missing events"


def test_a_store_that_was_cut_off_is_found_beside_its_log(path, lines):
    with owning(path) as connection:
        connection.execute("DELETE FROM events WHERE sequence = ?", (len(lines),))
    assert f"the log ends with event {len(lines)}" in flaws_of(path)[0].what


def test_a_missing_log_is_found_beside_its_store(path):
    log_of(path).unlink()
    assert flaws_of(path)[0].what.startswith("log not found, but the store has")


def rehashed(lines):
    """The same events as a chain that holds: what somebody writes who knows how it is made."""
    made = []
    for line in lines:
        reported = json.loads(line)
        del reported["hash"]
        reported |= {"sequence": len(made) + 1, "previous": json.loads(made[-1])["hash"] if made else "0" * 64}
        reported["hash"] = hashlib.sha256(canonical_json(reported).encode()).hexdigest()
        made.append(canonical_json(reported))
    return made


def test_a_chain_rewritten_from_an_event_on_is_found_by_the_heads_in_reports(path, lines):
    forged = [
        line.replace('"actor":"editor"', '"actor":"nobody"') if at == 3 else line for at, line in enumerate(lines)
    ]
    both(path, rehashed(forged))
    flaws = flaws_of(path)
    assert flaws
    assert all("differs from the trail" in flaw.what for flaw in flaws)


def test_a_trail_that_was_cut_off_on_both_sides_is_found_by_the_head_in_a_report(path, lines):
    both(path, lines[:3])
    reported = [flaw.what for flaw in flaws_of(path)]
    assert any("but the trail ends with event 3: its end was cut off" in what for what in reported)
    assert any("has no event: it was not recorded" in what for what in reported)
