"""Run as a program of its own by the tests: works on a store from another process."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from store.making import NOON, TODAY, RealClock, begun, ended, found, open_store, pmid


def tell(number):
    """To the test that started this, at once."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def fill(path, name, rounds):
    """A run with as many groups of answers, kept and observed."""
    with open_store(path, RealClock()) as store:
        store.begin_run(begun(name, started=NOON))
        for number in range(int(rounds)):
            answers = [found(pmid(f"{name}{number}{n}")) for n in range(5)]
            store.keep(answers, TODAY)
            store.observe(name, answers, TODAY)
        store.end_run(name, ended())


def reserve(path, requests, gap):
    """Tell the moment that every request is given, without waiting for it."""
    with open_store(path, RealClock()) as store:
        for _ in range(int(requests)):
            wait = store.pacer.reserve("ncbi", float(gap))
            tell(time.time() + wait)


def pace(path, requests, gap):
    """Wait for every request's moment, and tell when it could be sent."""
    with open_store(path, RealClock()) as store:
        for _ in range(int(requests)):
            time.sleep(store.pacer.reserve("ncbi", float(gap)))
            tell(time.time())


def write_until_killed(path):
    """Tell every number whose record is committed."""
    with open_store(path, RealClock()) as store:
        number = 0
        while True:
            store.keep([found(pmid(number))], TODAY)
            tell(number)
            number += 1


if __name__ == "__main__":
    {"fill": fill, "pace": pace, "reserve": reserve, "write": write_until_killed}[sys.argv[1]](
        Path(sys.argv[2]), *sys.argv[3:]
    )
