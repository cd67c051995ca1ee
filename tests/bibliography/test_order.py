import pytest

from evidence.bibliography.gather import Sort, ordered


def item(name, family, year, title, kind="book"):
    author = [{"family": family, "given": "A"}] if family else []
    return {"id": name, "author": author, "issued": {"date-parts": [[year]]}, "title": title, "type": kind}


ITEMS = (
    item("d", "Zola", 2001, "The apple"),
    item("b", "Émile", 2003, "<i>Beta</i> trial", "article-journal"),
    item("c", "", 1999, "A carrot"),
    item("a", "archer", 2002, "“Quoted” first"),
)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.FILE, "dbca"),
        (Sort.AUTHOR, "acbd"),
        (Sort.YEAR, "cdab"),
        (Sort.TITLE, "dbca"),
        (Sort.TYPE, "bdca"),
        (Sort.ID, "abcd"),
    ],
)
def test_sorting_folds_case_accents_articles_and_quotation_marks(sort, order):
    assert "".join(one["id"] for one in ordered(ITEMS, sort)) == order


def test_what_is_cited_first_comes_first_and_what_is_never_cited_last():
    assert [one["id"] for one in ordered(ITEMS, Sort.CITATION, ["c", "a", "c"])] == ["c", "a", "d", "b"]


def test_without_citations_the_order_is_that_of_the_file():
    assert ordered(ITEMS, Sort.CITATION) == list(ITEMS)


def test_what_has_no_year_is_after_what_has_one():
    assert [one["id"] for one in ordered([{"id": "x"}, *ITEMS], Sort.YEAR)][-1] == "x"
