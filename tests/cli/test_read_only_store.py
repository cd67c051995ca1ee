"""A store on media that nobody may write: all that only reads works, and nothing is made there."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from processes import AS_OF, PROJECT, Command, CommandProcess, bound_by_rights

ARTICLES = """\
references:
  - {id: younger, PMID: "23359310", accessed: 2026-11-01}
  - {id: smith, PMID: "17222320"}
"""
READING = (
    "runs",
    "show younger",
    f"due --as-of {AS_OF}",
    "waivers",
    "export",
    "report",
    "history younger",
    "diff",
    "cache info",
    "cache export",
    "verify",
    "log",
    f"check --offline --no-record --as-of {AS_OF}",
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Two runs and a lock, made by commands that have ended."""
    with DemoServer() as server:
        command = Command(tmp_path_factory.mktemp("recorded"), server.addresses)
        command.write(ARTICLES)
        assert command.check("--update-lock").returncode == 0
        assert command.check("--refresh").returncode == 0
        yield command


@pytest.fixture
def read_only(recorded: Command, tmp_path: Path) -> Iterator[CommandProcess]:
    """The same as a copy in a folder that cannot be written."""
    folder = tmp_path / "copy"
    shutil.copytree(recorded.folder, folder)
    copy = CommandProcess(folder, {})
    copy.env, copy.under = dict(recorded.env), bound_by_rights()
    yield from _protected(copy)


def _protected(copy: CommandProcess) -> Iterator[CommandProcess]:
    for path in copy.folder.iterdir():
        path.chmod(0o444)
    copy.folder.chmod(0o555)
    yield copy
    copy.folder.chmod(0o755)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def without_clock(text: str) -> list[str]:
    """The lines without those that name when and as which run the command ran, or how large the file is."""
    return [
        line for line in text.splitlines() if not line.startswith(("run ", "judged ", "store ", "evidence-tracker "))
    ]


@pytest.fixture(scope="module")
def read_there(recorded: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each of the reading commands says in such a folder, all run by one process; the files after it, and before.

    They are run in one process since each would cost half a second to start.
    """
    folder = tmp_path_factory.mktemp("read-only") / "copy"
    shutil.copytree(recorded.folder, folder)
    before = contents(folder)
    for _ in _protected(CommandProcess(folder, {})):
        done = subprocess.run(
            [*bound_by_rights(), sys.executable, PROJECT / "tests" / "processes.py", "commands", folder, *READING],
            env=recorded.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    said = dict(zip(READING, map(json.loads, done.stdout.splitlines()), strict=True))
    return {words: [*result, before] for words, result in said.items()}


@pytest.mark.parametrize("words", READING)
def test_what_only_reads_says_the_same_and_leaves_the_folder_as_it_is(words, recorded, read_there):
    expected, (status, said, errors, files, before) = recorded(*words.split()), read_there[words]
    assert (status, errors) == (expected.returncode, expected.stderr)
    assert without_clock(said) == without_clock(expected.stdout)
    assert files == before


def test_a_bundle_is_written_elsewhere_and_the_missing_event_is_named(read_only, tmp_path):
    done = read_only("bundle", "-o", tmp_path / "run.zip")
    assert (done.returncode, zipfile.is_zipfile(tmp_path / "run.zip")) == (0, True)
    assert "this bundle was not recorded in the audit trail" in done.stderr


def test_a_run_that_is_to_be_recorded_is_refused_with_what_would_be_allowed(read_only):
    done = read_only("check", "--offline")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "the store cannot be written" in done.stderr
    assert "`check --offline --no-record`" in done.stderr


@pytest.mark.parametrize("words", ["runs", "verify", "log", "check --offline --no-record"])
def test_a_store_that_was_not_closed_is_one_line(words, recorded, tmp_path):
    folder, live = tmp_path / "copy", tmp_path / "live.db"
    shutil.copytree(recorded.folder, folder)
    shutil.copy(folder / "evidence.db", live)
    with closing(sqlite3.connect(live)) as writer:
        writer.execute("INSERT INTO pace VALUES ('synthetic', 1.0)")
        writer.commit()
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"live.db{suffix}", folder / f"evidence.db{suffix}")
    copy = CommandProcess(folder, {})
    copy.under = bound_by_rights()
    for protected in _protected(copy):
        done = protected(*words.split())
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert "was not closed: evidence.db-wal contains part of it" in done.stderr


def test_a_store_of_an_older_schema_is_read_without_being_changed(recorded, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(recorded.folder, folder)
    with closing(sqlite3.connect(folder / "evidence.db")) as store:  # the version before differs in what it lacks
        store.executescript(
            "DROP TABLE events; DROP TABLE trail; DROP TABLE pending; DROP TABLE records; DROP TABLE answers;"
            "CREATE TABLE records (identifier TEXT, address TEXT, raw BLOB, sha256 TEXT, fetched_at TEXT, as_of TEXT,"
            " source TEXT, tool_version TEXT); DELETE FROM _sqlite_migrations WHERE name LIKE '0003%';"
            "PRAGMA user_version = 2;"
        )
    copy = CommandProcess(folder, {})
    copy.under = bound_by_rights()
    for protected in _protected(copy):
        before = contents(folder)
        done = protected("runs", "--json")
        assert (done.returncode, len(json.loads(done.stdout)["runs"])) == (0, 2)
        assert contents(folder) == before
