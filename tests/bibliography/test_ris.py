"""RIS: what reference managers find in the file."""

from evidence.bibliography.formats.ris import write_ris
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, LABEL_ITEM, hostile_item


def lines(item):
    return [tuple(line.split("  - ", 1)) for line in write_ris([item]).splitlines()]


def values(tag, item):
    return [value for name, value in lines(item) if name == tag]


def test_a_record_begins_with_its_type_and_ends_with_er():
    written = lines(ARTICLE_ITEM)
    assert written[0] == ("TY", "JOUR")
    assert written[-1] == ("ER", "")


def test_names_are_last_first_suffix_and_bodies_end_in_a_comma():
    assert values("AU", ARTICLE_ITEM)[:4] == [
        "King, Martin L, Jr",
        "ADVANCE Collaborative Group,",
        "Institute of Medicine,, Board on Health and Science",
        "van Gogh, Vincent",
    ]


def test_the_last_page_is_written_in_full():
    item = {**ARTICLE_ITEM, "page": "529-38"}
    assert (values("SP", item), values("EP", item)) == (["529"], ["538"])


def test_an_article_number_is_also_the_start_page_for_those_who_know_no_c7():
    item = {"id": "a", "type": "article-journal", "number": "e01234-20"}
    assert (values("SP", item), values("EP", item), values("C7", item)) == (["e01234-20"], [], ["e01234-20"])


def test_identifiers_are_where_endnote_looks_for_them():
    assert values("AN", ARTICLE_ITEM) + values("DB", ARTICLE_ITEM) + values("C2", ARTICLE_ITEM) == [
        "23359310",
        "PubMed",
        "PMC3617413",
    ]
    assert values("AN", LABEL_ITEM) + values("DB", LABEL_ITEM) == ["06ff2d5a-e62b-4fa4-bbdb-01938535bc65", "DailyMed"]


def test_a_date_invents_nothing():
    assert values("Y2", ARTICLE_ITEM) == ["2025/08//"]
    assert values("DA", ARTICLE_ITEM) + values("PY", ARTICLE_ITEM) == ["2013/02/14/", "2013"]
    season = {"id": "a", "issued": {"date-parts": [[2013]], "season": 1}}
    assert values("DA", season) == ["2013///Spring"]


def test_a_retraction_is_a_keyword_and_the_first_note():
    assert values("KW", ARTICLE_ITEM) == ["Retracted Publication"]
    assert values("N1", ARTICLE_ITEM)[0] == "RETRACTED: Lancet. 2010;375:445"


def test_no_value_begins_a_line_of_its_own():
    for text in HOSTILE_TEXTS:
        written = lines(hostile_item(text))
        assert all(len(line) == 2 and len(line[0]) == 2 for line in written)
        assert [name for name, _ in written].count("TY") == 1
