"""The text report's frame: who checked what and how, what was not checked, what is ignored, the sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.formats.json_report import Document
from evidence.formats.standing import deselected, unjudged_of
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import BODY, add_finding, called, count, listed, minute

_MODES = {
    "stand-in": "Checked against the stand-in, not the real services: this says nothing about the real references.",
    "offline": "Offline: judged from the store alone, no service was asked.",
    "locked": "Locked: judged from the lock file alone, no service was asked.",
}
_STYLE = "ama"  # the default, which a short report leaves unsaid
_SIGN_OFF_DAYS = 365  # the default, too
_HASH_SHOWN = 12  # digits of a SHA-256 that tell files apart by eye
_FILES_SHOWN = 5  # beyond these, a report's header would be a list of files


def add_header(sheet: Sheet, shown: Document, *, full: bool, quiet: bool) -> None:
    """Who checked, when, with what and on what terms. A quiet report keeps what limits its meaning."""
    run, tool = shown["run"], shown["tool"]
    dot = "\N{MIDDLE DOT}"
    if not quiet:
        told = f"{tool['version']} {dot} {minute(run['started'])} {dot} {run['mode']} {dot} by {run['actor']}"
        sheet.add(TextSpan(tool["name"], "bold"), TextSpan(told, "dim"))
        _add_inputs(sheet, run["inputs"], full=full)
        if full:
            sheet.add(TextSpan(f"run {run['id']} {dot} finished {minute(run['finished'])}", "dim"))
        for terms in _terms(run, full=full):
            sheet.add(TextSpan(terms, "dim"))
    if run["mode"] in _MODES:
        sheet.add(TextSpan(_MODES[run["mode"]], "alarm"))
    if run["as_of"] != run["started"][:10]:
        sheet.add(TextSpan(f"Judged as of {run['as_of']}; the clock said {run['started'][:10]}.", "alarm"))
    for words, verb in (("select", "Only these rules are shown"), ("ignore", "These rules are not shown")):
        if run[words]:
            sheet.add(TextSpan(f"{verb} (--{words}): {', '.join(run[words])}.", "alarm"))
    if left_out := deselected(run):
        sheet.add(TextSpan(f"{left_out}.", "alarm"))


def _add_inputs(sheet: Sheet, inputs: list[dict[str, Any]], *, full: bool) -> None:
    if len(inputs) > _FILES_SHOWN and not full:
        sheet.add(TextSpan(f"{len(inputs)} files"), TextSpan("(-v lists them with their sha256)", "dim"))
        return
    for item in inputs:
        digest = item["sha256"] if full else item["sha256"][:_HASH_SHOWN]
        title = f"\N{MIDDLE DOT} {item['title']} " if item.get("title") else ""
        sheet.add(TextSpan(item["path"]), TextSpan(f"{title}\N{MIDDLE DOT} sha256 {digest}", "dim"))


def _terms(run: dict[str, Any], *, full: bool) -> Iterator[str]:
    """The limits judged by: one line for all files, or one for each when they differ."""
    told = {path: _told_terms(policy, full=full) for path, policy in run["policies"].items()}
    if len(set(told.values())) == 1:
        yield f"policy: {next(iter(told.values()))}"
    else:
        yield from (f"policy of {path}: {terms}" for path, terms in told.items())


def _told_terms(policy: dict[str, Any], *, full: bool) -> str:
    limits = ", ".join(f"{kind} {_days(days)}" for kind, days in policy["accessed-limit"].items())
    lives = ", ".join(f"{kind} {_days(days)}" for kind, days in policy["life"].items())
    terms = [f"accessed limit {limits}", f"fails on {policy['fail-on']}"]
    if policy.get("style", _STYLE) != _STYLE:
        terms.append(f"printed style {policy['style']}")
    if full:
        terms.append(f"asked again after {lives}")
    if policy["confirm-dead"] != 1:
        terms.append(f"dead after {policy['confirm-dead']} strikes")
    if full and "waiver-limit" in policy:
        terms.append("waivers " + ", ".join(f"{kind} {_days(days)}" for kind, days in policy["waiver-limit"].items()))
    limit = policy.get("sign-off-limit", _SIGN_OFF_DAYS)
    if full or limit != _SIGN_OFF_DAYS:
        terms.append(f"sign-off limit {_days(limit)}")
    if policy.get("self-approval") == "allowed":
        terms.append("self-approval allowed")
    if policy["severity"]:
        terms.append("severity " + ", ".join(f"{code} {severity}" for code, severity in policy["severity"].items()))
    return "; ".join(terms)


def _days(days: int | None) -> str:
    return "none" if days is None else f"{days} d"


def add_unchecked(sheet: Sheet, shown: Document) -> None:
    """What could not be asked, with the reason: neither a pass nor a finding."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for item in shown["unchecked"]:
        name = called(shown, item["path"], item["reference"])
        reasons.setdefault((item["source"], item["reason"]), []).append(name)
    if not reasons:
        return
    sheet.blank()
    sheet.rule("NOT CHECKED", "neither passed nor failed")
    for (source, reason), references in reasons.items():
        names = list(dict.fromkeys(references))
        sheet.add(TextSpan(reason), indent=BODY, label=TextSpan(source, "alarm"))
        sheet.add(TextSpan(f"{count(len(names), 'reference')}: {listed(names)}", "dim"), indent=BODY)


def add_ignored(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Findings silenced by their entries: how many; in a full report each, with the reason."""
    ignored = shown["ignored"]
    if not ignored:
        return
    sheet.blank()
    if not full:
        sheet.add(
            TextSpan(f"{count(len(ignored), 'finding')} ignored by the entries themselves (-v shows the reasons)"),
            indent=BODY,
            label=TextSpan("ignored", "dim"),
        )
        return
    sheet.rule("ignored", "by the entries themselves")
    for finding in ignored:
        add_finding(sheet, finding)
        sheet.add(TextSpan("ignored:", "dim"), TextSpan(finding["reason"]), indent=BODY)


def add_summary(sheet: Sheet, shown: Document) -> None:
    """The sum, and why the exit status is what it is."""
    summary = shown["summary"]
    sheet.blank()
    counts = (count(summary[f"{severity}s"], severity) for severity in ("error", "warning", "info"))
    unchecked = summary["unchecked"]
    silent = f"{unchecked} not checked" if unchecked else "all checked" if summary["references"] else "nothing checked"
    waived = f"; {summary['waived']} waived" if summary.get("waived") else ""
    told = f"{count(summary['references'], 'reference')}: {', '.join(counts)}; {silent}{waived}"
    stand_in = " (against the stand-in)" if shown["run"]["mode"] == "stand-in" else ""
    sheet.add(TextSpan(told + stand_in, _worst(summary)))
    for line in _exit_told(shown):
        sheet.add(TextSpan(line))


def add_audit(sheet: Sheet, shown: Document) -> None:
    """The head of the audit trail: printed and filed, it tells later whether the trail is still the one of today."""
    audit = shown.get("audit")
    if audit:
        sheet.add(TextSpan(f"audit head {audit['sequence']}: {audit['head']}", "dim"))


def _worst(summary: dict[str, Any]) -> str:
    if summary["errors"]:
        return "error"
    if summary["unchecked"] or not summary["references"]:
        return "alarm"
    return "warning" if summary["warnings"] else "good"


def _exit_told(shown: Document) -> Iterator[str]:
    summary = shown["summary"]
    incomplete = f"{count(summary['unchecked'], 'look-up')} gave no answer"
    if not summary["unchecked"]:
        incomplete = "nothing was checked, there are no references"
    unjudged = len(unjudged_of(shown, "error"))
    if unjudged:
        incomplete += f"; {count(unjudged, 'error')} of before could not be judged again"
    match summary["exit_code"]:
        case 1:
            yield f"exit 1: {_failing(shown)}"
            if summary["unchecked"]:
                yield f"also incomplete: {incomplete}"
        case 3:
            yield f"exit 3: incomplete, {incomplete}"
        case _ if summary["unchecked"] or not summary["references"]:
            yield f"INCOMPLETE, let pass by --on-incomplete warn: {incomplete}"


def _failing(shown: Document) -> str:
    """The findings that fail the run, by the policy of the file they stand in."""
    policies = shown["run"]["policies"]
    severities = ("error", "warning", "info")
    failing = [
        finding["severity"]
        for finding in shown["findings"]
        if severities.index(finding["severity"]) <= severities.index(policies[finding["path"]]["fail-on"])
    ]
    counts = (count(failing.count(severity), severity) for severity in severities if severity in failing)
    return f"{', '.join(counts)} at or above the severity that fails a run"
