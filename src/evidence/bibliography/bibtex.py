"""BibTeX: for LaTeX with classic styles, JabRef, Overleaf, pandoc.

Fields that BibTeX's own styles do not know (`doi`, `pmid`, `urldate` ...) are ignored by them and have
the names that JabRef and biblatex give them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.bibliography import bib_entries, latex, variables
from evidence.bibliography.bib_entries import Fields, Macro
from evidence.bibliography.variables import Item
from evidence.model.partialdate import PartialDate

_KINDS = {
    **dict.fromkeys(variables.ARTICLE_TYPES, "article"),
    "book": "book",
    "chapter": "incollection",
    "entry": "incollection",
    "entry-dictionary": "incollection",
    "entry-encyclopedia": "incollection",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
    "manuscript": "unpublished",
    "pamphlet": "booklet",
}
_PUBLISHER = {
    "techreport": "institution",
    "phdthesis": "school",
    "inproceedings": "publisher",
    "misc": "howpublished",
    "booklet": "howpublished",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def write_bibtex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a BibTeX database in UTF-8.

    Dates are `year`, `month` (BibTeX's macros) and `day`; a season or an interval stands in `date`
    too, as EDTF. An article number is `eid` and, for the styles that know no `eid`, `pages`.
    """
    return bib_entries.write_entries(items, _kind, _fields)


def _kind(item: Item) -> str:
    kind = variables.text(item, "type")
    if kind == "article" and not variables.text(item, "container-title"):
        return "misc"  # a preprint that names no server
    return _KINDS.get(kind, "misc")


def _fields(item: Item) -> Fields:
    kind = _kind(item)
    yield from bib_entries.people_and_titles(item)
    yield from bib_entries.container(item, kind, "journal")
    yield from _issued(item)
    yield from bib_entries.issue_and_number(item, "reportnumber")
    yield from bib_entries.plain_fields(item)
    # without a type, styles print @phdthesis as "PhD thesis", which nobody said
    yield "type", latex.literal(variables.text(item, "genre")) or ("Thesis" if kind == "phdthesis" else "")
    number = variables.article_number(item)
    yield "pages", latex.page_range(variables.text(item, "page")) or latex.literal(number)
    yield "eid", latex.literal(number)
    yield _PUBLISHER.get(kind, "publisher"), latex.latex_list_item(variables.text(item, "publisher"))
    yield "address", latex.latex_list_item(variables.text(item, "publisher-place"))
    yield "language", latex.literal(variables.text(item, "language"))
    yield from bib_entries.identifiers_and_notes(item, "annote")


def _issued(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if not isinstance(when, PartialDate):
        yield "year", variables.year(when) or latex.literal(when or "")
        if when and when != variables.year(when):
            yield "date", latex.literal(when)
        return
    yield "year", variables.year(when)
    if when.until is None and when.month:
        yield "month", Macro(_MONTHS[when.month - 1])
        yield "day", str(when.day or "")
    elif when.until is None or when.until.year == when.year:
        yield "month", latex.literal(variables.within_year(when))
    if when.until is not None or when.season:
        yield "date", str(when)
