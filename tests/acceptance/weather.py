"""The whole tool in this process against a stand-in, with waits that take no time, and what must hold of every run."""

import sqlite3
import threading
import time
import unicodedata
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from evidence.cli.settings import settings_from
from evidence.desk import Desk, Wish, read_all
from evidence.formats.json_report import document, render_json
from evidence.formats.text import TextOptions, render_text
from evidence.http.pages.seen import Limits as PageLimits
from evidence.model.records import SplVersion
from evidence.report import Mode
from evidence.standin.facts import LabelFacts, PageFacts, plain_page
from evidence.standin.worlds import references_for, synthetic_world
from evidence.store.store import Store

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "5eba11ad5eba11ad5eba11ad5eba11ad5eba"
PASSWORD = "s3cr3t-of-the-proxy"  # noqa: S105 - what must not be found anywhere afterwards
SECRETS = (KEY.encode(), PASSWORD.encode())

LABEL, OTHER_LABEL = "06ff2d5a-e62b-4fa4-bbdb-000000000001", "06ff2d5a-e62b-4fa4-bbdb-000000000002"
NO_LABEL = "06ff2d5a-e62b-4fa4-bbdb-00000000dead"
GHOSTS = {"ghost-pmid", "ghost-label", "ghost-doi", "dead-page"}
_GHOST_ENTRIES = f"""\
  - {{id: in-pmc, PMCID: PMC7}}
  - {{id: by-doi, DOI: 10.5555/synthetic.10000006}}
  - {{id: by-handle, DOI: 10.5281/zenodo.1}}
  - {{id: ghost-doi, DOI: 10.5555/nobody.holds.this}}
  - {{id: ghost-pmid, PMID: "99999999"}}
  - {{id: ghost-label, setid: {NO_LABEL}, accessed: 2026-10-01}}
  - {{id: dead-page, type: webpage, URL: "https://two.example.org/dead", accessed: 2026-10-01}}
"""
DEATHS = {"IDN003", "SPL001", "LNK001"}
HASTY = PageLimits(connect=1.0, request=0.5, gap=0.001, waits=(0.02, 0.05), longest_wait=0.1)


class LeapingClock:
    """Real time from a fixed noon, but waiting takes none of it: a sleep leaps, for every thread alike."""

    def __init__(self):
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._leapt = 0.0
        self.tick = 0.0

    def monotonic(self):
        with self._lock:
            self._leapt += self.tick
            return time.monotonic() - self._began + self._leapt

    def now(self):
        return NOON + timedelta(seconds=self.monotonic())

    def sleep(self, seconds):
        with self._lock:
            self._leapt += seconds


class WatchedPacer:
    """The store's pacer, and the moments of all slots that it gave."""

    def __init__(self, pacer, clock):
        self._pacer, self._clock = pacer, clock
        self.slots = {}

    def reserve(self, lane, gap):
        wait = self._pacer.reserve(lane, gap)
        self.slots.setdefault((lane, gap), []).append(self._clock.now().timestamp() + wait)
        return wait


class WatchedStore(Store):
    """A store whose slots are noted."""

    @property
    def pacer(self):
        if not hasattr(self, "watched"):
            self.watched = WatchedPacer(super().pacer, self._clock)
        return self.watched


def sampler():
    """A small world with one of everything, and a references.yaml that cites all of it and three that do not exist."""
    world = synthetic_world(6)
    label = "NALTREXONE HYDROCHLORIDE TABLET [EXAMPLE LABS]"
    world = (
        world.with_label(LabelFacts(LABEL, label, (SplVersion(3, date(2025, 2, 1)), SplVersion(2, date(2024, 3, 9)))))
        .with_label(LabelFacts(OTHER_LABEL, "OTHER TABLET [EXAMPLE LABS]", (SplVersion(1, date(2023, 5, 4)),)))
        .with_handle("10.5281/zenodo.1", "https://zenodo.example/records/1")
        .with_pmc("PMC7", next(iter(synthetic_world(7).articles.values())))
        .with_page("https://one.example.org/guideline", plain_page("A guideline"))
        .with_page("http://two.example.org/leaflet?id=7", plain_page("A leaflet"))
        .with_page("https://three.example.org/moved", PageFacts(status=302, location="https://three.example.org/here"))
        .with_page("https://three.example.org/here", plain_page("Here"))
        .with_page("https://two.example.org/dead", PageFacts(status=404, body="<title>404 Not Found</title>"))
    )
    pages = {url: page for url, page in world.pages.items() if not url.endswith("/dead")}
    cited = replace(world.without_article("10000006"), pages=pages)
    return world, references_for(cited) + _GHOST_ENTRIES


@dataclass
class Ran:
    """One run: its report, how it looked, the store's rows about it, and how long it took."""

    report: object
    shown: dict
    text: str
    seconds: float
    leapt: float
    slots: dict
    observed: set
    warnings: tuple

    @property
    def exit(self):
        return int(self.report.exit)

    @property
    def codes(self):
        return {(finding.reference, finding.code) for finding in self.report.findings}


@dataclass
class Station:
    """A folder with a references.yaml and a store, and a stand-in to ask."""

    folder: object
    standin: object
    key: bool = True
    limits: PageLimits = HASTY
    clocks: list = field(default_factory=list)

    def write(self, text):
        (self.folder / "references.yaml").write_text(text, encoding="utf-8")

    @property
    def store_path(self):
        return self.folder / "evidence.db"

    def settings(self):
        environ = {f"EVIDENCE_{name.upper()}_URL": url for name, url in self.standin.addresses.items()}
        # Services on loopback are asked over http, so this proxy is known and never used.
        environ |= {"HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:9"}
        environ |= {"NCBI_API_KEY": KEY, "NCBI_EMAIL": "editor@example.org"} if self.key else {}
        return replace(settings_from(environ), route=self.standin.route, page_limits=self.limits)

    def run(self, *, days=0, refresh=False, mode=Mode.ONLINE):
        clock = LeapingClock()
        self.clocks.append(clock)
        wish = Wish(
            libraries=read_all((str(self.folder / "references.yaml"),)),
            mode=mode,
            actor="tester",
            as_of=TODAY + timedelta(days=days),
            refresh=refresh,
        )
        began = time.monotonic()
        with WatchedStore.open(self.store_path, tool_version="test", clock=clock) as store:
            report = Desk(self.settings(), store, clock, lambda *_: None).run(wish)
            cited = {identifier for result in report.references for identifier in result.reference.identifiers}
            seen = [one for identifier in cited for one in store.observations_of(identifier)]
            observed = {str(one.identifier) for one in seen if one.run == report.run.id}
            warnings, slots = store.warnings, getattr(store, "watched", WatchedPacer(None, None)).slots
        seconds = time.monotonic() - began
        shown = document(report)
        text = render_text(shown, TextOptions(verbose=1)) + render_json(shown)
        return Ran(report, shown, text, seconds, clock.monotonic() - seconds, slots, observed, warnings)

    def bytes_kept(self):
        """All that lies in the folder: the store with its write-ahead log, and whatever else was written."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}


def most_in_any_second(slots):
    slots = sorted(slots)
    return max((sum(1 for other in slots if one <= other < one + 1 - 1e-6) for one in slots), default=0)


def false_deaths(ran):
    """Findings and states that call something dead which the world holds.

    A DOI that only a record names may well not be held by Crossref; those that entries give are judged.
    """
    own = {
        (result.reference.id, str(identifier))
        for result in ran.report.references
        for identifier in result.reference.identifiers
    }
    codes = [f"{code} on {reference}" for reference, code in ran.codes if code in DEATHS and reference not in GHOSTS]
    states = [
        f"{lookup['identifier']} of {reference['id']} is not-found"
        for reference in ran.shown["references"]
        for lookup in reference["lookups"]
        if lookup["state"] == "not-found" and reference["id"] not in GHOSTS
        if (reference["id"], lookup["identifier"]) in own
    ]
    return codes + states


def lies_of_the_exit(ran):
    """Whether the exit status says something else than the run shows."""
    silent = [
        f"{lookup['identifier']} ({lookup['source']}) is {lookup['state']}"
        for reference in ran.shown["references"]
        for lookup in reference["lookups"]
        if lookup["state"] not in ("found", "not-found") and not lookup["identifier"].startswith("url:")
    ]
    errors = ran.shown["summary"]["errors"]
    expected = 1 if errors else 3 if ran.shown["unchecked"] else 0
    lies = [f"exit {ran.exit} where {expected} is right"] if ran.exit != expected else []
    if silent and not ran.shown["unchecked"]:
        lies.append(f"nothing is told as unchecked, but {silent[0]}")
    return lies


def lost_rows(station, ran):
    """Identifiers without an observation, harmed records, a store that is not sound."""
    wanted = {str(i) for result in ran.report.references for i in result.reference.identifiers}
    lost = [f"no observation of {identifier}" for identifier in sorted(wanted - ran.observed)]
    with closing(sqlite3.connect(station.store_path)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        ended = connection.execute("SELECT count(*) FROM runs r JOIN run_ends e ON e.run = r.sequence").fetchone()[0]
        begun = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    lost += [] if sound == "ok" else [f"integrity: {sound}"]
    lost += [] if begun == ended else [f"{begun} runs begun, {ended} ended"]
    return lost + list(ran.warnings)


def over_the_rate(station, ran):
    """Lanes that were given, or whose service saw, more requests than their pace allows."""
    told = []
    for (lane, gap), slots in ran.slots.items():
        most = most_in_any_second(slots)
        told += [f"{lane}: {most} slots in a second"] if most > int(1 / gap) + 1 else []
    given = Counter()
    for (lane, _), slots in ran.slots.items():
        given[lane] += len(slots)
    seen = station.standin.count("eutils")
    told += [f"{seen} requests to NCBI on {given['ncbi']} slots"] if seen > given["ncbi"] else []
    return told


def secrets_shown(station, ran):
    """Places in which the key or the proxy's password can be read."""
    places = {"report": ran.text.encode(), **station.bytes_kept()}
    return [f"a secret in {name}" for name, kept in places.items() for secret in SECRETS if secret in kept]


def raw_controls(text):
    """Characters that no terminal should be sent: controls but the line break, direction overrides, the unseen."""
    spaces = {"\n"} | {c for c in set(text) if unicodedata.category(c) == "Zs"}
    return sorted({hex(ord(c)) for c in set(text) - spaces if not c.isprintable()})


def violations(station, ran, *, longest=20.0):
    """All that must not be, of one run under whatever weather."""
    told = false_deaths(ran) + lies_of_the_exit(ran) + lost_rows(station, ran)
    told += over_the_rate(station, ran) + secrets_shown(station, ran)
    told += [f"control characters {raw_controls(ran.text)}"] if raw_controls(ran.text) else []
    told += [f"took {ran.seconds:.1f} s of real time"] if ran.seconds > longest else []
    return told
