"""What version 0.1.0 wrote holds: the fingerprints, waivers and baseline of a library, and its lock, byte for byte.

The files in `v0_1_0` are synthetic and were written by version 0.1.0: `waivers.yaml` by its `waive` and `baseline`,
`references.lock.json` by `check --update-lock` (the loopback addresses replaced by the real ones, the moments by one),
`findings.json` is what it found. `world.json` is what the services answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import world_from
from evidence.storage.lockfile import lock_text, read_text
from processes import Command

INHERITED = Path(__file__).with_name("v0_1_0")
LOCK = "references.lock.json"
OF_THE_RUN = ('"address":', '"digest":', '"head":', '"sequence":', '"verified":', '"last-complete-run":')
"""The keys of a lock that no two runs write alike: moments, loopback addresses, and what is made of them."""


@pytest.fixture
def inherited(evidence: Command, server: DemoServer) -> Command:
    """The library that version 0.1.0 was given, where the services answer as they did then."""
    server.world = world_from(json.loads((INHERITED / "world.json").read_text("utf-8")))
    for name in ("references.yaml", "monograph.md"):
        evidence.write((INHERITED / name).read_text("utf-8"), name)
    return evidence


def found_then() -> set[tuple[str, str, str]]:
    """Code, reference and fingerprint of all that version 0.1.0 found."""
    findings = json.loads((INHERITED / "findings.json").read_text("utf-8"))
    return {(code, reference, mark) for code, reference, _, mark in findings}


def marks(findings: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(finding["code"], finding["reference"] or "", finding["fingerprint"]) for finding in findings}


def all_of(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    """All that a run found, what is ignored and waived among it."""
    return marks((*report["findings"], *report["ignored"], *report["waived"]))


def test_every_finding_of_version_0_1_0_is_found_again_under_its_fingerprint(inherited: Command) -> None:
    now = all_of(inherited.report()[1])
    assert found_then() <= now, sorted(found_then() - now)


def test_its_waivers_and_its_baseline_cover_what_they_covered(inherited: Command) -> None:
    inherited.write((INHERITED / "waivers.yaml").read_text("utf-8"), "waivers.yaml")
    report = inherited.report()[1]
    never_waived = {(finding["code"], finding["reference"]) for finding in report["findings"]}
    assert never_waived == {("CIT001", None), ("MET006", "wrong")}
    covered = {mark for code, _, mark in found_then() if code not in {"CIT001", "MET006", "RET003"}}
    assert {item["fingerprint"] for item in report["waived"]} == covered


def test_what_a_newer_version_finds_comes_under_the_gate_by_a_baseline(inherited: Command, server: DemoServer) -> None:
    [first, *_] = server.world.articles.values()
    server.world = server.world.with_article(replace(first, title=f"Expression of Concern: {first.title}"))
    inherited.write(
        "policy: {fail-on: warning}\nreferences:\n"
        f"- {{id: rinses, type: article-journal, PMID: '{first.pmid}', DOI: {first.doi}}}\n"
    )
    assert inherited.report()[0] == 1
    done = inherited("baseline", "--approved-by", "B. Lead", "--as-of", inherited.today)
    assert (done.returncode, "RET003 1" in done.stderr) == (0, True)
    status, report = inherited.report()
    assert (status, [item["code"] for item in report["waived"]]) == (0, ["RET003"])


def test_its_lock_is_written_again_byte_for_byte() -> None:
    text = (INHERITED / LOCK).read_text("utf-8")
    assert '"version": 1' in text
    assert lock_text(read_text(text, LOCK)) == text


def test_the_same_answers_are_locked_in_the_same_words(inherited: Command) -> None:
    inherited.check("--update-lock")

    def facts(text: str) -> list[str]:
        lock = json.loads(text)
        lock["identifiers"] = {
            name: entry for name, entry in lock["identifiers"].items() if not name.startswith("contents:")
        }
        lock.pop("version")  # what a label contains was not asked for then; it makes a lock of version 2
        lines = json.dumps(lock, indent=2, ensure_ascii=False).splitlines()
        return [line for line in lines if not line.lstrip().startswith(OF_THE_RUN)]

    assert facts((inherited.folder / LOCK).read_text("utf-8")) == facts((INHERITED / LOCK).read_text("utf-8"))


def test_its_lock_is_judged_by_as_its_answers_were(inherited: Command) -> None:
    inherited.write((INHERITED / LOCK).read_text("utf-8"), LOCK)
    done = inherited.check("--locked", "--format", "json")
    assert done.stderr == ""
    assert found_then() <= all_of(json.loads(done.stdout))
