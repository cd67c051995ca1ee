"""Edits killed at random moments: file, store and log agree afterwards, or `evidence verify` says what to do."""

import os
import sys

import pytest

from audit.damage import killed_at_random
from processes import Command

KILLS = int(os.environ.get("EVIDENCE_EDIT_KILLS", "60"))

LIBRARY = "references:\n" + "".join(
    f"  - id: page-{n}\n    URL: https://example.org/{n}\n    accessed: 2026-10-{n % 28 + 1:02d}\n" for n in range(20)
)


def confirming(number):
    day = f"2026-11-{number % 20 + 1:02d}"
    return ["confirm", f"page-{number % 20}", "--accessed", day, "--by", f"Reader {number}"]


def settling(number):
    return ["confirm", "page-0", "--accessed", "2026-11-22", "--by", f"Settler {number}"]


@pytest.fixture
def edited(tmp_path):
    evidence = Command(tmp_path, {})  # nobody is asked
    evidence.write(LIBRARY)
    evidence.env["EVIDENCE_STORE"] = "evidence.db"  # named, so a trail is kept from the first edit on
    assert evidence("confirm", "page-0", "--accessed", "2026-11-01", "--by", "A. Reader").returncode == 0
    return evidence


def test_an_edit_that_is_killed_is_complete_and_reported(edited):
    reported = killed_at_random(edited, [confirming], settling, kills=1, seed=3)
    assert reported.wrong == []


@pytest.mark.acceptance
def test_edits_killed_at_random_moments(edited):
    reported = killed_at_random(edited, [confirming], settling, kills=KILLS, seed=11)
    sys.stdout.write(f"\n{dict(reported.counts)}\n")
    assert reported.wrong == []
    assert reported.counts["killed"]
