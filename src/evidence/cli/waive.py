"""`evidence waive`, `evidence waivers` and `evidence baseline`: findings that are accepted for a while."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import click

from evidence.app.check import Checker, CheckRequest
from evidence.app.registry import find_rule
from evidence.app.waive import (
    Baseline,
    WaiverRequest,
    WaiverStatus,
    WaiverTerms,
    baseline_of,
    evidence_of,
    findings_at,
    is_waivable,
    last_day,
    match_waivers,
    waiver_entry,
    waiver_fields,
    waiver_statuses,
)
from evidence.cli.completion import complete_reference_or_claim
from evidence.cli.due import DayCount
from evidence.cli.edit import record_refusal, save_recorded, show_diff
from evidence.cli.options import (
    Day,
    ambiguous_reference,
    claim_named,
    complete_rule,
    files_argument,
    json_option,
    name_and_files,
    store_option,
    unknown_reference,
)
from evidence.cli.output import echo_json, echo_lines, new_sheet, to_stdout
from evidence.cli.settings import actor_from, configuration_from, libraries_from
from evidence.cli.store import last_lookup_day, never_looked_up, stored_checker
from evidence.library.editor import NEW_WAIVERS, AddEntries, Change, Edited, SetFields, edit, source_or_new
from evidence.library.files import read_source
from evidence.library.reader import WAIVERS, waivers_file
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import FileError, UsageError
from evidence.model.ports import SystemClock
from evidence.model.references import Category, Library
from evidence.model.report import Exit, Mode, Report
from evidence.model.rule import Finding, Rule
from evidence.model.text import one_line, quantity
from evidence.reports.layout import Sheet, TextSpan

WHOLE_FILE = "-"  # as REFERENCE: what is found of the entire file
_LONGEST_REASON, _LONGEST_NAME = 2000, 200  # characters
_SHORTEST_FINGERPRINT, _PRINTED_FINGERPRINT = 6, 8  # digits that are enough, digits that are printed
_REASON = "found before the file was checked regularly; to be fixed"
_NAMED = 5  # references named where there may be many
_WITHOUT_STORE = "no look-ups are recorded"
_INDENT = 15  # columns before the text; `not waivable` and a space fit in
_STYLES = {"in force": "good", "not begun": "dim", "not judged": "alarm", "unused": "warning"}


class Until(click.ParamType[Any]):
    """The last day of something: YYYY-MM-DD, or a span from today such as `30d`."""

    name = "DATE|30d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | timedelta:
        """The day or the span, or a usage error that says what is expected."""
        if isinstance(value, date | timedelta):
            return value
        text = str(value).strip()
        return Day().convert(text, param, ctx) if "-" in text else DayCount().convert(text, param, ctx)


@click.command(name="waive")
@click.argument("rule", metavar="RULE", shell_complete=complete_rule)
@click.argument("reference", metavar="REFERENCE", shell_complete=complete_reference_or_claim)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option(
    "--category", type=click.Choice([str(category) for category in Category]), required=True, help="The kind of reason."
)
@click.option("--reason", required=True, metavar="TEXT", help="The reason for the waiver.")
@click.option("--requested-by", required=True, metavar="NAME", help="Name of the requester.")
@click.option(
    "--approved-by",
    required=True,
    metavar="NAME",
    help="Name of the person who reviewed the finding and approves the waiver.",
)
@click.option("--until", type=Until(), required=True, help="The last day of the waiver, or how long from today.")
@click.option(
    "--finding",
    metavar="FINGERPRINT",
    help="The fingerprint of the finding, if the rule has several findings; its first characters are enough.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Waive all current findings of this rule for this reference, with one waiver for each.",
)
@click.option("--self-approved", is_flag=True, help="Allow the requester to approve it; reported as WVR004.")
@click.option(
    "--file",
    "into",
    metavar="FILE",
    help="Write a new waiver to FILE: the references file, or the waivers.yaml next to it.",
)
@click.option("--dry-run", is_flag=True, help="Show the change as a diff; write nothing.")
@click.option("--as-of", type=Day(), help="The day of the approval (default: today in UTC).")
@store_option
def waive_command(rule: str, reference: str, files: tuple[str, ...], **options: Any) -> None:
    """Waive a finding of RULE for REFERENCE in FILES (default: as for `check`) until a date, with approver and reason.

    The finding remains in every report, with approver, reason and end date, but does not fail a run. The waiver is
    bound to the evidence for the finding in the store and becomes void when that evidence changes. Waiving the
    finding again renews the waiver. Use `-` as REFERENCE for findings about the whole file, `claim:ID` for those
    about a claim, and `FILE::REFERENCE` where several files have the same id. Nothing is looked up; run
    `evidence check` first.
    """
    found = find_rule(rule)
    if found is None:
        raise UsageError(f"unknown rule {rule}", fix="for a list, run `evidence rule`")
    today = _today(options["as_of"])
    terms = WaiverTerms(
        category=Category(options["category"]),
        reason=_line("--reason", options["reason"], _LONGEST_REASON),
        requested_by=_line("--requested-by", options["requested_by"], _LONGEST_NAME),
        approved_by=_line("--approved-by", options["approved_by"], _LONGEST_NAME),
        since=today,
        until=_last_day(options["until"], today),
    )
    reference, files = name_and_files(reference, files)
    library = _library_of(_libraries(files), reference, files)
    _require_other_approver(
        library, terms, options, AuditEntry(AuditAction.WAIVE, reference, details={"code": found.code})
    )
    with _stored_judge(options["store"], today) as judge:
        report = judge(library)
    _echo_age(library, report, today)
    known = findings_at(report, found.code, None if reference == WHOLE_FILE else reference)
    findings = _chosen_findings(library, report, found, reference, known=known, options=options)
    _require_waivable(findings, terms, library, recorded=not options["dry_run"])
    requests = match_waivers(library, findings, [finding for finding in known if finding not in findings])
    subject = reference if reference != WHOLE_FILE else library.path
    details = {"code": found.code, **_findings_details(findings, library)}
    for edited in _edited_files(library, requests, terms, options["into"]):
        if options["dry_run"]:
            show_diff(edited, os.environ)
        else:
            recorded = {**details, "file": edited.before.path, **_terms_details(terms)}
            save_recorded(edited, AuditEntry(AuditAction.WAIVE, subject, reason=terms.reason, details=recorded))
    verb = "would be waived" if options["dry_run"] else "waived"
    for request in requests:
        again = " again" if request.instead_of is not None else ""
        echo_lines([f"{subject}: {request.finding.code} {request.finding.name} {verb}{again} until {terms.until}"])
        echo_lines([f"  {request.finding.message}"])


def _library_of(libraries: tuple[Library, ...], reference: str, files: Sequence[str]) -> Library:
    """The one file that has this reference or claim.

    Raises:
        UsageError: there is none, or more than one.
    """
    if reference.startswith(CLAIM_PREFIX):
        return claim_named(reference, libraries, files)[0]
    if reference == WHOLE_FILE:
        found = list(libraries)
    else:
        found = [library for library in libraries if any(entry.id == reference for entry in library.references)]
    if not found:
        raise unknown_reference(reference, [entry.id for library in libraries for entry in library.references])
    if len(found) > 1:
        raise ambiguous_reference(reference, [library.path for library in found], files)
    return found[0]


def _chosen_findings(
    library: Library, report: Report, rule: Rule, reference: str, *, known: list[Finding], options: Mapping[str, Any]
) -> list[Finding]:
    """The findings that the options name, of those `known` of this rule and reference.

    Raises:
        UsageError: there is none, or it is open which.
    """
    subject = library.path if reference == WHOLE_FILE else reference
    if not known:
        fix = "there is nothing to waive"
        if any(item.reference == reference for item in report.unchecked):
            fix = "run `evidence check` first: not all look-ups for it succeeded"
        if any((item.finding.code, item.finding.reference) == (rule.code, reference) for item in report.ignored):
            fix = "the entry already ignores it"
        raise UsageError(f"{rule.code} has no finding for {subject}", fix=fix)
    listed = "; ".join(
        f"{finding.fingerprint[:_PRINTED_FINGERPRINT]} ({one_line(finding.message)})" for finding in known
    )
    prefix = options["finding"]
    if prefix is not None:
        long_enough = len(prefix) >= _SHORTEST_FINGERPRINT
        named = [finding for finding in known if long_enough and finding.fingerprint.startswith(prefix.lower())]
        if not named:
            raise UsageError(f"{rule.code} has no finding {prefix} for {subject}", fix=listed)
        return named
    if len(known) > 1 and not options["every"]:
        what = f"{rule.code} has {len(known)} findings for {subject}"
        raise UsageError(what, fix=f"use --all, or --finding with one of: {listed}")
    return known


def _require_waivable(findings: list[Finding], terms: WaiverTerms, library: Library, *, recorded: bool) -> None:
    """Refuse what cannot be waived, or not for so long; if `recorded`, the audit trail records the refusal."""
    for finding in findings:
        why = fix = ""
        if is_waivable(finding, Category.FALSE_POSITIVE) and not is_waivable(finding, terms.category):
            why = f"{finding.code} can only be waived as {Category.FALSE_POSITIVE}, not as {terms.category}"
            fix = f"fix it, or use --category {Category.FALSE_POSITIVE} if the finding is wrong"
        elif not is_waivable(finding, terms.category):
            why = f"{finding.code} cannot be waived for any reason"
            fix = "cite another source" if finding.reference else "fix it"
        elif terms.until > (last := last_day(finding, terms.since, library.policy)):
            days = (last - terms.since).days
            why = f"{finding.code} has severity {finding.severity}, which can be waived for at most {days} days"
            fix = f"use --until {last} or earlier"
        if why and recorded:
            details = {"code": finding.code, "finding": finding.fingerprint, "why": why, **_terms_details(terms)}
            subject = finding.reference or library.path
            record_refusal(AuditEntry(AuditAction.WAIVE, subject, reason=terms.reason, details=details))
        if why:
            raise UsageError(why, fix=fix)


@click.command(name="waivers")
@files_argument
@click.option("--as-of", type=Day(), help="Check as of this day (default: today in UTC).")
@store_option
@json_option
def waivers_command(files: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    """List the waivers of FILES (default: as for `check`) with approver, reason, end date and state.

    The state is based on the last look-ups in the store. A waiver is in force, expired (WVR001), void because the
    evidence has changed (WVR002), unused (WVR003), not waivable (WVR005), not judged because a look-up failed, or
    not begun. Nothing is looked up or recorded.
    """
    today = _today(options["as_of"])
    with _stored_judge(options["store"], today) as judge:
        libraries = _libraries(files)
        listed = [(library, list(waiver_statuses(library, judge(library), today))) for library in libraries]
    if as_json:
        waivers = [_as_json(status) for _, statuses in listed for status in statuses]
        echo_json({"version": 1, "as_of": today.isoformat(), "waivers": waivers})
        return
    sheet = new_sheet(os.environ)
    for library, statuses in listed:
        _add_waivers(sheet, library, statuses)
    to_stdout(sheet.text())


def _add_waivers(sheet: Sheet, library: Library, statuses: list[WaiverStatus]) -> None:
    sheet.rule(library.path, quantity(len(statuses), "waiver"))
    for item in statuses:
        waiver, style = item.waiver, _STYLES.get(item.status, "error")
        left = "last day" if item.left == 0 else f"{item.left} d left" if item.left > 0 else f"{-item.left} d ago"
        sheet.add(
            TextSpan(f"{waiver.code} {waiver.reference or library.path}", "bold"),
            TextSpan(f"{waiver.category}{', baseline' if waiver.baseline else ''}, until {waiver.until} ({left})"),
            TextSpan(f"\N{MIDDLE DOT} {waiver.place}", "dim"),
            indent=_INDENT,
            label=TextSpan(item.status, style),
        )
        who = f"requested by {waiver.requested_by}, approved by {waiver.approved_by} on {waiver.since}"
        sheet.add(TextSpan(waiver.reason), TextSpan(f"({who})", "dim"), indent=_INDENT)
        if item.why:
            sheet.add(TextSpan(item.why, style), indent=_INDENT)
    if not statuses:
        sheet.add(TextSpan("none"), indent=_INDENT)


def _as_json(item: WaiverStatus) -> Mapping[str, Any]:
    waiver = item.waiver
    return {
        "code": waiver.code,
        "reference": waiver.reference,
        "standing": item.status.replace(" ", "-"),
        "category": str(waiver.category),
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
        "days_left": item.left,
        "why": item.why or None,
        "baseline": waiver.baseline,
        "evidence": dict(waiver.evidence),
        "path": waiver.place.path,
        "line": waiver.place.line,
        "column": waiver.place.column,
    }


@click.command(name="baseline")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--approved-by", required=True, metavar="NAME", help="Name of the approver.")
@click.option(
    "--requested-by", metavar="NAME", help="Name of the requester (default: $EVIDENCE_ACTOR, otherwise the user name)."
)
@click.option("--until", type=Until(), help="The last day of the waivers (default: the longest the policy allows).")
@click.option("--reason", default=_REASON, show_default=True, metavar="TEXT", help="The reason for the waivers.")
@click.option("--self-approved", is_flag=True, help="Allow the requester to approve it; reported as WVR004.")
@click.option(
    "--again",
    is_flag=True,
    help="Also waive findings that are new since an earlier baseline, for example after an update.",
)
@click.option(
    "--file",
    "into",
    metavar="FILE",
    help="Write the waivers to FILE: the references file, or the waivers.yaml next to it.",
)
@click.option("--dry-run", is_flag=True, help="Show the change as a diff; write nothing.")
@click.option("--as-of", type=Day(), help="The day of the approval (default: today in UTC).")
@store_option
@click.pass_context
def baseline_command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Waive the current findings in FILES (default: as for `check`) as pending-fix, so that only new ones fail.

    Use it to add an existing monograph, with all its problems, to regular checks: the next `check` passes, new
    findings fail, and the waived findings count again after the last day (at most 90 days; see `policy:
    waiver-limit: baseline:`). Findings that have or had a waiver are left as they are, and so are infos, which say
    what cannot be checked, unless the policy of the file is `fail-on: info`. Run `evidence check` first.

    Exit status: 0 all that can fail is waived, 1 some cannot be waived (they are listed and must be corrected first),
    2 nothing was written: the file already has a baseline (see --again), or references were never looked up.
    """
    today = _today(options["as_of"])
    libraries = _libraries(files)
    if options["into"] is not None and len(libraries) > 1:
        raise UsageError(
            "--file cannot be used with several references files", fix="remove --file, or name one references file"
        )
    for library in libraries:
        # Given again and again, a baseline would accept whatever comes up.
        earlier = max((waiver.since for waiver in library.waivers if waiver.baseline), default=None)
        if earlier is not None and not options["again"]:
            what = f"{library.path}: already has a baseline, from {earlier}"
            raise UsageError(f"{what}; add --again to waive the new findings as well")
    every_terms = [_baseline_terms(options, library, today) for library in libraries]
    with stored_checker(options["store"], _WITHOUT_STORE) as checker:
        reports = [_judged(checker, library, today) for library in libraries]
        for library, report in zip(libraries, reports, strict=True):
            if never := never_looked_up(checker.store, library, report):
                verb = "was" if len(never) == 1 else "were"
                count = f"{quantity(len(never), 'reference')} {verb} never looked up"
                what = f"{library.path}: {count}: {_shortened(never)}"
                raise UsageError(what, fix="run `evidence check` first")
    is_complete = True
    for library, terms, report in zip(libraries, every_terms, reports, strict=True):
        _echo_age(library, report, today)
        baseline = baseline_of(library, report)
        requests = [WaiverRequest(finding) for finding in baseline.fresh]
        for edited in _edited_files(library, requests, terms, options["into"]):
            if options["dry_run"]:
                show_diff(edited, os.environ)
            else:
                details = {
                    "file": edited.before.path,
                    "codes": _counted_codes(baseline.fresh),
                    **({"again": "yes"} if options["again"] else {}),
                    **_findings_details(baseline.fresh, library),
                    **_terms_details(terms),
                }
                save_recorded(
                    edited, AuditEntry(AuditAction.BASELINE, library.path, reason=terms.reason, details=details)
                )
        echo_lines(_baseline_lines(library, report, terms, baseline, written=not options["dry_run"]))
        is_complete = is_complete and not baseline.unwaivable
    ctx.exit(Exit.CLEAN if is_complete else Exit.FINDINGS)


def _baseline_terms(options: Mapping[str, Any], library: Library, today: date) -> WaiverTerms:
    """The terms of the waivers for everything that is found in a file.

    Raises:
        UsageError: it would hold for longer than the policy allows, or is approved by who asks for it.
    """
    limit = library.policy.waiver_limits.baseline
    last = today + timedelta(days=min(limit, (date.max - today).days))
    terms = WaiverTerms(
        category=Category.PENDING_FIX,
        reason=_line("--reason", options["reason"], _LONGEST_REASON),
        requested_by=_line("--requested-by", options["requested_by"] or actor_from(os.environ, None), _LONGEST_NAME),
        approved_by=_line("--approved-by", options["approved_by"], _LONGEST_NAME),
        since=today,
        until=last if options["until"] is None else _last_day(options["until"], today),
        baseline=True,
    )
    if terms.until > last:
        why = f"a baseline is limited to {limit} days"
        if not options["dry_run"]:
            details = {"why": why, **_terms_details(terms)}
            record_refusal(AuditEntry(AuditAction.BASELINE, library.path, reason=terms.reason, details=details))
        raise UsageError(why, fix=f"use --until {last} or earlier")
    _require_other_approver(library, terms, options, AuditEntry(AuditAction.BASELINE, library.path))
    return terms


def _counted_codes(findings: list[Finding]) -> str:
    codes = Counter(finding.code for finding in findings)
    return ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))


def _shortened(names: Sequence[str]) -> str:
    """`r1, r2, r3, r4, r5 … (18)`: the first names, and how many there are if these are not all."""
    listed = ", ".join(map(one_line, names[:_NAMED]))
    return f"{listed} … ({len(names)})" if len(names) > _NAMED else listed


def _baseline_lines(
    library: Library, report: Report, terms: WaiverTerms, baseline: Baseline, *, written: bool
) -> Iterator[str]:
    path, fresh, known = library.path, baseline.fresh, baseline.known
    verb = "waived" if written else "would be waived"
    if fresh:
        yield f"{path}: {quantity(len(fresh), 'finding')} {verb} until {terms.until} ({_counted_codes(fresh)})"
    else:
        yield f"{path}: nothing new to waive"
    if known:
        has = "has a waiver" if len(known) == 1 else "have waivers"
        what = f"{quantity(len(known), 'finding')} skipped: already {has} ({_counted_codes(known)})"
        yield f"{path}: {what}; list them with `evidence waivers`"
    if baseline.infos:
        what = f"{quantity(len(baseline.infos), 'info')} left as found ({_counted_codes(baseline.infos)})"
        yield f"{path}: {what}; a baseline waives infos only where `policy: fail-on: info` is set"
    if baseline.unwaivable:
        by_rule: dict[str, list[str]] = {}
        for finding in baseline.unwaivable:
            by_rule.setdefault(finding.code, []).append(finding.reference or path)
        rules = ", ".join(f"{code} {_shortened(names)}" for code, names in sorted(by_rule.items()))
        yield f"{path}: not waivable, to be corrected first: {rules}"
    unchecked = sorted({item.reference for item in report.unchecked})
    if unchecked:
        what = f"{quantity(len(unchecked), 'reference')} could not be checked completely ({_shortened(unchecked)})"
        yield f"{path}: {what}; run `evidence check` first"


# Shared by the three commands: options, the findings by the store, the files that hold waivers


def _today(as_of: date | None) -> date:
    return as_of or SystemClock().now().astimezone(UTC).date()


def _last_day(until: date | timedelta, since: date) -> date:
    """The last day that `--until` means.

    Raises:
        UsageError: it lies before the first.
    """
    if isinstance(until, timedelta):
        until = since + timedelta(days=min(until.days, (date.max - since).days))
    if until < since:
        raise UsageError(f"--until {until} is before {since}")
    return until


def _line(option: str, text: str, longest: int) -> str:
    """A person's name, or their reason, on one line.

    Raises:
        UsageError: there is none, or it is longer than can be read.
    """
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise UsageError(f"{option} must not be empty or contain control characters", fix="write the text on one line")
    if len(line) > longest:
        fix = f"use at most {longest:,}, or refer to a document"
        raise UsageError(f"{option} has {len(line):,} characters", fix=fix)
    return line


def _libraries(files: Sequence[str]) -> tuple[Library, ...]:
    """The libraries of these files, else of the configuration, with its policy and their own."""
    configuration = configuration_from(os.environ)
    return libraries_from(files, configuration, os.environ)


@contextmanager
def _stored_judge(store: str | None, today: date) -> Iterator[Callable[[Library], Report]]:
    """Gives a function that judges a library as of when it was last looked up, by the store; waivers as of today."""
    with stored_checker(store, _WITHOUT_STORE) as checker:
        yield lambda library: _judged(checker, library, today)


def _judged(checker: Checker, library: Library, today: date) -> Report:
    last = last_lookup_day(checker.store, library)
    request = CheckRequest(
        libraries=(library,),
        mode=Mode.OFFLINE,
        actor=actor_from(os.environ, None),
        as_of=min(last, today) if last else today,
        waived_as_of=today,
    )
    return checker.look_back(request)


def _echo_age(library: Library, report: Report, today: date) -> None:
    """Say how long ago the file was looked up, if not today."""
    age = (today - report.run.as_of).days
    if age > 0:
        what = f"based on look-ups from {report.run.as_of}, {age} day{'s' if age > 1 else ''} ago"
        echo_lines([f"{library.path}: {what}; for current results run `evidence check` first"])


def _edited_files(
    library: Library, requests: Iterable[WaiverRequest], terms: WaiverTerms, into: str | None
) -> list[Edited]:
    """The files with the waivers in them: renewed in their places, new ones after the others.

    Args:
        library: Whose findings they are.
        requests: The findings, and the waiver that is renewed for each.
        terms: The terms of all of them.
        into: The file for new ones; by default where the library has waivers already, else the library itself.

    Raises:
        UsageError: waivers are not read from that file, or one to be renewed is in another.
        FileError: a file cannot be read, or cannot be changed without touching more.
    """
    changes: dict[Path, list[Change]] = {}
    new = []
    for request in requests:
        if request.instead_of is None:
            new.append(waiver_entry(request.finding, terms, library))
        else:
            fields = waiver_fields(request.finding, terms, library, request.instead_of)
            path = Path(request.instead_of.place.path)
            if into is not None and path.absolute() != _file_of_new_waivers(library, into).absolute():
                what = f"the waiver of {request.finding.code} is in {path}, so it is renewed there and not in {into}"
                raise UsageError(what, fix="omit --file")
            changes.setdefault(path, []).append(SetFields(request.instead_of.index, fields, WAIVERS))
    if new:
        changes.setdefault(_file_of_new_waivers(library, into), []).append(AddEntries(new, WAIVERS))
    known = {library.path: library.sha256, **{file.path: file.sha256 for file in library.companions}}
    every_edited = []
    for path, file_changes in changes.items():
        source = read_source(path) if path == Path(library.path) else source_or_new(path, NEW_WAIVERS)
        if source.sha256 and known.get(path.as_posix()) not in {None, source.sha256}:
            raise FileError("the file changed after it was read", path=source.path, fix="run the command again")
        every_edited.append(edit(source, file_changes))
    for edited in every_edited:
        if edited.refused:
            raise edited.refused[0].reason
    return every_edited


def _file_of_new_waivers(library: Library, into: str | None) -> Path:
    own, companion = Path(library.path), waivers_file(library.path)
    if into is None:
        with_waivers = [Path(waiver.place.path) for waiver in library.waivers]
        return with_waivers[0] if with_waivers else companion if companion.exists() else own
    given = Path(into)
    for path in (own, companion):
        if given == path or given.absolute() == path.absolute():
            return path
    raise UsageError(f"waivers are not read from {into}", fix=f"use {own} or {companion}")


def _require_other_approver(
    library: Library, terms: WaiverTerms, options: Mapping[str, Any], entry: AuditEntry
) -> None:
    """Refuse what is approved by who asks for it, unless that is allowed; the audit trail records it as `entry`.

    Raises:
        UsageError: it is refused.
    """
    if not terms.is_self_approved or options["self_approved"] or library.policy.self_approval:
        return
    why = f"{terms.approved_by} cannot approve a request by {terms.requested_by}"
    if not options["dry_run"]:
        details = {**entry.details, "why": why, **_terms_details(terms)}
        record_refusal(replace(entry, reason=terms.reason, details=details))
    raise UsageError(why, fix="name someone else, or use --self-approved, which is reported (WVR004)")


def _findings_details(findings: Sequence[Finding], library: Library) -> Mapping[str, str]:
    """The findings for which a waiver is given, and their evidence by source, for the audit trail."""
    evidence = (
        f"{finding.fingerprint}/{source}/{value}"
        for finding in findings
        for source, value in sorted(evidence_of(finding, library).items())
    )
    return {"findings": " ".join(finding.fingerprint for finding in findings), "evidence": " ".join(evidence)}


def _terms_details(terms: WaiverTerms) -> Mapping[str, str]:
    return {
        "category": str(terms.category),
        "requested-by": terms.requested_by,
        "approved-by": terms.approved_by,
        "since": terms.since.isoformat(),
        "until": terms.until.isoformat(),
        **({"self-approved": "yes"} if terms.is_self_approved else {}),
    }
