from __future__ import annotations

import hashlib
from datetime import date

import pytest

from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.model.errors import Place
from evidence.model.outcomes import Found
from evidence.model.policy import Severity
from evidence.model.records import Page
from evidence.model.references import Library
from evidence.model.rule import Finding
from evidence.rules.case import LibraryCase
from evidence.rules.identifiers import malformed_identifier
from evidence.rules.reference import (
    RULES,
    duplicate_id,
    duplicate_reference,
    invalid_value,
    library_findings,
    missing_identifier,
    nothing_to_look_up,
    settled_candidates,
    unidentified_article,
    unknown_field,
    unused_ignores,
)
from evidence.rules.rule import CaseRule
from factories import answer, case, found_codes


def library(text: str) -> Library:
    return read_text(SourceText("references.yaml", text, hashlib.sha256(text.encode()).hexdigest()))


def found(rule: CaseRule, *entries: str) -> list[Finding]:
    """What a rule finds in these entries, the first on line 2."""
    read = library("references:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
    return [finding for reference in read.references for finding in rule.findings(case(reference))]


def test_a_sound_entry_raises_nothing() -> None:
    [reference] = library("references:\n- {id: a, PMID: 1, issued: 2007}\n").references
    assert found_codes(tuple(rule for rule in RULES if isinstance(rule, CaseRule)), case(reference)) == []


def test_a_duplicate_id_is_reported_at_the_second_one() -> None:
    [finding] = found(duplicate_id, "id: a, PMID: 1", "id: a, PMID: 2")
    assert (finding.code, finding.severity) == ("REF001", Severity.ERROR)
    assert finding.place == Place("references.yaml", 3, 8)
    assert "line 2" in finding.message


def test_an_unknown_field_is_reported_with_the_nearest_name() -> None:
    [finding] = found(unknown_field, "id: a, PMID: 1, titel: x")
    assert (finding.code, finding.severity, finding.suggestion) == ("REF002", Severity.ERROR, "title")
    assert finding.place.column == 20


def test_candidates_are_named_with_the_way_to_take_one() -> None:
    choice = "{PMID: 1, score: 0.83, title: A title}, {DOI: 10.1000/x}, {PMID: 3}, {PMID: 4}"
    [finding] = found(missing_identifier, f"id: a, candidates: [{choice}]")
    assert finding.message == (
        'no identifier to look up; candidates: PMID 1 (0.83) "A title"; DOI 10.1000/x; PMID 3; 1 more'
    )
    assert finding.suggestion == "copy the PMID or DOI of the right candidate into the entry, and delete candidates"
    assert finding.place.column == 23
    assert found(settled_candidates, f"id: a, candidates: [{choice}]") == []


def test_candidates_of_an_entry_with_an_identifier_are_settled() -> None:
    [finding] = found(settled_candidates, "id: a, PMID: 1, candidates: [{PMID: 1}]")
    assert (finding.code, finding.severity, finding.suggestion) == ("REF007", Severity.INFO, "delete candidates")
    assert found(settled_candidates, "id: a, PMID: 1") == []


def test_an_entry_without_identifiers_is_reported() -> None:
    [finding] = found(missing_identifier, "id: a, title: x")
    assert (finding.code, finding.severity) == ("REF003", Severity.ERROR)
    assert finding.place == Place("references.yaml", 2, 8)


@pytest.mark.parametrize("entry", ["id: a, PMID: PMC1", "id: a, PMID: ", "id: a, pmid: 1", "id: a, URL: www.a.example"])
def test_an_identifier_that_is_reported_elsewhere_is_not_missing_too(entry: str) -> None:
    assert found(missing_identifier, entry) == []


def test_one_source_under_two_ids_is_a_warning() -> None:
    [finding] = found(duplicate_reference, "id: a, PMID: 1", "id: b, URL: https://pubmed.ncbi.nlm.nih.gov/1/")
    assert (finding.code, finding.severity) == ("REF004", Severity.WARNING)
    assert finding.place == Place("references.yaml", 3, 16)


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("id: a, PMID: 1, accessed: August 2025", "did you mean 2025-08?"),
        ("id: a, PMID: 1, issued: 2025-13", "month 13"),
        ("id: a, PMID: 1, title: x, title: y", "only line 2 is used"),
        ("PMID: 1", "no id"),
    ],
)
def test_a_value_that_cannot_be_used_is_an_error(entry: str, part: str) -> None:
    [finding] = found(invalid_value, entry)
    assert (finding.code, finding.severity) == ("REF005", Severity.ERROR)
    assert part in finding.message


def test_the_fingerprint_of_a_fault_does_not_change_with_its_line() -> None:
    [here] = found(unknown_field, "id: a, PMID: 1, titel: x")
    [there] = found(unknown_field, "id: b, PMID: 2", "id: a, PMID: 1, titel: x")
    assert here.place != there.place
    assert here.fingerprint == there.fingerprint


def test_an_ignored_code_that_finds_nothing_is_reported_at_its_line() -> None:
    text = "references:\n- id: a\n  PMID: 1\n  ignore:\n    ACC004: why\n    MET007: why\n"
    [reference] = library(text).references
    [finding] = unused_ignores(reference, frozenset({"MET007"}), frozenset())
    assert (finding.code, finding.severity) == ("REF006", Severity.WARNING)
    assert finding.place == Place("references.yaml", 5, 5)
    assert "ACC004" in finding.message


def test_a_code_that_was_found_but_cannot_be_ignored_is_reported_as_such() -> None:
    [reference] = library("references:\n- {id: a, PMID: 1, ignore: {RET001: why}}\n").references
    [finding] = unused_ignores(reference, frozenset(), frozenset({"RET001"}))
    assert (finding.message, finding.suggestion) == ("RET001 cannot be ignored", "remove RET001 from ignore")


def test_faults_of_the_files_settings_belong_to_no_entry() -> None:
    findings = list(
        library_findings(
            LibraryCase(library("polcy: {}\npolicy: {confirm-dead: x}\nreferences: []\n"), date(2026, 11, 23))
        )
    )
    assert [(f.code, f.reference, f.place.line) for f in findings] == [("REF002", None, 1), ("REF005", None, 2)]
    assert all(finding.severity is Severity.ERROR for finding in findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: CaseRule) -> None:
    for section in ("What it does:", "Why it matters:", "Example:", "What to do:", "References:"):
        assert section in rule.doc


PRINTED = "Winter J, Nord N. Warm socks. J Winter Med. 2013;65(2):529-38."
BOOK = "Winter J. Socks and Shoes. 3rd ed. New York, NY: Wiley; 2018."


@pytest.mark.parametrize(
    "entry",
    [
        f'id: a, type: book, cited-as: "{BOOK}"',
        f'id: a, cited-as: "{BOOK}"',
        "id: a, type: book, title: Socks and Shoes",
        "id: a, type: standard, title: Medical socks",
        'id: a, type: webpage, cited-as: "Soxil [package insert]. Oslo: Winter Inc; 2013."',
        'id: a, cited-as: "Winter J. Personal communication. March 3, 2021."',
    ],
)
def test_a_work_of_no_registry_is_an_info_of_its_own(entry: str) -> None:
    [finding] = found(nothing_to_look_up, entry)
    assert (finding.code, finding.severity) == ("REF008", Severity.INFO)
    assert found(missing_identifier, entry) == []


@pytest.mark.parametrize("kind", ["book", "report", "chapter", "webpage"])
def test_an_article_is_believed_to_be_one_whatever_its_type_says(kind: str) -> None:
    entries = [
        f'id: a, type: {kind}, cited-as: "{PRINTED}"',
        f"id: a, type: {kind}, title: Warm socks, container-title: J Winter Med, volume: 65, page: 529-38",
    ]
    for entry in entries:
        assert [finding.code for finding in found(missing_identifier, entry)] == ["REF003"]
        assert found(nothing_to_look_up, entry) == []


def test_a_book_that_may_be_of_a_record_is_still_to_be_chosen() -> None:
    entry = f'id: a, type: book, cited-as: "{BOOK}", candidates: [{{PMID: 1}}]'
    assert [finding.code for finding in found(missing_identifier, entry)] == ["REF003"]
    assert found(nothing_to_look_up, entry) == []


def test_what_a_person_has_explained_as_a_missing_identifier_stays_that() -> None:
    entry = "id: a, type: book, title: Socks, ignore: {REF003: a book}"
    assert [finding.code for finding in found(missing_identifier, entry)] == ["REF003"]
    assert found(nothing_to_look_up, entry) == []


@pytest.mark.parametrize("isbn", ["978-0-306-40615-7", "0-306-40615-2"])
def test_of_an_isbn_no_more_than_its_check_digit_is_verified(isbn: str) -> None:
    [finding] = found(nothing_to_look_up, f'id: a, type: book, title: Socks, ISBN: "{isbn}"')
    assert "of ISBN 9780306406157, only the check digit was verified" in finding.message
    assert found(malformed_identifier, f'id: a, type: book, ISBN: "{isbn}"') == []


def test_an_isbn_that_is_printed_with_a_wrong_check_digit_is_malformed() -> None:
    [finding] = found(malformed_identifier, f'id: a, cited-as: "{BOOK} ISBN 978-0-306-40615-1."')
    assert finding.message == "ISBN 978-0-306-40615-1 has a wrong check digit"
    assert found(malformed_identifier, f'id: a, cited-as: "{BOOK} ISBN 978-0-306-40615-7."') == []


def test_an_isbn_with_a_wrong_check_digit_is_malformed() -> None:
    [finding] = found(malformed_identifier, 'id: a, type: book, title: Socks, ISBN: "978-0-306-40615-1"')
    assert finding.message == "ISBN 978-0-306-40615-1 has a wrong check digit"
    [nothing] = found(nothing_to_look_up, 'id: a, type: book, title: Socks, ISBN: "978-0-306-40615-1"')
    assert "ISBN" not in nothing.message


@pytest.mark.parametrize(
    "entry",
    [
        f'id: a, URL: "https://journal.example/1045", cited-as: "{PRINTED}"',
        f'id: a, type: webpage, URL: "https://journal.example/1045", cited-as: "{PRINTED}"',
        'id: a, type: article-journal, title: Warm socks, URL: "https://journal.example/1045"',
        f'id: a, URL: "https://clinicaltrials.gov/study/NCT01234567", cited-as: "{PRINTED}"',
        'id: a, type: webpage, title: Socks, URL: "https://journal.example/1045", candidates: [{PMID: 1}]',
        f'id: a, setid: 11111111-2222-4333-8444-555555555555, cited-as: "{PRINTED}"',
        f'id: a, setid: 11111111-2222-4333-8444-555555555555, cited-as: "{PRINTED} Set ID"',
        'id: a, URL: "https://journal.example/1045", cited-as: "Winter J. Socks in winter. J Winter Med. 2013."',
    ],
)
def test_an_article_with_an_address_alone_is_unidentified(entry: str) -> None:
    [finding] = found(unidentified_article, entry)
    assert (finding.code, finding.severity) == ("REF009", Severity.ERROR)
    assert found(settled_candidates, entry) == []


@pytest.mark.parametrize(
    "entry",
    [
        f'id: a, PMID: 1, URL: "https://journal.example/1045", cited-as: "{PRINTED}"',
        f'id: a, URL: "https://pubmed.ncbi.nlm.nih.gov/1045/", cited-as: "{PRINTED}"',
        f'id: a, PMID: PMC1, URL: "https://journal.example/1045", cited-as: "{PRINTED}"',
        'id: a, setid: 11111111-2222-4333-8444-555555555555, cited-as: "SOCKS TABLET. Version 12, pp. 1-20. DailyMed."',
        'id: a, setid: 11111111-2222-4333-8444-555555555555, cited-as: "Socks. Prescribing information. Fir; 2023"',
        'id: a, URL: "https://fir.example", cited-as: "Fir Institute. Socks for patients. Accessed March 2025."',
        f'id: a, URL: "https://books.example", cited-as: "{BOOK}"',
        'id: a, type: article-newspaper, title: Warm socks, URL: "https://news.example/1045"',
        f'id: a, cited-as: "{PRINTED}"',
    ],
)
def test_what_has_an_identifier_and_what_is_a_page_is_not_unidentified(entry: str) -> None:
    assert found(unidentified_article, entry) == []


def test_a_page_that_answers_proves_no_article() -> None:
    [reference] = library(
        f'references:\n- {{id: a, URL: "https://journal.example/1045", cited-as: "{PRINTED}"}}\n'
    ).references
    [address] = reference.identifiers
    seen = case(reference, answer(address, Found(Page(address, "A page", address.value))))
    [unseen], [finding] = unidentified_article.findings(case(reference)), unidentified_article.findings(seen)
    assert finding.message == "page found, but article not identified: an address does not identify an article"
    assert finding.suggestion == "`evidence fix --match references.yaml` searches for its PMID or DOI"
    assert finding.fingerprint == unseen.fingerprint
