from __future__ import annotations

from typing import Any

import pytest

from evidence.matching.verdict import Field
from evidence.model.csl import csl_item
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal
from evidence.reports.html_citation import PRINTED, RECORDED, SAME, Citation, article_of, citation

TITLE = "Low-dose naltrexone for the treatment of fibromyalgia: findings of a small randomized trial"
ARTICLE = Article(
    Identifier(IdKind.PMID, "23359310"),
    f"{TITLE}.",
    authors=(Author("Younger", "Jarred", "J"), Author("Noor", "Noorulain", "N"), Author("McCue", "Rebecca", "R")),
    journal=Journal("Arthritis and rheumatism", "Arthritis Rheum", "Arthritis Rheum"),
    issued=PartialDate(2013, 2),
    years=(2013,),
    volume="65",
    issue="2",
    pages="529-38",
)
RECORD: dict[str, Any] = csl_item(ARTICLE)
ALL = frozenset(Field)


def printed(title: str = TITLE, authors: str = "Younger J, Noor N, McCue R", tail: str = "2013;65(2):529-538") -> str:
    return f"{authors}. {title}. Arthritis Rheum. {tail}."


def of(done: Citation, kind: str) -> list[str]:
    return [piece.text for piece in done.pieces if piece.kind == kind]


def as_printed(done: Citation) -> str:
    return "".join(piece.text for piece in done.pieces if piece.kind != RECORDED)


def test_words_that_were_cut_off_are_shown_where_they_are_missing() -> None:
    done = citation(printed(TITLE.removesuffix(" randomized trial")), RECORD, ALL)
    assert of(done, RECORDED) == ["randomized trial"]
    assert of(done, PRINTED) == []
    before = "".join(piece.text for piece in done.pieces[:1])
    assert before.endswith("findings of a small")
    assert done.sentences == ('title is incomplete: the record continues "randomized trial"',)


def test_another_word_is_beside_the_record_s() -> None:
    done = citation(printed(TITLE.replace("small", "large")), RECORD, ALL)
    assert of(done, PRINTED) == ["large"]
    assert of(done, RECORDED) == ["small"]


def test_a_missing_beginning_is_shown_before_the_first_word() -> None:
    done = citation(printed(TITLE.removeprefix("Low-dose naltrexone for the ")), RECORD, ALL)
    assert of(done, RECORDED) == ["Low-dose naltrexone for the"]
    assert done.pieces[0].text.endswith("McCue R. ")


@pytest.mark.parametrize(
    "text",
    [
        printed(f"\N{LEFT DOUBLE QUOTATION MARK}{TITLE.upper()}\N{RIGHT DOUBLE QUOTATION MARK}"),
        printed(TITLE.replace("Low-dose", "Low\N{EN DASH}dose").replace(": ", " - ")),
        printed(authors="Younger J, et al", tail="2013;65(2):529\N{EN DASH}38"),
        printed(authors="YOUNGER J; NOOR N; MCCUE R", tail="2013 Feb;65:529-538"),
        printed().replace("Arthritis Rheum", "Arthritis & Rheumatism"),
        "1. " + printed() + " https://pubmed.ncbi.nlm.nih.gov/23359310/",
    ],
)
def test_mere_typography_is_never_marked(text: str) -> None:
    done = citation(text, RECORD, ALL)
    assert not done.differs
    assert as_printed(done) == text


def test_typography_beside_a_real_difference_is_not_marked_either() -> None:
    title = TITLE.replace("small", "large").replace("Low-dose", "Lowdose").replace("treatment", "TREATMENT")
    done = citation(printed(title), RECORD, ALL)
    assert of(done, PRINTED) == ["large"]


@pytest.mark.parametrize(
    ("tail", "wrong", "right"),
    [
        ("2012;65(2):529-538", "2012", "2013"),
        ("2013;56(2):529-538", "56", "65"),
        ("2013;65(3):529-538", "3", "2"),
        ("2013;65(2):592-538", "592-538", "529-38"),
    ],
)
def test_numbers_that_differ_are_beside_the_record_s(tail: str, wrong: str, right: str) -> None:
    done = citation(printed(tail=tail), RECORD, ALL)
    assert of(done, PRINTED) == [wrong]
    assert of(done, RECORDED) == [right]


def test_a_misspelt_author_is_beside_the_right_name() -> None:
    done = citation(printed(authors="Youngor J, Noor N, McCue R"), RECORD, ALL)
    assert of(done, PRINTED) == ["Youngor"]
    assert of(done, RECORDED) == ["Younger"]


def test_a_foreign_author_is_struck_out() -> None:
    done = citation(printed(authors="Younger J, Zimmermann K, McCue R"), RECORD, ALL)
    assert "Zimmermann" in of(done, PRINTED)
    assert as_printed(done) == printed(authors="Younger J, Zimmermann K, McCue R")


def test_nothing_is_marked_that_the_run_did_not_report() -> None:
    text = printed(tail="2012;65(2):529-538")  # the run may know a year of electronic publication
    assert not citation(text, RECORD, {Field.TITLE}).differs
    assert not citation(text, RECORD, ()).differs


def test_a_wrong_record_is_marked_word_by_word() -> None:
    text = "Smith JP, Stock H. Naltrexone improves active Crohn's disease. Am J Gastroenterol. 2007;102(4):820-828."
    done = citation(text, RECORD, ALL)
    assert done.differs
    assert as_printed(done) == text


def test_a_citation_without_a_record_stays_as_it_is() -> None:
    assert citation("Any  text\nat all", None, ALL).pieces == citation("Any text at all", None, ALL).pieces
    assert of(citation("Any text", None, ALL), SAME) == ["Any text"]


def test_the_item_tells_what_a_comparison_looks_at() -> None:
    article = article_of(RECORD)
    assert article.title == TITLE
    assert [author.family for author in article.authors] == ["Younger", "Noor", "McCue"]
    assert (article.volume, article.issue, article.pages, article.years) == ("65", "2", "529-38", (2013,))
    assert article.journal.medline_ta == "Arthritis Rheum"
