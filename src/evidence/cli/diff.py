"""`evidence diff`: what differs between two recorded runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from evidence.app.registry import RULING
from evidence.cli.options import json_option, store_option
from evidence.cli.output import echo_json, new_sheet, to_stdout
from evidence.cli.store import open_store, report_of, resolve_run
from evidence.model.errors import UsageError
from evidence.reports.document import changes_document
from evidence.reports.history import changes_between, run_of_document
from evidence.reports.text_history import render_diff
from evidence.storage.store import Store
from evidence.storage.values import RunEntry


@click.command(name="diff")
@click.argument("earlier", metavar="[RUN]", required=False)
@click.argument("later", metavar="[RUN]", required=False)
@click.option("--verbose", "-v", is_flag=True, help="List also what is as it was.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when there is news or a new finding from warning on.")
@store_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, earlier: str | None, later: str | None, store: str | None, **options: Any) -> None:
    """What differs between two runs, what matters most first.

    Without RUN: between the last finished run and the one before it over the same files. With one RUN:
    between that and the last. A finding that could not be judged again is neither new nor resolved: its
    source was silent, or the later run left out its file or its rule.
    """
    with open_store(os.environ, store) as opened:
        runs = _chosen(opened, earlier, later)
        documents = [report_of(opened, run) for run in runs]
    before, after = map(run_of_document, documents)
    compared = changes_between(before, after, RULING.by_code)
    changes = {**changes_document(compared), **_whole(documents[1], compared.fresh)}
    if options["as_json"]:
        echo_json(_as_json(documents, changes))
    else:
        sheet = new_sheet(os.environ)
        render_diff(sheet, documents[0], documents[1], changes, full=options["verbose"])
        to_stdout(sheet.text())
    grave = any(finding["severity"] != "info" for finding in changes["new"])
    news = any(one["severity"] != "info" for one in changes["news"])
    ctx.exit(1 if options["exit_code"] and (grave or news) else 0)


def _chosen(store: Store, earlier: str | None, later: str | None) -> tuple[RunEntry, RunEntry]:
    after = resolve_run(store, "last" if later is None else later)
    if earlier is not None:
        return resolve_run(store, earlier), after
    before = store.run_before(after.id)
    if before is None:
        raise UsageError(
            f"no earlier run can be compared with {after.id}", fix="name two runs; `evidence runs` lists them"
        )
    return resolve_run(store, before), after


def _whole(after: Mapping[str, Any], fresh: frozenset[tuple[str, str]]) -> dict[str, Any]:
    """The later run's findings themselves where its changes have only fingerprints, which two files may share."""
    found = [{**one, "new": (one["path"], one["fingerprint"]) in fresh} for one in after["findings"]]
    return {
        "new": [one for one in found if one["new"]],
        "persisting": [one for one in found if not one["new"]],
        "ignored": after["ignored"],
        "waived": after.get("waived", []),
    }


def _as_json(documents: list[dict[str, Any]], changes: Mapping[str, Any]) -> dict[str, Any]:
    runs = [
        {
            key: document["run"][key]
            for key in ("id", "as_of", "started", "finished", "mode", "inputs", "select", "ignore")
        }
        for document in documents
    ]
    return {"version": 1, "from": runs[0], "to": runs[1], **changes}
