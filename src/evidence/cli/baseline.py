"""`evidence baseline`: what is found today is waived, to be mended, so that an inherited monograph passes the gate."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import click

from evidence.cli.changes import echo_lines, keep, refused, show_diff
from evidence.cli.options import Day, store_option
from evidence.cli.settings import actor_from
from evidence.cli.waiving import (
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
from evidence.findings import Finding
from evidence.formats.text_references import count
from evidence.mending.waiving import Inherited, WaiverRequest, WaiverTerms, inherited
from evidence.model.deeds import ActionStatus, AuditAction, AuditEntry
from evidence.model.references import Category, Library

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
            refused(
                AuditEntry(
                    AuditAction.BASELINE, library.path, ActionStatus.REFUSED, reason=word.reason, details=details
                )
            )
        raise UsageError(why, fix=f"--until {last} at the latest")
    require_another(library, word, options, AuditEntry(AuditAction.BASELINE, library.path))
    return word


def _waive(looked: StoredFindings, word: WaiverTerms, options: Mapping[str, Any]) -> None:
    library = looked.library
    found = inherited(library, looked.report)
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
            keep(edited, AuditEntry(AuditAction.BASELINE, library.path, reason=word.reason, details=details))
    echo_lines(_told(looked, word, found, written=not options["dry_run"]))


def _codes(findings: list[Finding]) -> str:
    codes = Counter(finding.code for finding in findings)
    return ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))


def _told(looked: StoredFindings, word: WaiverTerms, found: Inherited, *, written: bool) -> Iterator[str]:
    path, fresh, known = looked.library.path, found.fresh, found.known
    verb = "waived" if written else "would be waived"
    if fresh:
        yield f"{path}: {count(len(fresh), 'finding')} {verb} until {word.until} ({_codes(fresh)})"
    else:
        yield f"{path}: nothing new to waive"
    if known:
        told = f"{count(len(known), 'finding')} left, as a waiver of each is there ({_codes(known)})"
        yield f"{path}: {told}: `evidence waivers`"
    for finding in found.never:
        yield f"{path}: not waivable, to be mended first: {finding.reference or path}: {finding.code} {finding.message}"
    silent = sorted({item.reference for item in looked.report.unchecked})
    if silent:
        some = ", ".join(silent[:5]) + (" …" if len(silent) > 5 else "")
        told = f"{count(len(silent), 'reference')} could not be judged whole ({some})"
        yield f"{path}: {told}; run `evidence check` first"
