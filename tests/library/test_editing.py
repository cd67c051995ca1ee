"""Edits of libraries in ways that only people think of: anchors, merges, comments, odd layouts; and saving them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from evidence.library.editor import AddEntries, Edited, SetFields, edit, save, source_or_new
from evidence.library.files import read_source
from evidence.library.formatter import formatted
from evidence.model.errors import FileError
from factories import source_from
from processes import is_root


def changed(text: str, **fields: object) -> Edited:
    """The text with these fields of its first entry set."""
    return edit(
        source_from(dedent(text)), [SetFields(0, {key.replace("_", "-"): value for key, value in fields.items()})]
    )  # type: ignore[dict-item, misc]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: Old   # why", "title: New   # why"),
        ("title: 'Old'", "title: 'New'"),
        ('title: "Old"', 'title: "New"'),
        ("title:", "title: New"),
        ("title: # none yet", "title: New # none yet"),
        ("title: ~", "title: New"),
        ("title: Old\n    and older", "title: New"),
        ("title: >-  # why\n    Old\n    and older\n\n  note: x", "title: >-  # why\n    New\n\n  note: x"),
        ("title: |+\n    Old\n\n  note: x", "title: >-\n    New\n\n  note: x"),
        ("'title': Old", "'title': New"),
        ("title: &t Old", "title: &t New"),
        ("title: Old\n  title: Again", "title: New\n  title: Again"),
    ],
)
def test_a_text_is_replaced_where_it_is(before: str, after: str) -> None:
    text = "references:\n- id: a\n  {}\n  PMID: '1'\n"
    edited = changed(text.format(before), title="New")
    assert edited.refused == ()
    assert edited.text == text.format(after)


@pytest.mark.parametrize(
    ("entry", "reported"),
    [
        ("title: &t Old\n- id: b\n  title: *t", "an alias elsewhere repeats title"),
        ("title: [&t Old]\n- id: b\n  title: *t", "an alias elsewhere repeats title"),
        ("title:\n    - Old\n    # why\n    - Older", "a comment inside title would be lost"),
        ("title: |  # why\n    Old", "a comment inside title would be lost"),
        ("title: # why\n    year: 2013", "a comment, an anchor"),
    ],
)
def test_what_would_change_or_lose_more_is_refused_with_the_reason(entry: str, reported: str) -> None:
    text = f"references:\n- id: a\n  {entry}\n"
    edited = edit(source_from(text), [SetFields(0, {"title": ["x"]})])
    assert edited.text == text
    assert reported in str(edited.refused[0].reason)


def test_aliases_and_merged_fields_are_refused_and_new_fields_beside_them_added() -> None:
    text = "references:\n- &a\n  id: a\n  title: &t T\n- *a\n- id: c\n  title: *t\n- {<<: *a, id: d}\n"
    edited = edit(source_from(text), [SetFields(at, {"title": "N", "DOI": "10.1/x"}) for at in range(4)])
    assert [str(refused.reason).split(": ")[1].split(" (")[0] for refused in edited.refused] == [
        "an alias elsewhere repeats this entry",
        "this entry is an alias",
        "title is an alias",
        "title is merged from another mapping",
    ]
    assert edited.text == text.replace("title: *t\n", "title: *t\n  DOI: 10.1/x\n").replace(
        "id: d}", "id: d, DOI: 10.1/x}"
    )


def test_an_entry_that_ends_in_a_merge_has_its_end_after_it() -> None:
    text = "x-base: &b {type: book}\nreferences:\n- id: a\n  <<: *b   # as the others\n# the end\n"
    edited = edit(source_from(text), [AddEntries([{"id": "two"}])])
    assert edited.text == text.replace("others\n", "others\n\n- id: two\n")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("references: []\n", 'references:\n  - id: new\n    PMID: "1"\n'),
        ("references:   [ ]  # none\npolicy: {}", 'references:  # none\n  - id: new\n    PMID: "1"\npolicy: {}'),
        ("{references: []}", '{references: [{id: new, PMID: "1"}]}'),
        ("{references: [{id: a}]}", '{references: [{id: a}, {id: new, PMID: "1"}]}'),
        ('{"references": [{"id": "a"}]}', '{"references": [{"id": "a"}, {"id": "new", "PMID": "1"}]}'),
        (
            '{"references": [\n  {"id": "a"}\n]}\n',
            '{"references": [\n  {"id": "a"},\n  {"id": "new", "PMID": "1"}\n]}\n',
        ),
        ("references:\n- {id: a}  # one\n...\n", 'references:\n- {id: a}  # one\n- id: new\n  PMID: "1"\n...\n'),
        ("references:\n-   id: a", 'references:\n-   id: a\n-   id: new\n    PMID: "1"'),
        (
            "references:\n  - id: a\n    note: |+\n      x\n\npolicy: {}\n",
            'references:\n  - id: a\n    note: |+\n      x\n\n  - id: new\n    PMID: "1"\npolicy: {}\n',
        ),
        ("references:\n- id: a\n  note: |\n    x", 'references:\n- id: a\n  note: |-\n    x\n\n- id: new\n  PMID: "1"'),
    ],
)
def test_an_entry_is_added_in_the_lists_own_style(text: str, after: str) -> None:
    edited = edit(source_from(text), [AddEntries([{"id": "new", "PMID": "1"}])])
    assert (edited.text, edited.refused) == (after, ())


def test_a_new_field_follows_those_that_belong_before_it() -> None:
    text = "references:\n- id: a\n  PMID: '1'  # number\n  # the day\n  accessed: 2025-08\n  cited-as: x\n"
    assert changed(text, DOI="10.1/x").text == text.replace("# number\n", "# number\n  DOI: 10.1/x\n")
    assert changed(text, owner="me").text == text + "  owner: me\n"
    assert changed(text.replace("id: a\n  PMID", "PMID"), id="one").text == text.replace("id: a", "id: one")


def test_a_file_that_would_not_read_back_is_not_edited() -> None:
    with pytest.raises(FileError, match="would break the file"):
        changed("references:\n- id: a\n", title="\ud800")


def test_of_several_changes_the_one_that_would_not_read_back_is_left_out() -> None:
    text = "references:\n" + "".join(f"- id: r{number}\n" for number in range(9))
    edited = edit(source_from(text), [SetFields(at, {"title": "\ud800" if at == 5 else "T"}) for at in range(9)])
    assert [refused.change for refused in edited.refused] == [SetFields(5, {"title": "\ud800"})]
    assert edited.text.count("title: ") == 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "references.yaml"
    path.write_bytes(b"\xef\xbb\xbfreferences:\r\n- id: \xf0\x9f\x92\x8a  # \xe2\x86\x92\r\n  PMID: '1'")
    return path


def test_byte_order_mark_line_ends_and_the_missing_last_one_stay(file: Path) -> None:
    before = file.read_bytes()
    save(edit(read_source(file), [SetFields(0, {"DOI": "10.1/x"})]))
    assert file.read_bytes() == before + b"\r\n  DOI: 10.1/x"


def test_a_file_that_has_changed_meanwhile_is_left_alone(file: Path) -> None:
    edited = edit(read_source(file), [SetFields(0, {"DOI": "10.1/x"})])
    file.write_bytes(b"references: []\n")
    with pytest.raises(FileError, match="has changed since it was read"):
        save(edited)
    assert file.read_bytes() == b"references: []\n"


def test_a_file_that_has_come_into_being_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    edited = edit(source_or_new(path), [AddEntries([{"id": "a"}])])
    path.write_text("mine")
    with pytest.raises(FileError, match="created in the meantime"):
        save(edited)
    assert path.read_text() == "mine"


@pytest.mark.skipif(is_root(), reason="root may write what is read-only")
def test_a_read_only_file_is_left_alone(file: Path) -> None:
    edited = edit(read_source(file), [SetFields(0, {"DOI": "10.1/x"})])
    file.chmod(0o444)
    with pytest.raises(FileError, match="read-only"):
        save(edited)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- PMID: 1 # n\n  id: a\n", '- id: a\n  PMID: "1" # n\n'),
        ("-\n  PMID: '1'\n  id: a\n", '-\n  id: a\n  PMID: "1"\n'),
        ("- title: |\n    x\n\n  id: a\n", "- id: a\n  title: |\n    x\n"),
        ("- title: T\n  # the id\n  id: a\n", "# the id\n- id: a\n  title: T\n"),
        ("- {title: 'T', id: a}\n", "- {id: a, title: 'T'}\n"),
        ("- {DOI: '10.1/x', URL: http://a.example}\n", '- {DOI: 10.1/x, URL: "http://a.example"}\n'),
        ("- cited-as: c\n  x-b: 1\n  nonsense: 2\n  id: a\n", "- id: a\n  nonsense: 2\n  cited-as: c\n  x-b: 1\n"),
    ],
)
def test_keys_and_quotes_are_put_in_order(before: str, after: str) -> None:
    once = formatted(source_from(f"references:\n{before}"))
    assert once.text == f"references:\n{after}"
    assert formatted(once.after).edits == ()


@pytest.mark.parametrize(
    "entry",
    [
        "- title: &t T\n  id: *t\n",
        "- {title: T, # why\n   id: a}\n",
        "- title: |\n    x\n  id: a",
        "- ? title\n  : T\n  id: a\n",
        "- title: |+\n    x\n\n  id: a\n",
        '- {"title": "T", "PMID": "1"}\n',
    ],
)
def test_what_cannot_be_moved_safely_stays(entry: str) -> None:
    text = f"references:\n{entry}"
    assert formatted(source_from(text)).text == text


def test_an_entry_is_added_after_one_that_ends_in_a_merge_below_a_text_that_keeps_its_breaks() -> None:
    text = "x-base: &base {note: n}\nreferences:\n- id: a\n  title: |+\n    t\n\n  <<: *base # why\n"
    edited = edit(source_from(text), [AddEntries([{"id": "b"}])])
    assert edited.text == text + '\n- id: "b"\n'


BROKEN_OFF = "references:\n- id: a\n  title: >\n     Low dose\n     of it"


@pytest.mark.parametrize(
    ("text", "fields", "after"),
    [
        (BROKEN_OFF, {"title": "New"}, "  title: >-\n     New\n  author:\n    - {family: F}"),
        (BROKEN_OFF.replace(">", "|+"), {"title": "New"}, "  title: >-\n     New\n  author:\n    - {family: F}"),
        (BROKEN_OFF, {"title": ["x"]}, "  title:\n    - x\n  author:\n    - {family: F}"),
        (BROKEN_OFF, {}, "  title: >-\n     Low dose\n     of it\n  author:\n    - {family: F}"),
    ],
)
def test_a_text_that_the_file_breaks_off_at_is_replaced_and_followed(
    text: str, fields: dict[str, object], after: str
) -> None:
    edited = changed(text, **fields, author=[{"family": "F"}])
    assert edited.text.replace('"', "") == f"references:\n- id: a\n{after}"
    assert not edited.refused


def test_several_changes_may_write_after_a_text_that_the_file_breaks_off_at() -> None:
    changes = [SetFields(0, {"volume": "1"}), SetFields(0, {"title": "New"}), AddEntries([{"id": "b"}])]
    edited = edit(source_from(BROKEN_OFF), [*changes, AddEntries([{"id": "c"}])])
    assert edited.text.startswith("references:\n- id: a\n  title: >-\n     New\n  volume: ")
    assert edited.text.count(">-") == edited.text.count('id: "b"') == edited.text.count('id: "c"') == 1
    kept = edit(source_from(BROKEN_OFF), [changes[0], changes[2]])
    assert kept.text.startswith("references:\n- id: a\n  title: >-\n     Low dose\n     of it\n  volume: ")
