"""`evidence export`: the references as a bibliography in any style, or in a format that other tools read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from evidence.app.check import Checker, CheckRequest, begun_run, run_check
from evidence.app.compare_published import compare_printed, printed_references, render_drift
from evidence.app.lock import merged_entries, require_known_services
from evidence.app.registry import RULE_SET, RULES, locked_sources, shortest_ttl
from evidence.bibliography.gather import Bibliography, BibliographyNote, Sort, gather_entries, gather_reports, ordered
from evidence.bibliography.render import FORMS, HouseLayout, bibliography, find_pandoc, house_reference
from evidence.bibliography.styles import find_style
from evidence.bibliography.writers import WRITERS
from evidence.cli.completion import complete_reference, complete_style
from evidence.cli.guard import JobFile, JobFileRole, guarded, job_files
from evidence.cli.locks import echo_changed_locks
from evidence.cli.options import Day, files_argument, force_option, lock_option, name_and_files, store_option
from evidence.cli.output import ProgressBar, Syntax, echo_note, replace_all, to_stdout
from evidence.cli.overwriting import (
    BIBLIOGRAPHY,
    BIBLIOGRAPHY_PAGE,
    COMPARISON,
    MARKED_DOCUMENT,
    MARKED_PAGE,
    GuardedFile,
    OutputFile,
)
from evidence.cli.settings import (
    actor_from,
    configuration_from,
    libraries_from,
    log_from,
    offline_settings,
    settings_from,
    store_from,
)
from evidence.cli.store import report_of, require_store, without_answer
from evidence.documents.citations import citation_order
from evidence.documents.reader import LARGEST_BINARY, read_document
from evidence.library.files import bytes_of, monograph_path, monograph_to_read
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.identifiers import IdKind
from evidence.model.policy import FOREVER
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import Exit, Mode
from evidence.model.text import one_line, quantity
from evidence.model.version import __version__
from evidence.reports.document import library_inputs
from evidence.storage.lock import locked_recorder
from evidence.storage.lockfile import LockFile, lock_of, lock_paths, read_lock
from evidence.storage.store import Store

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
_SYNTAXES = {"csl-json": Syntax.JSON, "docx": Syntax.BINARY}
_MOST_NAMED = 30  # references and findings that are named on standard error

_COMMAND_LINE = ParameterSource.COMMANDLINE

Item = Mapping[str, Any]


@click.command(name="export")
@files_argument
@click.option(
    "--style",
    default="ama",
    show_default=True,
    metavar="STYLE",
    shell_complete=complete_style,
    help="ama, nlm, vancouver, apa, chicago, any CSL style by name, or a .csl file.",
)
@click.option(
    "--to",
    "form",
    type=click.Choice([*FORMS, *WRITERS]),
    help="Output format (default: from the name of --output, otherwise text).",
)
@click.option(
    "--sort",
    type=click.Choice([str(sort) for sort in Sort]),
    help="Order (default: first citation, otherwise as in the file; author-date styles have their own order).",
)
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    shell_complete=complete_reference,
    help="Only this reference (ID, or FILE::ID); can be repeated.",
)
@click.option(
    "--source",
    type=click.Choice(["record", "entry"]),
    default="record",
    show_default=True,
    help="Print data from the verified record, or from the entry.",
)
@click.option("--as-of", type=Day(), help="Check as of this date (default: today in UTC).")
@store_option
@lock_option
@click.option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")
@force_option
@click.option(
    "--compare",
    metavar="PRINTED",
    type=click.Path(path_type=Path),
    help="Compare with this published list (Markdown, DOCX, text, HTML, PDF); exit 1 if it differs.",
)
@click.option("--heading", metavar="TEXT", help="Put a heading above a formatted list, such as References.")
@click.option(
    "--reference-doc",
    metavar="DOCX",
    type=click.Path(path_type=Path),
    help="A Word file whose styles, margins and header the DOCX file uses.",
)
@click.option(
    "--comments",
    metavar="MONOGRAPH",
    type=click.Path(path_type=Path),
    help="Write this monograph with the findings of its last recorded run as comments: a Word document with"
    " Word comments, any other format as an HTML page.",
)
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Print the references in FILES (default: as for `check`) as a bibliography.

    The data come from the last verified record (`evidence check`) in the store or the lock file; if there is
    none, from the entry. No requests are sent. References that were never verified, are retracted, or differ
    from their record are named on standard error. Formatted lists require the extra `render`.

    With --comments it is the monograph itself that is written, with what `evidence check` last found in it.
    """
    if options["comments"] is not None:
        _write_marked_up(ctx, files, options)
        return
    configuration = configuration_from(os.environ)
    store = store_from(os.environ, options["store"], configuration)
    read = libraries_from(files, configuration, os.environ)
    libraries = tuple(_cut_down(read, options["only"]))
    locks = _locks(libraries, options["lock"], log_from(os.environ, store, configuration))
    file, form = _place(options, job_files(os.environ, libraries, store=store, lock=options["lock"]))
    printed: Path | None = options["compare"]
    keep_order = options["sort"] is not None
    layout = _layout(options, form)
    if form in FORMS:  # looked for before any work is done
        style, pandoc = find_style(options["style"]), find_pandoc()
    elif ctx.get_parameter_source("style") is ParameterSource.COMMANDLINE:
        find_style(options["style"])  # of no use here, but a slip all the same
    known = _gathered(libraries, store, locks, options["as_of"], from_records=options["source"] == "record")
    if form in FORMS and not known.items and printed is None:
        raise UsageError("nothing to print: the files have no references", fix="name a file that has references")
    items = _ordered(known.items, libraries, Sort(options["sort"] or Sort.CITATION))
    drifted = False
    if printed is not None:
        comparison = compare_printed(printed, printed_references(items, style, pandoc, keep_order=keep_order))
        content, drifted = render_drift(comparison, str(printed)).encode(), comparison.drifted
    elif form in FORMS:
        content = bibliography(items, style, form, pandoc, keep_order=keep_order, layout=layout)
    else:
        content = WRITERS[form](items).encode()
    today = options["as_of"] or SystemClock().now().date()
    for line in _remarks(known, libraries, today, from_records=options["source"] == "record"):
        echo_note(line)
    if file is not None:
        replace_all([(file, content)])
    else:
        to_stdout(content, _SYNTAXES.get(form, Syntax.TEXT))
    ctx.exit(Exit.FINDINGS if drifted else Exit.CLEAN)


def _layout(options: Mapping[str, Any], form: str) -> HouseLayout:
    """The heading and the reference document that the options name.

    Raises:
        UsageError: this form has none, or they cannot be used.
    """
    heading, file = options["heading"], options["reference_doc"]
    if heading is not None:
        if form not in FORMS or options["compare"] is not None:
            raise UsageError(
                "--heading can be used with formatted lists only", fix=f"omit it, or use --to: {', '.join(FORMS)}"
            )
        if not heading.strip() or not heading.isprintable() or len(heading) > _LONGEST_HEADING:
            raise UsageError(f"--heading must be one line of 1 to {_LONGEST_HEADING} characters")
    if file is None:
        return HouseLayout(heading)
    if form != "docx":
        raise UsageError("--reference-doc can be used with DOCX only", fix="omit it, or use --to docx")
    data = house_reference(bytes_of(file, LARGEST_BINARY))
    if data is None:
        raise UsageError(f"{file} is not a Word file", fix="save it as .docx in Word")
    return HouseLayout(heading, data)


_LONGEST_HEADING = 200  # characters
_OF_BIBLIOGRAPHIES = ("style", "form", "sort", "only", "source", "as_of", "lock", "compare", "heading", "reference_doc")


def _write_marked_up(ctx: click.Context, files: tuple[str, ...], options: Mapping[str, Any]) -> None:
    """Write the monograph that `--comments` names, with the findings of the last recorded run of its references file.

    Raises:
        EvidenceError: it cannot be read, no file of references is its own, no run of that is recorded, or the place
            cannot be written.
    """
    from evidence.app.mark_up import marked_suffix, marked_up  # noqa: PLC0415 - most exports are bibliographies

    given = [param for param in ctx.command.params if param.name in _OF_BIBLIOGRAPHIES]
    used = [param.opts[0] for param in given if ctx.get_parameter_source(str(param.name)) is _COMMAND_LINE]
    if used:
        raise click.UsageError(f"--comments and {used[0]} cannot be combined")
    monograph: Path = options["comments"]
    configuration = configuration_from(os.environ)
    store = store_from(os.environ, options["store"], configuration)
    libraries = libraries_from(files, configuration, os.environ)
    library = _library_of(monograph, libraries)
    output, suffix = options["output"], marked_suffix(monograph)
    if output in {None, "", "-"}:
        raise UsageError("--comments requires a file", fix=f"name it: --output {monograph.stem}.marked{suffix}")
    path = Path(output)
    if path.suffix.lower() != suffix:
        raise UsageError(f"cannot write {output}: this monograph is marked up as {suffix}", fix=f"name a {suffix} file")
    kind = MARKED_PAGE if suffix == ".html" else MARKED_DOCUMENT
    job = chain(job_files(os.environ, libraries, store=store), [JobFile(monograph, JobFileRole.MONOGRAPH)])
    (file,) = guarded([OutputFile(path, kind, options["force"])], job)
    require_store(store)
    with Store.open(store, tool_version=__version__, clock=SystemClock(), reading=True) as opened:
        report = _last_report(opened, library.path)
    marked = marked_up(report, library, monograph)
    assert marked is not None  # noqa: S101 - a monograph is named
    if not marked.is_judged:
        run = report["run"]["id"]
        what = f"{monograph} differs from the text that run {run} checked: some comments may be in other places"
        echo_note(f"{what} (run `evidence check` again)")
    replace_all([(file, marked.content)])
    echo_note(f"{path} was written: {quantity(marked.comments, 'comment')}, as of {report['run']['as_of']}")


def _library_of(monograph: Path, libraries: Sequence[Library]) -> Library:
    """The library that names this file as its monograph; where there is one library alone, that one.

    Raises:
        UsageError: none of several names it, or several do.
    """
    naming = [library for library in libraries if (own := monograph_path(library)) and _is_same(own, monograph)]
    found = naming or list(libraries)
    if len(found) != 1:
        names = ", ".join(library.path for library in found)
        which = "name this monograph" if naming else "may belong to this monograph"
        raise UsageError(f"{len(found)} files {which}: {names}", fix="name the references file")
    return found[0]


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _last_report(store: Store, path: str) -> dict[str, Any]:
    """The document of the last finished run that judged this file.

    Raises:
        UsageError: there is none.
    """
    for run in store.last_runs(None, finished=True):
        report = report_of(store, run)
        if any(item["path"] == path for item in library_inputs(report)):
            return report
    raise UsageError(f"no recorded run of {path}", fix="run `evidence check` first")


def _cut_down(libraries: tuple[Library, ...], only: tuple[str, ...]) -> Iterator[Library]:
    """The libraries with the references alone that are named (`ID`, `FILE::ID`), with all where none is named.

    Raises:
        UsageError: no reference has one of the ids.
    """
    named: set[tuple[str, str]] = set()
    for name in only:
        own, files = name_and_files(name, ())
        places = {Path(file).resolve() for file in files}
        among = [library for library in libraries if not files or Path(library.path).resolve() in places]
        found = {(library.path, own) for library in among if any(own == each.id for each in library.references)}
        if not found:
            near = get_close_matches(own, sorted({each.id for library in among for each in library.references}), n=1)
            raise UsageError(f"no reference has the id {name}", fix=f"did you mean {near[0]}?" if near else None)
        named |= found
    for library in libraries:
        references = (each for each in library.references if not only or (library.path, each.id) in named)
        yield replace(library, references=tuple(references))


def _place(options: Mapping[str, Any], job: Iterable[JobFile]) -> tuple[GuardedFile | None, str]:
    """The file to write (None: standard output) and the form of what goes there; a comparison is always text.

    Raises:
        UsageError: the place cannot be written, is a file of the job, or contradicts the form.
    """
    output, printed = options["output"], options["compare"]
    style = options["style"] if options["style"].endswith(".csl") else None
    if printed is not None and options["form"]:
        raise click.UsageError("--compare and --to cannot be combined: differences are printed as text")
    if output == "":
        raise UsageError("empty file name after --output", fix="name a file")
    path = None if output in {None, "-"} else Path(output)
    by_suffix = _SUFFIXES.get(path.suffix.lower(), "") if path and path.suffix else "text"
    if printed is not None and by_suffix not in {"", "text", "markdown"}:
        raise UsageError(f"cannot write to {output}: differences are written as text", fix="name a .txt file")
    inputs = (
        JobFile(Path(file), JobFileRole.READ) for file in (style, printed, options["reference_doc"]) if file is not None
    )
    form = "text" if printed is not None else options["form"] or by_suffix
    kind = COMPARISON if printed is not None else BIBLIOGRAPHY_PAGE if form == "html" else BIBLIOGRAPHY
    files = guarded([OutputFile(path, kind, options["force"])] if path else [], chain(job, inputs))
    if not form:
        forms = ", ".join([*FORMS, *WRITERS])
        raise UsageError(f'cannot tell the format from "{output}"', fix=f"use --to: {forms}")
    if form == "docx" and path is None and sys.stdout.isatty():
        raise UsageError("a DOCX file cannot be printed on a terminal", fix="name a file with --output")
    return next(iter(files), None), form


def _locks(libraries: tuple[Library, ...], lock: str | None, log: Path) -> list[LockFile]:
    """The locks beside the files, or the one that is named; says of one that is not what the trail wrote.

    Raises:
        LockError: a lock is damaged.
        UsageError: the lock that is named does not exist, or would serve two files.
    """
    files = [library.path for library in libraries]
    if lock is None and not any(lock_of(file).exists() for file in files):
        return []
    locks = [read_lock(path) for path in lock_paths(files, lock)]
    if lock is not None and any(file.lock is None for file in locks):
        raise UsageError(f"lock file not found: {lock}", fix="create it with `evidence check --update-lock`")
    require_known_services(locks, offline_settings(os.environ))
    echo_changed_locks(libraries, locks, log, SystemClock().now().date())
    return [file for file in locks if file.lock is not None]


def _gathered(
    libraries: Sequence[Library], store: Path, locks: Sequence[LockFile], as_of: date | None, *, from_records: bool
) -> Bibliography:
    """What store and locks know of the references, however old, the newer of both; the entries where neither does.

    A retraction in either of them is named. No service is asked and nothing is recorded.

    Raises:
        StoreError: the store cannot be read.
    """
    for file in locks:
        for identifier, line in (file.lock.corrupt if file.lock else {}).items():
            what = f"{file.name}:{line}: {identifier} does not match its digest"
            echo_note(f"{what}, so it is not used (run `evidence check`)")
    entries = merged_entries(file.lock.entries for file in locks if file.lock)
    if not store.exists():
        if locks:
            consequence = f"the records in {', '.join(lock.name for lock in locks)} are printed"
        else:
            consequence = "the entries are printed, not verified (run `evidence check` first, or use --store)"
        echo_note(f"no store at {store}: {consequence}")
        if not locks:
            references = [reference for library in libraries for reference in library.references]
            return replace(gather_entries(references), unverified=())
    ageless = tuple(replace(library, policy=replace(library.policy, lives=FOREVER)) for library in libraries)
    request = CheckRequest(libraries=ageless, mode=Mode.OFFLINE, actor=actor_from(os.environ, None), as_of=as_of)
    clock = SystemClock()
    progress = ProgressBar(clock.monotonic, visible=False)
    reports = []
    unanswered: frozenset[str] | None = None
    if store.exists():
        with Store.open(store, tool_version=__version__, clock=clock, reading=True) as opened:
            unanswered = without_answer(opened, libraries)
            reports.append(Checker(settings_from(os.environ), opened, clock, progress).look(request))
    if locks:
        # Unlike a locked check without a limit to the age of a lock: what is printed may be old, and its day is named.
        begun = begun_run(replace(request, mode=Mode.LOCKED), clock.now())
        slots = locked_sources(entries, {}, clock)
        recorder = locked_recorder(entries)
        reports.append(run_check(request, begun, RULE_SET, slots, recorder=recorder, clock=clock, progress=progress))
    codes = frozenset(rule.code for rule in RULES if rule.needs_lookup)
    return gather_reports(reports, codes, unanswered, from_records=from_records)


def _ordered(items: Sequence[Item], libraries: Sequence[Library], sort: Sort) -> Sequence[Item]:
    """The items of the libraries in this order; each file's by its own citations, since files may share an id."""
    if sort is not Sort.CITATION:
        return ordered(items, sort)
    rest = iter(items)
    result: list[Item] = []
    for library in libraries:
        own = list(islice(rest, len(library.references)))
        result += ordered(own, sort, _cited_order(library))
    return result


def _cited_order(library: Library) -> Sequence[str] | None:
    """The ids in the order of their first citation in the monograph; None where none is named or cites by marker.

    A monograph that cannot be read is named on standard error; its bibliography is printed all the same.
    """
    try:
        path = monograph_to_read(library)
        if path is None:
            return None
        document = read_document(path)
    except EvidenceError as error:
        echo_note(f"{error}; references are printed in the order of the file")
        return None
    return citation_order(document, library)


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(map(one_line, ids[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


def _titled_by_their_page(libraries: Iterable[Library]) -> Iterator[str]:
    """The web pages of which the entry has the printed citation alone: their organisation is not printed."""
    for library in libraries:
        for reference in library.references:
            kinds = {identifier.kind for identifier in reference.identifiers}
            if kinds == {IdKind.URL} and reference.cited_as and not reference.title:
                yield reference.id


def _remarks(known: Bibliography, libraries: Sequence[Library], today: date, *, from_records: bool) -> Iterator[str]:
    """What the reader has to know, a line each: what is retracted first and all of it, of the rest the first thirty."""

    def line(remark: BibliographyNote) -> str:
        file = f"{remark.path}: " if len(libraries) > 1 else ""
        return one_line(f"{file}{remark.reference}: {remark.text}")

    yield from (line(remark) for remark in known.notes if remark.retracts)
    life = shortest_ttl(library.policy for library in libraries).metadata
    if known.oldest is not None and (today - known.oldest).days >= life:
        yield f"the oldest printed record was verified on {known.oldest} (run `evidence check`)"
    if known.unverified:
        yield f"never verified, printed from the entry: {_named(known.unverified)} (run `evidence check`)"
    if known.unknown:
        yield f"no record known, printed from the entry: {_named(known.unknown)}"
    from_page = [name for name in _titled_by_their_page(libraries) if name not in {*known.unverified, *known.unknown}]
    if from_page and from_records:
        yield f"printed with the page's own title: {_named(from_page)} (add title and author to the entry)"
    others = [remark for remark in known.notes if not remark.retracts]
    yield from map(line, others[:_MOST_NAMED])
    if len(others) > _MOST_NAMED:
        yield f"and {len(others) - _MOST_NAMED} more findings (see `evidence check`)"
