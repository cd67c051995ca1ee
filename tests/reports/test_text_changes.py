"""The lines on what happened since the run before, in the report for the terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import jsonschema
import pytest
from test_json_report import closed, schema

from evidence.model.outcomes import State
from evidence.model.policy import Severity
from evidence.model.report import Changes, Due, DueKind, EarlierRun, Mode, News, Report
from evidence.model.rule import NewsKind
from evidence.reports.document import render_json, report_document, stored_json
from evidence.reports.layout import Sheet
from evidence.reports.text import TextOptions, render_summary, render_text
from evidence.reports.text_history import render_diff
from factories import PATH, clean_report, finding_at, sample_findings, sample_report

BEFORE = EarlierRun(
    "20261116T083000Z-aaaa",
    date(2026, 11, 16),
    datetime(2026, 11, 16, 8, 31, tzinfo=UTC),
    Mode.ONLINE,
    1,
    2,
    3,
    0,
    {State.FOUND: 7, State.BLOCKED: 1},
)
MISSING = finding_at(
    "LNK001", "dead-link", Severity.ERROR, ("charity", 38), "dead link: \x1b[31mhttps://charity.example/"
)
NEW, OLD = sample_findings()[3].fingerprint, tuple(one.fingerprint for one in sample_findings() if one.code != "RET001")


def news(kind: NewsKind, reference: str, severity: Severity = Severity.INFO) -> News:
    return News(kind, reference, PATH, f"{kind} it is", severity)


def changed(**more) -> Changes:
    given = {
        "new": (NEW,),
        "fresh": frozenset({(PATH, NEW)}),
        "persisting": OLD,
        "resolved": (MISSING,),
        "news": (news(NewsKind.RETRACTED, "retracted-2020", Severity.ERROR), news(NewsKind.RECOVERED, "charity")),
    }
    return Changes(BEFORE, **(given | more))


def report(**more) -> Report:
    due = Due("charity", PATH, "the editor", DueKind.ACCESSED, date(2026, 12, 1), "runs out")
    return replace(sample_report(), **({"changes": changed(), "earlier": (BEFORE,), "due": (due,)} | more))


def text(reported: Report, *, verbose: int = 0, quiet: bool = False) -> str:
    return render_text(report_document(reported), TextOptions(100, verbose=verbose, quiet=quiet))


def unwrapped(output: str) -> str:
    return " ".join(output.split())


def test_a_report_with_a_past_fits_the_schema() -> None:
    full = report(changes=changed(unjudged=(MISSING,), replaced=(MISSING,), ignored=("x",)))
    strict = closed(schema())
    strict["properties"]["ignored"]["items"] = schema()["properties"]["ignored"]["items"]
    strict["$defs"]["finding"] = schema()["$defs"]["finding"]
    jsonschema.validate(json.loads(render_json(report_document(full))), strict, jsonschema.Draft202012Validator)


def test_what_happened_is_before_the_sum_the_gravest_first() -> None:
    lines = text(report()).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("\u2500\u2500 since 2026-11-16 "))
    assert lines[start + 1 : start + 4] == [
        "   retracted     retracted-2020: retracted it is",
        "   recovered     charity: recovered it is",
        "   findings      1 new, 1 resolved, 9 unchanged",
    ]
    assert lines[start + 5] == "1 RETRACTED: retracted-2020"


def test_new_findings_are_marked_and_only_they() -> None:
    marked = [line for line in text(report()).splitlines() if line.endswith("\N{MIDDLE DOT} new")]
    assert len(marked) == 1
    assert "RET001" in marked[0]


def test_what_falls_due_is_said_in_one_line() -> None:
    said = "due 1 access date expires within 30 days; first charity, 2026-12-01 (`evidence due` lists them)"
    assert said in unwrapped(text(report()))
    overdue = Due("charity", PATH, None, DueKind.ACCESSED, date(2026, 8, 1), "ran out")
    assert "   due   " not in text(report(due=(overdue,)))


def test_the_kinds_of_what_falls_due_are_counted_apart() -> None:
    days = [date(2026, 11, 1), date(2026, 11, 24), date(2026, 12, 1)]
    kinds = [DueKind.VERIFICATION, DueKind.ACCESSED, DueKind.CONFIRMATION]
    due = tuple(Due("charity", PATH, None, kind, day, "") for kind, day in zip(kinds, days, strict=True))
    output = unwrapped(text(report(due=(*due, due[1]))))
    reported = (
        "2 access dates expire within 30 days; 1 confirmation expires within 30 days; 1 reference has not been verified"
    )
    assert reported in output


def test_errors_that_could_not_be_judged_again_are_said_one_by_one() -> None:
    lesser = replace(MISSING, severity=Severity.WARNING)
    output = text(report(changes=changed(unjudged=(MISSING, lesser))))
    reported = "charity: LNK001 dead-link could not be checked again; previously: dead link: \\x1b[31mhttps"
    assert reported in unwrapped(output)
    assert "1 earlier lesser finding could not be checked again: charity" in unwrapped(output)


def test_when_nothing_happened_one_line_says_so() -> None:
    output = text(report(changes=changed(new=(), resolved=(), news=()), due=()))
    assert "   findings      nothing new, nothing resolved, 9 unchanged\n" in output


def test_without_an_earlier_run_nothing_is_said_of_one() -> None:
    assert "\u2500\u2500 since" not in text(report(changes=None, earlier=()))


def test_a_quiet_report_leaves_the_past_out() -> None:
    output = text(report(), quiet=True)
    assert "since 2026-11-16" not in output
    assert "evidence due" not in output


def test_a_long_list_of_news_is_cut_unless_all_is_wanted() -> None:
    many = tuple(news(NewsKind.ADDED, f"ref-{number}") for number in range(30))
    assert text(report(changes=changed(news=many))).count("added it is") == 12
    assert "and 18 more (-v lists them)" in text(report(changes=changed(news=many)))
    assert text(report(changes=changed(news=many)), verbose=1).count("added it is") == 30


def test_a_report_stored_before_there_was_a_past_is_printed_as_it_was() -> None:
    old = json.loads(stored_json(report_document(sample_report())))
    new = render_text(old, TextOptions(100))
    for key in ("changes", "earlier_runs", "due"):
        del old[key]
    for reference in old["references"]:
        for key in ("title", "cited_as", "accessed", "owner", "role", "history"):
            del reference[key]
    assert render_text(old, TextOptions(100)) == new
    assert json.loads(render_json(old)) == old


@pytest.mark.parametrize("full", [False, True])
def test_two_runs_are_reported_side_by_side(full: bool) -> None:
    output = report_document(report(changes=changed(unjudged=(MISSING,))))
    whole = {
        "new": [one for one in output["findings"] if one["new"]],
        "persisting": [one for one in output["findings"] if not one["new"]],
    }
    sheet = Sheet(width=100, color=False, unicode=True)
    before = report_document(sample_report(as_of=date(2026, 11, 16)))
    render_diff(sheet, before, output, {**output["changes"], **whole}, full=full)
    lines = sheet.text().splitlines()
    rules = [line.split(" ")[1] for line in lines if line.startswith("\u2500\u2500 ")]
    assert rules == ["news", "new", "resolved", "unknown:", *(["unchanged"] if full else [])]
    assert lines[-1] == "1 new, 1 resolved, 1 unknown, 9 unchanged"
    assert all(char.isprintable() for line in lines for char in line)


def test_a_finding_says_itself_whether_it_is_new_and_only_beside_an_earlier_run() -> None:
    reported = report_document(report())["findings"]
    assert [one["code"] for one in reported if one["new"]] == ["RET001"]
    assert all("new" not in one for one in report_document(sample_report())["findings"])


def test_a_document_of_an_earlier_version_still_marks_what_is_new() -> None:
    old = report_document(report())
    old["findings"] = [{key: value for key, value in one.items() if key != "new"} for one in old["findings"]]
    assert render_text(old, TextOptions(100)) == text(report())


def test_a_retraction_that_could_not_be_checked_again_is_named_in_the_summary() -> None:
    retraction = replace(MISSING, code="RET001", name="retracted-publication", reference="paper")
    document = report_document(report(changes=changed(unjudged=(retraction,))))
    assert "1 RETRACTED when last checked: paper" in render_summary(document, TextOptions())


def test_a_run_that_passes_says_by_which_severity_it_would_have_failed() -> None:
    assert "\nPassed (--fail-on error)\n" in text(clean_report())
