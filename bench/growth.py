"""How CPU time grows with the size of the input, also where it is hostile: ten times as long, how many times the time.

`python bench/growth.py [NAME...]` prints Markdown. What is read in one pass grows by about 10; 100 is the square.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from measure import table

from evidence.demo.world import references_for, synthetic_world
from evidence.documents.document import DocumentFormat
from evidence.documents.markers import find_markers
from evidence.documents.reader import parse_document
from evidence.documents.reflist import find_references
from evidence.library.diff import diff_lines
from evidence.library.editor import AddEntries, SetFields, edit
from evidence.library.files import SourceText
from evidence.library.formatter import formatted
from evidence.library.markdown import to_html
from evidence.library.reader import read_text
from evidence.model.errors import EvidenceError

MARKS = ("*a ", "*", "[", "a_", "`", "<", "&a", "~a", "*_~^", "[a](")
TEXTS = ("[", "(", "<!--", "1. ", "[@", "http://", "10.1000/", "a^", "<a ", "1,2-", "A, B. ", "&#38;", "References\n")
YAML = ("[", "{a: ", "- ", "x ", "---\n", "\n")
ENTRIES = {
    "one key again and again": "  PMID: '1'\n",
    "many comments": "  # y <<\n",
    "a long list": "  author:\n  - {family: 'x'}\n",
}


@dataclass(frozen=True)
class Growth:
    """A work on an input of a size: `prepare` makes the work, which alone is measured."""

    name: str
    small: int
    prepare: Callable[[int], Callable[[], object]]


def library(size: int) -> SourceText:
    """A library of so many articles."""
    return SourceText("references.yaml", references_for(synthetic_world(size)), "")


def edited(size: int) -> Callable[[], object]:
    """Two fields of every entry set and an entry added, with the diff that is shown."""
    source = library(size)
    changes = [SetFields(index, {"PMCID": "PMC1", "page": "1-2"}) for index in range(size)]
    return lambda: list(diff_lines(source, edit(source, [*changes, AddEntries([{"id": "new"}])]).edits))


def put_in_order(size: int) -> Callable[[], object]:
    """Every entry's keys put in order."""
    text = library(size).text.replace("  - id: ", "  - x-note: 'a'\n    id: ")
    return lambda: formatted(SourceText("references.yaml", text, ""))


def hostile_entry(piece: str) -> Callable[[int], Callable[[], object]]:
    """An entry made of one piece again and again, edited."""

    def prepare(size: int) -> Callable[[], object]:
        text = f"references:\n- id: a\n{piece * size}- id: b\n"
        return lambda: edit(SourceText("references.yaml", text, ""), [SetFields(0, {"title": "T"})])

    return prepare


def repeated(piece: str, work: Callable[[str], object]) -> Callable[[int], Callable[[], object]]:
    """A text made of one piece again and again."""

    def prepare(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: work(text)

    return prepare


def read_monograph(form: DocumentFormat) -> Callable[[str], object]:
    """The whole reading of a monograph: its list and the marks that cite it."""

    def read(text: str) -> object:
        document = parse_document(f"made.{form}", text.encode(), form)
        return find_markers(document, find_references(document))

    return read


def growths() -> Iterator[Growth]:
    """All that is measured."""
    yield Growth("edit a library", 500, edited)
    yield Growth("format a library", 500, put_in_order)
    for name, piece in ENTRIES.items():
        yield Growth(f"edit an entry of {name}", 2000, hostile_entry(piece))
    for piece in YAML:
        yield Growth(
            f"YAML of {piece!r}", 20_000, repeated(piece, lambda text: read_text(SourceText("a.yaml", text, "")))
        )
    for piece in MARKS:
        yield Growth(f"title of {piece!r}", 20_000, repeated(piece, to_html))
    for form in (DocumentFormat.TEXT, DocumentFormat.MARKDOWN, DocumentFormat.HTML):
        for piece in TEXTS:
            yield Growth(f"{form} of {piece!r}", 20_000, repeated(piece, read_monograph(form)))


def seconds(work: Callable[[], object]) -> float:
    """The least CPU seconds of two runs; a refusal is an end like any other."""
    taken = []
    for _ in range(2):
        began = time.process_time()
        with suppress(EvidenceError):
            work()
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    """Measure and print."""
    wanted = sys.argv[1:]
    rows = []
    for growth in growths():
        if wanted and not any(name in growth.name for name in wanted):
            continue
        small, large = (seconds(growth.prepare(size)) for size in (growth.small, 10 * growth.small))
        rows.append([growth.name, f"{1000 * small:.1f}", f"{1000 * large:.1f}", f"{large / max(small, 1e-6):.0f}"])
    print(table(["input", "CPU ms", "ten times as long", "times"], rows))


if __name__ == "__main__":
    main()
