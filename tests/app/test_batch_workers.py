"""Workers that fail: a file whose result does not come, or is not all of it, is named and not recorded."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace

import pytest

from evidence.app.batch import Batch, RequestedFile, judge_packed
from evidence.app.check import CheckRequest, read_libraries
from evidence.app.workers import Workers
from evidence.model.report import Exit, Mode

NAMES = ("a.references.yaml", "b.references.yaml", "c.references.yaml")


class Faulty(Executor):
    """Judges as another process would, but for the tasks of these numbers, which `fail` answers."""

    def __init__(self, failing, fail):
        self.number, self.failing, self.fail = 0, failing, fail

    def submit(self, task, /, *args, **kwargs):
        self.number += 1
        future = Future()
        if self.number in self.failing:
            self.fail(future, *args)
        else:
            future.set_result(task(*args, **kwargs))
        return future


def checked(series, workers):
    for number, name in enumerate(NAMES):
        series.write(f'references:\n- {{id: r{number}, PMID: "23359310"}}\n', name)
    with series.checker(0) as checker:
        batch = Batch(checker, workers)
        paths = [str(series.folder / name) for name in NAMES]
        request = CheckRequest((), Mode.ONLINE, actor="tester", as_of=series.first)
        files = [RequestedFile(replace(request, libraries=(library,))) for library in read_libraries(tuple(paths))]
        judged = [file.path.rpartition("/")[2] for file in batch.run(files)]
        recorded = [run.inputs[0].path.rpartition("/")[2] for run in checker.store.last_runs(None)]
    return judged, recorded, batch.summary


FAILURES = {
    "raised": (lambda future, _: future.set_exception(MemoryError("no room")), "MemoryError: no room"),
    "cancelled": (lambda future, _: future.cancel(), "CancelledError"),
    "nothing": (lambda future, _: future.set_result(None), "no result"),
    "incomplete": (
        lambda future, packed: future.set_result(replace(judge_packed(packed), references=0)),
        "the result is of another file",
    ),
    "another version": (
        lambda future, packed: future.set_result(replace(judge_packed(packed), version="0.0.1")),
        "judged by version 0.0.1, not ",
    ),
    "another file": (
        lambda future, packed: future.set_result(replace(judge_packed(packed), sha256="0" * 64)),
        "the result is of another file",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_file_whose_result_is_not_all_of_it_is_named_and_not_recorded(series, failure):
    fail, reason = FAILURES[failure]
    judged, recorded, summary = checked(series, Workers(Faulty({2}, fail), are_here=False))
    assert judged == [NAMES[0], NAMES[2]] == recorded[::-1]
    ((path, why),) = summary.lost
    assert path.endswith(NAMES[1])
    assert why.startswith(reason)
    assert summary.exit is Exit.INCOMPLETE


def test_workers_that_are_gone_are_not_waited_for(series):
    gone = Workers(Faulty({2, 3}, lambda _future, _: None), are_here=False, may_answer=lambda: False)
    judged, _, summary = checked(series, gone)
    assert judged == [NAMES[0]]
    assert [path.rpartition("/")[2] for path, _ in summary.lost] == list(NAMES[1:])


def test_a_pool_that_broke_names_every_file_that_it_did_not_judge(series):
    def broke(future, _):
        future.set_exception(BrokenExecutor("a process was killed"))

    judged, _, summary = checked(series, Workers(Faulty({2, 3}, broke), are_here=False))
    assert judged == [NAMES[0]]
    assert len(summary.lost) == 2
    assert summary.exit is Exit.INCOMPLETE


def test_a_task_is_the_same_wherever_it_is_judged(series):
    carried = Workers(Faulty(set(), None), are_here=False)
    judged, recorded, summary = checked(series, carried)
    assert judged == list(NAMES) == recorded[::-1]
    assert (summary.lost, summary.exit) == ([], Exit.CLEAN)
    assert summary.references == 3
