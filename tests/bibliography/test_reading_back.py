"""What is written is read back by each format's own readers with nothing lost, and hostile texts harm nothing."""

import pytest

from bibliography.readback import FIELDS, FORMATS, lost
from evidence.bibliography.variables import clean
from factories import HOSTILE_TEXTS, hostile_item, items_of_all_kinds

READINGS = [
    pytest.param(form, reader, id=f"{name}-{reader.name}") for name, form in FORMATS.items() for reader in form.readers
]
WITNESS = {"id": "witness", "type": "article-journal", "title": "A title", "author": [{"family": "X", "given": "Y"}]}


def cleaned(value):
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: cleaned(part) for key, part in value.items()}
    return [cleaned(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("form", "reader"), READINGS)
def test_every_kind_of_item_is_read_back_completely(form, reader):
    items = items_of_all_kinds()
    assert list(lost(reader, items, form.write(items))) == []


@pytest.mark.parametrize(("form", "reader"), READINGS)
def test_hostile_texts_in_every_variable_leave_the_items_beside_them_intact(form, reader):
    items = [item for text in HOSTILE_TEXTS for item in (hostile_item(text), WITNESS)]
    harmed = [loss for loss in lost(reader, items, form.write(items)) if loss[0] % 2]
    assert harmed == []


@pytest.mark.parametrize(("form", "reader"), READINGS)
def test_no_items_are_an_empty_file(form, reader):
    assert reader.read(form.write([])) == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_is_understood_by_a_reader_of_each_format(name):
    reported = {field for field in FIELDS for reader in FORMATS[name].readers if field not in reader.cannot}
    assert reported == set(FIELDS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_title_comes_back_as_it_is_but_for_what_cannot_be_seen(name, text):
    item = {"id": "hostile", "type": "article-journal", "title": text, "note": f"of {text}"}
    form = FORMATS[name]
    assert list(lost(form.readers[0], [cleaned(item)], form.write([item]))) == []


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_holds_a_control_character(name):
    text = FORMATS[name].write([hostile_item(text) for text in HOSTILE_TEXTS])
    assert {char for char in text if ord(char) < 32 or 127 <= ord(char) < 160} <= {"\n", "\r"}
    assert not set(text) & set("\u2028\u2029\u202e\ufeff\ud800")
    text.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_items_are_the_same_bytes(name):
    assert FORMATS[name].write(items_of_all_kinds()) == FORMATS[name].write(items_of_all_kinds())
