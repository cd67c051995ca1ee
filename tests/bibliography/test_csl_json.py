"""CSL-JSON: the items as they are."""

import json
import re

from evidence.bibliography.formats.csl import write_csl_json, write_csl_yaml
from factories import ARTICLE_ITEM, LABEL_ITEM, PAGE_ITEM


def test_the_items_are_what_they_were():
    items = [LABEL_ITEM, PAGE_ITEM]
    assert json.loads(write_csl_json(items)) == items


def test_a_retraction_is_stated_where_every_processor_shows_it():
    [item] = json.loads(write_csl_json([ARTICLE_ITEM]))
    assert item["title"] == f"RETRACTED: {ARTICLE_ITEM['title']}"
    assert item["note"] == "RETRACTED (Lancet. 2010;375:445). A <i>note</i>"
    assert item.keys() == ARTICLE_ITEM.keys()


def test_what_is_marked_already_is_not_marked_twice():
    once = json.loads(write_csl_json([ARTICLE_ITEM]))
    assert json.loads(write_csl_json(once)) == once
    [bare] = json.loads(write_csl_json([{"id": "a", "title": "Retracted article: x", "custom": {"retracted": True}}]))
    assert (bare["title"], bare["note"]) == ("Retracted article: x", "RETRACTED")


def test_letters_are_themselves():
    assert "García Márquez" in write_csl_json([ARTICLE_ITEM])


def test_control_characters_are_removed_and_line_ends_are_spaces():
    [item] = json.loads(write_csl_json([{"id": "a", "note": "a\r\nb\x00\x1b[31mc", "custom": {"x": ["\u202ed"]}}]))
    assert item == {"id": "a", "note": "a b[31mc", "custom": {"x": ["d"]}}


def test_items_of_several_files_with_equal_ids_are_distinguished():
    items = [{"id": "a", "type": "book", "title": title} for title in ("one", "two", "three")]
    items.insert(1, {"id": "a-2", "type": "book", "title": "four"})
    assert [item["id"] for item in json.loads(write_csl_json(items))] == ["a", "a-2", "a-3", "a-4"]
    assert re.findall('id: "(.*)"', write_csl_yaml(items)) == ["a", "a-2", "a-3", "a-4"]
