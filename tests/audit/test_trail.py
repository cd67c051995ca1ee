"""The store and its log kept together: whichever lacks lines is completed, and nothing that differs is overwritten."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.damage import flaws_of, owning, remarks_of
from evidence.app.check import CheckRequest, run_check
from evidence.app.lookup import SourceSlot
from evidence.app.registry import RULE_SET
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import StoreError, UsageError
from evidence.model.identifiers import IdKind
from evidence.model.policy import Policy
from evidence.model.report import Mode
from evidence.storage.maintenance import prune
from factories import TODAY, begun_run, connection_of, end_run, finding, library_of, open_store, pmid, reference_named
from fakes import NOON, FailingSource, StoppedClock

TESTS = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evidence.db"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "evidence.log.jsonl"


def note(path, log, *subjects):
    with open_store(path, log=log) as store:
        for subject in subjects:
            store.trail("editor", TODAY).note(AuditEntry(AuditAction.ADD, subject))
        return store.warnings


def objects(log):
    return [json.loads(line)["object"] for line in log.read_text().splitlines()]


def test_an_action_is_in_store_and_log_when_it_is_noted(path, log):
    note(path, log, "a", "b")
    assert objects(log) == ["evidence.db", "a", "b"]
    assert flaws_of(path) == []


def test_a_store_without_a_log_keeps_the_trail_itself(path, tmp_path):
    note(path, None, "a")
    assert [file.name for file in tmp_path.iterdir()] == ["evidence.db"]
    with open_store(path) as store:
        assert store.audit.head().sequence == 2


def test_a_log_that_lacks_lines_is_caught_up(path, log):
    note(path, log, "a")
    note(path, None, "b", "c")
    note(path, log, "d")
    assert objects(log) == ["evidence.db", "a", "b", "c", "d"]
    assert flaws_of(path) == []


def test_a_log_that_is_missing_is_written_again(path, log):
    note(path, log, "a")
    log.unlink()
    note(path, log, "b")
    assert objects(log) == ["evidence.db", "a", "b"]


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_line_that_was_only_begun_is_completed(path, log, kept):
    note(path, log, "a", "b")
    whole = log.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    log.write_bytes(whole[: last + kept if kept > 0 else kept])
    assert note(path, log, "c") == ()
    assert log.read_bytes().startswith(whole)
    assert flaws_of(path) == []


def test_a_log_that_differs_is_left_as_it_is_and_reported(path, log):
    note(path, log, "a", "b")
    changed = log.read_text().replace('"object":"b"', '"object":"x"')
    log.write_text(changed, newline="")
    (warning,) = note(path, log, "c")
    assert "no longer matches this store" in warning
    assert log.read_text() == changed
    assert flaws_of(path)[0].place == f"{log.as_posix()}:3"


def test_a_new_store_goes_on_with_the_log_that_it_finds(path, log):
    note(path, log, "a")
    before = log.read_text()
    path.unlink()
    note(path, log, "b")
    assert log.read_text().startswith(before)
    assert objects(log) == ["evidence.db", "a", "evidence.db", "b"]
    assert flaws_of(path) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text.replace('"object":"a"', '"object":"x"'), 2),
        (lambda text: text + "<<<<<<< HEAD\n", 4),
        (lambda text: text[:-9], 3),
        (lambda text: "".join(text.splitlines(keepends=True)[1:]), 1),
    ],
)
def test_a_new_store_refuses_to_go_on_with_a_broken_log(path, log, change, line):
    note(path, log, "a", "b")
    path.unlink()
    log.write_text(change(log.read_text()), newline="")
    before = log.read_text()
    with pytest.raises(StoreError, match="cannot be continued") as wrong:
        note(path, log, "c")
    assert (wrong.value.path, wrong.value.line) == (log.as_posix(), line)
    assert log.read_text() == before


def test_events_that_came_with_the_log_are_taken_over(path, log, tmp_path):
    note(path, log, "a")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(log, elsewhere)
    note(elsewhere / "evidence.db", elsewhere / log.name, "b")
    shutil.copy(elsewhere / log.name, log)
    assert "the log ends with event 4" in flaws_of(path)[0].what
    (event_fields,) = note(path, log, "c")
    assert event_fields.endswith(
        ": events 3 to 4 were copied from the log to the store (begin by editor, add by editor)"
    )
    assert objects(log) == ["evidence.db", "a", "evidence.db", "b", "c"]
    assert flaws_of(path) == []


def test_a_new_store_that_has_recorded_nothing_yet_is_no_flaw(path, log):
    note(path, log, "a")
    path.unlink()
    with open_store(path, log=log):
        pass
    assert flaws_of(path) == []
    assert any("the store is new" in text for text in remarks_of(path))


def test_a_store_from_a_newer_version_cannot_be_verified(path, log):
    note(path, log, "a")
    with owning(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="from a newer version"):
        flaws_of(path)


def test_events_that_do_not_go_on_from_here_are_not_taken_over(path, log, tmp_path):
    note(path, log, "a")
    ours = log.read_text()
    note(path, log, "b")
    log.write_text(ours, newline="")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(log, elsewhere)
    note(elsewhere / "evidence.db", elsewhere / log.name, "c", "d")
    shutil.copy(elsewhere / log.name, log)
    (warning,) = note(path, log, "e")
    assert "no longer matches this store" in warning
    assert "different chains" in flaws_of(path)[0].what


def test_nothing_is_bound_to_a_last_event_that_was_changed(path):
    note(path, None, "a")
    with owning(path) as connection:
        connection.execute("UPDATE events SET event = replace(event, 'editor', 'nobody') WHERE sequence = 2")
    with pytest.raises(StoreError, match="its hash does not match its text"):
        note(path, None, "b")


def test_a_run_against_the_demo_server_leaves_no_trace(path, log):
    with open_store(path, log=log) as store:
        store.begin_run(begun_run("one", mode=Mode.STAND_IN))
        end_run(store, "one", findings=[finding()])
        assert store.audit.head() is None
    assert flaws_of(path) == []


def events_of(path):
    with open_store(path) as store, connection_of(store) as connection:
        return [json.loads(line) for (line,) in connection.execute("SELECT event FROM events ORDER BY sequence")]


def run(path, name, *, policy=None, fail=None, started=NOON, end=True):
    with open_store(path, log=path.with_suffix(".log.jsonl")) as store:
        policies = {"references.yaml": policy or Policy()}
        store.begin_run(begun_run(name, started=started, policies=policies))
        if fail:
            store.fail_run(name, fail)
        elif end:
            end_run(store, name)


def event_fields(path, *keys):
    return [tuple(event[key] for key in keys) for event in events_of(path)]


def test_a_run_is_noted_when_it_begins_and_when_it_ends(path):
    run(path, "one")
    assert event_fields(path, "action", "object", "ending")[2:] == [("run", "one", "begun"), ("run", "one", "done")]
    last = events_of(path)[-1]
    assert set(last["details"]) >= {"begun", "exit", "mode", "rows:observations", "rows:findings", "rows:run_ends"}
    assert any(key.startswith("input:") and key.endswith("references.yaml") for key in last["details"])


def test_a_run_that_fails_is_noted_with_why(path):
    run(path, "one", fail="the disk is full")
    last = events_of(path)[-1]
    assert (last["ending"], last["details"]["why"]) == ("failed", "the disk is full")
    assert flaws_of(path) == []


@pytest.mark.parametrize(
    ("trouble", "why"), [(StoreError("the disk is full"), "the disk is full"), (KeyboardInterrupt(), "interrupted")]
)
def test_a_run_that_something_stops_is_noted_as_failed(path, trouble, why):
    with open_store(path) as store:
        source = FailingSource(lambda: trouble)
        with pytest.raises(type(trouble)):
            run_check(
                CheckRequest((library_of(reference_named("a", pmid(1))),), Mode.ONLINE, "tester"),
                begun_run("one"),
                RULE_SET,
                (SourceSlot("ncbi", frozenset({IdKind.PMID}), source),),
                recorder=store,
                clock=StoppedClock(),
                progress=lambda *_: None,
            )
    assert [(e["ending"], e["details"]["why"]) for e in events_of(path)[-1:]] == [("failed", why)]


def test_what_a_killed_run_saw_is_bound_when_another_begins_a_day_later(path):
    run(path, "killed", end=False, started=NOON.replace(day=20))
    run(path, "next")
    run(path, "third")
    endings = [event for event in events_of(path) if event["object"] == "killed" and event["ending"] == "failed"]
    assert [event["details"]["why"] for event in endings] == ["interrupted"]
    with owning(path) as connection:
        connection.execute("UPDATE runs SET actor = 'nobody' WHERE id = 'killed'")
    assert len(flaws_of(path)) == 1


def test_a_change_of_policy_is_an_event_with_what_it_was_before(path):
    for name, strikes in (("one", 1), ("two", 1), ("three", 3), ("four", 3)):
        run(path, name, policy=Policy(confirm_dead=strikes))
    first, changed = (event for event in events_of(path) if event["action"] == "policy")
    assert (first["before"], changed["before"]) == (None, first["after"])
    assert changed["details"]["was"] == '{"confirm-dead":1}'
    assert '"confirm-dead":3' in changed["details"]["policy"]


def test_a_pruning_is_an_event_and_what_it_removed_is_not_missed(path):
    run(path, "old", started=NOON.replace(day=1))
    run(path, "new")
    with open_store(path, log=path.with_suffix(".log.jsonl")) as store:
        prune(store, unused_since=NOON, actor="owner", history_before=TODAY)
    assert event_fields(path, "action", "actor")[-1] == ("prune", "owner")
    assert flaws_of(path) == []


@pytest.mark.acceptance
def test_many_processes_make_one_chain(path, log):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from factories import TODAY, open_store\n"
        "from fakes import RealClock\n"
        "from evidence.model.audit import AuditAction, AuditEntry\n"
        "for number in range(12):\n"
        "    with open_store(Path(sys.argv[2]), RealClock(), log=Path(sys.argv[3])) as store:\n"
        "        store.trail('editor', TODAY).note(AuditEntry(AuditAction.ADD, f'{sys.argv[4]}-{number}'))\n"
        "        assert not store.warnings, store.warnings\n"
    )
    command = [sys.executable, "-c", script, str(TESTS), str(path), str(log)]
    running = [subprocess.Popen([*command, str(who)], stderr=subprocess.PIPE, text=True) for who in range(4)]
    assert [process.communicate(timeout=60)[1] for process in running] == [""] * 4
    assert sorted(objects(log)) == sorted(["evidence.db", *(f"{who}-{n}" for who in range(4) for n in range(12))])
    assert flaws_of(path) == []
