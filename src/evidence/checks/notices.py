"""RET: retractions, concerns, errata, updates, and notices cited instead of what they are about.

What a record's links and types mean is told in `evidence.standing`. Only a record verified in this
run is judged, with one exception: a retraction that a source told of when it was last asked stays one
while that source cannot be asked. Age cannot take a retraction back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.checks.notice_links import (
    NOTICE_KINDS,
    Status,
    facts_of,
    first_with,
    notice_name,
    notice_names,
    recalled_of,
    retraction,
    short,
    status_of,
    statuses_of,
    tellers,
)
from evidence.findings import Violation
from evidence.model.case import Case
from evidence.model.identity import ARTICLES
from evidence.model.policy import Severity
from evidence.model.references import Role
from evidence.rules import rule

_MATERIAL = re.compile(
    r"\b(?:over)?dos(?:e|es|ed|age|ages|ing)\b|\bsafety\b|\badverse\b|\btoxicit\w+|\bcontraindicat\w+"
    r"|\d\s?(?:mg|mcg|[\u00b5\u03bc]g|microgram\w*|milligram\w*|IU)\b",
    re.IGNORECASE,
)


@rule("RET001", "retracted-publication", Severity.ERROR, needs_lookup=True, about=ARTICLES)
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
    said = tellers(statuses, telling) if telling else " and ".join(f"{one.source}, {one.when}" for one in recalled)
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


@rule("RET002", "cited-notice", Severity.WARNING, needs_lookup=True, about=ARTICLES)
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
        f"{status.source}: {told}" + (f": {notice_names(about)}" if about else ""),
        f"notice {case.subject}",
        status.at,
        suggestion=kinds[0].advice.format(f", {numbers}," if numbers else ""),
    )


@rule("RET003", "expression-of-concern", Severity.WARNING, needs_lookup=True, about=ARTICLES)
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


@rule("RET004", "republished-publication", Severity.WARNING, needs_lookup=True, about=ARTICLES)
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
            f"{status.source}: {'corrected and republished' if corrected else 'printed again'} in {notice_name(link)}",
            fact,
            status.at,
            suggestion=f"cite the corrected version, {short(link)}" if corrected and short(link) else None,
            severity=None if corrected else Severity.INFO,
        )


@rule("RET005", "superseded-publication", Severity.WARNING, needs_lookup=True, about=ARTICLES)
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
        f"{status.source}: updated in {notice_names(updates)}",
        [fact for _, fact in facts_of(case, updates)][-1],  # a further update is a new fact
        status.at,
        suggestion="cite the newest version, if it still supports the text",
    )


@rule("RET006", "published-erratum", Severity.WARNING, needs_lookup=True, about=ARTICLES)
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
            f"{status.source}: {'material erratum' if material else 'erratum'} in {notice_name(link)}{note}",
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
)
