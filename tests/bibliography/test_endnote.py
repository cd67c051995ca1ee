"""EndNote XML: well-formed whatever the texts, with markup as EndNote's styles."""

from xml.etree import ElementTree as ET

from evidence.bibliography.formats.endnote import write_endnote
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, LABEL_ITEM, hostile_item


def record(item):
    return ET.fromstring(write_endnote([item])).find("records/record")  # noqa: S314 - our own


def test_italics_and_indices_are_styles():
    styles = record(ARTICLE_ITEM).findall("titles/title/style")
    assert [(style.get("face"), style.text) for style in styles][:4] == [
        ("normal", "Low-dose "),
        ("italic", "naltrexone"),
        ("normal", " in McCue's H"),
        ("subscript", "2"),
    ]


def test_markup_within_markup_has_both_faces():
    [style] = record({"id": "a", "title": "<i><sub>x</sub></i>"}).findall("titles/title/style")
    assert style.get("face") == "italic subscript"


def test_a_body_is_marked_as_endnote_expects():
    names = [element.text for element in record(ARTICLE_ITEM).findall("contributors/authors/author")]
    assert names[1:3] == ["ADVANCE Collaborative Group,", "Institute of Medicine,, Board on Health and Science"]


def test_a_label_is_known_by_its_set_id():
    assert record(LABEL_ITEM).findtext("accession-num") == "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
    assert record(LABEL_ITEM).findtext("remote-database-name") == "DailyMed"
    assert record(LABEL_ITEM).findtext("access-date") == "2025-08"


def test_hostile_texts_are_text():
    written = write_endnote([hostile_item(text) for text in HOSTILE_TEXTS])
    assert len(ET.fromstring(written).findall("records/record")) == len(HOSTILE_TEXTS)  # noqa: S314 - our own
    assert "<script" not in written
    assert "<!" not in written


def test_a_number_beside_an_issue_is_not_lost():
    written = write_endnote([{"id": "a", "type": "report", "title": "T", "issue": "3", "number": "WHO-12"}])
    assert "<number>3</number>" in written
    assert "<custom7>WHO-12</custom7>" in written
