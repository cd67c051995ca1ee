"""The audit trail as the commands use it: where it is kept, how a deed is taken down, how a file is replaced under it.

A trail is kept where there is one: beside a store or a log that exists, or where a store or a log is named by an
option, the environment or the configuration. Elsewhere a command that only edits a file leaves no other behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from evidence.audit.events import FILE, Became, edit_result, relative_name
from evidence.audit.events import describe_result as told_of
from evidence.cli.settings import actor_from, configuration_from, log_from, store_from
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import EvidenceError
from evidence.model.ports import SystemClock
from evidence.model.text import one_line
from evidence.model.version import __version__
from evidence.storage.store import Store
from evidence.storage.trail import StoreTrail


@dataclass(frozen=True, slots=True)
class Places:
    """Where the trail of a command is: its store and its log; `wanted` is whether one is to be kept there."""

    store: Path
    log: Path
    wanted: bool


def places_from(environ: Mapping[str, str], given: str | None, log: str | None = None) -> Places:
    """The places that an option, the environment and the configuration name."""
    configuration = configuration_from(environ)
    store = store_from(environ, given, configuration)
    where = log_from(environ, store, configuration, log)
    named = given or log or environ.get("EVIDENCE_STORE") or environ.get("EVIDENCE_LOG")
    named = named or configuration.store or configuration.log
    return Places(store, where, bool(named) or store.exists() or where.exists())


@contextmanager
def trail_of(places: Places, actor: str, as_of: date | None) -> Iterator[StoreTrail]:
    """The trail at these places, open; what is wrong with its log is told on standard error.

    Raises:
        StoreError: it cannot be opened.
    """
    clock = SystemClock()
    with Store.open(places.store, tool_version=__version__, clock=clock, log=places.log) as store:
        try:
            yield store.trail(actor, as_of or clock.now().date())
        finally:
            warn(store)


def warn(store: Store) -> None:
    """Tell on standard error what the store has met."""
    for sentence in store.warnings:
        click.echo(f"evidence: warning: {one_line(sentence)}", err=True)


@contextmanager
def own_trail() -> Iterator[StoreTrail | None]:
    """The trail of the command under way, by its own options; None where none is kept."""
    context = click.get_current_context(silent=True)
    options: Mapping[str, Any] = context.params if context else {}
    places = places_from(os.environ, options.get("store"))
    if not places.wanted:
        yield None
        return
    with trail_of(places, actor_from(os.environ, options.get("actor")), _day(options.get("as_of"))) as trail:
        yield trail


def _day(given: object) -> date | None:
    return given if isinstance(given, date) else None


def note(deed: AuditEntry) -> None:
    """Take down a deed that changes no file, where a trail is kept.

    Raises:
        StoreError: it cannot be taken down.
    """
    with own_trail() as trail:
        if trail is not None:
            settle(trail)
            trail.note(deed)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file to be replaced: what it is before and after by SHA-256 (None: no file), and how that is done."""

    path: Path
    before: str | None
    after: str
    write: Callable[[], object]


def replace_under(trail: StoreTrail, deed: AuditEntry, file: Replacement) -> None:
    """Note what is to be done, replace the file, note that it is done: a kill in between is seen and told later.

    Raises:
        EvidenceError: as `file.write` raises it, after that was noted too; or the trail cannot be lengthened.
    """
    named = relative_name(trail.folder, file.path)
    details = {**deed.details, FILE: named}
    deed = replace(deed, before=file.before, after=file.after, details=details)
    with trail.held():
        settle(trail)
        begun = trail.note(replace(deed, ending=ActionStatus.BEGUN)).sequence
        try:
            file.write()
        except EvidenceError as wrong:
            failed = replace(
                deed, ending=ActionStatus.FAILED, after=file.before, details={**details, "why": str(wrong)}
            )
            trail.note(failed, ends=begun)
            raise
        trail.note(deed, ends=begun)


def settle(trail: StoreTrail) -> None:
    """Note how edits ended that were interrupted, by what their files are now, and tell it on standard error.

    Raises:
        StoreError: the trail cannot be lengthened.
    """
    if not trail.pending():
        return
    with trail.held():
        for event in trail.pending():
            left = edit_result(event, trail.folder)
            told = told_of(left)
            ending = ActionStatus.DONE if left.became is Became.REPLACED else ActionStatus.FAILED
            details = {**event.details, "recovered": told}
            deed = AuditEntry(
                AuditAction(event.action), event.object, ending, event.before, left.sha256, event.reason, details
            )
            trail.note(deed, ends=event.sequence)
            told = f"an earlier `{event.action}` of {event.object} was interrupted: {told}"
            click.echo(f"evidence: warning: {one_line(told)}", err=True)
