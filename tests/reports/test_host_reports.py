"""Reports in the words of code hosts: GitHub's workflow commands and GitLab's Code Quality."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evidence.model.report import Mode, Report
from evidence.reports.document import Checkout, report_document
from evidence.reports.github import disarmed, render_github
from evidence.reports.gitlab import render_gitlab
from factories import PATH, clean_report, sample_report


def commands(report: Report, checkout: Checkout | None = None) -> list[str]:
    return render_github(report_document(report), checkout or Checkout()).splitlines()


def issues(report: Report) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(render_gitlab(report_document(report), Checkout()))
    return loaded


def test_annotations_point_at_the_field_gravest_first() -> None:
    lines = commands(sample_report())
    assert lines[0] == (
        "::error file=references.yaml,line=21,col=13,title=RET001 retracted-publication (retracted-2020)::"
        "PubMed: retracted, see J Examples. 2021 Jun;1(1):1 (PMID 34000002)%0A"
        "fix: remove it as support; where the text is about the retraction itself, set role: discusses-retraction"
    )
    kinds = [line.split(" ")[0].removeprefix("::") for line in lines]
    assert kinds == ["error"] * 2 + ["warning"] * 4 + ["notice"] * 4 + ["warning", "notice"]


def test_what_was_not_and_what_cannot_be_checked_is_one_annotation_for_each_reason() -> None:
    assert commands(sample_report())[-2:] == [
        "::warning title=not checked at crossref::no answer within 75 s: by-doi",
        "::notice title=cannot be checked::the page has no readable content: walled",
    ]


def test_a_clean_run_has_no_annotation_and_one_without_references_has() -> None:
    assert commands(clean_report()) == []
    assert len(commands(replace(clean_report(), references=()))) == 1


def test_files_are_named_from_the_root_of_the_repository() -> None:
    assert "file=docs/references.yaml," in commands(sample_report(), Checkout("/repo/docs", "/repo"))[0]


def unescaped(text: str, *, is_property: bool = False) -> str:
    """As the runner reads it."""
    for escaped, char in (("%2C", ","), ("%3A", ":")) if is_property else ():
        text = text.replace(escaped, char)
    for escaped, char in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


def test_hostile_text_stays_inside_its_command() -> None:
    report = sample_report()
    message = "100%0A::error::x, y: z\r\n::stop-commands::t"
    hostile = replace(report.findings[3], message=message, reference="a,line=1::b%2C\n::error::", suggestion=None)
    moved = replace(hostile, place=replace(hostile.place, path="a,b:c%.yaml"))
    line, *_ = commands(replace(report, findings=(moved,), unchecked=()))
    head, _, said = line.removeprefix("::").partition("::")
    assert unescaped(said) == "100%0A::error::x, y: z ::stop-commands::t"
    given = dict(part.split("=", 1) for part in head.removeprefix("error ").split(","))
    assert unescaped(given["file"], is_property=True) == "a,b:c%.yaml"
    assert unescaped(given["title"], is_property=True).endswith("(a,line=1::b%2C ::error::)")


@pytest.mark.parametrize(
    "line", ["::stop-commands::x", "  ::error::x", "\u3000::set-output name=a::b", "title ##[add-mask]x"]
)
def test_lines_of_a_text_report_are_no_commands(line: str) -> None:
    output = disarmed(f"first\n{line}\nlast\n")
    assert not any(part.strip().startswith("::") for part in output.splitlines())
    assert "##[" not in output


def test_other_text_is_not_touched() -> None:
    text = "ratio 1::2\n   a: b\n## heading\n"
    assert disarmed(text) == text


def test_gitlab_issues_have_what_gitlab_asks_for() -> None:
    found = issues(sample_report())
    assert found[3] == {
        "description": "retracted-2020: PubMed: retracted, see J Examples. 2021 Jun;1(1):1 (PMID 34000002) (fix: "
        "remove it as support; where the text is about the retraction itself, set role: discusses-retraction)",
        "check_name": "evidence/RET001",
        "fingerprint": found[3]["fingerprint"],
        "severity": "blocker",
        "location": {"path": PATH, "lines": {"begin": 21}},
    }
    assert {issue["severity"] for issue in found} == {"blocker", "critical", "major", "info"}


def test_gitlab_fingerprints_are_unique_also_for_equal_findings() -> None:
    report = sample_report()
    twice = replace(report, findings=(*report.findings, *report.findings))
    prints = [issue["fingerprint"] for issue in issues(twice)]
    assert len(prints) == len(set(prints)) == 2 * len(report.findings) + 1


def test_gitlab_shows_what_was_not_checked() -> None:
    last = issues(sample_report())[-1]
    assert (last["check_name"], last["severity"]) == ("evidence/not-checked", "info")
    assert last["location"]["lines"]["begin"] == 60


def test_gitlab_names_the_demo_server() -> None:
    assert all(issue["description"].startswith("[demo server") for issue in issues(sample_report(Mode.STAND_IN)))


def test_an_ignored_finding_is_no_issue() -> None:
    assert "evidence/LNK009" not in {issue["check_name"] for issue in issues(sample_report())}
    assert issues(clean_report()) == []
