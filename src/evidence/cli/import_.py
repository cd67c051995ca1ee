"""What an import found and would write, as a table and a few lines for people."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from evidence.app.check import Checker
from evidence.app.import_ import (
    Import,
    Plan,
    Row,
    RowAction,
    begin,
    new_library,
    plan,
    relative_to,
    reprinted,
    style_fixed,
)
from evidence.app.import_files import ImportFormat, kind_by_name, kind_of
from evidence.app.import_listing import CitationCount, Listing, largest, read_listing
from evidence.cli.edit import save_recorded, show_diff
from evidence.cli.guard import JobFile, JobFileRole, guard_outputs, job_files
from evidence.cli.options import store_option
from evidence.cli.output import ProgressBar, echo_lines, to_stdout
from evidence.cli.settings import settings_from, store_from
from evidence.library.editor import Edited, edit, source_or_new
from evidence.library.files import SourceText, bytes_of
from evidence.library.reader import read_text
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import UsageError
from evidence.model.identifiers import FIELD_OF, IdKind
from evidence.model.outcomes import Match, Unasked
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Exit
from evidence.model.text import one_line, plain_ascii
from evidence.model.version import __version__
from evidence.reports.layout import columns, display_width
from evidence.storage.store import Store

# What an import found and would write, as a table and a few lines for people.

_HEAD = ("No.", "Entry", "Id", "Identifiers", "Accessed", "Cited", "Identified", "To look at")
_LONGEST_IDENTIFIER = 60
_INDENT = " " * 5
_NARROWEST = 40
_MOST_NAMED = 8


def table(plan: Plan, listing: Listing, width: int | None = None) -> list[str]:
    """A line for each entry, below a head; where that is wider than `width`, a few lines for each."""
    rows = [(*_cells(row, listing), "; ".join((*row.caveats, *row.notes))) for row in plan.rows]
    lines = columns([_HEAD, *rows], right=frozenset({0}))
    if width is None or all(display_width(line) <= width for line in lines):
        return lines
    return [line for row in rows for line in _lines(row, max(width, _NARROWEST))]


def _lines(row: tuple[str, ...], width: int) -> Iterator[str]:
    """One entry over several lines, none of them wider than a terminal."""
    label, fate, name, identifiers, *rest = map(one_line, row)
    told = [f"{head.lower()}: {cell}" for head, cell in zip(_HEAD[4:], rest, strict=True) if cell not in {"-", ""}]
    yield from wrap(f"{label}  {name}: {fate}", width, subsequent_indent=_INDENT)
    if identifiers != "-":
        yield from _wrapped(identifiers, width)
    for line in ("; ".join(told[:-1]), told[-1]) if rest[-1] else ("; ".join(told),):
        yield from _wrapped(line, width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)


def _cells(row: Row, listing: Listing) -> tuple[str, ...]:
    entry = row.listed
    cited = _cited(row, listing)
    told = f"{cited.times}x, {cited.first}" if cited.times else "never" if listing.has_markers else "-"
    accessed = str(entry.accessed) if entry.accessed else "-"
    return entry.label, _fate(row), row.id, _identifiers(row), accessed, told, row.how


def _cited(row: Row, listing: Listing) -> CitationCount:
    return row.listed.cited if row.listed.cited.times else listing.by_key.get(row.id, row.listed.cited)


def _fate(row: Row) -> str:
    return f"{row.action}: {', '.join(row.fields)}" if row.action is RowAction.CHANGED else str(row.action)


def _identifiers(row: Row) -> str:
    """Those of registries, printed, written or there; without any, the page."""
    known = (*row.existing, *row.listed.identifiers)
    shown = [str(identifier) for identifier in known if identifier.kind is not IdKind.URL]
    shown += [f"{key.lower()}:{row.fields[key]}" for key in FIELD_OF.values() if key != "URL" and key in row.fields]
    pages = [identifier.value for identifier in known if identifier.kind is IdKind.URL]
    distinct = list(dict.fromkeys(shown)) or pages[:1]
    return ", ".join(_short(one) for one in distinct) or "-"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_IDENTIFIER else f"{text[: _LONGEST_IDENTIFIER - 1]}…"


def summary(plan: Plan, listing: Listing) -> Iterator[str]:
    """How many of which, what the text does not cite, what it cites and the list lacks."""
    counts = [(len(plan.of(action)), str(action)) for action in RowAction]
    told = ", ".join(f"{number} {name}" for number, name in counts if number)
    number = len(plan.rows)
    yield f"{listing.path}: {number} {'reference' if number == 1 else 'references'}: {told}"
    open_rows = [row.listed.label for row in plan.rows if row.caveats]
    if open_rows:
        yield f"a person has to look at {_named(open_rows)}"
    if listing.has_markers:
        never = [row.listed.label for row in plan.rows if not _cited(row, listing).times]
        if never:
            yield f"never cited in the text: {_named(never)}"
    elif listing.has_markers is False:
        yield "the text has no citation markers"
    held = {row.id for row in plan.rows} | set(plan.unprinted)
    undefined = [*listing.undefined, *(f"@{key}" for key in listing.by_key if key not in held)]
    if undefined:
        yield f"cited, but not in the list: {_named(undefined)}"
    if plan.unprinted:
        where = "no longer printed" if listing.is_printed else f"not in {listing.path}"
        yield f"{where}, left as they are: {_named(plan.unprinted)}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


# `evidence import`: the references of a monograph, or of a reference manager's file, written to a library.


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
        save_recorded(edited, _deed(edited, listing, planned))
    echo_lines(summary(planned, listing))
    echo_lines(_unlinked(library, listing, inputs))
    echo_lines(_told(edited, written=options["write"]))
    ctx.exit(_exit(planned, edited))


def _guard(place: Path, options: dict[str, Any], inputs: list[Path]) -> None:
    if options["output"] in {"", "-"}:
        raise UsageError("--output names no file", fix="name the library, such as references.yaml")
    guard_outputs([place], (JobFile(path, JobFileRole.READ) for path in inputs))
    guard_outputs([place], job_files(os.environ, store=options["store"]), JobFileRole.REFERENCES)


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
    if not begun.unidentified:
        return ()
    if options["no_match"]:
        return None
    if options["offline"] and not store_from(os.environ, options["store"]).exists():
        return tuple(Unasked("offline, and there is no store") for _ in begun.unidentified)
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
    progress = ProgressBar(clock.monotonic, visible=True)
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
    if edited.refused or any(row.caveats and not row.unasked for row in planned.rows):
        return Exit.FINDINGS
    return Exit.INCOMPLETE if any(row.unasked for row in planned.rows) else Exit.CLEAN
