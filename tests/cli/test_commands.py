import json
import re

import pytest

from evidence.app.registry import RULES
from evidence.model.version import __version__
from processes import PROJECT


def test_the_version_is_reported(evidence):
    assert evidence("--version").stdout.split()[-1] == __version__


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rules_page_has_its_sections(rule):
    for title in ("What it does", "Why it matters", "Example", "What to do", "References"):
        assert title in rule.doc


def test_rule_codes_and_names_are_unique():
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_a_rule_is_explained_by_code_or_name(evidence):
    page = evidence("rule", "acc001").stdout
    assert "stale-accessed-date" in page
    assert evidence("rule", "stale-accessed-date").stdout == page
    assert evidence("rule", "ACC999").returncode == 2


def test_all_rules_are_listed(evidence):
    listed = evidence("rule").stdout
    assert re.findall(r"^  ([A-Z]{3}\d{3})", listed, re.MULTILINE) == [rule.code for rule in RULES]


def test_the_store_can_be_looked_at_exported_and_copied(evidence):
    evidence.write('references:\n  - {id: younger, PMID: "23359310"}\n')
    evidence.check()
    assert "1 from" in evidence("cache", "info").stdout
    lines = evidence("cache", "export").stdout.splitlines()
    assert all(json.loads(line) for line in lines)
    assert evidence("cache", "backup", "copy.db").returncode == 0
    assert evidence("cache", "backup", "copy.db").returncode == 2
    assert evidence("cache", "export", "--store", "copy.db").stdout.splitlines() == lines
    assert "removed 0 answers" in evidence("cache", "prune").stdout


def test_looking_for_a_store_does_not_create_one(evidence):
    assert evidence("cache", "info").returncode == 2
    assert evidence("report").returncode == 2
    assert list(evidence.folder.iterdir()) == []


def test_the_key_is_never_shown(evidence, server):
    server.faults.add("eutils", "reset")
    for done in (
        evidence("doctor", NCBI_API_KEY="SECRET0KEY"),
        evidence.check(PROJECT / "references.yaml", NCBI_API_KEY="SECRET0KEY"),
    ):
        assert "SECRET0KEY" not in done.stdout + done.stderr
    assert b"SECRET0KEY" not in (evidence.folder / "evidence.db").read_bytes()
