"""Whatever bytes a reference manager's file holds: entries that a library can take, or one clear error."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.app.import_ import begin, plan
from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import read_listing
from evidence.library.editor import edit
from evidence.library.reader import read_text
from evidence.model.errors import EvidenceError
from factories import source_from

WORDS = [
    "PMID: 1",
    "10.1000/x",
    "2007",
    "2007/04/01/",
    "Smith, J",
    ",,",
    "\x00",
    "\u202e",
    "*a*",
    "<i>",
    "https://e.org/",
    "- ",
    "{",
]
TAGS = {
    ImportFormat.RIS: [
        "TY  - JOUR",
        "ER  - ",
        "AU  - ",
        "PY  - ",
        "Y2  - ",
        "DO  - ",
        "AN  - ",
        "DB  - PubMed",
        "N1  - ",
        "SP  - ",
        "",
    ],
    ImportFormat.NBIB: [
        "PMID- ",
        "      ",
        "DP  - ",
        "FAU - ",
        "LID - ",
        "GN  - Accessed: ",
        "TI  - ",
        "BTI - ",
        "",
        "MH  - ",
        "XXXX",
    ],
    ImportFormat.ENDNOTE: [
        *(
            "<xml><records>",
            "<record>",
            "</record>",
            "</records></xml>",
            "<titles>",
            "</titles>",
            "<title>",
            "</title>",
        ),
        *('<style face="italic">', "</style>", "<access-date>", "</access-date>", '<ref-type name="Book">6</ref-type>'),
    ],
}
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9999, 9999)
    | st.floats(allow_nan=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["date-parts", "season", "literal", "family", "edtf", "circa", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KEYS = [
    "id",
    "type",
    "title",
    "author",
    "editor",
    "issued",
    "accessed",
    "PMID",
    "DOI",
    "URL",
    "note",
    "volume",
    "page",
    "keyword",
]
KEYS += [
    "custom",
    "cited-as",
    "categories",
    "setid",
    "journalAbbreviation",
    "foo bar",
    "x-mine",
    "role",
    "confirmed",
    "edition",
    "",
]


def is_taken(data: bytes, kind: ImportFormat) -> None:
    """Read, written to a library without a fault, and nothing new the second time; or one clear error."""
    try:
        listing = read_listing("made", data, kind)
    except EvidenceError:
        return
    edited = edit(source_from(), plan(begin(listing, read_text(source_from())), None, date(2026, 11, 30)).changes)
    library = read_text(source_from(edited.text))
    faults = [fault for reference in library.references for fault in reference.faults]
    assert [fault.message for fault in faults if fault.key != "URL"] == []  # two may share a page
    assert (
        edit(source_from(edited.text), plan(begin(listing, library), None, date(2026, 11, 30)).changes).text
        == edited.text
    )


@pytest.mark.parametrize("kind", TAGS)
@given(data=st.data())
def test_lines_of_any_order_are_entries_or_one_error(kind: ImportFormat, data: st.DataObject) -> None:
    part = st.sampled_from([*TAGS[kind], *WORDS]) | st.text(max_size=8)
    text = "\n".join("".join(line) for line in data.draw(st.lists(st.lists(part, max_size=3), max_size=12)))
    is_taken(text.encode("utf-8", "replace"), kind)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=6), max_size=4))
def test_items_of_any_shape_are_entries_or_one_error(items: list[object]) -> None:
    is_taken(json.dumps(items).encode(), ImportFormat.CSL_JSON)


@given(
    st.sampled_from(
        [
            ImportFormat.TEXT,
            ImportFormat.MARKDOWN,
            ImportFormat.CSL_YAML,
            ImportFormat.CSL_JSON,
            ImportFormat.RIS,
            ImportFormat.NBIB,
            ImportFormat.ENDNOTE,
        ]
    ),
    st.binary(max_size=80),
)
def test_any_bytes_are_entries_or_one_error(kind: ImportFormat, data: bytes) -> None:
    is_taken(data, kind)


def test_numbers_that_no_reference_has_are_one_error() -> None:
    with pytest.raises(EvidenceError, match="not a JSON list of references"):
        read_listing("made", b'[{"volume": ' + b"1" * 9000 + b"}]", ImportFormat.CSL_JSON)
