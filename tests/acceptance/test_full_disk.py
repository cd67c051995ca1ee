"""A disk that fills in the middle of a check: one clear line, nothing committed lost; with room again, all is well."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import references_for, synthetic_world
from processes import CommandProcess, finish, reported, rows, start, unsound

pytestmark = pytest.mark.acceptance
ARTICLES = 1500
# Kilobytes: from "not even the tables fit" to "only the report does not".
SIZES = [40, 80, 100, 120, 160, 200, 300, 500, 1000, 2000, 4000, 8000]


@contextmanager
def small_disk(folder, kilobytes):
    """A file system of its own, of that size; skips where mounting is not permitted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a file system is not permitted here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def kept(store):
    """PubMed's answers, runs begun and runs ended; nothing where not even the tables came about."""
    if not store.exists() or not rows(store, "SELECT 1 FROM sqlite_master WHERE name = 'records'"):
        return (0, 0, 0)
    tables = ("records WHERE identifier LIKE 'pmid:%'", "runs", "run_ends")
    return tuple(rows(store, f"SELECT count(*) FROM {table}")[0][0] for table in tables)  # noqa: S608


def test_a_disk_that_fills(tmp_path):
    with DemoServer(synthetic_world(ARTICLES)) as server:
        lines = [filled(tmp_path / str(size), size, server) for size in SIZES]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert sum("the disk is full" in line for line in lines) >= 6


def filled(folder, size, server):
    with small_disk(folder, size):
        evidence = CommandProcess(folder.parent, server.addresses)
        evidence.write(references_for(server.world))
        store = folder / "evidence.db"
        status, out, err = finish(start(evidence, "--store", store, "--format", "json"))
        if status:
            assert (status, out, len(err.strip().splitlines())) == (2, "", 1), err
            assert "disk is full" in err
        subprocess.run(["mount", "-o", "remount,size=100m", folder], check=True)
        before = kept(store)
        assert unsound(store) == []
        server.forget()
        again, output = reported(start(evidence, "--store", store, "--format", "json"))
        after = kept(store)
        assert (again, output["unchecked"]) == (0, [])
        assert unsound(store) == []
        asked = sum(len(ids) for ids in server.requested_ids("eutils"))
        assert asked == (ARTICLES - before[0] if status else 0)
        assert all(now >= then for now, then in zip(after, before, strict=True))
    message = "the disk is full" if status else "all fits"
    return f"{size:5} kB: exit {status}, {message}, {before[0]} answers kept; with room: exit {again}, {asked} asked"


def test_a_report_that_does_not_fit_leaves_the_old_one_intact(tmp_path):
    with DemoServer(synthetic_world(300)) as server, small_disk(tmp_path / "disk", 64):
        evidence = CommandProcess(tmp_path, server.addresses)
        evidence.write(references_for(server.world))
        report = tmp_path / "disk" / "report.json"
        earlier = '{"tool": {"name": "evidence-tracker"}, "run": {}, "findings": []}'
        report.write_text(earlier)
        status, out, err = finish(start(evidence, "--format", "json", "--output", report))
        assert (status, out) == (2, "")
        assert "cannot write" in err
        assert report.read_text() == earlier
        assert [path.name for path in report.parent.iterdir()] == ["report.json"]
