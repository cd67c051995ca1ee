from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.model.outcomes import Cause, NotFound, Observation, Origin, State, Unavailable
from evidence.rules.case import Case
from evidence.rules.identifiers import judged_at, not_found_caveat, registry_caveat, unconfirmed
from factories import PMID, TODAY, URL, answer, case, reference
from fakes import NOON

MISSING = NotFound("not there")


def observed(state: State, hours_ago: float, origin: Origin = Origin.NETWORK) -> Observation:
    at = NOON - timedelta(hours=hours_ago)
    return Observation(PMID, "pubmed", state, at, at.date(), origin=origin)


def gone(*history: Observation, today: date = TODAY) -> Case:
    return case(reference(PMID), answer(PMID, MISSING), history={PMID: history}, today=today)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param((), id="never asked"),
        pytest.param((observed(State.NOT_FOUND, 1),), id="never found"),
        pytest.param((observed(State.UNAVAILABLE, 50), observed(State.BLOCKED, 30)), id="never answered"),
        pytest.param((observed(State.FOUND, 90), observed(State.NOT_FOUND, 24)), id="missed a day ago"),
        pytest.param(
            (observed(State.FOUND, 90), observed(State.NOT_FOUND, 30), observed(State.NOT_FOUND, 1)), id="missed twice"
        ),
        pytest.param(
            (observed(State.FOUND, 90), observed(State.NOT_FOUND, 30), observed(State.UNAVAILABLE, 1)),
            id="silence between",
        ),
        pytest.param(
            (observed(State.FOUND, 90), observed(State.NOT_FOUND, 30), observed(State.FOUND, 2, Origin.STORE)),
            id="served from the store",
        ),
    ],
)
def test_a_registrys_no_is_believed(history: tuple[Observation, ...]) -> None:
    assert unconfirmed(history, NOON) is None


@pytest.mark.parametrize(
    "history",
    [
        pytest.param((observed(State.FOUND, 90),), id="gone for the first time"),
        pytest.param((observed(State.FOUND, 90), observed(State.NOT_FOUND, 23)), id="missed today"),
        pytest.param((observed(State.NOT_FOUND, 90), observed(State.FOUND, 30)), id="back in between"),
        pytest.param((observed(State.FOUND, 90), observed(State.UNAVAILABLE, 30)), id="silence is no miss"),
    ],
)
def test_a_registrys_no_gets_a_caveat_after_a_yes(history: tuple[Observation, ...]) -> None:
    assert unconfirmed(history, NOON)


def test_the_caveat_says_since_when_and_until_when() -> None:
    history = (observed(State.FOUND, 24 * 7), observed(State.NOT_FOUND, 13))
    assert unconfirmed(history, NOON) == (
        "found on 2026-11-16, not found since 2026-11-22; a run after 2026-11-23 23:00 UTC can confirm this"
    )


def test_weeks_can_be_played_through_with_the_as_of_date() -> None:
    first = Observation(PMID, "pubmed", State.FOUND, NOON, date(2026, 11, 1))
    second = Observation(PMID, "pubmed", State.NOT_FOUND, NOON, date(2026, 11, 8))
    about = gone(first, second, today=date(2026, 11, 15))
    assert not_found_caveat(about, about.answers[0]) is None
    about = gone(first, today=date(2026, 11, 8))
    assert not_found_caveat(about, about.answers[0])


def test_the_time_of_day_is_kept_on_the_as_of_date() -> None:
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert judged_at(at, date(2026, 12, 1)) == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert judged_at(at, at.date()) == at


def test_only_a_registrys_no_gets_a_caveat() -> None:
    about = gone(observed(State.FOUND, 90))
    assert registry_caveat(about, about.answers[0])
    assert registry_caveat(about, answer(PMID, Unavailable("no answer", Cause.TIMEOUT))) is None
    page = case(reference(URL), answer(URL, MISSING), history={URL: (observed(State.FOUND, 90),)})
    assert registry_caveat(page, page.answers[0]) is None
