"""What is known of the references that a bibliography is made of: by the store and by the lock files beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from evidence.app.check import Checker, begun_run, read_libraries
from evidence.app.lock import united
from evidence.app.published import ListComparison, compare_printed, printed_references, render_drift
from evidence.app.registry import RULES, RULING, locked_sources, shortest_ttl
from evidence.app.run import CheckRequest, run_check
from evidence.bibliography.gather import Bibliography, BibliographyNote, Sort, gather_entries, gather_reports, ordered
from evidence.bibliography.render import FORMS, bibliography, find_pandoc
from evidence.bibliography.styles import find_style
from evidence.bibliography.writers import WRITERS
from evidence.cli.guard import JobFile, JobFileRole, guard_outputs, job_files
from evidence.cli.options import Day, files_argument, lock_option, store_option
from evidence.cli.output import ProgressBar, replace_all, to_stdout
from evidence.cli.settings import actor_from, configuration_from, files_from, settings_from, store_from
from evidence.documents.citations import citation_order
from evidence.documents.reader import read_document
from evidence.library.files import monograph_path
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.identifiers import Identifier
from evidence.model.policy import FOR_EVER
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Exit, Mode, Report
from evidence.model.text import one_line
from evidence.model.version import __version__
from evidence.storage.lock import LockEntry, locked_recorder
from evidence.storage.lockfile import LockFile, lock_of, lock_paths, read_lock
from evidence.storage.store import Store

# What is known of the references that a bibliography is made of: by the store and by the lock files beside them.


@dataclass(frozen=True, slots=True)
class Memories:
    """Where answers were kept: a store, which need not exist, and the locks of the files that have one."""

    store: Path
    locks: tuple[LockFile, ...]

    @classmethod
    def of(cls, libraries: Sequence[Library], store: Path, lock: str | None) -> Memories:
        """The store at this path, and the locks beside the files, or the one that is named.

        Raises:
            LockError: a lock is damaged.
            UsageError: the lock that is named does not exist, or would serve two files.
        """
        files = [library.path for library in libraries]
        wanted = lock is not None or any(lock_of(file).exists() for file in files)
        locks = [read_lock(path) for path in lock_paths(files, lock)] if wanted else []
        if lock is not None and any(one.lock is None for one in locks):
            raise UsageError(f"there is no lock file {lock}", fix="`evidence check --update-lock` writes one")
        return cls(store, tuple(one for one in locks if one.lock is not None))


def gathered(
    libraries: Sequence[Library], memories: Memories, as_of: date | None, *, from_records: bool
) -> Bibliography:
    """What store and locks know of the references, however old, the newer of both; the entries where neither does.

    A retraction that either of them holds is told. Nobody is asked and nothing is recorded.

    Raises:
        StoreError: the store cannot be read.
    """
    entries = _locked(memories.locks)
    if not memories.store.exists():
        _tell_no_store(memories)
        if not memories.locks:
            references = [r for library in libraries for r in library.references]
            return replace(gather_entries(references), unverified=())
    ageless = tuple(replace(library, policy=replace(library.policy, lives=FOR_EVER)) for library in libraries)
    wish = CheckRequest(libraries=ageless, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=as_of)
    reports = [_by_store(wish, memories.store)] if memories.store.exists() else []
    reports += [_by_locks(wish, entries)] if memories.locks else []
    telling = frozenset(rule.code for rule in RULES if rule.needs_lookup)
    return gather_reports(reports, telling, from_records=from_records)


def _tell_no_store(memories: Memories) -> None:
    if memories.locks:
        shown = ", ".join(lock.shown for lock in memories.locks)
        printed = f"what {shown} holds is printed"
    else:
        printed = (
            "the entries alone are printed, nothing of them verified "
            "(run `evidence check` first, or name a store with --store)"
        )
    _tell(f"no store at {memories.store}: {printed}")


def _locked(locks: Sequence[LockFile]) -> dict[Identifier, LockEntry]:
    """The entries of the locks; one that does not match its digest is told and not believed."""
    for file in locks:
        for identifier, line in (file.lock.corrupt if file.lock else {}).items():
            _tell(
                f"{file.shown}:{line}: {identifier} does not match its digest, so it is not used (run `evidence check`)"
            )
    return united(file.lock.entries for file in locks if file.lock)


def _by_store(wish: CheckRequest, path: Path) -> Report:
    clock = SystemClock()
    with Store.open(path, tool_version=__version__, clock=clock) as store:
        return Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, visible=False)).look(wish)


def _by_locks(wish: CheckRequest, entries: Mapping[Identifier, LockEntry]) -> Report:
    """Unlike a locked check, without a limit to the age of a lock: what is printed may be old, and its day is told."""
    clock = SystemClock()
    begun = begun_run(replace(wish, mode=Mode.LOCKED), clock.now())
    slots = locked_sources(entries, {}, clock)
    progress = ProgressBar(clock.monotonic, visible=False)
    return run_check(wish, begun, RULING, slots, recorder=locked_recorder(entries), clock=clock, progress=progress)


def _tell(text: str) -> None:
    click.echo(f"evidence: {one_line(text)}", err=True)


# Where a bibliography goes, and in which form.

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


@dataclass(frozen=True, slots=True)
class ExportPlace:
    """A file, or standard output where `path` is None, and the form of what goes there."""

    path: Path | None
    form: str

    @classmethod
    def of(cls, output: str | None, form: str | None, job: Iterable[JobFile]) -> ExportPlace:
        """The place that the options name, refused before any work is done where it cannot be written to.

        The form is told by the name of the file where the options name none; `-` is standard output.

        Raises:
            UsageError: with what is wrong with the place.
        """
        path = _path_of(output)
        guard_outputs([path] if path else [], job)
        chosen = form or (_SUFFIXES.get(path.suffix.lower(), "") if path and path.suffix else "text")
        if chosen not in FORMS and chosen not in WRITERS:
            forms = ", ".join([*FORMS, *WRITERS])
            raise UsageError(f"{output} does not tell its form", fix=f"say it with --to: {forms}")
        if chosen == "docx" and path is None and sys.stdout.isatty():
            raise UsageError("a DOCX is nothing for a terminal", fix="name a file with --output")
        return cls(path, chosen)

    @classmethod
    def of_comparison(cls, output: str | None, job: Iterable[JobFile]) -> ExportPlace:
        """The place of a comparison, which is text whatever its file is called.

        Raises:
            UsageError: as `of`, and when the name promises another form.
        """
        path = _path_of(output)
        if path is not None and _SUFFIXES.get(path.suffix.lower(), "text") not in {"text", "markdown"}:
            raise UsageError(f"{output} would hold text: what differs is told as text", fix="name a .txt file")
        return cls.of(output, "text", job)

    def write(self, content: bytes) -> None:
        """Write; a reader that has gone away is no error of ours.

        Raises:
            UsageError: the place cannot be written to.
        """
        if self.path is not None:
            replace_all([(self.path, content)])
            return
        to_stdout(content)


def _path_of(output: str | None) -> Path | None:
    if output == "":
        raise UsageError("an empty file name after --output", fix="name a file")
    return None if output in {None, "-"} else Path(str(output))


# `evidence export`: the references as a bibliography, or in a format that other tools read.

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
    return compare_printed(
        printed, printed_references(items, find_style(options["style"]), find_pandoc(), keep_order=keep_order)
    )


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


def _remarks(known: Bibliography, libraries: Sequence[Library], today: date) -> Iterator[str]:
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
