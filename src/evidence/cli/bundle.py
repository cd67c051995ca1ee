"""`evidence bundle`: what an inspector needs to verify a run without the tool's database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from evidence.app.bundle import BoundFile, RunEvidence, is_about, members_of, zipped
from evidence.app.registry import RULES, SOURCE_TITLES
from evidence.audit.events import Event, parse_event
from evidence.audit.signoffs import sign_offs_in
from evidence.cli.completion import complete_run
from evidence.cli.guard import JobFile, JobFileRole, guarded, job_files
from evidence.cli.options import force_option, store_option
from evidence.cli.output import echo, echo_note, replace_all
from evidence.cli.overwriting import BUNDLE, OutputFile
from evidence.cli.store import open_store, report_of, resolve_run
from evidence.cli.trail import places_from, record
from evidence.library.files import require_closed
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry, SignOff
from evidence.model.errors import StoreError
from evidence.model.text import one_line
from evidence.reports.html import render_html
from evidence.storage.encoding import digest
from evidence.storage.store import Store
from evidence.storage.trail import LOCK
from evidence.storage.values import RunEntry


@click.command(name="bundle")
@click.argument("run", required=False, default="last", shell_complete=complete_run)
@click.option("--output", "-o", required=True, type=click.Path(readable=False), metavar="FILE", help="The ZIP file.")
@force_option
@click.option(
    "--actor",
    metavar="NAME",
    help="Name of the person who runs this (default: $EVIDENCE_ACTOR, otherwise the user name).",
)
@store_option
def command(run: str, output: str, store: str | None, *, force: bool, actor: str | None) -> None:
    """Write everything needed to verify the recorded RUN (default: the last one) into one ZIP file.

    The bundle contains the report (as recorded and as HTML), the events of the audit trail up to this run, the raw
    answers, the checked files that have not changed, sign-offs with their signatures, SHA-256 sums, and a HOWTO that
    only needs sha256sum and Python. The same run always gives the same bytes.
    """
    del actor  # read by the audit trail
    place = OutputFile(Path(output), BUNDLE, force)
    guarded([place], job_files(os.environ, store=store))  # before any work is done
    with open_store(os.environ, store) as opened:
        entry = resolve_run(opened, run)
        home = places_from(os.environ, store).log.parent
        evidence = evidence_of(entry, opened, home)
        read_only = opened.database.read_only
    bound = [JobFile(folder / file.path, JobFileRole.READ) for file in evidence.bound for folder in (Path(), home)]
    (file,) = guarded([place], [*job_files(os.environ, store=store), *bound])
    data = zipped(members_of(evidence))
    sha256 = digest(data)
    replace_all([(file, data)])
    if read_only:
        echo_note("the store is read-only; this bundle was not recorded in the audit trail")
    else:
        record(AuditEntry(AuditAction.BUNDLE, entry.id, after=sha256, details={"bundle": place.path.name}))
    for bound_file in evidence.bound:
        if bound_file.data is None:
            echo_note(f"{bound_file.path} is not in the bundle: it has changed since it was checked or signed")
    echo(f"{sha256}  {one_line(output)}")


def evidence_of(entry: RunEntry, store: Store, home: Path) -> RunEvidence:
    """All that the store, the trail and the files at hand hold of a run; the log lies in the folder `home`."""
    document = report_of(store, entry)
    report = store.report_of(entry.id)
    assert report is not None  # noqa: S101 - `report_of` raises without one
    before, later = _events_of(entry.id, store.audit.lines())
    signed = tuple(sign_offs_in((line for line, _ in later), "later.jsonl"))
    reported = {item["sequence"] for item in document.get("sign_offs", ())}
    earlier = sign_offs_in((line for line, event in before if event.sequence in reported), "events.jsonl")
    return RunEvidence(
        run=entry.id,
        report=report,
        page=render_html(document, RULES, SOURCE_TITLES).encode(),
        events=[line for line, _ in before],
        later=[line for line, _ in later],
        bound=list(_bound(document, before[-1][1], signed, home)),
        answers=store.answers_of(entry.id),
        sign_offs=(*earlier, *signed),
    )


def _events_of(run: str, lines: Sequence[str]) -> tuple[list[tuple[str, Event]], list[tuple[str, Event]]]:
    """The lines and events up to the end of a run, and the later ones that concern it.

    Raises:
        StoreError: the trail does not record this run, or one of its events was altered.
    """
    events: list[tuple[str, Event]] = []
    for number, line in enumerate(lines, 1):
        try:
            events.append((line, parse_event(line)))
        except ValueError as error:
            fix = "run `evidence verify` to see what is broken"
            raise StoreError(f"event {number} of the audit trail: {error}", fix=fix) from None
    for end, (_, event) in enumerate(events, 1):
        if event.action == AuditAction.RUN and event.object == run and event.ending == ActionStatus.DONE:
            return events[:end], [(line, later) for line, later in events[end:] if is_about(later, run)]
    raise StoreError(f"run {run} is not in the audit trail: it was recorded before the trail began")


def _bound(document: Mapping[str, Any], end: Event, signed: Sequence[SignOff], home: Path) -> Iterator[BoundFile]:
    """The files that the run judged, the locks beside them, and what else was signed, each with its bytes of then.

    The run names files from the folder in which it was begun, a sign-off from that of the log.
    """
    files: dict[tuple[Path, str], BoundFile] = {}
    named = [(item.get("role", "input"), item["path"], item["sha256"]) for item in document["run"]["inputs"]]
    named += [
        (LOCK.rstrip(":"), key.removeprefix(LOCK), end.details[key]) for key in end.details if key.startswith(LOCK)
    ]
    for kind, path, sha256 in named:
        files[Path(path).absolute(), sha256] = _file(kind, path, sha256, Path(path))
    for bound in (bound for sign_off in signed for bound in sign_off.bound if bound.sha256 is not None):
        place, sha256 = home.absolute() / bound.path, str(bound.sha256)
        key = (Path(os.path.normpath(place)), sha256)
        known = files.setdefault(key, _file(str(bound.kind), bound.path, sha256, place))
        files[key] = replace(known, kind=str(bound.kind))  # a run calls all that it read an input
    yield from files.values()


def _file(kind: str, path: str, sha256: str, place: Path) -> BoundFile:
    """A file with its bytes, if they are still of this SHA-256."""
    try:
        data = place.read_bytes() if place.is_file() else b""
    except OSError:
        require_closed(place)
        data = b""
    return BoundFile(kind, path, sha256, data if digest(data) == sha256 else None)
