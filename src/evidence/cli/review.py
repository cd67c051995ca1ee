"""`evidence review`: the periodic review of a folder's monographs, left in a folder of its own to read and to file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import click

from evidence.app.bundle import members_of, zipped
from evidence.app.import_ import RowAction
from evidence.app.mark_up import marked_up
from evidence.app.registry import RULE_SET, SOURCE_TITLES
from evidence.app.review import RUN, reviewed_runs, since
from evidence.cli.bundle import evidence_of
from evidence.cli.check import check_request, recorded_check
from evidence.cli.folder import move_into_place, recover, require_free, staged_folder
from evidence.cli.formats import render
from evidence.cli.guard import JobFile, job_files
from evidence.cli.import_ import begun_import, listing_of, planned_import, save_import
from evidence.cli.options import ca_bundle_option, files_argument, run_options, store_option
from evidence.cli.output import Output, brief, echo_lines, echo_note, prints_unicode, spreadsheet, to_stdout
from evidence.cli.settings import (
    configuration_from,
    files_from,
    libraries_from,
    place_of_files,
    weaker_from,
    with_configuration,
)
from evidence.cli.store import open_store, report_of, resolve_run
from evidence.cli.trail import Replacement, command_trail, places_from, replace_recorded
from evidence.library.files import is_marked_copy, monograph_to_read
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.references import Library
from evidence.model.report import Mode
from evidence.model.text import plain_ascii, quantity
from evidence.reports.document import Document, library_inputs
from evidence.reports.mail import render_mail
from evidence.reports.spreadsheet import require_xlsxwriter
from evidence.storage.encoding import digest
from evidence.storage.store import Store

REPORT, BRIEF, FINDINGS, SUMMARY, BUNDLE = "report.html", "brief.html", "findings.xlsx", "summary.txt", "bundle.zip"
MONOGRAPHS = "monographs"
OWN = frozenset({REPORT, BRIEF, FINDINGS, SUMMARY, BUNDLE, MONOGRAPHS})
"""What is in the folder of a review."""

_WORD = ".docx"


@click.command(name="review")
@files_argument
@click.option(
    "--to", required=True, metavar="FOLDER", help="The folder to write, such as 2026-Q4; any name is allowed."
)
@click.option("--write", is_flag=True, help="Write what has changed in the monographs to their references files.")
@click.option("--force", is_flag=True, help="Replace the folder of an earlier review.")
@click.option("--offline", is_flag=True, help="Run offline, from cached results.")
@run_options
@store_option
@ca_bundle_option
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Review the monographs of FILES (default: as for `check`), and leave a folder to read, to send and to file.

    FILES are references files, or one folder, in which the review then runs, with its evidence.toml. Each monograph
    is read again; what has changed in it is shown, and written with --write. All references are checked, as by
    `check`, in one recorded run, and compared with the review before.

    The folder contains report.html, brief.html (one or two pages to sign), findings.xlsx, summary.txt (to paste
    into a mail), the monographs with the findings as comments, and bundle.zip (for the inspector). It is complete
    or not there. Exit status: as for `check`.
    """
    place = Path(options["to"]).absolute()
    options |= {"select": (), "ignore": (), "lock": None, "update_lock": False}
    files, options = _entered(ctx, files, options)
    configuration = configuration_from(os.environ)
    weaker = weaker_from(files, options, configuration)
    options = with_configuration(options, configuration)
    _begin(place, force=options["force"])
    libraries = libraries_from(files, configuration, os.environ)
    _require_outside(place, job_files(os.environ, libraries, store=options["store"]))
    require_xlsxwriter()
    reread = [line for library in libraries for line in _read_again(library, options)]
    reread += _unknown_monographs(libraries)
    mode = Mode.OFFLINE if options["offline"] else Mode.ONLINE
    request = check_request(
        files_from(files, configuration),
        options,
        mode,
        os.environ,
        configuration,
        listed_at=place_of_files(files, configuration),
    )
    try:
        report = recorded_check(replace(request, weaker=weaker), options, Output(), configuration)
    except EvidenceError:
        echo_lines(reread)  # otherwise the summary says what was read, and perhaps written
        raise
    contents, summary = _contents(report.run.id, request.libraries, reread, place, options)
    _write(place, contents, report.run.id)
    to_stdout(summary if prints_unicode() else plain_ascii(summary))
    echo_lines([f"{options['to']}: written"])
    ctx.exit(report.exit)


def _entered(
    ctx: click.Context, files: tuple[str, ...], options: dict[str, Any]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The files and options for the folder in which the review runs: the one that is named alone, else this one."""
    if len(files) != 1 or not Path(files[0]).is_dir():
        return files, options
    for name in ("store", "ca_bundle"):  # what options name is named from here
        if options[name]:
            options[name] = ctx.params[name] = str(Path(options[name]).absolute())
    os.chdir(files[0])
    return (), options


def _begin(place: Path, *, force: bool) -> None:
    """Clear away what was interrupted, and refuse a place that is taken.

    Raises:
        UsageError: the folder exists, or cannot be written.
    """
    with command_trail() as trail, trail.held() if trail is not None else nullcontext():
        if place.parent.is_dir():
            recover(place)
    require_free(place, OWN, force=force)


def _require_outside(place: Path, job: Iterator[JobFile]) -> None:
    """Refuse a folder that holds a file of the job.

    Raises:
        UsageError: with which.
    """
    for file in job:
        if file.path.absolute().is_relative_to(place) and file.path.exists():
            raise UsageError(f"{place} contains the {file.role} {file.path}", fix="name another folder")


def _read_again(library: Library, options: Mapping[str, Any]) -> Iterator[str]:
    """Read a library's monograph again, and write what it gives if asked to; what has changed, a line each."""
    monograph = monograph_to_read(library) if library.monograph.refusal is None else None
    if monograph is None:
        return
    importing = {**options, "merge": False, "no_match": False}
    try:
        listing = listing_of(monograph.as_posix(), None)
        _, source, head, begun = begun_import(listing, monograph.as_posix(), Path(library.path), importing)
        planned, edited = planned_import(source, head, begun, importing)
    except EvidenceError as error:
        yield f"{library.path}: the monograph could not be read again: {error}"
        return
    changed = [row for row in planned.rows if row.action in {RowAction.NEW, RowAction.CHANGED}]
    if edited.edits and options["write"]:
        save_import(listing, planned, edited)
    if edited.edits:
        done = "written" if options["write"] else "not written, use --write"
        yield f"{monograph.name}: {quantity(len(changed), 'reference')} changed ({library.path}: {done})"
        for row in changed:
            fields = ", ".join((*row.fields, *(f"{key} removed" for key in row.removed)))
            what = f"changed: {fields}" if row.action is RowAction.CHANGED else "new"
            yield f"  - {row.listed.label} {row.id}: {what}"
    yield from (f"  - {library.path}: not written: {refused.reason}" for refused in edited.refused)
    for row in planned.rows:
        if row.caveats:
            yield f"  - {library.path}: {row.listed.label} {row.id}: {'; '.join(row.caveats)}"
    if planned.unprinted:
        yield f"  - {library.path}: no longer printed, but still checked: {', '.join(planned.unprinted)}"


def _unknown_monographs(libraries: Sequence[Library]) -> Iterator[str]:
    """The Word files here that no references file names: they may be monographs that nobody has imported."""
    known = {path.resolve() for library in libraries if (path := monograph_to_read(library)) is not None}
    for path in sorted(Path().glob(f"*{_WORD}")):
        if path.resolve() not in known and not path.name.startswith(("~$", ".")) and not is_marked_copy(path.name):
            yield f"{path.name}: not reviewed: no references file names it (`evidence import` reads its references)"


def _contents(
    run: str, libraries: Sequence[Library], reread: Sequence[str], place: Path, options: Mapping[str, Any]
) -> tuple[dict[str, bytes], str]:
    """The files of the review by name, and the summary."""
    with open_store(os.environ, options["store"]) as opened:
        entry = resolve_run(opened, run)
        document = _since_last_review(opened, report_of(opened, entry))
        bundle = zipped(members_of(evidence_of(entry, opened, places_from(os.environ, options["store"]).log.parent)))
    page = render("html", document)
    contents = {
        REPORT: page.encode(),
        BRIEF: brief(document, os.environ, page).encode(),
        FINDINGS: spreadsheet("xlsx", document, os.environ),
        BUNDLE: bundle,
    }
    marked, comments = _marked_monographs(document, libraries)
    names = sorted([*contents, SUMMARY])
    if marked:
        names.append(f"{MONOGRAPHS} ({quantity(len(marked), 'file')} with {quantity(comments, 'comment')})")
    summary = render_mail(document, SOURCE_TITLES, reread, names, place.name)
    return {**contents, **marked, SUMMARY: summary.encode()}, summary


def _marked_monographs(document: Document, libraries: Sequence[Library]) -> tuple[dict[str, bytes], int]:
    """The monographs with their findings as comments, by name, and how many comments there are.

    One that cannot be marked up is named on standard error; its findings are in the report all the same.
    """
    made: dict[str, bytes] = {}
    comments = 0
    for library in libraries:
        try:
            marked = marked_up(document, library)
        except EvidenceError as error:
            echo_note(f"{library.path}: the monograph could not be marked up: {error}")
            continue
        if marked is None:
            continue
        stem = Path(library.monograph.file or library.path).stem
        names = (f"{MONOGRAPHS}/{stem}{f'-{at}' if at > 1 else ''}{marked.suffix}" for at in count(1))
        made[next(name for name in names if name not in made)] = marked.content
        comments += marked.comments
    return made, comments


def _since_last_review(store: Store, document: Document) -> Document:
    """The document with what changed since the review before; since the run before, where there was no review."""
    paths = {item["path"] for item in library_inputs(document)}
    for run in reviewed_runs(store.audit.lines(AuditAction.REVIEW)):
        entry = store.run(run)
        if entry is not None and entry.finished is not None:
            before = report_of(store, entry)
            if paths & {item["path"] for item in library_inputs(before)}:
                return since(document, before, RULE_SET.by_code)
    return document


def _write(place: Path, contents: Mapping[str, bytes], run: str) -> None:
    """Put the folder in its place, and record the review where a trail is kept.

    Raises:
        EvidenceError: the folder cannot be written, or the trail not extended.
    """
    bundle = place / BUNDLE
    before = hashlib.sha256(bundle.read_bytes()).hexdigest() if bundle.is_file() else None
    with staged_folder(place, contents) as made, command_trail() as trail:
        if trail is None:
            move_into_place(made, place)
            return
        details = {RUN: run, "folder": place.name, "report-sha256": digest(contents[REPORT])}
        entry = AuditEntry(AuditAction.REVIEW, run, details=details)
        moved = Replacement(bundle, before, digest(contents[BUNDLE]), lambda: move_into_place(made, place))
        replace_recorded(trail, entry, moved)
