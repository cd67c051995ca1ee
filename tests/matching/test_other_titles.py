"""Another title under the right authors and place: what explains it, and what nothing does. All titles are invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evidence.matching.compare import compare, compare_fields
from evidence.matching.titles import is_english, is_foreign
from evidence.matching.verdict import DifferenceKind, Field
from evidence.model.errors import Place
from evidence.model.records import Article
from evidence.model.references import Name, Reference
from factories import WORK

NAMES = "Winter J, Nord N, McFrost R, de Vries AP"
PLACE = "J Winter Med. 2013;65(2):529-38."
INVENTED = "Cabbage soup and the memory of arctic explorers"


def is_other(title: str, record: Article = WORK, *, names: str = NAMES, place: str = PLACE) -> bool:
    return compare(f"{names}. {title}. {place}", record).other_title


def test_an_invented_title_is_another() -> None:
    comparison = compare(f"{NAMES}. {INVENTED}. {PLACE}", WORK)
    assert (comparison.other_title, comparison.wrong) == (True, None)
    assert comparison.of(Field.TITLE).kind is DifferenceKind.ANOTHER_TITLE


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ("Winter J, et al", PLACE),
        ("Winter, Jane, and Nils Nord", PLACE),
        (NAMES, "2013"),
        (NAMES, "J Winter Med. 2013;65:529"),
        ("Winter J, Nord Q, McFrost R, de Vries AP", PLACE),
        ("", PLACE),
    ],
)
def test_an_author_or_the_page_is_enough_for_the_rest(names: str, place: str) -> None:
    assert is_other(INVENTED, names=names, place=place)


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("Warm socks", id="cut"),
        pytest.param("Socks and warmth", id="in few other words"),
        pytest.param(
            f"{WORK.title.rstrip('.')}: a study of two hundred villages in the north of the north", id="subtitle"
        ),
        pytest.param("Des chaussettes chaudes pour les pieds froids", id="translated"),
        pytest.param("Теплые носки для холодных ног", id="in another alphabet"),
        pytest.param("Letter to the editor", id="without a telling word"),
        pytest.param("Editorial", id="one word"),
    ],
)
def test_what_can_be_the_records_title_is_not_another(title: str) -> None:
    assert not is_other(title)


def test_a_translation_may_be_worded_otherwise() -> None:
    german = replace(WORK, title="[Heated hosiery against chilled toes].", languages=("ger",))
    assert not is_other("Warme Socken", german)
    assert not is_other("Hosiery for toes of mountain farmers", german)
    assert is_other(INVENTED, german)


def test_a_title_that_stands_elsewhere_in_print_explains_it() -> None:
    printed = f"{NAMES}. {INVENTED}. In: {WORK.title} {PLACE}"
    assert not compare(printed, WORK).other_title


def test_a_record_without_a_telling_title_judges_none() -> None:
    assert not is_other(INVENTED, replace(WORK, title="Editorial."))


def test_the_wrong_record_is_not_also_another_title() -> None:
    comparison = compare(f"Kohl R, Suppe E. {INVENTED}. Ann Summer Surg. 2004;12(9):101-9.", WORK)
    assert comparison.wrong is not None
    assert not comparison.other_title


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, False),
        ({"authors": (Name("Winter", "Jane"), Name("Nord", "N"))}, True),
        ({"volume": "65", "page": "529-538"}, True),
    ],
)
def test_a_title_field_alone_proves_nothing(fields: dict[str, Any], *, expected: bool) -> None:
    entry = Reference("entry", Place("references.yaml", 3, 5), title=INVENTED, **fields)
    assert compare_fields(entry, WORK).other_title is expected


@pytest.mark.parametrize(
    "title",
    [
        "Behandlung der Angina pectoris bei älteren Menschen",
        "Traitement de la fibromyalgie chez l'adulte",
        "Eficacia y seguridad de la naltrexona en pacientes con dolor",
        "Gli effetti della terapia",
        "慢性疼痛的治疗",
        "Лечение боли",
    ],
)
def test_titles_of_other_languages_are_known_by_their_small_words(title: str) -> None:
    assert is_foreign(title)
    assert not is_english(title)


@pytest.mark.parametrize(
    "title",
    [
        "Naltrexone for pain in the elderly",
        "De novo synthesis of β-carotene in yeast",
        "IL-18 and IL-33 in airway disease",
    ],
)
def test_english_titles_with_foreign_words_and_formulas_are_english(title: str) -> None:
    assert is_english(title)


def test_names_and_formulas_alone_say_nothing() -> None:
    assert not is_foreign("Macrophages")
    assert not is_english("Macrophages")
