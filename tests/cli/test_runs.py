"""runs, history, diff and due, as a user runs them."""

from __future__ import annotations

import csv
import io
import json

import icalendar
import pytest

from evidence.model.records import NoticeLink
from factories import begun_run
from fakes import FakeClock

NOTICE = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
PAPERS = """references:
- {id: younger, PMID: "23359310"}
- {id: smith, PMID: "17222320"}
- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-06-01, owner: the pharmacist}
"""


@pytest.fixture
def week(evidence, server):
    """Three days of one file: in the first nothing, then a retraction, then NCBI down."""
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-11-20")
    server.world = server.world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    evidence("check", "--as-of", "2026-11-21")
    server.faults.add("eutils", "wrong-content")
    evidence("check", "--as-of", "2026-11-22")
    return evidence


def names(evidence):
    return [run["id"] for run in json.loads(evidence("runs", "--json").stdout)["runs"]]


def test_all_commands_report_the_week(week):
    runs = json.loads(week("runs", "--json").stdout)["runs"]
    assert [(run["as_of"], run["exit_code"], run["errors"]) for run in runs] == [
        ("2026-11-22", 1, 1),
        ("2026-11-21", 1, 1),
        ("2026-11-20", 0, 0),
    ]
    table = week("runs", "--last", "2").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["run", runs[0]["id"], runs[1]["id"]]
    assert "failed (1)" in table[1] or "findings (1)" in table[1], table[1]

    diff = week("diff", "last-2", "last-1", "--exit-code")
    assert diff.returncode == 1
    assert "   retracted     smith: " in diff.stdout
    reported = json.loads(week("diff", "--json").stdout)
    assert (reported["from"]["id"], reported["to"]["id"]) == (runs[1]["id"], runs[0]["id"])
    assert {finding["code"] for finding in reported["unjudged"]} == {"RET007"}
    assert (reported["new"], reported["news"]) == ([], [])
    assert week("diff", "--exit-code").returncode == 0

    history = week("history", "smith").stdout
    assert "2026-11-21  + RET001 retracted-publication" in history
    assert "- RET001" not in history
    events = json.loads(week("history", "smith", "--json").stdout)["events"]
    assert [event["as_of"] for event in events] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert "did you mean smith?" in week("history", "smiht").stderr

    again = week("report", runs[1]["id"][:-1], "--format", "json")
    assert json.loads(again.stdout)["run"]["id"] == runs[1]["id"]
    assert week("report", "last-1", "--format", "json").stdout == again.stdout
    assert "since 2026-11-20" in week("report", "last-1").stdout


def test_runs_that_left_out_a_file_or_a_rule_resolve_nothing_of_it(evidence, server):
    server.world = server.world.with_retraction("17222320", NOTICE)
    evidence.write(PAPERS)
    evidence.write("references: []\n", "other.yaml")
    both = ("references.yaml", "other.yaml")
    evidence("check", "--as-of", "2026-11-20", *both)
    evidence("check", "--as-of", "2026-11-21", "--ignore", "RET", *both)
    evidence("check", "--as-of", "2026-11-22", "other.yaml")
    for later, reported in (
        ("last-1", "the first all, the second all except RET"),
        ("last", "checked different files"),
    ):
        output = evidence("diff", "last-2", later).stdout
        assert reported in " ".join(output.split())
        changes = json.loads(evidence("diff", "last-2", later, "--json").stdout)
        assert (changes["resolved"], changes["news"]) == ([], [])
        assert "RET001" in {finding["code"] for finding in changes["unjudged"]}
    assert changes["from"]["ignore"] == []
    assert "- RET001" not in evidence("history", "smith").stdout


def test_a_retraction_whose_identifier_was_exchanged_is_reported_and_not_called_resolved(evidence, server):
    server.world = server.world.with_retraction("17222320", NOTICE)
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-11-20")
    evidence.write(PAPERS.replace('PMID: "17222320"', "NCT: NCT00568555, type: webpage"))
    evidence("check", "--as-of", "2026-11-21")
    reported = evidence("diff").stdout
    assert "removed       smith: identifier changed: without pmid:17222320" in reported
    diff = json.loads(evidence("diff", "--json").stdout)
    assert "RET001" in {one["code"] for one in diff["replaced"]} - {one["code"] for one in diff["resolved"]}


def test_runs_are_refused_when_their_name_says_too_little_or_nothing(evidence):
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-11-20", "--offline")
    evidence("check", "--as-of", "2026-11-21", "--offline")
    for word, reported in (
        ("2", "2 runs begin with 2"),
        ("x", "run x not found"),
        ("last-2", "only 2 finished runs"),
    ):
        done = evidence("report", word)
        assert (done.returncode, done.stdout) == (2, "")
        assert reported in done.stderr
    assert "evidence runs" in evidence("diff", "last-1", "").stderr


def test_one_run_is_not_enough_for_a_difference(evidence):
    evidence.write(PAPERS)
    evidence("check", "--offline")
    done = evidence("diff")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no earlier run to compare" in done.stderr


@pytest.mark.parametrize("command", ["runs", "diff", "history x"])
def test_looking_creates_no_store(evidence, command):
    assert evidence(*command.split()).returncode == 2
    assert list(evidence.folder.iterdir()) == []


def test_a_run_that_was_interrupted_is_listed_as_such_and_has_no_report(evidence):
    from evidence.storage.store import Store  # noqa: PLC0415 - SQLite is for those who have a store, not for a locked run

    with Store.open(evidence.folder / "evidence.db", tool_version="1", clock=FakeClock()) as store:
        store.begin_run(begun_run("broken-off"))
    assert "interrupted" in evidence("runs").stdout
    assert json.loads(evidence("runs", "--json").stdout)["runs"][0]["exit_code"] is None
    assert "did not finish" in evidence("report", "broken").stderr


def test_runs_are_listed_by_file(evidence):
    evidence.write(PAPERS)
    evidence.write("references: []\n", "other.yaml")
    evidence("check", "--offline")
    evidence("check", "--offline", "other.yaml")
    listed = json.loads(evidence("runs", "--json", "--file", "other.yaml").stdout)["runs"]
    assert [run["inputs"][0]["path"] for run in listed] == ["other.yaml"]


def test_what_falls_due_is_reported_as_table_csv_and_calendar(evidence):
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-11-20")
    due = ("due", "--as-of", "2026-11-21")
    quiet = evidence(*due)
    assert "nothing" in quiet.stdout
    soon = evidence("due", "--as-of", "2026-12-15").stdout
    assert "1 access date expires on 2027-06-01: label" in " ".join(soon.split())
    output = evidence(*due, "--within", "7m").stdout
    assert "the pharmacist" in output
    rows = list(csv.DictReader(io.StringIO(evidence(*due, "--within", "7m", "--format", "csv").stdout)))
    assert [(row["reference"], row["on"], row["owner"]) for row in rows] == [("label", "2027-06-01", "the pharmacist")]
    assert evidence(*due, "--within", "30w", "--format", "ics", "-o", "due.ics").stdout == ""
    calendar = icalendar.Calendar.from_ical((evidence.folder / "due.ics").read_bytes())
    assert [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")] == ["Read again: label (the pharmacist)"]
    assert json.loads(evidence(*due, "--within", "7m", "--owner", "nobody", "--format", "json").stdout)["due"] == []


def test_what_was_not_verified_for_long_falls_due(evidence):
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-10-01")
    reported = json.loads(evidence("due", "--as-of", "2026-11-23", "--format", "json").stdout)["due"]
    assert [(item["reference"], item["kind"], item["on"]) for item in reported] == [
        (name, "verification", "2026-10-31") for name in ("younger", "smith", "label")
    ]


def test_without_a_store_only_what_the_file_says_falls_due(evidence):
    evidence.write(PAPERS)
    assert json.loads(evidence("due", "--as-of", "2026-11-23", "--format", "json").stdout)["due"] == []
    assert not (evidence.folder / "evidence.db").exists()


def test_a_due_list_replaces_its_file_entirely_and_none_that_the_run_reads(evidence):
    evidence.write(PAPERS)
    evidence("check", "--as-of", "2026-11-20")
    earlier = evidence.write("of last month", "due.csv")
    (evidence.folder / "kept.csv").hardlink_to(earlier)
    assert evidence("due", "--format", "csv", "-o", "due.csv", "--force").returncode == 0
    assert (evidence.folder / "kept.csv").read_text() == "of last month"
    assert "reference" in csv.DictReader(io.StringIO(earlier.read_text())).fieldnames
    assert "would overwrite" in evidence("due", "-o", "evidence.db-wal").stderr


def test_a_span_that_is_none_and_a_place_that_is_read_are_refused(evidence):
    evidence.write(PAPERS)
    assert "is not a period" in evidence("due", "--within", "soon").stderr
    done = evidence("due", "-o", "references.yaml")
    assert done.returncode == 2
    assert (evidence.folder / "references.yaml").read_text() == PAPERS
