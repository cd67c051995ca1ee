"""The audit trail as commands use it: where it is, recording an action, replacing a file with a record of it.

A trail is kept where there is one: beside a store or a log that exists, or where a store or a log is named by an
option, the environment or the configuration. Elsewhere a command that only edits a file creates no other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from evidence.audit.events import FILE, EditOutcome, describe_result, edit_result, relative_name
from evidence.cli.output import echo_note
from evidence.cli.settings import actor_from, configuration_from, log_from, store_from
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import EvidenceError
from evidence.model.ports import SystemClock
from evidence.model.version import __version__
from evidence.storage.store import Store
from evidence.storage.trail import StoreTrail


@dataclass(frozen=True, slots=True)
class TrailPlaces:
    """Where the trail of a command is: its store and its log; `wanted` is whether one is kept there."""

    store: Path
    log: Path
    wanted: bool


def places_from(environ: Mapping[str, str], given: str | None, log: str | None = None) -> TrailPlaces:
    """The places that the options `--store` and `--log`, the environment and the configuration name."""
    configuration = configuration_from(environ)
    store = store_from(environ, given, configuration)
    log_path = log_from(environ, store, configuration, log)
    named = given or log or environ.get("EVIDENCE_STORE") or environ.get("EVIDENCE_LOG")
    named = named or configuration.store or configuration.log
    return TrailPlaces(store, log_path, bool(named) or store.exists() or log_path.exists())


@contextmanager
def open_trail(places: TrailPlaces, actor: str, as_of: date | None) -> Iterator[StoreTrail]:
    """The trail at these places; the store's warnings go to standard error at the end.

    Raises:
        StoreError: it cannot be opened.
    """
    clock = SystemClock()
    with Store.open(places.store, tool_version=__version__, clock=clock, log=places.log) as store:
        try:
            yield store.trail(actor, as_of or clock.now().date())
        finally:
            echo_warnings(store)


@contextmanager
def command_trail() -> Iterator[StoreTrail | None]:
    """The trail of the running command, by its own options; None where none is kept."""
    context = click.get_current_context(silent=True)
    options: Mapping[str, Any] = context.params if context else {}
    places = places_from(os.environ, options.get("store"))
    if not places.wanted:
        yield None
        return
    as_of = options.get("as_of")
    actor = actor_from(os.environ, options.get("actor"))
    with open_trail(places, actor, as_of if isinstance(as_of, date) else None) as trail:
        yield trail


def record(entry: AuditEntry) -> None:
    """Record an action that changes no file, where a trail is kept.

    Raises:
        StoreError: it cannot be recorded.
    """
    with command_trail() as trail:
        if trail is not None:
            recover_edits(trail)
            trail.note(entry)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file to be replaced: its SHA-256 before (None: no file) and after, and the function that does it.

    `announced` are further details of the event that says so beforehand.
    """

    path: Path
    before: str | None
    after: str
    write: Callable[[], object]
    announced: Mapping[str, str] = field(default_factory=dict)


def replace_recorded(trail: StoreTrail, entry: AuditEntry, file: Replacement) -> None:
    """Record the intent, replace the file, record the end: an interruption in between is found and recorded later.

    Raises:
        EvidenceError: as `file.write` raises it, after that was recorded too; or the trail cannot be extended.
    """
    details = {**entry.details, FILE: relative_name(trail.folder, file.path)}
    entry = replace(entry, before=file.before, after=file.after, details=details)
    with trail.held():
        recover_edits(trail)
        beginning = replace(entry, ending=ActionStatus.BEGUN, details={**details, **file.announced})
        begun = trail.note(beginning).sequence
        try:
            file.write()
        except EvidenceError as error:
            details = {**details, "why": str(error)}
            trail.note(replace(entry, ending=ActionStatus.FAILED, after=file.before, details=details), ends=begun)
            raise
        trail.note(entry, ends=begun)


def recover_edits(trail: StoreTrail) -> None:
    """Record how interrupted edits ended, by what their files are now, and say it on standard error.

    Raises:
        StoreError: the trail cannot be extended.
    """
    if not trail.pending():
        return
    with trail.held():
        for event in trail.pending():
            result = edit_result(event, trail.folder)
            description = describe_result(result)
            ending = ActionStatus.DONE if result.outcome is EditOutcome.REPLACED else ActionStatus.FAILED
            details = {**event.details, "recovered": description}
            entry = AuditEntry(
                AuditAction(event.action), event.object, ending, event.before, result.sha256, event.reason, details
            )
            trail.note(entry, ends=event.sequence)
            echo_note(f"warning: an earlier `{event.action}` of {event.object} was interrupted: {description}")


def echo_warnings(store: Store) -> None:
    """Write the store's warnings on standard error."""
    for sentence in store.warnings:
        echo_note(f"warning: {sentence}")
