"""`evidence import`: the references of a monograph, or of a reference manager's file, written to a library."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from evidence.app.import_ import (
    Import,
    Plan,
    Row,
    RowAction,
    begin,
    identified,
    new_library,
    plan,
    relative_to,
    reprinted,
    style_fixed,
)
from evidence.app.import_claims import ClaimsPlan, plan_claims
from evidence.app.import_files import ImportFormat, kind_by_name, kind_of
from evidence.app.import_listing import CitationCount, Listing, largest, read_listing
from evidence.cli.edit import save_recorded, show_diff
from evidence.cli.guard import JobFile, JobFileRole, guard_outputs, job_files
from evidence.cli.options import ca_bundle_option, store_option
from evidence.cli.output import echo_failed_lookups, echo_lines, prints_unicode, to_stdout
from evidence.cli.settings import store_from
from evidence.cli.store import asking_checker
from evidence.documents.citations import MonographReading
from evidence.documents.reader import read_document
from evidence.documents.reflist import CITES_BY_KEY
from evidence.library.claims import CLAIMS
from evidence.library.editor import NEW_CLAIMS, AddEntries, AddMonograph, Change, Edited, edit, source_or_new
from evidence.library.files import SourceText, bytes_of, default_libraries, read_source, require_closed
from evidence.library.fill import identifier_text
from evidence.library.reader import claims_file, read_text, with_files_around
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import FileError, UsageError
from evidence.model.identifiers import FIELD_OF, IdKind
from evidence.model.outcomes import Cause, Match, Unasked, Unavailable
from evidence.model.ports import SystemClock
from evidence.model.references import Monograph
from evidence.model.report import Exit
from evidence.model.text import one_line, plain_ascii, quantity, shell_command
from evidence.reports.layout import columns, display_width

STANDARD_INPUT = "standard input"
_HEADINGS = ("No.", "Entry", "Id", "Identifiers", "Accessed", "Cited", "Identified", "To review")
_LONGEST_IDENTIFIER = 60
_LONGEST_LEFT_OUT = 80
_INDENT = " " * 5
_NARROWEST = 40  # columns
_MOST_NAMED = 8


@click.command(name="import")
@click.argument("monographs", metavar="MONOGRAPH...", nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    "output",
    metavar="FILE",
    help="The references file (default: the one that names MONOGRAPH, otherwise references.yaml; for several "
    "monographs, NAME.references.yaml).",
)
@click.option("--from", "kind", type=click.Choice([str(kind) for kind in ImportFormat]), help="Format of MONOGRAPH.")
@click.option("--write", is_flag=True, help="Write the references file (default: only show what would be written).")
@click.option(
    "--claims", is_flag=True, help="Add a claim for every sentence with citations to claims.yaml (text and references)."
)
@click.option("--merge", is_flag=True, help="Add to the references file of another monograph.")
@click.option("--diff", is_flag=True, help="Show the changes as a diff instead of a table.")
@click.option(
    "--offline", is_flag=True, help="Run offline: match references without an identifier against cached results only."
)
@click.option("--no-match", is_flag=True, help="Do not search for references without an identifier.")
@store_option
@ca_bundle_option
@click.pass_context
def command(ctx: click.Context, /, monographs: tuple[str, ...], **options: Any) -> None:
    """Import the references of each MONOGRAPH (text, Markdown, HTML, DOCX or PDF) into a references file.

    Files of reference managers can be imported, too: BibTeX, BibLaTeX, RIS, EndNote XML, NBIB, CSL-JSON,
    CSL-YAML, and Zotero exports in these formats. `-` is standard input.

    The reference list is found and split; identifiers, access dates and the printed text are imported.
    References without an identifier are searched for in PubMed and Crossref; uncertain matches are written as
    candidates. An existing file is edited in place, and what people wrote in it is kept. The file of another
    monograph is changed only with --merge.

    With --claims, each sentence that cites a reference becomes a claim without kind and stance, and nothing is
    approved. Existing claims are kept; those whose sentence has changed are listed.

    Without --write nothing is written. Exit status: 0 every reference is identified, 1 some need manual review,
    3 some look-ups failed.
    """
    places = _places(monographs, options["output"])
    inputs = [JobFile(Path(name), JobFileRole.READ) for name in monographs if name != "-"]
    guard_outputs(places, inputs)
    guard_outputs(places, job_files(os.environ, store=options["store"]), JobFileRole.REFERENCES)
    if options["claims"] and "-" in monographs:
        raise UsageError("--claims cannot read standard input", fix="name the file of the monograph")
    kind = ImportFormat(options["kind"]) if options["kind"] else None
    imports = [
        begun_import(_listing(name, kind, place, options), name, place, options)
        for name, place in zip(monographs, places, strict=True)
    ]
    exits = {_import(*begun, options) for begun in imports}
    ctx.exit(next((exit_ for exit_ in (Exit.FINDINGS, Exit.INCOMPLETE) if exit_ in exits), Exit.CLEAN))


def _places(monographs: Sequence[str], output: str | None) -> list[Path]:
    """The library of each monograph: the one named or its own here, else references.yaml; of several NAME's each.

    Raises:
        UsageError: no file is named, one is named for several monographs, or two would have the same.
    """
    if output in {"", "-"}:
        raise UsageError("--output is empty", fix="name a references file, such as references.yaml")
    if len(monographs) == 1:
        return [Path(output) if output else _library_of(monographs[0]) or Path("references.yaml")]
    if output is not None:
        raise UsageError(
            "--output can be used with one monograph only", fix="omit it: each monograph gets NAME.references.yaml"
        )
    named: dict[Path, str] = {}
    for monograph in monographs:
        if monograph == "-":
            raise UsageError("standard input has no name", fix="import it separately")
        place = _library_of(monograph) or _library_named_after(monograph)
        if place in named:
            both = f"{named[place]} and {monograph} would both be written to {place}"
            raise UsageError(both, fix="import one of them separately, with --output")
        named[place] = monograph
    return list(named)


def _library_of(monograph: str) -> Path | None:
    """The library in this folder whose `monograph: file:` is this one, else the one named after it, if it is there.

    Raises:
        UsageError: several are of this monograph.
        FileError: one of them cannot be read, so that it may be the one.
    """
    libraries = [Path(name) for name in default_libraries() if Path(name).exists()]
    if monograph == "-" or not libraries:
        return None
    files = {place: read_text(read_source(place)).monograph.file for place in libraries}
    own = [place for place, file in files.items() if file == relative_to(place, Path(monograph))]
    if len(own) > 1:
        named = ", ".join(place.as_posix() for place in own)
        command = shell_command("import", monograph, "--write", "--output", own[-1].as_posix())
        fix = f"delete the one that you do not need, or name the right one: `{command}`"
        raise UsageError(f"{len(own)} references files name {monograph} as their monograph: {named}", fix=fix)
    named_after = _library_named_after(monograph)
    return own[0] if own else named_after if named_after.exists() else None


def _library_named_after(monograph: str) -> Path:
    return Path(f"{Path(monograph).stem}.references.yaml")


def begun_import(
    listing: Listing, monograph: str, place: Path, options: Mapping[str, Any]
) -> tuple[Listing, SourceText, list[Change], Import]:
    """What is imported, the library into which it goes, what its head is to gain, and the entries paired.

    Raises:
        UsageError: the library is another monograph's.
    """
    printed = None if monograph == "-" or not listing.is_printed else Path(monograph)
    if not place.exists() and not place.is_symlink():
        source = new_library(place, listing.title, printed)
        return listing, source, [], begin(listing, read_text(source))
    if options["write"]:
        require_closed(place)
    source = source_or_new(place)
    library = with_files_around(read_text(source))
    head: list[Change] = []
    is_added = False
    if printed is not None:
        file, own = relative_to(place, printed), library.monograph
        if own.file is not None and own.file != file and not options["merge"]:
            command = shell_command("import", monograph, "--write", "--output", str(_library_named_after(monograph)))
            fix = f"write to another file: `{command}`; or add to it with --merge"
            raise UsageError(f"{place.as_posix()} belongs to {own.file}, not to {monograph}", fix=fix)
        if own == Monograph():
            head = [AddMonograph({**({"title": listing.title} if listing.title else {}), "file": file})]
        is_added = own.file is not None and own.file != file
    return listing, source, head, begin(listing, library, is_added=is_added)


def _import(
    listing: Listing, source: SourceText, head: Sequence[Change], begun: Import, options: dict[str, Any]
) -> Exit:
    """Show, and write if asked to, what one file gives to its library."""
    planned, edited = planned_import(source, head, begun, options)
    claims = _planned_claims(listing, edited, options)
    beside = None
    if claims is not None and claims.new and options["claims"]:
        place, added = _claims_place(Path(source.path), claims), AddEntries([new.fields for new in claims.new], CLAIMS)
        if place == Path(source.path):
            edited = edit(source, [*head, *planned.changes, added])
        else:
            beside = edit(source_or_new(place, NEW_CLAIMS), [added])
    outputs = [edited] if beside is None else [edited, beside]
    if options["diff"]:
        for output in outputs:
            show_diff(output, os.environ)
    else:
        width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None
        text = "".join(f"{line}\n" for line in table(planned, listing, width))
        to_stdout(text if prints_unicode() else plain_ascii(text))
    if options["write"] and edited.edits:
        save_import(listing, planned, edited)
    if options["write"] and beside is not None and claims is not None:
        _save_claims(listing, claims, beside)
    echo_lines(_summary(planned, listing, source.path))
    monograph = begun.library.monograph
    if listing.is_printed and begun.library.sha256 and listing.path != STANDARD_INPUT and not head:
        file = relative_to(Path(source.path), Path(listing.path))
        if monograph.file != file:
            what = f"{source.path} refers to {monograph.file}" if monograph.file else f"{source.path} has no monograph"
            echo_lines([f"{what}: write `monograph: {{file: {file}}}` to have its citations checked"])
    echo_lines(f"not written: {refused.reason}" for output in outputs for refused in output.refused)
    if claims is not None:
        echo_lines(_claims_summary(claims, options))
    for output in outputs:
        if not output.edits:
            echo_lines([f"{output.before.path}: nothing to write"])
        elif options["write"]:
            echo_lines([f"{output.before.path}: written"])
        else:
            echo_lines([f"nothing was written; use --write to write {output.before.path}"])
    if not options["offline"] and any(row.unasked for row in planned.rows):
        echo_failed_lookups()
    is_changed = claims is not None and bool(claims.changed)
    if (
        is_changed
        or any(output.refused for output in outputs)
        or any(row.caveats and not row.unasked for row in planned.rows)
    ):
        return Exit.FINDINGS
    return Exit.INCOMPLETE if any(row.unasked for row in planned.rows) else Exit.CLEAN


def _planned_claims(listing: Listing, edited: Edited, options: Mapping[str, Any]) -> ClaimsPlan | None:
    """The claims of a monograph beside the library as it would be written; None where it has none and none are wanted.

    Raises:
        UsageError: claims are wanted of a file that is no text.
        FileError: the claims that are there cannot be read.
    """
    if not listing.is_printed or listing.path == STANDARD_INPUT:
        if options["claims"]:
            raise UsageError(f"{listing.path} is not a monograph", fix="use --claims with a text that has citations")
        return None
    library = with_files_around(read_text(edited.after))
    if not options["claims"] and not library.claims:
        return None
    form = ImportFormat(options["kind"]).form if options.get("kind") else None
    return plan_claims(library, MonographReading(read_document(Path(listing.path), form), library))


def _claims_place(library: Path, claims: ClaimsPlan) -> Path:
    """The file for new claims: the one beside the library; the library itself where it alone has claims already."""
    beside = claims_file(library.as_posix())
    return library if claims.known_in == {library.as_posix()} and not beside.exists() else beside


def _save_claims(listing: Listing, claims: ClaimsPlan, edited: Edited) -> None:
    """Write the file of claims, and record it where a trail is kept."""
    details = {"from": listing.path, "from-sha256": listing.sha256}
    details["new"] = ", ".join(f"{CLAIM_PREFIX}{claim.id}" for claim in claims.new)
    save_recorded(edited, AuditEntry(AuditAction.IMPORT, edited.before.path, details=details))


def _claims_summary(claims: ClaimsPlan, options: Mapping[str, Any]) -> Iterator[str]:
    for changed in claims.changed:
        where = f"; most similar ({changed.place}): {changed.sentence}" if changed.place else ""
        yield f"{changed.claim.key}: its sentence is no longer in the text{where}"
    if options["claims"]:
        counts = f"{len(claims.new)} new, {claims.kept} kept, {len(claims.changed)} with a changed sentence"
        yield f"sentences with citations as claims: {counts}"


def planned_import(
    source: SourceText, head: Sequence[Change], begun: Import, options: Mapping[str, Any]
) -> tuple[Plan, Edited]:
    """What becomes of every entry of a file, and the library as it would be written."""
    begun = _identified(begun, options)
    planned = plan(begun, _matches(begun, options), SystemClock().now().date(), _style_fixed(begun, options))
    return planned, edit(source, [*head, *planned.changes])


def save_import(listing: Listing, planned: Plan, edited: Edited) -> None:
    """Write the library that a file gives, and record it where a trail is kept."""
    details = {
        "from": listing.path,
        "from-sha256": listing.sha256,
        "new": ", ".join(row.id for row in planned.of(RowAction.NEW)),
        "changed": ", ".join(row.id for row in planned.of(RowAction.CHANGED)),
    }
    details = {key: text for key, text in details.items() if text}
    save_recorded(edited, AuditEntry(AuditAction.IMPORT, edited.before.path, details=details))


def _listing(monograph: str, kind: ImportFormat | None, place: Path, options: Mapping[str, Any]) -> Listing:
    """As `listing_of`; where only claims are wanted of a text that cites the library by `[@key]`, one without entries.

    Raises:
        FileError: as `listing_of`.
    """
    try:
        return listing_of(monograph, kind)
    except FileError:
        if not options["claims"] or not place.exists():
            raise
        form = kind.form if kind else None
        document = read_document(Path(monograph), form)
        if not CITES_BY_KEY.search(document.source.text):
            raise
        return Listing(document.path, document.source.sha256, (), is_printed=True, has_markers=True)


def listing_of(monograph: str, kind: ImportFormat | None) -> Listing:
    """The reference list of a file; `-` is standard input."""
    if monograph == "-":
        name, data = STANDARD_INPUT, sys.stdin.buffer.read(largest(kind) + 1)
    else:
        name = Path(monograph).as_posix()
        data = bytes_of(Path(monograph), largest(kind or kind_by_name(name)))
    return read_listing(name, data, kind or kind_of(name, data))


def _identified(begun: Import, options: Mapping[str, Any]) -> Import:
    """The import with the works that addresses name (NCBI's Bookshelf, short DOIs), unless nobody is to be asked."""
    if options["no_match"] or not begun.naming:
        return begun
    addresses = list(begun.naming.values())
    if options["offline"]:
        return identified(begun, dict.fromkeys(addresses, Unavailable("offline", Cause.OFFLINE)))
    with asking_checker(options["store"], options["ca_bundle"]) as checker:
        return identified(begun, checker.named_by(addresses))


def _matches(begun: Import, options: Mapping[str, Any]) -> tuple[Match, ...] | None:
    """The records found for the entries without identifier; None when no service is to be asked."""
    if not begun.unidentified:
        return ()
    if options["no_match"]:
        return None
    if options["offline"] and not store_from(os.environ, options["store"]).exists():
        return tuple(Unasked("offline, and no store was found") for _ in begun.unidentified)
    with asking_checker(options["store"], options["ca_bundle"]) as checker:
        return checker.match(begun.citations, offline=options["offline"])


def _style_fixed(begun: Import, options: Mapping[str, Any]) -> frozenset[int]:
    """The entries whose form was fixed in the library; the forms that depend on a record, by what the store holds."""
    printed = reprinted(begun)
    if not printed:
        return frozenset()
    today = SystemClock().now().date()
    if not store_from(os.environ, options["store"]).exists():
        return style_fixed(begun, {}, today)
    with asking_checker(options["store"], options["ca_bundle"]) as checker:
        return style_fixed(begun, checker.recall(printed.values()), today)


def table(plan: Plan, listing: Listing, width: int | None = None) -> list[str]:
    """A line for each entry, below a head; where that is wider than `width`, a few lines for each."""
    rows = [_cells(row, listing) for row in plan.rows]
    lines = columns([_HEADINGS, *rows], right=frozenset({0}))
    if width is None or all(display_width(line) <= width for line in lines):
        return lines
    width = max(width, _NARROWEST)
    lines = []
    for row in rows:
        label, action, name, identifiers, *rest = map(one_line, row)
        facts = [
            f"{heading.lower()}: {cell}"
            for heading, cell in zip(_HEADINGS[4:], rest, strict=True)
            if cell not in {"-", ""}
        ]
        lines += wrap(f"{label}  {name}: {action}", width, subsequent_indent=_INDENT)
        paragraphs = [identifiers] if identifiers != "-" else []
        paragraphs += ["; ".join(facts[:-1]), facts[-1]] if rest[-1] else ["; ".join(facts)]
        for paragraph in paragraphs:
            lines += wrap(paragraph, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
    return lines


def _cells(row: Row, listing: Listing) -> tuple[str, ...]:
    entry, cited = row.listed, _cited(row, listing)
    return (
        entry.label,
        f"{row.action}: {', '.join(row.fields)}" if row.action is RowAction.CHANGED else str(row.action),
        row.id,
        _identifiers(row),
        str(entry.accessed) if entry.accessed else "-",
        f"{cited.times}x, {cited.first}" if cited.times else "never" if listing.has_markers else "-",
        row.how,
        "; ".join((*row.caveats, *row.notes)),
    )


def _cited(row: Row, listing: Listing) -> CitationCount:
    return row.listed.cited if row.listed.cited.times else listing.by_key.get(row.id, row.listed.cited)


def _identifiers(row: Row) -> str:
    """Those of registries: printed, to be written or in the library already; without any, the page."""
    changed = set(row.fields) if row.action is RowAction.CHANGED else set()
    existing = [identifier for identifier in row.existing if FIELD_OF.get(identifier.kind) not in changed]
    known = (*existing, *row.listed.identifiers)
    printed = [str(identifier) for identifier in known if identifier.kind is not IdKind.URL]
    written = {
        (FIELD_OF.get(identifier.kind), identifier_text(identifier.kind, identifier.value)) for identifier in known
    }
    printed += [
        f"{key.lower()}:{row.fields[key]}"
        for key in FIELD_OF.values()
        if key != "URL" and key in row.fields and (key, row.fields[key]) not in written
    ]
    pages = [identifier.value for identifier in known if identifier.kind is IdKind.URL]
    distinct = list(dict.fromkeys(printed)) or pages[:1]
    return ", ".join(_shortened(text, _LONGEST_IDENTIFIER) for text in distinct) or "-"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _summary(plan: Plan, listing: Listing, place: str) -> Iterator[str]:
    """How many of which, what the text does not cite, what it cites and the list lacks."""
    counts = [(len(plan.of(action)), str(action)) for action in RowAction]
    listed = ", ".join(f"{number} {name}" for number, name in counts if number)
    number = len(plan.rows)
    yield f"{listing.path}: {number} {'reference' if number == 1 else 'references'}: {listed}"
    yield from (f"compare with the file: {doubt}" for doubt in listing.doubts)
    for text in listing.left_out[:_MOST_NAMED]:
        yield f'left out, does not look like a reference: "{_shortened(text, _LONGEST_LEFT_OUT)}"'
    if len(listing.left_out) > _MOST_NAMED:
        yield f"left out, do not look like references: {len(listing.left_out) - _MOST_NAMED} more paragraphs"
    reasons: dict[str, list[str]] = {}
    for row in plan.rows:
        if row.caveats:
            reasons.setdefault("; ".join(row.caveats), []).append(row.listed.label)
    for reason, labels in list(reasons.items())[:_MOST_NAMED]:
        needs = "reference {} needs" if len(labels) == 1 else "references {} need"
        yield f"{needs.format(_first_names(labels))} manual review: {reason}"
    if len(reasons) > _MOST_NAMED:
        more = [label for labels in list(reasons.values())[_MOST_NAMED:] for label in labels]
        yield f"{quantity(len(more), 'more reference')} to review, see the table"
    if listing.has_markers:
        uncited = [row.listed.label for row in plan.rows if not _cited(row, listing).times]
        if uncited:
            yield f"never cited in the text: {_first_names(uncited)}"
    elif listing.has_markers is False:
        yield "the text has no citation markers"
    ids = {row.id for row in plan.rows} | set(plan.unprinted)
    undefined = [*listing.undefined, *(f"@{key}" for key in listing.by_key if key not in ids)]
    if undefined:
        yield f"cited, but not in the list: {_first_names(undefined)}"
    if plan.unprinted:
        where = "no longer printed" if listing.is_printed else f"not in {listing.path}"
        yield f"{where}, but still in the file and still checked: {_first_names(plan.unprinted)}"
        yield f"to remove one of them, delete its entry from {place}"


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
