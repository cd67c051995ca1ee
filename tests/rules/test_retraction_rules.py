from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Cause, Found, NotFound, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Article, NoticeLink, PublicationType
from evidence.model.references import Role
from evidence.rules.retractions import (
    RULES,
    cited_notice,
    expression_of_concern,
    published_erratum,
    republished_publication,
    retracted_publication,
    superseded_publication,
    withdrawn_publication,
)
from factories import PMID, SETID, answer, article, case, case_about, found_codes, label, only_finding, reference

RETRACTED = PublicationType("D016441", "Retracted Publication")
RETRACTION_NOTICE = PublicationType("D016440", "Retraction Notice")
ERRATUM_NOTICE = PublicationType("D016425", "Published Erratum")
CONCERN_NOTICE = PublicationType("D000075742", "Expression of Concern")
CORRECTED = PublicationType("D016439", "Corrected and Republished Article")


def link(ref_type: str, pmid: str | None = "34000002", note: str = "", doi: str | None = None) -> NoticeLink:
    return NoticeLink(ref_type, "J Examples. 2021 Jun;1(1):1", pmid, note, doi)


def test_an_article_with_a_retraction_linked_is_an_error_that_names_source_and_notice() -> None:
    finding = only_finding(retracted_publication, case_about(article(link("RetractionIn"))))
    assert (finding.code, finding.severity) == ("RET001", Severity.ERROR)
    assert finding.message == "PubMed: retracted, see J Examples. 2021 Jun;1(1):1 (PMID 34000002)"
    assert finding.place == Place("references.yaml", 4, 11)
    assert finding.suggestion is not None


def test_the_publication_type_alone_reports_a_retraction() -> None:
    finding = only_finding(retracted_publication, case_about(article(types=(RETRACTED,))))
    assert finding.message == "PubMed: marked as a retracted publication, no notice linked"


def test_a_type_without_its_id_is_known_by_its_label() -> None:
    assert found_codes(RULES, case_about(article(types=(PublicationType("", "Retracted publication"),)))) == ["RET001"]
    assert found_codes(RULES, case_about(article(types=(PublicationType("", "Retraction of Publication"),)))) == [
        "RET002"
    ]
    assert found_codes(RULES, case_about(article(types=(PublicationType("D999999", "Retracted Publication"),)))) == []


@pytest.mark.parametrize("title", ["Retracted: Effects of a drug.", "RETRACTED ARTICLE: A trial", "[Retracted]: It."])
def test_a_title_that_says_retracted_reports_a_retraction(title: str) -> None:
    assert found_codes(RULES, case_about(article(title=title))) == ["RET001"]


@pytest.mark.parametrize("title", ["Retracted articles in surgery", "Why papers are retracted: a survey"])
def test_a_title_about_retractions_reports_none(title: str) -> None:
    assert found_codes(RULES, case_about(article(title=title))) == []


def test_a_retracted_and_republished_article_names_its_replacement() -> None:
    finding = only_finding(retracted_publication, case_about(article(link("RetractedandRepublishedIn"))))
    assert finding.message.startswith("PubMed: retracted and republished as J Examples.")
    assert finding.suggestion == "cite the replacement, PMID 34000002, if it still supports the text"


def test_discussing_a_retraction_lowers_it_to_an_info() -> None:
    discussed = case_about(article(link("RetractionIn")), role=Role.DISCUSSES_RETRACTION)
    finding = only_finding(retracted_publication, discussed)
    assert (finding.severity, finding.suggestion) == (Severity.INFO, None)
    assert found_codes(RULES, discussed) == ["RET001"]


def test_a_retraction_keeps_its_fingerprint_when_the_notice_is_linked_later() -> None:
    first = only_finding(retracted_publication, case_about(article(types=(RETRACTED,))))
    later = only_finding(retracted_publication, case_about(article(link("RetractionIn"), types=(RETRACTED,))))
    assert first.fingerprint == later.fingerprint


SILENT = Unavailable("no answer", Cause.TIMEOUT)
DOI = Identifier(IdKind.DOI, "10.5555/retracted")


def test_of_what_is_only_remembered_nothing_but_a_retraction_is_judged() -> None:
    doubted = article(link("ExpressionOfConcernIn"), link("ErratumIn"), link("UpdateIn"), link("RepublishedIn"))
    assert found_codes(RULES, case(reference(PMID), answer(PMID, SILENT, remembered=doubted))) == []
    retracted = article(link("RetractionIn"), link("ErratumIn"), types=(RETRACTED,))
    assert found_codes(RULES, case(reference(PMID), answer(PMID, SILENT, remembered=retracted))) == ["RET001"]


def test_a_remembered_retraction_says_when_it_was_reported_and_keeps_its_fingerprint() -> None:
    retracted = article(link("RetractionIn"))
    silent = replace(answer(PMID, SILENT, remembered=retracted), remembered_on=date(2026, 11, 1))
    finding = only_finding(retracted_publication, case(reference(PMID), silent))
    assert finding.message.startswith("PubMed, at the last look-up, 2026-11-01: retracted, see J Examples.")
    assert finding.severity is Severity.ERROR
    assert finding.fingerprint == only_finding(retracted_publication, case_about(retracted)).fingerprint
    gone = replace(silent, outcome=NotFound("no such PMID"))
    message_when_missing = only_finding(retracted_publication, case(reference(PMID), gone)).message
    assert message_when_missing.startswith("PubMed, when it last had this record, 2026-11-01: retracted")


def test_a_remembered_retraction_counts_beside_another_source_that_answers_and_reports_none() -> None:
    crossref = answer(DOI, SILENT, remembered=article(link("RetractionIn"), identifier=DOI))
    judged = case(reference(PMID, DOI), answer(PMID, Found(article())), crossref)
    assert only_finding(retracted_publication, judged).message.startswith("Crossref, at the last look-up: retracted")


def test_what_a_source_says_today_is_stronger_than_what_it_said() -> None:
    before = answer(DOI, SILENT, remembered=article(link("RetractionIn"), identifier=DOI))
    before = replace(before, source="pubmed")
    assert found_codes(RULES, case(reference(PMID, DOI), answer(PMID, Found(article())), before)) == []


def test_a_remembered_retraction_of_another_work_or_beside_a_notice_is_not_the_articles() -> None:
    title = "Vaccination against influenza in poultry flocks of the north"
    other = replace(article(link("RetractionIn"), identifier=DOI, title=title), volume="3", pages="1-9")
    mine = replace(article(title="Low-dose naltrexone for the treatment of fibromyalgia"), volume="65", pages="529-38")
    crossref = answer(DOI, SILENT, remembered=other)
    assert found_codes(RULES, case(reference(PMID, DOI), answer(PMID, Found(mine)), crossref)) == []
    notice = answer(PMID, SILENT, remembered=article(link("RetractionOf"), types=(RETRACTION_NOTICE,)))
    bearing_its_doi = answer(DOI, SILENT, remembered=article(link("RetractionIn"), identifier=DOI))
    assert found_codes(RULES, case(reference(PMID, DOI), notice, bearing_its_doi)) == []


@pytest.mark.parametrize(
    "links",
    [
        (link("RetractionIn"),),
        (link("RetractionOf"),),
        (link("ExpressionOfConcernIn", pmid="2"), link("ExpressionOfConcernIn", pmid="1")),
        (link("RepublishedIn"),),
        (link("UpdateIn"),),
        (link("ErratumIn", pmid="2"), link("ErratumIn", pmid="1")),
    ],
)
def test_fingerprints_do_not_say_which_source_answered(links: tuple[NoticeLink, ...]) -> None:
    by_doi = tuple(replace(one, pmid=None, doi=f"10.5555/{n}") for n, one in enumerate(links))
    crossref = answer(DOI, Found(article(*by_doi, identifier=DOI)))
    fair = case(reference(PMID, DOI), answer(PMID, Found(article(*links))), crossref)
    foul = case(reference(PMID, DOI), answer(PMID, SILENT), crossref)
    prints = [{f.fingerprint for rule in RULES for f in rule.findings(judged)} for judged in (fair, foul)]
    assert prints[0] == prints[1]
    assert len(prints[0]) == len(links)


def test_a_further_erratum_is_a_finding_of_its_own_and_the_known_one_stays() -> None:
    known = only_finding(published_erratum, case_about(article(link("ErratumIn", pmid="35000000"))))
    both = case_about(article(link("ErratumIn", pmid="36000000", note="new"), link("ErratumIn", pmid="35000000")))
    messages_now = {finding.fingerprint: finding.message for finding in published_erratum.findings(both)}
    assert messages_now.pop(known.fingerprint) == known.message
    [message] = messages_now.values()
    assert '"new"' in message


def test_a_retraction_reported_by_crossref_names_crossref_and_the_doi_field() -> None:
    doi = Identifier(IdKind.DOI, "10.5555/retracted")
    silent = answer(PMID, Unavailable("no answer", Cause.TIMEOUT))
    reported_by_crossref = article(link("RetractionIn", pmid=None, doi="10.5555/notice"), identifier=doi)
    judged = case(reference(PMID, doi), silent, answer(doi, Found(reported_by_crossref)))
    finding = only_finding(retracted_publication, judged)
    assert finding.message == "Crossref: retracted, see J Examples. 2021 Jun;1(1):1 (doi:10.5555/notice)"
    assert finding.place.line == 5


def test_a_label_beside_the_article_is_not_taken_for_it() -> None:
    retracted = article(link("RetractionIn"))
    judged = case(reference(SETID, PMID), answer(SETID, Found(label())), answer(PMID, Found(retracted)))
    finding = only_finding(retracted_publication, judged)
    assert (finding.message.split(":")[0], finding.place.line) == ("PubMed", 5)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (article(link("RetractionOf")), "a retraction notice"),
        (article(types=(RETRACTION_NOTICE,)), "a retraction notice"),
        (article(link("RetractionOf"), types=(RETRACTION_NOTICE, RETRACTED)), "a retraction notice"),
        (article(types=(RETRACTION_NOTICE, RETRACTED)), "a retraction notice"),
        (article(link("ErratumFor")), "a published erratum"),
        (article(types=(ERRATUM_NOTICE,)), "a published erratum"),
        (article(link("ExpressionOfConcernFor"), types=(CONCERN_NOTICE,)), "an expression of concern"),
        (
            article(link("RetractionOf"), types=(ERRATUM_NOTICE, RETRACTION_NOTICE)),
            "a retraction notice and a published erratum",
        ),
        (article(link("RetractionOf"), title="Retracted: A trial."), "a retraction notice"),
    ],
)
def test_a_notice_is_distinguished_from_the_article_it_is_about(record: Article, name: str) -> None:
    judged = case_about(record)
    assert found_codes(RULES, judged) == ["RET002"]
    finding = only_finding(cited_notice, judged)
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith(f"PubMed: {name}, not the article it is about")


def test_a_cited_erratum_is_answered_with_the_article_s_number() -> None:
    finding = only_finding(cited_notice, case_about(article(link("ErratumFor", "30779636"))))
    assert finding.message.endswith(": J Examples. 2021 Jun;1(1):1 (PMID 30779636)")
    assert finding.suggestion == "cite the article itself, PMID 30779636, as corrected by the erratum"


def test_a_cited_retraction_notice_is_not_answered_with_citing_the_retracted_article() -> None:
    finding = only_finding(cited_notice, case_about(article(link("RetractionOf", "30779636"))))
    assert finding.suggestion is not None
    assert finding.suggestion.startswith(
        "remove the reference; do not cite the retracted article, PMID 30779636, instead"
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Retraction Note to: A trial.", "a retraction notice"),
        ("Statement of Retraction", "a retraction notice"),
        ("Removal notice to A trial", "a notice of withdrawal"),
        ("Withdrawal: A trial", "a notice of withdrawal"),
        ("Notice of concern: A trial", "an expression of concern"),
        ("Notice of duplicate publication: A trial", "a notice about another publication"),
    ],
)
def test_a_notice_that_only_its_title_shows_is_one(title: str, name: str) -> None:
    judged = case_about(article(title=title))
    assert found_codes(RULES, judged) == ["RET002"]
    assert only_finding(cited_notice, judged).message == f"PubMed: {name}, not the article it is about"


def test_a_retracted_article_is_no_notice_whatever_its_title() -> None:
    titled = article(link("RetractionIn"), title="Notice of Retraction: A trial")
    assert found_codes(RULES, case_about(titled)) == ["RET001"]


def test_a_notice_that_is_cited_on_purpose_is_an_info() -> None:
    notice = article(link("RetractionOf"), types=(RETRACTION_NOTICE,), title="Retraction: A trial of rinses.")
    by_role = only_finding(cited_notice, case_about(notice, role=Role.DISCUSSES_RETRACTION))
    by_title = only_finding(cited_notice, case_about(notice, title="Retraction: a trial of rinses"))
    assert (by_role.severity, by_title.severity) == (Severity.INFO, Severity.INFO)
    for title in ("A trial of rinses", None):
        assert only_finding(cited_notice, case_about(notice, title=title)).severity is Severity.WARNING
    assert len({by_role.fingerprint, by_title.fingerprint}) == 1


def test_an_article_that_is_titled_with_a_concern_is_a_warning_and_keeps_its_fingerprint() -> None:
    titled = only_finding(expression_of_concern, case_about(article(title="Expression of Concern: A trial")))
    linked = only_finding(expression_of_concern, case_about(article(link("ExpressionOfConcernIn"))))
    assert (titled.severity, titled.fingerprint) == (Severity.WARNING, linked.fingerprint)
    assert titled.message.endswith('the title reads "Expression of Concern: A trial", no notice linked')
    notice = article(link("ExpressionOfConcernFor"), title="Expression of Concern: A trial", types=(CONCERN_NOTICE,))
    assert found_codes(RULES, case_about(notice)) == ["RET002"]


def test_an_expression_of_concern_against_the_article_is_a_warning() -> None:
    finding = only_finding(expression_of_concern, case_about(article(link("ExpressionOfConcernIn"))))
    assert (finding.code, finding.severity) == ("RET003", Severity.WARNING)
    assert "(PMID 34000002)" in finding.message


def test_a_corrected_and_republished_article_is_a_warning_and_a_reprint_an_info() -> None:
    corrected = only_finding(republished_publication, case_about(article(link("CorrectedandRepublishedIn"))))
    assert (corrected.code, corrected.severity) == ("RET004", Severity.WARNING)
    assert corrected.suggestion == "cite the corrected version, PMID 34000002"
    reprinted = only_finding(republished_publication, case_about(article(link("RepublishedIn", pmid=None))))
    assert (reprinted.severity, reprinted.suggestion) == (Severity.INFO, None)
    assert reprinted.message == "PubMed: reprinted in J Examples. 2021 Jun;1(1):1"


def test_an_article_that_was_published_twice_is_an_info() -> None:
    finding = only_finding(republished_publication, case_about(article(types=(PublicationType("D016438", ""),))))
    assert (finding.severity, finding.suggestion) == (Severity.INFO, None)


@pytest.mark.parametrize(
    "title", ["WITHDRAWN: A trial", "[Removed] A trial", "A trial (OBSOLETE)", "withdrawn: A trial"]
)
def test_a_withdrawn_article_is_an_error_that_only_its_discussion_lowers(title: str) -> None:
    finding = only_finding(withdrawn_publication, case_about(article(title=title)))
    assert (finding.code, finding.severity) == ("RET008", Severity.ERROR)
    assert finding.message == f'PubMed: the title reads "{title}"'
    discussed = only_finding(withdrawn_publication, case_about(article(title=title), role=Role.DISCUSSES_RETRACTION))
    assert (discussed.severity, discussed.suggestion) == (Severity.INFO, None)
    assert found_codes(RULES, case_about(article(title=title))) == ["RET008"]


def test_what_is_retracted_is_not_reported_as_withdrawn_too() -> None:
    assert found_codes(RULES, case_about(article(link("RetractionIn"), title="WITHDRAWN: A trial"))) == ["RET001"]


COCHRANE = Identifier(IdKind.DOI, "10.1002/14651858.cd000001.pub2")


def test_a_cochrane_review_that_was_withdrawn_for_a_newer_version_is_superseded_alone() -> None:
    titled = replace(article(title="WITHDRAWN: A review"), also_known_as=(COCHRANE,))
    assert found_codes(RULES, case_about(titled)) == ["RET008"]
    newer = replace(titled, notices=(link("UpdateIn"),))
    assert found_codes(RULES, case_about(newer)) == ["RET005"]
    crossref = answer(COCHRANE, Found(article(link("UpdateIn", pmid=None, doi="10.5555/new"), identifier=COCHRANE)))
    assert found_codes(RULES, case(reference(PMID, COCHRANE), answer(PMID, Found(titled)), crossref)) == ["RET005"]
    elsewhere = article(link("UpdateIn"), title="WITHDRAWN: A review")
    assert found_codes(RULES, case_about(elsewhere)) == ["RET005", "RET008"]


def test_a_remembered_withdrawal_counts_where_its_source_cannot_be_asked() -> None:
    silent = replace(
        answer(PMID, SILENT, remembered=article(title="WITHDRAWN: A trial")), remembered_on=date(2026, 11, 1)
    )
    finding = only_finding(withdrawn_publication, case(reference(PMID), silent))
    assert finding.message == 'PubMed, at the last look-up, 2026-11-01: the title reads "WITHDRAWN: A trial"'


def test_a_withdrawal_at_one_source_and_a_retraction_at_the_other_do_not_disagree() -> None:
    crossref = answer(DOI, Found(article(link("RetractionIn"), identifier=DOI)))
    titled = article(title="WITHDRAWN: A trial")
    assert found_codes(RULES, case(reference(PMID, DOI), answer(PMID, Found(titled)), crossref)) == ["RET001"]


def test_a_reinstated_article_is_an_info_and_not_retracted() -> None:
    reinstated = case_about(article(link("RetractionIn"), link("ReinstatementIn")))
    finding = only_finding(published_erratum, reinstated)
    assert (finding.code, finding.severity) == ("RET006", Severity.INFO)
    assert found_codes(RULES, reinstated) == ["RET006"]


def test_a_partial_retraction_is_reported_as_an_erratum_is() -> None:
    finding = only_finding(published_erratum, case_about(article(link("PartialRetractionIn"))))
    assert (finding.code, finding.severity) == ("RET006", Severity.WARNING)
    assert finding.message == "PubMed: partial retraction published in J Examples. 2021 Jun;1(1):1 (PMID 34000002)"


def test_an_updated_publication_is_one_warning_that_names_every_update() -> None:
    updates = (link("UpdateIn", "33214213"), link("UpdateIn", "34556469"))
    finding = only_finding(superseded_publication, case_about(article(*updates)))
    assert (finding.code, finding.severity) == ("RET005", Severity.WARNING)
    assert "33214213" in finding.message
    assert "34556469" in finding.message


def test_each_erratum_is_a_finding_of_its_own() -> None:
    judged = case_about(article(link("ErratumIn", "1001"), link("ErratumIn", "1002")))
    findings = list(published_erratum.findings(judged))
    assert [finding.code for finding in findings] == ["RET006", "RET006"]
    assert len({finding.fingerprint for finding in findings}) == 2
    assert {finding.severity for finding in findings} == {Severity.WARNING}


@pytest.mark.parametrize(
    "note",
    [
        "Dosage error in published abstract; MEDLINE/PubMed abstract corrected",
        "Error in table of doses",
        "10 mg corrected to 1.0 mg",
        "5 \N{GREEK SMALL LETTER MU}g for 50 \N{MICRO SIGN}g",
        "Correction of the safety analysis",
        "overdosing in group B",
    ],
)
def test_an_erratum_about_doses_or_safety_is_material_and_quoted(note: str) -> None:
    finding = only_finding(published_erratum, case_about(article(link("ErratumIn", note=note))))
    assert finding.severity is Severity.ERROR
    assert (
        finding.message
        == f'PubMed: material erratum published in J Examples. 2021 Jun;1(1):1 (PMID 34000002): "{note}"'
    )


@pytest.mark.parametrize("note", ["Szustakowki, J [corrected to Szustakowski, J]", "dossier missing", ""])
def test_any_other_erratum_stays_a_warning(note: str) -> None:
    finding = only_finding(published_erratum, case_about(article(link("ErratumIn", note=note))))
    assert finding.severity is Severity.WARNING
    assert "material" not in finding.message


@pytest.mark.parametrize(
    "record",
    [
        article(),
        article(link("CorrectedandRepublishedFrom"), types=(CORRECTED,)),
        article(link("RepublishedFrom"), types=(CORRECTED,)),
        article(link("RetractedandRepublishedFrom"), types=(CORRECTED,)),
        article(types=(PublicationType("", "Corrected and Republished Article"),)),
        article(link("UpdateOf"), link("CommentIn"), link("CommentOn"), link("Cites"), link("OriginalReportIn")),
    ],
)
def test_a_corrected_version_and_other_links_are_no_finding(record: Article) -> None:
    assert found_codes(RULES, case_about(record)) == []


def test_a_link_without_a_name_or_number_is_still_reported() -> None:
    nameless = case_about(article(NoticeLink("RetractionIn", "")))
    assert only_finding(retracted_publication, nameless).message.endswith("see an unnamed publication")


HARD = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "pubmed-hard"

# What is in NLM's own records: PMID and the rules that must find it, no more and no less.
EXPECTED = {
    "retracted": {
        "RET001": "8655018 8863847 11543891 993 31541003 23999824 25023401 400712 423962 27602157 31031480 32743968 "
        "33104149",
        "RET006": "8863847",
    },
    "retraction-notice": {
        "RET002": "9634358 11600210 400955 400964 34082697 34086808 34086810 34086832 34092123 34092875 34093767 "
        "34095918 34097317",
        "RET006": "9634358",
    },
    "expression-of-concern": {"RET003": "32090497", "RET002": "34096680"},
    "erratum": {"RET006": "8863847 9482442 9505772 9634358 9861576 11237011", "RET001": "8863847", "RET002": "9634358"},
    "erratum-for": {"RET002": "29880878 38833988 38962805 8 31449457 31449458"},
    "republished": {"RET004": "10168751 11524736"},
    "update": {"RET005": "11034741 11279676 11406024 32887691 34013271 34086515", "RET006": "32887691"},
    "title-RETRACTED-prefix": {"RET001": "15320745", "RET002": "34097317"},
    "original-report": {},
}


def _real_articles(name: str) -> list[Article]:
    pubmed_xml = pytest.importorskip("evidence.sources.pubmed_xml")
    if not HARD.is_dir():
        pytest.skip("the recorded PubMed files are not on this machine")
    body = (HARD / f"{name}.xml").read_bytes()
    return [pubmed_xml.read_article(raw) for _, raw in pubmed_xml.split_articles(body)]


@pytest.mark.parametrize("name", EXPECTED)
def test_real_records_of_each_kind_are_never_confused(name: str) -> None:
    found: dict[str, set[str]] = {}
    for record in _real_articles(name):
        for code in found_codes(RULES, case_about(record)):
            found.setdefault(code, set()).add(record.identifier.value)
    assert found == {code: set(pmids.split()) for code, pmids in EXPECTED[name].items()}


def test_the_real_dosage_error_is_material_and_the_misspelt_name_is_not() -> None:
    severities = {
        record.identifier.value: {finding.severity for finding in published_erratum.findings(case_about(record))}
        for record in _real_articles("erratum")
    }
    assert severities["9861576"] == {Severity.ERROR}
    assert severities["11237011"] == {Severity.WARNING}
