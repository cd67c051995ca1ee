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
from processes import PROJECT, Command

pytestmark = pytest.mark.acceptance

LABEL = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
REFERENCES = f"""\
policy: {{accessed-limit: {{label: none}}}}
references:
- {{id: younger, PMID: "23359310"}}
- {{id: smith, PMID: "17222320"}}
- {{id: label, setid: {LABEL}, accessed: 2023-11}}
"""


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[tuple[Command, DemoServer]]:
    with DemoServer() as server:
        label = server.world.labels[LABEL]
        known = tuple(version for version in label.versions if version.published < date(2024, 1, 1))
        server.world = server.world.with_label(replace(label, versions=known))
        made = Command(tmp_path, server.addresses)
        made.write(REFERENCES)
        yield made, server


def check(workplace: Command, day: str) -> tuple[set[str], list[dict[str, Any]]]:
    """The codes found on a day, and the sign-offs reported."""
    done = workplace("check", "--as-of", day, "--format", "json")
    assert done.returncode in {0, 1, 3}, done.stderr
    report = json.loads(done.stdout)
    return {one["code"] for one in report["findings"]}, report["sign_offs"]


def sign(workplace: Command, day: str) -> None:
    done = workplace("sign", "--as-of", day, "--role", "regulatory affairs", "--meaning", "approved", "--yes")
    assert done.returncode == 0, done.stderr


def test_a_year_of_one_monograph(workplace: tuple[Command, DemoServer]) -> None:
    command, server = workplace
    found, signed = check(command, "2024-01-15")
    assert (found & {"SPL002", "RET001"}, signed) == (set(), [])
    sign(command, "2024-01-15")

    found, (first,) = check(command, "2024-02-15")
    assert (first["state"], first["as_of"], "SGN001" in found) == ("in-force", "2024-01-15", False)

    server.faults.add("dailymed", "wrong-content")  # an authority that cannot be asked that day
    found, (same,) = check(command, "2024-03-15")
    assert (same["state"], same["sequence"], "SGN001" in found) == ("in-force", first["sequence"], False)
    server.faults.clear()
    assert check(command, "2024-04-15")[1][0]["state"] == "in-force"

    server.world = server.world.with_label_version(LABEL, 12, date(2024, 4, 20))
    found, (void,) = check(command, "2024-05-15")
    assert (void["state"], {"SGN001", "SPL002"} - found) == ("void", set()), found
    assert void["void"] == ["a newer run found what was not signed: SPL002 label-changed-since-accessed of label"]

    path = command.folder / "references.yaml"
    path.write_text(path.read_text().replace("2023-11", "2024-05-14"))
    found, (void,) = check(command, "2024-05-15")
    assert ("SPL002" in found, void["void"][0].startswith("references.yaml has changed")) == (False, True)
    sign(command, "2024-05-16")
    found, (second,) = check(command, "2024-06-15")
    assert (second["state"], second["as_of"], "SGN001" in found) == ("in-force", "2024-05-16", False)

    notice = NoticeLink("RetractionIn", "J Synthetic. 2024", "39999999")
    server.world = server.world.with_retraction("17222320", notice)
    found, (void,) = check(command, "2024-09-15")
    assert (void["state"], {"SGN001", "RET001"} <= found) == ("void", True)

    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "smith" not in line))
    check(command, "2024-09-16")
    sign(command, "2024-09-16")
    found, (third,) = check(command, "2025-09-16")
    assert (third["state"], third["due"], third["overdue"]) == ("in-force", "2025-09-16", False)
    found, (late,) = check(command, "2025-09-17")
    assert (late["overdue"], "SGN002" in found, "SGN001" in found) == (True, True, False)

    assert command("verify").returncode == 0
    events = [json.loads(line) for line in (command.folder / "evidence.log.jsonl").read_text().splitlines()]
    assert [event["as_of"] for event in events if event["action"] == "sign"] == [
        "2024-01-15",
        "2024-05-16",
        "2024-09-16",
    ]
    for day in ("2024-01-15", "2024-05-15", "2024-09-15"):
        run = next(event["object"] for event in events if event["action"] == "run" and event["as_of"] == day)
        assert command("bundle", run, "-o", f"{day}.zip").returncode == 0
        assert command("verify", f"{day}.zip").returncode == 0


def test_the_document_points_here() -> None:
    reported = (PROJECT / "docs" / "sign-off.md").read_text()
    assert re.search(r"tests/acceptance/test_signed_year\.py", reported)
