"""A run that is no event: it judges and compares as the next run of the store, and notes nothing."""

import hashlib
import json

import pytest

from evidence.model.records import NoticeLink
from processes import codes_in

ARTICLES = """\
references:
  - {id: younger, PMID: "23359310"}
  - {id: smith, PMID: "17222320"}
"""
BESIDE = ("references.lock.json", "evidence.log.jsonl")


def files(command):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in command.folder.iterdir()}


def run_ids(command):
    return [run["id"] for run in json.loads(command("runs", "--json").stdout)["runs"]]


@pytest.fixture
def locked(evidence):
    """A library that was checked and locked once."""
    evidence.write(ARTICLES)
    assert evidence.check("--update-lock").returncode == 0
    return evidence


@pytest.mark.parametrize("mode", [["--offline"], [], ["--locked"]])
def test_neither_the_store_nor_the_log_notes_it_and_the_report_says_so(locked, mode):
    before, runs = files(locked), run_ids(locked)
    status, report = locked.report(*mode, "--no-record")
    assert (status, report["run"]["recorded"]) == (0, False)
    after = files(locked)
    assert [after[name] for name in BESIDE] == [before[name] for name in BESIDE]
    assert run_ids(locked) == runs
    assert locked("verify").returncode == 0
    assert "Not recorded (--no-record)." in locked.check(*mode, "--no-record").stdout
    for form in ("markdown", "html"):
        assert "ot recorded" in locked.check(*mode, "--no-record", "--format", form).stdout
        assert "ot recorded" not in locked.check(*mode, "--format", form).stdout
    assert "recorded" not in locked.report(*mode)[1]["run"]


@pytest.mark.parametrize("mode", [["--offline"], []])
def test_without_a_store_it_makes_none(evidence, mode):
    evidence.write(ARTICLES)
    status, report = evidence.report(*mode, "--no-record")
    assert (status, len(report["unchecked"])) == ((3, 2) if mode else (0, 0))
    assert list(files(evidence)) == ["references.yaml"]


def test_a_clone_with_lock_and_log_and_no_store_is_not_warned_of_a_lost_head(locked):
    (locked.folder / "evidence.db").unlink()
    before = files(locked)
    done = locked.check("--offline", "--no-record")
    assert (done.returncode, done.stderr) == (3, "")
    assert files(locked) == before


def test_it_is_compared_with_the_last_recorded_run(locked):
    locked.write(ARTICLES + '  - {id: ghost, PMID: "99999999"}\n')
    status, report = locked.report("--no-record")
    assert (status, codes_in(report)) == (1, [("younger", "MET007"), ("smith", "MET007"), ("ghost", "IDN003")])
    assert report["changes"]["since"]["run"] == run_ids(locked)[0]
    assert len(report["changes"]["new"]) == 1


def test_a_known_retraction_that_nobody_can_be_asked_about_is_not_let_pass(evidence, server):
    evidence.write(ARTICLES)
    server.world = server.world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    assert evidence.check().returncode == 1
    server.faults.add("eutils", "wrong-content")
    done = evidence("check", "--no-record", "--as-of", "2028-11-28", "--on-incomplete", "warn")
    assert (done.returncode, "RETRACTED when last checked, on 2026-11-23" in done.stdout) == (3, True)


def test_a_lock_that_is_written_is_an_event(locked):
    done = locked.check("--no-record", "--update-lock")
    assert (done.returncode, "--no-record and --update-lock cannot be used together" in done.stderr) == (2, True)
