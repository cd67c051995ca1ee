"""What items say in unusual ways, and how it is understood."""

from evidence.bibliography import variables
from evidence.model.dates import PartialDate
from factories import ARTICLE_ITEM


def issued(**date):
    return variables.date({"issued": date}, "issued")


def test_dates_are_understood_however_csl_allows_them_to_be_written():
    assert issued(**{"date-parts": [["2013", "02"]]}) == PartialDate(2013, 2)
    assert issued(**{"date-parts": [[2013]], "season": "spring"}) == PartialDate(2013, season=1)
    assert issued(**{"date-parts": [[2013, 23]]}) == PartialDate(2013, season=3)
    assert issued(literal="in press") == "in press"
    assert issued(**{"date-parts": [[]]}) is None


def test_a_day_that_does_not_exist_keeps_its_numbers():
    assert issued(**{"date-parts": [[2013, 2, 30]]}) == "2013-2-30"
    assert variables.year("2013-2-30") == "2013"


def test_a_retraction_is_known_also_from_a_library_whose_values_are_text():
    assert variables.retraction({**ARTICLE_ITEM, "custom": {"retracted": "true"}}) == "RETRACTED"
    assert variables.retraction({**ARTICLE_ITEM, "custom": {"retracted": False}}) == ""


def test_keywords_are_a_text_or_a_list():
    assert variables.own_keywords({"keyword": "a, b"}) == ["a", "b"]
    assert variables.own_keywords({"keyword": ["a, b", "c"]}) == ["a, b", "c"]


def test_a_last_page_is_completed_only_when_it_was_shortened():
    def pages(text):
        return variables.pages({"page": text})

    assert pages("529-38") == ("529", "538")
    assert pages("1084\N{EN DASH}94") == ("1084", "1094")
    assert pages("S1-S15") == ("S1", "S15")
    assert pages("98-102") == ("98", "102")
    assert pages("1205-13") == ("1205", "1213")
    assert pages("1205-3") == ("1205", "3")
    assert pages("123-5, 128") == ("123-5, 128", "")


def test_a_stray_tag_leaves_one_piece_of_text():
    assert list(variables.rich_pieces("a-</i>-b")) == ["a--b"]
    assert list(variables.rich_pieces("<b>a<i>b</i>")) == ["a", ("i", False), "b", ("i", True)]


def test_values_that_are_no_texts_are_no_text():
    assert variables.text({"volume": 65}, "volume") == "65"
    assert variables.text({"volume": None}, "volume") == ""
    assert variables.text({"volume": True}, "volume") == ""
    assert variables.names({"author": "Somebody"}, "author") == []
