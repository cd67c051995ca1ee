"""How long the programs take to say their version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from measure import figures, run, table, times
from peers import ALL, EVIDENCE, PYTHON, Peer, environment


def starts(rounds: int, folder: Path, missing: Mapping[Peer, str]) -> str:
    """The table: after one run that is not counted, medians of so many."""
    programs: dict[str, Sequence[str | Path]] = {
        "python -c pass": [PYTHON, "-c", "pass"],
        "python -c 'import click'": [PYTHON, "-c", "import click"],
        "evidence --version": [EVIDENCE, "--version"],
        **{f"{peer.package} --version": [peer.path, "--version"] for peer in ALL if peer not in missing},
    }
    environ = environment(folder)
    for command in programs.values():
        run(command, environ, folder)
    rows = [[run(command, environ, folder) for command in programs.values()] for _ in range(rounds)]
    taken = {name: figures(runs) for name, runs in zip(programs, zip(*rows, strict=True), strict=True)}
    floor = taken["python -c pass"].cpu
    cells = [
        [name, f"{one.cpu * 1000:.0f}", f"{one.wall * 1000:.0f}", times(one.cpu, floor)] for name, one in taken.items()
    ]
    return table(["start-up", "CPU ms", "wall ms", "CPU, python = 1"], cells)
