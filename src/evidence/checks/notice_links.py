"""What a record says of retractions, concerns and errata, and how a report names the linked notices."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evidence.checks.sameness import are_different_works
from evidence.model.case import Case
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.records import Article, NoticeLink
from evidence.standing import (
    CONCERN_NOTICE,
    PUBLISHED_ERRATUM,
    RETRACTED,
    RETRACTION_NOTICE,
    is_retracted,
    is_typed,
    links,
)

PUBMED, CROSSREF = "PubMed", "Crossref"
RETRACTION_SOURCES = frozenset({PUBMED, CROSSREF})
"""The sources that would tell of a retraction or a concern; PMC's summaries and other agencies do not."""

_SOURCE_NAMES = {"pubmed": PUBMED, "pmc": "PMC", "crossref": CROSSREF, "doi": "the DOI's agency"}


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice: its name, type and link, and what to do (`{}` takes the article's number)."""

    name: str
    ui: str
    ref_type: str
    advice: str


# The gravest first: where a record is of two kinds, the first gives the advice.
NOTICE_KINDS = (
    NoticeKind(
        "a retraction notice",
        RETRACTION_NOTICE,
        "RetractionOf",
        "remove the reference: the retracted article{} supports nothing either"
        " (to discuss the retraction, cite that article with role: discusses-retraction)",
    ),
    NoticeKind(
        "an expression of concern",
        CONCERN_NOTICE,
        "ExpressionOfConcernFor",
        "cite the article itself{} if it can still be relied on",
    ),
    NoticeKind(
        "a published erratum",
        PUBLISHED_ERRATUM,
        "ErratumFor",
        "cite the article itself{} as the erratum corrects it",
    ),
)


@dataclass(frozen=True, slots=True)
class Status:
    """What a source says of the cited article: the record, the source's name, the field it was asked by.

    `when` is empty for what it says in this run; else it tells, for people, when it said so.
    """

    article: Article
    source: str
    at: tuple[str, ...]
    when: str = ""

    def links(self, *ref_types: str) -> tuple[NoticeLink, ...]:
        """The record's links of these types, in its order."""
        return links(self.article, *ref_types)

    def is_notice(self, kind: NoticeKind) -> bool:
        """Whether the record itself is a notice of this kind."""
        return bool(self.links(kind.ref_type)) or is_typed(self.article, kind.ui)


def status_of(case: Case) -> Status | None:
    """The article as verified in this run; None when no source vouches for one today."""
    article = case.article
    own = next((a for a in case.answers if isinstance(a.outcome, Found) and a.outcome.record is article), None)
    return _status(case, own) if own else None


def statuses_of(case: Case) -> tuple[Status, ...]:
    """What each source says today of the cited article, the entry's own first.

    A second source is heard only about the same work. It is not heard where the first calls the
    record a notice: some notices bear the DOI of the paper they retract.
    """
    first = status_of(case)
    if first is None:
        return ()
    second = _status(case, case.second) if case.second else None
    if second is None or any(first.is_notice(kind) for kind in NOTICE_KINDS):
        return (first,)
    if are_different_works(first.article, second.article):
        return (first,)
    return (first, replace(second, at=second.at or first.at))


def recalled_of(case: Case) -> tuple[Status, ...]:
    """What sources without a record today said of the cited article when they were last heard.

    It is within the life of bibliographic facts (`Answer.remembered`). A source that tells of the article
    today is not among them, nor a record of another work; beside a notice there is nothing to recall.
    """
    today = statuses_of(case)
    heard = {status.source for status in today}
    told = [_recalled(case, answer) for answer in (*case.answers, *case.learned)]
    recalled = tuple(status for status in told if status is not None and status.source not in heard)
    own = next(iter((*today, *recalled)), None)
    if own is None or any(own.is_notice(kind) for kind in NOTICE_KINDS):
        return ()
    return tuple(status for status in recalled if not are_different_works(own.article, status.article))


def _recalled(case: Case, answer: Answer) -> Status | None:
    if not isinstance(answer.remembered, Article):
        return None
    event = "when it last held this" if isinstance(answer.outcome, NotFound) else "when last asked"
    day = f", on {answer.remembered_on}" if answer.remembered_on else ""
    return _told_by(case, answer, answer.remembered, f"{event}{day}")


def _status(case: Case, answer: Answer) -> Status | None:
    match answer.outcome:
        case Found(record=Article() as article):
            return _told_by(case, answer, article)
    return None


def _told_by(case: Case, answer: Answer, article: Article, when: str = "") -> Status:
    keys = tuple(use.key for use in case.reference.uses if use.identifier == answer.identifier)
    return Status(article, _SOURCE_NAMES.get(answer.source, answer.source), keys, when)


def first_with(case: Case, *ref_types: str) -> Status | None:
    """The first source that links anything of these types; further ones would only say it again."""
    return next((status for status in statuses_of(case) if status.links(*ref_types)), None)


def tellers(statuses: tuple[Status, ...], telling: tuple[Status, ...]) -> str:
    """Who says it: `PubMed and Crossref`, or `Crossref (Retraction Watch) only` where the other could, too."""
    if len(telling) > 1:
        return " and ".join(status.source for status in telling)
    [status] = telling
    watch = status.source == CROSSREF and _is_told_by_watch(status)
    name = f"{status.source} (Retraction Watch)" if watch else status.source
    silent = [other for other in statuses if other is not status and other.source in RETRACTION_SOURCES]
    return f"{name} only" if silent else name


def _is_told_by_watch(status: Status) -> bool:
    """Whether Crossref tells of it from Retraction Watch alone, the publisher having deposited nothing."""
    grave = status.links("RetractionIn") or status.links("ExpressionOfConcernIn")
    return bool(grave) and all(link.told_by == ("retraction-watch",) for link in grave)


def retraction(status: Status) -> str | None:
    """How the source tells of the retraction, by its strongest sign; None when it tells of none."""
    if not is_retracted(status.article):
        return None
    if replacements := status.links("RetractedandRepublishedIn"):
        return f"retracted and republished, the replacement is {notice_names(replacements)}"
    if notices := status.links("RetractionIn"):
        return f"retracted, see {notice_names(notices)}"
    if is_typed(status.article, RETRACTED):
        return "marked as a retracted publication, no notice is linked"
    return f'the title reads "{status.article.title}", no notice is linked'


def facts_of(case: Case, links: tuple[NoticeLink, ...]) -> Iterator[tuple[NoticeLink, str]]:
    """Each link with the fact that it stands for: the first, second, ... of its kind about the cited article.

    Sources name the same notice by different numbers (PubMed by a PMID, Crossref by a DOI), so these
    make no fact that outlives a bad day of one of them. PMIDs grow with time, so a further notice comes last.
    """
    numbers: Counter[str] = Counter()
    for link in sorted(links, key=lambda link: int(link.pmid) if link.pmid and link.pmid.isdecimal() else sys.maxsize):
        numbers[link.ref_type] += 1
        further = f" {numbers[link.ref_type]}" if numbers[link.ref_type] > 1 else ""
        yield link, f"{link.ref_type} {case.subject}{further}"


def notice_name(link: NoticeLink) -> str:
    """The linked publication as the source names it, with its number where there is one."""
    number = _number(link)
    if not link.ref_source:
        return number or "a publication that is not named"
    return f"{link.ref_source} ({number})" if number else link.ref_source


def notice_names(links: tuple[NoticeLink, ...]) -> str:
    """Several linked publications, named one after the other."""
    return "; ".join(notice_name(link) for link in links)


def short(link: NoticeLink) -> str:
    """The linked publication's number, else its name."""
    return _number(link) or link.ref_source


def _number(link: NoticeLink) -> str:
    if link.pmid:
        return f"PMID {link.pmid}"
    return f"doi:{link.doi}" if link.doi else ""
