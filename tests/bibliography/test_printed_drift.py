from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.app.compare_published import (
    Drift,
    ListComparison,
    PrintedReference,
    compare_entries,
    compare_printed,
    render_drift,
)
from evidence.documents.document import Passage
from evidence.documents.reflist import ListedEntry
from evidence.model.errors import FileError

ALDER_ITEM = {
    "id": "alder-2019",
    "title": "Effects of examplinib on <i>test</i> outcomes",
    "author": [{"family": "Alder"}, {"family": "Birch"}],
    "container-title": "Journal of Example Medicine",
    "container-title-short": "J Ex Med",
    "issued": {"date-parts": [[2019, 3]]},
    "volume": "12",
    "issue": "3",
    "page": "45-52",
    "DOI": "10.1000/jem.2019.0045",
    "PMID": "91234566",
}
ALDER = (
    "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. doi:10.1000/jem.2019.0045"
)
CEDAR = "Cedar D, Dogwood E. A second trial of samplumab in adults. Ann Test. 2021;7:101-9."
FIR = "Fir Institute. Examplinib information. Accessed March 2025. https://example.org/examplinib"
FIR_ITEM = {"id": "fir", "title": "Examplinib information", "URL": "https://example.org/examplinib"}


def entry(text: str, position: int = 1) -> ListedEntry:
    return ListedEntry(position, position, f"{position}.", Passage(text), (), (0, 1))


def compared(*printed: str, wanted: tuple[PrintedReference, ...] | None = None) -> ListComparison:
    entries = [entry(text, position) for position, text in enumerate(printed, 1)]
    return compare_entries(entries, wanted or (PrintedReference("alder-2019", ALDER, ALDER_ITEM),))


def drift(printed: str, wanted: PrintedReference | None = None) -> Drift:
    (found,) = compared(printed, wanted=(wanted,) if wanted else None).drifts
    return found


def fields(printed: str, wanted: PrintedReference | None = None) -> dict[str, tuple[str, str]]:
    return {one.field: (one.was, one.now) for one in drift(printed, wanted).fields}


@pytest.mark.parametrize(
    "printed",
    [
        ALDER,
        ALDER.replace("45-52", "45\u201352"),
        ALDER.replace(" ", "\u00a0").replace("J\u00a0Ex", "J  Ex"),
        ALDER.replace("doi:", "https://doi.org/"),
        ALDER.replace("doi:10", "DOI: 10").replace("jem", "JEM"),
        ALDER.replace("Effects", "E\ufb00ects"),
        ALDER.replace("examplinib", "exam\u200bplinib"),
    ],
)
def test_what_only_typography_changes_is_no_drift(printed: str) -> None:
    found = compared(printed)
    assert (found.drifts, found.same, found.drifted) == ((), ("alder-2019",), False)


@pytest.mark.parametrize(
    ("was", "now", "field", "reported"),
    [
        ("Birch C", "Birch X", "author", ("Alder AB, Birch X", "Alder AB, Birch C")),
        ("Alder AB, Birch C", "Alder AB, et al", "author", ("Alder AB, et al", "Alder AB, Birch C")),
        (
            "examplinib on test",
            "examplinib on mock",
            "title",
            ("Effects of examplinib on mock outcomes", "Effects of examplinib on test outcomes"),
        ),
        (" on test outcomes", "", "title", ("Effects of examplinib", "Effects of examplinib on test outcomes")),
        ("J Ex Med", "J Exempl Med", "container-title", ("J Exempl Med", "J Ex Med")),
        ("2019;", "2018;", "issued", ("2018", "2019")),
        (";12(", ";13(", "volume", ("13", "12")),
        ("(3)", "(4)", "issue", ("4", "3")),
        ("45-52", "45-53", "page", ("45-53", "45-52")),
        ("0045", "0046", "DOI", ("10.1000/jem.2019.0046", "10.1000/jem.2019.0045")),
        ("doi:10.1000/jem.2019.0045", "", "DOI", ("", "10.1000/jem.2019.0045")),
        ("doi:10.1000/jem.2019.0045", "PMID: 91234566", "PMID", ("91234566", "")),
        ("outcomes.", "outcomes,", "punctuation", (",", ".")),
    ],
)
def test_a_change_is_reported_at_its_field(was: str, now: str, field: str, reported: tuple[str, str]) -> None:
    printed = ALDER.replace(was, now)
    assert fields(printed)[field] == reported
    assert set(fields(printed)) <= {field, "DOI"}


def test_a_label_or_page_drifts_in_its_date_of_access() -> None:
    found = fields(FIR.replace("March 2025", "May 12, 2024"), PrintedReference("fir", FIR, FIR_ITEM))
    assert found == {"accessed": ("Accessed May 12, 2024", "Accessed March 2025")}


def test_words_that_no_field_explains_are_reported_too() -> None:
    wanted = PrintedReference("alder-2019", f"RETRACTED: {ALDER}", ALDER_ITEM | {"author": []})
    assert fields(ALDER, wanted) == {"text": ("", "RETRACTED")}


def test_the_words_that_went_and_came_are_reported_in_order() -> None:
    changes = drift(ALDER.replace("test outcomes", "mock results")).words
    assert [(str(change.fate), change.text) for change in changes][1:3] == [
        ("went", "mock results"),
        ("came", "test outcomes"),
    ]


def test_entries_are_matched_by_identifier_whatever_their_text() -> None:
    found = drift("Quite something else. 1999. doi:10.1000/JEM.2019.0045")
    assert found.reference == "alder-2019"
    assert found.looks_like_another_work


def test_entries_without_an_identifier_are_matched_by_their_text() -> None:
    apa = "Alder, A. B., & Birch, C. (2019). Effects of examplinib on test outcomes. J. Ex. Med., 12(3), 45\u201352."
    assert drift(apa).reference == "alder-2019"


def test_the_next_part_of_a_series_is_not_the_part_before_it() -> None:
    part = "Elm F, Fig G. Studies of the digestion of samples. Part {}. Ann Test. 2021;7:{}."
    wanted = PrintedReference("one", part.format("I", "101-9"), {"id": "one"})
    found = compared(part.format("II", "110-8"), wanted=(wanted,))
    assert (found.drifts, len(found.unmatched), found.unprinted) == ((), 1, ("one",))


def test_the_page_of_a_web_site_is_matched_whatever_its_scheme() -> None:
    old = "Fir Inst. About examplinib. http://www.example.org/examplinib/"
    assert drift(old, PrintedReference("fir", FIR, FIR_ITEM)).reference == "fir"


def test_what_is_printed_only_once_or_nowhere_or_twice_is_reported() -> None:
    wanted = (PrintedReference("alder-2019", ALDER, ALDER_ITEM), PrintedReference("fir", FIR, FIR_ITEM))
    found = compared(ALDER, CEDAR, ALDER, wanted=wanted)
    assert [one.text for one in found.unmatched] == [CEDAR]
    assert (found.unprinted, found.again, found.drifted) == (("fir",), ((3, "alder-2019"),), True)


def test_another_order_is_drift() -> None:
    wanted = tuple(
        PrintedReference(name, text, {"id": name}) for name, text in (("a", ALDER), ("c", CEDAR), ("f", FIR))
    )
    assert compared(ALDER, CEDAR, FIR, wanted=wanted).moved == ()
    assert compared(FIR, ALDER, CEDAR, wanted=wanted).moved == ("f",)
    assert compared(ALDER, FIR, wanted=wanted).moved == ()


def test_the_text_shows_each_drift_by_field_and_word() -> None:
    assert render_drift(compared(ALDER.replace("45-52", "45-53"), CEDAR), "old.docx") == (
        "old.docx: 1 different, 1 printed but not in the references file; 0 unchanged\n"
        "\n"
        "alder-2019 (printed as 1)\n"
        "  page  was  45-53\n"
        "        now  45-52\n"
        "  \u2026 J Ex Med. 2019;12(3): [-45-53-] {+45-52+}. doi:10.1000/jem.2019.0045\n"
        "\n"
        f"not in the references file: 2. {CEDAR}\n"
    )
    assert render_drift(compared(ALDER), "old.docx") == "old.docx: no differences; 1 entry matches\n"


def test_hostile_text_is_harmless_in_the_output() -> None:
    wanted = PrintedReference("a\x1b[2Jb\u202e", ALDER, ALDER_ITEM)
    output = render_drift(
        compared(ALDER.replace("test", "\x1b]0;x\x07\u202etset"), "x\x1b[31m\n2020; www", wanted=(wanted,)), "o\x1bld"
    )
    assert all(char.isprintable() or char == "\n" for char in output)


def test_a_printed_list_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "printed.md"
    path.write_text(f"# References\n\n1. {ALDER.replace('J Ex Med', '*J Ex Med*')}\n2. {FIR}\n", encoding="utf-8")
    wanted = (PrintedReference("alder-2019", ALDER, ALDER_ITEM), PrintedReference("fir", FIR, FIR_ITEM))
    assert not compare_printed(path, wanted).drifted
    path.write_text("Nothing here.\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"printed\.md: no reference list found \(add a heading such as References"):
        compare_printed(path, wanted)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_compared_and_both_can_be_read_from_the_words(was: str, now: str) -> None:
    found = compare_entries(
        [entry(f"{was} doi:10.1000/x")], [PrintedReference("x", f"{now} doi:10.1000/x", {"title": now})]
    )
    assert len(found.drifts) + len(found.same) <= 1
    for one in found.drifts:
        assert any(change.fate != "stayed" for change in one.words)
        assert render_drift(found, "x").isprintable() is False  # it has line ends


@given(st.text(max_size=200))
def test_a_text_does_not_drift_from_itself(text: str) -> None:
    found = compare_entries(
        [entry(f"{text} PMID: 12345678")], [PrintedReference("x", f"{text} PMID: 12345678", {"id": "x"})]
    )
    assert (found.drifts, found.same) == ((), ("x",))


POWER = PrintedReference("alder-2019", ALDER.replace("test", "10\u2075 H\u2082O in \ufb01ve"), ALDER_ITEM)


@pytest.mark.parametrize(
    ("name", "printed", "reported"),
    [
        ("list.txt", "10\u2075 H\u2082O in five", None),
        ("list.txt", "105 H2O in five", "105"),
        ("list.md", "10<sup>5</sup> H<sub>2</sub>O in five", None),
        ("list.md", "105 H2O in five", "105"),
        ("list.md", "10<sup>6</sup> H2O in five", "10\u2076"),
        ("list.html", "10<sup>5</sup> H<sub>2</sub>O in five", None),
        ("list.html", "105 H2O in five", "105"),
    ],
)
def test_an_exponent_is_no_digit(tmp_path, name, printed, reported):
    path = tmp_path / name
    text = f"1. {ALDER.replace('test', printed)}"
    path.write_text(f"<ol><li>{text[3:]}</li></ol>" if name.endswith("html") else text, encoding="utf-8")
    drifts = compare_printed(path, [POWER]).drifts
    assert [reported in one.was.split() for drift in drifts for one in drift.fields] == ([True] if reported else [])


def test_a_print_that_says_nothing_of_scripts_is_not_blamed_for_them():
    printed = [entry(ALDER.replace("test", "105 H2O in five"))]
    assert compare_entries(printed, [POWER], None).drifts == ()
    assert compare_entries(printed, [POWER]).drifts != ()


def test_a_sign_that_means_something_is_no_punctuation():
    wanted = PrintedReference(
        "alder-2019",
        ALDER.replace("on test", "at \u22655%"),
        {**ALDER_ITEM, "title": "Effects of examplinib at \u22655% outcomes"},
    )
    assert list(fields(ALDER.replace("on test", "at \u22645%"), wanted)) == ["title"]


def test_another_day_of_access_in_ama_is_reported_as_accessed():
    text = "Fir Institute. Examplinib information. Accessed March 3, 2025. https://example.org/examplinib"
    reported = fields(text.replace("3, 2025", "4, 2025"), PrintedReference("fir", text, FIR_ITEM))
    assert list(reported) == ["accessed"]


def test_an_odd_paragraph_does_not_end_a_list_without_numbers(tmp_path):
    odd = PrintedReference("odd", "Notes of the committee.", {"id": "odd", "title": "Notes of the committee"})
    wanted = [
        PrintedReference("alder-2019", ALDER, ALDER_ITEM),
        odd,
        PrintedReference("cedar", CEDAR, {"id": "cedar"}),
        PrintedReference("fir", FIR, FIR_ITEM),
    ]
    path = tmp_path / "list.md"
    path.write_text("\n\n".join(["# For the reader", "What follows was read.", *(one.text for one in wanted)]))
    reported = compare_printed(path, wanted)
    assert (reported.unprinted, reported.unmatched, reported.drifts) == ((), (), ())
    path.write_text(path.read_text().replace(odd.text, "A page of something else."))
    reported = compare_printed(path, wanted)
    assert reported.unprinted == ("odd",)
    assert [one.text for one in reported.unmatched] == ["A page of something else."]
