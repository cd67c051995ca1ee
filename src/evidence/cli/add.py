"""`evidence add`: sources found at their authorities and written as complete entries."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from evidence.app.add import Addition, AddRequest, Declined, decide, known_works, library_to_add, with_named
from evidence.app.check import Checker, CheckRequest
from evidence.cli.edit import ReadingDay, address_of, identifier_of, record_refusal, save_recorded, show_diff
from evidence.cli.guard import JobFileRole, job_files, refuse_overwriting
from evidence.cli.options import ca_bundle_option, store_option
from evidence.cli.output import ProgressBar, echo_failed_lookups, echo_lines, echo_wait
from evidence.cli.settings import actor_from, settings_from, store_from
from evidence.library.editor import AddEntries, edit, source_or_new
from evidence.library.reader import read_text, with_files_around
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, names_work
from evidence.model.ports import SystemClock
from evidence.model.records import Page, Record
from evidence.model.references import Library
from evidence.model.report import Exit, Mode
from evidence.model.rule import VOID_WORDS
from evidence.model.version import __version__
from evidence.storage.store import Store


@click.command(name="add")
@click.argument("identifiers", nargs=-1, required=True, metavar="IDENTIFIER...")
@click.option(
    "--file", "-f", "file", default="references.yaml", show_default=True, metavar="FILE", help="The references file."
)
@click.option("--id", "name", metavar="ID", help="Id of the new entry (default: author and year, such as smith-2007).")
@click.option(
    "--accessed", type=ReadingDay(), help="Date on which you read the source (default: no access date is written)."
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, as a diff; write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Add the source even if it is retracted, already in the file, or a page that cannot be read.",
)
@click.option("--offline", is_flag=True, help="Run offline: only sources with cached results can be added.")
@store_option
@ca_bundle_option
@click.pass_context
def command(ctx: click.Context, /, identifiers: tuple[str, ...], **options: Any) -> None:
    """Add sources to a references file: pmid:…, pmcid:…, doi:…, setid:…, nct:… or web addresses.

    Each source is looked up as in `check`, and a complete entry is added at the end of the list; nothing else
    in the file changes. Sources that are retracted, or already in the file under any identifier, are refused.

    Exit status: 0 all were added, 1 some were refused or do not exist, 3 some look-ups failed.
    """
    addresses = {identifier_of(text): address_of(text) for text in identifiers}
    refuse_overwriting([Path(options["file"])], job_files(os.environ, store=options["store"]), JobFileRole.REFERENCES)
    source = source_or_new(Path(options["file"]))
    library = with_files_around(read_text(source))
    request = AddRequest(id=options["name"], accessed=options["accessed"], force=options["force"])
    _require_usable_id(request.id, tuple(addresses), library)
    additions: list[Addition] = []
    declined: list[Declined] = []
    for decision in _decisions(library, addresses, request, options):
        if isinstance(decision, Addition):
            additions.append(decision)
        else:
            declined.append(decision)
    edited = edit(source, [AddEntries([addition.fields for addition in additions])] if additions else [])
    if edited.refused:
        raise edited.refused[0].reason
    path = edited.before.path
    if options["dry_run"]:
        show_diff(edited, os.environ)
    elif additions:
        details = {"added": ", ".join(addition.id for addition in additions)}
        save_recorded(edited, AuditEntry(AuditAction.ADD, path, details=details))
    refused = {str(item.identifier): item.why for item in declined if not item.unanswered}
    if refused and not options["dry_run"]:
        record_refusal(AuditEntry(AuditAction.ADD, path, details=refused))
    echo_lines(_result_lines(additions, declined, path, written=not options["dry_run"]))
    if not options["offline"] and any([*(item.unanswered for item in declined), *(item.unasked for item in additions)]):
        echo_failed_lookups()
    if refused:
        ctx.exit(Exit.FINDINGS)
    ctx.exit(Exit.INCOMPLETE if declined or any(addition.unasked for addition in additions) else Exit.CLEAN)


def _require_usable_id(name: str | None, identifiers: tuple[Identifier, ...], library: Library) -> None:
    if name is None:
        return
    if len(identifiers) > 1:
        raise UsageError("--id can be used with one identifier only", fix="add the sources one by one")
    if not name.strip() or not name.isprintable() or name != name.strip():
        raise UsageError(f"--id {name!r} is not a valid id")
    if name.startswith(CLAIM_PREFIX):
        raise UsageError(f"--id {name} is not a valid id of a reference: {CLAIM_PREFIX} names claims")
    if name in {reference.id for reference in library.references} | {claim.id for claim in library.claims}:
        raise UsageError(f"the id {name} is already used in {library.path}")


def _decisions(
    library: Library, addresses: Mapping[Identifier, str | None], request: AddRequest, options: dict[str, Any]
) -> list[Addition | Declined]:
    """Look the identifiers up and decide which become entries; `addresses` are those that they were given as."""
    clock = SystemClock()
    progress = ProgressBar(clock.monotonic, visible=True)
    mode = Mode.OFFLINE if options["offline"] else Mode.ONLINE
    settings = settings_from(os.environ, ca_bundle=options["ca_bundle"])
    path = store_from(os.environ, options["store"])
    with Store.open(path, tool_version=__version__, clock=clock, on_wait=echo_wait) as store:
        checker = Checker(settings, store, clock, progress)
        naming = [identifier for identifier in addresses if names_work(identifier.value)]
        named = checker.named_by(naming) if naming and mode is Mode.ONLINE else {}
        request, declined = with_named(request, addresses, named)
        new = library_to_add(library, list(request.addresses), request.accessed)
        known = known_works(library, checker.recall(library.references))
        report = checker.consider(CheckRequest(libraries=(new,), mode=mode, actor=actor_from(os.environ, None)))
    progress.clear()
    return [*decide(report, known, request), *declined]


def _result_lines(additions: list[Addition], declined: list[Declined], path: str, *, written: bool) -> Iterator[str]:
    verb = "added" if written else "would add"
    for addition in additions:
        yield f"{verb} {addition.id}: {_described(addition)}"
        for finding in addition.findings:
            word = VOID_WORDS.get(finding.code)
            label = f"WARNING: {word}" if word else str(finding.severity)
            yield f"  {label}: {finding.message} ({finding.code})"
        yield from (f"  NOT CHECKED: {unasked}; run `evidence check`" for unasked in addition.unasked)
    for item in declined:
        yield f"{item.identifier} not added: {item.why}"
    if additions and written:
        yield f"{path}: {len(additions)} {'entry' if len(additions) == 1 else 'entries'} written"
        if any(isinstance(addition.record, Page) for addition in additions):
            yield "a page does not identify an article; for an article, add the PMID or DOI"
        if not any("accessed" in addition.fields for addition in additions):
            yield "no access date was written; use --accessed today once you have read the source"


def _described(addition: Addition) -> str:
    match addition.record:
        case Page(title=title):
            return f"{addition.identifier}, {title.strip() or 'a page without a title'}"
        case Record(title=title):
            return f"{addition.identifier}, {title.strip()}"
        case None:
            return f"{addition.identifier}, unseen"
