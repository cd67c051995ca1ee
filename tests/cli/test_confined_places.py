"""Every place that a checkout can name, of every kind: none outside is read or written, and nobody waits for one."""

import os
import signal
import sqlite3
import struct
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from processes import make_pipe

ENTRY = 'references:\n- {id: ghost, PMID: "99999999"}\n'
OWN = "the-user's-own-words"
KEYS = ("format", "store", "log", "allowed-signers", "files", "monograph.file")
OUTSIDE = (
    "{home}/own.txt",  # absolute
    "{home}/new.txt",
    "~/own.txt",
    "~nobody-of-this-name/own.txt",
    "../../home/own.txt",
    "below/../../../home/own.txt",
    "link.txt",
    "far-link.txt",
    "dangling.txt",
    "linked/own.txt",
    "../.git/config",
    "../.GIT/config",
    "hooks/new.txt",
    "pipe.txt",
    "loop.txt",
    "/dev/null",
    "/dev/zero",
    "/dev/stdin",
    "/proc/kmsg",
    "/proc/self/environ",
)


@pytest.fixture
def checkout(evidence, tmp_path):
    """A repository with a monograph in a folder of its own, full of traps; the user's home lies beside it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "own.txt").write_text(OWN)
    (home / "references.yaml").write_text(f"{OWN}: [\n")
    evidence.env["HOME"] = str(home)
    folder = evidence.folder = tmp_path / "repository" / "monograph"
    (folder / "below").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", folder.parent], check=True)
    for name, target in (
        ("link.txt", home / "own.txt"),
        ("far-link.txt", "link.txt"),
        ("dangling.txt", home / "new.txt"),
        ("linked", home),
        ("hooks", "../.git/hooks"),
        ("loop.txt", "loop.txt"),
    ):
        (folder / name).symlink_to(target)
    make_pipe(folder / "pipe.txt")
    evidence.write(ENTRY)
    return evidence


@pytest.fixture(autouse=True)
def _nobody_waits():
    """Twenty seconds for a test that takes less than one: whoever opens a pipe would wait for ever."""
    if not hasattr(signal, "alarm"):
        pytest.skip("this system has neither alarms nor named pipes")
    signal.alarm(20)
    yield
    signal.alarm(0)


def outside(checkout):
    """All that lies beside the folder of the monograph, with its bytes."""
    top = checkout.folder.parents[1]
    files = (path for path in top.rglob("*") if not path.is_relative_to(checkout.folder))
    return {path: path.read_bytes() for path in files if path.is_file()}


def name_place(checkout, key, place):
    """Have the checkout's own files name this place; returns the file that does and the line."""
    place = place.format(home=checkout.env["HOME"])
    if key == "monograph.file":
        checkout.write(f'monograph:\n  file: "{place}"\n{ENTRY}')
        return "references.yaml:2:"
    value = f'"json={place}"' if key == "format" else f'"{place}"'
    checkout.write(f"\n{key} = {f'[{value}]' if key in {'format', 'files'} else value}\n", "evidence.toml")
    return "evidence.toml:2:"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", OUTSIDE)
def test_a_place_that_a_checkout_names_outside_itself_is_refused_in_one_line(checkout, key, place):
    at = name_place(checkout, key, place)
    before = outside(checkout)
    done = checkout.check()
    said = done.stdout + done.stderr
    assert sum(map(said.count, ("may only refer", "may not refer", "user does not exist"))) == 1
    assert at in said
    assert "EVIDENCE_" in said
    assert done.returncode == (1 if key == "monograph.file" else 2)
    assert outside(checkout) == before
    assert OWN not in said


BESIDE = ("evidence.db", "evidence.log.jsonl", "references.lock.json", "waivers.yaml", "evidence.db-wal")


@pytest.mark.parametrize("target", ["own.txt", "new.txt", "../repository/.git/config", "../repository/.git/new"])
@pytest.mark.parametrize("name", BESIDE)
def test_nor_does_a_link_in_the_place_of_a_file_of_the_job_lead_there(checkout, name, target):
    (checkout.folder / name).unlink(missing_ok=True)
    (checkout.folder / name).symlink_to(Path(checkout.env["HOME"], target))
    before = outside(checkout)
    commands = [["check", "--update-lock"], ["baseline", "--requested-by", "A", "--approved-by", "B"]]
    for command in commands if name in {"evidence.db", "waivers.yaml"} else commands[:1]:
        done = checkout(*command)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert f"{name}: " in done.stderr
    assert outside(checkout) == before


@pytest.mark.parametrize("name", BESIDE)
def test_a_pipe_in_its_place_keeps_nobody_waiting(checkout, name):
    make_pipe(checkout.folder / name)
    for command in (["check", "--update-lock"], ["waivers"], ["verify"]):
        assert checkout(*command).returncode in {0, 1, 2}
    assert checkout.check("--update-lock").returncode == 2


@pytest.mark.parametrize("command", [["check"], ["check", "."], ["check", "*.yaml"], ["format"], ["fix", "--write"]])
def test_a_references_file_that_is_a_link_out_of_the_repository_is_read_only_where_the_user_names_it(checkout, command):
    (checkout.folder / "references.yaml").unlink()
    (checkout.folder / "references.yaml").symlink_to(Path(checkout.env["HOME"], "references.yaml"))
    before = outside(checkout)
    done = checkout(*command)
    assert done.returncode == 2
    assert "a link found by the search may only refer to files below" in done.stderr
    assert done.stderr.endswith("(name the file on the command line)\n")
    assert (outside(checkout), OWN in done.stderr) == (before, False)
    named = checkout("check", "references.yaml")
    assert (named.returncode, "a link" in named.stderr) == (2, False)


def test_patterns_follow_no_link_to_a_folder_above(checkout):
    for name in "abcd":
        (checkout.folder / name).symlink_to(".")
    checkout.write('files = ["**/references.yaml"]\n', "evidence.toml")
    code, report = checkout.report()
    assert code == 1
    assert [item["path"] for item in report["run"]["inputs"]] == ["references.yaml"]


def test_the_user_names_the_folder_below_which_a_checkout_may_have_files_read(checkout):
    home = Path(checkout.env["HOME"])
    (home / "text.txt").write_text("Ghosts are seen [@ghost].\n")
    checkout.write(f'monograph: {{file: "{home}/text.txt"}}\n{ENTRY}')
    (home / "more.references.yaml").write_text(ENTRY)
    refused = " ".join(checkout.check().stdout.split())
    assert "the monograph could not be read: references.yaml:1:19: monograph.file " in refused
    code, report = checkout.report(EVIDENCE_ROOT=str(home.parent))
    assert (code, {item["path"] for item in report["run"]["inputs"]}) == (1, {"references.yaml", f"{home}/text.txt"})
    checkout.write(f'files = ["{home}/more.references.yaml"]\n', "evidence.toml")
    assert checkout.check().returncode == 2
    assert checkout.check(EVIDENCE_ROOT=str(home.parent)).returncode == 1
    unusable = checkout.check(EVIDENCE_ROOT="no-such-folder")
    assert unusable.stderr == (
        "evidence: error: EVIDENCE_ROOT is no-such-folder, which is not a folder (set it to a folder, or unset it)\n"
    )


def test_outside_a_repository_references_and_monograph_are_read_from_anywhere(evidence, tmp_path):
    evidence.folder = tmp_path / "unpacked"
    evidence.folder.mkdir()
    evidence.write("Ghosts are seen [@ghost].\n", "../text.txt")
    evidence.write(f"monograph: {{file: unpacked/../text.txt}}\n{ENTRY}", "../mine.references.yaml")
    evidence.write('files = ["../mine.references.yaml"]\n', "evidence.toml")
    code, report = evidence.report()
    assert (code, [item["path"] for item in report["run"]["inputs"]]) == (
        1,
        ["../mine.references.yaml", "../unpacked/../text.txt"],
    )


@pytest.mark.parametrize(
    "command", [["check"], ["export", "--sort", "citation"], ["sign", "--role", "r", "--meaning", "reviewed", "--yes"]]
)
def test_no_command_reads_a_monograph_that_lies_elsewhere(checkout, command):
    checkout.write(f"monograph: {{file: ~/own.txt}}\n{ENTRY}")
    checkout.check()
    done = checkout(*command)
    said = " ".join((done.stdout + done.stderr).split())
    assert "references.yaml:1:19: monograph.file ~/own.txt: a references file may only refer to files below" in said
    assert OWN not in said


@pytest.mark.parametrize(
    "command",
    [
        ["format"],
        ["confirm", "ghost", "--accessed", "2026-11-01", "--by", "A"],
        ["add", "pmid:23359310"],
        ["import", "list.md", "--write", "--offline"],
        ["format", "references.yaml"],
    ],
)
def test_no_command_edits_through_a_link_out_of_the_folder_outside_a_repository_too(evidence, tmp_path, command):
    evidence.folder = tmp_path / "unpacked"
    evidence.folder.mkdir()
    theirs = tmp_path / "theirs.yaml"
    theirs.write_text('references:\n- {PMID: "99999999", id: ghost}\n')
    (evidence.folder / "references.yaml").symlink_to(theirs)
    evidence.write("# References\n\n1. Smith J. Ghosts. J Ghosts. 2001;1:1-2.\n", "list.md")
    before = theirs.read_bytes()
    done = evidence(*command)
    assert (done.returncode, theirs.read_bytes()) == (2, before)
    assert "this link may only refer to files below" in done.stderr
    assert done.stderr.endswith("(nothing was written; name the file that the link points to)\n")


@pytest.mark.parametrize("name", ["evidence.toml", "pyproject.toml"])
def test_a_configuration_that_is_a_link_out_of_the_repository_is_not_read(checkout, tmp_path, name):
    own = tmp_path / "home" / "own.toml"
    own.write_text(f'[tool.evidence]\n{OWN} = "{OWN}"\n')
    (checkout.folder / name).symlink_to(own)
    done = checkout.check("--offline")
    assert done.returncode == 2
    assert done.stderr.startswith(f"evidence: error: {name}: this link may only refer to files below ")
    assert OWN not in done.stdout + done.stderr


def test_a_configuration_that_is_a_link_within_the_repository_is_read(checkout):
    (checkout.folder / "shared.toml").write_text('on-incomplete = "warn"\n')
    (checkout.folder / "evidence.toml").symlink_to("shared.toml")
    assert checkout.check("--offline").returncode == 0


def journal_that_names(store: Path, other: Path) -> bytes:
    """A journal to be rolled back that ends with a super-journal's name: https://www.sqlite.org/fileformat.html."""
    magic, size = bytes.fromhex("d9d505f920a163d7"), 4096
    content = store.read_bytes()
    page = content[:size]
    head = magic + struct.pack(">5I", 1, 0, len(content) // size, 512, size)
    page_sum = sum(page[place] for place in range(size - 200, 0, -200))
    record = struct.pack(">I", 1) + page + struct.pack(">I", page_sum)
    name = os.fsencode(other)
    end = struct.pack(">I", 0x40000000 // size + 1) + name + struct.pack(">II", len(name), sum(name)) + magic
    return head.ljust(512, b"\0") + record + end


@pytest.mark.parametrize(
    "words", [("check", "--offline"), ("runs",), ("verify",), ("cache", "info"), ("show", "ghost")]
)
def test_a_journal_that_comes_with_the_store_has_no_file_deleted(checkout, tmp_path, words):
    checkout.check("--offline")
    store, own = checkout.folder / "evidence.db", tmp_path / "home" / "own.txt"
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    (checkout.folder / "evidence.db-journal").write_bytes(journal_that_names(store, own))
    done = checkout(*words)
    assert own.read_text() == OWN
    assert done.returncode in {1, 2}
    assert "which SQLite would delete" in done.stdout + done.stderr


@pytest.mark.parametrize("ending", ["-journal", "-wal"])
def test_a_new_store_destroys_no_file_of_the_user_that_has_the_name_of_one_of_sqlites(checkout, ending):
    own = checkout.folder / f"notes{ending}"
    own.write_text(OWN)
    done = checkout.check("--offline", "--store", "notes")
    assert (done.returncode, own.read_text()) == (2, OWN)
    assert "not a file made by SQLite" in done.stderr
