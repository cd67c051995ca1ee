"""Quotes from labels through the command: lost with a revision, moved to another section, or not to be looked for."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import ContentsFacts, LabelFacts
from evidence.model.records import SplVersion
from processes import Command

SETID = "11111111-2222-4333-8444-555555555555"
VERSIONS = (SplVersion(5, date(2026, 11, 20)), SplVersion(3, date(2025, 2, 1)))
THEN = {
    "34068-7": ("Take one tablet of 50 mg twice a day.",),
    "42232-9": ("Do not drive before you know how it works.",),
}
NOW = {
    "34068-7": ("Take one tablet of 25 mg twice a day.",),
    "43685-7": ("Do not drive before you know how it works.",),
}
DOSE = ("one tablet of 50 mg twice a day", "34068-7")
DRIVING = ("not drive before you know", "42232-9")


def check(evidence: Command, server: DemoServer, quote: tuple[str, str], now: ContentsFacts, then: ContentsFacts):
    """The exit status, what CLM004 and CLM005 find, what is not checked, and what became of the quote."""
    label = LabelFacts(SETID, "TESTOL TABLET", VERSIONS, {5: now, 3: then})
    server.world = server.world.with_label(label)
    evidence.write(
        f"references:\n- {{id: label, title: Testol, setid: {SETID}, accessed: 2026-11-01}}\n"
        "claims:\n- id: a\n  text: A sentence.\n  kind: mechanism\n  evidence:\n"
        f"  - {{reference: label, stance: supports, quote: {quote[0]}, in: {quote[1]}}}\n"
    )
    status, report = evidence.report("--select", "CLM004,CLM005")
    [state] = [item["anchor"]["state"] for claim in report["claims"] for item in claim["evidence"]]
    found = [(each["code"], each["severity"], each["message"]) for each in report["findings"]]
    return status, found, [item["reason"] for item in report["unchecked"]], state


def test_a_quote_that_a_revision_took_away_is_an_error_with_section_and_nearest_words(evidence, server) -> None:
    status, [found], unchecked, state = check(evidence, server, DOSE, ContentsFacts(NOW), ContentsFacts(THEN))

    assert (status, unchecked, state) == (1, [], "lost")
    assert found[:2] == ("CLM004", "error")
    assert "34068-7 (dosage)" in found[2]
    assert "one tablet of 25 mg twice a day" in found[2]


def test_a_quote_in_no_version_is_said_to_be_in_none(evidence, server) -> None:
    quote = ("three tablets at bedtime only", "34068-7")
    _, [found], _, state = check(evidence, server, quote, ContentsFacts(NOW), ContentsFacts(THEN))

    assert state == "lost"
    assert "not found in any version" in found[2]


def test_a_quote_that_a_new_format_put_elsewhere_has_moved(evidence, server) -> None:
    status, [found], _, state = check(evidence, server, DRIVING, ContentsFacts(NOW), ContentsFacts(THEN))

    assert (status, state) == (0, "moved")
    assert found[:2] == ("CLM004", "info")
    assert "from 42232-9 (precautions) to 43685-7 (warnings and precautions)" in found[2]


def test_a_quote_cannot_be_checked_where_dailymed_has_no_contents(evidence, server) -> None:
    troubled = ContentsFacts(trouble="another-label")
    status, [found], unchecked, state = check(evidence, server, DOSE, troubled, ContentsFacts(THEN))

    assert (status, unchecked, state) == (0, [], "cannot_be_checked")
    assert found == ("CLM005", "info", "not anchored: label (DailyMed has no contents of version 5)")


@pytest.mark.parametrize("trouble", ["cut", "page"])
def test_a_quote_is_not_checked_where_dailymed_does_not_answer(evidence, server, trouble: str) -> None:
    troubled = ContentsFacts(trouble=trouble)
    status, found, unchecked, state = check(evidence, server, DOSE, troubled, ContentsFacts(THEN))

    assert (status, found, state) == (3, [], "not_checked")
    assert unchecked
