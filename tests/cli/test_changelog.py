"""The change log names every rule that is new since the version before, so that nobody is surprised by a verdict."""

from __future__ import annotations

import re

from evidence.app.registry import RULES
from processes import PROJECT

OF_0_1_0 = {
    "REF": 7,
    "IDN": 5,
    "LNK": 9,
    "RET": 7,
    "SPL": 3,
    "ACC": 6,
    "MET": 8,
    "STY": 8,
    "CIT": 5,
    "WVR": 5,
    "SGN": 2,
}
"""How many rules each family had in version 0.1.0, which numbered them from 001 on."""


def test_every_rule_that_version_0_1_0_had_not_is_in_the_change_log() -> None:
    [unreleased] = re.findall(r"^## \[Unreleased\]\n(.*?)(?=^## \[|\Z)", _changelog(), re.DOTALL | re.MULTILINE)
    new = {rule.code for rule in RULES if int(rule.code[3:]) > OF_0_1_0.get(rule.family, 0)}
    assert new >= {"RET008", "SPL004", "TRL001"}
    assert sorted(code for code in new if code not in unreleased) == []


def test_the_change_log_names_the_command_that_brings_an_inherited_file_under_the_gate() -> None:
    [changed] = re.findall(r"^### Changed\n(.*?)(?=^### |\Z)", _changelog(), re.DOTALL | re.MULTILINE)[:1]
    assert "`evidence baseline --approved-by NAME`" in changed


def _changelog() -> str:
    return (PROJECT / "CHANGELOG.md").read_text("utf-8")
