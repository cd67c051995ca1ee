"""The report for people at a terminal: what to fix first, then what was not checked, then the sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.model.outcomes import CheckStatus
from evidence.model.report import Mode
from evidence.model.rule import VOID_WORDS
from evidence.model.text import quantity
from evidence.reports.document import (
    Document,
    Values,
    claim_key,
    deselection_sentence,
    has_one_library,
    loaded_sentences,
    newness_test,
    place_text,
    references_by_check,
    unjudged_findings,
    void_label,
    waived_findings,
    waiver_groups,
    waiver_text,
    weaker_lines,
    without_references,
)
from evidence.reports.layout import Sheet, TextSpan
from evidence.reports.wording import (
    NAMED_UNCHECKED,
    SEVERITIES,
    SOURCE_KINDS,
    STATES,
    Group,
    anchor_text,
    anchors_of,
    by_reference,
    checks_of,
    claim_place,
    class_text,
    failing_findings,
    finding_groups,
    flawless_references,
    infos_by_code,
    minute_utc,
    name_list,
    recent_decisions,
    record_summary,
    reference_name,
    run_tone,
    sentence_place,
    sign_off_lines,
    sign_off_report,
    sign_off_state,
    sign_off_title,
    sign_offs,
    signed_files,
    uncheckable_by_reason,
    unchecked_by_reason,
)

BODY = 12  # columns before the text of a finding, which hold a severity or the name of a source
_NEWS = 17  # columns before the text of a piece of news; `label-revised` and a space fit in
_HEAD = 3
_DOT = "\N{MIDDLE DOT}"
_TIMES = "\N{MULTIPLICATION SIGN}"
_FILES_NAMED = 5  # beyond these, a report's header would be a list of files
_NEWS_NAMED = 12
_WAIVED_NAMED = 6  # findings named where many are waived by one decision
_FINDINGS_READ = 12  # errors and warnings that a reader keeps in mind; with more, the summary counts them by rule
_RULES_NAMED = 6
_STYLE = "ama"  # the default, which a short report does not mention
_SIGN_OFF_DAYS = 365  # the default, too
_MODES = {
    "stand-in": "Checked against the demo server, not the real services: this says nothing about the real references.",
    "offline": "Offline: based on stored results; nothing was looked up.",
    "locked": "Locked: based on the lock file alone; nothing was looked up.",
}
_ADVICE = {
    "offline": "run it without --offline to look them up",
    "locked": "`evidence check --update-lock` looks them up",
}
"""What to do about look-ups that a run of this mode does not make."""

_ORIGINS = {"store": " (from the store)", "lock": " (from the lock file)"}
_STATE_STYLES = {"found": "", "not-found": "error"}  # green is what was found and is without any fault
_DUE = {
    "accessed": ("1 access date expires within 30 days", "{} access dates expire within 30 days"),
    "confirmation": ("1 confirmation expires within 30 days", "{} confirmations expire within 30 days"),
    "waiver": (
        "the waivers of 1 reference expire within 30 days",
        "the waivers of {} references expire within 30 days",
    ),
    "sign-off": ("1 sign-off is due within 30 days", "{} sign-offs are due within 30 days"),
    "verification": ("1 reference has not been verified recently", "{} references have not been verified recently"),
}


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How to print: the width in columns, whether to colour, how much, and whether Unicode may be used.

    `verbose` from 1 shows every reference with its look-ups, every info and every ignored finding;
    `quiet` leaves only errors, warnings, what was not checked, what is waived, and the summary; `in_file` names what
    made it, and when, also in a quiet one.
    """

    width: int = 80
    color: bool = False
    verbose: int = 0
    quiet: bool = False
    unicode: bool = True
    in_file: bool = False


def render_text(document: Document, options: TextOptions) -> str:
    """A report's document as text, ending in a line break.

    No control character comes from the document; colours (ECMA-48 SGR) only if asked for.
    """
    sheet = Sheet(width=options.width, color=options.color, unicode=options.unicode)
    full = options.verbose > 0 and not options.quiet
    groups = finding_groups(document)
    _add_header(sheet, document, full=full, options=options)
    flawless = flawless_references(document)
    _add_references(sheet, document, groups, flawless, full=full)
    if not full and not options.quiet:
        _add_folded_infos(sheet, document)
    _add_unchecked(sheet, document)
    if not full and not options.quiet:
        _add_passed(sheet, document, groups, flawless)
    _add_waived(sheet, document, full=full)
    if not options.quiet:
        _add_ignored(sheet, document, full=full)
        _add_sign_offs(sheet, document, full=full)
        _add_due(sheet, document)
        _add_changes(sheet, document, full=full)
    _add_summary(sheet, document, heads=full or options.in_file)
    return sheet.text()


def render_summary(document: Document, options: TextOptions) -> str:
    """The end of the text report alone, after the line that says which tool made it and when."""
    sheet = Sheet(width=options.width, color=options.color, unicode=options.unicode)
    _add_tool(sheet, document)
    _add_alarms(sheet, document)
    _add_summary(sheet, document, heads=options.verbose > 0 or options.in_file)
    return sheet.text()


def _add_header(sheet: Sheet, document: Document, *, full: bool, options: TextOptions) -> None:
    """Who checked, when, with what and by which policy. A quiet report keeps what limits its meaning."""
    run = document["run"]
    if not options.quiet or options.in_file:
        _add_tool(sheet, document)
    if not options.quiet:
        if len(run["inputs"]) > _FILES_NAMED and not full:
            files = f"{len(run['inputs'])} files"
            sheet.add(TextSpan(files), TextSpan("(-v lists them with their SHA-256)", "dim"))
        else:
            for item in run["inputs"]:
                facts = [item["title"]] if item.get("title") else []
                facts += [f"sha256 {item['sha256']}"] if full else []
                more = [TextSpan("".join(f"{_DOT} {fact} " for fact in facts).strip(), "dim")] if facts else []
                sheet.add(TextSpan(item["path"]), *more)
        if full:
            sheet.add(TextSpan(f"run {run['id']} {_DOT} finished {minute_utc(run['finished'])}", "dim"))
        policies = {path: _policy_text(policy, full=full) for path, policy in run["policies"].items()}
        if len(set(policies.values())) == 1:
            sheet.add(TextSpan(f"policy: {next(iter(policies.values()))}", "dim"))
        else:
            for path, policy in policies.items():
                sheet.add(TextSpan(f"policy of {path}: {policy}", "dim"))
    _add_alarms(sheet, document)


def _add_alarms(sheet: Sheet, document: Document) -> None:
    """What limits the meaning of the report: how it was run, and what it leaves out or judges more weakly."""
    run = document["run"]
    if run["mode"] in _MODES:
        sheet.add(TextSpan(_MODES[run["mode"]], "alarm"))
    for sentence in loaded_sentences(run):
        sheet.add(TextSpan(f"{sentence}.", "alarm"))
    if run["as_of"] != run["started"][:10]:
        sheet.add(TextSpan(f"Checked as of {run['as_of']}; the run itself was on {run['started'][:10]}.", "alarm"))
    for words, verb in (("select", "Only these rules are shown"), ("ignore", "These rules are not shown")):
        if run[words]:
            sheet.add(TextSpan(f"{verb} (--{words}): {', '.join(run[words])}.", "alarm"))
    if sentence := deselection_sentence(run):
        sheet.add(TextSpan(f"{sentence}.", "alarm"))
    for line in weaker_lines(document):
        sheet.add(TextSpan(line, "alarm"))
    if not run.get("recorded", True):
        sheet.add(TextSpan("Not recorded (--no-record).", "alarm"))


def _add_tool(sheet: Sheet, document: Document) -> None:
    """Which version of the tool reports, and who ran it when; the mark of a report in a file."""
    run, tool = document["run"], document["tool"]
    facts = (tool["version"], minute_utc(run["started"]), Mode(run["mode"]).words, f"by {run['actor']}")
    sheet.add(TextSpan(tool["name"], "bold"), TextSpan(f" {_DOT} ".join(facts), "dim"))


def _policy_text(policy: Values, *, full: bool) -> str:
    """The limits judged by; a short report leaves out what is as by default."""
    limits = _days(policy["accessed-limit"])
    settings = [f"access dates: {limits}", f"fails on {policy['fail-on']}"]
    if policy.get("style", _STYLE) != _STYLE:
        settings.append(f"printed style {policy['style']}")
    if full:
        settings.append(f"stored answers: {_days(policy['life'])}")
    if policy["confirm-dead"] != 1:
        settings.append(f"dead after failing on {policy['confirm-dead']} days")
    if full and "waiver-limit" in policy:
        settings.append(f"waivers {_days(policy['waiver-limit'])}")
    if "claim-limit" in policy:
        settings.append(f"claims reviewed within {_days(policy['claim-limit'])}")
    limit = policy.get("sign-off-limit", _SIGN_OFF_DAYS)
    if full or limit != _SIGN_OFF_DAYS:
        settings.append(_days({"sign-off limit": limit}))
    if signing := policy.get("sign-off"):
        if signing["require-key"]:
            settings.append("sign-offs need a known key")
        settings += [f"{role}: {', '.join(names) or 'nobody'}" for role, names in signing["roles"].items()]
    if policy.get("coverage") is not None:
        settings.append(f"coverage {policy['coverage']} %")
    if policy.get("self-approval") == "allowed":
        settings.append("self-approval allowed")
    if policy["severity"]:
        settings.append("severity " + ", ".join(f"{code} {severity}" for code, severity in policy["severity"].items()))
    return "; ".join(settings)


def _days(limits: Values) -> str:
    return ", ".join(f"{name} {'none' if days is None else f'{days} d'}" for name, days in limits.items())


def _add_references(
    sheet: Sheet, document: Document, groups: list[Group], flawless: frozenset[tuple[str, str]], *, full: bool
) -> None:
    """Every group with errors or warnings, or with a retraction that could not be asked about; in a full report all.

    Look-ups, infos and the evidence of claims are only in a full report.
    """
    is_new = newness_test(document)
    for group in groups:
        retraction: Values | None = (group.reference or {}).get("retraction")
        if not (full or group.is_grave or (retraction is not None and not retraction["confirmed"])):
            continue
        sheet.blank()
        if group.claim is not None:
            _add_claim(sheet, group.claim, full=full)
        elif group.reference is None:
            sheet.rule(group.path)
        else:
            _add_reference(sheet, group.reference, is_flawless=_key(group.reference) in flawless, full=full)
        for finding in group.findings:
            if full or finding["severity"] != "info":
                add_finding(sheet, finding, new=is_new(finding))
        if group.reference is not None and _key(group.reference) in flawless:
            sheet.add(TextSpan("nothing to report"), indent=BODY, label=TextSpan("ok", "good"))


def _key(reference: Values) -> tuple[str, str]:
    return reference["path"], reference["id"]


def _add_reference(sheet: Sheet, reference: dict[str, Any], *, is_flawless: bool, full: bool) -> None:
    """What the reference is, what is known of it and since when. Green is only what was found without any fault."""
    sheet.rule(reference["id"], f"{reference['path']}:{reference['line']}:{reference['column']}")
    kind, value = next(iter(reference["identifiers"].items()), ("", ""))
    source = f"{SOURCE_KINDS[kind]} {value if kind == 'url' else f'{kind}:{value}'}" if kind else "no identifier"
    spans = [TextSpan(f"{source} {_DOT}", "dim")]
    if label := void_label(reference):
        spans.append(TextSpan(f"{label},", "error"))
    state, verified = reference["state"], reference["verified"]
    style = "good" if is_flawless else _STATE_STYLES.get(state, "alarm")
    spans.append(TextSpan(STATES.get(state, state) + ("," if verified else ""), style))
    if verified:
        origin = _ORIGINS.get(reference["from"], "")
        spans.append(TextSpan(f"verified {minute_utc(verified)}{origin}", "dim"))
    sheet.add(*spans, indent=_HEAD)
    if reference["record"]:
        sheet.clipped(TextSpan(record_summary(reference["record"]), "dim"), indent=_HEAD)
    if full:
        for lookup in reference["lookups"]:
            when = f" at {minute_utc(lookup['at'])}" if lookup["at"] else ""
            detail = f": {lookup['detail']}" if lookup["detail"] else ""
            answer = f"{lookup['identifier']} {STATES.get(lookup['state'], lookup['state'])}{when}{detail}"
            sheet.add(TextSpan(answer, "dim"), indent=BODY, label=TextSpan(lookup["source"], "dim"))


def _add_claim(sheet: Sheet, claim: dict[str, Any], *, full: bool) -> None:
    """A claim: where it is written, its sentence with its place in the monograph; in full also what it rests on."""
    sheet.rule(claim_key(claim), claim_place(claim))
    kind = f"{claim['kind']} {_DOT}" if claim["kind"] else ""
    sheet.add(*([TextSpan(kind, "dim")] if kind else []), TextSpan(sentence_place(claim), "dim"), indent=_HEAD)
    sheet.clipped(TextSpan(f'"{claim["text"]}"'), indent=_HEAD)
    if full:
        for item in claim["evidence"]:
            words = f"{item['stance'] or 'no stance'}; {anchor_text(item)}"
            quote = f': "{item["quote"]}"' if item["quote"] else ""
            label = TextSpan("evidence", "dim")
            sheet.add(TextSpan(item["reference"], "bold"), TextSpan(f"{words}{quote}", "dim"), indent=BODY, label=label)
            if level := class_text(item):
                sheet.add(TextSpan(level, "dim"), indent=BODY)


def add_finding(sheet: Sheet, finding: dict[str, Any], *, new: bool = False) -> None:
    """One finding: its rule and place, its message, its fix."""
    severity = finding["severity"]
    sheet.add(
        TextSpan(finding["code"], "bold"),
        TextSpan(f"{finding['name']} {_DOT} {place_text(finding)}", "dim"),
        *([TextSpan(_DOT, "dim"), TextSpan("new", "bold")] if new else []),
        indent=BODY,
        label=TextSpan(severity, severity),
    )
    sheet.add(TextSpan(finding["message"]), indent=BODY)
    if finding["suggestion"]:
        sheet.add(TextSpan("fix:", "good"), TextSpan(finding["suggestion"]), indent=BODY)


def _add_folded_infos(sheet: Sheet, document: Document) -> None:
    """The infos, those of one rule on one line."""
    codes = infos_by_code(document)
    if not codes:
        return
    sheet.blank()
    sheet.rule("infos", "-v shows each with its fix")
    for code, findings in codes:
        names = name_list(list(dict.fromkeys(reference_name(document, finding) for finding in findings)))
        name, text = f"{findings[0]['name']} {_DOT}", names
        if len(findings) == 1:
            text = f"{names}: {findings[0]['message']}"
        else:
            name += f" {len(findings)} times {_DOT}"
        sheet.add(
            TextSpan(code, "bold"), TextSpan(name, "dim"), TextSpan(text), indent=BODY, label=TextSpan("info", "info")
        )


def _add_unchecked(sheet: Sheet, document: Document) -> None:
    """What could not be asked, today or at all, with the reason: neither a pass nor a finding."""
    if reasons := unchecked_by_reason(document):
        sheet.blank()
        sheet.rule("NOT CHECKED", "neither passed nor failed")
        for (source, reason), items in reasons.items():
            names = list(dict.fromkeys(reference_name(document, item) for item in items))
            sheet.add(TextSpan(reason), indent=BODY, label=TextSpan(source, "alarm"))
            _add_names(sheet, names)
    if uncheckable := uncheckable_by_reason(document):
        sheet.blank()
        sheet.rule("CANNOT BE CHECKED", "neither passed nor failed")
        for why, references in uncheckable.items():
            sheet.add(TextSpan(why), indent=BODY)
            _add_names(sheet, [reference_name(document, reference) for reference in references])


def _add_names(sheet: Sheet, names: list[str]) -> None:
    text = f"{quantity(len(names), 'reference')}: {name_list(names, NAMED_UNCHECKED)}"
    sheet.add(TextSpan(text, "dim"), indent=BODY)


def _add_passed(sheet: Sheet, document: Document, groups: list[Group], flawless: frozenset[tuple[str, str]]) -> None:
    """Which references were found without a fault, and which with no more than infos or what people have decided."""
    checked = {_key(reference) for reference in references_by_check(document, CheckStatus.CHECKED)}
    waived = by_reference(waived_findings(document))
    passed: list[str] = []
    excused: list[str] = []
    for group in groups:
        reference = group.reference
        if reference is None or reference["state"] != "found" or group.is_grave or _key(reference) not in checked:
            continue
        name = reference_name(document, reference)
        if _key(reference) in flawless:
            passed.append(name)
            continue
        if label := void_label(reference):
            name += f" ({label})"
        if own := waived.get(_key(reference)):  # that nothing counts there is somebody's decision
            codes = dict.fromkeys(finding["code"] for finding in own)
            name += f" ({', '.join(codes)} waived)"
        excused.append(name)
    if passed or excused:
        sheet.blank()
    if passed:
        text = f"{quantity(len(passed), 'reference')} without findings: {name_list(passed)}"
        sheet.add(TextSpan(text), indent=BODY, label=TextSpan("ok", "good"))
    if excused:
        text = f"{quantity(len(excused), 'reference')} without errors or warnings: {name_list(excused)}"
        sheet.add(TextSpan(text), indent=BODY, label=TextSpan("found", "dim"))


def _add_waived(sheet: Sheet, document: Document, *, full: bool) -> None:
    """Every waived finding with who waived it, as what, why and until when; in a full report with its message.

    They are never left out; those waived in the same words are printed together.
    """
    groups = waiver_groups(document)
    if not groups:
        return
    sheet.blank()
    number = quantity(len(waived_findings(document)), "finding")
    sheet.rule(f"waived: {number}", "accepted for now; they do not fail the run")
    for waiver, findings in groups:
        left = (date.fromisoformat(waiver["until"]) - date.fromisoformat(document["run"]["as_of"])).days
        days = "last day" if left == 0 else f"{left} days left"
        if full:
            for finding in findings:
                add_finding(sheet, finding)
        else:
            names = [f"{finding['code']} {reference_name(document, finding)}" for finding in findings]
            more = len(names) - _WAIVED_NAMED
            text = ", ".join(names[:_WAIVED_NAMED]) + (f" and {more} more (-v lists them)" if more > 0 else "")
            sheet.add(TextSpan(text, "bold"), indent=BODY, label=TextSpan("waived", "dim"))
        sheet.add(TextSpan(waiver_text(waiver)), TextSpan(f"({days})", "dim"), indent=BODY)


def _add_ignored(sheet: Sheet, document: Document, *, full: bool) -> None:
    """Findings ignored by their entries: how many; in a full report each, with the reason."""
    ignored = document["ignored"]
    if not ignored:
        return
    sheet.blank()
    if not full:
        number = quantity(len(ignored), "finding")
        text = TextSpan(f"{number} ignored in the entries (-v shows the reasons)")
        sheet.add(text, indent=BODY, label=TextSpan("ignored", "dim"))
        return
    sheet.rule("ignored", "in the entries")
    for finding in ignored:
        add_finding(sheet, finding)
        sheet.add(TextSpan("ignored:", "dim"), TextSpan(finding["reason"]), indent=BODY)


def _add_sign_offs(sheet: Sheet, document: Document, *, full: bool) -> None:
    """Who has signed this off, and whether it still holds; in a full report with what it binds."""
    signed = sign_offs(document)
    if not signed:
        return
    sheet.blank()
    sheet.rule("sign-offs")
    for sign_off in signed:
        state = sign_off_state(sign_off)
        label = TextSpan(state.partition(",")[0], "warning" if state in {"void", "overdue"} else "good")
        sheet.add(TextSpan(sign_off_title(sign_off)), indent=_NEWS, label=label)
        for line in sign_off_lines(sign_off):
            sheet.add(TextSpan(line, "dim"), indent=_NEWS)
        if full:
            sheet.add(TextSpan(sign_off_report(sign_off), "dim"), indent=_NEWS)
            for path, digest in signed_files(sign_off, 64):
                sheet.add(TextSpan(f"{path} sha256 {digest}", "dim"), indent=_NEWS)


def _add_due(sheet: Sheet, document: Document) -> None:
    """How much falls due in the coming weeks; what is stale or was never looked up is reported elsewhere already."""
    today = document["run"]["as_of"]
    due = [item for item in document.get("due", ()) if (item["on"] < today) == (item["kind"] == "verification")]
    sentences = []
    for kind, (singular, plural) in _DUE.items():
        number = sum(item["kind"] == kind for item in due)
        if number:
            sentences.append(singular if number == 1 else plural.format(number))
    if sentences:
        sheet.blank()
        first = f"; first {reference_name(document, due[0])}, {due[0]['on']} (`evidence due` lists them)"
        sheet.add(TextSpan("; ".join(sentences) + first), indent=BODY, label=TextSpan("due", "warning"))


def _add_changes(sheet: Sheet, document: Document, *, full: bool) -> None:
    """What happened since the earlier run; one line when nothing did, none when there was no earlier run."""
    changes = document.get("changes")
    if not changes:
        return
    sheet.blank()
    since = changes["since"]
    sheet.rule(f"since {since['as_of']}", f"run {since['run']}")
    add_news(sheet, document, changes["news"], full=full)
    for line in recent_decisions(document):
        sheet.add(TextSpan(line), indent=_NEWS, label=TextSpan("decided", "bold"))
    counts = [f"{len(changes[key]) or 'nothing'} {key}" for key in ("new", "resolved")]
    counts.append(f"{len(changes['persisting'])} unchanged")
    if changes["ignored"]:
        counts.append(f"{len(changes['ignored'])} ignored")
    if changes.get("waived"):
        counts.append(f"{len(changes['waived'])} waived")
    sheet.add(TextSpan(", ".join(counts)), indent=_NEWS, label=TextSpan("findings", "dim"))
    lesser = []
    for finding in changes["unjudged"]:
        if finding["severity"] != "error":
            lesser.append(finding)
            continue
        # errors one by one, so that none is forgotten
        name = reference_name(document, finding)
        text = f"{finding['code']} {finding['name']} could not be checked again; previously: {finding['message']}"
        sheet.add(TextSpan(f"{name}:", "bold"), TextSpan(text), indent=_NEWS, label=TextSpan("unknown", "alarm"))
    if lesser:
        names = sorted({reference_name(document, finding) for finding in lesser})
        text = f"{quantity(len(lesser), 'earlier lesser finding')} could not be checked again: {name_list(names)}"
        sheet.add(TextSpan(text), indent=_NEWS, label=TextSpan("unknown", "alarm"))


def add_news(sheet: Sheet, document: Document, news: list[dict[str, Any]], *, full: bool) -> None:
    """Each piece of news on a line of its own, what matters most first; a long list is cut unless all is wanted."""
    named = news if full else news[:_NEWS_NAMED]
    for item in named:
        name = TextSpan(f"{reference_name(document, item)}:", "bold")
        sheet.add(name, TextSpan(item["message"]), indent=_NEWS, label=TextSpan(item["kind"], item["severity"]))
    if len(news) > len(named):
        sheet.add(TextSpan(f"and {len(news) - len(named)} more (-v lists them)", "dim"), indent=_NEWS)


def _add_summary(sheet: Sheet, document: Document, *, heads: bool) -> None:
    """What must not be missed, the rules with most findings, the verdict, and the sum in the last line.

    `heads` adds the head of the audit trail: printed and filed, it shows later whether the trail is still the same.
    """
    _add_void(sheet, document)
    _add_rules(sheet, document)
    sheet.blank()
    for line in verdict_lines(document):
        sheet.add(TextSpan(line, run_tone(document)))
    if heads and (audit := document.get("audit")):
        sheet.add(TextSpan(f"audit head {audit['sequence']}: {audit['head']}", "dim"))
    summary = document["summary"]
    counts = ", ".join(quantity(summary[f"{severity}s"], severity) for severity in SEVERITIES)
    waived = f", {summary['waived']} waived" if summary.get("waived") else ""
    stand_in = " (against the demo server)" if document["run"]["mode"] == "stand-in" else ""
    text = f"{quantity(summary['references'], 'reference')}: {checks_of(document)}; {counts}{waived}{stand_in}"
    if claims := anchors_of(document):
        sheet.add(TextSpan(claims, "dim"))
    sheet.add(TextSpan(text, run_tone(document)))


def _add_void(sheet: Sheet, document: Document) -> None:
    """Every retracted and withdrawn reference by name, with its file where there are several.

    One that an earlier run found so, and that could not be checked again, is among them.
    """
    void: dict[str, list[str]] = {}
    for findings, when in ((document["findings"], ""), (unjudged_findings(document), " when last checked")):
        for finding in findings:
            if finding["code"] in VOID_WORDS and finding["severity"] == "error":
                file = "" if has_one_library(document) else f" ({finding['path']})"
                void.setdefault(f"{VOID_WORDS[finding['code']]}{when}", []).append(f"{finding['reference']}{file}")
    if void:
        sheet.blank()
    for word, names in void.items():
        sheet.add(TextSpan(f"{len(names)} {word}:", "error"), TextSpan(", ".join(names), "bold"))


def _add_rules(sheet: Sheet, document: Document) -> None:
    """How many errors and warnings there are of each rule, the most serious and frequent first, where they are many."""
    rules: dict[tuple[int, str, str], list[str]] = {}
    for finding in document["findings"]:
        if finding["severity"] != "info":
            key = (SEVERITIES.index(finding["severity"]), finding["code"], finding["name"])
            rules.setdefault(key, []).append(reference_name(document, finding))
    if sum(map(len, rules.values())) <= _FINDINGS_READ:
        return
    sheet.blank()
    ordered = sorted(rules.items(), key=lambda rule: (rule[0][0], -len(rule[1]), rule[0]))
    for (severity, code, name), names in ordered[:_RULES_NAMED]:
        label = TextSpan(SEVERITIES[severity], SEVERITIES[severity])
        listed = ", ".join(dict.fromkeys(names))
        sheet.clipped(TextSpan(f"{len(names)} {_TIMES} {code} {name}: {listed}"), indent=BODY, label=label)
    if len(ordered) > _RULES_NAMED:
        rest = ", ".join(f"{code} ({len(names)})" for (_, code, _), names in ordered[_RULES_NAMED:])
        sheet.clipped(TextSpan(f"and {rest}", "dim"), indent=BODY)


def verdict_lines(document: Document) -> Iterator[str]:
    """Why the run passes or fails, and why it is incomplete, if it is."""
    summary, mode = document["summary"], document["run"]["mode"]
    reasons, advice = [], ""
    if summary["unchecked"]:
        verb = "failed" if mode not in _ADVICE else "not made"
        reasons.append(f"{quantity(summary['unchecked'], 'look-up')} {verb}")
        advice = f" ({_ADVICE.get(mode, '`evidence doctor` tests the network')})"
    unjudged = len(unjudged_findings(document, "error"))
    if unjudged:
        reasons.append(f"{quantity(unjudged, 'earlier error')} could not be checked again")
    if empty := without_references(document):
        reasons.append(empty)
    incomplete = "; ".join(reasons)
    limits = dict.fromkeys(policy.get("fail-on", "error") for policy in document["run"]["policies"].values())
    fail_on = f"--fail-on {' or '.join(limits) or 'error'}"
    match summary["exit_code"]:
        case 1:
            failing = [finding["severity"] for finding in failing_findings(document)]
            counts = [quantity(failing.count(severity), severity) for severity in SEVERITIES if severity in failing]
            yield f"Failed: {', '.join(counts)} ({fail_on})"
            if summary["unchecked"] or empty:
                yield f"Also incomplete: {incomplete}{advice}"
        case 3:
            yield f"Incomplete: {incomplete}{advice}"
        case _ if summary["unchecked"] or empty:
            yield f"Incomplete: {incomplete} (allowed by --on-incomplete warn)"
        case _:
            yield f"Passed ({fail_on})"
