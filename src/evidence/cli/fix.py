"""`evidence fix`: what can be fixed in a library, as a diff, and written on request."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from evidence.app.check import Checker, CheckRequest, selection_of
from evidence.app.fix import FILL, Fix, changes_of, fixes
from evidence.app.match_entries import EntryMatch, entry_matches, open_entries, to_be_matched
from evidence.app.registry import find_rule
from evidence.cli.edit import echo_diff, save_recorded, show_diff
from evidence.cli.options import Day, ca_bundle_option, store_option
from evidence.cli.output import echo, echo_failed_lookups, echo_lines
from evidence.cli.settings import actor_from, configuration_from, root_from
from evidence.cli.store import asking_checker, last_lookup_day, stored_checker, without_answer
from evidence.library.diff import diff_lines
from evidence.library.editor import Edited, Editor, edit
from evidence.library.files import SourceText, default_libraries, find_libraries, read_source, require_closed
from evidence.library.reader import read_text, with_files_around
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Cause, Named, Unavailable
from evidence.model.references import Library
from evidence.model.report import Exit, Mode, Report
from evidence.model.rule import Selection
from evidence.model.text import one_line, quantity
from evidence.rules.reference import settled_candidates


@click.command(name="fix")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--write", is_flag=True, help="Write the fixes (default: only show them).")
@click.option(
    "--accept",
    multiple=True,
    metavar="RULE",
    help="Also apply these fixes, which replace what someone wrote: MET001, STY …",
)
@click.option("--interactive", "-i", is_flag=True, help="Ask about every fix (y, n, q), then write those you accepted.")
@click.option("--select", multiple=True, metavar="RULE", help="Only fixes for these rules: a code, a name or a family.")
@click.option(
    "--fill", is_flag=True, help="Add title, authors, journal … if the entry lacks them and the record has them."
)
@click.option(
    "--match",
    is_flag=True,
    help="Search NCBI and Crossref for missing PMIDs and DOIs (no other option sends requests).",
)
@click.option("--offline", is_flag=True, help="Run offline: --match searches cached results only.")
@click.option("--as-of", type=Day(), help="Check as of this date (default: the date of the last look-up).")
@store_option
@ca_bundle_option
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Fix what can be fixed automatically in FILES (default: those in this folder), from stored results.

    Fixed with --write: identifiers and addresses that are not in standard form (IDN002), links that have
    moved permanently (LNK005), missing PMIDs, PMCIDs and DOIs (MET007). Fixed only if you accept them: fields
    that differ from the record (MET001 to MET005, IDN005), and cited-as in a form other than the house style
    (STY001 to STY008). Never changed: accessed, and anything that no fix names. No requests are sent; run
    `evidence check` first.

    --match searches for the entries reported as REF003, REF008 and REF009, as `import` does: their citations
    are sent to NCBI and Crossref. A certain match is written; uncertain ones are added as candidates.

    Exit status: 0 nothing to fix, or written; 1 some fixes were not written; 3 some look-ups failed.
    """
    if options["interactive"] and options["write"]:
        raise click.UsageError("--interactive writes what you accept; omit --write")
    select, accept = selection_of(options["select"], ()), selection_of(options["accept"], ())
    if not all(files):
        raise UsageError("an empty file name", fix="name a file, a directory or a pattern")
    paths = find_libraries(files or default_libraries())
    write = options["write"] or options["interactive"]
    if write:
        for path in paths:
            require_closed(path)
    sources = [read_source(path) for path in paths]
    results = []
    is_asking = options["match"] and not options["offline"]
    open_checker = (
        asking_checker(options["store"], options["ca_bundle"])
        if is_asking
        else stored_checker(options["store"], "only fixes that need no look-up are made")
    )
    unasked = False
    with open_checker as checker:
        for source in sources:
            library, report = _looked_at(checker, source, options)
            matched = _matches(checker, library, report, offline=options["offline"]) if options["match"] else []
            unasked = unasked or any(match.unasked for match in matched)
            own = [match.fix for match in matched if match.fix is not None]
            found = [
                fix
                for fix in [*own, *fixes(library, report, fill=options["fill"])]
                if fix.code == FILL or not select.selected or _is_named(fix, select)
            ]
            chosen: list[Fix] = []
            left: list[Fix] = []
            if options["interactive"]:
                chosen = _taken(source, found)
            else:
                for fix in found:
                    (chosen if not fix.needs_consent or _is_named(fix, accept) else left).append(fix)
            results.append((edit(source, changes_of(chosen)), chosen, left))
            echo_lines(_match_lines(matched))
    unwritten = False
    for edited, chosen, left in results:
        if not write:
            show_diff(edited, os.environ)
            unwritten = unwritten or bool(edited.edits)
        elif edited.edits:
            save_recorded(edited, AuditEntry(AuditAction.FIX, edited.before.path, details=_recorded_details(chosen)))
        echo_lines(_result_lines(edited, left, written=write))
    if unasked and not options["offline"]:
        echo_failed_lookups()
    ctx.exit(Exit.FINDINGS if unwritten else Exit.INCOMPLETE if unasked else Exit.CLEAN)


def _looked_at(checker: Checker, source: SourceText, options: Mapping[str, Any]) -> tuple[Library, Report]:
    """A library judged by what the store holds; says on standard error what could not be looked at."""
    library = with_files_around(read_text(source, configuration_from(os.environ).policy), root_from(os.environ))
    report = checker.look(
        CheckRequest(
            libraries=(library,),
            mode=Mode.OFFLINE,
            actor=actor_from(os.environ, None),
            as_of=options["as_of"] or last_lookup_day(checker.store, library),
        )
    )
    unchecked = {item.reference for item in report.unchecked} & without_answer(checker.store, [library])
    if unchecked:
        names = ", ".join(sorted(unchecked)[:5]) + (" …" if len(unchecked) > 5 else "")
        verb = "has" if len(unchecked) == 1 else "have"
        what = f"{quantity(len(unchecked), 'reference')} {verb} no usable result ({names})"
        echo_lines([f"{library.path}: {what}; run `evidence check` first"])
    for finding in report.findings:
        if finding.code == settled_candidates.code:  # a person may have written something beside the candidates
            line = finding.place.line
            echo_lines([f"{finding.reference}: already has an identifier; delete its candidates by hand (line {line})"])
    return library, report


def _matches(checker: Checker, library: Library, report: Report, *, offline: bool) -> list[EntryMatch]:
    """What was found of the entries of which no registry's number is known."""
    entries = open_entries(library, report)
    addresses = [entry.naming for entry in entries if entry.naming is not None and not entry.printed]
    silence = dict.fromkeys(addresses, Unavailable("offline", Cause.OFFLINE))
    named: Mapping[Identifier, Named] = silence if offline or not addresses else checker.named_by(addresses)
    wanted = to_be_matched(entries, named)
    matches = checker.match([entry.text for entry in wanted], offline=offline) if wanted else ()
    by_index = {entry.index: match for entry, match in zip(wanted, matches, strict=True)}
    return list(entry_matches(entries, named, by_index))


def _match_lines(matched: Iterable[EntryMatch]) -> Iterator[str]:
    """What was found of each entry, for standard error."""
    for match in matched:
        yield f"{match.reference}: {match.fix.why if match.fix else '; '.join(match.caveats)}"


def _is_named(fix: Fix, selection: Selection) -> bool:
    rule = find_rule(fix.code)
    return bool(selection.selected & {fix.code, fix.code[:3], rule.name if rule else ""})


def _taken(source: SourceText, found: Iterable[Fix]) -> list[Fix]:
    """The fixes that the person at the terminal takes, each shown as a diff."""
    taken: list[Fix] = []
    editor = Editor(source)
    for fix in found:
        edits = [item for change in changes_of([fix]) for item in editor.take(change)]
        if not edits:
            continue
        echo(f"\n{one_line(f'{fix.reference}: {fix.why} ({fix.code})')}")
        echo_diff(diff_lines(source, edits), os.environ)
        answer = click.prompt("Apply this fix?", type=click.Choice(["y", "n", "q"]), default="n")
        if answer == "q":
            break
        if answer == "y":
            taken.append(fix)
    return taken


def _recorded_details(chosen: Iterable[Fix]) -> dict[str, str]:
    """What was fixed, for the audit trail: by itself, and what a person accepted."""
    details: dict[str, list[str]] = {}
    for fix in chosen:
        fields = ", ".join(fix.fields) or "cited-as"
        key = "accepted" if fix.needs_consent else "mended"
        details.setdefault(key, []).append(f"{fix.code} {fix.reference} ({fields})")
    return {key: "; ".join(fixed) for key, fixed in details.items()}


def _result_lines(edited: Edited, left: list[Fix], *, written: bool) -> Iterator[str]:
    path, number = edited.before.path, len(edited.edits)
    for refused in edited.refused:
        yield f"not fixed: {refused.reason}"
    if written and number:
        yield f"{path}: {quantity(number, 'fix', 'es')} written"
    elif number:
        yield f"{path}: {quantity(number, 'fix', 'es')} available; apply with --write"
    else:
        yield f"{path}: nothing {'was fixed' if written else 'to fix'}"
    if left:
        codes = Counter(fix.code for fix in left)
        named = ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))
        verb = "needs" if len(left) == 1 else "need"
        what = f"{quantity(len(left), 'more fix', 'es')} {verb} your approval ({named})"
        yield f"{path}: {what}: --accept CODES or --interactive"
        yield from (f"  {fix.reference}: {fix.why} ({fix.code})" for fix in left[:20])
