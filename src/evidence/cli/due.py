"""`evidence due`: what falls due, by owner; as a table, as CSV, as a calendar."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.app.check import CheckRequest
from evidence.app.due import (
    Verification,
    by_day,
    claims_due,
    due,
    is_due_soon,
    last_valid_day,
    sign_offs_due,
    waivers_due,
)
from evidence.app.sign import signer_roots, with_sign_offs
from evidence.audit.signoffs import RunFindings, sign_off_statuses
from evidence.cli.guard import guarded, job_files
from evidence.cli.options import Day, files_argument, force_option, store_option
from evidence.cli.output import Syntax, new_sheet, replace_all, to_stdout
from evidence.cli.overwriting import AGENDAS, OutputFile
from evidence.cli.settings import configuration_from, libraries_from, log_from, store_from
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import State
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.regex import regex
from evidence.model.report import Due, DueKind, Mode
from evidence.model.version import __version__
from evidence.reports.icalendar import render_calendar
from evidence.reports.text_history import Agenda, add_agenda, render_agenda, render_agenda_json, render_csv
from evidence.storage.store import Store

_SPAN = regex(r"([0-9]{1,5})\s*(d|w|m|y)?", re.IGNORECASE)
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


class DayCount(click.ParamType[timedelta]):
    """A number of days, weeks, months of 30 or years of 365 days: `30d`, `4w`, `6m`, `1y`."""

    name = "30d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The span, or a usage error that says what is expected."""
        if isinstance(value, timedelta):
            return value
        match = _SPAN.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not a period such as 30d, 4w or 6m", param, ctx)
        return timedelta(days=int(match[1]) * _UNITS[(match[2] or "d").lower()])


@click.command(name="due")
@files_argument
@click.option("--within", type=DayCount(), default="30d", show_default=True, help="How far to look ahead: 30d, 4w, 6m.")
@click.option("--owner", multiple=True, metavar="NAME", help="Only references of this owner; can be repeated.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "ics", "json"]), default="text", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")
@force_option
@click.option("--as-of", type=Day(), help="Count from this day (default: today in UTC).")
@store_option
def command(files: tuple[str, ...], within: timedelta, owner: tuple[str, ...], **options: Any) -> None:
    """List what is due soon or overdue for the references in FILES (default: as for `check`).

    Lists access dates that expire under the policy, references that have not been verified within the lifetime of
    their metadata, confirmations and waivers that expire, sign-offs to renew, and claims to review; overdue items
    come first. Nothing is looked up or recorded. `--format ics` makes a calendar to subscribe to.
    """
    clock = SystemClock()
    configuration = configuration_from(os.environ)
    libraries = libraries_from(files, configuration, os.environ)
    store_path = store_from(os.environ, options["store"], configuration)
    outputs = (
        [OutputFile(Path(options["output"]), AGENDAS[options["form"]], options["force"])] if options["output"] else []
    )
    files_to_write = guarded(outputs, job_files(os.environ, libraries, store=options["store"]))
    today: date = options["as_of"] or clock.now().date()
    verified: Mapping[Identifier, date] | None = None
    if store_path.exists():
        identifiers = [
            identifier
            for library in libraries
            for reference in library.references
            for identifier in reference.identifiers
        ]
        with Store.open(store_path, tool_version=__version__, clock=clock, reading=True) as store:
            verified = store.last_found(identifiers, today)
    agenda = _agenda(libraries, owner, verified, today, within)
    ending: list[Due] = []
    for library in libraries:
        owners = {reference.id: reference.owner for reference in library.references}
        owners |= {claim.key: claim.owner for claim in library.claims}
        ending += claims_due(library, today, within)
        ending += waivers_due(library.waivers, library.path, owners, today, within)
    log = log_from(os.environ, store_path, configuration)
    roots = signer_roots(os.environ, configuration)
    if log.exists():
        request = CheckRequest(libraries=libraries, mode=Mode.OFFLINE, actor="", as_of=today)
        attested = with_sign_offs(request, log, roots, clock).attested
        policies = {library.path: library.policy for library in libraries}
        ending += sign_offs_due(sign_off_statuses(attested, RunFindings({}), policies, today), today, within)
    owned = [item for item in ending if not owner or item.owner in owner]
    agenda = replace(agenda, items=by_day([*agenda.items, *owned]))
    if options["form"] == "text" and not files_to_write:
        sheet = new_sheet(os.environ)
        add_agenda(sheet, agenda)
        to_stdout(sheet.text())
        return
    text = _FORMATS[options["form"]](agenda).encode("utf-8", "backslashreplace")
    if files_to_write:  # as it is: CSV and calendars have line ends of their own
        replace_all((file, text) for file in files_to_write)
    else:
        to_stdout(text, Syntax.JSON if options["form"] == "json" else Syntax.TEXT)


_FORMATS: Mapping[str, Callable[[Agenda], str]] = {
    "text": render_agenda,
    "csv": render_csv,
    "ics": render_calendar,
    "json": render_agenda_json,
}


def _agenda(
    libraries: tuple[Library, ...],
    owners: tuple[str, ...],
    verified: Mapping[Identifier, date] | None,
    today: date,
    within: timedelta,
) -> Agenda:
    """What falls due of the references of these owners, of all without one.

    Without a store nothing is known of verifications, so none is due.
    """
    items: list[Due] = []
    soon: list[tuple[date, str]] = []
    titles: dict[tuple[str, str], str] = {}
    for library in libraries:
        for reference in library.references:
            if owners and reference.owner not in owners:
                continue
            days = [verified[i] for i in reference.identifiers if i in verified] if verified is not None else []
            state = State.FOUND if verified is None else State.NOT_CHECKED
            verification = Verification(state, max(days, default=None))
            own = list(due(reference, library.policy, verification, today, within))
            items += own
            last = last_valid_day(reference, library.policy)
            listed = any(item.kind is DueKind.ACCESSED for item in own)
            if last is not None and not listed and is_due_soon(reference, library.policy, today):
                soon.append((last, reference.id))
            titles[reference.place.path, reference.id] = reference.title or reference.cited_as or ""
        titles |= {(library.path, claim.key): claim.text for claim in library.claims}
    return Agenda(today, within, by_day(items), titles, tuple(sorted(soon)))
