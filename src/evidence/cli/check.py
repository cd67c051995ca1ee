"""`evidence check`: the main job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from evidence.cli.options import files_argument, judging_options, output_options, severity_of, store_option
from evidence.cli.output import Output, ProgressBar
from evidence.cli.settings import actor_from, completed, configuration_from, files_from, settings_from, store_from
from evidence.cli.targets import targets_of
from evidence.clock import SystemClock
from evidence.desk import Desk, Wish, read_all, selection_of
from evidence.formats.json_report import document
from evidence.model.policy import Policy
from evidence.report import Mode
from evidence.store.store import Store
from evidence.version import __version__


@click.command(name="check")
@files_argument
@judging_options
@click.option("--offline", is_flag=True, help="Open no socket: judge by what the store holds.")
@click.option("--refresh", is_flag=True, help="Ask the services again, whatever the store holds.")
@store_option
@click.option("--ca-bundle", metavar="FILE", help="Certificates to trust (default: $SSL_CERT_FILE, else the usual).")
@output_options
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Look up every reference in FILES and judge it.

    Without FILES: those of the configuration (evidence.toml, or [tool.evidence] in pyproject.toml), else
    references.yaml.

    FILES are files, directories or globs. PubMed is asked through NCBI Entrez (set NCBI_EMAIL, and
    NCBI_API_KEY if you have one), labels at DailyMed, cited pages at their own address.
    """
    if options["offline"] and options["refresh"]:
        raise click.UsageError("--offline and --refresh contradict each other")
    clock = SystemClock()
    configuration = configuration_from(os.environ)
    options = completed(options, configuration)
    output = output_of(options)
    mode = Mode.OFFLINE if options["offline"] else Mode.ONLINE
    wish = wish_of(files_from(files, configuration), options, mode, os.environ, configuration.policy)
    settings = settings_from(os.environ, ca_bundle=options["ca_bundle"])
    path = store_from(os.environ, options["store"], configuration)
    read = [library.path for library in wish.libraries] + ([configuration.path] if configuration.path else [])
    output.guard([*map(Path, read), path])
    progress = ProgressBar(clock.monotonic, shown=not output.quiet)
    with Store.open(path, tool_version=__version__, clock=clock) as store:
        report = Desk(settings, store, clock, progress).run(wish)
    progress.clear()
    output.write(document(report), os.environ)
    ctx.exit(report.exit)


def wish_of(
    files: tuple[str, ...],
    options: Mapping[str, Any],
    mode: Mode,
    environ: Mapping[str, str],
    policy: Policy | None = None,
) -> Wish:
    """The run that these options describe; reads the files, whose own policies override `policy`.

    Raises:
        EvidenceError: a file cannot be read, or a rule is unknown.
    """
    as_of: date | None = options["as_of"]
    return Wish(
        libraries=read_all(files, severity_of(options["fail_on"]), policy),
        mode=mode,
        actor=actor_from(environ, options["actor"]),
        as_of=as_of,
        refresh=bool(options.get("refresh")),
        incomplete_fails=options["on_incomplete"] != "warn",
        selection=selection_of(options["select"], options["ignore"]),
    )


def output_of(options: Mapping[str, Any]) -> Output:
    """The output that these options describe.

    Raises:
        UsageError: the formats and files do not fit together.
    """
    return Output(
        targets=targets_of(options["forms"], options["output"]),
        verbose=options["verbose"],
        quiet=options["quiet"],
        annotate=not options["no_annotations"],
    )
