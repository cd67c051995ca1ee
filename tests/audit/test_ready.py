from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from evidence.app.registry import RULE_SET
from evidence.audit.signoffs import objection, signed_report, signing_summary
from evidence.model.audit import SignedFinding
from evidence.model.policy import Severity
from factories import BOUND_FILES, PATH, TODAY

CHECKS = {"checked": 0, "not_checked": 1, "cannot_be_checked": 1}
NAMES = {PATH: PATH, "naltrexone.docx": "naltrexone.docx", "waivers.yaml": "waivers.yaml"}


def report(**changed: Any) -> dict[str, Any]:
    run = {
        "id": "run-1",
        "finished": "2026-11-23T09:00:05Z",
        "as_of": "2026-11-23",
        "mode": "online",
        "select": [],
        "ignore": [],
        "inputs": [
            {"path": PATH, "sha256": "a" * 64},
            {"path": "naltrexone.docx", "sha256": "b" * 64},
            {"path": "waivers.yaml", "sha256": "c" * 64, "of": PATH},
        ],
        "policies": {PATH: {}},
    }
    found = {"name": "a-name", "reference": "entry", "message": "a message", "path": PATH, "fingerprint": "f" * 32}
    return {
        "run": run | changed,
        "findings": [
            {**found, "code": "ACC001", "severity": "warning"},
            {**found, "code": "WVR001", "severity": "error", "path": "waivers.yaml"},
            {**found, "code": "CIT001", "severity": "error", "path": "naltrexone.docx"},
            {**found, "code": "LNK002", "severity": "warning"},
        ],
        "unchecked": [{"reference": "entry", "source": "pubmed", "reason": "it did not answer"}],
        "ignored": [],
        "references": [{"id": "entry", "check": "not-checked"}, {"id": "book", "check": "cannot-be-checked"}],
        "summary": {"exit_code": 1, "errors": 2, "warnings": 2, "infos": 0, "unchecked": 1, **CHECKS},
    }


def test_the_report_of_these_very_files_can_be_signed() -> None:
    assert objection(report(), BOUND_FILES, NAMES, TODAY) is None


@pytest.mark.parametrize(
    ("changed", "today", "wrong"),
    [
        ({"mode": "stand-in"}, TODAY, "the last run used the demo server instead of the real services"),
        ({"select": ["ACC"]}, TODAY, "the last run did not show all findings (--select ACC)"),
        ({"ignore": ["LNK"]}, TODAY, "the last run did not show all findings (--ignore LNK)"),
        ({"inputs": [{"path": PATH, "sha256": "0" * 64}]}, TODAY, "references.yaml has changed since the last run"),
        (
            {"inputs": [{"path": PATH, "sha256": "a" * 64}, {"path": "naltrexone.docx", "sha256": "0" * 64}]},
            TODAY,
            "naltrexone.docx has changed since the last run",
        ),
        ({}, date(2026, 12, 1), "the last run was for 2026-11-23, 8 days ago (limit: 7 days)"),
        ({}, date(2026, 11, 21), "the last run was for 2026-11-23, which is after 2026-11-21"),
    ],
)
def test_any_other_cannot(changed: dict[str, Any], today: date, wrong: str) -> None:
    assert objection(report(**changed), BOUND_FILES, NAMES, today) == wrong


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2026, 11, 30)])
def test_a_day_ahead_and_a_week_back_are_allowed(today: date) -> None:
    assert objection(report(), BOUND_FILES, NAMES, today) is None


def test_what_is_found_in_a_file_beside_the_references_is_signed_with_them() -> None:
    signed = signed_report(report(), "e" * 64, NAMES, RULE_SET.by_code)
    assert signed.findings == {
        PATH: (
            SignedFinding("ACC001", "f" * 32, Severity.WARNING),
            SignedFinding("WVR001", "f" * 32, Severity.ERROR),
            SignedFinding("CIT001", "f" * 32, Severity.ERROR),
        )
    }


def test_errors_are_shown_first_and_many_are_counted() -> None:
    many = report()
    many["findings"] *= 20
    lines = list(signing_summary(many, signed_report(many, "e" * 64, NAMES, RULE_SET.by_code), BOUND_FILES))
    assert lines[5].startswith("  error WVR001 a-name of entry: a message")
    assert lines[-1] == "  and 42 more; for all: `evidence report run-1`"
    counts = "2 errors, 2 warnings, 0 infos, 0 checked, 1 not checked, 1 cannot be checked, 0 waived"
    assert f"Result: exit 1; {counts}" in lines


def test_a_signer_sees_what_was_not_and_what_cannot_be_checked() -> None:
    lines = list(signing_summary(report(), signed_report(report(), "e" * 64, NAMES, RULE_SET.by_code), BOUND_FILES))
    assert lines[-2:] == ["  not checked: entry at pubmed, it did not answer", "  cannot be checked: book"]


def test_of_a_report_of_version_0_1_0_the_look_ups_are_counted() -> None:
    old = report()
    old["summary"] = {key: count for key, count in old["summary"].items() if key not in CHECKS}
    signed = signed_report(old, "e" * 64, NAMES, RULE_SET.by_code)
    assert signed.checked is None
    counts = "2 errors, 2 warnings, 0 infos, 1 look-ups failed, 0 waived"
    assert f"Result: exit 1; {counts}" in list(signing_summary(old, signed, BOUND_FILES))
