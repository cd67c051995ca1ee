"""`evidence runs`: the recorded runs, the newest first."""

from __future__ import annotations

import os
from itertools import chain
from typing import Any

import click

from evidence.cli.options import json_option, store_option
from evidence.cli.output import echo_json, table_width, to_stdout
from evidence.cli.store import open_store
from evidence.model.policy import Severity
from evidence.model.report import Exit
from evidence.reports.layout import table
from evidence.storage.values import RunCounts, RunEntry

_VERDICTS = {
    Exit.CLEAN: "clean",
    Exit.FINDINGS: "findings",
    Exit.INCOMPLETE: "incomplete",
}
_HEADS = (
    "run",
    "started (UTC)",
    "as of",
    "mode",
    "by",
    "result",
    "errors",
    "warnings",
    "infos",
    "ignored",
    "waived",
    "files",
)
_NUMBERS = frozenset(range(6, 11))


@click.command(name="runs")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="Number of runs to list.")
@click.option("--file", "file", metavar="PATH", help="Only runs that checked this file, by its name at that time.")
@store_option
@json_option
def command(last: int, file: str | None, store: str | None, *, as_json: bool) -> None:
    """List the recorded runs, newest first.

    Wherever a command takes a RUN, you can shorten its id as long as it is unambiguous; `last` is the last finished
    run, `last-1` the one before it.
    """
    with open_store(os.environ, store) as opened:
        wanted = last if file is None else None
        runs = [run for run in opened.last_runs(wanted) if file is None or file in {item.path for item in run.inputs}]
        runs = runs[:last]
        counts = opened.counts_of([run.id for run in runs])
    if as_json:
        echo_json({"version": 1, "runs": [_as_json(run, counts[run.id]) for run in runs]})
        return
    rows = [_HEADS, *(_row(run, counts[run.id]) for run in runs)]
    lines = chain.from_iterable(table(rows, width=table_width(), right=_NUMBERS))
    to_stdout("".join(f"{line}\n" for line in lines) if runs else "no recorded runs\n")


def _row(run: RunEntry, counts: RunCounts) -> tuple[str, ...]:
    numbers = [*(counts.found.get(severity, 0) for severity in reversed(Severity)), counts.ignored, counts.waived]
    return (
        run.id,
        f"{run.started:%Y-%m-%d %H:%M}",
        run.as_of.isoformat(),
        run.mode.words,
        run.actor,
        _verdict(run),
        *(str(number) if run.finished else "-" for number in numbers),
        ", ".join(item.path for item in run.inputs),
    )


def _verdict(run: RunEntry) -> str:
    return "interrupted" if run.exit is None else f"{_VERDICTS.get(run.exit, 'ended')} ({int(run.exit)})"


def _as_json(run: RunEntry, counts: RunCounts) -> dict[str, Any]:
    finished = run.finished is not None
    return {
        "id": run.id,
        "started": f"{run.started:%Y-%m-%dT%H:%M:%SZ}",
        "finished": f"{run.finished:%Y-%m-%dT%H:%M:%SZ}" if run.finished else None,
        "as_of": run.as_of.isoformat(),
        "mode": str(run.mode),
        "actor": run.actor,
        "tool_version": run.tool_version,
        "inputs": [{"path": item.path, "sha256": item.sha256} for item in run.inputs],
        "exit_code": None if run.exit is None else int(run.exit),
        "report_sha256": run.report_sha256,
        **{f"{severity}s": counts.found.get(severity, 0) if finished else None for severity in reversed(Severity)},
        "ignored": counts.ignored if finished else None,
        "waived": counts.waived if finished else None,
    }
