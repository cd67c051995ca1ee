"""Volume, issue and pages in the many ways in which they are written."""

from __future__ import annotations

import pytest

from evidence.matching.locators import Locator, judge_pages, parse_locator, ranges, same_part
from evidence.matching.verdict import Verdict
from factories import work


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("529-38", (("529", "538"),)),
        ("529-538", (("529", "538"),)),
        ("1825-34, 1839-40", (("1825", "1834"), ("1839", "1840"))),
        ("1475-6; author reply 1475-6", (("1475", "1476"), ("1475", "1476"))),
        ("S12-9", (("12", "19"),)),
        ("109S-116S", (("109", "116"),)),
        ("e14", (("14", "14"),)),
        ("xii-xv", (("12", "15"),)),
    ],
)
def test_pages_are_read_as_first_and_last(pages: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert ranges(pages) == expected


@pytest.mark.parametrize(
    ("printed", "recorded"),
    [
        ("529-38", "529-538"),
        ("529", "529-38"),
        ("S12-9", "12S-19S"),
        ("1839-40", "1825-34, 1839-40"),
        ("e14", "e14"),
        ("14", "e14"),
    ],
)
def test_pages_agree(printed: str, recorded: str) -> None:
    assert judge_pages(printed, work(pages=recorded)).verdict is Verdict.AGREES


@pytest.mark.parametrize(("printed", "recorded"), [("528-38", "529-38"), ("529-39", "529-38"), ("530", "529-38")])
def test_pages_differ(printed: str, recorded: str) -> None:
    assert judge_pages(printed, work(pages=recorded)).verdict is Verdict.DIFFERS


def test_a_page_count_beside_an_article_number_is_not_judged() -> None:
    assert judge_pages("1-9", work(pages="100345")).verdict is Verdict.NOT_JUDGED


@pytest.mark.parametrize(
    ("printed", "recorded"),
    [
        ("45", "45 Suppl 2"),
        ("Suppl. 2", "Supplement 2"),
        ("IV", "4"),
        ("5 Pt 1", "5 Part 1"),
        ("3-4", "3-4"),
        ("2", "02"),
    ],
)
def test_parts_agree(printed: str, recorded: str) -> None:
    assert same_part(printed, recorded)


@pytest.mark.parametrize(("printed", "recorded"), [("45", "46"), ("Suppl 2", "Suppl 3"), ("4", "V")])
def test_parts_differ(printed: str, recorded: str) -> None:
    assert not same_part(printed, recorded)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (". 2013;65(2):529-38.", Locator(2013, "65", "2", "529-38")),
        (". 2013 Feb;65(2):529-38.", Locator(2013, "65", "2", "529-38")),
        (" 2013; 65: 529-38.", Locator(2013, "65", "", "529-38")),
        (". 1977;4Suppl 2:109S-116S.", Locator(1977, "4 Suppl 2", "", "109S-116S")),
        (". 1977;Suppl 13:109-12.", Locator(1977, "Suppl 13", "", "109-12")),
        (". 1977;(NS-20):1-11.", Locator(1977, "", "NS-20", "1-11")),
        (" 65 (2): 529-38.", Locator(None, "65", "2", "529-38")),
        (" 65, 529-538 (2013).", Locator(2013, "65", "", "529-538")),
        (", vol. 65, no. 2, pp. 529-538, Feb. 2013.", Locator(2013, "65", "2", "529-538")),
        (", 65(2), 529-538.", Locator(None, "65", "2", "529-538")),
        (" 2013.", Locator(2013)),
        ("", Locator()),
    ],
)
def test_the_numbers_are_read_in_the_order_of_any_style(raw: str, expected: Locator) -> None:
    assert parse_locator(raw, front_year=None) == expected


def test_a_number_alone_may_be_a_range_of_pages() -> None:
    assert parse_locator(", 453-461.", front_year=2021) == Locator(pages="453-461")
