"""What every report says of a known retraction on the days on which NCBI cannot be asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import CrossrefUpdate
from evidence.model.records import NoticeLink
from processes import Command

NOTICE = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
PAPERS = """references:
- {id: younger, PMID: "23359310"}
- {id: smith, PMID: "17222320"}
"""
FORMATS = ("text", "json", "html", "markdown", "github", "gitlab", "junit", "sarif")
WITHIN_ITS_LIFE, BEYOND_IT = "2026-11-28", "2028-11-28"


@pytest.fixture
def known(evidence: Command, server: DemoServer) -> Command:
    """One run that saw a retraction; from then on NCBI is down."""
    evidence.write(PAPERS)
    server.world = server.world.with_retraction("17222320", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    assert evidence("check", "--as-of", "2026-11-21", "--format", "gitlab=before.gitlab").returncode == 1
    server.faults.add("eutils", "wrong-content")
    return evidence


def check(command: Command, day: str, *more: str) -> tuple[int, dict[str, str]]:
    wanted = [word for name in FORMATS for word in ("--format", f"{name}=told.{name}")]
    done = command("check", "--as-of", day, "--on-incomplete", "warn", *wanted, *more)
    assert done.stderr == ""
    return done.returncode, {name: (command.folder / f"told.{name}").read_text("utf-8") for name in FORMATS}


def smith(reported: dict[str, str]) -> dict[str, Any]:
    return next(one for one in json.loads(reported["json"])["references"] if one["id"] == "smith")


def retraction_in_gitlab(folder: Path, name: str) -> dict[str, Any]:
    issues = json.loads((folder / name).read_text("utf-8"))
    [issue] = [one for one in issues if one["check_name"] == "evidence/RET001"]
    return issue


def test_a_remembered_retraction_fails_the_run_though_the_outage_is_let_pass(known: Command) -> None:
    status, reported = check(known, WITHIN_ITS_LIFE)
    assert status == 1
    for name in FORMATS:
        assert "RET001" in reported[name], name
        assert "PubMed, at the last look-up, 2026-11-21: retracted" in " ".join(reported[name].split()), name
    assert (smith(reported)["retracted"], smith(reported)["retraction"]) == (
        True,
        {"confirmed": False, "as_of": "2026-11-21"},
    )
    assert "RETRACTED when last checked, on 2026-11-21" in reported["text"]
    assert '<span class="stamp">RETRACTED when last checked, on 2026-11-21</span>' in reported["html"]
    assert "**Retracted when last checked, on 2026-11-21:** `smith`" in reported["markdown"]


def test_a_retraction_that_nobody_remembers_is_reported_by_every_report_and_never_passes(known: Command) -> None:
    status, reported = check(known, BEYOND_IT)
    assert status == 3
    assert {finding["code"] for finding in json.loads(reported["json"])["changes"]["unjudged"]} >= {"RET001"}
    for name in FORMATS:
        assert "RET001" in reported[name], name
        if name != "json":
            assert "could not be checked again" in " ".join(reported[name].split()), name
    assert smith(reported)["retraction"] == {"confirmed": False, "as_of": "2026-11-21"}
    assert '<span class="stamp">RETRACTED when last checked, on 2026-11-21</span>' in reported["html"]
    assert "**Retracted when last checked, on 2026-11-21:** `smith`" in reported["markdown"]
    assert "RETRACTED when last checked, on 2026-11-21" in reported["text"]
    quiet = known("check", "--as-of", BEYOND_IT, "--on-incomplete", "warn", "--quiet")
    assert quiet.returncode == 3
    assert "RETRACTED when last checked, on 2026-11-21" in quiet.stdout
    assert "1 earlier error could not be checked again" in quiet.stdout


@pytest.mark.parametrize("day", [WITHIN_ITS_LIFE, BEYOND_IT])
def test_gitlab_never_reads_fixed_while_a_retraction_cannot_be_asked_about(known: Command, day: str) -> None:
    check(known, day)
    before, now = (retraction_in_gitlab(known.folder, name) for name in ("before.gitlab", "told.gitlab"))
    assert (now["fingerprint"], now["severity"]) == (before["fingerprint"], "blocker")


def test_a_run_that_leaves_retractions_out_is_let_pass_but_still_names_them(known: Command) -> None:
    known("check", "--as-of", "2026-11-22", "--ignore", "RET")
    status, reported = check(known, WITHIN_ITS_LIFE, "--ignore", "RET")
    assert status == 0
    assert smith(reported)["retracted"]
    assert "RETRACTED when last checked" in reported["html"]


def test_a_withdrawal_outlives_the_outage_of_its_source_as_a_retraction_does(
    evidence: Command, server: DemoServer
) -> None:
    evidence.write(PAPERS)
    smiths = server.world.articles["17222320"]
    server.world = server.world.with_article(replace(smiths, title=f"WITHDRAWN: {smiths.title}", doi=""))
    assert evidence("check", "--as-of", "2026-11-21").returncode == 1
    server.faults.add("eutils", "wrong-content")
    for day, expected in ((WITHIN_ITS_LIFE, 1), (BEYOND_IT, 3)):
        status, reported = check(evidence, day)
        assert (status, smith(reported)["withdrawn"], smith(reported)["retracted"]) == (expected, True, False)
        assert smith(reported)["retraction"] == {"confirmed": False, "as_of": "2026-11-21"}
        assert "WITHDRAWN when last checked, on 2026-11-21" in reported["text"]
        assert "**Withdrawn when last checked, on 2026-11-21:** `smith`" in reported["markdown"]
        assert '<span class="stamp">WITHDRAWN when last checked, on 2026-11-21</span>' in reported["html"]


def test_what_crossref_alone_calls_retracted_is_headed_so_in_every_report_for_people(
    evidence: Command, server: DemoServer
) -> None:
    evidence.write(PAPERS)
    smiths = server.world.articles["17222320"]
    update = CrossrefUpdate("10.5555/notice", "retraction", date(2026, 11, 2))
    server.world = server.world.with_article(replace(smiths, doi=smiths.doi or "10.5555/smith", updates=(update,)))
    status, reported = check(evidence, "2026-11-21")
    assert (status, smith(reported)["retracted"]) == (1, True)
    assert smith(reported)["record"]["custom"].get("retracted") is None
    assert smith(reported)["retraction"] == {"confirmed": True, "as_of": "2026-11-21"}
    assert "RETRACTED, found, verified" in reported["text"]
    assert "**Retracted:** `smith`" in reported["markdown"]
    assert '<span class="stamp">RETRACTED</span>' in reported["html"]
    assert "1 cited article is retracted." in reported["html"]


def test_a_retraction_that_is_discussed_or_deselected_is_still_on_the_reference(
    evidence: Command, server: DemoServer
) -> None:
    evidence.write(PAPERS.replace('"17222320"}', '"17222320", role: discusses-retraction}'))
    server.world = server.world.with_retraction("17222320", NOTICE)
    assert smith(check(evidence, "2026-11-21", "--ignore", "RET")[1])["retracted"]
