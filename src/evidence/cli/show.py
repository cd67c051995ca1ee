"""`evidence show`: what is known of one reference or claim, without asking anyone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from evidence.app.check import Checker, CheckRequest, with_texts
from evidence.cli.claims import claim_lines, sentence_lines
from evidence.cli.completion import complete_reference_or_claim
from evidence.cli.options import Day, claim_named, files_argument, name_and_files, store_option, unknown_reference
from evidence.cli.output import (
    Output,
    ProgressBar,
    echo,
    echo_json,
    echo_note,
    echo_wait,
    new_sheet,
    table_width,
    to_stdout,
)
from evidence.cli.settings import actor_from, configuration_from, libraries_from, settings_from, store_from
from evidence.cli.store import require_store
from evidence.matching.label_sections import LabelComparison
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import UsageError
from evidence.model.outcomes import Observation
from evidence.model.ports import Clock, SystemClock
from evidence.model.references import Library
from evidence.model.report import Exit, Mode
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
@click.option(
    "--changes",
    is_flag=False,
    flag_value="",
    metavar="[V1:V2]",
    help="Of a label: the sections that differ between two versions, word by word. Default: the version that was"
    " current when it was accessed, and the current one. Asks DailyMed for the versions that the store lacks.",
)
@click.option("--offline", is_flag=True, help="With --changes: compare what the store has; nothing is looked up.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "json"]),
    help="With --changes: the format, on standard output (default: text).",
)
@store_option
@click.pass_context
def command(ctx: click.Context, /, name: str, files: tuple[str, ...], **options: Any) -> None:
    """Show what is known about the reference ID in FILES (default: as for `check`); `FILE::ID` is the one of FILE.

    Prints its record, look-ups and findings as of the date of its last look-up, its history, and the
    sentences (claims) that are based on it. `claim:ID` shows a claim and what backs it. Nothing is looked up and
    nothing is recorded, except that --changes asks DailyMed for contents of a label that are not stored yet.
    """
    clock = SystemClock()
    configuration = configuration_from(os.environ)
    name, files = name_and_files(name, files)
    read = libraries_from(files, configuration, os.environ)
    libraries = _about(name, read, files)
    path = store_from(os.environ, options["store"], configuration)
    _require_changes(options)
    if options["changes"] is not None:
        if name.startswith(CLAIM_PREFIX):
            raise UsageError(
                "--changes can be used for references, not for claims", fix="name the label that the claim is based on"
            )
        ctx.exit(_show_changes(libraries[0], path, clock, options))
    names = {name, *(reference.id for library in libraries for reference in library.references)}
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
        day = options["as_of"] or max((observation.as_of for observation in observations), default=None)
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


def _require_changes(options: Mapping[str, Any]) -> None:
    """Refuse options that do not fit together.

    Raises:
        UsageError: with the option to leave out.
    """
    if options["changes"] is not None and options["as_of"] is not None:
        raise UsageError("--as-of cannot be used with --changes", fix="name the two versions: --changes 3:5")
    if options["changes"] is None and (options["form"] or options["offline"]):
        option = "--format" if options["form"] else "--offline"
        raise UsageError(f"{option} cannot be used without --changes", fix="add --changes, or omit it")


def _versions(text: str) -> tuple[int, int] | None:
    """The two versions that `V1:V2` names; None for an empty text.

    Raises:
        UsageError: it names no two versions.
    """
    if not text:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,6}):([1-9][0-9]{0,6})", text)
    if found is None or found[1] == found[2]:
        raise UsageError(
            f"--changes {text} does not name two versions", fix="for example --changes 3:5, after the file"
        )
    return int(found[1]), int(found[2])


def _show_changes(library: Library, path: Path, clock: Clock, options: Mapping[str, Any]) -> Exit:
    """Print what changed between two versions of a label; the exit status."""
    # What compares labels, and asks for them, is for this option alone.
    from evidence.app.label_changes import compare_label  # noqa: PLC0415
    from evidence.reports.label_changes import changes_document, changes_on_sheet, changes_page  # noqa: PLC0415

    versions, offline = _versions(options["changes"]), options["offline"]
    if offline:
        require_store(path)
    with Store.open(path, tool_version=__version__, clock=clock, reading=offline, on_wait=echo_wait) as opened:
        settings = settings_from(os.environ)
        result = compare_label(library.references[0], versions, settings, opened, clock, offline=offline)
    if not isinstance(result, LabelComparison):
        echo_note(f"not compared: {result.reason}")
        return Exit.INCOMPLETE
    match options["form"]:
        case "json":
            echo_json(changes_document(result))
        case "html":
            to_stdout(changes_page(result).encode())
        case _:
            to_stdout(changes_on_sheet(result, new_sheet(os.environ)))
    return Exit.CLEAN


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
