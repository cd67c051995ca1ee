"""Every class of answer of the link laboratory, judged twice in a row; its benchmark; twenty thousand links."""

import json
import shutil
import subprocess
import sys
import time
import tracemalloc
import urllib.request
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Found, NotFound, Unavailable
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchLimits
from evidence.sources.web import Web
from fakes import RealClock

pytestmark = pytest.mark.acceptance

LAB = Path(__file__).resolve().parents[2] / "../shared/links-lab"
STATS = "http://127.1.0.1:18080/__stats"
LATENCY = 0.1
IN_FLIGHT = 100
HOSTS = 200

EXPECTED = {
    "ok": "found",
    "404": "gone",
    "410": "gone",
    "301ok": "found moved",
    "302ok": "found",
    "308ok": "found moved",
    "301dead": "gone",
    "home": "found suspected",
    "login": "found suspected",
    "loop": "unavailable protocol",
    "403": "blocked",
    "401": "blocked",
    "uablock": "blocked",
    "cf403": "blocked",
    "999": "blocked",
    "flaky": "found",
    "500": "unavailable http",
    "head405": "found",
    "head404": "found",
    "headreset": "found",
    "429ra": "found",
    "429none": "found",
    "429date": "found",
    "503ra": "found",
    "soft404": "found suspected",
    "parked": "found suspected",
    "metarefresh": "found suspected",
    "hang": "unavailable timeout",
    "tarpit": "found incomplete",
    "big": "found incomplete",
    "empty204": "found",
    "reset": "unavailable protocol",
    "truncated": "found incomplete",
    "frag#here": "found",
    "frag#nothere": "found anchorless",
    "refused": "unavailable connect",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    source = LAB / "server.c"
    compiler = shutil.which("gcc")
    if not source.is_file() or compiler is None:
        pytest.skip("needs ../shared/links-lab and gcc")
    program = tmp_path_factory.mktemp("lab") / "server"
    subprocess.run([compiler, "-O2", "-w", "-o", program, source], check=True)
    return program


@contextmanager
def running(program, latency_ms):
    with subprocess.Popen([program, "--latency", str(latency_ms)], stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        try:
            yield
        finally:
            process.terminate()


def links(folder, number, *options):
    maker = [sys.executable, str(LAB / "gen_links.py"), str(number), str(folder), *options]
    subprocess.run(maker, check=True, capture_output=True)
    rows = (line.split("\t") for line in (folder / "links.tsv").read_text().splitlines())
    return {Identifier(IdKind.URL, url): kind for url, kind in rows}


def requests_sent():
    with urllib.request.urlopen(STATS) as reply:
        return json.load(reply)["req"]


def web(**limits):
    network = Network("evidence-lab/1 (+mailto:test@example.org)", allow_private=True)
    clock = RealClock()
    return Web(Pages(network, clock, limits=FetchLimits(in_flight=IN_FLIGHT, **limits)), clock)


def reported(outcome):
    match outcome:
        case Found(record=page):
            signs = {
                "suspected": bool(page.suspicion),
                "anchorless": page.anchor_missing,
                "moved": bool(page.hops) and page.hops[0].status in (301, 308),
                "incomplete": not page.complete,
            }
            return " ".join(["found", *(sign for sign, there in signs.items() if there)])
        case NotFound():
            return "gone"
        case Blocked():
            return "blocked"
        case Unavailable(cause=cause):
            return f"unavailable {cause}"


def say(line):
    sys.stdout.write(f"{line}\n")


def judged(source, wanted):
    """What was reported of each class, as the answers came; none of them is kept."""
    classes = defaultdict(Counter)
    for answer in source.look_up(wanted):
        classes[wanted[answer.identifier]][reported(answer.outcome)] += 1
    return classes


def test_every_class_is_judged_right_twice_in_a_row(built, tmp_path):
    wanted = links(tmp_path, 0, "--suite")
    assert set(wanted.values()) == set(EXPECTED)
    for _ in range(2):
        with running(built, 0):
            start = time.monotonic()
            classes = judged(web(), wanted)
            wall = time.monotonic() - start
        say(f"\n36 classes, 3 links each, default patience: {wall:.1f} s")
        for kind, observed in sorted(classes.items()):
            say(f"  {kind:14} {dict(observed)}")
        assert {kind: dict(observed) for kind, observed in classes.items()} == {
            kind: {EXPECTED[kind]: 3} for kind in EXPECTED
        }
        # A page that hangs is asked three times for 20 s, 2 s and 8 s apart.
        assert wall < 3 * 20 + 2 + 8 + 5


def test_two_thousand_links_are_judged_rightly(built, tmp_path):
    wanted = links(tmp_path, 2000, "--nohang")
    with running(built, int(LATENCY * 1000)):
        start, cpu = time.monotonic(), time.process_time()
        classes = judged(web(), wanted)
        wall, cpu = time.monotonic() - start, time.process_time() - cpu
        sent = requests_sent()
    busiest = max(Counter(identifier.value.split("/")[2] for identifier in wanted).values())
    ideal = max(sent * LATENCY / IN_FLIGHT, busiest * FetchLimits().gap)
    say(f"\n2,000 links, {HOSTS} hosts, 100 ms: {sent} requests, CPU {cpu / 2:.3f} s per 1,000 links,")
    say(f"  wall {wall:.2f} s (ideal {ideal:.2f} s, and 10 s of waits before third tries)")
    assert sum(sum(observed.values()) for observed in classes.values()) == 2000
    for kind, observed in classes.items():
        assert dict(observed) == {EXPECTED[kind]: observed.total()}


def test_twenty_thousand_links_leave_memory_flat(built, tmp_path):
    wanted = links(tmp_path, 20000, "--nohang")
    sizes = {len(wanted) // 4: 0, len(wanted) - 1: 0}
    source = web(gap=0.0, waits=(0.1, 0.2))
    with running(built, 0):
        tracemalloc.start()
        for number, answer in enumerate(source.look_up(wanted)):
            assert reported(answer.outcome) == EXPECTED[wanted[answer.identifier]]
            if number in sizes:
                sizes[number] = tracemalloc.get_traced_memory()[0]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    early, late = (size / 1e6 for size in sizes.values())
    say(f"\n20,000 links: {early:.1f} MB after a quarter, {late:.1f} MB at the end, {peak / 1e6:.1f} MB at most")
    assert late < early + 5
    assert peak / 1e6 < 100
