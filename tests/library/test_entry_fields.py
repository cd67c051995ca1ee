from __future__ import annotations

from datetime import date

import pytest

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import Confirmation, FaultKind, Name, Role
from factories import entry_from, library_from, only_fault

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def test_an_entry_gives_all_that_is_judged() -> None:
    reference = entry_from(
        f"""\
        id: study
        type: article-journal
        title: Effects *in vivo* of CYP2D6\\*4
        author: [{{family: van der Berg, given: A B, suffix: Jr}}, {{literal: The Group}}, Consortium]
        container-title: Arthritis Rheum
        issued: 2013-02
        volume: 65
        issue: 2
        page: 529-538
        PMID: 23359310
        setid: {SETID}
        spl-version: 12
        accessed: 2025-08-14
        role: background
        owner: the editor
        """
    )
    assert reference.faults == ()
    assert reference.title == "Effects in vivo of CYP2D6*4"
    assert reference.csl["title"] == "Effects <i>in vivo</i> of CYP2D6*4"
    assert reference.authors == (
        Name(family="van der Berg", given="A B", suffix="Jr"),
        Name(literal="The Group"),
        Name(literal="Consortium"),
    )
    assert (reference.volume, reference.issue, reference.page) == ("65", "2", "529-538")
    assert (reference.issued, reference.accessed) == (PartialDate(2013, 2), PartialDate(2025, 8, 14))
    assert (reference.spl_version, reference.role, reference.owner) == (12, Role.BACKGROUND, "the editor")
    assert [str(use.identifier) for use in reference.uses] == [f"setid:{SETID}", "pmid:23359310"]


def test_the_printed_citation_is_kept_to_the_letter() -> None:
    cited_as = "Smith JP, et al.\u201cLow *dose*.\u201dGut. 2007;102(4):820\u2013828. https://a.example/b_c_d"
    assert entry_from(f'id: a\nPMID: 1\ncited-as: "{cited_as}"').cited_as == cited_as


def test_a_folded_citation_is_one_line() -> None:
    assert entry_from("id: a\nPMID: 1\ncited-as: >\n  Smith JP.\n  Gut. 2007.").cited_as == "Smith JP. Gut. 2007."


def test_leading_zeros_and_words_like_no_are_texts() -> None:
    reference = entry_from("id: 007\nPMID: 1\nissue: no\nvolume: 012")
    assert (reference.id, reference.issue, reference.volume) == ("007", "no", "012")


def test_a_registrys_address_is_the_identifier_it_carries() -> None:
    reference = entry_from("id: a\nURL: https://pubmed.ncbi.nlm.nih.gov/23359310/")
    [use] = reference.uses
    assert use.identifier == Identifier(IdKind.PMID, "23359310")
    assert (use.key, use.derived) == ("URL", True)


def test_a_publishers_address_beside_a_pmid_stays_a_page() -> None:
    reference = entry_from("id: a\nPMID: 1\nURL: https://publisher.example/article")
    assert [identifier.kind for identifier in reference.identifiers] == [IdKind.PMID, IdKind.URL]


@pytest.mark.parametrize(
    "written",
    [
        "2025-08",
        "{date-parts: [[2025, 8]]}",
        "{date-parts: [['2025', '08']]}",
        "{year: 2025, month: 8}",
        "[{year: 2025, month: 08}]",
        "{edtf: 2025-08~, circa: true}",
    ],
)
def test_a_date_may_be_written_as_csl_or_pandoc_do(written: str) -> None:
    assert entry_from(f"id: a\nPMID: 1\naccessed: {written}").accessed == PartialDate(2025, 8)


@pytest.mark.parametrize(
    "written",
    ["2024-12/2025-01", "{date-parts: [[2024, 12], [2025, 1]]}", "[{year: 2024, month: 12}, {year: 2025, month: 1}]"],
)
def test_an_interval_may_be_written_in_three_ways(written: str) -> None:
    expected = PartialDate(2024, 12, until=PartialDate(2025, 1))
    assert entry_from(f"id: a\nPMID: 1\nissued: {written}").issued == expected


def test_a_season_is_read_with_its_year() -> None:
    assert entry_from("id: a\nPMID: 1\nissued: {year: 2025, season: 3}").issued == PartialDate(2025, season=3)


@pytest.mark.parametrize(
    ("field", "part", "suggestion"),
    [
        ("accessed: August 2025", "did you mean 2025-08?", "2025-08"),
        ("accessed: Augst 2025", "did you mean 2025-08?", "2025-08"),
        ("accessed: 2025-13", "month 13", None),
        ("issued: 2025-02-30", "has 28 days", None),
        ("issued: {literal: Spring 2025}", "a literal date cannot be checked", None),
        ("issued: {raw: Aug 2025}", "did you mean 2025-08?", "2025-08"),
        ("issued: {date-parts: [2025, 8]}", "a list of lists", None),
        ("issued: {date-parts: [[2025, August]]}", "must be numbers", None),
        ("issued: {month: 8}", "expected a date", None),
        ("issued: {year: 2025, moth: 8}", "a date cannot have the field moth", None),
        ("issued: {year: 2025, year: 2024}", "repeated", None),
        ("issued: []", "a date must be one date", None),
        ("title:", "title is empty", None),
        ("title: ~", "title is empty", None),
        ('title: ""', "title is empty", None),
        ("title: [a, b]", "must be a single text value", None),
        ('title: "a\\eb"', "U+001B", None),
        ("type: article-jornal", "did you mean article-journal?", "article-journal"),
        ("type: xyz", "unknown type xyz", "use one of the CSL types"),
        ("role: backgound", "did you mean background?", "background"),
        ("spl-version: latest", "not a version number", None),
        ("spl-version: 0", "not a version number", None),
        ("author:", "author is empty", None),
        ("author: [[Smith]]", "family and given", None),
        ("author: {suffix: Jr}", "needs family or literal", None),
        ("author: {family: Smith, initials: J}", "cannot have the field initials", None),
        ("ignore: [ACC004]", "needs a reason for each code", None),
        ("ignore: {acc004: x}", "is not a rule code", "ACC004"),
        ("ignore: {stale: x}", "is not a rule code", None),
        ("ignore: {ACC004: }", "has no reason", None),
        ("confirmed: yes", "'confirmed' needs 'by'", None),
        ("confirmed: {by: the editor}", "confirmed needs date", None),
        ("confirmed: {by: the editor, date: 2025-08}", "needs a full date", None),
        (
            "confirmed: {by: b, date: 2026-11-02, until: 2026-11-01}",
            "2026-11-01 is before confirmed.date 2026-11-02",
            None,
        ),
        (
            "role: suport",
            "unknown role suport",
            "use one of background, discusses-retraction, evidence, parent-drug-label",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_a_fault_and_the_rest_is_read(
    field: str, part: str, suggestion: str | None
) -> None:
    text = f"id: a\nPMID: 1\n{field}\nvolume: 7"
    fault = only_fault(text)
    assert fault.kind is FaultKind.INVALID_VALUE
    assert part in fault.message
    assert fault.suggestion == suggestion
    assert fault.place.line == 4
    assert entry_from(text).volume == "7"


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("pmid: 1", "PMID"),
        ("journal: Gut", "container-title"),
        ("year: 2007", "issued"),
        ("set_id: x", "setid"),
        ("acessed: 2025", "accessed"),
        ("Title: x", "title"),
        ("frobnicate: x", None),
    ],
)
def test_an_unknown_field_is_reported_with_the_nearest_name(field: str, meant: str | None) -> None:
    fault = only_fault(f"id: a\nDOI: 10.1234/x\n{field}")
    assert fault.kind is FaultKind.UNKNOWN_FIELD
    assert fault.suggestion == meant
    assert (fault.place.line, fault.place.column) == (4, 5)


def test_fields_beginning_with_x_are_left_alone() -> None:
    assert entry_from("id: a\nPMID: 1\nx-note: anything").faults == ()


def test_a_repeated_key_is_reported_and_only_the_first_is_read() -> None:
    reference = entry_from("id: a\nPMID: 1\ntitle: one\ntitle: two")
    [fault] = reference.faults
    assert (fault.kind, fault.key, fault.place.line) == (FaultKind.REPEATED_KEY, "title", 5)
    assert "line 4" in fault.message
    assert reference.title == "one"


def test_an_identifier_that_cannot_be_one_is_malformed_and_not_looked_up() -> None:
    reference = entry_from("id: a\nPMID: PMC123")
    [fault] = reference.faults
    assert (fault.kind, fault.key, fault.text) == (FaultKind.MALFORMED_IDENTIFIER, "PMID", "PMC123")
    assert fault.suggestion == "PMCID: PMC123"
    assert reference.uses == ()


def test_an_identifier_in_another_spelling_is_used_and_reported() -> None:
    reference = entry_from("id: a\nPMID: 'PMID: 0123'")
    [fault] = reference.faults
    assert (fault.kind, fault.suggestion) == (FaultKind.NONCANONICAL_IDENTIFIER, "123")
    assert reference.identifiers == (Identifier(IdKind.PMID, "123"),)


def test_a_retired_address_is_reported_with_the_registrys_own_page() -> None:
    fault = only_fault("id: a\nURL: http://www.ncbi.nlm.nih.gov/pubmed/123")
    assert fault.kind is FaultKind.NONCANONICAL_IDENTIFIER
    assert fault.suggestion == "https://pubmed.ncbi.nlm.nih.gov/123/"


def test_markdown_escapes_in_an_identifier_are_resolved() -> None:
    reference = entry_from("id: a\nDOI: 10.1234/a\\_b")
    assert reference.identifiers == (Identifier(IdKind.DOI, "10.1234/a_b"),)
    assert reference.faults == ()


def test_a_confirmation_names_a_person_and_a_day() -> None:
    reference = entry_from(
        "id: a\nURL: https://a.example/\nconfirmed: {by: the editor, date: 2026-11-01, until: 2027-05-01}"
    )
    assert reference.confirmed == Confirmation("the editor", date(2026, 11, 1), date(2027, 5, 1))


def test_ignored_codes_keep_their_reasons_and_places() -> None:
    reference = entry_from("id: a\nPMID: 1\nignore:\n  ACC004: only the month is known")
    assert reference.ignore == {"ACC004": "only the month is known"}
    assert reference.place_of("ignore.ACC004").line == 5


def test_an_entry_without_an_id_gets_one_by_its_position() -> None:
    references = library_from("references:\n- {PMID: 1}\n- {id: entry-1, PMID: 2}\n- {id: ' ', PMID: 3}\n").references
    assert [reference.id for reference in references] == ["entry-1-unnamed", "entry-1", "entry-3"]
    assert [fault.kind for reference in references for fault in reference.faults] == [
        FaultKind.MISSING_ID,
        FaultKind.INVALID_VALUE,
    ]


def test_lists_and_mappings_of_csl_are_kept_as_texts() -> None:
    csl = entry_from("id: a\nPMID: 1\ncategories: [pain, '01']\ncustom: {batch: 007}\nkeyword: [a, b]").csl
    assert (csl["categories"], csl["custom"], csl["keyword"]) == (["pain", "01"], {"batch": "007"}, ["a", "b"])


def test_messages_show_hostile_text_only_in_printable_form() -> None:
    fault = only_fault('id: a\nPMID: 1\n"\\e]0;x\\a": y')
    assert fault.kind is FaultKind.UNKNOWN_FIELD
    assert fault.message.isprintable()


def test_ten_thousand_unknown_fields_are_reported_without_searching_for_each() -> None:
    fields = "\n".join(f"field{number}: x" for number in range(10_000))
    faults = entry_from(f"id: a\nPMID: 1\n{fields}").faults
    assert len(faults) == 10_000
    assert faults[-1].suggestion is None


def test_a_confirmation_that_ends_before_it_begins_confirms_nothing() -> None:
    written = "confirmed: {by: the editor, date: 2026-11-02, until: 2026-11-01}"
    assert entry_from(f"id: a\nURL: https://a.example/\n{written}").confirmed is None


@pytest.mark.parametrize(
    "field",
    [
        "URL: http://user:hunter2@example.org/x",
        "URL: http://user:hun/ter2@example.org/x",
        "URL: http://user:hunter2@@example.org/x",
        "URL: user:hunter2@example.org/x",
        'URL: " <http://user:hunter2 @example.org>"',
        "URL: https://hunter2@example.org",
        "DOI: https://user:hunter2@doi.org/10.1000/x",
    ],
)
def test_a_password_in_an_address_is_kept_nowhere(field: str) -> None:
    reference = entry_from(f"id: a\n{field}")
    assert [fault.kind for fault in reference.faults] == [FaultKind.MALFORMED_IDENTIFIER]
    assert "ter2" not in repr(reference)
    assert "@example.org" in reference.faults[0].message or "@doi.org" in reference.faults[0].message


def test_candidates_are_read_with_identifier_score_and_title() -> None:
    read = entry_from(
        """
        id: a
        candidates:
          - {PMID: "17222320", DOI: 10.1000/a_b, score: "0.83", title: "T: *x*", x-mine: y}
          - PMCID: PMC123
        """
    )
    assert [(tuple(map(str, one.identifiers)), one.score, one.title) for one in read.candidates] == [
        (("pmid:17222320", "doi:10.1000/a_b"), 0.83, "T: *x*"),
        (("pmcid:PMC123",), None, None),
    ]
    assert (read.identifiers, read.faults) == ((), ())


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ("x", "candidates must be a list"),
        ("[x]", "a candidate must be a mapping with fields such as PMID, PMCID, DOI, score, title"),
        ("[{score: 0.5}]", "a candidate needs one of PMID, PMCID, DOI"),
        ("[{PMID: nonsense}]", "candidate PMID nonsense"),
        ("[{PMID: 1, score: high}]", "score high is not a number from 0 to 1"),
        ("[{PMID: 1, score: 1.5}]", "score 1.5 is not a number from 0 to 1"),
        ("[{PMID: 1, pmid: 2}]", "a candidate cannot have the field pmid"),
    ],
)
def test_candidates_that_cannot_be_used_are_reported(written: str, reported: str) -> None:
    [*faults] = entry_from(f"id: a\ncandidates: {written}").faults
    assert {fault.kind for fault in faults} == {FaultKind.INVALID_VALUE}
    assert any(reported in fault.message for fault in faults)
