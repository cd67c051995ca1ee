"""`evidence show`: what is known of one reference or claim, without asking anyone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import click

from evidence.app.check import Checker, CheckRequest, with_texts
from evidence.cli.claims import claim_lines, sentence_lines
from evidence.cli.completion import complete_reference_or_claim
from evidence.cli.options import Day, claim_named, files_argument, name_and_files, store_option, unknown_reference
from evidence.cli.output import Output, ProgressBar, echo, table_width
from evidence.cli.settings import actor_from, configuration_from, libraries_from, settings_from, store_from
from evidence.cli.store import require_store
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.outcomes import Observation
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Mode
from evidence.model.text import one_line
from evidence.model.version import __version__
from evidence.reports.document import report_document
from evidence.reports.layout import hanging
from evidence.storage.store import Store

_MOST_OBSERVATIONS = 20


@click.command(name="show")
@click.argument("name", metavar="ID", shell_complete=complete_reference_or_claim)
@files_argument
@click.option("--as-of", type=Day(), help="Check as of this date (default: the date of the last look-up).")
@store_option
def command(name: str, files: tuple[str, ...], as_of: date | None, store: str | None) -> None:
    """Show what is known about the reference ID in FILES (default: as for `check`); `FILE::ID` is the one of FILE.

    Prints its record, look-ups and findings as of the date of its last look-up, its history, and the
    sentences (claims) that are based on it. `claim:ID` shows a claim and what backs it. Nothing is looked up and
    nothing is recorded.
    """
    clock = SystemClock()
    configuration = configuration_from(os.environ)
    name, files = name_and_files(name, files)
    read = libraries_from(files, configuration, os.environ)
    libraries = _about(name, read, files)
    names = {name, *(reference.id for library in libraries for reference in library.references)}
    path = store_from(os.environ, store, configuration)
    require_store(path)
    with Store.open(path, tool_version=__version__, clock=clock, reading=True) as opened:
        observations = [
            observation
            for library in libraries
            for reference in library.references
            for identifier in reference.identifiers
            for observation in opened.observations_of(identifier)[-_MOST_OBSERVATIONS:]
        ]
        # What was answered is served for its life only; what is known outlives it, so it is looked at as of then.
        day = as_of or max((observation.as_of for observation in observations), default=None)
        # The monograph is read beside all references: another reference's citation is not undefined here.
        request = with_texts(
            CheckRequest(libraries=read, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=day)
        )
        request = replace(request, libraries=libraries)
        checker = Checker(settings_from(os.environ), opened, clock, ProgressBar(clock.monotonic, visible=False))
        report = checker.look(request)
        report = replace(report, findings=tuple(finding for finding in report.findings if finding.reference in names))
    document, texts = report_document(report), request.texts or {}
    if name.startswith(CLAIM_PREFIX):
        lines = [
            line
            for library in libraries
            for claim in library.claims
            for line in claim_lines(library, claim, texts.get(library.path), table_width())
        ]
    else:
        shown = {library.path for library in libraries}
        among = [library for library in read if library.path in shown]
        lines = [*_record_lines(document)]
        lines += [
            line for library in among for line in sentence_lines(name, library, texts.get(library.path), table_width())
        ]
    for line in lines:
        echo(line)
    Output(verbose=1, annotate=False).write(document, os.environ)
    for line in _history_lines(observations):
        echo(line)


def _about(name: str, read: Sequence[Library], files: Sequence[str]) -> tuple[Library, ...]:
    """The libraries with this reference alone, or with this claim and what it rests on.

    Raises:
        UsageError: there is no such reference or claim.
    """
    if name.startswith(CLAIM_PREFIX):
        library, claim = claim_named(name, read, files)
        named = {item.reference for item in claim.evidence}
        references = tuple(reference for reference in library.references if reference.id in named)
        return (replace(library, references=references, claims=(claim,), faults=()),)
    libraries = []
    for library in read:
        references = tuple(reference for reference in library.references if reference.id == name)
        if references:
            libraries.append(replace(library, references=references, claims=(), faults=()))
    if not libraries:
        raise unknown_reference(name, [reference.id for library in read for reference in library.references])
    return tuple(libraries)


def _record_lines(document: Mapping[str, Any]) -> Iterator[str]:
    for reference in document["references"]:
        for key, value in (reference["record"] or {}).items():
            yield from hanging(f"{one_line(key):<22}", one_line(_csl_text(value)), table_width())
        if reference["record"]:
            yield ""


def _csl_text(value: Any) -> str:
    """A CSL value on one line: names as `family given`, dates as `2013-2`, lists with commas."""
    match value:
        case {"date-parts": [[*parts], *_]}:
            return "-".join(str(part) for part in parts)
        case {"literal": literal}:
            return str(literal)
        case {"family": family, **rest}:
            return f"{family} {rest.get('given', '')}".strip()
        case dict():
            return ", ".join(f"{key}: {_csl_text(inner)}" for key, inner in value.items())
        case list():
            return ", ".join(_csl_text(inner) for inner in value)
    return str(value)


def _history_lines(observations: list[Observation]) -> Iterator[str]:
    if observations:
        yield ""
        yield "History"
    for observation in observations:
        detail = f"  {one_line(observation.detail)}" if observation.detail else ""
        seen = f"{observation.identifier}  {observation.state}{detail}"
        yield from hanging(f"  {observation.as_of}  ", seen, table_width())
