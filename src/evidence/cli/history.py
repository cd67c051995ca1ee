"""`evidence history`: what became of one reference, run by run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from evidence.app.registry import RULE_SET
from evidence.cli.completion import complete_reference
from evidence.cli.options import json_option, name_and_files, store_option
from evidence.cli.output import echo_json, new_sheet, to_stdout
from evidence.cli.store import open_store, report_of
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.text import one_line
from evidence.reports.document import finding_document
from evidence.reports.history import RecordedRun, reported_observation, run_of_document
from evidence.reports.text_history import TimelineSubject, render_timeline
from evidence.reports.timeline import TimelineEvent, timeline, timeline_runs
from evidence.storage.store import Store
from evidence.storage.values import RunEntry

_REPORTS_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class _Subject:
    """A reference as in the newest report that has it."""

    name: str
    path: str
    identifiers: tuple[Identifier, ...]
    title: str | None


@click.command(name="history")
@click.argument("name", metavar="ID", shell_complete=complete_reference)
@click.option(
    "--file", "file", metavar="PATH", help="The file of the reference, if several files have a reference with that id."
)
@store_option
@json_option
def command(name: str, file: str | None, store: str | None, *, as_json: bool) -> None:
    """Show the history of the reference ID: what was found, which findings appeared and were resolved.

    `FILE::ID` is the reference of this id in FILE.

    Only recorded runs are listed, oldest first; runs in which nothing changed are only counted.
    """
    name, files = name_and_files(name, ())
    if file is None and files:
        file = Path(files[0]).as_posix()
    with open_store(os.environ, store) as opened:
        runs = opened.last_runs(None)
        subject = _subject(opened, runs, name, file)
        events = _events(opened, runs, subject)
    if as_json:
        echo_json(_as_json(subject, events))
        return
    sheet = new_sheet(os.environ)
    identifiers = tuple(map(str, subject.identifiers))
    render_timeline(sheet, TimelineSubject(subject.name, subject.path, identifiers, subject.title), events)
    to_stdout(sheet.text())


def _subject(store: Store, runs: tuple[RunEntry, ...], name: str, file: str | None) -> _Subject:
    """The reference as the newest report has it.

    Raises:
        UsageError: none of the last reports has it, or several files have one of this id.
    """
    known: dict[str, None] = {}
    for run in [run for run in runs if run.finished is not None][:_REPORTS_SEARCHED]:
        references = [item for item in report_of(store, run)["references"] if file in {None, item["path"]}]
        found = [item for item in references if item["id"] == name]
        paths = list(dict.fromkeys(item["path"] for item in found))
        if len(paths) > 1:
            listed = ", ".join(one_line(path) for path in paths)
            raise UsageError(
                f"{len(paths)} files contain a reference {name}", fix=f"name it as FILE::{name}, with one of {listed}"
            )
        if found:
            printed = (lookup["identifier"].partition(":") for item in found for lookup in item["lookups"])
            identifiers = dict.fromkeys(Identifier(IdKind(kind), value) for kind, _, value in printed)
            return _Subject(name, paths[0], tuple(identifiers), found[0].get("title"))
        known |= dict.fromkeys(item["id"] for item in references)
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt id needs it

    near = get_close_matches(name, known, n=3)
    listed = ", ".join(one_line(other) for other in (near or list(known)[:12]))
    fix = (f"did you mean {listed}?" if near else f"recorded references: {listed}") if listed else None
    raise UsageError(f"no recorded run contains the reference {name}", fix=fix)


def _events(store: Store, runs: tuple[RunEntry, ...], subject: _Subject) -> tuple[TimelineEvent, ...]:
    order = {run.id: position for position, run in enumerate(reversed(runs))}
    finished = {run.id: run for run in runs if run.finished is not None}
    observed = [item for identifier in subject.identifiers for item in store.observations_of(identifier)]
    observed.sort(key=lambda item: order[item.run])
    findings: dict[str, list[Any]] = {}
    for recorded in store.findings_about(subject.name, subject.path):
        if recorded.ignored is None:
            findings.setdefault(recorded.run, []).append(recorded.finding)

    @lru_cache(maxsize=2)  # a run is compared with the one before it
    def read(run: str) -> RecordedRun:
        return run_of_document(report_of(store, finished[run]))

    return timeline(timeline_runs(observed, findings, finished), read, RULE_SET.by_code)


def _as_json(subject: _Subject, events: tuple[TimelineEvent, ...]) -> dict[str, Any]:
    return {
        "version": 1,
        "reference": subject.name,
        "path": subject.path,
        "identifiers": [str(identifier) for identifier in subject.identifiers],
        "events": [
            {
                "run": event.run,
                "as_of": event.as_of.isoformat(),
                "finished": not event.interrupted,
                "seen": [{**reported_observation(item), "from": str(item.origin)} for item in event.observed],
                "appeared": [finding_document(finding) for finding in event.appeared],
                "resolved": [finding_document(finding) for finding in event.resolved],
                "replaced": [finding_document(finding) for finding in event.replaced],
                "waived": [finding_document(finding) for finding in event.waived],
                "unchanged_runs": event.repeated,
                "unchanged_until": None if event.until is None else event.until.isoformat(),
            }
            for event in events
        ],
    }
