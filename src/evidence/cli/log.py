"""`evidence log`: the audit trail, to be read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import click

from evidence.app.verify import verify_subject
from evidence.audit.events import BEGUN, FILE, Break, Event, event_document
from evidence.audit.log import LogFile
from evidence.cli.options import Day, log_option, store_option
from evidence.cli.output import echo_json, echo_note, table_width, to_stdout
from evidence.cli.trail import places_from
from evidence.model.audit import ActionStatus
from evidence.model.ports import SystemClock
from evidence.model.text import one_line, quantity
from evidence.reports.layout import table

_WAIT = 30.0  # seconds for the lock of the log
_LONGEST_NAME, _LONGEST_REASON = 48, 120  # characters of a name, of a reason
_HEADS = ("event", "at (UTC)", "as of", "by", "what", "on", "why")


@click.command(name="log")
@click.option("--object", "subject", metavar="NAME", help="Only events about this file, reference or run.")
@click.option("--since", type=Day(), help="Only events on this day (UTC) or later.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="Show all details and the hashes.")
@log_option
@store_option
def command(subject: str | None, since: date | None, form: str, verbose: bool, **options: Any) -> None:
    """Show the audit trail: who did what to which file, reference or run, when and why; oldest first.

    An action that was announced and then completed is one line; -v and JSON show both events.

    The events are read from the store, or from the log if there is no store. To check that they have not been changed,
    run `evidence verify`.
    """
    places = places_from(os.environ, options["store"], options["log"])
    clock = SystemClock()
    with verify_subject(places.store, LogFile(places.log, clock, _WAIT), (), clock) as trail:
        events = [event for event in trail.events.values() if _is_wanted(event, subject, since)]
        links = trail.store.links if trail.store is not None else trail.log_links
        breaks = sum(isinstance(link, Break) for link in links)
        begun = (event.details.get(BEGUN, "") for event in trail.events.values())
        announcements = {int(number) for number in begun if number.isdecimal()}
    if form == "json":
        echo_json({"version": 1, "events": [event_document(event) for event in events]})
    else:
        listed = [event for event in events if verbose or event.sequence not in announcements]
        to_stdout("".join(f"{line}\n" for line in _lines(listed, verbose=verbose)))
    if breaks:
        echo_note(f"the chain is broken in {quantity(breaks, 'place')}: run `evidence verify`")


def _is_wanted(event: Event, subject: str | None, since: date | None) -> bool:
    about = subject is None or subject in {event.object, event.details.get(FILE)}
    return about and (since is None or event.at.date() >= since)


def _lines(events: list[Event], *, verbose: bool) -> Iterator[str]:
    if not events:
        yield "no matching events"
        return
    head, *rows = table([_HEADS, *map(_row, events)], width=table_width(), right=frozenset({0}))
    yield from head
    for lines, event in zip(rows, events, strict=True):
        yield from lines
        if verbose:
            yield from _detail_lines(event)


def _row(event: Event) -> tuple[str, ...]:
    ending = "" if event.ending == ActionStatus.DONE else f" {event.ending}"
    return (
        str(event.sequence),
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        event.as_of.isoformat(),
        _shortened(event.actor, _LONGEST_NAME),
        f"{event.action}{ending}",
        _shortened(event.object, _LONGEST_NAME),
        _shortened(_why(event), _LONGEST_REASON),
    )


def _shortened(text: str, longest: int) -> str:
    """Its beginning: one long name must not push all others out of view; -v and JSON have all of it."""
    return text if len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _why(event: Event) -> str:
    if event.ending in {ActionStatus.REFUSED, ActionStatus.FAILED} and "why" in event.details:
        return event.details["why"]
    reasons = (event.reason, event.details.get("recovered"), event.details.get("why"), event.details.get("was"))
    exit_status = f"exit {event.details['exit']}" if "exit" in event.details else ""
    return next(filter(None, reasons), exit_status)


def _detail_lines(event: Event) -> Iterable[str]:
    long = {
        "actor": (event.actor, _LONGEST_NAME),
        "object": (event.object, _LONGEST_NAME),
        "reason": (event.reason, _LONGEST_REASON),
    }
    if event.reason is not None and _why(event) != event.reason:
        long["reason"] = (event.reason, 0)
    full = {key: text for key, (text, longest) in long.items() if text is not None and len(text) > longest}
    details = {**full, "before": event.before, "after": event.after, **event.details, "hash": event.hash}
    return (f"       {one_line(f'{key}: {value}')}" for key, value in details.items() if value is not None)
