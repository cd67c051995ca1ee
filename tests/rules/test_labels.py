from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Observation, Outcome, State, Unavailable
from evidence.model.policy import Severity
from evidence.rules.case import Case
from evidence.rules.labels import (
    RULES,
    label_changed_since_accessed,
    other_label,
    superseded_pinned_version,
    unlisted_label,
)
from factories import PMID, SETID, answer, case, case_about, found_codes, label, only_finding, reference
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
        "version 10 (2025-02-01) then, version 12 (2026-03-14) now"
    )
    assert finding.place.line == 5


def test_a_version_published_within_the_accessed_month_possibly_changed_it() -> None:
    judged = case_about(label((10, date(2025, 8, 14)), (9, date(2025, 2, 1))), accessed=AUGUST)
    finding = only_finding(label_changed_since_accessed, judged)
    assert finding.severity is Severity.INFO
    assert finding.message == (
        "label possibly revised since it was accessed (2025-08): version 9 or 10 then, version 10 (2025-08-14) now"
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
    assert finding.message.endswith("version 8, 9 or 10 then, version 11 (2025-09-01) now")


def test_a_reading_older_than_the_history_says_so() -> None:
    finding = only_finding(label_changed_since_accessed, case_about(label(*HISTORY), accessed=PartialDate(2010)))
    assert finding.message.endswith("; DailyMed lists no version from that time")


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
