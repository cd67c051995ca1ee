"""`evidence waivers`: which waivers are in force, ended or void, and how many days are left of each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from evidence.cli.options import Day, files_argument, store_option
from evidence.cli.terminal import echo_json, json_option, new_sheet
from evidence.cli.waiving import StoredFindings, libraries_of, stored_findings_reader, today_of
from evidence.cli.writing import to_stdout
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import count
from evidence.mending.waiving import WaiverStatus, standings

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
    told = [(one, tuple(standings(one.library, one.report, today))) for one in looked]
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
    sheet.rule(looked.library.path, count(len(some), "waiver"))
    for one in some:
        waiver = one.waiver
        left = "last day" if one.left == 0 else f"{one.left} d left" if one.left > 0 else f"{-one.left} d ago"
        sheet.add(
            TextSpan(f"{waiver.code} {waiver.reference or looked.library.path}", "bold"),
            TextSpan(f"{waiver.category}{', baseline' if waiver.baseline else ''}, until {waiver.until} ({left})"),
            TextSpan(f"\N{MIDDLE DOT} {waiver.place}", "dim"),
            indent=_TEXT,
            label=TextSpan(one.told, _STYLES.get(one.told, "error")),
        )
        who = f"requested by {waiver.requested_by}, approved by {waiver.approved_by} on {waiver.since}"
        sheet.add(TextSpan(waiver.reason), TextSpan(f"({who})", "dim"), indent=_TEXT)
        if one.why:
            sheet.add(TextSpan(one.why, _STYLES.get(one.told, "error")), indent=_TEXT)
    if not some:
        sheet.add(TextSpan("none"), indent=_TEXT)


def _as_json(one: WaiverStatus) -> Mapping[str, Any]:
    waiver = one.waiver
    return {
        "code": waiver.code,
        "reference": waiver.reference,
        "standing": one.told.replace(" ", "-"),
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
