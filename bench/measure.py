"""Running a command and telling what it took; medians and ratios of several runs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `cpu` is user and system seconds of the process and its children, `peak` its memory in MB."""

    wall: float
    cpu: float
    peak: float
    status: int
    requests: str = ""
    verified: int | None = None


def run(command: Sequence[str | Path], environ: Mapping[str, str], folder: Path) -> Run:
    """Run a command at low priority, its output kept in `folder` as `stdout` and `stderr`."""
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  # commands of our own making
            ["/usr/bin/nice", *map(str, command)],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for behind its back
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode)


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of several runs of the same thing; of the requests all that differ, of the verified the least."""

    wall: float
    cpu: float
    peak: float
    requests: str
    verified: str


def figures(runs: Sequence[Run]) -> Figures:
    """The medians."""
    return Figures(
        wall=median(one.wall for one in runs),
        cpu=median(one.cpu for one in runs),
        peak=median(one.peak for one in runs),
        requests=" / ".join(sorted({one.requests for one in runs})),
        verified=str(min((one.verified for one in runs if one.verified is not None), default="-")),
    )


def times(figure: float, unit: float) -> str:
    """A figure as a multiple of another."""
    return f"{figure / unit:.2g}x" if figure < 10 * unit else f"{figure / unit:.0f}x"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its numbers at the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
