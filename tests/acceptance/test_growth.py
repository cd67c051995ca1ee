"""No reader and no rule takes more than four times as long, with some room, for four times as much of what repeats.

EVIDENCE_GROWTH_SEED chooses other places in the examples for what is repeated.
"""

import os
import random
import signal
import sys

import pytest

from acceptance.fuzz_files import TARGETS
from acceptance.repetition import UNITS, repetitions

SHORT, LONG = 30_000, 120_000  # bytes
resource = pytest.importorskip("resource")  # what processes take is not measured on Windows
MOST_TIMES = 6.0
MOST_SECONDS = 5.0
MEASURABLE = 0.6  # CPU seconds; below, what else a process does is a large part
SEED = os.environ.get("EVIDENCE_GROWTH_SEED", "1")


class _TooLongError(BaseException):
    """Not an Exception: what is measured must not take it for broken input."""


def _stop(*_):
    raise _TooLongError


def _spent():
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _seconds(run, data):
    """The CPU seconds of this process and its children for one text."""
    began = _spent()
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * MOST_SECONDS)
    try:
        run(data)
    except _TooLongError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return _spent() - began


@pytest.mark.acceptance
@pytest.mark.parametrize("name", TARGETS)
def test_work_grows_as_the_text_does(name):
    target, chance = TARGETS[name], random.Random(f"{SEED} {name}")
    before = signal.signal(signal.SIGVTALRM, _stop)
    tried, slowest, wrong = 0, 0.0, []
    try:
        target.run(target.seeds[0])  # what is loaded and compiled at first is no part of it
        for repetition in repetitions(target.seeds[0], chance):
            long = _seconds(target.run, repetition.text(LONG))
            tried, slowest = tried + 1, max(slowest, long)
            if long > MEASURABLE:
                short = _seconds(target.run, repetition.text(SHORT))
                if long > MOST_SECONDS or long > MOST_TIMES * short:  # a busy machine makes either look slow
                    long = min(long, *(_seconds(target.run, repetition.text(LONG)) for _ in range(2)))
                    short = min(short, *(_seconds(target.run, repetition.text(SHORT)) for _ in range(2)))
                if long > MOST_SECONDS or long > MOST_TIMES * short:
                    wrong.append(f"{short:.2f} s, then {long:.2f} s: {repetition}")
    finally:
        signal.signal(signal.SIGVTALRM, before)
    sys.stdout.write(f"\n{name}: {tried} patterns, the slowest {slowest:.1f} s of CPU for {LONG // 1000} kB\n")
    assert tried >= len(UNITS) > 200
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", TARGETS)
def test_what_repeats_is_borne(name):
    target, chance = TARGETS[name], random.Random(name)
    for repetition in chance.sample(list(repetitions(target.seeds[0], chance)), 3):
        target.run(repetition.text(600))
