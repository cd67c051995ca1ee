"""`evidence export`: the references as a bibliography, or in a format that other tools read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from evidence.bibliography.drift import ListComparison
from evidence.bibliography.drift_text import render_drift
from evidence.bibliography.expected import expected
from evidence.bibliography.gathering import BibliographyNote, Gathered
from evidence.bibliography.order import Sort, ordered
from evidence.bibliography.pandoc import find_pandoc
from evidence.bibliography.printed import compare_printed
from evidence.bibliography.rendering import FORMS, bibliography
from evidence.bibliography.styles import find_style
from evidence.bibliography.writers import WRITERS
from evidence.cli.export_known import Memories, gathered
from evidence.cli.export_place import ExportPlace
from evidence.cli.options import Day, files_argument, lock_option, store_option
from evidence.cli.settings import configuration_from, files_from, job_files, store_from
from evidence.cli.targets import JobFile, JobFileRole
from evidence.clock import SystemClock
from evidence.desk import read_libraries
from evidence.errors import EvidenceError, UsageError
from evidence.escape import one_line
from evidence.library.files import monograph_path
from evidence.model.references import Library
from evidence.monographs.order import citation_order
from evidence.monographs.reading import read_document
from evidence.registry import shortest_ttl
from evidence.report import Exit

Item = Mapping[str, Any]

_MOST_TOLD = 30


@click.command(name="export")
@files_argument
@click.option(
    "--style",
    default="ama",
    show_default=True,
    metavar="STYLE",
    help="ama, nlm, vancouver, apa, chicago, any CSL style by name, or a .csl file.",
)
@click.option(
    "--to",
    "form",
    type=click.Choice([*FORMS, *WRITERS]),
    help="The form (default: by the name of --output, else text).",
)
@click.option(
    "--sort",
    type=click.Choice([str(sort) for sort in Sort]),
    help="The order (default: of first citation, else of the file; author-date styles have their own).",
)
@click.option("--only", multiple=True, metavar="ID", help="Only this reference; may be given several times.")
@click.option(
    "--source",
    type=click.Choice(["record", "entry"]),
    default="record",
    show_default=True,
    help="Print what the verified record says, or what the entry says.",
)
@click.option("--as-of", type=Day(), help="Judge as of this day (default: today in UTC).")
@store_option
@lock_option
@click.option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option(
    "--compare",
    metavar="PRINTED",
    type=click.Path(path_type=Path),
    help="Say how this published list (Markdown, DOCX, text, HTML, PDF) differs; exit 1 when it does.",
)
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Print the references in FILES (default: as for `check`) as a bibliography.

    What is printed comes from the record that was verified last (`evidence check`), as the store or the lock file
    holds it, from the entry where there is none.
    Nothing is asked of any service. References that were never verified, are retracted, or differ from their record are
    named on standard error. Rendering needs the extra `render`.
    """
    options["style_given"] = ctx.get_parameter_source("style") is ParameterSource.COMMANDLINE
    configuration = configuration_from(os.environ)
    options["store"] = store_from(os.environ, options["store"], configuration)
    read = read_libraries(files_from(files, configuration), policy=configuration.policy)
    libraries = tuple(_chosen(read, options["only"]))
    memories = Memories.of(libraries, options["store"], options["lock"])
    place = _place(options, job_files(os.environ, libraries, store=options["store"], lock=options["lock"]))
    write = _writer(place.form, options)
    known = gathered(libraries, memories, options["as_of"], from_records=options["source"] == "record")
    if place.form in FORMS and not known.items and options["compare"] is None:
        raise UsageError("nothing to print: the files hold no references", fix="name a file that holds some")
    items = _ordered(known.items, libraries, Sort(options["sort"] or Sort.CITATION))
    printed: Path | None = options["compare"]
    comparison = _compared(items, printed, options) if printed else None
    written = render_drift(comparison, str(printed)).encode() if comparison else write(items)
    for line in _remarks(known, libraries, options["as_of"] or SystemClock().now().date()):
        click.echo(f"evidence: {line}", err=True)
    place.write(written)
    ctx.exit(Exit.FINDINGS if comparison and comparison.drifted else Exit.CLEAN)


def _place(options: Mapping[str, Any], job: Iterable[JobFile]) -> ExportPlace:
    """Where the bibliography goes, or the comparison with a printed list.

    Raises:
        UsageError: it cannot go there.
    """
    printed: Path | None = options["compare"]
    style = options["style"] if options["style"].endswith(".csl") else None
    job = chain(job, (JobFile(Path(path), JobFileRole.READ) for path in (style, printed) if path is not None))
    if printed is None:
        return ExportPlace.of(options["output"], options["form"], job)
    if options["form"]:
        raise click.UsageError("--compare and --to contradict each other: what differs is told as text")
    return ExportPlace.of_comparison(options["output"], job)


def _writer(form: str, options: Mapping[str, Any]) -> Callable[[Sequence[Item]], bytes]:
    """What makes a bibliography of items; style and engine are looked for before any work is done.

    Raises:
        EvidenceError: the style or the engine cannot be used.
    """
    if form in WRITERS:
        if options["style_given"]:
            find_style(options["style"])  # of no use here, but a slip all the same
        return lambda items: WRITERS[form](items).encode()
    style, pandoc, keep_order = find_style(options["style"]), find_pandoc(), options["sort"] is not None
    return lambda items: bibliography(items, style, form, pandoc, keep_order=keep_order)


def _compared(items: Sequence[Item], printed: Path, options: Mapping[str, Any]) -> ListComparison:
    keep_order = options["sort"] is not None
    return compare_printed(printed, expected(items, find_style(options["style"]), find_pandoc(), keep_order=keep_order))


def _ordered(items: Sequence[Item], libraries: Sequence[Library], sort: Sort) -> Sequence[Item]:
    """The items of the libraries in this order; each file's by its own citations, since files may share an id."""
    if sort is not Sort.CITATION:
        return ordered(items, sort)
    rest = iter(items)
    own = ((library, list(islice(rest, len(library.references)))) for library in libraries)
    return [item for library, some in own for item in ordered(some, sort, cited_order(library))]


def cited_order(library: Library) -> Sequence[str] | None:
    """The ids in the order of their first citation in the monograph; None where none is named or cites by marker.

    A monograph that cannot be read is told, and does not stand in the way of its bibliography.
    """
    path = monograph_path(library)
    if path is None:
        return None
    try:
        document = read_document(path)
    except EvidenceError as trouble:
        click.echo(f"evidence: {one_line(str(trouble))}; so the order is the file's", err=True)
        return None
    return citation_order(document, library)


def _chosen(libraries: tuple[Library, ...], only: tuple[str, ...]) -> Iterator[Library]:
    """The libraries, cut down to the references asked for.

    Raises:
        UsageError: no reference has one of the ids.
    """
    known = {reference.id for library in libraries for reference in library.references}
    for name in only:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(f"no reference has the id {name}", fix=f"did you mean {near[0]}?" if near else None)
    for library in libraries:
        kept = tuple(r for r in library.references if not only or r.id in only)
        yield replace(library, references=kept)


def _remarks(known: Gathered, libraries: Sequence[Library], today: date) -> Iterator[str]:
    """What the reader has to know, a line each: what is retracted first and all of it, of the rest the first thirty."""

    def told(remark: BibliographyNote) -> str:
        where = f"{remark.path}: " if len(libraries) > 1 else ""
        return one_line(f"{where}{remark.reference}: {remark.text}")

    yield from (told(remark) for remark in known.remarks if remark.retracts)
    life = shortest_ttl(library.policy for library in libraries).metadata
    if known.oldest is not None and (today - known.oldest).days >= life:
        yield f"the oldest record that is printed was verified on {known.oldest} (run `evidence check`)"
    if known.unverified:
        named = ", ".join(map(one_line, known.unverified[:_MOST_TOLD]))
        more = len(known.unverified) - _MOST_TOLD
        rest = f" and {more} more" if more > 0 else ""
        yield f"never verified, printed from the entry: {named}{rest} (run `evidence check`)"
    others = [remark for remark in known.remarks if not remark.retracts]
    yield from map(told, others[:_MOST_TOLD])
    if len(others) > _MOST_TOLD:
        yield f"and {len(others) - _MOST_TOLD} more findings (see `evidence check`)"
