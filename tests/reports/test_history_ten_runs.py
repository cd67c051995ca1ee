"""Ten runs over a month, the world changing between them: what is found, what stays, what is news, and when.

Everything is real but the world: the stand-in answers over HTTP, the store records, the report is the one that is kept.
The facts are synthetic.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, naltrexone_world
from evidence.model.records import NoticeLink
from evidence.model.report import Mode
from evidence.reports.text import TextOptions, render_text
from runs import RunSeries

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
PAPER = "17222320"
FILE = f"""references:
- {{id: steady-paper, PMID: "19041189"}}
- {{id: paper, PMID: "{PAPER}"}}
- {{id: label, setid: {SETID}, accessed: 2026-10-30, owner: the pharmacist}}
- {{id: healthy, URL: https://healthy.example.org/trial, accessed: 2026-10-30}}
- {{id: flapping, URL: https://flapping.example.org/trial, accessed: 2026-10-30}}
- {{id: dying, URL: https://dying.example.org/trial, accessed: 2026-10-30}}
"""
HANGS_UP = PageFacts(status=None)
DAYS = [date(2026, 11, day) for day in (1, 4, 8, 11, 15, 18, 22, 25, 29)] + [date(2026, 12, 2)]


def ten_runs(series: RunSeries) -> Iterator[dict[str, Any]]:
    """What happens in the world before each run, and each run's report as it was kept."""

    def recorded(day: date) -> dict[str, Any]:
        return series.recorded(series.run(day, Mode.STAND_IN))

    series.write(FILE)
    for name in ("healthy", "flapping", "dying"):
        series.publish(name)
    yield recorded(DAYS[0])
    series.publish("flapping", HANGS_UP)
    yield recorded(DAYS[1])
    series.publish("flapping")
    series.publish("dying", HANGS_UP)
    yield recorded(DAYS[2])
    series.server.world = series.server.world.with_label_version(SETID, 15, date(2026, 11, 10))
    yield recorded(DAYS[3])
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026 Nov;1(1):1", "39999999")
    series.server.world = series.server.world.with_retraction(PAPER, notice)
    yield recorded(DAYS[4])
    series.server.faults.add("eutils", "503")
    yield recorded(DAYS[5])
    series.server.faults.clear()
    series.publish("flapping", HANGS_UP)
    yield recorded(DAYS[6])
    series.publish("flapping")
    series.publish("dying", PageFacts(status=404))
    yield recorded(DAYS[7])
    series.edit(f"setid: {SETID}, accessed: 2026-10-30", f"setid: {SETID}, accessed: 2026-11-28")
    series.edit(f'- {{id: paper, PMID: "{PAPER}"}}\n', "")
    yield recorded(DAYS[8])
    series.publish("dying")
    yield recorded(DAYS[9])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[date, dict[str, Any]]:
    """The kept report of each day."""
    with DemoServer(replace(naltrexone_world(), pages={})) as server:
        return dict(zip(DAYS, ten_runs(RunSeries(tmp_path_factory.mktemp("history"), server)), strict=True))


def found(report: dict, family: str = "LNK RET SPL") -> set[tuple[str, str]]:
    return {(f["reference"], f["code"]) for f in report["findings"] if f["code"][:3] in family.split()}


def news(report: dict) -> list[tuple[str, str]]:
    return [(one["kind"], one["reference"]) for one in report["changes"]["news"]]


def changes_of(report: dict, key: str) -> set[tuple[str, str]]:
    return {(f["reference"], f["code"]) for f in report["changes"][key]}


def by_print(report: dict, key: str) -> set[tuple[str, str]]:
    findings = {f["fingerprint"]: (f["reference"], f["code"]) for f in report["findings"]}
    return {findings[one] for one in report["changes"][key]}


RETRACTION = {("paper", "RET001"), ("paper", "RET007")}
FOUND = [
    set(),
    {("flapping", "LNK002")},
    {("dying", "LNK002")},
    {("dying", "LNK002"), ("label", "SPL002")},
    {("dying", "LNK003"), ("label", "SPL002"), *RETRACTION},
    {("dying", "LNK003"), ("label", "SPL002"), ("paper", "RET001")},  # remembered while NCBI is down
    {("dying", "LNK003"), ("label", "SPL002"), ("flapping", "LNK002"), *RETRACTION},
    {("dying", "LNK001"), ("label", "SPL002"), *RETRACTION},
    {("dying", "LNK001")},
    set(),
]
NEWS = [
    None,
    [],
    [],
    [("label-revised", "label")],
    [("retracted", "paper"), ("unreachable", "dying")],
    [],
    [],
    [("died", "dying")],
    [("removed", "paper")],
    [("recovered", "dying")],
]


def test_the_right_findings_are_made_on_the_right_days(played):
    assert [found(played[day]) for day in DAYS] == FOUND


def test_each_event_is_news_on_its_day_and_on_no_other(played):
    assert played[DAYS[0]]["changes"] is None
    assert [news(played[day]) for day in DAYS[1:]] == NEWS[1:]


def test_each_run_is_compared_with_the_one_before(played):
    for before, day in itertools.pairwise(DAYS):
        since = played[day]["changes"]["since"]
        assert (since["run"], since["as_of"]) == (played[before]["run"]["id"], before.isoformat())


def test_a_flapping_page_comes_and_goes_without_being_news(played):
    assert ("flapping", "LNK002") in by_print(played[DAYS[1]], "new")
    assert changes_of(played[DAYS[2]], "resolved") == {("flapping", "LNK002")}
    assert changes_of(played[DAYS[7]], "resolved") == {("flapping", "LNK002")}


def test_a_page_on_its_way_to_death_is_never_called_resolved_until_it_is_back(played):
    assert changes_of(played[DAYS[4]], "replaced") == {("dying", "LNK002")}
    assert changes_of(played[DAYS[7]], "replaced") == {("dying", "LNK003")}
    gone = [day for day in DAYS[1:] if any(name == "dying" for name, _ in changes_of(played[day], "resolved"))]
    assert gone == [DAYS[9]]


def test_while_ncbi_is_down_a_retraction_is_neither_resolved_nor_forgotten_nor_news_again(played):
    down, after = played[DAYS[5]], played[DAYS[6]]
    assert {item["source"] for item in down["unchecked"]} == {"pubmed"}
    assert changes_of(down, "unjudged") >= RETRACTION - {("paper", "RET001")}
    assert ("paper", "RET001") in by_print(down, "persisting")
    assert changes_of(down, "resolved") == set()
    assert by_print(after, "persisting") >= RETRACTION
    assert changes_of(after, "unjudged") == set()
    output = render_text(down, TextOptions(width=120))
    assert "1 earlier lesser finding could not be checked again: paper" in output
    assert "PubMed, at the last look-up, " in output


def test_what_a_person_mends_is_resolved(played):
    assert changes_of(played[DAYS[8]], "resolved") >= {("label", "SPL002"), *RETRACTION}


def test_the_past_of_a_page_is_carried_with_quiet_stretches_folded(played):
    last = played[DAYS[9]]
    past = {one["id"]: one["history"] for one in last["references"]}
    assert [(s["as_of"], s["state"]) for s in past["dying"]] == [
        ("2026-11-01", "found"),
        ("2026-11-04", "found"),
        ("2026-11-08", "unavailable"),
        ("2026-11-22", "unavailable"),
        ("2026-11-25", "not-found"),
        ("2026-11-29", "not-found"),
    ]
    assert [(s["as_of"], s["state"]) for s in past["healthy"]] == [("2026-11-01", "found"), ("2026-11-29", "found")]
    pubmed = [(s["as_of"], s["state"]) for s in past["steady-paper"] if s["source"] == "pubmed"]
    assert pubmed == [
        ("2026-11-01", "found"),
        ("2026-11-15", "found"),
        ("2026-11-18", "unavailable"),
        ("2026-11-22", "found"),
        ("2026-11-29", "found"),
    ]


def test_the_figures_of_all_earlier_runs_are_carried(played):
    earlier = played[DAYS[9]]["earlier_runs"]
    assert [run["as_of"] for run in earlier] == [day.isoformat() for day in DAYS[:9]]
    assert earlier[5]["states"] == {"found": 3, "unavailable": 3}
    assert [run["errors"] for run in earlier] == [played[day]["summary"]["errors"] for day in DAYS[:9]]


def test_each_report_is_small_whatever_came_before(played):
    sizes = [len(json.dumps(played[day])) for day in DAYS]
    assert max(sizes) < 3 * sizes[0]
