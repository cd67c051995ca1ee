from datetime import UTC, datetime, timedelta

from evidence.findings import Finding
from evidence.history.timeline import timeline, visits
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Observation, State
from evidence.model.policy import Severity
from evidence.model.references import Place

PAGE = Identifier(IdKind.URL, "https://example.org/a")
NEEDS = frozenset({"LNK001", "LNK002"})
START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def seen(day: int, state: State = State.FOUND, detail: str | None = None) -> Observation:
    moment = START + timedelta(days=day)
    return Observation(PAGE, "web", state, moment, moment.date(), detail, run=f"r{day}")


def found(code: str) -> Finding:
    return Finding(code, "some-rule", Severity.WARNING, "page", Place("f.yaml", 1, 1), code, f"print of {code}")


def events(observations, findings=None, unfinished=()):
    finished = {one.run for one in observations} - set(unfinished)
    told = timeline(visits(observations, findings or {}, finished), NEEDS)
    return [(e.run, [f.code for f in e.appeared], [f.code for f in e.resolved], e.repeated) for e in told]


def test_runs_in_which_nothing_changed_are_only_counted():
    assert events([seen(day) for day in range(5)]) == [("r0", [], [], 4)]


def test_findings_come_and_go_on_their_days():
    told = {f"r{day}": [found("ACC001")] for day in (1, 2)}
    assert events([seen(day) for day in range(5)], told) == [
        ("r0", [], [], 0),
        ("r1", ["ACC001"], [], 1),
        ("r3", [], ["ACC001"], 1),
    ]


def test_a_run_that_was_told_nothing_resolves_nothing():
    observations = [seen(0, State.NOT_FOUND), seen(1, State.UNAVAILABLE, "timeout"), seen(2, State.NOT_FOUND), seen(3)]
    told = {"r0": [found("LNK001")], "r1": [found("LNK002")], "r2": [found("LNK001")]}
    assert events(observations, told) == [
        ("r0", ["LNK001"], [], 0),
        ("r1", ["LNK002"], [], 0),
        ("r2", [], ["LNK002"], 0),
        ("r3", [], ["LNK001"], 0),
    ]


def test_an_interrupted_run_resolves_nothing():
    assert events([seen(0), seen(1), seen(2)], {"r0": [found("ACC001")], "r2": [found("ACC001")]}, ["r1"]) == [
        ("r0", ["ACC001"], [], 2)
    ]
