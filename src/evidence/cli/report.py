"""`evidence report`: a recorded run, rendered again; the same run gives the same bytes."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from evidence.cli.check import output_of
from evidence.cli.options import output_options, store_option
from evidence.cli.settings import store_from
from evidence.clock import SystemClock
from evidence.errors import UsageError
from evidence.store.store import Store
from evidence.version import __version__


@click.command(name="report")
@click.argument("run", required=False)
@store_option
@output_options
def command(run: str | None, store: str | None, **options: Any) -> None:
    """Render the recorded RUN again (default: the last one that finished)."""
    path = store_from(os.environ, store)
    output = output_of(options)
    output.guard([path])
    if not path.exists():
        raise UsageError(f"no store at {path}", fix="run `evidence check` first, or name one with --store")
    with Store.open(path, tool_version=__version__, clock=SystemClock()) as opened:
        name = run or opened.last_finished_run()
        text = opened.report_of(name) if name else None
    if text is None:
        raise UsageError(
            f"no finished run {run or ''}".rstrip() + f" in {path}", fix="`evidence cache info` lists the last runs"
        )
    output.write(json.loads(text), os.environ)
