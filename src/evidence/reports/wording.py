"""What all forms of a report share, made from the document alone: its findings in groups, and words for what it says.

Text, HTML, Markdown and the forms of code hosts use the same ones, so that a thing has the same name in each.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.model.claims import AnchorState
from evidence.model.outcomes import CheckStatus, State
from evidence.model.regex import regex
from evidence.model.sections import section_name
from evidence.model.text import quantity
from evidence.reports.document import (
    COUNTS,
    Document,
    Values,
    anchor_totals,
    check_totals,
    claim_key,
    has_one_library,
    library_paths,
    place_text,
    references_by_check,
    reported_claims,
    unjudged_findings,
    void_label,
    waived_findings,
    waiver_groups,
    without_references,
)

SEVERITIES = ("error", "warning", "info")
"""What is most severe comes first."""

SOURCE_KINDS = {
    "setid": "label",
    "pmid": "article",
    "pmcid": "article",
    "doi": "article",
    "nct": "trial",
    "url": "web page",
}
"""What a reference is to, by the kind of its first identifier."""

STATES: Mapping[str, str] = {
    State.FOUND: "found",
    State.NOT_FOUND: "not found",
    State.BLOCKED: "blocked",
    State.UNAVAILABLE: "unavailable",
    State.NOT_CHECKED: "not looked up",
}
"""What came of a look-up, in the order of a legend; `blocked` and `unavailable` say nothing about the source."""

CHECKS: Mapping[CheckStatus, str] = {
    CheckStatus.CHECKED: "checked",
    CheckStatus.NOT_CHECKED: "not checked",
    CheckStatus.CANNOT_BE_CHECKED: "cannot be checked",
}
"""How far a reference could be looked at, in words."""

NOT_IDENTITY = (
    "A sign-off records who attested to what, and for which exact files. Only a good signature with a known key shows "
    "who that person was."
)

NAMED_UNCHECKED = 200
"""Ids named of references that were not or cannot be checked: whoever must look at them needs them all."""

_NAMED = 10  # ids named where many are counted
_DIGITS = 12  # of a SHA-256
_MARKUP = regex(r"</?(?:i|b|u|sub|sup)>")
_SIGNATURES = {
    "good": "signed",
    "unknown-key": "signed with an unknown key",
    "expired-key": "signed with an expired key",
    "revoked-key": "signed with a revoked key",
    "bad": "BAD SIGNATURE",
    "unverified": "signature not verified",
}


@dataclass(slots=True)
class Group:
    """A reference or a claim with its findings; without either, a file with those that concern all of it."""

    path: str
    reference: dict[str, Any] | None = None
    claim: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_of_file(self) -> bool:
        """Whether its findings concern all of a file."""
        return self.reference is None and self.claim is None

    @property
    def is_grave(self) -> bool:
        """Whether any finding is more than an info."""
        return any(finding["severity"] != "info" for finding in self.findings)


def finding_groups(document: Document) -> list[Group]:
    """Files first, then references in their order, each with its own findings, then claims in theirs.

    Where an id occurs twice in a file, a finding belongs to the last entry that begins before it.
    """
    groups = [Group(reference["path"], reference) for reference in document["references"]]
    entries: dict[tuple[str, str], tuple[list[int], list[Group]]] = {}
    for group, reference in zip(groups, document["references"], strict=True):
        lines, of_id = entries.setdefault((reference["path"], reference["id"]), ([], []))
        lines.append(reference["line"])
        of_id.append(group)
    libraries = library_paths(document)
    claims: dict[tuple[str, str], Group] = {}
    for claim in reported_claims(document):
        library = libraries.get(claim["path"], claim["path"])
        claims.setdefault((library, claim_key(claim)), Group(library, claim=claim))
    files: dict[str, Group] = {}
    for finding in document["findings"]:
        library = libraries.get(finding["path"], finding["path"])  # for what was found in a file beside it
        candidates = entries.get((library, finding["reference"]))
        if of_claim := claims.get((library, finding["reference"])):
            of_claim.findings.append(finding)
            continue
        if candidates is None:
            files.setdefault(library, Group(library)).findings.append(finding)
            continue
        lines, of_id = candidates
        begun = bisect_right(lines, finding["line"]) if library == finding["path"] else 0
        of_id[max(0, begun - 1)].findings.append(finding)
    return [*files.values(), *groups, *claims.values()]


def by_reference(items: Iterable[Values]) -> dict[tuple[str, str | None], list[dict[str, Any]]]:
    """Findings, or what was not checked, by path and id of the reference that they are of."""
    references: dict[tuple[str, str | None], list[Any]] = {}
    for item in items:
        references.setdefault((item["path"], item["reference"]), []).append(item)
    return references


def failing_findings(document: Document) -> list[dict[str, Any]]:
    """The findings that fail the run, by the policy of the file that they are in."""
    policies = document["run"]["policies"]
    return [
        finding
        for finding in document["findings"]
        if SEVERITIES.index(finding["severity"])
        <= SEVERITIES.index(policies.get(finding["path"], {}).get("fail-on", "error"))
    ]


def infos_by_code(document: Document) -> list[tuple[str, list[dict[str, Any]]]]:
    """The infos, those of one rule together, by its code."""
    codes: dict[str, list[dict[str, Any]]] = {}
    for finding in document["findings"]:
        if finding["severity"] == "info":
            codes.setdefault(finding["code"], []).append(finding)
    return sorted(codes.items())


def unchecked_by_reason(document: Document) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What could not be asked, by source and reason: an outage is one thing, not one for each reference."""
    reasons: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in document["unchecked"]:
        reasons.setdefault((item["source"], item["reason"]), []).append(item)
    return reasons


def check_counts(checked: int, not_checked: int, cannot_be_checked: int) -> str:
    """How many references could be looked at; "all checked" where that is so and there are any."""
    if not checked + not_checked + cannot_be_checked:
        return "nothing checked"
    if not not_checked + cannot_be_checked:
        return "all checked"
    counts = zip((checked, not_checked, cannot_be_checked), CHECKS.values(), strict=True)
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def checks_of(document: Document) -> str:
    """How many references of the run could be looked at."""
    return check_counts(*check_totals(document).values())


def run_tone(document: Document) -> str:
    """How a run is to be shown: error, alarm, warning, info, or good where nothing at all is against any reference."""
    summary = document["summary"]
    if summary["errors"] or failing_findings(document):
        return "error"
    if summary["unchecked"] or without_references(document) or unjudged_findings(document, "error"):
        return "alarm"
    uncheckable = check_totals(document)[CheckStatus.CANNOT_BE_CHECKED]
    if summary["warnings"] or uncheckable or waived_findings(document):
        return "warning"
    return "info" if summary["infos"] or document["ignored"] else "good"


def uncheckable_reason(reference: Values) -> str:
    """Why nobody could be asked about a reference that cannot be checked."""
    reasons = []
    for lookup in reference["lookups"]:
        if lookup["identifier"].startswith("url:"):
            reasons.append("the page has no readable content")
        else:
            reasons.append(lookup["detail"])
    return "; ".join(dict.fromkeys(reasons)) or "no identifier that can be looked up"


def uncheckable_by_reason(document: Document) -> dict[str, list[dict[str, Any]]]:
    """The references that cannot be checked, by the reason."""
    reasons: dict[str, list[dict[str, Any]]] = {}
    for reference in references_by_check(document, CheckStatus.CANNOT_BE_CHECKED):
        reasons.setdefault(uncheckable_reason(reference), []).append(reference)
    return reasons


def flawless_references(document: Document) -> frozenset[tuple[str, str]]:
    """The references, by path and id, that were checked and found, and against which nothing was found.

    What is ignored, waived or could not be checked again was found against them all the same.
    """
    libraries = library_paths(document)
    findings = (*document["findings"], *document["ignored"], *waived_findings(document), *unjudged_findings(document))
    faulty = {(libraries.get(finding["path"], finding["path"]), finding["reference"]) for finding in findings}
    return frozenset(
        key
        for reference in references_by_check(document, CheckStatus.CHECKED)
        if reference["state"] == State.FOUND and not void_label(reference)
        if (key := (reference["path"], reference["id"])) not in faulty
    )


def reference_name(document: Document, item: Values) -> str:
    """The id of a reference, or of the one that a finding is of, with its file where the run judged several files.

    The path of the file for what has no reference, or names the file instead of one: a sign-off.
    """
    name: str | None = item["id"] if "id" in item else item["reference"]
    path: str = item["path"]
    if name is None or name == path:
        return path
    return name if has_one_library(document) else f"{path}:{name}"


def name_list(names: list[str], most: int = _NAMED) -> str:
    """The names, at most so many of them, and how many more there are."""
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"


def minute_utc(moment: str) -> str:
    """`2026-11-23T08:35:54Z` as `2026-11-23 08:35 UTC`."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def record_summary(record: dict[str, Any]) -> str:
    """A record (a CSL item) in a few words: first author, year, title; or the title alone."""
    authors = record.get("author") or []
    first = (authors[0].get("family") or authors[0].get("literal") or "") if authors else ""
    parts = record.get("issued", {}).get("date-parts")
    year = str(parts[0][0]) if parts and record["type"] not in {"document", "webpage"} else ""
    who = " ".join(word for word in (first, "et al." if len(authors) > 1 else "", year) if word)
    title = _MARKUP.sub("", str(record.get("title") or record.get("URL") or record["id"]))
    return f"{who}, {title}" if who else title


# Claims: their sentences, and what became of their quotes.

ANCHORS: Mapping[AnchorState, str] = {
    AnchorState.FOUND: "found",
    AnchorState.MOVED: "found in another section",
    AnchorState.LOST: "not found",
    AnchorState.NOT_CHECKED: "not checked",
    AnchorState.CANNOT_BE_CHECKED: "cannot be checked",
}
"""What became of a quote, in words."""


def anchors_of(document: Document) -> str:
    """How many claims there are, and how many of their quotes came to what; empty without claims."""
    claims = len(reported_claims(document))
    if not claims:
        return ""
    totals = anchor_totals(document)
    counts = ", ".join(f"{number} {ANCHORS[state]}" for state, number in totals.items() if number)
    number = sum(totals.values())
    return f"{quantity(claims, 'claim')}, {quantity(number, 'quote')}" + (f": {counts}" if counts else "")


def claim_place(claim: Values) -> str:
    """Where a claim is written: file, line and column."""
    return f"{claim['path']}:{claim['line']}:{claim['column']}"


def sentence_place(claim: Values) -> str:
    """Where a claim's sentence is in the monograph; that it is not there, or not looked for, where that is so."""
    return place_text(claim) if claim["printed"] else "not in the monograph"


def sentence_line(claim: Values) -> str:
    """A claim's sentence with its places in both files."""
    return f'"{claim["text"]}" ({claim_place(claim)}; {sentence_place(claim)})'


def anchor_text(evidence: Values) -> str:
    """What became of the quote of a piece of evidence: where it was found, or why it was not."""
    anchor = evidence["anchor"]
    if anchor is None:
        return "not looked for" if evidence["quote"] else "no quote"
    words = ANCHORS[AnchorState(anchor["state"])]
    where = " in " + section_name(anchor["section"]) if anchor["section"] else ""
    if anchor["earlier"] and anchor["earlier"] != anchor["section"]:
        where += f" (before: {section_name(anchor['earlier'])})"
    reason = f": {anchor['reason']}" if anchor["reason"] else ""
    if anchor["state"] == AnchorState.MOVED:
        words = ANCHORS[AnchorState.FOUND]
    return f"{words}{where}{reason}"


def class_text(evidence: Values) -> str:
    """A person's assessment of a piece of evidence, and what its record suggests, which is none."""
    parts = []
    if level := evidence["level"]:
        parts.append(f"{level['value']} ({level['by']}, {level['on']})")
    if suggested := evidence["suggested"]:
        facts = f" ({', '.join(suggested['facts'])})" if suggested["facts"] else ""
        parts.append(f"suggested, not a GRADE assessment: {suggested['class']}{facts}")
    return "; ".join(parts)


# Sign-offs, and what people have decided since the run before: waivers given or renewed, and sign-offs.


def sign_offs(document: Document) -> tuple[Values, ...]:
    """The sign-offs of a document, the void ones first; documents of earlier versions have none."""
    return tuple(
        sorted(
            document.get("sign_offs") or (), key=lambda sign_off: (sign_off["state"] != "void", sign_off["sequence"])
        )
    )


def sign_off_title(sign_off: Values) -> str:
    """Who attested what, as whom, when."""
    as_of = "" if sign_off["at"].startswith(sign_off["as_of"]) else f" as of {sign_off['as_of']}"
    return f"{sign_off['meaning']} by {sign_off['name']} ({sign_off['role']}), {minute_utc(sign_off['at'])}{as_of}"


def sign_off_state(sign_off: Values) -> str:
    """Its state in one word or two."""
    if sign_off["state"] == "void":
        return "void"
    if sign_off["overdue"]:
        return "overdue"
    return "in force, as far as checked" if sign_off["unjudged"] else "in force"


def sign_off_lines(sign_off: Values) -> Iterator[str]:
    """What is to be said beneath its title, a sentence each without a full stop."""
    yield from sign_off["void"]
    if sign_off["state"] != "void" and sign_off["due"] is not None:
        yield f"overdue since {sign_off['due']}" if sign_off["overdue"] else f"to be renewed by {sign_off['due']}"
    if sign_off["unjudged"]:
        yield f"{quantity(sign_off['unjudged'], 'look-up')} failed: their results are unknown"
    if sign_off["gone"]:
        yield f"{quantity(sign_off['gone'], 'signed finding')} no longer reported"
    if sign_off["reason"]:
        yield f"reason: {sign_off['reason']}"
    if sign_off["name"] != sign_off["actor"]:
        yield f"entered by {sign_off['actor']}"
    key = sign_off["signature"]
    yield "not signed with a key" if key is None else f"{_SIGNATURES[key['state']]}: {key['told']}"


def sign_off_report(sign_off: Values) -> str:
    """What the report said that was signed."""
    report = sign_off["report"]
    counts = ", ".join(quantity(report[f"{severity}s"], severity) for severity in SEVERITIES)
    checks = [report.get(key) for key in COUNTS.values()]
    of_lookups = f"{quantity(report['unchecked'], 'look-up')} failed"  # all that sign-offs of version 0.1.0 count
    reached = of_lookups if None in checks else check_counts(*checks)
    return f"run {report['run']}: exit {report['exit_code']}, {counts}; {reached}"


def signed_files(sign_off: Values, digits: int = _DIGITS) -> Iterator[tuple[str, str]]:
    """The files that it binds and the report, each with the beginning of its SHA-256."""
    for file in sign_off["bound"]:
        yield file["path"], file["sha256"][:digits]
    yield f"report of run {sign_off['report']['run']}", sign_off["report"]["sha256"][:digits]


def recent_decisions(document: Document) -> Iterator[str]:
    """A line for each decision since the run that this one is compared with; none where there is no such run.

    A waiver has a day and no more: one of the very day of that run counts when it covers what none covered then.
    What was decided and is not in force any more, or covers nothing now, is in the audit trail alone.
    """
    changes = document.get("changes")
    if not changes:
        return
    since, fresh = changes["since"], set(changes.get("newly_waived", changes.get("waived", ())))
    for waiver, findings in waiver_groups(document):
        is_of_that_day = waiver["since"] == since["as_of"] and any(
            finding["fingerprint"] in fresh for finding in findings
        )
        if waiver["since"] > since["as_of"] or is_of_that_day:
            subjects = name_list([f"{finding['code']} {reference_name(document, finding)}" for finding in findings])
            yield f"{subjects} waived by {waiver['approved_by']} on {waiver['since']}, until {waiver['until']}"
    for sign_off in sign_offs(document):
        if sign_off["at"] >= since["finished"]:
            yield sign_off_title(sign_off)
