"""An entry's own fields against the record."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.matching.compare import compare_fields
from evidence.matching.verdict import Field
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.references import Name, Reference
from factories import WORK, differing_fields, work

RIGHT: dict[str, Any] = {
    "title": WORK.title.removesuffix("."),
    "authors": (
        Name("Winter", "Jane"),
        Name("Nord", "N."),
        Name("McFrost", "R"),
        Name("Vries", "A. P.", particle="de"),
    ),
    "container_title": "Journal of Winter Medicine",
    "issued": PartialDate(2013, 2),
    "volume": "65",
    "issue": "2",
    "page": "529\u2013538",
}


def entry(**fields: Any) -> Reference:
    return Reference("entry", Place("references.yaml", 3, 5), **fields)


def test_right_fields_agree_and_all_of_them_are_judged() -> None:
    comparison = compare_fields(entry(**RIGHT), WORK)
    assert differing_fields(comparison) == []
    assert set(comparison.compared) == set(Field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Warm socks"}, "title"),
        ({"authors": (Name("Nord", "N"), Name("Winter", "J"))}, "authors"),
        ({"authors": (Name("Winter", "Kim"), Name("Nord", "N"))}, "authors"),
        ({"issued": PartialDate(2003)}, "year"),
        ({"container_title": "Annals of Summer Surgery"}, "journal"),
        ({"volume": "66"}, "volume"),
        ({"issue": "3"}, "issue"),
        ({"page": "592-538"}, "pages"),
    ],
)
def test_a_wrong_field_differs_alone(changes: dict[str, Any], field: str) -> None:
    comparison = compare_fields(entry(**RIGHT | changes), WORK)
    assert differing_fields(comparison) == [field]
    assert comparison.wrong is None


def test_absent_fields_are_not_judged() -> None:
    assert compare_fields(entry(), WORK).compared == ()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "Cabbage soup in the nutrition of arctic explorers"}, "title"),
        ({"authors": (Name("Kohl", "R"),)}, "authors"),
        ({"authors": (Name("Kohl", "R"),), "issued": PartialDate(2013), "volume": "65"}, "authors"),
    ],
)
def test_one_field_alone_cannot_show_another_work(fields: dict[str, Any], field: str) -> None:
    comparison = compare_fields(entry(**fields), WORK)
    assert differing_fields(comparison) == [field]
    assert comparison.wrong is None


def test_another_title_and_journal_show_another_work() -> None:
    fields = {"title": "Cabbage soup in the nutrition of arctic explorers", "container_title": "Ann Summer Surg"}
    wrong = compare_fields(entry(**fields), WORK).wrong
    assert wrong is not None


def test_a_journal_with_its_place_agrees() -> None:
    assert differing_fields(compare_fields(entry(**RIGHT | {"container_title": "J Winter Med (Oslo)"}), work())) == []


def test_a_group_among_the_authors_is_free() -> None:
    names = (*RIGHT["authors"], Name(literal="Cold Feet Study Group"))
    assert differing_fields(compare_fields(entry(**RIGHT | {"authors": names}), WORK)) == []
