"""Ten runs over a month, the world changing between them: what is found, what stays, what is news, and when.

Everything is real but the world: the stand-in answers over HTTP, the store records, the report is the one that is kept.
The facts are synthetic.
"""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import time as clock_time

import pytest

from evidence.app.check import Checker, CheckRequest, read_libraries
from evidence.app.registry import Addresses, Settings
from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, naltrexone_world, plain_page
from evidence.model.records import NoticeLink
from evidence.model.report import Mode
from evidence.reports.text import TextOptions, render_text
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchLimits
from evidence.storage.store import Store

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


class ToldClock:
    """Shows noon of the day that is played; waits cost nothing."""

    def __init__(self) -> None:
        self.day = DAYS[0]

    def now(self) -> datetime:
        return datetime.combine(self.day, clock_time(12), UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        del seconds


class Play:
    """The stage: a file, a world that can be changed, a store; each run's report as it was kept."""

    def __init__(self, folder, server: DemoServer, store: Store, clock: ToldClock) -> None:
        self.file = folder / "references.yaml"
        self.file.write_text(FILE, encoding="utf-8")
        self.server, self.store, self.clock = server, store, clock
        self.kept: dict[date, dict] = {}

    def shows(self, name: str, page: PageFacts | None = None) -> None:
        answer = page or plain_page(f"The {name} trial")
        self.server.world = self.server.world.with_page(f"https://{name}.example.org/trial", answer)

    def edits(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def runs(self, day: date) -> dict:
        self.clock.day = day
        settings = Settings(
            addresses=Addresses(**self.server.addresses),
            network=Network("evidence-test/1", allow_private=True),
            route=self.server.route,
            page_limits=FetchLimits(connect=10.0, request=10.0, gap=0.0, waits=(0.0,)),
        )
        desk = Checker(settings, self.store, self.clock, lambda _one, _all: None)
        report = desk.run(CheckRequest(read_libraries((str(self.file),)), Mode.STAND_IN, "tester", as_of=day))
        self.kept[day] = json.loads(self.store.report_of(report.run.id))
        return self.kept[day]


def acts(play: Play) -> None:
    """What happens in the world before each run, and the runs."""
    world = play.server.world
    for name in ("healthy", "flapping", "dying"):
        play.shows(name)
    play.runs(DAYS[0])
    play.shows("flapping", HANGS_UP)
    play.runs(DAYS[1])
    play.shows("flapping")
    play.shows("dying", HANGS_UP)
    play.runs(DAYS[2])
    play.server.world = play.server.world.with_label_version(SETID, 15, date(2026, 11, 10))
    play.runs(DAYS[3])
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026 Nov;1(1):1", "39999999")
    play.server.world = play.server.world.with_retraction(PAPER, notice)
    play.runs(DAYS[4])
    play.server.faults.add("eutils", "503")
    play.runs(DAYS[5])
    play.server.faults.clear()
    play.shows("flapping", HANGS_UP)
    play.runs(DAYS[6])
    play.shows("flapping")
    play.shows("dying", PageFacts(status=404))
    play.runs(DAYS[7])
    play.edits(f"setid: {SETID}, accessed: 2026-10-30", f"setid: {SETID}, accessed: 2026-11-28")
    play.edits(f'- {{id: paper, PMID: "{PAPER}"}}\n', "")
    play.runs(DAYS[8])
    play.shows("dying")
    play.runs(DAYS[9])
    assert world is not play.server.world


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    clock = ToldClock()
    with (
        DemoServer(replace(naltrexone_world(), pages={})) as server,
        Store.open(folder / "evidence.db", tool_version="1", clock=clock) as store,
    ):
        play = Play(folder, server, store, clock)
        acts(play)
        yield play


def found(report: dict, family: str = "LNK RET SPL") -> set[tuple[str, str]]:
    return {(f["reference"], f["code"]) for f in report["findings"] if f["code"][:3] in family.split()}


def news(report: dict) -> list[tuple[str, str]]:
    return [(one["kind"], one["reference"]) for one in report["changes"]["news"]]


def told(report: dict, key: str) -> set[tuple[str, str]]:
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
    assert [found(played.kept[day]) for day in DAYS] == FOUND


def test_each_event_is_news_on_its_day_and_on_no_other(played):
    assert played.kept[DAYS[0]]["changes"] is None
    assert [news(played.kept[day]) for day in DAYS[1:]] == NEWS[1:]


def test_each_run_is_compared_with_the_one_before(played):
    for before, day in itertools.pairwise(DAYS):
        since = played.kept[day]["changes"]["since"]
        assert (since["run"], since["as_of"]) == (played.kept[before]["run"]["id"], before.isoformat())


def test_a_flapping_page_comes_and_goes_without_being_news(played):
    assert ("flapping", "LNK002") in by_print(played.kept[DAYS[1]], "new")
    assert told(played.kept[DAYS[2]], "resolved") == {("flapping", "LNK002")}
    assert told(played.kept[DAYS[7]], "resolved") == {("flapping", "LNK002")}


def test_a_page_on_its_way_to_death_is_never_called_resolved_until_it_is_back(played):
    assert told(played.kept[DAYS[4]], "replaced") == {("dying", "LNK002")}
    assert told(played.kept[DAYS[7]], "replaced") == {("dying", "LNK003")}
    gone = [day for day in DAYS[1:] if any(name == "dying" for name, _ in told(played.kept[day], "resolved"))]
    assert gone == [DAYS[9]]


def test_while_ncbi_is_down_a_retraction_is_neither_resolved_nor_forgotten_nor_news_again(played):
    down, after = played.kept[DAYS[5]], played.kept[DAYS[6]]
    assert {item["source"] for item in down["unchecked"]} == {"pubmed"}
    assert told(down, "unjudged") >= RETRACTION - {("paper", "RET001")}
    assert ("paper", "RET001") in by_print(down, "persisting")
    assert told(down, "resolved") == set()
    assert by_print(after, "persisting") >= RETRACTION
    assert told(after, "unjudged") == set()
    shown = render_text(down, TextOptions(width=120))
    assert "1 lesser finding of before could not be judged again: paper" in shown
    assert "PubMed, when last asked, on " in shown


def test_what_a_person_mends_is_resolved(played):
    assert told(played.kept[DAYS[8]], "resolved") >= {("label", "SPL002"), *RETRACTION}


def test_the_past_of_a_page_is_carried_with_quiet_stretches_folded(played):
    last = played.kept[DAYS[9]]
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
    earlier = played.kept[DAYS[9]]["earlier_runs"]
    assert [run["as_of"] for run in earlier] == [day.isoformat() for day in DAYS[:9]]
    assert earlier[5]["states"] == {"found": 3, "unavailable": 3}
    assert [run["errors"] for run in earlier] == [played.kept[day]["summary"]["errors"] for day in DAYS[:9]]


def test_each_report_is_small_whatever_came_before(played):
    sizes = [len(json.dumps(played.kept[day])) for day in DAYS]
    assert max(sizes) < 3 * sizes[0]
