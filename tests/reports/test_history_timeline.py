from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evidence.app.registry import RULE_SET
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Observation, State
from evidence.model.policy import Severity
from evidence.model.report import EarlierRun, Mode
from evidence.model.rule import Finding, Selection
from evidence.reports.history import EarlierState, RecordedRun, Scope
from evidence.reports.timeline import timeline, timeline_runs

PAPER = Identifier(IdKind.PMID, "1")
PAGE = Identifier(IdKind.URL, "https://example.org/a")
START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def observed(day: int, state: State = State.FOUND, detail: str | None = None) -> Observation:
    moment = START + timedelta(days=day)
    return Observation(PAGE, "web", state, moment, moment.date(), detail, run=f"r{day}")


def found(code: str) -> Finding:
    return Finding(code, "some-rule", Severity.WARNING, "page", Place("f.yaml", 1, 1), code, f"print of {code}")


def events(observations, findings=None, unfinished=(), **scopes):
    findings = findings or {}
    finished = {one.run for one in observations} - set(unfinished)

    def read(run):
        reported = [one for one in observations if one.run == run]
        known = EarlierState(
            frozenset(map(str, (one.identifier for one in reported))), reported[0].state, None, lookups_of(reported)
        )
        figures = EarlierRun(run, reported[0].as_of, reported[0].at, Mode.ONLINE, 0, 0, 0, 0, {})
        scope = scopes.get(run, Scope())
        return RecordedRun(figures, {("f.yaml", "page"): known}, tuple(findings.get(run, ())), scope=scope)

    reported = timeline(timeline_runs(observations, findings, finished), read, RULE_SET.by_code)
    return [(e.run, [f.code for f in e.appeared], [f.code for f in e.resolved], e.repeated) for e in reported]


def lookups_of(observations):
    return tuple((one.source, one.state) for one in observations)


def test_runs_in_which_nothing_changed_are_only_counted():
    assert events([observed(day) for day in range(5)]) == [("r0", [], [], 4)]


def test_findings_come_and_go_on_their_days():
    reported = {f"r{day}": [found("ACC001")] for day in (1, 2)}
    assert events([observed(day) for day in range(5)], reported) == [
        ("r0", [], [], 0),
        ("r1", ["ACC001"], [], 1),
        ("r3", [], ["ACC001"], 1),
    ]


def test_a_run_that_was_reported_nothing_resolves_nothing():
    observations = [
        observed(0, State.NOT_FOUND),
        observed(1, State.UNAVAILABLE, "timeout"),
        observed(2, State.NOT_FOUND),
        observed(3),
    ]
    reported = {"r0": [found("LNK001")], "r1": [found("LNK002")], "r2": [found("LNK001")]}
    assert events(observations, reported) == [
        ("r0", ["LNK001"], [], 0),
        ("r1", ["LNK002"], [], 0),
        ("r2", [], ["LNK002"], 0),
        ("r3", [], ["LNK001"], 0),
    ]


def test_a_run_that_did_not_show_the_rule_or_judge_the_file_resolves_nothing():
    reported = {"r0": [found("LNK001")], "r3": [found("LNK001")]}
    hidden = {"r1": Scope(selection=Selection(ignored=frozenset({"LNK"}))), "r2": Scope(frozenset({"other.yaml"}))}
    assert events([observed(day) for day in range(4)], reported, **hidden) == [("r0", ["LNK001"], [], 3)]


def test_an_interrupted_run_resolves_nothing_and_is_reported():
    assert events(
        [observed(0), observed(1), observed(2)], {"r0": [found("ACC001")], "r2": [found("ACC001")]}, ["r1"]
    ) == [
        ("r0", ["ACC001"], [], 0),
        ("r1", [], [], 0),
        ("r2", [], [], 0),
    ]


def test_a_run_that_saw_fewer_identifiers_is_no_repetition():
    both = [observed(0), replace(observed(0), identifier=PAPER, source="pubmed")]
    assert events([*both, observed(1), observed(2)]) == [("r0", [], [], 0), ("r1", [], [], 1)]


def test_what_a_graver_finding_replaces_is_not_called_resolved():
    reported = {"r0": [found("LNK002")], "r1": [found("LNK001")]}
    observations = [observed(0, State.UNAVAILABLE), observed(1, State.NOT_FOUND)]
    assert events(observations, reported) == [("r0", ["LNK002"], [], 0), ("r1", ["LNK001"], [], 0)]
