"""CSL-YAML: an export is a library again."""

from textwrap import dedent

import pytest

from bibliography.readback import library_faults
from evidence.bibliography.csl import ItemSource, item_of
from evidence.bibliography.formats.csl import write_csl_yaml
from evidence.bibliography.styles import find_style, prepared
from evidence.library.reader import read_text
from evidence.model.dates import PartialDate
from factories import ARTICLE_ITEM, LABEL_ITEM, items_of_all_kinds, source_from


def references(*items):
    return read_text(source_from(write_csl_yaml(items))).references


def test_an_export_is_a_library_without_faults():
    whole = [item for item in items_of_all_kinds() if "DOI" not in item]
    good = [
        {**item, "custom": {}, "URL": f"https://example.org/{n}", "PMID": str(1 + n)} for n, item in enumerate(whole)
    ]
    assert library_faults(write_csl_yaml(good)) == []


def test_an_entry_is_written_as_an_editor_would_write_it():
    label = {**LABEL_ITEM, "PMID": "00123", "author": [{"family": "Younger", "given": "N"}]}
    assert write_csl_yaml([label]) == dedent(
        """\
        references:
          - id: label
            type: document
            title: "Naltrexone Hydrochloride Tablets USP, 50 mg"
            publisher: "Mallinckrodt & Sons, Inc."
            genre: Prescribing information
            version: "12"
            issued: 2024-03-01
            accessed: 2025-08
            URL: "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
            setid: "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
            PMID: "00123"
            author:
              - {family: Younger, given: "N"}
        """
    )


def test_the_set_id_is_the_field_that_a_check_asks_for():
    [reference] = references(LABEL_ITEM)
    assert str(reference.identifiers[0]) == "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
    assert reference.accessed == PartialDate(2025, 8)


def test_words_that_yaml_takes_for_something_else_stay_words():
    for word in ("no", "N", "null", "2013", "1e5", "0x1f", "~", "true", "- a", "a: b", "a #b", "@a", "{a}"):
        [reference] = references({"id": "a", "type": "book", "title": word, "volume": word})
        assert (reference.title, reference.volume) == (word, word)


def test_markdown_in_a_title_is_literal_and_markup_is_markdown():
    [reference] = references(
        {"id": "a", "type": "book", "title": 'CYP2D6*4 *x* <i>in vivo </i>H<sub>2</sub>O "q" 5\' a--b'}
    )
    assert reference.csl["title"] == 'CYP2D6*4 *x* <i>in vivo</i> H<sub>2</sub>O "q" 5\' a--b'


def test_emphasis_that_is_empty_or_within_itself_is_left_out():
    [reference] = references({"id": "a", "type": "book", "title": "a<sup></sup> <i>b <i>c</i></i> <b> </b>d"})
    assert reference.csl["title"] == "a <i>b c</i> d"


@pytest.mark.parametrize("written", ["true", "'true'"])
def test_an_entry_that_was_exported_as_retracted_is_printed_and_exported_so_again(written):
    first = write_csl_yaml([ARTICLE_ITEM]).replace('"retracted": true', f'"retracted": {written}')
    [reference] = read_text(source_from(first)).references
    item = item_of(ItemSource(reference))
    assert prepared(item, find_style("ama"))["title"].startswith("RETRACTED: Über <i>x</i> [Low-dose")
    assert prepared(item, find_style("ama"))["note"] == "A <i>note</i>"
    again = write_csl_yaml([item])
    assert again.count("RETRACTED: Low-dose") == 1
    assert again.count("RETRACTED (Lancet. 2010;375:445)") == 1
    assert '"retracted": true' in again


def test_exporting_what_was_exported_gives_the_same_file():
    item = {key: value for key, value in ARTICLE_ITEM.items() if key not in {"custom", "author", "editor"}}
    first = write_csl_yaml([item])
    [reference] = read_text(source_from(first)).references
    again = {"id": reference.id, **reference.csl, "issued": item["issued"], "accessed": item["accessed"]}
    assert sorted(write_csl_yaml([again]).splitlines()) == sorted(first.splitlines())
