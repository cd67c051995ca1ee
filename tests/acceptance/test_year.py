"""A year of one monograph: twelve monthly runs, and what each month's report must and must not say."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from stations import Month, Year, year_of_runs

pytestmark = pytest.mark.acceptance

STATES = {
    "2025-01": (0, set()),
    "2025-02": (0, set()),
    "2025-03": (0, {("-", "SGN001"), ("brandtba-1991", "MET005")}),
    "2025-04": (0, {("-", "SGN001")}),
    "2025-05": (1, {("-", "SGN001"), ("dailymed", "SPL002"), ("dailymed", "WVR002")}),
    "2025-06": (1, {("-", "SGN001"), ("brown-2009", "MET005"), ("brown-2009", "WVR001")}),
    "2025-07": (3, {("-", "SGN001")}),
    "2025-08": (1, {("-", "SGN001"), ("smith-2007", "RET001"), ("smith-2007", "RET007")}),
    "2025-09": (0, {("-", "SGN001")}),
    "2025-10": (0, set()),
    "2025-11": (0, set()),
    "2025-12": (0, {("-", "SGN002")}),
}
"""What each month's run comes to: its exit status and all that it finds."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return year_of_runs(tmp_path_factory.mktemp("year"))


def reported(month: Month, *words: str) -> None:
    """Every form for people has the words, whatever its line breaks."""
    for form, text in (("text", month.text), ("markdown", month.markdown), ("html", month.html)):
        plain = " ".join(text.replace("&#39;", "'").split())
        for word in words:
            assert word in plain, (form, word)


def test_each_month_comes_to_what_happened_in_it(year: Year) -> None:
    assert {name: (month.status, month.codes) for name, month in year.months.items()} == STATES


def test_after_each_month_all_is_as_it_was_recorded(year: Year) -> None:
    for name, month in year.months.items():
        assert (name, month.verified.returncode, "all is as it was recorded" in month.verified.stdout) == (
            name,
            0,
            True,
        )


def test_each_report_names_the_head_of_the_trail_and_the_trail_goes_through_it(year: Year) -> None:
    lines = (year.folder / "evidence.log.jsonl").read_text().splitlines()
    hashes = {event["sequence"]: event["hash"] for event in map(json.loads, lines)}
    for month in year.months.values():
        audit = month.document["audit"]
        assert hashes[audit["sequence"]] == audit["head"]
        reported(month, audit["head"])


def test_what_is_waived_is_listed_with_who_why_and_until_when(year: Year) -> None:
    march = year.months["2025-03"]
    assert set(march.waived) == {"dailymed", "brown-2009"}
    for one in march.waived.values():
        reported(march, one["requested_by"], one["approved_by"], one["reason"], one["until"])


def test_the_next_label_version_voids_the_waiver_and_its_finding_is_back(year: Year) -> None:
    may = year.months["2025-05"]
    assert "dailymed" not in may.waived
    reported(may, "WVR002", "SPL002")


def test_a_waiver_that_has_ended_covers_nothing(year: Year) -> None:
    june = year.months["2025-06"]
    assert set(june.waived) == {"brandtba-1991"}
    reported(june, "WVR001", "2025-06-01")


def test_the_kept_waiver_is_in_every_report_to_the_end(year: Year) -> None:
    for name in sorted(year.months)[3:]:
        month = year.months[name]
        assert month.waived["brandtba-1991"]["until"] == "2026-03-31"
        reported(month, "the publisher's own print has these pages", "Kim Ode")


def test_a_month_without_answers_is_neither_passed_nor_failed(year: Year) -> None:
    july = year.months["2025-07"]
    assert {one["source"] for one in july.document["unchecked"]} == {"pubmed", "dailymed"}
    assert july.sign_offs["medical editor"]["unjudged"]
    reported(july, "7 look-ups without an answer: nobody knows what they would have shown")
    assert "in force, as far as judged" in july.html
    assert "passed" not in july.markdown.splitlines()[0]


def test_the_retraction_is_reported_in_every_form_and_cannot_be_waived(year: Year) -> None:
    august = year.months["2025-08"]
    reported(august, "RET001", "39999999")
    assert "RETRACTED" in august.text
    assert [done.returncode for done in year.refused] == [2]
    events = year.does("log", "--format", "json").stdout
    assert '"refused"' in events


def test_a_known_retraction_is_reported_even_when_nobody_can_be_asked(year: Year) -> None:
    silent = year.silent
    assert silent is not None
    assert silent.status in {1, 3}
    (smith,) = [one for one in silent.document["references"] if one["id"] == "smith-2007"]
    assert smith["retracted"] is True
    reported(silent, "retracted")
    assert "smith-2007" in {one["reference"] for one in silent.document["unchecked"]}


def test_sign_offs_are_void_by_name_of_what_changed_renewed_or_overdue(year: Year) -> None:
    assert year.months["2025-02"].sign_offs["regulatory affairs"]["state"] == "in-force"
    (march,) = year.months["2025-03"].sign_offs.values()
    assert march["state"] == "void"
    assert march["void"][0].startswith("references.yaml has changed")
    august = year.months["2025-08"].sign_offs["medical editor"]
    new = "RET001 retracted-publication of smith-2007, RET007 sources-disagree of smith-2007"
    assert august["void"] == [f"a newer run found what was not signed: {new}"]
    december = year.months["2025-12"]
    how = {role: (one["state"], one["overdue"]) for role, one in december.sign_offs.items()}
    assert how == {"regulatory affairs": ("in-force", True), "medical editor": ("in-force", False)}
    reported(december, "overdue since 2025-12-11", "to be given again by 2026-02-14")


def test_the_december_report_answers_an_inspector_at_its_top(year: Year) -> None:
    page = year.months["2025-12"].html
    top = page[page.index("<header") : page.index('id="changes"')]
    audit = year.months["2025-12"].document["audit"]
    for words in ("Naltrexone, low dose", "2025-12-15", "tester", audit["head"], "1 warning to look at"):
        assert words in top, words
    assert "approved by Kim Ode (regulatory affairs): overdue" in top
    assert "reviewed by Dana Reyes (medical editor): in force" in top
    assert page.index('id="sign-offs"') < page.index('id="waived"') < page.index('id="references"')


def test_each_report_says_what_was_decided_since_the_one_before(year: Year) -> None:
    reported(year.months["2025-02"], "approved by Kim Ode (regulatory affairs)")
    for form in (year.months["2025-03"].text, year.months["2025-03"].html):
        assert "SPL002 dailymed waived by Kim Ode on 2025-03-14, until 2025-05-13" in " ".join(form.split())
    december = year.months["2025-12"].html
    decided = december[december.index("Decided since then") : december.index('id="unchecked"')]
    assert "reviewed by Dana Reyes (medical editor)" in decided
    assert "Kim Ode" not in decided[: decided.index("</ul>")], "the approval is of September"


def test_the_log_covers_the_entire_year(year: Year) -> None:
    events = [json.loads(line) for line in (year.folder / "evidence.log.jsonl").read_text().splitlines()]
    done = [(event["action"], event["ending"]) for event in events]
    assert {action for action, _ in done} >= {"import", "fix", "run", "waive", "confirm", "policy", "sign", "lock"}
    assert sum(action == "sign" and ending == "done" for action, ending in done) == 5
    assert sum(action == "policy" for action, _ in done) == 2
    printed = year.does("log").stdout
    for person in ("Dana Reyes", "Kim Ode"):
        assert person in printed


def test_history_and_due_cover_the_year(year: Year) -> None:
    history = year.does("history", "dailymed").stdout
    for words in ("15", "SPL002", "WVR002"):
        assert words in history, (words, history)
    assert "RET001" in year.does("history", "smith-2007").stdout
    due = year.does("due", "--as-of", "2025-12-15", "--within", "120d").stdout
    assert "2026-01-09" in due
    assert "2026-03-31" in due


def test_the_bundle_is_verified_without_the_store_and_a_changed_byte_is_found(year: Year) -> None:
    year.does("bundle", "last", "-o", "year.zip")
    year.does("verify", "year.zip")
    data, chance = (year.folder / "year.zip").read_bytes(), random.Random(12)
    for _ in range(3):
        at = chance.randrange(len(data))
        (year.folder / "spoilt.zip").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert year.does("verify", "spoilt.zip", ends=(1,)).stdout


def test_one_changed_byte_of_the_log_is_found_in_its_line(year: Year) -> None:
    log = year.folder / "evidence.log.jsonl"
    data = log.read_bytes()
    at = data.index(b"the publisher's own print")
    log.write_bytes(data[:at] + b"T" + data[at + 1 :])
    try:
        found = year.does("verify", ends=(1,)).stdout
    finally:
        log.write_bytes(data)
    line = data[:at].count(b"\n") + 1
    assert f"evidence.log.jsonl:{line}: " in found
    year.does("verify")


def test_reports_of_the_year_are_rendered_again_as_they_were(year: Year, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    year.does("report", year.months["2025-12"].document["run"]["id"], "--format", f"html={again}")
    assert again.read_text("utf-8") == year.months["2025-12"].html
