"""What an inspector looks for first: which monograph, who decided, which sign-offs hold, and the trail's head."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from evidence.reports.document import report_document
from evidence.reports.html import policy_settings, render_html, verdict
from evidence.reports.markdown import render_markdown
from evidence.reports.text import TextOptions, render_text
from evidence.reports.wording import recent_decisions
from factories import clean_report, sample_report, two_sign_offs

FORMS = {
    "text": lambda output: render_text(output, TextOptions(width=100)),
    "html": render_html,
    "markdown": render_markdown,
}
HEAD = {"sequence": 68, "head": "e2" * 32}


def titled(title: str = "Naltrexone <low dose>") -> dict[str, Any]:
    report = clean_report()
    inputs = (replace(report.run.inputs[0], title=title), *report.run.inputs[1:])
    return report_document(replace(report, run=replace(report.run, inputs=inputs)))


def waived_finding(output: dict[str, Any], since: str) -> dict[str, Any]:
    """A finding of the first reference, with its waiver."""
    reference = output["references"][0]
    where = {"reference": reference["id"], "path": reference["path"], "line": 1, "column": 1}
    finding = {"code": "MET005", "name": "locator-mismatch", "severity": "warning", "message": "pages differ", **where}
    people = {"category": "accepted-risk", "reason": "as printed", "requested_by": "A", "approved_by": "B"}
    days = {"since": since, "until": "2026-12-20", "path": reference["path"], "line": 1, "baseline": False}
    return {**finding, "fix": None, "fingerprint": since, "waiver": {**people, **days}}


def top(page: str) -> str:
    return page[page.index("<header") : page.index('id="changes"')]


@pytest.mark.parametrize("form", FORMS)
def test_the_monograph_is_called_by_its_name(form: str) -> None:
    page = FORMS[form](titled())
    assert "Naltrexone" in page
    bare = page.replace("`<low dose>`", "")  # code, in Markdown
    assert ("<low dose>" in bare) is (form == "text"), "a title is text from outside"


def test_the_page_is_headed_by_the_monograph_s_name_and_by_the_file_without_one() -> None:
    assert "<h1>Naltrexone &lt;low dose&gt;</h1>" in render_html(titled())
    path = report_document(clean_report())["run"]["inputs"][0]["path"]
    assert f"<h1>{path}</h1>" in render_html(report_document(clean_report()))


def test_the_head_of_the_trail_is_at_the_top_of_the_page() -> None:
    assert HEAD["head"] in top(render_html({**report_document(clean_report()), "audit": HEAD}))


def test_the_verdict_says_how_each_sign_off_is_judged() -> None:
    output = {**report_document(clean_report()), "sign_offs": two_sign_offs()}
    assert (
        "Sign-offs: approved by A. Reviewer (physician): void; approved by A. Reviewer (medical editor): in force."
        in verdict(output, {}).lines
    )
    assert not any("Sign-off" in line for line in verdict(report_document(clean_report()), {}).lines)


def test_many_sign_offs_are_counted_in_the_verdict() -> None:
    output = {**report_document(clean_report()), "sign_offs": two_sign_offs() * 3}
    assert "Sign-offs: 3 void; 3 in force." in verdict(output, {}).lines


def test_decisions_precede_the_list_of_references() -> None:
    page = render_html({**report_document(sample_report()), "sign_offs": two_sign_offs()})
    places = [page.index(f'<h2 id="{name}"') for name in ("unchecked", "sign-offs", "waived", "references")]
    assert places == sorted(places)


def test_the_policy_says_after_how_long_a_sign_off_is_to_be_renewed() -> None:
    policy = next(iter(report_document(clean_report())["run"]["policies"].values()))
    assert ("A sign-off expires after", "90 days") in policy_settings({**policy, "sign-off-limit": 90})
    output = report_document(clean_report())
    output["run"]["policies"] = {path: {**one, "sign-off-limit": 90} for path, one in output["run"]["policies"].items()}
    assert "sign-off limit 90 d" in FORMS["text"](output)
    assert "sign-off limit" not in FORMS["text"](report_document(clean_report())), "a default is left unsaid"


def test_what_passes_by_a_waiver_alone_is_not_called_free_of_findings() -> None:
    output = report_document(clean_report())
    output["waived"] = [waived_finding(output, "2026-11-01")]
    page = " ".join(FORMS["text"](output).split())
    assert f"{output['references'][0]['id']} (MET005 waived)" in page


def test_a_document_with_a_title_is_as_its_schema_says() -> None:
    schema = json.loads((files("evidence.reports") / "report.schema.json").read_text())
    jsonschema.validate(titled(), schema)
    assert titled()["run"]["inputs"][0]["title"] == "Naltrexone <low dose>"


def decided_after(finished: str) -> dict[str, Any]:
    """A report with two sign-offs of 10:00, compared with a run that ended at some time of that day."""
    output = {**report_document(sample_report()), "sign_offs": two_sign_offs()}
    changes = output["changes"] or {
        "news": [],
        "new": [],
        "persisting": [],
        "resolved": [],
        "ignored": [],
        "unjudged": [],
    }
    return {**output, "changes": {**changes, "since": {"run": "r", "as_of": "2026-11-23", "finished": finished}}}


def test_what_was_signed_since_the_run_before_is_reported_as_decided() -> None:
    output = decided_after("2026-11-23T09:00:00Z")
    assert len(list(recent_decisions(output))) == 2
    assert "Decided since then" in render_html(output)
    assert "decided       approved by A. Reviewer" in FORMS["text"](output)
    assert list(recent_decisions(decided_after("2026-11-23T11:00:00Z"))) == []


def test_a_waiver_since_the_run_before_is_reported_as_decided() -> None:
    output = decided_after("2026-11-23T11:00:00Z")
    output["waived"] = [waived_finding(output, since) for since in ("2026-11-24", "2026-11-22")]
    (line,) = recent_decisions(output)
    assert line.endswith("waived by B on 2026-11-24, until 2026-12-20")


def test_a_waiver_of_the_day_of_the_run_before_is_reported_when_that_run_did_not_know_it() -> None:
    output = decided_after("2026-11-23T11:00:00Z")
    output["waived"] = [waived_finding(output, "2026-11-23")]
    assert list(recent_decisions(output)) == []
    output["changes"]["newly_waived"] = [output["waived"][0]["fingerprint"]]
    (line,) = recent_decisions(output)
    assert line.endswith("waived by B on 2026-11-23, until 2026-12-20")
