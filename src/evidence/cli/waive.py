"""What the commands on waivers have in common: people's words, what is found, and where waivers are written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.app.check import read_libraries
from evidence.app.registry import find_rule
from evidence.app.run import CheckRequest
from evidence.app.waive import (
    Baseline,
    WaiverRequest,
    WaiverStatus,
    WaiverTerms,
    baseline_of,
    findings_at,
    is_waivable,
    last_day,
    match_waivers,
    waiver_entry,
    waiver_fields,
    waiver_statuses,
)
from evidence.cli.due import DayCount
from evidence.cli.edit import record_refusal, save_recorded, show_diff
from evidence.cli.options import Day, complete_rule, files_argument, json_option, store_option
from evidence.cli.output import echo_json, echo_lines, new_sheet, to_stdout
from evidence.cli.settings import actor_from, configuration_from, files_from
from evidence.cli.store import last_lookup_day, stored_checker
from evidence.library.editor import NEW_WAIVERS, AddEntries, Change, Edited, SetFields, edit, source_or_new
from evidence.library.files import read_source
from evidence.library.reader import WAIVERS, waivers_file
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import FileError, UsageError
from evidence.model.findings import Finding
from evidence.model.ports import SystemClock
from evidence.model.references import Category, Library
from evidence.model.report import Mode, Report
from evidence.model.rule import Rule
from evidence.model.text import one_line, quantity
from evidence.reports.layout import Sheet, TextSpan

# What the commands on waivers have in common: people's words, what is found, and where waivers are written.

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
            new.append(waiver_entry(one.finding, word))
        else:
            fields = waiver_fields(one.finding, word, one.instead_of)
            place = Path(one.instead_of.place.path)
            changes.setdefault(place, []).append(SetFields(one.instead_of.index, fields, WAIVERS))
    if new:
        changes.setdefault(_place(library, into), []).append(AddEntries(new, WAIVERS))
    edited = [_edited(path, library, some) for path, some in changes.items()]
    for changed in edited:
        if changed.refused:
            raise changed.refused[0].reason
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
        record_refusal(replace(deed, reason=word.reason, details={**deed.details, "why": why, **terms_details(word)}))
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


# `evidence baseline`: what is found today is waived, to be mended, so that an inherited monograph passes the gate.

_REASON = "found when the file came under the gate; to be mended"


@click.command(name="baseline")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--approved-by", required=True, metavar="NAME", help="Who answers for it.")
@click.option(
    "--requested-by", metavar="NAME", help="Who asks for it (default: $EVIDENCE_ACTOR, else the user's name)."
)
@click.option("--until", type=Until(), help="The last day on which it holds (default: as long as the policy allows).")
@click.option("--reason", default=_REASON, show_default=True, metavar="TEXT", help="Why it may stand until then.")
@click.option("--self-approved", is_flag=True, help="Let the one who asks approve it; noted as WVR004.")
@click.option(
    "--again", is_flag=True, help="Waive also what has come up since an earlier baseline, as after an update."
)
@click.option("--file", "into", metavar="FILE", help="Write it to the waivers.yaml beside the references.")
@click.option("--dry-run", is_flag=True, help="Show the change as a diff; write nothing.")
@click.option("--as-of", type=Day(), help="The day of the approval (default: today in UTC).")
@store_option
def baseline_command(files: tuple[str, ...], **options: Any) -> None:
    """Waive everything that is found in FILES (default: as for `check`) today, as pending-fix.

    A monograph that is taken over with all its defects can so be put under the gate at once: the next `check`
    passes, whatever is new fails, and what was inherited comes back on the last day (90 days at most, by
    `policy: waiver-limit: baseline:`). What nobody can let stand is left and told; so is what has or had a
    waiver already, since a baseline is not given twice. Run `evidence check` first.
    """
    today = today_of(options["as_of"])
    libraries = libraries_of(files)
    if options["into"] is not None and len(libraries) > 1:
        raise UsageError("--file cannot serve several files", fix="leave it out, or name one file")
    for library in libraries:
        _require_first(library, today, again=options["again"])
    words = [_word(options, library, today) for library in libraries]
    for library, word in zip(libraries, words, strict=True):
        with stored_findings_reader(options["store"], today) as look:
            looked = look(library)
        echo_age(looked, today)
        _waive(looked, word, options)


def _require_first(library: Library, today: date, *, again: bool) -> None:
    """A baseline is given once: given again and again it would let stand whatever comes up.

    Raises:
        UsageError: the file has a baseline of an earlier day.
    """
    earlier = max((waiver.since for waiver in library.waivers if waiver.baseline), default=today)
    if earlier < today and not again:
        told = f"{library.path} has a baseline of {earlier}"
        raise UsageError(told, fix="waive what is new with `evidence waive`, or say --again")


def _word(options: Mapping[str, Any], library: Library, today: date) -> WaiverTerms:
    """What is said of all that is found in a file.

    Raises:
        UsageError: it would hold for longer than the policy allows, or is approved by who asks for it.
    """
    limit = library.policy.waiver_limits.baseline
    last = today + timedelta(days=min(limit, (date.max - today).days))
    word = WaiverTerms(
        category=Category.PENDING_FIX,
        reason=name_of("--reason", options["reason"]),
        requested_by=name_of("--requested-by", options["requested_by"] or actor_from(os.environ, None)),
        approved_by=name_of("--approved-by", options["approved_by"]),
        since=today,
        until=last if options["until"] is None else day_of(options["until"], today),
        baseline=True,
    )
    if word.until > last:
        why = f"a baseline may hold for {limit} days"
        details = {"why": why, **terms_details(word)}
        if not options["dry_run"]:
            record_refusal(
                AuditEntry(
                    AuditAction.BASELINE, library.path, ActionStatus.REFUSED, reason=word.reason, details=details
                )
            )
        raise UsageError(why, fix=f"--until {last} at the latest")
    require_another(library, word, options, AuditEntry(AuditAction.BASELINE, library.path))
    return word


def _waive(looked: StoredFindings, word: WaiverTerms, options: Mapping[str, Any]) -> None:
    library = looked.library
    found = baseline_of(library, looked.report)
    for edited in edits_for(library, [WaiverRequest(finding) for finding in found.fresh], word, options["into"]):
        if options["dry_run"]:
            show_diff(edited, os.environ)
        else:
            details = {
                "file": edited.before.path,
                "codes": _codes(found.fresh),
                **({"again": "yes"} if options["again"] else {}),
                **findings_details(found.fresh),
                **terms_details(word),
            }
            save_recorded(edited, AuditEntry(AuditAction.BASELINE, library.path, reason=word.reason, details=details))
    echo_lines(_told(looked, word, found, written=not options["dry_run"]))


def _codes(findings: list[Finding]) -> str:
    codes = Counter(finding.code for finding in findings)
    return ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))


def _told(looked: StoredFindings, word: WaiverTerms, found: Baseline, *, written: bool) -> Iterator[str]:
    path, fresh, known = looked.library.path, found.fresh, found.known
    verb = "waived" if written else "would be waived"
    if fresh:
        yield f"{path}: {quantity(len(fresh), 'finding')} {verb} until {word.until} ({_codes(fresh)})"
    else:
        yield f"{path}: nothing new to waive"
    if known:
        told = f"{quantity(len(known), 'finding')} left, as a waiver of each is there ({_codes(known)})"
        yield f"{path}: {told}: `evidence waivers`"
    for finding in found.never:
        yield f"{path}: not waivable, to be mended first: {finding.reference or path}: {finding.code} {finding.message}"
    silent = sorted({item.reference for item in looked.report.unchecked})
    if silent:
        some = ", ".join(silent[:5]) + (" …" if len(silent) > 5 else "")
        told = f"{quantity(len(silent), 'reference')} could not be judged whole ({some})"
        yield f"{path}: {told}; run `evidence check` first"


# `evidence waive`: a named person lets a finding stand for a while, for a reason that another one approved.

_SHORTEST_NAME = 6  # digits of a fingerprint
_SHOWN_NAME = 8


@click.command(name="waive")
@click.argument("rule", metavar="RULE", shell_complete=complete_rule)
@click.argument("reference", metavar="REFERENCE")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--category", type=click.Choice([str(one) for one in Category]), required=True, help="As what.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may stand.")
@click.option("--requested-by", required=True, metavar="NAME", help="Who asks for it.")
@click.option("--approved-by", required=True, metavar="NAME", help="Who has looked at it and approves.")
@click.option("--until", type=Until(), required=True, help="The last day on which it holds, or how long from today.")
@click.option(
    "--finding", metavar="FINGERPRINT", help="Which one, where the rule finds several; its beginning is enough."
)
@click.option("--all", "every", is_flag=True, help="All that the rule finds there today, each by a waiver of its own.")
@click.option("--self-approved", is_flag=True, help="Let the one who asks approve it; noted as WVR004.")
@click.option("--file", "into", metavar="FILE", help="Write it to the waivers.yaml beside the references.")
@click.option("--dry-run", is_flag=True, help="Show the change as a diff; write nothing.")
@click.option("--as-of", type=Day(), help="The day of the approval (default: today in UTC).")
@store_option
def waive_command(rule: str, reference: str, files: tuple[str, ...], **options: Any) -> None:
    """Let stand what RULE finds at REFERENCE in FILES (default: as for `check`), until a day.

    The finding stays in every report, with who, why and until when, but fails no run. The waiver is bound to
    what the finding rests on, by what the store holds: it is void once that changes. Waiving again renews it.
    `-` as REFERENCE means the file as a whole. Nobody is asked; run `evidence check` first.
    """
    judged = _rule(rule)
    today = today_of(options["as_of"])
    word = _word_waive(options, today)
    library = _library(libraries_of(files), reference)
    require_another(library, word, options, AuditEntry(AuditAction.WAIVE, reference, details={"code": judged.code}))
    with stored_findings_reader(options["store"], today) as look:
        looked = look(library)
    echo_age(looked, today)
    known = findings_at(looked.report, judged.code, None if reference == WHOLE_FILE else reference)
    findings = _chosen(looked, judged, reference, known, options)
    _require_allowed(findings, word, library, noted=not options["dry_run"])
    wanted = match_waivers(library, findings, [one for one in known if one not in findings])
    for edited in edits_for(library, wanted, word, options["into"]):
        if options["dry_run"]:
            show_diff(edited, os.environ)
        else:
            save_recorded(edited, _deed(edited, library, findings, word))
    verb = "would be waived" if options["dry_run"] else "waived"
    for one in wanted:
        again = " again" if one.instead_of is not None else ""
        about = reference if reference != WHOLE_FILE else library.path
        echo_lines([f"{about}: {one.finding.code} {one.finding.name} {verb}{again} until {word.until}"])
        echo_lines([f"  {one.finding.message}"])


def _rule(word: str) -> Rule:
    found = find_rule(word)
    if found is None:
        raise UsageError(f"no rule is called {word}", fix="see `evidence rule` for the list")
    return found


def _word_waive(options: Mapping[str, Any], today: date) -> WaiverTerms:
    return WaiverTerms(
        category=Category(options["category"]),
        reason=name_of("--reason", options["reason"]),
        requested_by=name_of("--requested-by", options["requested_by"]),
        approved_by=name_of("--approved-by", options["approved_by"]),
        since=today,
        until=day_of(options["until"], today),
    )


def _library(libraries: tuple[Library, ...], reference: str) -> Library:
    """The one file that is meant.

    Raises:
        UsageError: there is none, or more than one.
    """
    if reference == WHOLE_FILE:
        found = list(libraries)
    else:
        found = [one for one in libraries if any(entry.id == reference for entry in one.references)]
    if not found:
        ids = [entry.id for library in libraries for entry in library.references]
        known = ", ".join(one_line(other) for other in ids[:12]) + (" …" if len(ids) > 12 else "")
        raise UsageError(f"no reference has the id {reference}", fix=f"there are: {known}" if ids else None)
    if len(found) > 1:
        paths = ", ".join(one.path for one in found)
        raise UsageError(f"{reference} may be in any of {paths}", fix="name the file that is meant")
    return found[0]


def _chosen(
    looked: StoredFindings, rule: Rule, reference: str, known: list[Finding], options: Mapping[str, Any]
) -> list[Finding]:
    """The findings that are meant.

    Raises:
        UsageError: there is none, or it is open which.
    """
    at = looked.library.path if reference == WHOLE_FILE else reference
    if not known:
        silent = [item for item in looked.report.unchecked if item.reference == reference]
        ignored = any(
            (item.finding.code, item.finding.reference) == (rule.code, reference) for item in looked.report.ignored
        )
        fix = "run `evidence check` first: something of it is not known" if silent else "there is nothing to waive"
        fix = "the entry ignores it already" if ignored else fix
        raise UsageError(f"{rule.code} finds nothing at {at}", fix=fix)
    wanted = options["finding"]
    if wanted is not None:
        named = [one for one in known if len(wanted) >= _SHORTEST_NAME and one.fingerprint.startswith(wanted.lower())]
        if not named:
            raise UsageError(f"{rule.code} has no finding {wanted} at {at}", fix=_listed(known))
        return named
    if len(known) > 1 and not options["every"]:
        told = f"{rule.code} finds {len(known)} things at {at}"
        raise UsageError(told, fix=f"say --all, or --finding with one of: {_listed(known)}")
    return known


def _listed(findings: list[Finding]) -> str:
    return "; ".join(f"{one.fingerprint[:_SHOWN_NAME]} ({one_line(one.message)})" for one in findings)


def _require_allowed(findings: list[Finding], word: WaiverTerms, library: Library, *, noted: bool) -> None:
    """Refuse what cannot be waived, or not for so long; if `noted`, the refusal goes into the audit trail, too."""
    for finding in findings:
        why = fix = ""
        if not is_waivable(finding):
            why = f"{finding.code} cannot be waived, whatever the reason"
            fix = "cite another source" if finding.reference else "mend it"
        elif word.until > (last := last_day(finding, word.since, library.policy)):
            days = (last - word.since).days
            why = f"{finding.code} is of severity {finding.severity}, which may be waived for {days} days"
            fix = f"--until {last} at the latest"
        if why:
            details = {"code": finding.code, "finding": finding.fingerprint, "why": why, **terms_details(word)}
            about = finding.reference or library.path
            if noted:
                record_refusal(
                    AuditEntry(AuditAction.WAIVE, about, ActionStatus.REFUSED, reason=word.reason, details=details)
                )
            raise UsageError(why, fix=fix)


def _deed(edited: Edited, library: Library, findings: list[Finding], word: WaiverTerms) -> AuditEntry:
    return AuditEntry(
        AuditAction.WAIVE,
        findings[0].reference or library.path,
        reason=word.reason,
        details={
            "code": findings[0].code,
            **findings_details(findings),
            "file": edited.before.path,
            **terms_details(word),
        },
    )


# `evidence waivers`: which waivers are in force, ended or void, and how many days are left of each.

_TEXT = 15  # columns before the text; `not waivable` and a space fit in
_STYLES = {"in force": "good", "not begun": "dim", "not judged": "alarm", "unused": "warning"}


@click.command(name="waivers")
@files_argument
@click.option("--as-of", type=Day(), help="Judge as of this day (default: today in UTC).")
@store_option
@json_option
def waivers_command(files: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    """List the waivers of FILES (default: as for `check`): what is let stand, by whom, why, and for how long still.

    By what the store holds of the last look-up: a waiver is in force, expired (WVR001), void because what it was
    given on has changed (WVR002), unused (WVR003), not waivable (WVR005), not judged because something could
    not be asked, or not begun. Nobody is asked and nothing is recorded.
    """
    today = today_of(options["as_of"])
    with stored_findings_reader(options["store"], today) as look:
        looked = [look(library) for library in libraries_of(files)]
    told = [(one, tuple(waiver_statuses(one.library, one.report, today))) for one in looked]
    if as_json:
        echo_json(
            {"version": 1, "as_of": today.isoformat(), "waivers": [_as_json(s) for _, some in told for s in some]}
        )
        return
    sheet = new_sheet(os.environ)
    for one, some in told:
        _add(sheet, one, some)
    to_stdout(sheet.text())


def _add(sheet: Sheet, looked: StoredFindings, some: tuple[WaiverStatus, ...]) -> None:
    sheet.rule(looked.library.path, quantity(len(some), "waiver"))
    for one in some:
        waiver = one.waiver
        left = "last day" if one.left == 0 else f"{one.left} d left" if one.left > 0 else f"{-one.left} d ago"
        sheet.add(
            TextSpan(f"{waiver.code} {waiver.reference or looked.library.path}", "bold"),
            TextSpan(f"{waiver.category}{', baseline' if waiver.baseline else ''}, until {waiver.until} ({left})"),
            TextSpan(f"\N{MIDDLE DOT} {waiver.place}", "dim"),
            indent=_TEXT,
            label=TextSpan(one.status, _STYLES.get(one.status, "error")),
        )
        who = f"requested by {waiver.requested_by}, approved by {waiver.approved_by} on {waiver.since}"
        sheet.add(TextSpan(waiver.reason), TextSpan(f"({who})", "dim"), indent=_TEXT)
        if one.why:
            sheet.add(TextSpan(one.why, _STYLES.get(one.status, "error")), indent=_TEXT)
    if not some:
        sheet.add(TextSpan("none"), indent=_TEXT)


def _as_json(one: WaiverStatus) -> Mapping[str, Any]:
    waiver = one.waiver
    return {
        "code": waiver.code,
        "reference": waiver.reference,
        "standing": one.status.replace(" ", "-"),
        "category": str(waiver.category),
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
        "days_left": one.left,
        "why": one.why or None,
        "baseline": waiver.baseline,
        "evidence": dict(waiver.evidence),
        "path": waiver.place.path,
        "line": waiver.place.line,
        "column": waiver.place.column,
    }
