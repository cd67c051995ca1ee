from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.model.records import NoticeLink
from processes import Command, allowed_signers, codes_in, gpg_home, gpg_key, ssh_key, terminal

PAPERS = """\
monograph: {title: Naltrexone, file: naltrexone.md}
references:
- {id: younger, PMID: "23359310"}
- {id: smith, PMID: "17222320"}
- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}
"""
SIGN = ("sign", "--as-of", Command.today, "--role", "medical editor", "--meaning", "approved", "--yes")


@pytest.fixture
def workplace(evidence: Command) -> Command:
    evidence.write(PAPERS)
    evidence.write("Naltrexone in low doses.\n", "naltrexone.md")
    return evidence


@pytest.fixture
def signed(workplace: Command) -> Command:
    """Checked and signed on the same day."""
    assert workplace.check().returncode == 0
    done = workplace(*SIGN, "--name", "A. Reviewer", "--reason", "yearly review")
    assert (done.returncode, done.stdout[:16]) == (0, "signed: event 5 "), done.stderr
    return workplace


def events(workplace: Command, action: str = "sign") -> list[dict[str, Any]]:
    lines = (workplace.folder / "evidence.log.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["action"] == action]


def sign_offs(workplace: Command, *more: str, day: str = Command.today) -> tuple[list[str], list[dict[str, Any]]]:
    """The SGN findings of a check, and the sign-offs that its report names."""
    done = workplace("check", "--as-of", day, "--format", "json", *more)
    assert done.returncode in {0, 1, 3}, done.stderr
    report = json.loads(done.stdout)
    reported = [f"{one['code']} {one['message']}" for one in report["findings"] if one["code"].startswith("SGN")]
    assert all(reference is None for reference, code in codes_in(report) if code.startswith("SGN"))
    return reported, report["sign_offs"]


def test_a_sign_off_is_an_event_that_binds_every_file_and_the_report(signed: Command) -> None:
    (event,) = events(signed)
    details = event["details"]
    assert (event["actor"], event["object"], event["ending"]) == ("tester", "references.yaml", "done")
    assert event["reason"] == "yearly review"
    assert (details["name"], details["role"], details["meaning"]) == ("A. Reviewer", "medical editor", "approved")
    for kind, path in (("references", "references.yaml"), ("monograph", "naltrexone.md")):
        assert details[f"{kind} {path}"] == sha256(signed.folder / path)
    run = json.loads(signed("runs", "--json").stdout)["runs"][0]
    assert (details["run"], details["report"], details["exit"]) == (run["id"], run["report_sha256"], "0")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_the_report_says_is_shown_before(workplace: Command) -> None:
    workplace.check()
    done = workplace(*SIGN)
    for reported in (
        "tester (medical editor) signs the following as approved",
        "naltrexone.md (monograph), sha256",
        "Result: exit 0",
    ):
        assert reported in done.stderr
    assert "0 not checked" in done.stderr


def test_the_same_findings_over_the_same_bytes_leave_it_in_force(signed: Command) -> None:
    for _ in range(2):
        reported, (one,) = sign_offs(signed, "--refresh", day="2026-11-25")
        assert (reported, one["state"], one["void"]) == ([], "in-force", [])
    assert one["signature"] is None
    assert one["bound"][0]["sha256"] == sha256(signed.folder / one["bound"][0]["path"])


@pytest.mark.parametrize("name", ["references.yaml", "naltrexone.md"])
def test_one_more_byte_voids_it_and_the_same_bytes_again_do_not(signed: Command, name: str) -> None:
    file = signed.folder / name
    before = file.read_bytes()
    file.write_bytes(before + b"\n")
    (reported,), (one,) = sign_offs(signed)
    assert reported.startswith("SGN001 the sign-off of 2026-11-23 by A. Reviewer (medical editor, approved) is void: ")
    assert f"{name} has changed (sha256 was " in reported
    assert one["state"] == "void"
    file.write_bytes(before)
    assert sign_offs(signed)[0] == []


def test_a_retraction_since_then_voids_it(signed: Command, server: DemoServer) -> None:
    server.world = server.world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    (reported,), _ = sign_offs(signed, "--refresh", day="2026-11-25")
    assert "new findings since it was signed: RET001 retracted-publication of smith" in reported


def test_findings_that_are_not_shown_void_it_all_the_same(signed: Command, server: DemoServer) -> None:
    server.world = server.world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    (reported,), _ = sign_offs(signed, "--refresh", "--select", "SGN", day="2026-11-25")
    assert "RET001" in reported


def test_what_cannot_be_asked_today_voids_nothing(signed: Command) -> None:
    reported, (one,) = sign_offs(signed, "--offline", day="2026-12-20")
    assert (reported, one["state"], one["unjudged"] > 0) == ([], "in-force", True)


def test_a_newer_sign_off_of_the_same_role_and_meaning_takes_its_place(signed: Command) -> None:
    signed.write(PAPERS + "# edited\n")
    assert len(sign_offs(signed)[0]) == 1
    signed.check()
    assert signed(*SIGN).returncode == 0
    reported, (one,) = sign_offs(signed)
    assert (reported, one["name"], one["state"]) == ([], "tester", "in-force")


def test_other_roles_and_meanings_are_beside_it(signed: Command) -> None:
    signed("sign", "--as-of", signed.today, "--role", "medical editor", "--meaning", "reviewed", "--yes")
    signed("sign", "--as-of", signed.today, "--role", "physician", "--meaning", "approved", "--yes")
    assert [(one["role"], one["meaning"]) for one in sign_offs(signed)[1]] == [
        ("medical editor", "approved"),
        ("medical editor", "reviewed"),
        ("physician", "approved"),
    ]


def test_after_a_year_it_is_overdue_and_the_policy_can_say_otherwise(signed: Command) -> None:
    reported, _ = sign_offs(signed, day="2027-11-24")
    assert "ACC001" in "".join(reported)  # by then the accessed date is stale, which nobody signed
    toml = signed.folder / "evidence.toml"
    toml.write_text("[policy]\nsign-off-limit = '30 d'\n")
    (late,), _ = sign_offs(signed, day="2026-12-24")
    assert late.endswith("is 1 day overdue (due 2026-12-23)")
    toml.write_text("[policy]\nsign-off-limit = 'none'\n")
    assert sign_offs(signed, day="2026-12-24")[0] == []


def test_a_sign_off_falls_due_in_reports_and_in_the_agenda_until_it_is_void(signed: Command) -> None:
    (signed.folder / "evidence.toml").write_text("[policy]\nsign-off-limit = '30 d'\n")
    report = json.loads(signed("check", "--as-of", "2026-12-01", "--format", "json").stdout)
    (due,) = (one for one in report["due"] if one["kind"] == "sign-off")
    assert (due["on"], due["owner"]) == ("2026-12-23", "A. Reviewer")
    assert due["message"] == "sign-off by A. Reviewer (medical editor, approved) is due for renewal on 2026-12-23"
    mine = ("due", "--as-of", "2026-12-25", "--owner", "A. Reviewer", "--format", "csv")
    assert "was due for renewal on 2026-12-23" in signed(*mine).stdout
    assert "BEGIN:VEVENT" in signed("due", "--as-of", "2026-12-01", "--owner", "A. Reviewer", "--format", "ics").stdout
    (signed.folder / "naltrexone.md").write_text("Other words.\n")
    assert "A. Reviewer" not in signed(*mine).stdout


def test_where_several_files_are_due_a_sign_off_names_its_file_once(signed: Command) -> None:
    (signed.folder / "evidence.toml").write_text("[policy]\nsign-off-limit = '30 d'\n")
    signed.write(
        "references:\n- {id: late, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2020-01-01}\n", "b.yaml"
    )
    files = ("references.yaml", "b.yaml")
    agenda = signed("due", *files, "--as-of", "2026-12-25").stdout
    assert "references.yaml: sign-off by A. Reviewer" in agenda
    assert "references.yaml:references.yaml" not in agenda
    assert "b.yaml:late" in agenda
    report = signed(
        "check", *files, "--offline", "--as-of", "2026-12-01", "--format", "text", "--format", "html=r.html"
    )
    assert "references.yaml:references.yaml" not in report.stdout
    assert "references.yaml:" in report.stdout
    page = (signed.folder / "r.html").read_text()
    assert "<td>references.yaml</td><td>A. Reviewer</td>" in page


def test_a_void_sign_off_can_fail_a_run(signed: Command) -> None:
    (signed.folder / "naltrexone.md").write_text("Other words.\n")
    (signed.folder / "evidence.toml").write_text("[policy.severity]\nSGN001 = 'error'\n")
    assert signed.check().returncode == 1


def test_a_locked_run_with_the_log_alone_says_so_too(workplace: Command) -> None:
    assert workplace.check("--update-lock").returncode == 0
    assert workplace(*SIGN).returncode == 0
    for left in workplace.folder.glob("evidence.db*"):
        left.unlink()
    reported, (one,) = sign_offs(workplace, "--locked")
    assert (reported, one["state"]) == ([], "in-force")
    assert [file["kind"] for file in one["bound"]] == ["lock", "monograph", "references"]
    (workplace.folder / "naltrexone.md").write_text("Other words.\n")
    assert len(sign_offs(workplace, "--locked")[0]) == 1
    (workplace.folder / "evidence.log.jsonl").unlink()
    assert sign_offs(workplace, "--locked") == ([], [])


def test_the_lock_written_again_with_the_same_answers_voids_nothing(workplace: Command) -> None:
    workplace.check("--update-lock")
    workplace(*SIGN)
    before = (workplace.folder / "references.lock.json").read_bytes()
    assert workplace("check", "--as-of", "2026-12-10", "--refresh", "--update-lock").returncode == 0
    assert (workplace.folder / "references.lock.json").read_bytes() != before
    assert sign_offs(workplace, day="2026-12-10")[0] == []


def test_without_the_log_the_store_reports_it(signed: Command) -> None:
    (signed.folder / "evidence.log.jsonl").unlink()
    assert [one["name"] for one in sign_offs(signed)[1]] == ["A. Reviewer"]


def test_it_is_found_from_another_folder(signed: Command) -> None:
    below = signed.folder / "below"
    below.mkdir()
    (signed.folder / ".git").mkdir()  # up to here the configuration is looked for
    (signed.folder / "evidence.toml").write_text("files = ['references.yaml']\nstore = 'evidence.db'\n")
    elsewhere = Command(below, {})
    elsewhere.env = signed.env
    reported, (one,) = sign_offs(elsewhere)
    assert (reported, one["state"], one["path"]) == ([], "in-force", "../references.yaml")


@pytest.mark.parametrize(
    ("spoil", "reported"),
    [
        (lambda workplace: workplace.write(PAPERS + "# edited\n"), "references.yaml has changed since the last run"),
        (lambda workplace: workplace("check", "--as-of", "2026-11-23", "--select", "ACC"), "did not show all findings"),
        (
            lambda workplace: (workplace.folder / "naltrexone.md").unlink(),
            "file not found: naltrexone.md (monograph.file)",
        ),
    ],
)
def test_what_was_not_checked_as_it_is_cannot_be_signed_and_the_refusal_is_an_event(
    workplace: Command, spoil: Any, reported: str
) -> None:
    workplace.check()
    spoil(workplace)
    done = workplace(*SIGN)
    assert done.returncode == 2
    assert reported in done.stderr
    (event,) = events(workplace)
    assert event["ending"] == "refused"
    assert reported in event["details"]["why"]
    assert sign_offs(workplace)[1] == []


@pytest.mark.parametrize(
    ("day", "reported"), [("2026-12-01", "8 days ago (limit: 7 days)"), ("2026-11-20", "is after 2026-11-20")]
)
def test_an_old_report_and_a_later_one_cannot_be_signed(workplace: Command, day: str, reported: str) -> None:
    workplace.check()
    done = workplace("sign", "--as-of", day, "--role", "editor", "--meaning", "reviewed", "--yes")
    assert (done.returncode, reported in done.stderr, "run `evidence check` first" in done.stderr) == (2, True, True)


def test_without_any_run_there_is_nothing_to_sign(workplace: Command) -> None:
    done = workplace(*SIGN)
    assert (done.returncode, "run `evidence check` first" in done.stderr) == (2, True)
    assert not (workplace.folder / "evidence.db").exists()


def test_without_a_terminal_no_service_is_asked_and_nothing_signed(workplace: Command) -> None:
    workplace.check()
    done = workplace(*SIGN[:-1])
    assert (done.returncode, "sign at a terminal, or use --yes" in done.stderr) == (2, True)
    assert [event["ending"] for event in events(workplace)] == ["refused"]


@pytest.mark.parametrize("words", [("--role", " "), ("--name", "a\nb"), ("--reason", "\x1b[31m")])
def test_names_and_roles_are_a_line_of_text(workplace: Command, words: tuple[str, str]) -> None:
    workplace.check()
    assert workplace(*SIGN, *words).returncode == 2


def test_an_altered_sign_off_stops_the_check_with_its_line(signed: Command) -> None:
    log = signed.folder / "evidence.log.jsonl"
    log.write_text(log.read_text().replace("A. Reviewer", "B. Reviewer"))
    for left in signed.folder.glob("evidence.db*"):
        left.unlink()
    signed.write("references: []\n", "empty.references.yaml")
    done = signed("check", "--as-of", signed.today, "--offline")
    assert (done.returncode, "its hash does not match its text" in done.stderr) == (2, True)


def test_an_ssh_signature_is_verified_at_every_check(workplace: Command, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    key = ssh_key(keys)
    workplace.check()
    assert ", key ED25519 SHA256:" in workplace(*SIGN, "--name", "reviewer@example.org", "--key", key).stdout
    _, (unknown,) = sign_offs(workplace)
    assert unknown["signature"]["state"] == "unknown-key"
    known = allowed_signers(keys, key)
    (workplace.folder / "evidence.toml").write_text(f"allowed-signers = '{known}'\n")
    reported, (one,) = sign_offs(workplace)
    assert (reported, one["signature"]["state"]) == ([], "good")
    assert "good signature by reviewer@example.org" in one["signature"]["told"]
    known = allowed_signers(keys, key, options='valid-before="20200101"')
    (reported,), _ = sign_offs(workplace)
    assert "its signature is not valid" in reported
    assert "PRIVATE" not in (workplace.folder / "evidence.log.jsonl").read_text()


def test_a_gpg_signature_is_verified_at_every_check(workplace: Command) -> None:
    with gpg_home() as home:
        workplace.env["GNUPGHOME"] = str(home)
        workplace.check()
        assert workplace(*SIGN, "--name", "Reviewer", "--gpg", gpg_key(home)).returncode == 0
        reported, (one,) = sign_offs(workplace)
        assert (reported, one["signature"]["state"]) == ([], "good")
        assert one["signature"]["root"] == "a key trusted in your keyring"
        assert workplace(*SIGN, "--name", "A. Boss", "--gpg", gpg_key(home, "a@example.org")).returncode == 0
        (mismatched,), (earlier, later) = sign_offs(workplace)
        assert (earlier["state"], later["state"]) == ("in-force", "void")
        assert "the key belongs to Reviewer <a@example.org>, but the sign-off names A. Boss" in mismatched


def test_a_key_that_will_not_sign_leaves_no_sign_off_but_a_refusal(workplace: Command, tmp_path: Path) -> None:
    workplace.check()
    done = workplace(*SIGN, "--key", tmp_path / "none")
    assert (done.returncode, "key not found" in done.stderr) == (2, True)
    assert [event["ending"] for event in events(workplace)] == ["refused"]


def test_a_program_that_is_not_installed_is_reported(workplace: Command, tmp_path: Path) -> None:
    workplace.check()
    key = tmp_path / "key"
    key.write_text("no key\n")
    done = workplace(*SIGN, "--key", key, PATH=str(tmp_path))
    assert (done.returncode, "ssh-keygen is not installed" in done.stderr) == (2, True)
    assert shutil.which("ssh-keygen", path=str(tmp_path)) is None


@pytest.mark.parametrize(("word", "status", "ending"), [("y", 0, "done"), ("n", 2, "refused")])
def test_at_a_terminal_the_signer_is_asked(workplace: Command, word: str, status: int, ending: str) -> None:
    workplace.check()
    ours, theirs = terminal()
    try:
        os.write(ours, f"{word}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "evidence", *SIGN[:-1]],
            cwd=workplace.folder,
            env=workplace.env,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, "Do you sign this?" in done.stderr) == (status, True), done.stderr
    assert [event["ending"] for event in events(workplace)] == [ending]


def test_several_files_are_signed_together_and_void_together(evidence: Command) -> None:
    files = ("a.references.yaml", "b.references.yaml")
    for name in files:
        evidence.write(PAPERS.split("\n", 1)[1], name)
    evidence.check(*files)
    assert evidence(*SIGN, *files).returncode == 0
    alone = evidence(*SIGN, files[0])
    assert "no run has checked exactly a.references.yaml" in alone.stderr
    assert sign_offs(evidence, *files)[0] == []
    (evidence.folder / files[1]).write_text("references: []\n")
    (reported,), (one,) = sign_offs(evidence, files[0])
    assert "b.references.yaml has changed" in reported
    assert (one["path"], len(one["bound"])) == (files[0], 2)


def test_a_monograph_that_is_renamed_is_judged_by_the_references_that_name_it(signed: Command) -> None:
    signed.write(PAPERS.replace("naltrexone.md", "other.md"))
    (reported,), _ = sign_offs(signed)
    assert "references.yaml has changed" in reported
