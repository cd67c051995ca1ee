"""Locks that say something else than what was verified: what is said of them, and what is not judged by them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import synthetic_world
from evidence.model.records import NoticeLink
from evidence.model.text import canonical_sha256
from processes import Command

PAPERS = """\
references:
  - {id: younger, PMID: "23359310"}
  - {id: smith, PMID: "17222320"}
"""
SMITH = "pmid:17222320"
LOCK = "references.lock.json"


@pytest.fixture
def locked(evidence: Command, server: DemoServer) -> Command:
    """A lock that knows of a retraction."""
    evidence.write(PAPERS)
    world = server.world.with_article(*synthetic_world(1).articles.values())
    server.world = world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    assert evidence.check("--update-lock").returncode == 1
    shutil.copy(evidence.folder / LOCK, evidence.folder / "before.json")
    return evidence


def forge(command: Command, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the identifiers of the lock, and make all digests match, as somebody would who knows how."""
    path = command.folder / LOCK
    lock = json.loads(path.read_text("utf-8"))
    change(lock["identifiers"])
    for name, entry in lock["identifiers"].items():
        facts = {key: value for key, value in entry.items() if key not in {"digest", "verified"}}
        entry["digest"] = canonical_sha256([name, facts])
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False), "utf-8")


def without_notices(identifiers: dict[str, Any]) -> None:
    for entry in identifiers.values():
        entry["article"].pop("notices", None)
        entry["article"]["publication-types"] = []


def without_smith(identifiers: dict[str, Any]) -> None:
    for name, entry in list(identifiers.items()):
        if "Smith" in json.dumps(entry):
            del identifiers[name]


# What is no longer in the lock is told first


def test_a_retraction_that_was_deleted_from_the_lock_is_the_first_line_of_its_change_log(locked):
    forge(locked, without_notices)
    first, *_ = locked("lock", "--diff", "before.json").stdout.splitlines()
    assert first.startswith(f"no-longer-retracted: {SMITH} (")
    assert first.endswith("was retracted (PMID 39999999), and its record no longer shows this")


def test_so_is_one_whose_entry_was_deleted(locked):
    forge(locked, without_smith)
    first = locked("lock", "--diff", "before.json").stdout.splitlines()[0]
    assert first.startswith(f"no-longer-retracted: {SMITH} (")
    assert first.endswith("was retracted (PMID 39999999), and its entry is no longer in the lock")


# The services of a lock


def answered_by(address: str, source: str | None = None) -> Callable[[dict[str, Any]], None]:
    def change(identifiers: dict[str, Any]) -> None:
        identifiers[SMITH] |= {"address": address} | ({"source": source} if source else {})

    return change


UTILITIES = "set EVIDENCE_EUTILS_URL to its address"
UPDATE = "--update-lock"


@pytest.mark.parametrize(
    "words", [("check", "--locked"), ("check", "--local"), ("export", "--to", "csl-json"), ("lock", "--restore")]
)
@pytest.mark.parametrize(
    ("stranger", "said", "fix"),
    [
        (answered_by("http://127.0.0.1:9/x"), "came from http://127.0.0.1:9/x, not from ", UTILITIES),
        (answered_by("https://eutils.ncbi.nlm.nih.gov.example.org"), "not from https://eutils", UTILITIES),
        (answered_by(""), "not from https://eutils", UTILITIES),
        (answered_by("stand-in", "web"), "came from stand-in, not from the cited page", UPDATE),
        (
            answered_by("http://127.0.0.1:9", "my"),
            "came from my at http://127.0.0.1:9, which is not a source",
            UPDATE,
        ),
    ],
)
def test_a_service_that_nobody_configured_is_not_judged_by(words, stranger, said, fix, locked):
    forge(locked, stranger)
    done = locked(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert fix in done.stderr
    line = next(n for n, text in enumerate((locked.folder / LOCK).read_text().splitlines(), 1) if f'"{SMITH}"' in text)
    assert f"{LOCK}:{line}: the answer for {SMITH} " in done.stderr


def test_the_public_services_and_the_configured_ones_are(locked):
    public = dict.fromkeys(locked.env.keys() & {"EVIDENCE_EUTILS_URL", "EVIDENCE_CROSSREF_URL"}, "")
    assert locked.report("--locked")[0] == 1
    refused = locked.check("--locked", **public)
    assert (refused.returncode, "set EVIDENCE_CROSSREF_URL to its address" in refused.stderr) == (2, True)

    def move(identifiers: dict[str, Any]) -> None:
        hosts = {"pubmed": "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", "crossref": "https://api.crossref.org"}
        for entry in identifiers.values():
            entry["address"] = hosts[entry["source"]]

    (locked.folder / "evidence.log.jsonl").unlink()
    forge(locked, move)
    assert locked.report("--locked", **public)[0] == 1


def test_an_online_run_asks_anew_what_a_stranger_answered_and_keeps_a_warning_of_whomever(locked, server):
    def change(identifiers: dict[str, Any]) -> None:
        for entry in identifiers.values():
            entry["address"] = "http://127.0.0.1:9/eutils"

    forge(locked, change)
    (locked.folder / "evidence.db").unlink()
    (locked.folder / "evidence.log.jsonl").unlink()
    server.faults.add("eutils", "wrong-content")
    away = locked.check("--update-lock")
    assert "2 entries came from http://127.0.0.1:9/eutils, not from https://eutils" in away.stderr
    kept = json.loads((locked.folder / LOCK).read_text())["identifiers"]
    assert list(kept) == [SMITH]
    server.faults.clear()
    assert "1 entry came from http://127.0.0.1:9/eutils" in locked.check("--update-lock").stderr
    status, _ = locked.report("--locked")
    assert (status, Path(locked.folder / LOCK).read_text().count("127.0.0.1:9/")) == (1, 0)


# What the trail says of the lock


def changed_locks(command: Command, *words: str) -> list[dict[str, Any]]:
    _, report = command.report(*words)
    return [finding for finding in report["findings"] if finding["code"] == "LCK001"]


@pytest.mark.parametrize("mode", [["--locked"], ["--local"], []])
@pytest.mark.parametrize("change", [without_notices, without_smith])
def test_a_lock_that_another_hand_changed_is_reported_with_its_references(mode, change, locked):
    assert changed_locks(locked, *mode) == []
    forge(locked, change)
    done = locked.check(*mode, "--format", "json")
    (finding,) = (item for item in json.loads(done.stdout)["findings"] if item["code"] == "LCK001")
    assert (finding["severity"], finding["reference"], finding["path"]) == ("warning", None, "references.yaml")
    assert finding["message"].startswith(f"{LOCK} was changed after event 6 of the audit trail (")
    assert f"smith ({SMITH})" in finding["message"]


def test_it_is_no_retraction_but_the_gate_can_be_told_to_fail_on_it(locked):
    forge(locked, without_notices)
    assert locked.check("--locked").returncode == 0
    assert locked.check("--locked", "--fail-on", "warning").returncode == 1


def test_only_what_was_changed_is_named(locked):
    def change(identifiers: dict[str, Any]) -> None:
        identifiers["pmid:23359310"]["article"]["title"] = "Another title"

    forge(locked, change)
    ((finding),) = changed_locks(locked, "--locked")
    assert finding["message"].endswith("changed: younger (pmid:23359310)")


def test_a_lock_that_was_made_to_look_younger_is_reported(locked):
    path = locked.folder / LOCK
    lock = json.loads(path.read_text("utf-8"))
    lock["last-complete-run"] = "2026-11-23T23:59:59Z"
    lock["digest"] = canonical_sha256({key: lock[key] for key in ("version", "last-complete-run", "audit-head")})
    path.write_text(json.dumps(lock), "utf-8")
    (finding,) = changed_locks(locked, "--locked")
    assert finding["message"].endswith("its entries are the same; its dates or its audit head differ")


def test_nor_does_it_help_to_take_the_head_out_of_the_lock(locked):
    forge(locked, without_notices)
    path = locked.folder / LOCK
    lock = json.loads(path.read_text("utf-8"))
    del lock["audit-head"]
    lock["digest"] = canonical_sha256({key: lock[key] for key in ("version", "last-complete-run")})
    path.write_text(json.dumps(lock), "utf-8")
    (finding,) = changed_locks(locked, "--locked")
    assert f"smith ({SMITH})" in finding["message"]


def test_an_update_writes_it_anew_and_nothing_is_said_any_more(locked):
    forge(locked, without_notices)
    assert "LCK001" in locked.check("--update-lock").stdout
    assert changed_locks(locked, "--locked") == changed_locks(locked) == []
    assert locked("lock", "--rebuild").returncode == 0
    assert changed_locks(locked, "--locked") == []


def test_beside_another_trail_or_none_nothing_is_said(locked, tmp_path):
    forge(locked, without_notices)
    log = locked.folder / "evidence.log.jsonl"
    kept = tmp_path / "elsewhere"
    kept.mkdir()
    shutil.move(log, kept)
    assert changed_locks(locked, "--locked") == []
    assert changed_locks(locked, "--locked", "--store", str(kept / "evidence.db")) == []
    lines = (kept / "evidence.log.jsonl").read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:3]))  # cut off before the lock was written: that is said of the head
    assert "does not contain" in locked.check("--locked").stderr
    assert "LCK001" not in locked.check("--locked").stdout


def branches(command: Command) -> None:
    """Two branches of one repository, `main` and `other`, on each of which the lock was written by its own trail."""
    (command.folder / ".gitignore").write_text("evidence.db*\nbefore.json\n")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "both"], ["branch", "other"]):
        git(command, *words)
    for branch, added in (("main", "10000001"), ("other", "19041189")):
        git(command, "checkout", "-q", branch)
        for left in command.folder.glob("evidence.db*"):
            left.unlink()
        command.write(PAPERS + f'  - {{id: added, PMID: "{added}"}}\n')
        command.check("--update-lock")
        git(command, "commit", "-qam", branch)
    git(command, "checkout", "-q", "main")


def git(command: Command, *words: str) -> None:
    named = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    subprocess.run(["git", "-C", command.folder, *named, *words], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("lock", ["main", "other"])
@pytest.mark.parametrize("log", ["main", "other"])
def test_of_a_lock_that_a_merge_took_from_another_branch_nothing_is_said(lock, log, locked):
    branches(locked)
    git(locked, "checkout", lock, "--", LOCK)
    git(locked, "checkout", log, "--", "evidence.log.jsonl")
    assert "LCK001" not in locked.check("--locked").stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_nor_of_one_that_git_joined_of_what_two_trails_wrote_but_of_one_that_lost_a_retraction_by_it(locked):
    branches(locked)
    git(locked, "merge", "-q", "-X", "ours", "other")
    joined = (locked.folder / LOCK).read_text("utf-8")
    assert '"pmid:10000001"' in joined
    assert '"pmid:19041189"' in joined
    assert "LCK001" not in locked.check("--locked").stdout
    (locked.folder / "later.txt").write_text("a later commit\n")
    git(locked, "add", "-A")
    git(locked, "commit", "-qm", "later")
    assert "LCK001" not in locked.check("--locked").stdout
    forge(locked, without_notices)
    assert "LCK001" in locked.check("--locked").stdout
    git(locked, "commit", "-qam", "tampered")
    assert "LCK001" in locked.check("--locked").stdout
    (locked.folder / LOCK).write_text(joined, "utf-8")
    shutil.rmtree(locked.folder / ".git")
    assert "LCK001" in locked.check("--locked").stdout


@pytest.mark.parametrize(
    "words", [("lock",), ("lock", "--diff", "before.json"), ("lock", "--restore"), ("export", "--to", "csl-json")]
)
def test_every_command_that_reads_the_lock_says_so(words, locked):
    assert "LCK001" not in locked(*words).stderr
    forge(locked, without_notices)
    assert f"warning: LCK001 {LOCK} was changed after event 6" in locked(*words).stderr
