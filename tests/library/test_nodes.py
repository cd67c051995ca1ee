from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.library.yaml import MappingNode, Node, ScalarNode, SequenceNode, read_tree
from evidence.model.errors import FileError
from factories import source_from


def tree(text: str) -> Node | None:
    return read_tree(source_from(text))


def values(node: Node | None) -> object:
    """The tree as plain lists, pairs and strings."""
    match node:
        case ScalarNode(value=value):
            return value
        case SequenceNode(items=items):
            return [values(item) for item in items]
        case MappingNode(pairs=pairs):
            return [(pair.key.value, values(pair.value)) for pair in pairs]
        case None:
            return None


def attempt(text: str) -> Node | FileError | None:
    try:
        return tree(text)
    except FileError as error:
        return error


def refusal(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        tree(text)
    return caught.value


@pytest.mark.parametrize("word", ["012345", "no", "2024-05-01", "1e3", "null", "~", "0x1F", "12:30:45"])
def test_every_value_is_the_string_that_is_there(word: str) -> None:
    assert values(tree(f"key: {word}")) == [("key", word)]


def test_repeated_keys_are_all_there() -> None:
    assert values(tree("a: 1\na: 2")) == [("a", "1"), ("a", "2")]


def test_a_file_of_comments_has_no_tree() -> None:
    assert tree("# nothing yet\n") is None


def test_an_alias_repeats_its_anchor_and_is_where_it_is_written() -> None:
    text = "a: &x [1, 2]\nb: *x"
    root = tree(text)
    assert values(root) == [("a", ["1", "2"]), ("b", ["1", "2"])]
    assert isinstance(root, MappingNode)
    here = root.pairs[1].value
    assert text[here.start : here.end] == "*x"


def test_an_anchor_is_no_part_of_the_value_it_names() -> None:
    text = "a: &name 'value'  # why"
    root = tree(text)
    assert isinstance(root, MappingNode)
    value = root.pairs[0].value
    assert text[value.start : value.end] == "'value'"


def test_merged_keys_come_last_and_give_way_to_written_ones() -> None:
    text = "x-a: &a {type: book, title: A}\nx-b: &b {type: map, note: B}\nc: {<<: [*a, *b], title: C}"
    assert values(tree(text))[-1] == ("c", [("title", "C"), ("type", "book"), ("note", "B")])  # type: ignore[index]


def test_a_quoted_merge_key_is_a_word() -> None:
    assert values(tree("'<<': x")) == [("<<", "x")]


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("a: b: c", (1, 5), "mapping values are not allowed"),
        ("a:\n\t- b", (2, 1), "cannot start any token"),
        ("a: [1, 2", (1, 9), "did not find expected"),
        ('a: "open', (1, 9), "unexpected end of stream"),
        ("a: *nowhere", (1, 4), "undefined alias"),
        ("a: &a [*a]", (1, 8), "inside the value that it repeats"),
        ("a: !!python/object x", (1, 4), "tags"),
        ("a: !local [x]", (1, 4), "tags"),
        ("%TAG !x! tag:example.org\n---\na: b", (1, 1), "%TAG"),
        ("a: b\n---\nc: d", (2, 1), "a second document"),
        ("? [a]\n: b", (1, 3), "a plain word"),
        ("a: {<<: b}", (1, 9), "can merge only mappings"),
        ("a: @x", (1, 4), "cannot start any token"),
    ],
)
def test_what_is_no_plain_yaml_is_reported_with_its_place(text: str, place: tuple[int, int], part: str) -> None:
    error = refusal(text)
    assert (error.line, error.column) == place
    assert part in error.what
    assert error.fix


def test_sixty_levels_are_read_and_one_more_is_not() -> None:
    assert tree("[" * 60 + "]" * 60) is not None
    assert "deeper than 60" in refusal("[" * 61 + "]" * 61).what


def test_aliases_cannot_nest_deeper_than_what_is_written() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))
    assert "after expanding all aliases" in refusal(chain).what


def test_an_alias_bomb_is_refused_at_the_alias_that_goes_too_far() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 20))
    error = refusal(bomb)
    assert "more than 2,000,000 values" in error.what
    assert error.line == 7


def test_a_long_text_cannot_be_multiplied_by_aliases() -> None:
    assert "2,000,000" in refusal(f"a: &a {'x' * 1_000_000}\nb: [{'*a, ' * 1000}]").what


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "{a: " * 10_000,
        "- " * 10_000,
        "".join(f"%TAG !a{i}! x\n" for i in range(5_000)),
        "a: " + "x " * 50_000,
        "".join(f"k{i}: v\n" for i in range(2_000)),
        "---\n" * 10_000,
        "\n" * 100_000,
    ],
    ids=["brackets", "braces", "dashes", "directives", "long line", "many keys", "documents", "empty lines"],
)
def test_hostile_text_is_read_or_refused(text: str) -> None:
    attempt(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?,\n \\\u00e9", max_size=60))
def test_any_text_is_a_tree_or_an_error_with_a_place(text: str) -> None:
    reported = attempt(text)
    if isinstance(reported, FileError):
        assert reported.line is not None
        assert reported.column is not None
    else:
        assert reported is None or 0 <= reported.start <= reported.end <= len(text)
