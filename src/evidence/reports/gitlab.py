"""GitLab's Code Quality report (the Code Climate subset that merge requests show).

Fingerprints are unique within the report and stay when lines move. What could not be asked is told as an
info, and what was found before and could not be judged again stays an issue under its own fingerprint, so
that a merge request never reads "fixed" where nobody looked.
"""

from __future__ import annotations

import json
from typing import Any

from evidence.model.findings import fingerprint
from evidence.model.rule import VOIDING
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

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render_gitlab(shown: Document, checkout: Checkout) -> str:
    """A report's document as a JSON array of issues, ending in a line break; ignored findings are left out."""
    said = "[stand-in, not the real services] " if shown["run"]["mode"] == "stand-in" else ""
    issues = [
        {
            "description": f"{said}{_told(item)}",
            "check_name": f"evidence/{item['code']}",
            "fingerprint": identity,
            "severity": _severity(item),
            "location": {
                "path": checkout.relative(annotation_place(item)["path"]),
                "lines": {"begin": annotation_place(item)["line"]},
            },
        }
        for item, identity in with_fingerprints(
            [*shown["findings"], *_unjudged(shown), *_waived(shown), *_unchecked(shown)]
        )
    ]
    return json_safe(json.dumps(issues, ensure_ascii=False, indent=2)) + "\n"


def _told(item: dict[str, Any]) -> str:
    subject = f"{item['reference']}: " if item["reference"] else ""
    fix = f" (fix: {item['suggestion']})" if item["suggestion"] else ""
    return one_line(f"{subject}{item['message']}{fix}")


def _severity(item: dict[str, Any]) -> str:
    voids = item["code"] in VOIDING and item["severity"] == "error"
    return "blocker" if voids else _SEVERITIES[item["severity"]]


def _unjudged(shown: Document) -> list[dict[str, Any]]:
    """Earlier findings that could not be judged again, with the severity and the identity that they had."""
    return [
        {
            **finding,
            "line": current_line(shown, finding),
            "message": f"could not be judged again; before: {finding['message']}",
        }
        for finding in unjudged_findings(shown)
    ]


def _waived(shown: Document) -> list[dict[str, Any]]:
    """What waivers let stand, as infos of the same identity: a merge request must not read "fixed" for "waived"."""
    return [
        {
            **finding,
            "severity": "info",
            "suggestion": None,
            "message": f"waived ({waiver_text(finding['waiver'])}): {finding['message']}",
        }
        for finding in waived_findings(shown)
    ]


def _unchecked(shown: Document) -> list[dict[str, Any]]:
    """What could not be asked, in the shape of findings."""
    lines = {(reference["path"], reference["id"]): reference["line"] for reference in shown["references"]}
    return [
        {
            "code": "not-checked",
            "severity": "info",
            "reference": item["reference"],
            "path": item["path"],
            "line": lines.get((item["path"], item["reference"]), 1),
            "message": f"not checked at {item['source']}: {item['reason']}",
            "suggestion": None,
            "fingerprint": fingerprint("not-checked", item["reference"], item["source"]),
        }
        for item in shown["unchecked"]
    ]
