from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cli.test_sign import PAPERS, SIGN
from evidence.app.bundle import MANIFEST, manifest_of, unzipped, zipped
from evidence.audit.events import NOTHING, Stamp, line_of, parse_event
from evidence.demo.server import DemoServer
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from processes import Command, allowed_signers, ssh_key


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder in which all was checked with a lock, signed with a key and bundled; and the folder of the key."""
    folder, keys = tmp_path_factory.mktemp("bundled"), tmp_path_factory.mktemp("keys")
    key = ssh_key(keys)
    with DemoServer() as server:
        made = Command(folder, server.addresses)
        made.write(PAPERS)
        made.write("Naltrexone in low doses.\n", "naltrexone.md")
        assert made.check("--update-lock").returncode == 0
        allowed_signers(keys, key)
        assert made(*SIGN, "--name", "A. Reviewer <reviewer@example.org>", "--key", key).returncode == 0
        done = made("bundle", "last", "-o", "run.zip")
        assert done.returncode == 0, done.stderr
    return folder, keys


@pytest.fixture
def workplace(evidence: Command, bundled: tuple[Path, Path]) -> Command:
    """The same, in a folder of its own."""
    folder, keys = bundled
    shutil.copytree(folder, evidence.folder, dirs_exist_ok=True)
    evidence.env["EVIDENCE_ALLOWED_SIGNERS"] = str(keys / "allowed_signers")
    return evidence


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def unpacked(bundle: Path, folder: Path) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return folder


def by_its_own_means(folder: Path) -> tuple[int, str]:
    """What the script in the bundle says, in that folder, with nothing but Python's standard library."""
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, env={}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def summed(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "manifest.sha256"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_it_holds_what_an_inspector_needs(workplace: Command) -> None:
    with zipfile.ZipFile(workplace.folder / "run.zip") as archive:
        names = archive.namelist()
        members = {name: archive.read(name) for name in names}
    run = json.loads(workplace("runs", "--json").stdout)["runs"][0]
    assert sha256(members["report.json"]) == run["report_sha256"]
    assert run["id"] in members["report.html"].decode()
    plain = {name for name in names if not name.startswith(("answers/", "inputs/"))}
    assert plain == {
        *("HOWTO.txt", "about.json", "events.jsonl", "later.jsonl", "manifest.sha256", "report.html", "report.json"),
        *("sign-offs/000007.sig", "sign-offs/000007.txt", "verify.py"),
    }
    about = json.loads(members["about.json"])
    answers = {one["sha256"] for one in about["answers"] if one["sha256"]}
    assert answers == {name.removeprefix("answers/") for name in names if name.startswith("answers/")} != set()
    assert {one["path"]: sha256(members[one["member"]]) for one in about["files"]} == {
        name: sha256((workplace.folder / name).read_bytes())
        for name in ("references.yaml", "naltrexone.md", "references.lock.json")
    }
    assert about["absent"] == []


def test_its_hash_is_printed_and_noted_in_the_trail(workplace: Command) -> None:
    done = workplace("bundle", "-o", "again.zip")
    digest = sha256((workplace.folder / "again.zip").read_bytes())
    assert done.stdout == f"{digest}  again.zip\n"
    last = json.loads((workplace.folder / "evidence.log.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["after"], last["details"]["bundle"]) == ("bundle", digest, "again.zip")


def test_the_same_run_gives_the_same_bytes_also_after_later_runs(workplace: Command) -> None:
    run = json.loads(workplace("runs", "--json").stdout)["runs"][0]["id"]
    workplace("check", "--as-of", "2026-11-25", "--refresh")
    assert workplace("bundle", run, "-o", "again.zip").returncode == 0
    assert (workplace.folder / "again.zip").read_bytes() == (workplace.folder / "run.zip").read_bytes()


def test_an_earlier_sign_off_of_the_report_is_in_it_with_its_signature(workplace: Command, tmp_path: Path) -> None:
    assert workplace("check", "--as-of", "2026-11-24").returncode == 0
    assert workplace("bundle", "-o", "next.zip").returncode == 0
    folder = unpacked(workplace.folder / "next.zip", tmp_path / "inspector")
    assert sorted(file.name for file in (folder / "sign-offs").iterdir()) == ["000007.sig", "000007.txt"]
    assert (folder / "later.jsonl").read_text() == ""
    assert by_its_own_means(folder)[0] == 0
    assert "good signature by reviewer@example.org" in workplace("verify", "next.zip").stdout
    (folder / "sign-offs" / "000007.txt").write_text("something else\n")
    status, reported = by_its_own_means(folder)
    assert (status, "does not match event 7" in reported) == (1, True)


def test_what_has_changed_since_is_said_and_left_out(workplace: Command) -> None:
    (workplace.folder / "naltrexone.md").write_text("Other words.\n")
    done = workplace("bundle", "-o", "later.zip")
    assert "naltrexone.md is not in the bundle: it has changed since it was checked or signed" in done.stderr
    with zipfile.ZipFile(workplace.folder / "later.zip") as archive:
        (absent,) = json.loads(archive.read("about.json"))["absent"]
    assert (absent["path"], absent["kind"]) == ("naltrexone.md", "monograph")
    assert workplace("verify", "later.zip").returncode == 0


def test_verify_says_that_it_is_unharmed_whose_signature_it_holds_and_which_event_notes_it(workplace: Command) -> None:
    done = workplace("verify", "run.zip")
    assert (done.returncode, "verified: no changes since it was recorded" in done.stdout) == (0, True)
    for reported in (
        "good signature by reviewer@example.org",
        "event 8 recorded this SHA-256",
        "events up to 4, hash ",
    ):
        assert reported in done.stdout
    assert json.loads(workplace("verify", "--json", "run.zip").stdout)["sound"] is True


def test_verify_needs_no_trail(workplace: Command, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(workplace.folder / "run.zip", elsewhere)
    done = Command(elsewhere, {})("verify", "run.zip")
    assert done.returncode == 0
    assert "not recorded in a trail here; compare its SHA-256" in done.stdout
    assert "valid signature, unknown key" in done.stdout
    assert list(elsewhere.iterdir()) == [elsewhere / "run.zip"]


def test_every_one_of_forty_random_bytes_is_found_with_its_place(workplace: Command) -> None:
    file, chance = workplace.folder / "run.zip", random.Random(40)
    data = file.read_bytes()
    for _ in range(40):
        at = chance.randrange(len(data))
        file.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])
        done = workplace("verify", "run.zip")
        assert (done.returncode, "BROKEN: " in done.stdout) == (1, True), at
        assert done.stdout.splitlines()[2].startswith("run.zip "), done.stdout


def test_a_bundle_that_was_remade_is_not_the_one_that_was_noted(workplace: Command) -> None:
    members = dict(unzipped((workplace.folder / "run.zip").read_bytes()))
    members["report.html"] = members["report.html"].replace(b"report", b"rep0rt")
    members[MANIFEST] = manifest_of(members)
    (workplace.folder / "run.zip").write_bytes(zipped(members))
    done = workplace("verify", "run.zip")
    assert done.returncode == 1
    assert "its SHA-256 differs from the one that event 8 recorded for this file name" in done.stdout
    assert "run.zip report.html: differs from the page that this version makes" in done.stdout


def test_its_own_script_and_sha256sum_find_it_unharmed(workplace: Command, tmp_path: Path) -> None:
    folder = unpacked(workplace.folder / "run.zip", tmp_path / "inspector")
    status, reported = by_its_own_means(folder)
    last = json.loads((folder / "events.jsonl").read_text().splitlines()[-1])
    assert (status, reported.splitlines()[0]) == (0, f"verified, no changes: event 4, hash {last['hash']}")
    if shutil.which("sha256sum"):
        assert summed(folder) == (0, "")


@pytest.mark.parametrize(
    "name",
    ["report.json", "report.html", "events.jsonl", "later.jsonl", "about.json", "sign-offs/000007.txt", "answers/*"],
)
def test_its_own_script_names_the_file_that_was_changed(workplace: Command, tmp_path: Path, name: str) -> None:
    folder = unpacked(workplace.folder / "run.zip", tmp_path / "inspector")
    file = next(iter(sorted(folder.glob(name))))
    data = file.read_bytes()
    file.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    status, reported = by_its_own_means(folder)
    assert (status, file.name in reported) == (1, True)
    if shutil.which("sha256sum"):
        status, reported = summed(folder)
        assert (status, f"{file.relative_to(folder).as_posix()}: FAILED" in reported) == (1, True)


def test_its_own_script_finds_what_the_sums_were_fixed_for(workplace: Command, tmp_path: Path) -> None:
    folder = unpacked(workplace.folder / "run.zip", tmp_path / "inspector")
    events = folder / "events.jsonl"
    events.write_text(events.read_text().replace('"actor":"tester"', '"actor":"nobody"', 1))
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    (folder / MANIFEST).write_bytes(manifest_of(files))
    status, reported = by_its_own_means(folder)
    assert (status, "events.jsonl:1: the hash of this event does not match its text" in reported) == (1, True)


def test_the_signature_in_it_is_verified_as_the_howto_says(workplace: Command, tmp_path: Path) -> None:
    folder = unpacked(workplace.folder / "run.zip", tmp_path / "inspector") / "sign-offs"
    done = subprocess.run(
        ["ssh-keygen", "-Y", "check-novalidate", "-n", "evidence-tracker", "-s", "000007.sig"],
        cwd=folder,
        input=(folder / "000007.txt").read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.startswith('Good "evidence-tracker" signature')) == (0, True)


def test_the_chain_is_recomputed_by_hand_as_the_howto_says(workplace: Command, tmp_path: Path) -> None:
    folder = unpacked(workplace.folder / "run.zip", tmp_path / "inspector")
    howto = (folder / "HOWTO.txt").read_text()
    commands = [line.strip() for line in howto.splitlines() if line.strip().startswith("sed -n")]
    assert len(commands) == 3
    shell = [
        subprocess.run(
            ["sh", "-c", command.replace("5p", "3p").replace("6p", "4p")],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in commands
    ]
    first, second, third = (text.strip().split('"')[-2] if '"' in text else text.split()[0] for text in shell)
    assert first == second == third


def test_nothing_is_overwritten_without_force(workplace: Command) -> None:
    before = (workplace.folder / "run.zip").read_bytes()
    (workplace.folder / "run.zip").write_text("mine")
    done = workplace("bundle", "-o", "run.zip")
    assert (done.returncode, (workplace.folder / "run.zip").read_text()) == (2, "mine")
    assert workplace("bundle", "-o", "run.zip", "--force").returncode == 0
    assert (workplace.folder / "run.zip").read_bytes() == before


def test_no_key_and_no_password_is_in_it(workplace: Command) -> None:
    secrets = {"NCBI_API_KEY": "f4k3s3cr3tk3y", "HTTP_PROXY": "http://me:passw0rd@127.0.0.1:9"}
    done = workplace("bundle", "-o", "again.zip", **secrets)
    assert done.returncode == 0
    data = (workplace.folder / "again.zip").read_bytes()
    for secret in (b"f4k3s3cr3tk3y", b"passw0rd", b"PRIVATE KEY"):
        assert secret not in data


@pytest.mark.parametrize("run", ["no-such-run", "last-9"])
def test_a_run_that_is_not_there_is_one_clear_line(workplace: Command, run: str) -> None:
    done = workplace("bundle", run, "-o", "none.zip")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (workplace.folder / "none.zip").exists()


def test_what_is_no_bundle_is_reported(workplace: Command) -> None:
    (workplace.folder / "other.zip").write_bytes(b"PK nonsense")
    done = workplace("verify", "other.zip")
    assert (done.returncode, "not a readable ZIP file" in done.stdout) == (1, True)


def test_verify_finds_a_sign_off_whose_signature_is_of_another_text(workplace: Command, tmp_path: Path) -> None:
    """Somebody with the files writes a chain of their own, with another name in it; the signature cannot follow."""
    log, before, lines = workplace.folder / "evidence.log.jsonl", NOTHING, []
    for event in map(parse_event, log.read_text().splitlines()):
        details = {key: value.replace("A. Reviewer", "Somebody Else") for key, value in event.details.items()}
        audit_action = AuditEntry(
            AuditAction(event.action),
            event.object,
            ActionStatus(event.ending),
            event.before,
            event.after,
            event.reason,
            details,
        )
        lines.append(line_of(audit_action, Stamp(event.at, event.as_of, event.actor, event.tool_version), before))
        before = parse_event(lines[-1]).head
    other = tmp_path / "other"
    other.mkdir()
    (other / "evidence.log.jsonl").write_text("".join(f"{line}\n" for line in lines))
    done = Command(other, {})("verify")
    assert (done.returncode, "the signature of this sign-off is not valid" in done.stdout) == (1, True)


def test_verify_reports_what_is_known_of_signatures_and_which_sign_off_is_void(workplace: Command) -> None:
    done = workplace("verify")
    assert (done.returncode, "good signature by reviewer@example.org" in done.stdout) == (0, True), done.stdout
    (workplace.folder / "naltrexone.md").write_text("Other words.\n")
    done = workplace("verify")
    assert done.returncode == 0
    assert "is void: naltrexone.md has changed" in done.stdout


def test_a_trail_that_ends_before_what_its_bundle_holds_was_cut_off(workplace: Command) -> None:
    log = workplace.folder / "evidence.log.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:2]))
    (workplace.folder / "evidence.db").unlink()
    done = workplace("verify", "run.zip")
    assert done.returncode == 1
    assert "it has event 4, but the trail here ends with event 2: its end was cut off" in done.stdout
