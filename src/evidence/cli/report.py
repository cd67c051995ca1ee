"""`evidence report`: a recorded run, rendered again; the same run gives the same bytes."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import Any

import click

from evidence.cli.completion import complete_run
from evidence.cli.guard import JobFile, JobFileRole, guarded, job_files
from evidence.cli.options import output_options, store_option
from evidence.cli.output import Output
from evidence.cli.store import open_store, report_of, resolve_run


@click.command(name="report")
@click.argument("run", required=False, shell_complete=complete_run)
@store_option
@output_options
def command(run: str | None, store: str | None, **options: Any) -> None:
    """Show the report of the recorded RUN again (default: the last finished run).

    The id of RUN can be shortened; `last-1` is the run before the last one.
    """
    output = Output.from_options(options)
    with open_store(os.environ, store) as opened:
        document = report_of(opened, resolve_run(opened, "last" if run is None else run))
    inputs = (JobFile(Path(item["path"]), JobFileRole.READ) for item in document["run"]["inputs"])
    outputs = guarded(output.files, chain(job_files(os.environ, store=store), inputs))
    output.write(document, os.environ, outputs)
