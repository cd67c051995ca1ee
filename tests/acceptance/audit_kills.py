"""`kill -9` while commands edit files under the audit trail: what is left, and what `evidence verify` says of it.

Give `killed_at_random` a folder with a library, its store and log (an `Inside`, whose environment the killed processes
get too), and the commands to be killed, each made anew for its turn. After every kill the library must be whole, the
store sound, and every flaw one that says what to do; after the next command that is recorded, no flaw may be left.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from acceptance.processes import kill, unsound
from evidence.library.reading import read_library

EXPECTED = ("and no event tells its end", "the log ends after event")
"""What may be left by a kill: an edit without its end, and a log that is completed later."""


@dataclass
class Told:
    """What was seen; `wrong` must stay empty."""

    counts: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)


def killed_at_random(
    evidence, commands: Sequence[Callable[[int], Sequence[str]]], settling, *, kills: int, seed: int, ends=(0,)
) -> Told:
    """Kill so many commands, by turns, at moments most of which lie where the file is being replaced.

    `settling` makes a command that is recorded whatever was left, and so settles it; it may end with any of `ends`.
    """
    rng, told = random.Random(seed), Told()
    path = evidence.folder / "references.yaml"
    for number in range(kills):
        arguments = [str(part) for part in commands[number % len(commands)](number)]
        before = path.read_bytes()
        _killed(evidence, arguments, rng, told)
        _examine(evidence, path, before, arguments, told)
        done = evidence(*map(str, settling(number)))
        if done.returncode not in ends:
            told.wrong.append(f"{arguments}: the next command: {done.stderr}")
        told.counts["settled by the next command"] += "was interrupted" in done.stderr
        for flaw in _flaws(evidence, told):
            told.wrong.append(f"{arguments}: left after the next command: {flaw}")
    return told


def _killed(evidence, arguments, rng, told):
    process = subprocess.Popen(
        [sys.executable, "-m", "evidence", *arguments],
        cwd=evidence.folder,
        env=evidence.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if rng.random() < 0.25:
        time.sleep(rng.uniform(0.02, 1.0))
    else:
        _await_trail(evidence, process)
        time.sleep(rng.uniform(0, rng.choice([0, 0.004, 0.02, 0.06, 0.2])))
    killed = kill(process)
    told.counts["killed" if killed else "already over"] += 1
    told.counts[f"{arguments[0]} " + ("killed" if killed else f"over, exit {process.returncode}")] += 1


def _await_trail(evidence, process):
    """Until the command has begun to write to the trail."""
    files = [evidence.folder / name for name in ("evidence.db-wal", "evidence.log.jsonl")]
    before = [_size(file) for file in files]
    while process.poll() is None and [_size(file) for file in files] in (before, [0, before[1]]):
        time.sleep(0.0002)


def _size(file):
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _examine(evidence, path, before, arguments, told):
    """What was left: the old file or a new one, both whole; a sound store; flaws that say what to do."""
    after = path.read_bytes()
    told.counts["file replaced" if after != before else "file as before"] += 1
    told.counts[f"{arguments[0]}: file {'replaced' if after != before else 'as before'}"] += 1
    library = read_library(path)
    if library.faults:
        told.wrong.append(f"{arguments}: {library.faults}")
    told.wrong += [f"{arguments}: {wrong}" for wrong in unsound(evidence.folder / "evidence.db")]
    for flaw in _flaws(evidence, told):
        told.counts[next((kind for kind in EXPECTED if kind in flaw["what"]), "another flaw")] += 1
        if not (flaw["fix"] and any(kind in flaw["what"] for kind in EXPECTED)):
            told.wrong.append(f"{arguments}: {flaw}")


def _flaws(evidence, told):
    done = evidence("verify", "--json")
    if done.returncode not in {0, 1}:
        told.wrong.append(f"verify: exit {done.returncode}: {done.stderr}")
        return []
    return json.loads(done.stdout)["flaws"]
