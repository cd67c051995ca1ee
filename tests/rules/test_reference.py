from __future__ import annotations

import hashlib
from datetime import date

import pytest

from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.model.policy import Severity
from evidence.model.references import Library, Place
from evidence.model.rule import Finding
from evidence.rules.case import LibraryCase
from evidence.rules.reference import (
    RULES,
    duplicate_id,
    duplicate_reference,
    invalid_value,
    library_findings,
    missing_identifier,
    settled_candidates,
    unknown_field,
    unused_ignores,
)
from evidence.rules.rule import CaseRule
from factories import case, found_codes


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
        'the entry has no identifier to look up, but candidates: PMID 1 (0.83) "A title"; DOI 10.1000/x; PMID 3; 1 more'
    )
    assert finding.suggestion == "write the PMID or DOI of the right one into the entry, and delete candidates"
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
        ("id: a, PMID: 1, title: x, title: y", "only line 2 is read"),
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
    for section in ("What it does:", "Why is this bad?", "Example:", "Use instead:", "References:"):
        assert section in rule.doc
