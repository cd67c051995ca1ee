"""A review as text to paste into a mail: the verdict, retractions by name, what changed, what is due, by owner."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence.model.text import one_line, quantity
from evidence.reports.document import (
    Document,
    Values,
    has_one_library,
    library_inputs,
    library_paths,
    loaded_sentences,
    newness_test,
    replaced_findings,
    unjudged_findings,
    void_label,
    waiver_groups,
    weaker_lines,
)
from evidence.reports.html import decisions, verdict
from evidence.reports.wording import (
    anchors_of,
    name_list,
    recent_decisions,
    record_summary,
    uncheckable_by_reason,
    unchecked_by_reason,
)

_WIDTH = 78
_MOST = 60  # decisions that persist, and infos, before the rest is counted; what is new is always named
_NAMED = 30  # references named at one reason
_NOBODY = "no owner"


def subject_of(document: Document, item: Values) -> str:
    """A reference, or what a finding is about, as commands take it: `FILE::ID`, or the id alone of a single file."""
    name = item["id"] if "id" in item else item["reference"]
    path: str = item["path"]
    if name is None or name == path:
        return path
    return str(name) if has_one_library(document) else f"{library_paths(document).get(path, path)}::{name}"


def render_mail(
    document: Document, sources: Mapping[str, str], reread: Sequence[str], files: Sequence[str], folder: str
) -> str:
    """The text, ending in a line break.

    Args:
        document: The run's document, with its changes since the review before.
        sources: What to call the sources, by the names that answers give them.
        reread: What reading the monographs again showed, a line each.
        files: The names of the files in the review's folder.
        folder: The folder's name.
    """
    parts = [
        ("", _top(document, sources)),
        ("Retracted or withdrawn", list(_void(document))),
        *_changes(document),
        ("Monographs read again", list(reread)),
        (f"Action required ({len(decisions(document))})", list(_decisions(document))),
        ("Warnings", list(_warnings(document))),
        ("Due", list(_due(document))),
        ("Not checked, or cannot be checked", list(_unknown(document, sources))),
        ("Waived", list(_waived(document))),
        ("Files", [f"{folder}: {', '.join(files)}"]),
    ]
    return "\n".join(
        "\n".join([*([heading, "-" * len(heading)] if heading else []), *wrapped(lines)]) + "\n"
        for heading, lines in parts
        if lines
    )


def wrapped(lines: Iterable[str]) -> Iterator[str]:
    """The lines within a mail's width; what is broken goes on below the text, never inside a word."""
    for line in lines:
        text = line.lstrip(" ")
        indent = " " * (len(line) - len(text))
        hanging = indent + ("  " if text.startswith("- ") else "")
        clean = indent + one_line(text)
        yield from textwrap.wrap(
            clean, _WIDTH, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
        ) or [""]


def _top(document: Document, sources: Mapping[str, str]) -> list[str]:
    run, said = document["run"], verdict(document, sources)
    monographs = quantity(len(library_inputs(document)), "monograph")
    lines = [f"{said.headline}.", *said.lines]
    if quotes := anchors_of(document):
        lines.append(f"Sentences: {quotes}.")
    if run["mode"] == "stand-in":
        lines.insert(0, "DEMO SERVER: made-up answers, not the real services.")
    if run["mode"] == "offline":
        lines.append("Offline: based on stored results; nothing was looked up.")
    lines += [f"{sentence}." for sentence in loaded_sentences(run)]
    lines.append(f"{monographs}, as of {run['as_of']}; run {run['id']} by {run['actor']}.")
    return [*lines, *weaker_lines(document)]


def _void(document: Document) -> Iterator[str]:
    for reference in document["references"]:
        if label := void_label(reference):
            record = reference["record"]
            work = record_summary(record) if record else reference.get("title") or reference.get("cited_as") or ""
            yield f"- {subject_of(document, reference)}: {label}: {work}"


def _changes(document: Document) -> Iterator[tuple[str, list[str]]]:
    """What changed since the review before, all of it: the sources, then the findings."""
    changes = document.get("changes")
    if changes is None:
        yield "Changes", ["No earlier review of these files to compare with."]
        return
    since, is_new = changes["since"], newness_test(document)
    new = [finding for finding in document["findings"] if is_new(finding)]
    lines = [
        f"- {item['kind'].replace('-', ' ')}: {subject_of(document, item)}: {item['message']}"
        for item in changes["news"]
    ]
    lines += [f"- new: {_finding(document, finding)}" for finding in new]
    lines += [f"- replaced: {_finding(document, finding)}" for finding in replaced_findings(document)]
    lines += [f"- resolved: {_finding(document, finding)}" for finding in changes["resolved"]]
    lines += [f"- decided: {line}" for line in recent_decisions(document)]
    lines += [
        f"- unknown, could not be checked again: {_finding(document, finding)}"
        for finding in unjudged_findings(document)
    ]
    yield f"Changed since {since['as_of']} (run {since['run']})", lines or ["Nothing."]


def _finding(document: Document, finding: Values) -> str:
    return f"{subject_of(document, finding)}: {finding['severity']} {finding['code']}: {finding['message']}"


def _decisions(document: Document) -> Iterator[str]:
    owners = {(item["path"], item["id"]): item.get("owner") for item in document["references"]}
    needed = decisions(document)
    for finding in needed[:_MOST]:
        owner = owners.get((finding["path"], finding["reference"]))
        what = f"; what to do: {finding['suggestion']}" if finding["suggestion"] else ""
        yield f"- {_finding(document, finding)}{what}{f' ({owner})' if owner else ''}"
    if len(needed) > _MOST:
        yield f"and {len(needed) - _MOST} more, in the report"


def _warnings(document: Document) -> Iterator[str]:
    """The warnings that fail no run, by rule, with the references that have them."""
    failing = {id(finding) for finding in decisions(document)}
    rules: dict[str, list[Values]] = {}
    for finding in document["findings"]:
        if finding["severity"] == "warning" and id(finding) not in failing:
            rules.setdefault(f"{finding['code']} {finding['name']}", []).append(finding)
    for rule, findings in sorted(rules.items()):
        names = list(dict.fromkeys(subject_of(document, finding) for finding in findings))
        yield f"- {rule} ({len(findings)}): {name_list(names, _NAMED)}"


def _due(document: Document) -> Iterator[str]:
    """By owner, those without one last; each by day."""
    owners: dict[str, list[Values]] = {}
    for item in document.get("due", ()):
        owners.setdefault(item["owner"] or "", []).append(item)
    for owner, items in sorted(owners.items(), key=lambda pair: (not pair[0], pair[0])):
        yield f"{owner or _NOBODY}:"
        yield from (f"  - {item['on']} {subject_of(document, item)}: {item['message']}" for item in items)


def _unknown(document: Document, sources: Mapping[str, str]) -> Iterator[str]:
    for (source, reason), items in unchecked_by_reason(document).items():
        names = list(dict.fromkeys(subject_of(document, item) for item in items))
        yield f"- not checked: {sources.get(source, source)}: {reason}: {name_list(names, _NAMED)}"
    for reason, items in uncheckable_by_reason(document).items():
        names = [subject_of(document, item) for item in items]
        yield f"- cannot be checked: {reason}: {name_list(names, _NAMED)}"


def _waived(document: Document) -> Iterator[str]:
    for waiver, findings in waiver_groups(document):
        names = name_list([f"{finding['code']} {subject_of(document, finding)}" for finding in findings], _NAMED)
        yield f"- {names}: until {waiver['until']}, approved by {waiver['approved_by']}"
