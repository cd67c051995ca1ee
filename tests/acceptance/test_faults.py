"""The fault table once more with the real command, as a process, in real time: waits, deadlines and pace included."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from evidence.demo.faults import InjectedFault
from evidence.demo.server import DemoServer
from invariants import CITED_LABEL, CITED_TRIAL, KEY, PASSWORD, sampler
from processes import CommandProcess

pytestmark = pytest.mark.acceptance

REFERENCES = f"""\
references:
  - {{id: first, PMID: "10000001"}}
  - {{id: second, PMID: "10000002"}}
  - {{id: label, setid: {CITED_LABEL}, accessed: 2026-10-01}}
  - {{id: trial, NCT: {CITED_TRIAL}, accessed: 2026-10-01}}
"""
GHOST = '  - {id: ghost-pmid, PMID: "99999999"}\n'
KINDS = [
    "429",
    "429-retry-after",
    "502",
    "reset",
    "truncated",
    "error-page-200",
    "error-xml-200",
    "proxy-400",
    "empty-200",
]
SLOW = {
    "slow": InjectedFault("slow", seconds=2.0),
    "endlessly-slow": InjectedFault("slow", seconds=90.0),
    "drip": InjectedFault("drip", seconds=1.0),
}
SEAMS = ["efetch", "esummary", "dailymed", "trials"]
AT_ONCE = 6


def fault_at(seam, fault):
    def script(asked):
        utility = asked.path.removeprefix("/eutils/").removesuffix(".fcgi")
        return fault if seam in (asked.service.counted_as, utility) else None

    return script


def one_case(folder, seam, kind):
    """A run under lasting trouble and the next healthy one; what was wrong, and a line for the table."""
    folder.mkdir()
    world, _ = sampler()
    with DemoServer(world, rate_limit=3) as server:
        evidence = CommandProcess(folder, server.addresses)
        evidence.env |= {"HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:9"}
        evidence.write(REFERENCES + (GHOST if seam == "esummary" else ""))
        where = seam if seam in ("dailymed", "trials") else "eutils"
        server.faults.script(where, fault_at(seam, SLOW.get(kind) or InjectedFault(kind)))
        began = time.monotonic()
        status, output = timed_report(evidence)
        seconds = time.monotonic() - began
        pace = server.most_in_any_second()
        requests = server.count(where)
        server.faults.clear()
        healthy, after = timed_report(evidence)
        pace = max(pace, server.most_in_any_second())
    expected = (1 if seam == "esummary" else 0) if kind == "slow" else 3
    right = 1 if seam == "esummary" else 0
    deaths = [f for f in output["findings"] if f["code"] in ("IDN003", "SPL001")]
    dead = [f["reference"] for f in deaths if f["reference"] != "ghost-pmid"]
    wrong = [f"exit {status} instead of {expected}"] if status != expected else []
    wrong += [f"false death: {dead}"] if dead else []
    wrong += [f"next run: exit {healthy}, {after['unchecked']}"] if healthy != right or after["unchecked"] else []
    wrong += [f"{pace} requests in a second"] if pace > 3 else []
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    wrong += ["a secret was kept"] if KEY.encode() in kept or PASSWORD.encode() in kept else []
    line = f"{seam:9} {kind:16} exit {status}, then {healthy}; {requests} requests, {seconds:5.1f} s"
    return [f"{seam} {kind}: {what}" for what in wrong], line


def timed_report(evidence):
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "check", "--as-of", "2026-11-23", "--format", "json"],
        cwd=evidence.folder,
        env=evidence.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == "", done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_fault_table_with_the_real_command(tmp_path):
    cases = [(seam, kind) for kind in [*SLOW, *KINDS] for seam in SEAMS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda case: one_case(tmp_path / "-".join(case), *case), cases))
    sys.stdout.write("\n" + "\n".join(line for _, line in done) + f"\n{len(done)} cases\n")
    assert [what for wrong, _ in done for what in wrong] == []
