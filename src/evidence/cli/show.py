"""`evidence show`: what is known of one reference, without asking anyone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import click

from evidence.app.check import Checker, read_libraries, with_texts
from evidence.app.run import CheckRequest
from evidence.cli.options import Day, files_argument, store_option
from evidence.cli.output import Output, ProgressBar
from evidence.cli.settings import actor_from, configuration_from, files_from, settings_from, store_from
from evidence.model.errors import UsageError
from evidence.model.outcomes import Observation
from evidence.model.ports import SystemClock
from evidence.model.references import Library, Reference
from evidence.model.report import Mode
from evidence.model.text import one_line
from evidence.model.version import __version__
from evidence.reports.document import report_document
from evidence.storage.store import Store

SHOWN_OBSERVATIONS = 20


@click.command(name="show")
@click.argument("name", metavar="ID")
@files_argument
@click.option("--as-of", type=Day(), help="Judge as of this day (default: when it was last looked up).")
@store_option
def command(name: str, files: tuple[str, ...], as_of: date | None, store: str | None) -> None:
    """What is known of the reference ID in FILES (default: as for `check`).

    Its record, look-ups and findings as of the day on which it was last looked up, and what was seen of
    it over time. Nothing is asked and nothing is recorded.
    """
    clock = SystemClock()
    configuration = configuration_from(os.environ)
    chosen = files_from(files, configuration)
    whole = read_libraries(chosen, policy=configuration.policy)
    libraries = tuple(_only(whole, name))
    path = store_from(os.environ, store, configuration)
    if not path.exists():
        raise UsageError(f"no store at {path}", fix="run `evidence check` first, or name one with --store")
    with Store.open(path, tool_version=__version__, clock=clock) as opened:
        seen = [
            observation
            for reference in _references(libraries)
            for identifier in reference.identifiers
            for observation in opened.observations_of(identifier)[-SHOWN_OBSERVATIONS:]
        ]
        # What was answered is served for its life only; what is known outlives it, so it is looked at as of then.
        day = as_of or max((observation.as_of for observation in seen), default=None)
        # The monograph is read beside the whole library: another reference's citation is not undefined here.
        read = with_texts(
            CheckRequest(libraries=whole, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=day)
        )
        wish = replace(read, libraries=libraries)
        desk = Checker(settings_from(os.environ), opened, clock, ProgressBar(clock.monotonic, visible=False))
        report = desk.look(wish)
        report = replace(report, findings=tuple(one for one in report.findings if one.reference == name))
    shown = report_document(report)
    for line in _record_lines(shown):
        click.echo(line)
    Output(verbose=1, annotate=False).write(shown, os.environ)
    for line in _history_lines(seen):
        click.echo(line)


def _only(libraries: tuple[Library, ...], name: str) -> Iterator[Library]:
    """The libraries cut down to the reference of this id; UsageError when none has it."""
    names = [reference.id for reference in _references(libraries)]
    if name not in names:
        known = ", ".join(one_line(other) for other in names[:12]) + (" …" if len(names) > 12 else "")
        raise UsageError(f"no reference has the id {name}", fix=f"there are: {known}" if names else None)
    for library in libraries:
        chosen = tuple(reference for reference in library.references if reference.id == name)
        if chosen:
            yield replace(library, references=chosen, faults=())


def _references(libraries: tuple[Library, ...]) -> list[Reference]:
    return [reference for library in libraries for reference in library.references]


def _record_lines(shown: Mapping[str, Any]) -> Iterator[str]:
    for reference in shown["references"]:
        for key, value in (reference["record"] or {}).items():
            yield f"{one_line(key):<22}{one_line(_plain(value))}"
        if reference["record"]:
            yield ""


def _plain(value: Any) -> str:
    """A CSL value on one line: names as `family given`, dates as `2013-2`, lists with commas."""
    match value:
        case {"date-parts": [[*parts], *_]}:
            return "-".join(str(part) for part in parts)
        case {"literal": literal}:
            return str(literal)
        case {"family": family, **rest}:
            return f"{family} {rest.get('given', '')}".strip()
        case dict():
            return ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
        case list():
            return ", ".join(_plain(inner) for inner in value)
    return str(value)


def _history_lines(seen: list[Observation]) -> Iterator[str]:
    if seen:
        yield ""
        yield "Seen over time"
    for observation in seen:
        detail = f"  {one_line(observation.detail)}" if observation.detail else ""
        yield f"  {observation.as_of}  {observation.identifier}  {observation.state}{detail}"
