"""Edits of large libraries: ten times the entries cost about ten times the time, also where they are hostile."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from evidence.demo.world import references_for, synthetic_world
from evidence.library.diff import diff_lines
from evidence.library.editor import AddEntries, Edited, SetFields, edit
from evidence.library.files import SourceText
from evidence.library.formatter import formatted

pytestmark = pytest.mark.acceptance

SMALL, LARGE = 1000, 10_000
MOST = 2.0  # times what is linear; memory allocation and a busy machine cost their share


def seconds(work: Callable[[], object]) -> float:
    """The least CPU seconds of two runs."""
    times = []
    for _ in range(2):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def library(size: int) -> SourceText:
    return SourceText("references.yaml", references_for(synthetic_world(size)), "")


def mended(source: SourceText, size: int) -> Edited:
    changes = [SetFields(index, {"PMCID": "PMC1", "page": "1-2"}) for index in range(size)]
    edited = edit(source, [*changes, AddEntries([{"id": "new"}])])
    assert sum(1 for _ in diff_lines(source, edited.edits)) > size
    return edited


def disordered(size: int) -> SourceText:
    text = library(size).text.replace("  - id: ", "  - x-note: 'a'\n    id: ")
    return SourceText("references.yaml", text, "")


@pytest.mark.parametrize("work", ["mend", "format"])
def test_ten_times_the_entries_cost_ten_times_the_time(work: str) -> None:
    took = {}
    for size in (SMALL, LARGE):
        source = library(size) if work == "mend" else disordered(size)
        took[size] = seconds(
            lambda source=source, size=size: mended(source, size) if work == "mend" else formatted(source)
        )
    print(f"{work}: {took}")  # noqa: T201 - the curve, for those who ask for it with -s
    assert took[LARGE] <= took[SMALL] * LARGE / SMALL * MOST


@pytest.mark.parametrize(
    "entry",
    [
        "".join(f"  k{n}: v\n" for n in range(20_000)),
        "  PMID: '1'\n" * 20_000,
        "  author:\n" + "  - {family: 'x'}\n" * 20_000,
        "  title: |+\n" + "    x\n\n" * 20_000,
        "  title: x\n" + "  # y <<\n" * 20_000,
        "  x-a: " + "[" * 40 + "]" * 40 + "\n",
    ],
    ids=["many keys", "one key again and again", "a long list", "a long text", "many comments", "deep"],
)
def test_one_hostile_entry_costs_no_more_than_its_length(entry: str) -> None:
    source = SourceText(
        "references.yaml", f"references:\n- id: a\n{entry}- id: b\n  type: book\n  title: x\n  id: c\n", ""
    )
    took = seconds(lambda: (edit(source, [SetFields(0, {"title": "T", "DOI": "10.1/x"})]), formatted(source)))
    assert took < 3
