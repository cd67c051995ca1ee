"""Printing long bibliographies, against pandoc alone on the same items in the same style.

`rendering` is a process that is given the items as JSON and prints them, `evidence export` the whole command, which
reads and judges references.yaml besides. Run as `python printing.py STYLE`, this file is the former.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from measure import Run, figures, run, table, times
from peers import EVIDENCE, PYTHON, environment

from evidence.bibliography.gather import gather_entries
from evidence.bibliography.render import bibliography, engine_json, find_pandoc
from evidence.bibliography.styles import find_style, patched
from evidence.library.reader import read_library
from evidence.model.errors import RenderError

STYLES = ("ama", "apa", "chicago")
SURNAMES = 5000
ALONE = (
    *("--sandbox", "--from=csljson", "--to=plain", "--citeproc", "--csl=style.csl", "--wrap=none"),
    *("--output=alone.txt", "engine.json"),
)


def exports(sizes: tuple[int, ...], rounds: int, folder: Path) -> str:
    """The table: every style and size, from entries alone, since a store would measure the check as well."""
    try:
        pandoc = find_pandoc()
    except RenderError as missing:
        return f"bibliographies: not run ({missing})"
    environ = environment(folder)
    cells: list[list[str]] = []
    for number in sizes:
        (folder / "references.yaml").write_text(library(number), encoding="utf-8")
        for style in STYLES:
            prepare(style, folder)
            export = [EVIDENCE, "export", "--style", style, "--store", "none.db", "--output", "printed.txt", "--force"]
            commands = {
                f"pandoc alone, {style}": [pandoc, *ALONE],
                f"rendering, {style}": [PYTHON, Path(__file__).resolve(), style],
                f"evidence export, {style}": export,
            }
            taken = [[run(command, environ, folder) for command in commands.values()] for _ in range(rounds)]
            cells += rows(number, dict(zip(commands, zip(*taken, strict=True), strict=True)))
    return table(
        ["bibliography", "references", "CPU s", "wall s", "peak MB", "CPU, pandoc = 1", "wall, pandoc = 1"], cells
    )


def prepare(style: str, folder: Path) -> None:
    """Write what pandoc alone is given: the very items and the very style."""
    found = find_style(style)
    items = gather_entries(read_library(folder / "references.yaml").references).items
    (folder / "items.json").write_text(json.dumps(items), encoding="utf-8")
    (folder / "engine.json").write_bytes(engine_json(items, found, plain=True))
    (folder / "style.csl").write_bytes(patched(found, keep_order=False))


def rows(number: int, taken: Mapping[str, Sequence[Run]]) -> list[list[str]]:
    """The lines of the table for one size and style; a run that failed is said."""
    floor = figures(next(iter(taken.values())))
    lines = []
    for name, runs in taken.items():
        one = figures(runs)
        failed = "".join(f" (exit {status})" for status in sorted({run.status for run in runs if run.status}))
        told = [name + failed, f"{number:,}", f"{one.cpu:.2f}", f"{one.wall:.2f}", f"{one.peak:.0f}"]
        lines.append([*told, times(one.cpu, floor.cpu), times(one.wall, floor.wall)])
    return lines


def library(number: int) -> str:
    """So many made-up articles, 1 to 8 authors each of 5,000 surnames."""
    chance = random.Random(1)  # noqa: S311 - made-up articles
    syllables = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu")
    names = ["".join(chance.choices(syllables, k=4)).capitalize() for _ in range(SURNAMES)]
    entries = [_entry(at, [chance.choice(names) for _ in range(chance.randint(1, 8))]) for at in range(number)]
    return "references:\n" + "".join(entries)


def _entry(at: int, families: list[str]) -> str:
    people = ", ".join(f"{{family: {family}, given: Ann B}}" for family in families)
    return (
        f"  - id: r{at}\n    type: article-journal\n    title: A made-up trial, number {at}, of a *new* drug\n"
        f"    author: [{people}]\n    container-title: The journal of made-up medicine\n"
        f"    container-title-short: J Made Up Med\n    issued: {1990 + at % 35}-03\n    volume: '{at % 90 + 1}'\n"
        f"    issue: '{at % 12 + 1}'\n    page: {at + 1}-{at + 9}\n    PMID: '{10_000_000 + at}'\n"
        f"    DOI: 10.5555/made-up.{at}\n"
    )


if __name__ == "__main__":
    given = json.loads(Path("items.json").read_text(encoding="utf-8"))
    printed = bibliography(given, find_style(sys.argv[1]), "text", find_pandoc())
    Path("rendered.txt").write_bytes(printed)
