from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from importlib import resources
from typing import Any

import jsonschema
import pytest

from evidence.model.policy import Policy, Severity, SourceType
from evidence.model.report import Mode
from evidence.reports.document import render_json, report_document, stored_json
from factories import LABEL_SETID, STARTED, clean_report, document_with_claims, sample_report


def schema() -> dict[str, Any]:
    text = (resources.files("evidence.reports") / "report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def closed(node: Any) -> Any:
    """The schema allowing no keys but those it describes, to see that it describes them all."""
    if isinstance(node, list):
        return [closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    strict = {key: closed(part) for key, part in node.items()}
    if node.get("type") == "object" and "properties" in node:
        strict.setdefault("additionalProperties", False)
    return strict


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("mode", list(Mode))
def test_reports_fit_the_schema_and_hold_no_key_that_it_does_not_describe(mode: Mode) -> None:
    strict = closed(schema())
    strict["properties"]["ignored"]["items"] = schema()["properties"]["ignored"]["items"]
    strict["$defs"]["finding"] = schema()["$defs"]["finding"]
    for report in (sample_report(mode), clean_report(mode)):
        jsonschema.validate(json.loads(render_json(report_document(report))), strict, jsonschema.Draft202012Validator)


def test_findings_hold_exactly_the_keys_of_the_schema() -> None:
    output = report_document(sample_report())
    # Said only beside an earlier run; only where there is something for programs to know.
    described = set(schema()["$defs"]["finding"]["properties"]) - {"new", "details"}
    assert all(set(finding) == described for finding in output["findings"])
    assert all(set(finding) == described | {"reason"} for finding in output["ignored"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("run", "started"), "2026-11-23T08:35:54+00:00"),
        (("run", "mode"), "asleep"),
        (("references", 0, "state"), "dead"),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "line"), 0),
        (("summary", "exit_code"), 2),
        (("version",), 2),
    ],
)
def test_the_schema_refuses_what_is_no_report(path: tuple[str | int, ...], value: object) -> None:
    broken: Any = copy.deepcopy(report_document(sample_report()))
    *way, last = path
    at = broken
    for key in way:
        at = at[key]
    at[last] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema(), jsonschema.Draft202012Validator)


def test_the_keys_are_in_the_documented_order() -> None:
    output = report_document(sample_report())
    first = ["version", "tool", "run", "references", "findings", "unchecked", "ignored", "summary"]
    assert list(output) == [*first, "changes", "earlier_runs", "due", "waived", "sign_offs", "audit", "policy_weaker"]
    assert list(output["references"][0]) == [
        "id", "path", "line", "column", "type", "identifiers", "state", "retracted", "withdrawn", "retraction",
        "verified", "from", "record", "lookups", "title", "cited_as", "accessed", "owner", "role", "history", "check",
    ]  # fmt: skip
    assert output["summary"] == {
        "references": 8,
        "errors": 2,
        "warnings": 4,
        "infos": 4,
        "unchecked": 1,
        "ignored": 1,
        "waived": 0,
        "exit_code": 1,
        "checked": 6,
        "not_checked": 1,
        "cannot_be_checked": 1,
    }


def test_the_same_report_gives_the_same_bytes_and_survives_being_stored() -> None:
    first, second = (render_json(report_document(sample_report())) for _ in range(2))
    assert first == second
    assert render_json(json.loads(first)) == first


@pytest.mark.parametrize("message", ["β ≥ 2 — \U0001f9ea", "\u202e reversed \ud800 alone", 'a "quote" \\ and\na line'])
def test_what_the_store_keeps_renders_to_the_bytes_that_were_shown(message: str) -> None:
    output = {**report_document(sample_report()), "note": message}
    assert render_json(json.loads(stored_json(output))) == render_json(output)


def test_times_are_utc_with_seconds_whatever_their_zone() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    report = sample_report()
    moved = replace(report, run=replace(report.run, started=STARTED.astimezone(kathmandu)))
    assert report_document(moved)["run"]["started"] == "2026-11-23T08:35:54Z"
    exact = replace(report, run=replace(report.run, finished=datetime(2026, 11, 23, 9, 0, 1, 999, tzinfo=kathmandu)))
    assert report_document(exact)["run"]["finished"] == "2026-11-23T03:15:01Z"


def test_what_was_asked_and_answered_is_listed_for_each_reference() -> None:
    output = {reference["id"]: reference for reference in report_document(sample_report())["references"]}
    assert output["label"]["identifiers"] == {"setid": LABEL_SETID}
    assert output["gone-2019"]["lookups"] == [
        {
            "source": "pubmed",
            "identifier": "pmid:99999999",
            "state": "not-found",
            "at": "2026-11-23T08:35:54Z",
            "detail": "PubMed does not know it",
        }
    ]
    assert (output["gone-2019"]["verified"], output["gone-2019"]["from"], output["gone-2019"]["record"]) == (None,) * 3
    assert (output["retracted-2020"]["from"], output["retracted-2020"]["state"]) == ("store", "found")


def test_the_policy_in_force_is_reported_under_the_names_of_the_file() -> None:
    policy = Policy(
        accessed_limit={SourceType.WEBPAGE: 180, SourceType.ARTICLE: None},
        severity={"MET007": Severity.WARNING},
        fail_on=Severity.WARNING,
    )
    report = sample_report()
    output = report_document(replace(report, run=replace(report.run, policies={"a.yaml": policy})))["run"]["policies"]
    assert output["a.yaml"] == {
        "accessed-limit": {"article": None, "webpage": 180},
        "life": {"status": 1, "metadata": 30, "page": 1},
        "confirm-dead": 1,
        "lock-limit": 14,
        "sign-off-limit": 365,
        "coverage": None,
        "severity": {"MET007": "warning"},
        "fail-on": "warning",
        "waiver-limit": {"error": 30, "warning": 90, "info": 365, "baseline": 90},
        "self-approval": "refused",
        "style": "ama",
    }


def test_hostile_text_reaches_json_only_as_escapes() -> None:
    text = render_json(report_document(sample_report(as_of=date(2026, 9, 1))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b]0;owned\\u0007" in text


def test_claims_fit_the_schema_and_hold_no_key_that_it_does_not_describe() -> None:
    document, strict = document_with_claims(), closed(schema())
    for name in ("claim", "evidence", "printed"):
        part = {**strict["$defs"][name], "$defs": strict["$defs"]}
        values = {
            "claim": document["claims"],
            "evidence": [item for claim in document["claims"] for item in claim["evidence"]],
            "printed": [claim["printed"] for claim in document["claims"]],
        }
        assert values[name]
        for value in values[name]:
            jsonschema.validate(value, part, jsonschema.Draft202012Validator)
