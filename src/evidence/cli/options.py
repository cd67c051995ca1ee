"""The option types and the options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from evidence.cli.formats import FORMS, target_of
from evidence.model.claims import CLAIM_PREFIX, Claim
from evidence.model.errors import UsageError
from evidence.model.policy import Severity
from evidence.model.references import Library
from evidence.model.text import one_line, shell_command

F = TypeVar("F", bound=Callable[..., Any])
FIRST_YEAR, LAST_YEAR = 1900, 2999


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error that says what is expected."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a date (YYYY-MM-DD)", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value!r} is not a date between {FIRST_YEAR} and {LAST_YEAR}", param, ctx)
        return day


class FormatOption(click.ParamType[str]):
    """A format's name, alone or with `=FILE`."""

    name = "FORMAT[=FILE]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is, if it names a format; the error of `target_of` otherwise."""
        del param, ctx
        target_of(value)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the formats."""
        del ctx, param
        return [CompletionItem(form) for form in FORMS if form.startswith(incomplete)]


def complete_rule(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes of rules that begin with what was typed, for the shell's Tab key."""
    from evidence.app.registry import RULES  # noqa: PLC0415 - only completion needs it here

    del ctx, param
    return [CompletionItem(rule.code, help=rule.name) for rule in RULES if rule.code.startswith(incomplete.upper())]


def combined(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


files_argument = click.argument("files", nargs=-1, type=click.Path(readable=False), metavar="[FILES]...")

store_option = click.option(
    "--store",
    type=click.Path(readable=False),
    metavar="FILE",
    help="The store (default: $EVIDENCE_STORE, then the configuration, then evidence.db).",
)

log_option = click.option(
    "--log",
    metavar="FILE",
    help="The log of the audit trail (default: $EVIDENCE_LOG, then the configuration, then a file next to the store).",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")

ca_bundle_option = click.option(
    "--ca-bundle",
    metavar="FILE",
    help="CA certificates to trust, and no others (default: $SSL_CERT_FILE, $CURL_CA_BUNDLE or $REQUESTS_CA_BUNDLE,"
    " otherwise the built-in ones and the system's).",
)
lock_option = click.option(
    "--lock", metavar="FILE", help="The lock file (default: references.lock.json next to references.yaml)."
)

force_option = click.option(
    "--force",
    is_flag=True,
    help="Replace an existing output file, whatever it contains, but never a file that the command itself needs.",
)
"""For every command that writes an output; without it only an earlier one of the same kind is replaced."""

run_options = combined(
    click.option(
        "--fail-on",
        type=click.Choice([str(severity) for severity in Severity], case_sensitive=False),
        help="Exit 1 if any finding has this severity or a higher one (default: error).",
    ),
    click.option(
        "--on-incomplete",
        type=click.Choice(["fail", "warn"]),
        help="If look-ups failed: exit 3 (fail), or exit 0 with a clear notice unless a known retraction is"
        " affected (warn). Default: fail.",
    ),
    click.option("--as-of", type=Day(), help="Check as of this date (default: today in UTC)."),
    click.option(
        "--actor",
        metavar="NAME",
        help="Name of the person who runs this (default: $EVIDENCE_ACTOR, otherwise the user name).",
    ),
)

judging_options = combined(
    click.option(
        "--select",
        multiple=True,
        metavar="RULE",
        shell_complete=complete_rule,
        help="Show only these rules: a code, a name or a family (ACC001, ACC).",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="RULE",
        shell_complete=complete_rule,
        help="Leave out these rules: a code, a name or a family.",
    ),
    run_options,
)

output_options = combined(
    click.option(
        "--format",
        "forms",
        multiple=True,
        type=FormatOption(),
        help=f"A format, optionally with a file to write it to; can be repeated. One of {', '.join(FORMS)} "
        "(default: text, on standard output).",
    ),
    click.option(
        "--brief",
        is_flag=True,
        help="A report of one or two pages to print and sign, as HTML; the same as --format brief.",
    ),
    click.option(
        "--output",
        "-o",
        type=click.Path(readable=False),
        metavar="FILE",
        help="Write the format without a file of its own to FILE instead of standard output.",
    ),
    force_option,
    click.option(
        "--no-annotations",
        is_flag=True,
        help="In GitHub Actions or GitLab CI, print only the text report: no annotations, no job summary.",
    ),
    click.option(
        "--verbose",
        "-v",
        count=True,
        help="Show everything: every reference with its look-ups, every info with its fix.",
    ),
    click.option("--quiet", "-q", is_flag=True, help="Show only errors, warnings and the summary; no progress bar."),
)


def name_and_files(name: str, files: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A reference as it is named, `ID` or `FILE::ID`: its id, and the files among which it is looked for.

    Several files may have the same id. What comes before `::` is a file when there is one of this name, or when it has
    the name of a references file; else the text is an id that contains `::`.
    """
    file, colons, own = name.partition("::")
    if colons and file and own and (Path(file).exists() or file.endswith((".yaml", ".yml"))):
        return own, (file,)
    return name, files


def ambiguous_reference(name: str, paths: Sequence[str], files: Sequence[str]) -> UsageError:
    """The error for a reference that several files have; with the command as it was given, once for each file."""
    given = [word for word in sys.argv[1:] if word not in files]
    commands = " or ".join(
        f"`{shell_command(*(f'{path}::{name}' if word == name else word for word in given))}`"
        for path in paths[:_MOST_COMMANDS]
    )
    listed = ", ".join(paths)
    what = f"the id {name} is in {len(paths)} files" if name != "-" else "- could refer to any of these files"
    return UsageError(f"{what}: {listed}", fix=f"name the file that you mean: {commands}")


_MOST_COMMANDS = 3


def unknown_reference(name: str, ids: Sequence[str]) -> UsageError:
    """The error for a reference that no file has; it names the first ids that there are."""
    known = ", ".join(one_line(other) for other in ids[:12]) + (" …" if len(ids) > 12 else "")
    return UsageError(f"no reference has the id {name}", fix=f"known ids: {known}" if ids else None)


def claim_named(name: str, libraries: Sequence[Library], files: Sequence[str]) -> tuple[Library, Claim]:
    """The claim that `claim:ID` names among the libraries of these files.

    Raises:
        UsageError: no library has it, or more than one.
    """
    found = [(library, claim) for library in libraries for claim in library.claims if claim.key == name]
    if len(found) > 1:
        raise ambiguous_reference(name, [library.path for library, _ in found], files)
    if found:
        return found[0]
    ids = [claim.key for library in libraries for claim in library.claims]
    known = ", ".join(one_line(other) for other in ids[:12]) + (" …" if len(ids) > 12 else "")
    raise UsageError(f"no claim has the id {name.removeprefix(CLAIM_PREFIX)}", fix=f"known: {known}" if ids else None)
