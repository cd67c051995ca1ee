"""Two sources about one article: who says that it is retracted or doubted, and where they disagree."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.app.registry import SOURCE_NAMES
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.policy import Policy, Severity
from evidence.model.records import Article, Author, Journal, NoticeLink, PublicationType
from evidence.model.references import Library
from evidence.rules.case import Case
from evidence.rules.identifiers import conflicting_identifiers
from evidence.rules.retractions import (
    RULES,
    are_different_works,
    expression_of_concern,
    published_erratum,
    retracted_publication,
    sources_disagree,
    superseded_publication,
)
from factories import PMID, TODAY, answer, case, found_codes, only_finding, reference

DOI = Identifier(IdKind.DOI, "10.5555/paper")
OTHER = Identifier(IdKind.DOI, "10.5555/other")
NOTICE = "10.5555/notice"


def pubmed(*links: NoticeLink, **fields: Any) -> Article:
    return Article(PMID, "A trial of a drug.", also_known_as=(DOI,), notices=links, **fields)


def crossref(*links: NoticeLink, title: str = "A trial of a drug", identifier: Identifier = DOI) -> Article:
    return Article(identifier, title, notices=links)


def link(ref_type: str, *told_by: str, pmid: str | None = None) -> NoticeLink:
    return NoticeLink(ref_type, "", pmid, doi=NOTICE, told_by=told_by)


def both(first: Article, second: Outcome, *, written: bool = False) -> Case:
    """An entry that cites by PMID (and by DOI, when it is written), and what both sources answer."""
    entry = reference(PMID, DOI) if written else reference(PMID)
    own, other = answer(PMID, Found(first)), answer(DOI, second)
    library = Library("references.yaml", "0" * 64, (entry,))
    answers, learned = ((own, other), ()) if written else ((own,), (other,))
    return Case(entry, library, Policy(), TODAY, answers, learned=learned, source_names=SOURCE_NAMES)


RETRACTED = link("RetractionIn", "publisher")
WATCHED = link("RetractionIn", "retraction-watch")


@pytest.mark.parametrize("written", [False, True])
def test_a_retraction_that_both_report_names_both_and_no_disagreement(written: bool) -> None:
    judged = both(pubmed(link("RetractionIn", pmid="34000002")), Found(crossref(WATCHED)), written=written)
    finding = only_finding(retracted_publication, judged)
    assert finding.message == "PubMed and Crossref: retracted, see PMID 34000002"
    assert found_codes(RULES, judged) == ["RET001"]


def test_a_retraction_that_only_retraction_watch_knows_is_an_error_and_a_disagreement() -> None:
    judged = both(pubmed(), Found(crossref(WATCHED)))
    finding = only_finding(retracted_publication, judged)
    assert finding.message == f"Crossref (Retraction Watch) only: retracted, see doi:{NOTICE}"
    assert finding.severity is Severity.ERROR
    assert finding.place.line == 4
    disagreement = only_finding(sources_disagree, judged)
    assert disagreement.message == f"Crossref reports a retraction (doi:{NOTICE}), PubMed does not"
    assert disagreement.severity is Severity.WARNING


def test_a_retraction_that_the_publisher_deposited_names_crossref() -> None:
    both_reported = link("RetractionIn", "publisher", "retraction-watch")
    finding = only_finding(retracted_publication, both(pubmed(), Found(crossref(both_reported))))
    assert finding.message.startswith("Crossref only: retracted")


def test_a_retraction_that_only_pubmed_knows_is_a_disagreement_too() -> None:
    judged = both(pubmed(RETRACTED), Found(crossref()))
    assert only_finding(retracted_publication, judged).message.startswith("PubMed only: retracted, see")
    assert (
        only_finding(sources_disagree, judged).message
        == f"PubMed reports a retraction (doi:{NOTICE}), Crossref does not"
    )


def test_the_fingerprint_of_a_retraction_does_not_hang_on_who_reports_it() -> None:
    told_by = [both(pubmed(RETRACTED), Found(crossref())), both(pubmed(), Found(crossref(WATCHED)))]
    assert len({only_finding(retracted_publication, judged).fingerprint for judged in told_by}) == 1


@pytest.mark.parametrize(
    "silence", [NotFound("not held by Crossref"), Unavailable("timed out", Cause.TIMEOUT), Found(Article(DOI, ""))]
)
def test_a_source_that_did_not_answer_or_does_not_hold_the_work_disagrees_with_nobody(silence: Outcome) -> None:
    second = case(reference(PMID), answer(PMID, Found(pubmed(RETRACTED))))
    judged = Case(
        second.reference,
        second.library,
        second.policy,
        second.today,
        second.answers,
        learned=(_from_agency(silence),),
        source_names=SOURCE_NAMES,
    )
    assert found_codes(RULES, judged) == ["RET001"]
    assert only_finding(retracted_publication, judged).message.startswith("PubMed: retracted")


def _from_agency(outcome: Outcome) -> Any:
    told_by = answer(DOI, outcome)
    return type(told_by)(DOI, outcome, "doi", told_by.address, told_by.at)


def test_a_concern_is_reported_and_disputed_like_a_retraction() -> None:
    concern = link("ExpressionOfConcernIn", "retraction-watch")
    judged = both(pubmed(), Found(crossref(concern)))
    assert found_codes(RULES, judged) == ["RET003", "RET007"]
    expected = f"Crossref (Retraction Watch) only: expression of concern, see doi:{NOTICE}"
    assert only_finding(expression_of_concern, judged).message == expected
    assert "an expression of concern" in only_finding(sources_disagree, judged).message
    agreed = both(pubmed(link("ExpressionOfConcernIn", pmid="1")), Found(crossref(concern)))
    assert found_codes(RULES, agreed) == ["RET003"]
    assert only_finding(expression_of_concern, agreed).message.startswith("PubMed and Crossref: ")


def test_a_concern_that_a_retraction_has_overtaken_is_no_disagreement() -> None:
    judged = both(pubmed(RETRACTED), Found(crossref(WATCHED, link("ExpressionOfConcernIn"))))
    assert "RET007" not in found_codes(RULES, judged)


def test_errata_and_updates_are_read_from_crossref_where_pubmed_reports_none() -> None:
    links = (link("ErratumIn", "publisher"), link("UpdateIn"))
    judged = both(pubmed(), Found(crossref(*links)))
    assert found_codes(RULES, judged) == ["RET005", "RET006"]
    assert only_finding(published_erratum, judged).message.startswith("Crossref: erratum published in doi:")
    assert only_finding(superseded_publication, judged).message == f"Crossref: updated in doi:{NOTICE}"
    known = both(pubmed(link("ErratumIn", pmid="7"), link("UpdateIn", pmid="8")), Found(crossref(*links)))
    assert [finding.message for finding in published_erratum.findings(known)] == ["PubMed: erratum published in PMID 7"]
    assert only_finding(superseded_publication, known).message == "PubMed: updated in PMID 8"


def test_a_notice_that_bears_the_papers_doi_is_not_called_retracted() -> None:
    notice = pubmed(publication_types=(PublicationType("D016440", "Retraction Notice"),))
    assert found_codes(RULES, both(notice, Found(crossref(WATCHED)))) == ["RET002"]


def test_what_crossref_says_of_another_work_is_not_said_of_the_cited_one() -> None:
    entry = reference(PMID, OTHER)
    stranger = Article(OTHER, "Something else altogether", notices=(WATCHED,), authors=(Author("Oak"),), volume="9")
    own = Article(PMID, "A trial of a drug.", also_known_as=(DOI,), authors=(Author("Alder"),), volume="1")
    judged = case(entry, answer(PMID, Found(own)), answer(OTHER, Found(stranger)))
    assert found_codes(RULES, judged) == []
    assert found_codes((conflicting_identifiers,), judged) == ["IDN004"]


def test_the_doi_that_the_record_names_is_read_before_the_one_that_the_entry_gives() -> None:
    entry = reference(PMID, OTHER)
    library = Library("references.yaml", "0" * 64, (entry,))
    answers = (answer(PMID, Found(pubmed())), answer(OTHER, Found(crossref(identifier=OTHER))))
    learned = (answer(DOI, Found(crossref(WATCHED))),)
    judged = Case(entry, library, Policy(), TODAY, answers, learned=learned, source_names=SOURCE_NAMES)
    assert found_codes(RULES, judged) == ["RET001", "RET007"]


def test_a_second_doi_of_the_same_work_is_no_conflict() -> None:
    entry = reference(PMID, OTHER)
    same = crossref(identifier=OTHER, title="A Trial of a Drug: Results after One Year")
    judged = case(entry, answer(PMID, Found(pubmed())), answer(OTHER, Found(same)))
    assert found_codes((conflicting_identifiers,), judged) == []


def test_an_article_known_by_doi_alone_is_judged_by_crossref() -> None:
    judged = case(reference(DOI), answer(DOI, Found(crossref(WATCHED))))
    assert found_codes(RULES, judged) == ["RET001"]
    expected = f"Crossref (Retraction Watch): retracted, see doi:{NOTICE}"
    assert only_finding(retracted_publication, judged).message == expected


COMPLETE = Article(
    PMID,
    "Effects of a drug on sleep.",
    authors=(Author("M\u00fcller"), Author("Li"), Author("Oak")),
    journal=Journal("Journal of Examples"),
    years=(2013,),
    volume="12",
    pages="101-9",
)


def other(title: str = "Effects of a drug on sleep", **fields: Any) -> Article:
    kept = {"authors": (Author("Mueller"), Author("Li")), "years": (2013,), "volume": "12", "pages": "101-109"}
    return Article(OTHER, title, **{**kept, **fields})


@pytest.mark.parametrize(
    "same",
    [
        other(),
        other("RETRACTED: Effects of a drug on sleep"),
        other("Effects of a drug on sleep: a randomised trial of many people in one town"),
        other("Wirkungen einer Arznei auf den Schlaf"),
        other("Wirkungen einer Arznei auf den Schlaf", years=(2012,)),
        other("", authors=(), volume="99", pages="1", years=(1950,)),
        other("Something else altogether", authors=(), years=(), volume="", pages=""),
        other(authors=(Author("Elm"),), volume="99", pages="7"),
    ],
)
def test_records_that_may_be_of_one_work_are_not_called_two(same: Article) -> None:
    assert not are_different_works(COMPLETE, same)
    assert not are_different_works(same, COMPLETE)


@pytest.mark.parametrize(
    "stranger",
    [
        other("Something else altogether", authors=(Author("Elm"), Author("Li"), Author("Ash"), Author("Yew"))),
        other("Something else altogether", volume="13", pages="7"),
        other("Something else altogether", authors=(), years=(2001,), pages="7"),
    ],
)
def test_another_title_with_other_facts_against_it_is_another_work(stranger: Article) -> None:
    assert are_different_works(COMPLETE, stranger)
    assert are_different_works(stranger, COMPLETE)


def test_a_record_that_names_the_others_identifier_is_of_the_same_work() -> None:
    named = other("Something else altogether", also_known_as=(PMID,), volume="13", pages="7")
    assert not are_different_works(COMPLETE, named)
