"""A place to check references at: a library, a store, a lock and a demo server whose world changes from day to day."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as datetime_time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from evidence.app.check import Checker, CheckRequest, read_libraries
from evidence.app.lock import LockUpdate, check_locked, check_with_locks
from evidence.cli.settings import settings_from
from evidence.demo.server import DemoServer, DemoServerProcess
from evidence.demo.world import (
    ArticleFacts,
    LabelFacts,
    PageFacts,
    World,
    naltrexone_world,
    plain_page,
    references_for,
    synthetic_world,
)
from evidence.model.records import NoticeLink, SplVersion
from evidence.model.report import Mode, Report
from evidence.reports.document import render_json, report_document
from evidence.reports.text import TextOptions, render_text
from evidence.sources.http.visit import FetchLimits
from evidence.storage.lockfile import LockFile, lock_paths, read_lock
from evidence.storage.store import Store
from factories import LABEL_SETID, TODAY, write_lock
from fakes import LeapingClock
from processes import CommandProcess

# A checker with references, a lock and a store, and a demo server that changes from day to day

FIRST = date(2026, 11, 1)
HASTY_LIMITS = FetchLimits(connect=10.0, request=10.0, gap=0.0, waits=(0.0,), longest_wait=0.1)


def no_progress(_answered: int, _total: int) -> None:
    """Nothing is reported."""


@dataclass
class Station:
    folder: Path
    server: DemoServer
    store: str = "evidence.db"
    lock_results: list[LockUpdate] = field(default_factory=list)

    def write(self, text: str, name: str = "references.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def edits(self, old: str, new: str) -> None:
        """A person changes references.yaml in an editor."""
        path = self.folder / "references.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def shows(self, name: str, page: PageFacts | None = None) -> None:
        """From now on the page of this name answers so."""
        answer = page or plain_page(f"The {name} trial")
        self.server.world = self.server.world.with_page(f"https://{name}.example.org/trial", answer)

    @property
    def lock_path(self) -> Path:
        return self.folder / "references.lock.json"

    @property
    def lock(self) -> LockFile:
        return read_lock(self.lock_path)

    @property
    def lock_text(self) -> str:
        return self.lock_path.read_text(encoding="utf-8")

    def check_request(self, day: int, mode: Mode) -> CheckRequest:
        return self.request_for(self.folder / "references.yaml", day, mode)

    def request_for(self, path: Path, day: int, mode: Mode) -> CheckRequest:
        return CheckRequest(
            libraries=read_libraries((str(path),)), mode=mode, actor="tester", as_of=FIRST + timedelta(days=day)
        )

    def clock(self, day: int) -> LeapingClock:
        """Noon of the first day; every day ten minutes later than the day before."""
        noon = datetime.combine(FIRST, datetime_time(12), UTC)
        return LeapingClock(noon + timedelta(days=day, minutes=10 * day))

    def settings(self):
        environ = {f"EVIDENCE_{name.upper()}_URL": url for name, url in self.server.addresses.items()}
        return replace(settings_from(environ), route=self.server.route, page_limits=HASTY_LIMITS)

    def workplace(self, day: int, store: Store) -> Checker:
        return Checker(self.settings(), store, self.clock(day), no_progress)

    def open(self, day: int) -> Store:
        return Store.open(self.folder / self.store, tool_version="test", clock=self.clock(day))

    def online(self, day: int, *, update: bool = True) -> Report:
        return self.run(self.check_request(day, Mode.ONLINE), day, update=update)

    def run(self, check_request: CheckRequest, day: int, *, update: bool = True) -> Report:
        locks = [read_lock(path) for path in lock_paths(library.path for library in check_request.libraries)]
        with self.open(day) as store:
            report, self.lock_results = check_with_locks(self.workplace(day, store), check_request, locks)
        if update:
            for one in self.lock_results:
                write_lock(one.file, one.lock)
        return report

    def recorded(self, report: Report) -> dict[str, Any]:
        """The document of a run as the store keeps it."""
        with self.open(0) as store:
            document: dict[str, Any] = json.loads(store.report_of(report.run.id))
        return document

    def locked(self, day: int) -> Report:
        check_request = self.check_request(day, Mode.LOCKED)
        locks = [read_lock(path) for path in lock_paths(library.path for library in check_request.libraries)]
        return check_locked(check_request, locks, self.clock(day), no_progress)

    def elsewhere(self) -> Station:
        """Another machine with the same checkout: references and lock, no store."""
        folder = self.folder / "elsewhere"
        folder.mkdir(exist_ok=True)
        for path in (self.folder / "references.yaml", self.lock_path):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / self.store).unlink(missing_ok=True)
        for left in folder.glob("evidence.db-*"):
            left.unlink()
        return Station(folder, self.server)


def verdicts(report: Report) -> list[object]:
    """All that is judged: every finding with its message, what an entry ignores, what is unchecked, the exit.

    The words for a silent page depend on how its connection broke, and the count of its days stops mattering.
    """
    findings = [
        (f.reference, f.code, str(f.severity), f.fingerprint, None if f.code in ("LNK002", "LNK003") else f.message)
        for f in report.findings
    ]
    ignored = [("ignored", item.finding.reference, item.finding.code) for item in report.ignored]
    unchecked = [("unchecked", item.reference, item.source, item.reason) for item in report.unchecked]
    return [*sorted(map(str, findings + ignored + unchecked)), report.exit]


def codes_of(report: Report) -> set[tuple[str | None, str]]:
    return {(finding.reference, finding.code) for finding in report.findings}


# Runs with every wait leapt over, and what must hold of every run whatever goes wrong
KEY = "5eba11ad5eba11ad5eba11ad5eba11ad5eba"
PASSWORD = "s3cr3t-of-the-proxy"  # noqa: S105 - what must not be found anywhere afterwards
SECRETS = (KEY.encode(), PASSWORD.encode())

CITED_LABEL, OTHER_LABEL = "06ff2d5a-e62b-4fa4-bbdb-000000000001", "06ff2d5a-e62b-4fa4-bbdb-000000000002"
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
RETRYING_LIMITS = FetchLimits(connect=1.0, request=0.5, gap=0.001, waits=(0.02, 0.05), longest_wait=0.1)


class WatchedPacer:
    """The store's pacer, and the moments of all slots that it gave."""

    def __init__(self, pacer, clock):
        self._pacer, self._clock = pacer, clock
        self.slots = {}

    def reserve(self, slot, gap):
        wait = self._pacer.reserve(slot, gap)
        self.slots.setdefault((slot, gap), []).append(self._clock.now().timestamp() + wait)
        return wait


class WatchedStore(Store):
    """A store whose slots are noted."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.pacer = self.watched = WatchedPacer(self.pacer, self.clock)


def sampler():
    """A small world with one of everything, and a references.yaml that cites all of it and three that do not exist."""
    world = synthetic_world(6)
    label = "NALTREXONE HYDROCHLORIDE TABLET [EXAMPLE LABS]"
    world = (
        world.with_label(
            LabelFacts(CITED_LABEL, label, (SplVersion(3, date(2025, 2, 1)), SplVersion(2, date(2024, 3, 9))))
        )
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
    document: dict
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
class WatchedStation:
    """A folder with a references.yaml and a store, and a demo server to ask."""

    folder: object
    server: object
    key: bool = True
    limits: FetchLimits = RETRYING_LIMITS
    clocks: list = field(default_factory=list)

    def write(self, text):
        (self.folder / "references.yaml").write_text(text, encoding="utf-8")

    @property
    def store_path(self):
        return self.folder / "evidence.db"

    def settings(self):
        environ = {f"EVIDENCE_{name.upper()}_URL": url for name, url in self.server.addresses.items()}
        # Services on loopback are asked over http, so this proxy is known and never used.
        environ |= {"HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:9"}
        environ |= {"NCBI_API_KEY": KEY, "NCBI_EMAIL": "editor@example.org"} if self.key else {}
        return replace(settings_from(environ), route=self.server.route, page_limits=self.limits)

    def run(self, *, days=0, refresh=False, mode=Mode.ONLINE):
        clock = LeapingClock()
        self.clocks.append(clock)
        check_request = CheckRequest(
            libraries=read_libraries((str(self.folder / "references.yaml"),)),
            mode=mode,
            actor="tester",
            as_of=TODAY + timedelta(days=days),
            refresh=refresh,
        )
        began = time.monotonic()
        with WatchedStore.open(self.store_path, tool_version="test", clock=clock) as store:
            report = Checker(self.settings(), store, clock, lambda *_: None).run(check_request)
            cited = {identifier for result in report.references for identifier in result.reference.identifiers}
            observation = [one for identifier in cited for one in store.observations_of(identifier)]
            observed = {str(one.identifier) for one in observation if one.run == report.run.id}
            warnings, slots = store.warnings, store.watched.slots
        seconds = time.monotonic() - began
        output = report_document(report)
        text = render_text(output, TextOptions(verbose=1)) + render_json(output)
        return Ran(report, output, text, seconds, clock.monotonic() - seconds, slots, observed, warnings)

    def stored_bytes(self):
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
        for reference in ran.document["references"]
        for lookup in reference["lookups"]
        if lookup["state"] == "not-found" and reference["id"] not in GHOSTS
        if (reference["id"], lookup["identifier"]) in own
    ]
    return codes + states


def lies_of_the_exit(ran):
    """Whether the exit status says something else than the run shows."""
    silent = [
        f"{lookup['identifier']} ({lookup['source']}) is {lookup['state']}"
        for reference in ran.document["references"]
        for lookup in reference["lookups"]
        if lookup["state"] not in ("found", "not-found") and not lookup["identifier"].startswith("url:")
    ]
    errors = ran.document["summary"]["errors"]
    expected = 1 if errors else 3 if ran.document["unchecked"] else 0
    lies = [f"exit {ran.exit} where {expected} is right"] if ran.exit != expected else []
    if silent and not ran.document["unchecked"]:
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
    reported = []
    for (slot, gap), slots in ran.slots.items():
        most = most_in_any_second(slots)
        reported += [f"{slot}: {most} slots in a second"] if most > int(1 / gap) + 1 else []
    given = Counter()
    for (slot, _), slots in ran.slots.items():
        given[slot] += len(slots)
    observation = station.server.count("eutils")
    reported += [f"{observation} requests to NCBI on {given['ncbi']} slots"] if observation > given["ncbi"] else []
    return reported


def leaked_secrets(station, ran):
    """Places in which the key or the proxy's password can be read."""
    places = {"report": ran.text.encode(), **station.stored_bytes()}
    return [f"a secret in {name}" for name, kept in places.items() for secret in SECRETS if secret in kept]


def raw_controls(text):
    """Characters that no terminal should be sent: controls but the line break, direction overrides, the unseen."""
    spaces = {"\n"} | {c for c in set(text) if unicodedata.category(c) == "Zs"}
    return sorted({hex(ord(c)) for c in set(text) - spaces if not c.isprintable()})


def violations(station, ran):
    """All that must not be, of one run under whatever outages."""
    reported = false_deaths(ran) + lies_of_the_exit(ran) + lost_rows(station, ran)
    reported += over_the_rate(station, ran) + leaked_secrets(station, ran)
    reported += [f"control characters {raw_controls(ran.text)}"] if raw_controls(ran.text) else []
    return reported


# A year of one monograph, played with the real command against a demo server of its own process. Ten references: six
# articles, a label, three pages. Twelve monthly runs; what happens in between is said at each month. Everything
# is kept in the year's folder: the monograph, the library, store, log and lock, and each month's report.
RETRACTED = "17222320"
_YEAR_PAGES = {
    "/guideline": "Low-dose naltrexone: a guideline",
    "/registry": "A registry of off-label use",
    "/patients": "Information for patients",
}
_FORMATS = {"json": "json", "text": "txt", "markdown": "md", "html": "html"}


@dataclass(frozen=True)
class Month:
    """One monthly run: how it ended, and its report in every form for people."""

    status: int
    document: dict[str, Any]
    text: str
    markdown: str
    html: str
    verified: CompletedProcess[str]

    @property
    def codes(self) -> set[tuple[str, str]]:
        return {(one["reference"] or "-", one["code"]) for one in self.document["findings"]}

    @property
    def waived(self) -> dict[str, dict[str, Any]]:
        return {one["reference"]: one["waiver"] for one in self.document["waived"]}

    @property
    def sign_offs(self) -> dict[str, dict[str, Any]]:
        """By role."""
        return {one["role"]: one for one in self.document["sign_offs"]}


class Year:
    """The year under way: what people do, and what the world does."""

    def __init__(self, folder: Path, server: DemoServerProcess) -> None:
        self.folder, self.server = folder, server
        self.command = CommandProcess(folder, {})
        self.command.env |= server.environment
        self.command.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
        self.months: dict[str, Month] = {}
        self.silent: Month | None = None
        self.refused: list[CompletedProcess[str]] = []
        self.world = first_world()
        server.change_world(self.world)

    @property
    def library(self) -> Path:
        return self.folder / "references.yaml"

    def does(self, *arguments: str, ends: tuple[int, ...] = (0,)) -> CompletedProcess[str]:
        """A command that must end as expected."""
        done = self.command(*arguments)
        assert done.returncode in ends, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def run(self, day: str, *options: str) -> None:
        """The run of a month."""
        self.months[day[:7]] = self.checked(day, *options)

    def checked(self, day: str, *options: str) -> Month:
        """A run in all forms; then the trail is verified."""
        forms = [f"--format={form}={day}.{ending}" for form, ending in _FORMATS.items()]
        done = self.does("check", "--as-of", day, *forms, *options, ends=(0, 1, 3))
        read = {form: (self.folder / f"{day}.{ending}").read_text("utf-8") for form, ending in _FORMATS.items()}
        document = json.loads(read.pop("json"))
        return Month(done.returncode, document, **read, verified=self.command("verify"))

    def waives(self, what: tuple[str, str], day: str, until: str, category: str, reason: str) -> None:
        people = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
        how = ("--category", category, "--reason", reason, "--until", until, "--as-of", day)
        self.does("waive", *what, *how, *people)

    def signs(self, role: str, meaning: str, name: str, day: str) -> None:
        said = ("--role", role, "--meaning", meaning, "--name", name, "--as-of", day, "--yes")
        self.does("sign", *said, "--actor", name)

    def edits(self, old: str, new: str, name: str = "references.yaml") -> None:
        """A person changes a file in an editor."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        path.write_text(text.replace(old, new), "utf-8")

    def drops(self, beginning: str, until: str) -> None:
        """A person deletes from one line's beginning up to another's."""
        before, found, rest = self.library.read_text("utf-8").partition(beginning)
        assert found
        at = rest.find(until)
        self.library.write_text(before + (rest[at:] if at >= 0 else ""), "utf-8")

    def publishes(self, world: World) -> None:
        self.world = world
        self.server.change_world(world)


def first_world() -> World:
    world = naltrexone_world().with_article(*synthetic_world(4).articles.values())
    published = (SplVersion(13, date(2024, 9, 3)),)
    world = world.with_label(LabelFacts(LABEL_SETID, "NALTREXONE HYDROCHLORIDE TABLET, FILM COATED", published))
    for path, title in _YEAR_PAGES.items():
        world = world.with_page(path, plain_page(title))
    return world


def printed_entry(article: ArticleFacts) -> str:
    people = ", ".join(f"{author.family} {author.initials}" for author in article.authors)
    where = f"{article.pub_date[:4]};{article.volume}({article.issue}):{article.pages}"
    return f"{people}. {article.title.rstrip('.')}. {article.journal.medline_ta}. {where}. PMID: {article.pmid}"


def monograph_text(articles: list[ArticleFacts], pages_url: str) -> str:
    """The text that people read, with its printed list."""
    page = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
    listed = [printed_entry(article) for article in articles]
    listed.append(f"DailyMed (naltrexone hydrochloride). Accessed January 9, 2025. {page}{LABEL_SETID}")
    listed += [f"{title}. Accessed January 9, 2025. {pages_url}{path}" for path, title in _YEAR_PAGES.items()]
    text = (
        "It is used in fibromyalgia [1] and Crohn's disease [2], and elsewhere [3-6]. The label [7] warns. See [8-10]."
    )
    numbered = "\n".join(f"{number}. {one}" for number, one in enumerate(listed, 1))
    return f"# Naltrexone, low dose\n\n{text}\n\n## References\n\n{numbered}\n"


def year_of_runs(folder: Path) -> Year:
    """The entire year."""
    with DemoServerProcess() as server:
        year = Year(folder, server)
        for quarter in (first_quarter, second_quarter, third_quarter, fourth_quarter):
            quarter(year)
    return year


def first_quarter(year: Year) -> None:
    """The monograph is taken in and signed; a label revision voids the sign-off; two findings are waived."""
    articles = list(year.world.articles.values())
    text = monograph_text(articles[:6], year.server.urls["pages"])
    year.command.write(text, "naltrexone.md")
    year.does("import", "naltrexone.md", "--write")
    year.does("check", "--as-of", "2025-01-15")
    year.does("fix", "--fill", "--write", "--as-of", "2025-01-15")
    year.run("2025-01-15", "--update-lock")
    year.signs("regulatory affairs", "approved", "Kim Ode", "2025-01-15")

    year.run("2025-02-15")

    year.publishes(year.world.with_label_version(LABEL_SETID, 14, date(2025, 3, 1)))
    year.edits('volume: "72"', 'volume: "27"')  # slips of the pen
    year.edits("page: 18-27", "page: 18-72")
    year.does("check", "--as-of", "2025-03-14", ends=(0, 1))
    year.waives(("SPL002", "dailymed"), "2025-03-14", "60d", "accepted-risk", "version 14 changes the package alone")
    year.waives(
        ("MET005", "brown-2009"), "2025-03-14", "2025-06-01", "pending-fix", "to be mended at the next revision"
    )
    year.run("2025-03-15")


def second_quarter(year: Year) -> None:
    """The policy changes; the label's next version voids its waiver; another waiver ends; its finding is corrected."""
    year.edits("references:\n", "policy: {waiver-limit: {warning: 365 d}, sign-off-limit: 90 d}\n\nreferences:\n")
    year.does("check", "--as-of", "2025-04-14", ends=(0, 1))
    why = "the publisher's own print has these pages"
    year.waives(("MET005", "brandtba-1991"), "2025-04-14", "2026-03-31", "false-positive", why)
    year.run("2025-04-15", "--update-lock")

    year.publishes(year.world.with_label_version(LABEL_SETID, 15, date(2025, 5, 2)))
    year.run("2025-05-12")
    year.drops("  - code: SPL002\n", "  - code: MET005\n")
    year.does("confirm", "dailymed", "--accessed", "2025-05-14", "--by", "Dana Reyes")

    year.run("2025-06-15")
    year.drops("  - code: MET005\n    reference: brown-2009\n", "  - code: MET005\n    reference: brandtba-1991\n")
    year.does("check", "--as-of", "2025-06-16", ends=(0, 1))
    year.does("fix", "--accept", "MET005", "--write", "--as-of", "2025-06-16")
    year.does("check", "--as-of", "2025-06-16", "--update-lock")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-06-16")


def third_quarter(year: Year) -> None:
    """A month without PubMed and DailyMed; a retraction, which nobody can waive; the work is replaced, the text too."""
    year.server.change_faults({"where": "eutils", "kind": "refuse"}, {"where": "dailymed", "kind": "refuse"})
    year.run("2025-07-15")
    year.server.change_faults()

    notice = NoticeLink("RetractionIn", "Am J Gastroenterol. 2025 Aug;120(8):1", "39999999")
    year.publishes(year.world.with_retraction(RETRACTED, notice))
    year.run("2025-08-15")
    asked = ("--category", "accepted-risk", "--reason", "we like it", "--until", "20d", "--as-of", "2025-08-15")
    who = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")
    year.refused.append(year.does("waive", "RET001", "smith-2007", *asked, *who, ends=(2,)))
    year.server.change_faults({"where": "eutils", "kind": "refuse"}, {"where": "crossref", "kind": "refuse"})
    year.silent = year.checked("2025-08-20")
    year.server.change_faults()

    other = list(year.world.articles.values())[6]
    text = (year.folder / "naltrexone.md").read_text("utf-8")
    year.command.write(
        text.replace(printed_entry(year.world.articles[RETRACTED]), printed_entry(other)), "naltrexone.md"
    )
    year.does("import", "naltrexone.md", "--write", ends=(0, 1))
    year.drops("  - id: smith-2007\n", "  - id: brown-2009\n")
    year.does("check", "--as-of", "2025-09-12", ends=(0, 1))
    year.does("fix", "--fill", "--write", "--as-of", "2025-09-12")
    year.run("2025-09-12", "--update-lock")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-09-12")
    year.signs("regulatory affairs", "approved", "Kim Ode", "2025-09-12")


def fourth_quarter(year: Year) -> None:
    """Nothing happens but time: one sign-off is renewed, the other one falls overdue."""
    year.run("2025-10-15")
    year.run("2025-11-15")
    year.signs("medical editor", "reviewed", "Dana Reyes", "2025-11-16")
    year.run("2025-12-15")
