"""The record of another work, distinguished from a sloppy citation of the right one."""

from __future__ import annotations

import pytest

from evidence.matching.compare import compare
from evidence.matching.verdict import Field
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Journal, NoticeLink, PublicationType
from factories import VANCOUVER, WORK, authors, differences, work

OTHER = Article(
    Identifier(IdKind.PMID, "10000002"),
    "Cabbage soup in the nutrition of arctic explorers.",
    authors=authors("Kohl R", "Suppe E"),
    journal=Journal("Annals of summer surgery", "Ann Summer Surg", "Ann Summer Surg"),
    issued=PartialDate(2004),
    years=(2004,),
    volume="12",
    issue="9",
    pages="101-9",
)


def test_a_work_with_nothing_in_common_is_another_work() -> None:
    wrong = compare(VANCOUVER, OTHER).wrong
    assert wrong is not None
    assert (wrong.rule, wrong.certain) == (2, True)


def test_another_work_of_the_same_issue_and_first_author_is_another_work() -> None:
    sibling = work(
        title="Mittens and the temperature of the hand in sleep.", authors=authors("Winter J", "Gray Q"), pages="601-9"
    )
    wrong = compare(VANCOUVER, sibling).wrong
    assert wrong is not None
    assert wrong.rule == 2


def test_another_part_of_a_series_appears_to_be_another_work() -> None:
    part = work(title="Cold feet in winter. II. Socks.", pages="540-8")
    printed = VANCOUVER.replace(WORK.title.removesuffix("."), "Cold feet in winter. I. Socks")
    wrong = compare(printed, part).wrong
    assert wrong is not None
    assert (wrong.rule, wrong.certain) == (3, False)


def test_a_comment_under_the_title_of_its_paper_is_another_work() -> None:
    wrong = compare(VANCOUVER, work(authors=authors("Zweifel U"), pages="744")).wrong
    assert wrong is not None
    assert wrong.rule == 4


def test_volume_and_page_of_a_linked_work_name_that_work() -> None:
    link = NoticeLink("ErratumFor", "J Winter Med. 2013 Feb;65(2):529-38", pmid="10000001")
    erratum = work(title="Correction to: Warm socks.", pages="1021", notices=(link,), volume="65", issue="4")
    wrong = compare(VANCOUVER, erratum).wrong
    assert wrong is not None
    assert (wrong.rule, wrong.certain) == (1, True)
    assert "PMID 10000001" in wrong.message


def test_a_short_citation_at_the_place_of_a_linked_work_is_of_that_work() -> None:
    link = NoticeLink("ErratumFor", "J Winter Med. 2013 Feb;65(2):1-9", pmid="10000001")
    erratum = work(title="Correction to: Warm socks.", pages="286", notices=(link,), volume="65", issue="4")
    wrong = compare("Winter J, et al. J Winter Med. 2013;65:1-9.", erratum).wrong
    assert wrong is not None
    assert wrong.rule == 1
    assert compare("Winter J, et al. J Winter Med. 2013;65:286.", erratum).wrong is None


@pytest.mark.parametrize(
    "head", ["Commentary on: ", "Erratum to: ", "Correction to: ", "Retraction of: ", "Reply to: "]
)
def test_a_notice_without_authors_is_not_the_paper_it_is_about(head: str) -> None:
    printed = f"{head}{WORK.title} J Winter Med. 2013."
    wrong = compare(printed, WORK).wrong
    assert wrong is not None
    assert wrong.rule == 5
    notice = work(publication_types=(PublicationType("D016425", "Published Erratum"),))
    assert compare(printed, notice).wrong is None


def test_an_author_who_is_called_as_a_notice_is_an_author() -> None:
    assert compare(f"Re G. {WORK.title} J Winter Med. 2013.", work(authors=authors("Re G"))).wrong is None


def test_a_notice_is_not_the_paper_it_is_about() -> None:
    types = (PublicationType("D016425", "Published Erratum"),)
    notice = work(title="Correction to: " + WORK.title, volume="", issue="", pages="", publication_types=types)
    wrong = compare(VANCOUVER, notice).wrong
    assert wrong is not None
    assert wrong.rule == 5


def test_a_paper_is_not_the_notice_about_it() -> None:
    wrong = compare(VANCOUVER.replace("Warm socks", "Correction to: Warm socks"), WORK).wrong
    assert wrong is not None
    assert wrong.rule == 5


def test_a_short_citation_of_another_author_appears_to_be_another_work() -> None:
    wrong = compare("Kohl et al. J Winter Med 2013", WORK).wrong
    assert wrong is not None
    assert (wrong.rule, wrong.certain) == (6, False)


def test_a_near_spelling_in_a_short_citation_is_only_misspelt() -> None:
    assert compare("Wynter et al. J Winter Med 2013", WORK).wrong is None
    assert differences("Wynter et al. J Winter Med 2013") == {"authors": "misspelt"}


def test_a_namesake_in_another_journal_is_another_work() -> None:
    wrong = compare("Winter Q et al. Ann Summer Surg 2013", WORK).wrong
    assert wrong is not None
    assert wrong.rule == 6


def test_a_family_name_alone_cannot_tell_a_namesake() -> None:
    assert compare("Winter et al. Ann Summer Surg 2013", WORK).wrong is None
    assert differences("Winter et al. Ann Summer Surg 2013") == {"journal": "other"}


ONE_WRONG = {
    "title": (
        "Warm socks for the treatment of cold feet: findings of a small",
        "Cabbage soup in the nutrition of arctic folk",
    ),
    "authors": ("Winter J, Nord N, McFrost R, de Vries AP", "Kohl R, Suppe E"),
    "year": ("2013", "1999"),
    "journal": ("J Winter Med", "Ann Summer Surg"),
    "volume": ("65(2)", "12(2)"),
    "page": ("529-38", "101-9"),
}


@pytest.mark.parametrize("field", ONE_WRONG)
def test_no_single_field_makes_another_work(field: str) -> None:
    printed = VANCOUVER.replace(*ONE_WRONG[field])
    assert printed != VANCOUVER
    assert compare(printed, WORK).differences
    assert compare(printed, WORK).wrong is None


def test_a_title_without_authors_and_pages_beside_it_says_what_is_missing() -> None:
    wrong = compare("Cabbage soup in the nutrition of arctic folk. J Winter Med 2013", WORK).wrong
    assert wrong is not None
    assert wrong.message == "the title differs, and there are no authors or pages to compare"


def test_a_citation_of_one_field_says_what_was_read_and_judges_nothing() -> None:
    comparison = compare("Cabbage soup in the nutrition of arctic folk.", WORK)
    assert comparison.too_short
    assert comparison.read == (Field.TITLE,)
    assert comparison.wrong is None
    assert comparison.differences == ()


def test_a_record_of_nothing_but_a_title_does_not_make_a_citation_too_short() -> None:
    book = work(authors=(), journal=Journal(), pages="", volume="", issue="")
    assert not compare(VANCOUVER, book).too_short
    assert compare("See the paper on socks.", book).too_short
