"""`evidence export`: the references as a bibliography, or in a format that other tools read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from evidence.bibliography.drift import Comparison
from evidence.bibliography.drift_text import render_drift
from evidence.bibliography.expected import expected
from evidence.bibliography.gathering import Gathered, from_entries, from_report
from evidence.bibliography.order import Sort, ordered
from evidence.bibliography.pandoc import find_pandoc
from evidence.bibliography.printed import compare_printed
from evidence.bibliography.rendering import FORMS, bibliography
from evidence.bibliography.styles import find_style
from evidence.bibliography.writers import WRITERS
from evidence.cli.options import Day, files_argument, store_option
from evidence.cli.output import ProgressBar
from evidence.cli.settings import actor_from, configuration_from, files_from, settings_from, store_from
from evidence.cli.targets import guard_places
from evidence.cli.writing import replace_all
from evidence.clock import SystemClock
from evidence.desk import Desk, Wish, read_all
from evidence.errors import EvidenceError, UsageError
from evidence.escape import one_line
from evidence.model.policy import Lives
from evidence.model.references import Library, Reference
from evidence.monographs.order import citation_order
from evidence.monographs.reading import read_document
from evidence.registry import RULES, shortest_lives
from evidence.report import Exit, Mode
from evidence.store.store import Store
from evidence.version import __version__

_ANY_AGE = Lives(status=100_000, metadata=100_000, page=100_000)
_MOST_TOLD = 30
_SUFFIXES = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".rtf": "rtf",
    ".json": "csl-json",
    ".yaml": "csl-yaml",
    ".yml": "csl-yaml",
    ".bib": "bibtex",
    ".ris": "ris",
    ".nbib": "nbib",
    ".xml": "endnote",
    ".csv": "csv",
}


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

    What is printed comes from the record that was verified last (`evidence check`), from the entry where there is none.
    Nothing is asked of any service. References that were never verified, are retracted, or differ from their record are
    named on standard error. Rendering needs the extra `render`.
    """
    configuration = configuration_from(os.environ)
    options["store"] = store_from(os.environ, options["store"], configuration)
    read = read_all(files_from(files, configuration), policy=configuration.policy)
    libraries = tuple(_chosen(read, options["only"]))
    inputs = [*(Path(library.path) for library in libraries), options["store"]]
    printed: Path | None = options["compare"]
    if printed is not None and options["form"]:
        raise click.UsageError("--compare and --to contradict each other: what differs is told as text")
    form = "text" if printed else options["form"]
    place = _Place.of(options["output"], form, [*inputs, *([printed] if printed else [])])
    write = _writer(place.form, options)
    gathered = _gather(libraries, options)
    items = ordered(gathered.items, Sort(options["sort"] or Sort.CITATION), cited_order(libraries))
    comparison = _compared(items, printed, options) if printed else None
    written = render_drift(comparison, str(printed)).encode() if comparison else write(items)
    for line in _remarks(gathered, libraries, options["as_of"] or SystemClock().now().date()):
        click.echo(f"evidence: {line}", err=True)
    place.write(written)
    ctx.exit(Exit.FINDINGS if comparison and comparison.drifted else Exit.CLEAN)


def _writer(form: str, options: Mapping[str, Any]) -> Callable[[Sequence[Mapping[str, Any]]], bytes]:
    """What makes a bibliography of items; style and engine are looked for before any work is done.

    Raises:
        EvidenceError: the style or the engine cannot be used.
    """
    if form in WRITERS:
        return lambda items: WRITERS[form](items).encode()
    style, pandoc, keep_order = find_style(options["style"]), find_pandoc(), options["sort"] is not None
    return lambda items: bibliography(items, style, form, pandoc, keep_order=keep_order)


def _compared(items: Sequence[Mapping[str, Any]], printed: Path, options: Mapping[str, Any]) -> Comparison:
    return compare_printed(printed, expected(items, find_style(options["style"]), find_pandoc()))


def cited_order(libraries: Sequence[Library]) -> Sequence[str] | None:
    """The ids in the order of their first citation in the monographs; None where none is named or cites by marker.

    A monograph that cannot be read is told, and does not stand in the way of its bibliography.
    """
    cited: list[str] = []
    for library in libraries:
        if library.monograph.file is None:
            continue
        try:
            document = read_document(Path(library.path).parent / library.monograph.file)
        except EvidenceError as trouble:
            click.echo(f"evidence: {one_line(str(trouble))}; so the order is the file's", err=True)
            continue
        cited += citation_order(document, library) or ()
    return cited or None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the bibliography goes, and in which form."""

    path: Path | None
    form: str

    @classmethod
    def of(cls, output: str | None, form: str | None, inputs: Sequence[Path]) -> _Place:
        """The place that the options name, refused before any work is done where it cannot be written to.

        The form is told by the name of the file where the options name none.
        """
        path = Path(output) if output else None
        guard_places([path] if path else [], inputs)
        chosen = form or (_SUFFIXES.get(path.suffix.lower(), "") if path and path.suffix else "text")
        if chosen not in FORMS and chosen not in WRITERS:
            forms = ", ".join([*FORMS, *WRITERS])
            raise UsageError(f"{output} does not tell its form", fix=f"say it with --to: {forms}")
        if chosen == "docx" and path is None and sys.stdout.isatty():
            raise UsageError("a DOCX is nothing for a terminal", fix="name a file with --output")
        return cls(path, chosen)

    def write(self, content: bytes) -> None:
        """Write; a reader that has gone away is no error of ours."""
        if self.path is not None:
            replace_all([(self.path, content)])
            return
        try:
            click.echo(content, nl=False)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as trouble:
            raise UsageError(f"cannot write to standard output: {trouble.strerror}") from trouble


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


def _gather(libraries: tuple[Library, ...], options: dict[str, Any]) -> Gathered:
    """What the store knows of the references, however old; the entries alone where there is no store."""
    references: list[Reference] = [r for library in libraries for r in library.references]
    path: Path = options["store"]
    if not path.exists():
        click.echo(
            f"evidence: no store at {path}: the entries alone are printed, nothing of them verified "
            "(run `evidence check` first, or name a store with --store)",
            err=True,
        )
        return replace(from_entries(references), unverified=())
    clock = SystemClock()
    ageless = tuple(replace(library, policy=replace(library.policy, lives=_ANY_AGE)) for library in libraries)
    as_of: date | None = options["as_of"]
    wish = Wish(libraries=ageless, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=as_of)
    with Store.open(path, tool_version=__version__, clock=clock) as store:
        desk = Desk(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, shown=False))
        report = desk.look(wish)
    telling = frozenset(rule.code for rule in RULES if rule.needs_lookup)
    return from_report(report, telling, from_records=options["source"] == "record")


def _remarks(gathered: Gathered, libraries: Sequence[Library], today: date) -> Iterator[str]:
    """What the reader has to know, a line each."""
    life = shortest_lives(library.policy for library in libraries).metadata
    if gathered.oldest is not None and (today - gathered.oldest).days >= life:
        yield f"the oldest record that is printed was verified on {gathered.oldest} (run `evidence check`)"
    if gathered.unverified:
        named = ", ".join(map(one_line, gathered.unverified[:_MOST_TOLD]))
        more = len(gathered.unverified) - _MOST_TOLD
        rest = f" and {more} more" if more > 0 else ""
        yield f"never verified, printed from the entry: {named}{rest} (run `evidence check`)"
    for remark in gathered.remarks[:_MOST_TOLD]:
        where = f"{remark.path}: " if len(libraries) > 1 else ""
        yield one_line(f"{where}{remark.reference}: {remark.text}")
    if len(gathered.remarks) > _MOST_TOLD:
        yield f"and {len(gathered.remarks) - _MOST_TOLD} more findings (see `evidence check`)"
