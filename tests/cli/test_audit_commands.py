"""The audit trail as the commands keep and show it, and what `evidence verify` says of it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.audit.events import NOTHING, Stamp, line_of, parse_event
from evidence.cli.edit import record_refusal
from evidence.model.audit import AuditAction, AuditEntry
from processes import is_root

LIBRARY = """\
references:
  - id: younger-2013
    PMID: "23359310"
    accessed: 2026-11-01
  - {PMID: 17222320, id: smith-2007}
"""


@pytest.fixture
def checked(evidence):
    """A library that was checked once."""
    evidence.write(LIBRARY)
    assert evidence.check("--fail-on", "error").returncode == 0
    return evidence


def events(command, name="evidence.log.jsonl"):
    return [json.loads(line) for line in (command.folder / name).read_text().splitlines()]


def actions(command):
    return [(event["action"], event["object"], event["ending"]) for event in events(command)]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verified(command, *arguments, **env):
    done = command("verify", "--json", *arguments, **env)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_a_check_is_noted_with_what_it_judged_and_what_it_reported(checked):
    begun, done = (event for event in events(checked) if event["action"] == "run")
    assert (begun["ending"], done["ending"], done["actor"], done["as_of"]) == ("begun", "done", "tester", checked.today)
    assert done["details"]["input:references.yaml"] == sha256(checked.folder / "references.yaml")
    with closing(sqlite3.connect(checked.folder / "evidence.db")) as connection:
        assert connection.execute("SELECT sha256 FROM run_ends").fetchall() == [(done["after"],)]


def test_the_head_is_in_every_report_and_is_the_event_before_the_end(checked):
    status, report = checked.report()
    before = events(checked)[report["audit"]["sequence"] - 1]
    assert (status, before["hash"], before["ending"]) == (0, report["audit"]["head"], "begun")
    for form in ("text", "summary", "html", "markdown", "junit", "sarif"):
        assert report["audit"]["head"] in checked("report", "-v", "--format", form).stdout, form


def test_all_is_well_after_a_check(checked):
    status, reported = verified(checked)
    assert (status, reported["sound"], reported["flaws"], reported["remarks"]) == (0, True, [], [])
    assert reported["audit"] == {"sequence": len(events(checked)), "head": events(checked)[-1]["hash"]}


def test_a_person_reads_the_head_and_the_verdict(checked):
    done = checked("verify")
    assert done.returncode == 0
    assert events(checked)[-1]["hash"] in done.stdout
    assert done.stdout.endswith("verified: no changes since it was recorded\n")


def test_an_edit_is_announced_and_then_noted(checked):
    path = checked.folder / "references.yaml"
    before = sha256(path)
    assert checked("format").returncode == 0
    begun, done = events(checked)[-2:]
    assert [(event["action"], event["ending"]) for event in (begun, done)] == [("format", "begun"), ("format", "done")]
    assert (done["before"], done["after"]) == (before, sha256(path))
    assert done["details"]["begun"] == str(begun["sequence"])
    assert verified(checked)[0] == 0


def test_an_edit_in_a_folder_without_a_trail_leaves_no_file(evidence):
    evidence.write(LIBRARY)
    assert evidence("format").returncode == 0
    assert [path.name for path in evidence.folder.iterdir()] == ["references.yaml"]


@pytest.mark.parametrize("named", ["EVIDENCE_STORE", "EVIDENCE_LOG"])
def test_naming_a_store_or_a_log_begins_a_trail(evidence, named):
    evidence.write(LIBRARY)
    place = {"EVIDENCE_STORE": "kept.db", "EVIDENCE_LOG": "kept.log.jsonl"}[named]
    assert evidence("format", **{named: place}).returncode == 0
    assert [event["action"] for event in events(evidence, "kept.log.jsonl")] == ["begin", "format", "format"]


def test_a_clone_with_the_log_alone_goes_on_with_it(checked):
    for left in checked.folder.glob("evidence.db*"):
        left.unlink()
    status, reported = verified(checked)
    assert (status, len(reported["remarks"])) == (0, 1)
    number = len(events(checked))
    assert checked("format").returncode == 0
    assert [event["action"] for event in events(checked)[number:]] == ["begin", "format", "format"]
    status, reported = verified(checked)
    assert (status, reported["flaws"]) == (0, [])
    assert any("events of another store" in text for text in reported["remarks"])


def test_the_configuration_names_the_log(evidence):
    evidence.write(LIBRARY)
    (evidence.folder / "evidence.toml").write_text('store = "kept.db"\nlog = "audit/trail.jsonl"\n')
    (evidence.folder / "audit").mkdir()
    assert evidence("format").returncode == 0
    assert events(evidence, "audit/trail.jsonl")[-1]["details"]["file"] == "../references.yaml"
    assert verified(evidence)[0] == 0


@pytest.mark.parametrize(
    "command",
    [("show", "younger-2013"), ("runs",), ("history", "younger-2013"), ("report",), ("due",), ("fix",), ("log",)],
)
def test_looking_is_no_event(checked, command):
    before = events(checked)
    assert checked(*command).returncode in {0, 1}
    assert events(checked) == before


@pytest.mark.parametrize(
    "command",
    [
        ("confirm", "younger-2013", "--accessed", "2026-11-20", "--by", "A. Reader", "--dry-run"),
        ("format", "--check"),
        ("add", "pmid:19041189", "--dry-run"),
    ],
)
def test_what_is_only_tried_is_no_event(checked, command):
    before = events(checked)
    assert checked(*command).returncode in {0, 1}
    assert events(checked) == before


def test_a_confirmation_keeps_who_and_what_there_was_to_be_read(evidence):
    library = "references:\n  - id: label\n    setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65\n    accessed: 2026-10-01\n"
    evidence.write(library)
    evidence.check()
    assert evidence("confirm", "label", "--accessed", "2026-11-20", "--by", "A. Reader").returncode == 0
    event = events(evidence)[-1]
    assert (event["action"], event["object"], event["actor"]) == ("confirm", "label", "tester")
    details = event["details"]
    setid = "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
    assert (details["by"], details["accessed"], details["file"]) == ("A. Reader", "2026-11-20", "references.yaml")
    assert details[f"spl-version of {setid}"].startswith("14 of 2026-")
    assert "label version 14" in details["seen"]
    with closing(sqlite3.connect(evidence.folder / "evidence.db")) as connection:
        kept = {sha for (sha,) in connection.execute("SELECT sha256 FROM answers")}
    assert details[f"answer-sha256 of {setid}"] in kept


def test_a_confirmation_that_cannot_be_is_a_refused_action(checked):
    done = checked("confirm", "younger-2013", "--accessed", "2026-10-01", "--by", "A. Reader")
    assert done.returncode == 2
    event = events(checked)[-1]
    assert (event["action"], event["object"], event["ending"]) == ("confirm", "younger-2013", "refused")
    assert "which is after 2026-10-01" in event["details"]["why"]


def test_an_addition_that_is_declined_is_a_refused_action(checked):
    assert checked("add", "pmid:23359310").returncode == 1
    assert actions(checked)[-1] == ("add", "references.yaml", "refused")


def test_an_action_that_is_refused_is_noted_where_a_trail_is_kept(checked, monkeypatch):
    monkeypatch.chdir(checked.folder)
    monkeypatch.setenv("EVIDENCE_ACTOR", "tester")
    record_refusal(
        AuditEntry(AuditAction.WAIVE, "younger-2013", reason="it is only discussed", details={"code": "RET001"})
    )
    assert actions(checked)[-1] == ("waive", "younger-2013", "refused")


def test_a_lock_is_noted_and_names_the_head(checked):
    assert checked.check("--update-lock").returncode == 0
    lock = json.loads((checked.folder / "references.lock.json").read_text())
    begun, done = events(checked)[-2:]
    assert (done["action"], done["after"]) == ("lock", sha256(checked.folder / "references.lock.json"))
    assert lock["audit-head"] == {"sequence": begun["sequence"] - 1, "head": begun["previous"]}
    assert verified(checked)[0] == 0
    assert checked.check("--locked").returncode == 0


def test_a_run_beside_a_lock_binds_it(checked):
    checked.check("--update-lock")
    lock = sha256(checked.folder / "references.lock.json")
    checked.check()
    assert events(checked)[-1]["details"]["lock:references.lock.json"] == lock


def test_a_trail_that_was_cut_off_everywhere_is_found_by_the_lock(checked):
    checked.check("--update-lock")
    log = checked.folder / "evidence.log.jsonl"
    for left in checked.folder.glob("evidence.db*"):
        left.unlink()
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:3]))
    status, reported = verified(checked)
    (flaw,) = reported["flaws"]
    assert (status, flaw["place"]) == (1, "references.lock.json:2")
    assert "the trail ends with event 3: its end was cut off" in flaw["what"]


def test_a_lock_with_an_altered_head_is_found(checked):
    checked.check("--update-lock")
    lock = checked.folder / "references.lock.json"
    lock.write_text(lock.read_text().replace('"sequence": ', '"sequence": 1'))
    status, reported = verified(checked)
    assert (status, reported["flaws"][0]["place"].partition(":")[0]) == (1, "references.lock.json")
    assert "does not match its digest" in reported["flaws"][0]["what"]


def test_a_locked_run_and_a_demo_write_nothing(checked):
    checked.check("--update-lock")
    before = events(checked)
    assert checked.check("--locked").returncode == 0
    assert checked("demo", EVIDENCE_LOG=str(checked.folder / "evidence.log.jsonl")).returncode in {0, 1, 3}
    assert events(checked) == before


def test_what_an_earlier_run_was_reported_is_still_there(checked, server):
    first = events(checked)[-1]
    younger = server.world.articles["23359310"]
    server.world = server.world.with_article(replace(younger, title=f"Corrected: {younger.title}"))
    checked.check("--refresh")
    with closing(sqlite3.connect(checked.folder / "evidence.db")) as connection:
        named = connection.execute(
            "SELECT record_sha256 FROM observations AS o JOIN runs AS r ON r.sequence = o.run "
            "WHERE r.id = ? AND record_sha256 IS NOT NULL",
            (first["object"],),
        ).fetchall()
        kept = set(connection.execute("SELECT sha256 FROM answers").fetchall())
    assert named
    assert set(named) <= kept
    assert verified(checked)[0] == 0


def test_pruning_is_an_event_and_leaves_what_runs_were_reported(checked):
    assert checked("cache", "prune", "--unused-for", "1").returncode == 0
    assert actions(checked)[-1] == ("prune", "evidence.db", "done")
    assert verified(checked)[0] == 0
    assert checked("cache", "prune", "--answers-before", "2999-01-01").returncode == 0
    assert verified(checked)[0] == 0


def test_the_first_broken_link_is_reported_with_its_line_and_how_to_go_on(checked):
    log = checked.folder / "evidence.log.jsonl"
    log.write_text(log.read_text().replace('"editor"', '"x"').replace('"ending":"begun"', '"ending":"begum"', 1))
    done = checked("verify")
    assert done.returncode == 1
    assert "evidence.log.jsonl:3: its hash does not match its text: it was changed" in done.stdout
    assert "what to do: restore the log from version control" in done.stdout


def test_a_file_that_was_changed_by_hand_is_reported_and_no_failure(checked):
    checked.write(LIBRARY + "# a note\n")
    status, reported = verified(checked)
    assert (status, reported["flaws"]) == (0, [])
    assert reported["remarks"] == [
        "references.yaml was changed outside this tool after event 4, the last event about it"
    ]


def test_there_is_nothing_to_verify_without_a_trail(evidence):
    done = evidence("verify")
    assert done.returncode == 2
    assert "no audit trail found" in done.stderr


def test_a_store_that_is_none_cannot_be_verified(evidence):
    evidence.write("no database at all", "evidence.db")
    done = evidence("verify")
    assert (done.returncode, done.stdout) == (2, "")


def test_verifying_changes_nothing(checked):
    before = {path.name: path.read_bytes() for path in checked.folder.iterdir()}
    checked("verify")
    assert {path.name: path.read_bytes() for path in checked.folder.iterdir()} == before


def test_the_log_is_shown_as_lines_for_people(checked):
    checked("format")
    lines = checked("log").stdout.splitlines()
    assert lines[0].split() == ["event", "at", "(UTC)", "as", "of", "by", "what", "on", "why"]
    assert [line.split()[5] for line in lines[1:]] == ["begin", "policy", "run", "format"]


def test_the_log_of_one_thing_and_of_some_days(checked):
    checked("format")
    output = json.loads(checked("log", "--object", "references.yaml", "--format", "json").stdout)["events"]
    assert {event["action"] for event in output} == {"policy", "format"}
    assert checked("log", "--since", "2999-01-01").stdout == "no matching events\n"


def test_the_log_is_harmless_on_a_terminal(checked):
    path = checked.write("references: []\n", "\x1b[31mred.references.yaml")
    assert checked("add", "pmid:17222320", "--file", path.name).returncode == 0
    assert "\x1b" not in checked("log", "-v").stdout
    assert "\x1b" not in checked("verify").stdout


def altered(path, *statements):
    """A store changed by someone who knows how: its triggers taken away, and put back as they were."""
    with closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, wording in triggers:
            connection.execute(wording)


def test_a_store_whose_mark_was_removed_is_not_taken_for_one_without_a_trail(checked):
    altered(checked.folder / "evidence.db", "DELETE FROM trail", "UPDATE findings SET severity = 'info'")
    status, reported = verified(checked)
    assert (status, [flaw["place"] for flaw in reported["flaws"]]) == (1, ["evidence.db trail"])
    assert (
        "the id that links the store to its audit trail was removed, so its rows cannot be verified"
        in reported["flaws"][0]["what"]
    )


def older_copy(command):
    """Store and log put back to what they were before the lock was written."""
    kept = {name: (command.folder / name).read_bytes() for name in ("evidence.db", "evidence.log.jsonl")}
    assert command.check("--update-lock").returncode == 0
    for name, data in kept.items():
        (command.folder / name).write_bytes(data)


def test_a_check_says_that_the_lock_knows_a_later_event_than_the_trail(checked):
    assert checked.check().stderr == ""
    older_copy(checked)
    number = json.loads((checked.folder / "references.lock.json").read_text())["audit-head"]["sequence"]
    reported = (
        f"references.lock.json refers to event {number} of the audit trail, which the trail here does not contain"
    )
    assert reported in checked.check("--locked").stderr
    assert reported in checked.check().stderr


def test_a_lock_written_over_a_lost_head_leaves_that_head_in_the_trail(checked):
    older_copy(checked)
    named = json.loads((checked.folder / "references.lock.json").read_text())["audit-head"]
    checked.write(LIBRARY.partition("  - {")[0])
    assert "does not contain" in checked.check("--update-lock").stderr
    lock = events(checked)[-1]
    assert (lock["action"], lock["details"]["lost-head"]) == ("lock", f"{named['sequence']} {named['head']}")


def test_who_approves_their_own_request_is_refused_and_noted(checked):
    asked = ("--requested-by", "Dana Reyes", "--approved-by", "dana reyes", "--reason", "ours")
    waiver = ("waive", "MET007", "smith-2007", "--category", "accepted-risk", "--until", "9d", *asked)
    assert checked(*waiver, "--as-of", checked.today, "--dry-run").returncode == 2
    assert actions(checked)[-1][0] == "run"
    assert checked(*waiver, "--as-of", checked.today).returncode == 2
    assert actions(checked)[-1] == ("waive", "smith-2007", "refused")
    assert checked("baseline", "--as-of", checked.today, *asked).returncode == 2
    assert actions(checked)[-1] == ("baseline", "references.yaml", "refused")


def test_a_locked_run_names_the_head_of_the_log_beside_it(checked):
    assert checked.check("--update-lock").returncode == 0
    last = events(checked)[-1]
    _, report = checked.report("--locked")
    assert report["audit"] == {"sequence": last["sequence"], "head": last["hash"]}
    (checked.folder / "evidence.log.jsonl").unlink()
    assert checked.report("--locked")[1]["audit"] is None


@pytest.mark.skipif(is_root(), reason="root may write everywhere")
def test_a_copy_that_nobody_may_write_is_verified_all_the_same(checked):
    checked.folder.chmod(0o555)
    try:
        assert verified(checked)[0] == 0
    finally:
        checked.folder.chmod(0o755)


def test_one_long_name_does_not_hide_the_others(checked):
    checked.check("--actor", "A" * 5000)
    assert max(map(len, checked("log").stdout.splitlines())) < 200
    assert f"actor: {'A' * 5000}" in checked("log", "--verbose").stdout


def test_a_log_whose_line_ends_were_rewritten_is_reported_once_and_with_its_cause(checked):
    log = checked.folder / "evidence.log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))
    status, reported = verified(checked)
    assert (status, [flaw["place"] for flaw in reported["flaws"]]) == (1, ["evidence.log.jsonl:1"])
    assert "the line ends in CRLF" in reported["flaws"][0]["what"]


def test_a_file_changed_by_hand_between_two_events_is_reported_though_the_tool_went_on(checked):
    path = checked.folder / "references.yaml"
    path.write_text(path.read_text() + "# by hand\n")
    assert checked("format").returncode == 0
    status, reported = verified(checked)
    number = next(event["sequence"] for event in events(checked) if event["action"] == "format")
    results_of = f"references.yaml was changed outside this tool before event {number}"
    assert (status, reported["remarks"]) == (0, [results_of])


def test_a_head_read_off_a_report_is_looked_for_in_the_trail(checked):
    head = checked.report()[1]["audit"]["head"]
    assert verified(checked, "--head", head)[0] == verified(checked, "--head", head[:12])[0] == 0
    status, reported = verified(checked, "--head", "0" * 64)
    assert (status, reported["flaws"][0]["place"]) == (1, "--head")
    assert "is not a valid hash" in checked("verify", "--head", "abc").stderr


def test_a_refused_action_says_why_it_was_refused(checked):
    checked(
        "sign",
        "--role",
        "editor",
        "--meaning",
        "approved",
        "--reason",
        "yearly review",
        "--as-of",
        "2026-12-31",
        "--yes",
    )
    reported = checked("log").stdout.splitlines()[-1]
    assert "sign refused" in reported
    assert "38 days ago (limit: 7 days)" in reported
    assert "reason: yearly review" in checked("log", "-v").stdout


@pytest.mark.parametrize(
    "change", ["DELETE FROM _sqlite_migrations WHERE id = 2", "UPDATE _sqlite_migrations SET name = name || 'x'"]
)
def test_the_table_of_migrations_reports_those_that_are_known(checked, change):
    altered(checked.folder / "evidence.db", change)
    status, reported = verified(checked)
    assert (status, [flaw["place"] for flaw in reported["flaws"]]) == (1, ["evidence.db _sqlite_migrations"])


def test_an_event_that_is_dated_before_the_one_before_it_is_reported(evidence):
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    lines, head = [], NOTHING
    for minutes in (0, -90, 1, 2):
        stamp = Stamp(noon + timedelta(minutes=minutes), noon.date(), "editor", "1.2.3")
        lines.append(line_of(AuditEntry(AuditAction.FORMAT, "references.yaml"), stamp, head))
        head = parse_event(lines[-1]).head
    evidence.write("".join(f"{line}\n" for line in lines), "evidence.log.jsonl")
    status, reported = verified(evidence)
    results_of = "event 2 is dated 2026-11-23 10:30 UTC, earlier than event 1 (2026-11-23 12:00): "
    assert (status, any(one.startswith(results_of) for one in reported["remarks"])) == (0, True)


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_event_of_another_program_that_names_no_number_as_its_beginning_is_shown(evidence, form):
    stamp = Stamp(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC).date(), "x", "1")
    entry = AuditEntry(AuditAction.FORMAT, "references.yaml", details={"begun": "\N{SUPERSCRIPT TWO}"})
    (evidence.folder / "evidence.log.jsonl").write_text(line_of(entry, stamp, NOTHING) + "\n")
    done = evidence("log", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "references.yaml" in done.stdout


def test_what_is_named_to_be_verified_and_is_no_references_file_is_not_called_verified(checked):
    checked.check("--output", "report.html", "--format", "html")
    done = checked("verify", "report.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "report.html was not verified: it is not a references file" in done.stderr
    assert "--head" in done.stderr
