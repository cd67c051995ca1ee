"""Many monographs in one batch: CPU time, peak memory, requests and the store's growth, at 10, 100, 1,000, 10,000.

`python bench/monographs.py [NUMBER...]` prints Markdown. Each monograph cites 50 articles, 17 of which others cite too.
`--jobs N` measures the batch with so many processes beside it.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from articles import at_demo_server
from loopback import Served
from measure import Run, run, table
from peers import EVIDENCE

from evidence.demo.world import FIRST_SYNTHETIC_PMID, World, references_for, synthetic_article

EACH, SHARED = 50, 17
"""References of a monograph, and how many of them are shared."""

POOL = 500
"""Articles that many monographs share."""


def cited_by(monograph: int) -> list[int]:
    """The numbers of the articles that a monograph cites: some of the pool, the rest its own."""
    shared = [(monograph * 7 + step * 29) % POOL for step in range(SHARED)]
    own = EACH - SHARED
    return [*shared, *range(POOL + monograph * own, POOL + (monograph + 1) * own)]


def distinct(number: int) -> int:
    """How many articles so many monographs cite."""
    return len({at for monograph in range(min(number, POOL)) for at in cited_by(monograph)[:SHARED]}) + number * (
        EACH - SHARED
    )


def write_monographs(number: int, folder: Path) -> None:
    """The references files of so many monographs, a hundred in a folder."""
    for monograph in range(number):
        articles = {str(FIRST_SYNTHETIC_PMID + at): synthetic_article(at) for at in cited_by(monograph)}
        text = references_for(World(articles=articles))
        lines = (line for line in text.splitlines(keepends=True) if not line.startswith("    DOI:"))
        place = folder / f"{monograph // 100:03}" / f"m{monograph:05}.references.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(lines), encoding="utf-8")


def measured(number: int, folder: Path, options: list[str]) -> list[list[str]]:
    """A first batch and an unchanged second one over so many monographs."""
    home = folder / str(number)
    home.mkdir()
    write_monographs(number, home / "monographs")
    rows = []
    sizes = [0]
    with Served("services.py", str(POOL + number * (EACH - SHARED))) as services:
        environ = at_demo_server(home, services.url)
        for name in ("first", "second"):
            services.reset()
            command = [EVIDENCE, "check", "monographs", "--store", "evidence.db", "--format", "summary", *options]
            one = run(command, environ, home)
            if one.status not in {0, 1}:
                raise SystemExit(f"exit {one.status}: {(home / 'stderr').read_text(encoding='utf-8')[-2000:]}")
            sizes.append(sum(path.stat().st_size for path in home.glob("evidence.db*")))
            rows.append(_row(number, name, one, services.counts(), sizes))
    shutil.rmtree(home)
    return rows


def _row(number: int, name: str, one: Run, counts: dict[str, int], sizes: list[int]) -> list[str]:
    asked = ", ".join(f"{count} {host}" for host, count in counts.items()) or "0"
    grown = sizes[-1] - sizes[-2]
    return [
        f"{number:,}",
        name,
        f"{one.cpu:.1f}",
        f"{one.cpu / number * 1000:.1f}",
        f"{one.wall:.1f}",
        f"{one.peak:.0f}",
        asked,
        f"{math.ceil(distinct(number) / 500)}",
        f"{grown / 1e6:.1f}",
        f"{grown / sizes[1]:.1%}",
    ]


def main() -> None:
    """Measure the numbers that are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", default=[10, 100, 1_000])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--batch", action="store_true")
    given = parser.parse_args()
    options = ["--batch"] if given.batch else []
    options += ["--jobs", str(given.jobs)] if given.jobs > 1 else []
    head = ["monographs", "batch", "CPU s", "CPU ms each", "wall s", "peak MB", "requests", "PMIDs / 500"]
    head += ["store MB", "of the first"]
    with TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as folder:
        rows = [row for number in given.numbers for row in measured(number, Path(folder), options)]
    print(table(head, rows))


if __name__ == "__main__":
    main()
