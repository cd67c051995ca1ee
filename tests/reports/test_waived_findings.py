"""Waived findings in every format: never left out, with who, as what, why and until when; and they fail nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from test_sarif_report import schema

from evidence.app.registry import RULES
from evidence.cli.formats import FORMS, SPREADSHEETS, render
from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.references import Category, Waiver
from evidence.model.report import Exit, Input, Report, Waived
from evidence.reports.document import Checkout, render_json, report_document
from evidence.reports.github import render_github
from evidence.reports.gitlab import render_gitlab
from evidence.reports.html import render_html
from evidence.reports.junit import render_junit
from evidence.reports.markdown import render_markdown
from evidence.reports.sarif import render_sarif
from evidence.reports.text import TextOptions, render_text
from factories import PATH, finding_at, sample_report

BESIDE = "waivers.yaml"


def waiver(code: str, reference: str | None, **changed: Any) -> Waiver:
    given = {
        "code": code,
        "reference": reference,
        "category": Category.ACCEPTED_RISK,
        "reason": "only the <package> label changed, see note 7",
        "requested_by": "Dana Reyes",
        "approved_by": "Kim Ode",
        "since": date(2026, 11, 20),
        "until": date(2026, 12, 20),
        "evidence": {"finding": "f" * 32, "dailymed": "d" * 32},
        "place": Place(BESIDE, 7, 5),
    }
    return Waiver(**{**given, **changed})


def waived_report() -> Report:
    """One finding waived by itself, two by one decision, and a finding about a waiver in the file beside."""
    label = finding_at("SPL002", "label-changed-since-accessed", Severity.WARNING, ("label", 46), "1 version published")
    dead = finding_at("LNK001", "dead-link", Severity.ERROR, ("charity", 38), "the page is gone")
    old = finding_at("ACC001", "stale-accessed-date", Severity.WARNING, ("charity", 39), "accessed long ago")
    base = {"category": Category.PENDING_FIX, "reason": "inherited", "baseline": True}
    unused = replace(
        finding_at(
            "WVR003",
            "unused-waiver",
            Severity.WARNING,
            ("label", 1),
            "SPL003 is waived for label, but the rule finds nothing there",
        ),
        place=Place(BESIDE, 20, 11),
    )
    report = sample_report()
    policies = {**report.run.policies, BESIDE: report.run.policies[PATH]}
    inputs = (*report.run.inputs, Input(BESIDE, "a" * 64, of=PATH))
    return replace(
        report,
        run=replace(report.run, inputs=inputs, policies=policies),
        findings=(*report.findings, unused),
        waived=(
            Waived(label, waiver("SPL002", "label")),
            Waived(dead, waiver("LNK001", "charity", **base)),
            Waived(old, waiver("ACC001", "charity", place=Place(BESIDE, 30, 5), **base)),
        ),
    )


SHOWN = report_document(waived_report())
WORDS = (
    "Dana Reyes",
    "Kim Ode",
    "accepted-risk",
    "pending-fix",
    "2026-12-20",
    "inherited",
    "note 7",
    "SPL002",
    "LNK001",
)


def rendered(form: str) -> str:
    return render(form, SHOWN)


RENDERED = [form for form in FORMS if form not in {"brief", *SPREADSHEETS}]
"""The formats of the whole report as text; the others have tests of their own."""


@pytest.mark.parametrize("form", [form for form in RENDERED if form != "summary"])
def test_every_format_names_what_is_waived_by_whom_as_what_why_and_until_when(form: str) -> None:
    text = re.sub(r"\s+", " ", rendered(form).replace("&lt;", "<").replace("&gt;", ">").replace("\\-", "-"))
    for word in WORDS:
        assert word in text or word.replace("-", " ") in text.lower(), word


@pytest.mark.parametrize("form", RENDERED)
def test_documents_of_before_waivers_are_rendered_all_the_same(form: str) -> None:
    old = {key: value for key, value in report_document(sample_report()).items() if key != "waived"}
    old["summary"] = {key: value for key, value in old["summary"].items() if key != "waived"}
    run = {**old["run"], "policies": {PATH: dict(old["run"]["policies"][PATH])}}
    del run["policies"][PATH]["waiver-limit"], run["policies"][PATH]["self-approval"]
    assert render(form, {**old, "run": run})


def test_the_document_is_as_its_schema_says() -> None:
    reported = json.loads(files("evidence.reports").joinpath("report.schema.json").read_text(encoding="utf-8"))
    printed = json.loads(render_json(SHOWN))
    assert [error.message for error in Draft202012Validator(reported).iter_errors(printed)] == []
    assert printed["summary"]["waived"] == 3
    assert printed["waived"][0]["waiver"] == {
        "category": "accepted-risk",
        "reason": "only the <package> label changed, see note 7",
        "requested_by": "Dana Reyes",
        "approved_by": "Kim Ode",
        "since": "2026-11-20",
        "until": "2026-12-20",
        "baseline": False,
        "evidence": {"finding": "f" * 32, "dailymed": "d" * 32},
        "path": BESIDE,
        "line": 7,
        "column": 5,
    }
    assert printed["run"]["inputs"][1] == {"path": BESIDE, "sha256": "a" * 64, "of": PATH}


def test_sarif_says_that_a_result_is_suppressed_and_where_the_waiver_is() -> None:
    log = json.loads(render_sarif(SHOWN, RULES, Checkout()))
    assert [error.message for error in Draft4Validator(schema()).iter_errors(log)] == []
    [result] = [one for one in log["runs"][0]["results"] if one["ruleId"].endswith("SPL002") and one["suppressions"]]
    [why] = result["suppressions"]
    assert (why["kind"], why["status"]) == ("external", "accepted")
    assert "approved by Kim Ode" in why["justification"]
    assert why["location"]["physicalLocation"]["region"]["startLine"] == 7
    assert why["location"]["physicalLocation"]["artifactLocation"]["uri"] == BESIDE


def test_junit_skips_what_is_waived_and_names_it_beside_what_fails() -> None:
    root = ET.fromstring(render_junit(SHOWN, RULES))  # noqa: S314 - our own
    assert [suite.get("name") for suite in root] == [PATH]  # the file of waivers is no suite
    cases = {case.get("name"): case for case in root.iter("testcase")}
    skipped = cases["charity: LNK links"].find("skipped")
    assert skipped is not None
    assert skipped.get("message", "").startswith("LNK001 waived (pending-fix, baseline, 2026-11-20 to 2026-12-20")
    assert "label: WVR waivers" in cases
    assert sum("WVR" in name for name in cases if name) == 1  # no case where no waiver is told of


def test_junit_names_what_is_waived_also_where_something_else_of_the_family_fails() -> None:
    failing = finding_at("LNK003", "persistently-unreachable-link", Severity.ERROR, ("charity", 38), "silent for days")
    report = waived_report()
    printed = report_document(replace(report, findings=(*report.findings, failing)))
    root = ET.fromstring(render_junit(printed, RULES))  # noqa: S314 - our own
    case = next(case for case in root.iter("testcase") if case.get("name") == "charity: LNK links")
    assert case.find("failure") is not None
    assert "LNK001 waived" in (case.findtext("system-out") or "")


def test_github_gets_one_notice_for_each_decision_at_its_waiver() -> None:
    reported = [line for line in render_github(SHOWN, Checkout()).splitlines() if "title=waived" in line]
    assert [line.partition("::")[2].partition(",title")[0] for line in reported] == [
        f"notice file={BESIDE},line=7,col=5",
        f"notice file={BESIDE},line=7,col=5",
    ]
    assert "waived%3A 2 findings::LNK001 charity, ACC001 charity: pending-fix, baseline" in reported[1]


def test_gitlab_keeps_the_identity_of_what_is_waived_and_lowers_it() -> None:
    report = waived_report()
    [waived] = [one for one in json.loads(render_gitlab(SHOWN, Checkout())) if one["check_name"] == "evidence/LNK001"]
    before = replace(report, findings=(*report.findings, report.waived[1].finding), waived=())
    issues = json.loads(render_gitlab(report_document(before), Checkout()))
    [counted] = [one for one in issues if one["check_name"] == "evidence/LNK001"]
    assert (counted["severity"], waived["severity"]) == ("critical", "info")
    assert counted["fingerprint"] == waived["fingerprint"]


def test_markdown_shows_one_item_for_each_decision() -> None:
    text = render_markdown(SHOWN)
    assert "; 3 waived" in text.splitlines()[0]
    assert "**3 waived findings**" in text
    assert "- 2 findings: `LNK001 charity`, `ACC001 charity`<br>waived: pending-fix, baseline" in text


def test_the_text_names_each_decision_once_and_the_days_left_of_it() -> None:
    text = render_text(SHOWN, TextOptions(width=120))
    assert "── waived: 3 findings" in text
    assert "LNK001 charity, ACC001 charity" in text
    assert "(27 days left)" in text
    assert "1 cannot be checked; 2 errors, 5 warnings, 4 infos, 3 waived" in " ".join(text.split())


def test_a_quiet_text_still_names_what_is_waived() -> None:
    assert "waived: 3 findings" in render_text(SHOWN, TextOptions(quiet=True))


def test_a_full_text_shows_the_message_of_every_waived_finding() -> None:
    text = render_text(SHOWN, TextOptions(width=120, verbose=1))
    assert "1 version published" in text
    assert "accessed long ago" in text


def test_the_page_has_a_part_for_what_is_waived_and_the_reference_says_it_too() -> None:
    page = render_html(SHOWN, RULES)
    part = page[page.index('id="waived">') :].partition("</section>")[0]
    assert 'href="#ref-4">charity</a>' in part
    assert "only the &lt;package&gt; label changed" in part
    assert "27 days left" in part
    assert "1 waived</span>" in page  # in the row of the label
    assert page.count('class="monograph"') == 1  # the file of waivers is no monograph
    assert ">waivers.yaml</h3>" not in page


def test_a_finding_about_a_waiver_is_at_its_reference_although_it_is_in_another_file() -> None:
    text = render_text(SHOWN, TextOptions(width=120))
    label = text[text.index("── label") :]
    assert "WVR003 unused-waiver \N{MIDDLE DOT} waivers.yaml:20:11" in label[: label.index("\n\n")]
    assert "references.yaml:label" not in text  # one library, so ids alone name references


def test_a_decision_on_many_findings_is_one_line_in_the_text() -> None:
    report = waived_report()
    one = report.waived[1]
    many = tuple(replace(one, finding=replace(one.finding, reference=f"r{n}")) for n in range(200))
    text = render_text(report_document(replace(report, waived=many)), TextOptions(width=120))
    assert text.count("inherited") == 1
    assert "and 194 more (-v lists them)" in text


def test_what_is_waived_does_not_fail_the_run() -> None:
    clean = replace(waived_report(), findings=(), unchecked=(), ignored=(), exit=Exit.CLEAN)
    assert "exit 1" not in render_text(report_document(clean), TextOptions())
    assert "3 findings are waived" in render_html(report_document(clean), RULES)
