"""The text report's body: every reference with its findings, the infos folded, what passed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.formats.json_report import Document
from evidence.formats.standing import (
    Values,
    has_one_library,
    homes_of,
    is_retracted,
    retracted_words,
    spot_words,
    waived_of,
)
from evidence.formats.text_layout import Sheet, TextSpan

BODY = 12  # columns before the text of a finding; severities and source names stand in them
_HEAD = 3
_NAMED = 10  # ids named where many are counted
_KINDS = {
    "setid": "label",
    "pmid": "article",
    "pmcid": "article",
    "doi": "article",
    "nct": "trial",
    "url": "web page",
}
_ORIGINS = {"store": " (from the store)", "lock": " (from the lock file)"}
_STATE_STYLES = {"found": "good", "not-found": "error"}
_MARKUP = re.compile(r"</?(?:i|b|u|sub|sup)>")


@dataclass(slots=True)
class Group:
    """A reference with its findings; without a reference, a file with those that concern it as a whole."""

    path: str
    reference: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_grave(self) -> bool:
        """Whether any finding is more than an info."""
        return any(finding["severity"] != "info" for finding in self.findings)


def count(number: int, noun: str) -> str:
    """`1 reference`, `2 references`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: list[str]) -> str:
    """The names, at most ten of them, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"


def called(shown: Document, path: str, reference: str | None) -> str:
    """A reference's id, with its file where the run judged several; a file's path for what has no reference."""
    if reference is None:
        return path
    return reference if has_one_library(shown) else f"{path}:{reference}"


def minute(moment: str) -> str:
    """`2026-11-23T08:35:54Z` as `2026-11-23 08:35 UTC`."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def grouped(shown: Document) -> list[Group]:
    """Files first, then references in their order, each with its own findings.

    Where an id occurs twice in a file, a finding belongs to the last entry that begins before it.
    """
    groups = [Group(reference["path"], reference) for reference in shown["references"]]
    entries: dict[tuple[str, str], list[Group]] = {}
    for group, reference in zip(groups, shown["references"], strict=True):
        entries.setdefault((reference["path"], reference["id"]), []).append(group)
    files: dict[str, Group] = {}
    homes = homes_of(shown)
    for finding in shown["findings"]:
        home = homes.get(finding["path"], finding["path"])  # of what stands in a file beside the library
        candidates = entries.get((home, finding["reference"]))
        if candidates is None:
            files.setdefault(home, Group(home)).findings.append(finding)
        elif home == finding["path"]:
            _entry_at(candidates, finding["line"]).findings.append(finding)
        else:
            candidates[0].findings.append(finding)
    return [*files.values(), *groups]


def _entry_at(candidates: list[Group], line: int) -> Group:
    before = [group for group in candidates if group.reference and group.reference["line"] <= line]
    return before[-1] if before else candidates[0]


def add_references(sheet: Sheet, groups: list[Group], *, full: bool, is_new: Callable[[Values], bool]) -> None:
    """Every group with errors or warnings, or with a retraction that could not be asked about; in a full report all.

    Look-ups and infos are only in a full report.
    `is_new` tells of a finding whether an earlier run did not make it.
    """
    for group in groups:
        if not full and not group.is_grave and not _is_retracted_unasked(group.reference):
            continue
        sheet.blank()
        if group.reference is None:
            sheet.rule(group.path)
        else:
            _add_head(sheet, group.reference, full=full)
        for finding in group.findings:
            if full or finding["severity"] != "info":
                add_finding(sheet, finding, new=is_new(finding))
        if not group.findings and group.reference and group.reference["state"] == "found":
            sheet.add(TextSpan("nothing to report"), indent=BODY, label=TextSpan("ok", "good"))


def _is_retracted_unasked(reference: dict[str, Any] | None) -> bool:
    retraction: Values | None = (reference or {}).get("retraction")
    return retraction is not None and not retraction["confirmed"]


def _add_head(sheet: Sheet, reference: dict[str, Any], *, full: bool) -> None:
    """What the reference is, what is known of it and since when."""
    sheet.rule(reference["id"], f"{reference['path']}:{reference['line']}:{reference['column']}")
    kind, value = next(iter(reference["identifiers"].items()), ("", ""))
    what = f"{_KINDS[kind]} {value if kind == 'url' else f'{kind}:{value}'}" if kind else "no identifier"
    sheet.add(TextSpan(f"{what} \N{MIDDLE DOT}", "dim"), *_standing(reference), indent=_HEAD)
    if reference["record"]:
        sheet.clipped(TextSpan(described(reference["record"]), "dim"), indent=_HEAD)
    if full:
        for lookup in reference["lookups"]:
            _add_lookup(sheet, lookup)


def _standing(reference: dict[str, Any]) -> Iterator[TextSpan]:
    if is_retracted(reference):
        yield TextSpan(f"{retracted_words(reference)},", "error")
    state = reference["state"]
    yield TextSpan(state.replace("-", " ") + ("," if reference["verified"] else ""), _STATE_STYLES.get(state, "alarm"))
    if reference["verified"]:
        yield TextSpan(f"verified {minute(reference['verified'])}{_ORIGINS.get(reference['from'], '')}", "dim")


def _add_lookup(sheet: Sheet, lookup: dict[str, Any]) -> None:
    asked = f" at {minute(lookup['at'])}" if lookup["at"] else ""
    detail = f": {lookup['detail']}" if lookup["detail"] else ""
    told = f"{lookup['identifier']} {lookup['state'].replace('-', ' ')}{asked}{detail}"
    sheet.add(TextSpan(told, "dim"), indent=BODY, label=TextSpan(lookup["source"], "dim"))


def add_finding(sheet: Sheet, finding: dict[str, Any], *, new: bool = False) -> None:
    """One finding: its rule and place, its message, its fix."""
    severity = finding["severity"]
    sheet.add(
        TextSpan(finding["code"], "bold"),
        TextSpan(f"{finding['name']} \N{MIDDLE DOT} {spot_words(finding)}", "dim"),
        *([TextSpan("\N{MIDDLE DOT}", "dim"), TextSpan("new", "bold")] if new else []),
        indent=BODY,
        label=TextSpan(severity, severity),
    )
    sheet.add(TextSpan(finding["message"]), indent=BODY)
    if finding["suggestion"]:
        sheet.add(TextSpan("fix:", "good"), TextSpan(finding["suggestion"]), indent=BODY)


def add_folded_infos(sheet: Sheet, shown: Document) -> None:
    """The infos, those of one rule on one line."""
    codes: dict[str, list[dict[str, Any]]] = {}
    for finding in shown["findings"]:
        if finding["severity"] == "info":
            codes.setdefault(finding["code"], []).append(finding)
    if not codes:
        return
    sheet.blank()
    sheet.rule("infos", "-v shows each with its fix")
    for code, findings in sorted(codes.items()):
        names = list(dict.fromkeys(called(shown, f["path"], f["reference"]) for f in findings))
        single = len(findings) == 1
        dot = "\N{MIDDLE DOT}"
        name = f"{findings[0]['name']} {dot}" + ("" if single else f" {len(findings)} times {dot}")
        told = f"{listed(names)}: {findings[0]['message']}" if single else listed(names)
        sheet.add(
            TextSpan(code, "bold"), TextSpan(name, "dim"), TextSpan(told), indent=BODY, label=TextSpan("info", "info")
        )


def add_passed(sheet: Sheet, shown: Document, groups: list[Group]) -> None:
    """Which references were found and gave no reason for an error or warning."""
    silent = {(item["path"], item["reference"]) for item in shown["unchecked"]}
    waived: dict[tuple[str, str | None], list[str]] = {}
    for one in waived_of(shown):
        waived.setdefault((one["path"], one["reference"]), []).append(one["code"])
    passed = [
        called(shown, group.path, group.reference["id"])
        + _told_retracted(group.reference)
        + _told_waived(waived.get((group.path, group.reference["id"])))
        for group in groups
        if group.reference
        and group.reference["state"] == "found"
        and not group.is_grave
        and (group.path, group.reference["id"]) not in silent
    ]
    if passed:
        sheet.blank()
        told = f"{count(len(passed), 'reference')} found, no error or warning: {listed(passed)}"
        sheet.add(TextSpan(told), indent=BODY, label=TextSpan("ok", "good"))


def _told_retracted(reference: dict[str, Any]) -> str:
    return f" ({retracted_words(reference)})" if is_retracted(reference) else ""


def _told_waived(codes: list[str] | None) -> str:
    """That nothing counts there is somebody's decision."""
    return f" ({', '.join(dict.fromkeys(codes))} waived)" if codes else ""


def described(record: dict[str, Any]) -> str:
    """A record (a CSL item) in a few words: first author, year, title; or the title alone."""
    authors = record.get("author") or []
    first = (authors[0].get("family") or authors[0].get("literal") or "") if authors else ""
    parts = record.get("issued", {}).get("date-parts")
    year = str(parts[0][0]) if parts and record["type"] not in {"document", "webpage"} else ""
    who = " ".join(word for word in (first, "et al." if len(authors) > 1 else "", year) if word)
    title = _MARKUP.sub("", str(record.get("title") or record.get("URL") or record["id"]))
    return f"{who}, {title}" if who else title
