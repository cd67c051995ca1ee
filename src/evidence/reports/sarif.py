"""SARIF 2.1.0 (OASIS), for code hosts and editors that show findings at the line they concern."""

from __future__ import annotations

import json
import posixpath
import re
import textwrap
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from evidence.model.regex import regex
from evidence.model.rule import EXAMPLES, FAMILIES, SECTIONS, Rule
from evidence.model.text import json_safe, one_line
from evidence.reports.document import (
    COUNTS,
    Checkout,
    Document,
    annotation_place,
    check_totals,
    claims_by_key,
    current_line,
    has_drive,
    unjudged_findings,
    waived_findings,
    waiver_text,
    weaker_lines,
    with_fingerprints,
)
from evidence.reports.wording import uncheckable_by_reason

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_NAMESPACE = "evidence"
_ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_CONCERNS = {"error": "error", "warning": "warning", "info": "recommendation"}  # GitHub's `problem.severity`
_EXITS = {
    0: "no findings at or above the failing severity",
    1: "findings at or above the failing severity",
    3: "incomplete: look-ups failed, or nothing was checked",
}
_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_UNCHECKED = f"{_NAMESPACE}/not-checked"
_UNCHECKABLE = f"{_NAMESPACE}/cannot-be-checked"
_STAND_IN = f"{_NAMESPACE}/stand-in"
_WEAKER = f"{_NAMESPACE}/weaker-policy"
_NOTIFICATIONS = {
    _UNCHECKED: ("NotChecked", "A look-up failed: neither a pass nor a finding."),
    _UNCHECKABLE: ("CannotBeChecked", "A reference cannot be looked up: neither a pass nor a finding."),
    _WEAKER: ("WeakerPolicy", "A file sets a policy weaker than the default."),
    _STAND_IN: ("StandIn", "Checked against the demo server: this says nothing about the real references."),
}


def render_sarif(document: Document, rules: Sequence[Rule], checkout: Checkout) -> str:
    """A report's document as one SARIF log with one run, ending in a line break."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(document, rules, checkout)]}
    return json_safe(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


JOINED_HEAD = f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [\n'
JOINED_END = "\n]}\n"
"""What comes before and after the runs of many documents in one log; between them are commas."""


def joined_run(document: Document, rules: Sequence[Rule], checkout: Checkout) -> str:
    """The run of one of many documents, on one line, with those of the rules alone that it names."""
    parts = (document["findings"], unjudged_findings(document), document["ignored"], waived_findings(document))
    named = {finding["code"] for findings in parts for finding in findings}
    run = _run(document, [rule for rule in rules if rule.code in named], checkout)
    return json_safe(json.dumps(run, ensure_ascii=False, separators=(",", ":")))


def _run(document: Document, rules: Sequence[Rule], checkout: Checkout) -> dict[str, Any]:
    run, tool, summary = document["run"], document["tool"], document["summary"]
    places = _Places(document, checkout)
    rule_index = {rule.code: number for number, rule in enumerate(rules)}
    open_findings = [  # earlier ones that could not be checked again, at the line where their entries are now
        {
            **finding,
            "kind": "open",
            "message": f"could not be checked again; previously: {finding['message']}",
            "line": current_line(document, finding),
        }
        for finding in unjudged_findings(document)
    ]
    findings = [*document["findings"], *open_findings, *document["ignored"], *waived_findings(document)]
    notes = []
    if run["mode"] == "stand-in":
        notes.append(_notification(_STAND_IN, "note", _NOTIFICATIONS[_STAND_IN][1]))
    for item in document["unchecked"]:
        text = f"{item['reference']} was not checked at {item['source']}: {item['reason']}"
        note = _notification(_UNCHECKED, "error" if summary["exit_code"] == 3 else "warning", text)
        notes.append({**note, "locations": [places.entry(item["path"], item["reference"])]})
    for reason, references in uncheckable_by_reason(document).items():
        for entry in references:
            note = _notification(_UNCHECKABLE, "note", f"{entry['id']} cannot be checked: {reason}")
            notes.append({**note, "locations": [places.entry(entry["path"], entry["id"])]})
    counts = {COUNTS[check]: number for check, number in check_totals(document).items()}
    properties = {"run": run["id"], "asOf": run["as_of"], "mode": run["mode"], "summary": {**summary, **counts}}
    if audit := document.get("audit"):
        properties["auditHead"] = audit
    return {
        "tool": {
            "driver": {
                "name": tool["name"],
                "version": tool["version"],
                "semanticVersion": tool["version"],
                "rules": [_descriptor(rule) for rule in rules],
                "notifications": [
                    {"id": name, "name": title, "shortDescription": {"text": text}}
                    for name, (title, text) in _NOTIFICATIONS.items()
                ],
            }
        },
        "automationDetails": {"id": f"{_NAMESPACE}/{run['id']}"},
        "invocations": [
            {
                "executionSuccessful": summary["exit_code"] != 3,
                "exitCode": summary["exit_code"],
                "exitCodeDescription": _EXITS[summary["exit_code"]],
                "startTimeUtc": run["started"],
                "endTimeUtc": run["finished"],
                "account": run["actor"],
                "toolExecutionNotifications": notes,
                "toolConfigurationNotifications": [
                    _notification(_WEAKER, "note", line) for line in weaker_lines(document)
                ],
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the checkout"}}},
        "artifacts": [
            {
                "location": places.address(item["path"]),
                "hashes": {"sha-256": item["sha256"]},
                "roles": ["analysisTarget"],
                "mimeType": _TYPES.get(posixpath.splitext(item["path"])[1].lower(), "application/yaml"),
            }
            for item in run["inputs"]
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, identity, rule_index, places) for finding, identity in with_fingerprints(findings)
        ],
        "properties": properties,
    }


class _Places:
    """Where files and findings are, as SARIF says it: relative to the checkout."""

    def __init__(self, document: Document, checkout: Checkout) -> None:
        self._checkout = checkout
        self._artifacts = {item["path"]: number for number, item in enumerate(document["run"]["inputs"])}
        self._entries = {(entry["path"], entry["id"]): entry for entry in document["references"]}
        self._claims = claims_by_key(document)

    def address(self, path: str) -> dict[str, Any]:
        """SARIF's `artifactLocation` of a file."""
        relative = self._checkout.relative(path)
        if relative.startswith("//"):  # a share of Windows, whose server is the host
            address: dict[str, Any] = {"uri": f"file:{quote(relative)}"}
        elif relative.startswith("/"):
            address = {"uri": f"file://{quote(relative)}"}
        elif has_drive(relative):
            address = {"uri": f"file:///{quote(relative, safe='/:')}"}
        else:
            address = {"uri": quote(relative), "uriBaseId": _ROOT}
        if path in self._artifacts:
            address["index"] = self._artifacts[path]
        return address

    def location(self, finding: dict[str, Any]) -> dict[str, Any]:
        """SARIF's `location` of a YAML field: a region without an end reaches to the end of its line."""
        place = annotation_place(finding)
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": self.address(place["path"]),
                "region": {"startLine": place["line"], "startColumn": place["column"]},
            }
        }
        if finding["reference"]:
            location["logicalLocations"] = [{"name": finding["reference"], "kind": "object"}]
        return location

    def of_claim(self, finding: dict[str, Any]) -> list[dict[str, Any]]:
        """SARIF's `relatedLocations` of a finding on a claim: where it is written, and its sentence in the monograph.

        A place in a document without lines is named in the message alone.
        """
        claim = self._claims.get((finding["path"], finding["reference"]))
        if claim is None:
            return []
        written = {"path": claim["path"], "line": claim["line"], "column": claim["column"], "reference": None}
        related = [(written, f"the claim: {claim['text']}")]
        if claim["printed"] and claim["printed"]["unit"] == "line":
            related.append(({**claim["printed"], "reference": None}, f"the sentence: {claim['text']}"))
        return [
            {"id": number, **self.location(place), "message": {"text": _unlinked(one_line(text))}}
            for number, (place, text) in enumerate(related, 1)
        ]

    def entry(self, path: str, reference: str) -> dict[str, Any]:
        """SARIF's `location` of a reference's entry."""
        entry = self._entries.get((path, reference), {"line": 1, "column": 1})
        return self.location({"path": path, "line": entry["line"], "column": entry["column"], "reference": reference})


def _result(finding: dict[str, Any], identity: str, rule_index: dict[str, int], places: _Places) -> dict[str, Any]:
    """One result; only those that an entry ignores or a waiver covers hold the reason why."""
    fix = f"\nfix: {one_line(finding['suggestion'])}" if finding["suggestion"] else ""
    result: dict[str, Any] = {
        "ruleId": f"{_NAMESPACE}/{finding['code']}",
        "level": _LEVELS[finding["severity"]],
        "message": {"text": _unlinked(f"{one_line(finding['message'])}{fix}")},
        "locations": [places.location(finding)],
        "partialFingerprints": {f"{_NAMESPACE}/v1": identity},
        # SARIF 3.27.23: where one result of a run says whether it is suppressed, all do.
        "suppressions": [],
        "properties": {"fingerprint": finding["fingerprint"]},
    }
    if related := places.of_claim(finding):
        result["relatedLocations"] = related
    if "kind" in finding:  # 3.27.10: nothing but what fails has a level
        result |= {"kind": finding["kind"], "level": "none"}
    if finding["code"] in rule_index:
        result["ruleIndex"] = rule_index[finding["code"]]
    if "reason" in finding:
        why = {"kind": "inSource", "status": "accepted", "justification": finding["reason"]}
        result["suppressions"] = [why]
    if "waiver" in finding:  # 3.35: a suppression that is kept outside the code, with where it is kept
        waiver = finding["waiver"]
        place = {"path": waiver["path"], "line": waiver["line"], "column": waiver["column"], "reference": None}
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": _unlinked(one_line(waiver_text(waiver))),
                "location": places.location(place),
            }
        ]
    return result


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    index = list(_NOTIFICATIONS).index(name)
    return {"descriptor": {"id": name, "index": index}, "level": level, "message": {"text": _unlinked(one_line(text))}}


def _unlinked(text: str) -> str:
    """Without SARIF's embedded links (3.11.6), `[text](target)`: a title must not become one."""
    return text.replace("](", "] (")


# Rules: their docstrings as Markdown, for the reference page and for viewers that show help beside a finding.

_IS_YAML = regex(r"- |[\w-]+: ")


def as_markdown(doc: str) -> str:
    """A rule's docstring: its sections under bold titles, their examples as code."""
    summary, *sections = re.split(rf"^({'|'.join(map(re.escape, SECTIONS))}):?$", doc, flags=re.MULTILINE)
    parts = [summary.strip()]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        text = textwrap.dedent(body.strip("\n")).rstrip()
        is_code = title in EXAMPLES and _IS_YAML.match(text)
        parts += [f"**{title}**", f"```yaml\n{text}\n```" if is_code else text]
    return "\n\n".join(parts)


def _descriptor(rule: Rule) -> dict[str, Any]:
    summary = rule.doc.partition("\n")[0].strip()
    return {
        "id": f"{_NAMESPACE}/{rule.code}",
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{rule.code} {rule.name}: {summary}"},
        "help": {"text": rule.doc, "markdown": as_markdown(rule.doc)},
        "defaultConfiguration": {"level": _LEVELS[str(rule.severity)]},
        "properties": {
            "problem.severity": _CONCERNS[str(rule.severity)],
            "tags": [rule.family, FAMILIES[rule.family]],
        },
    }
