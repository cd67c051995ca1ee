"""Whether two sources' records can be of one work.

Titles alone do not tell: PubMed translates them, publishers add subtitles and "RETRACTED:". So two
records are of different works only when their titles are different ones *and* what else carries the
identity (authors, volume, first page, year) speaks against it too. What is missing says nothing.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from evidence.matching.text import fold, loose
from evidence.matching.titles import SAME_WORK, judge_title, titles_of
from evidence.model.findings import Violation
from evidence.model.identifiers import ARTICLES
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.policy import Severity
from evidence.model.records import (
    CONCERN_NOTICE,
    PUBLISHED_ERRATUM,
    RETRACTED,
    RETRACTION_NOTICE,
    Article,
    NoticeLink,
    has_type,
    is_retracted,
    links,
)
from evidence.model.references import Role
from evidence.model.report import NewsKind
from evidence.model.rule import RETRACTION, Absence, Exceptions, FactOf, Lookup, OnAdding, Subject
from evidence.rules.case import Case
from evidence.rules.rule import rule
from evidence.rules.waiver_evidence import linked_notices

# Whether two sources' records can be of one work.

_ENOUGH = 2
_FIRST_PAGE = re.compile(r"[a-z]*0*(\d+)", re.IGNORECASE)


def are_different_works(one: Article, other: Article) -> bool:
    """Whether the records surely are of two works; False where that cannot be told."""
    if {one.identifier, *one.also_known_as} & {other.identifier, *other.also_known_as}:
        return False
    closeness = _closeness(one, other)
    if closeness is None or closeness >= SAME_WORK:
        return False
    against = 2 * _no_common_authors(one, other) + _differ(one.volume, other.volume)
    against += _differ(_first_page(one), _first_page(other)) + _years_apart(one, other)
    return against >= _ENOUGH


def _closeness(one: Article, other: Article) -> float | None:
    """The similarity of the nearest forms of the two titles, 0 to 1; None when either has no title."""
    titles, forms = titles_of(one), titles_of(other).forms
    if not titles.forms or not forms:
        return None
    return max(judge_title(form, titles).closeness for form in forms)


def _no_common_authors(one: Article, other: Article) -> bool:
    """Whether fewer than half of the shorter list's family names stand in the other; False without names."""
    here, there = _families(one), _families(other)
    return bool(here and there) and 2 * len(here & there) < min(len(here), len(there))


def _families(article: Article) -> frozenset[str]:
    folded = (loose(fold("".join(author.family.split()))) for author in article.authors if author.family)
    return frozenset("".join(letter for letter in name if letter.isalnum()) for name in folded)


def _first_page(article: Article) -> str:
    found = _FIRST_PAGE.match(article.pages)
    return found[1] if found else ""


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and fold(one) != fold(other)


def _years_apart(one: Article, other: Article) -> bool:
    """Whether the nearest years lie two or more apart: the electronic and the printed year may be one apart."""
    gaps = [abs(here - there) for here in one.years for there in other.years]
    return bool(gaps) and min(gaps) >= 2


# What a record says of retractions, concerns and errata, and how a report names the linked notices.

PUBMED, CROSSREF = "pubmed", "crossref"
RETRACTION_SOURCES = frozenset({PUBMED, CROSSREF})
"""The sources that would tell of a retraction or a concern; PMC's summaries and other agencies do not."""


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
    """What a source says of the cited article: the record, the source and its printed name, the field it was asked by.

    `when` is empty for what it says in this run; else it tells, for people, when it said so.
    """

    article: Article
    source: str
    name: str
    at: tuple[str, ...]
    when: str = ""

    def links(self, *ref_types: str) -> tuple[NoticeLink, ...]:
        """The record's links of these types, in its order."""
        return links(self.article, *ref_types)

    def is_notice(self, kind: NoticeKind) -> bool:
        """Whether the record itself is a notice of this kind."""
        return bool(self.links(kind.ref_type)) or has_type(self.article, kind.ui)


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
    return Status(article, answer.source, case.source_name(answer.source), keys, when)


def first_with(case: Case, *ref_types: str) -> Status | None:
    """The first source that links anything of these types; further ones would only say it again."""
    return next((status for status in statuses_of(case) if status.links(*ref_types)), None)


def tellers(statuses: tuple[Status, ...], telling: tuple[Status, ...]) -> str:
    """Who says it: `PubMed and Crossref`, or `Crossref (Retraction Watch) only` where the other could, too."""
    if len(telling) > 1:
        return " and ".join(status.name for status in telling)
    [status] = telling
    watch = status.source == CROSSREF and _is_told_by_watch(status)
    name = f"{status.name} (Retraction Watch)" if watch else status.name
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
    if has_type(status.article, RETRACTED):
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


# RET007: where PubMed and Crossref, asked about the same work, do not say the same of its standing.


_rule = partial(
    rule,
    subject=Subject.ENTRY,
    needs=Lookup.ARTICLE,
    about=ARTICLES,
    fact_of=FactOf.WORK,
    absence=Absence.NONE,
    superseded_by=(),
    exceptions=Exceptions.ALLOWED,
    waiver_evidence=linked_notices,
    news=None,
    on_adding=OnAdding.REPORTED,
    fix=None,
    compares=(),
)


@_rule("RET007", "sources-disagree", Severity.WARNING, news=NewsKind.CONCERN)
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
        f"{telling[0].name} tells of {what}{notice}, {silent[0].name} does not",
        f"{what}: {telling[0].name}, not {silent[0].name}",
        statuses[0].at,
        suggestion="read the notice and decide by it",
    )


# RET: retractions, concerns, errata, updates, and notices cited instead of what they are about.

_MATERIAL = re.compile(
    r"\b(?:over)?dos(?:e|es|ed|age|ages|ing)\b|\bsafety\b|\badverse\b|\btoxicit\w+|\bcontraindicat\w+"
    r"|\d\s?(?:mg|mcg|[\u00b5\u03bc]g|microgram\w*|milligram\w*|IU)\b",
    re.IGNORECASE,
)


@_rule(
    RETRACTION,
    "retracted-publication",
    Severity.ERROR,
    exceptions=Exceptions.NONE,
    news=NewsKind.RETRACTED,
    on_adding=OnAdding.DECLINED,
)
def retracted_publication(case: Case) -> Iterator[Violation]:
    """The cited article is retracted.

    What it does:
        Reports an article whose record links a retraction (RetractionIn, RetractedandRepublishedIn),
        has the type Retracted Publication, or is titled "Retracted: ...". Where the work was
        republished, the replacement is named. PubMed and, by the article's DOI, Crossref with
        Retraction Watch are asked, and those that say so are named. Where a source cannot be asked today,
        what it said when last asked counts, as long as its record is kept: age takes no retraction back.
        A retraction notice is not itself retracted: see RET002. An entry with
        `role: discusses-retraction` gets an info instead of an error.

    Why is this bad?
        A retracted article supports nothing. Of the citations to retracted biomedical papers 94.6 %
        do not say so. The finding cannot be ignored or waived.

    Example:
        - id: dunkel-1993
          PMID: 8393056

    Use instead:
        Remove the reference, or cite the republished version. Where the text tells of the
        retraction itself:
        - id: dunkel-1993
          PMID: 8393056
          role: discusses-retraction

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed;
        ICMJE Recommendations, on references; Hsiao and Schneider 2021, QSS 2(4):1144.
    """
    statuses = statuses_of(case)
    telling = tuple(status for status in statuses if retraction(status))
    recalled = () if telling else tuple(status for status in recalled_of(case) if retraction(status))
    if not telling and not recalled:
        return
    said = tellers(statuses, telling) if telling else " and ".join(f"{one.name}, {one.when}" for one in recalled)
    first = (*telling, *recalled)[0]
    discussed = case.reference.role is Role.DISCUSSES_RETRACTION
    yield Violation(
        f"{said}: {retraction(first)}",
        f"retracted {case.subject}",
        first.at,
        suggestion=None if discussed else _instead_of_retracted(first),
        severity=Severity.INFO if discussed else None,
    )


def _instead_of_retracted(status: Status) -> str:
    replacements = status.links("RetractedandRepublishedIn")
    if replacements:
        return f"cite the replacement, {short(replacements[-1])}, if it still supports the text"
    return "remove it as support; where the text is about the retraction itself, set role: discusses-retraction"


@_rule("RET002", "cited-notice", Severity.WARNING)
def cited_notice(case: Case) -> Iterator[Violation]:
    """The entry cites a notice about an article, not the article.

    What it does:
        Reports a record that is itself a retraction notice, an expression of concern or a published
        erratum, by its links (RetractionOf, ExpressionOfConcernFor, ErratumFor) or its type.

    Why is this bad?
        The notice holds none of the evidence that it is cited for, and hides that the article
        behind it is retracted, doubted or corrected.

    Example:
        - id: circulation-2019
          PMID: 31449457   # "Correction to: ..."

    Use instead:
        The PMID of the article that the notice is about, read together with the notice.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    status = status_of(case)
    if status is None:
        return
    kinds = [kind for kind in NOTICE_KINDS if status.is_notice(kind)]
    if not kinds:
        return
    about = status.links(*(kind.ref_type for kind in kinds))
    told = f"{' and '.join(kind.name for kind in kinds)}, not the article it is about"
    numbers = " or ".join(dict.fromkeys(short(link) for link in about))
    yield Violation(
        f"{status.name}: {told}" + (f": {notice_names(about)}" if about else ""),
        f"notice {case.subject}",
        status.at,
        suggestion=kinds[0].advice.format(f", {numbers}," if numbers else ""),
    )


@_rule("RET003", "expression-of-concern", Severity.WARNING, news=NewsKind.CONCERN)
def expression_of_concern(case: Case) -> Iterator[Violation]:
    """An expression of concern stands against the cited article.

    What it does:
        Reports an article whose record at PubMed or Crossref links an expression of concern
        (ExpressionOfConcernIn), and names who says so.

    Why is this bad?
        The journal doubts the data or their handling and has not closed the matter; a retraction
        may follow.

    Example:
        - id: int-wound-2020
          PMID: 32090497

    Use instead:
        A source without the concern; or keep it, tell the reader of the concern, and give the
        reason under `ignore:`.

    References:
        COPE, Expressions of Concern; NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    statuses = statuses_of(case)
    telling = tuple(status for status in statuses if status.links("ExpressionOfConcernIn"))
    if not telling:
        return
    for link, fact in facts_of(case, telling[0].links("ExpressionOfConcernIn")):
        yield Violation(
            f"{tellers(statuses, telling)}: an expression of concern stands against it, {notice_name(link)}",
            fact,
            telling[0].at,
            suggestion="read the concern; cite another source, or tell of the concern where this one is cited",
        )


@_rule("RET004", "republished-publication", Severity.WARNING, news=NewsKind.CORRECTED)
def republished_publication(case: Case) -> Iterator[Violation]:
    """A later printing of the cited article exists.

    What it does:
        Reports an article that was corrected and republished (CorrectedandRepublishedIn), as a
        warning, or merely printed again (RepublishedIn), as an info. The corrected version itself
        is reported by no rule.

    Why is this bad?
        What was corrected may be what the text relies on.

    Example:
        - id: hum-mutat-2001
          PMID: 11524736

    Use instead:
        The corrected version's PMID.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    status = status_of(case)
    if status is None:
        return
    for link, fact in facts_of(case, status.links("CorrectedandRepublishedIn", "RepublishedIn")):
        corrected = link.ref_type == "CorrectedandRepublishedIn"
        yield Violation(
            f"{status.name}: {'corrected and republished' if corrected else 'printed again'} in {notice_name(link)}",
            fact,
            status.at,
            suggestion=f"cite the corrected version, {short(link)}" if corrected and short(link) else None,
            severity=None if corrected else Severity.INFO,
        )


@_rule("RET005", "superseded-publication", Severity.WARNING, news=NewsKind.CORRECTED)
def superseded_publication(case: Case) -> Iterator[Violation]:
    """A newer version of the cited publication has been published.

    What it does:
        Reports a publication that its record says was updated (UpdateIn): an earlier version of a
        Cochrane review or a guideline, a preprint that has since appeared (at Crossref also by the
        relation is-preprint-of). Crossref is heard where PubMed tells of no update.

    Why is this bad?
        The update may say something else, and it is what a reader should be sent to.

    Example:
        - id: cochrane-2000
          PMID: 11034741

    Use instead:
        The newest version that still supports the text.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed (Update in/Update of).
    """
    status = first_with(case, "UpdateIn")
    if status is None:
        return
    updates = status.links("UpdateIn")
    yield Violation(
        f"{status.name}: updated in {notice_names(updates)}",
        [fact for _, fact in facts_of(case, updates)][-1],  # a further update is a new fact
        status.at,
        suggestion="cite the newest version, if it still supports the text",
    )


@_rule("RET006", "published-erratum", Severity.WARNING, news=NewsKind.CORRECTED)
def published_erratum(case: Case) -> Iterator[Violation]:
    """The cited article has a published erratum.

    What it does:
        Reports each erratum that the record links (ErratumIn), with its note. One whose note speaks
        of doses, safety or amounts is material: an error, not a warning, until somebody has
        read it and written the outcome under `ignore:`. An erratum without a note stays a warning,
        since nothing is known of what it corrects. Crossref is heard where PubMed tells of no erratum.

    Why is this bad?
        A corrected dose that is cited uncorrected can harm. Since 2016 NLM also files partial
        retractions as errata.

    Example:
        - id: psychopharm-1998
          PMID: 9861576   # "Dosage error in published abstract"

    Use instead:
        Read the erratum, correct the text where it matters, and say so:
        - id: psychopharm-1998
          PMID: 9861576
          ignore:
            RET006: dose in the abstract only; the text cites table 2, checked 2026-11-23

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed;
        NLM Technical Bulletin 2016 Sep-Oct (partial retractions).
    """
    status = first_with(case, "ErratumIn")
    if status is None:
        return
    for link, fact in facts_of(case, status.links("ErratumIn")):
        material = bool(_MATERIAL.search(link.note))
        note = f': "{link.note}"' if link.note else ""
        yield Violation(
            f"{status.name}: {'material erratum' if material else 'erratum'} in {notice_name(link)}{note}",
            fact,
            status.at,
            suggestion="read the erratum and check what the text takes from this article",
            severity=Severity.ERROR if material else None,
        )


RULES = (
    retracted_publication,
    cited_notice,
    expression_of_concern,
    republished_publication,
    superseded_publication,
    published_erratum,
    sources_disagree,
)
