"""What a configuration that came with a checkout may have written, and what only its user may."""

import contextlib
import json
import socket
import subprocess
from pathlib import Path

import pytest

from processes import make_pipe

ENTRY = 'references:\n- {id: ghost, PMID: "99999999"}\n'
HOME = "# the user's own\n"


@pytest.fixture
def checkout(evidence, tmp_path):
    """A repository with a monograph in a folder of its own; the user's home lies beside it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text(HOME)
    evidence.env["HOME"] = str(home)
    evidence.folder = tmp_path / "repository" / "monograph"
    evidence.folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", evidence.folder.parent], check=True)
    evidence.write(ENTRY)
    return evidence


def everything_in(folder):
    """All that lies there, with its bytes or where it leads."""
    return {
        path: path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refuses(command, server, text, reported):
    """A check with this configuration is refused in one line, with nothing asked and nothing written."""
    command.write(f"\n{text}\n", "evidence.toml")
    before = everything_in(command.folder)
    done = command.check()
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("evidence: error: evidence.toml:2:1: ")
    assert reported in done.stderr
    assert done.stderr.endswith("; if you trust this file, set EVIDENCE_CONFIG to its path)\n")
    assert (server.requests, everything_in(command.folder)) == ([], before)


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (
            'format = ["text=~/.bashrc"]',
            "format text=~/.bashrc: a configuration file found by search may only refer to files",
        ),
        ('format = "text=../../home/.bashrc"', "may only refer to files below"),
        ('format = "text=../README.md"', "may only refer to files below"),
        ('format = ["text", "json=link.json"]', "format json=link.json: "),
        ('format = "json=linked/.bashrc"', "may only refer to files below"),
        ('format = "json=."', "may only refer to files below"),
        ('format = "json=/dev/null"', "may only refer to files below"),
        ('format = "json=below"', "only refer to regular files"),
        ('format = "json=pipe"', "only refer to regular files"),
        ('format = "json=socket"', "only refer to regular files"),
        ('format = "json=loop"', "only refer to regular files"),
        ('store = "~/evidence.db"', "store ~/evidence.db: a configuration file found by search"),
        ('store = "../../evidence.db"', "use --store or EVIDENCE_STORE"),
        ('store = "../.git/evidence.db"', "not refer to a file inside .git"),
        ('store = "~nobody-of-this-name/evidence.db"', "this user does not exist"),
        ('log = "../../evidence.log.jsonl"', "use EVIDENCE_LOG"),
        ('log = "pipe"', "only refer to regular files"),
        ('log = "../.git/config"', "not refer to a file inside .git"),
    ],
)
def test_a_configuration_that_was_found_has_nothing_written_outside_its_checkout(checkout, server, text, reported):
    (checkout.folder / "below").mkdir()
    (checkout.folder / "link.json").symlink_to(checkout.env["HOME"] + "/.bashrc")
    (checkout.folder / "linked").symlink_to(checkout.env["HOME"])
    (checkout.folder / "loop").symlink_to("loop")
    make_pipe(checkout.folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(checkout.folder):
        listening.bind("socket")
    refuses(checkout, server, text, reported)
    assert Path(checkout.env["HOME"], ".bashrc").read_text() == HOME


@pytest.mark.parametrize("place", [".git/hooks/pre-commit", ".GIT/config", "hooks/new", "monograph/../.git/config"])
@pytest.mark.parametrize("key", ["format", "store", "log"])
def test_nor_anything_inside_git(checkout, server, key, place):
    checkout.folder = checkout.folder.parent
    (checkout.folder / "hooks").symlink_to(".git/hooks")
    refuses(
        checkout, server, f'{key} = "{"json=" if key == "format" else ""}{place}"', "not refer to a file inside .git"
    )


def test_a_table_of_pyproject_is_held_to_the_same(checkout):
    checkout.write('[tool.evidence]\nformat = "text=~/.bashrc"\n', "pyproject.toml")
    done = checkout.check()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("evidence: error: pyproject.toml:2:1: format text=~/.bashrc: ")


def test_outside_a_repository_its_own_folder_is_the_limit(evidence, server):
    evidence.folder /= "unpacked"
    evidence.folder.mkdir()
    evidence.write(ENTRY)
    refuses(evidence, server, 'store = "../evidence.db"', "may only refer to files below")


def test_inside_its_checkout_it_may_name_files_new_and_old(checkout):
    (checkout.folder / "reports").mkdir()
    checkout.check("--offline", "-o", "reports/old.txt")
    checkout.write(
        'store = "../shared.db"\nlog = "../shared.jsonl"\nformat = ["json=reports/new.json", "text=reports/old.txt"]\n',
        "evidence.toml",
    )
    assert checkout.check().returncode == 1
    assert json.loads((checkout.folder / "reports" / "new.json").read_text())["version"] == 1
    assert "IDN003" in (checkout.folder / "reports" / "old.txt").read_text()
    assert (checkout.folder.parent / "shared.db").exists()
    assert (checkout.folder.parent / "shared.jsonl").read_text().startswith("{")


def test_what_its_user_names_may_lie_anywhere(checkout):
    elsewhere = checkout.folder.parents[1] / "home"
    settled = f'format = "text={elsewhere}/report.txt"\nstore = "{elsewhere}/a.db"\nlog = "{elsewhere}/a.jsonl"\n'
    checkout.write(settled, "evidence.toml")
    assert checkout.check().returncode == 2
    assert checkout.check(EVIDENCE_CONFIG="evidence.toml").returncode == 1
    assert {"report.txt", "a.db", "a.jsonl"} <= {path.name for path in elsewhere.iterdir()}
    (checkout.folder / "evidence.toml").unlink()
    named = checkout.check("--store", elsewhere / "b.db", "--format", f"text={elsewhere}/said.txt")
    assert (named.returncode, (elsewhere / "b.log.jsonl").exists()) == (1, True)
    assert "IDN003" in (elsewhere / "said.txt").read_text()


@pytest.mark.parametrize("command", [["check"], ["check", "--locked"], ["log"], ["verify"], ["due"]])
def test_a_pipe_in_the_place_of_the_log_keeps_nobody_waiting(checkout, command):
    checkout.check("--update-lock")
    (checkout.folder / "evidence.log.jsonl").unlink()
    make_pipe(checkout.folder / "evidence.log.jsonl")
    done = checkout(*command)
    assert done.returncode == 2
    assert "evidence.log.jsonl: the audit log is not a regular file (set EVIDENCE_LOG to a file)" in done.stderr
