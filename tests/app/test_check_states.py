"""Which references were checked, were not, and cannot be, over many generated lists and answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.app.check import CheckRequest, run_check
from evidence.app.lookup import SourceSlot
from evidence.app.registry import RULE_SET
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Blocked,
    Cause,
    CheckStatus,
    Found,
    NotFound,
    Observation,
    Outcome,
    State,
    Unavailable,
)
from evidence.model.records import Article, Label, Page
from evidence.model.report import BegunRun, Exit, Mode, Report
from evidence.model.rule import Selection
from evidence.reports.document import report_document
from factories import NOON, TODAY, library_from, pmid, url
from fakes import FakeRecorder, FakeSource, StoppedClock

SOURCES = {
    "pubmed": {IdKind.PMID},
    "pmc": {IdKind.PMCID},
    "crossref": {IdKind.DOI},
    "dailymed": {IdKind.SETID},
    "web": {IdKind.URL},
}
"""All but one kind have a source, whatever kinds the program has sources for."""

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
VALUES = {
    "PMID": ["17222320", "23359310"],
    "PMCID": ["PMC7"],
    "DOI": ["10.5555/a"],
    "setid": [SETID],
    "URL": [
        "https://a.example/page",
        "https://b.example/page",
        "https://clinicaltrials.gov/study/NCT00568555",
        "https://pubmed.ncbi.nlm.nih.gov/17222320/",
    ],
    "NCT": ["NCT00568555"],
    "pmid": ["17222320"],  # misspelt
}
UNREADABLE = ["12a", "", "[]", "mailto:a@b.example", "PMC", "NCT1"]
SILENCES: list[Outcome] = [
    Unavailable("timed out", Cause.TIMEOUT),
    Unavailable("the server fails", Cause.HTTP, 500),
    Unavailable("no such name", Cause.NO_SUCH_NAME),
    Unavailable("not in the store", Cause.OFFLINE),
    Unavailable("no time was left", Cause.NO_SOURCE),
    Blocked("HTTP 403", 403),
    Blocked("private address"),
]

entries = st.fixed_dictionaries(
    {},
    optional={
        **{field: st.sampled_from([*values, *UNREADABLE]) for field, values in VALUES.items()},
        "type": st.sampled_from(["book", "article-journal", "webpage", "report", "personal_communication"]),
        "ISBN": st.sampled_from(["978-3-16-148410-0", "978-3-16-148410-1"]),
        "publisher": st.just("Springer"),
        "container-title": st.just("J Drugs"),
        "volume": st.just("12"),
        "title": st.sampled_from(["A handbook of drugs", "Naltrexone in Crohn's disease"]),
        "cited-as": st.sampled_from(
            ["Smith JP. Low-dose naltrexone. Am J Gastroenterol. 2007;102(4):820-828.", "Handbook. Springer; 2001."]
        ),
        "role": st.sampled_from(["background", "discusses-retraction"]),
        "accessed": st.sampled_from(["2026-11-01", "2020-01-01"]),
        "confirmed": st.sampled_from(
            ["{by: the editor, date: 2026-11-01, until: 2026-12-01}", "{by: the editor, date: 2024-01-01}"]
        ),
        "ignore": st.sampled_from(["{LNK004: seen on paper}", "{REF003: a book, LNK002: weak server}"]),
    },
)


def outcome_of(identifier: Identifier, choice: int) -> Outcome:
    found: dict[IdKind, Found] = {
        IdKind.URL: Found(Page(identifier, 200, identifier.value)),
        IdKind.SETID: Found(Label(identifier, "NALTREXONE TABLET", ())),
    }
    possible = [found.get(identifier.kind, Found(Article(identifier, "A work"))), NotFound("unknown", 404), *SILENCES]
    return possible[choice % len(possible)]


def run(text: str, outcomes: dict[Identifier, Outcome], *, days: int = 0, **request: object) -> Report:
    """A run that judges by all rules; so many days before, all was as it is."""
    library = library_from(text)
    slots = (SourceSlot(name, frozenset(kinds), FakeSource(name, outcomes)) for name, kinds in SOURCES.items())
    states = {NotFound: State.NOT_FOUND, Unavailable: State.UNAVAILABLE, Blocked: State.BLOCKED, Found: State.FOUND}
    history = {
        identifier: tuple(
            Observation(
                identifier,
                "web",
                states[type(outcome)],
                NOON - timedelta(days=ago),
                TODAY - timedelta(days=ago),
                cause=outcome.cause if isinstance(outcome, Unavailable) else None,
            )
            for ago in range(days, 0, -1)
        )
        for identifier, outcome in outcomes.items()
    }
    begun = BegunRun(
        id="r1", started=NOON, as_of=TODAY, mode=Mode.ONLINE, actor="tester", tool_version="0", inputs=(),
        policies={library.path: library.policy},
    )  # fmt: skip
    return run_check(
        replace(CheckRequest((library,), Mode.ONLINE, "tester"), **request),
        begun,
        RULE_SET,
        slots,
        recorder=FakeRecorder(history),
        clock=StoppedClock(),
        progress=lambda *_: None,
    )


def written(listed: list[dict[str, str]], *, confirm: int = 1) -> str:
    lines = [
        f"  - {{id: entry-{number}{''.join(f', {key}: {_quoted(key, value)}' for key, value in entry.items())}}}\n"
        for number, entry in enumerate(listed)
    ]
    return f"policy: {{confirm-dead: {confirm}}}\nreferences:\n{''.join(lines)}"


def _quoted(key: str, value: str) -> str:
    return value if key in {"confirmed", "ignore", "accessed"} else f'"{value}"'


lists = st.lists(entries, min_size=1, max_size=6)
choices = st.lists(st.integers(0, 8), min_size=12, max_size=12)


@given(lists, choices, st.integers(1, 2), st.integers(0, 4))
def test_the_three_states_add_up_and_what_cannot_be_checked_is_never_silent(
    listed: list[dict[str, str]], picked: list[int], confirm: int, days: int
) -> None:
    text = written(listed, confirm=confirm)
    identifiers = dict.fromkeys(i for entry in library_from(text).references for i in entry.identifiers)
    outcomes = {
        identifier: outcome_of(identifier, choice) for identifier, choice in zip(identifiers, picked, strict=False)
    }
    report = run(text, outcomes, days=days)

    summary = report_document(report)["summary"]
    counts = [summary[key] for key in ("checked", "not_checked", "cannot_be_checked")]
    assert sum(counts) == summary["references"] == len(listed)
    silent = {item.reference for item in report.unchecked}
    found = Counter(finding.reference for finding in report.findings)
    found.update(item.finding.reference for item in report.ignored)
    for result in report.references:
        name = result.reference.id
        assert (result.check is CheckStatus.NOT_CHECKED) == (name in silent)
        if result.check is CheckStatus.CANNOT_BE_CHECKED:
            assert found[name], text
        if not result.reference.identifiers:
            assert result.check is CheckStatus.CANNOT_BE_CHECKED
    if report.exit is Exit.INCOMPLETE:
        assert silent, "what cannot be checked makes no run incomplete"


@given(lists, choices)
def test_no_selection_makes_a_reference_checked(listed: list[dict[str, str]], picked: list[int]) -> None:
    text = written(listed)
    identifiers = dict.fromkeys(i for entry in library_from(text).references for i in entry.identifiers)
    outcomes = {
        identifier: outcome_of(identifier, choice) for identifier, choice in zip(identifiers, picked, strict=False)
    }
    narrowed = run(text, outcomes, selection=Selection(selected=frozenset({"RET001"})))
    assert [result.check for result in narrowed.references] == [
        result.check for result in run(text, outcomes).references
    ]


PAGE, OTHER = url("https://a.example/page"), url("https://b.example/page")
ONE_PAGE = written([{"URL": PAGE.value}, {"URL": OTHER.value}])
WALL, GONE = Blocked("HTTP 403", 403), NotFound("404", 404)


@pytest.mark.parametrize(
    ("outcome", "days", "confirm", "code", "check"),
    [
        (WALL, 0, 1, "LNK004", CheckStatus.CANNOT_BE_CHECKED),
        (Unavailable("timed out", Cause.TIMEOUT), 0, 1, "LNK002", CheckStatus.CANNOT_BE_CHECKED),
        (GONE, 0, 2, "LNK002", CheckStatus.CANNOT_BE_CHECKED),
        (GONE, 0, 1, "LNK001", CheckStatus.CHECKED),
        (Unavailable("timed out", Cause.TIMEOUT), 4, 1, "LNK003", CheckStatus.CHECKED),
    ],
)
def test_a_page_that_gave_nothing_readable_cannot_be_checked_until_that_is_a_verdict(
    outcome: Outcome, days: int, confirm: int, code: str, check: CheckStatus
) -> None:
    text = written([{"URL": PAGE.value}, {"URL": OTHER.value}], confirm=confirm)
    report = run(text, {PAGE: outcome, OTHER: Found(Page(OTHER, 200, OTHER.value))}, days=days)
    assert code in {finding.code for finding in report.findings if finding.reference == "entry-0"}
    assert [result.check for result in report.references] == [check, CheckStatus.CHECKED]


def test_one_answer_is_enough_whatever_else_the_entry_names() -> None:
    text = written([{"PMID": "17222320", "URL": PAGE.value}])
    (result,) = run(text, {PAGE: WALL}).references
    assert result.check is CheckStatus.CHECKED
    silent = Unavailable("timed out", Cause.TIMEOUT)
    (result,) = run(text, {pmid("17222320"): silent}).references
    assert result.check is CheckStatus.NOT_CHECKED


def test_an_identifier_that_no_source_answers_for_makes_no_run_incomplete() -> None:
    report = run(written([{"URL": "https://clinicaltrials.gov/study/NCT00568555", "accessed": "2026-11-01"}]), {})
    (result,) = report.references
    assert (result.check, result.state) == (CheckStatus.CANNOT_BE_CHECKED, State.NOT_CHECKED)
    assert (report.unchecked, report.exit) == ((), Exit.CLEAN)
    (finding,) = report.findings
    assert (finding.code, finding.message) == ("REF008", "cannot be looked up: no source supports NCT")
