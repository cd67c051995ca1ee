"""Random outages by seed, over every seam at once: what must not happen under any of it, and that none of it stays."""

import os
import random
import sys
from collections import Counter

import pytest

from evidence.demo.server import DemoServer
from invariants import GHOSTS, sampler, violations, watched_series
from servers import RandomFaults

SCHEDULES = int(os.environ.get("EVIDENCE_SCHEDULES", "1000"))
FIRST_SEED = int(os.environ.get("EVIDENCE_FIRST_SEED", "1"))
PER_TEST = 50


def without_ghosts(text):
    """The same references without those that really do not exist, so that a clean run exits with 0."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(f"id: {ghost}," in line for ghost in GHOSTS))


class Tally:
    def __init__(self):
        self.schedules = self.runs = self.requests = 0
        self.troubles, self.exits, self.states, self.wrong = Counter(), Counter(), Counter(), []

    def note(self, run, server):
        self.runs += 1
        self.requests += len(server.requests)
        self.exits[run.exit] += 1
        lookups = (lookup["state"] for reference in run.document["references"] for lookup in reference["lookups"])
        self.states.update(lookups)

    def __str__(self):
        total = sum(self.troubles.values())
        return (
            f"{self.schedules} schedules, {self.runs} runs, {self.requests} requests, {total} of them spoilt\n"
            f"  troubles: {dict(self.troubles.most_common())}\n"
            f"  exits: {dict(self.exits)}, look-ups: {dict(self.states)}"
        )


def play(seed, folder, tally):
    """Two days of outages and a healthy third one; what went wrong, each with its seed."""
    rng = random.Random(f"schedule/{seed}")
    world, text = sampler()
    drift, reported = rng.random() < 0.25, []
    with DemoServer(world) as server:
        series = watched_series(folder, server, key=rng.random() < 0.5)
        series.write(text if rng.random() < 0.5 else without_ghosts(text))
        for day in (0, 1):
            outage = RandomFaults(server, f"{seed}/{day}", drift=drift, clock=lambda: series.clock)
            outage.begin()
            run = series.watch(day, refresh=rng.random() < 0.3)
            outage.end()
            reported += [f"seed {seed}, day {day}: {wrong}" for wrong in violations(series, run)]
            tally.note(run, server)
            tally.troubles.update(outage.happened)
            server.forget()
        reported += after_the_outage(seed, series, drift=drift)
    tally.schedules += 1
    tally.wrong += reported
    return reported


def after_the_outage(seed, series, *, drift):
    """The next healthy run must be as if nothing had ever happened.

    On the same day for what the services say, a day later for cited pages too: a page's answer of 200 is
    believed for a day, whatever it says. What a changed form of a reply said may be kept in good
    faith, so there the services are asked again.
    """
    fresh = watched_series(series.folder / "fresh", series.server, key="NCBI_API_KEY" in series.command.env)
    fresh.folder.mkdir()
    fresh.write((series.folder / "references.yaml").read_text(encoding="utf-8"))
    reported = []
    for day, of_services in ((1, True), (2, False)):
        series.server.forget()
        healthy = series.watch(day, refresh=drift)
        reported += violations(series, healthy)
        right = fresh.watch(day)
        expected, got = (
            {(reference, code) for reference, code in run.codes if not (of_services and code.startswith("LNK"))}
            for run in (right, healthy)
        )
        if got != expected or (healthy.exit != right.exit and not of_services):
            reported.append(f"{sorted(got)} exit {healthy.exit}, right is {sorted(expected)} exit {right.exit}")
    return [f"seed {seed}, afterwards: {wrong}" for wrong in reported]


@pytest.mark.parametrize("seed", range(4))
def test_no_outage_kills_loses_hurries_hangs_or_lies(seed, tmp_path):
    assert play(seed, tmp_path, Tally()) == []


@pytest.mark.acceptance
@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SCHEDULES, PER_TEST))
def test_a_thousand_random_schedules(first, tmp_path):
    tally = Tally()
    for seed in range(first, min(first + PER_TEST, FIRST_SEED + SCHEDULES)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        play(seed, folder, tally)
    sys.stdout.write(f"\nseeds from {first}: {tally}\n  violations: {tally.wrong}\n")
    assert tally.wrong == []
