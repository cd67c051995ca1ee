"""JUnit XML, as Jenkins and GitLab read it: for every reference one test case, and one more for each rule family.

For every claim there is one, too, which says whether its quotes could be looked for, beside those of its rules.

The first says whether the reference could be checked; it is skipped where it was not, or cannot be. In the others
findings at or above the failing severity of their file are failures. What could not be judged, because
no service answered or there is no record, what the entry ignores and what a waiver covers, is skipped with the
reason: unknown is never a pass. Findings below the failing severity are in the case's output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from evidence.model.claims import AnchorState
from evidence.model.outcomes import CheckStatus
from evidence.model.report import MONOGRAPH
from evidence.model.rule import FAMILIES, FactOf, Lookup, Rule, Subject
from evidence.model.text import one_line
from evidence.reports.document import (
    TOOL,
    Document,
    check_statuses,
    claim_key,
    library_inputs,
    place_text,
    unjudged_findings,
    waived_findings,
    waiver_text,
    weaker_lines,
)
from evidence.reports.wording import (
    CHECKS,
    SEVERITIES,
    Group,
    anchor_text,
    by_reference,
    finding_groups,
    uncheckable_reason,
)

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_COUNTS = ("tests", "failures", "errors")


@dataclass(frozen=True, slots=True)
class _Family:
    """The rules of a family; `looks_up` says whether any of those that are shown needs a look-up."""

    code: str
    rules: tuple[Rule, ...]
    looks_up: bool


@dataclass(slots=True)
class _Subject:
    """A reference, or a file, with all that was found of it."""

    name: str
    path: str
    reference: dict[str, Any] | None
    claim: dict[str, Any] | None
    check: CheckStatus | None
    findings: list[dict[str, Any]]
    ignored: list[dict[str, Any]]
    waived: list[dict[str, Any]]
    unchecked: list[dict[str, Any]]
    unjudged: list[dict[str, Any]]


def render_junit(document: Document, rules: Sequence[Rule]) -> str:
    """A report's document as JUnit XML: one suite for each file, ending in a line break."""
    root = _suites(document, rules)
    ET.indent(root)
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


class JoinedSuites:
    """The suites of many documents as one: `add` gives the text of each, which goes between `head` and `END`."""

    END = "</testsuites>\n"

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_COUNTS, 0)

    def add(self, document: Document, rules: Sequence[Rule]) -> str:
        """The suites of one document, each ending in a line break."""
        root = _suites(document, rules)
        for key in _COUNTS:
            self._counts[key] += int(root.get(key, "0"))
        ET.indent(root)
        return "".join(f"  {ET.tostring(suite, encoding='unicode').rstrip()}\n" for suite in root)

    def head(self) -> str:
        """What comes before the suites, with the sums of those that were added."""
        sums = "".join(f' {key}="{number}"' for key, number in self._counts.items())
        return f'{_DECLARATION}<testsuites name="{TOOL}"{sums}>\n'


def _suites(document: Document, rules: Sequence[Rule]) -> ET.Element:
    families = _families(document, rules)
    subjects: dict[str, list[_Subject]] = {}
    for subject in _subjects(document):
        subjects.setdefault(subject.path, []).append(subject)
    root = ET.Element("testsuites", name=document["tool"]["name"])
    for item in library_inputs(document):
        root.append(_suite(document, item, subjects.get(item["path"], []), families))
    for key in _COUNTS:
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    return root


def _families(document: Document, rules: Sequence[Rule]) -> list[_Family]:
    """The families of which this run shows any rule, in the order of the documentation.

    Without a monograph nothing is judged of its citations, and nothing passes.
    """
    reads_text = any(item.get("role") == MONOGRAPH for item in document["run"]["inputs"])
    select, ignore = set(document["run"]["select"]), set(document["run"]["ignore"])
    looks_up: dict[str, bool] = {}
    for rule in rules:
        words = {rule.code, rule.name, rule.family}
        if rule.subject is Subject.MONOGRAPH and not reads_text:
            continue
        if (not select or words & select) and not words & ignore:
            looks_up[rule.family] = looks_up.get(rule.family, False) or rule.needs_lookup
    return [
        _Family(code, tuple(rule for rule in rules if rule.family == code), looks_up[code])
        for code in FAMILIES
        if code in looks_up
    ]


def _subjects(document: Document) -> Iterator[_Subject]:
    ignored = {_key(group): group.findings for group in finding_groups({**document, "findings": document["ignored"]})}
    waived = {
        _key(group): group.findings for group in finding_groups({**document, "findings": waived_findings(document)})
    }
    unchecked, unjudged = by_reference(document["unchecked"]), by_reference(unjudged_findings(document))
    names: Counter[tuple[str, str]] = Counter()
    checks = iter(check_statuses(document))
    for group in finding_groups(document):
        name = group.reference["id"] if group.reference else claim_key(group.claim) if group.claim else "the file"
        key = (group.path, name)
        names[key] += 1
        yield _Subject(
            name=one_line(name if names[key] == 1 else f"{name} ({names[key]})"),
            path=group.path,
            reference=group.reference,
            claim=group.claim,
            check=None if group.reference is None else next(checks),
            findings=group.findings,
            ignored=ignored.get(_key(group), []),
            waived=waived.get(_key(group), []),
            unchecked=_unchecked_of(group, name, unchecked),
            unjudged=unjudged.get((group.claim["path"], name) if group.claim else key, [])
            if not group.is_of_file
            else [],
        )


def _unchecked_of(
    group: Group, name: str, unchecked: Mapping[tuple[str, str | None], list[dict[str, Any]]]
) -> list[Any]:
    """What could not be asked about a reference; of a claim, about those that it rests on, and about its quotes."""
    if group.claim is None:
        return unchecked.get((group.path, name), []) if group.reference else []
    cited = dict.fromkeys(item["reference"] for item in group.claim["evidence"])
    of_references = [item for reference in cited for item in unchecked.get((group.path, reference), [])]
    return [*of_references, *unchecked.get((group.claim["path"], name), [])]


def _key(group: Group) -> tuple[str, str, int]:
    """Of a group that two groupings of the same document share."""
    entry = group.reference or group.claim
    name = "" if entry is None else claim_key(entry) if group.claim else entry["id"]
    return (group.path, name, entry["line"]) if entry else (group.path, "", 0)


def _suite(document: Document, item: dict[str, Any], subjects: list[_Subject], families: list[_Family]) -> ET.Element:
    run = document["run"]
    suite = ET.Element("testsuite", name=one_line(item["path"]), file=one_line(item["path"]))
    properties = ET.SubElement(suite, "properties")
    facts = {"run": run["id"], "as-of": run["as_of"], "mode": run["mode"], "actor": run["actor"]}
    if audit := document.get("audit"):
        facts["audit-head"] = f"{audit['sequence']} {audit['head']}"
    for check in CheckStatus:
        facts[str(check)] = str(sum(subject.check is check for subject in subjects))
    for name, value in {**facts, "tool": document["tool"]["version"], "sha256": item["sha256"]}.items():
        ET.SubElement(properties, "property", name=name, value=one_line(value))
    if claims := [subject.claim for subject in subjects if subject.claim is not None]:
        totals = Counter(item["anchor"]["state"] for claim in claims for item in claim["evidence"] if item["anchor"])
        facts = {f"quotes-{state.replace('_', '-')}": str(totals[state]) for state in AnchorState}
        for name, value in {"claims": str(len(claims)), **facts}.items():
            ET.SubElement(properties, "property", name=name, value=value)
    for line in weaker_lines(document):
        ET.SubElement(properties, "property", name="policy-weaker", value=one_line(line))
    fail_on = run["policies"][item["path"]]["fail-on"]
    for subject in subjects:
        if subject.check is not None:
            suite.append(_check_case(subject))
        if subject.claim is not None:
            suite.append(_quotes_case(subject, subject.claim))
        for family in families:
            if _concerns(family, subject):
                suite.append(_case(subject, family, fail_on))
    if not any(subject.reference for subject in subjects):
        case = ET.SubElement(suite, "testcase", name="references", classname=one_line(item["path"]))
        ET.SubElement(case, "skipped", message="nothing was checked: no references found")
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("timestamp", run["started"].removesuffix("Z"))
    return suite


def _concerns(family: _Family, subject: _Subject) -> bool:
    """Whether this family says anything of this subject: a finding always, else by the identifiers it has."""
    if any(
        finding["code"].startswith(family.code) for finding in (*subject.findings, *subject.ignored, *subject.waived)
    ):
        return True
    of_claims = any(rule.subject is Subject.CLAIM for rule in family.rules)
    if subject.claim is not None:
        return of_claims
    of_file = of_claims or all(rule.is_of_decisions or rule.subject is Subject.LOCK for rule in family.rules)
    if subject.reference is None or of_file:
        return False
    if all(rule.subject in (Subject.CITATION, Subject.LIST) for rule in family.rules):
        return bool(subject.reference.get("cited_as"))
    identifiers = subject.reference["identifiers"]
    return any(not rule.about or not rule.about.isdisjoint(identifiers) for rule in family.rules)


def _check_case(subject: _Subject) -> ET.Element:
    """Whether the reference could be checked at all."""
    case = ET.Element("testcase", name=f"{subject.name}: check", classname=one_line(subject.path))
    if subject.reference is None or subject.check is CheckStatus.CHECKED:
        return case
    if subject.check is CheckStatus.NOT_CHECKED:
        reasons = dict.fromkeys(f"{item['source']}: {item['reason']}" for item in subject.unchecked)
        message = f"not checked, {'; '.join(reasons)}"
    else:
        message = f"cannot be checked, {uncheckable_reason(subject.reference)}"
    ET.SubElement(case, "skipped", message=one_line(message))
    return case


def _quotes_case(subject: _Subject, claim: dict[str, Any]) -> ET.Element:
    """Whether the quotes of a claim could be looked for; one that is not found is a finding."""
    case = ET.Element("testcase", name=f"{subject.name}: quotes", classname=one_line(subject.path))
    unknown = (AnchorState.NOT_CHECKED, AnchorState.CANNOT_BE_CHECKED)
    anchors = [item["anchor"] for item in claim["evidence"] if item["anchor"] is not None]
    reasons = [anchor_text(item) for item in claim["evidence"] if item["anchor"] and item["anchor"]["state"] in unknown]
    if reasons or not anchors:
        ET.SubElement(case, "skipped", message=one_line("; ".join(dict.fromkeys(reasons)) or "no quotes"))
    return case


def _case(subject: _Subject, family: _Family, fail_on: str) -> ET.Element:
    name = f"{subject.name}: {family.code} {FAMILIES[family.code]}"
    case = ET.Element("testcase", name=name, classname=one_line(subject.path))

    def own(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [finding for finding in findings if finding["code"].startswith(family.code)]

    findings, least = own(subject.findings), SEVERITIES.index(fail_on)
    failing = [finding for finding in findings if SEVERITIES.index(finding["severity"]) <= least]
    lesser = [finding for finding in findings if finding not in failing]
    unjudged = "; ".join(
        f"{finding['code']} could not be checked again; previously: {finding['message']}"
        for finding in own(subject.unjudged)
    )
    waived = "; ".join(
        f"{finding['code']} waived ({waiver_text(finding['waiver'])}): {finding['message']}"
        for finding in own(subject.waived)
    )
    ignored = "; ".join(f"{finding['code']} ignored: {finding['reason']}" for finding in own(subject.ignored))
    reason = "; ".join(filter(None, (_unchecked(subject, family), unjudged)))
    reason = reason or "; ".join(filter(None, (waived, ignored)))
    if failing:
        first = failing[0]
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        headline = one_line(f"{first['code']} {first['name']}: {first['message']}{more}")
        ET.SubElement(case, "failure", type=first["code"], message=headline).text = "\n".join(map(_line, failing))
    elif reason:
        ET.SubElement(case, "skipped", message=one_line(reason))
    details = [*map(_line, lesser), *([one_line(waived)] if failing else [])]
    if any(details):
        ET.SubElement(case, "system-out").text = "\n".join(filter(None, details))
    return case


def _unchecked(subject: _Subject, family: _Family) -> str | None:
    """Why this family could not be judged, if it could not: no service answered, or there is no record.

    It begins with how far the reference itself could be checked: one that was is at most "not evaluated" by a family.
    """
    if family.looks_up and subject.claim is not None and subject.unchecked:
        silent = dict.fromkeys(f"{item['reference']}, {item['source']}: {item['reason']}" for item in subject.unchecked)
        return f"not evaluated, {'; '.join(silent)}"
    if not family.looks_up or subject.reference is None or subject.check is None:
        return None
    words = "not evaluated" if subject.check is CheckStatus.CHECKED else CHECKS[subject.check]

    of_pages = any(rule.needs is Lookup.PAGE for rule in family.rules)

    def concerns_family(source: str) -> bool:
        """Whether the family rests on this source's answers: links on the pages, the others on the registries."""
        return of_pages == (source == "web")

    reasons = [f"{item['source']}: {item['reason']}" for item in subject.unchecked if concerns_family(item["source"])]
    reasons += [
        f"{lookup['source']}: {lookup['detail'] or lookup['state']}"
        for lookup in subject.reference["lookups"]
        if lookup["state"] in {"blocked", "unavailable", "not-checked"} and concerns_family(lookup["source"])
    ]
    if reasons:
        return f"{words}, {'; '.join(dict.fromkeys(reasons))}"
    needs_record = all(rule.needs is Lookup.ARTICLE and rule.fact_of is not FactOf.ENTRY for rule in family.rules)
    if needs_record and subject.reference["record"] is None:
        return f"{words}, no record to compare with"
    return None


def _line(finding: dict[str, Any]) -> str:
    place = place_text(finding)
    fix = f" (fix: {finding['suggestion']})" if finding["suggestion"] else ""
    return one_line(f"{place}: {finding['severity']} {finding['code']} {finding['name']}: {finding['message']}{fix}")
