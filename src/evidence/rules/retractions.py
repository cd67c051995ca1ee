"""RET: retractions, concerns, errata, updates, and notices cited instead of what they are about.

PubMed, by the article's DOI Crossref, and where its file was loaded Retraction Watch are heard: each source says
something of the cited article in this run, or said so when it was last asked. Notices count as facts by their kind and
number, not by what a source calls them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

from evidence.matching.compare import is_notice_title
from evidence.matching.text import fold, loose
from evidence.matching.titles import SAME_WORK, judge_title, titles_of
from evidence.matching.verdict import Field
from evidence.model.identifiers import ARTICLES, IdKind, work_of
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.policy import Severity
from evidence.model.records import (
    CONCERN_NOTICE,
    DUPLICATE,
    PUBLISHED_ERRATUM,
    RETRACTED,
    RETRACTION_NOTICE,
    Article,
    NoticeLink,
    has_type,
    is_cochrane,
    is_retracted,
    is_withdrawn,
    links,
    retractions,
    title_mark,
)
from evidence.model.references import Role
from evidence.model.regex import regex
from evidence.model.rule import RETRACTION, WITHDRAWAL, Exceptions, FactOf, Lookup, NewsKind, OnAdding, Violation
from evidence.model.title_marks import TitleMark, read_title
from evidence.rules.case import Case
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import linked_notices

_CROSSREF = "crossref"
_WATCH = "retraction-watch"
_RETRACTION_SOURCES = frozenset({"pubmed", _CROSSREF, _WATCH})
"""The sources that would report a retraction or a concern; PMC's summaries and other agencies do not."""

_ERRATA = ("ErratumIn", "PartialRetractionIn")
"""The links of RET006; of partial retractions NLM has made errata since 2016."""

_DIFFERENCES = 2
"""Points that contradict one work, without which two titles that differ are still of one."""

_ERROR = regex(r"\b(?:errors?|errata)\b", re.IGNORECASE)  # "Department of Error"
_FIRST_PAGE = regex(r"[a-z]*0*(\d+)", re.IGNORECASE)
_MATERIAL = regex(
    r"\b(?:over)?dos(?:e|es|ed|age|ages|ing)\b|\bsafety\b|\badverse\b|\btoxicit\w+|\bcontraindicat\w+"
    r"|\d\s?(?:mg|mcg|[\u00b5\u03bc]g|microgram\w*|milligram\w*|IU)\b",
    re.IGNORECASE,
)

_rule = partial(
    entry_rule,
    needs=Lookup.ARTICLE,
    about=ARTICLES,
    fact_of=FactOf.WORK,
    waiver_evidence=linked_notices,
    on_adding=OnAdding.REPORTED,
)


@dataclass(frozen=True, slots=True)
class _NoticeKind:
    """A kind of notice: its name, type, links and title, and what to do (`{}` takes the article's number)."""

    name: str
    ui: str | None
    ref_types: tuple[str, ...]
    mark: TitleMark | None
    advice: str


# The most serious first: where a record is of two kinds, the first gives the advice.
_NOTICE_KINDS = (
    _NoticeKind(
        "a retraction notice",
        RETRACTION_NOTICE,
        ("RetractionOf",),
        TitleMark.RETRACTION_NOTICE,
        "remove the reference; do not cite the retracted article{} instead, except to discuss the retraction"
        " (role: discusses-retraction)",
    ),
    _NoticeKind(
        "a notice of withdrawal",
        None,
        (),
        TitleMark.WITHDRAWAL_NOTICE,
        "remove the reference; do not cite the withdrawn article{} instead",
    ),
    _NoticeKind(
        "an expression of concern",
        CONCERN_NOTICE,
        ("ExpressionOfConcernFor",),
        TitleMark.CONCERN_NOTICE,
        "cite the article itself{} if it can still be relied on",
    ),
    _NoticeKind(
        "a published erratum",
        PUBLISHED_ERRATUM,
        ("ErratumFor", "PartialRetractionOf"),
        None,  # an article that is republished corrected may be titled "Erratum: ...", too
        "cite the article itself{} as corrected by the erratum",
    ),
    _NoticeKind(
        "a notice about another publication",
        None,
        (),
        TitleMark.OTHER_NOTICE,
        "cite the article itself{} if it can still be relied on",
    ),
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
    """The cited article has been retracted.

    What it does:
        Reports an article whose record links to a retraction (RetractionIn, RetractedandRepublishedIn),
        has the type Retracted Publication, or is marked as retracted in its title ("Retracted: ...",
        "... [Retracted]", "... (Retracted article. See vol. 335, 2016)"). If the work was republished,
        the replacement is named. PubMed and, if the article has a DOI, Crossref with Retraction Watch
        are checked, with Retraction Watch's own file where it was loaded (`evidence cache load`), and the
        sources that report the retraction are named, with Retraction Watch's reason. If a source is unavailable
        today, its last stored record counts. A reinstatement registered with Crossref ends a retraction
        (RET006). A retraction notice itself is not retracted; see RET002. An entry with
        `role: discusses-retraction` gets an info instead of an error.

    Why it matters:
        A retracted article must not be used as evidence, and 94.6 % of the citations of retracted
        biomedical articles do not mention the retraction. This finding cannot be ignored or waived.

    Message:
        PubMed: retracted, see Lancet. 1994 Sep 10;344(8924):744 (PMID 7915787)

    Example:
        - id: dunkel-1993
          PMID: 8393056

    What to do:
        Remove the reference, or cite the republished version. If the text discusses the retraction
        itself:
        - id: dunkel-1993
          PMID: 8393056
          role: discusses-retraction

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed;
        ICMJE Recommendations, on references; Hsiao and Schneider 2021, QSS 2(4):1144.
    """
    statements = _statements(case)
    telling = [statement for statement in statements if statement.retraction]
    recalled = [] if telling else [statement for statement in _recalled(case) if statement.retraction]
    if not telling and not recalled:
        return
    by_whom = _by_whom(statements, telling, recalled)
    first = (*telling, *recalled)[0]
    discussed = case.reference.role is Role.DISCUSSES_RETRACTION
    if discussed:
        suggestion = None
    elif replacements := first.links("RetractedandRepublishedIn"):
        suggestion = f"cite the replacement, {_short_name(replacements[-1])}, if it still supports the text"
    else:
        suggestion = (
            "remove or replace this citation; if the text discusses the retraction, set role: discusses-retraction"
        )
    yield Violation(
        f"{by_whom}: {first.retraction}{_reasons((*telling, *recalled), 'RetractionIn')}",
        f"retracted {case.subject}",
        first.keys,
        suggestion=suggestion,
        severity=Severity.INFO if discussed else None,
    )


@_rule("RET002", "cited-notice", Severity.WARNING)
def cited_notice(case: Case) -> Iterator[Violation]:
    """The entry cites a notice about an article instead of the article.

    What it does:
        Reports a record that is itself a retraction notice, an expression of concern or a published
        erratum, by its links (RetractionOf, ExpressionOfConcernFor, ErratumFor), its type or, if it has
        neither, its title ("Retraction Note to: ...", "Statement of Retraction", "Withdrawal notice to ...").
        A notice that is cited on purpose is an info: the citation prints the title of the notice, or the
        entry has `role: discusses-retraction`.

    Why it matters:
        The notice does not contain the evidence it is cited for, and the reader does not learn that
        the article itself was retracted, questioned or corrected.

    Message:
        PubMed: a published erratum, not the article it is about: Circulation. 2018;137(9):961-972
        (PMID 29133601)

    Example:
        - id: circulation-2019
          PMID: 31449457   # "Correction to: ..."

    What to do:
        Cite the article that the notice is about, by its PMID, and read the notice with it.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    statement = _own_statement(case)
    if statement is None:
        return
    kinds = statement.notice_kinds
    if not kinds and not is_retracted(statement.article):
        mark = title_mark(statement.article)
        kinds = tuple(kind for kind in _NOTICE_KINDS if kind.mark is mark is not None)
    if not kinds:
        return
    about = statement.links(*(ref_type for kind in kinds for ref_type in kind.ref_types))
    message = f"{statement.name}: {' and '.join(kind.name for kind in kinds)}, not the article it is about"
    numbers = " or ".join(dict.fromkeys(map(_short_name, about)))
    yield Violation(
        message + (f": {_notice_names(about)}" if about else ""),
        f"notice {case.subject}",
        statement.keys,
        suggestion=kinds[0].advice.format(f", {numbers}," if numbers else ""),
        severity=Severity.INFO if _is_on_purpose(case) else None,
    )


def _is_on_purpose(case: Case) -> bool:
    """Whether the entry says that it cites a notice: by its role, or by printing the notice's own title."""
    titles = (made.comparison.of(Field.TITLE) for made in case.comparisons)
    prints = (title.printed for title in titles if title.agrees)
    says_so = any(
        is_notice_title(printed) or read_title(printed).mark is not None or _ERROR.search(printed) for printed in prints
    )
    return case.reference.role is Role.DISCUSSES_RETRACTION or says_so


@_rule("RET003", "expression-of-concern", Severity.WARNING, news=NewsKind.CONCERN)
def expression_of_concern(case: Case) -> Iterator[Violation]:
    """An expression of concern was published about the cited article.

    What it does:
        Reports an article whose record at PubMed or Crossref links to an expression of concern
        (ExpressionOfConcernIn) or mentions one in its title, and names the sources that report it.

    Why it matters:
        The journal has doubts about the data or their handling and has not decided yet; a retraction
        may follow.

    Message:
        PubMed: expression of concern, see Int Wound J. 2020;17(4):1087 (PMID 32090497)

    Example:
        - id: int-wound-2020
          PMID: 32090497

    What to do:
        Cite a different source; or keep this one, mention the concern in the text, and give the reason
        under `ignore:`.

    References:
        COPE, Expressions of Concern; NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    statements = _statements(case)
    telling = [statement for statement in statements if statement.links("ExpressionOfConcernIn")]
    titled = [statement for statement in statements if title_mark(statement.article) is TitleMark.CONCERN]
    if not telling:
        if titled:
            yield Violation(
                f'{_names(statements, titled)}: the title reads "{titled[0].article.title}", no notice linked',
                _fact("ExpressionOfConcernIn", case),  # the same when the notice is linked later
                titled[0].keys,
                suggestion="find the notice; cite another source, or mention the concern in the text",
            )
        return
    for link, fact in _facts(case, telling[0].links("ExpressionOfConcernIn")):
        yield Violation(
            f"{_names(statements, telling)}: expression of concern, see {_notice_name(link)}"
            f"{_reasons(telling, 'ExpressionOfConcernIn')}",
            fact,
            telling[0].keys,
            suggestion="read the expression of concern; cite another source, or mention the concern in the text",
        )


@_rule("RET004", "republished-publication", Severity.WARNING, news=NewsKind.CORRECTED)
def republished_publication(case: Case) -> Iterator[Violation]:
    """The cited article was published again.

    What it does:
        Reports an article that was corrected and republished (CorrectedandRepublishedIn) as a
        warning, and an article that was reprinted (RepublishedIn) or published twice (type Duplicate
        Publication) as an info. The corrected version itself is not reported.

    Why it matters:
        The text may rely on the part that was corrected.

    Message:
        PubMed: corrected and republished in Hum Mutat. 2002;19(1):58 (PMID 11748855)

    Example:
        - id: hum-mutat-2001
          PMID: 11524736

    What to do:
        Cite the corrected version by its PMID.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed.
    """
    statement = _own_statement(case)
    if statement is None:
        return
    for link, fact in _facts(case, statement.links("CorrectedandRepublishedIn", "RepublishedIn")):
        corrected = link.ref_type == "CorrectedandRepublishedIn"
        how = "corrected and republished" if corrected else "reprinted"
        yield Violation(
            f"{statement.name}: {how} in {_notice_name(link)}",
            fact,
            statement.keys,
            suggestion=f"cite the corrected version, {_short_name(link)}" if corrected and _short_name(link) else None,
            severity=None if corrected else Severity.INFO,
        )
    if has_type(statement.article, DUPLICATE):
        yield Violation(
            f"{statement.name}: marked as a duplicate publication (the same work was also published elsewhere)",
            f"duplicate publication {case.subject}",
            statement.keys,
            severity=Severity.INFO,
        )


@_rule("RET005", "superseded-publication", Severity.WARNING, news=NewsKind.CORRECTED)
def superseded_publication(case: Case) -> Iterator[Violation]:
    """A newer version of the cited publication exists.

    What it does:
        Reports a publication whose record says that it was updated (UpdateIn): an earlier version of a
        Cochrane review or guideline, or a preprint that was later published (at Crossref also by the
        relation is-preprint-of). Crossref is used if PubMed reports no update.

    Why it matters:
        The update may reach different conclusions, and readers should be referred to it.

    Message:
        PubMed: updated in Cochrane Database Syst Rev. 2004;(1):CD002020 (PMID 14973981)

    Example:
        - id: cochrane-2000
          PMID: 11034741

    What to do:
        Cite the newest version that still supports the text.

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed (Update in/Update of).
    """
    statement = _first_with(case, "UpdateIn")
    if statement is None:
        return
    updates = statement.links("UpdateIn")
    yield Violation(
        f"{statement.name}: updated in {_notice_names(updates)}",
        [fact for _, fact in _facts(case, updates)][-1],  # a further update is a new fact
        statement.keys,
        suggestion="cite the newest version if it still supports the text",
    )


@_rule("RET006", "published-erratum", Severity.WARNING, raised_to=Severity.ERROR, news=NewsKind.CORRECTED)
def published_erratum(case: Case) -> Iterator[Violation]:
    """The cited article has a published erratum.

    What it does:
        Reports each erratum linked in the record (ErratumIn), with its note. An erratum whose note
        mentions doses, safety or amounts is material: it is an error, not a warning, until someone has
        read it and recorded the outcome under `ignore:`. An erratum without a note is a warning, because
        it is not known what it corrects. A partial retraction (PartialRetractionIn) is reported in the
        same way. Crossref is used if PubMed reports no erratum. A retraction that was later reversed by
        a reinstatement is an info.

    Why it matters:
        Citing a dose that was later corrected can cause harm. Since 2016, NLM has also classified
        partial retractions as errata.

    Message:
        PubMed: erratum published in Br J Anaesth 1998 Apr;80(4):572

    Example:
        - id: psychopharm-1998
          PMID: 9861576   # "Dosage error in published abstract"

    What to do:
        Read the erratum, correct the text if necessary, and record the outcome:
        - id: psychopharm-1998
          PMID: 9861576
          ignore:
            RET006: dose in the abstract only; the text cites table 2, checked 2026-11-23

    References:
        NLM, Errata, Retractions, and Other Linked Citations in PubMed;
        NLM Technical Bulletin 2016 Sep-Oct (partial retractions).
    """
    statement = _first_with(case, *_ERRATA)
    if statement is not None:
        for link, fact in _facts(case, statement.links(*_ERRATA)):
            material = bool(_MATERIAL.search(link.note))
            note = f': "{link.note}"' if link.note else ""
            what = "erratum" if link.ref_type == "ErratumIn" else "partial retraction"
            yield Violation(
                f"{statement.name}: {'material ' if material else ''}{what} published in {_notice_name(link)}{note}",
                fact,
                statement.keys,
                suggestion=f"read the {what} and check what the text takes from this article",
                severity=Severity.ERROR if material else None,
            )
    reinstating = _first_with(case, "ReinstatementIn")
    if reinstating is not None and not is_retracted(reinstating.article):
        notices = _notice_names(reinstating.links("ReinstatementIn"))
        yield Violation(
            f"{reinstating.name}: retracted and later reinstated, see {notices}",
            _fact("ReinstatementIn", case),
            reinstating.keys,
            suggestion="read both notices",
            severity=Severity.INFO,
        )


@_rule("RET007", "sources-disagree", Severity.WARNING, news=NewsKind.CONCERN)
def sources_disagree(case: Case) -> Iterator[Violation]:
    """One source reports a retraction or a concern, the other does not.

    What it does:
        Compares what PubMed and Crossref (with Retraction Watch) report about the same article, if
        both responded and both have a record of it. Retraction Watch's own file counts as a source, too,
        where it was loaded (`evidence cache load`). Only retractions and expressions of concern are
        compared, and concerns only if neither source reports a retraction. RET001 or RET003 reports
        the retraction or concern itself; this rule adds that the other source does not have it.

    Why it matters:
        Of 49,924 DOIs that at least one of four sources marks as retracted, 21 % are not marked by all.
        Either one source is late or the other is wrong; a person has to read the notice.

    Message:
        Crossref reports a retraction (doi:10.5555/notice), PubMed does not

    Example:
        - id: example-2013
          PMID: "23359310"   # Crossref reports a retraction, PubMed does not

    What to do:
        Follow the notice itself. Report the error to the source that is wrong; both accept corrections.

    References:
        Schneider and others 2023, doi:10.55835/6441e5cae04dbe5586d06a5f;
        Crossref, Retraction Watch data in the REST API.
    """
    statements = [each for each in _statements(case) if each.source in _RETRACTION_SOURCES]
    what = "a retraction"
    ref_types: tuple[str, ...] = ("RetractionIn", "RetractedandRepublishedIn")
    telling = [statement for statement in statements if statement.retraction]
    if not telling:
        what, ref_types = "an expression of concern", ("ExpressionOfConcernIn",)
        telling = [statement for statement in statements if statement.links(*ref_types)]
    silent = [each for each in statements if each not in telling and not _says_otherwise(each, ref_types)]
    if not telling or not silent:
        return
    notices = telling[0].links(*ref_types)
    notice = f" ({_notice_names(notices)})" if notices else ""
    yield Violation(
        f"{telling[0].name} reports {what}{notice}, {silent[0].name} does not",
        f"{what}: {telling[0].name}, not {silent[0].name}",
        statements[0].keys,
        suggestion="read the notice and decide",
    )


def _reasons(telling: Iterable[SourceStatement], ref_type: str) -> str:
    """For the end of a message: the reasons that Retraction Watch gives."""
    links = (link for statement in telling if statement.source == _WATCH for link in statement.links(ref_type))
    reason = next((link.note for link in links if link.note), "")
    return f"; reason (Retraction Watch): {reason}" if reason else ""


def _says_otherwise(statement: SourceStatement, ref_types: Sequence[str]) -> bool:
    """Whether the source says by its title what it links nothing of: a withdrawal is a retraction to others."""
    if "RetractionIn" in ref_types:
        return is_withdrawn(statement.article)
    return title_mark(statement.article) is TitleMark.CONCERN


@_rule(
    WITHDRAWAL,
    "withdrawn-publication",
    Severity.ERROR,
    exceptions=Exceptions.NONE,
    superseded_by=(RETRACTION, "RET005"),
    news=NewsKind.WITHDRAWN,
    on_adding=OnAdding.DECLINED,
)
def withdrawn_publication(case: Case) -> Iterator[Violation]:
    """The cited article was withdrawn or removed.

    What it does:
        Reports an article whose title at PubMed or Crossref is marked "WITHDRAWN: ...", "REMOVED: ...",
        "TEMPORARY REMOVAL: ..." or "OBSOLETE: ...", in any case, brackets or position, and a Cochrane
        review whose withdrawal is registered with Crossref. A Cochrane review that was withdrawn because
        a newer version exists is reported as superseded (RET005) instead; retracted articles are reported
        by RET001. If a source is unavailable today, its last stored record counts.
        `role: discusses-retraction` makes it an info.

    Why it matters:
        A withdrawn article must not be used as evidence. Publishers withdraw articles that are wrong,
        plagiarised or were published by mistake, often without a notice, and PubMed has no publication
        type for it. This finding cannot be ignored or waived.

    Message:
        PubMed: the title reads "WITHDRAWN: Decompressive surgery in patients"

    Example:
        - id: demitur-2021
          PMID: "33759656"   # "WITHDRAWN: Decompressive surgery in patients with ..."

    What to do:
        Remove the reference, or cite the publication that replaced it. If the text discusses the
        withdrawal itself:
        - id: demitur-2021
          PMID: "33759656"
          role: discusses-retraction

    References:
        Elsevier, Article withdrawal; Cochrane, Editorial policies, withdrawing published articles;
        ICMJE Recommendations, on references.
    """
    statements = _statements(case)
    known = (*statements, *_recalled(case))
    if any(statement.retraction for statement in known):
        return
    if any(is_cochrane(each.article) for each in known) and any(each.links("UpdateIn") for each in known):
        return
    telling = [statement for statement in statements if is_withdrawn(statement.article)]
    recalled = [statement for statement in known if statement.when and is_withdrawn(statement.article)]
    if not telling and not recalled:
        return
    discussed = case.reference.role is Role.DISCUSSES_RETRACTION
    first = (*telling, *recalled)[0]
    notices = first.links("WithdrawalIn")
    how = f"withdrawn, see {_notice_names(notices)}" if notices else f'the title reads "{first.article.title}"'
    yield Violation(
        f"{_by_whom(statements, telling, recalled)}: {how}",
        f"withdrawn {case.subject}",
        first.keys,
        suggestion=None
        if discussed
        else "remove or replace this citation; if the text discusses the withdrawal, set role: discusses-retraction",
        severity=Severity.INFO if discussed else None,
    )


RULES = (
    retracted_publication,
    cited_notice,
    expression_of_concern,
    republished_publication,
    superseded_publication,
    published_erratum,
    sources_disagree,
    withdrawn_publication,
)


# What each source says of the cited article.


@dataclass(frozen=True)
class SourceStatement:
    """What a source says of the cited article: its record, its printed name, the fields that led to it.

    `when` is empty for what it says in this run; else it says, for people, when it said so. Without slots, so that
    what several rules ask is worked out once.
    """

    article: Article
    source: str
    name: str
    keys: tuple[str, ...]
    when: str = ""

    def links(self, *ref_types: str) -> tuple[NoticeLink, ...]:
        """The record's links of these types, in its order."""
        return links(self.article, *ref_types)

    @cached_property
    def notice_kinds(self) -> tuple[_NoticeKind, ...]:
        """The kinds of notice that the record itself is, by its links or its type."""
        return tuple(
            kind
            for kind in _NOTICE_KINDS
            if self.links(*kind.ref_types) or (kind.ui is not None and has_type(self.article, kind.ui))
        )

    @cached_property
    def retraction(self) -> str | None:
        """How the source reports the retraction, by its strongest sign; None when it reports none."""
        if not is_retracted(self.article):
            return None
        if replacements := self.links("RetractedandRepublishedIn"):
            return f"retracted and republished as {_notice_names(replacements)}"
        if notices := retractions(self.article):
            return f"retracted, see {_notice_names(notices)}"
        if has_type(self.article, RETRACTED):
            return "marked as a retracted publication, no notice linked"
        return f'the title reads "{self.article.title}", no notice linked'


@lru_cache(maxsize=1)  # as `_statements`
def _own_statement(case: Case) -> SourceStatement | None:
    """What the source of the article's record says in this run; None when no source vouches for one today."""
    answer, article = case.article_answer, case.article
    return _statement(case, answer, article) if answer is not None and article is not None else None


def _statement(case: Case, answer: Answer, article: Article, when: str = "") -> SourceStatement:
    about = work_of(answer.identifier) if answer.identifier.kind is IdKind.NOTICES else answer.identifier
    keys = tuple(use.key for use in case.reference.uses if use.identifier == about)
    name = case.source_names.get(answer.source, answer.source)
    return SourceStatement(article, answer.source, name, keys, when)


@lru_cache(maxsize=1)  # nine rules ask it of one reference before the next one's turn
def _statements(case: Case) -> tuple[SourceStatement, ...]:
    """What each source says today of the cited article, the entry's own first.

    A second source is heard only about the same work. It is not heard where the first calls the
    record a notice: some notices bear the DOI of the paper they retract.
    """
    first = _own_statement(case)
    watch = _watch_statement(case)
    if first is None:
        # What was not found, or could not be asked about, may still be known as retracted.
        return () if watch is None or not watch.article.notices else (watch,)
    if first.notice_kinds:
        return (first,)
    statements = [first]
    match case.second:
        case Answer(outcome=Found(record=Article() as article)) as answer:
            if not are_different_works(first.article, article):
                statements.append(_statement(case, answer, article))
    if watch is not None:
        statements.append(watch)
    return tuple(each if each.keys else replace(each, keys=first.keys) for each in statements)


def _watch_statement(case: Case) -> SourceStatement | None:
    """What Retraction Watch says of the work: its notices, or by an empty record that it lists none."""
    listed: SourceStatement | None = None
    for answer in case.notices:
        match answer.outcome:
            case Found(record=Article() as article):
                return _statement(case, answer, article)
            case NotFound():
                listed = _statement(case, answer, Article(work_of(answer.identifier), ""))
    return listed


def _recalled(case: Case) -> tuple[SourceStatement, ...]:
    """What sources without a record today said of the cited article when they were last heard.

    It is within the life of bibliographic facts (`Answer.remembered`). A source that reports on the article
    today is not among them, nor a record of another work; beside a notice there is nothing to recall.
    """
    today = _statements(case)
    answering = {statement.source for statement in today}
    recalled = []
    for answer in (*case.answers, *case.learned, *case.notices):
        if isinstance(answer.remembered, Article) and answer.source not in answering:
            event = "when it last had this record" if isinstance(answer.outcome, NotFound) else "at the last look-up"
            day = f", {answer.remembered_on}" if answer.remembered_on else ""
            recalled.append(_statement(case, answer, answer.remembered, f"{event}{day}"))
    own = next(iter((*today, *recalled)), None)
    if own is None or own.notice_kinds:
        return ()
    return tuple(each for each in recalled if not are_different_works(own.article, each.article))


def _first_with(case: Case, *ref_types: str) -> SourceStatement | None:
    """The first source that links anything of these types; further ones would only say it again."""
    return next((statement for statement in _statements(case) if statement.links(*ref_types)), None)


def _names(statements: Sequence[SourceStatement], telling: Sequence[SourceStatement]) -> str:
    """Who says it: `PubMed and Crossref`, or `Crossref (Retraction Watch) only` where the other could, too.

    Retraction Watch is named where Crossref has it from there alone, the publisher having deposited nothing.
    """
    if len(telling) > 1:
        names = [statement.name for statement in telling]
        return f"{', '.join(names[:-1])} and {names[-1]}"
    [statement] = telling
    grave = statement.links("RetractionIn") or statement.links("ExpressionOfConcernIn")
    by_watch = bool(grave) and all(link.told_by == ("retraction-watch",) for link in grave)
    name = f"{statement.name} (Retraction Watch)" if statement.source == _CROSSREF and by_watch else statement.name
    others = [each for each in statements if each is not statement and each.source in _RETRACTION_SOURCES]
    return f"{name} only" if others else name


def _by_whom(
    statements: Sequence[SourceStatement], telling: Sequence[SourceStatement], recalled: Sequence[SourceStatement]
) -> str:
    """Who says it today; where nobody does, who said it when last asked."""
    if telling:
        return _names(statements, telling)
    return " and ".join(f"{each.name}, {each.when}" for each in recalled)


def _facts(case: Case, links: tuple[NoticeLink, ...]) -> Iterator[tuple[NoticeLink, str]]:
    """Each link with its fact: the first, second, ... of its kind about the cited article.

    Sources name the same notice by different numbers (PubMed by a PMID, Crossref by a DOI), so these
    make no fact that outlives a bad day of one of them. PMIDs grow with time, so a further notice comes last.
    """
    numbers: Counter[str] = Counter()
    for link in sorted(links, key=lambda link: int(link.pmid) if link.pmid and link.pmid.isdecimal() else sys.maxsize):
        numbers[link.ref_type] += 1
        further = f" {numbers[link.ref_type]}" if numbers[link.ref_type] > 1 else ""
        yield link, f"{_fact(link.ref_type, case)}{further}"


def _fact(ref_type: str, case: Case) -> str:
    """The first notice of its kind about the cited article."""
    return f"{ref_type} {case.subject}"


# How linked notices are named.


def _notice_name(link: NoticeLink) -> str:
    """The linked publication as the source names it, with its number where there is one."""
    number = _number(link)
    if not link.ref_source:
        return number or "an unnamed publication"
    return f"{link.ref_source} ({number})" if number else link.ref_source


def _notice_names(links: Iterable[NoticeLink]) -> str:
    return "; ".join(map(_notice_name, links))


def _short_name(link: NoticeLink) -> str:
    """The linked publication's number, else its name."""
    return _number(link) or link.ref_source


def _number(link: NoticeLink) -> str:
    if link.pmid:
        return f"PMID {link.pmid}"
    return f"doi:{link.doi}" if link.doi else ""


# Whether two sources' records are of one work.


def are_different_works(first: Article, second: Article) -> bool:
    """Whether the records surely are of two works; False where that cannot be known.

    Titles alone do not decide: PubMed translates them, publishers add subtitles and "RETRACTED:". So two
    records are of different works only when their titles are different ones *and* what else carries the
    identity (authors, volume, first page, year) contradicts it too. What is missing says nothing.
    """
    if {first.identifier, *first.also_known_as} & {second.identifier, *second.also_known_as}:
        return False
    titles, forms = titles_of(first), titles_of(second).forms
    if not titles.forms or not forms or max(judge_title(form, titles).closeness for form in forms) >= SAME_WORK:
        return False
    gaps = [abs(here - there) for here in first.years for there in second.years]
    years_apart = bool(gaps) and min(gaps) >= 2  # the electronic and the printed year may be one apart
    return 2 * has_other_authors(first, second) + differing_places(first, second) + years_apart >= _DIFFERENCES


def has_other_authors(first: Article, second: Article) -> bool:
    """Whether less than half of the shorter list of authors is in the other; False where either has none."""
    names, others = _family_names(first), _family_names(second)
    return bool(names and others) and 2 * len(names & others) < min(len(names), len(others))


def differing_places(first: Article, second: Article) -> int:
    """How many of volume and first page differ, of those that both records have."""
    return sum(fold(one) != fold(other) for one, other in _places(first, second))


def are_of_one_place(first: Article, second: Article) -> bool:
    """Whether both records have a volume and a first page, and these are the same."""
    return len(_places(first, second)) == 2 and differing_places(first, second) == 0


def _places(first: Article, second: Article) -> list[tuple[str, str]]:
    pairs = ((first.volume, second.volume), (_first_page(first), _first_page(second)))
    return [(one, other) for one, other in pairs if one and other]


def _family_names(article: Article) -> frozenset[str]:
    folded = (loose(fold("".join(author.family.split()))) for author in article.authors if author.family)
    return frozenset("".join(letter for letter in name if letter.isalnum()) for name in folded)


def _first_page(article: Article) -> str:
    found = _FIRST_PAGE.match(article.pages)
    return found[1] if found else ""
