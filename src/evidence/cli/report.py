"""`evidence report`: a recorded run, rendered again; the same run gives the same bytes."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import Any

import click

from evidence.cli.check import output_of
from evidence.cli.common import job_files, open_store, output_options, report_of, resolve_run, store_option
from evidence.cli.output import JobFile, JobFileRole


@click.command(name="report")
@click.argument("run", required=False)
@store_option
@output_options
def command(run: str | None, store: str | None, **options: Any) -> None:
    """Render the recorded RUN again (default: the last one that finished).

    RUN may be shortened; `last-1` is the run before the last.
    """
    output = output_of(options)
    with open_store(os.environ, store) as opened:
        document = report_of(opened, resolve_run(opened, "last" if run is None else run))
    judged = (JobFile(Path(one["path"]), JobFileRole.READ) for one in document["run"]["inputs"])
    output.guard(chain(job_files(os.environ, store=store), judged))
    output.write(document, os.environ)
