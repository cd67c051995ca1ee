"""Journal names: the record's forms, abbreviations of them, and names that only look alike."""

from __future__ import annotations

import pytest

from evidence.matching.journals import begins_alike, is_name, journal_names
from evidence.matching.text import CleanText
from evidence.model.records import Journal

HEALTH = Journal("Health and quality of life outcomes", "Health Qual Life Outcomes", "Health Qual Life Outcomes")
SPINE = Journal("Spine", "Spine (Phila Pa 1976)", "Spine (Phila Pa 1976)")
NANO = Journal("Nanotechnology", "Nanotechnology", "Nanotechnology")
PNAS = Journal(
    "Proceedings of the National Academy of Sciences of the United States of America",
    "Proc Natl Acad Sci U S A",
    "Proc Natl Acad Sci U S A",
)
BMJ = Journal("BMJ (Clinical research ed.)", "BMJ", "BMJ")
OBESITY = Journal("International journal of obesity (2005)", "Int J Obes (Lond)", "Int J Obes (Lond)")
CELL = Journal(
    "American journal of physiology. Cell physiology", "Am J Physiol Cell Physiol", "Am J Physiol Cell Physiol"
)


@pytest.mark.parametrize(
    ("printed", "journal"),
    [
        ("Health Qual Life Outcomes", HEALTH),
        ("Health and Quality of Life Outcomes", HEALTH),
        ("Health & Quality of Life Outcomes", HEALTH),
        ("Heal. Qual. Life Outcomes", HEALTH),
        ("The Spine", SPINE),
        ("Spine", SPINE),
        ("Spine (Phila Pa 1976)", SPINE),
        ("PNAS", PNAS),
        ("Proc. Natl. Acad. Sci. USA", PNAS),
        ("Br Med J", BMJ),
        ("British Medical Journal", BMJ),
    ],
)
def test_a_form_of_the_name_is_the_journal(printed: str, journal: Journal) -> None:
    text = CleanText(printed.removeprefix("The "))
    assert is_name(text, 0, len(text), journal_names(journal))


@pytest.mark.parametrize(
    ("printed", "journal"),
    [
        ("NY", NANO),
        ("Nature", NANO),
        ("Health Place", HEALTH),
        ("Pain", SPINE),
        ("Lancet", BMJ),
        ("Br J Haematol", BMJ),
    ],
)
def test_another_name_is_another_journal(printed: str, journal: Journal) -> None:
    text = CleanText(printed)
    assert not is_name(text, 0, len(text), journal_names(journal))


@pytest.mark.parametrize(("printed", "journal"), [("Int J Obes Relat Metab Disord", OBESITY), ("Am J Physiol", CELL)])
def test_a_renamed_journal_begins_alike(printed: str, journal: Journal) -> None:
    text = CleanText(printed)
    assert begins_alike(text, 0, len(text), journal_names(journal))


@pytest.mark.parametrize(
    ("printed", "journal"), [("J Biol Chem", Journal(iso="J Bacteriol")), ("Cancer Res", Journal(iso="C R Acad"))]
)
def test_single_letters_do_not_make_names_begin_alike(printed: str, journal: Journal) -> None:
    text = CleanText(printed)
    assert not begins_alike(text, 0, len(text), journal_names(journal))
