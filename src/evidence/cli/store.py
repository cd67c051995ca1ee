"""The store as commands open it: one that exists, the runs and reports in it, a checker that asks no service."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from evidence.app.check import Checker
from evidence.cli.output import ProgressBar, echo_lines, echo_wait
from evidence.cli.settings import settings_from, store_from
from evidence.model.errors import UsageError
from evidence.model.outcomes import Cause, State, Unavailable
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.regex import regex
from evidence.model.report import Report
from evidence.model.text import quantity
from evidence.model.version import __version__
from evidence.reports.document import masked_document
from evidence.storage.store import Store
from evidence.storage.values import RunEntry

_LAST = regex(r"last(?:-([0-9]{1,6}))?")


def require_store(path: Path) -> None:
    """Refuse a store that does not exist: reading does not create one.

    Raises:
        UsageError: there is none.
    """
    if not path.exists():
        raise UsageError(f"no store at {path}", fix="run `evidence check` first, or use another store with --store")


def open_store(environ: Mapping[str, str], given: str | None) -> Store:
    """The store that an option, the environment or the configuration names, if it exists, for reading.

    Raises:
        UsageError: there is none.
        StoreError: it cannot be opened.
    """
    path = store_from(environ, given)
    require_store(path)
    return Store.open(path, tool_version=__version__, clock=SystemClock(), reading=True)


@contextmanager
def stored_checker(given: str | None, without: str) -> Iterator[Checker]:
    """A checker over the store; without one, which is said with the consequence `without`, over an empty one."""
    clock = SystemClock()
    path = store_from(os.environ, given)
    if not path.exists():
        echo_lines([f"no store at {path}: {without}; run `evidence check` first"])
    with Store.open(path, tool_version=__version__, clock=clock, reading=True) as store:
        yield Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, visible=True))


@contextmanager
def asking_checker(given: str | None, ca_bundle: str | None) -> Iterator[Checker]:
    """A checker that asks services, over the store, which is made where there is none; its progress is shown."""
    clock = SystemClock()
    progress = ProgressBar(clock.monotonic, visible=True)
    settings = settings_from(os.environ, ca_bundle=ca_bundle)
    path = store_from(os.environ, given)
    with Store.open(path, tool_version=__version__, clock=clock, on_wait=echo_wait) as store:
        yield Checker(settings, store, clock, progress)
    progress.clear()


def never_looked_up(store: Store, library: Library, report: Report) -> list[str]:
    """The ids of references with an identifier that no run has looked up, by the library's offline report."""
    history = store.history([i for reference in library.references for i in reference.identifiers], limit=1)
    return [
        result.reference.id
        for result in report.references
        if any(
            isinstance(answer.outcome, Unavailable) and answer.outcome.cause is Cause.OFFLINE
            for answer in result.answers
            if answer.identifier in result.reference.identifiers and not history.get(answer.identifier)
        )
    ]


def last_lookup_day(store: Store, library: Library) -> date | None:
    """The day on which anything in this library was last looked up."""
    identifiers = [identifier for reference in library.references for identifier in reference.identifiers]
    history = store.history(identifiers, limit=1)
    return max((item.as_of for observations in history.values() for item in observations), default=None)


def without_answer(store: Store, libraries: Iterable[Library]) -> frozenset[str]:
    """The ids of references some identifier of which was never asked, or was last asked in vain."""
    references = [reference for library in libraries for reference in library.references]
    history = store.history([identifier for reference in references for identifier in reference.identifiers], limit=1)
    answers = {State.FOUND, State.NOT_FOUND, State.BLOCKED}
    answered = {identifier for identifier, past in history.items() if past and past[-1].state in answers}
    return frozenset(reference.id for reference in references if not answered.issuperset(reference.identifiers))


def resolve_run(store: Store, word: str) -> RunEntry:
    """The run of this id, of an unambiguous beginning of it, `last` (finished) or `last-N`, N finished runs earlier.

    Raises:
        UsageError: there is no such run, or more than one.
    """
    fix = "list them with `evidence runs`"
    if match := _LAST.fullmatch(word):
        back = int(match[1] or 0)
        finished = store.last_runs(back + 1, finished=True)
        if len(finished) <= back:
            raise UsageError(f"only {quantity(len(finished), 'finished run')}", fix=fix)
        return finished[back]
    found = store.runs_starting(word) if word else ()
    exact = [entry for entry in found if entry.id == word]
    if len(found) > 1 and not exact:
        raise UsageError(f"the ids of {len(found)} runs begin with {word}", fix="give more characters of the id")
    if not found:
        raise UsageError(f"run {word or '(no id)'} not found", fix=fix)
    return (exact or found)[0]


def report_of(store: Store, run: RunEntry) -> dict[str, Any]:
    """The report document of a finished run.

    Raises:
        UsageError: the run did not finish.
    """
    text = store.report_of(run.id)
    if text is None:
        raise UsageError(f"run {run.id} did not finish and has no report", fix="for other runs, see `evidence runs`")
    return masked_document(json.loads(text))
