"""CSV: a table that opens in a spreadsheet and runs nothing."""

import csv
import io

import pytest

from evidence.bibliography.formats.csv import write_csv
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, hostile_item


def row(item):
    return next(csv.DictReader(io.StringIO(write_csv([item]), newline="")))


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'=", "\t=", "\r\n@"])
def test_no_cell_begins_a_formula(begin):
    cells = row(hostile_item(f"{begin}cmd|' /C calc'!A0")).values()
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")]


def test_no_name_within_a_cell_begins_a_formula():
    authors = [{"family": "Younger", "given": "J"}, {"literal": "=cmd|' /C calc'!A0"}]
    assert row({"id": "a", "author": authors})["authors"] == "Younger, J; '=cmd|' /C calc'!A0"


def test_every_cell_is_in_quotes_and_every_line_ends_as_rfc_4180_says():
    written = write_csv([hostile_item(text) for text in HOSTILE_TEXTS])
    lines = written.split("\r\n")
    assert lines.pop() == ""
    assert len(lines) == 1 + len(HOSTILE_TEXTS)
    assert all(line.startswith('"') and line.endswith('"') for line in lines)


def test_a_title_is_plain_and_is_with_its_markup_where_it_has_any():
    assert row(ARTICLE_ITEM)["title"] == "Low-dose naltrexone in McCue's H2O: 109 DNA copies & 5 % of $7"
    assert row(ARTICLE_ITEM)["title-with-markup"] == ARTICLE_ITEM["title"]
    assert row({"id": "a", "title": "plain"})["title-with-markup"] == ""


def test_a_name_that_holds_a_semicolon_stays_one_name():
    authors = [{"literal": 'A "B"; C'}, {"family": "D", "given": "E"}]
    assert row({"id": "a", "author": authors})["authors"] == '"A ""B""; C"; D, E'


def test_a_retraction_is_seen_at_a_glance():
    assert row(ARTICLE_ITEM)["retracted"] == "retracted"
    assert row(ARTICLE_ITEM)["retraction-notice"] == "Lancet. 2010;375:445"
