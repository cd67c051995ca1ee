from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.app.due import Verification, due, is_due_soon
from evidence.model.dates import parse
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import State
from evidence.model.policy import Policy, SourceType
from evidence.model.references import Confirmation
from factories import pmid, reference_named, url

TODAY = date(2026, 11, 23)
OBSERVED = Verification(State.FOUND, None)
LABEL = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")


def page(accessed: str | None = None, **more):
    return replace(reference_named("page", url("https://example.org/a")), accessed=accessed and parse(accessed), **more)


def items(reference, *, policy=None, verified=OBSERVED, today=TODAY, within=30):
    reported = due(reference, policy or Policy(), verified, today, timedelta(days=within))
    return [(str(item.kind), item.on.isoformat()) for item in reported]


@pytest.mark.parametrize(
    ("accessed", "expected"),
    [
        ("2025-11-23", [("accessed", "2026-11-23")]),  # today is the last good day
        ("2025-12-23", [("accessed", "2026-12-23")]),  # thirty days ahead
        ("2025-12-24", []),
        ("2025-08-14", [("accessed", "2026-08-14")]),  # long past
        ("2025-12", [("accessed", "2026-12-01")]),  # a month counts from its first day
        ("2026-11", []),
    ],
)
def test_an_accessed_date_is_due_on_the_last_day_it_surely_holds(accessed, expected):
    assert items(page(accessed)) == expected


def test_a_label_has_the_limit_of_labels_and_an_article_none():
    policy = Policy(accessed_limit={SourceType.LABEL: 30, SourceType.WEBPAGE: 365, SourceType.ARTICLE: None})
    read = parse("2026-11-01")
    assert items(replace(reference_named("label", LABEL), accessed=read), policy=policy) == [("accessed", "2026-12-01")]
    assert items(replace(reference_named("paper", pmid(1)), accessed=parse("1990")), policy=policy) == []


@pytest.mark.parametrize(
    ("today", "message"),
    [
        (
            date(2026, 7, 20),
            "access date 2025-08 expires between 2026-08-01 and 2026-08-31",
        ),
        (
            date(2026, 8, 1),
            "access date 2025-08 expires between 2026-08-01 and 2026-08-31",
        ),
        (
            date(2026, 8, 2),
            "access date 2025-08 may have expired on 2026-08-01; it expires on 2026-08-31 at the latest",
        ),
        (
            date(2026, 8, 31),
            "access date 2025-08 may have expired on 2026-08-01; it expires on 2026-08-31 at the latest",
        ),
        (date(2026, 9, 1), "access date 2025-08 expired between 2026-08-01 and 2026-08-31"),
    ],
)
def test_a_month_may_have_run_out_before_it_surely_has(today, message):
    (item,) = due(page("2025-08"), Policy(), OBSERVED, today)
    assert item.message == message
    assert str(item.on) in message


def test_an_entire_day_runs_out_after_itself_alone():
    (item,) = due(page("2025-08-14"), Policy(), OBSERVED, date(2026, 9, 1))
    assert (item.on, item.message) == (date(2026, 8, 14), "access date 2025-08-14 expired on 2026-08-14")


def test_a_confirmation_is_due_on_its_last_day():
    confirmed = Confirmation("the editor", date(2026, 6, 1), date(2026, 12, 1))
    (item,) = due(page(confirmed=confirmed, owner="the pharmacist"), Policy(), OBSERVED, TODAY)
    assert (item.on, item.owner) == (date(2026, 12, 1), "the pharmacist")
    assert item.message == "the editor's confirmation expires on 2026-12-01"
    ended = replace(confirmed, until=date(2026, 11, 1))
    (item,) = due(page(confirmed=ended), Policy(), OBSERVED, TODAY)
    assert item.message == "the editor's confirmation expired on 2026-11-01"
    assert items(page(confirmed=replace(confirmed, until=None))) == []
    assert items(page(confirmed=replace(confirmed, until=date(2027, 1, 1)))) == []


@pytest.mark.parametrize(
    ("state", "last_found", "expected"),
    [
        (State.FOUND, None, []),
        (State.NOT_FOUND, None, []),  # a finding says so
        (State.UNAVAILABLE, date(2026, 11, 20), []),
        (State.UNAVAILABLE, date(2026, 10, 25), []),  # 29 days ago
        (State.UNAVAILABLE, date(2026, 10, 24), [("verification", "2026-11-23")]),
        (State.BLOCKED, None, [("verification", "2026-11-23")]),
    ],
)
def test_what_no_run_could_verify_for_a_metadata_life_is_due(state, last_found, expected):
    assert items(page(), verified=Verification(state, last_found)) == expected


def test_a_person_vouches_for_a_page_that_keeps_machines_out():
    vouched = page(confirmed=Confirmation("the editor", TODAY, TODAY + timedelta(days=99)))
    assert items(vouched, verified=Verification(State.BLOCKED, None)) == []


def test_limits_without_end_and_years_without_end_are_no_trouble():
    policy = Policy(accessed_limit=dict.fromkeys(SourceType, 10**9))
    assert items(page("2025-08"), policy=policy) == []
    assert items(page("9999")) == []


@pytest.mark.parametrize(
    ("accessed", "limit", "soon"),
    [
        ("2026-05-27", 365, False),  # 180 days ago
        ("2026-05-26", 365, True),
        ("2025-11-23", 365, True),
        ("2025-11-22", 365, False),  # run out
        ("2026-10-10", 90, False),  # 44 days of 90
        ("2026-10-08", 90, True),
    ],
)
def test_a_source_is_due_soon_from_180_days_or_half_its_limit_on(accessed, limit, soon):
    policy = Policy(accessed_limit=dict.fromkeys(SourceType, limit))
    assert is_due_soon(page(accessed), policy, TODAY) is soon
