"""`kill -9` at random moments of real checks: the store opens, keeps what was committed, the next run completes."""

import os
import random
import sqlite3
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import LabelFacts, plain_page, references_for, synthetic_world
from evidence.model.records import SplVersion
from processes import kill, reported, rows, start, unsound
from runs import RunSeries

KILLS = int(os.environ.get("EVIDENCE_KILLS", "200"))
CHAINS = 4
COMPLETE_EVERY = 10
COUNTS = """SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_ends), (SELECT count(*) FROM observations),
 (SELECT count(*) FROM records WHERE as_of = ?), (SELECT count(*) FROM findings), (SELECT count(*) FROM pace)"""


def world_of(articles):
    world = synthetic_world(articles)
    for at in range(4):
        versions = (SplVersion(1, date(2023, 5, 4)),)
        world = world.with_label(LabelFacts(f"06ff2d5a-e62b-4fa4-bbdb-{at:012d}", f"TABLET {at} [X]", versions))
    return world.with_page("/guideline", plain_page("A guideline"))


class Chain:
    """One store, killed at again and again; every round is another day, so that everything is asked again."""

    def __init__(self, folder, server, seed):
        self.rng = random.Random(seed)
        self.series = RunSeries(folder, server, first=date(2026, 11, 23))
        self.series.command.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
        cited = references_for(server.world).replace("/guideline", f"{server.pages_url}/guideline")
        self.series.write(cited + '  - {id: ghost, PMID: "99999999"}\n')
        self.store = self.series.store_path
        self.day = self.series.first
        self.records = self.unended = 0
        self.tally = Counter()
        self.wrong = []

    def begin(self):
        self.day += timedelta(days=1)
        return start(self.series.command, "--as-of", self.day.isoformat(), "--format", "json")

    def complete(self):
        """A whole run; how long it took, and whether it was right."""
        began = time.monotonic()
        status, output = reported(self.begin())
        codes = {(f["reference"], f["code"]) for f in output["findings"] if f["severity"] == "error"}
        if (status, codes, output["unchecked"]) != (1, {("ghost", "IDN003")}, []):
            self.wrong.append(f"{self.day}: exit {status}, {codes}, {output['unchecked']}")
        self.records = self.counts()[3]
        self.tally["complete runs"] += 1
        return time.monotonic() - began

    def killed(self, longest):
        """Kill one run at a random moment, watching until then what it commits."""
        moment = time.monotonic() + self.rng.uniform(0.05, longest)
        process = self.begin()
        observed, watcher = self.watched(moment, stay=self.rng.random() < 0.5)
        self.tally["killed" if kill(process) else "already over"] += 1
        watcher.close()
        left = self.counts()
        self.tally["with only part of its records kept"] += 0 < left[3] < self.records
        self.tally["begun, not ended"] += left[0] - left[1] - self.unended
        self.unended = left[0] - left[1]
        if any(now < before for now, before in zip(left, observed, strict=True)):
            self.wrong.append(f"{self.day}: {observed} were committed, {left} are left")
        self.wrong += [f"{self.day}: {wrong}" for wrong in unsound(self.store)]
        with self.series.checker(self.day) as checker:
            self.wrong += [f"{self.day}: {warning}" for warning in checker.store.warnings]

    def watched(self, moment, *, stay):
        """The last counts that another connection could read before the moment, and that connection if it stays."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        observed = connection.execute(COUNTS, (self.day.isoformat(),)).fetchone()
        while time.monotonic() < moment:
            observed = connection.execute(COUNTS, (self.day.isoformat(),)).fetchone()
            time.sleep(0.002)
        if not stay:
            connection.close()
        return observed, connection

    def counts(self):
        return rows(self.store, COUNTS, self.day.isoformat())[0]


def played(folder, seed, kills, articles):
    folder.mkdir()
    with DemoServer(world_of(articles)) as server:
        chain = Chain(folder, server, seed)
        chain.complete()
        longest = chain.complete()
        for number in range(1, kills + 1):
            chain.killed(longest)
            if number % COMPLETE_EVERY == 0 or number == kills:
                chain.complete()
    return chain


def test_a_check_that_is_killed_loses_nothing_it_had_committed(tmp_path):
    chain = played(tmp_path / "chain", seed=7, kills=1, articles=5)
    assert chain.wrong == []


@pytest.mark.acceptance
def test_two_hundred_kills(tmp_path):
    with ThreadPoolExecutor(CHAINS) as pool:
        chains = list(pool.map(lambda at: played(tmp_path / str(at), at, KILLS // CHAINS, 700), range(CHAINS)))
    tally = sum((chain.tally for chain in chains), Counter())
    left = [chain.counts() for chain in chains]
    sys.stdout.write(f"\n{dict(tally)}; rows at the end (runs, ended, observations, …): {left}\n")
    assert [wrong for chain in chains for wrong in chain.wrong] == []
