"""`evidence format`: a library's own layout, put in order."""

from __future__ import annotations

import os

import click

from evidence.cli.edit import save_recorded, show_diff
from evidence.cli.output import echo_lines
from evidence.library.files import default_libraries, find_libraries, read_source
from evidence.library.formatter import formatted
from evidence.library.reader import claims_file, read_text, waivers_file
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import UsageError
from evidence.model.report import Exit


@click.command(name="format")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Show what would change, write nothing; exit 1 if a file would change.")
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Put the keys of all entries in FILES (default: those in this folder) in order; quote identifiers consistently.

    This includes the keys of waivers and claims, and the waivers.yaml and claims.yaml next to a file. Comments stay
    with their keys, and the content of the file does not change. Formatting again changes nothing.
    """
    if not all(files):
        raise UsageError("an empty file name", fix="name a file, a directory or a pattern")
    sources = [read_source(path) for path in find_libraries(files or default_libraries())]
    for source in sources:
        read_text(source)  # what cannot be read as a library is refused as by every command
    beside = (file_of(source.path) for file_of in (waivers_file, claims_file) for source in sources)
    companions = [path for path in beside if path.is_file()]
    results = [formatted(source) for source in sources]
    results += [formatted(read_source(path), read_as_library=False) for path in companions]
    changed = [edited for edited in results if edited.edits]
    for edited in changed:
        if diff:
            show_diff(edited, os.environ)
        elif not check:
            save_recorded(edited, AuditEntry(AuditAction.FORMAT, edited.before.path))
    verb = "would be formatted" if check or diff else "formatted"
    echo_lines(f"{edited.before.path}: {verb}" for edited in changed)
    if len(results) > len(changed):
        echo_lines([f"{len(results) - len(changed)} of {len(results)} files already formatted"])
    ctx.exit(Exit.FINDINGS if changed and (check or diff) else Exit.CLEAN)
