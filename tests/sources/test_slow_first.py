from datetime import UTC, date, datetime

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Cause, Observation, State
from evidence.sources.web import SlowFirst
from factories import url
from fakes import FakeSource


def observed(identifier: Identifier, state: State, cause: Cause | None = None) -> Observation:
    return Observation(identifier, "web", state, datetime(2026, 11, 22, tzinfo=UTC), date(2026, 11, 22), cause=cause)


def test_pages_that_timed_out_last_time_are_asked_first_and_the_rest_in_their_order():
    new, good, slow, refused, recovered, gone = (url(f"https://{name}.example/") for name in "abcdef")
    past = {
        good: (observed(good, State.FOUND),),
        slow: (observed(slow, State.FOUND), observed(slow, State.UNAVAILABLE, Cause.TIMEOUT)),
        refused: (observed(refused, State.UNAVAILABLE, Cause.CONNECT),),
        recovered: (observed(recovered, State.UNAVAILABLE, Cause.TIMEOUT), observed(recovered, State.FOUND)),
        gone: (observed(gone, State.NOT_FOUND),),
    }
    inner = FakeSource("web")
    answers = list(SlowFirst(inner, lambda _: past).look_up([new, good, slow, refused, recovered, gone]))
    assert inner.asked == [slow, refused, new, good, recovered, gone]
    assert len(answers) == 6
