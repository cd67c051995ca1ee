"""Performance as ratios against named peers, all measured in this one run on this one machine.

`python bench/run.py [--quick]` prints Markdown. CPU seconds are those of the measured process (`wait4`), never of the
loopback servers; wall time is beside them because people wait for it, but a busy machine spoils it.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from articles import lookups
from pages import Size, checks
from peers import ALL, FOLDER, install
from printing import exports
from starting import starts

from evidence.model.version import __version__


def main() -> None:
    """Install the peers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller lists, one round")
    quick = parser.parse_args().quick
    rounds = 1 if quick else 3
    scratch = FOLDER / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    missing = {peer: reason for peer in ALL if (reason := install(peer)) is not None}
    say(f"evidence {__version__}, {datetime.now(UTC):%Y-%m-%d}, {machine()}, medians of {rounds}")
    for peer, reason in missing.items():
        say(f"{peer.name}: not run ({reason})")
    lookups(5, 1, scratch, missing)  # compiles every module once
    say(starts(rounds + 2, scratch, missing))
    for number in (50,) if quick else (50, 1000):
        say(lookups(number, rounds, scratch, missing))
    say(exports((1000,) if quick else (1000, 4000, 10_000), 1, scratch))
    number, hosts = (400, 200) if quick else (2000, 200)
    say(checks(Size(number, hosts, troubles=False), rounds, scratch, missing))
    if not quick:
        say(checks(Size(number, hosts, troubles=True), 1, scratch, missing))


def say(text: str) -> None:
    """Print at once: the whole takes minutes."""
    print(f"{text}\n", flush=True)


def machine() -> str:
    """The processor, how many of it, and Python's version."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8") if sys.platform == "linux" else ""
    models = (line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name"))
    return f"{os.cpu_count()} x {next(models, platform.machine())}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
