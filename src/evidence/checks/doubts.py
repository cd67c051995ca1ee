"""Why an answer that was given still leaves something unchecked; told beside the findings, never as one."""

from __future__ import annotations

from evidence.checks import gone
from evidence.model.case import Case
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.records import Article


def caveat(case: Case, answer: Answer) -> str | None:
    """What of this answer is not to be relied on yet; None when nothing is."""
    match answer.outcome:
        case NotFound():
            return gone.registry_caveat(case, answer)
        case Found(record=Article()) if answer.source == "pmc" and not _asked_about_retraction(case):
            return "PubMed Central names no PMID for it and says nothing about retractions"
    return None


def _asked_about_retraction(case: Case) -> bool:
    """Whether a source that knows of retractions has answered for this reference."""
    answers = (*case.answers, *case.learned)
    return any(isinstance(answer.outcome, Found) and answer.source in ("pubmed", "crossref") for answer in answers)
