from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Observation, State
from evidence.reports.history import MAX_OBSERVATIONS, reference_history, reported_observation, without_repeats


def observation_of(day: int, state: str = "found", *, detail: str | None = None, identifier: str = "pmid:1") -> dict:
    as_of = date.fromordinal(date(2026, 1, 1).toordinal() + day).isoformat()
    at = f"{as_of}T12:00:00Z"
    return {
        "run": f"r{day}",
        "as_of": as_of,
        "at": at,
        "identifier": identifier,
        "source": "pubmed",
        "state": state,
        "detail": detail,
    }


def test_an_observation_is_written_as_the_report_writes_it():
    moment = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
    observed = Observation(
        Identifier(IdKind.PMID, "1"), "pubmed", State.NOT_FOUND, moment, date(2026, 11, 23), "no such PMID", run="r1"
    )
    assert reported_observation(observed) == {
        "run": "r1",
        "as_of": "2026-11-23",
        "at": "2026-11-23T12:00:00Z",
        "identifier": "pmid:1",
        "source": "pubmed",
        "state": "not-found",
        "detail": "no such PMID",
    }


def test_of_a_quiet_stretch_the_first_and_the_last_are_kept():
    reported = (
        [observation_of(day) for day in range(5)]
        + [observation_of(5, "unavailable", detail="timeout")]
        + [observation_of(6)]
    )
    assert [one["run"] for one in without_repeats(reported)] == ["r0", "r4", "r5", "r6"]


def test_another_reason_begins_another_stretch():
    reported = [observation_of(0, "blocked", detail="HTTP 403"), observation_of(1, "blocked", detail="HTTP 429")]
    assert without_repeats(reported) == reported


def test_sources_and_identifiers_are_folded_apart_and_stay_in_order():
    reported = [observation_of(day, identifier=name) for day in range(4) for name in ("pmid:1", "doi:10.1/x")]
    assert [(one["run"], one["identifier"]) for one in without_repeats(reported)] == [
        ("r0", "pmid:1"),
        ("r0", "doi:10.1/x"),
        ("r3", "pmid:1"),
        ("r3", "doi:10.1/x"),
    ]


def test_a_reference_gets_the_past_of_its_own_identifiers():
    fresh = {"pmid:1": [observation_of(3, "unavailable")], "pmid:2": [observation_of(2, identifier="pmid:2")]}
    carried = [observation_of(0), observation_of(0, identifier="pmid:9")]
    assert [one["run"] for one in reference_history(["pmid:1", "pmid:2"], carried, fresh)] == ["r0", "r2", "r3"]


def test_a_restless_past_is_cut_at_its_old_end():
    restless = [observation_of(day, ("found", "unavailable")[day % 2]) for day in range(100)]
    kept = reference_history(["pmid:1"], restless[:90], {"pmid:1": restless[90:]})
    assert list(kept) == restless[-MAX_OBSERVATIONS:]


@given(st.lists(st.sampled_from(["found", "unavailable", "not-found"]), max_size=30), st.integers(0, 30))
def test_folding_bit_by_bit_is_folding_at_once(states, cut):
    reported = [observation_of(day, state) for day, state in enumerate(states)]
    assert without_repeats([*without_repeats(reported[:cut]), *reported[cut:]]) == without_repeats(reported)
