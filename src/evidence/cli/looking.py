"""A desk from which commands look at what the store holds, asking nobody."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from evidence.cli.changes import echo_lines
from evidence.cli.output import ProgressBar
from evidence.cli.settings import settings_from, store_from
from evidence.clock import SystemClock
from evidence.desk import Checker
from evidence.model.references import Library
from evidence.store.store import Store
from evidence.version import __version__


@contextmanager
def stored_checker(given: str | None, without: str) -> Iterator[Checker]:
    """A desk over the store; where there is none, which is told `without` what, over an empty one thrown away."""
    clock = SystemClock()
    path = store_from(os.environ, given)
    with tempfile.TemporaryDirectory(prefix="evidence-look-") as folder:
        if not path.exists():
            echo_lines([f"no store at {path}: {without}; run `evidence check` first"])
            path = Path(folder) / "evidence.db"
        with Store.open(path, tool_version=__version__, clock=clock) as store:
            yield Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, shown=True))


def last_lookup_day(store: Store, library: Library) -> date | None:
    """The day on which anything in this library was last looked up."""
    identifiers = [identifier for reference in library.references for identifier in reference.identifiers]
    history = store.history(identifiers, limit=1)
    return max((seen.as_of for observations in history.values() for seen in observations), default=None)
