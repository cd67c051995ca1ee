"""The report in brief: one or two pages of HTML to read, to print and to sign, beside the full report.

It says the verdict, what has to be decided, what changed and falls due, and what cannot be checked. What is left out
for want of space is counted; a retraction is never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from evidence.model.text import quantity
from evidence.reports.document import (
    Document,
    Values,
    is_voiding,
    library_inputs,
    newness_test,
    unjudged_findings,
    void_label,
    waiver_groups,
    weaker_lines,
)
from evidence.reports.html import asset, decisions, due_views, foot_of_pages, laid_out, verdict
from evidence.reports.mail import subject_of
from evidence.reports.wording import (
    anchors_of,
    name_list,
    record_summary,
    sign_offs,
    uncheckable_by_reason,
    unchecked_by_reason,
)

_DECISIONS, _NEWS, _DUE, _REASONS, _WAIVED, _FILES = 14, 8, 10, 6, 5, 15
"""Lines of each part before the rest is counted."""

_NAMED = 12  # references named at one reason
_LONGEST = 230  # characters of a message
_SIGNERS = ("Prepared by", "Reviewed by", "Approved by")


Subject = Callable[[Values], str]
"""How a reference, or what is about one, is named."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The lines of a part that are printed, and how many more there are."""

    lines: tuple[Any, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A finding that needs one: of what, why, and what is to be done."""

    finding: Values
    subject: str
    message: str
    owner: str
    is_new: bool


def render_brief(
    document: Document, sources: Mapping[str, str], full_sha256: str, responsible: str | None = None
) -> str:
    """A report's document as a page of HTML in brief, ending in a line break.

    Args:
        document: The document; its `changes` are what is called new.
        sources: What to call the sources, by the names that answers give them.
        full_sha256: The SHA-256 of the full report as HTML.
        responsible: Who is responsible for the review, to be printed beside `Prepared by`.
    """
    changes = document.get("changes")
    subject = partial(subject_of, document)
    uncheckable = uncheckable_by_reason(document)
    unchecked = unchecked_by_reason(document)
    reasons = [
        (
            f"not checked: {sources.get(source, source)}: {reason}",
            name_list(list(dict.fromkeys(map(subject, items))), _NAMED),
        )
        for (source, reason), items in unchecked.items()
    ]
    reasons += [
        (f"cannot be checked: {reason}", name_list([subject(item) for item in items], _NAMED))
        for reason, items in uncheckable.items()
    ]
    waived = [
        (waiver, name_list([f"{item['code']} {subject(item)}" for item in findings], _NAMED))
        for waiver, findings in waiver_groups(document)
    ]
    inputs = library_inputs(document)
    variables = {
        "tool": document["tool"],
        "run": document["run"],
        "summary": document["summary"],
        "audit": document.get("audit"),
        "verdict": verdict(document, sources),
        "title": _title(document, inputs),
        "weaker": weaker_lines(document),
        "quotes": anchors_of(document),
        "void": tuple(_void(document, subject)),
        "decisions": _decisions(document, subject),
        "undecided": [subject(item) + ": " + item["message"] for item in unjudged_findings(document, "error")],
        "since": None if changes is None else changes["since"],
        "news": _listed([(item, subject(item)) for item in (changes or {}).get("news", ())], _NEWS),
        "new": sum(map(newness_test(document), document["findings"])),
        "resolved": len((changes or {}).get("resolved", ())),
        "due": _listed([(entry, subject(entry.item)) for entry in due_views(document) or ()], _DUE),
        "reasons": _listed(reasons, _REASONS),
        "waived": _listed(waived, _WAIVED),
        "files": _listed(inputs, _FILES),
        "sign_offs": sign_offs(document),
        "signers": _SIGNERS,
        "responsible": responsible,
        "full_sha256": full_sha256,
    }
    return laid_out("brief.html.jinja", variables, asset("brief.css") + foot_of_pages(document), {})


def _listed(lines: Sequence[Any], most: int) -> Listed:
    """The first lines; one alone is not counted, but printed."""
    kept = lines if len(lines) <= most + 1 else lines[:most]
    return Listed(tuple(kept), len(lines) - len(kept))


def _title(document: Document, inputs: Sequence[Values]) -> str:
    if len(inputs) == 1:
        return str(inputs[0].get("title") or inputs[0]["path"])
    return f"{quantity(len(inputs), 'monograph')}, {quantity(document['summary']['references'], 'reference')}"


def _void(document: Document, subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Every reference that is retracted or withdrawn: the word, its name, and the work."""
    for reference in document["references"]:
        if label := void_label(reference):
            record = reference["record"]
            work = record_summary(record) if record else reference.get("title") or reference.get("cited_as") or ""
            yield label, subject(reference), _shortened(work)


def _decisions(document: Document, subject: Subject) -> Listed:
    is_new = newness_test(document)
    owners = {(item["path"], item["id"]): item.get("owner") or "" for item in document["references"]}
    lines = [
        Decision(
            finding,
            subject(finding),
            _shortened(finding["message"]),
            owners.get((finding["path"], finding["reference"]), ""),
            is_new(finding),
        )
        for finding in decisions(document)
    ]
    void = sum(is_voiding(line.finding) for line in lines)
    return _listed(lines, max(_DECISIONS, void))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
