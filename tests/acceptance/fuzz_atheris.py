"""Coverage-guided fuzzing of one target with atheris: `python fuzz_atheris.py TARGET CPU_SECONDS CORPUS_FOLDER`.

The time is this process's own CPU time: a busy machine makes it take longer, not try less.
"""

import os
import sys
import time
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["evidence"]):
    from acceptance.fuzz_files import TARGETS

SLOWEST = 2.0  # CPU seconds for one input; more is a failure


class Timed:
    """A target that ends the process, with its figures on standard error, when its CPU time is used up."""

    def __init__(self, run, seconds):
        self._run, self._seconds, self._tried, self._slowest = run, seconds, 0, 0.0

    def __call__(self, data):
        began = time.process_time()
        if began >= self._seconds:
            figures = {"executed_inputs": self._tried, "cpu_seconds": int(began)}
            figures["slowest_input_ms"] = int(self._slowest * 1000)
            sys.stderr.write("".join(f"stat::{name}: {number}\n" for name, number in figures.items()))
            sys.stderr.flush()
            os._exit(0)
        self._run(data)
        self._tried += 1
        self._slowest = max(self._slowest, time.process_time() - began)
        assert self._slowest < SLOWEST, self._slowest


def main():
    name, seconds, corpus = sys.argv[1:4]
    target, folder = TARGETS[name], Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    longest = max(4096, *(2 * len(seed) for seed in target.seeds))
    options = [
        f"-max_len={longest}",
        "-timeout=600",  # of the wall clock, against an input that never ends: the machine may be busy
        "-rss_limit_mb=2048",
    ]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={folder}/failure-", str(folder)], Timed(target.run, float(seconds))
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
