"""`evidence diff`: what differs between two recorded runs."""

from __future__ import annotations

import os
from typing import Any

import click

from evidence.app.registry import RULE_SET
from evidence.cli.completion import complete_run
from evidence.cli.options import json_option, store_option
from evidence.cli.output import echo_json, new_sheet, to_stdout
from evidence.cli.store import open_store, report_of, resolve_run
from evidence.model.errors import UsageError
from evidence.reports.document import changes_document
from evidence.reports.history import changes_between, run_of_document
from evidence.reports.text_history import render_diff


@click.command(name="diff")
@click.argument("earlier", metavar="[RUN]", required=False, shell_complete=complete_run)
@click.argument("later", metavar="[RUN]", required=False, shell_complete=complete_run)
@click.option("--verbose", "-v", is_flag=True, help="Also list unchanged findings.")
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit 1 on a new finding or a changed source of severity warning or error.",
)
@store_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, earlier: str | None, later: str | None, store: str | None, **options: Any) -> None:
    """Show the differences between two runs, most important first.

    Without RUN: between the last finished run and the previous one over the same files. With one RUN: between that
    run and the last one. A finding that could not be checked again is listed as unknown: its source did not answer,
    or the later run left out its file or its rule.
    """
    with open_store(os.environ, store) as opened:
        later_run = resolve_run(opened, "last" if later is None else later)
        if earlier is None and (earlier := opened.run_before(later_run.id)) is None:
            what = f"no earlier run to compare with {later_run.id}"
            raise UsageError(what, fix="name two runs; list them with `evidence runs`")
        documents = [report_of(opened, run) for run in (resolve_run(opened, earlier), later_run)]
    before, after = map(run_of_document, documents)
    compared = changes_between(before, after, RULE_SET.by_code)
    # The findings themselves, where the changes have only fingerprints, which two files may share.
    found = [
        {**item, "new": (item["path"], item["fingerprint"]) in compared.fresh} for item in documents[1]["findings"]
    ]
    changes = {
        **changes_document(compared),
        "new": [finding for finding in found if finding["new"]],
        "persisting": [finding for finding in found if not finding["new"]],
        "ignored": documents[1]["ignored"],
        "waived": documents[1].get("waived", []),
    }
    if options["as_json"]:
        keys = ("id", "as_of", "started", "finished", "mode", "inputs", "select", "ignore")
        runs = [{key: document["run"][key] for key in keys} for document in documents]
        echo_json({"version": 1, "from": runs[0], "to": runs[1], **changes})
    else:
        sheet = new_sheet(os.environ)
        render_diff(sheet, documents[0], documents[1], changes, full=options["verbose"])
        to_stdout(sheet.text())
    serious = any(item["severity"] != "info" for item in (*changes["new"], *changes["news"]))
    ctx.exit(1 if options["exit_code"] and serious else 0)
