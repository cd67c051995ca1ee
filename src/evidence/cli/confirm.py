"""`evidence confirm`: a person has read a source again, or a page that machines cannot see; or approves a claim."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click

from evidence.app.check import Checker
from evidence.app.confirm import (
    ConfirmRequest,
    approval_fields,
    approved_evidence,
    contradiction,
    fields_of,
    last_observations,
    observed_facts,
)
from evidence.app.due import Verification, due
from evidence.cli.completion import complete_reference_or_claim
from evidence.cli.edit import ReadingDay, record_refusal, save_recorded, show_diff
from evidence.cli.options import (
    Day,
    ambiguous_reference,
    claim_named,
    name_and_files,
    store_option,
    unknown_reference,
)
from evidence.cli.output import ProgressBar, echo_lines
from evidence.cli.settings import configuration_from, libraries_from, settings_from, store_from
from evidence.library.claims import CLAIMS
from evidence.library.editor import SetFields, edit
from evidence.library.files import SourceText, default_libraries, find_libraries, read_source, require_closed
from evidence.library.reader import read_library, read_text
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Observation, State
from evidence.model.ports import SystemClock
from evidence.model.references import Library, Reference
from evidence.model.report import Due, DueKind
from evidence.model.text import quantity
from evidence.model.version import __version__
from evidence.storage.store import Store


@click.command(name="confirm")
@click.argument("name", metavar="ID", required=False, shell_complete=complete_reference_or_claim)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--accessed", type=ReadingDay(exact=True), help="Date on which the source was read (not for a claim).")
@click.option("--by", required=True, metavar="NAME", help="Name of the person who read or approves it.")
@click.option(
    "--until", type=Day(), help="Last day on which this confirmation counts for a page that blocks automated checks."
)
@click.option(
    "--due",
    "walk",
    is_flag=True,
    help="Go through the sources that are due, and ask at the terminal when each was read.",
)
@click.option("--owner", multiple=True, metavar="NAME", help="With --due: only sources of this owner; can be repeated.")
@click.option("--dry-run", is_flag=True, help="Show the change as a diff; write nothing.")
@store_option
def command(name: str | None, files: tuple[str, ...], **options: Any) -> None:
    """Record that someone has read the source of the reference ID in FILES (default: those in this folder).

    `FILE::ID` is the reference ID of FILE, where several files have that id.

    Sets `accessed` to that date and `confirmed` to the person; if the entry has a label version
    (`spl-version`), sets it to the version that was current on that date. The last automated result for
    the source is shown, too. Nothing else in the file changes, and no requests are sent.

    `claim:ID` approves a claim as it is today: its text, kind and evidence. Sets `approved` and `reviewed`;
    if one of the three is edited later, the approval is void (CLM003).

    --due goes through the sources in FILES that have to be read again (as `evidence due` lists them), one by one,
    and shows what was last seen of each. Only a date that you type, or `today`, is written.
    """
    by = options["by"].strip()
    if not by or not by.isprintable():
        raise UsageError("--by is empty", fix="give the name of the person who read the source")
    if options["walk"]:
        _walk_due((name, *files) if name else files, by, options)
        return
    if options["owner"]:
        raise UsageError("--owner can be used with --due only", fix="omit it")
    if name is None:
        raise click.UsageError("Missing argument 'ID'.")
    claim_name, among = name_and_files(name, files)
    if claim_name.startswith(CLAIM_PREFIX):
        _approve(claim_name, among, by, options)
        return
    if options["accessed"] is None:
        raise UsageError("missing option --accessed", fix="give the date on which the source was read")
    on, until = options["accessed"].earliest, options["until"]
    named = _reference_of(files, name)
    _require_after(until, on)
    if objection := contradiction(named[2], on):
        if not options["dry_run"]:
            record_refusal(AuditEntry(AuditAction.CONFIRM, named[2].id, details={"by": by, "why": objection}))
        raise UsageError(objection, fix="nothing was written; correct the date in the file if it is wrong")
    _confirm(named, ConfirmRequest(by, on, until), options)


def _require_after(until: date | None, on: date) -> None:
    if until is not None and until < on:
        raise UsageError(f"--until {until} is before {on}")


def _confirm(named: tuple[SourceText, int, Reference], request: ConfirmRequest, options: Mapping[str, Any]) -> None:
    """Write that a source was read, and say what machines last saw of it.

    Raises:
        FileError: the entry cannot be edited.
    """
    source, index, reference = named
    by, on, until = request.by, request.on, request.until
    stored = _stored(reference, options["store"])
    observed = list(last_observations(reference, on, stored.recalled, stored.last))
    fields = fields_of(reference, request, stored.recalled)
    edited = edit(source, [SetFields(index, fields)])
    if edited.refused:
        raise edited.refused[0].reason
    if options["dry_run"]:
        show_diff(edited, os.environ)
    else:
        details = {"by": by, "accessed": str(on)} | ({"until": str(until)} if until else {})
        for identifier in reference.identifiers:
            for key, value in observed_facts(stored.recalled.get(identifier)).items():
                details[f"{key} of {identifier}"] = value
            if identifier in stored.answers:
                details[f"answer-sha256 of {identifier}"] = stored.answers[identifier]
        details["seen"] = "; ".join(observed)
        save_recorded(edited, AuditEntry(AuditAction.CONFIRM, reference.id, details=details))
    verb = "would be confirmed" if options["dry_run"] else "confirmed"
    before = f" (was {reference.accessed})" if reference.accessed else ""
    lines = [f"{reference.id}: {verb} by {by}, who read it on {on}", f"  accessed: {on}{before}"]
    if "spl-version" in fields:
        was = f"(was {reference.spl_version}), the version current on {on}"
        lines.append(f"  spl-version: {fields['spl-version']} {was}")
    if until is None and any(observation.state is State.BLOCKED for observation in stored.last):
        lines.append("  no expiry set; use --until to be reminded")
    shown = last_observations(reference, on, stored.recalled, stored.last, with_fingerprint=False)
    echo_lines([*lines, *(f"  {line}" for line in shown)])


def _walk_due(files: tuple[str, ...], by: str, options: Mapping[str, Any]) -> None:
    """Ask of each source that is due when it was read, and write what is typed.

    Raises:
        UsageError: an option contradicts it, or there is no terminal for the questions.
        FileError: an entry cannot be edited.
    """
    from evidence.reports.html import identifier_link  # noqa: PLC0415 - templates, which other confirmations do without

    if options["accessed"] is not None:
        raise UsageError("--accessed and --due cannot be used together", fix="type the date of each source when asked")
    if not sys.stdin.isatty():
        raise UsageError("no terminal for the questions", fix="confirm each source by its ID, with --accessed")
    today = SystemClock().now().date()
    found = list(_sources_due(files, options["owner"], today))
    confirmed = 0
    for path in {library.path for library, _, _ in found}:
        require_closed(Path(path))
    for number, (library, reference, items) in enumerate(found, 1):
        owner = f" ({reference.owner})" if reference.owner else ""
        echo_lines(["", f"{number} of {len(found)}: {library.path}::{reference.id}{owner}"])
        about = (reference.title or reference.cited_as, *(item.message for item in items))
        echo_lines(f"  {text}" for text in about if text)
        links = (identifier_link(str(identifier.kind), identifier.value) for identifier in reference.identifiers)
        echo_lines(f"  {link.href}" for link in links if link.href)
        stored = _stored(reference, options["store"])
        seen = last_observations(reference, today, stored.recalled, stored.last, with_fingerprint=False)
        echo_lines(f"  {line}" for line in seen)
        try:
            on = _asked_day(reference, options["until"])
        except click.Abort:
            echo_lines(["", "stopped; the confirmations made so far were written"])
            return
        if on is not None:  # the file may have changed by the last answer
            named = _reference_of((library.path,), reference.id)
            _confirm(named, ConfirmRequest(by, on, options["until"]), options)
            confirmed += 1
    verb = "would be confirmed" if options["dry_run"] else "confirmed"
    echo_lines([f"{quantity(len(found), 'source')} due, {confirmed} {verb}" if found else "nothing is due"])


def _sources_due(
    files: tuple[str, ...], owners: tuple[str, ...], today: date
) -> Iterator[tuple[Library, Reference, list[Due]]]:
    """The references whose source has to be read again, by the day on which that falls due."""
    found = []
    for library in libraries_from(files, configuration_from(os.environ), os.environ):
        for reference in library.references:
            if owners and reference.owner not in owners:
                continue
            items = [
                item
                for item in due(reference, library.policy, Verification(State.FOUND, None), today)
                if item.kind in {DueKind.ACCESSED, DueKind.CONFIRMATION}
            ]
            if items:
                found.append((min(item.on for item in items), library, reference, items))
    for _, library, reference, items in sorted(found, key=lambda entry: entry[0]):
        yield library, reference, items


def _asked_day(reference: Reference, until: date | None) -> date | None:
    """The day that is typed, None to leave this source out; asked again until it can be one."""
    while True:
        question = "  Date on which it was read (YYYY-MM-DD or today; Enter if it was not read)"
        typed = click.prompt(question, default="", show_default=False, err=True).strip()
        if not typed:
            return None
        try:
            on: date = ReadingDay(exact=True).convert(typed, None, None).earliest
            _require_after(until, on)
        except (click.BadParameter, UsageError) as error:
            echo_lines([f"  {error.message if isinstance(error, click.BadParameter) else error.what}"])
            continue
        if objection := contradiction(reference, on):
            echo_lines([f"  {objection}"])
            continue
        return on


def _approve(name: str, files: tuple[str, ...], by: str, options: Mapping[str, Any]) -> None:
    """Write that a person approves a claim as it is.

    Raises:
        UsageError: there is no such claim, more than one, or an option is not for claims.
        FileError: the claim cannot be edited in its file.
    """
    given = next((option for option in ("accessed", "until") if options[option] is not None), None)
    if given is not None:
        raise UsageError(f"--{given} cannot be used for a claim", fix="omit it: a claim is approved as it is today")
    libraries = [read_library(path) for path in find_libraries(files or default_libraries())]
    library, claim = claim_named(name, libraries, files)
    on = ReadingDay().convert("today", None, None).earliest
    source = read_source(Path(claim.place.path))
    beside = [other.id for other in library.claims if other.place.path == claim.place.path]
    edited = edit(source, [SetFields(beside.index(claim.id), approval_fields(claim, by, on), CLAIMS)])
    if edited.refused:
        raise edited.refused[0].reason
    evidence = list(approved_evidence(claim))
    if options["dry_run"]:
        show_diff(edited, os.environ)
    else:
        details = {"by": by, "on": str(on), "claim-sha256": claim.digest, "evidence": "; ".join(evidence)}
        details = {key: text for key, text in details.items() if text}
        save_recorded(edited, AuditEntry(AuditAction.APPROVE, claim.key, details=details))
    verb = "would be approved" if options["dry_run"] else "approved"
    lines = [f"{claim.key}: {verb} by {by} on {on}", f"  {claim.text}", f"  kind: {claim.kind or 'not set'}"]
    echo_lines([*lines, *(f"  {line}" for line in evidence or ["no evidence"])])


def _reference_of(files: tuple[str, ...], name: str) -> tuple[SourceText, int, Reference]:
    """The reference of this id, with its file and its place in the list.

    Raises:
        UsageError: there is none, or more than one.
    """
    name, files = name_and_files(name, files)
    found: list[tuple[SourceText, int, Reference]] = []
    ids: list[str] = []
    for path in find_libraries(files or default_libraries()):
        source = read_source(path)
        for index, reference in enumerate(read_text(source).references):
            ids.append(reference.id)
            if reference.id == name:
                found.append((source, index, reference))
    if not found:
        raise unknown_reference(name, ids)
    if len(found) > 1:
        paths = list(dict.fromkeys(source.path for source, _, _ in found))
        if len(paths) == len(found):
            raise ambiguous_reference(name, paths, files)
        places = ", ".join(f"{source.path}:{reference.place.line}" for source, _, reference in found)
        raise UsageError(f"the id {name} is used more than once ({places})", fix="make the ids unique first")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds of a reference: stored answers, the last observation of each identifier.

    `answers` are the SHA-256 of the raw answers that were given last.
    """

    recalled: Mapping[Identifier, Answer] = field(default_factory=dict)
    last: tuple[Observation, ...] = ()
    answers: Mapping[Identifier, str] = field(default_factory=dict)


def _stored(reference: Reference, given: str | None) -> _Stored:
    path = store_from(os.environ, given)
    if not path.exists():
        return _Stored()
    clock = SystemClock()
    with Store.open(path, tool_version=__version__, clock=clock, reading=True) as store:
        checker = Checker(settings_from(os.environ), store, clock, ProgressBar(clock.monotonic, visible=False))
        last = [item for identifier in reference.identifiers for item in store.observations_of(identifier)[-1:]]
        digests = {identifier: store.last_answer_about(identifier) for identifier in reference.identifiers}
        return _Stored(
            recalled=checker.recall([reference]),
            last=tuple(last),
            answers={identifier: sha256 for identifier, sha256 in digests.items() if sha256 is not None},
        )
