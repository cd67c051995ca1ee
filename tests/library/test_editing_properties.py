"""For any file that the tool accepts, an edit changes what it announces and nothing else."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence.app.import_ import Plan, RowAction, begin
from evidence.app.import_ import plan as planned
from evidence.app.import_listing import ImportEntry, Listing, identifier_values, verbatim
from evidence.documents.citations import text_of
from evidence.library.diff import diff_lines
from evidence.library.editor import AddEntries, SetFields, edit
from evidence.library.formatter import formatted
from evidence.library.reader import read_text
from evidence.library.yaml import MappingNode, Node, ScalarNode, SequenceNode, read_tree
from evidence.model.dates import PartialDate
from evidence.model.errors import FileError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import Reference
from factories import source_from
from strategies import TEXT_KEYS, Layout, libraries, written_values


def plain(node: Node | None) -> object:
    match node:
        case ScalarNode(value=value):
            return value
        case SequenceNode(items=items):
            return [plain(item) for item in items]
        case MappingNode(pairs=pairs):
            return [(pair.key.value, plain(pair.value)) for pair in pairs]
    return None


def written(value: object) -> object:
    match value:
        case dict():
            return [(key, written(inner)) for key, inner in value.items()]
        case list():
            return [written(inner) for inner in value]
    return value


def top(text: str) -> dict[str, object]:
    return dict(plain(read_tree(source_from(text))))  # type: ignore[arg-type, call-overload]


def is_readable(text: str) -> bool:
    try:
        read_text(source_from(text))
    except FileError:
        return False
    return True


@given(libraries(), st.data())
def test_setting_a_field_changes_that_field_alone(made: Layout, data: st.DataObject) -> None:
    assume(is_readable(made.text))
    index = data.draw(st.integers(0, len(made.keys) - 1))
    key = data.draw(st.sampled_from([*TEXT_KEYS, "DOI", "accessed", "type"]))
    value = data.draw(written_values())
    edited = edit(source_from(made.text), [SetFields(index, {key: value})])
    before, after = top(made.text), top(edited.text)
    if edited.refused:
        assert edited.text == made.text
        assert re.search("comment|alias|merged", str(edited.refused[0].reason))
        return
    old, new = before.pop("references"), after.pop("references")
    assert before == after
    entry_before, entry_after = dict(old.pop(index)), dict(new.pop(index))
    assert old == new
    assert entry_after.pop(key) == written(value)
    entry_before.pop(key, None)
    assert entry_after == entry_before
    for comment in made.comments:
        assert edited.text.count(comment) == made.text.count(comment)


@given(libraries(), st.data())
def test_what_is_outside_the_edits_stays_to_the_byte(made: Layout, data: st.DataObject) -> None:
    assume(is_readable(made.text))
    changes = [
        SetFields(
            index,
            {key: data.draw(written_values()) for key in data.draw(st.sets(st.sampled_from(TEXT_KEYS), max_size=3))},
        )
        for index in range(len(made.keys))
    ]
    edited = edit(source_from(made.text), changes)
    text, at = "", 0
    for one in edited.edits:
        assert one.start >= at
        text += made.text[at : one.start] + one.text
        at = one.end
    assert edited.text == text + made.text[at:]
    entries = read_text(source_from(made.text)).references
    touched = {edited.before.place(one.start).line for one in edited.edits}
    assert all(line >= entries[0].place.line - 1 for line in touched)


@given(libraries(), st.lists(written_values(), min_size=1, max_size=3))
def test_an_added_entry_is_at_the_end_and_nothing_else_has_changed(made: Layout, new: list[object]) -> None:
    assume(is_readable(made.text))
    entries = [{"id": f"new-{number}", "x-value": value, "PMID": "012"} for number, value in enumerate(new)]
    edited = edit(source_from(made.text), [AddEntries(entries)])  # type: ignore[arg-type]
    before, after = top(made.text), top(edited.text)
    assert after.pop("references") == before.pop("references") + [written(entry) for entry in entries]
    assert after == before
    assert not edited.refused
    replaced = [made.text[one.start : one.end] for one in edited.edits if one.start < one.end]
    assert replaced in ([], [">"], ["|"], [">+"], ["|+"])  # the header of a text that the file broke off at


@given(libraries())
def test_formatting_says_the_same_keeps_every_comment_and_is_done_once(made: Layout) -> None:
    assume(is_readable(made.text))
    once = formatted(source_from(made.text))
    before, after = top(made.text), top(once.text)
    assert [sorted(map(repr, entry)) for entry in before.pop("references")] == [
        sorted(map(repr, entry)) for entry in after.pop("references")
    ]
    assert before == after
    for comment in made.comments:
        assert once.text.count(comment) == made.text.count(comment)
    assert formatted(once.after).text == once.text


@given(libraries(), written_values())
def test_the_diff_shown_is_the_change_made(made: Layout, value: object) -> None:
    assume(is_readable(made.text))
    edited = edit(source_from(made.text), [SetFields(0, {"title": value}), AddEntries([{"id": "n", "DOI": "10.1/x"}])])  # type: ignore[dict-item]
    assert patched(made.text, list(diff_lines(edited.before, edited.edits))) == edited.text


def announced(plan: Plan, refused: list[object]) -> tuple[dict[int, dict[str, object]], list[object]]:
    """What a plan says that it changes, by the entry's index, and the entries that it says it adds."""
    changed = {row.index: dict(row.fields) for row in plan.rows if row.action is RowAction.CHANGED}
    for change in refused:
        if isinstance(change, SetFields):
            changed[change.index] = {k: v for k, v in changed[change.index].items() if k not in change.fields}
    new = [row.fields for row in plan.rows if row.action is RowAction.NEW]
    added = [] if any(isinstance(change, AddEntries) for change in refused) else new
    return changed, [written(entry) for entry in added]  # type: ignore[return-value]


@st.composite
def printed_entries(draw: st.DrawFn, references: tuple[Reference, ...]) -> list[ImportEntry]:
    """Entries of a list: some are prints of the library's, to the letter or nearly, others are new."""
    made = []
    for position in range(1, draw(st.integers(1, 4)) + 1):
        known = draw(st.sampled_from([None, *references]))
        text = (text_of(known) if known else "") or draw(st.text(min_size=1, max_size=30).filter(str.strip))
        text += draw(st.sampled_from(["", ".", " Accessed May 2025."]))
        identifiers = draw(st.sampled_from([(), (known.identifiers[:1] if known else ()), NUMBERS[:1], NUMBERS]))
        fields = {"type": "book", **identifier_values(identifiers)}
        accessed = draw(st.sampled_from([None, PartialDate(2025, 5)]))
        cited_as = verbatim(text) or "x"
        made.append(ImportEntry(position, str(position), text, cited_as, fields, identifiers, accessed, "made"))
    return made


TODAY = date(2026, 11, 30)
NUMBERS = (Identifier(IdKind.PMID, "91234567"), Identifier(IdKind.URL, "https://example.org/a_b"))


@given(libraries(), st.data())
def test_an_import_changes_what_it_announces_and_nothing_else_and_is_done_once(
    made: Layout, data: st.DataObject
) -> None:
    assume(is_readable(made.text))
    library = read_text(source_from(made.text))
    listing = Listing("m", "", tuple(data.draw(printed_entries(library.references))), is_printed=True)
    plan = planned(begin(listing, library), None, TODAY)
    edited = edit(source_from(made.text), plan.changes)
    refused = [refused.change for refused in edited.refused]
    changed, added = announced(plan, refused)
    whole = {change.index for change in refused if isinstance(change, SetFields) and change.removed}
    lost = {row.index: row.removed for row in plan.rows if row.index not in whole}
    before, after = top(made.text), top(edited.text)
    old, new = before.pop("references"), after.pop("references")
    assert before == after
    assert new[len(old) :] == added
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        fields = {key: written(value) for key, value in changed.get(index, {}).items()}
        stays = [pair for pair in one if pair[0] not in fields and pair[0] not in lost.get(index, ())]
        assert stays == [pair for pair in other if pair[0] not in fields]
        firsts = dict(reversed(other))  # of a repeated key the first is read
        assert {key: firsts[key] for key in fields} == fields
    for comment in made.comments:
        assert edited.text.count(comment) == made.text.count(comment)
    if not edited.refused:
        again = planned(begin(listing, read_text(source_from(edited.text))), None, TODAY)
        assert edit(source_from(edited.text), again.changes).text == edited.text


def patched(text: str, diff: list[str]) -> str:
    """The text with a unified diff applied, strictly: every context and removed line must be there."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)
    out: list[str] = []
    at = 0
    for line in diff[2:]:
        if hunk := re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n", line):
            first = int(hunk[1]) - (1 if int(hunk[2]) else 0)
            out += lines[at:first]
            at = first
            continue
        body = line[1:].removesuffix("\n\\ No newline at end of file\n")
        if line[0] in " -":
            assert lines[at] == body
            at += 1
        if line[0] in " +":
            out.append(body)
    return "".join(out + lines[at:])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_stay_what_they_are(end: str) -> None:
    text = f"references:{end}- id: one{end}  title: T{end}"
    edited = edit(source_from(text), [SetFields(0, {"DOI": "10.1/x"}), AddEntries([{"id": "two", "PMID": "1"}])])
    assert edited.text == text + f'  DOI: 10.1/x{end}{end}- id: two{end}  PMID: "1"{end}'


NOTED = ("accessed", "spl-version", "confirmed", "ignore")


@st.composite
def noted_entries(draw: st.DrawFn) -> str:
    """An entry with an identifier and what people noted of its source, in block or flow form, in any order."""
    pmid = draw(st.sampled_from(["91234501", "91234502"]))
    fields = [
        ("PMID", f'"{pmid}"'),
        *draw(
            st.lists(
                st.sampled_from(
                    [
                        ("accessed", "2026-03-03"),
                        ("spl-version", '"3"'),
                        ("confirmed", "{by: Dana, date: 2026-03-03}"),
                        ("ignore", "{ACC001: known}"),
                        ("owner", "me"),
                    ]
                ),
                unique_by=lambda pair: pair[0],
            )
        ),
        ("cited-as", f'"Elder E. A trial of examplinib. J Ex Med. 2019;12(3):45-52. PMID: {pmid}"'),
    ]
    fields = [("id", "elder"), *draw(st.permutations(fields))]
    if draw(st.booleans()):
        return "- {" + ", ".join(f"{key}: {value}" for key, value in fields) + "}\n"
    return "- " + "  ".join(f"{key}: {value}\n" for key, value in fields)


@given(noted_entries(), st.lists(st.sampled_from(["91234501", "91234502", None]), min_size=1, max_size=4))
def test_nothing_that_was_noted_of_one_source_ever_speaks_for_another(entry: str, prints: list[str | None]) -> None:
    text = f"references:\n{entry}"
    given_for: dict[str, str] = {}
    (reference,) = read_text(source_from(text)).references
    given_for = dict.fromkeys(set(NOTED) & reference.places.keys(), str(reference.identifiers[0]))
    for pmid in prints:
        number = f" PMID: {pmid}" if pmid else ""
        cited = f"Elder E. A trial of examplinib. J Ex Med. 2019;12(3):45-52.{number}"
        identifiers = (Identifier(IdKind.PMID, pmid),) if pmid else ()
        values = {"type": "article-journal", **identifier_values(identifiers)}
        listed = ImportEntry(1, "1", cited, cited, values, identifiers, None, "elder")
        library = read_text(source_from(text))
        plan = planned(begin(Listing("m", "", (listed,), is_printed=True), library), None, TODAY)
        text = edit(source_from(text), plan.changes).text
        reference = read_text(source_from(text)).references[0]
        for key in set(NOTED) & reference.places.keys():
            assert given_for[key] == str(reference.identifiers[0])
        for key in set(given_for) - reference.places.keys():
            assert any(before.identifier == given_for[key] and key in before.noted for before in reference.previous)
