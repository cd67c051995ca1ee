"""`evidence demo`: the main job on a machine without internet, and without touching a real store."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import click

from evidence.app.check import Checker
from evidence.cli.check import check_request
from evidence.cli.guard import guarded, job_files
from evidence.cli.options import files_argument, judging_options, output_options
from evidence.cli.output import Output, ProgressBar, echo_note
from evidence.cli.settings import settings_from
from evidence.demo.server import DemoServer
from evidence.library.files import default_libraries
from evidence.model.ports import SystemClock
from evidence.model.report import Mode
from evidence.model.version import __version__
from evidence.reports.document import report_document
from evidence.reports.wording import name_list
from evidence.storage.store import Store

_NAMED = 5  # references that are named


@click.command(name="demo")
@files_argument
@judging_options
@output_options
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Check the references of the naltrexone monograph against an embedded demo server for NLM and the web.

    Runs the real code over real HTTP on this computer: nothing leaves it. The demo server's answers are
    made up from public facts about these five references; it knows no other references.
    """
    clock = SystemClock()
    output = Output.from_options(options)
    if not files:  # the files of this folder, else the example that comes with the package
        shipped = resources.files("evidence.demo") / "references.yaml"
        own = default_libraries()
        files = own if Path(own[0]).is_file() or not shipped.is_file() else (str(shipped),)
    request = check_request(files, options, Mode.STAND_IN, os.environ)
    outputs = guarded(output.files, job_files(os.environ, request.libraries))
    progress = ProgressBar(clock.monotonic, visible=not output.quiet)
    with tempfile.TemporaryDirectory(prefix="evidence-demo-") as folder, DemoServer() as server:
        settings = replace(settings_from(os.environ), addresses=server.addresses, route=server.route)
        with Store.open(Path(folder) / "evidence.db", tool_version=__version__, clock=clock) as store:
            report = Checker(settings, store, clock, progress).run(request)
    progress.clear()
    unknown = [
        reference.id
        for library in request.libraries
        for reference in library.references
        if reference.identifiers and not any(map(server.world.knows, reference.identifiers))
    ]
    if unknown:
        names = name_list(unknown, _NAMED)
        echo_note(f"the demo knows only its own references, not {names}; check yours with `evidence check`")
    output.write(report_document(report), os.environ, outputs)
    ctx.exit(report.exit)
