"""Citation keys: legal, unique and the same tomorrow."""

import re

from evidence.bibliography.formats.bibtex import citation_keys
from factories import HOSTILE_TEXTS


def test_an_id_that_is_a_legal_key_stays_as_it_is():
    assert citation_keys(["younger-2013", "pmid:23359310", "a_b.c"]) == ["younger-2013", "pmid:23359310", "a_b.c"]


def test_accents_are_dropped_and_the_rest_replaced():
    assert citation_keys(["müller 2013", "a,b}c", "Åß"]) == ["muller_2013", "a_b_c", "Ass"]


def test_an_id_without_one_legal_letter_has_a_key_still():
    assert citation_keys(["", "李"]) == ["item", "_"]


def test_a_key_does_not_depend_on_the_order_of_the_references():
    ids = ["muller", "müller", "mûller", "other", "Smith", "smith"]
    there = dict(zip(ids, citation_keys(ids), strict=True))
    back = dict(zip(ids[::-1], citation_keys(ids[::-1]), strict=True))
    assert there == back
    assert there["muller"] == "muller"
    assert there["Smith"] == "Smith"


def test_keys_differ_also_for_readers_that_ignore_case():
    keys = citation_keys(["Smith", "smith", "SMITH", "smith"])
    assert len({key.casefold() for key in keys}) == 4


def test_every_key_is_legal_and_unique():
    keys = citation_keys([*HOSTILE_TEXTS, *HOSTILE_TEXTS])
    assert all(re.fullmatch(r"[A-Za-z0-9:._-]+", key) for key in keys)
    assert len({key.casefold() for key in keys}) == len(keys)
