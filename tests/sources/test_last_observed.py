"""Looking back: what gave no record on its day is answered as it was, and nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Cause,
    Found,
    NotFound,
    Observation,
    Origin,
    Outcome,
    State,
    Unavailable,
)
from evidence.model.records import Page
from evidence.sources.cache import AskedOnce, LastObserved

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
PAGE = Identifier(IdKind.URL, "https://charity.example/page")
PAPER = Identifier(IdKind.PMID, "23359310")
UNASKED = Unavailable("offline, and no answer is stored", Cause.OFFLINE)


class Shelf:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def look_up(self, identifiers):
        for identifier in identifiers:
            yield Answer(identifier, self.outcome, "web", "web", NOW, origin=Origin.STORE)


def observed(identifier: Identifier, state: State, day: date = TODAY, **more: object) -> Observation:
    return Observation(identifier, "web", state, NOW, day, "as it was told", **more)  # type: ignore[arg-type]


def answered(identifier: Identifier, *past: Observation, outcome: Outcome = UNASKED) -> Answer:
    [answer] = LastObserved(Shelf(outcome), lambda _: {identifier: past}, TODAY).look_up([identifier])
    return answer


@pytest.mark.parametrize(
    ("observation", "outcome"),
    [
        (observed(PAGE, State.NOT_FOUND, status=404), NotFound("as it was told", 404)),
        (observed(PAGE, State.BLOCKED, status=403), Blocked("as it was told", 403)),
        (observed(PAGE, State.UNAVAILABLE, cause=Cause.TIMEOUT), Unavailable("as it was told", Cause.TIMEOUT)),
        (observed(PAPER, State.NOT_FOUND), NotFound("as it was told")),
    ],
)
def test_a_no_a_refusal_and_a_pages_silence_of_that_day_are_answered_again(observation, outcome) -> None:
    answer = answered(observation.identifier, observation)
    assert (answer.outcome, answer.as_of, answer.origin) == (outcome, TODAY, Origin.STORE)


@pytest.mark.parametrize(
    "observation",
    [
        observed(PAGE, State.FOUND),
        observed(PAGE, State.NOT_CHECKED),
        observed(PAPER, State.UNAVAILABLE, cause=Cause.TIMEOUT),
        observed(PAPER, State.BLOCKED, status=429),
        observed(PAGE, State.NOT_FOUND, date(2026, 11, 22)),
    ],
)
def test_a_record_that_is_not_at_hand_an_authoritys_silence_and_another_day_are_not(observation) -> None:
    assert answered(observation.identifier, observation).outcome == UNASKED


def test_what_is_stored_is_answered_from_the_store() -> None:
    found = Found(Page(PAGE, 200, PAGE.value))
    assert answered(PAGE, observed(PAGE, State.NOT_FOUND, status=404), outcome=found).outcome == found


@pytest.mark.parametrize(
    ("identifier", "outcome", "times"),
    [
        (PAGE, NotFound("HTTP 404", 404), 1),
        (PAGE, Blocked("HTTP 403", 403), 1),
        (PAGE, Unavailable("no answer in 20 seconds", Cause.TIMEOUT), 1),
        (PAPER, NotFound("no such PMID"), 1),
        (PAPER, Unavailable("HTTP 503", Cause.HTTP), 2),
        (PAPER, Blocked("HTTP 429", 429), 2),
        (PAGE, Found(Page(PAGE, 200, PAGE.value)), 2),
    ],
)
def test_what_has_no_record_is_asked_once_and_a_silent_service_again(
    identifier: Identifier, outcome: Outcome, times: int
) -> None:
    asked: list[Identifier] = []

    class Counting(Shelf):
        def look_up(self, identifiers):
            wanted = list(identifiers)
            asked.extend(wanted)
            return super().look_up(wanted)

    source = AskedOnce(Counting(outcome), {})
    answers = [*source.look_up([identifier]), *source.look_up([identifier])]
    assert [answer.outcome for answer in answers] == [outcome] * 2
    assert len(asked) == times
