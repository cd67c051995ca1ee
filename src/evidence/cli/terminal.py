"""What commands that only tell have in common: a store that exists, runs by short names, a sheet to write on."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import click

from evidence.cli.output import NARROWEST, WIDEST, wants_color
from evidence.cli.settings import store_from
from evidence.cli.writing import to_stdout
from evidence.clock import SystemClock
from evidence.errors import UsageError
from evidence.escape import json_safe
from evidence.formats.text_layout import Sheet
from evidence.store.store import Store
from evidence.store.values import RunEntry
from evidence.version import __version__

_LAST = re.compile(r"last(?:-([0-9]{1,6}))?")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")


def open_store(environ: Mapping[str, str], given: str | None) -> Store:
    """The store that is there; looking does not create one.

    Raises:
        UsageError: there is none.
        StoreError: it cannot be opened.
    """
    path = store_from(environ, given)
    if not path.exists():
        raise UsageError(f"no store at {path}", fix="run `evidence check` first, or name one with --store")
    return Store.open(path, tool_version=__version__, clock=SystemClock())


def resolve_run(store: Store, word: str) -> RunEntry:
    """The run of this id, of an unambiguous beginning of it, `last` (finished) or `last-N`, N finished runs earlier.

    Raises:
        UsageError: there is no such run, or more than one.
    """
    fix = "`evidence runs` lists them"
    if match := _LAST.fullmatch(word):
        back = int(match[1] or 0)
        finished = store.last_runs(back + 1, finished=True)
        if len(finished) <= back:
            raise UsageError(f"there are only {len(finished)} finished runs", fix=fix)
        return finished[back]
    found = store.runs_starting(word) if word else ()
    exact = [entry for entry in found if entry.id == word]
    if len(found) > 1 and not exact:
        raise UsageError(f"{len(found)} runs begin with {word}", fix="give more of the name")
    if not found:
        raise UsageError(f"there is no run {word or '(no name)'}", fix=fix)
    return (exact or found)[0]


def report_of(store: Store, run: RunEntry) -> dict[str, Any]:
    """The document that a finished run left.

    Raises:
        UsageError: the run did not finish.
    """
    kept = store.report_of(run.id)
    if kept is None:
        raise UsageError(f"run {run.id} did not finish, so it has no report", fix="`evidence runs` lists them")
    document: dict[str, Any] = json.loads(kept)
    return document


def new_sheet(environ: Mapping[str, str]) -> Sheet:
    """A sheet as wide, coloured and rich in characters as standard output can show."""
    columns = shutil.get_terminal_size((100, 24)).columns
    return Sheet(
        width=min(max(columns, NARROWEST), WIDEST),
        color=wants_color(environ, terminal=sys.stdout.isatty()),
        unicode=(sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf"),
    )


def echo_json(value: Mapping[str, Any]) -> None:
    """Write JSON to standard output, with nothing in it that could steer a terminal."""
    to_stdout(json_safe(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")
