""" "et al." in the words of many languages. The citations are invented."""

# ruff: noqa: RUF001 - letters of many scripts

from __future__ import annotations

import pytest

from evidence.matching.alone import parse_without_record
from evidence.matching.et_al import others_end
from evidence.matching.text import CleanText
from factories import VANCOUVER, differences

FORMS = """
    et al.|et al|et alii|et coll.|et collaborateurs|y cols.|y cols|y col.|y colaboradores|y otros|e cols.|e col.
    e colaboradores|e altri|und Mitarb.|und Mitarbeiter|u. a.|u.a.|и др.|и соавт.|та ін.|ve ark.|ve arkadaşları
    i wsp.|i in.|a kol.|a spol.|és mtsai|és munkatársai|m.fl.|m. fl.|og medarb.|ja muut|ym.|i sur.|și colab.
    και συν.|και συνεργάτες|dkk.|và cộng sự|等|等人|ら|ほか|외|وآخرون|3 more|and 5 others|and 12 other authors
    + 3 authors|+3 others|plus 4 others|and colleagues|and associates|and coworkers|and co-workers|& co-workers
    un c.|ועמ'|և ուրիշներ|და სხვ.|และคณะ|cùng cộng sự|وغیرہ|ac eraill
    & co.|& Co.|and co.|and collaborators|and others|& al.|et al. (7 authors)|[et al.]|(12 authors)|...|…
"""
ALL = [form.strip() for form in FORMS.replace("\n", "|").split("|") if form.strip()]
NAMES = "Winter J, Nord N, McFrost R, de Vries AP"


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("named", ["Winter J", "Winter J, Nord N"])
def test_every_form_is_for_authors_who_are_not_named(form: str, named: str) -> None:
    assert differences(VANCOUVER.replace(NAMES, f"{named}, {form}")) == {}
    assert differences(VANCOUVER.replace(f"{NAMES}.", f"{named} {form}")) == {}


@pytest.mark.parametrize("form", ["y cols.", "et coll", "и др.", "ve ark.", "and 5 others"])
def test_without_its_record_a_citation_is_read_past_every_form(form: str) -> None:
    query = parse_without_record(VANCOUVER.replace(NAMES, f"Winter J, Nord N, {form}".rstrip(".")))
    assert (query.first_author, query.title[:18]) == ("Winter", "Warm socks for the")


@pytest.mark.parametrize("form", ["y cols.", "et coll.", "und Mitarb.", "и др.", "3 more"])
def test_who_is_named_before_must_still_be_an_author(form: str) -> None:
    assert differences(VANCOUVER.replace(NAMES, f"Winter J, Stranger B, {form}")) == {"authors": "another name"}


@pytest.mark.parametrize(
    "words", ["E. Altri", "Y Cols", "Others", "Colleagues", "Smith E", "A. Kol", "more", "& Co A", "Co A"]
)
def test_names_and_words_without_a_number_are_no_et_al(words: str) -> None:
    text = CleanText(words)
    assert [others_end(text, at, len(text)) for at in range(len(text))] == [None] * len(text)
