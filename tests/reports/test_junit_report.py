from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lxml import etree

from evidence.app.registry import RULES
from evidence.model.policy import Policy, Severity
from evidence.model.report import Mode, Report
from evidence.reports.document import report_document
from evidence.reports.junit import render_junit
from factories import PATH, clean_report, document_with_claims, sample_report

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit-10.xsd"))
"""The schema of Jenkins' xUnit plugin, under its MIT licence."""


def suites(report: Report) -> etree._Element:
    root = etree.fromstring(render_junit(report_document(report), RULES).encode())
    assert SCHEMA.validate(root), SCHEMA.error_log
    return root


def case(root: etree._Element, name: str) -> etree._Element:
    (found,) = root.xpath("//testcase[starts-with(@name, $name)]", name=name)
    return found


def outcome(element: etree._Element) -> list[str]:
    return [str(child.tag) for child in element]


def test_the_report_is_valid_and_its_counts_are_right() -> None:
    for report in (sample_report(), clean_report(), sample_report(Mode.STAND_IN)):
        root = suites(report)
        for suite in root:
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
            assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
            assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
        assert root.get("failures") == str(len(root.findall(".//failure")))


def test_every_reference_has_one_case_for_each_family_that_concerns_it() -> None:
    root = suites(sample_report())
    names = [element.get("name") for element in root.iter("testcase")]
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith("passed:")] == [
        "passed: check",
        "passed: REF the entry",
        "passed: IDN identifiers",
        "passed: RET retractions and notices",
        "passed: ACC accessed dates",
        "passed: MET metadata",
    ]
    assert [name[7:10] for name in names if name.startswith("label:")] == ["che", "REF", "IDN", "SPL", "ACC"]


def test_findings_at_the_failing_severity_fail_and_lesser_ones_are_output() -> None:
    root = suites(sample_report())
    failure = case(root, "retracted-2020: RET").find("failure")
    assert failure is not None
    assert failure.get("message").startswith("RET001 retracted-publication: PubMed: retracted")
    assert outcome(case(root, "younger-2013: MET")) == ["system-out"]


def test_the_failing_severity_is_the_files_own() -> None:
    report = sample_report()
    strict = replace(report, run=replace(report.run, policies={PATH: Policy(fail_on=Severity.WARNING)}))
    assert outcome(case(suites(strict), "younger-2013: MET")) == ["failure", "system-out"]


def test_what_nobody_answered_is_skipped_with_the_reason_and_never_passes() -> None:
    root = suites(sample_report())
    for family in ("IDN", "RET", "MET"):
        skipped = case(root, f"by-doi: {family}").find("skipped")
        assert skipped is not None, family
        assert skipped.get("message") == "not checked, crossref: no answer within 75 s"
    assert outcome(case(root, "by-doi: REF")) == []


def test_a_page_that_machines_may_not_see_is_skipped() -> None:
    skipped = case(suites(sample_report()), "walled: LNK").find("skipped")
    assert skipped is not None
    assert "HTTP 403" in skipped.get("message")


def test_a_reference_without_a_record_is_not_said_to_be_unretracted() -> None:
    root = suites(sample_report())
    assert outcome(case(root, "gone-2019: IDN")) == ["failure"]
    assert outcome(case(root, "gone-2019: RET")) == ["skipped"]


def test_what_an_entry_ignores_is_skipped_with_its_reason() -> None:
    skipped = case(suites(sample_report()), "charity: LNK").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "LNK009 ignored: the charity has no page of its own on this"


def test_a_finding_of_the_entire_file_has_its_case() -> None:
    assert outcome(case(suites(sample_report()), "the file: REF")) == ["system-out"]


def test_a_file_without_references_does_not_pass() -> None:
    root = suites(replace(clean_report(), references=()))
    assert [outcome(element) for element in root.iter("testcase")] == [["skipped"]]


def test_families_that_the_run_does_not_show_have_no_case() -> None:
    report = clean_report()
    chosen = suites(replace(report, run=replace(report.run, select=("ACC", "title-mismatch"))))
    assert [element.get("name")[8:11] for element in chosen.iter("testcase")] == ["che", "ACC", "MET"]
    left = suites(replace(report, run=replace(report.run, ignore=("MET", "RET"))))
    assert [element.get("name")[8:11] for element in left.iter("testcase")] == ["che", "REF", "IDN", "ACC"]


def test_entries_that_share_an_id_have_cases_of_their_own() -> None:
    report = clean_report()
    (one,) = report.references
    place = replace(one.reference.place, line=90)
    other = replace(one, reference=replace(one.reference, place=place))
    names = [element.get("name") for element in suites(replace(report, references=(one, other))).iter("testcase")]
    assert len(names) == len(set(names)) == 12


def test_hostile_text_is_harmless_xml() -> None:
    report = sample_report()
    hostile = replace(report.findings[3], message="]]></failure>\x1b[2J\x00\ud800\ufffe & <x a='1'>")
    root = suites(replace(report, findings=(hostile,)))
    failure = case(root, "retracted-2020: RET").find("failure")
    assert failure is not None
    assert r"]]></failure>\x1b[2J\x00\ud800\ufffe & <x a='1'>" in failure.get("message")


def test_claims_are_cases_and_the_report_is_valid() -> None:
    root = etree.fromstring(render_junit(document_with_claims(), RULES).encode())
    assert SCHEMA.validate(root), SCHEMA.error_log
    quotes = {case.get("name"): outcome(case) for case in root.iter("testcase") if case.get("name").endswith("quotes")}
    assert list(quotes.values()) == [[], ["skipped"], ["skipped"], ["skipped"]]
