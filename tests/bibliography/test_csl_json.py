"""CSL-JSON: the items as they are."""

import json

from bibliography.made_items import ARTICLE
from evidence.bibliography.csl_json import write_csl_json


def test_the_items_are_what_they_were():
    assert json.loads(write_csl_json([ARTICLE])) == [ARTICLE]


def test_letters_stand_as_themselves():
    assert "García Márquez" in write_csl_json([ARTICLE])


def test_control_characters_are_gone_and_line_ends_are_spaces():
    [item] = json.loads(write_csl_json([{"id": "a", "note": "a\r\nb\x00\x1b[31mc", "custom": {"x": ["\u202ed"]}}]))
    assert item == {"id": "a", "note": "a b[31mc", "custom": {"x": ["d"]}}
