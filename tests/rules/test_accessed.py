from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import Policy, Severity, SourceType
from evidence.rules.accessed import (
    RULES,
    accessed_before_issued,
    future_accessed_date,
    imprecise_accessed_date,
    missing_accessed_date,
    possibly_stale_accessed_date,
    stale_accessed_date,
)
from evidence.rules.case import Case
from factories import PMID, SETID, TODAY, URL, case, found_codes, only_finding, reference

AUGUST = PartialDate(2025, 8)


def cited(*identifiers: Identifier, today: date = TODAY, policy: Policy | None = None, **fields: Any) -> Case:
    return case(reference(*identifiers, **fields), today=today, policy=policy)


def test_a_stale_month_is_reported_with_both_ages_and_the_limit() -> None:
    finding = only_finding(stale_accessed_date, cited(URL, accessed=AUGUST))
    assert (finding.code, finding.severity) == ("ACC001", Severity.WARNING)
    assert finding.message == "access date 2025-08 is 449 to 479 days old (limit: 365 days)"
    assert finding.place == Place("references.yaml", 5, 11)


def test_a_stale_day_is_reported_with_its_one_age() -> None:
    finding = only_finding(stale_accessed_date, cited(SETID, accessed=PartialDate(2025, 11, 22)))
    assert finding.message == "access date 2025-11-22 is 366 days old (limit: 365 days)"


@pytest.mark.parametrize(
    ("today", "codes"),
    [
        (date(2026, 8, 1), ["ACC004"]),
        (date(2026, 8, 2), ["ACC004", "ACC006"]),
        (date(2026, 8, 31), ["ACC004", "ACC006"]),
        (date(2026, 9, 1), ["ACC001", "ACC004"]),
    ],
)
def test_august_2025_is_possibly_stale_from_2_august_and_stale_from_1_september(today: date, codes: list[str]) -> None:
    assert found_codes(RULES, cited(URL, accessed=AUGUST, today=today)) == codes


def test_a_possibly_stale_date_is_an_info_with_its_range() -> None:
    finding = only_finding(possibly_stale_accessed_date, cited(URL, accessed=AUGUST, today=date(2026, 8, 15)))
    assert (finding.code, finding.severity) == ("ACC006", Severity.INFO)
    assert finding.message == "access date 2025-08 is 349 to 379 days old (limit: 365 days, possibly exceeded)"


def test_the_finding_stays_the_same_while_the_days_go_by() -> None:
    today = only_finding(stale_accessed_date, cited(URL, accessed=AUGUST))
    later = only_finding(stale_accessed_date, cited(URL, accessed=AUGUST, today=TODAY + timedelta(days=30)))
    assert today.fingerprint == later.fingerprint
    assert today.message != later.message


def test_the_limit_is_that_of_the_kind_of_source() -> None:
    policy = Policy(accessed_limit={SourceType.WEBPAGE: 30, SourceType.LABEL: None, SourceType.ARTICLE: None})
    read = PartialDate(2026, 10, 1)
    assert found_codes(RULES, cited(URL, accessed=read, policy=policy)) == ["ACC001"]
    assert found_codes(RULES, cited(SETID, accessed=read, policy=policy)) == []
    assert found_codes(RULES, cited(PMID, URL, accessed=read, policy=policy)) == []


def test_an_article_is_never_stale_by_default() -> None:
    assert found_codes(RULES, cited(PMID, accessed=PartialDate(1999, 1, 1))) == []


@pytest.mark.parametrize(("identifier", "what"), [(URL, "web page"), (SETID, "label")])
def test_a_label_or_page_without_an_accessed_date_is_an_error(identifier: Identifier, what: str) -> None:
    finding = only_finding(missing_accessed_date, cited(identifier))
    assert (finding.code, finding.severity) == ("ACC002", Severity.ERROR)
    assert finding.message == f"the access date of this {what} is missing"
    assert finding.place.line == 4


@pytest.mark.parametrize("identifiers", [(PMID,), (PMID, URL), (Identifier(IdKind.NCT, "NCT00568555"),), ()])
def test_an_article_a_trial_or_an_entry_without_identifier_needs_none(identifiers: tuple[Identifier, ...]) -> None:
    assert found_codes(RULES, cited(*identifiers)) == []


def test_an_accessed_date_that_cannot_be_read_is_not_called_missing() -> None:
    unreadable = cited(URL, accessed=None)
    assert "accessed" in unreadable.reference.places
    assert found_codes(RULES, unreadable) == []


def test_tomorrow_is_allowed_and_the_day_after_is_the_future() -> None:
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 11, 24))) == []
    finding = only_finding(future_accessed_date, cited(URL, accessed=PartialDate(2026, 11, 25)))
    assert (finding.code, finding.severity) == ("ACC003", Severity.ERROR)
    assert finding.message == "access date 2026-11-25 is in the future (today: 2026-11-23)"


def test_the_last_day_of_the_calendar_can_be_judged() -> None:
    assert found_codes([future_accessed_date], cited(URL, accessed=PartialDate(2026, 11, 25), today=date.max)) == []


def test_the_current_month_is_not_the_future() -> None:
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 11))) == ["ACC004"]
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 12))) == ["ACC003", "ACC004"]


@pytest.mark.parametrize(
    "written",
    [
        PartialDate(2026),
        PartialDate(2026, 8),
        PartialDate(2026, season=3),
        PartialDate(2026, 8, 1, until=PartialDate(2026, 8, 3)),
    ],
)
def test_a_date_without_one_day_is_an_info_and_prints_as_written(written: PartialDate) -> None:
    finding = only_finding(imprecise_accessed_date, cited(URL, accessed=written))
    assert (finding.code, finding.severity) == ("ACC004", Severity.INFO)
    assert finding.message == f"access date {written} has no day"


def test_reading_before_the_issue_is_reported_only_when_certain() -> None:
    judged = cited(URL, accessed=PartialDate(2026, 2, 28), issued=PartialDate(2026, 3))
    finding = only_finding(accessed_before_issued, judged)
    assert (finding.code, finding.severity) == ("ACC005", Severity.WARNING)
    assert finding.message == "access date 2026-02-28 is before the date of issue (2026-03)"
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 3, 1), issued=PartialDate(2026, 3))) == []
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 2, 1), issued=PartialDate(2026))) == []
    assert found_codes(RULES, cited(URL, accessed=PartialDate(2026, 3), issued=PartialDate(2026, 3, 15))) == ["ACC004"]


@settings(deadline=None)  # the machine may be busy
@given(
    st.builds(PartialDate, st.integers(2020, 2026), st.none() | st.integers(1, 12)),
    st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    st.integers(0, 800),
)
def test_stale_means_every_possible_day_and_possibly_stale_means_some(
    written: PartialDate, today: date, limit: int
) -> None:
    judged = cited(URL, accessed=written, today=today, policy=Policy(accessed_limit={SourceType.WEBPAGE: limit}))
    days = (written.earliest + timedelta(days=n) for n in range((written.latest - written.earliest).days + 1))
    stale = [(today - day).days > limit for day in days]
    expected = "ACC001" if all(stale) else "ACC006" if any(stale) else None
    assert {code for code in found_codes(RULES, judged) if code in {"ACC001", "ACC006"}} == (
        {expected} if expected else set()
    )
