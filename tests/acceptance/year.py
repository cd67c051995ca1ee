"""A year of one monograph, played with the real command against a stand-in of its own process.

Ten references: six articles, a label, three pages. Twelve monthly runs; what happens in between is told at each month.
Everything is kept in the year's folder: the monograph, the library, store, log and lock, and each month's report.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from cli.conftest import Command
from evidence.model.records import NoticeLink, SplVersion
from evidence.standin.facts import ArticleFacts, LabelFacts, plain_page
from evidence.standin.process import StandInProcess
from evidence.standin.world import World
from evidence.standin.worlds import naltrexone_world, synthetic_world

LABEL = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
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


class Year:
    """The year under way: what people do, and what the world does."""

    def __init__(self, folder: Path, standin: StandInProcess) -> None:
        self.folder, self.standin = folder, standin
        self.command = Command(folder, {})
        self.command.env |= standin.environment
        self.command.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
        self.months: dict[str, Month] = {}
        self.silent: Month | None = None
        self.refused: list[CompletedProcess[str]] = []
        self.world = first_world()
        standin.change_world(self.world)

    @property
    def library(self) -> Path:
        return self.folder / "references.yaml"

    def does(self, *arguments: str, ends: tuple[int, ...] = (0,)) -> CompletedProcess[str]:
        """A command that must end as expected."""
        done = self.command(*arguments)
        assert done.returncode in ends, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def run(self, day: str, *options: str) -> None:
        """The run of a month."""
        self.months[day[:7]] = self.checked(day, *options)

    def checked(self, day: str, *options: str) -> Month:
        """A run in all forms; then the trail is verified."""
        forms = [f"--format={form}={day}.{ending}" for form, ending in FORMATS.items()]
        done = self.does("check", "--as-of", day, *forms, *options, ends=(0, 1, 3))
        read = {form: (self.folder / f"{day}.{ending}").read_text("utf-8") for form, ending in FORMATS.items()}
        document = json.loads(read.pop("json"))
        return Month(done.returncode, document, **read, verified=self.command("verify"))

    def waives(self, what: tuple[str, str], day: str, until: str, category: str, reason: str) -> None:
        people = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
        how = ("--category", category, "--reason", reason, "--until", until, "--as-of", day)
        self.does("waive", *what, *how, *people)

    def signs(self, role: str, meaning: str, name: str, day: str) -> None:
        said = ("--role", role, "--meaning", meaning, "--name", name, "--as-of", day, "--yes")
        self.does("sign", *said, "--actor", name)

    def edits(self, old: str, new: str, name: str = "references.yaml") -> None:
        """A person changes a file in an editor."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        path.write_text(text.replace(old, new), "utf-8")

    def drops(self, beginning: str, until: str) -> None:
        """A person deletes from one line's beginning up to another's."""
        before, found, rest = self.library.read_text("utf-8").partition(beginning)
        assert found
        at = rest.find(until)
        self.library.write_text(before + (rest[at:] if at >= 0 else ""), "utf-8")

    def publishes(self, world: World) -> None:
        self.world = world
        self.standin.change_world(world)


def first_world() -> World:
    world = naltrexone_world().with_article(*synthetic_world(4).articles.values())
    published = (SplVersion(13, date(2024, 9, 3)),)
    world = world.with_label(LabelFacts(LABEL, "NALTREXONE HYDROCHLORIDE TABLET, FILM COATED", published))
    for path, title in PAGES.items():
        world = world.with_page(path, plain_page(title))
    return world


def printed(article: ArticleFacts) -> str:
    people = ", ".join(f"{author.family} {author.initials}" for author in article.authors)
    where = f"{article.pub_date[:4]};{article.volume}({article.issue}):{article.pages}"
    return f"{people}. {article.title.rstrip('.')}. {article.journal.medline_ta}. {where}. PMID: {article.pmid}"


def monograph(articles: list[ArticleFacts], pages_url: str) -> str:
    """The text that people read, with its printed list."""
    page = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
    listed = [printed(article) for article in articles]
    listed.append(f"DailyMed (naltrexone hydrochloride). Accessed January 9, 2025. {page}{LABEL}")
    listed += [f"{title}. Accessed January 9, 2025. {pages_url}{path}" for path, title in PAGES.items()]
    text = (
        "It is used in fibromyalgia [1] and Crohn's disease [2], and elsewhere [3-6]. The label [7] warns. See [8-10]."
    )
    numbered = "\n".join(f"{number}. {one}" for number, one in enumerate(listed, 1))
    return f"# Naltrexone, low dose\n\n{text}\n\n## References\n\n{numbered}\n"


def played(folder: Path) -> Year:
    """The whole year."""
    with StandInProcess() as standin:
        year = Year(folder, standin)
        for quarter in (first_quarter, second_quarter, third_quarter, fourth_quarter):
            quarter(year)
    return year


def first_quarter(year: Year) -> None:
    """The monograph is taken in and signed; a label revision voids the sign-off; two findings are waived."""
    articles = list(year.world.articles.values())
    text = monograph(articles[:6], year.standin.urls["pages"])
    year.command.write(text, "naltrexone.md")
    year.does("import", "naltrexone.md", "--write")
    year.does("check", "--as-of", "2025-01-15")
    year.does("fix", "--fill", "--write", "--as-of", "2025-01-15")
    year.run("2025-01-15", "--update-lock")
    year.signs("regulatory affairs", "approved", "Kim Ode", "2025-01-15")

    year.run("2025-02-15")

    year.publishes(year.world.with_label_version(LABEL, 14, date(2025, 3, 1)))
    year.edits('volume: "72"', 'volume: "27"')  # slips of the pen
    year.edits("page: 18-27", "page: 18-72")
    year.does("check", "--as-of", "2025-03-14", ends=(0, 1))
    year.waives(("SPL002", "dailymed"), "2025-03-14", "60d", "accepted-risk", "version 14 changes the package alone")
    year.waives(
        ("MET005", "brown-2009"), "2025-03-14", "2025-06-01", "pending-fix", "to be mended at the next revision"
    )
    year.run("2025-03-15")


def second_quarter(year: Year) -> None:
    """The policy changes; the label's next version voids its waiver; another waiver ends; what it covered is mended."""
    year.edits("references:\n", "policy: {waiver-limit: {warning: 365 d}, sign-off-limit: 90 d}\n\nreferences:\n")
    year.does("check", "--as-of", "2025-04-14", ends=(0, 1))
    why = "the publisher's own print has these pages"
    year.waives(("MET005", "brandtba-1991"), "2025-04-14", "2026-03-31", "false-positive", why)
    year.run("2025-04-15", "--update-lock")

    year.publishes(year.world.with_label_version(LABEL, 15, date(2025, 5, 2)))
    year.run("2025-05-12")
    year.drops("  - code: SPL002\n", "  - code: MET005\n")
    year.does("confirm", "dailymed", "--accessed", "2025-05-14", "--by", "Dana Reyes")

    year.run("2025-06-15")
    year.drops("  - code: MET005\n    reference: brown-2009\n", "  - code: MET005\n    reference: brandtba-1991\n")
    year.does("check", "--as-of", "2025-06-16", ends=(0, 1))
    year.does("fix", "--accept", "MET005", "--write", "--as-of", "2025-06-16")
    year.does("check", "--as-of", "2025-06-16", "--update-lock")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-06-16")


def third_quarter(year: Year) -> None:
    """A month without PubMed and DailyMed; a retraction, which nobody can waive; the work is replaced, the text too."""
    year.standin.change_faults({"where": "eutils", "kind": "refuse"}, {"where": "dailymed", "kind": "refuse"})
    year.run("2025-07-15")
    year.standin.change_faults()

    notice = NoticeLink("RetractionIn", "Am J Gastroenterol. 2025 Aug;120(8):1", "39999999")
    year.publishes(year.world.with_retraction(RETRACTED, notice))
    year.run("2025-08-15")
    asked = ("--category", "accepted-risk", "--reason", "we like it", "--until", "20d", "--as-of", "2025-08-15")
    who = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
    year.refused.append(year.does("waive", "RET001", "smith-2007", *asked, *who, ends=(2,)))
    year.standin.change_faults({"where": "eutils", "kind": "refuse"}, {"where": "crossref", "kind": "refuse"})
    year.silent = year.checked("2025-08-20")
    year.standin.change_faults()

    other = list(year.world.articles.values())[6]
    text = (year.folder / "naltrexone.md").read_text("utf-8")
    year.command.write(text.replace(printed(year.world.articles[RETRACTED]), printed(other)), "naltrexone.md")
    year.does("import", "naltrexone.md", "--write", ends=(0, 1))
    year.drops("  - id: smith-2007\n", "  - id: brown-2009\n")
    year.does("check", "--as-of", "2025-09-12", ends=(0, 1))
    year.does("fix", "--fill", "--write", "--as-of", "2025-09-12")
    year.run("2025-09-12", "--update-lock")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-09-12")
    year.signs("regulatory affairs", "approved", "Kim Ode", "2025-09-12")


def fourth_quarter(year: Year) -> None:
    """Nothing happens but time: one sign-off is renewed, the other one falls overdue."""
    year.run("2025-10-15")
    year.run("2025-11-15")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-11-16")
    year.run("2025-12-15")


__all__ = ["Month", "Year", "played"]
