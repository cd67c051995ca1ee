from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Article
from evidence.model.references import Place, Reference
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
    for section in ("What it does:", "Why is this bad?", "Example:", "Use instead:", "References:"):
        assert section in rule.doc
