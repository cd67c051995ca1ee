"""How many references were checked, also by documents of version 0.1.0, which count look-ups alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from evidence.app.registry import RULE_SET
from evidence.cli.formats import FORMS, SPREADSHEETS, render
from evidence.model.outcomes import Cause, CheckStatus, Unavailable
from evidence.model.report import Exit
from evidence.reports.document import check_statuses, report_document
from evidence.reports.history import changes_between, run_of_document
from evidence.reports.html import verdict
from evidence.reports.wording import check_counts, checks_of, run_tone, uncheckable_reason
from factories import clean_report, reference_result, sample_report, url

NEW = {"checked", "not_checked", "cannot_be_checked"}


def of_version_0_1_0(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what came later."""
    return {
        **document,
        "summary": {key: count for key, count in document["summary"].items() if key not in NEW},
        "references": [
            {key: value for key, value in reference.items() if key != "check"} for reference in document["references"]
        ],
    }


@pytest.mark.parametrize("form", [form for form in FORMS if form not in {"brief", *SPREADSHEETS}])
def test_documents_of_before_the_three_counts_are_rendered_with_them(form: str) -> None:
    document = report_document(sample_report())
    old = of_version_0_1_0(document)
    assert check_statuses(old) == check_statuses(document)
    if form == "json":
        assert render(form, old) != render(form, document)
    else:
        assert render(form, old) == render(form, document)


def test_runs_are_compared_with_those_of_before_the_three_counts() -> None:
    document = report_document(sample_report())
    old = run_of_document(of_version_0_1_0(document))
    assert old == run_of_document(document)
    changes = changes_between(old, run_of_document(document), RULE_SET.by_code)
    assert (changes.new, changes.resolved, changes.unjudged) == ((), (), ())
    assert len(changes.persisting) == len(document["findings"])


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 0, 0), "nothing checked"),
        ((3, 0, 0), "all checked"),
        ((3, 1, 0), "3 checked, 1 not checked"),
        ((0, 0, 2), "2 cannot be checked"),
        ((97, 4, 42), "97 checked, 4 not checked, 42 cannot be checked"),
    ],
)
def test_all_is_only_said_of_all(counts: tuple[int, int, int], words: str) -> None:
    assert check_counts(*counts) == words


def test_a_run_is_green_only_where_nothing_is_against_any_reference() -> None:
    clean = clean_report()
    walled = sample_report().references[5]
    silent = Unavailable("no answer", Cause.TIMEOUT)
    asked = reference_result("page", 90, url("https://silent.example/"), silent, check=CheckStatus.NOT_CHECKED)
    tones = {
        "good": clean,
        "info": replace(clean, ignored=sample_report().ignored),
        "warning": replace(clean, references=(*clean.references, walled)),
        "alarm": replace(clean, references=(asked,), unchecked=sample_report().unchecked, exit=Exit.INCOMPLETE),
        "error": sample_report(),
    }
    assert {tone: run_tone(report_document(report)) for tone, report in tones.items()} == {tone: tone for tone in tones}
    assert (
        verdict(report_document(tones["warning"]), {}).headline
        == "Nothing fails this run; 1 reference cannot be checked"
    )
    assert verdict(report_document(tones["info"]), {}).headline == "No error or warning in 1 reference"


def test_why_a_reference_cannot_be_checked_is_said_of_each_kind() -> None:
    document = report_document(sample_report())
    walled = document["references"][5]
    assert uncheckable_reason(walled) == "the page has no readable content"
    assert uncheckable_reason({**walled, "lookups": []}) == "no identifier that can be looked up"
    trial = {"identifier": "nct:NCT00568555", "state": "not-checked", "detail": "NCTs are not looked up in any source"}
    assert uncheckable_reason({**walled, "lookups": [trial]}) == "NCTs are not looked up in any source"
    assert checks_of(document) == "6 checked, 1 not checked, 1 cannot be checked"
