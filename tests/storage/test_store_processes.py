import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.storage.maintenance import info
from factories import ADDRESS, open_store, pmid
from fakes import RealClock

WORKER = Path(__file__).parents[1] / "processes.py"
# Importing numpy (which sqlite-utils does) otherwise starts a thread per core in each process.
ENVIRONMENT = os.environ | {"OPENBLAS_NUM_THREADS": "1"}


def start(job, path, *arguments):
    command = [sys.executable, WORKER, job, path, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def outputs(workers):
    """What each worker printed; a worker that failed fails the test with its traceback."""
    reported = [worker.communicate(timeout=120) for worker in workers]
    for worker, (_, errors) in zip(workers, reported, strict=True):
        assert worker.returncode == 0, errors
    return [out for out, _ in reported]


def most_in_any_second(moments):
    moments = sorted(moments)
    return max(sum(1 for other in moments if one <= other < one + 1) for one in moments)


def moments_of(job, path, processes, requests):
    workers = [start(job, path, requests, 0.37) for _ in range(processes)]
    return [float(line) for out in outputs(workers) for line in out.split()]


@pytest.mark.parametrize("names", ["12", pytest.param("12345678", marks=pytest.mark.acceptance)])
def test_processes_build_and_fill_one_fresh_store(path, names):
    outputs([start("fill", path, name, 6) for name in names])
    with open_store(path, RealClock()) as store:
        reported = info(store)
    assert (reported.runs, reported.records, reported.observations) == (
        len(names),
        {ADDRESS: 30 * len(names)},
        30 * len(names),
    )


def test_three_processes_together_are_given_at_most_three_slots_in_any_second(path):
    open_store(path).close()
    moments = moments_of("reserve", path, processes=3, requests=20)
    assert len(moments) == 60
    assert most_in_any_second(moments) == 3


@pytest.mark.acceptance
def test_eight_processes_together_never_ask_more_than_three_times_in_a_second(path):
    moments = moments_of("pace", path, processes=8, requests=10)
    assert len(moments) == 80
    assert most_in_any_second(moments) == 3


def killed_while_writing(path, after):
    """The numbers that a writer told to be committed before it was killed."""
    worker = start("write", path)
    reported = []
    for line in worker.stdout:
        reported.append(int(line))
        if len(reported) == after:
            worker.kill()
    worker.communicate()
    return reported


def assert_all_there(path, reported):
    with open_store(path, RealClock()) as store:
        assert set(store.cache.stored(ADDRESS, map(pmid, reported))) == set(map(pmid, reported))
        with store.database.read() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_writer_that_is_killed_loses_nothing_it_had_committed(path):
    open_store(path).close()
    assert_all_there(path, killed_while_writing(path, after=37))


@pytest.mark.acceptance
@pytest.mark.parametrize("after", range(1, 200, 10))
def test_a_writer_killed_at_any_moment_loses_nothing_it_had_committed(path, after):
    assert_all_there(path, killed_while_writing(path, after))
