"""What becomes of references that are imported: new ones, matches, and a second import after people were at work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.app.import_ import RowAction
from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.model.dates import PartialDate
from evidence.model.outcomes import Ambiguous, Matched, Unasked, Unmatched
from evidence.model.records import NoticeLink
from factories import (
    ALDER,
    CEDAR,
    ELM,
    EXAMPLINIB_RECORD,
    FIR,
    OTHER_RECORD,
    candidate,
    entries_by_id,
    imported,
    listing_of,
    planned,
)


def fates(plan) -> list[str]:
    return [str(row.action) for row in plan.rows]


def test_each_reference_becomes_an_entry_with_its_identifiers_its_day_and_its_printed_text() -> None:
    text = imported(listing_of(CEDAR, ELM, FIR))
    assert text == (
        "references:\n"
        "  - id: cedar-2021\n    type: article-journal\n"
        f'    PMID: "91234567"\n    cited-as: "{CEDAR}"\n\n'
        "  - id: elm-2020\n    type: article-journal\n"
        f'    PMID: "90000001"\n    cited-as: "{ELM}"\n\n'
        "  - id: fir-institute\n    type: webpage\n    URL: https://example.org/examplinib\n"
        f'    accessed: "2025-03"\n    cited-as: {FIR}\n'
    )
    assert [fault for entry in entries_by_id(text).values() for fault in entry.faults] == []


def test_importing_twice_changes_nothing() -> None:
    once = imported(listing_of(ALDER, CEDAR, ELM, FIR))
    again = planned(listing_of(ALDER, CEDAR, ELM, FIR), once, ask=False)
    assert fates(again) == ["unchanged"] * 4
    assert again.changes == []


def test_ids_are_different_and_those_of_the_file_stay() -> None:
    text = imported(listing_of(ALDER, ALDER.replace("Effects", "Harms")))
    assert list(entries_by_id(text)) == ["alder-2019", "alder-2019b"]
    more = imported(listing_of("Alder Z. Dosing of quite another drug. Rev Samples. 2019;4:77-80.", ALDER), text)
    assert list(entries_by_id(more)) == ["alder-2019", "alder-2019b", "alder-2019c"]
    assert more.startswith(text.removesuffix("\n"))


def test_a_sure_match_is_written_with_what_agreed() -> None:
    made = planned(listing_of(ALDER), "references: []\n", Matched(candidate()))
    [row] = made.rows
    assert row.how == "matched 0.97 (title, authors), not year"
    assert {key: row.fields[key] for key in ("PMID", "DOI")} == {"PMID": "90000009", "DOI": "10.1000/jem.2019"}
    assert not row.caveats


def test_a_match_that_is_retracted_is_reported() -> None:
    notice = NoticeLink("RetractionIn", "J Ex Med. 2020", "90000077")
    [row] = planned(
        listing_of(ALDER), "references: []\n", Matched(candidate(replace(EXAMPLINIB_RECORD, notices=(notice,))))
    ).rows
    assert row.caveats == ("RETRACTED according to the record",)


def test_likely_records_are_written_as_candidates_and_no_identifier_is_guessed() -> None:
    text = imported(
        listing_of(ALDER), "references: []\n", Ambiguous((candidate(score=0.81), candidate(OTHER_RECORD, 0.7)))
    )
    [entry] = entries_by_id(text).values()
    assert entry.identifiers == ()
    assert [(str(one.identifiers[0]), one.score, one.title) for one in entry.candidates] == [
        ("pmid:90000009", 0.81, "Effects of examplinib on test outcomes."),
        ("pmid:90000010", 0.7, "Effects of examplinib: {a} *second* #look."),
    ]
    assert entry.faults == ()


@pytest.mark.parametrize(
    ("match", "how", "unasked"),
    [(Unmatched(), "no record found", False), (Unasked("pubmed is silent"), "not looked up", True)],
)
def test_what_nobody_knows_and_what_no_service_was_asked_are_distinguished(match, how: str, unasked: bool) -> None:
    [row] = planned(listing_of(ALDER), "references: []\n", match).rows
    assert (row.how, row.unasked, row.action) == (how, unasked, RowAction.NEW)
    assert row.caveats
    assert not {"PMID", "DOI", "URL", "candidates"} & row.fields.keys()


def test_a_work_that_is_printed_twice_is_written_once() -> None:
    made = planned(listing_of(CEDAR, ELM, CEDAR.replace("A second", "The second")), ask=False)
    assert fates(made) == ["new", "new", "repeated"]
    assert (made.rows[2].id, made.rows[2].notes) == ("cedar-2021", ("same reference as 1; written once",))


def test_a_match_with_a_work_that_is_there_is_written_once() -> None:
    listing = listing_of("Alder AB. Another print. PMID: 90000009", ALDER)
    made = planned(listing, "references: []\n", Matched(candidate()))
    assert fates(made) == ["new", "repeated"]
    assert made.rows[1].id == "alder"


def test_two_references_to_one_page_are_two_entries_and_that_is_reported() -> None:
    made = planned(listing_of(FIR, "Oak B. Quite another thing. Accessed May 2025. https://example.org/examplinib"))
    assert fates(made) == ["new", "new"]
    assert made.rows[1].caveats == ("cites the same page as fir-institute",)


WORKED_ON = """\
# our list
references:
  - id: fir   # the charity
    x-team: [a, b]
    URL: https://example.org/examplinib
    accessed: 2025-03
    owner: me
    role: background
    ignore: {ACC004: the month is all we have}
    confirmed: {by: me, date: "2026-01-02"}
    cited-as: FIR

  # no longer printed
  - {id: gone, PMID: "90000002", note: kept}
  - id: cedar
    PMID: "91234567"
    cited-as: "CEDAR"
policy: {fail-on: warning}
""".replace("FIR", FIR).replace("CEDAR", CEDAR)


def test_a_new_print_changes_the_printed_text_and_the_day_and_nothing_else() -> None:
    listing = listing_of(CEDAR, FIR.replace("March", "May").replace("for patients", "for all patients"))
    made = planned(listing, WORKED_ON)
    assert fates(made) == ["unchanged", "changed"]
    assert dict(made.rows[1].fields) == {"cited-as": listing.entries[1].cited_as, "accessed": "2025-05"}
    assert made.unprinted == ("gone",)
    text = imported(listing, WORKED_ON)
    assert text == WORKED_ON.replace(FIR, listing.entries[1].text).replace("2025-03", "2025-05")


def test_a_day_that_a_person_has_written_is_kept_and_that_is_reported() -> None:
    worked_on = WORKED_ON.replace("accessed: 2025-03", "accessed: 2026-01-02")
    [row] = planned(listing_of(FIR.replace("March", "May")), worked_on).rows
    assert "accessed" not in row.fields
    assert row.notes == ("accessed 2025-05 is printed; the file keeps 2026-01-02",)
    [row] = planned(listing_of(FIR), worked_on).rows
    assert (row.action, row.notes) == (RowAction.SAME, ())


def test_a_day_that_is_printed_no_more_is_kept() -> None:
    [row, _] = planned(listing_of(FIR.replace("Accessed March 2025. ", ""), ELM), WORKED_ON).rows
    assert row.fields.keys() == {"cited-as"}
    assert row.notes == ("an access date is no longer printed; accessed 2025-03 is kept",)


def test_an_identifier_that_is_printed_now_is_added_and_a_corrected_one_follows() -> None:
    before = imported(listing_of(CEDAR))
    [row] = planned(listing_of(f"{CEDAR}. doi:10.1000/at.7"), before).rows
    assert row.fields["DOI"] == "10.1000/at.7"
    [row] = planned(listing_of(CEDAR.replace("91234567", "91234568")), before).rows
    assert row.fields["PMID"] == "91234568"


def test_an_identifier_that_a_person_has_corrected_is_kept_and_reported() -> None:
    before = imported(listing_of(CEDAR)).replace('PMID: "91234567"', 'PMID: "90000003"')
    [row] = planned(listing_of(CEDAR), before).rows
    assert (row.action, row.caveats) == (RowAction.SAME, ())
    [row] = planned(listing_of(CEDAR.replace("91234567", "91234568")), before).rows
    assert "PMID" not in row.fields
    assert row.caveats == ("PMID 91234568 is printed; the file keeps PMID 90000003",)


def test_an_identifier_that_a_person_has_taken_out_stays_out() -> None:
    before = imported(listing_of(f"{CEDAR}. doi:10.1000/at.7")).replace("    DOI: 10.1000/at.7\n", "")
    assert planned(listing_of(f"{CEDAR}. doi:10.1000/at.7"), before).changes == []


def test_a_label_that_prints_another_set_id_gets_its_page_too() -> None:
    old, new = ("06ff2d5a-e62b-4fa4-bbdb-01938535bc65", "11111111-e62b-4fa4-bbdb-01938535bc65")
    label = f"Examplinib tablets. DailyMed. Accessed May 2025. https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={old}"
    before = imported(listing_of(label))
    after = imported(listing_of(label.replace(old, new)), before)
    kept = [line for line in after.splitlines(keepends=True) if "x-previous" not in line]
    assert "".join(kept) == before.replace(old, new)
    assert f'x-previous: {{identifier: "setid:{old}", until: "2026-11-30", accessed: "2025-05"}}' in after


def test_what_was_imported_offline_is_matched_later() -> None:
    before = imported(listing_of(ALDER))
    [row] = planned(listing_of(ALDER), before, Matched(candidate())).rows
    assert {key: row.fields[key] for key in row.fields} == {"PMID": "90000009", "DOI": "10.1000/jem.2019"}


def test_candidates_that_a_person_has_thinned_out_are_kept() -> None:
    match = Ambiguous((candidate(score=0.81), candidate(OTHER_RECORD, 0.7)))
    text = imported(listing_of(ALDER), "references: []\n", match)
    thinned = "".join(line for line in text.splitlines(keepends=True) if "90000010" not in line)
    assert planned(listing_of(ALDER), thinned, match).changes == []


def test_a_match_with_the_work_of_another_entry_is_reported_and_not_written() -> None:
    library = imported(listing_of(ALDER)) + '\n  - id: other\n    PMID: "90000009"\n'
    [row] = planned(listing_of(ALDER), library, Matched(candidate())).rows
    assert (row.action, row.id) == (RowAction.SAME, "alder-2019")
    assert "already in the file as other" in row.caveats[0]


def test_an_entry_whose_identifier_is_malformed_is_a_persons_to_correct() -> None:
    library = imported(listing_of(ALDER)).replace("    cited-as", "    PMID: nonsense\n    cited-as")
    made = planned(listing_of(ALDER), library)
    assert (fates(made), made.changes) == (["unchanged"], [])


def test_a_new_work_with_nearly_the_same_words_is_no_new_print_of_the_old() -> None:
    before = imported(listing_of(CEDAR))
    other = CEDAR.replace("A second trial", "A third trial").replace("7:e101", "8:e99").replace("91234567", "90000004")
    made = planned(listing_of(CEDAR, other), before)
    assert fates(made) == ["unchanged", "new"]
    made = planned(listing_of(other), before)
    assert (fates(made), made.unprinted) == (["new"], ("cedar-2021",))


def test_a_day_that_can_be_read_in_two_ways_is_left_to_a_person() -> None:
    [row] = planned(listing_of(FIR.replace("March 2025", "03/04/2025"), ELM)).rows[:1]
    assert row.caveats == ("access date 03/04/2025 is ambiguous",)
    assert "accessed" not in row.fields


def test_the_precision_of_a_day_is_the_printed_one() -> None:
    days = [("2025", PartialDate(2025)), ("March 4, 2025", PartialDate(2025, 3, 4))]
    for printed, day in days:
        text = imported(listing_of(FIR.replace("March 2025", printed), ELM))
        assert read_text(SourceText("r", text, "")).references[0].accessed == day
