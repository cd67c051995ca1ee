from __future__ import annotations

import pytest

from evidence.library.fill import escaped_text, new_id
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Label, Page

PMID = Identifier(IdKind.PMID, "123")


def article(*authors: Author, year: int | None = 2007, title: str = "On Low-dose naltrexone") -> Article:
    return Article(PMID, title, authors=authors, issued=PartialDate(year) if year else None)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (article(Author("Smith")), "smith-2007"),
        (article(Author("N\u00f8rg\u00e5rd-M\u00fcller")), "norgard-muller-2007"),
        (article(Author("O'Brien")), "obrien-2007"),
        (article(Author(collective="The COVID Study Group of Many")), "the-covid-study-2007"),
        (article(Author("Smith"), year=None), "smith"),
        (article(), "on-low-dose-2007"),
        (article(Author("\u738b"), title="\u7814\u7a76"), "pmid-123"),
        (Label(PMID, "NALTREXONE HCL tablet", ()), "naltrexone-label"),
    ],
)
def test_an_id_is_made_of_author_and_year(record: Article | Label, expected: str) -> None:
    assert new_id(PMID, record, ()) == expected


def test_an_id_that_is_taken_gets_a_letter_then_a_number() -> None:
    taken = {"smith-2007"} | {f"smith-2007{letter}" for letter in "bcdefghijklmnopqrstuvwxy"}
    assert new_id(PMID, article(Author("Smith")), {"smith-2007"}) == "smith-2007b"
    assert new_id(PMID, article(Author("Smith")), taken) == "smith-2007z"
    assert new_id(PMID, article(Author("Smith")), {*taken, "smith-2007z"}) == "smith-2007-27"
    assert new_id(PMID, article(Author("Smith"), year=None), {"smith"}) == "smith-b"


def test_a_page_is_named_after_its_host() -> None:
    address = Identifier(IdKind.URL, "https://www.ldnresearchtrust.org/x")
    assert new_id(address, Page(address, 200, address.value), ()) == "ldnresearchtrust"
    assert new_id(address, None, {"ldnresearchtrust"}) == "ldnresearchtrust-b"


def test_text_of_strangers_is_on_one_line_without_controls() -> None:
    assert escaped_text("a\x1b[2J\n b\x00\ufeff *c*\ud800") == r"a\[2J b \*c\*"
