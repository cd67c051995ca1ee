"""`evidence waive`: a named person lets a finding stand for a while, for a reason that another one approved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from evidence.checks.waivers import is_waivable
from evidence.cli.changes import echo_lines, keep, refused, show_diff
from evidence.cli.options import Day, rules_beginning, store_option
from evidence.cli.waiving import (
    WHOLE_FILE,
    StoredFindings,
    Until,
    day_of,
    echo_age,
    edits_for,
    findings_details,
    libraries_of,
    name_of,
    require_another,
    stored_findings_reader,
    terms_details,
    today_of,
)
from evidence.errors import UsageError
from evidence.escape import one_line
from evidence.findings import Finding
from evidence.library.editing import Edited
from evidence.mending.waiving import WaiverTerms, findings_at, last_day, matched
from evidence.model.deeds import ActionStatus, AuditAction, AuditEntry
from evidence.model.references import Category, Library
from evidence.registry import find_rule
from evidence.rules import Rule

_SHORTEST_NAME = 6  # digits of a fingerprint
_SHOWN_NAME = 8


@click.command(name="waive")
@click.argument("rule", metavar="RULE", shell_complete=rules_beginning)
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
    word = _word(options, today)
    library = _library(libraries_of(files), reference)
    require_another(library, word, options, AuditEntry(AuditAction.WAIVE, reference, details={"code": judged.code}))
    with stored_findings_reader(options["store"], today) as look:
        looked = look(library)
    echo_age(looked, today)
    known = findings_at(looked.report, judged.code, None if reference == WHOLE_FILE else reference)
    findings = _chosen(looked, judged, reference, known, options)
    _require_allowed(findings, word, library, noted=not options["dry_run"])
    wanted = matched(library, findings, [one for one in known if one not in findings])
    for edited in edits_for(library, wanted, word, options["into"]):
        if options["dry_run"]:
            show_diff(edited, os.environ)
        else:
            keep(edited, _deed(edited, library, findings, word))
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


def _word(options: Mapping[str, Any], today: date) -> WaiverTerms:
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
                refused(AuditEntry(AuditAction.WAIVE, about, ActionStatus.REFUSED, reason=word.reason, details=details))
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
