import json
import shutil
import subprocess
import sys
import textwrap

import pytest

from evidence.demo.world import references_for, synthetic_world
from evidence.model.records import NoticeLink

ARTICLES = """\
references:
  - {id: younger, PMID: "23359310"}
  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}
"""


@pytest.fixture
def locked(evidence):
    evidence.write(ARTICLES)
    done = evidence.check("--update-lock")
    assert (done.returncode, done.stderr) == (0, "evidence: references.lock.json: written\n")
    return evidence


def git(folder, *arguments):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=tester", "-c", "user.email=tester@example.org", *arguments],
        check=True,
        capture_output=True,
    )


def test_a_fresh_clone_is_judged_by_the_lock_without_store_or_settings(locked, server):
    (locked.folder / "evidence.db").unlink()
    for left in locked.folder.glob("evidence.db*"):
        left.unlink()
    server.forget()
    status, report = locked.report("--locked")
    assert (status, report["run"]["mode"], server.requests) == (0, "locked", [])
    assert [reference["from"] for reference in report["references"]] == ["lock", "lock"]
    assert report["references"][0]["record"]["title"].startswith("Low-dose naltrexone")
    assert sorted(path.name for path in locked.folder.iterdir()) == [
        "evidence.log.jsonl",
        "references.lock.json",
        "references.yaml",
    ]


def test_a_locked_run_loads_no_network_and_no_store(locked):
    script = f"""
        import os, socket, sys
        def refused(*_, **__):
            raise SystemExit("a socket was opened")
        socket.socket = refused
        os._exit = lambda status: None
        sys.argv = ["evidence", "check", "--locked", "--as-of", "2026-11-23"]
        os.chdir({str(locked.folder)!r})
        from evidence.cli.main import main
        main()
        unwanted = {{"requests", "urllib3", "pycurl", "Bio", "sqlite3", "sqlite_utils", "ssl", "http.client"}}
        wrong = unwanted & set(sys.modules)
        sys.exit(f"loaded: {{wrong}}" if wrong else 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, env=locked.env
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 references" in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        ("--locked", "--offline"),
        ("--locked", "--refresh"),
        ("--locked", "--update-lock"),
        ("--offline", "--update-lock"),
    ],
)
def test_options_that_contradict_each_other_are_refused(evidence, options):
    evidence.write(ARTICLES)
    done = evidence.check(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be used together" in done.stderr


def test_the_demo_can_write_no_lock(evidence):
    evidence.write(ARTICLES)
    done = evidence("demo", "--update-lock")
    assert done.returncode == 2
    assert not (evidence.folder / "references.lock.json").exists()


@pytest.mark.parametrize("options", [(), ("--update-lock",), ("--locked",)])
def test_a_merge_conflict_stops_every_run_before_anybody_is_asked(locked, server, options):
    path = locked.folder / "references.lock.json"
    path.write_text("<<<<<<< HEAD\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    server.forget()
    done = locked.check(*options)
    assert (done.returncode, done.stdout, server.requests) == (2, "", [])
    assert done.stderr.startswith("evidence: error: references.lock.json:1: merge conflict")


def test_a_lock_by_another_name(evidence):
    evidence.write(ARTICLES)
    assert evidence.check("--update-lock", "--lock", "other.json").returncode == 0
    assert evidence.check("--locked", "--lock", "other.json").returncode == 0
    done = evidence.check("--locked")
    assert done.returncode == 2
    assert "references.lock.json: lock file not found" in done.stderr


def test_a_report_is_not_written_over_the_lock(locked):
    done = locked.check("--locked", "--output", "references.lock.json")
    assert done.returncode == 2
    assert "overwrite" in done.stderr


def test_an_updated_lock_says_what_it_wrote_and_a_quiet_run_does_not(locked, server):
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "x", pmid="9"))
    behind = locked("check", "--as-of", "2026-11-24")
    assert "references.lock.json is out of date: new answers for 1 of 3 identifiers" in behind.stderr
    reported = locked("check", "--as-of", "2026-11-24", "--update-lock")
    assert reported.stderr == "evidence: references.lock.json: written, 1 changed, 0 added, 0 removed\n"
    assert locked("check", "--as-of", "2026-11-25", "--update-lock", "--quiet").stderr == ""


def test_a_hand_edit_is_reported_with_whatever_the_run_says_else(locked):
    path = locked.folder / "references.lock.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"volume": "65"', '"volume": "66"'), encoding="utf-8")
    refused = locked.check("--locked")
    assert refused.returncode == 2
    assert "does not match its digest: edited by hand" in refused.stderr
    reported = locked.check("--quiet")
    assert "evidence: warning: references.lock.json:" in reported.stderr
    assert locked.check("--update-lock").returncode == 0
    assert locked.check("--locked").returncode == 0


def test_the_summary_prints_age_and_what_is_missing(locked):
    locked.write(ARTICLES + '  - {id: smith, PMID: "17222320"}\n')
    done = locked("lock", "--as-of", "2026-11-26")
    assert done.stdout.splitlines() == [
        "references.lock.json: 3 identifiers",
        "last complete run on 2026-11-23, 3 days ago (limit: 14 days; 11 days left)",
        "not in the lock: pmid:17222320 of smith",
    ]
    assert "out of date" in locked("lock", "--as-of", "2026-12-20").stdout
    early = locked("lock", "--as-of", "2026-11-01").stdout
    assert "references.lock.json has a later date (2026-11-23) than this run" in early
    assert "days left" not in early


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_change_log_since_the_last_commit(locked, server):
    git(locked.folder, "init", "-q")
    new = locked("lock", "--diff")
    assert (new.returncode, new.stdout) == (2, "")
    assert "git revision HEAD not found" in new.stderr
    git(locked.folder, "add", "references.yaml")
    git(locked.folder, "commit", "-qm", "references")
    assert locked("lock", "--diff").stdout.count("added: ") == 3
    git(locked.folder, "add", "references.lock.json")
    git(locked.folder, "commit", "-qm", "lock")
    assert locked("lock", "--diff").stdout == "no significant changes since HEAD\n"
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "x", pmid="9"))
    locked("check", "--as-of", "2026-11-24", "--update-lock")
    first, second = locked("lock", "--diff").stdout.splitlines()
    assert first.startswith("retracted: pmid:23359310 (Low-dose naltrexone")
    assert first.endswith("): retracted (PMID 9)")
    assert second == "last complete run: 2026-11-24, was 2026-11-23"
    assert locked("lock", "references.yaml", "--diff", "HEAD~1").stdout.count("added: ") == 3
    refused = locked("lock", "--diff", "--rebuild")
    assert refused.returncode == 2


def test_the_change_log_since_a_file(locked):
    shutil.copy(locked.folder / "references.lock.json", locked.folder / "old.json")
    assert locked("lock", "--diff", "old.json").stdout == "no significant changes since old.json\n"
    done = locked("lock", "--diff", "none.json")
    assert done.returncode == 2
    assert "lock file not found: none.json" in done.stderr


def test_lock_and_store_are_remade_from_each_other(locked):
    path = locked.folder / "references.lock.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    done = locked("lock", "--rebuild")
    assert done.stdout == "references.lock.json: 3 identifiers; last complete run: 2026-11-23\n"
    assert json.loads(path.read_text(encoding="utf-8"))["identifiers"] == before["identifiers"]
    restored = locked("lock", "--restore", "--store", "other.db")
    assert restored.stdout == "other.db: 3 identifiers copied, 0 already known\n"
    assert locked.check("--offline", "--store", "other.db").returncode == 0
    missing = locked("lock", "--rebuild", "--store", "none.db")
    assert missing.returncode == 2
    assert "no store at none.db" in missing.stderr


def test_fifty_references_are_judged_from_the_lock_alike(evidence, server):
    server.world = synthetic_world(50)
    evidence.write(references_for(server.world))
    online = evidence.report("--update-lock", "--quiet")
    locked = evidence.report("--locked")
    assert online[0] == locked[0] == 0
    assert [one["record"] for one in locked[1]["references"]] == [one["record"] for one in online[1]["references"]]


def test_two_files_that_would_share_a_lock_are_checked_together_as_long_as_there_is_none(evidence):
    evidence.write(ARTICLES)
    evidence.write(ARTICLES, "references.yml")
    assert evidence.check("references.yaml", "references.yml").returncode == 0
    done = evidence.check("references.yaml", "references.yml", "--update-lock")
    assert done.returncode == 2
    assert "references.yaml and references.yml would share the lock references.lock.json" in done.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_no_command_is_run_that_the_configuration_of_a_repository_names(locked):
    git(locked.folder, "init", "-q")
    git(locked.folder, "add", "references.lock.json")
    git(locked.folder, "commit", "-qm", "lock")
    for missing in (locked.folder / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"):
        kind = subprocess.run(
            ["git", "-C", locked.folder, "cat-file", "-t", missing.parent.name + missing.name],
            check=True,
            capture_output=True,
        )
        if kind.stdout == b"blob\n":
            missing.unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "core.sshCommand": f"touch {locked.folder}/owned",
        "extensions.partialClone": "origin",
        "protocol.ssh.allow": "always",
        "remote.origin.promisor": "true",
        "remote.origin.url": "ssh://host.invalid/x",
    }.items():
        git(locked.folder, "config", name, value)
    done = locked("lock", "--diff", "HEAD")
    assert (done.returncode, "git cannot show HEAD:references.lock.json" in done.stderr) == (2, True)
    assert not (locked.folder / "owned").exists()
