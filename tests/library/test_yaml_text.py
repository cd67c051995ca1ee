"""Values written as YAML: they read back as they were, here and where types are guessed."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evidence.library.scalars import flow_text, scalar
from evidence.library.yaml import MappingNode, ScalarNode, read_tree
from factories import source_from

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
WORDS = [
    "no",
    "Yes",
    "N",
    "y",
    "null",
    "~",
    "012345",
    "1e3",
    "0x1F",
    "12:30",
    "2025-08",
    "2025-08-14",
    "=",
    "<<",
    "-1",
    ".5",
]


def read(text: str) -> str:
    root = read_tree(source_from(text))
    assert isinstance(root, MappingNode)
    value = root.pairs[0].value
    assert isinstance(value, ScalarNode)
    return value.value


@given(TEXT, st.booleans(), st.sampled_from(["unlike", None, "'", '"']))
def test_every_text_reads_back_as_itself(text: str, flow: bool, like: str | None) -> None:
    written = scalar(text, flow=flow, like=like, before="2025-08")
    assert read(f"{{k: {written}, m: x}}" if flow else f"k: {written}  # why\n") == text


@pytest.mark.parametrize("word", WORDS)
def test_words_that_other_tools_take_for_numbers_dates_or_yes_are_quoted(word: str) -> None:
    assert scalar(word) == f'"{word}"'
    assert yaml.safe_load(scalar(word)) == word


@pytest.mark.parametrize(
    "word", ["529-538", "820\u2013828", "PMC123", "10.1002/art.37734", "Am J Med", "https://a.example/b?c=d"]
)
def test_other_words_stand_as_they_are(word: str) -> None:
    assert scalar(word) == word
    assert yaml.safe_load(scalar(word)) == word


@given(TEXT)
def test_typing_readers_read_the_same_text(text: str) -> None:
    assert yaml.safe_load(scalar(text)) == text


def test_a_date_without_quotes_stays_so_and_quotes_are_kept() -> None:
    assert scalar("2026-11-23", like=None, before="2025-08") == "2026-11-23"
    assert scalar("2026-11-23", like=None, before="last year") == '"2026-11-23"'
    assert scalar("it's", like="'") == "'it''s'"
    assert scalar("plain", like='"') == '"plain"'


def test_what_does_not_show_is_spelled_out() -> None:
    assert scalar("a\u202eb\u00a0c\u200d") == '"a\\u202eb\\u00a0c\\u200d"'


@given(st.one_of(TEXT, st.lists(TEXT, max_size=2), st.dictionaries(TEXT, TEXT, max_size=2)))
def test_in_a_file_of_json_what_is_written_is_json(value: object) -> None:
    written = flow_text(value, json_like=True)  # type: ignore[arg-type]
    if "\\U" not in written:  # JSON has no escape for what does not show beyond the BMP
        assert json.loads(written) == value


@given(TEXT)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_pyyaml_with_and_without_libyaml_reads_the_same_text_inside_brackets_too(
    loader: type[yaml.SafeLoader | yaml.CSafeLoader], text: str
) -> None:
    written = f"k: {flow_text({'a': text, 'b': [text, text]})}\n"
    assert yaml.load(written, loader) == {"k": {"a": text, "b": [text, text]}}  # noqa: S506 - both are safe


@pytest.mark.parametrize("text", ["Does it work?", "Does it work? It does", "a?", "why?b"])
def test_a_question_mark_inside_brackets_is_quoted(text: str) -> None:
    assert flow_text([text]) == f'["{text}"]'
    assert scalar(text) == text
