"""Chapters of NLM's Bookshelf as their users meet them: the wrong one, and one that was revised after it was read."""

from __future__ import annotations

import json

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import ArticleFacts
from processes import Command, codes_in


def chapter(pmid: str, title: str, book: str, *, names: str = "", dates: str = "", year: int = 2026) -> ArticleFacts:
    """A record of a chapter as PubMed gives it, made up."""
    people = "".join(f"<Author><LastName>{name}</LastName></Author>" for name in names.split())
    authors = f'<AuthorList Type="authors">{people}</AuthorList>' if people else ""
    xml = (
        f"<PubmedBookArticle><BookDocument><PMID>{pmid}</PMID><Book><Publisher><PublisherName>NLM</PublisherName>"
        f"</Publisher><BookTitle>{book}</BookTitle><PubDate><Year>{year}</Year></PubDate></Book><ArticleTitle>{title}"
        f"</ArticleTitle><Language>eng</Language>{authors}{dates}</BookDocument></PubmedBookArticle>"
    )
    return ArticleFacts(pmid, title, xml=xml)


def day(name: str, written: str) -> str:
    year, month, number = written.split("-")
    return f"<{name}><Year>{year}</Year><Month>{month}</Month><Day>{number}</Day></{name}>"


LIVERTOX = "LiverTox: Clinical and Research Information on Drug-Induced Liver Injury"
WRONG = """\
references:
- id: statpearls
  type: chapter
  PMID: "46000010"
  cited-as: "Kumar R, Patel S. Buprenorphine and naloxone films for opioid use. In: StatPearls [Internet]. Treasure
    Island (FL): StatPearls Publishing; 2024 Jan-."
- id: livertox
  type: chapter
  PMID: "46000002"
  cited-as: "LiverTox: Clinical and Research Information on Drug-Induced Liver Injury [Internet]. Bethesda (MD): NIDDK;
    2012-. Ketoconazole. [Updated 2020 Mar 24]."
"""


@pytest.fixture
def bookshelf(evidence: Command, server: DemoServer) -> Command:
    server.world = server.world.with_article(
        chapter("46000010", "Low-dose naltrexone in chronic pain", "StatPearls", names="Singh Saadabadi"),
        chapter("46000002", "Naltrexone", LIVERTOX, year=2012),
    )
    return evidence


def test_a_chapter_of_the_same_book_is_another_work(bookshelf: Command) -> None:
    bookshelf.write(WRONG)
    status, report = bookshelf.report()
    assert (status, codes_in(report)) == (1, [("statpearls", "MET006"), ("livertox", "MET006")])
    assert f'different work: "Naltrexone" ({LIVERTOX} 2012)' in report["findings"][1]["message"]


def test_the_right_chapter_has_no_finding(bookshelf: Command) -> None:
    right = WRONG.replace("Kumar R, Patel S. Buprenorphine and naloxone films for opioid use", "{}").replace(
        "2024", "2026"
    )
    right = right.format("Singh D, Saadabadi A. Low-dose naltrexone in chronic pain")
    bookshelf.write(right.replace("Ketoconazole", "Naltrexone"))
    assert bookshelf.report()[1]["findings"] == []


REVISED = {
    "DateRevised": day("ContributionDate", "2006-02-15") + day("DateRevised", "2026-05-30"),
    "ContributionDate": day("ContributionDate", "2026-05-30"),
}


@pytest.mark.parametrize("element", REVISED)
@pytest.mark.parametrize(
    ("accessed", "severity"),
    [("2026-05-29", "warning"), ("2026-04", "warning"), ("2026-05", "info"), ("2026-05-30", "info"), ("2026-06", None)],
)
def test_a_chapter_that_was_revised_after_it_was_read_is_reported(
    evidence: Command, server: DemoServer, element: str, accessed: str, severity: str | None
) -> None:
    server.world = server.world.with_article(chapter("46000010", "Naltrexone", "StatPearls", dates=REVISED[element]))
    evidence.write(
        f"references:\n- {{id: read, PMID: '46000010', accessed: {accessed}}}\n- {{id: undated, PMID: '46000010'}}\n"
    )
    _, report = evidence.report("--select", "MET010")
    found = [(one["reference"], one["severity"]) for one in report["findings"]]
    assert found == ([("read", severity)] if severity else [])


def test_a_lock_holds_the_day_of_the_revision_as_version_2(evidence: Command, server: DemoServer) -> None:
    evidence.write("references:\n- {id: read, PMID: '46000010', accessed: 2026-05-01}\n")
    for element, version in (("ContributionDate", 1), ("DateRevised", 2)):
        server.world = server.world.with_article(
            chapter("46000010", "Naltrexone", "StatPearls", dates=REVISED[element])
        )
        evidence.check("--refresh", "--update-lock")
        lock = json.loads((evidence.folder / "references.lock.json").read_text("utf-8"))
        assert lock["version"] == version
        assert codes_in(evidence.report("--locked", "--select", "MET010")[1]) == [("read", "MET010")]
