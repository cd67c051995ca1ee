"""`evidence report`: a recorded run, rendered again; the same run gives the same bytes."""

from __future__ import annotations

import os
from typing import Any

import click

from evidence.cli.check import output_of
from evidence.cli.options import output_options, store_option
from evidence.cli.settings import store_from
from evidence.cli.terminal import named_run, open_store, report_of


@click.command(name="report")
@click.argument("run", required=False)
@store_option
@output_options
def command(run: str | None, store: str | None, **options: Any) -> None:
    """Render the recorded RUN again (default: the last one that finished).

    RUN may be shortened; `last-1` is the run before the last.
    """
    output = output_of(options)
    output.guard([store_from(os.environ, store)])
    with open_store(os.environ, store) as opened:
        document = report_of(opened, named_run(opened, "last" if run is None else run))
    output.write(document, os.environ)
