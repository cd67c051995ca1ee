"""What a run knows of retractions, also of those that it could not ask about: age takes none back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from evidence.findings import Selection
from evidence.model.outcomes import Answer, Found, State
from evidence.model.policy import Severity
from evidence.model.records import Article
from evidence.report import ReferenceResult, Report, Retraction
from evidence.rules import RETRACTION, VOIDING
from evidence.standing import is_retracted

_SPEAK_OF_ARTICLES = frozenset({"pubmed", "pmc", "crossref"})


def retraction_of(answers: Iterable[Answer], today: date) -> Retraction:
    """When it was said of an article judged retracted, by the latest of the answers that say so."""
    answers = tuple(answers)
    said = [answer.as_of or today for answer in answers if _says_retracted(answer)]
    if said:
        return Retraction(True, max(said))
    recalled = [answer.remembered_on for answer in answers if _recalls_retracted(answer) and answer.remembered_on]
    return Retraction(False, max(recalled, default=None))


def _says_retracted(answer: Answer) -> bool:
    match answer.outcome:
        case Found(record=Article() as article):
            return is_retracted(article)
    return False


def _recalls_retracted(answer: Answer) -> bool:
    return isinstance(answer.remembered, Article) and is_retracted(answer.remembered)


def keeping_retractions(report: Report) -> Report:
    """The report whose references keep a retraction that an earlier run found and this one could not judge.

    Only a reference of which something could not be asked today keeps it: one that now cites something
    else under the same id does not.
    """
    changes = report.changes
    if changes is None:
        return report
    told = {(one.place.path, one.reference) for one in changes.unjudged if one.code == RETRACTION} & _silent(report)
    return replace(report, references=tuple(_kept(result, told) for result in report.references)) if told else report


def _kept(result: ReferenceResult, told: Iterable[tuple[str, str | None]]) -> ReferenceResult:
    whose = (result.reference.place.path, result.reference.id)
    if result.retraction is not None or whose not in told:
        return result
    return replace(result, retraction=Retraction(False, _last_heard(result)))


def _last_heard(result: ReferenceResult) -> date | None:
    """The last day on which each source that ever told of the article did: all that was known stood then."""
    days: dict[str, str] = {}
    for sight in result.history:
        if sight["source"] in _SPEAK_OF_ARTICLES and sight["state"] == State.FOUND:
            days[sight["source"]] = max(sight["as_of"], days.get(sight["source"], ""))
    return date.fromisoformat(min(days.values())) if days else None


def is_void_unjudged(report: Report, selection: Selection) -> bool:
    """Whether a reference that an earlier run found void as support could not be asked about today.

    Such a run is incomplete, whatever may be let pass: unknown is not the same as good again.
    """
    unjudged = report.changes.unjudged if report.changes else ()
    silent = _silent(report)
    return any(
        finding.code in VOIDING
        and finding.severity > Severity.INFO
        and selection.shows(finding)
        and (finding.place.path, finding.reference) in silent
        for finding in unjudged
    )


def _silent(report: Report) -> set[tuple[str, str | None]]:
    return {(item.path, item.reference) for item in report.unchecked}
