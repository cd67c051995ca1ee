"""`evidence fix`: what can be mended in a library, as a diff, and written on request."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import click

from evidence.app.check import Checker, selection_of
from evidence.app.fix import FILL, Fix, changes_of, fixes
from evidence.app.registry import find_rule
from evidence.app.run import CheckRequest
from evidence.cli.edit import echo_diff, save_recorded, show_diff
from evidence.cli.options import Day, store_option
from evidence.cli.output import echo_lines
from evidence.cli.settings import actor_from, configuration_from
from evidence.cli.store import last_lookup_day, stored_checker
from evidence.library.diff import diff_lines
from evidence.library.editor import Edited, Editor, edit
from evidence.library.files import SourceText, find_libraries, read_source
from evidence.library.reader import read_text, with_sibling_waivers
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import UsageError
from evidence.model.findings import Selection
from evidence.model.references import Library
from evidence.model.report import Exit, Mode, Report
from evidence.rules.reference import settled_candidates


@dataclass(frozen=True, slots=True)
class _Terms:
    """Which fixes are wanted, and which of those that need a person's word have it."""

    select: Selection
    accept: Selection
    fill: bool
    interactive: bool

    def wants(self, fix: Fix) -> bool:
        """Whether the selection names this fix."""
        return fix.code == FILL or not self.select.only or _names(fix, self.select)

    def has_word(self, fix: Fix) -> bool:
        """Whether it needs no word, or has it."""
        return not fix.needs_consent or _names(fix, self.accept)


def _names(fix: Fix, selection: Selection) -> bool:
    rule = find_rule(fix.code)
    return bool(selection.only & {fix.code, fix.code[:3], rule.name if rule else ""})


@click.command(name="fix")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--write", is_flag=True, help="Write the fixes; without it they are only shown.")
@click.option(
    "--accept", multiple=True, metavar="RULE", help="Take these, which replace what a person wrote: MET001, STY …"
)
@click.option("--interactive", "-i", is_flag=True, help="Ask about every fix (y, n, q), then write those you took.")
@click.option("--select", multiple=True, metavar="RULE", help="Only fixes of these: a code, a name or a family.")
@click.option(
    "--fill", is_flag=True, help="Add title, authors, journal … where an entry lacks them and its record not."
)
@click.option("--as-of", type=Day(), help="Judge as of this day (default: when the file was last looked up).")
@store_option
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Mend what a machine can mend in FILES (default: references.yaml), by what the store holds.

    Identifiers and addresses in another than their own form (IDN002), links that have moved for good
    (LNK005), PMIDs, PMCIDs and DOIs that are missing (MET007). Where the record contradicts a field
    (MET001 to MET005, IDN005), and where cited-as is printed in another form than the house style
    (STY001 to STY008), only what you accept. Never touched: accessed, and whatever no fix names. Nobody
    is asked; run `evidence check` first.

    Exit status: 0 nothing to mend, or written; 1 there are fixes that were not written.
    """
    if options["interactive"] and options["write"]:
        raise click.UsageError("--interactive writes what you take; leave --write out")
    terms = _Terms(
        select=selection_of(options["select"], ()),
        accept=selection_of(options["accept"], ()),
        fill=options["fill"],
        interactive=options["interactive"],
    )
    if not all(files):
        raise UsageError("an empty file name", fix="name a file, a directory or a pattern")
    sources = [read_source(path) for path in find_libraries(files or ("references.yaml",))]
    with stored_checker(options["store"], "only what needs no look-up is mended") as desk:
        mended = [_mended(desk, source, terms, options["as_of"]) for source in sources]
    unwritten = False
    for edited, chosen, left in mended:
        if options["write"] or terms.interactive:
            if edited.edits:
                save_recorded(edited, AuditEntry(AuditAction.FIX, edited.before.path, details=_told_of(chosen)))
        else:
            show_diff(edited, os.environ)
            unwritten = unwritten or bool(edited.edits)
        echo_lines(_told(edited, left, written=options["write"] or terms.interactive))
    ctx.exit(Exit.FINDINGS if unwritten else Exit.CLEAN)


def _mended(
    desk: Checker, source: SourceText, terms: _Terms, as_of: date | None
) -> tuple[Edited, list[Fix], list[Fix]]:
    """The file with its fixes made, which these are, and those that still need a person's word."""
    library = with_sibling_waivers(read_text(source, configuration_from(os.environ).policy))
    report = desk.look(
        CheckRequest(
            libraries=(library,),
            mode=Mode.OFFLINE,
            actor=actor_from(os.environ, None),
            as_of=as_of or last_lookup_day(desk.store, library),
        )
    )
    echo_lines(_silent(report, library))
    echo_lines(_left_over(report))
    found = [fix for fix in fixes(library, report, fill=terms.fill) if terms.wants(fix)]
    chosen = _asked(source, found) if terms.interactive else [fix for fix in found if terms.has_word(fix)]
    left = [] if terms.interactive else [fix for fix in found if not terms.has_word(fix)]
    return edit(source, changes_of(chosen)), chosen, left


def _told_of(chosen: Iterable[Fix]) -> dict[str, str]:
    """What was mended, for the audit trail: by itself, and what a person accepted."""
    told: dict[str, list[str]] = {}
    for fix in chosen:
        fields = ", ".join(fix.fields) or "cited-as"
        told.setdefault("accepted" if fix.needs_consent else "mended", []).append(
            f"{fix.code} {fix.reference} ({fields})"
        )
    return {key: "; ".join(some) for key, some in told.items()}


def _silent(report: Report, library: Library) -> Iterator[str]:
    """How many references could not be looked at for want of a stored answer."""
    silent = {unchecked.reference for unchecked in report.unchecked}
    if silent:
        some = ", ".join(sorted(silent)[:5]) + (" …" if len(silent) > 5 else "")
        yield f"{library.path}: of {len(silent)} references a look-up is missing ({some}); run `evidence check` first"


def _left_over(report: Report) -> Iterator[str]:
    """What is of no use any more, and stands where a person may have written something beside it."""
    for finding in report.findings:
        if finding.code == settled_candidates.code:
            yield f"{finding.reference}: has its identifier; delete its candidates by hand (line {finding.place.line})"


def _asked(source: SourceText, found: Iterable[Fix]) -> list[Fix]:
    """The fixes that the person at the terminal takes, each shown as a diff."""
    taken: list[Fix] = []
    editor = Editor(source)
    for fix in found:
        edits = [one for change in changes_of([fix]) for one in editor.take(change)]
        if not edits:
            continue
        click.echo(f"\n{fix.reference}: {fix.why} ({fix.code})")
        echo_diff(diff_lines(source, edits), os.environ)
        answer = click.prompt("Take it?", type=click.Choice(["y", "n", "q"]), default="n")
        if answer == "q":
            break
        if answer == "y":
            taken.append(fix)
    return taken


def _told(edited: Edited, left: list[Fix], *, written: bool) -> Iterator[str]:
    path, number = edited.before.path, len(edited.edits)
    for refused in edited.refused:
        yield f"not mended: {refused.reason}"
    if written and number:
        yield f"{path}: {_counted(number, 'place')} mended"
    elif number:
        yield f"{path}: {_counted(number, 'place')} to mend; --write mends them"
    else:
        yield f"{path}: nothing {'was mended' if written else 'to mend'}"
    if left:
        codes = Counter(fix.code for fix in left)
        named = ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))
        yield f"{path}: {_counted(len(left), 'more fix', 'es')} at your word ({named}): --accept CODES or --interactive"
        yield from (f"  {fix.reference}: {fix.why} ({fix.code})" for fix in left[:20])


def _counted(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
