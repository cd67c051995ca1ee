"""What the commands on waivers have in common: people's words, what is found, and where waivers are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.cli.changes import echo_lines, refused
from evidence.cli.due import DayCount
from evidence.cli.looking import last_lookup_day, stored_checker
from evidence.cli.options import Day
from evidence.cli.settings import actor_from, configuration_from, files_from
from evidence.clock import SystemClock
from evidence.desk import CheckRequest, read_libraries
from evidence.errors import FileError, UsageError
from evidence.findings import Finding
from evidence.library.editing import AddEntries, Change, Edited, SetFields, edit
from evidence.library.files import read_source
from evidence.library.saving import NEW_WAIVERS, source_or_new
from evidence.library.waivers import WAIVERS, waivers_file
from evidence.mending.waiving import WaiverRequest, WaiverTerms, entry_of, renewed
from evidence.model.deeds import AuditEntry
from evidence.model.references import Library
from evidence.report import Mode, Report

WHOLE_FILE = "-"
"""Stands on the command line for what is found of the file as a whole."""


class Until(click.ParamType[Any]):
    """The last day of something: YYYY-MM-DD, or a span from today such as `30d`."""

    name = "DATE|30d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | timedelta:
        """The day or the span, or a usage error that says what is expected."""
        if isinstance(value, date | timedelta):
            return value
        text = str(value).strip()
        return Day().convert(text, param, ctx) if "-" in text else DayCount().convert(text, param, ctx)


def day_of(until: date | timedelta, since: date) -> date:
    """The last day that `--until` means.

    Raises:
        UsageError: it lies before the first.
    """
    if isinstance(until, timedelta):
        until = since + timedelta(days=min(until.days, (date.max - since).days))
    if until < since:
        raise UsageError(f"--until {until} is before {since}")
    return until


def today_of(as_of: date | None) -> date:
    """The day that counts as today."""
    return as_of or SystemClock().now().astimezone(UTC).date()


_LONGEST = {"--reason": 2000}
_LONGEST_NAME = 200


def name_of(option: str, text: str) -> str:
    """A person's name, or their reason, on one line.

    Raises:
        UsageError: there is none, or it is longer than anybody reads.
    """
    said, longest = " ".join(text.split()), _LONGEST.get(option, _LONGEST_NAME)
    if not said or not said.isprintable():
        raise UsageError(f"{option} says nothing that can be read", fix="write it out on one line")
    if len(said) > longest:
        raise UsageError(f"{option} has {len(said):,} characters", fix=f"at most {longest:,}: name a document instead")
    return said


@dataclass(frozen=True, slots=True)
class StoredFindings:
    """A library, what is found in it by what the store holds, and for which day that speaks."""

    library: Library
    report: Report

    @property
    def seen_on(self) -> date:
        """The day judged for: when the file was last looked up."""
        return self.report.run.as_of


def libraries_of(files: Sequence[str]) -> tuple[Library, ...]:
    """The libraries of these files, else of the configuration, judged by its policy and their own."""
    configuration = configuration_from(os.environ)
    return read_libraries(files_from(tuple(files), configuration), policy=configuration.policy)


@contextmanager
def stored_findings_reader(store: str | None, today: date) -> Iterator[Callable[[Library], StoredFindings]]:
    """Gives a function that looks at a library as it was when it was last looked up; waivers are weighed by today."""
    with stored_checker(store, "nothing that was looked up is known") as desk:

        def look(library: Library) -> StoredFindings:
            seen = last_lookup_day(desk.store, library)
            wish = CheckRequest(
                libraries=(library,),
                mode=Mode.OFFLINE,
                actor=actor_from(os.environ, None),
                as_of=min(seen, today) if seen else today,
                waived_as_of=today,
            )
            return StoredFindings(library, desk.look_back(wish))

        yield look


def echo_age(looked: StoredFindings, today: date) -> None:
    """Say that what is found was not looked up today."""
    age = (today - looked.seen_on).days
    if age > 0:
        told = f"judged by what was seen on {looked.seen_on}, {age} day{'s' if age > 1 else ''} ago"
        echo_lines([f"{looked.library.path}: {told}; run `evidence check` first to have it judged by today"])


def edits_for(library: Library, wanted: Iterable[WaiverRequest], word: WaiverTerms, into: str | None) -> list[Edited]:
    """The files with the waivers in them: renewed where they stand, new ones behind the others.

    Args:
        library: Whose findings they are.
        wanted: The findings, and what is renewed for each.
        word: What is said of all of them.
        into: The file for new ones; by default where waivers stand already, else the library itself.

    Raises:
        UsageError: waivers are not read from that file.
        FileError: a file cannot be read, or cannot be changed without touching more.
    """
    changes: dict[Path, list[Change]] = {}
    new = []
    for one in wanted:
        if one.instead_of is None:
            new.append(entry_of(one.finding, word))
        else:
            fields = renewed(one.finding, word, one.instead_of)
            place = Path(one.instead_of.place.path)
            changes.setdefault(place, []).append(SetFields(one.instead_of.index, fields, WAIVERS))
    if new:
        changes.setdefault(_place(library, into), []).append(AddEntries(new, WAIVERS))
    edited = [_edited(path, library, some) for path, some in changes.items()]
    refused = next((one.reason for some in edited for one in some.refused), None)
    if refused is not None:
        raise refused
    return edited


def _edited(path: Path, library: Library, changes: list[Change]) -> Edited:
    source = read_source(path) if path == Path(library.path) else source_or_new(path, NEW_WAIVERS)
    known = {library.path: library.sha256, **{beside.path: beside.sha256 for beside in library.companions}}
    if source.sha256 and known.get(path.as_posix()) not in {None, source.sha256}:
        raise FileError("the file has changed since it was read", path=source.path, fix="run the command again")
    return edit(source, changes)


def _place(library: Library, into: str | None) -> Path:
    own, beside = Path(library.path), waivers_file(library.path)
    if into is None:
        others = [Path(waiver.place.path) for waiver in library.waivers]
        return others[0] if others else beside if beside.exists() else own
    given = Path(into)
    for path in (own, beside):
        if given == path or given.absolute() == path.absolute():
            return path
    raise UsageError(f"waivers are not read from {into}", fix=f"they stand in {own} or in {beside}")


def require_another(library: Library, word: WaiverTerms, options: Mapping[str, Any], deed: AuditEntry) -> None:
    """Refuse what its own approver asks for, unless that is allowed; the deed goes into the audit trail as refused.

    Raises:
        UsageError: it is refused.
    """
    if not word.is_self_approved or options["self_approved"] or library.policy.self_approval:
        return
    why = f"{word.approved_by} cannot approve what {word.requested_by} asks for"
    if not options["dry_run"]:
        refused(replace(deed, reason=word.reason, details={**deed.details, "why": why, **terms_details(word)}))
    raise UsageError(why, fix="name another person, or say --self-approved, which is noted (WVR004)")


def findings_details(findings: Sequence[Finding]) -> Mapping[str, str]:
    """What a waiver is given on, for the audit trail: the findings, and what each rests on by source."""
    rests = (
        f"{one.fingerprint}/{source}/{value}"
        for one in findings
        for source, value in sorted(dict(one.evidence).items())
    )
    return {"findings": " ".join(one.fingerprint for one in findings), "evidence": " ".join(rests)}


def terms_details(word: WaiverTerms) -> Mapping[str, str]:
    """A person's word, for the audit trail."""
    return {
        "category": str(word.category),
        "requested-by": word.requested_by,
        "approved-by": word.approved_by,
        "since": word.since.isoformat(),
        "until": word.until.isoformat(),
        **({"self-approved": "yes"} if word.is_self_approved else {}),
    }
