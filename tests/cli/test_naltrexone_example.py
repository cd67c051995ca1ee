"""The example monograph: what the command finds of it is what was written down for it, all of it and nothing else."""

from __future__ import annotations

import shutil

import yaml

from processes import PROJECT, Command

EXAMPLE = PROJECT / "examples" / "naltrexone"


def test_the_command_finds_in_the_example_exactly_what_was_expected(evidence: Command) -> None:
    for file in ("ldn.md", "references.yaml", "claims.yaml"):
        shutil.copy(EXAMPLE / file, evidence.folder)
    expected = yaml.safe_load((EXAMPLE / "expected.yaml").read_text(encoding="utf-8"))["findings"]

    status, report = evidence.report("--as-of", "2026-11-30")

    found = [[each["reference"] or "references.yaml", each["code"]] for each in report["findings"]]
    assert sorted(found) == sorted(expected)
    assert status == 1
    assert [each["code"] for each in report["findings"] if each["severity"] == "error"] == ["SPL005"]
    assert report["summary"]["anchors"] | {"found": 0} == {
        "found": 0,
        "moved": 0,
        "lost": 0,
        "not_checked": 0,
        "cannot_be_checked": 2,
    }
    messages = {each["code"]: each["message"] for each in report["findings"]}
    assert "TABLET, FILM COATED 50 mg; the monograph is about capsule 1.5 mg, 3 mg, 4.5 mg" in messages["SPL005"]
    assert "naloxone challenge" in messages["SPL007"]
    assert "hepatitis" in messages["SPL007"]


def test_the_example_has_a_claim_for_every_kind_and_at_least_twenty() -> None:
    claims = yaml.safe_load((EXAMPLE / "claims.yaml").read_text(encoding="utf-8"))["claims"]
    assert len(claims) >= 20
    assert len({claim["kind"] for claim in claims}) == 8
