"""The report as one HTML page, to be read, filed and printed: regulatory staff's format.

The document is arranged in views, one for each part of the page, which the templates in `html_page/` lay out. Charts
are computed in `html_charts`, the comparison of a printed citation with its record in `html_citation`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evidence.model.outcomes import CheckStatus
from evidence.model.regex import regex
from evidence.model.report import Mode
from evidence.model.rule import EXAMPLES, FAMILIES, SECTIONS, UNCOMPARABLE, WRONG_RECORD, FixKind, Rule
from evidence.model.text import one_line, quantity
from evidence.reports import html_charts
from evidence.reports.document import (
    Document,
    Values,
    check_statuses,
    check_totals,
    claim_key,
    deselection_sentence,
    is_retracted,
    is_voiding,
    is_withdrawn,
    library_inputs,
    library_paths,
    loaded_sentences,
    newness_test,
    replaced_findings,
    unjudged_findings,
    void_label,
    waived_findings,
    waiver_groups,
    weaker_lines,
    without_references,
)
from evidence.reports.html_charts import Timeline, kind_of, timelines
from evidence.reports.html_citation import Citation, citation
from evidence.reports.wording import (
    CHECKS,
    NOT_IDENTITY,
    SEVERITIES,
    STATES,
    anchor_text,
    anchors_of,
    by_reference,
    checks_of,
    claim_place,
    class_text,
    failing_findings,
    finding_groups,
    flawless_references,
    minute_utc,
    recent_decisions,
    record_summary,
    run_tone,
    sentence_place,
    sign_off_lines,
    sign_off_report,
    sign_off_state,
    sign_off_title,
    sign_offs,
    signed_files,
    uncheckable_by_reason,
    uncheckable_reason,
    unchecked_by_reason,
)

_FEW = 3  # new findings that are unfolded from the start
_FOLDED = 12  # decisions and news before the rest is folded away
_INDENT = regex(r"(<pre\b.*?</pre>)|\n\s+", re.DOTALL)
_UNPRINTED = regex(r"[^\w .:-]", re.ASCII)  # all else could end the string of a style sheet


def render_html(document: Document, rules: Iterable[Rule] = (), sources: Mapping[str, str] | None = None) -> str:
    """A report's document as a self-contained HTML page, ending in a line break.

    Args:
        document: The document (`report_document`); keys that later versions added may be missing.
        rules: The rules to explain; the page holds the help of those that it names.
        sources: What to call the sources, by the names that answers give them.

    Returns:
        HTML (the Living Standard) to be written as UTF-8. Every text of the document is escaped, and
        what does not show (control characters, overrides of the writing direction) is spelled out.
    """
    return laid_out(
        "page.html.jinja",
        _variables(document, tuple(rules), sources or {}),
        style=asset("page.css") + foot_of_pages(document),
        scripts={"early": asset("early.js"), "script": asset("page.js")},
    )


def laid_out(template: str, variables: Mapping[str, Any], style: str, scripts: Mapping[str, str]) -> str:
    """The page of this template, ending in a line break; it may use this style and these scripts, and nothing else."""
    styles_from, scripts_from = _csp_source(style), " ".join(map(_csp_source, scripts.values())) or "'none'"
    page = (
        _environment()
        .get_template(template)
        .render(
            **variables,
            policy=(
                f"default-src 'none'; style-src {styles_from}; script-src {scripts_from}; "
                "base-uri 'none'; form-action 'none'"
            ),
            style=Markup(style),  # noqa: S704 - ours
            **{name: Markup(script) for name, script in scripts.items()},  # noqa: S704 - ours
        )
    )
    return _without_indentation(page).strip() + "\n"


def _variables(document: Document, rules: tuple[Rule, ...], sources: Mapping[str, str]) -> dict[str, Any]:
    """What the templates are given."""
    file_views = _file_views(document, rules)
    entries = [entry for file in file_views for entry in file.entries]
    codes = _rule_codes(document)
    pages = tuple(_rule_page(rule) for rule in rules if rule.code in codes)
    run_bars = html_charts.run_bars(document)
    return {
        "tool": document["tool"],
        "run": document["run"],
        "summary": document["summary"],
        "checks": check_totals(document),
        "audit": document.get("audit"),
        "verdict": verdict(document, sources),
        "source_titles": sources,
        "decisions": decisions(document),
        "undecided": unjudged_findings(document, "error"),
        "changes": _changes(document),
        "decided": tuple(recent_decisions(document)),
        "due": due_views(document),
        "monographs": file_views,
        "entries": entries,
        "anchor_of": _anchors_by_id(document, file_views),
        "quotes": anchors_of(document),
        "unchecked": unchecked_by_reason(document),
        "uncheckable": uncheckable_by_reason(document),
        "ignored": document["ignored"],
        "waived": _waived(document),
        "sign_offs": sign_offs(document),
        "not_identity": NOT_IDENTITY,
        "ages": html_charts.accessed_ages(document, anchors(document)),
        "state_bars": html_charts.state_bars(document["references"]),
        "run_bars": run_bars,
        "run_states": frozenset(part.state for bar in run_bars for part in bar.parts),
        "is_new": newness_test(document),
        "policies": _policies(document),
        "weaker": weaker_lines(document),
        "loaded": loaded_sentences(document["run"]),
        "rules": pages,
        "explained": frozenset(page.code for page in pages),
        "families": {code[:3]: FAMILIES.get(code[:3], "") for code in sorted(codes)},
        "owners": sorted({owner for entry in entries if (owner := entry.document.get("owner"))}),
        "folded": _FOLDED,
        "few": _FEW,
    }


def anchors(document: Document) -> list[str]:
    """The anchor of every reference, in their order; made of numbers, since ids are text from outside."""
    return [f"ref-{number}" for number in range(1, len(document["references"]) + 1)]


def _anchors_by_id(document: Document, file_views: Iterable[FileView]) -> dict[tuple[str, str], str]:
    """Where a reference or a claim is on the page, by file and id; also by the file of waivers or claims beside it."""
    anchors: dict[tuple[str, str], str] = {}
    for file in file_views:
        for entry in file.entries:
            anchors.setdefault((file.path, entry.document["id"]), entry.anchor)
        for claim in file.claims:
            anchors.setdefault((file.path, claim.key), claim.anchor)
    for beside, library in library_paths(document).items():
        anchors |= {(beside, name): anchor for (path, name), anchor in anchors.items() if path == library}
    return anchors


def foot_of_pages(document: Document) -> str:
    """A style for the foot of every printed page: whose report it is, and the page's number."""
    run = document["run"]
    stand_in = "DEMO SERVER, not the real services - " if run["mode"] == "stand-in" else ""
    foot = _UNPRINTED.sub("", f"{stand_in}{document['tool']['name']} {document['tool']['version']} - run {run['id']}")
    return f'@page{{@bottom-left{{content:"{foot}"}}}}\n'


def _csp_source(text: str) -> str:
    """A style's or script's text as a source expression (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def asset(name: str) -> str:
    """A file of the page as it will be in it: what is hashed and what is printed must be the same bytes."""
    return _without_indentation((files("evidence.reports") / "html_page" / name).read_text(encoding="utf-8"))


def _without_indentation(text: str) -> str:
    """The text without the indentation of lines, a third of the page; code in `<pre>` keeps its own."""
    return _INDENT.sub(lambda found: found[1] or "\n", text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.reports", "html_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.globals |= {
        "deselection_sentence": deselection_sentence,
        "quantity": quantity,
        "sign_off_lines": sign_off_lines,
        "sign_off_report": sign_off_report,
        "sign_off_state": sign_off_state,
        "sign_off_title": sign_off_title,
        "signed_files": signed_files,
        "states": STATES,
        "checked_words": CHECKS,
        "severities": SEVERITIES,
    }
    environment.filters |= {
        "minute": minute_utc,
        "terms": policy_settings,
        "indented": _code_line,
        "mode_words": lambda mode: Mode(mode).words,
    }
    return environment


def _printable(value: object) -> object:
    """What an expression of a template puts on the page: text with the unseen spelled out."""
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    before, after = " " * value[:1].isspace(), " " * value[1:][-1:].isspace()
    return f"{before}{one_line(value)}{after}"


def _code_line(line: str) -> Markup:
    """A line of code with the spaces before it."""
    text = line.lstrip(" ")
    return escape(" " * (len(line) - len(text)) + one_line(text))


# Monographs and their references.


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """One reference with everything that the page says of it.

    `worst` is 3 for an error, 0 for nothing; `check` says how far it could be looked at, `uncheckable` why nobody
    could be asked; `retracted` are the words of its stamp, empty without one;
    `last_observed` is the day on which an earlier run last found it, empty if none did.
    """

    anchor: str
    number: int
    document: Values
    title: Markup
    kind: str
    links: tuple[IdentifierLink, ...]
    retracted: str
    findings: tuple[Values, ...]
    ignored: tuple[Values, ...]
    waived: tuple[Values, ...]
    unchecked: tuple[Values, ...]
    check: CheckStatus
    uncheckable: str
    is_flawless: bool
    counts: Mapping[str, int]
    worst: int
    citation: Citation | None
    comparable: bool
    facts: tuple[Fact, ...]
    timelines: tuple[Timeline, ...]
    last_observed: str
    is_new: bool
    claims: tuple[EvidenceLink, ...] = ()

    @property
    def families(self) -> str:
        """The rule families of its findings, for the filter."""
        return " ".join(sorted({finding["code"][:3] for finding in self.findings}))

    @property
    def is_faulty(self) -> bool:
        """Whether there is more to say of it on paper than that it was checked and found."""
        silenced = self.ignored or self.waived
        return bool(self.findings or self.unchecked or self.uncheckable or silenced or self.retracted)

    @property
    def is_compared(self) -> bool:
        """Whether the comparison shows what its record says, so that paper can do without the record."""
        return self.comparable and self.citation is not None and not self.retracted


@dataclass(frozen=True, slots=True)
class EvidenceLink:
    """A piece of evidence, seen from its claim or from its reference: the anchor of the other one, empty without it.

    `tone` is how the state of its quote is to be shown: error, alarm, warning, good, or nothing without a quote.
    """

    anchor: str
    sentence: str
    item: Values

    @property
    def quote_state(self) -> str:
        """What became of its quote, in words."""
        return anchor_text(self.item)

    @property
    def tone(self) -> str:
        """How that is to be shown."""
        return _TONES.get(self.item["anchor"]["state"], "") if self.item["anchor"] else ""

    @property
    def level(self) -> str:
        """A person's assessment, and what the record suggests."""
        return class_text(self.item)


_TONES = {"found": "good", "moved": "good", "lost": "error", "not_checked": "alarm", "cannot_be_checked": "warning"}


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with everything that the page says of it."""

    anchor: str
    document: Values
    findings: tuple[Values, ...]
    waived: tuple[Values, ...]
    evidence: tuple[EvidenceLink, ...]
    facts: tuple[str, ...]

    @property
    def key(self) -> str:
        """How findings name it."""
        return claim_key(self.document)


@dataclass(frozen=True, slots=True)
class FileView:
    """One input file: its references, its claims and the findings that concern all of it; `title` may be empty."""

    anchor: str
    path: str
    title: str
    sha256: str
    findings: tuple[Values, ...]
    entries: tuple[ReferenceView, ...]
    counts: Mapping[str, int]
    claims: tuple[ClaimView, ...] = ()

    @property
    def has_owners(self) -> bool:
        """Whether any entry names who answers for it."""
        return any(entry.document.get("owner") for entry in self.entries)

    @property
    def has_dates(self) -> bool:
        """Whether any entry says when it was read."""
        return any(entry.document.get("accessed") for entry in self.entries)


def _file_views(document: Document, rules: Sequence[Rule]) -> tuple[FileView, ...]:
    """Every input file in the run's order, then files that only findings or references name."""
    entries: dict[str, list[ReferenceView]] = {}
    for entry in _reference_views(document, rules):
        entries.setdefault(entry.document["path"], []).append(entry)
    claims: dict[str, list[ClaimView]] = {}
    for path, claim in _claim_views(document):
        claims.setdefault(path, []).append(claim)
    of_files = {group.path: group.findings for group in finding_groups(document) if group.is_of_file}
    libraries = {item["path"]: item for item in library_inputs(document)}
    return tuple(
        FileView(
            anchor=f"file-{number}",
            path=path,
            title=libraries.get(path, {}).get("title", ""),
            sha256=libraries.get(path, {}).get("sha256", ""),
            findings=tuple(of_files.get(path, ())),
            entries=tuple(entries.get(path, ())),
            claims=tuple(claims.get(path, ())),
            counts=_counts(document, path) + Counter(entry.check for entry in entries.get(path, ())),
        )
        for number, path in enumerate(dict.fromkeys([*libraries, *entries, *of_files, *claims]), 1)
    )


def _claim_views(document: Document) -> Iterator[tuple[str, ClaimView]]:
    """All claims in their order, each with the path of its references file."""
    waived = by_reference(waived_findings(document))
    references: dict[tuple[str, str], str] = {}
    for anchor, reference in zip(anchors(document), document["references"], strict=True):
        references.setdefault((reference["path"], reference["id"]), anchor)
    groups = [group for group in finding_groups(document) if group.claim is not None]
    for number, group in enumerate(groups, 1):
        claim: Values = group.claim or {}
        evidence = (
            EvidenceLink(references.get((group.path, item["reference"]), ""), claim["text"], item)
            for item in claim["evidence"]
        )
        yield (
            group.path,
            ClaimView(
                anchor=f"claim-{number}",
                document=claim,
                findings=tuple(sorted(group.findings, key=lambda finding: SEVERITIES.index(finding["severity"]))),
                waived=tuple(waived.get((claim["path"], claim_key(claim)), ())),
                evidence=tuple(evidence),
                facts=tuple(_claim_facts(claim)),
            ),
        )


def _claim_facts(claim: Values) -> Iterator[str]:
    """What kind of claim it is, where it is written and printed, who approved it, and when it was reviewed."""
    yield claim["kind"] or "no kind"
    yield claim_place(claim)
    yield sentence_place(claim)
    if approved := claim["approved"]:
        void = "" if approved["in_force"] else " (void: edited since)"
        yield f"approved by {approved['by']} on {approved['on']}{void}"
    else:
        yield "not approved"
    if claim["reviewed"]:
        yield f"reviewed on {claim['reviewed']}"
    if claim["owner"]:
        yield f"owner: {claim['owner']}"


def _claims_of_references(document: Document) -> dict[tuple[str, str], list[EvidenceLink]]:
    """The evidence that each reference is, by its file and id, each with the claim that rests on it."""
    links: dict[tuple[str, str], list[EvidenceLink]] = {}
    for path, claim in _claim_views(document):
        for link in claim.evidence:
            key = (path, link.item["reference"])
            links.setdefault(key, []).append(EvidenceLink(claim.anchor, link.sentence, link.item))
    return links


def _counts(document: Document, path: str) -> Counter[str]:
    """How many findings of each severity a file has, how many are ignored and waived, how many articles retracted."""
    own = {path, *(beside for beside, library in library_paths(document).items() if library == path)}
    counts = Counter(finding["severity"] for finding in document["findings"] if finding["path"] in own)
    for key in ("ignored", "waived"):
        counts[key] = sum(item["path"] == path for item in document.get(key, ()))
    counts["retracted"] = sum(
        is_retracted(reference) for reference in document["references"] if reference["path"] == path
    )
    return counts


def _reference_views(document: Document, rules: Sequence[Rule]) -> Iterator[ReferenceView]:
    """All references in their order."""
    unchecked_items = by_reference(document["unchecked"])
    ignored_findings = by_reference(document["ignored"])
    waived = by_reference(waived_findings(document))
    is_new = newness_test(document)
    flawless = flawless_references(document)
    claims = _claims_of_references(document)
    groups = [group for group in finding_groups(document) if group.reference is not None]
    checked = zip(groups, document["references"], check_statuses(document), strict=True)
    for number, (group, reference, check) in enumerate(checked, 1):
        key = (reference["path"], reference["id"])
        silenced = (*ignored_findings.get(key, ()), *waived.get(key, ()))
        codes = frozenset(finding["code"] for finding in (*group.findings, *silenced))
        fields = {field for rule in rules for field in rule.compares if rule.code in codes or WRONG_RECORD in codes}
        counts = Counter(finding["severity"] for finding in group.findings)
        identifiers, lookups = reference["identifiers"], reference["lookups"]
        printed, record = reference.get("cited_as"), reference["record"]
        record_title = ((record or {}).get("custom") or {}).get("title-html") or (record or {}).get("title")
        title = record_title or reference.get("title") or printed or (record_summary(record) if record else "")
        # The run compared an article's citation with PubMed's or Crossref's record, when it had enough words.
        answered = next((lookup["source"] for lookup in lookups if lookup["state"] == "found"), "")
        is_article = kind_of(reference) == "article" and record is not None
        # As `verified` is meant: when what the first identifier names was found.
        first = ":".join(next(iter(identifiers.items()), ("", "")))
        days = [
            observation["as_of"]
            for observation in reference.get("history") or ()
            if observation["state"] == "found" and observation["identifier"] == first
        ]
        yield ReferenceView(
            anchor=f"ref-{number}",
            number=number,
            document=reference,
            title=rich(str(title)),
            kind=kind_of(reference),
            links=tuple(identifier_link(kind, value) for kind, value in identifiers.items()),
            retracted=void_label(reference),
            findings=tuple(sorted(group.findings, key=lambda finding: SEVERITIES.index(finding["severity"]))),
            ignored=tuple(ignored_findings.get(key, ())),
            waived=tuple(waived.get(key, ())),
            unchecked=tuple(unchecked_items.get(key, ())),
            check=check,
            uncheckable=uncheckable_reason(reference) if check is CheckStatus.CANNOT_BE_CHECKED else "",
            is_flawless=key in flawless,
            counts=counts,
            worst=next((3 - n for n, severity in enumerate(SEVERITIES) if counts[severity]), 0),
            citation=citation(printed, record, fields) if printed else None,
            comparable=is_article and answered in {"pubmed", "pmc", "crossref"} and UNCOMPARABLE not in codes,
            facts=tuple(_facts(record)) if record else (),
            timelines=timelines(reference, document["run"]["as_of"]),
            last_observed=max(days, default=""),
            is_new=any(map(is_new, group.findings)),
            claims=tuple(claims.get(key, ())),
        )


# The verdict of a run in plain words: what it comes to, why, and what its exit status means.

_NAMED = 4  # sign-offs named at the top; beyond these they are counted
_EXITS = {
    0: "Exit status 0: no finding reaches the severity that fails the run.",
    1: "Exit status 1: at least one finding reaches the severity that fails the run.",
    3: "Exit status 3: the run is incomplete; it has neither passed nor failed.",
}


@dataclass(frozen=True, slots=True)
class VerdictBanner:
    """`tone` is as by `run_tone`; `lines` say what is beside the headline."""

    tone: str
    headline: str
    lines: tuple[str, ...]
    exit: str


def verdict(document: Document, sources: Mapping[str, str]) -> VerdictBanner:
    """The verdict at a glance. Nothing but a complete run that found nothing against any reference is called good."""
    summary = document["summary"]
    failing, unchecked, empty = len(failing_findings(document)), summary["unchecked"], without_references(document)
    uncheckable = check_totals(document)[CheckStatus.CANNOT_BE_CHECKED]
    if failing:
        headline = f"{quantity(failing, 'problem')} need{'s' if failing == 1 else ''} a decision"
    elif not summary["references"]:
        headline = "Nothing was checked: no references found"
    elif unchecked:
        headline = f"Incomplete: no usable answer from {_unanswering(document, sources)}"
    elif empty:
        headline = f"Incomplete: {empty}"
    elif unknown := len(unjudged_findings(document, "error")):
        headline = f"{quantity(unknown, 'earlier error')} could not be checked again"
    elif summary["warnings"]:
        headline = f"Nothing fails this run; {quantity(summary['warnings'], 'warning')} to look at"
    elif uncheckable:
        headline = f"Nothing fails this run; {quantity(uncheckable, 'reference')} cannot be checked"
    elif waived := summary.get("waived", 0):
        headline = f"Nothing fails this run; {quantity(waived, 'finding')} waived"
    elif summary["infos"] or summary["ignored"]:
        headline = f"No error or warning in {quantity(summary['references'], 'reference')}"
    else:
        headline = f"No problem found in {quantity(summary['references'], 'reference')}"
    exit_line = _EXITS.get(summary["exit_code"], f"Exit status {summary['exit_code']}.")
    if summary["exit_code"] == 0 and (unchecked or empty):
        exit_line = "Exit status 0: the run is incomplete, which --on-incomplete warn allows."
    return VerdictBanner(run_tone(document), headline, tuple(_lines(document, failing, sources)), exit_line)


def decisions(document: Document) -> list[dict[str, Any]]:
    """The findings that fail the run by the policy of their file; those that void a reference first."""
    return sorted(
        failing_findings(document),
        key=lambda finding: (not is_voiding(finding), SEVERITIES.index(finding["severity"])),
    )


def _lines(document: Document, failing: int, sources: Mapping[str, str]) -> Iterator[str]:
    summary = document["summary"]
    if summary["references"]:
        yield f"{quantity(summary['references'], 'reference')}: {checks_of(document)}."
    retracted = sum(map(is_retracted, document["references"]))
    if retracted:
        yield f"{quantity(retracted, 'cited article')} {'is' if retracted == 1 else 'are'} retracted."
    if withdrawn := sum(map(is_withdrawn, document["references"])):
        yield f"{quantity(withdrawn, 'cited article')} {'was' if withdrawn == 1 else 'were'} withdrawn."
    unknown = len(unjudged_findings(document, "error"))
    if unknown:
        applies = "still applies" if unknown == 1 else "still apply"
        yield f"{quantity(unknown, 'earlier error')} could not be checked again and {applies}."
    if summary["unchecked"]:
        lookups, silent = quantity(summary["unchecked"], "look-up"), _unanswering(document, sources)
        also = "Also incomplete: " if failing else ""
        yield f"{also}{lookups} failed ({silent}). A failed look-up is neither a pass nor a finding."
        yield "`evidence doctor` tests the network."
    uncheckable = check_totals(document)[CheckStatus.CANNOT_BE_CHECKED]
    if uncheckable:
        yield "References that cannot be checked have neither passed nor failed: review their sources manually."
    if waived := summary.get("waived", 0):
        yield f"{quantity(waived, 'finding')} {'is' if waived == 1 else 'are'} waived by a named person."
    if signed := sign_offs(document):
        if len(signed) > _NAMED:
            states = [f"{number} {state}" for state, number in Counter(map(sign_off_state, signed)).items()]
        else:
            states = [
                f"{sign_off['meaning']} by {sign_off['name']} ({sign_off['role']}): {sign_off_state(sign_off)}"
                for sign_off in signed
            ]
        yield f"Sign-off{'s' if len(signed) > 1 else ''}: {'; '.join(states)}."
    if not failing and not summary["unchecked"] and not without_references(document) and not summary["warnings"]:
        yield "All look-ups succeeded."


def _unanswering(document: Document, sources: Mapping[str, str]) -> str:
    """The sources that gave no answer."""
    silent = dict.fromkeys(item["source"] for item in document["unchecked"])
    names = ["cited pages" if source == "web" else sources.get(source, source) for source in silent]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


# What changed since the run before, what falls due, and what is waived.


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What differs from the earlier run: the news, and the findings that came, stayed and went.

    `unjudged` are unknown: what they rest on could not be asked; errors come first.
    """

    since: Values
    news: tuple[Values, ...]
    new: tuple[Values, ...]
    persisting: int
    resolved: tuple[Values, ...]
    replaced: tuple[Values, ...]
    unjudged: tuple[Values, ...]
    ignored: int
    waived: int


def _changes(document: Document) -> ChangesView | None:
    """The changes since the last run over the same files; None when there is none to compare with."""
    changes = document.get("changes")
    if changes is None:
        return None
    return ChangesView(
        since=changes["since"],
        news=tuple(changes["news"]),
        new=tuple(filter(newness_test(document), document["findings"])),
        persisting=len(changes["persisting"]),
        resolved=tuple(changes["resolved"]),
        replaced=tuple(replaced_findings(document)),
        unjudged=tuple(sorted(unjudged_findings(document), key=lambda item: SEVERITIES.index(item["severity"]))),
        ignored=len(changes["ignored"]),
        waived=len(changes.get("waived", ())),
    )


@dataclass(frozen=True, slots=True)
class DueView:
    """Something that falls due, with the days left as of the run; negative when it is past."""

    item: Values
    left: int | None

    @property
    def when(self) -> str:
        """How long until then."""
        if self.left is None:
            return ""
        if self.left == 0:
            return "today"
        number = quantity(abs(self.left), "day")
        return f"in {number}" if self.left > 0 else f"{number} ago"


def due_views(document: Document) -> tuple[DueView, ...] | None:
    """The due list; None when the document was made without one."""
    items = document.get("due")
    as_of = date.fromisoformat(document["run"]["as_of"])
    return None if items is None else tuple(DueView(item, _days_left(item["on"], as_of)) for item in items)


def _days_left(day: str, as_of: date) -> int | None:
    try:
        return (date.fromisoformat(day) - as_of).days
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class WaivedView:
    """A decision to waive findings: its waiver as the document has it, and the days that are left of it."""

    waiver: Values
    findings: tuple[Values, ...]
    left: int | None


def _waived(document: Document) -> tuple[WaivedView, ...]:
    """What is waived, those findings together that are by one decision."""
    as_of = date.fromisoformat(document["run"]["as_of"])
    return tuple(
        WaivedView(waiver, tuple(findings), _days_left(waiver["until"], as_of))
        for waiver, findings in waiver_groups(document)
    )


# A record (a CSL item) as facts to read: what the authority says, field by field.

_AUTHORS = 12
_VERSIONS = 5
_NOTICES = {
    "RetractionIn": "retracted by",
    "ReinstatementIn": "reinstated by",
    "WithdrawalIn": "withdrawn by",
    "RetractedandRepublishedIn": "retracted, republished as",
    "ExpressionOfConcernIn": "expression of concern",
    "ErratumIn": "erratum",
    "UpdateIn": "updated by",
    "CorrectedandRepublishedIn": "corrected and republished as",
    "RepublishedIn": "republished as",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a record: its name, its text, and the identifiers that go with it."""

    name: str
    text: Markup | str
    links: tuple[IdentifierLink, ...] = ()


def _facts(record: Mapping[str, Any]) -> Iterator[Fact]:
    """What the record says, in the order in which a reader asks."""
    custom = record.get("custom") or {}
    yield from (fact for fact in _bibliographic_facts(record, custom) if fact.text or fact.links)
    for notice in custom.get("notices", ()):
        kind = str(notice.get("type", ""))
        details = [str(notice.get(key) or "") for key in ("source", "date", "note")]
        if notice.get("told-by"):
            details.append("reported by " + ", ".join(map(str, notice["told-by"])))
        text = ": ".join(filter(None, (_NOTICES.get(kind, kind), "; ".join(filter(None, details)))))
        links = tuple(identifier_link(key.lower(), str(notice[key])) for key in ("PMID", "DOI") if notice.get(key))
        yield Fact("Notice", text, links)
    yield from (fact for fact in _other_facts(record, custom) if fact.text or fact.links)


def _bibliographic_facts(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Title", rich(str(custom.get("title-html") or record.get("title") or "")))
    yield Fact("Original title", rich(str(record.get("original-title") or "")))
    yield Fact("Authors", _names(record.get("author") or ()))
    yield Fact("Editors", _names(record.get("editor") or ()))
    journal, short = str(record.get("container-title") or ""), str(record.get("container-title-short") or "")
    yield Fact(
        "Published in", rich(f"{journal} ({short})" if journal and short and short != journal else journal or short)
    )
    yield Fact("Publisher", rich(str(record.get("publisher") or "")))
    yield Fact("Published", _day(record.get("issued")))
    yield Fact(
        "Volume, issue, pages",
        ", ".join(f"{key} {record[key]}" for key in ("volume", "issue", "page") if record.get(key)),
    )
    kinds = (kind for kind in ("PMID", "PMCID", "DOI") if record.get(kind))
    yield Fact("Identifiers", "", tuple(identifier_link(kind.lower(), str(record[kind])) for kind in kinds))


def _names(names: Sequence[Mapping[str, Any]]) -> str:
    texts = []
    for name in names[:_AUTHORS]:
        parts = (name.get("family"), name.get("given"), name.get("suffix"))
        texts.append(str(name.get("literal") or " ".join(str(part) for part in parts if part)))
    more = len(names) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")


def _day(issued: Mapping[str, Any] | None) -> str:
    if not issued:
        return ""
    if issued.get("literal"):
        return str(issued["literal"])
    days = [
        "-".join(f"{part:02d}" if n else str(part) for n, part in enumerate(parts))
        for parts in issued.get("date-parts", ())
    ]
    return " to ".join(days)


def _other_facts(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    kinds = custom.get("publication-types") or ()
    yield Fact("Publication types", ", ".join(str(kind.get("label") or kind.get("ui")) for kind in kinds))
    yield Fact("Trials", "", tuple(identifier_link("nct", str(trial)) for trial in custom.get("trials") or ()))
    versions = custom.get("versions") or ()
    text = ", ".join(f"version {item.get('version')} ({item.get('published')})" for item in versions[:_VERSIONS])
    older = len(versions) - _VERSIONS
    yield Fact("Versions", text + (f" and {older} older ones" if older > 0 else ""))
    status = custom.get("status")
    if isinstance(status, int):
        yield Fact("Response", f"HTTP {status}")
    elif status:
        yield Fact("Status", str(status))
    yield Fact("Why it was stopped", str(custom.get("why-stopped") or ""))
    yield Fact("Results first posted", str(custom.get("results-posted") or ""))
    final = str(custom.get("final-url") or "")
    if final and final != record.get("URL"):
        yield Fact("Redirects to", "", (identifier_link("url", final),))


# Rules as the report explains them: their docstrings taken apart into titled sections.

_SECTION = regex(rf"^({'|'.join(map(re.escape, SECTIONS))}):?$", re.MULTILINE)
_CODE = regex(r"- |[\w-]+:(?: |$)")


@dataclass(frozen=True, slots=True)
class RulePageSection:
    """A titled part of a rule's page: words, then lines of code to be printed as they are."""

    title: str
    words: str
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule as the report explains it."""

    code: str
    name: str
    severity: str
    family: str
    summary: str
    sections: tuple[RulePageSection, ...]


def _rule_codes(document: Document) -> frozenset[str]:
    """The codes of all rules that the report names."""
    resolved = (document.get("changes") or {}).get("resolved", ())
    earlier = (*resolved, *replaced_findings(document), *unjudged_findings(document))
    return frozenset(
        finding["code"]
        for finding in (*document["findings"], *document["ignored"], *waived_findings(document), *earlier)
    )


_RIGHT_FORM = frozenset({FixKind.RECORD, FixKind.RESPELLED, FixKind.CANONICAL, FixKind.REPLACED})
"""Fixes whose suggestion is the right form itself, without a verb."""


def what_to_do(rule: Rule | None, suggestion: str | None) -> str:
    """A finding's suggestion as an instruction that can be read alone; without one, what the rule's page says."""
    if rule is None or not suggestion:
        return suggestion or (advice(rule) if rule else "")
    if rule.fix in _RIGHT_FORM:
        return f"correct it to: {suggestion}"
    return f"add {suggestion}" if rule.fix is FixKind.IDENTIFIERS else suggestion


@cache
def advice(rule: Rule) -> str:
    """What the rule's page says is to be done; empty where it shows an entry instead."""
    parts = (part for part in _rule_page(rule).sections if part.title == "What to do")
    return next((part.words for part in parts if not part.code), "")


def _rule_page(rule: Rule) -> RulePage:
    summary, *parts = _SECTION.split(rule.doc)
    sections = []
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        lines = textwrap.dedent(body.strip("\n")).rstrip().splitlines()
        begins = (number for number, line in enumerate(lines) if title in EXAMPLES and _CODE.match(line))
        code_from = next(begins, len(lines))
        words = " ".join(" ".join(lines[:code_from]).split())
        sections.append(RulePageSection(title, words, tuple(lines[code_from:])))
    return RulePage(
        rule.code, rule.name, str(rule.severity), FAMILIES[rule.family], " ".join(summary.split()), tuple(sections)
    )


# Policies and identifiers in words.

_LABELS = {"setid": "Set ID", "pmid": "PMID", "pmcid": "PMCID", "doi": "DOI", "nct": "Trial", "url": "Address"}
_REGISTRIES = {
    "setid": (
        regex(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=",
    ),
    "pmid": (regex(r"[0-9]{1,9}"), "https://pubmed.ncbi.nlm.nih.gov/"),
    "pmcid": (regex(r"PMC[0-9]{1,9}"), "https://pmc.ncbi.nlm.nih.gov/articles/"),
    "doi": (regex(r"10\.[0-9]{4,9}/\S+"), "https://doi.org/"),
    "nct": (regex(r"NCT[0-9]{8}"), "https://clinicaltrials.gov/study/"),
}
_TAG = regex(r"(</?(?:i|b|sub|sup)>)")
_TAGS = {
    "<i>": Markup("<i>"),
    "</i>": Markup("</i>"),
    "<b>": Markup("<b>"),
    "</b>": Markup("</b>"),
    "<sub>": Markup("<sub>"),
    "</sub>": Markup("</sub>"),
    "<sup>": Markup("<sup>"),
    "</sup>": Markup("</sup>"),
}
_ADDRESS = regex(r"[\x21-\x7e]+")  # printable ASCII without spaces: all that an address may be made of


def _policies(document: Document) -> list[tuple[Values, list[str]]]:
    """Every policy in force, with the files that are judged by it."""
    policies: list[tuple[Values, list[str]]] = []
    for path, policy in document["run"]["policies"].items():
        for other, paths in policies:
            if other == policy:
                paths.append(path)
                break
        else:
            policies.append((policy, [path]))
    return policies


def policy_settings(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The policy in force as (what, value), in plain words."""
    kinds = {"webpage": "web page", "label": "label", "article": "article"}
    limits = (f"{kinds.get(kind, kind)} {_days(limit)}" for kind, limit in policy["accessed-limit"].items())
    yield "Access dates expire after", ", ".join(limits)
    yield "Stored answers expire after", ", ".join(f"{kind} {_days(life)}" for kind, life in policy["life"].items())
    strikes = policy["confirm-dead"]
    dead = "after the first 404 or 410" if strikes == 1 else f"after a 404 or 410 on {strikes} different days"
    yield "A page counts as dead", dead
    yield "The run fails on", policy["fail-on"] if policy["fail-on"] == "error" else f"{policy['fail-on']} or above"
    if "waiver-limit" in policy:
        limits = (f"{kind} {_days(limit)}" for kind, limit in policy["waiver-limit"].items())
        yield "Waivers last at most", ", ".join(limits)
        yield "Self-approval of waivers", policy["self-approval"]
    if "claim-limit" in policy:
        limits = (f"{kind} {_days(limit)}" for kind, limit in policy["claim-limit"].items())
        yield "Claims are reviewed within", ", ".join(limits)
    if "sign-off-limit" in policy:
        yield "A sign-off expires after", _days(policy["sign-off-limit"])
    if signing := policy.get("sign-off"):
        yield "Sign-offs need a known key", "yes" if signing["require-key"] else "no"
        for role, names in signing["roles"].items():
            yield f"May sign off as {role}", ", ".join(names) or "nobody"
    if policy.get("coverage") is not None:
        yield "Paragraphs with a citation", f"at least {policy['coverage']} %"
    if "style" in policy:
        yield "Citation style", policy["style"].upper() if policy["style"] in {"ama", "nlm", "apa"} else policy["style"]
    changed = ", ".join(f"{code} {severity}" for code, severity in policy["severity"].items())
    if changed:
        yield "Changed severities", changed


def _days(number: int | None) -> str:
    return "no limit" if number is None else quantity(number, "day")


@dataclass(frozen=True, slots=True)
class IdentifierLink:
    """An identifier as people know it; `href` is None where following it would not be safe."""

    label: str
    value: str
    href: str | None


def identifier_link(kind: str, value: str) -> IdentifierLink:
    """The identifier of this kind (`pmid`, `url` …) with the address at which a reader finds it."""
    pattern, base = _REGISTRIES.get(kind, (None, ""))
    if kind == "url":
        address = web_address(value)
    else:
        address = base + quote(value, safe="/") if pattern is not None and pattern.fullmatch(value) else None
    return IdentifierLink(_LABELS.get(kind, kind), value, address)


def web_address(address: str) -> str | None:
    """The address if a reader may be led there: http or https, no credentials, nothing that does not show."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    plain = _ADDRESS.fullmatch(address) and "\\" not in address
    good = plain and parts.scheme in {"http", "https"} and host and "@" not in parts.netloc
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~-._") if good else None


def rich(text: str) -> Markup:
    """Text in which <i>, <b>, <sub> and <sup> are markup, as CSL-JSON has it; unpaired ones are left out."""
    pieces = _TAG.split(one_line(text))
    paired = _paired(pieces)
    printed = (_TAGS[part] if n in paired else escape("" if n % 2 else part) for n, part in enumerate(pieces))
    return Markup("").join(printed)


def _paired(pieces: list[str]) -> set[int]:
    """The numbers of the tags that open and close in order."""
    opened: list[int] = []
    paired: set[int] = set()
    for number in range(1, len(pieces), 2):
        tag = pieces[number]
        if not tag.startswith("</"):
            opened.append(number)
        elif opened and pieces[opened[-1]] == tag.replace("/", ""):
            paired |= {opened.pop(), number}
    return paired
