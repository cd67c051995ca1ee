"""The text report's body: every reference with its findings, the infos folded, what passed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from evidence.reports.document import (
    Document,
    Values,
    deselection_sentence,
    has_one_library,
    is_retracted,
    library_paths,
    newness_test,
    place_text,
    retraction_label,
    unjudged_findings,
    waived_findings,
    waiver_groups,
    waiver_text,
)
from evidence.reports.layout import Sheet, TextSpan

# The text report's body: every reference with its findings, the infos folded, what passed.

BODY = 12  # columns before the text of a finding; severities and source names stand in them
_HEAD = 3
_NAMED = 10  # ids named where many are counted
_KINDS = {
    "setid": "label",
    "pmid": "article",
    "pmcid": "article",
    "doi": "article",
    "nct": "trial",
    "url": "web page",
}
_ORIGINS = {"store": " (from the store)", "lock": " (from the lock file)"}
_STATE_STYLES = {"found": "good", "not-found": "error"}
_MARKUP = re.compile(r"</?(?:i|b|u|sub|sup)>")


@dataclass(slots=True)
class Group:
    """A reference with its findings; without a reference, a file with those that concern it as a whole."""

    path: str
    reference: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_grave(self) -> bool:
        """Whether any finding is more than an info."""
        return any(finding["severity"] != "info" for finding in self.findings)


def quantity(number: int, noun: str) -> str:
    """`1 reference`, `2 references`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: list[str]) -> str:
    """The names, at most ten of them, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"


def reference_name(shown: Document, path: str, reference: str | None) -> str:
    """A reference's id, with its file where the run judged several; a file's path for what has no reference."""
    if reference is None:
        return path
    return reference if has_one_library(shown) else f"{path}:{reference}"


def minute_utc(moment: str) -> str:
    """`2026-11-23T08:35:54Z` as `2026-11-23 08:35 UTC`."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def finding_groups(shown: Document) -> list[Group]:
    """Files first, then references in their order, each with its own findings.

    Where an id occurs twice in a file, a finding belongs to the last entry that begins before it.
    """
    groups = [Group(reference["path"], reference) for reference in shown["references"]]
    entries: dict[tuple[str, str], list[Group]] = {}
    for group, reference in zip(groups, shown["references"], strict=True):
        entries.setdefault((reference["path"], reference["id"]), []).append(group)
    files: dict[str, Group] = {}
    homes = library_paths(shown)
    for finding in shown["findings"]:
        home = homes.get(finding["path"], finding["path"])  # of what stands in a file beside the library
        candidates = entries.get((home, finding["reference"]))
        if candidates is None:
            files.setdefault(home, Group(home)).findings.append(finding)
        elif home == finding["path"]:
            _entry_at(candidates, finding["line"]).findings.append(finding)
        else:
            candidates[0].findings.append(finding)
    return [*files.values(), *groups]


def _entry_at(candidates: list[Group], line: int) -> Group:
    before = [group for group in candidates if group.reference and group.reference["line"] <= line]
    return before[-1] if before else candidates[0]


def add_references(sheet: Sheet, groups: list[Group], *, full: bool, is_new: Callable[[Values], bool]) -> None:
    """Every group with errors or warnings, or with a retraction that could not be asked about; in a full report all.

    Look-ups and infos are only in a full report.
    `is_new` tells of a finding whether an earlier run did not make it.
    """
    for group in groups:
        if not full and not group.is_grave and not _is_retracted_unasked(group.reference):
            continue
        sheet.blank()
        if group.reference is None:
            sheet.rule(group.path)
        else:
            _add_head(sheet, group.reference, full=full)
        for finding in group.findings:
            if full or finding["severity"] != "info":
                add_finding(sheet, finding, new=is_new(finding))
        if not group.findings and group.reference and group.reference["state"] == "found":
            sheet.add(TextSpan("nothing to report"), indent=BODY, label=TextSpan("ok", "good"))


def _is_retracted_unasked(reference: dict[str, Any] | None) -> bool:
    retraction: Values | None = (reference or {}).get("retraction")
    return retraction is not None and not retraction["confirmed"]


def _add_head(sheet: Sheet, reference: dict[str, Any], *, full: bool) -> None:
    """What the reference is, what is known of it and since when."""
    sheet.rule(reference["id"], f"{reference['path']}:{reference['line']}:{reference['column']}")
    kind, value = next(iter(reference["identifiers"].items()), ("", ""))
    what = f"{_KINDS[kind]} {value if kind == 'url' else f'{kind}:{value}'}" if kind else "no identifier"
    sheet.add(TextSpan(f"{what} \N{MIDDLE DOT}", "dim"), *_standing(reference), indent=_HEAD)
    if reference["record"]:
        sheet.clipped(TextSpan(record_summary(reference["record"]), "dim"), indent=_HEAD)
    if full:
        for lookup in reference["lookups"]:
            _add_lookup(sheet, lookup)


def _standing(reference: dict[str, Any]) -> Iterator[TextSpan]:
    if is_retracted(reference):
        yield TextSpan(f"{retraction_label(reference)},", "error")
    state = reference["state"]
    yield TextSpan(state.replace("-", " ") + ("," if reference["verified"] else ""), _STATE_STYLES.get(state, "alarm"))
    if reference["verified"]:
        yield TextSpan(f"verified {minute_utc(reference['verified'])}{_ORIGINS.get(reference['from'], '')}", "dim")


def _add_lookup(sheet: Sheet, lookup: dict[str, Any]) -> None:
    asked = f" at {minute_utc(lookup['at'])}" if lookup["at"] else ""
    detail = f": {lookup['detail']}" if lookup["detail"] else ""
    told = f"{lookup['identifier']} {lookup['state'].replace('-', ' ')}{asked}{detail}"
    sheet.add(TextSpan(told, "dim"), indent=BODY, label=TextSpan(lookup["source"], "dim"))


def add_finding(sheet: Sheet, finding: dict[str, Any], *, new: bool = False) -> None:
    """One finding: its rule and place, its message, its fix."""
    severity = finding["severity"]
    sheet.add(
        TextSpan(finding["code"], "bold"),
        TextSpan(f"{finding['name']} \N{MIDDLE DOT} {place_text(finding)}", "dim"),
        *([TextSpan("\N{MIDDLE DOT}", "dim"), TextSpan("new", "bold")] if new else []),
        indent=BODY,
        label=TextSpan(severity, severity),
    )
    sheet.add(TextSpan(finding["message"]), indent=BODY)
    if finding["suggestion"]:
        sheet.add(TextSpan("fix:", "good"), TextSpan(finding["suggestion"]), indent=BODY)


def add_folded_infos(sheet: Sheet, shown: Document) -> None:
    """The infos, those of one rule on one line."""
    codes: dict[str, list[dict[str, Any]]] = {}
    for finding in shown["findings"]:
        if finding["severity"] == "info":
            codes.setdefault(finding["code"], []).append(finding)
    if not codes:
        return
    sheet.blank()
    sheet.rule("infos", "-v shows each with its fix")
    for code, findings in sorted(codes.items()):
        names = list(dict.fromkeys(reference_name(shown, f["path"], f["reference"]) for f in findings))
        single = len(findings) == 1
        dot = "\N{MIDDLE DOT}"
        name = f"{findings[0]['name']} {dot}" + ("" if single else f" {len(findings)} times {dot}")
        told = f"{listed(names)}: {findings[0]['message']}" if single else listed(names)
        sheet.add(
            TextSpan(code, "bold"), TextSpan(name, "dim"), TextSpan(told), indent=BODY, label=TextSpan("info", "info")
        )


def add_passed(sheet: Sheet, shown: Document, groups: list[Group]) -> None:
    """Which references were found and gave no reason for an error or warning."""
    silent = {(item["path"], item["reference"]) for item in shown["unchecked"]}
    waived: dict[tuple[str, str | None], list[str]] = {}
    for one in waived_findings(shown):
        waived.setdefault((one["path"], one["reference"]), []).append(one["code"])
    passed = [
        reference_name(shown, group.path, group.reference["id"])
        + _told_retracted(group.reference)
        + _told_waived(waived.get((group.path, group.reference["id"])))
        for group in groups
        if group.reference
        and group.reference["state"] == "found"
        and not group.is_grave
        and (group.path, group.reference["id"]) not in silent
    ]
    if passed:
        sheet.blank()
        told = f"{quantity(len(passed), 'reference')} found, no error or warning: {listed(passed)}"
        sheet.add(TextSpan(told), indent=BODY, label=TextSpan("ok", "good"))


def _told_retracted(reference: dict[str, Any]) -> str:
    return f" ({retraction_label(reference)})" if is_retracted(reference) else ""


def _told_waived(codes: list[str] | None) -> str:
    """That nothing counts there is somebody's decision."""
    return f" ({', '.join(dict.fromkeys(codes))} waived)" if codes else ""


def record_summary(record: dict[str, Any]) -> str:
    """A record (a CSL item) in a few words: first author, year, title; or the title alone."""
    authors = record.get("author") or []
    first = (authors[0].get("family") or authors[0].get("literal") or "") if authors else ""
    parts = record.get("issued", {}).get("date-parts")
    year = str(parts[0][0]) if parts and record["type"] not in {"document", "webpage"} else ""
    who = " ".join(word for word in (first, "et al." if len(authors) > 1 else "", year) if word)
    title = _MARKUP.sub("", str(record.get("title") or record.get("URL") or record["id"]))
    return f"{who}, {title}" if who else title


# Sign-offs in the words that every report uses for them, made from the document alone.

NOT_IDENTITY = (
    "A sign-off says who attested what to which bytes; that the person was who they say, only a good signature by a "
    "known key shows."
)

_SIGNATURES = {
    "good": "signed",
    "unknown-key": "signed by an unknown key",
    "expired-key": "signed by an expired key",
    "revoked-key": "signed by a revoked key",
    "bad": "BAD SIGNATURE",
    "unverified": "signature not verified",
}
_DIGITS = 12


def sign_offs(shown: Document) -> tuple[Mapping[str, Any], ...]:
    """The sign-offs that a document tells; those made before there were any tell none. The void ones come first."""
    return tuple(sorted(shown.get("sign_offs") or (), key=lambda one: (one["state"] != "void", one["sequence"])))


def title(one: Mapping[str, Any]) -> str:
    """Who attested what, as whom, when."""
    return f"{one['meaning']} by {one['name']} ({one['role']}), {minute_utc(one['at'])}{_of_day(one)}"


def _of_day(one: Mapping[str, Any]) -> str:
    return "" if one["at"].startswith(one["as_of"]) else f" as of {one['as_of']}"


def state(one: Mapping[str, Any]) -> str:
    """One word or two on how it stands."""
    if one["state"] == "void":
        return "void"
    if one["overdue"]:
        return "overdue"
    return "in force, as far as judged" if one["unjudged"] else "in force"


def signature(one: Mapping[str, Any]) -> str:
    """What is known of its signature."""
    made = one["signature"]
    return "no signature by a key" if made is None else f"{_SIGNATURES[made['state']]}: {made['told']}"


def report(one: Mapping[str, Any]) -> str:
    """What the report said that was signed."""
    told = one["report"]
    counts = ", ".join(quantity(told[f"{severity}s"], severity) for severity in ("error", "warning", "info"))
    silent = f"{told['unchecked']} not checked" if told["unchecked"] else "all checked"
    return f"run {told['run']}: exit {told['exit_code']}, {counts}; {silent}"


def bound(one: Mapping[str, Any], digits: int = _DIGITS) -> Iterator[tuple[str, str]]:
    """The files that it binds and the report, each with the beginning of its SHA-256."""
    for file in one["bound"]:
        yield file["path"], file["sha256"][:digits]
    yield f"report of run {one['report']['run']}", one["report"]["sha256"][:digits]


def lines(one: Mapping[str, Any]) -> Iterator[str]:
    """What is to be said beneath its title, a sentence each without a full stop."""
    yield from one["void"]
    if one["state"] != "void" and one["due"] is not None:
        yield f"overdue since {one['due']}" if one["overdue"] else f"to be given again by {one['due']}"
    if one["unjudged"]:
        yield f"{quantity(one['unjudged'], 'look-up')} without an answer: nobody knows what they would have shown"
    if one["gone"]:
        yield f"{quantity(one['gone'], 'signed finding')} not made in this run"
    if one["reason"]:
        yield f"reason: {one['reason']}"
    if one["name"] != one["actor"]:
        yield f"entered by {one['actor']}"
    yield signature(one)


# What people have decided since the run before: waivers given or renewed, and sign-offs.


def recent_decisions(shown: Document) -> Iterator[str]:
    """A line for each decision since the run that this one is compared with; none where there is no such run.

    A waiver says its day and no more: one of the very day of that run is told when it covers what none covered then.
    What was decided and is not in force any more, or covers nothing now, is told by the audit trail alone.
    """
    changes = shown.get("changes")
    if not changes:
        return
    since, fresh = changes["since"], set(changes.get("newly_waived", changes.get("waived", ())))
    for waiver, findings in waiver_groups(shown):
        is_of_that_day = waiver["since"] == since["as_of"] and any(one["fingerprint"] in fresh for one in findings)
        if waiver["since"] > since["as_of"] or is_of_that_day:
            what = listed([f"{one['code']} {reference_name(shown, one['path'], one['reference'])}" for one in findings])
            yield f"{what} waived by {waiver['approved_by']} on {waiver['since']}, until {waiver['until']}"
    for one in sign_offs(shown):
        if one["at"] >= since["finished"]:
            yield title(one)


# What happened since the run before, and what falls due: the few lines that a reader looks for first.

_NEWS_SHOWN = 12
_TEXT = 17  # columns before the text of a piece of news; `label-revised` and a space fit in


def add_changes(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """What happened since the earlier run; one line when nothing did, none when there was no earlier run."""
    changes = shown.get("changes")
    if not changes:
        return
    sheet.blank()
    since = changes["since"]
    sheet.rule(f"since {since['as_of']}", f"run {since['run']}")
    add_news(sheet, shown, changes["news"], full=full)
    for line in recent_decisions(shown):
        sheet.add(TextSpan(line), indent=_TEXT, label=TextSpan("decided", "bold"))
    sheet.add(TextSpan(", ".join(_counts(changes))), indent=_TEXT, label=TextSpan("findings", "dim"))
    _add_unjudged(sheet, shown, changes["unjudged"])


def _add_unjudged(sheet: Sheet, shown: Document, unjudged: list[dict[str, Any]]) -> None:
    """What was found before and could not be looked at again: errors one by one, so that none is forgotten."""
    others = [finding for finding in unjudged if finding["severity"] != "error"]
    for finding in unjudged:
        if finding["severity"] == "error":
            name = reference_name(shown, finding["path"], finding["reference"])
            told = f"{finding['code']} {finding['name']} could not be judged again; before: {finding['message']}"
            sheet.add(TextSpan(f"{name}:", "bold"), TextSpan(told), indent=_TEXT, label=TextSpan("unknown", "alarm"))
    if others:
        names = sorted({reference_name(shown, finding["path"], finding["reference"]) for finding in others})
        told = f"{quantity(len(others), 'lesser finding')} of before could not be judged again: {listed(names)}"
        sheet.add(TextSpan(told), indent=_TEXT, label=TextSpan("unknown", "alarm"))


def add_news(sheet: Sheet, shown: Document, news: list[dict[str, Any]], *, full: bool) -> None:
    """Each piece of news on a line of its own, what matters most first; a long list is cut unless all is wanted."""
    told = news if full else news[:_NEWS_SHOWN]
    for one in told:
        name = reference_name(shown, one["path"], one["reference"])
        label = TextSpan(one["kind"], one["severity"])
        sheet.add(TextSpan(f"{name}:", "bold"), TextSpan(one["message"]), indent=_TEXT, label=label)
    if len(news) > len(told):
        sheet.add(TextSpan(f"and {len(news) - len(told)} more (-v lists them)", "dim"), indent=_TEXT)


def _counts(changes: dict[str, Any]) -> Iterator[str]:
    for key in ("new", "resolved"):
        yield f"{len(changes[key]) or 'nothing'} {key}"
    yield f"{len(changes['persisting'])} as before"
    if changes["ignored"]:
        yield f"{len(changes['ignored'])} ignored"
    if changes.get("waived"):
        yield f"{len(changes['waived'])} waived"


def add_due(sheet: Sheet, shown: Document) -> None:
    """How much falls due in the coming weeks; what is stale or was never seen is told elsewhere already."""
    today = shown["run"]["as_of"]
    wanted = [item for item in shown.get("due", ()) if (item["on"] < today) == (item["kind"] == "verification")]
    told = []
    for kind, (one, many) in _DUE.items():
        number = sum(item["kind"] == kind for item in wanted)
        if number:
            told.append(one if number == 1 else many.format(number))
    if told:
        sheet.blank()
        first = wanted[0]
        name = reference_name(shown, first["path"], first["reference"])
        where = f"; first {name}, {first['on']} (`evidence due` lists them)"
        sheet.add(TextSpan("; ".join(told) + where), indent=BODY, label=TextSpan("due", "warning"))


_DUE = {
    "accessed": ("1 accessed date runs out within 30 days", "{} accessed dates run out within 30 days"),
    "confirmation": ("1 confirmation ends within 30 days", "{} confirmations end within 30 days"),
    "waiver": ("waivers of 1 reference end within 30 days", "waivers of {} references end within 30 days"),
    "sign-off": ("1 sign-off is overdue within 30 days", "{} sign-offs are overdue within 30 days"),
    "verification": ("1 reference was not verified for long", "{} references were not verified for long"),
}


def add_sign_offs(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Who has signed this off, and whether it still holds; in a full report with what it binds."""
    told = sign_offs(shown)
    if not told:
        return
    sheet.blank()
    sheet.rule("sign-offs")
    for one in told:
        label = TextSpan(state(one).partition(",")[0], "warning" if state(one) in {"void", "overdue"} else "good")
        sheet.add(TextSpan(title(one)), indent=_TEXT, label=label)
        for line in lines(one):
            sheet.add(TextSpan(line, "dim"), indent=_TEXT)
        if full:
            sheet.add(TextSpan(report(one), "dim"), indent=_TEXT)
            for path, digest in bound(one, 64):
                sheet.add(TextSpan(f"{path} sha256 {digest}", "dim"), indent=_TEXT)


# The text report's frame: who checked what and how, what was not checked, what is ignored, the sum.

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
        told = f"{tool['version']} {dot} {minute_utc(run['started'])} {dot} {run['mode']} {dot} by {run['actor']}"
        sheet.add(TextSpan(tool["name"], "bold"), TextSpan(told, "dim"))
        _add_inputs(sheet, run["inputs"], full=full)
        if full:
            sheet.add(TextSpan(f"run {run['id']} {dot} finished {minute_utc(run['finished'])}", "dim"))
        for terms in _terms(run, full=full):
            sheet.add(TextSpan(terms, "dim"))
    if run["mode"] in _MODES:
        sheet.add(TextSpan(_MODES[run["mode"]], "alarm"))
    if run["as_of"] != run["started"][:10]:
        sheet.add(TextSpan(f"Judged as of {run['as_of']}; the clock said {run['started'][:10]}.", "alarm"))
    for words, verb in (("select", "Only these rules are shown"), ("ignore", "These rules are not shown")):
        if run[words]:
            sheet.add(TextSpan(f"{verb} (--{words}): {', '.join(run[words])}.", "alarm"))
    if left_out := deselection_sentence(run):
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
        name = reference_name(shown, item["path"], item["reference"])
        reasons.setdefault((item["source"], item["reason"]), []).append(name)
    if not reasons:
        return
    sheet.blank()
    sheet.rule("NOT CHECKED", "neither passed nor failed")
    for (source, reason), references in reasons.items():
        names = list(dict.fromkeys(references))
        sheet.add(TextSpan(reason), indent=BODY, label=TextSpan(source, "alarm"))
        sheet.add(TextSpan(f"{quantity(len(names), 'reference')}: {listed(names)}", "dim"), indent=BODY)


def add_ignored(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Findings silenced by their entries: how many; in a full report each, with the reason."""
    ignored = shown["ignored"]
    if not ignored:
        return
    sheet.blank()
    if not full:
        sheet.add(
            TextSpan(f"{quantity(len(ignored), 'finding')} ignored by the entries themselves (-v shows the reasons)"),
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
    counts = (quantity(summary[f"{severity}s"], severity) for severity in ("error", "warning", "info"))
    unchecked = summary["unchecked"]
    silent = f"{unchecked} not checked" if unchecked else "all checked" if summary["references"] else "nothing checked"
    waived = f"; {summary['waived']} waived" if summary.get("waived") else ""
    told = f"{quantity(summary['references'], 'reference')}: {', '.join(counts)}; {silent}{waived}"
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
    incomplete = f"{quantity(summary['unchecked'], 'look-up')} gave no answer"
    if not summary["unchecked"]:
        incomplete = "nothing was checked, there are no references"
    unjudged = len(unjudged_findings(shown, "error"))
    if unjudged:
        incomplete += f"; {quantity(unjudged, 'error')} of before could not be judged again"
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
    counts = (quantity(failing.count(severity), severity) for severity in severities if severity in failing)
    return f"{', '.join(counts)} at or above the severity that fails a run"


# What waivers let stand, for a terminal: never left out, those waived in the same words together.

_NAMED_TEXT_WAIVERS = 6  # findings named where many are waived by one decision


def add_waived(sheet: Sheet, shown: Document, *, full: bool) -> None:
    """Every waived finding with who let it stand, as what, why and until when; in a full report with its message."""
    together = waiver_groups(shown)
    if not together:
        return
    sheet.blank()
    told = "let stand for now; they do not fail the run"
    sheet.rule(f"waived: {quantity(len(waived_findings(shown)), 'finding')}", told)
    for waiver, findings in together:
        left = (date.fromisoformat(waiver["until"]) - date.fromisoformat(shown["run"]["as_of"])).days
        days = "last day" if left == 0 else f"{left} d left"
        if full:
            for finding in findings:
                add_finding(sheet, finding)
        else:
            names = [f"{one['code']} {reference_name(shown, one['path'], one['reference'])}" for one in findings]
            more = len(names) - _NAMED_TEXT_WAIVERS
            listed = ", ".join(names[:_NAMED_TEXT_WAIVERS]) + (f" and {more} more (-v lists them)" if more > 0 else "")
            sheet.add(TextSpan(listed, "bold"), indent=BODY, label=TextSpan("waived", "dim"))
        sheet.add(TextSpan(waiver_text(waiver)), TextSpan(f"({days})", "dim"), indent=BODY)


# The report for people at a terminal: what to mend first, then what was not checked, then the sum.


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How to print: the width in columns, whether to colour, how much, and whether Unicode may be used.

    `verbose` from 1 shows every reference with its look-ups, every info and every ignored finding;
    `quiet` leaves only errors, warnings, what was not checked, what is waived, and the summary.
    """

    width: int = 80
    color: bool = False
    verbose: int = 0
    quiet: bool = False
    unicode: bool = True


def render_text(shown: Document, options: TextOptions) -> str:
    """A report's document as text, ending in a line break.

    No control character comes from the document; colours (ECMA-48 SGR) only if asked for.
    """
    sheet = Sheet(width=options.width, color=options.color, unicode=options.unicode)
    full = options.verbose > 0 and not options.quiet
    groups = finding_groups(shown)
    add_header(sheet, shown, full=full, quiet=options.quiet)
    add_references(sheet, groups, full=full, is_new=newness_test(shown))
    if not full and not options.quiet:
        add_folded_infos(sheet, shown)
    add_unchecked(sheet, shown)
    if not full and not options.quiet:
        add_passed(sheet, shown, groups)
    add_waived(sheet, shown, full=full)
    if not options.quiet:
        add_ignored(sheet, shown, full=full)
        add_sign_offs(sheet, shown, full=full)
        add_due(sheet, shown)
        add_changes(sheet, shown, full=full)
    add_summary(sheet, shown)
    add_audit(sheet, shown)
    return sheet.text()
