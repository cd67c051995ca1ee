"""A month of daily runs, played through the real store, the real pages and a web that changes from day to day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evidence.app.check import begun_run, run_check
from evidence.app.registry import RULE_SET, LookupPolicy, find_source, shortest_ttl
from evidence.app.sources import open_access, source_slots
from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, World, plain_page
from evidence.model.ports import Source
from evidence.model.report import Mode
from evidence.model.rule import Finding, Selection
from evidence.sources.http.fetch import Pages
from evidence.sources.http.visit import FetchLimits, Routed
from evidence.sources.spec import Access, Opener, Settings
from evidence.sources.wayback import Wayback, WithArchive
from evidence.sources.web import SlowFirst, Web, page_of
from factories import SentenceWriter
from runs import RunSeries, no_progress

WEB = find_source("web")
READ = date(2026, 11, 5)
HANGS_UP = PageFacts(status=None)
HANGS = PageFacts(delay=6.0)
LIMITS = FetchLimits(connect=2.0, request=2.0, gap=0.0, waits=(0.0,))
WRITER = SentenceWriter(2026)
SENTENCES = WRITER.sentences(500)
REWRITTEN = WRITER.exchanged(SENTENCES, 0.6)


def page_saying(sentences: list[str], day: date) -> PageFacts:
    """A page that counts its visitors and tells the day, whatever else it says."""
    visitors = f"<p>You are visitor no. {day.toordinal() * 37 % 9973} today, {day:%A, %B %d %Y}, 3 minutes ago.</p>"
    return plain_page("A trial", f"{visitors}{' '.join(sentences)}")


@dataclass
class Month(RunSeries):
    """Runs in November that judge cited pages alone; each page's reference is named after its host.

    The hosts of `nameless` have no address, which the real sources would find out from a name server.
    """

    limits: FetchLimits = LIMITS
    nameless: set[str] = field(default_factory=set)
    findings: dict[str | None, Finding] = field(default_factory=dict)

    def cite(self, name: str, file: str = "references.yaml", **more: str) -> str:
        """Add a reference to a file; the page answers from now on."""
        address = f"https://{name}.example.org/trial"
        self.publish(name)
        self.add_entry(file, id=name, URL=address, accessed=str(READ), **more)
        return address

    def add_entry(self, file: str, **fields: str) -> None:
        path = self.folder / file
        text = path.read_text("utf-8") if path.exists() else "references:\n"
        self.write(f"{text}- {{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}\n", file)

    def route(self, address: str) -> Routed:
        host = urlsplit(address).hostname or ""
        return Routed("http://nobody.invalid/", host) if host in self.nameless else self.server.route(address)

    def settings(self) -> Settings:
        return replace(super().settings(), route=self.route)

    def pages(self, access: Access) -> Source:
        """The source of cited pages, as the registry makes it but for who knows which names exist."""
        settings = access.settings
        pages = Pages(settings.network, access.clock, route=self.route, limits=settings.page_limits)
        web = Web(pages, access.clock, address="stand-in", unknown=lambda hosts: frozenset(hosts) & self.nameless)
        archive = Wayback(services=access.archive, base=self.server.addresses["wayback"])
        return SlowFirst(WithArchive(web, archive, access.read_on, access.clock), access.last_observed)

    def codes_on(self, number: int) -> dict[str | None, list[str]]:
        """The codes found by the run on this day of November, by reference; those on dates left out."""
        day = date(2026, 11, number)
        selection = Selection(selected=frozenset({"LNK"}))
        request = replace(self.request(day, Mode.STAND_IN, path=self.folder), selection=selection)
        policy = LookupPolicy(
            day,
            shortest_ttl(library.policy for library in request.libraries),
            read_on={
                identifier: reference.accessed.earliest
                for library in request.libraries
                for reference in library.references
                for identifier in reference.identifiers
                if reference.accessed
            },
        )
        with (
            self.checker(day) as checker,
            open_access(checker.settings, checker.store, self.clock, policy) as access,
        ):
            report = run_check(
                request,
                begun_run(request, self.clock.now()),
                RULE_SET,
                source_slots(
                    access,
                    checker.store,
                    policy,
                    (replace(WEB, opener=lambda: Opener(connect=self.pages, read=page_of)),),
                ),
                recorder=checker.store,
                clock=self.clock,
                progress=no_progress,
            )
        assert report.unchecked == ()
        codes: dict[str | None, list[str]] = defaultdict(list)
        for finding in report.findings:
            codes[finding.reference].append(finding.code)
            self.findings[finding.reference] = finding
        return dict(codes)

    def codes(self, name: str, first: int, last: int, world: dict[int, PageFacts | None]) -> dict[int, list[str]]:
        """Day by day what is found of one page; `world` says how it answers from a day on."""
        observed = {}
        for number in range(first, last + 1):
            if number in world:
                self.publish(name, world[number])
            observed[number] = self.codes_on(number).get(name, [])
        return observed


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    with DemoServer(World()) as server:
        month = Month(tmp_path, server)
        month.command.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
        month.cite("healthy")
        yield month


def test_a_page_that_flaps_is_a_warning_on_its_bad_days_and_never_an_error(month):
    month.cite("flaps")
    observed = month.codes("flaps", 1, 12, {3: HANGS_UP, 5: None, 6: HANGS_UP, 8: None, 9: HANGS_UP, 11: None})
    assert observed == {day: ["LNK002"] if day in {3, 4, 6, 7, 9, 10} else [] for day in range(1, 13)}


def test_a_page_that_dies_by_404_is_an_error_at_once_and_offers_the_copy_nearest_to_its_reading(month):
    address = month.cite("gone")
    month.server.world = month.server.world.with_snapshot(address, "20250101000000", "20261104120000", "20261120000000")
    observed = month.codes("gone", 9, 12, {10: PageFacts(status=404), 12: None})
    assert observed == {9: [], 10: ["LNK001"], 11: ["LNK001"], 12: []}
    assert "https://web.archive.org/web/20261104120000/" in month.findings["gone"].suggestion
    assert {asked.params["timestamp"] for asked in month.server.requests if asked.service == "wayback"} == {"20261105"}


def test_an_archive_that_fails_takes_nothing_from_the_finding(month):
    month.cite("gone")
    month.server.faults.add("wayback", "wrong-content")
    month.publish("gone", PageFacts(status=410))
    assert month.codes_on(10)["gone"] == ["LNK001"]
    assert "an archived copy" in month.findings["gone"].suggestion


@pytest.mark.acceptance
def test_a_page_that_dies_by_timeouts_is_an_error_after_three_days_and_seventy_two_hours(month):
    month.cite("hangs")
    observed = month.codes("hangs", 9, 16, {10: HANGS, 14: None, 15: HANGS})
    assert observed == {
        9: [],
        10: ["LNK002"],
        11: ["LNK002"],
        12: ["LNK002"],
        13: ["LNK003"],
        14: [],
        15: ["LNK002"],
        16: ["LNK002"],
    }


def test_a_page_whose_host_is_missing_is_an_error_from_the_second_day_on(month):
    month.cite("nameless")
    before = month.codes_on(11)
    month.nameless = {"nameless.example.org"}
    after = [month.codes_on(day).get("nameless") for day in (12, 13, 14)]
    month.nameless = set()
    assert "nameless" not in before
    assert after == [["LNK002"], ["LNK001"], ["LNK001"]]
    assert month.codes_on(15).get("nameless") is None
    month.nameless = {"nameless.example.org"}
    assert month.codes_on(16)["nameless"] == ["LNK002"]


def test_no_name_is_believed_to_be_missing_while_no_other_name_is_known(month):
    month.cite("nameless")
    month.nameless = {"nameless.example.org"}
    month.publish("healthy", HANGS_UP)
    month.add_entry("references.yaml", id="wall", URL=f"{month.server.pages_url}/wall")
    month.server.world = month.server.world.with_page("/wall", PageFacts(status=403))
    assert [month.codes_on(day)["nameless"] for day in (12, 13, 14)] == [["LNK002"]] * 3


def test_a_page_that_moves_is_reported_with_its_new_address(month):
    address = month.cite("moves")
    assert "moves" not in month.codes_on(14)
    target = "https://new.example.org/trial"
    world = month.server.world.with_page(target, plain_page("The moves trial"))
    month.server.world = world.with_redirect(address, target)
    assert month.codes_on(15)["moves"] == ["LNK005"]
    assert month.findings["moves"].suggestion == f"cite {target}"


def test_a_page_that_drifts_is_reported_with_how_much_until_it_is_read_again(month):
    address = month.cite("drifts")
    codes = {}
    for day in range(4, 20):
        kept = SENTENCES if day < 15 else REWRITTEN
        month.publish("drifts", page_saying(kept, date(2026, 11, day)))
        codes[day] = month.codes_on(day).get("drifts", [])
    assert codes == {day: ["LNK008"] if day >= 15 else [] for day in range(4, 20)}
    share = re.fullmatch(
        r"about (\d+) % of the text of https://drifts\.example\.org/trial has changed since it was accessed "
        r"\(2026-11-05\); last seen unchanged on 2026-11-14",
        month.findings["drifts"].message,
    )
    assert share is not None, month.findings["drifts"].message
    assert 50 <= int(share[1]) <= 70
    month.edit(f"{address}, accessed: {READ}", f"{address}, accessed: 2026-11-19")
    assert "drifts" not in month.codes_on(20)


def test_a_host_that_lies_to_machines_is_believed_after_as_many_days_as_the_policy_asks_for(month):
    month.write("policy: {confirm-dead: 3}\nreferences:\n", "wary.references.yaml")
    month.cite("liar", "wary.references.yaml")
    lies = PageFacts(status=404)
    observed = month.codes("liar", 5, 13, {6: lies, 8: None, 9: lies})
    assert observed == {
        5: [],
        6: ["LNK002"],
        7: ["LNK002"],
        8: [],
        9: ["LNK002"],
        10: ["LNK002"],
        11: ["LNK001"],
        12: ["LNK001"],
        13: ["LNK001"],
    }


def test_a_wall_is_silent_while_a_persons_word_holds(month):
    month.cite("wall", confirmed=f"{{by: the editor, date: {READ}, until: 2026-11-08}}")
    observed = month.codes("wall", 6, 10, {6: PageFacts(status=403)})
    assert observed == {6: [], 7: [], 8: [], 9: ["LNK004"], 10: ["LNK004"]}
