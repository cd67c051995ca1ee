"""The year that docs/sign-off.md describes, day by day by `--as-of`: what voids a sign-off, and what does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.model.records import NoticeLink
from factories import LABEL_SETID
from processes import PROJECT
from runs import RunSeries

pytestmark = pytest.mark.acceptance

REFERENCES = f"""\
policy: {{accessed-limit: {{label: none}}}}
references:
- {{id: younger, PMID: "23359310"}}
- {{id: smith, PMID: "17222320"}}
- {{id: label, setid: {LABEL_SETID}, accessed: 2023-11}}
"""


@pytest.fixture
def series(tmp_path: Path) -> Iterator[RunSeries]:
    with DemoServer() as server:
        label = server.world.labels[LABEL_SETID]
        known = tuple(version for version in label.versions if version.published < date(2024, 1, 1))
        server.world = server.world.with_label(replace(label, versions=known))
        series = RunSeries(tmp_path, server)
        series.write(REFERENCES)
        yield series


def check(series: RunSeries, day: str) -> tuple[set[str], list[dict[str, Any]]]:
    """The codes found on a day, and the sign-offs reported."""
    report = json.loads(series.does("check", "--as-of", day, "--format", "json", ends=(0, 1, 3)).stdout)
    return {one["code"] for one in report["findings"]}, report["sign_offs"]


def test_a_year_of_one_monograph(series: RunSeries) -> None:
    server = series.server
    found, signed = check(series, "2024-01-15")
    assert (found & {"SPL002", "RET001"}, signed) == (set(), [])
    series.sign("regulatory affairs", "approved", "Kim Ode", "2024-01-15")

    found, (first,) = check(series, "2024-02-15")
    assert (first["state"], first["as_of"], "SGN001" in found) == ("in-force", "2024-01-15", False)

    server.faults.add("dailymed", "wrong-content")  # an authority that cannot be asked that day
    found, (same,) = check(series, "2024-03-15")
    assert (same["state"], same["sequence"], "SGN001" in found) == ("in-force", first["sequence"], False)
    server.faults.clear()
    assert check(series, "2024-04-15")[1][0]["state"] == "in-force"

    server.world = server.world.with_label_version(LABEL_SETID, 12, date(2024, 4, 20))
    found, (void,) = check(series, "2024-05-15")
    assert (void["state"], {"SGN001", "SPL002"} - found) == ("void", set()), found
    assert void["void"] == ["new findings since it was signed: SPL002 label-changed-since-accessed of label"]

    series.edit("2023-11", "2024-05-14")
    found, (void,) = check(series, "2024-05-15")
    assert ("SPL002" in found, void["void"][0].startswith("references.yaml has changed")) == (False, True)
    series.sign("regulatory affairs", "approved", "Kim Ode", "2024-05-16")
    found, (second,) = check(series, "2024-06-15")
    assert (second["state"], second["as_of"], "SGN001" in found) == ("in-force", "2024-05-16", False)

    notice = NoticeLink("RetractionIn", "J Synthetic. 2024", "39999999")
    server.world = server.world.with_retraction("17222320", notice)
    found, (void,) = check(series, "2024-09-15")
    assert (void["state"], {"SGN001", "RET001"} <= found) == ("void", True)

    series.delete("- {id: smith", "- {id: label")
    check(series, "2024-09-16")
    series.sign("regulatory affairs", "approved", "Kim Ode", "2024-09-16")
    found, (third,) = check(series, "2025-09-16")
    assert (third["state"], third["due"], third["overdue"]) == ("in-force", "2025-09-16", False)
    found, (late,) = check(series, "2025-09-17")
    assert (late["overdue"], "SGN002" in found, "SGN001" in found) == (True, True, False)

    series.does("verify")
    events = [json.loads(line) for line in (series.folder / "evidence.log.jsonl").read_text().splitlines()]
    assert [event["as_of"] for event in events if event["action"] == "sign"] == [
        "2024-01-15",
        "2024-05-16",
        "2024-09-16",
    ]
    for day in ("2024-01-15", "2024-05-15", "2024-09-15"):
        run = next(event["object"] for event in events if event["action"] == "run" and event["as_of"] == day)
        series.does("bundle", run, "-o", f"{day}.zip")
        series.does("verify", f"{day}.zip")


def test_the_document_points_here() -> None:
    reported = (PROJECT / "docs" / "sign-off.md").read_text()
    assert re.search(r"tests/acceptance/test_signed_year\.py", reported)
