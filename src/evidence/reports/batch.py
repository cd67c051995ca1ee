"""What is said of a batch: a line for each file, the summary, and the index of the pages of its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from evidence.model.policy import Severity
from evidence.model.report import BatchSummary, Exit
from evidence.model.text import one_line, quantity
from evidence.reports.document import TOOL, Document
from evidence.reports.html import asset, laid_out
from evidence.reports.text import verdict_lines
from evidence.reports.wording import minute_utc


def has_news(document: Document) -> bool:
    """Whether anything worse than an info was found, or something could not be asked."""
    summary = document["summary"]
    return any(summary[key] for key in ("errors", "warnings", "unchecked", "exit_code"))


def file_line(document: Document) -> str:
    """One file in one line: its verdict and figures."""
    summary = document["summary"]
    counts = (quantity(summary[f"{severity}s"], str(severity)) for severity in reversed(Severity))
    verdict = "; ".join(verdict_lines(document))
    path = one_line(document["run"]["inputs"][0]["path"])
    return f"{path}: {verdict}; {quantity(summary['references'], 'reference')}; {', '.join(counts)}"


def head_line(started: datetime, tool_version: str, *facts: str) -> str:
    """Which tool reports on which batch; the mark of a report in a file."""
    dot = " \N{MIDDLE DOT} "
    return f"{TOOL} {dot.join((tool_version, minute_utc(started.isoformat()), *facts))}"


def summary_lines(summary: BatchSummary) -> Iterator[str]:
    """The batch in words; its figures come last."""
    for path, reason in summary.lost:
        yield f"not judged: {one_line(path)} ({one_line(reason)})"
    for error in summary.unreadable:
        yield f"not read: {one_line(str(error))}"
    failed, incomplete = summary.exits.get(Exit.FINDINGS, 0), summary.exits.get(Exit.INCOMPLETE, 0)
    silent = f"{quantity(summary.unchecked, 'look-up')} not made or failed" if summary.unchecked else ""
    parts = [
        f"Failed: {quantity(failed, 'file')}" if failed else "",
        f"Incomplete: {quantity(incomplete, 'file')}" if incomplete else "",
        f"Not judged: {quantity(len(summary.lost), 'file')}" if summary.lost else "",
        f"Not read: {quantity(len(summary.unreadable), 'file')}" if summary.unreadable else "",
    ]
    yield "; ".join(filter(None, parts)) or "Passed"
    if silent:
        yield silent
    yield f"Batch {summary.id}: {quantity(summary.files, 'file')}; each has a recorded run"
    counts = (quantity(number, str(severity)) for severity, number in summary.findings.items())
    more = f"; {summary.ignored} ignored, {summary.waived} waived" if summary.ignored or summary.waived else ""
    yield f"{quantity(summary.references, 'reference')}: {', '.join(counts)}{more}"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One file in the index; `place` is that of its page, relative to the index."""

    path: str
    place: str
    errors: int
    warnings: int
    infos: int
    references: int
    not_checked: int

    @property
    def href(self) -> str:
        """The address of its page."""
        return quote(self.place)


def index_row(document: Document, place: str) -> IndexRow:
    """The row of a document whose page is at this place."""
    summary = document["summary"]
    counts = (summary[key] for key in ("errors", "warnings", "infos", "references", "not_checked"))
    return IndexRow(document["run"]["inputs"][0]["path"], place, *counts)


def render_index(summary: BatchSummary, pages: Sequence[IndexRow], tool_version: str) -> str:
    """The index of the pages, those with errors and warnings first."""
    *lines, figures = summary_lines(summary)
    variables = {
        "tool": {"name": TOOL, "version": tool_version},
        "headline": f"{quantity(summary.files, 'file')}, {figures}",
        "lines": [f"Checked {minute_utc(summary.started.isoformat())}", *lines],
        "pages": sorted(pages, key=lambda page: (-page.errors, -page.warnings, page.path)),
    }
    return laid_out("batch.html.jinja", variables, asset("brief.css"), {})
