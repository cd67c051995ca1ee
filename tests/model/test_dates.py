from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.dates import Age, DateError, PartialDate, When, age, from_parts, guess, parse, when


@st.composite
def single_dates(draw: st.DrawFn) -> PartialDate:
    day = draw(st.dates(min_value=date(1, 1, 1)))
    return draw(
        st.sampled_from(
            [
                PartialDate(day.year),
                PartialDate(day.year, season=1 + day.month % 4),
                PartialDate(day.year, day.month),
                PartialDate(day.year, day.month, day.day),
            ]
        )
    )


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    first = draw(single_dates())
    second = draw(st.none() | single_dates())
    if second is None or second.latest < first.earliest:
        return first
    return PartialDate(first.year, first.month, first.day, first.season, until=second)


@given(partial_dates())
def test_what_is_printed_reads_back_as_the_same_date(written: PartialDate) -> None:
    assert parse(str(written)) == written


@given(partial_dates(), st.dates())
def test_an_age_spans_exactly_the_days_that_the_date_can_mean(written: PartialDate, today: date) -> None:
    span = age(written, today)
    assert today - timedelta(days=span.least) == written.latest
    assert today - timedelta(days=span.most) == written.earliest


@given(partial_dates(), st.dates())
def test_a_day_is_within_a_date_exactly_when_the_date_can_mean_it(written: PartialDate, event: date) -> None:
    assert (when(event, written) is When.WITHIN) == (written.earliest <= event <= written.latest)


def read(text: str) -> PartialDate | DateError:
    try:
        return parse(text)
    except DateError as error:
        return error


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused_with_the_reason(text: str) -> None:
    reported = read(text)
    assert str(reported)
    assert not isinstance(reported, DateError) or reported.suggestion is None or parse(reported.suggestion)


def test_a_month_without_a_day_is_an_interval() -> None:
    written = parse("2025-08")
    assert (written.earliest, written.latest) == (date(2025, 8, 1), date(2025, 8, 31))


def test_august_2025_is_449_to_479_days_old_on_23_november_2026() -> None:
    assert age(parse("2025-08"), date(2026, 11, 23)) == Age(449, 479)


def test_a_year_of_a_365_day_limit_ends_possibly_in_august_and_certainly_in_september() -> None:
    written = parse("2025-08")
    assert age(written, date(2026, 8, 1)).most == 365
    assert age(written, date(2026, 8, 31)).least == 365
    assert age(written, date(2026, 9, 1)).least == 366


@pytest.mark.parametrize(
    ("event", "expected"),
    [(date(2025, 7, 31), When.BEFORE), (date(2025, 8, 14), When.WITHIN), (date(2025, 9, 1), When.AFTER)],
)
def test_an_event_lies_before_within_or_after_a_month(event: date, expected: When) -> None:
    assert when(event, parse("2025-08")) is expected


@pytest.mark.parametrize("text", ["2025-08~", "2025-08?", "2025-08%"])
def test_qualifiers_are_read_over(text: str) -> None:
    assert parse(text) == PartialDate(2025, 8)


def test_a_season_and_an_interval_are_read() -> None:
    assert parse("2025-23") == PartialDate(2025, season=3)
    assert parse("2024-12/2025-01") == PartialDate(2024, 12, until=PartialDate(2025, 1))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2025-13", "month 13"),
        ("2025-02-30", "February 2025 has 28 days"),
        ("2025-08-00", "day 0"),
        ("0000", "year 0"),
        ("2025-22-01", "a season has no day"),
        ("2025/2026-13", "month 13"),
        ("", "expected a date"),
        ("2025-08-14T10:00", "expected a date"),
        ("last summer", "expected a date"),
        ("x" * 100_000, "expected a date"),
    ],
)
def test_an_impossible_date_is_refused_with_the_reason(text: str, part: str) -> None:
    with pytest.raises(DateError, match=part):
        parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Augst 2025", "2025-08"),
        ("August 2025", "2025-08"),
        ("accessed August 2025", "2025-08"),
        ("14 Aug 2025", "2025-08-14"),
        ("Aug 14, 2025", "2025-08-14"),
        ("Sept. 2025", "2025-09"),
        ("08/2025", "2025-08"),
        ("2025/08", "2025-08"),
        ("2025-8", "2025-08"),
        ("20250814", "2025-08-14"),
        ("14.08.2025", "2025-08-14"),
        ("08/14/2025", "2025-08-14"),
        ("2025-09/2025-08", "2025-08/2025-09"),
    ],
)
def test_another_wording_is_no_date_but_the_right_form_is_proposed(text: str, meant: str) -> None:
    with pytest.raises(DateError, match=f"did you mean {meant}") as caught:
        parse(text)
    assert caught.value.suggestion == meant


@pytest.mark.parametrize("text", ["03/04/2025", "2025 or 2026 August", "May June 2025", "31 February 2025", "2025-XX"])
def test_an_open_wording_gets_no_proposal(text: str) -> None:
    assert guess(text) is None


def test_numbers_make_a_date_and_a_month_of_21_a_season() -> None:
    assert from_parts(2025, 8, 14) == PartialDate(2025, 8, 14)
    assert from_parts(2025, 21) == PartialDate(2025, season=1)
