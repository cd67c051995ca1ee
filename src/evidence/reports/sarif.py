"""A rule's docstring as Markdown: for the reference page, and for viewers that show help beside a finding."""

from __future__ import annotations

import json
import posixpath
import re
import textwrap
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from evidence.model.rule import FAMILIES, Rule
from evidence.model.text import json_safe, one_line
from evidence.reports.document import (
    Checkout,
    Document,
    annotation_place,
    current_line,
    unjudged_findings,
    waived_findings,
    waiver_text,
    with_fingerprints,
)

# A rule's docstring as Markdown: for the reference page, and for viewers that show help beside a finding.

TITLES = ("What it does", "Why is this bad?", "Example", "Use instead", "References")

_IS_YAML = re.compile(r"- |[\w-]+: ")


def as_markdown(doc: str) -> str:
    """A rule's docstring: its sections under bold titles, their examples as code."""
    summary, *sections = re.split(rf"^({'|'.join(map(re.escape, TITLES))}):?$", doc, flags=re.MULTILINE)
    parts = [summary.strip()]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        text = textwrap.dedent(body.strip("\n")).rstrip()
        is_code = title in {"Example", "Use instead"} and _IS_YAML.match(text)
        parts += [f"**{title}**", f"```yaml\n{text}\n```" if is_code else text]
    return "\n\n".join(parts)


def summary_of(doc: str) -> str:
    """The first line of a rule's docstring: what is wrong, in one sentence."""
    return doc.partition("\n")[0].strip()


# SARIF 2.1.0 (OASIS), for code hosts and editors that show findings at the line they concern.

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_NAMESPACE = "evidence"
_ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_CONCERNS = {"error": "error", "warning": "warning", "info": "recommendation"}  # GitHub's `problem.severity`
_EXITS = {
    0: "nothing at or above the failing severity",
    1: "findings at or above the failing severity",
    3: "incomplete: something could not be asked, or nothing was checked",
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
_STAND_IN = f"{_NAMESPACE}/stand-in"
_NOTIFICATIONS = {
    _UNCHECKED: ("NotChecked", "A look-up gave no answer: neither a pass nor a finding."),
    _STAND_IN: ("StandIn", "Checked against the stand-in: this says nothing about the real references."),
}


def render_sarif(shown: Document, rules: Sequence[Rule], checkout: Checkout) -> str:
    """A report's document as one SARIF log with one run, ending in a line break."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_Run(shown, rules, checkout).object()]}
    return json_safe(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


class _Run:
    """SARIF's `run` object of one document."""

    def __init__(self, shown: Document, rules: Sequence[Rule], checkout: Checkout) -> None:
        self._shown = shown
        self._rules = rules
        self._checkout = checkout
        self._rule_index = {rule.code: number for number, rule in enumerate(rules)}
        self._artifact_index = {item["path"]: number for number, item in enumerate(shown["run"]["inputs"])}
        self._places = {(r["path"], r["id"]): (r["line"], r["column"]) for r in shown["references"]}

    def object(self) -> dict[str, Any]:
        """The run."""
        shown, run = self._shown, self._shown["run"]
        quiet = [*shown["ignored"], *waived_findings(shown)]
        told = with_fingerprints([*shown["findings"], *map(self._open, unjudged_findings(shown)), *quiet])
        return {
            "tool": {"driver": self._driver()},
            "automationDetails": {"id": f"{_NAMESPACE}/{run['id']}"},
            "invocations": [self._invocation()],
            "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the checkout"}}},
            "artifacts": [self._artifact(item) for item in run["inputs"]],
            "columnKind": "unicodeCodePoints",
            "results": [self._result(finding, identity) for finding, identity in told],
            "properties": self._properties(),
        }

    def _properties(self) -> dict[str, Any]:
        run = self._shown["run"]
        told = {"run": run["id"], "asOf": run["as_of"], "mode": run["mode"], "summary": self._shown["summary"]}
        audit = self._shown.get("audit")
        return told | ({"auditHead": audit} if audit else {})

    def _driver(self) -> dict[str, Any]:
        tool = self._shown["tool"]
        return {
            "name": tool["name"],
            "version": tool["version"],
            "semanticVersion": tool["version"],
            "rules": [_descriptor(rule) for rule in self._rules],
            "notifications": [
                {"id": name, "name": title, "shortDescription": {"text": text}}
                for name, (title, text) in _NOTIFICATIONS.items()
            ],
        }

    def _invocation(self) -> dict[str, Any]:
        run, status = self._shown["run"], self._shown["summary"]["exit_code"]
        notes = [self._unchecked(item) for item in self._shown["unchecked"]]
        if run["mode"] == "stand-in":
            notes.insert(0, _notification(_STAND_IN, "note", _NOTIFICATIONS[_STAND_IN][1]))
        return {
            "executionSuccessful": status != 3,
            "exitCode": status,
            "exitCodeDescription": _EXITS[status],
            "startTimeUtc": run["started"],
            "endTimeUtc": run["finished"],
            "account": run["actor"],
            "toolExecutionNotifications": notes,
        }

    def _unchecked(self, item: dict[str, Any]) -> dict[str, Any]:
        told = f"{item['reference']} was not checked at {item['source']}: {item['reason']}"
        level = "error" if self._shown["summary"]["exit_code"] == 3 else "warning"
        line, column = self._places.get((item["path"], item["reference"]), (1, 1))
        place = {"path": item["path"], "line": line, "column": column, "reference": item["reference"]}
        return {**_notification(_UNCHECKED, level, told), "locations": [self._location(place)]}

    def _artifact(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "location": self._address(item["path"]),
            "hashes": {"sha-256": item["sha256"]},
            "roles": ["analysisTarget"],
            "mimeType": _TYPES.get(posixpath.splitext(item["path"])[1].lower(), "application/yaml"),
        }

    def _result(self, finding: dict[str, Any], identity: str) -> dict[str, Any]:
        """One result; only those that an entry ignores or a waiver covers hold the reason why."""
        result: dict[str, Any] = {
            "ruleId": f"{_NAMESPACE}/{finding['code']}",
            "level": _LEVELS[finding["severity"]],
            "message": {"text": _told(finding)},
            "locations": [self._location(finding)],
            "partialFingerprints": {f"{_NAMESPACE}/v1": identity},
            # SARIF 3.27.23: where one result of a run says whether it is suppressed, all do.
            "suppressions": [],
            "properties": {"fingerprint": finding["fingerprint"]},
        }
        if "kind" in finding:  # 3.27.10: nothing but what fails has a level
            result |= {"kind": finding["kind"], "level": "none"}
        if finding["code"] in self._rule_index:
            result["ruleIndex"] = self._rule_index[finding["code"]]
        if "reason" in finding:
            why = {"kind": "inSource", "status": "accepted", "justification": finding["reason"]}
            result["suppressions"] = [why]
        if "waiver" in finding:
            result["suppressions"] = [self._waiver(finding["waiver"])]
        return result

    def _waiver(self, waiver: dict[str, Any]) -> dict[str, Any]:
        """SARIF 3.35: a suppression kept outside the code that was looked at, with where it is kept."""
        place = {"path": waiver["path"], "line": waiver["line"], "column": waiver["column"], "reference": None}
        return {
            "kind": "external",
            "status": "accepted",
            "justification": _unlinked(one_line(waiver_text(waiver))),
            "location": self._location(place),
        }

    def _open(self, finding: dict[str, Any]) -> dict[str, Any]:
        """An earlier finding that could not be judged again, at the line where its entry stands now."""
        told = f"could not be judged again; before: {finding['message']}"
        return {**finding, "kind": "open", "message": told, "line": current_line(self._shown, finding)}

    def _location(self, place: dict[str, Any]) -> dict[str, Any]:
        """A YAML field: a region without an end reaches to the end of its line."""
        spot = annotation_place(place)
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": self._address(spot["path"]),
                "region": {"startLine": spot["line"], "startColumn": spot["column"]},
            }
        }
        if place["reference"]:
            location["logicalLocations"] = [{"name": place["reference"], "kind": "object"}]
        return location

    def _address(self, path: str) -> dict[str, Any]:
        relative = self._checkout.relative(path)
        if relative.startswith("/"):
            address: dict[str, Any] = {"uri": f"file://{quote(relative)}"}
        else:
            address = {"uri": quote(relative), "uriBaseId": _ROOT}
        if path in self._artifact_index:
            address["index"] = self._artifact_index[path]
        return address


def _descriptor(rule: Rule) -> dict[str, Any]:
    page = as_markdown(rule.doc)
    return {
        "id": f"{_NAMESPACE}/{rule.code}",
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": summary_of(rule.doc)},
        "fullDescription": {"text": f"{rule.code} {rule.name}: {summary_of(rule.doc)}"},
        "help": {"text": rule.doc, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[str(rule.severity)]},
        "properties": {
            "problem.severity": _CONCERNS[str(rule.severity)],
            "tags": [rule.family, FAMILIES[rule.family]],
        },
    }


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    index = list(_NOTIFICATIONS).index(name)
    return {"descriptor": {"id": name, "index": index}, "level": level, "message": {"text": _unlinked(one_line(text))}}


def _told(finding: dict[str, Any]) -> str:
    fix = f"\nfix: {one_line(finding['suggestion'])}" if finding["suggestion"] else ""
    return _unlinked(f"{one_line(finding['message'])}{fix}")


def _unlinked(text: str) -> str:
    """Without SARIF's embedded links (3.11.6), `[text](target)`: a title must not become one."""
    return text.replace("](", "] (")
