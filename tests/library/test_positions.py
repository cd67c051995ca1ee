"""Files are generated piece by piece, so where each value is is known before they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.library.files import SourceText, read_source
from evidence.library.reader import read_library, read_text
from evidence.library.yaml import MappingNode, Node, ScalarNode, SequenceNode, read_tree

LETTERS = "abc \u00e9\u03b2\U0001f48a'\"#:*-"
COMMENTS = ["", "# a note: [x] \u2192 y", "   # \U0001f48a"]


@dataclass
class Made:
    """A generated file, and for every entry the offset, value and raw text of each field."""

    text: str = ""
    entries: list[dict[str, tuple[int, str, str]]] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.text += text

    def value(self, key: str, value: str, raw: str) -> None:
        self.entries[-1][key] = (len(self.text), value, raw)
        self.text += raw


@st.composite
def quoted(draw: st.DrawFn) -> tuple[str, str]:
    """A value and one of the ways to write it."""
    style = draw(st.sampled_from(["plain", "single", "double"]))
    if style == "plain":
        value = draw(st.from_regex(r"[a-z][a-z\u00e9 ]{0,8}[a-z]", fullmatch=True))
        return value, value
    value = draw(st.text(alphabet=LETTERS, min_size=1, max_size=12).filter(str.strip))
    if style == "single":
        return value, "'" + value.replace("'", "''") + "'"
    return value, '"' + value.replace('"', '\\"') + '"'


@st.composite
def files(draw: st.DrawFn) -> Made:
    end = draw(st.sampled_from(["\n", "\r\n"]))
    comment = st.sampled_from(COMMENTS)
    made = Made()
    made.write(draw(comment) + end + "references:" + end)
    for number in range(draw(st.integers(1, 4))):
        made.entries.append({})
        made.write("  - ")
        for key in ["id", *draw(st.permutations(["title", "publisher", "note", "cited-as"]))]:
            value, raw = (f"r{number}",) * 2 if key == "id" else draw(quoted())
            if key != "id":
                made.write("    ")
            made.write(f"{key}:" + " " * draw(st.integers(1, 3)))
            made.value(key, value, raw)
            made.write(draw(st.sampled_from(["", "  # why"])) + end)
            made.write(draw(st.sampled_from(["", end, draw(comment) + end])))
    return made


def expected_place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset].replace("\r\n", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@given(files())
def test_every_reported_place_is_where_the_value_begins(made: Made) -> None:
    library = read_text(SourceText("references.yaml", made.text, ""))
    assert len(library.references) == len(made.entries)
    for reference, fields in zip(library.references, made.entries, strict=True):
        for key, (offset, _, _) in fields.items():
            place = reference.places[key]
            assert (place.line, place.column) == expected_place(made.text, offset)


@given(files())
def test_cutting_a_scalar_out_of_the_text_gives_exactly_what_was_written(made: Made) -> None:
    root = read_tree(SourceText("references.yaml", made.text, ""))
    written = {raw: value for fields in made.entries for _, value, raw in fields.values()}
    observed = {made.text[scalar.start : scalar.end]: scalar.value for scalar in scalars(root)}
    assert written.items() <= observed.items()


@settings(max_examples=20)
@given(files())
def test_a_byte_order_mark_moves_no_place(made: Made) -> None:
    with TemporaryDirectory() as folder:
        plain, marked = Path(folder, "plain.yaml"), Path(folder, "marked.yaml")
        plain.write_bytes(made.text.encode())
        marked.write_bytes(b"\xef\xbb\xbf" + made.text.encode())
        places = [
            [
                (place.line, place.column)
                for reference in read_library(path).references
                for place in reference.places.values()
            ]
            for path in (plain, marked)
        ]
        assert places[0] == places[1]
        assert read_source(marked).text == made.text


def scalars(node: Node | None) -> list[ScalarNode]:
    match node:
        case ScalarNode():
            return [node]
        case SequenceNode(items=items):
            return [scalar for item in items for scalar in scalars(item)]
        case MappingNode(pairs=pairs):
            return [scalar for pair in pairs for scalar in (pair.key, *scalars(pair.value))]
        case None:
            return []
