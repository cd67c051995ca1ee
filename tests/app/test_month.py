"""A month of daily runs, played through the real store, the real pages and a web that changes from day to day."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from urllib.parse import urlsplit

import pytest

from evidence.app.check import CheckRequest, run_check
from evidence.app.lookup import SourceSlot
from evidence.app.registry import RULE_SET
from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts, World, plain_page
from evidence.model.dates import parse as parse_date
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import Policy
from evidence.model.references import Confirmation, IdentifierUse, Place, Reference
from evidence.model.report import BegunRun, Mode
from evidence.model.rule import Selection
from evidence.sources.cache import Cached
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.request import RetryLimits as Patience
from evidence.sources.http.session import Services
from evidence.sources.http.visit import FetchLimits, Routed
from evidence.sources.wayback import Wayback, WithArchive
from evidence.sources.web import NAME, SlowFirst, Web, page_of
from evidence.storage.store import Store
from factories import SentenceWriter, library_of, url
from fakes import RealClock

READ = date(2026, 11, 5)
HANGS_UP = PageFacts(status=None)
HANGS = PageFacts(delay=6.0)
HURRIED = Patience(tries=2, wait=0.01)
LIMITS = FetchLimits(connect=2.0, request=2.0, gap=0.0, waits=(0.0,))
WRITER = SentenceWriter(2026)
SENTENCES = WRITER.sentences(500)
REWRITTEN = WRITER.exchanged(SENTENCES, 0.6)


def page_saying(sentences: list[str], day: date) -> PageFacts:
    """A page that counts its visitors and tells the day, whatever else it says."""
    visitors = f"<p>You are visitor no. {day.toordinal() * 37 % 9973} today, {day:%A, %B %d %Y}, 3 minutes ago.</p>"
    return plain_page("A trial", f"{visitors}{' '.join(sentences)}")


class Month:
    """Days to be played one by one; each page's reference is named after its host."""

    def __init__(self, server: DemoServer, store: Store) -> None:
        self.server = server
        self.store = store
        self.moment = datetime.combine(date(2026, 11, 1), clock_time(12), UTC)
        self.nameless: set[str] = set()
        self.references: dict[str, list[Reference]] = defaultdict(list)
        self.policies: dict[str, Policy] = {}
        self.suggestions: dict[str, str | None] = {}
        self.messages: dict[str, str] = {}

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def cites(self, name: str, path: str = "references.yaml", read: date = READ, **more: object) -> str:
        address = f"https://{name}.example.org/trial"
        place = Place(path, len(self.references[path]) + 1, 3)
        accessed = parse_date(read.isoformat())
        use = IdentifierUse(url(address), "URL", place)
        self.references[path].append(Reference(name, place, uses=(use,), accessed=accessed, **more))
        self.shows(name, plain_page(f"The {name} trial"))
        return address

    def reads_again(self, name: str, day: date) -> None:
        again = [
            replace(reference, accessed=parse_date(day.isoformat())) if reference.id == name else reference
            for reference in self.references["references.yaml"]
        ]
        self.references["references.yaml"] = again

    def shows(self, name: str, page: PageFacts) -> None:
        self.server.world = self.server.world.with_page(f"https://{name}.example.org/trial", page)

    def route(self, address: str) -> Routed:
        host = urlsplit(address).hostname or ""
        return Routed("http://nobody.invalid/", host) if host in self.nameless else self.server.route(address)

    def run(self, number: int) -> dict[str, list[str]]:
        """The codes found by the run on this day of November, by reference; those on dates left out."""
        self.moment = datetime.combine(date(2026, 11, number), clock_time(12), UTC)
        today = self.moment.date()
        network = Network("evidence-test/1", allow_private=True)
        with Services(network=network, clock=self, pacer=self.store.pacer, limits=HURRIED) as services:
            pages = Pages(network, self, route=self.route, limits=LIMITS)
            web = Web(pages, self, address="stand-in", unknown=lambda hosts: frozenset(hosts) & self.nameless)
            archive = Wayback(services=services, base=self.server.addresses["wayback"])
            asked = WithArchive(web, archive, self.read_on(), self)
            cached = Cached(
                SlowFirst(asked, lambda ids: self.store.history(ids, limit=1)),
                page_of,
                self.store.cache,
                source=NAME,
                address="stand-in",
                lives=(1, 1),
                as_of=today,
                clock=self,
            )
            request = CheckRequest(
                libraries=tuple(
                    replace(library_of(*references, path=path), policy=self.policies.get(path, Policy()))
                    for path, references in self.references.items()
                ),
                mode=Mode.STAND_IN,
                actor="tester",
                selection=Selection(selected=frozenset({"LNK"})),
            )
            begun = BegunRun(
                id=f"day {number}",
                started=self.moment,
                as_of=today,
                mode=Mode.STAND_IN,
                actor="tester",
                tool_version="1",
                inputs=(),
                policies={library.path: library.policy for library in request.libraries},
            )
            report = run_check(
                request,
                begun,
                RULE_SET,
                (SourceSlot(NAME, frozenset({IdKind.URL}), cached),),
                recorder=self.store,
                clock=self,
                progress=lambda _one, _all: None,
            )
        assert report.unchecked == ()
        found: dict[str, list[str]] = defaultdict(list)
        for finding in report.findings:
            found[finding.reference or ""].append(finding.code)
            self.suggestions[finding.reference or ""] = finding.suggestion
            self.messages[finding.reference or ""] = finding.message
        return dict(found)

    def read_on(self) -> dict[Identifier, date]:
        everything = [reference for references in self.references.values() for reference in references]
        return {i: r.accessed.earliest for r in everything for i in r.identifiers if r.accessed}

    def codes(self, name: str, first: int, last: int, world: dict[int, PageFacts | None]) -> dict[int, list[str]]:
        """Day by day what is found of one page; `world` says how it answers from a day on."""
        observed = {}
        for number in range(first, last + 1):
            if number in world:
                self.shows(name, world[number] or plain_page(f"The {name} trial"))
            observed[number] = self.run(number).get(name, [])
        return observed


@pytest.fixture
def month(tmp_path):
    with (
        DemoServer(World()) as server,
        Store.open(tmp_path / "evidence.db", tool_version="1", clock=RealClock()) as store,
    ):
        played = Month(server, store)
        played.cites("healthy")
        yield played


def test_a_page_that_flaps_is_a_warning_on_its_bad_days_and_never_an_error(month):
    month.cites("flaps")
    observed = month.codes("flaps", 1, 12, {3: HANGS_UP, 5: None, 6: HANGS_UP, 8: None, 9: HANGS_UP, 11: None})
    assert observed == {day: ["LNK002"] if day in {3, 4, 6, 7, 9, 10} else [] for day in range(1, 13)}


def test_a_page_that_dies_by_404_is_an_error_at_once_and_offers_the_copy_nearest_to_its_reading(month):
    address = month.cites("gone")
    month.server.world = month.server.world.with_snapshot(address, "20250101000000", "20261104120000", "20261120000000")
    observed = month.codes("gone", 9, 12, {10: PageFacts(status=404), 12: None})
    assert observed == {9: [], 10: ["LNK001"], 11: ["LNK001"], 12: []}
    assert "https://web.archive.org/web/20261104120000/" in month.suggestions["gone"]
    assert {asked.params["timestamp"] for asked in month.server.requests if asked.service == "wayback"} == {"20261105"}


def test_an_archive_that_fails_takes_nothing_from_the_finding(month):
    month.cites("gone")
    month.server.faults.add("wayback", "wrong-content")
    month.shows("gone", PageFacts(status=410))
    assert month.run(10)["gone"] == ["LNK001"]
    assert "an archived copy" in month.suggestions["gone"]


@pytest.mark.acceptance
def test_a_page_that_dies_by_timeouts_is_an_error_after_three_days_and_seventy_two_hours(month):
    month.cites("hangs")
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
    month.cites("nameless")
    before = month.run(11)
    month.nameless = {"nameless.example.org"}
    after = [month.run(day).get("nameless") for day in (12, 13, 14)]
    month.nameless = set()
    assert "nameless" not in before
    assert after == [["LNK002"], ["LNK001"], ["LNK001"]]
    assert month.run(15).get("nameless") is None
    month.nameless = {"nameless.example.org"}
    assert month.run(16)["nameless"] == ["LNK002"]


def test_no_name_is_believed_to_be_missing_while_no_other_name_is_known(month):
    month.cites("nameless")
    month.nameless = {"nameless.example.org"}
    month.shows("healthy", HANGS_UP)
    place = Place("references.yaml", 9, 3)
    by_number = IdentifierUse(url(f"{month.server.pages_url}/wall"), "URL", place)
    month.references["references.yaml"].append(Reference("wall", place, uses=(by_number,)))
    month.server.world = month.server.world.with_page("/wall", PageFacts(status=403))
    assert [month.run(day)["nameless"] for day in (12, 13, 14)] == [["LNK002"]] * 3


def test_a_page_that_moves_is_reported_with_its_new_address(month):
    address = month.cites("moves")
    assert "moves" not in month.run(14)
    target = "https://new.example.org/trial"
    world = month.server.world.with_page(target, plain_page("The moves trial"))
    month.server.world = world.with_redirect(address, target)
    assert month.run(15)["moves"] == ["LNK005"]
    assert month.suggestions["moves"] == f"cite {target}"


def test_a_page_that_drifts_is_reported_with_how_much_until_it_is_read_again(month):
    month.cites("drifts")
    codes = {}
    for day in range(4, 20):
        kept = SENTENCES if day < 15 else REWRITTEN
        month.shows("drifts", page_saying(kept, date(2026, 11, day)))
        codes[day] = month.run(day).get("drifts", [])
    assert codes == {day: ["LNK008"] if day >= 15 else [] for day in range(4, 20)}
    share = re.fullmatch(
        r"about (\d+) % of the text of https://drifts\.example\.org/trial has changed since it was read "
        r"\(2026-11-05\); it was last seen unchanged on 2026-11-14",
        month.messages["drifts"],
    )
    assert share is not None, month.messages["drifts"]
    assert 50 <= int(share[1]) <= 70
    month.reads_again("drifts", date(2026, 11, 19))
    assert "drifts" not in month.run(20)


def test_a_host_that_lies_to_machines_is_believed_after_as_many_days_as_the_policy_asks_for(month):
    month.cites("liar", "wary.yaml")
    month.policies["wary.yaml"] = Policy(confirm_dead=3)
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
    month.cites("wall", confirmed=Confirmation("the editor", READ, READ + timedelta(days=3)))
    observed = month.codes("wall", 6, 10, {6: PageFacts(status=403)})
    assert observed == {6: [], 7: [], 8: [], 9: ["LNK004"], 10: ["LNK004"]}
