"""Lanes are found by runs that are sorted: what is near a place is what a look at every run would find."""

from hypothesis import given
from hypothesis import strategies as st

from evidence.documents.pdf_layout import TextRun, _Edges

places = st.integers(0, 30)
text_runs = st.lists(st.builds(lambda left, width: TextRun(left, left + width, 0, 9, "x"), places, places), max_size=20)


@given(text_runs, places, places)
def test_what_ends_begins_and_crosses_near_a_place_is_found(runs, place, width):
    edges, end = _Edges.of(runs), place + width
    assert len(edges.ending(place, end)) == sum(place < run.right <= end for run in runs)
    assert len(edges.beginning(place, end)) == sum(place <= run.left < end for run in runs)
    assert edges.crossing(place, end) == sum(run.left < place and run.right > end for run in runs)
