"""CSV: one row to a reference, for spreadsheets. No cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from evidence.bibliography import variables
from evidence.bibliography.csl import plain
from evidence.bibliography.variables import Item
from evidence.model.regex import regex

# OWASP's "CSV Injection": these begin a formula, in full width too; tabs and line ends are never there.
_FORMULA = regex("'*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def write_csv(items: Sequence[Mapping[str, object]]) -> str:
    """The items as CSV (RFC 4180: commas, every cell in quotes, CRLF), with a row of headings.

    A cell that begins with = + - or @ gets an apostrophe before it, which is to be taken off by
    programs that read the table. Names are inverted and joined with semicolons (one that holds a semicolon
    is in quotes), dates are EDTF.
    """
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(read(item)) for read in COLUMNS.values()] for item in items)
    return table.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _text(variable: str) -> Callable[[Item], str]:
    return lambda item: variables.text(item, variable)


def _plain(variable: str) -> Callable[[Item], str]:
    return lambda item: plain(variables.text(item, variable))


def _names(variable: str) -> Callable[[Item], str]:
    def joined(item: Item) -> str:
        cells = []
        for name in variables.names(item, variable):
            cell = _safe(", ".join(filter(None, (name.inverted, name.suffix))))
            if ";" in cell or cell.startswith('"'):  # in quotes, as CSV has them
                cell = '"' + cell.replace('"', '""') + '"'
            cells.append(cell)
        return "; ".join(cells)

    return joined


def _date(variable: str) -> Callable[[Item], str]:
    return lambda item: variables.edtf(variables.date(item, variable))


def _marked_title(item: Item) -> str:
    title = variables.text(item, "title")
    return title if plain(title) != title else ""


def _notice(item: Item) -> str:
    notice = variables.custom(item, "retraction-notice")
    return variables.clean(notice) if isinstance(notice, str) else ""


COLUMNS: dict[str, Callable[[Item], str]] = {
    "id": _text("id"),
    "type": _text("type"),
    "retracted": lambda item: variables.void_word(item).lower(),
    "authors": _names("author"),
    "title": _plain("title"),
    "title-with-markup": _marked_title,
    "journal": _plain("container-title"),
    "journal-short": _plain("container-title-short"),
    "issued": _date("issued"),
    "volume": _text("volume"),
    "issue": _text("issue"),
    "page": _text("page"),
    "number": _text("number"),
    "PMID": _text("PMID"),
    "PMCID": _text("PMCID"),
    "DOI": _text("DOI"),
    "setid": variables.set_id,
    "URL": _text("URL"),
    "accessed": _date("accessed"),
    "editors": _names("editor"),
    "translators": _names("translator"),
    "title-short": _plain("title-short"),
    "series": _plain("collection-title"),
    "publisher": _text("publisher"),
    "publisher-place": _text("publisher-place"),
    "edition": _text("edition"),
    "version": _text("version"),
    "genre": _text("genre"),
    "ISSN": _text("ISSN"),
    "ISBN": _text("ISBN"),
    "language": _text("language"),
    "keywords": lambda item: ", ".join(variables.own_keywords(item)),
    "original-title": _text("original-title"),
    "retraction-notice": _notice,
    "note": _text("note"),
}
"""The columns and what fills them; `title-with-markup` only where the title has any."""
