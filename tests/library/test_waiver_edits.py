"""Waivers written by splicing: only announced bytes change, whatever the file's layout."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from test_editing_properties import is_readable, plain, top, written

from evidence.library.editor import AddEntries, SetFields, edit
from evidence.library.formatter import formatted
from evidence.library.reader import WAIVERS, read_text
from evidence.library.yaml import read_tree
from factories import source_from
from strategies import Layout, libraries, written_values

NEW = {
    "code": "ACC001",
    "reference": "a: b",
    "reason": "yes",
    "until": "2026-12-23",
    "evidence": {"finding": "12e4", "web": "é"},
}


def added(text: str, *entries: dict[str, object]) -> str:
    edited = edit(source_from(text), [AddEntries(entries or (NEW,), WAIVERS)])  # type: ignore[arg-type]
    assert not edited.refused
    return edited.text


@given(libraries(), st.lists(written_values(), min_size=1, max_size=2))
def test_the_first_waivers_follow_everything_else_and_nothing_else_has_changed(
    made: Layout, more: list[object]
) -> None:
    assume(is_readable(made.text))
    entries = [{**NEW, "x-more": value} for value in more]
    edited = edit(source_from(made.text), [AddEntries(entries, WAIVERS)])  # type: ignore[arg-type]
    if edited.refused:
        assert edited.text == made.text
        return
    before, after = top(made.text), top(edited.text)
    assert after.pop(WAIVERS) == [written(entry) for entry in entries]
    assert after == before
    replaced = [made.text[one.start : one.end] for one in edited.edits if one.start < one.end]
    assert replaced in ([], [">"], ["|"], [">+"], ["|+"])
    again = edit(edited.after, [AddEntries([NEW], WAIVERS), SetFields(0, {"reason": "no"}, WAIVERS)])  # type: ignore[list-item]
    assert not again.refused
    final = top(again.text)
    assert final.pop(WAIVERS) == [written({**entries[0], "reason": "no"}), *map(written, entries[1:]), written(NEW)]
    assert final == before


@given(libraries())
def test_renewing_a_waiver_touches_no_reference(made: Layout) -> None:
    assume(is_readable(made.text))
    first = edit(source_from(made.text), [AddEntries([NEW], WAIVERS)])
    assume(not first.refused)
    renewed = edit(first.after, [SetFields(0, {"until": "2027-01-01", "evidence": {"finding": "0e1"}}, WAIVERS)])
    start = first.text.index("code: ACC001") if "code: ACC001" in first.text else first.text.index("ACC001")
    assert all(one.start >= start for one in renewed.edits)
    assert renewed.text[:start] == first.text[:start]


def test_a_list_is_indented_as_the_files_others_are() -> None:
    assert added("references:\n- id: a\n").splitlines()[2:5] == ["", "waivers:", "- code: ACC001"]
    assert added("references:\n    - id: a\n").splitlines()[2:5] == ["", "waivers:", "    - code: ACC001"]
    assert added("references: []\n").splitlines()[2:4] == ["waivers:", "  - code: ACC001"]


def test_waivers_are_written_below_a_key_that_waits_for_them() -> None:
    text = "waivers:  # ours\n# nothing yet\nreferences:\n- id: a\n"
    reported = added(text)
    assert reported.startswith("waivers:  # ours\n- code: ACC001\n")
    assert reported.endswith("# nothing yet\nreferences:\n- id: a\n")


def test_waivers_are_written_in_brackets_where_the_file_is() -> None:
    reported = added('{"references": [{"id": "a"}]}\n')
    assert reported.startswith('{"references": [{"id": "a"}], "waivers": [{"code": "ACC001"')


def test_comments_and_line_ends_of_the_file_are_kept() -> None:
    text = "# head\r\nreferences:\r\n- id: a  # one\r\n# tail\r\n"
    reported = added(text)
    assert reported.startswith("# head\r\nreferences:\r\n- id: a  # one\r\n\r\nwaivers:\r\n- code: ACC001\r\n")
    assert reported.endswith("\r\n# tail\r\n")
    assert "\n" not in reported.replace("\r\n", "")


@pytest.mark.parametrize("text", ["waivers: {}\nreferences: []\n", "waivers: some\nreferences: []\n"])
def test_what_is_no_list_is_refused(text: str) -> None:
    edited = edit(source_from(text), [AddEntries([NEW], WAIVERS)])
    assert edited.text == text
    assert "is not a list" in str(edited.refused[0].reason)


def test_format_puts_the_fields_of_waivers_in_order_and_keeps_their_comments() -> None:
    text = "references:\n- id: a\nwaivers:\n- until: 2026-12-23   # a month\n  # why\n  reason: x\n  code: ACC001\n"
    once = formatted(source_from(text))
    assert once.text == (
        "references:\n- id: a\nwaivers:\n- code: ACC001\n  # why\n  reason: x\n  until: 2026-12-23   # a month\n"
    )
    assert formatted(once.after).text == once.text


def test_format_puts_a_file_of_waivers_in_order() -> None:
    text = "waivers:\n- {until: 2026-12-23, code: ACC001}\n"
    assert formatted(source_from(text), read_as_library=False).text == "waivers:\n- {code: ACC001, until: 2026-12-23}\n"


def test_what_is_written_is_read_back() -> None:
    full = {
        **NEW,
        "category": "pending-fix",
        "requested-by": 'O\'Neil: "N"',
        "approved-by": "no",
        "since": "2026-11-23",
    }
    [waiver] = read_text(source_from(added("references:\n- id: a\n", full))).waivers
    assert (waiver.reference, waiver.reason, waiver.approved_by) == ("a: b", "yes", "no")
    assert waiver.requested_by == 'O\'Neil: "N"'
    assert waiver.evidence == {"finding": "12e4", "web": "é"}
    assert plain(read_tree(source_from(added("references:\n- id: a\n", full)))) is not None
