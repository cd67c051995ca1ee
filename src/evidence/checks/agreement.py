"""RET007: where PubMed and Crossref, asked about the same work, do not say the same of its standing."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.checks.notice_links import RETRACTION_SOURCES, Status, notice_names, retraction, statuses_of
from evidence.findings import Violation
from evidence.model.case import Case
from evidence.model.identity import ARTICLES
from evidence.model.policy import Severity
from evidence.rules import rule


@rule("RET007", "sources-disagree", Severity.WARNING, needs_lookup=True, about=ARTICLES)
def sources_disagree(case: Case) -> Iterator[Violation]:
    """One source tells of a retraction or a concern, the other does not.

    What it does:
        Compares what PubMed and Crossref (with Retraction Watch) say today of the same article, where
        both answered and both hold it. Only retractions and expressions of concern are compared, and
        concerns only where neither source tells of a retraction. RET001 or RET003 reports what was
        told; this says that the other source does not tell it.

    Why is this bad?
        Of 49,924 DOIs that any of four sources calls retracted, 21 % are in dispute. Either one source
        is late, or the other is wrong: a person has to read the notice.

    Example:
        - id: example-2013
          PMID: "23359310"   # Crossref tells of a retraction, PubMed does not

    Use instead:
        What the notice itself says. Tell the source that is wrong: both take corrections.

    References:
        Schneider and others 2023, doi:10.55835/6441e5cae04dbe5586d06a5f;
        Crossref, Retraction Watch data in the REST API.
    """
    statuses = tuple(status for status in statuses_of(case) if status.source in RETRACTION_SOURCES)
    if len(statuses) < 2:
        return
    retracting = [status for status in statuses if retraction(status)]
    doubting = [status for status in statuses if status.links("ExpressionOfConcernIn")]
    if retracting:
        yield from _disagreement(statuses, retracting, "a retraction", "RetractionIn", "RetractedandRepublishedIn")
    else:
        yield from _disagreement(statuses, doubting, "an expression of concern", "ExpressionOfConcernIn")


def _disagreement(
    statuses: tuple[Status, ...], telling: list[Status], what: str, *ref_types: str
) -> Iterator[Violation]:
    silent = [status for status in statuses if status not in telling]
    if not telling or not silent:
        return
    notices = telling[0].links(*ref_types)
    notice = f" ({notice_names(notices)})" if notices else ""
    yield Violation(
        f"{telling[0].source} tells of {what}{notice}, {silent[0].source} does not",
        f"{what}: {telling[0].source}, not {silent[0].source}",
        statuses[0].at,
        suggestion="read the notice and decide by it",
    )


AGREEMENT_RULES = (sources_disagree,)
