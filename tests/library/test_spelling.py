"""Where each character of a value is in its file: through quotes, escapes, folded lines and indentation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.library.editor import Respell, edit
from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.library.scalars import spelling
from evidence.library.yaml import Node, ScalarNode, SequenceNode, read_tree
from evidence.model.errors import FileError
from factories import entry_from, source_from
from strategies import Layout, libraries

PIECES = ["a", "b ", "  ", "\n", "\n\n", "\n    ", "\n   \t", "\u00e9", "'", "''", '"', "\\n", "\\\n", "\\ ", "\\x41"]
PIECES += ["\\u2028", "\t", "#x", ": ", "\r\n", "\u2028", "\x85", "word", "\n  ", " \n", "\\\r\n   ", "\U0001f48a"]


def scalars(node: Node | None) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from scalars(item)
    elif node is not None:
        for pair in node.own:
            yield pair.key
            yield from scalars(pair.value)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A file with one value in any of YAML's five styles; many are no YAML."""
    body = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9)))
    style = draw(st.sampled_from(["plain", "'", '"', "|", ">"]))
    behind = draw(st.sampled_from(["", "\n", "\n# c\n"]))
    if style in "|>":
        header = (
            style + draw(st.sampled_from(["", "+", "-", "2", "2+", "-1", "4"])) + draw(st.sampled_from(["", " # c"]))
        )
        lines = "".join(f"    {line}\n" if line else "\n" for line in body.split("\n"))
        return f"k:\n  j: {header}\n{lines}{draw(st.sampled_from(['', chr(10), 'm: 1' + chr(10)]))}"
    return f"k:\n  j: a{body}{behind}" if style == "plain" else f"k:\n  j: {style}{body}{style}{behind}"


@given(written())
def test_every_character_of_a_value_has_its_own_place(text: str) -> None:
    try:
        tree = read_tree(SourceText("made.yaml", text, ""))
    except FileError:
        return
    for scalar in scalars(tree):
        if scalar.is_empty:  # nothing is said
            continue
        spans = spelling(text, scalar)
        assert spans is not None
        assert len(spans) == len(scalar.value)
        assert all(scalar.start <= first < end <= scalar.end for first, end in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        for char, (first, end) in zip(scalar.value, spans, strict=True):
            if end - first == 1 and not char.isspace():
                assert text[first] == char


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ("id: a\ncited-as: Smith JP. Naltrexone.", (3, 25)),
        ("id: a\ncited-as: 'Smith JP. Naltrexone.'", (3, 26)),
        ('id: a\ncited-as: "Smith JP. \\u004ealtrexone."', (3, 26)),
        ("id: a\ncited-as: >-\n  Smith JP.\n  Naltrexone.", (5, 7)),
        ("id: a\ncited-as: |\n  Smith JP. Naltrexone.", (4, 17)),
        ("id: a\ncited-as: Smith JP.\n  Naltrexone.", (4, 7)),
        ("id: a\ncited-as: 'Smith\n  JP. Naltrexone.'", (4, 11)),
    ],
)
def test_a_place_in_cited_as_is_reported_in_every_style(fields: str, at: tuple[int, int]) -> None:
    printed = entry_from(fields).printed
    assert printed is not None
    place = printed.place(printed.text.index("altrexone") - 1)
    assert (place.line, place.column) == at


def test_control_characters_that_are_left_out_shift_no_place() -> None:
    printed = entry_from('id: a\ncited-as: "A\\u0007 naltrexone"').printed
    assert printed is not None
    assert printed.text == "A naltrexone"
    assert printed.place(2).column == 24


def test_what_an_alias_says_is_at_the_alias() -> None:
    read = read_text(source_from("x-a: &a Smith JP. Naltrexone.\nreferences:\n- id: b\n  PMID: '1'\n  cited-as: *a\n"))
    printed = read.references[0].printed
    assert printed is not None
    assert (printed.place(10).line, printed.place(10).column) == (5, 13)


@given(libraries(), st.data())
def test_respelling_changes_what_it_names_and_no_other_byte(made: Layout, data: st.DataObject) -> None:
    """Any span of any text in any layout becomes any text; what was read otherwise stays as it was."""
    before = source_from(made.text)
    read = read_text(before)
    index = data.draw(st.integers(0, len(read.references) - 1))
    printed = read.references[index].printed
    if printed is None or not printed.text:
        return
    text = printed.text
    first = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(first, min(len(text), first + 6)))
    new = data.draw(st.text(alphabet="ab '\"\\:#\u2013\u201c", max_size=5))
    wanted = text[:first] + new + text[end:]
    if wanted != wanted.strip() or not wanted:
        return
    edited = edit(before, [Respell(index, "cited-as", text, [(first, end, new)])])
    again = read_text(edited.after)
    if edited.refused:
        assert edited.text == before.text
        return
    assert again.references[index].cited_as == wanted.rstrip("\n")
    others = [one.cited_as for at, one in enumerate(again.references) if at != index]
    assert others == [one.cited_as for at, one in enumerate(read.references) if at != index]
    kept, at = [], 0
    for change in edited.edits:
        kept.append(before.text[at : change.start])
        at = change.end
    assert all(part in edited.text for part in [*kept, before.text[at:]])


@pytest.mark.parametrize(
    ("written", "fixed"),
    [
        ("'Crohn''s disease, 820\u2013828.'", "'Crohn''s disease, 820-828.'"),
        ('"Crohn\\u2019s disease, 820\\u2013828."', '"Crohn\\u2019s disease, 820-828."'),
        ("Crohn disease, 820\u2013828.  # kept", "Crohn disease, 820-828.  # kept"),
        (">-  # kept\n    Crohn disease,\n    820\u2013828.", ">-  # kept\n    Crohn disease,\n    820-828."),
        ("|\n    Crohn disease, 820\u2013828.", "|\n    Crohn disease, 820-828."),
    ],
)
def test_everything_round_a_respelled_character_stays_as_it_is_written(written: str, fixed: str) -> None:
    before = source_from(f"references:\n- id: a\n  PMID: '1'\n  cited-as: {written}\n")
    text = read_text(before).references[0].cited_as or ""
    at = text.index("\u2013")
    edited = edit(before, [Respell(0, "cited-as", text, [(at, at + 1, "-")])])
    assert edited.text == f"references:\n- id: a\n  PMID: '1'\n  cited-as: {fixed}\n"


def test_a_text_that_now_needs_quotes_gets_them() -> None:
    before = source_from("references:\n- id: a\n  PMID: '1'\n  cited-as: Naltrexone a trial\n")
    edited = edit(before, [Respell(0, "cited-as", "Naltrexone a trial", [(10, 10, ":")])])
    assert edited.text == "references:\n- id: a\n  PMID: '1'\n  cited-as: \"Naltrexone: a trial\"\n"


def test_a_shared_text_is_not_respelled() -> None:
    before = source_from("references:\n- &e\n  id: a\n  PMID: '1'\n  cited-as: &t One text\n- id: b\n  cited-as: *t\n")
    edited = edit(before, [Respell(0, "cited-as", "One text", [(0, 3, "No")])])
    assert edited.text == before.text
    assert "alias" in str(edited.refused[0].reason)
