from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from evidence.demo.spl import spl_section
from evidence.model.claims import Claim, ClaimEvidence, ClaimKind, Product, Stance
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import contents_of
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.policy import Severity
from evidence.model.references import Monograph, Role
from evidence.model.rule import Finding
from evidence.rules.case import Beside, Case, VersionContents
from evidence.rules.labels import (
    RULES,
    boxed_warning_added,
    label_changed_since_accessed,
    label_items_unsaid,
    other_label,
    product_mismatch,
    superseded_pinned_version,
    unlisted_label,
    version_then,
)
from evidence.sources.spl_xml import read_contents, sections_of
from factories import PMID, SETID, answer, case, case_about, found_codes, label, only_finding, reference, spl_document
from fakes import NOON

HISTORY = ((12, date(2026, 3, 14)), (11, date(2025, 11, 2)), (10, date(2025, 2, 1)), (8, date(2019, 6, 5)))
AUGUST = PartialDate(2025, 8)
MISSING = NotFound("neither history nor list hold it")


def observed(state: State, at: datetime) -> Observation:
    return Observation(SETID, "dailymed", state, at, at.date())


def unlisted(*history: Observation) -> Case:
    return case(reference(SETID), answer(SETID, MISSING), history={SETID: history} if history else None)


def test_a_set_id_that_dailymed_does_not_list_is_an_error() -> None:
    finding = only_finding(unlisted_label, unlisted())
    assert (finding.code, finding.severity) == ("SPL001", Severity.ERROR)
    assert finding.place == Place("references.yaml", 4, 11)
    assert SETID.value in finding.message


def test_a_label_seen_in_an_earlier_run_is_not_called_unlisted_at_once() -> None:
    assert found_codes(RULES, unlisted(observed(State.FOUND, NOON - timedelta(days=7)))) == []


def test_a_label_seen_earlier_and_missing_for_a_day_is_unlisted() -> None:
    history = (observed(State.FOUND, NOON - timedelta(days=7)), observed(State.NOT_FOUND, NOON - timedelta(hours=25)))
    assert found_codes(RULES, unlisted(*history)) == ["SPL001"]


@pytest.mark.parametrize("silence", [Unavailable("no answer", Cause.TIMEOUT), Blocked("HTTP 403", 403)])
def test_silence_says_nothing_of_a_label_even_when_one_is_remembered(silence: Outcome) -> None:
    remembered = answer(SETID, silence, remembered=label(*HISTORY))
    assert found_codes(RULES, case(reference(SETID, accessed=AUGUST, spl_version=8), remembered)) == []


def test_versions_published_after_the_accessed_month_are_counted_and_the_one_read_is_named() -> None:
    finding = only_finding(label_changed_since_accessed, case_about(label(*HISTORY), accessed=AUGUST))
    assert (finding.code, finding.severity) == ("SPL002", Severity.WARNING)
    assert finding.message == (
        "label revised 2 times since it was accessed (2025-08): "
        "version 10 (2025-02-01) then, version 12 (2026-03-14) now; the changed sections are not known"
    )
    assert finding.place.line == 5


def test_a_version_published_within_the_accessed_month_possibly_changed_it() -> None:
    judged = case_about(label((10, date(2025, 8, 14)), (9, date(2025, 2, 1))), accessed=AUGUST)
    finding = only_finding(label_changed_since_accessed, judged)
    assert finding.severity is Severity.INFO
    assert finding.message == (
        "label possibly revised since it was accessed (2025-08): version 9 or 10 then, version 10 (2025-08-14) now; "
        "the changed sections are not known"
    )


def test_a_version_published_on_the_very_day_of_reading_is_only_possibly_newer() -> None:
    judged = case_about(label((10, date(2025, 8, 14))), accessed=PartialDate(2025, 8, 14))
    assert only_finding(label_changed_since_accessed, judged).severity is Severity.INFO


def test_a_change_after_the_month_is_certain_although_another_falls_within() -> None:
    versions = ((11, date(2025, 9, 1)), (10, date(2025, 8, 20)), (9, date(2025, 8, 2)), (8, date(2024, 1, 1)))
    finding = only_finding(label_changed_since_accessed, case_about(label(*versions), accessed=AUGUST))
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith(
        "label revised since it was accessed (2025-08): version 8, 9 or 10 then, version 11 (2025-09-01) now"
    )


def test_a_reading_older_than_the_history_says_so() -> None:
    finding = only_finding(label_changed_since_accessed, case_about(label(*HISTORY), accessed=PartialDate(2010)))
    assert finding.message.endswith("; DailyMed lists no version from that time")


def contents(version: int, sections: Mapping[str, str], *, in_lock: bool = False) -> VersionContents:
    """What a version says by LOINC code; where it comes from a lock, only the facts are at hand."""
    identifier = contents_of(SETID, version)
    raw = spl_document(*(spl_section(code, text=text) for code, text in sections.items()), version=version)
    given = answer(identifier, Found(read_contents(identifier, raw)))
    return VersionContents(given if in_lock else replace(given, raw=raw), sections_of)


def changed(before: Mapping[str, str], after: Mapping[str, str], *, in_lock: bool = False) -> Case:
    """A label of which version 2 was read and version 3 is current."""
    versions = label((3, date(2026, 3, 14)), (2, date(2025, 2, 1)))
    both = {2: contents(2, before, in_lock=in_lock), 3: contents(3, after, in_lock=in_lock)}
    return replace(case_about(versions, accessed=AUGUST), contents=both)


SAID = {"34067-9": "For pain.", "34068-7": "One tablet a day for a week.", "34070-3": "None.", "51945-4": "Rx only"}


def test_the_sections_that_changed_are_named_with_the_number_of_places() -> None:
    now = SAID | {"34068-7": "Two tablets a day for a month.", "34070-3": "Hepatitis."}

    finding = only_finding(label_changed_since_accessed, changed(SAID, now))

    assert finding.severity is Severity.WARNING
    assert finding.message.endswith(
        "version 3 (2026-03-14) now: changed dosage (2 places), contraindications (1); 3 sections unchanged"
    )
    assert finding.details == {
        "then": 2,
        "now": 3,
        "sections": [
            {"code": "34068-7", "name": "dosage", "state": "changed", "places": 2},
            {"code": "34070-3", "name": "contraindications", "state": "changed", "places": 1},
        ],
        "unchanged": 3,
    }


def test_by_a_lock_which_has_only_hashes_the_sections_are_named_without_a_number() -> None:
    finding = only_finding(label_changed_since_accessed, changed(SAID, SAID | {"34070-3": "Hepatitis."}, in_lock=True))
    assert finding.message.endswith("now: changed contraindications; 4 sections unchanged")


def test_new_and_removed_sections_are_said_to_be_so() -> None:
    now = {code: text for code, text in SAID.items() if code != "34070-3"} | {"34066-1": "Liver failure."}
    finding = only_finding(label_changed_since_accessed, changed(SAID, now))
    assert finding.message.endswith("now: new boxed warning; removed contraindications; 4 sections unchanged")


def test_a_new_format_is_said_to_be_one() -> None:
    finding = only_finding(
        label_changed_since_accessed, changed(SAID | {"42232-9": "Take care."}, SAID | {"43685-7": "Take care."})
    )
    assert "the label has a new format; new warnings and precautions; removed precautions; 5 sections unchanged" in (
        finding.message
    )


def test_a_new_package_label_alone_is_an_info_of_the_same_fact() -> None:
    quiet = only_finding(label_changed_since_accessed, changed(SAID, SAID | {"51945-4": "Rx only. 30 tablets"}))
    grave = only_finding(label_changed_since_accessed, changed(SAID, SAID | {"34070-3": "Hepatitis."}))

    assert quiet.severity is Severity.INFO
    assert quiet.message.endswith("now: changed package label (1 place) only; 4 sections unchanged")
    assert (quiet.fingerprint, quiet.evidence) == (grave.fingerprint, grave.evidence)


def test_formatting_alone_changes_no_section() -> None:
    finding = only_finding(
        label_changed_since_accessed, changed(SAID, SAID | {"34067-9": "<content>For</content> pain"})
    )
    assert finding.severity is Severity.INFO
    assert finding.message.endswith("now: no section changed")


def test_contents_that_dailymed_does_not_have_leave_the_warning_as_it_was() -> None:
    judged = changed(SAID, SAID)
    missing = replace(judged.contents[2].answer, outcome=NotFound("DailyMed has no contents of version 2"))
    judged = replace(judged, contents=judged.contents | {2: replace(judged.contents[2], answer=missing)})

    finding = only_finding(label_changed_since_accessed, judged)

    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("now; the changed sections are not known")


@pytest.mark.parametrize(("before", "found"), [(SAID, ["SPL002", "SPL006"]), (SAID | {"34066-1": "Old."}, ["SPL002"])])
def test_a_boxed_warning_that_was_not_there_then_is_an_error(before: Mapping[str, str], found: list[str]) -> None:
    judged = changed(before, SAID | {"34066-1": "Liver failure."})

    assert found_codes(RULES, judged) == found
    for finding in boxed_warning_added.findings(judged):
        assert finding.severity is Severity.ERROR
        assert finding.message == (
            "version 3 (2026-03-14) has a boxed warning; version 2 (2025-02-01), current when it was accessed, had none"
        )


def test_a_waiver_of_a_boxed_warning_rests_on_its_words_and_not_on_the_version() -> None:
    def finding_of(now: Mapping[str, str]) -> Finding:
        return only_finding(boxed_warning_added, changed(SAID, SAID | now))

    found = finding_of({"34066-1": "Liver failure."})

    elsewhere = finding_of({"34066-1": "Liver <content>failure</content>", "34068-7": "Two tablets."})
    assert (elsewhere.fingerprint, elsewhere.evidence) == (found.fingerprint, found.evidence)
    assert finding_of({"34066-1": "Liver failure and death."}).evidence != found.evidence


CAPSULES = Product("testol", ("4.5 mg",), "capsule")  # the label of tests is of tablets of 50 mg
LISTED = SAID | {"34070-3": "<list><item>Acute hepatitis</item><item>Use of opioids</item></list>"}


def beside_product(sections: Mapping[str, str] = LISTED, *, in_lock: bool = False, **fields: object) -> Case:
    """A label beside a monograph of capsules that names opioids; `kind` is that of a claim that rests on the label."""
    kind, stance = fields.pop("kind", None), fields.pop("stance", Stance.SUPPORTS)
    judged = case_about(label((3, date(2026, 3, 14))), accessed=PartialDate(2026, 4), **fields)
    place = judged.reference.place
    assert kind is None or isinstance(kind, ClaimKind)
    assert isinstance(stance, Stance)
    claim = Claim("dose", "It holds 4.5 mg.", place, kind, (ClaimEvidence("entry", place, stance),))
    return replace(
        judged,
        contents={3: contents(3, sections, in_lock=in_lock)},
        library=replace(judged.library, monograph=Monograph(product=CAPSULES), claims=(claim,)),
        beside=Beside(sentences=["It must not be used with opioids."]),
    )


def test_a_label_of_another_product_is_a_warning_that_names_both() -> None:
    finding = only_finding(product_mismatch, beside_product())
    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "label of a different product: TABLET, FILM COATED 50 mg; the monograph is about capsule 4.5 mg"
    )


@pytest.mark.parametrize("kind", [ClaimKind.DOSE, ClaimKind.STORAGE])
def test_a_label_of_another_product_is_an_error_where_a_dose_or_its_storage_rests_on_it(kind: ClaimKind) -> None:
    finding = only_finding(product_mismatch, beside_product(kind=kind))
    assert finding.severity is Severity.ERROR
    assert finding.message.endswith("; claims about dose or storage are based on it: dose")
    aside = only_finding(product_mismatch, beside_product(kind=kind, stance=Stance.BACKGROUND))
    assert aside.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"role": Role.PARENT_DRUG_LABEL, "limits": "The label is of tablets of 50 mg."}, []),
        ({"role": Role.PARENT_DRUG_LABEL}, ["SPL005"]),
        ({"limits": "The label is of tablets of 50 mg."}, ["SPL005"]),
        ({"role": Role.BACKGROUND, "limits": "The label is of tablets of 50 mg."}, ["SPL005"]),
    ],
    ids=["role and limits", "role alone", "limits alone", "another role"],
)
def test_only_the_role_of_a_parent_label_with_its_limits_says_that_another_product_is_meant(
    fields: Mapping[str, object], found: list[str]
) -> None:
    assert found_codes((product_mismatch,), beside_product(**fields)) == found
    assert found_codes((label_items_unsaid,), beside_product(**fields)) == ["SPL007"]  # of the drug, in any product


def test_a_declared_strength_that_is_no_number_with_a_unit_is_said_not_to_be_compared() -> None:
    judged = beside_product()
    product = replace(CAPSULES, strengths=("1.5-50 mg",), form="tablet")
    declared = replace(judged, library=replace(judged.library, monograph=Monograph(product=product)))
    finding = only_finding(product_mismatch, declared)
    assert (finding.severity, finding.message) == (
        Severity.INFO,
        "strengths that cannot be compared with the label's: 1.5-50 mg",
    )


def test_what_the_label_lists_and_the_monograph_leaves_out_is_an_info() -> None:
    finding = only_finding(label_items_unsaid, beside_product())
    assert (finding.severity, finding.message) == (
        Severity.INFO,
        "the label's contraindications name also: Acute hepatitis",
    )


def test_by_a_lock_the_product_is_compared_and_lists_of_which_there_is_no_text_cannot_be_checked() -> None:
    judged = beside_product(in_lock=True)
    assert only_finding(product_mismatch, judged) == only_finding(product_mismatch, beside_product())
    finding = only_finding(label_items_unsaid, judged)
    assert (finding.severity, finding.message) == (
        Severity.INFO,
        "what the label's contraindications name cannot be checked: only the hashes of the label's sections are stored",
    )
    without = {code: text for code, text in SAID.items() if code != "34070-3"}
    assert found_codes((label_items_unsaid,), beside_product(without, in_lock=True)) == []


def test_contents_that_dailymed_does_not_have_cannot_be_checked_and_those_nobody_gave_are_not_judged() -> None:
    judged = beside_product(kind=ClaimKind.DOSE)

    def answered(outcome: Outcome) -> Case:
        given = replace(judged.contents[3], answer=replace(judged.contents[3].answer, outcome=outcome, raw=None))
        return replace(judged, contents={3: given})

    for rule in (product_mismatch, label_items_unsaid):
        finding = only_finding(rule, answered(NotFound("DailyMed has no contents of version 3")))
        assert finding.severity is Severity.INFO
        assert finding.message.endswith("cannot be checked: DailyMed has no contents of version 3")
        assert found_codes((rule,), answered(Unavailable("timeout", Cause.TIMEOUT))) == []


def test_waivers_about_the_product_and_about_lists_rest_on_the_hashes_of_their_sections() -> None:
    def evidence_of(sections: Mapping[str, str], *, in_lock: bool = False) -> list[tuple[tuple[str, str], ...]]:
        judged = beside_product(sections, in_lock=in_lock)
        return [only_finding(rule, judged).evidence for rule in (product_mismatch, label_items_unsaid)]

    product, items = evidence_of(LISTED)
    assert product
    assert items
    assert evidence_of(LISTED, in_lock=True) == [product, items]
    assert evidence_of(LISTED | {"34068-7": "Two tablets."}) == [product, items]
    longer = LISTED["34070-3"].replace("</list>", "<item>Hepatic failure</item></list>")
    same, other = evidence_of(LISTED | {"34070-3": longer})
    assert (same, other == items) == (product, False)
    same, other = evidence_of(LISTED | {"34066-1": "Hepatotoxicity"})
    assert (same, other == items) == (product, False)


@pytest.mark.parametrize(
    ("pinned", "then"),
    [(None, 8), (9, 9), (10, 10), (7, 8)],
    ids=["the first of several", "the one that the entry names", "the last", "none that could have been read"],
)
def test_the_version_then_current_is_the_named_one_among_those_of_the_month(pinned: int | None, then: int) -> None:
    versions = ((11, date(2025, 9, 1)), (10, date(2025, 8, 20)), (9, date(2025, 8, 2)), (8, date(2024, 1, 1)))
    cited = reference(SETID, accessed=AUGUST, spl_version=pinned)
    found = version_then(cited, label(*versions, (7, date(2020, 1, 1))))
    assert found is not None
    assert found.version == then


def test_a_label_unchanged_since_it_was_read_is_no_finding() -> None:
    assert found_codes(RULES, case_about(label(*HISTORY), accessed=PartialDate(2026, 4))) == []
    assert found_codes(RULES, case_about(label(*HISTORY))) == []


def test_a_further_version_is_another_finding() -> None:
    before = only_finding(label_changed_since_accessed, case_about(label(*HISTORY[1:]), accessed=AUGUST))
    after = only_finding(label_changed_since_accessed, case_about(label(*HISTORY), accessed=AUGUST))
    assert before.fingerprint != after.fingerprint


def test_a_pinned_version_that_is_not_current_is_superseded() -> None:
    finding = only_finding(superseded_pinned_version, case_about(label(*HISTORY), spl_version=10))
    assert (finding.code, finding.severity) == ("SPL003", Severity.WARNING)
    assert finding.message == "version 10 (2025-02-01) is superseded; the current one is version 12 (2026-03-14)"
    assert finding.suggestion == "read version 12, correct the text if needed, set spl-version: 12"
    assert finding.place.line == 5


def test_a_pinned_version_that_never_existed_is_reported_as_such() -> None:
    for pin in (9, 13):
        finding = only_finding(superseded_pinned_version, case_about(label(*HISTORY), spl_version=pin))
        assert finding.message == (
            f"version {pin} is not in DailyMed's history of this label; the current one is version 12 (2026-03-14)"
        )


def test_the_current_version_pinned_is_no_finding() -> None:
    assert found_codes(RULES, case_about(label(*HISTORY), spl_version=12)) == []


def test_spl004_a_label_of_another_drug_is_an_error_that_names_both() -> None:
    finding = only_finding(
        other_label, case_about(label(*HISTORY), title="Metformin tablets", cited_as="Metformin. 2023.")
    )
    assert (finding.code, finding.severity) == ("SPL004", Severity.ERROR)
    assert finding.place == Place("references.yaml", 4, 11)
    assert '"NALTREXONE tablet"' in finding.message
    assert '"Metformin tablets; Metformin. 2023."' in finding.message


@pytest.mark.parametrize("printed", [{}, {"title": "Naltrexone"}, {"cited_as": "DailyMed. Prescribing information."}])
def test_a_label_is_not_called_another_drugs_where_its_name_or_none_is_printed(printed: dict[str, str]) -> None:
    assert found_codes((other_label,), case_about(label(*HISTORY), **printed)) == []
    as_another = {key: text.replace("Naltrexone", "Metformin") for key, text in printed.items()}
    expected = ["SPL004"] if as_another != printed else []
    assert found_codes((other_label,), case_about(label(*HISTORY), **as_another)) == expected


def test_the_title_of_an_article_beside_a_set_id_is_not_the_name_of_a_label() -> None:
    answers = answer(SETID, Found(label(*HISTORY)))
    assert found_codes((other_label,), case(reference(PMID, SETID, title="Effects of metformin"), answers)) == []
