"""What the commands that change a library have in common: identifiers and days given, diffs shown, files written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.cli.output import to_stdout
from evidence.cli.trail import Replacement, note, own_trail, replace_under
from evidence.library.diff import diff_lines
from evidence.library.editor import Edited, save, saved_bytes
from evidence.model import dates, identifiers
from evidence.model.audit import ActionStatus, AuditEntry
from evidence.model.dates import PartialDate
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.text import one_line, plain_ascii
from evidence.model.urls import Malformed
from evidence.storage.encoding import digest

# What the commands that change a library have in common: identifiers and days given, diffs shown, files written.

_PREFIXES = {str(kind): kind for kind in IdKind if kind is not IdKind.URL}
_BARE = (IdKind.SETID, IdKind.DOI, IdKind.PMCID)
_EXPECTED = "write pmid:23359310, pmcid:PMC…, doi:10.…/…, setid:… or an address that begins with https://"


def identifier_of(text: str) -> Identifier:
    """The identifier that an argument names: `pmid:…`, `pmcid:…`, `doi:…`, `setid:…`, an address, or without prefix.

    Digits alone may be many things, and are refused.

    Raises:
        UsageError: with what is wrong with it.
    """
    prefix, colon, rest = text.strip().partition(":")
    kind = _PREFIXES.get(prefix.lower()) if colon else None
    if kind is not None:
        return _parsed(kind, rest.strip())
    if "://" in text:
        return identifiers.from_url(text) or _parsed(IdKind.URL, text)
    for bare in _BARE:
        read = identifiers.parse(bare, text)
        if isinstance(read, Identifier):
            return read
    asked = f"did you mean pmid:{text.strip()}?" if text.strip().isdigit() else _EXPECTED
    raise UsageError(f"{text!r} is no identifier", fix=asked)


def _parsed(kind: IdKind, text: str) -> Identifier:
    read = identifiers.parse(kind, text)
    if isinstance(read, Malformed):
        raise UsageError(f"{text!r}: {read.message}", fix=read.suggestion or _EXPECTED)
    if read.kind not in identifiers.FIELD_OF:
        raise UsageError(f"{read} cannot be looked up: no source is asked about {read.kind.upper()}s yet")
    return read


class ReadOn(click.ParamType[PartialDate]):
    """The day on which a person read a source: YYYY-MM-DD, YYYY-MM, or `today`.

    `today` is the day where the command runs. A day that lies ahead everywhere is refused.
    """

    name = "DATE|today"

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> PartialDate:
        """The date, or a usage error that says what is expected."""
        if isinstance(value, PartialDate):
            return value
        today = date.today()  # noqa: DTZ011 - the reader's own day, not UTC's
        if value == "today":
            return PartialDate(today.year, today.month, today.day)
        try:
            read = dates.parse(value)
        except dates.DateError as error:
            self.fail(str(error), param, ctx)
        if self._exact and not read.is_exact:
            self.fail(f"{value}: the day is needed, as YYYY-MM-DD", param, ctx)
        if read.earliest > today + timedelta(days=1):
            self.fail(f"{value} lies ahead: nobody has read anything then", param, ctx)
        return read


def keep(edited: Edited, deed: AuditEntry) -> None:
    """Write the edited file; the deed goes into the audit trail, where one is kept: what is to be done, then its end.

    Raises:
        FileError: as by `evidence.library.saving.save`; the trail tells of that, too.
        StoreError: the trail cannot be lengthened; then nothing was written.
    """
    source = edited.before
    with own_trail() as trail:
        if trail is None:
            save(edited)
            return
        file = Replacement(Path(source.path), source.sha256 or None, digest(saved_bytes(edited)), lambda: save(edited))
        replace_under(trail, deed, file)


def refused(deed: AuditEntry) -> None:
    """Take down in the audit trail that a deed was not allowed, where a trail is kept.

    Raises:
        StoreError: it cannot be taken down.
    """
    note(replace(deed, ending=ActionStatus.REFUSED))


def show_diff(edited: Edited, environ: Mapping[str, str]) -> None:
    """The edits as a unified diff on standard output; in colour, and harmless, on a terminal."""
    echo_diff(diff_lines(edited.before, edited.edits), environ)


def echo_diff(lines: Iterable[str], environ: Mapping[str, str]) -> None:
    """A diff's lines, as by `show_diff`."""
    terminal = sys.stdout.isatty()
    colour = terminal and not environ.get("NO_COLOR")
    encoding = sys.stdout.encoding or "utf-8"
    shown = (
        _harmless(line) if terminal else line.encode(encoding, "backslashreplace").decode(encoding) for line in lines
    )
    to_stdout("".join(_coloured(line) if colour else line for line in shown))


def _harmless(line: str) -> str:
    body = line.rstrip("\r\n")
    shown = body[:1] + "".join(c if c.isprintable() or c == "\t" else one_line(c) for c in body[1:]) + "\n"
    return plain_ascii(shown) if not (sys.stdout.encoding or "ascii").lower().startswith("utf") else shown


def _coloured(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
