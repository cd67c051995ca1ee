"""A monograph's product beside those of a label."""

from __future__ import annotations

import pytest

from evidence.matching.products import (
    declared_text,
    differing_products,
    is_label_of,
    product_text,
    unread_strengths,
    unsaid_items,
)
from evidence.model.claims import Product
from evidence.model.records import LabelProduct, Strength


def tablet(amount: str = "50", form: str = "TABLET, FILM COATED", unit: str = "mg") -> LabelProduct:
    return LabelProduct("Naltrexone", form, (Strength("NALTREXONE HYDROCHLORIDE", amount, unit),))


def product(*strengths: str, form: str | None = "tablet", drug: str = "naltrexone hydrochloride") -> Product:
    return Product(drug, strengths, form)


@pytest.mark.parametrize(
    ("declared", "labelled"),
    [
        (product("50 mg"), [tablet()]),
        (product("50mg", form="film-coated tablets"), [tablet()]),
        (product("0.05 g"), [tablet()]),
        (product("25 mg", "50 mg"), [tablet("25"), tablet("50"), tablet("100")]),
        (product(form=None), [tablet()]),
        (product("50 mg", drug="metformin"), [tablet("500")]),
        (product("one tablet"), [tablet()]),
    ],
)
def test_a_label_that_covers_the_product_is_of_no_other(declared: Product, labelled: list[LabelProduct]) -> None:
    assert differing_products(declared, labelled) == ()


@pytest.mark.parametrize(
    "declared",
    [product("4.5 mg"), product("50 mg", "100 mg"), product("50 mg", form="capsule"), product(form="capsule")],
)
def test_another_strength_or_form_is_of_another_product(declared: Product) -> None:
    assert differing_products(declared, [tablet()]) == (tablet(),)


def test_concentrations_are_compared_by_what_is_in_one_unit() -> None:
    syrup = LabelProduct("Testol", "SOLUTION", (Strength("TESTOL", "50", "mg", "5", "mL"),))
    same, other = (Product("testol", (text,), "solution") for text in ("10 mg/mL", "50 mg/mL"))
    assert differing_products(same, [syrup]) == ()
    assert differing_products(other, [syrup]) == (syrup,)
    assert product_text(syrup) == "SOLUTION 50 mg/5 mL"


def test_products_are_named_by_form_and_strengths() -> None:
    assert product_text(tablet()) == "TABLET, FILM COATED 50 mg"
    assert declared_text(product("1.5 mg", "3 mg", form="capsule")) == "capsule 1.5 mg, 3 mg"


def test_ranges_and_decimal_commas_are_strengths_that_cannot_be_compared() -> None:
    assert unread_strengths(product("1.5mg", "10 mg/5 mL", "5%", "1000 units/mL")) == ()
    assert unread_strengths(product("1.5-4.5 mg", "3 mg", "1,5 mg")) == ("1.5-4.5 mg", "1,5 mg")


def test_a_label_is_of_a_drug_by_its_ingredients() -> None:
    assert is_label_of(product(), [tablet()])
    assert not is_label_of(product(drug="metformin"), [tablet()])


def test_items_are_unsaid_where_most_of_their_words_are_missing_in_any_form() -> None:
    said = ["People who depend on opioids, or take opioid analgesics, must not take it.", "The liver may be injured."]
    items = ["Patients receiving opioid analgesics", "acute hepatitis or liver failure", "dependence on an opioid"]
    assert unsaid_items(items, said) == ("acute hepatitis or liver failure",)
