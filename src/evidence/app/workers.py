"""Who judges the files of a batch: this process, a pool of processes, or an existing Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import wait
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from evidence.model.errors import UsageError
from evidence.model.version import how_to_install

P = ParamSpec("P")
T = TypeVar("T")

_SCHEMES = frozenset({"tcp", "tls", "ws", "wss"})
_CONNECTING = 20.0  # seconds
_LEAVING = 5.0


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor; whether its tasks stay in this process; and whether it may still answer."""

    executor: Executor
    are_here: bool
    may_answer: Callable[[], bool] = lambda: True


class _Here(Executor):
    """Does each task at once, in this thread."""

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The result in a future that is done; what the task raises is raised."""
        future: Future[T] = Future()
        future.set_result(task(*args, **kwargs))
        return future


HERE = Workers(_Here(), are_here=True)
"""This process."""


@contextmanager
def open_workers(jobs: int = 1, scheduler: str | None = None) -> Iterator[Workers]:
    """So many processes beside this one (1: none), or the cluster of the Dask scheduler at this address.

    Raises:
        UsageError: the package for clusters is not installed, or no scheduler answers.
    """
    if scheduler is not None:
        with _cluster(scheduler) as workers:
            yield workers
    elif jobs > 1:
        # Processes are started afresh: a copy of this one could copy a lock that a thread holds.
        spawned = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(jobs, mp_context=spawned, initializer=_begin_process)
        try:
            yield Workers(pool, are_here=False)
        finally:
            # A pool whose process was killed may never end; its processes end with this one.
            leaving = threading.Thread(target=lambda: pool.shutdown(cancel_futures=True), daemon=True)
            leaving.start()
            leaving.join(_LEAVING)
    else:
        yield HERE


def _begin_process() -> None:
    """Leave an interruption to the parent, and end with it, also when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def require_scheduler(address: str) -> None:
    """Refuse what cannot be the address of a scheduler, and a cluster without the package for it.

    Raises:
        UsageError: with what is wrong.
    """
    if urlsplit(address).scheme not in _SCHEMES:
        raise UsageError(f"{address} is not the address of a scheduler", fix="use the form tcp://host:8786")
    if find_spec("distributed") is None:
        raise UsageError("a Dask cluster requires the package distributed", fix=how_to_install("dask"))


@contextmanager
def _cluster(address: str) -> Iterator[Workers]:
    require_scheduler(address)
    from distributed import Client  # noqa: PLC0415 - an extra, slow to import, for those who have a cluster
    from distributed.client import ClosedClientError  # noqa: PLC0415 - as above

    connect: Any = Client
    try:
        client = connect(address, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"no Dask scheduler answers at {address}: {str(error) or type(error).__name__}"
        raise UsageError(what, fix="check the address, and that the scheduler runs") from None
    executor = client.get_executor(pure=False)
    try:
        yield Workers(executor, are_here=False, may_answer=lambda: client.status in {"running", "connecting"})
    finally:
        with suppress(ClosedClientError, OSError):  # a scheduler that is lost cannot be told to cancel anything
            executor.shutdown(wait=False)
        with suppress(OSError):
            client.close(timeout=_LEAVING)
