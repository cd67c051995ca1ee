"""`evidence import`: the references of a monograph, or of a reference manager's file, written to a library."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from evidence.cli.changes import echo_lines, keep, show_diff
from evidence.cli.import_table import summary, table
from evidence.cli.options import store_option
from evidence.cli.output import ProgressBar
from evidence.cli.settings import job_files, settings_from, store_from
from evidence.cli.targets import JobFile, JobFileRole, guard_places
from evidence.cli.writing import to_stdout
from evidence.clock import SystemClock
from evidence.desk import Checker
from evidence.errors import UsageError
from evidence.escape import plain_ascii
from evidence.importing.forms import reprinted, style_fixed
from evidence.importing.kinds import ImportFormat, kind_by_name, kind_of
from evidence.importing.listed import Listing
from evidence.importing.newfile import new_library, relative_to
from evidence.importing.planning import Import, begin, plan
from evidence.importing.reading import largest, read_listing
from evidence.importing.rows import Plan, RowAction
from evidence.library.editing import Edited, edit
from evidence.library.files import SourceText, bytes_of
from evidence.library.reading import read_text
from evidence.library.saving import source_or_new
from evidence.model.deeds import AuditAction, AuditEntry
from evidence.model.matches import Match, Unasked
from evidence.model.references import Library
from evidence.report import Exit
from evidence.store.store import Store
from evidence.version import __version__


@click.command(name="import")
@click.argument("monograph", metavar="MONOGRAPH")
@click.option(
    "--output", "-o", "output", default="references.yaml", show_default=True, metavar="FILE", help="The library."
)
@click.option("--from", "kind", type=click.Choice([str(kind) for kind in ImportFormat]), help="What MONOGRAPH is.")
@click.option("--write", is_flag=True, help="Write the library; without it, what would be written is only shown.")
@click.option("--diff", is_flag=True, help="Show what would be written as a diff instead of a table.")
@click.option("--offline", is_flag=True, help="Open no socket: what has no identifier is matched by the store alone.")
@click.option("--no-match", is_flag=True, help="Look for no records of what has no identifier.")
@store_option
@click.option("--ca-bundle", metavar="FILE", help="Certificates to trust (default: $SSL_CERT_FILE, else the usual).")
@click.pass_context
def command(ctx: click.Context, /, monograph: str, **options: Any) -> None:
    """Import the references of MONOGRAPH (text, Markdown, HTML, DOCX or PDF) into a library.

    Reference managers' files are imported too: BibTeX, BibLaTeX, RIS, EndNote XML, NBIB, CSL-JSON, CSL-YAML, a
    Zotero export among them. `-` is standard input.

    The reference list is found and split; identifiers, days of access and the printed text are taken over. What has
    no identifier is looked for at PubMed and Crossref; what is not sure is written as candidates. A library that
    exists is edited in place: what people have written stays.

    Without --write nothing is written. Exit status: 0 every reference is identified, 1 a person has to look at some,
    3 somebody who could not be asked may know more.
    """
    place = Path(options["output"])
    inputs = [] if monograph == "-" else [Path(monograph)]
    _guard(place, options, inputs)
    listing = _listing(monograph, options["kind"])
    source = _source(place, listing, inputs)
    library = read_text(source)
    begun = begin(listing, library)
    planned = plan(begun, _matches(begun, options), _mended(begun, options))
    edited = edit(source, planned.changes)
    if options["diff"]:
        show_diff(edited, os.environ)
    else:
        _show(table(planned, listing, shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None))
    if options["write"] and edited.edits:
        keep(edited, _deed(edited, listing, planned))
    echo_lines(summary(planned, listing))
    echo_lines(_unlinked(library, listing, inputs))
    echo_lines(_told(edited, written=options["write"]))
    ctx.exit(_exit(planned, edited))


def _guard(place: Path, options: dict[str, Any], inputs: list[Path]) -> None:
    if options["output"] in {"", "-"}:
        raise UsageError("--output names no file", fix="name the library, such as references.yaml")
    guard_places([place], (JobFile(path, JobFileRole.READ) for path in inputs))
    guard_places([place], job_files(os.environ, store=options["store"]), JobFileRole.REFERENCES)


def _listing(monograph: str, kind: str | None) -> Listing:
    said = ImportFormat(kind) if kind else None
    if monograph == "-":
        shown, data = "standard input", sys.stdin.buffer.read(largest(said) + 1)
    else:
        shown = Path(monograph).as_posix()
        data = bytes_of(Path(monograph), largest(said or kind_by_name(shown)))
    return read_listing(shown, data, said or kind_of(shown, data))


def _source(place: Path, listing: Listing, inputs: list[Path]) -> SourceText:
    if place.exists() or place.is_symlink():
        return source_or_new(place)
    monograph = inputs[0] if inputs and listing.is_printed else None
    return new_library(place, listing.title, monograph)


def _matches(begun: Import, options: dict[str, Any]) -> tuple[Match, ...] | None:
    """What is found of the entries without identifier; None when nobody is to be asked."""
    if not begun.wanting:
        return ()
    if options["no_match"]:
        return None
    if options["offline"] and not store_from(os.environ, options["store"]).exists():
        return tuple(Unasked("offline, and there is no store") for _ in begun.wanting)
    with _desk(options) as desk:
        return desk.match(begun.citations, offline=options["offline"])


def _mended(begun: Import, options: dict[str, Any]) -> frozenset[int]:
    """The entries whose form was mended in the library; the forms that go by a record, by what the store holds."""
    printed = reprinted(begun)
    if not printed:
        return frozenset()
    today = SystemClock().now().date()
    if not store_from(os.environ, options["store"]).exists():
        return style_fixed(begun, {}, today)
    with _desk(options) as desk:
        return style_fixed(begun, desk.recall(printed.values()), today)


@contextmanager
def _desk(options: dict[str, Any]) -> Iterator[Checker]:
    clock = SystemClock()
    progress = ProgressBar(clock.monotonic, shown=True)
    settings = settings_from(os.environ, ca_bundle=options["ca_bundle"])
    with Store.open(store_from(os.environ, options["store"]), tool_version=__version__, clock=clock) as store:
        yield Checker(settings, store, clock, progress)
    progress.clear()


def _show(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    unicode = (sys.stdout.encoding or "ascii").lower().startswith("utf")
    to_stdout(text if unicode else plain_ascii(text))


def _deed(edited: Edited, listing: Listing, planned: Plan) -> AuditEntry:
    details = {
        "from": listing.path,
        "from-sha256": listing.sha256,
        "new": ", ".join(row.id for row in planned.of(RowAction.NEW)),
        "changed": ", ".join(row.id for row in planned.of(RowAction.CHANGED)),
    }
    return AuditEntry(
        AuditAction.IMPORT, edited.before.path, details={key: text for key, text in details.items() if text}
    )


def _unlinked(library: Library, listing: Listing, inputs: list[Path]) -> Iterator[str]:
    """That a library which exists does not name the monograph, whose citations can then not be checked."""
    if not (listing.is_printed and inputs and library.sha256):
        return
    file = relative_to(Path(library.path), inputs[0])
    if library.monograph.file != file:
        said = f"names {library.monograph.file}" if library.monograph.file else "names no monograph"
        yield f"{library.path} {said}: write `monograph: {{file: {file}}}` for its citations to be checked"


def _told(edited: Edited, *, written: bool) -> Iterator[str]:
    yield from (f"not written: {refused.reason}" for refused in edited.refused)
    if not edited.edits:
        yield f"{edited.before.path}: nothing to write"
    elif written:
        yield f"{edited.before.path}: written"
    else:
        yield f"nothing was written; --write writes {edited.before.path}"


def _exit(planned: Plan, edited: Edited) -> Exit:
    if edited.refused or any(row.doubts and not row.unasked for row in planned.rows):
        return Exit.FINDINGS
    return Exit.INCOMPLETE if any(row.unasked for row in planned.rows) else Exit.CLEAN
