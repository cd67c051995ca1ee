"""What falls due and what is let stand, for the page: with the days that are left."""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evidence.model.rule import FAMILIES, Rule
from evidence.model.text import one_line
from evidence.reports import html_charts
from evidence.reports import html_citation as html_words
from evidence.reports import text as signed
from evidence.reports.document import (
    Document,
    is_retracted,
    library_inputs,
    library_paths,
    newness_test,
    replaced_findings,
    retraction_label,
    unjudged_findings,
    waived_findings,
    waiver_groups,
)
from evidence.reports.html_charts import Timeline, kind_of, timelines
from evidence.reports.html_citation import (
    SEVERITIES,
    Citation,
    IdentifierLink,
    citation,
    conjunction,
    identifier_link,
    rich,
)
from evidence.reports.text import (
    finding_groups,
    minute_utc,
    quantity,
    recent_decisions,
    record_summary,
    sign_offs,
    state,
)

# What falls due and what is let stand, for the page: with the days that are left.

ValuesHtmlDays = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DueView:
    """Something that falls due, with the days left as of the run; negative when it is past."""

    item: ValuesHtmlDays
    left: int | None

    @property
    def told(self) -> str:
        """How long until then."""
        if self.left is None:
            return ""
        if self.left == 0:
            return "today"
        number = f"{abs(self.left)} day{'' if abs(self.left) == 1 else 's'}"
        return f"in {number}" if self.left > 0 else f"{number} ago"


def due(shown: Document) -> tuple[DueView, ...] | None:
    """The due list; None when the document was made without one."""
    items = shown.get("due")
    as_of = date.fromisoformat(shown["run"]["as_of"])
    return None if items is None else tuple(DueView(item, _days_left(item["on"], as_of)) for item in items)


def _days_left(day: str, as_of: date) -> int | None:
    try:
        return (date.fromisoformat(day) - as_of).days
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class WaivedView:
    """A decision to let findings stand: its waiver in the words of the report, and the days that are left of it."""

    waiver: ValuesHtmlDays
    findings: tuple[ValuesHtmlDays, ...]
    left: int | None


def waived(shown: Document) -> tuple[WaivedView, ...]:
    """What is waived, those findings together that are by one decision."""
    as_of = date.fromisoformat(shown["run"]["as_of"])
    return tuple(
        WaivedView(waiver, tuple(findings), _days_left(waiver["until"], as_of))
        for waiver, findings in waiver_groups(shown)
    )


# Rules' own pages inside the HTML report: their docstrings taken apart into titled sections.

_TITLES = ("What it does", "Why is this bad?", "Example", "Use instead", "References")
_SECTION = re.compile(rf"^({'|'.join(map(re.escape, _TITLES))}):?$", re.MULTILINE)
_EXAMPLES = frozenset({"Example", "Use instead"})
_CODE = re.compile(r"- |[\w-]+:(?: |$)")


@dataclass(frozen=True, slots=True)
class RulePageSection:
    """A titled part of a rule's page: words, then lines of code to be shown as they stand."""

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


def rule_pages(rules: Iterable[Rule], codes: frozenset[str]) -> tuple[RulePage, ...]:
    """The pages of those rules that the report speaks of."""
    return tuple(_page(rule) for rule in rules if rule.code in codes)


def _page(rule: Rule) -> RulePage:
    summary, *parts = _SECTION.split(rule.doc)
    family = FAMILIES[rule.family]
    sections = tuple(_sections(parts))
    return RulePage(rule.code, rule.name, str(rule.severity), family, " ".join(summary.split()), sections)


def _sections(parts: list[str]) -> Iterator[RulePageSection]:
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        lines = textwrap.dedent(body.strip("\n")).rstrip().splitlines()
        begins = (number for number, line in enumerate(lines) if title in _EXAMPLES and _CODE.match(line))
        code_from = next(begins, len(lines))
        yield RulePageSection(title, " ".join(" ".join(lines[:code_from]).split()), tuple(lines[code_from:]))


# The verdict of a run in plain words: what it comes to, why, and what its exit status means.

_FIRST = ("RET001", "MET006")  # what voids a reference as support stands before all else
_NAMED = 4  # sign-offs named at the top; beyond these they are counted
_STANDS = ("still stands", "still stand")
_EXITS = {
    0: "Exit status 0: no finding is at or above the severity that fails a run.",
    1: "Exit status 1: at least one finding is at or above the severity that fails a run.",
    3: "Exit status 3: the run is incomplete, so it is neither passed nor failed.",
}


@dataclass(frozen=True, slots=True)
class VerdictBanner:
    """`tone` is error, alarm, warning or good; `lines` say what stands beside the headline."""

    tone: str
    headline: str
    lines: tuple[str, ...]
    exit: str


def verdict(shown: Document, sources: Mapping[str, str]) -> VerdictBanner:
    """The verdict at a glance. Nothing but a complete run without failing findings is called good."""
    summary = shown["summary"]
    failing, unchecked = len(decisions(shown)), summary["unchecked"]
    if failing:
        tone, headline = "error", f"{quantity(failing, 'problem')} need{'s' if failing == 1 else ''} a decision"
    elif not summary["references"]:
        tone, headline = "alarm", "Nothing was checked: there are no references"
    elif unchecked:
        tone, headline = "alarm", f"Incomplete: no usable answer from {_silent(shown, sources)}"
    elif summary["warnings"]:
        tone, headline = "warning", f"Nothing fails this run; {quantity(summary['warnings'], 'warning')} to look at"
    else:
        tone, headline = "good", f"No problem found in {quantity(summary['references'], 'reference')}"
    return VerdictBanner(tone, headline, tuple(_lines(shown, failing, sources)), _exit(summary))


def decisions(shown: Document) -> list[dict[str, Any]]:
    """The findings that fail the run by the policy of their file; those that void a reference first."""
    policies = shown["run"]["policies"]
    failing = [
        finding
        for finding in shown["findings"]
        if SEVERITIES.index(finding["severity"])
        <= SEVERITIES.index(policies.get(finding["path"], {}).get("fail-on", "error"))
    ]
    return sorted(failing, key=lambda finding: (finding["code"] not in _FIRST, SEVERITIES.index(finding["severity"])))


def _lines(shown: Document, failing: int, sources: Mapping[str, str]) -> Iterator[str]:
    summary = shown["summary"]
    retracted = sum(map(is_retracted, shown["references"]))
    if retracted:
        yield f"{quantity(retracted, 'cited article')} {'is' if retracted == 1 else 'are'} retracted."
    unknown = len(unjudged_findings(shown, "error"))
    if unknown:
        yield f"{quantity(unknown, 'error')} of the run before could not be judged again, and {_STANDS[unknown != 1]}."
    if summary["unchecked"]:
        asked = quantity(summary["unchecked"], "look-up")
        also = "Also incomplete: " if failing else ""
        silent = _silent(shown, sources)
        yield f"{also}{asked} gave no answer ({silent}). What was not answered is neither passed nor failed."
    if waived := summary.get("waived", 0):
        yield f"{quantity(waived, 'finding')} {'is' if waived == 1 else 'are'} waived: let stand for now, by name."
    if told := _signed(shown):
        yield told
    if not failing and not summary["unchecked"] and summary["references"] and not summary["warnings"]:
        yield "Everything that was to be asked was answered."


def _signed(shown: Document) -> str:
    """How each sign-off stands, or how many stand how; empty where nobody has signed."""
    signed = sign_offs(shown)
    if len(signed) > _NAMED:
        told = (f"{number} {how}" for how, number in Counter(map(state, signed)).items())
    else:
        told = (f"{one['meaning']} by {one['name']} ({one['role']}): {state(one)}" for one in signed)
    return f"Sign-off{'s' if len(signed) > 1 else ''}: {'; '.join(told)}." if signed else ""


def _silent(shown: Document, sources: Mapping[str, str]) -> str:
    silent = dict.fromkeys(item["source"] for item in shown["unchecked"])
    return conjunction(["cited pages" if source == "web" else sources.get(source, source) for source in silent])


def _exit(summary: dict[str, Any]) -> str:
    told = _EXITS.get(summary["exit_code"], f"Exit status {summary['exit_code']}.")
    if summary["exit_code"] == 0 and (summary["unchecked"] or not summary["references"]):
        return "Exit status 0, although the run is incomplete: it was let pass by --on-incomplete warn."
    return told


# A record (a CSL item) as facts to read: what the authority says, field by field.

_AUTHORS = 12
_VERSIONS = 5
_NOTICES = {
    "RetractionIn": "retracted by",
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


def facts(record: Mapping[str, Any]) -> Iterator[Fact]:
    """What the record says, in the order in which a reader asks."""
    custom = record.get("custom") or {}
    yield from (fact for fact in _bibliographic(record, custom) if fact.text or fact.links)
    for notice in custom.get("notices", ()):
        yield _notice(notice)
    yield from (fact for fact in _other(record, custom) if fact.text or fact.links)


def _bibliographic(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Title", rich(str(custom.get("title-html") or record.get("title") or "")))
    yield Fact("Original title", rich(str(record.get("original-title") or "")))
    yield Fact("Authors", _names(record.get("author") or ()))
    yield Fact("Editors", _names(record.get("editor") or ()))
    journal, short = str(record.get("container-title") or ""), str(record.get("container-title-short") or "")
    yield Fact("In", rich(f"{journal} ({short})" if journal and short and short != journal else journal or short))
    yield Fact("Publisher", rich(str(record.get("publisher") or "")))
    yield Fact("Issued", _day(record.get("issued")))
    yield Fact("Located at", _place(record))
    found = tuple(
        identifier_link(kind.lower(), str(record[kind])) for kind in ("PMID", "PMCID", "DOI") if record.get(kind)
    )
    yield Fact("Identifiers", "", found)


def _names(names: Any) -> str:
    told = [_name(name) for name in names[:_AUTHORS]]
    more = len(names) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def _name(name: Mapping[str, Any]) -> str:
    parts = (name.get("family"), name.get("given"), name.get("suffix"))
    return str(name.get("literal") or " ".join(str(part) for part in parts if part))


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


def _place(record: Mapping[str, Any]) -> str:
    volume, issue, page = (str(record.get(key) or "") for key in ("volume", "issue", "page"))
    parts = (f"volume {volume}" if volume else "", f"issue {issue}" if issue else "", f"page {page}" if page else "")
    return ", ".join(part for part in parts if part)


def _notice(notice: Mapping[str, Any]) -> Fact:
    kind = str(notice.get("type", ""))
    parts = [str(notice.get("source") or ""), str(notice.get("date") or ""), str(notice.get("note") or "")]
    if notice.get("told-by"):
        parts.append("told by " + ", ".join(map(str, notice["told-by"])))
    links = tuple(identifier_link(key.lower(), str(notice[key])) for key in ("PMID", "DOI") if notice.get(key))
    return Fact(
        "Notice", ": ".join(part for part in (_NOTICES.get(kind, kind), "; ".join(filter(None, parts))) if part), links
    )


def _other(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    kinds = custom.get("publication-types") or ()
    yield Fact("Publication types", ", ".join(str(kind.get("label") or kind.get("ui")) for kind in kinds))
    yield Fact("Trials", "", tuple(identifier_link("nct", str(trial)) for trial in custom.get("trials") or ()))
    yield Fact("Versions", _versions(custom.get("versions") or ()))
    status = custom.get("status")
    if isinstance(status, int):
        yield Fact("Answered", f"HTTP {status}")
    elif status:
        yield Fact("Status", str(status))
    final = str(custom.get("final-url") or "")
    if final and final != record.get("URL"):
        yield Fact("Led to", "", (identifier_link("url", final),))


def _versions(versions: Any) -> str:
    told = [f"version {one.get('version')} of {one.get('published')}" for one in versions[:_VERSIONS]]
    more = len(versions) - len(told)
    return ", ".join(told) + (f" and {more} older" if more > 0 else "")


# The report's document arranged for the page: monographs, their references, what changed, what is due.

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """One reference with everything that the page says of it.

    `worst` is 3 for an error, 0 for nothing; `retracted` are the words of its stamp, empty without one;
    `last_seen` is the day on which an earlier run last found it, empty if none did.
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
    counts: Mapping[str, int]
    worst: int
    citation: Citation | None
    comparable: bool
    facts: tuple[Fact, ...]
    timelines: tuple[Timeline, ...]
    last_seen: str
    is_new: bool

    @property
    def families(self) -> str:
        """The rule families of its findings, for the filter."""
        return " ".join(sorted({finding["code"][:3] for finding in self.findings}))


@dataclass(frozen=True, slots=True)
class FileView:
    """One input file: its references and the findings that concern it as a whole; `title` may be empty."""

    anchor: str
    path: str
    title: str
    sha256: str
    findings: tuple[Values, ...]
    entries: tuple[ReferenceView, ...]
    counts: Mapping[str, int]

    @property
    def has_owners(self) -> bool:
        """Whether any entry names who answers for it."""
        return any(entry.document.get("owner") for entry in self.entries)

    @property
    def has_dates(self) -> bool:
        """Whether any entry says when it was read."""
        return any(entry.document.get("accessed") for entry in self.entries)


def monographs(shown: Document) -> tuple[FileView, ...]:
    """Every input file in the run's order, then files that only findings or references name."""
    entries: dict[str, list[ReferenceView]] = {}
    for entry in entries_of(shown):
        entries.setdefault(entry.document["path"], []).append(entry)
    loose = {group.path: group.findings for group in finding_groups(shown) if group.reference is None}
    files = {item["path"]: item for item in library_inputs(shown)}
    return tuple(
        FileView(
            anchor=f"file-{number}",
            path=path,
            title=files.get(path, {}).get("title", ""),
            sha256=files.get(path, {}).get("sha256", ""),
            findings=tuple(loose.get(path, ())),
            entries=tuple(entries.get(path, ())),
            counts=_counts(shown, path),
        )
        for number, path in enumerate(dict.fromkeys([*files, *entries, *loose]), 1)
    )


def _counts(shown: Document, path: str) -> Counter[str]:
    """How many findings of each severity a file has, how much is unchecked, ignored, retracted."""
    homes = library_paths(shown)
    own = {path, *(beside for beside, home in homes.items() if home == path)}
    counts = Counter(finding["severity"] for finding in shown["findings"] if finding["path"] in own)
    counts["unchecked"] = sum(item["path"] == path for item in shown["unchecked"])
    counts["ignored"] = sum(item["path"] == path for item in shown["ignored"])
    counts["waived"] = sum(item["path"] == path for item in waived_findings(shown))
    counts["retracted"] = sum(is_retracted(one) for one in shown["references"] if one["path"] == path)
    return counts


def anchors(shown: Document) -> list[str]:
    """The anchor of every reference, in their order; made of numbers, since ids are text from outside."""
    return [f"ref-{number}" for number in range(1, len(shown["references"]) + 1)]


_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the document's lists say, by path and id of the reference."""

    as_of: str
    unchecked: Mapping[_Key, list[Values]]
    ignored: Mapping[_Key, list[Values]]
    waived: Mapping[_Key, list[Values]]
    is_new: Callable[[Values], bool]


def entries_of(shown: Document) -> tuple[ReferenceView, ...]:
    """All references in their order."""
    silent, silenced = _by_reference(shown["unchecked"]), _by_reference(shown["ignored"])
    lists = _Lists(shown["run"]["as_of"], silent, silenced, _by_reference(waived_findings(shown)), newness_test(shown))
    told = ((group.reference, group.findings) for group in finding_groups(shown) if group.reference is not None)
    return tuple(_entry(number, reference, found, lists) for number, (reference, found) in enumerate(told, 1))


def _by_reference(items: Sequence[Values]) -> dict[_Key, list[Values]]:
    told: dict[_Key, list[Values]] = {}
    for item in items:
        told.setdefault((item["path"], item["reference"]), []).append(item)
    return told


def _entry(number: int, reference: dict[str, Any], findings: Sequence[Values], lists: _Lists) -> ReferenceView:
    key = (reference["path"], reference["id"])
    silenced, waived = lists.ignored.get(key, []), lists.waived.get(key, [])
    counts = Counter(finding["severity"] for finding in findings)
    codes = frozenset(finding["code"] for finding in (*findings, *silenced, *waived))
    printed, record = reference.get("cited_as"), reference["record"]
    return ReferenceView(
        anchor=f"ref-{number}",
        number=number,
        document=reference,
        title=rich(_title(reference)),
        kind=kind_of(reference),
        links=tuple(identifier_link(kind, value) for kind, value in reference["identifiers"].items()),
        retracted=retraction_label(reference) if is_retracted(reference) else "",
        findings=tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))),
        ignored=tuple(silenced),
        waived=tuple(waived),
        unchecked=tuple(lists.unchecked.get(key, ())),
        counts=counts,
        worst=next((3 - n for n, severity in enumerate(SEVERITIES) if counts[severity]), 0),
        citation=citation(printed, record, codes) if printed else None,
        comparable=_is_comparable(reference, codes),
        facts=tuple(facts(record)) if record else (),
        timelines=timelines(reference, lists.as_of),
        last_seen=_last_seen(reference),
        is_new=any(map(lists.is_new, findings)),
    )


def _last_seen(reference: Values) -> str:
    """The last day on which an earlier run found what the first identifier names, as `verified` is meant."""
    first = ":".join(next(iter(reference["identifiers"].items()), ("", "")))
    past = reference.get("history") or ()
    return max((one["as_of"] for one in past if one["state"] == "found" and one["identifier"] == first), default="")


def _title(reference: Values) -> str:
    record = reference["record"] or {}
    known = (record.get("custom") or {}).get("title-html") or record.get("title") or reference.get("title")
    return str(known or reference.get("cited_as") or (record_summary(record) if record else ""))


def _is_comparable(reference: Values, codes: frozenset[str]) -> bool:
    """Whether the run compared the citation: an article's, with PubMed's or Crossref's record, of enough words."""
    answered = next((lookup["source"] for lookup in reference["lookups"] if lookup["state"] == "found"), "")
    article = kind_of(reference) == "article" and reference["record"] is not None
    return article and answered in {"pubmed", "pmc", "crossref"} and "MET008" not in codes


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What is otherwise than in the earlier run: the news, and the findings that came, stayed and went.

    Of `unjudged` nobody knows: what they rest on could not be asked; errors come first.
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


def changes(shown: Document) -> ChangesView | None:
    """The changes since the last run over the same files; None when there is none to compare with."""
    told = shown.get("changes")
    if told is None:
        return None
    return ChangesView(
        since=told["since"],
        news=tuple(told["news"]),
        new=tuple(filter(newness_test(shown), shown["findings"])),
        persisting=len(told["persisting"]),
        resolved=tuple(told["resolved"]),
        replaced=tuple(replaced_findings(shown)),
        unjudged=tuple(sorted(unjudged_findings(shown), key=lambda finding: SEVERITIES.index(finding["severity"]))),
        ignored=len(told["ignored"]),
        waived=len(told.get("waived", ())),
    )


def silences(shown: Document) -> Iterator[tuple[str, str, list[Values]]]:
    """What was not checked, by source and reason."""
    reasons: dict[tuple[str, str], list[Values]] = {}
    for item in shown["unchecked"]:
        reasons.setdefault((item["source"], item["reason"]), []).append(item)
    for (source, reason), items in reasons.items():
        yield source, reason, items


def rule_codes(shown: Document) -> frozenset[str]:
    """The codes of all rules that the report speaks of."""
    resolved = (shown.get("changes") or {}).get("resolved", ())
    earlier = (*resolved, *replaced_findings(shown), *unjudged_findings(shown))
    return frozenset(
        finding["code"] for finding in (*shown["findings"], *shown["ignored"], *waived_findings(shown), *earlier)
    )


def policies(shown: Document) -> tuple[tuple[Values, tuple[str, ...]], ...]:
    """Every policy in force, with the files that are judged by it."""
    told: list[tuple[Values, list[str]]] = []
    for path, policy in shown["run"]["policies"].items():
        for other, paths in told:
            if other == policy:
                paths.append(path)
                break
        else:
            told.append((policy, [path]))
    return tuple((policy, tuple(paths)) for policy, paths in told)


# The report as one HTML page, to be read, filed and printed: regulatory staff's format.

_INDENT = re.compile(r"(<pre\b.*?</pre>)|\n\s+", re.DOTALL)
_UNPRINTED = re.compile(r"[^\w .:-]", re.ASCII)  # all else could end the string of a style sheet
_FEW = 3  # new findings shown without being asked for
_FOLDED = 12  # decisions and news shown before the rest is folded away


def render_html(shown: Document, rules: Iterable[Rule] = (), sources: Mapping[str, str] | None = None) -> str:
    """A report's document as a self-contained HTML page, ending in a line break.

    Args:
        shown: The document (`json_report.document`); keys that later versions added may be missing.
        rules: The rules to explain; the page holds the help of those that it speaks of.
        sources: What to call the sources, by the names that answers give them.

    Returns:
        HTML (the Living Standard) to be written as UTF-8. Every text of the document is escaped, and
        what does not show (control characters, overrides of the writing direction) is spelled out.
    """
    style, script, early = _asset("page.css") + _margins(shown), _asset("page.js"), _asset("early.js")
    page = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            **_view(shown, tuple(rules), sources or {}),
            policy=_security_policy(style, early, script),
            style=Markup(style),  # noqa: S704 - ours
            early=Markup(early),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
        )
    )
    return _unindented(page).strip() + "\n"


def _view(shown: Document, rules: tuple[Rule, ...], sources: Mapping[str, str]) -> dict[str, Any]:
    pages = rule_pages(rules, rule_codes(shown))
    files_ = monographs(shown)
    entries = [entry for file in files_ for entry in file.entries]
    columns = html_charts.run_bars(shown)
    return {
        "tool": shown["tool"],
        "run": shown["run"],
        "summary": shown["summary"],
        "audit": shown.get("audit"),
        "verdict": verdict(shown, sources),
        "decisions": decisions(shown),
        "source_titles": sources,
        "undecided": unjudged_findings(shown, "error"),
        "changes": changes(shown),
        "decided": tuple(recent_decisions(shown)),
        "due": due(shown),
        "monographs": files_,
        "entries": entries,
        "anchor_of": _anchors(shown, entries),
        "unchecked": tuple(silences(shown)),
        "ignored": shown["ignored"],
        "waived": waived(shown),
        "sign_offs": signed.sign_offs(shown),
        "not_identity": signed.NOT_IDENTITY,
        "ages": html_charts.accessed_ages(shown, anchors(shown)),
        "state_bars": html_charts.state_bars(shown["references"]),
        "run_bars": columns,
        "seen_states": frozenset(part.state for bar in columns for part in bar.parts),
        "came_new": newness_test(shown),
        "policies": policies(shown),
        "rules": pages,
        "explained": frozenset(page.code for page in pages),
        "families": {code[:3]: FAMILIES.get(code[:3], "") for code in sorted(rule_codes(shown))},
        "owners": sorted({owner for entry in entries if (owner := entry.document.get("owner"))}),
        "folded": _FOLDED,
        "few": _FEW,
    }


def _anchors(shown: Document, entries: list[ReferenceView]) -> dict[tuple[str, str], str]:
    """Where a reference stands on the page, by file and id; also by the file of waivers beside its own."""
    anchors = {(entry.document["path"], entry.document["id"]): entry.anchor for entry in reversed(entries)}
    for beside, home in library_paths(shown).items():
        anchors |= {(beside, name): anchor for (path, name), anchor in anchors.items() if path == home}
    return anchors


def _margins(shown: Document) -> str:
    """What stands at the foot of every printed page: whose report it is, and the page's number."""
    run = shown["run"]
    stand_in = "STAND-IN, not the real services - " if run["mode"] == "stand-in" else ""
    told = _UNPRINTED.sub("", f"{stand_in}{shown['tool']['name']} {shown['tool']['version']} - run {run['id']}")
    return f'@page{{@bottom-left{{content:"{told}"}}}}\n'


def _security_policy(style: str, *scripts: str) -> str:
    allowed = " ".join(map(_source, scripts))
    return f"default-src 'none'; style-src {_source(style)}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _source(text: str) -> str:
    """A style's or script's text as a source expression (CSP Level 3, 2.3.1)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _asset(name: str) -> str:
    """A file of the page as it will stand there: what is hashed and what is shown must be the same bytes."""
    return _unindented((files("evidence.reports") / "html_page" / name).read_text(encoding="utf-8"))


def _unindented(text: str) -> str:
    """Without the indentation of lines, a third of the page; code that is shown keeps its own."""
    return _INDENT.sub(lambda found: found[1] or "\n", text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.reports", "html_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals |= {"signed": signed}
    environment.globals |= {"count": quantity, "states": html_words.STATES, "severities": html_words.SEVERITIES}
    environment.filters |= {
        "minute": minute_utc,
        "terms": html_words.policy_terms,
        "indented": _indented,
    }
    return environment


def _shown(value: object) -> object:
    """What an expression of a template puts on the page: text with the unseen spelled out."""
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    before, after = " " * value[:1].isspace(), " " * value[1:][-1:].isspace()
    return f"{before}{one_line(value)}{after}"


def _indented(line: str) -> Markup:
    """A line of code with the spaces before it."""
    text = line.lstrip(" ")
    return escape(" " * (len(line) - len(text)) + one_line(text))
