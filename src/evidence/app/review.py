"""A periodic review: which one came before, and a run's document with what changed since that one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evidence.audit.events import parse_event
from evidence.model.audit import ActionStatus, AuditAction
from evidence.model.rule import Rule
from evidence.reports.document import Document, changes_document
from evidence.reports.history import changes_between, run_of_document

RUN = "run"
"""In the `details` of a review's event, the id of its run."""


def reviewed_runs(lines: Iterable[str]) -> Iterator[str]:
    """The runs of the reviews that these events of a trail record, the last review first."""
    for line in reversed(list(lines)):
        event = parse_event(line)
        if event.action == AuditAction.REVIEW and event.ending == ActionStatus.DONE and RUN in event.details:
            yield event.details[RUN]


def since(document: Document, before: Document, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The document of a run with its changes since an earlier one, which need not be the run before it."""
    compared = changes_between(run_of_document(before), run_of_document(document), rules)
    findings = [
        {**finding, "new": (finding["path"], finding["fingerprint"]) in compared.fresh}
        for finding in document["findings"]
    ]
    return {**document, "findings": findings, "changes": changes_document(compared)}
