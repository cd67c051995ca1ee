from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Article, Author, Journal, NoticeLink, PublicationType
from evidence.model.references import Reference
from evidence.model.rule import Finding, Rule
from evidence.rules.case import Case
from evidence.rules.identifiers import (
    RULES,
    conflicting_identifiers,
    malformed_identifier,
    noncanonical_identifier,
    replaced_identifier,
    unregistered_identifier,
)
from factories import PATH, answer, article, case, found_codes, label
from fakes import NOON

PMID = Identifier(IdKind.PMID, "17222320")
OTHER = Identifier(IdKind.PMID, "19041189")
PMCID = Identifier(IdKind.PMCID, "PMC3718998")
DOI = Identifier(IdKind.DOI, "10.1234/a")
OTHER_DOI = Identifier(IdKind.DOI, "10.1234/b")
SETID = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
OTHER_SETID = Identifier(IdKind.SETID, "00000000-0000-4000-8000-000000000000")
MISSING = NotFound("not in PubMed after a second look")


def entry(fields: str) -> Reference:
    return read_text(SourceText(PATH, f"references:\n- {{id: a, {fields}}}\n", "")).references[0]


def answered(identifier: Identifier, outcome: Outcome) -> Answer:
    return Answer(identifier, outcome, "source", "https://service.example", NOON)


def work(identifier: Identifier, title: str, *others: Identifier) -> Found:
    return Found(Article(identifier, title, also_known_as=others))


def judged(fields: str, *answers: Answer) -> Case:
    return case(entry(fields), *answers)


def only(rule: Rule, about: Case) -> Finding:
    [finding] = rule.findings(about)
    return finding


def none(rule: Rule, about: Case) -> bool:
    return not list(rule.findings(about))


def test_a_malformed_identifier_is_an_error_with_its_proposal() -> None:
    finding = only(malformed_identifier, judged("PMID: PMC123"))
    assert (finding.code, finding.severity, finding.suggestion) == ("IDN001", Severity.ERROR, "PMCID: PMC123")
    assert finding.place == Place(PATH, 2, 17)


def test_another_spelling_is_an_info_with_the_canonical_one() -> None:
    finding = only(noncanonical_identifier, judged("DOI: 'https://doi.org/10.1234/A'"))
    assert (finding.code, finding.severity, finding.suggestion) == ("IDN002", Severity.INFO, "10.1234/a")


@pytest.mark.parametrize(
    ("fields", "identifier"), [("PMID: 17222320", PMID), ("PMCID: PMC3718998", PMCID), ("DOI: 10.1234/a", DOI)]
)
def test_what_the_registry_does_not_hold_is_an_error(fields: str, identifier: Identifier) -> None:
    finding = only(unregistered_identifier, judged(fields, answered(identifier, MISSING)))
    assert (finding.code, finding.severity) == ("IDN003", Severity.ERROR)
    assert identifier.value in finding.message
    assert finding.place.line == 2


def test_unknown_labels_and_dead_pages_are_other_rules_business() -> None:
    assert none(unregistered_identifier, judged(f"setid: {SETID.value}", answered(SETID, MISSING)))
    page = Identifier(IdKind.URL, "https://a.example/")
    assert none(unregistered_identifier, judged("URL: https://a.example/", answered(page, NotFound("HTTP 404", 404))))


@pytest.mark.parametrize("silence", [Unavailable("no answer", Cause.TIMEOUT), Blocked("HTTP 429", 429)])
def test_silence_of_the_registry_is_no_finding(silence: Outcome) -> None:
    assert found_codes(RULES, judged("PMID: 17222320", answered(PMID, silence))) == []


def test_what_an_earlier_run_found_is_not_unregistered_at_once() -> None:
    earlier = NOON - timedelta(days=7)
    history = {PMID: (Observation(PMID, "pubmed", State.FOUND, earlier, earlier.date()),)}
    about = case(entry("PMID: 17222320"), answered(PMID, MISSING), history=history)
    assert none(unregistered_identifier, about)


def test_a_doi_learned_from_a_record_is_never_judged() -> None:
    answers = (answered(PMID, work(PMID, "One", DOI)), answered(DOI, MISSING))
    assert found_codes(RULES, judged("PMID: 17222320", *answers)) == []


def test_a_pmid_and_a_doi_of_different_works_conflict() -> None:
    about = judged(
        "PMID: 17222320, DOI: 10.1234/b",
        answered(PMID, work(PMID, "Naltrexone in Crohn's disease", DOI)),
        answered(OTHER_DOI, work(OTHER_DOI, "Something else entirely")),
    )
    finding = only(conflicting_identifiers, about)
    assert (finding.code, finding.severity) == ("IDN004", Severity.ERROR)
    assert "Naltrexone in Crohn's disease" in finding.message
    assert "Something else entirely" in finding.message
    assert finding.place == about.reference.places["DOI"]


def test_an_address_of_another_article_than_the_pmid_conflicts() -> None:
    about = judged(
        "PMID: 17222320, URL: 'https://pubmed.ncbi.nlm.nih.gov/19041189/'",
        answered(PMID, work(PMID, "One")),
        answered(OTHER, work(OTHER, "Two")),
    )
    assert only(conflicting_identifiers, about).place == about.reference.places["URL"]


def test_two_labels_of_one_name_conflict() -> None:
    about = judged(
        f"setid: {SETID.value}, URL: 'https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={OTHER_SETID.value}'",
        answered(SETID, Found(label((1, date(2025, 1, 1)), identifier=SETID))),
        answered(OTHER_SETID, Found(label((1, date(2025, 1, 1)), identifier=OTHER_SETID))),
    )
    assert only(conflicting_identifiers, about).code == "IDN004"


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(work(OTHER_DOI, "One", PMID), id="the other record knows the PMID"),
        pytest.param(work(OTHER_DOI, "ONE."), id="the same title under a second DOI"),
        pytest.param(MISSING, id="one is not found"),
        pytest.param(Unavailable("no answer", Cause.TIMEOUT), id="one is not answered"),
    ],
)
def test_there_is_no_conflict_without_two_different_works(second: Outcome) -> None:
    about = judged(
        "PMID: 17222320, DOI: 10.1234/b", answered(PMID, work(PMID, "One", DOI)), answered(OTHER_DOI, second)
    )
    assert none(conflicting_identifiers, about)


def test_records_that_share_no_kind_of_identifier_cannot_be_distinguished() -> None:
    about = judged(
        "PMID: 17222320, DOI: 10.1234/b", answered(PMID, work(PMID, "One")), answered(OTHER_DOI, work(OTHER_DOI, "Two"))
    )
    assert none(conflicting_identifiers, about)


OWN = Article(
    PMID,
    "Statin rinses for periodontal bleeding.",
    authors=(Author("Smith", "John A", "JA"), Author("Brown", "Mary", "M")),
    journal=Journal("Drug safety", "Drug Saf", "Drug Saf", ("1111-1111",)),
    volume="50",
    pages="1-9",
    languages=("eng",),
    also_known_as=(DOI,),
)
ELSEWHERE = {"journal": Journal("Medicamentos", "Med", "Med", ("2222-2222",)), "volume": "7", "pages": "81-90"}


def beside_the_own_doi(cited: str, own: Article = OWN, **record: Any) -> Case:
    """An entry whose PMID names one DOI and that gives another; Crossref's record of that, empty without facts."""
    written = Identifier(IdKind.DOI, cited)
    work = (
        replace(own, identifier=written, also_known_as=(), languages=(), **record) if record else Article(written, "")
    )
    named = Answer(PMID, Found(own), "pubmed", "https://service.example", NOON)
    return judged(
        f"PMID: {PMID.value}, DOI: '{cited}'",
        named,
        Answer(written, Found(work), "crossref", "https://c.example", NOON),
    )


def test_another_registered_doi_than_the_one_that_pubmed_names_is_another_works() -> None:
    found = only(conflicting_identifiers, beside_the_own_doi("10.1234/b"))
    assert (found.code, found.severity) == ("IDN004", Severity.ERROR)
    assert found.message == (
        'PMID 17222320 is "Statin rinses for periodontal bleeding." under DOI 10.1234/a, '
        "but DOI 10.1234/b is a different work"
    )


def test_the_next_paper_of_the_same_authors_in_the_same_issue_is_another_work() -> None:
    about = beside_the_own_doi("10.1234/b", title="Statin foams for sore heels.", pages="51-9")
    assert '"Statin foams for sore heels."' in only(conflicting_identifiers, about).message


def test_the_correction_of_a_paper_is_another_work() -> None:
    about = beside_the_own_doi("10.1234/b", title=f"Correction to: {OWN.title}", pages="")
    assert only(conflicting_identifiers, about).code == "IDN004"


@pytest.mark.parametrize(
    "named", ["10.1234/a.v2", "10.1234/A/V1", "10.1234/a.pub3", "10.1234/a.g001", "10.1234/a/full"]
)
def test_a_version_or_part_of_the_named_doi_is_no_other_work(named: str) -> None:
    assert none(conflicting_identifiers, beside_the_own_doi(named))


def test_a_letter_or_number_more_is_another_doi() -> None:
    for other in ("10.1234/a.01", "10.1234/a-b", "10.1234/a2"):
        assert not none(conflicting_identifiers, beside_the_own_doi(other))


@pytest.mark.parametrize(
    "spelt",
    [
        "10.1002/(sici)1097-0142(19970101)79:1%3c1::aid-cncr1%3e3.0.co;2-x",
        "10.1002/(sici)1097-0142(19970101)79:1&lt;1::aid-cncr1&gt;3.0.co;2-#",
    ],
)
def test_the_spellings_of_a_sici_are_one_doi(spelt: str) -> None:
    sici = Identifier(IdKind.DOI, "10.1002/(sici)1097-0142(19970101)79:1<1::aid-cncr1>3.0.co;2-x")
    assert none(conflicting_identifiers, beside_the_own_doi(spelt, replace(OWN, also_known_as=(sici,))))


PREPRINT = (PublicationType("D000076942", "Preprint"),)
RETITLED = "Rinsing with a statin."


@pytest.mark.parametrize(
    ("cited", "own", "record"),
    [
        pytest.param("10.1101/2020.04.07.20053083", OWN, {}, id="preprint by its number"),
        pytest.param(
            "10.1234/b",
            OWN,
            {"title": RETITLED, "volume": "", "publication_types": PREPRINT},
            id="preprint by its type",
        ),
        pytest.param("10.1234/b", OWN, {"title": OWN.title, **ELSEWHERE}, id="published in two journals"),
        pytest.param("10.1234/b", OWN, {"title": "Enjuagues con estatinas para las enc\u00edas"}, id="translated"),
        pytest.param(
            "10.1234/b", OWN, {"title": "Estatinas en la boca", **ELSEWHERE}, id="translated, in a sister journal"
        ),
        pytest.param(
            "10.1234/b", replace(OWN, languages=("ger",)), {"title": RETITLED}, id="NLM's and the journal's translation"
        ),
        pytest.param(
            "10.1234/b",
            OWN,
            {"title": RETITLED, "notices": (NoticeLink("TranslationOf", "", doi=DOI.value),)},
            id="linked as a translation",
        ),
    ],
)
def test_a_preprint_a_translation_and_a_second_printing_are_no_other_work(
    cited: str, own: Article, record: dict[str, Any]
) -> None:
    assert none(conflicting_identifiers, beside_the_own_doi(cited, own, **record))


def test_two_preprints_are_two_works() -> None:
    own = replace(OWN, publication_types=PREPRINT)
    assert only(conflicting_identifiers, beside_the_own_doi("10.1101/2020.04.07.20053083", own)).code == "IDN004"


def test_one_title_of_other_people_in_another_journal_is_another_work() -> None:
    about = beside_the_own_doi("10.1234/b", title=OWN.title, authors=(Author("Kohl", "Rita", "R"),), **ELSEWHERE)
    assert only(conflicting_identifiers, about).code == "IDN004"


def test_a_record_under_another_number_replaces_the_old_one() -> None:
    finding = only(replaced_identifier, judged("PMID: 17222320", answered(PMID, work(OTHER, "One"))))
    assert (finding.code, finding.severity, finding.suggestion) == ("IDN005", Severity.WARNING, "19041189")


def test_a_record_known_by_another_kind_of_identifier_replaces_nothing() -> None:
    assert none(replaced_identifier, judged("PMCID: PMC3718998", answered(PMCID, work(PMID, "One", PMCID))))


def test_a_sound_entry_raises_nothing() -> None:
    assert (
        found_codes(RULES, judged("PMID: 23359310", answer(Identifier(IdKind.PMID, "23359310"), Found(article()))))
        == []
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: Rule) -> None:
    for section in ("What it does:", "Why it matters:", "Example:", "What to do:", "References:"):
        assert section in rule.doc
