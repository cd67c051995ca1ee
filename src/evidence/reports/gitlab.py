"""GitLab's Code Quality report (the Code Climate subset that merge requests show).

Fingerprints are unique within the report and stay when lines move. What could not be asked is an info, what was found
before and could not be checked again stays an issue under its own fingerprint, and so does, as an info, what a waiver
covers: a merge request never reads "fixed" where nobody looked or somebody decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evidence.model.rule import fingerprint
from evidence.model.text import json_safe, one_line
from evidence.reports.document import (
    Checkout,
    Document,
    annotation_place,
    claims_by_key,
    current_line,
    is_voiding,
    unjudged_findings,
    waived_findings,
    waiver_text,
    weaker_lines,
    weaker_place,
    with_fingerprints,
)
from evidence.reports.wording import sentence_line

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render_gitlab(document: Document, checkout: Checkout) -> str:
    """A report's document as a JSON array of issues, ending in a line break; ignored findings are left out."""
    stand_in = "[demo server, not the real services] " if document["run"]["mode"] == "stand-in" else ""
    issues = []
    claims = claims_by_key(document)
    for item, identity in with_fingerprints(_items(document)):
        subject = f"{item['reference']}: " if item["reference"] else ""
        fix = f" (fix: {item['suggestion']})" if item["suggestion"] else ""
        claim = claims.get((item["path"], item["reference"]))
        sentence = f" {sentence_line(claim)}" if claim else ""
        voids = is_voiding(item)
        place = annotation_place(item)
        issues.append(
            {
                "description": stand_in + one_line(f"{subject}{item['message']}{fix}{sentence}"),
                "check_name": f"evidence/{item['code']}",
                "fingerprint": identity,
                "severity": "blocker" if voids else _SEVERITIES[item["severity"]],
                "location": {"path": checkout.relative(place["path"]), "lines": {"begin": place["line"]}},
            }
        )
    return json_safe(json.dumps(issues, ensure_ascii=False, indent=2)) + "\n"


def _items(document: Document) -> Iterator[dict[str, Any]]:
    """The findings, and what is not a finding of this run in the shape of one."""
    yield from document["findings"]
    for finding in unjudged_findings(document):
        message = f"could not be checked again; previously: {finding['message']}"
        yield {**finding, "line": current_line(document, finding), "message": message}
    for finding in waived_findings(document):
        message = f"waived ({waiver_text(finding['waiver'])}): {finding['message']}"
        yield {**finding, "severity": "info", "suggestion": None, "message": message}
    for line in weaker_lines(document):
        path, number = weaker_place(line)
        yield {
            "code": "weaker-policy",
            "severity": "info",
            "reference": None,
            "path": path,
            "line": number,
            "message": line,
            "suggestion": None,
            "fingerprint": fingerprint("weaker-policy", None, line),
        }
    lines = {(reference["path"], reference["id"]): reference["line"] for reference in document["references"]}
    for item in document["unchecked"]:
        yield {
            "code": "not-checked",
            "severity": "info",
            "reference": item["reference"],
            "path": item["path"],
            "line": lines.get((item["path"], item["reference"]), 1),
            "message": f"not checked at {item['source']}: {item['reason']}",
            "suggestion": None,
            "fingerprint": fingerprint("not-checked", item["reference"], item["source"]),
        }
