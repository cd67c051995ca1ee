"""What is new is reported for each file: two monographs may cite the same paper under the same id."""

from __future__ import annotations

import json

import pytest

from evidence.demo.server import DemoServer
from evidence.model.records import NoticeLink
from processes import Command

SMITH = '- {id: smith, PMID: "17222320"}\n'
YOUNGER = '- {id: younger, PMID: "23359310"}\n'


@pytest.fixture
def two_files(evidence: Command, server: DemoServer) -> Command:
    """A run in which only the file `a` cites a retracted paper, and one in which `b` cites it, too."""
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
    server.world = server.world.with_retraction("17222320", notice)
    evidence.write(f"references:\n{SMITH}", "a.yaml")
    evidence.write(f"references:\n{YOUNGER}", "b.yaml")
    evidence("check", "--as-of", "2026-11-21", "a.yaml", "b.yaml")
    evidence.write(f"references:\n{YOUNGER}{SMITH}", "b.yaml")
    wanted = [word for name in ("json", "text", "markdown", "html") for word in ("--format", f"{name}=told.{name}")]
    assert evidence("check", "--as-of", "2026-11-22", "a.yaml", "b.yaml", *wanted).returncode == 1
    return evidence


def output_of(command: Command, name: str) -> str:
    return (command.folder / f"told.{name}").read_text("utf-8")


def test_only_the_finding_of_the_file_that_did_not_have_it_is_new(two_files: Command) -> None:
    found = [one for one in json.loads(output_of(two_files, "json"))["findings"] if one["code"] == "RET001"]
    assert [(one["path"], one["new"]) for one in found] == [("a.yaml", False), ("b.yaml", True)]
    assert found[0]["fingerprint"] == found[1]["fingerprint"]


def test_no_report_for_people_calls_the_known_one_new(two_files: Command) -> None:
    lines = [
        line
        for line in output_of(two_files, "text").splitlines()
        if "RET001 retracted-publication \N{MIDDLE DOT}" in line
    ]
    assert [line.endswith("\N{MIDDLE DOT} new") for line in lines] == [False, True]
    items = [line for line in output_of(two_files, "markdown").splitlines() if line.startswith("- **RET001**")]
    assert [("`a.yaml:2`" in line, "**new**" in line) for line in items] == [(True, False), (False, True)]
    page = output_of(two_files, "html")
    number = sum(one["new"] for one in json.loads(output_of(two_files, "json"))["findings"])
    assert f"<b>{number}</b> new" in page
    assert page.count('<span class="new">new</span>') == number


def test_the_difference_of_two_runs_is_reported_for_each_file_too(two_files: Command) -> None:
    changes = json.loads(two_files("diff", "--json").stdout)
    for key, path in (("new", "b.yaml"), ("persisting", "a.yaml")):
        assert [one["path"] for one in changes[key] if one["code"] == "RET001"] == [path]
    output = two_files("diff", "-v").stdout
    came, stayed = output.split(" unchanged ", 1)
    assert ("b.yaml:3" in came, "a.yaml:2" in came) == (True, False)
    assert ("b.yaml:3" in stayed, "a.yaml:2" in stayed) == (False, True)
