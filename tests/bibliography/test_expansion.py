"""What names stand for when all is written out."""

from itertools import pairwise

import pytest

from evidence.bibliography.expansion import CircleError, sizes


def test_a_name_counts_with_all_that_it_uses_as_often_as_it_uses_it():
    assert sizes({"a": 1, "b": 10, "c": 100}, {"a": ["b", "b", "c"], "b": ["c", "elsewhere"]}) == {
        "a": 321,
        "b": 110,
        "c": 100,
    }


@pytest.mark.parametrize(
    ("uses", "circle"),
    [
        ({"a": ["a"]}, "a → a"),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, "b → c → b"),
        ({"a": ["b", "c"], "b": ["c"], "c": ["a"]}, "a → c → a"),
    ],
)
def test_a_circle_is_named(uses, circle):
    with pytest.raises(CircleError, match=f"^{circle}$"):
        sizes(dict.fromkeys("abc", 1), uses)


def test_a_chain_of_any_length_is_followed_and_what_doubles_with_every_name_stays_a_number():
    names = [str(number) for number in range(50_000)]
    found = sizes(dict.fromkeys(names, 1), {name: [after, after] for name, after in pairwise(names)})
    assert (found["49999"], found["49998"], found["0"]) == (1, 3, 10**12)
