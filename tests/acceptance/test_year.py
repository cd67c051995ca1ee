"""A year of one monograph: twelve monthly runs, and what each month's report must and must not say.

Ten references: six articles, a label, three pages. What happens between the runs is written in the quarters below.
Everything is kept in the year's folder: the monograph, the library, store, log and lock, and each month's report.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import (
    ArticleFacts,
    LabelFacts,
    World,
    naltrexone_world,
    plain_page,
    synthetic_world,
)
from evidence.model.records import NoticeLink, SplVersion
from factories import LABEL_SETID, printed_entry
from runs import RunSeries

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


RETRACTED = "17222320"
PAGES = {
    "/guideline": "Low-dose naltrexone: a guideline",
    "/registry": "A registry of off-label use",
    "/patients": "Information for patients",
}
FORMATS = {"json": "json", "text": "txt", "markdown": "md", "html": "html"}


@dataclass(frozen=True)
class Month:
    """One monthly run: how it ended, and its report in every form for people."""

    status: int
    document: dict[str, Any]
    text: str
    markdown: str
    html: str
    verified: CompletedProcess[str]

    @property
    def codes(self) -> set[tuple[str, str]]:
        return {(one["reference"] or "-", one["code"]) for one in self.document["findings"]}

    @property
    def waived(self) -> dict[str, dict[str, Any]]:
        return {one["reference"]: one["waiver"] for one in self.document["waived"]}

    @property
    def sign_offs(self) -> dict[str, dict[str, Any]]:
        """By role."""
        return {one["role"]: one for one in self.document["sign_offs"]}


@dataclass
class Year(RunSeries):
    """The year under way: what people do, and what the world does."""

    months: dict[str, Month] = field(default_factory=dict)
    silent: Month | None = None
    refused: list[CompletedProcess[str]] = field(default_factory=list)

    def month(self, day: str, *options: str) -> None:
        """The run of a month."""
        self.months[day[:7]] = self.checked(day, *options)

    def checked(self, day: str, *options: str) -> Month:
        """A run in all forms; then the trail is verified."""
        forms = [f"--format={form}={day}.{ending}" for form, ending in FORMATS.items()]
        done = self.does("check", "--as-of", day, *forms, *options, ends=(0, 1, 3))
        read = {form: (self.folder / f"{day}.{ending}").read_text("utf-8") for form, ending in FORMATS.items()}
        document = json.loads(read.pop("json"))
        return Month(done.returncode, document, **read, verified=self.command("verify"))

    def waive(self, what: tuple[str, str], day: str, until: str, category: str, reason: str) -> None:
        people = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
        how = ("--category", category, "--reason", reason, "--until", until, "--as-of", day)
        self.does("waive", *what, *how, *people)


def first_world() -> World:
    world = naltrexone_world().with_article(*synthetic_world(4).articles.values())
    published = (SplVersion(13, date(2024, 9, 3)),)
    world = world.with_label(LabelFacts(LABEL_SETID, "NALTREXONE HYDROCHLORIDE TABLET, FILM COATED", published))
    for path, title in PAGES.items():
        world = world.with_page(path, plain_page(title))
    return world


def monograph_text(articles: list[ArticleFacts], pages_url: str) -> str:
    """The text that people read, with its printed list."""
    page = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
    listed = [printed_entry(article) for article in articles]
    listed.append(f"DailyMed (naltrexone hydrochloride). Accessed January 9, 2025. {page}{LABEL_SETID}")
    listed += [f"{title}. Accessed January 9, 2025. {pages_url}{path}" for path, title in PAGES.items()]
    text = (
        "It is used in fibromyalgia [1] and Crohn's disease [2], and elsewhere [3-6]. The label [7] warns. See [8-10]."
    )
    numbered = "\n".join(f"{number}. {one}" for number, one in enumerate(listed, 1))
    return f"# Naltrexone, low dose\n\n{text}\n\n## References\n\n{numbered}\n"


def first_quarter(year: Year) -> None:
    """The monograph is taken in and signed; a label revision voids the sign-off; two findings are waived."""
    articles = list(year.server.world.articles.values())
    text = monograph_text(articles[:6], year.server.pages_url)
    year.write(text, "naltrexone.md")
    year.does("import", "naltrexone.md", "--write")
    year.does("check", "--as-of", "2025-01-15")
    year.does("fix", "--fill", "--write", "--as-of", "2025-01-15")
    year.month("2025-01-15", "--update-lock")
    year.sign("regulatory affairs", "approved", "Kim Ode", "2025-01-15")

    year.month("2025-02-15")

    year.server.world = year.server.world.with_label_version(LABEL_SETID, 14, date(2025, 3, 1))
    year.edit('volume: "72"', 'volume: "27"')  # slips of the pen
    year.edit("page: 18-27", "page: 18-72")
    year.does("check", "--as-of", "2025-03-14", ends=(0, 1))
    year.waive(("SPL002", "dailymed"), "2025-03-14", "60d", "accepted-risk", "version 14 changes the package alone")
    year.waive(("MET005", "brown-2009"), "2025-03-14", "2025-06-01", "pending-fix", "to be mended at the next revision")
    year.month("2025-03-15")


def second_quarter(year: Year) -> None:
    """The policy changes; the label's next version voids its waiver; another waiver ends; its finding is corrected."""
    year.edit("references:\n", "policy: {waiver-limit: {warning: 365 d}, sign-off-limit: 90 d}\n\nreferences:\n")
    year.does("check", "--as-of", "2025-04-14", ends=(0, 1))
    why = "the publisher's own print has these pages"
    year.waive(("MET005", "brandtba-1991"), "2025-04-14", "2026-03-31", "false-positive", why)
    year.month("2025-04-15", "--update-lock")

    year.server.world = year.server.world.with_label_version(LABEL_SETID, 15, date(2025, 5, 2))
    year.month("2025-05-12")
    year.delete("  - code: SPL002\n", "  - code: MET005\n")
    year.does("confirm", "dailymed", "--accessed", "2025-05-14", "--by", "Dana Reyes")

    year.month("2025-06-15")
    year.delete("  - code: MET005\n    reference: brown-2009\n", "  - code: MET005\n    reference: brandtba-1991\n")
    year.does("check", "--as-of", "2025-06-16", ends=(0, 1))
    year.does("fix", "--accept", "MET005", "--write", "--as-of", "2025-06-16")
    year.does("check", "--as-of", "2025-06-16", "--update-lock")
    year.sign("medical editor", "reviewed", "Dana Reyes", "2025-06-16")


def third_quarter(year: Year) -> None:
    """A month without PubMed and DailyMed; a retraction, which nobody can waive; the work is replaced, the text too."""
    year.server.faults.add("eutils", "refuse")
    year.server.faults.add("dailymed", "refuse")
    year.month("2025-07-15")
    year.server.faults.clear()

    notice = NoticeLink("RetractionIn", "Am J Gastroenterol. 2025 Aug;120(8):1", "39999999")
    year.server.world = year.server.world.with_retraction(RETRACTED, notice)
    year.month("2025-08-15")
    asked = ("--category", "accepted-risk", "--reason", "we like it", "--until", "20d", "--as-of", "2025-08-15")
    who = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
    year.refused.append(year.does("waive", "RET001", "smith-2007", *asked, *who, ends=(2,)))
    year.server.faults.add("eutils", "refuse")
    year.server.faults.add("crossref", "refuse")
    year.silent = year.checked("2025-08-20")
    year.server.faults.clear()

    other = list(year.server.world.articles.values())[6]
    text = (year.folder / "naltrexone.md").read_text("utf-8")
    year.write(
        text.replace(printed_entry(year.server.world.articles[RETRACTED]), printed_entry(other)), "naltrexone.md"
    )
    year.does("import", "naltrexone.md", "--write", ends=(0, 1))
    year.delete("  - id: smith-2007\n", "  - id: brown-2009\n")
    year.does("check", "--as-of", "2025-09-12", ends=(0, 1))
    year.does("fix", "--fill", "--write", "--as-of", "2025-09-12")
    year.month("2025-09-12", "--update-lock")
    year.sign("medical editor", "reviewed", "Dana Reyes", "2025-09-12")
    year.sign("regulatory affairs", "approved", "Kim Ode", "2025-09-12")


def fourth_quarter(year: Year) -> None:
    """Nothing happens but time: one sign-off is renewed, the other one falls overdue."""
    year.month("2025-10-15")
    year.month("2025-11-15")
    year.sign("medical editor", "reviewed", "Dana Reyes", "2025-11-16")
    year.month("2025-12-15")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    with DemoServer(first_world()) as server:
        year = Year(tmp_path_factory.mktemp("year"), server)
        year.command.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
        for quarter in (first_quarter, second_quarter, third_quarter, fourth_quarter):
            quarter(year)
    return year


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
        assert (
            name,
            month.verified.returncode,
            "verified: no changes since it was recorded" in month.verified.stdout,
        ) == (
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
    reported(july, "7 look-ups failed: their results are unknown")
    assert "in force, as far as checked" in july.html
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
    assert august["void"] == [f"new findings since it was signed: {new}"]
    december = year.months["2025-12"]
    how = {role: (one["state"], one["overdue"]) for role, one in december.sign_offs.items()}
    assert how == {"regulatory affairs": ("in-force", True), "medical editor": ("in-force", False)}
    reported(december, "overdue since 2025-12-11", "to be renewed by 2026-02-14")


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
