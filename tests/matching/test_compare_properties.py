"""What must hold for any citation: robustness, and monotony in what is printed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.matching.compare import compare
from factories import VANCOUVER, WORK, differing_fields, work

PARTS = {
    "authors": "Winter J, Nord N, McFrost R, de Vries AP. ",
    "title": WORK.title + " ",
    "journal": "J Winter Med. ",
    "year": "2013;",
    "volume": "65",
    "issue": "(2)",
    "pages": ":529-38.",
}
WRONG = {
    "authors": "Winter J, Summer Q. ",
    "title": "Warm socks for the treatment of cold hands. ",
    "journal": "Ann Summer Surg. ",
    "year": "1999;",
    "volume": "66",
    "issue": "(3)",
    "pages": ":592-38.",
}
FIELD = {"authors": "authors", "title": "title", "journal": "journal", "year": "year"}
FIELD |= {"volume": "volume", "issue": "issue", "pages": "pages"}


def printed(wrong: set[str], left_out: set[str]) -> str:
    return "".join((WRONG if name in wrong else PARTS)[name] for name in PARTS if name not in left_out)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert compare(text, WORK).fields


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from(VANCOUVER + "<>&;[]()\u2013\u201c"), max_size=300))
def test_any_shuffled_citation_gets_an_answer(text: str) -> None:
    assert compare(text, work(title=text or "A title.")).fields


@given(st.sets(st.sampled_from(["authors", "title", "issue", "pages"]), max_size=3))
def test_a_right_citation_with_fields_left_out_has_no_difference(left_out: set[str]) -> None:
    comparison = compare(printed(set(), left_out), WORK)
    assert differing_fields(comparison) == []
    assert comparison.wrong is None


@given(st.sampled_from(sorted(PARTS)), st.sets(st.sampled_from(["issue", "pages"])))
def test_one_wrong_field_is_found_and_never_makes_another_work(wrong: str, left_out: set[str]) -> None:
    comparison = compare(printed({wrong}, left_out - {wrong}), WORK)
    assert differing_fields(comparison) == [FIELD[wrong]]
    assert comparison.wrong is None


@given(st.sets(st.sampled_from(sorted(PARTS))), st.sampled_from(sorted(PARTS)))
def test_adding_a_right_field_never_creates_a_difference(wrong: set[str], added: str) -> None:
    without = compare(printed(wrong - {added}, {added}), WORK)
    with_it = compare(printed(wrong - {added}, set()), WORK)
    assert FIELD[added] not in differing_fields(with_it) or FIELD[added] in differing_fields(without)
