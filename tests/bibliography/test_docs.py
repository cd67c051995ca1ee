"""The mapping in the docs names every field that a writer writes."""

import re
from pathlib import Path

import pytest

from bibliography.readback import FORMATS
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, hostile_item, items_of_all_kinds

DOCS = (Path(__file__).resolve().parents[2] / "docs/formats-bibliography.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in DOCS.splitlines() if line.startswith("|")]
COLUMNS = {"bibtex": 1, "biblatex": 2, "ris": 3, "nbib": 4, "endnote": 5, "csv": 6}
WRITTEN = {
    "bibtex": r"^  (\w+) = ",
    "biblatex": r"^  (\w+) = ",
    "ris": "^([A-Z0-9]{2})  - ",
    "nbib": "^([A-Z]{2,4}) *- ",
    "endnote": "<([a-z0-9-]+)[ >]",
}
FRAME = {"ER", "xml", "records", "record", "source-app", "rec-number", "contributors", "titles", "periodical"}
FRAME |= {"keywords", "dates", "urls", "related-urls", "style", "author"}


def documented(name):
    column = COLUMNS[name]
    return {word for row in ROWS if len(row) > column for word in re.findall(r"`([\w-]+)`", row[column])}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_field_that_is_written_has_its_row(name):
    notices = {"notices": [{"type": kind, "source": "x"} for kind in ("RetractionIn", "ErratumIn", "UpdateOf")]}
    items = [*items_of_all_kinds(), *map(hostile_item, HOSTILE_TEXTS[:1]), {**ARTICLE_ITEM, "custom": notices}]
    text = FORMATS[name].write(items)
    assert set(re.findall(WRITTEN[name], text, re.MULTILINE)) - FRAME - documented(name) == set()


def test_every_column_of_the_table_is_named():
    header = FORMATS["csv"].write([]).strip().replace('"', "").split(",")
    assert set(header) - documented("csv") == set()
