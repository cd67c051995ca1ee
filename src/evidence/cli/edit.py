"""What the commands that change a library share: identifiers and days as arguments, diffs, files written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.cli.output import prints_unicode, to_stdout
from evidence.cli.trail import Replacement, command_trail, record, replace_recorded
from evidence.documents.identify import recognise
from evidence.library.diff import diff_lines
from evidence.library.editor import Edited, save, saved_bytes
from evidence.model import dates, identifiers
from evidence.model.audit import ActionStatus, AuditEntry
from evidence.model.dates import PartialDate
from evidence.model.errors import UsageError
from evidence.model.identifiers import ARTICLES, Identifier, IdKind
from evidence.model.text import one_line, plain_ascii
from evidence.model.urls import Malformed
from evidence.storage.encoding import digest

_PREFIXES = {str(kind): kind for kind in IdKind if kind not in {IdKind.URL, IdKind.CONTENTS, IdKind.NOTICES}}
_WITHOUT_PREFIX = (IdKind.SETID, IdKind.DOI, IdKind.PMCID, IdKind.NCT)
_EXPECTED = "use pmid:23359310, pmcid:PMC…, doi:10.…/…, setid:…, nct:NCT… or an address that starts with https://"


def identifier_of(text: str) -> Identifier:
    """The identifier that an argument names: `pmid:…`, `setid:…`, `nct:…`, an address, or without prefix.

    Digits alone may be many things, and are refused.

    Raises:
        UsageError: with what is wrong with it.
    """
    prefix, colon, rest = text.strip().partition(":")
    kind = _PREFIXES.get(prefix.lower()) if colon else None
    if kind is not None:
        return _parsed(kind, rest.strip())
    if "://" in text:
        printed = recognise(text).identifiers
        carried = next((found for found in printed if found.kind in ARTICLES), None)
        return identifiers.from_url(text) or carried or _parsed(IdKind.URL, text)
    if alias := identifiers.short_doi(text):
        return Identifier(IdKind.URL, f"https://doi.org/{alias.removeprefix('10/')}")
    for bare in _WITHOUT_PREFIX:
        parsed = identifiers.parse(bare, text)
        if isinstance(parsed, Identifier):
            return parsed
    fix = f"did you mean pmid:{text.strip()}?" if text.strip().isdigit() else _EXPECTED
    raise UsageError(f"{text!r} is not a recognised identifier", fix=fix)


def address_of(text: str) -> str | None:
    """The address that an argument is, unless it is the page that every entry of its identifier has."""
    parsed = identifiers.parse(IdKind.URL, text) if "://" in text else None
    if not isinstance(parsed, Identifier) or identifiers.is_own_page(parsed.value):
        return None
    return parsed.value


def _parsed(kind: IdKind, text: str) -> Identifier:
    parsed = identifiers.parse(kind, text)
    if isinstance(parsed, Malformed):
        raise UsageError(f"{text!r}: {parsed.message}", fix=parsed.suggestion or _EXPECTED)
    return parsed


class ReadingDay(click.ParamType[PartialDate]):
    """The day on which a person read a source: YYYY-MM-DD, YYYY-MM, or `today`.

    `today` is the day where the command runs. A day that is in the future everywhere is refused.
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
            day = dates.parse(value)
        except dates.DateError as error:
            self.fail(f"{value} is not a date (YYYY-MM-DD or today)" if self._exact else str(error), param, ctx)
        if self._exact and not day.is_exact:
            self.fail(f"{value} has no day (use YYYY-MM-DD)", param, ctx)
        if day.earliest > today + timedelta(days=1):
            self.fail(f"{value} is in the future", param, ctx)
        return day


def save_recorded(edited: Edited, entry: AuditEntry) -> None:
    """Write the edited file; where an audit trail is kept, it records what is to be done, then how it ended.

    Raises:
        FileError: the file cannot be written; the trail records that, too.
        StoreError: the trail cannot be extended; then nothing was written.
    """
    source = edited.before
    with command_trail() as trail:
        if trail is None:
            save(edited)
            return
        file = Replacement(Path(source.path), source.sha256 or None, digest(saved_bytes(edited)), lambda: save(edited))
        replace_recorded(trail, entry, file)


def record_refusal(entry: AuditEntry) -> None:
    """Record that an action was not allowed, where an audit trail is kept.

    Raises:
        StoreError: it cannot be recorded.
    """
    record(replace(entry, ending=ActionStatus.REFUSED))


def show_diff(edited: Edited, environ: Mapping[str, str]) -> None:
    """The edits as a unified diff on standard output; on a terminal in colour, and with nothing that could steer it."""
    echo_diff(diff_lines(edited.before, edited.edits), environ)


def echo_diff(lines: Iterable[str], environ: Mapping[str, str]) -> None:
    """A diff's lines, as by `show_diff`."""
    if sys.stdout.isatty():
        color = not environ.get("NO_COLOR")
        printed = (_styled(_printable(line)) if color else _printable(line) for line in lines)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        printed = (line.encode(encoding, "backslashreplace").decode(encoding) for line in lines)
    to_stdout("".join(printed))


def _printable(line: str) -> str:
    body = line.rstrip("\r\n")
    escaped = body[:1] + "".join(c if c.isprintable() or c == "\t" else one_line(c) for c in body[1:]) + "\n"
    return escaped if prints_unicode() else plain_ascii(escaped)


def _styled(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return click.style(line, bold=True)
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=color) if color else line
