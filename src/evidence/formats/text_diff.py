"""Two runs side by side for a terminal: the news, then the findings that came, went and stayed."""

from __future__ import annotations

from typing import Any

from evidence.formats.json_report import Document
from evidence.formats.standing import libraries_of
from evidence.formats.text_changes import add_news
from evidence.formats.text_layout import Sheet, TextSpan
from evidence.formats.text_references import BODY, add_finding, count, minute


def render_diff(sheet: Sheet, before: Document, after: Document, changes: dict[str, Any], *, full: bool) -> None:
    """What differs, `changes` holding the findings themselves; `full` lists also what is as it was."""
    for word, document in (("from", before), ("to", after)):
        run = document["run"]
        told = f"{run['id']} \N{MIDDLE DOT} as of {run['as_of']} \N{MIDDLE DOT} {minute(run['started'])}, {run['mode']}"
        sheet.add(TextSpan(told), indent=BODY, label=TextSpan(word, "dim"))
    paths = [sorted(item["path"] for item in libraries_of(document)) for document in (before, after)]
    if paths[0] != paths[1]:
        sheet.add(TextSpan("The runs judged different files.", "alarm"))
    rules = [_rules(document["run"]) for document in (before, after)]
    if rules[0] != rules[1]:
        sheet.add(TextSpan(f"The runs showed different rules: the first {rules[0]}, the second {rules[1]}.", "alarm"))
    if changes["news"]:
        sheet.blank()
        sheet.rule("news")
        add_news(sheet, after, changes["news"], full=True)
    for key, title, always in (
        ("new", "new", True),
        ("resolved", "resolved", True),
        ("replaced", "replaced by another finding on the same thing", True),
        ("unjudged", "unknown: could not be judged again", True),
        ("persisting", "as before", full),
        ("ignored", "ignored", full),
        ("waived", "waived", True),
    ):
        _add_findings(sheet, title, changes[key], whole=always)
    if not any(changes[key] for key in ("new", "resolved", "replaced", "unjudged", "news")):
        sheet.blank()
        sheet.add(TextSpan("nothing has changed"), indent=BODY, label=TextSpan("same", "good"))
    sheet.blank()
    sheet.add(TextSpan(_summed(changes)))


def _rules(run: dict[str, Any]) -> str:
    only, never = (", ".join(run.get(key, ())) for key in ("select", "ignore"))
    return (only or "all") + (f" but not {never}" if never else "")


def _add_findings(sheet: Sheet, title: str, findings: list[dict[str, Any]], *, whole: bool) -> None:
    if not findings or not whole:
        return
    sheet.blank()
    sheet.rule(title, count(len(findings), "finding"))
    for finding in findings:
        if finding["reference"]:
            sheet.add(TextSpan(finding["reference"], "bold"), indent=BODY)
        add_finding(sheet, finding)


def _summed(changes: dict[str, Any]) -> str:
    told = [f"{len(changes[key])} {word}" for key, word in _WORDS.items() if changes[key] or key in {"new", "resolved"}]
    return ", ".join(told)


_WORDS = {
    "new": "new",
    "resolved": "resolved",
    "replaced": "replaced",
    "unjudged": "unknown",
    "persisting": "as before",
    "ignored": "ignored",
    "waived": "waived",
}
