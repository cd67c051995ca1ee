"""Batches that are killed and begun again, judged by processes, and by a Dask cluster that loses its parts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from evidence.demo.world import World, references_for, synthetic_world
from processes import start

pytestmark = pytest.mark.acceptance

FILES, EACH, STEP = 60, 12, 8
"""Each file cites EACH articles, of which the next one cites EACH - STEP too."""


@pytest.fixture
def monographs(process, server):
    articles = list(synthetic_world(FILES * STEP + EACH).articles.values())
    server.world = World(articles={article.pmid: article for article in articles})
    (process.folder / "monographs").mkdir()
    for number in range(FILES):
        cited = articles[number * STEP : number * STEP + EACH]
        text = references_for(World(articles={article.pmid: article for article in cited}))
        without = "".join(line for line in text.splitlines(keepends=True) if "DOI:" not in line)
        process.write(without, f"monographs/m{number:02}.references.yaml")
    return process


def batch(monographs, store, *more):
    return start(monographs, "--batch", "--store", store, "--format", "json", *more, "monographs")


def comparable(line):
    """A report without the id and the times of its run."""
    document = json.loads(line)
    for own in ("id", "started", "finished"):
        del document["run"][own]
    return json.dumps(document)


def rows(monographs, query, store="evidence.db"):
    with closing(sqlite3.connect(monographs.folder / store)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def known(monographs):
    """Two copies of a store that knows all answers, and the reports of one process by the first of them."""
    batch(monographs, "evidence.db").communicate()
    shutil.copy(monographs.folder / "evidence.db", monographs.folder / "other.db")
    out, err = batch(monographs, "evidence.db").communicate()
    assert err == ""
    return [comparable(line) for line in out.splitlines()]


@pytest.mark.parametrize("lines", [1, 20, 40])
def test_a_killed_batch_leaves_whole_runs_and_the_next_one_repeats_no_look_up(monographs, server, lines):
    running = batch(monographs, "evidence.db")
    for _ in range(lines):
        assert running.stdout.readline()
    running.kill()
    running.communicate()
    ((begun, ended),) = rows(monographs, "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_ends)")
    assert begun == ended >= lines
    assert monographs("verify").returncode == 0
    held = {identifier for (identifier,) in rows(monographs, "SELECT identifier FROM records")}
    server.forget()
    out, _ = batch(monographs, "evidence.db").communicate()
    assert len(out.splitlines()) == FILES
    asked = {f"pmid:{pmid}" for request in server.requests if "efetch" in request.path for pmid in request.ids}
    assert not asked & held
    assert monographs("verify").returncode == 0


def test_processes_give_the_bytes_of_one(monographs, known):
    out, err = batch(monographs, "other.db", "--jobs", "2").communicate()
    assert err == ""
    assert [comparable(line) for line in out.splitlines()] == known


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux lists the children of a process in /proc")
def test_a_killed_process_of_a_pool_loses_no_file_without_a_word(monographs, known):
    running = batch(monographs, "other.db", "--jobs", "2")
    first = running.stdout.readline()
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii").split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    workers = [child for child, command in commands.items() if b"spawn_main" in command]
    os.kill(workers[0], signal.SIGKILL)
    _all_or_named(running, first, known)


# Dask: a scheduler and two workers on loopback


@contextmanager
def cluster(monographs):
    """The processes of a cluster, its scheduler first, and the address of that."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", "."]
    commands = (scheduler, worker, worker)
    folder = monographs.folder / "cluster"
    folder.mkdir(exist_ok=True)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in commands
    ]
    try:
        yield started, address
    finally:
        for one in started:
            one.kill()
            one.wait()


def test_a_cluster_gives_the_bytes_of_one_process(monographs, known):
    with cluster(monographs) as (_, address):
        out, err = batch(monographs, "other.db", "--scheduler", address).communicate()
    assert [comparable(line) for line in out.splitlines()] == known, err


def test_a_killed_worker_loses_no_file_without_a_word(monographs, known):
    with cluster(monographs) as (started, address):
        running = batch(monographs, "other.db", "--scheduler", address)
        first = running.stdout.readline()
        started[1].kill()
        _all_or_named(running, first, known)


def test_a_lost_scheduler_loses_no_file_without_a_word(monographs, known):
    with cluster(monographs) as (started, address):
        running = batch(monographs, "other.db", "--scheduler", address)
        first = running.stdout.readline()
        started[0].kill()
        _all_or_named(running, first, known)


def _all_or_named(running, first, known):
    """Either all reports are those of one process, or the status is 3 and every file without a report is named."""
    with running:
        out, err = running.stdout.read(), running.stderr.read()  # communicate() would pass over what is buffered
    reports = [comparable(line) for line in (first + out).splitlines()]
    if len(reports) == FILES:
        assert reports == known
        return
    assert running.returncode == 3, err
    assert [report for report in reports if report not in known] == []
    judged = {json.loads(report)["run"]["inputs"][0]["path"] for report in reports}
    every = {json.loads(report)["run"]["inputs"][0]["path"] for report in known}
    assert all(f"not judged: {path} " in err for path in every - judged), err
