"""What is printed beside a title and is no part of it. The citations are invented."""

from __future__ import annotations

import pytest

from evidence.matching.additions import is_addition, without_additions
from factories import VANCOUVER, differences, work

HEAD, JOURNAL, TAIL = VANCOUVER.partition(" J Winter Med. ")
ADDED = [
    "(abstract 123)",
    "(abstract P-123)",
    "[Abstract no. 12]",
    "[abstract #1234]",
    "[conference abstract]",
    "(in Chinese)",
    "(in Chinese, with English abstract)",
    "[Article in Chinese; Abstract available in Chinese from the publisher]",
    "(German)",
    "[auf Deutsch]",
    "[review]",
    "(letter to the editor)",
    "[case report]",
    "[retracted in J Winter Med. 2022;99(2):311]",
    "(retracted in 2022)",
    "[published correction appears in JAMA. 2022;327(2):311]",
    "[Erratum in: N Engl J Med 2000;342(10):748]",
    "[Comment in J Med. 2004;140(5):401-2]",
    "[J]",
    "[J/OL]",
    "[Electronic resource]",
    "[Текст]",
    "[preprint]",
    "(Suppl 1)",
    "(with discussion)",
    "(the ALPINE trial)",
    "(ALPINE-2 study)",
    "(pilot study)",
    "[letter] [see comments]",
]


@pytest.mark.parametrize("addition", ADDED)
def test_an_addition_in_brackets_behind_the_title_is_no_difference(addition: str) -> None:
    assert differences(f"{HEAD.removesuffix('.')} {addition}.{JOURNAL}{TAIL}") == {}
    assert differences(f"{HEAD.removesuffix('.')}{addition}.{JOURNAL}{TAIL}") == {}


@pytest.mark.parametrize(
    "addition", ["Review.", "Letter.", "Editorial.", "Abstract 123.", "In Polish.", "Case report."]
)
def test_an_addition_that_is_a_sentence_of_its_own_is_no_difference(addition: str) -> None:
    assert differences(f"{HEAD} {addition}{JOURNAL}{TAIL}") == {}


@pytest.mark.parametrize(
    "words", ["(in mice)", "(in vitro)", "in mice", "(the alpine trial)", "[in mice and men and dogs]"]
)
def test_other_words_behind_the_title_are_a_difference(words: str) -> None:
    assert differences(f"{HEAD.removesuffix('.')} {words}.{JOURNAL}{TAIL}") == {"title": "words added"}


def test_words_of_the_records_own_title_stay() -> None:
    record = work(title="Warm socks (in Chinese) [review].")
    assert differences(VANCOUVER.replace(HEAD.partition("AP. ")[2], "Warm socks (in Chinese) [review]."), record) == {}
    assert differences(VANCOUVER.replace(HEAD.partition("AP. ")[2], "Warm socks (in Danish)."), record) != {}


def test_a_journal_that_is_named_like_an_addition_is_a_journal() -> None:
    for name in ("Trials", "Case reports", "News", "Review of scientific instruments", "German medical monthly"):
        assert without_additions(f". {name}. 2020;1:2") == f". {name}. 2020;1:2"


def test_what_is_in_brackets_is_an_addition_by_its_words() -> None:
    assert [is_addition(words) for words in ("[letter]", "(in Danish)", "(poster)", "[M/CD]", "[two words]")] == [
        True
    ] * 5
    assert [is_addition(words) for words in ("(in vivo)", "(a new drug)", "(two words)")] == [False] * 3


@pytest.mark.parametrize(
    "online",
    [
        "Available online 3 June 2013, 529",
        "Advance Access published June 4, 2013",
        "Advance Access publication 4 June 2013",
        "First published online 4 June 2013",
    ],
)
def test_the_day_of_electronic_publication_is_no_volume_page_or_journal(online: str) -> None:
    assert differences(f"{HEAD} J Winter Med. {online}.") == {}


def test_what_endnote_leaves_before_a_citation_is_no_author() -> None:
    assert differences(f"{{Winter, 2018 #45}} {VANCOUVER}") == {}


def test_authors_that_gost_prints_twice_are_printed_once() -> None:
    names, _, rest = VANCOUVER.partition(". ")
    title, _, tail = rest.partition(". J Winter Med. ")
    twice = "J. Winter, N. Nord, R. McFrost, A.P. de Vries"
    assert differences(f"{names}. {title} / {twice} // J Winter Med. {tail}") == {}
    assert differences(f"{names} {title} / {twice} // J Winter Med. {tail}") == {}
