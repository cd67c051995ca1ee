"""Notices under the words that people print for them. All works are invented."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.matching.compare import compare, compare_fields
from evidence.matching.verdict import Field
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal, NoticeLink, PublicationType
from evidence.model.references import Reference
from factories import reference

TITLE = "Effects of statins in older adults: a randomised trial"
NOTICE = Article(
    Identifier(IdKind.PMID, "34000001"),
    f"Correction to: {TITLE}.",
    authors=(Author("Alder", "Eva", "E"), Author("Birch", "Hans", "H")),
    journal=Journal("Journal of examples", "J Examples", "J Examples"),
    years=(2021,),
    volume="5",
    issue="2",
    pages="11",
    publication_types=(PublicationType("D016425", "Published Erratum"),),
    notices=(NoticeLink("ErratumFor", "J Examples. 2020;4(1):1-9", "34000000"),),
)
RETRACTION = replace(
    NOTICE,
    title=f"Retraction: {TITLE}.",
    publication_types=(PublicationType("D016440", "Retraction Notice"),),
    notices=(NoticeLink("RetractionOf", "J Examples. 2020;4(1):1-9", "34000000"),),
)
CORRECTIONS = (
    "Correction: {}",
    "Erratum: {}",
    "Erratum to: {}",
    'Corrigendum to "{}"',
    "Author Correction: {}",
    "{} [Erratum]",
    "{} (Correction)",
    "{}: Corrigendum",
)
RETRACTIONS = ("Retraction of: {}", "Retraction note to: {}", "Notice of Retraction: {}", "{} [Retraction]")


def cited(title: str, pages: str = "11") -> str:
    return f"Alder E, Birch H. {title}. J Examples. 2021;5(2):{pages}."


def titled(title: str) -> Reference:
    return reference(NOTICE.identifier, title=title)


@pytest.mark.parametrize(
    ("record", "form"),
    [
        *((NOTICE, form) for form in CORRECTIONS),
        *((replace(NOTICE, title=f'Corrigendum to "{TITLE}" [J. Ex. 4 (2020) 1-9].'), form) for form in CORRECTIONS),
        *((replace(NOTICE, title=f"{TITLE}: Erratum."), form) for form in CORRECTIONS),
        *((replace(NOTICE, title=f"{TITLE}."), form) for form in CORRECTIONS),
        *((RETRACTION, form) for form in RETRACTIONS),
        *((replace(RETRACTION, title=f"Retracted: {TITLE}."), form) for form in RETRACTIONS),
    ],
)
def test_a_notice_may_be_called_by_another_word_for_the_same(record: Article, form: str) -> None:
    comparison = compare(cited(form.format(TITLE)), record)
    assert (comparison.differences, comparison.wrong) == ((), None)
    assert compare_fields(titled(form.format(TITLE)), record).of(Field.TITLE).agrees


@pytest.mark.parametrize(
    "form", ["{}", "Retraction of: {}", "{} [Retraction]", "Reply to: {}", "Effects of a correction: {}"]
)
def test_a_word_of_another_kind_or_none_is_a_difference(form: str) -> None:
    comparison = compare(cited(form.format(TITLE)), NOTICE)
    assert comparison.of(Field.TITLE).differs
    assert not compare_fields(titled(form.format(TITLE)), NOTICE).of(Field.TITLE).agrees


def test_the_article_beside_its_notice_s_number_is_the_wrong_record() -> None:
    assert compare(cited(TITLE, "1-9").replace("2021;5(2)", "2020;4(1)"), NOTICE).wrong is not None
    assert compare(cited(TITLE, "1-9").replace("2021;5(2)", "2020;4(1)"), RETRACTION).wrong is not None
