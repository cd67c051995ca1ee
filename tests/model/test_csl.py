from __future__ import annotations

import json
from datetime import date

import pytest

from evidence.model.csl import csl_item, full_pages
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import (
    Article,
    Author,
    Hop,
    Journal,
    Label,
    NoticeLink,
    Page,
    PublicationType,
    Record,
    SplVersion,
)

PMID = Identifier(IdKind.PMID, "23359310")
SETID = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
URL = Identifier(IdKind.URL, "https://charity.example/a")

TRIAL = Article(
    PMID,
    "Low-dose naltrexone for the treatment of fibromyalgia.",
    authors=(
        Author("Younger", "Jarred", "J"),
        Author("Noor", "", "N"),
        Author("Hall", "W Dallas", "WD", "Jr"),
        Author(collective="Example Study Group"),
    ),
    journal=Journal("Arthritis and rheumatism", "Arthritis Rheum.", "Arthritis Rheum", ("0004-3591", "1529-0131")),
    issued=PartialDate(2013, 2),
    volume="65",
    issue="2",
    pages="529-38",
    also_known_as=(Identifier(IdKind.DOI, "10.1002/art.37734"), Identifier(IdKind.PMCID, "PMC3629364")),
    trials=("NCT00568555",),
)

# CSL 1.0.2 variables and keys that its JSON schema allows, of those that records may need.
ALLOWED = {
    "id", "type", "title", "original-title", "author", "editor", "container-title", "container-title-short", "issued",
    "volume", "issue", "page", "PMID", "PMCID", "DOI", "ISSN", "URL", "publisher", "publisher-place", "genre", "source",
    "version", "custom",
}  # fmt: skip


def test_an_article_becomes_an_item_that_any_csl_tool_understands() -> None:
    assert csl_item(TRIAL) == {
        "id": "pmid:23359310",
        "type": "article-journal",
        "title": "Low-dose naltrexone for the treatment of fibromyalgia",
        "author": [
            {"family": "Younger", "given": "Jarred"},
            {"family": "Noor", "given": "N"},
            {"family": "Hall", "given": "W Dallas", "suffix": "Jr"},
            {"literal": "Example Study Group"},
        ],
        "container-title": "Arthritis and rheumatism",
        "container-title-short": "Arthritis Rheum",
        "issued": {"date-parts": [[2013, 2]]},
        "volume": "65",
        "issue": "2",
        "page": "529-38",
        "ISSN": "0004-3591, 1529-0131",
        "PMID": "23359310",
        "PMCID": "PMC3629364",
        "DOI": "10.1002/art.37734",
        "custom": {"trials": ["NCT00568555"]},
    }


@pytest.mark.parametrize(
    ("issued", "text", "expected"),
    [
        (PartialDate(2007), "", {"date-parts": [[2007]]}),
        (PartialDate(2007, 4, 30), "", {"date-parts": [[2007, 4, 30]]}),
        (PartialDate(2007, season=1), "", {"date-parts": [[2007]], "season": 1}),
        (PartialDate(1998, 12, until=PartialDate(1999, 1)), "", {"date-parts": [[1998, 12], [1999, 1]]}),
        (None, "in the reign of the king", {"literal": "in the reign of the king"}),
        (None, "", None),
    ],
)
def test_a_date_keeps_the_precision_it_has(issued: PartialDate | None, text: str, expected: object) -> None:
    assert csl_item(Article(PMID, "A title.", issued=issued, date_text=text)).get("issued") == expected


def test_only_a_single_full_stop_is_taken_from_a_title() -> None:
    titles = {
        "A title.": "A title",
        "Does it work?": "Does it work?",
        "And then...": "And then...",
        "[Un titre].": "[Un titre]",
    }
    for given, expected in titles.items():
        assert csl_item(Article(PMID, given))["title"] == expected


def test_a_record_without_a_title_takes_the_vernacular_one() -> None:
    item = csl_item(Article(PMID, "", vernacular_title="Un titre."))
    assert (item["title"], item["original-title"]) == ("Un titre", "Un titre.")


def test_a_chapter_names_its_book_and_a_book_does_not_name_itself() -> None:
    chapter = csl_item(Article(PMID, "Naltrexone", is_book=True, book_title="StatPearls", publisher="A Publisher"))
    assert (chapter["type"], chapter["container-title"], chapter["publisher"]) == (
        "chapter",
        "StatPearls",
        "A Publisher",
    )
    book = csl_item(Article(PMID, "StatPearls", is_book=True, book_title="StatPearls"))
    assert book["type"] == "book"
    assert "container-title" not in book


def test_a_preprint_is_no_journal_article() -> None:
    item = csl_item(Article(PMID, "A title", publication_types=(PublicationType("D000076942", "Preprint"),)))
    assert (item["type"], item["genre"]) == ("article", "Preprint")


def test_an_article_number_is_where_pages_are_missing() -> None:
    assert csl_item(Article(PMID, "A title", elocations=("e31",)))["page"] == "e31"


def test_retraction_notices_and_types_stand_under_custom() -> None:
    retracted = Article(
        PMID,
        "A title with <i>no</i> markup meant",
        title_html="A title",
        publication_types=(PublicationType("D016441", "Retracted Publication"),),
        notices=(NoticeLink("RetractionIn", "J Examples. 2021", "34000002", note="a note"),),
        authors_complete=False,
    )
    assert csl_item(retracted)["custom"] == {
        "publication-types": [{"ui": "D016441", "label": "Retracted Publication"}],
        "notices": [{"type": "RetractionIn", "source": "J Examples. 2021", "PMID": "34000002", "note": "a note"}],
        "retracted": True,
        "authors-complete": False,
    }


def test_a_label_tells_its_current_version_and_its_history() -> None:
    versions = (SplVersion(12, date(2026, 3, 14)), SplVersion(10, date(2025, 2, 1)))
    assert csl_item(Label(SETID, "NALTREXONE tablet", versions, "A Labeler")) == {
        "id": f"setid:{SETID.value}",
        "type": "document",
        "title": "NALTREXONE tablet",
        "publisher": "A Labeler",
        "source": "DailyMed",
        "URL": f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SETID.value}",
        "version": "12",
        "issued": {"date-parts": [[2026, 3, 14]]},
        "custom": {
            "setid": SETID.value,
            "versions": [{"version": 12, "published": "2026-03-14"}, {"version": 10, "published": "2025-02-01"}],
        },
    }


def test_a_page_tells_where_it_answered_and_how() -> None:
    hop = Hop(301, URL.value, "https://charity.example/b")
    page = Page(URL, 200, "https://charity.example/b", (hop,), "A charity", "text/html", complete=False)
    assert csl_item(page) == {
        "id": f"url:{URL.value}",
        "type": "webpage",
        "title": "A charity",
        "URL": URL.value,
        "custom": {
            "status": 200,
            "final-url": "https://charity.example/b",
            "redirects": [{"status": 301, "source": URL.value, "target": "https://charity.example/b"}],
            "content-type": "text/html",
            "complete": False,
        },
    }


@pytest.mark.parametrize("record", [TRIAL, Label(SETID, "", ()), Page(URL, 204, URL.value)])
def test_items_hold_only_csl_keys_and_are_json(record: Record) -> None:
    item = csl_item(record)
    assert item.keys() <= ALLOWED
    assert json.loads(json.dumps(item)) == item


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("529-38", "529-538"),
        ("820-828", "820-828"),
        ("S12-8", "S12-S18"),
        ("1098-103", "1098-1103"),
        ("e1-e5", "e1-e5"),
        ("12-9; discussion 30-1", "12-19; discussion 30-31"),
        ("CD001", "CD001"),
        ("99-103", "99-103"),
        ("1205-13", "1205-1213"),
        ("1205-3", "1205-3"),
        ("1205-1103", "1205-1103"),
        ("S45-9", "S45-S49"),
        ("S45-3", "S45-3"),
        ("e12-e15", "e12-e15"),
        ("e12-15", "e12-e15"),
        ("123A-5A", "123A-125A"),
        ("123-123", "123"),
        ("123-3", "123"),
        ("529\N{EN DASH}38", "529-538"),
        ("12-e15", "12-e15"),
        ("0102-4", "0102-0104"),
        ("9" * 5000 + "-" + "8" * 5000, "9" * 5000 + "-" + "8" * 5000),
    ],
)
def test_a_last_page_is_given_in_full_where_that_makes_the_range_ascend(given: str, full: str) -> None:
    assert full_pages(given) == full
